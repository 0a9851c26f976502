"""The remittance: what an 835 says was paid, and why the rest was not. Values only.

Amounts are Decimal dollars as sent (signs kept). Each field names its loop and element of 005010X221A1.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from edigate.secrecy import Phi
from edigate.x12.remainder import LoopRecord


class Record(Phi, msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """Base of the parts of a loop that are not a loop themselves."""


class Identifier(Record):
    qualifier: str = ""  # REF01
    value: str = ""  # REF02


class Amount(Record):
    qualifier: str = ""  # AMT01
    amount: Decimal | None = None  # AMT02


class Quantity(Record):
    qualifier: str = ""  # QTY01
    quantity: Decimal | None = None  # QTY02


class Remark(Record):
    qualifier: str = ""  # LQ01: HE remark code, RX NCPDP
    code: str = ""  # LQ02


class Contact(Record):
    function: str = ""  # PER01: CX claims office, BL technical, IC web site
    name: str = ""  # PER02
    phone: str = ""
    extension: str = ""
    fax: str = ""
    email: str = ""
    url: str = ""


class Adjustment(Record):
    reason: str = ""  # CARC
    amount: Decimal | None = None
    quantity: Decimal | None = None


class AdjustmentGroup(Record):
    """CAS: a group code and up to six adjustments."""

    group: str = ""  # CAS01: CO contractual, PR patient, OA other, PI payer initiated, CR 4010 correction
    adjustments: list[Adjustment] = []


class Party(LoopRecord):
    """Payer (1000A) or payee (1000B)."""

    name: str = ""  # N102
    id_qualifier: str = ""  # N103: XV, XX, FI
    id: str = ""  # N104
    address_line1: str = ""
    address_line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    secondary_ids: list[Identifier] = []
    contacts: list[Contact] = []
    delivery_method: str = ""  # RDM01, payee: BM by mail, EM e-mail, FT file transfer, OL online
    delivery_name: str = ""  # RDM02
    delivery_address: str = ""  # RDM03, where it goes: an e-mail address, a web site, a number


class Person(Record):
    """A name of a claim: patient, insured, corrected insured, rendering provider, payer."""

    entity_type: str = ""  # NM102
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    id_qualifier: str = ""  # NM108
    id: str = ""  # NM109


class ServicePayment(LoopRecord):
    """One line's adjudication (2110)."""

    procedure_qualifier: str = ""  # SVC01-1
    procedure: str = ""  # SVC01-2
    modifiers: list[str] = []  # SVC01-3..6
    description: str = ""  # SVC01-7
    charge: Decimal | None = None  # SVC02
    paid: Decimal | None = None  # SVC03
    revenue_code: str = ""  # SVC04
    units_paid: Decimal | None = None  # SVC05
    billed_procedure_qualifier: str = ""  # SVC06-1
    billed_procedure: str = ""  # SVC06-2
    billed_modifiers: list[str] = []
    billed_description: str = ""
    units_billed: Decimal | None = None  # SVC07
    service_date_qualifier: str = "472"  # DTM01: 472 one day, 150 the first of several
    service_date: date | None = None  # DTM*472 or 150
    service_date_end: date | None = None  # DTM*151
    adjustment_groups: list[AdjustmentGroup] = []
    line_item_control_number: str = ""  # REF*6R
    secondary_ids: list[Identifier] = []  # other REF
    amounts: list[Amount] = []  # AMT: B6 allowed, KH late filing ...
    quantities: list[Quantity] = []
    remarks: list[Remark] = []  # LQ


class InpatientRemarks(Record):
    """MIA: how an inpatient claim was priced."""

    covered_days: Decimal | None = None  # MIA01
    operating_outlier_amount: Decimal | None = None  # MIA02
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
    professional_component_amount: Decimal | None = None  # MIA19
    remark_codes: list[str] = []  # MIA05, 20-23
    capital_exception_amount: Decimal | None = None  # MIA24


class OutpatientRemarks(Record):
    """MOA: how an outpatient or professional claim was priced."""

    reimbursement_rate: Decimal | None = None  # MOA01
    payable_amount: Decimal | None = None  # MOA02
    remark_codes: list[str] = []  # MOA03-07
    esrd_amount: Decimal | None = None  # MOA08
    nonpayable_professional_amount: Decimal | None = None  # MOA09


class ClaimPayment(LoopRecord):
    """One claim's adjudication (2100)."""

    patient_control_number: str = ""  # CLP01, our CLM01
    status: str = ""  # CLP02: 1 2 3 processed, 4 denied, 19-21 and forwarded, 22 reversal, 23, 25
    charge: Decimal | None = None  # CLP03
    paid: Decimal | None = None  # CLP04
    patient_responsibility: Decimal | None = None  # CLP05
    filing_indicator: str = ""  # CLP06
    payer_claim_control_number: str = ""  # CLP07
    facility_code: str = ""  # CLP08
    frequency_code: str = ""  # CLP09
    drg: str = ""  # CLP11
    drg_weight: Decimal | None = None  # CLP12
    discharge_fraction: Decimal | None = None  # CLP13
    adjustment_groups: list[AdjustmentGroup] = []
    patient: Person | None = None  # NM1*QC
    insured: Person | None = None  # NM1*IL
    corrected_insured: Person | None = None  # NM1*74
    rendering_provider: Person | None = None  # NM1*82
    crossover_carrier: Person | None = None  # NM1*TT
    corrected_priority_payer: Person | None = None  # NM1*PR
    other_subscriber: Person | None = None  # NM1*GB
    inpatient: InpatientRemarks | None = None
    outpatient: OutpatientRemarks | None = None
    secondary_ids: list[Identifier] = []  # REF
    statement_from: date | None = None  # DTM*232
    statement_to: date | None = None  # DTM*233
    coverage_expired: date | None = None  # DTM*036
    received_date: date | None = None  # DTM*050
    contacts: list[Contact] = []
    amounts: list[Amount] = []  # AMT: AU coverage, I interest, F5 patient paid ...
    quantities: list[Quantity] = []
    service_payments: list[ServicePayment] = []


class ProviderSummary(Record):
    """TS3: one provider's totals of one fiscal year and type of bill (Medicare)."""

    provider_id: str = ""  # TS301
    facility_code: str = ""  # TS302
    fiscal_period_end: date | None = None  # TS303
    claim_count: int | None = None  # TS304
    charge: Decimal | None = None  # TS305
    covered_charge: Decimal | None = None  # TS306, 4010 until 12
    noncovered_charge: Decimal | None = None  # TS307
    denied_charge: Decimal | None = None  # TS308
    provider_payment: Decimal | None = None  # TS309
    interest: Decimal | None = None  # TS310
    contractual_adjustment: Decimal | None = None  # TS311
    gramm_rudman_reduction: Decimal | None = None  # TS312
    msp_payer_amount: Decimal | None = None  # TS313
    blood_deductible: Decimal | None = None  # TS314, 4010
    non_lab_charge: Decimal | None = None  # TS315
    coinsurance: Decimal | None = None  # TS316, 4010
    hcpcs_reportable_charge: Decimal | None = None  # TS317
    hcpcs_payable: Decimal | None = None  # TS318
    deductible: Decimal | None = None  # TS319, 4010
    professional_component: Decimal | None = None  # TS320
    msp_patient_liability_met: Decimal | None = None  # TS321
    patient_reimbursement: Decimal | None = None  # TS322
    pip_claim_count: int | None = None  # TS323
    pip_adjustment: Decimal | None = None  # TS324


class DrgSummary(Record):
    """TS2: DRG totals of one provider (Medicare)."""

    drg_amount: Decimal | None = None  # TS201
    federal_specific_amount: Decimal | None = None  # TS202
    hospital_specific_amount: Decimal | None = None  # TS203
    disproportionate_share_amount: Decimal | None = None  # TS204
    capital_amount: Decimal | None = None  # TS205
    indirect_education_amount: Decimal | None = None  # TS206
    outlier_days: Decimal | None = None  # TS207
    day_outlier_amount: Decimal | None = None  # TS208
    cost_outlier_amount: Decimal | None = None  # TS209
    average_length_of_stay: Decimal | None = None  # TS210
    discharges: Decimal | None = None  # TS211
    cost_report_days: Decimal | None = None  # TS212
    covered_days: Decimal | None = None  # TS213
    noncovered_days: Decimal | None = None  # TS214
    msp_pass_through_amount: Decimal | None = None  # TS215
    average_drg_weight: Decimal | None = None  # TS216
    capital_federal_drg_amount: Decimal | None = None  # TS217
    capital_hospital_drg_amount: Decimal | None = None  # TS218
    capital_disproportionate_share_amount: Decimal | None = None  # TS219


class HeaderNumber(LoopRecord):
    """A group of claims (2000 LX). Senders without LX get the one the guide asks for."""

    number: str = "1"  # LX01
    provider_summary: ProviderSummary | None = None  # TS3
    drg_summary: DrgSummary | None = None  # TS2
    claims: list[ClaimPayment] = []


class ProviderAdjustmentItem(Record):
    """One pair of a PLB. A positive amount takes money from the payment, a negative adds."""

    reason: str = ""  # PLB03-1: WO, FB, 72, L6, CS ...
    reference: str = ""  # PLB03-2
    amount: Decimal | None = None  # PLB04


class ProviderAdjustment(Record):
    """PLB: money moved at the provider's level, outside any claim."""

    provider_id: str = ""  # PLB01
    fiscal_period_end: date | None = None  # PLB02
    items: list[ProviderAdjustmentItem] = []


class Payment(LoopRecord):
    """One 835 transaction set: a payment (or a notice of none)."""

    handling: str = ""  # BPR01: I, H, U, C, D
    amount: Decimal | None = None  # BPR02
    credit_debit: str = ""  # BPR03: C, D
    method: str = ""  # BPR04: ACH, CHK, FWT, NON
    format: str = ""  # BPR05: CCP, CTX
    sender_routing_qualifier: str = ""  # BPR06
    sender_routing: str = ""  # BPR07
    sender_account_qualifier: str = ""  # BPR08
    sender_account: str = ""  # BPR09
    originator_id: str = ""  # BPR10
    originator_code: str = ""  # BPR11
    receiver_routing_qualifier: str = ""  # BPR12
    receiver_routing: str = ""  # BPR13
    receiver_account_qualifier: str = ""  # BPR14
    receiver_account: str = ""  # BPR15
    effective_date: date | None = None  # BPR16
    trace_number: str = ""  # TRN02
    trace_payer_id: str = ""  # TRN03: 1 + payer's tax id
    trace_supplement: str = ""  # TRN04
    currency: str = ""  # CUR02
    exchange_rate: Decimal | None = None  # CUR03
    receiver_id: str = ""  # REF*EV
    version_id: str = ""  # REF*F2
    production_date: date | None = None  # DTM*405
    payer: Party | None = None  # 1000A
    payee: Party | None = None  # 1000B
    headers: list[HeaderNumber] = []  # 2000
    provider_adjustments: list[ProviderAdjustment] = []  # PLB
