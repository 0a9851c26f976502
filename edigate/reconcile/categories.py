"""What became of each claim that was sent, in one word of a list, with the amounts of both sides. Pure; cents.

Every claim stands in exactly one category, so that their sums are all that was sent and all that was paid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from edigate.reconcile.adjudications import ClaimSum, Line
from edigate.reconcile.expected import Basis, Expected, Tolerance
from edigate.responses.status import State
from edigate.secrecy import Phi


class Category(StrEnum):
    """Declared in the order that people read them in; docs/reconciling.md says of which claims each is."""

    AS_EXPECTED = "paid as expected"
    PAID = "paid, nothing to compare with"
    ZERO_PAID = "zero paid"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    PARTLY_DENIED = "partly denied"
    DENIED = "denied"
    REVERSED = "taken back"
    FORWARDED = "forwarded"
    WRONG_PATIENT = "wrong patient"
    WRONG_PROVIDER = "wrong provider"
    UNPAID = "unpaid, in time"
    LATE = "unpaid, past its time"
    REJECTED = "rejected"
    UNCERTAIN = "may not have arrived"
    REPLACED = "replaced"
    VOID = "void"
    UNBILLED = "paid, unbilled"  # money for a claim that isn't ours, or that we never sent


# Of claims that payers decided; the others wait for a payer, or never will be paid.
DECIDED = (
    Category.AS_EXPECTED,
    Category.PAID,
    Category.ZERO_PAID,
    Category.UNDERPAID,
    Category.OVERPAID,
    Category.PARTLY_DENIED,
    Category.DENIED,
    Category.REVERSED,
    Category.FORWARDED,
    Category.WRONG_PATIENT,
    Category.WRONG_PROVIDER,
)

# What a claim's state says by itself; `paid` is for amounts to tell apart.
_BY_STATE: dict[State, Category] = {
    State.DENIED: Category.DENIED,
    State.PARTLY_PAID: Category.PARTLY_DENIED,
    State.REVERSED: Category.REVERSED,
    State.FORWARDED: Category.FORWARDED,
    State.VOID: Category.VOID,
    State.REJECTED: Category.REJECTED,
    State.UNCERTAIN: Category.UNCERTAIN,
}


class Billed(Phi, msgspec.Struct, frozen=True, gc=False):
    """A claim that payers decided. `settled_before_cents`: what payers before its own settled, as it says itself."""

    id: int
    state: State
    charge_cents: int
    settled_before_cents: int = 0
    first_payers: bool = True  # SBR01 P: what the payer should allow isn't what is left of another's decision
    wrong: Category | None = None  # wrong patient or provider, as the answer's names say


class Judged(Phi, msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A claim's category and its amounts; `allowed` and `expected` are of the same lines.

    `at_stake_cents` is by how much the payer is short or over, else 0. `sample`: on how many earlier payments the
    least sure of the expected amounts rests. `apart_cents`: by how much what the payer calls allowed (AMT*B6) is more
    than what it paid, left to the patient and took off afterwards.
    """

    claim_id: int
    category: Category
    charge_cents: int
    paid_cents: int = 0
    allowed_cents: int = 0
    expected_cents: int | None = None
    at_stake_cents: int = 0
    basis: Basis | None = None
    sample: int = 0
    source: str = ""
    apart_cents: int = 0


def unpaid(state: State, *, late: bool, replaced: bool = False) -> Category:
    """The category of a claim that was sent and that no payer has decided."""
    if replaced:
        return Category.REPLACED
    return _BY_STATE.get(state) or (Category.LATE if late else Category.UNPAID)


def judge(
    claim: Billed,
    sums: ClaimSum,
    lines: Sequence[Line],
    expect: Callable[[Line], Expected | None],
    tolerance: Tolerance,
) -> Judged:
    """The category of a claim that payers decided, by all their entries together.

    `lines` are all lines of the claim, `expect` says what should be allowed for one. Compared are lines that the
    first payer decided with our charge and without a denial; where it decided the claim as a whole, all lines
    together, if something is expected for each and the whole charge was decided.
    """
    allowed = sums.allowed_cents
    apart = sum(line.apart_cents for line in sums.lines)

    def judged(category: Category, at_stake: int = 0, seen: _Compared = _NOTHING) -> Judged:
        return Judged(
            claim_id=claim.id,
            category=claim.wrong or category,
            charge_cents=claim.charge_cents,
            paid_cents=sums.paid_cents,
            allowed_cents=seen.allowed if seen.expected is not None else allowed or 0,
            expected_cents=seen.expected,
            at_stake_cents=at_stake,
            basis=seen.basis,
            sample=seen.sample,
            source=seen.source,
            apart_cents=apart,
        )

    paid_less = _BY_STATE.get(claim.state)
    over_charge = sums.paid_cents - (claim.charge_cents - claim.settled_before_cents)
    if over_charge > 0:
        return judged(Category.OVERPAID, over_charge)
    if paid_less is not None:
        return judged(paid_less)
    seen = _NOTHING
    if allowed is not None and claim.first_payers and not claim.settled_before_cents:
        whole = sums.charge_cents == claim.charge_cents == sum(line.charge_cents for line in lines)
        seen = _compare(sums, lines if whole else (), expect)
        margin = tolerance.margin(seen.expected if seen.expected is not None else allowed)
        if sums.paid_cents - allowed > margin:  # a later payer paid more than the first one left
            return judged(Category.OVERPAID, sums.paid_cents - allowed, seen)
        if seen.expected is not None and abs(difference := seen.allowed - seen.expected) > margin:
            return judged(Category.OVERPAID if difference > 0 else Category.UNDERPAID, abs(difference), seen)
    if sums.paid_cents <= 0 < claim.charge_cents:
        return judged(Category.ZERO_PAID, 0, seen)
    return judged(Category.PAID if seen.expected is None else Category.AS_EXPECTED, 0, seen)


class _Compared(msgspec.Struct, frozen=True, gc=False):
    allowed: int = 0
    expected: int | None = None
    basis: Basis | None = None
    sample: int = 0
    source: str = ""


_NOTHING = _Compared()


def _compare(sums: ClaimSum, lines: Sequence[Line], expect: Callable[[Line], Expected | None]) -> _Compared:
    allowed = total = 0
    weakest: Expected | None = None  # history is the weaker word: where any amount rests on it, the sum does
    if sums.by_line:
        for one in sums.lines:
            expected = expect(one.line)
            if expected is not None:
                allowed += one.allowed_cents
                total += expected.cents
                weakest = _weaker(weakest, expected)
    else:
        allowed = sums.allowed_cents or 0
        for line in lines:  # none where the payer decided but a part of the claim
            expected = expect(line)
            if expected is None:
                return _NOTHING
            total += expected.cents
            weakest = _weaker(weakest, expected)
    if weakest is None:
        return _NOTHING
    return _Compared(allowed, total, weakest.basis, weakest.sample, weakest.source)


def _weaker(one: Expected | None, other: Expected) -> Expected:
    """The amount that is less sure: history before a fee, fewer lines before more."""
    if one is None or one is other:
        return other
    if one.basis is not other.basis:
        return one if one.basis is Basis.HISTORY else other
    return one if one.sample <= other.sample else other
