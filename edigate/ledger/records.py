"""What is given to the ledger: plain records, one for each thing to write down. Values only.

Amounts are whole cents, dates `datetime.date`, decimals (units, quantities) their text. Positions count
from 1. Text is empty where absent. What the ledger gives back is in `answers.py`, `queries.py` ... beside
the function that gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from edigate.findings import Finding
from edigate.ledger.states import ClaimState, Kind, PaymentState, Usage
from edigate.secrecy import Phi


class NewRecord(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is given to the ledger."""


class NewIntake(NewRecord, frozen=True, gc=False):
    """An input file about to be converted. `fingerprint` covers mapping, lookup files and version."""

    sha256: str
    name: str
    mapping: str
    partner: str
    fingerprint: str = ""


class NewLine(NewRecord, frozen=True, gc=False):
    """One service line (2400). `modifiers` in order, joined by ':'."""

    line_number: int
    line_item_control_number: str
    charge_cents: int
    procedure: str = ""
    revenue_code: str = ""
    modifiers: str = ""
    units: str = ""
    service_date: date | None = None


class NewClaim(NewRecord, frozen=True, gc=False):
    """A claim made (`ready`) or an encounter refused, with the source rows it came from.

    `record` is the claim as JSON (PHI). `supersedes` is the claim this one replaces: a rejected one sent
    again corrected, say. `batch_key` orders the sending: claims of one billing provider stand together,
    and of one patient. `usage` is the partner's when it was made: it goes out in a file of the same, or not.
    """

    state: ClaimState  # ready or refused
    row_count: int
    first_row: int = 0
    last_row: int = 0
    kind: Kind = "837P"
    encounter_key: str = ""
    patient_control_number: str = ""
    content_hash: str = ""
    visit_hash: str = ""
    responsibility: str = "P"
    total_charge_cents: int = 0
    settled_before_cents: int = 0
    service_date: date | None = None
    payer_name: str = ""
    payer_id: str = ""
    batch_key: str = ""
    usage: Usage = "test"
    record: bytes = b""
    supersedes: int | None = None
    lines: Sequence[NewLine] = ()
    findings: Sequence[Finding] = ()


class NewSet(NewRecord, frozen=True, gc=False):
    """One transaction set of a file: its numbers and the claims in the order written."""

    st02: str
    bht03: str
    claim_ids: Sequence[int]


class NewOutboundFile(NewRecord, frozen=True, gc=False):
    """A file whose bytes are in the archive, about to be frozen."""

    partner: str
    kind: Kind
    filename: str
    sha256: str
    size: int
    isa13: int
    gs06: int
    usage: Usage
    sets: Sequence[NewSet]


class NewInboundFile(NewRecord, frozen=True, gc=False):
    """A file whose bytes are in the archive. `size` and `remote_modified` as listed, -1 where silent."""

    partner: str
    remote_path: str
    name: str
    sha256: str
    size: int = -1
    remote_modified: int = -1
    kind: str = ""


class StatusChange(NewRecord, frozen=True, gc=False):
    """One claim's step, with its cause. The same state before and after only writes the event down."""

    claim_id: int
    state_before: ClaimState
    state_after: ClaimState
    event: str
    inbound_file_id: int | None = None
    outbound_file_id: int | None = None
    segment_position: int = 0
    detail: str = ""
    payer_claim_control_number: str = ""  # kept with the claim where given


class NewUnmatched(NewRecord, frozen=True, gc=False):
    """An answer that matches nothing: what kind, and the number it quoted."""

    inbound_file_id: int
    kind: str
    key: str
    segment_position: int = 0
    detail: str = ""
    trace: str = ""  # REF*D9


class NewAdjustment(NewRecord, frozen=True, gc=False):
    """One reason of a CAS."""

    group_code: str
    reason_code: str
    amount_cents: int
    quantity: str = ""


class NewServicePayment(NewRecord, frozen=True, gc=False):
    """One SVC. `claim_line_id` is our line, None where none matches."""

    charge_cents: int
    paid_cents: int
    claim_line_id: int | None = None
    procedure: str = ""
    modifiers: str = ""
    billed_procedure: str = ""
    billed_modifiers: str = ""
    revenue_code: str = ""
    units: str = ""
    service_date: date | None = None
    line_item_control_number: str = ""
    remark_codes: str = ""
    segment_position: int = 0
    allowed_cents: int | None = None  # AMT*B6
    adjustments: Sequence[NewAdjustment] = ()


class NewClaimPayment(NewRecord, frozen=True, gc=False):
    """One CLP. `claim_id` is our claim, None where none matches: it stays in sight as unmatched."""

    status_code: str
    charge_cents: int
    paid_cents: int
    claim_id: int | None = None
    patient_control_number: str = ""
    patient_responsibility_cents: int = 0
    filing_indicator: str = ""
    payer_claim_control_number: str = ""
    remark_codes: str = ""
    crossover_carrier: str = ""
    segment_position: int = 0
    coverage_cents: int | None = None  # AMT*AU
    adjustments: Sequence[NewAdjustment] = ()
    services: Sequence[NewServicePayment] = ()


class NewProviderAdjustment(NewRecord, frozen=True, gc=False):
    """One pair of a PLB: positive takes money from the payment, negative adds."""

    reason_code: str
    amount_cents: int
    provider_id: str = ""
    fiscal_period_end: date | None = None
    reference: str = ""
    segment_position: int = 0


class NewPayment(NewRecord, frozen=True, gc=False):
    """One 835 transaction set. `amount_cents` is signed: a debit (BPR03 D) is negative.

    `content_hash` tells the same payment sent again from a changed one. `accepted_unbalanced` is the
    reason a person gave for posting what doesn't add up.
    """

    inbound_file_id: int
    set_number: int
    amount_cents: int
    partner: str = ""
    content_hash: str = ""
    payer_name: str = ""
    payer_id: str = ""
    payee_id: str = ""
    trace_number: str = ""
    trace_payer_id: str = ""
    method: str = ""
    handling: str = ""
    effective_date: date | None = None
    state: PaymentState = "posted"
    reason: str = ""
    accepted_unbalanced: str = ""

    @property
    def identity(self) -> str:
        """What makes it the same money: who pays whom, under which trace, when, how much."""
        payer = self.trace_payer_id or self.payer_id
        day = self.effective_date.isoformat() if self.effective_date else ""
        return "|".join((payer, self.payee_id, self.trace_number, day, str(self.amount_cents)))
