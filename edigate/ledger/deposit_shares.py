"""Which cents of a deposit are which payment's: written down, undone with a reason, never changed. Matches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Select, func, or_, select

from edigate.errors import LedgerError
from edigate.ledger.deposits import matched_of
from edigate.ledger.schema import deposit, deposit_payment, payment
from edigate.ledger.states import DepositKind, MatchedBy
from edigate.ledger.sums import total
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks
from edigate.ledger.usage import PAYS_TESTS


class PaymentToCover(msgspec.Struct, frozen=True):
    """A posted payment and how much of it is in the bank. Cents, negative for a debit."""

    id: int
    payer_name: str
    trace_number: str
    trace_payer_id: str
    method: str
    amount_cents: int
    effective_date: date | None
    posted_at: datetime
    matched_cents: int

    @property
    def open_cents(self) -> int:
        return self.amount_cents - self.matched_cents


class Share(msgspec.Struct, frozen=True):
    """So many cents of a deposit are so many of a payment."""

    id: int
    deposit_id: int
    payment_id: int
    amount_cents: int
    how: MatchedBy
    why: str
    who: str
    at: datetime


class NewShare(msgspec.Struct, frozen=True):
    """A share to be written down; `why` and `who` are a person's."""

    deposit_id: int
    payment_id: int
    amount_cents: int
    how: MatchedBy
    why: str = ""
    who: str = ""


class InBank(msgspec.Struct, frozen=True):
    """Cents of a payment in the bank: so much of which deposit, and how it was found. Negative: taken back there."""

    payment_id: int
    deposit_id: int
    day: date
    account: str
    kind: DepositKind
    deposit_cents: int
    amount_cents: int
    how: MatchedBy
    why: str


class PaymentTotals(msgspec.Struct, frozen=True):
    """Posted payments of some money, added up. Cents."""

    payments: int
    amount_cents: int
    matched_cents: int


_MATCHED = matched_of(payment)
_PAYMENT = columns_for(PaymentToCover, payment, matched_cents=_MATCHED)
_SHARE = columns_for(Share, deposit_payment)
_LIVE = deposit_payment.c.undone_at.is_(None)
_MONEY = (payment.c.state == "posted", payment.c.amount_cents != 0, ~PAYS_TESTS)


def payments_to_cover(
    tx: ReadTransaction, *, ids: Iterable[int] | None = None, since: date | None = None
) -> list[PaymentToCover]:
    """Posted payments of some money that isn't wholly in the bank, by day; those without a day first.

    `since` leaves out what is older; of `ids` each is given, covered or not.
    """
    statement = select(*_PAYMENT).where(*_MONEY).order_by(payment.c.effective_date, payment.c.id)
    if ids is not None:
        return [one for block in in_blocks(ids) for one in _payments(tx, statement.where(payment.c.id.in_(block)))]
    statement = statement.where(payment.c.amount_cents != _MATCHED)
    if since is not None:
        statement = statement.where(or_(payment.c.effective_date.is_(None), payment.c.effective_date >= since))
    return _payments(tx, statement)


def _payments(tx: ReadTransaction, statement: Select[tuple[object, ...]]) -> list[PaymentToCover]:
    return tx.rows(statement, PaymentToCover)


def payment_totals(tx: ReadTransaction, since: date) -> PaymentTotals:
    """Payments of some money whose day is `since` or later, and how much of them is in the bank."""
    here = (*_MONEY, payment.c.effective_date >= since)
    count, amount = tx.connection.execute(select(func.count(), total(payment.c.amount_cents)).where(*here)).one()
    matched = tx.connection.execute(
        select(total(deposit_payment.c.amount_cents))
        .join(payment, payment.c.id == deposit_payment.c.payment_id)
        .where(_LIVE, *here)
    ).scalar_one()
    return PaymentTotals(count, amount, matched)


def live_shares(tx: ReadTransaction, deposit_ids: Iterable[int]) -> dict[int, list[Share]]:
    """The shares of some deposits that count, by deposit."""
    found: dict[int, list[Share]] = {}
    for block in in_blocks(deposit_ids):
        statement = select(*_SHARE).where(_LIVE, deposit_payment.c.deposit_id.in_(block))
        for share in tx.rows(statement.order_by(deposit_payment.c.id), Share):
            found.setdefault(share.deposit_id, []).append(share)
    return found


def in_bank(tx: ReadTransaction, payment_ids: Iterable[int]) -> list[InBank]:
    """The deposits that some payments came in, by day."""
    found: list[InBank] = []
    for block in in_blocks(payment_ids):
        statement = (
            select(
                deposit_payment.c.payment_id,
                deposit.c.id,
                *(deposit.c[name] for name in ("day", "account", "kind", "amount_cents")),
                *(deposit_payment.c[name] for name in ("amount_cents", "how", "why")),
            )
            .join(deposit, deposit.c.id == deposit_payment.c.deposit_id)
            .where(_LIVE, deposit_payment.c.payment_id.in_(block))
        )
        found += tx.rows(statement.order_by(deposit.c.day, deposit_payment.c.id), InBank)
    return found


def undone_pairs(tx: ReadTransaction) -> frozenset[tuple[int, int]]:
    """Deposits and payments that a person took apart: nothing matches them again by itself."""
    rows = tx.connection.execute(
        select(deposit_payment.c.deposit_id, deposit_payment.c.payment_id).where(~_LIVE)
    )
    return frozenset((deposit_id, payment_id) for deposit_id, payment_id in rows)


def add_shares(tx: WriteTransaction, shares: Sequence[NewShare]) -> None:
    """Write shares down. Raises LedgerError where a deposit or payment would have more matched than it has.

    Then the transaction must not be kept.
    """
    tx.insert(deposit_payment, [msgspec.structs.asdict(share) | {"at": tx.at} for share in shares])
    for table, ids in (
        (deposit, {share.deposit_id for share in shares}),
        (payment, {share.payment_id for share in shares}),
    ):
        amount, matched = table.c.amount_cents, matched_of(table)
        for block in in_blocks(sorted(ids)):
            over = tx.connection.execute(
                select(table.c.id).where(
                    table.c.id.in_(block), or_(func.abs(matched) > func.abs(amount), matched * amount < 0)
                )
            ).scalar()
            if over is not None:
                raise LedgerError(f"more of {table.name} {over} would be matched than it has")


def undo_shares(
    tx: WriteTransaction, deposit_id: int, payment_ids: Iterable[int], *, why: str, who: str
) -> list[Share]:
    """Take back a deposit's live shares, of some payments or (none named) all; those taken back."""
    wanted = frozenset(payment_ids)
    taken = [
        share
        for share in live_shares(tx, [deposit_id]).get(deposit_id, [])
        if not wanted or share.payment_id in wanted
    ]
    if taken:
        tx.change(
            deposit_payment.update()
            .where(deposit_payment.c.id.in_([share.id for share in taken]))
            .values(undone_at=tx.at, undone_why=why, undone_by=who)
        )
    return taken
