"""The claim: what an 837 says of one encounter, in the standard's terms. Values only, no rules.

Text is an empty string where absent, everything else None. Amounts are Decimal dollars. Each field
names its loop and element of 005010X222A1 (837P); the binding tables are the full reference.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import msgspec

from edigate.x12.remainder import LoopRecord


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of the parts of a loop that are not a loop themselves."""


class Address(Record):
    line1: str = ""  # N301
    line2: str = ""  # N302
    city: str = ""  # N401
    state: str = ""  # N402
    postal_code: str = ""  # N403, digits only
    country: str = ""  # N404, empty for the United States
    country_subdivision: str = ""  # N407


class Contact(Record):
    name: str = ""  # PER02
    phone: str = ""  # PER*TE, ten digits
    extension: str = ""  # PER*EX
    fax: str = ""  # PER*FX
    email: str = ""  # PER*EM


class Identifier(Record):
    """A secondary identification (REF): its qualifier and value."""

    qualifier: str = ""  # REF01
    value: str = ""  # REF02


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
    secondary_ids: list[Identifier] = []
    contacts: list[Contact] = []


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


class Payer(LoopRecord):
    """The destination payer (2010BB)."""

    name: str = ""  # NM103
    payer_id: str = ""  # NM109
    id_qualifier: str = "PI"  # NM108: PI, XV
    address: Address | None = None
    secondary_ids: list[Identifier] = []  # REF 2U, EI, FY, NF
    billing_provider_ids: list[Identifier] = []  # REF G2, LU


class Diagnosis(Record):
    """One code of HI; the first of a claim is the principal one."""

    code: str = ""  # HI0n-2, without the dot
    qualifier: str = ""  # HI0n-1: ABK principal, ABF other (BK, BF for ICD-9)


class Attachment(Record):
    """Paperwork that backs the claim (PWK)."""

    report_type: str = ""  # PWK01
    transmission: str = ""  # PWK02
    control_number: str = ""  # PWK06 with PWK05 AC


class Note(Record):
    """Free text that a payer asked for (NTE). PHI."""

    qualifier: str = ""  # NTE01: ADD, CER, DCP, DGN, TPO
    text: str = ""  # NTE02


class AmbulanceTransport(Record):
    """CR1."""

    weight: Decimal | None = None  # CR102 with CR101 LB
    reason: str = ""  # CR104
    distance: Decimal | None = None  # CR106 with CR105 DH, miles
    round_trip_purpose: str = ""  # CR109
    stretcher_purpose: str = ""  # CR110


class Condition(Record):
    """CRC: a category, yes or no, and up to five condition codes."""

    category: str = ""  # CRC01: 07 ambulance, E1-E3 vision, 75 homebound, ZZ EPSDT ...
    applies: str = ""  # CRC02: Y, N
    codes: list[str] = []  # CRC03-07


class Adjustment(Record):
    """One reason of a CAS: what a payer did not pay, and why."""

    reason: str = ""  # CARC
    amount: Decimal | None = None
    quantity: Decimal | None = None


class AdjustmentGroup(Record):
    """CAS: a group code and up to six adjustments."""

    group: str = ""  # CAS01: CO, PR, OA, PI, CR
    adjustments: list[Adjustment] = []


class OtherSubscriber(LoopRecord):
    """Another payer's insured and that payer's adjudication (2320, 2330A, 2330B)."""

    responsibility: str = ""  # SBR01
    relationship: str = ""  # SBR02
    group_number: str = ""
    group_name: str = ""
    insurance_type: str = ""
    filing_indicator: str = ""
    adjustment_groups: list[AdjustmentGroup] = []
    paid_amount: Decimal | None = None  # AMT*D
    non_covered_amount: Decimal | None = None  # AMT*A8
    remaining_liability: Decimal | None = None  # AMT*EAF
    benefits_assignment: str = ""  # OI03
    patient_signature_source: str = ""  # OI04
    release_of_information: str = ""  # OI06
    entity_type: str = "1"
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    member_id: str = ""
    id_qualifier: str = "MI"
    address: Address | None = None
    payer_name: str = ""
    payer_id: str = ""
    payer_id_qualifier: str = "PI"
    payer_address: Address | None = None
    payer_claim_control_number: str = ""  # REF*F8
    payer_paid_date: date | None = None  # DTP*573
    payer_secondary_ids: list[Identifier] = []


class LineAdjudication(LoopRecord):
    """What another payer paid for one line (2430)."""

    payer_id: str = ""  # SVD01
    paid_amount: Decimal | None = None  # SVD02
    procedure_qualifier: str = "HC"  # SVD03-1
    procedure: str = ""  # SVD03-2
    modifiers: list[str] = []  # SVD03-3..6
    units: Decimal | None = None  # SVD05
    bundled_line: str = ""  # SVD06
    adjustment_groups: list[AdjustmentGroup] = []
    paid_date: date | None = None  # DTP*573
    remaining_liability: Decimal | None = None  # AMT*EAF


class ServiceLine(LoopRecord):
    """One billed service (2400)."""

    line_number: int | None = None  # LX01; written in order, whatever it says
    procedure_qualifier: str = "HC"  # SV101-1
    procedure: str = ""  # SV101-2
    modifiers: list[str] = []  # SV101-3..6
    description: str = ""  # SV101-7
    charge: Decimal | None = None  # SV102
    unit: str = "UN"  # SV103: UN units, MJ minutes
    units: Decimal | None = None  # SV104
    place_of_service: str = ""  # SV105, where it differs from the claim's
    diagnosis_pointers: list[int] = []  # SV107, from 1
    emergency: str = ""  # SV109: Y
    epsdt: str = ""  # SV111: Y
    family_planning: str = ""  # SV112: Y
    copay_status: str = ""  # SV115: 0
    attachments: list[Attachment] = []
    ambulance: AmbulanceTransport | None = None
    conditions: list[Condition] = []
    service_date: date | None = None  # DTP*472
    service_date_end: date | None = None  # DTP*472 RD8, where the service took more than a day
    prescription_date: date | None = None  # DTP*471
    begin_therapy_date: date | None = None  # DTP*463
    last_seen_date: date | None = None  # DTP*304
    initial_treatment_date: date | None = None  # DTP*454
    anesthesia_units: Decimal | None = None  # QTY*FL
    ambulance_patient_count: Decimal | None = None  # QTY*PT
    prior_authorizations: list[str] = []  # REF*G1
    referral_numbers: list[str] = []  # REF*9F
    line_item_control_number: str = ""  # REF*6R
    clia_number: str = ""  # REF*X4
    mammography_certification: str = ""  # REF*EW
    sales_tax: Decimal | None = None  # AMT*T
    notes: list[Note] = []
    national_drug_code: str = ""  # LIN03 with LIN02 N4
    drug_quantity: Decimal | None = None  # CTP04
    drug_unit: str = ""  # CTP05-1: F2, GR, ME, ML, UN
    prescription_number: str = ""  # REF*XZ
    rendering_provider: Provider | None = None  # 2420A
    purchased_service_provider: Provider | None = None  # 2420B
    service_facility: Provider | None = None  # 2420C
    supervising_provider: Provider | None = None  # 2420D
    ordering_provider: Provider | None = None  # 2420E
    referring_provider: Provider | None = None  # 2420F
    adjudications: list[LineAdjudication] = []  # 2430


class Claim(LoopRecord):
    """One claim: 2300 with all below it, and the parties above it in the HL tree."""

    # --- the parties: 2000A, 2000B, 2010BB, 2000C
    billing_provider: Provider | None = None
    pay_to_address: Address | None = None  # 2010AB
    subscriber: Subscriber | None = None
    payer: Payer | None = None
    patient: Patient | None = None  # only where not the subscriber
    # --- 2300
    patient_control_number: str = ""  # CLM01
    total_charge: Decimal | None = None  # CLM02
    place_of_service: str = ""  # CLM05-1
    frequency_code: str = "1"  # CLM05-3: 1 original, 7 replacement, 8 void
    provider_signature_on_file: str = "Y"  # CLM06
    assignment_code: str = "A"  # CLM07: A assigned, B lab only, C not assigned
    benefits_assignment: str = "Y"  # CLM08
    release_of_information: str = "Y"  # CLM09: Y, I
    patient_signature_source: str = ""  # CLM10: P
    related_causes: list[str] = []  # CLM11-1..3: AA auto, EM employment, OA other accident
    auto_accident_state: str = ""  # CLM11-4
    auto_accident_country: str = ""  # CLM11-5
    special_program: str = ""  # CLM12
    delay_reason: str = ""  # CLM20
    onset_date: date | None = None  # DTP*431
    initial_treatment_date: date | None = None  # DTP*454
    last_seen_date: date | None = None  # DTP*304
    acute_manifestation_date: date | None = None  # DTP*453
    accident_date: date | None = None  # DTP*439
    accident_time: time | None = None  # DTP*439 DT
    last_menstrual_period_date: date | None = None  # DTP*484
    last_x_ray_date: date | None = None  # DTP*455
    prescription_date: date | None = None  # DTP*471
    disability_start: date | None = None  # DTP*360 or 314
    disability_end: date | None = None  # DTP*361 or 314
    last_worked_date: date | None = None  # DTP*297
    return_to_work_date: date | None = None  # DTP*296
    admission_date: date | None = None  # DTP*435
    discharge_date: date | None = None  # DTP*096
    first_contact_date: date | None = None  # DTP*444
    repricer_received_date: date | None = None  # DTP*050
    attachments: list[Attachment] = []
    patient_amount_paid: Decimal | None = None  # AMT*F5
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
    clearinghouse_trace_number: str = ""  # REF*D9
    medical_record_number: str = ""  # REF*EA
    demonstration_project: str = ""  # REF*P4
    care_plan_oversight: str = ""  # REF*1J
    fixed_format_records: list[str] = []  # K301
    notes: list[Note] = []
    ambulance: AmbulanceTransport | None = None
    conditions: list[Condition] = []  # CRC
    diagnoses: list[Diagnosis] = []  # HI ABK, ABF
    anesthesia_procedures: list[Diagnosis] = []  # HI BP, BO
    condition_codes: list[Diagnosis] = []  # HI BG
    referring_provider: Provider | None = None  # 2310A DN
    primary_care_provider: Provider | None = None  # 2310A P3
    rendering_provider: Provider | None = None  # 2310B
    service_facility: Provider | None = None  # 2310C
    supervising_provider: Provider | None = None  # 2310D
    ambulance_pick_up: Address | None = None  # 2310E
    ambulance_drop_off: Address | None = None  # 2310F
    ambulance_drop_off_name: str = ""  # 2310F NM103
    other_subscribers: list[OtherSubscriber] = []  # 2320
    service_lines: list[ServiceLine] = []  # 2400


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
    submitter_contacts: list[Contact] = []
    receiver_name: str = ""
    receiver_id: str = ""
