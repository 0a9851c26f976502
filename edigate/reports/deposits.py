"""Deposits beside payments: what is in the bank and explained, what isn't, and which payments haven't come. Reads only.

Payments are asked for from the first deposit's day on: what was paid before anybody brought a bank's file is no
difference. They are late by the day on which the last file came, not by today: what nobody looked at isn't missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from edigate.config import DepositSettings
from edigate.ledger import deposits
from edigate.ledger.deposit_shares import PaymentToCover, live_shares, payment_totals, payments_to_cover, undone_pairs
from edigate.ledger.deposits import deposit_totals, last_bank_file
from edigate.ledger.transaction import ReadTransaction
from edigate.money import ZERO, from_cents
from edigate.reconcile.deposit_matching import Candidate, Matching, match
from edigate.reconcile.deposits import Deposit, Near, Payment

DepositState = Literal["matched", "over", "ambiguous", "unexplained", "new"]
PaymentState = Literal["short", "missing", "ambiguous", "awaited"]

_BEFORE = timedelta(days=120)  # payments that old are no deposit's any more


class Told(msgspec.Struct, frozen=True):
    """A payment that a deposit is, or may be. `amount` is the share."""

    payment_id: int
    amount: Decimal | None = None
    how: str = ""
    why: str = ""
    who: str = ""


class BankedMoney(msgspec.Struct, frozen=True, kw_only=True):
    """A deposit as it stands. Dollars; `open` is what no payment explains."""

    id: str  # deposit-12
    day: date
    account: str
    kind: str
    amount: Decimal
    matched: Decimal
    open: Decimal
    payer: str
    trace: str
    reference: str
    description: str
    state: DepositState
    payments: list[Told] = []
    may_be: list[Candidate] = []


class Uncovered(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that isn't, or isn't wholly, in the bank. Dollars."""

    id: str  # payment-7
    payment_id: int
    day: date
    method: str
    payer: str
    trace: str
    amount: Decimal
    open: Decimal
    state: PaymentState


class DepositSums(msgspec.Struct, frozen=True, kw_only=True):
    """All deposits and what they explain: amount = matched + open. Payments since the first deposit's day. Dollars."""

    deposits: int = 0
    amount: Decimal = ZERO
    matched: Decimal = ZERO
    open: Decimal = ZERO
    first_day: date | None = None
    last_file: date | None = None
    payments: int = 0
    paid: Decimal = ZERO
    paid_in_bank: Decimal = ZERO


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides: sums, deposits that aren't wholly explained, payments that aren't wholly in the bank."""

    sums: DepositSums
    deposits: list[BankedMoney] = []
    payments: list[Uncovered] = []


def found(tx: ReadTransaction, settings: DepositSettings) -> Matching:
    """What could be matched now of what is open, and what else it may be."""
    open_ = deposits.deposits(tx, open_only=True)
    if not open_:
        return Matching([], {})
    payments = payments_to_cover(tx, since=min(one.day for one in open_) - _BEFORE)
    near = Near(electronic=settings.near_days, checks=settings.check_days)
    return match(map(_deposit, open_), map(_payment, payments), near=near, never=undone_pairs(tx))


def compare(tx: ReadTransaction, settings: DepositSettings) -> Comparison:
    """Where deposits and payments stand, as far as banks' files have come."""
    sums = _sums(tx)
    if sums.first_day is None:
        return Comparison(sums=sums)
    open_ = listed(tx, deposits.deposits(tx, open_only=True), settings)
    maybe = frozenset(one.payment_id for deposit in open_ if deposit.state == "ambiguous" for one in deposit.may_be)
    until = sums.last_file or sums.first_day
    return Comparison(
        sums=sums, deposits=open_, payments=list(_uncovered(tx, settings, sums.first_day, until, maybe))
    )


def listed(tx: ReadTransaction, some: Sequence[deposits.Deposit], settings: DepositSettings) -> list[BankedMoney]:
    """Some deposits with the payments they are, or may be."""
    shares = live_shares(tx, [one.id for one in some])
    may_be = found(tx, settings).candidates if any(one.open_cents for one in some) else {}
    today = tx.at.date()
    return [
        BankedMoney(
            id=f"deposit-{one.id}",
            day=one.day,
            account=one.account,
            kind=one.kind,
            amount=from_cents(one.amount_cents),
            matched=from_cents(one.matched_cents),
            open=from_cents(one.open_cents),
            payer=one.payer_name,
            trace=one.trace,
            reference=one.reference,
            description=one.description,
            state=_state(one, may_be.get(one.id, []), (today - one.day).days > settings.late_days),
            payments=[
                Told(share.payment_id, from_cents(share.amount_cents), share.how, share.why, share.who)
                for share in shares.get(one.id, [])
            ],
            may_be=may_be.get(one.id, []),
        )
        for one in some
    ]


def _state(one: deposits.Deposit, may_be: Sequence[Candidate], late: bool) -> DepositState:
    if not one.open_cents:
        return "matched"
    if one.matched_cents:
        return "over"
    if any({"the same number", "the same amount"} & set(candidate.why) for candidate in may_be):
        return "ambiguous"
    return "unexplained" if late else "new"


def _uncovered(
    tx: ReadTransaction, settings: DepositSettings, first: date, until: date, maybe: frozenset[int]
) -> Iterator[Uncovered]:
    """Payments not wholly in the bank; of those in `maybe` a deposit may be, and a person says which."""
    for one in payments_to_cover(tx, since=first):
        day = one.effective_date or one.posted_at.date()
        wait = settings.check_days if one.method == "CHK" else settings.late_days
        late: PaymentState = "missing" if day + timedelta(days=wait) < until else "awaited"
        yield Uncovered(
            id=f"payment-{one.id}",
            payment_id=one.id,
            day=day,
            method=one.method,
            payer=one.payer_name,
            trace=one.trace_number,
            amount=from_cents(one.amount_cents),
            open=from_cents(one.open_cents),
            state="short" if one.matched_cents else "ambiguous" if one.id in maybe else late,
        )


def _sums(tx: ReadTransaction) -> DepositSums:
    came = deposit_totals(tx)
    if came.first_day is None:
        return DepositSums()
    paid = payment_totals(tx, came.first_day)
    return DepositSums(
        deposits=came.deposits,
        amount=from_cents(came.amount_cents),
        matched=from_cents(came.matched_cents),
        open=from_cents(came.open_cents),
        first_day=came.first_day,
        last_file=last_bank_file(tx),
        payments=paid.payments,
        paid=from_cents(paid.amount_cents),
        paid_in_bank=from_cents(paid.matched_cents),
    )


def _deposit(one: deposits.Deposit) -> Deposit:
    return Deposit(
        id=one.id,
        day=one.day,
        amount=from_cents(one.open_cents),
        kind=one.kind,
        payer_name=one.payer_name,
        payer_id=one.payer_id,
        trace=one.trace,
        trace_payer_id=one.trace_payer_id,
        reference=one.reference,
        description=one.description,
    )


def _payment(one: PaymentToCover) -> Payment:
    return Payment(
        id=one.id,
        day=one.effective_date,
        amount=from_cents(one.open_cents),
        method=one.method,
        trace=one.trace_number,
        trace_payer_id=one.trace_payer_id,
        payer_name=one.payer_name,
    )
