"""The answers to a claim file as records: TA1, 999 and 277CA. Values only, no opinion."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import msgspec

from edigate.secrecy import Phi
from edigate.x12.remainder import LoopRecord


class Record(Phi, msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of the parts of a loop that are not a loop themselves."""


class InterchangeAcknowledgment(LoopRecord):
    """TA1: what became of an envelope."""

    interchange_control_number: str = ""  # TA101, our ISA13
    interchange_date: date | None = None  # TA102
    interchange_time: time | None = None  # TA103
    code: str = ""  # TA104: A accepted, E accepted with errors, R rejected
    note: str = ""  # TA105: 000 none, 025 duplicate control number ...


class Context(Record):
    """CTX: what an error depends on, or which claim it is in (`CLM01:value`)."""

    name: str = ""  # CTX01-1: SITUATIONAL TRIGGER, or a field such as CLM01
    value: str = ""  # CTX01-2, may be PHI
    segment_id: str = ""  # CTX02
    segment_position: str = ""  # CTX03, in its set from ST = 1
    loop: str = ""  # CTX04
    element: str = ""  # CTX05-1
    component: str = ""  # CTX05-2
    repetition: str = ""  # CTX05-3
    data_element: str = ""  # CTX06-1
    component_data_element: str = ""  # CTX06-2


class ElementError(LoopRecord):
    """IK4: one element that the receiver would not read."""

    element: str = ""  # IK401-1
    component: str = ""  # IK401-2
    repetition: str = ""  # IK401-3
    data_element: str = ""  # IK402
    code: str = ""  # IK403
    value: str = ""  # IK404, may be PHI
    contexts: list[Context] = []


class SegmentError(LoopRecord):
    """IK3: one segment that the receiver would not read."""

    segment_id: str = ""  # IK301
    segment_position: str = ""  # IK302, in its set from ST = 1
    loop: str = ""  # IK303
    code: str = ""  # IK304
    contexts: list[Context] = []
    element_errors: list[ElementError] = []


class TransactionSetResponse(LoopRecord):
    """AK2: what became of one transaction set."""

    transaction_set: str = ""  # AK201, e.g. 837
    control_number: str = ""  # AK202, our ST02
    guide: str = ""  # AK203, our ST03
    segment_errors: list[SegmentError] = []
    code: str = ""  # IK501: A, E, M, R, W, X
    reasons: list[str] = []  # IK502-06


class FunctionalGroupResponse(LoopRecord):
    """999: what became of a functional group and its sets."""

    functional_id: str = ""  # AK101, our GS01
    control_number: str = ""  # AK102, our GS06
    guide: str = ""  # AK103, our GS08
    transaction_sets: list[TransactionSetResponse] = []
    code: str = ""  # AK901: A, E, P, R ...
    sets_included: int | None = None  # AK902
    sets_received: int | None = None  # AK903
    sets_accepted: int | None = None  # AK904
    reasons: list[str] = []  # AK905-09


class StatusCode(Record):
    """One composite of an STC: category, status, and whom it speaks of."""

    category: str = ""  # C043-1: A0 forwarded, A1 received, A2 accepted, A3 returned, A6-A8 ...
    status: str = ""  # C043-2
    entity: str = ""  # C043-3


class Status(Record):
    """STC."""

    codes: list[StatusCode] = []  # STC01, STC10, STC11
    effective_date: date | None = None  # STC02
    action: str = ""  # STC03: WQ accept, U reject
    amount: Decimal | None = None  # STC04
    text: str = ""  # STC12, may be PHI


class Identifier(Record):
    qualifier: str = ""  # REF01
    value: str = ""  # REF02


class LineStatus(LoopRecord):
    """2220D: the status of one service line."""

    procedure_qualifier: str = ""  # SVC01-1
    procedure: str = ""  # SVC01-2
    modifiers: list[str] = []
    charge: Decimal | None = None  # SVC02
    revenue_code: str = ""  # SVC04
    units: Decimal | None = None  # SVC07
    statuses: list[Status] = []
    line_item_control_number: str = ""  # REF*FJ
    secondary_ids: list[Identifier] = []  # other REF, XZ the pharmacy prescription number
    service_date: date | None = None  # DTP*472
    service_date_end: date | None = None


class ClaimStatus(LoopRecord):
    """2000D: one claim's status, the patient it is of."""

    last_name: str = ""  # 2100D NM103
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    id_qualifier: str = ""  # NM108: MI
    member_id: str = ""  # NM109
    patient_control_number: str = ""  # 2200D TRN02, our CLM01
    statuses: list[Status] = []
    payer_claim_control_number: str = ""  # REF*1K
    clearinghouse_trace_number: str = ""  # REF*D9
    bill_type: str = ""  # REF*BLT
    secondary_ids: list[Identifier] = []  # other REF
    service_date: date | None = None  # DTP*472
    service_date_end: date | None = None
    lines: list[LineStatus] = []


class Totals(Record):
    """QTY and AMT of a batch level: claims and dollars accepted and rejected."""

    accepted_count: int | None = None  # QTY*90 or QA
    rejected_count: int | None = None  # QTY*AA or QC
    accepted_amount: Decimal | None = None  # AMT*YU
    rejected_amount: Decimal | None = None  # AMT*YY


class ProviderStatus(LoopRecord):
    """2000C: a billing provider's claims."""

    entity_type: str = ""
    name: str = ""
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    id_qualifier: str = ""  # NM108: XX, FI, SV
    id: str = ""
    trace_number: str = ""  # 2200C TRN02
    statuses: list[Status] = []
    totals: Totals | None = None
    secondary_ids: list[Identifier] = []
    claims: list[ClaimStatus] = []


class ReceiverStatus(LoopRecord):
    """2000B: the submitter's batch."""

    entity_type: str = ""
    name: str = ""
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    id_qualifier: str = ""  # NM108: 46
    id: str = ""
    batch_reference: str = ""  # 2200B TRN02, our BHT03
    statuses: list[Status] = []
    totals: Totals | None = None
    providers: list[ProviderStatus] = []


class SourceStatus(LoopRecord):
    """2000A: who answers: a clearinghouse (AY) or the payer (PR)."""

    entity: str = ""  # NM101: AY clearinghouse, PR payer
    name: str = ""
    id_qualifier: str = ""
    id: str = ""
    trace_number: str = ""  # 2200A TRN02
    received_date: date | None = None  # DTP*050
    processed_date: date | None = None  # DTP*009
    receivers: list[ReceiverStatus] = []


class ClaimAcknowledgment(LoopRecord):
    """277CA (005010X214)."""

    reference: str = ""  # BHT03
    created_on: date | None = None  # BHT04
    created_at: time | None = None  # BHT05
    transaction_type: str = ""  # BHT06: TH
    sources: list[SourceStatus] = []
