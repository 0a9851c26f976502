"""The parts of a claim that are not loops of their own: addresses, codes, dates with a meaning. Values only.

Text is an empty string where absent, everything else None. Each field names its element of 005010X222A1
(837P); what only institutional (005010X223A2) or dental claims (005010X224A2) say is marked I or D.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as date_
from decimal import Decimal

import msgspec

from edigate.secrecy import Phi


class Record(Phi, msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """Base of the parts of a loop that are not a loop themselves. They hold no cycles."""


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
    payer_id: str = ""  # REF04-2 with REF04-1 2U: the other payer whose number it is (2420 loops)


class PayToPlan(Record):
    """The plan that wants the payment instead of the provider (2010AC; subrogation)."""

    name: str = ""  # NM103
    payer_id: str = ""  # NM109
    id_qualifier: str = "PI"  # NM108: PI, XV
    address: Address | None = None
    secondary_ids: Sequence[Identifier] = ()  # REF 2U, FY, NF
    tax_id: str = ""  # REF*EI


class Diagnosis(Record):
    """One code of HI; the first of a claim is the principal one."""

    code: str = ""  # HI0n-2, without the dot
    qualifier: str = ""  # HI0n-1: ABK principal, ABF other (BK, BF for ICD-9), ABJ, APR, ABN ... by field
    present_on_admission: str = ""  # I: HI0n-9: Y, N, U unknown, W undetermined


class Procedure(Record):
    """I: one procedure of HI; the first of a claim is the principal one."""

    code: str = ""  # HI0n-2, ICD-10-PCS
    qualifier: str = ""  # HI0n-1: BBR principal, BBQ other (BR, BQ for ICD-9), CAH advanced billing concepts
    date: date_ | None = None  # HI0n-4 with HI0n-3 D8


class Occurrence(Record):
    """I: an occurrence code and its day (HI*BH)."""

    code: str = ""  # HI0n-2
    date: date_ | None = None  # HI0n-4 with HI0n-3 D8


class OccurrenceSpan(Record):
    """I: an occurrence span code and its days (HI*BI)."""

    code: str = ""  # HI0n-2
    start: date_ | None = None  # HI0n-4 with HI0n-3 RD8
    end: date_ | None = None  # HI0n-4


class ValueCode(Record):
    """I: a value code and its amount (HI*BE)."""

    code: str = ""  # HI0n-2
    amount: Decimal | None = None  # HI0n-5: dollars, days or units, as the code has it


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


class SpinalManipulation(Record):
    """CR2: what a chiropractor says of the patient."""

    condition: str = ""  # CR208: A acute, C chronic, D non-acute, E non-life threatening, F routine ...
    description: str = ""  # CR210
    further_description: str = ""  # CR211


class DurableEquipment(Record):
    """SV5: rental or purchase of durable medical equipment."""

    procedure_qualifier: str = "HC"  # SV501-1
    procedure: str = ""  # SV501-2, as in SV101-2
    unit: str = "DA"  # SV502: DA days
    days: Decimal | None = None  # SV503
    rental_price: Decimal | None = None  # SV504
    purchase_price: Decimal | None = None  # SV505
    rental_frequency: str = ""  # SV506: 1 weekly, 4 monthly, 6 daily


class EquipmentCertification(Record):
    """CR3: a certificate of medical necessity for equipment."""

    type: str = ""  # CR301: I initial, R renewal, S revised
    months: Decimal | None = None  # CR303 with CR302 MO


class Measurement(Record):
    """MEA: a test's result."""

    category: str = ""  # MEA01: OG original starting dosage, TR test results
    type: str = ""  # MEA02: HT height, R1 hemoglobin, R2 hematocrit, R3 epoetin, R4 creatinine
    value: Decimal | None = None  # MEA03


class Contract(Record):
    """CN1: the contract that a claim or line is billed under."""

    type: str = ""  # CN101: 01 DRG, 02 per diem, 03 variable per diem, 04 flat, 05 capitated, 06 percent, 09 other
    amount: Decimal | None = None  # CN102
    percentage: Decimal | None = None  # CN103
    code: str = ""  # CN104
    discount_percentage: Decimal | None = None  # CN105
    version: str = ""  # CN106


class Pricing(Record):
    """HCP: what a repricer made of a claim or line."""

    methodology: str = ""  # HCP01
    allowed_amount: Decimal | None = None  # HCP02
    savings: Decimal | None = None  # HCP03
    repricer_id: str = ""  # HCP04
    rate: Decimal | None = None  # HCP05
    ambulatory_group: str = ""  # HCP06
    ambulatory_group_amount: Decimal | None = None  # HCP07
    revenue_code: str = ""  # I: HCP08
    procedure_qualifier: str = ""  # HCP09, lines only
    procedure: str = ""  # HCP10, lines only
    unit: str = ""  # HCP11, lines only
    units: Decimal | None = None  # HCP12, lines only
    reject_reason: str = ""  # HCP13: T1-T6
    compliance: str = ""  # HCP14: 1-5
    exception: str = ""  # HCP15: 1-6


class Condition(Record):
    """CRC: a category, yes or no, and up to five condition codes."""

    category: str = ""  # CRC01: 07 ambulance, E1-E3 vision, 75 homebound, ZZ EPSDT ...
    applies: str = ""  # CRC02: Y, N
    codes: Sequence[str] = ()  # CRC03-07


class Adjustment(Record):
    """One reason of a CAS: what a payer did not pay, and why."""

    reason: str = ""  # CARC
    amount: Decimal | None = None
    quantity: Decimal | None = None


class AdjustmentGroup(Record):
    """CAS: a group code and up to six adjustments."""

    group: str = ""  # CAS01: CO, PR, OA, PI, CR
    adjustments: Sequence[Adjustment] = ()


class OutpatientAdjudication(Record):
    """MOA: how another payer came to what it paid, for the whole claim."""

    reimbursement_rate: Decimal | None = None  # MOA01
    payable_amount: Decimal | None = None  # MOA02
    remark_codes: Sequence[str] = ()  # MOA03-07
    renal_disease_amount: Decimal | None = None  # MOA08
    professional_component: Decimal | None = None  # MOA09


class InpatientAdjudication(Record):
    """I: MIA: how another payer came to what it paid for an inpatient claim. Amounts in dollars."""

    covered_days: Decimal | None = None  # MIA01, or visits
    lifetime_psychiatric_days: Decimal | None = None  # MIA03
    drg_amount: Decimal | None = None  # MIA04
    disproportionate_share_amount: Decimal | None = None  # MIA06
    msp_pass_through_amount: Decimal | None = None  # MIA07
    capital_amount: Decimal | None = None  # MIA08
    capital_federal_drg_amount: Decimal | None = None  # MIA09
    capital_hospital_drg_amount: Decimal | None = None  # MIA10
    capital_disproportionate_share_amount: Decimal | None = None  # MIA11
    old_capital_amount: Decimal | None = None  # MIA12
    capital_indirect_teaching_amount: Decimal | None = None  # MIA13
    operating_hospital_drg_amount: Decimal | None = None  # MIA14
    cost_report_days: Decimal | None = None  # MIA15
    operating_federal_drg_amount: Decimal | None = None  # MIA16
    capital_outlier_amount: Decimal | None = None  # MIA17
    indirect_teaching_amount: Decimal | None = None  # MIA18
    professional_component: Decimal | None = None  # MIA19
    remark_codes: Sequence[str] = ()  # MIA05, 20-23
    capital_exception_amount: Decimal | None = None  # MIA24


class Orthodontics(Record):
    """D: DN1: an orthodontic treatment."""

    total_months: Decimal | None = None  # DN101
    remaining_months: Decimal | None = None  # DN102, for a patient who came in the middle of it
    indicator: str = ""  # DN104: Y where the services are orthodontic and no months are said


class ToothStatus(Record):
    """D: DN2: a tooth that is missing or to be extracted."""

    tooth: str = ""  # DN201 with DN206 JP, universal numbering
    status: str = ""  # DN202: E to be extracted, M missing


class Tooth(Record):
    """D: TOO: a tooth that a line treats."""

    code: str = ""  # TOO02 with TOO01 JP, universal numbering
    surfaces: Sequence[str] = ()  # TOO03-1..5: B D F I L M O


class FormAnswer(Record):
    """FRM: the answer to one question of a form."""

    question: str = ""  # FRM01
    yes_no: str = ""  # FRM02: Y, N, W not applicable
    text: str = ""  # FRM03
    date: date_ | None = None  # FRM04
    percentage: Decimal | None = None  # FRM05
