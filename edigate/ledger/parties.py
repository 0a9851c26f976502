"""Whom payments answer for, compared with their claims once each: what was compared, and what differed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import BigInteger, and_, cast, delete, func, or_, select

from edigate.ledger.schema import (
    claim_payment,
    inbound_file,
    party_check,
    party_difference,
    payment,
)
from edigate.ledger.sums import PREDETERMINATION
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, in_blocks
from edigate.reconcile.categories import Category
from edigate.reconcile.parties import Difference

_AT_ONCE = 2000
_REVERSAL = "22"
_CATEGORY = {"patient": Category.WRONG_PATIENT, "provider": Category.WRONG_PROVIDER}


class ToCompare(msgspec.Struct, frozen=True):
    """A payment whose claims weren't compared yet: where it stands. `joined` is written with the outcome."""

    payment_id: int
    sha256: str
    set_number: int
    joined: int


class Answered(msgspec.Struct, frozen=True, gc=False):
    """An adjudication of a claim of ours: its place in its set, ST = 1."""

    id: int
    claim_id: int
    segment_position: int


def to_compare(tx: ReadTransaction) -> list[ToCompare]:
    """Payments whose claims, as they are joined now, weren't compared, file by file."""
    which = cast(func.sum(claim_payment.c.claim_id * claim_payment.c.position), BigInteger)
    now = (
        select(claim_payment.c.payment_id, which.label("joined"))
        .where(claim_payment.c.claim_id.is_not(None))
        .group_by(claim_payment.c.payment_id)
        .subquery()
    )
    return tx.rows(
        select(payment.c.id, inbound_file.c.sha256, payment.c.set_number, now.c.joined)
        .join(now, now.c.payment_id == payment.c.id)
        .join(inbound_file, inbound_file.c.id == payment.c.inbound_file_id)
        .outerjoin(party_check, party_check.c.payment_id == payment.c.id)
        .where(
            payment.c.state == "posted",
            or_(party_check.c.payment_id.is_(None), party_check.c.joined != now.c.joined),
        )
        .order_by(payment.c.inbound_file_id, payment.c.set_number),
        ToCompare,
    )


def answered(tx: ReadTransaction, payment_id: int) -> Iterator[list[Answered]]:
    """A payment's adjudications of claims of ours, in the order of the file, in blocks.

    Left out is what takes back or only prices: it says nothing that its first word didn't.
    """
    after = 0
    while True:
        rows = tx.connection.execute(
            select(*(claim_payment.c[name] for name in ("id", "claim_id", "segment_position", "position")))
            .where(
                claim_payment.c.payment_id == payment_id,
                claim_payment.c.position > after,
                claim_payment.c.claim_id.is_not(None),
                claim_payment.c.segment_position > 0,
                claim_payment.c.status_code.not_in((PREDETERMINATION, _REVERSAL)),
            )
            .order_by(claim_payment.c.position)
            .limit(_AT_ONCE)
        ).all()
        if not rows:
            return
        after = rows[-1][3]
        yield [Answered(*row[:3]) for row in rows]


def record_compared(
    tx: WriteTransaction, compared: Iterable[ToCompare], found: Sequence[tuple[int, Answered, Difference]]
) -> None:
    """Payments were compared, with what differed: payment, adjudication, difference. What was known is replaced."""
    rows = [{"payment_id": one.payment_id, "joined": one.joined, "at": tx.at} for one in compared]
    for block in in_blocks([row["payment_id"] for row in rows]):
        for table in (party_difference, party_check):
            tx.change(delete(table).where(table.c.payment_id.in_(block)))
    tx.insert(party_check, rows)
    tx.insert(
        party_difference,
        [
            {
                "payment_id": payment_id,
                "claim_payment_id": entry.id,
                "claim_id": entry.claim_id,
                "what": one.what,
                "ours": one.ours,
                "theirs": one.theirs,
            }
            for payment_id, entry, one in found
        ],
    )


def wrong_parties(tx: ReadTransaction) -> dict[int, Category]:
    """Claims that an adjudication names another patient or provider for, by id; the patient weighs more.

    Where a claim was joined by a person's word and stays joined, the difference stays told.
    """
    found: dict[int, Category] = {}
    rows = tx.connection.execute(
        select(party_difference.c.claim_id, party_difference.c.what)
        .join(
            claim_payment,
            and_(
                claim_payment.c.id == party_difference.c.claim_payment_id,
                claim_payment.c.claim_id == party_difference.c.claim_id,
            ),
        )
        .order_by(party_difference.c.id)
    )
    for claim_id, what in rows:
        if found.get(claim_id) is not Category.WRONG_PATIENT:
            found[claim_id] = _CATEGORY[what]
    return found


def differences_of(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, list[Difference]]:
    """What differs of some claims, by claim. PHI."""
    found: dict[int, list[Difference]] = {}
    for block in in_blocks(claim_ids):
        rows = tx.connection.execute(
            select(
                party_difference.c.claim_id, party_difference.c.what, party_difference.c.ours, party_difference.c.theirs
            )
            .where(party_difference.c.claim_id.in_(block))
            .order_by(party_difference.c.id)
        )
        for claim_id, what, ours, theirs in rows:
            found.setdefault(claim_id, []).append(Difference(what, ours, theirs))
    return found
