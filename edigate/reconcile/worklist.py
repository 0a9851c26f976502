"""What a biller should look at first, and why, in words. Pure: standings in, an ordered list out.

Money that can't move until somebody acts comes first (a payment held, a file that may not have
arrived); then everything else by the money at stake.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from edigate.money import from_cents, to_text
from edigate.reconcile.categories import Category, Judged
from edigate.reconcile.expected import Basis
from edigate.reconcile.outcome import ClaimOutcome, OutcomeKind
from edigate.responses.status import State

ZERO = Decimal(0)


class WorkKind(StrEnum):
    """Why something is on the list. Declared in the order that decides between equal amounts."""

    HELD_PAYMENT = "held payment"
    UNCERTAIN = "uncertain"
    REJECTED = "rejected"
    DENIED = "denied"
    OVERPAID = "overpaid"
    PARTLY_PAID = "partly paid"
    UNDERPAID = "underpaid"
    WRONG_PATIENT = "wrong patient"
    WRONG_PROVIDER = "wrong provider"
    REVERSED = "reversed"
    REFUSED = "refused"
    OVERDUE = "overdue"
    UNMATCHED = "unmatched"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one claim stands. `reason` explains a refusal or rejection; amounts in dollars.

    `judged` says how its payments compare with what was expected, `outcome` why something was cut.
    """

    reference: str  # our own id, never a patient's name
    state: State
    charge: Decimal
    payer: str = ""
    sent_on: date | None = None
    outcome: ClaimOutcome | None = None
    judged: Judged | None = None
    reason: str = ""
    test: bool = False  # made while its partner was in test


class Stray(msgspec.Struct, frozen=True, kw_only=True):
    """Money without its place: a payment held, or a claim payment that is for no claim of ours."""

    reference: str
    amount: Decimal
    reason: str
    held: bool  # the whole payment waits


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. `amount` is the money at stake in dollars, `days` how long it has been waiting."""

    kind: WorkKind
    reference: str
    amount: Decimal
    words: str
    action: str
    payer: str = ""
    days: int | None = None
    codes: tuple[str, ...] = ()  # group and reason of what was cut, and remarks: `CO-197`, `N706`
    test: bool = False


_FIRST = frozenset((WorkKind.HELD_PAYMENT, WorkKind.UNCERTAIN))
_RANK = {kind: rank for rank, kind in enumerate(WorkKind)}
_BY_OUTCOME = {
    OutcomeKind.DENIED: WorkKind.DENIED,
    OutcomeKind.OVERPAID: WorkKind.OVERPAID,
    OutcomeKind.PARTLY_PAID: WorkKind.PARTLY_PAID,
    OutcomeKind.REVERSED: WorkKind.REVERSED,
}
_BY_CATEGORY = {
    Category.UNDERPAID: (WorkKind.UNDERPAID, "Compare with the contract and dispute the difference."),
    Category.OVERPAID: (WorkKind.OVERPAID, "Check for a double payment; refund what isn't ours."),
    Category.WRONG_PATIENT: (
        WorkKind.WRONG_PATIENT,
        "Compare the 835 with the claim: if the money is for another patient, have the payer take it back.",
    ),
    Category.WRONG_PROVIDER: (
        WorkKind.WRONG_PROVIDER,
        "Compare the 835 with the claim: correct the provider with the payer, or the claim.",
    ),
}
_WAITING = frozenset((State.SENT, State.ACKNOWLEDGED, State.ACCEPTED))
# state: kind, what to say where no reason is given, what to do
_BY_STATE = {
    State.UNCERTAIN: (
        WorkKind.UNCERTAIN,
        "its file may not have arrived",
        "Ask the clearinghouse whether it arrived and record the answer; never send it again before.",
    ),
    State.REJECTED: (
        WorkKind.REJECTED,
        "nobody will adjudicate it",
        "Correct it and send it again before the filing limit.",
    ),
    State.REFUSED: (
        WorkKind.REFUSED,
        "it could not be made into a claim",
        "Correct the encounter and convert it again.",
    ),
}


def worklist(
    standings: Iterable[Standing],
    strays: Iterable[Stray] = (),
    *,
    today: date,
    overdue_after: int = 30,
) -> list[Work]:
    """Everything that needs a person, most urgent first. Claims without need are left out.

    `overdue_after` is how many days a sent claim may go without an answer about its money.
    """
    work = [_stray(stray) for stray in strays]
    for standing in standings:
        item = _claim(standing, today, overdue_after)
        if item is not None:
            work.append(item)
    return sorted(work, key=_urgency)


def _urgency(item: Work) -> tuple[bool, Decimal, int, str]:
    return item.kind not in _FIRST, -item.amount, _RANK[item.kind], item.reference


def _stray(stray: Stray) -> Work:
    kind = WorkKind.HELD_PAYMENT if stray.held else WorkKind.UNMATCHED
    action = (
        "Ask the payer to correct it, or accept it with a reason."
        if stray.held
        else "Find the claim it is for and assign it."
    )
    return Work(
        kind=kind, reference=stray.reference, amount=abs(stray.amount), words=f"{kind}: {stray.reason}", action=action
    )


def _claim(standing: Standing, today: date, overdue_after: int) -> Work | None:
    # Never less than none, though our clock may have jumped back since.
    days = max((today - standing.sent_on).days, 0) if standing.sent_on else None
    if standing.state in _BY_STATE:
        kind, otherwise, action = _BY_STATE[standing.state]
        words = f"{kind}: {standing.reason or otherwise}"
        return _work(standing, kind, standing.charge, words, action, days)
    judged = standing.judged
    if judged is not None and judged.category in _BY_CATEGORY:
        kind, action = _BY_CATEGORY[judged.category]
        at_stake = judged.at_stake_cents or judged.paid_cents or judged.charge_cents
        return _work(standing, kind, from_cents(abs(at_stake)), f"{kind}: {_difference(judged)}", action, days)
    outcome = standing.outcome
    if outcome is not None and outcome.kind in _BY_OUTCOME:
        kind = _BY_OUTCOME[outcome.kind]
        work = _work(standing, kind, outcome.at_stake, outcome.words, outcome.action, days)
        return msgspec.structs.replace(work, codes=outcome.codes)
    if standing.state in _WAITING and days is not None and days > overdue_after:
        words = f"overdue: no answer about its money for {days} days, {standing.state}"
        return _work(
            standing, WorkKind.OVERDUE, standing.charge, words, "Ask the payer for the claim's status.", days
        )
    return None


def _difference(judged: Judged) -> str:
    """By how much and by what measure, or who else is named."""
    if judged.category in (Category.WRONG_PATIENT, Category.WRONG_PROVIDER):
        return f"the answer names another {judged.category.removeprefix('wrong ')} than the claim"
    by = to_text(from_cents(judged.at_stake_cents))
    if judged.expected_cents is None or judged.allowed_cents - judged.expected_cents == 0:
        return f"payers paid {to_text(from_cents(judged.paid_cents))} in all, {by} more than there was to pay"
    measure = judged.source if judged.basis is Basis.FEES else f"as {judged.sample} lines were allowed before"
    than = "less" if judged.category is Category.UNDERPAID else "more"
    allowed, expected = (to_text(from_cents(cents)) for cents in (judged.allowed_cents, judged.expected_cents))
    return f"{allowed} allowed, {by} {than} than the expected {expected} ({measure})"


def _work(standing: Standing, kind: WorkKind, amount: Decimal, words: str, action: str, days: int | None) -> Work:
    return Work(
        kind=kind,
        reference=standing.reference,
        amount=amount,
        words=words,
        action=action,
        payer=standing.payer,
        days=days,
        test=standing.test,
    )
