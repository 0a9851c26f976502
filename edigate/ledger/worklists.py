"""What a person should look at, each list with what it takes to decide. Reads only; knows no advice.

What was made in test is on a list as long as its partner is being tried out (`trying`, `tests`), and never after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select

from edigate.findings import Severity, Source
from edigate.ledger.accounts import balances
from edigate.ledger.outbound import FILE_COLUMNS, OutboundFile
from edigate.ledger.queries import LIVE
from edigate.ledger.schema import (
    claim,
    claim_event,
    claim_finding,
    claim_payment,
    claim_set,
    inbound_file,
    intake,
    outbound_file,
    outbound_set,
    payment,
    unmatched_answer,
)
from edigate.ledger.states import KINDS, ClaimState, Usage
from edigate.ledger.transaction import ReadTransaction, columns_for, fill, in_blocks
from edigate.ledger.usage import IS_MONEY
from edigate.secrecy import Phi


class ClaimFinding(Phi, msgspec.Struct, frozen=True):
    """A finding kept with a claim. `value` may be PHI."""

    claim_id: int
    code: str
    severity: Severity
    level: int
    message: str
    field: str
    value: str
    expected: str
    sources: tuple[Source, ...]
    inbound_file_id: int | None


class RefusedEncounter(Phi, msgspec.Struct, frozen=True):
    """An encounter that could not be made into a claim: where it stands in which file, and why not."""

    claim_id: int
    partner: str
    usage: Usage
    encounter_key: str
    patient_control_number: str
    file: str
    first_row: int
    last_row: int
    charge_cents: int
    refused_at: datetime
    findings: list[ClaimFinding]


class ClaimToWork(Phi, msgspec.Struct, frozen=True):
    """A claim that needs somebody: its account, since when, and the last thing that happened to it."""

    claim_id: int
    partner: str
    usage: Usage
    patient_control_number: str
    payer_name: str
    service_date: date | None
    state: ClaimState
    state_since: datetime
    charge_cents: int
    paid_cents: int
    adjusted_cents: int
    patient_responsibility_cents: int
    outstanding_cents: int
    event: str
    detail: str


class OverdueClaim(Phi, msgspec.Struct, frozen=True):
    """A claim that was sent and has waited too long for its next answer."""

    claim_id: int
    partner: str
    usage: Usage
    patient_control_number: str
    payer_name: str
    state: ClaimState
    charge_cents: int
    filename: str
    sent_at: datetime


class UnmatchedAnswer(Phi, msgspec.Struct, frozen=True):
    """An answer that matches nothing of ours."""

    id: int
    kind: str
    key: str
    file: str
    inbound_file_id: int
    segment_position: int
    detail: str
    at: datetime


class UnmatchedPayment(Phi, msgspec.Struct, frozen=True):
    """Money posted for a claim we don't know."""

    claim_payment_id: int
    payment_id: int
    patient_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    payer_name: str
    trace_number: str


_FINDING = columns_for(ClaimFinding, claim_finding)


def findings_of(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, list[ClaimFinding]]:
    """The findings of some claims, by claim, in the order they were found."""
    found: dict[int, list[ClaimFinding]] = {}
    for block in in_blocks(claim_ids):
        statement = select(*_FINDING).where(claim_finding.c.claim_id.in_(block)).order_by(claim_finding.c.id)
        for finding in tx.rows(statement, _claim_finding):
            found.setdefault(finding.claim_id, []).append(finding)
    return found


def refused_encounters(
    tx: ReadTransaction, *, trying: Iterable[str] = (), intake_id: int | None = None, limit: int | None = None
) -> list[RefusedEncounter]:
    """Encounters refused that nothing has replaced yet, the largest charge first; in test of partners being tried."""
    statement = (
        select(
            claim.c.id,
            claim.c.partner,
            claim.c.usage,
            claim.c.encounter_key,
            claim.c.patient_control_number,
            intake.c.name,
            claim.c.first_row,
            claim.c.last_row,
            claim.c.total_charge_cents,
            claim.c.created_at,
        )
        .join(intake, intake.c.id == claim.c.intake_id)
        .where(claim.c.state == "refused", LIVE, _worked_on(trying))
        .order_by(claim.c.total_charge_cents.desc(), claim.c.id)
        .limit(limit)
    )
    if intake_id is not None:
        statement = statement.where(claim.c.intake_id == intake_id)
    rows = tx.connection.execute(statement).all()
    findings = findings_of(tx, [row[0] for row in rows])
    return [fill(RefusedEncounter, (*row, findings.get(row[0], []))) for row in rows]


def claims_to_work(
    tx: ReadTransaction,
    states: Iterable[ClaimState] = (),
    *,
    ids: Iterable[int] | None = None,
    trying: Iterable[str] = (),
) -> list[ClaimToWork]:
    """Claims by their ids, or live ones in some states (`rejected` ...), the most money open first."""
    if ids is None:
        wanted = select(claim.c.id).where(LIVE, claim.c.state.in_(list(states)), _worked_on(trying))
        ids = tx.connection.execute(wanted).scalars().all()
    found = [one for block in in_blocks(ids) for one in _to_work(tx, block)]
    return sorted(found, key=lambda one: (-one.outstanding_cents, -one.charge_cents, one.claim_id))


def _to_work(tx: ReadTransaction, block: Sequence[int]) -> Iterator[ClaimToWork]:
    """Some claims with their accounts, which are added up for these claims alone."""
    newest = (
        select(func.max(claim_event.c.id).label("id"))
        .where(claim_event.c.claim_id.in_(block))
        .group_by(claim_event.c.claim_id)
        .subquery()
    )
    last = {
        row[0]: row[1:]
        for row in tx.connection.execute(
            select(claim_event.c.claim_id, claim_event.c.event, claim_event.c.detail).join(
                newest, newest.c.id == claim_event.c.id
            )
        )
    }
    accounts = balances(tx, block)
    here = ("id", "partner", "usage", "patient_control_number", "payer_name", "service_date", "state", "state_since")
    for row in tx.connection.execute(select(*(claim.c[name] for name in here)).where(claim.c.id.in_(block))):
        account = accounts[row[0]]
        amounts = (account.charge_cents, account.paid_cents, account.adjusted_cents)
        rest = (account.patient_responsibility_cents, account.outstanding_cents)
        yield fill(ClaimToWork, (*row, *amounts, *rest, *last.get(row[0], ("", ""))))


def _worked_on(trying: Iterable[str]) -> ColumnElement[bool]:
    """Claims that somebody has to work on: all for production, and in test those of partners being tried out."""
    return or_(IS_MONEY, claim.c.partner.in_(list(trying)))


def overdue_claims(
    tx: ReadTransaction, *, partner: str, states: Iterable[ClaimState], sent_before: datetime, tests: bool = False
) -> list[OverdueClaim]:
    """Claims still in some states though their file was sent before a time, the longest waiting first.

    `sent` (and `acknowledged`) past the 277CA's deadline, say, or `accepted` past the 835's.
    """
    return tx.rows(
        select(
            claim.c.id,
            claim.c.partner,
            claim.c.usage,
            claim.c.patient_control_number,
            claim.c.payer_name,
            claim.c.state,
            claim.c.total_charge_cents,
            outbound_file.c.filename,
            outbound_file.c.sent_at,
        )
        .join(claim_set, claim_set.c.claim_id == claim.c.id)
        .join(outbound_set, outbound_set.c.id == claim_set.c.outbound_set_id)
        .join(outbound_file, outbound_file.c.id == outbound_set.c.outbound_file_id)
        .where(
            LIVE,
            _worked_on([partner] if tests else ()),
            claim.c.partner == partner,
            claim.c.state.in_(list(states)),
            outbound_file.c.sent_at < sent_before,
        )
        .order_by(outbound_file.c.sent_at, claim.c.id),
        OverdueClaim,
    )


def claims_with_event(tx: ReadTransaction, claim_ids: Iterable[int], event: str, detail: str) -> set[int]:
    """Which of some claims have an event with this detail in their history."""
    found: set[int] = set()
    for block in in_blocks(claim_ids):
        statement = select(claim_event.c.claim_id).where(
            claim_event.c.claim_id.in_(block), claim_event.c.event == event, claim_event.c.detail == detail
        )
        found.update(tx.connection.execute(statement).scalars())
    return found


def overdue_files(
    tx: ReadTransaction, *, partner: str, answer: Literal["ta1", "x999"], sent_before: datetime, tests: bool = False
) -> list[OutboundFile]:
    """Claim files sent before a time without their TA1, or with a set that no 999 spoke of: none does of a file that
    a TA1 refused."""
    if answer == "ta1":
        silent = and_(outbound_file.c.ta1 == "none", outbound_file.c.kind.in_(KINDS))
    else:
        unheard = select(outbound_set.c.outbound_file_id).where(outbound_set.c.x999 == "none")
        silent = and_(outbound_file.c.id.in_(unheard), outbound_file.c.ta1 != "rejected")
    usages: tuple[Usage, ...] = ("production", "test") if tests else ("production",)
    return tx.rows(
        select(*FILE_COLUMNS)
        .where(outbound_file.c.partner == partner, outbound_file.c.sent_at < sent_before, silent)
        .where(outbound_file.c.usage.in_(usages))
        .order_by(outbound_file.c.id),
        OutboundFile,
    )


def unmatched_answers(tx: ReadTransaction) -> list[UnmatchedAnswer]:
    """Answers waiting to be matched by somebody, oldest first."""
    names = ("id", "kind", "key")
    rest = ("inbound_file_id", "segment_position", "detail", "at")
    return tx.rows(
        select(
            *(unmatched_answer.c[name] for name in names),
            inbound_file.c.name,
            *(unmatched_answer.c[name] for name in rest),
        )
        .join(inbound_file, inbound_file.c.id == unmatched_answer.c.inbound_file_id)
        .where(unmatched_answer.c.state == "open")
        .order_by(unmatched_answer.c.id),
        UnmatchedAnswer,
    )


def unmatched_payments(tx: ReadTransaction) -> list[UnmatchedPayment]:
    """Posted money that belongs to no claim of ours, the largest first."""
    names = ("id", "payment_id", "patient_control_number", "status_code", "charge_cents", "paid_cents")
    return tx.rows(
        select(*(claim_payment.c[name] for name in names), payment.c.payer_name, payment.c.trace_number)
        .join(payment, payment.c.id == claim_payment.c.payment_id)
        .where(claim_payment.c.claim_id.is_(None), payment.c.state == "posted")
        .order_by(func.abs(claim_payment.c.paid_cents).desc(), claim_payment.c.id),
        UnmatchedPayment,
    )


def _claim_finding(*row: object) -> ClaimFinding:
    claim_id, code, severity, *texts, sources, inbound_file_id = row
    told = msgspec.json.decode(str(sources), type=tuple[Source, ...]) if sources else ()
    return fill(ClaimFinding, (claim_id, code, Severity(str(severity)), *texts, told, inbound_file_id))
