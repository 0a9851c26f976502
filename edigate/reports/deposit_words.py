"""Deposits and payments that don't meet, in words for a person: what happened, what is usually done. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from edigate.money import ZERO, to_text
from edigate.reports.deposits import BankedMoney, Comparison, Uncovered
from edigate.reports.told import count

# How money came, in words.
_KINDS = {
    "ach": "an EFT",
    "wire": "a wire",
    "check": "a check",
    "deposit": "a deposit",
    "return": "a deposit taken back",
}


class Difference(msgspec.Struct, frozen=True):
    """What a deposit or payment lacks, for a person: what happened and what is usually done."""

    reference: str
    amount: Decimal
    payer: str
    why: str
    do: str


def differences(comparison: Comparison) -> Iterator[Difference]:
    """Everything that won't settle by waiting, deposits first."""
    for deposit in comparison.deposits:
        if deposit.state != "new":
            yield Difference(deposit.id, abs(deposit.open), deposit.payer, *_of_deposit(deposit))
    for payment in comparison.payments:
        if payment.state in ("short", "missing"):  # what is ambiguous is its deposit's
            yield Difference(payment.id, abs(payment.open), payment.payer, *_of_payment(payment))


def _of_deposit(one: BankedMoney) -> tuple[str, str]:
    came = f"{_KINDS.get(one.kind, 'money')} of ${to_text(one.amount)} on {one.day}"
    by_hand = f"`edigate deposits match {one.id} payment-ID --why TEXT`"
    if one.state == "over":
        paid = ", ".join(str(told.payment_id) for told in one.payments)
        return (
            f"{came} is ${to_text(one.open)} more than payment {paid} says",
            f"Another 835 of the same money may be missing: ask the payer. If you know which it is: {by_hand}.",
        )
    if one.state == "ambiguous":
        unsure = "nothing tells them apart" if len(one.may_be) > 1 else "that isn't sure"
        return f"{came} may be {_may_be(one)}; {unsure}", f"Say which it is: {by_hand}."
    if one.kind == "return":
        return f"{came}: the bank took it back", f"Find the deposit and its payment, and ask the payer: {by_hand}."
    nearest = f"; the nearest is {_may_be(one)}" if one.may_be else ""
    if one.kind in ("ach", "wire"):
        number = f" of trace {one.trace}" if one.trace else ""
        return (
            f"{came} is no posted payment's: no 835{number} has come{nearest}",
            f"Ask the payer or clearinghouse for the 835. If it is no payer's money: `edigate work {one.id} --done`.",
        )
    return (
        f"{came} is no posted payment's{nearest}",
        f"Find the remittances it was paid in with: {by_hand}. If it isn't a payer's: `edigate work {one.id} --done`.",
    )


def _may_be(one: BankedMoney) -> str:
    return "; or ".join(f"payment {candidate.payment_id} ({', '.join(candidate.why)})" for candidate in one.may_be)


def _of_payment(one: Uncovered) -> tuple[str, str]:
    said = f"payment {one.trace or one.payment_id} of {one.payer or 'a payer without a name'}"
    if one.state == "short":
        return (
            f"{said} says ${to_text(one.amount)}; ${to_text(one.open)} of it hasn't come into the bank",
            "Ask the payer why the deposit was short, and the bank whether a second one came.",
        )
    if one.method == "CHK":
        return (
            f"the check of {said}, ${to_text(one.amount)} on {one.day}, wasn't paid in",
            "Look for the check; if it never came, ask the payer to stop it and pay again.",
        )
    if one.amount < 0:
        return (
            f"{said} takes ${to_text(-one.amount)} back on {one.day}, and the bank doesn't show it",
            "Ask the payer whether the money is drawn later, or from a later payment.",
        )
    return (
        f"{said} says ${to_text(one.amount)} on {one.day}, and no deposit of it has come",
        "Ask the payer for the EFT's trace and the account it went to: an account that isn't yours may be fraud.",
    )


def in_a_line(comparison: Comparison) -> str:
    """Both sides in a line: what is in the bank and explained, what was paid and is in the bank."""
    sums = comparison.sums
    late = [one for one in comparison.payments if one.state in ("short", "missing")]
    line = (
        f"{count(sums.deposits, 'deposit')}, ${to_text(sums.amount)} in the bank = ${to_text(sums.matched)} matched "
        f"with payments + ${to_text(sums.open)} not."
    )
    if late:
        missing = to_text(sum((one.open for one in late), ZERO))
        line += f" Of {count(len(late), 'payment')} since {sums.first_day} ${missing} isn't in the bank."
    return line
