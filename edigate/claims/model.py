"""The claim: what an 837 says of one encounter, in the standard's terms. Values only, no rules.

One record for professional, institutional and dental claims: `kind` says which, and a field that only
one of them has is marked I (005010X223A2) or D (005010X224A2). Text is an empty string where absent, a
list the one empty tuple, everything else None. Amounts are Decimal dollars. Claims may share the records
of their parties: a record that is part of a claim is never changed, another one takes its place. Each
field names its loop and element of 005010X222A1 (837P) where that has it; the binding tables are the full
reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Literal

from edigate.claims.details import (
    Address,
    Adjustment,
    AdjustmentGroup,
    AmbulanceTransport,
    Attachment,
    Condition,
    Contact,
    Contract,
    Diagnosis,
    DurableEquipment,
    EquipmentCertification,
    FormAnswer,
    Identifier,
    InpatientAdjudication,
    Measurement,
    Note,
    Occurrence,
    OccurrenceSpan,
    Orthodontics,
    OutpatientAdjudication,
    PayToPlan,
    Pricing,
    Procedure,
    Record,
    SpinalManipulation,
    Tooth,
    ToothStatus,
    ValueCode,
)
from edigate.x12.remainder import LoopRecord

__all__ = [
    "Address",
    "Adjustment",
    "AdjustmentGroup",
    "AmbulanceTransport",
    "Attachment",
    "Claim",
    "ClaimKind",
    "Condition",
    "Contact",
    "Contract",
    "Diagnosis",
    "DurableEquipment",
    "EquipmentCertification",
    "Form",
    "FormAnswer",
    "Identifier",
    "InpatientAdjudication",
    "LineAdjudication",
    "Measurement",
    "Note",
    "Occurrence",
    "OccurrenceSpan",
    "Orthodontics",
    "OtherPayerProvider",
    "OtherSubscriber",
    "OutpatientAdjudication",
    "Patient",
    "PayToPlan",
    "Payer",
    "Pricing",
    "Procedure",
    "Provider",
    "Record",
    "ServiceLine",
    "SpinalManipulation",
    "Submission",
    "Subscriber",
    "Tooth",
    "ToothStatus",
    "ValueCode",
]

ClaimKind = Literal["professional", "institutional", "dental"]


class Provider(LoopRecord):
    """A person or organisation in a role: billing, pay-to, rendering, referring, facility, supervising."""

    entity_type: str = ""  # NM102: 1 person, 2 organisation
    last_name: str = ""  # NM103: last name or organisation name
    first_name: str = ""  # NM104
    middle_name: str = ""  # NM105
    suffix: str = ""  # NM107
    npi: str = ""  # NM109 with NM108 XX
    taxonomy: str = ""  # PRV03 with PRV02 PXC
    address: Address | None = None
    tax_id: str = ""  # REF*EI or REF*SY, nine digits (billing provider)
    tax_id_type: str = ""  # EI employer, SY social security number
    currency: str = ""  # CUR02 (billing provider)
    secondary_ids: Sequence[Identifier] = ()
    contacts: Sequence[Contact] = ()


class Subscriber(LoopRecord):
    """The insured person, and by which plan (2000B SBR, 2010BA)."""

    responsibility: str = "P"  # SBR01: P primary, S secondary, T tertiary, A-H, U
    relationship: str = ""  # SBR02: 18 when the patient is the subscriber
    group_number: str = ""  # SBR03
    group_name: str = ""  # SBR04
    insurance_type: str = ""  # SBR05
    filing_indicator: str = ""  # SBR09
    entity_type: str = "1"  # NM102
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    member_id: str = ""  # NM109 with NM108 MI
    id_qualifier: str = "MI"  # NM108
    address: Address | None = None
    birth_date: date | None = None  # DMG02
    sex: str = ""  # DMG03: F, M, U
    death_date: date | None = None  # PAT06
    weight: Decimal | None = None  # PAT08, pounds
    pregnant: str = ""  # PAT09: Y
    social_security_number: str = ""  # REF*SY
    property_casualty_claim_number: str = ""  # REF*Y4
    contacts: Sequence[Contact] = ()  # PER*IC, property and casualty claims only


class Patient(LoopRecord):
    """The patient where not the subscriber (2000C PAT, 2010CA)."""

    relationship: str = ""  # PAT01: 01 spouse, 19 child, G8 other ...
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    address: Address | None = None
    birth_date: date | None = None
    sex: str = ""
    death_date: date | None = None
    weight: Decimal | None = None
    pregnant: str = ""
    property_casualty_claim_number: str = ""
    member_id: str = ""  # REF*1W
    social_security_number: str = ""  # REF*SY
    contacts: Sequence[Contact] = ()  # PER*IC, property and casualty claims only


class Payer(LoopRecord):
    """The destination payer (2010BB)."""

    name: str = ""  # NM103
    payer_id: str = ""  # NM109
    id_qualifier: str = "PI"  # NM108: PI, XV
    address: Address | None = None
    secondary_ids: Sequence[Identifier] = ()  # REF 2U, EI, FY, NF
    billing_provider_ids: Sequence[Identifier] = ()  # REF G2, LU


class OtherPayerProvider(LoopRecord):
    """A provider of the claim under the numbers that another payer knows it by (2330C-2330G)."""

    # NM101: DN, P3 referring, 82 rendering, 77 facility, DQ supervising, 85 billing; I: 71 attending, 72
    # operating, ZZ other operating; D: DD assistant surgeon
    role: str = ""
    entity_type: str = ""  # NM102
    secondary_ids: Sequence[Identifier] = ()  # REF 0B, 1G, G2, LU


class OtherSubscriber(LoopRecord):
    """Another payer's insured and that payer's adjudication (2320, 2330A-2330G)."""

    responsibility: str = ""  # SBR01
    relationship: str = ""  # SBR02
    group_number: str = ""
    group_name: str = ""
    insurance_type: str = ""
    filing_indicator: str = ""
    adjustment_groups: Sequence[AdjustmentGroup] = ()
    paid_amount: Decimal | None = None  # AMT*D
    non_covered_amount: Decimal | None = None  # AMT*A8
    remaining_liability: Decimal | None = None  # AMT*EAF
    benefits_assignment: str = ""  # OI03
    patient_signature_source: str = ""  # OI04
    release_of_information: str = ""  # OI06
    inpatient_adjudication: InpatientAdjudication | None = None  # I: MIA
    outpatient_adjudication: OutpatientAdjudication | None = None  # MOA
    entity_type: str = "1"
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    member_id: str = ""
    id_qualifier: str = "MI"
    address: Address | None = None
    social_security_number: str = ""  # 2330A REF*SY
    payer_name: str = ""
    payer_id: str = ""
    payer_id_qualifier: str = "PI"
    payer_address: Address | None = None
    payer_paid_date: date | None = None  # DTP*573
    payer_secondary_ids: Sequence[Identifier] = ()  # 2330B REF 2U, EI, FY, NF
    payer_prior_authorization: str = ""  # 2330B REF*G1
    payer_referral_number: str = ""  # 2330B REF*9F
    payer_adjustment_indicator: str = ""  # 2330B REF*T4: Y
    payer_predetermination_number: str = ""  # D: 2330B REF*G3
    payer_claim_control_number: str = ""  # 2330B REF*F8
    payer_providers: Sequence[OtherPayerProvider] = ()  # 2330C-2330G


class LineAdjudication(LoopRecord):
    """What another payer paid for one line (2430)."""

    payer_id: str = ""  # SVD01
    paid_amount: Decimal | None = None  # SVD02
    procedure_qualifier: str = "HC"  # SVD03-1
    procedure: str = ""  # SVD03-2
    modifiers: Sequence[str] = ()  # SVD03-3..6
    description: str = ""  # SVD03-7
    revenue_code: str = ""  # I: SVD04
    units: Decimal | None = None  # SVD05
    bundled_line: str = ""  # SVD06
    adjustment_groups: Sequence[AdjustmentGroup] = ()
    paid_date: date | None = None  # DTP*573
    remaining_liability: Decimal | None = None  # AMT*EAF


class Form(LoopRecord):
    """A form that backs the line, e.g. a certificate of medical necessity (2440)."""

    qualifier: str = ""  # LQ01: AS form type, UT Medicare's DMERC forms
    code: str = ""  # LQ02
    answers: Sequence[FormAnswer] = ()


class ServiceLine(LoopRecord):
    """One billed service (2400)."""

    line_number: str = ""  # LX01 as it was read; written in order, whatever this says
    revenue_code: str = ""  # I: SV201
    procedure_qualifier: str = "HC"  # SV101-1, SV202-1; D: SV301-1 is always AD
    procedure: str = ""  # SV101-2; I: SV202-2, empty where the revenue code says it all; D: SV301-2
    modifiers: Sequence[str] = ()  # SV101-3..6
    description: str = ""  # SV101-7
    charge: Decimal | None = None  # SV102; I: SV203; D: SV302
    unit: str = "UN"  # SV103: UN units, MJ minutes; I: SV204: UN, DA days
    units: Decimal | None = None  # SV104; I: SV205; D: SV306
    rate: Decimal | None = None  # I: SV206, 4010 only
    non_covered_charge: Decimal | None = None  # I: SV207
    place_of_service: str = ""  # SV105, D: SV303, where it differs from the claim's
    diagnosis_pointers: Sequence[int] = ()  # SV107, D: SV311, from 1
    oral_cavities: Sequence[str] = ()  # D: SV304-1..5: 00 entire, 10 20 30 40 quadrants ...
    prosthesis: str = ""  # D: SV305: I initial, R replacement
    teeth: Sequence[Tooth] = ()  # D: TOO
    emergency: str = ""  # SV109: Y
    epsdt: str = ""  # SV111: Y
    family_planning: str = ""  # SV112: Y
    copay_status: str = ""  # SV115: 0
    equipment: DurableEquipment | None = None  # SV5
    attachments: Sequence[Attachment] = ()  # PWK; CT is the equipment's certificate of medical necessity
    ambulance: AmbulanceTransport | None = None
    equipment_certification: EquipmentCertification | None = None  # CR3
    conditions: Sequence[Condition] = ()
    service_date: date | None = None  # DTP*472
    service_date_end: date | None = None  # DTP*472 RD8, where the service took more than a day
    prescription_date: date | None = None  # DTP*471
    certification_revision_date: date | None = None  # DTP*607
    begin_therapy_date: date | None = None  # DTP*463
    last_certification_date: date | None = None  # DTP*461
    last_seen_date: date | None = None  # DTP*304
    hemoglobin_test_date: date | None = None  # DTP*738
    creatinine_test_date: date | None = None  # DTP*739
    shipped_date: date | None = None  # DTP*011
    last_x_ray_date: date | None = None  # DTP*455
    initial_treatment_date: date | None = None  # DTP*454
    prior_placement: str = ""  # D: DTP01 of the next: 441 known, 139 estimated
    prior_placement_date: date | None = None  # D: DTP*441, DTP*139
    appliance_placement_date: date | None = None  # D: DTP*452
    replacement_date: date | None = None  # D: DTP*446
    treatment_start_date: date | None = None  # D: DTP*196
    treatment_completion_date: date | None = None  # D: DTP*198
    anesthesia_units: Decimal | None = None  # QTY*FL
    ambulance_patient_count: Decimal | None = None  # QTY*PT
    measurements: Sequence[Measurement] = ()  # MEA
    contract: Contract | None = None  # CN1
    repriced_line_number: str = ""  # REF*9B; D: REF*9A
    adjusted_repriced_line_number: str = ""  # REF*9D; D: REF*9C
    predetermination_numbers: Sequence[str] = ()  # D: REF*G3
    prior_authorizations: Sequence[str] = ()  # REF*G1
    line_item_control_number: str = ""  # REF*6R
    mammography_certification: str = ""  # REF*EW
    clia_number: str = ""  # REF*X4
    referring_clia_number: str = ""  # REF*F4
    immunization_batch_number: str = ""  # REF*BT
    referral_numbers: Sequence[str] = ()  # REF*9F
    service_tax: Decimal | None = None  # I: AMT*GT
    facility_tax: Decimal | None = None  # I: AMT*N8
    sales_tax: Decimal | None = None  # AMT*T
    postage: Decimal | None = None  # AMT*F4
    fixed_format_records: Sequence[str] = ()  # K301
    notes: Sequence[Note] = ()
    purchased_service_provider_id: str = ""  # PS101
    purchased_service_charge: Decimal | None = None  # PS102
    pricing: Pricing | None = None  # HCP
    drug_qualifier: str = ""  # LIN02: N4 national drug code, which is written where this is empty; EN, EO, HI, UP ...
    national_drug_code: str = ""  # LIN03
    drug_quantity: Decimal | None = None  # CTP04
    drug_unit: str = ""  # CTP05-1: F2, GR, ME, ML, UN
    prescription_number: str = ""  # REF*XZ
    drug_link_number: str = ""  # REF*VY: ties the ingredients of a compound together
    operating_physician: Provider | None = None  # I: 2420A
    other_operating_physician: Provider | None = None  # I: 2420B
    rendering_provider: Provider | None = None  # 2420A; I: 2420C
    assistant_surgeon: Provider | None = None  # D: 2420B
    purchased_service_provider: Provider | None = None  # 2420B
    service_facility: Provider | None = None  # 2420C
    supervising_provider: Provider | None = None  # 2420D
    ordering_provider: Provider | None = None  # 2420E
    referring_provider: Provider | None = None  # 2420F DN
    primary_care_provider: Provider | None = None  # 2420F P3
    ambulance_pick_up: Address | None = None  # 2420G
    ambulance_drop_off: Address | None = None  # 2420H
    ambulance_drop_off_name: str = ""  # 2420H NM103
    adjudications: Sequence[LineAdjudication] = ()  # 2430
    forms: Sequence[Form] = ()  # 2440


class Claim(LoopRecord):
    """One claim: 2300 with all below it, and the parties above it in the HL tree."""

    kind: ClaimKind = "professional"
    # --- the parties: 2000A, 2000B, 2010BB, 2000C
    billing_provider: Provider | None = None
    pay_to_address: Address | None = None  # 2010AB
    pay_to_plan: PayToPlan | None = None  # 2010AC
    subscriber: Subscriber | None = None
    payer: Payer | None = None
    patient: Patient | None = None  # only where not the subscriber
    # --- 2300
    patient_control_number: str = ""  # CLM01
    total_charge: Decimal | None = None  # CLM02
    place_of_service: str = ""  # CLM05-1 with CLM05-2 B
    facility_type: str = ""  # I: CLM05-1 with CLM05-2 A: the type of bill but for its last digit: 11, 13 ...
    frequency_code: str = "1"  # CLM05-3: 1 original, 7 replacement, 8 void; the type of bill's last digit
    provider_signature_on_file: str = "Y"  # CLM06
    assignment_code: str = "A"  # CLM07: A assigned, B lab only, C not assigned
    benefits_assignment: str = "Y"  # CLM08
    release_of_information: str = "Y"  # CLM09: Y, I
    patient_signature_source: str = ""  # CLM10: P
    related_causes: Sequence[str] = ()  # CLM11-1..3: AA auto, EM employment, OA other accident
    auto_accident_state: str = ""  # CLM11-4; I: REF*LU
    auto_accident_country: str = ""  # CLM11-5
    special_program: str = ""  # CLM12
    predetermination: str = ""  # D, and predetermination guides: CLM19: PB where no service was done yet
    delay_reason: str = ""  # CLM20
    admission_type: str = ""  # I: CL101: 1 emergency, 2 urgent, 3 elective, 4 newborn, 5 trauma, 9 unknown
    admission_source: str = ""  # I: CL102, point of origin
    patient_status: str = ""  # I: CL103, discharge status
    statement_from: date | None = None  # I: DTP*434
    statement_to: date | None = None  # I: DTP*434 RD8
    onset_date: date | None = None  # DTP*431
    initial_treatment_date: date | None = None  # DTP*454
    last_seen_date: date | None = None  # DTP*304
    acute_manifestation_date: date | None = None  # DTP*453
    accident_date: date | None = None  # DTP*439
    last_menstrual_period_date: date | None = None  # DTP*484
    last_x_ray_date: date | None = None  # DTP*455
    prescription_date: date | None = None  # DTP*471
    disability_period_start: date | None = None  # DTP*314 RD8, where both ends are known
    disability_period_end: date | None = None  # DTP*314 RD8
    disability_start: date | None = None  # DTP*360, where the end isn't known
    disability_end: date | None = None  # DTP*361, where the start isn't known
    last_worked_date: date | None = None  # DTP*297
    return_to_work_date: date | None = None  # DTP*296
    admission_date: date | None = None  # DTP*435
    admission_hour: time | None = None  # I: DTP*435 DT
    discharge_date: date | None = None  # DTP*096
    discharge_hour: time | None = None  # I: DTP*096 TM
    appliance_placement_date: date | None = None  # D: DTP*452
    service_date: date | None = None  # D: DTP*472, where it is the same for all lines
    service_date_end: date | None = None  # D: DTP*472 RD8
    assumed_care_date: date | None = None  # DTP*090
    relinquished_care_date: date | None = None  # DTP*091
    first_contact_date: date | None = None  # DTP*444
    repricer_received_date: date | None = None  # DTP*050
    attachments: Sequence[Attachment] = ()
    orthodontics: Orthodontics | None = None  # D: DN1
    tooth_statuses: Sequence[ToothStatus] = ()  # D: DN2
    contract: Contract | None = None  # CN1
    patient_amount_paid: Decimal | None = None  # AMT*F5
    patient_amount_due: Decimal | None = None  # I: AMT*F3, estimated
    predetermination_number: str = ""  # D: REF*G3
    service_authorization_exception: str = ""  # REF*4N
    medicare_section_4081: str = ""  # REF*F5
    mammography_certification: str = ""  # REF*EW
    referral_number: str = ""  # REF*9F
    prior_authorization: str = ""  # REF*G1
    payer_claim_control_number: str = ""  # REF*F8
    clia_number: str = ""  # REF*X4
    repriced_claim_number: str = ""  # REF*9A
    adjusted_repriced_claim_number: str = ""  # REF*9C
    investigational_device_number: str = ""  # REF*LX
    further_investigational_device_numbers: Sequence[str] = ()  # I: REF*LX, after the first
    peer_review_approval: str = ""  # I: REF*G4
    clearinghouse_trace_number: str = ""  # REF*D9
    medical_record_number: str = ""  # REF*EA
    demonstration_project: str = ""  # REF*P4
    care_plan_oversight: str = ""  # REF*1J
    fixed_format_records: Sequence[str] = ()  # K301
    notes: Sequence[Note] = ()
    ambulance: AmbulanceTransport | None = None
    spinal_manipulation: SpinalManipulation | None = None  # CR2
    conditions: Sequence[Condition] = ()  # CRC
    diagnoses: Sequence[Diagnosis] = ()  # HI ABK, ABF
    admitting_diagnosis: Diagnosis | None = None  # I: HI ABJ
    visit_reasons: Sequence[Diagnosis] = ()  # I: HI APR
    external_causes: Sequence[Diagnosis] = ()  # I: HI ABN
    drg: str = ""  # I: HI DR
    procedures: Sequence[Procedure] = ()  # I: HI BBR, BBQ
    occurrence_spans: Sequence[OccurrenceSpan] = ()  # I: HI BI
    occurrences: Sequence[Occurrence] = ()  # I: HI BH
    value_codes: Sequence[ValueCode] = ()  # I: HI BE
    anesthesia_procedures: Sequence[Diagnosis] = ()  # HI BP, BO
    condition_codes: Sequence[Diagnosis] = ()  # HI BG
    treatment_codes: Sequence[str] = ()  # I: HI TC
    pricing: Pricing | None = None  # HCP
    attending_provider: Provider | None = None  # I: 2310A
    operating_physician: Provider | None = None  # I: 2310B
    other_operating_physician: Provider | None = None  # I: 2310C
    referring_provider: Provider | None = None  # 2310A DN; I: 2310F
    primary_care_provider: Provider | None = None  # 2310A P3
    rendering_provider: Provider | None = None  # 2310B; I: 2310D
    service_facility: Provider | None = None  # 2310C; I: 2310E
    assistant_surgeon: Provider | None = None  # D: 2310D
    supervising_provider: Provider | None = None  # 2310D; D: 2310E
    ambulance_pick_up: Address | None = None  # 2310E
    ambulance_drop_off: Address | None = None  # 2310F
    ambulance_drop_off_name: str = ""  # 2310F NM103
    other_subscribers: Sequence[OtherSubscriber] = ()  # 2320
    service_lines: Sequence[ServiceLine] = ()  # 2400


class Submission(LoopRecord):
    """What heads a set of claims: BHT, 1000A submitter, 1000B receiver."""

    structure_code: str = "0019"  # BHT01
    purpose: str = "00"  # BHT02: 00 original, 18 reissue
    reference: str = ""  # BHT03
    created_on: date | None = None  # BHT04
    created_at: time | None = None  # BHT05
    transaction_type: str = "CH"  # BHT06: CH chargeable, RP reporting, 31 subrogation
    submitter_entity_type: str = "2"
    submitter_name: str = ""
    submitter_first_name: str = ""
    submitter_id: str = ""
    submitter_contacts: Sequence[Contact] = ()
    receiver_name: str = ""
    receiver_id: str = ""
