"""Deposits and payments, as they are compared: what is near, what is one payer's, what is one number. Matches nothing.

Amounts are dollars, positive for money that came, negative for what a payer took back.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from edigate.reconcile.deposit_payers import no_name, same_payer

How = Literal["trace", "amount", "sum", "hand"]

FAR = timedelta(days=90)  # across more days no number without its payer means anything


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """Money in the bank, as much of it as is open. `kind` as in `bank/model.py`."""

    id: int
    day: date
    amount: Decimal
    kind: str = "ach"
    payer_name: str = ""
    payer_id: str = ""
    trace: str = ""
    trace_payer_id: str = ""
    reference: str = ""
    description: str = ""

    @property
    def on_paper(self) -> bool:
        """Cheques, and what went over the counter."""
        return self.kind in ("check", "deposit")


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """An 835 payment, as much of it as is open: BPR02 (negative for a debit), BPR16, BPR04, TRN02, TRN03, N1*PR."""

    id: int
    day: date | None
    amount: Decimal
    method: str = "ACH"
    trace: str = ""
    trace_payer_id: str = ""
    payer_name: str = ""

    @property
    def by_check(self) -> bool:
        return self.method == "CHK"


class Near(msgspec.Struct, frozen=True):
    """How many days a deposit may be from its payment's day: electronic ones either way, checks after it."""

    electronic: int = 5
    checks: int = 30


def in_window(deposit: Deposit, payment: Payment, near: Near) -> bool:
    """Whether their days are near enough for an amount to mean something."""
    if payment.day is None:
        return False
    days = (deposit.day - payment.day).days
    return 0 <= days <= near.checks if payment.by_check else abs(days) <= near.electronic


def days_apart(deposit: Deposit, payment: Payment) -> timedelta:
    """How far their days are from each other; none where the payment has no day."""
    return abs(deposit.day - payment.day) if payment.day is not None else timedelta(0)


def may_be_way(deposit: Deposit, payment: Payment) -> bool:
    """Whether the money may have come as the payment says: a check is no ACH, and an ACH isn't carried to a bank."""
    if payment.by_check:
        return deposit.kind not in ("ach", "wire")
    return not (deposit.on_paper and payment.method in ("ACH", "FWT"))


def of_one_payer(deposit: Deposit, payment: Payment) -> bool:
    """Whether ids or names say so; False is no more than not knowing it."""
    ids = (deposit.payer_id, deposit.trace_payer_id)
    text = f"{deposit.payer_name} {deposit.description}"
    return same_payer(ids, text, (payment.trace_payer_id,), payment.payer_name)


def names_nobody(deposit: Deposit) -> bool:
    """Whether the bank's text can't be somebody's name: it says deposit, branch, lockbox and the like."""
    return no_name(f"{deposit.payer_name} {deposit.description}")


def other_number(deposit: Deposit, payment: Payment) -> bool:
    """Whether both say their number, and it is another one."""
    return bool(deposit.trace and payment.trace) and number(deposit.trace) != number(payment.trace)


def number(text: str) -> str:
    """A number as banks and payers agree on it: without case, blanks and zeros before it."""
    return text.strip().upper().lstrip("0")


def payer(id_: str) -> str:
    """A payer's id without the 1 before a tax id, which some leave out."""
    return id_.strip().upper()[-9:]
