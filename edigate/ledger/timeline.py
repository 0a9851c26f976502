"""One claim, file or payment with all that happened to it, for showing. Reads only.

What is given back may hold PHI (findings' values, the claim's record): it is for asked-for output alone.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from sqlalchemy import or_, select

from edigate.ledger.accounts import Balance, balances
from edigate.ledger.acknowledging import acknowledged_by, acknowledgments_of
from edigate.ledger.answers import (
    SET_COLUMNS,
    ClaimLine,
    ClaimRef,
    OutboundSet,
    claims_of_file,
    lines_of_claims,
    sets_of_file,
)
from edigate.ledger.carried import Carried, carried_files
from edigate.ledger.claim_payments import ClaimPaymentRow, claim_payments
from edigate.ledger.deposit_shares import InBank, in_bank
from edigate.ledger.inbound import InboundFile, inbound_file_by_id
from edigate.ledger.outbound import FILE_COLUMNS, OutboundFile, outbound_file_by_id
from edigate.ledger.payments import PAYMENT_COLUMNS, Payment
from edigate.ledger.payments import payments as payments_of
from edigate.ledger.provider_adjustments import ProviderAdjustmentRow, provider_adjustments_of
from edigate.ledger.schema import (
    claim,
    claim_event,
    claim_payment,
    claim_record,
    claim_set,
    inbound_file,
    intake,
    outbound_file,
    outbound_set,
    payment,
)
from edigate.ledger.states import ClaimState, Kind, Usage
from edigate.ledger.sums import PaymentSum, payment_sums
from edigate.ledger.transaction import ReadTransaction, columns_for, fill
from edigate.ledger.worklists import ClaimFinding, findings_of
from edigate.secrecy import Phi


class ClaimRow(Phi, msgspec.Struct, frozen=True):
    """A claim's own row, with the name of the file it was converted from."""

    id: int
    intake_id: int
    source_file: str
    partner: str
    kind: Kind
    encounter_key: str
    patient_control_number: str
    version: int
    superseded_by_id: int | None
    content_hash: str
    responsibility: str
    total_charge_cents: int
    service_date: date | None
    payer_name: str
    payer_id: str
    payer_claim_control_number: str
    usage: Usage
    first_row: int
    last_row: int
    row_count: int
    state: ClaimState
    state_since: datetime
    created_at: datetime


class ClaimEvent(Phi, msgspec.Struct, frozen=True):
    """One step of a claim, with the files that caused it."""

    at: datetime
    state_before: ClaimState | None
    state_after: ClaimState
    event: str
    detail: str
    outbound_file: str
    inbound_file: str
    inbound_kind: str
    segment_position: int


class ClaimDetail(Phi, msgspec.Struct, frozen=True):
    """A claim with everything; `record` is its JSON, empty for an encounter refused before it was one."""

    claim: ClaimRow
    balance: Balance
    lines: list[ClaimLine]
    findings: list[ClaimFinding]
    events: list[ClaimEvent]
    payments: list[ClaimPaymentRow]
    deposits: list[InBank]  # of these payments
    outbound_file: OutboundFile | None
    outbound_set: OutboundSet | None
    record: bytes


class OutboundDetail(msgspec.Struct, frozen=True):
    """One of our files with its sets and claims, or the received file that it answers; how it travels, if encrypted."""

    file: OutboundFile
    sets: list[OutboundSet]
    claims: list[ClaimRef]
    acknowledges: InboundFile | None
    carried: Carried | None


class InboundDetail(msgspec.Struct, frozen=True):
    """A received file, the payments it brought, how many claims it moved, and what of ours answers it."""

    file: InboundFile
    payments: list[Payment]
    claims_moved: int
    acknowledgments: list[OutboundFile]


class PaymentDetail(msgspec.Struct, frozen=True):
    """A payment with its claims and provider adjustments, both sides of its sum, and the deposits it came in."""

    payment: Payment
    sums: PaymentSum
    claims: list[ClaimPaymentRow]
    provider_adjustments: list[ProviderAdjustmentRow]
    deposits: list[InBank]


_CLAIM = columns_for(ClaimRow, claim, source_file=intake.c.name)


def find_claims(tx: ReadTransaction, key: str) -> list[ClaimRow]:
    """Claims by ledger id, patient control number or the source's encounter key; the newest first."""
    wanted = or_(claim.c.patient_control_number == key, claim.c.encounter_key == key)
    if key.isascii() and key.isdigit() and len(key) <= 18:
        wanted = or_(wanted, claim.c.id == int(key))
    return tx.rows(
        select(*_CLAIM)
        .join(intake, intake.c.id == claim.c.intake_id)
        .where(wanted)
        .order_by(claim.c.superseded_by_id.is_not(None), claim.c.id.desc()),
        ClaimRow,
    )


def claim_detail(tx: ReadTransaction, claim_id: int) -> ClaimDetail | None:
    """One claim with its lines, findings, history, payments and file; None where there is none."""
    row = tx.first(
        select(*_CLAIM).join(intake, intake.c.id == claim.c.intake_id).where(claim.c.id == claim_id), ClaimRow
    )
    if row is None:
        return None
    set_of_claim = tx.first(
        select(*SET_COLUMNS)
        .join(claim_set, claim_set.c.outbound_set_id == outbound_set.c.id)
        .where(claim_set.c.claim_id == claim_id),
        OutboundSet,
    )
    record = tx.connection.execute(
        select(claim_record.c.record).where(claim_record.c.claim_id == claim_id)
    ).scalar()
    payments = claim_payments(tx, claim_payment.c.claim_id == claim_id)
    return ClaimDetail(
        claim=row,
        balance=balances(tx, [claim_id])[claim_id],
        lines=lines_of_claims(tx, [claim_id]).get(claim_id, []),
        findings=findings_of(tx, [claim_id]).get(claim_id, []),
        events=_events(tx, claim_id),
        payments=payments,
        deposits=in_bank(tx, [paid.payment_id for paid in payments]),
        outbound_file=outbound_file_by_id(tx, set_of_claim.outbound_file_id) if set_of_claim else None,
        outbound_set=set_of_claim,
        record=record or b"",
    )


def outbound_detail(tx: ReadTransaction, key: str) -> OutboundDetail | None:
    """One of our files, by ledger id or by its name; the newest of several partners' same names."""
    wanted = outbound_file.c.filename == key
    if key.isascii() and key.isdigit() and len(key) <= 18:
        wanted = or_(wanted, outbound_file.c.id == int(key))
    file = tx.first(select(*FILE_COLUMNS).where(wanted).order_by(outbound_file.c.id.desc()), OutboundFile)
    if file is None:
        return None
    carried = carried_files(tx, [file.id]).get(file.id)
    sets, claims = sets_of_file(tx, file.id), claims_of_file(tx, file.id)
    return OutboundDetail(file, sets, claims, acknowledged_by(tx, file.id), carried)


def inbound_detail(tx: ReadTransaction, key: str) -> InboundDetail | None:
    """A received file, by ledger id or by its name; the newest where names came round again."""
    wanted = inbound_file.c.name == key
    if key.isascii() and key.isdigit() and len(key) <= 18:
        wanted = or_(wanted, inbound_file.c.id == int(key))
    file_id = tx.connection.execute(
        select(inbound_file.c.id).where(wanted).order_by(inbound_file.c.id.desc())
    ).scalar()
    file = inbound_file_by_id(tx, file_id) if file_id is not None else None
    if file is None:
        return None
    moved = tx.connection.execute(
        select(claim_event.c.claim_id).where(claim_event.c.inbound_file_id == file.id).distinct()
    ).all()
    brought = payments_of(tx, inbound_file_id=file.id)
    return InboundDetail(file, brought, len(moved), acknowledgments_of(tx, file.id))


def payment_detail(tx: ReadTransaction, key: str) -> PaymentDetail | None:
    """A payment, by ledger id or by its trace number; a posted one before a held one."""
    wanted = payment.c.trace_number == key
    if key.isascii() and key.isdigit() and len(key) <= 18:
        wanted = or_(wanted, payment.c.id == int(key))
    found = tx.first(
        select(*PAYMENT_COLUMNS).where(wanted).order_by(payment.c.state.desc(), payment.c.id.desc()), Payment
    )
    if found is None:
        return None
    return PaymentDetail(
        payment=found,
        sums=payment_sums(tx, payment_id=found.id)[0],
        claims=claim_payments(tx, claim_payment.c.payment_id == found.id),
        provider_adjustments=provider_adjustments_of(tx, found.id),
        deposits=in_bank(tx, [found.id]),
    )


def _events(tx: ReadTransaction, claim_id: int) -> list[ClaimEvent]:
    """A claim's steps in the order they were written: a clock may jump back, the order can't."""
    statement = (
        select(
            *(claim_event.c[name] for name in ("at", "state_before", "state_after", "event", "detail")),
            outbound_file.c.filename,
            inbound_file.c.name,
            inbound_file.c.kind,
            claim_event.c.segment_position,
        )
        .outerjoin(outbound_file, outbound_file.c.id == claim_event.c.outbound_file_id)
        .outerjoin(inbound_file, inbound_file.c.id == claim_event.c.inbound_file_id)
        .where(claim_event.c.claim_id == claim_id)
        .order_by(claim_event.c.id)
    )
    return [
        fill(ClaimEvent, (*step, outbound or "", inbound or "", kind or "", position))
        for *step, outbound, inbound, kind, position in tx.connection.execute(statement)
    ]
