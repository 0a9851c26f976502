"""Matches by hand: what waits for a claim, a person's word about it, and taking that back. Knows no answer's text.

Which claims are likely is not decided here (`reconcile/candidates.py`), nor what an answer does to a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select

from edigate.errors import LedgerError
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.queries import LIVE
from edigate.ledger.records import NewUnmatched
from edigate.ledger.schema import (
    answer_match,
    claim,
    claim_event,
    claim_payment,
    claim_record,
    claim_set,
    inbound_file,
    matched_answer,
    matched_payment,
    outbound_file,
    outbound_set,
    payment,
    service_payment,
    unmatched_answer,
)
from edigate.ledger.states import FileState
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks
from edigate.secrecy import Phi

_MOST_CANDIDATES = 5000  # claims looked at for a page of waiting answers


class WaitingAnswer(Phi, msgspec.Struct, frozen=True):
    """A TA1, 999 or 277CA that fits nothing of ours, and the file it stands in."""

    id: int
    kind: str
    key: str
    detail: str
    at: datetime
    inbound_file_id: int
    partner: str
    file: str
    sha256: str


class WaitingPayment(Phi, msgspec.Struct, frozen=True):
    """A posted claim payment without a claim of ours, and where it stands. Cents."""

    id: int
    patient_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    payer_claim_control_number: str
    segment_position: int
    payment_id: int
    set_number: int
    trace_number: str
    payer_name: str
    partner: str
    inbound_file_id: int
    file: str
    sha256: str


class Match(msgspec.Struct, frozen=True):
    """A person's word: answers of this partner with this number are about this claim."""

    id: int
    partner: str
    number: str
    claim_id: int
    why: str
    at: datetime


class ClaimToCompare(Phi, msgspec.Struct, frozen=True):
    """A claim as candidates are compared; `content` is its JSON (PHI), for what has no column."""

    id: int
    patient_control_number: str
    payer_claim_control_number: str
    total_charge_cents: int
    service_date: date | None
    content: bytes


class Step(msgspec.Struct, frozen=True):
    """One event of a claim's history, in the order written."""

    event: str
    state_before: str | None
    state_after: str
    inbound_file_id: int | None


def folded(number: str) -> str:
    """A number as it is remembered: without case and blanks around it."""
    return number.strip().lower()


def waiting_answers(tx: ReadTransaction, *conditions: ColumnElement[bool]) -> list[WaitingAnswer]:
    """Answers that wait, the oldest first; `conditions` are on `unmatched_answer` and its `inbound_file`."""
    names = ("id", "kind", "key", "detail", "at", "inbound_file_id")
    return tx.rows(
        select(
            *(unmatched_answer.c[name] for name in names),
            inbound_file.c.partner,
            inbound_file.c.name,
            inbound_file.c.sha256,
        )
        .join(inbound_file, inbound_file.c.id == unmatched_answer.c.inbound_file_id)
        .where(unmatched_answer.c.state == "open", *conditions)
        .order_by(unmatched_answer.c.id),
        WaitingAnswer,
    )


def waiting_payments(tx: ReadTransaction) -> list[WaitingPayment]:
    """Posted claim payments that wait for their claim, the most money first."""
    return tx.rows(
        select(
            *columns_for(
                WaitingPayment,
                claim_payment,
                **{name: payment.c[name] for name in ("set_number", "trace_number", "payer_name", "partner")},
                inbound_file_id=payment.c.inbound_file_id,
                file=inbound_file.c.name,
                sha256=inbound_file.c.sha256,
            )
        )
        .join(payment, payment.c.id == claim_payment.c.payment_id)
        .join(inbound_file, inbound_file.c.id == payment.c.inbound_file_id)
        .where(claim_payment.c.claim_id.is_(None), payment.c.state == "posted")
        .order_by(func.abs(claim_payment.c.paid_cents).desc(), claim_payment.c.id),
        WaitingPayment,
    )


def claims_to_compare(
    tx: ReadTransaction,
    *,
    numbers: Iterable[str],
    payer_numbers: Iterable[str],
    days: Iterable[tuple[date, date]],
) -> list[ClaimToCompare]:
    """Live claims that could be candidates: a number like one of these, the payer's number, or a day of service."""
    ours = func.lower(func.trim(claim.c.patient_control_number))
    wanted: list[ColumnElement[bool]] = [claim.c.payer_claim_control_number.in_(sorted({*payer_numbers} - {""}))]
    for number in {folded(number) for number in numbers} - {""}:
        beginnings = [number[:length] for length in range(6, len(number) + 1)] or [number]
        wanted += [ours.in_(beginnings), func.replace(ours, "-", "") == number.replace("-", "")]
        if len(number) >= 6:
            wanted.append(func.substr(ours, 1, len(number)) == number)
    wanted += [and_(claim.c.service_date >= first, claim.c.service_date <= last) for first, last in set(days)]
    found: dict[int, ClaimToCompare] = {}
    for block in in_blocks(wanted, 200):
        statement = (
            select(*columns_for(ClaimToCompare, claim, content=func.coalesce(claim_record.c.record, b"")))
            .outerjoin(claim_record, claim_record.c.claim_id == claim.c.id)
            .where(LIVE, claim.c.state.not_in(("refused", "void")), or_(*block))
            .order_by(claim.c.id.desc())
            .limit(_MOST_CANDIDATES)
        )
        found.update((one.id, one) for one in tx.rows(statement, ClaimToCompare))
    return list(found.values())


def claims_with_number_like(tx: ReadTransaction, number: str) -> int:
    """How many different numbers of our claims are this one, or begin with it."""
    ours = func.lower(func.trim(claim.c.patient_control_number))
    alike = func.substr(ours, 1, len(folded(number))) == folded(number)
    statement = select(func.count(ours.distinct())).where(alike, claim.c.state != "refused")
    return int(tx.connection.execute(statement).scalar_one())


# --- a person's word


def remember(
    tx: WriteTransaction, *, partner: str, number: str, claim_id: int, why: str, payer_number_before: str = ""
) -> int:
    """Write a match down; its id. An empty number is remembered for no further answer.

    `payer_number_before` is what the payer called the claim until then, to be put back if the match is forgotten.

    Raises LedgerError where the number is remembered as another claim's.
    """
    (match_id,) = reserve_ids(tx, answer_match, 1)
    row = {"id": match_id, "partner": partner, "number": folded(number), "claim_id": claim_id, "why": why}
    tx.insert(answer_match, [row | {"payer_number_before": payer_number_before, "at": tx.at}])
    return match_id


def remembered(tx: ReadTransaction, partner: str, numbers: Iterable[str]) -> dict[str, Match]:
    """What a person said of these numbers of a partner, by the number folded."""
    found: dict[str, Match] = {}
    for block in in_blocks(sorted({folded(number) for number in numbers} - {""})):
        statement = select(*columns_for(Match, answer_match)).where(
            answer_match.c.partner == partner,
            answer_match.c.number.in_(block),
            answer_match.c.forgotten_at.is_(None),
        )
        found.update((one.number, one) for one in tx.rows(statement, Match))
    return found


def match_of(tx: ReadTransaction, match_id: int) -> Match | None:
    """A match that counts; None where there is none, or it was forgotten."""
    return tx.first(
        select(*columns_for(Match, answer_match)).where(
            answer_match.c.id == match_id, answer_match.c.forgotten_at.is_(None)
        ),
        Match,
    )


def matches(tx: ReadTransaction) -> list[Match]:
    """Every match that counts, the newest first."""
    return tx.rows(
        select(*columns_for(Match, answer_match))
        .where(answer_match.c.forgotten_at.is_(None))
        .order_by(answer_match.c.id.desc()),
        Match,
    )


def add_matched(tx: WriteTransaction, answers: Sequence[tuple[NewUnmatched, Match, str]]) -> None:
    """Answers that came matched already, by what a person said before: each with its match and its event."""
    if not answers:
        return
    ids = reserve_ids(tx, unmatched_answer, len(answers))
    tx.insert_records(
        unmatched_answer,
        [answer for answer, _, _ in answers],
        {"id": ids, "claim_id": [match.claim_id for _, match, _ in answers]},
        {"at": tx.at, "state": "matched"},
    )
    link_answers(tx, [(match.id, id_, event) for id_, (_, match, event) in zip(ids, answers, strict=True)])


def take_answer(tx: WriteTransaction, unmatched_id: int, match_id: int, claim_id: int, event: str) -> None:
    """A waiting answer goes to its claim. Raises LedgerError where it doesn't wait any more."""
    if not tx.change(
        unmatched_answer.update()
        .where(unmatched_answer.c.id == unmatched_id, unmatched_answer.c.state == "open")
        .values(state="matched", claim_id=claim_id)
    ):
        raise LedgerError(f"answer {unmatched_id} does not wait any more")
    link_answers(tx, [(match_id, unmatched_id, event)])


def link_answers(tx: WriteTransaction, links: Sequence[tuple[int, int, str]]) -> None:
    """Say which match brought which answers to its claim, and as which event."""
    names = ("answer_match_id", "unmatched_answer_id", "event")
    tx.insert(matched_answer, [dict(zip(names, link, strict=True)) for link in links])


def link_payments(tx: WriteTransaction, links: Sequence[tuple[int, int]]) -> None:
    """Say which match brought which claim payments to its claim."""
    names = ("answer_match_id", "claim_payment_id")
    tx.insert(matched_payment, [dict(zip(names, link, strict=True)) for link in links])


def forget(tx: WriteTransaction, match: Match, why: str) -> tuple[int, int]:
    """Take a match back: all it brought waits again. How many answers and claim payments.

    Raises LedgerError where it was forgotten before. The claim's state is the caller's to set right.
    """
    if not tx.change(
        answer_match.update()
        .where(answer_match.c.id == match.id, answer_match.c.forgotten_at.is_(None))
        .values(forgotten_at=tx.at, forgotten_why=why)
    ):
        raise LedgerError(f"match {match.id} was forgotten before")
    answers = select(matched_answer.c.unmatched_answer_id).where(matched_answer.c.answer_match_id == match.id)
    entries = select(matched_payment.c.claim_payment_id).where(matched_payment.c.answer_match_id == match.id)
    tx.change(
        service_payment.update()
        .where(service_payment.c.claim_payment_id.in_(entries))
        .values(claim_line_id=None)
    )
    brought = (
        tx.change(
            unmatched_answer.update()
            .where(unmatched_answer.c.id.in_(answers), unmatched_answer.c.state == "matched")
            .values(state="open", claim_id=None)
        ),
        tx.change(
            claim_payment.update()
            .where(claim_payment.c.id.in_(entries), claim_payment.c.claim_id == match.claim_id)
            .values(claim_id=None)
        ),
    )
    _put_payer_number_back(tx, match)
    return brought


def _put_payer_number_back(tx: WriteTransaction, match: Match) -> None:
    """A replacement of the claim quotes the payer's number for it: another claim's must not stay."""
    latest = (
        select(func.max(claim_payment.c.id))
        .where(claim_payment.c.claim_id == match.claim_id, claim_payment.c.payer_claim_control_number != "")
        .scalar_subquery()
    )
    of_entry = select(claim_payment.c.payer_claim_control_number).where(claim_payment.c.id == latest)
    before = select(answer_match.c.payer_number_before).where(answer_match.c.id == match.id)
    number = func.coalesce(of_entry.scalar_subquery(), before.scalar_subquery())
    tx.change(claim.update().where(claim.c.id == match.claim_id).values(payer_claim_control_number=number))


def events_brought(tx: ReadTransaction, match_id: int) -> list[tuple[int, str]]:
    """The file and event of each answer that a match brought to its claim."""
    statement = (
        select(unmatched_answer.c.inbound_file_id, matched_answer.c.event)
        .join(unmatched_answer, unmatched_answer.c.id == matched_answer.c.unmatched_answer_id)
        .where(matched_answer.c.answer_match_id == match_id)
        .order_by(unmatched_answer.c.id)
    )
    return [(file_id, event) for file_id, event in tx.connection.execute(statement)]


def forgotten_events(tx: ReadTransaction, claim_id: int) -> list[tuple[int, str]]:
    """The file and event of every answer that came to a claim by a match since forgotten."""
    ids = select(answer_match.c.id).where(answer_match.c.claim_id == claim_id, answer_match.c.forgotten_at.is_not(None))
    return [
        one
        for (match_id,) in tx.connection.execute(ids.order_by(answer_match.c.id)).all()
        for one in events_brought(tx, match_id)
    ]


def history(tx: ReadTransaction, claim_id: int) -> list[Step]:
    """A claim's events in the order they were written."""
    return tx.rows(
        select(*columns_for(Step, claim_event)).where(claim_event.c.claim_id == claim_id).order_by(claim_event.c.id),
        Step,
    )


def file_state(tx: ReadTransaction, claim_id: int) -> FileState | None:
    """Where the file stands that a claim is in; None where it is in none."""
    statement = (
        select(outbound_file.c.state)
        .join(outbound_set, outbound_set.c.outbound_file_id == outbound_file.c.id)
        .join(claim_set, claim_set.c.outbound_set_id == outbound_set.c.id)
        .where(claim_set.c.claim_id == claim_id)
    )
    return tx.connection.execute(statement).scalar()
