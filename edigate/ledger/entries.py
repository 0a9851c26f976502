"""What has been posted to claims, adjudication by adjudication, for judging them. Reversals net by themselves.

A predetermination (CLP02 25) prices a claim and pays nothing: it is kept, and no entry of any account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from sqlalchemy import bindparam, case, func, or_, select

from edigate.ledger.bulk import Question
from edigate.ledger.queries import LIVE
from edigate.ledger.schema import adjustment, claim, claim_payment, payment, service_payment
from edigate.ledger.sums import PREDETERMINATION, total
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks
from edigate.ledger.usage import IS_MONEY
from edigate.secrecy import Phi

_REVERSAL = "22"
_AT_ONCE = 2000  # claims looked up in one statement


class PostedEntry(msgspec.Struct):
    """One posted adjudication (CLP) of a claim in cents; `cuts` are group, reason and amount of every CAS."""

    status_code: str
    charge_cents: int
    paid_cents: int
    patient_responsibility_cents: int
    remark_codes: str
    cuts: list[tuple[str, str, int]] = []


def entries_of_claims(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, list[PostedEntry]]:
    """What was posted to some claims, by claim, in the order posted; claims without any are left out."""
    found: dict[int, list[PostedEntry]] = {}
    for block in in_blocks(claim_ids):
        by_id: dict[int, PostedEntry] = {}
        here = (
            claim_payment.c.claim_id.in_(block),
            claim_payment.c.status_code != PREDETERMINATION,
            payment.c.state == "posted",
        )
        posted = claim_payment.join(payment, payment.c.id == claim_payment.c.payment_id)
        for entry_id, claim_id, *values in tx.connection.execute(
            select(
                claim_payment.c.id,
                claim_payment.c.claim_id,
                claim_payment.c.status_code,
                claim_payment.c.charge_cents,
                claim_payment.c.paid_cents,
                claim_payment.c.patient_responsibility_cents,
                claim_payment.c.remark_codes,
            )
            .select_from(posted)
            .where(*here)
            .order_by(claim_payment.c.id)
        ):
            by_id[entry_id] = PostedEntry(*values)
            found.setdefault(claim_id, []).append(by_id[entry_id])
        for entry_id, *cut in tx.connection.execute(
            select(
                adjustment.c.claim_payment_id,
                adjustment.c.group_code,
                adjustment.c.reason_code,
                adjustment.c.amount_cents,
            )
            .select_from(adjustment.join(posted, claim_payment.c.id == adjustment.c.claim_payment_id))
            .where(*here)
            .order_by(adjustment.c.id)
        ):
            group, reason, cents = cut
            by_id[entry_id].cuts.append((group, reason, cents))
        for entry_id, remarks in tx.connection.execute(
            select(service_payment.c.claim_payment_id, service_payment.c.remark_codes)
            .select_from(service_payment.join(posted, claim_payment.c.id == service_payment.c.claim_payment_id))
            .where(*here, service_payment.c.remark_codes != "")
            .order_by(service_payment.c.id)
        ):
            entry = by_id[entry_id]
            entry.remark_codes = f"{entry.remark_codes} {remarks}".strip()
    return found


def payer_numbers(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, str]:
    """The payer's number (CLP07) of each claim by what was posted to it: of the latest decision that isn't a reversal.

    The latest is of the latest money, not the one posted last: payments come in any order.
    """
    found: dict[int, str] = {}
    c = claim_payment.c
    for block in in_blocks(claim_ids, _AT_ONCE):
        statement = (
            select(c.claim_id, c.payer_claim_control_number)
            .join(payment, payment.c.id == c.payment_id)
            .where(tx.among(c.claim_id, block), payment.c.state == "posted", c.payer_claim_control_number != "")
            .order_by(
                c.status_code != _REVERSAL,
                payment.c.effective_date.nulls_first(),
                payment.c.trace_number,
                c.position,
            )
        )
        found.update((claim_id, number) for claim_id, number in tx.connection.execute(statement).all())
    return found


def claims_with_entries(tx: ReadTransaction, claim_ids: Iterable[int]) -> set[int]:
    """Those of some claims of which anything was written down before, posted or held."""
    found: set[int] = set()
    for block in in_blocks(claim_ids, _AT_ONCE):
        found.update(row[0] for row in _ENTERED.ask(tx.connection, block))
    return found


_ENTERED = Question(
    lambda among: select(claim_payment.c.claim_id).where(among(claim_payment.c.claim_id)).distinct()
)


class ChargeDifference(msgspec.Struct, frozen=True):
    """A claim whose payers speak of another charge than we billed; cents, all its entries together."""

    claim_id: int
    charge_cents: int
    adjudicated_cents: int


def charge_differences(tx: ReadTransaction) -> list[ChargeDifference]:
    """Claims whose entries' charges (CLP03) don't make up what we charged, the largest first.

    A payer may split a claim, take it back and decide anew, and several payers may decide it one after
    another: then the charges add up to a multiple of ours. Anything else is a part that is still to come,
    or a payment for somebody else's claim.
    """
    charge = claim.c.total_charge_cents
    adjudicated = total(claim_payment.c.charge_cents)
    rest = case((charge == 0, adjudicated), else_=adjudicated % func.nullif(charge, 0))
    return tx.rows(
        select(claim.c.id, charge, adjudicated)
        .join(claim_payment, claim_payment.c.claim_id == claim.c.id)
        .join(payment, payment.c.id == claim_payment.c.payment_id)
        .where(LIVE, IS_MONEY, payment.c.state == "posted", claim_payment.c.status_code != PREDETERMINATION)
        .group_by(claim.c.id, charge)
        .having(or_(rest < 0, rest > 0))
        .order_by(func.abs(adjudicated - charge).desc(), claim.c.id),
        ChargeDifference,
    )


class WaitingEntry(Phi, msgspec.Struct, frozen=True):
    """A posted adjudication that belongs to no claim yet."""

    id: int
    patient_control_number: str
    status_code: str
    charge_cents: int
    payer_claim_control_number: str


def waiting_entries(tx: ReadTransaction) -> list[WaitingEntry]:
    """Posted adjudications without a claim of ours, in the order posted."""
    return tx.rows(
        select(*columns_for(WaitingEntry, claim_payment))
        .join(payment, payment.c.id == claim_payment.c.payment_id)
        .where(claim_payment.c.claim_id.is_(None), payment.c.state == "posted")
        .order_by(claim_payment.c.id),
        WaitingEntry,
    )


class PostedService(Phi, msgspec.Struct, frozen=True):
    """A posted service payment, as matching it to a line of ours needs it."""

    id: int
    claim_payment_id: int
    procedure: str
    modifiers: str
    billed_procedure: str
    billed_modifiers: str
    revenue_code: str
    charge_cents: int
    units: str
    service_date: date | None
    line_item_control_number: str


def services_of(tx: ReadTransaction, claim_payment_ids: Iterable[int]) -> dict[int, list[PostedService]]:
    """The service payments of some adjudications, by adjudication, in their order."""
    found: dict[int, list[PostedService]] = {}
    for block in in_blocks(claim_payment_ids):
        statement = (
            select(*columns_for(PostedService, service_payment))
            .where(service_payment.c.claim_payment_id.in_(block))
            .order_by(service_payment.c.claim_payment_id, service_payment.c.position)
        )
        for one in tx.rows(statement, PostedService):
            found.setdefault(one.claim_payment_id, []).append(one)
    return found


def assign_lines(tx: WriteTransaction, lines: Sequence[tuple[int, int]]) -> None:
    """Give service payments that had none their line: pairs of service payment and claim line."""
    tx.change_each(
        service_payment.update()
        .where(service_payment.c.id == bindparam("of_service"), service_payment.c.claim_line_id.is_(None))
        .values(claim_line_id=bindparam("line")),
        [{"of_service": service_id, "line": line_id} for service_id, line_id in lines],
    )
