"""What became of a claim's money, in words: all payments for it together, against what we billed.

Pure. Knows sums and reasons; not what was expected (`categories.py`), nor what anybody does next (`worklist.py`).
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
from edigate.responses.status import Amount, State, money_state

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
    OVERPAID = "overpaid"  # more than was charged
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


def claim_outcome(charge: Decimal, entries: Sequence[Entry]) -> ClaimOutcome:
    """What became of a claim billed at `charge`, from all entries for it; their order makes no difference."""
    cuts = net_cuts(entries)
    sums = {kind: sum((c.amount for c in cuts if _kind(c) is kind), ZERO) for kind in reasons.Kind}
    paid = sum((entry.paid for entry in entries), ZERO)
    # CAS says it to the cent; CLP05 is left unsigned by some payers in reversals.
    patient = sums[reasons.Kind.PATIENT]
    if not cuts:
        patient = sum((entry.patient_responsibility for entry in entries), ZERO)
    denied = sums[reasons.Kind.DENIAL]
    claimed = ((cut.group, cut.reason, cut.amount) for cut in cuts)
    state = state_of(charge, paid, patient, [entry.status for entry in entries], claimed)
    kind, at_stake = _judge(state, charge, paid, denied)
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
        words=_words(kind, at_stake, paid, worth_telling, remarks),
        action=_action(kind, worth_telling, remarks),
    )


def state_of(
    charge: Amount,
    paid: Amount,
    patient_responsibility: Amount,
    statuses: Sequence[str],
    cuts: Iterable[tuple[str, str, Amount]],
) -> State | None:
    """The state that all entries of a claim say together: `money_state` of their sums, in dollars or in cents.

    `patient_responsibility` is what CLP05 says, which counts only where no cut (group, reason, amount) stands.
    """
    stated = list(cuts)
    sums: dict[reasons.Kind, Amount] = {}
    for group, reason, amount in stated:
        kind = reasons.kind_of(group, reason)
        sums[kind] = sums.get(kind, 0) + amount
    if not any(sums.values()) and not _stands(stated):
        return money_state(charge, paid, patient_responsibility, statuses)
    return money_state(
        charge, paid, sums.get(reasons.Kind.PATIENT, 0), statuses, sums.get(reasons.Kind.DENIAL, 0)
    )


def _stands(cuts: Iterable[tuple[str, str, Amount]]) -> bool:
    """Whether any cut isn't taken back whole under its own group and reason."""
    net: dict[tuple[str, str], Amount] = {}
    for group, reason, amount in cuts:
        net[group, reason] = net.get((group, reason), 0) + amount
    return any(net.values())


def _judge(state: State | None, charge: Decimal, paid: Decimal, denied: Decimal) -> tuple[OutcomeKind, Decimal]:
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
    OutcomeKind.OVERPAID: "Check for a double payment; refund what isn't ours.",
}


def _words(kind: OutcomeKind, at_stake: Decimal, paid: Decimal, told: Sequence[Cut], remarks: Sequence[str]) -> str:
    text = kind.value
    if told:
        text += ": " + ", ".join(reasons.words(cut.group, cut.reason) for cut in told[:3])
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
