"""What became of a claim's money: all payments for it together, against what we billed and expected.

Pure. Knows sums and reasons; not where records come from, nor what anybody does next (`worklist.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from edigate import money
from edigate.reconcile import reasons
from edigate.reconcile.remarks import action as remark_action
from edigate.remits.model import AdjustmentGroup, ClaimPayment
from edigate.responses.status import State, money_state

ZERO = Decimal(0)


class Cut(msgspec.Struct, frozen=True):
    """One adjustment (CAS) of a claim or one of its lines, in dollars; negative where it was taken back."""

    group: str
    reason: str
    amount: Decimal


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One claim payment (CLP) as it counts: amounts in dollars, reversals negative."""

    status: str  # CLP02
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal = ZERO  # CLP05
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()


class OutcomeKind(StrEnum):
    """How it ended so far."""

    OUTSTANDING = "outstanding"  # no payer has adjudicated it
    REVERSED = "reversed"  # taken back, nothing followed
    FORWARDED = "forwarded"
    DENIED = "denied"
    ZERO_PAID = "zero paid"  # processed, but all of it is the patient's or another payer's
    PARTLY_PAID = "partly paid"  # part of it was denied
    UNDERPAID = "underpaid"  # less than expected, for reasons that aren't denials
    OVERPAID = "overpaid"
    PAID = "paid"


class ClaimOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A claim's money in dollars. `at_stake` is what somebody could still get or must give back.

    `state` is what `money_state` says of the same entries: None where none speaks of money.
    """

    kind: OutcomeKind
    state: State | None = None
    charge: Decimal
    paid: Decimal = ZERO
    patient_responsibility: Decimal = ZERO
    contractual: Decimal = ZERO
    other_payer: Decimal = ZERO
    denied: Decimal = ZERO
    at_stake: Decimal = ZERO
    cuts: tuple[Cut, ...] = ()  # net, largest first
    codes: tuple[str, ...] = ()  # group and reason of what `words` tell, `CO-197`, then the remarks
    words: str = ""
    action: str = ""


def entry_of(claim: ClaimPayment) -> Entry:
    """An entry from a decoded claim payment: cuts of the claim and all its lines."""
    cuts = [*_cuts(claim.adjustment_groups)]
    remarks = [*(claim.inpatient.remark_codes if claim.inpatient else ())]
    remarks += claim.outpatient.remark_codes if claim.outpatient else ()
    for line in claim.service_payments:
        cuts += _cuts(line.adjustment_groups)
        remarks += [remark.code for remark in line.remarks]
    return Entry(
        status=claim.status,
        charge=claim.charge or ZERO,
        paid=claim.paid or ZERO,
        patient_responsibility=claim.patient_responsibility or ZERO,
        cuts=tuple(cuts),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _cuts(groups: Iterable[AdjustmentGroup]) -> Iterable[Cut]:
    return [Cut(g.group, each.reason, each.amount) for g in groups for each in g.adjustments if each.amount]


def claim_outcome(
    charge: Decimal,
    entries: Sequence[Entry],
    *,
    expected: Decimal | None = None,
    tolerance: Decimal = ZERO,
) -> ClaimOutcome:
    """What became of a claim billed at `charge`, from all entries for it in any order.

    `expected` is the allowed amount (what payer and patient together owe by the fee schedule), `tolerance`
    what a difference may be, both in dollars. The order of entries makes no difference.
    """
    cuts = net_cuts(entries)
    sums = {kind: sum((c.amount for c in cuts if _kind(c) is kind), ZERO) for kind in reasons.Kind}
    paid = sum((entry.paid for entry in entries), ZERO)
    # CAS says it to the cent; CLP05 is left unsigned by some payers in reversals.
    patient = sums[reasons.Kind.PATIENT]
    if not cuts:
        patient = sum((entry.patient_responsibility for entry in entries), ZERO)
    denied = sums[reasons.Kind.DENIAL]
    state = money_state(charge, paid, patient, [e.status for e in entries], denied if cuts else None)
    kind, at_stake = _judge(state, charge, paid, patient, denied, expected, tolerance)
    remarks = tuple(sorted({code for entry in entries for code in entry.remarks}))
    worth_telling = [cut for cut in cuts if _kind(cut) is _TOLD.get(kind)] or (cuts if kind in _TOLD else [])
    return ClaimOutcome(
        kind=kind,
        state=state,
        charge=charge,
        paid=paid,
        patient_responsibility=patient,
        contractual=sums[reasons.Kind.CONTRACT],
        other_payer=sums[reasons.Kind.OTHER_PAYER],
        denied=denied,
        at_stake=at_stake,
        cuts=tuple(cuts),
        codes=(*(f"{cut.group}-{cut.reason}" for cut in worth_telling), *(remarks if worth_telling else ())),
        words=_words(kind, at_stake, paid, expected, worth_telling, remarks),
        action=_action(kind, worth_telling, remarks),
    )


def _judge(
    state: State | None,
    charge: Decimal,
    paid: Decimal,
    patient: Decimal,
    denied: Decimal,
    expected: Decimal | None,
    tolerance: Decimal,
) -> tuple[OutcomeKind, Decimal]:
    if state is None:
        return OutcomeKind.OUTSTANDING, charge
    if state is State.REVERSED:
        return OutcomeKind.REVERSED, charge
    if state is State.FORWARDED:
        return OutcomeKind.FORWARDED, ZERO
    if paid > charge:
        return OutcomeKind.OVERPAID, paid - charge
    if state is State.DENIED:
        return OutcomeKind.DENIED, denied if denied > 0 else charge
    if state is State.PARTLY_PAID:
        return OutcomeKind.PARTLY_PAID, denied
    if expected is not None:
        difference = paid + patient - expected
        if difference > tolerance:
            return OutcomeKind.OVERPAID, difference
        if -difference > tolerance:
            return OutcomeKind.UNDERPAID, -difference
    return (OutcomeKind.ZERO_PAID if paid == 0 and charge > 0 else OutcomeKind.PAID), ZERO


_TOLD = {
    OutcomeKind.DENIED: reasons.Kind.DENIAL,
    OutcomeKind.PARTLY_PAID: reasons.Kind.DENIAL,
    OutcomeKind.ZERO_PAID: reasons.Kind.PATIENT,
}
_ACTIONS = {
    OutcomeKind.OUTSTANDING: "Ask the payer for the claim's status.",
    OutcomeKind.REVERSED: "Wait for the new decision; ask for it where none comes.",
    OutcomeKind.DENIED: "Ask the payer why.",
    OutcomeKind.UNDERPAID: "Compare with the contract and dispute the difference.",
    OutcomeKind.OVERPAID: "Check for a double payment; refund what isn't ours.",
}


def _words(
    kind: OutcomeKind,
    at_stake: Decimal,
    paid: Decimal,
    expected: Decimal | None,
    told: Sequence[Cut],
    remarks: Sequence[str],
) -> str:
    text = kind.value
    if told:
        text += ": " + ", ".join(reasons.words(cut.group, cut.reason) for cut in told[:3])
    elif kind is OutcomeKind.UNDERPAID and expected is not None:
        text += f": {money.to_text(at_stake)} less than the expected {money.to_text(expected)}"
    elif kind is OutcomeKind.OVERPAID:
        text += f": {money.to_text(at_stake)} too much of {money.to_text(paid)}"
    if told and told[0].reason in _NEEDS_REMARK and remarks:
        text += "; " + ", ".join(reasons.remark_words(code) for code in remarks)
    return text


def _action(kind: OutcomeKind, told: Sequence[Cut], remarks: tuple[str, ...]) -> str:
    """What is usually done: what the remark asks for where the reason leaves it to that."""
    if not told:
        return _ACTIONS.get(kind, "")
    asked = remark_action(remarks) if told[0].reason in _NEEDS_REMARK else ""
    return asked or reasons.action(told[0].reason)


_NEEDS_REMARK = frozenset(("16", "96", "A1", "129", "226", "252"))  # reasons that leave the why to a remark


def net_cuts(entries: Iterable[Entry]) -> list[Cut]:
    """Cuts summed by group and reason over all entries, without those that cancel out; largest first."""
    sums: dict[tuple[str, str], Decimal] = {}
    for entry in entries:
        for cut in entry.cuts:
            key = (cut.group, cut.reason)
            sums[key] = sums.get(key, ZERO) + cut.amount
    net = [Cut(group, reason, amount) for (group, reason), amount in sums.items() if amount]
    return sorted(net, key=lambda cut: (-cut.amount, cut.group, cut.reason))


def _kind(cut: Cut) -> reasons.Kind:
    return reasons.kind_of(cut.group, cut.reason)
