"""Whether a claim goes on to its next payer, once one has decided it, and what that one decided in all.

Pure: a claim and the adjudications posted to it in, a verdict with its reason in words out. Knows the rules, not
how the next payer's claim is written (`next_claim.py`), nor any ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from edigate.claims.model import Claim, OtherSubscriber
from edigate.money import ZERO, to_text
from edigate.responses.status import REVERSAL
from edigate.secrecy import Phi

LINE_UP = "PSTABCDEFGH"  # SBR01 in the order of payment


class Reduction(msgspec.Struct, frozen=True):
    """One reason of a CAS, in dollars; negative where it was taken back or adds."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


class DecidedService(msgspec.Struct, frozen=True, kw_only=True):
    """One SVC. `line` is the place of our line in the claim, from 0; None where it is for none we know."""

    line: int | None
    charge: Decimal
    paid: Decimal
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    revenue_code: str = ""
    units: Decimal | None = None
    reductions: tuple[Reduction, ...] = ()


class Decision(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """One CLP of an 835 for the claim. `remarks` are those of its services."""

    status: str  # CLP02
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal = ZERO  # CLP05
    payer_claim_control_number: str = ""  # CLP07
    paid_on: date | None = None  # BPR16
    crossover_carrier: str = ""  # NM1*TT
    claim_remarks: tuple[str, ...] = ()  # MIA, MOA
    remarks: tuple[str, ...] = ()
    reductions: tuple[Reduction, ...] = ()  # of the whole claim
    services: tuple[DecidedService, ...] = ()


class Why(StrEnum):
    """What is to become of a decided claim at its next payer; all but READY say why nothing."""

    READY = "ready"
    NO_NEXT_PAYER = "no next payer"
    NOT_DECIDED = "not decided"
    TAKEN_BACK = "taken back"
    CROSSOVER = "crossover"
    NEXT_ANSWERED = "next payer answered"
    IN_PART = "decided in part"
    NOTHING_LEFT = "nothing left"
    NOT_COVERED = "not covered"
    BELOW_ZERO = "paid below zero"
    LINES_DIFFER = "lines differ"


class Verdict(msgspec.Struct, frozen=True):
    """The decision with its reason. `remaining` is what the patient or the next payer owes, in dollars."""

    why: Why
    words: str
    remaining: Decimal = ZERO


class NetService(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided of one service in the end, all its adjudications added up."""

    procedure: str
    modifiers: tuple[str, ...]
    revenue_code: str
    charge: Decimal
    paid: Decimal
    units: Decimal
    reductions: list[Reduction]


class Outcome(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """What a payer decided of a claim in the end. `lines` are the services of each line; none: of the whole alone."""

    charge: Decimal
    paid: Decimal
    payer_claim_control_number: str
    paid_on: date | None
    remarks: list[str]  # of the claim
    reductions: list[Reduction]  # of the claim
    lines: dict[int | None, list[NetService]]

    @property
    def all_reductions(self) -> list[Reduction]:
        """Those of the claim and of every service."""
        of_lines = [each for services in self.lines.values() for one in services for each in one.reductions]
        return [*self.reductions, *of_lines]


_PREDETERMINATION = "25"
# CLP02: processed and forwarded, or not ours and forwarded: the payer sends the claim on by itself.
_FORWARDED = frozenset(("19", "20", "21", "23"))
# RARC that say the same: forwarded to the supplemental payer, to several of them, to Medicaid.
_FORWARDED_REMARKS = frozenset(("MA18", "N89", "MA07"))
# CLP02 of a payer behind the one that this claim is for.
_LATER: dict[str, frozenset[str]] = {"P": frozenset(("2", "3", "20", "21")), "S": frozenset(("3", "21"))}
# CARC: the plan doesn't cover the person, the day or the service; the next plan may or may not.
_NOT_COVERED = frozenset(("26", "27", "31", "32", "33", "35", "49", "96", "119", "149", "166", "177", "200", "204"))


def judge(claim: Claim, decisions: Iterable[Decision], *, not_covered: bool = False) -> Verdict:
    """Whether a claim goes to its next payer now.

    `decisions` are all that were posted to it, in the order posted. `not_covered`: the practice wants those
    billed, too, that the payer denied because its plan doesn't cover them. Never raises on data.
    """
    decided = [one for one in decisions if one.status != _PREDETERMINATION]
    following = next_payer(claim)
    if following is None:
        return Verdict(Why.NO_NEXT_PAYER, "the encounter names no payer after this one")
    if not decided:
        return Verdict(Why.NOT_DECIDED, "no payer has decided it")
    standing = _standing(decided)
    if not standing:
        return Verdict(Why.TAKEN_BACK, "the payer took its decision back, and no new one came")
    forwarded = _forwarded(standing)
    if forwarded:
        return Verdict(Why.CROSSOVER, f"the payer sends it on to the next one by itself ({forwarded})")
    later = _LATER.get(_responsibility(claim), frozenset())
    if any(one.status in later for one in standing):
        return Verdict(Why.NEXT_ANSWERED, "a later payer has decided it already")
    outcome = outcome_of(decided)
    if outcome.charge != claim.total_charge:
        return Verdict(
            Why.IN_PART,
            f"the payer decided ${to_text(outcome.charge)} of the ${to_text(claim.total_charge or ZERO)} charged; "
            "the rest is still to come",
        )
    if outcome.paid < 0:
        return Verdict(Why.BELOW_ZERO, f"the payer took back more than it paid (${to_text(outcome.paid)} in all)")
    return _by_money(claim, standing, outcome, not_covered=not_covered)


def _by_money(claim: Claim, standing: Sequence[Decision], outcome: Outcome, *, not_covered: bool) -> Verdict:
    cuts = outcome.all_reductions
    patients = [each for each in cuts if each.group == "PR"]
    remaining = _sum(patients)
    if not cuts:  # a payer that gives no reasons says the patient's part in CLP05 alone
        remaining = sum((one.patient_responsibility for one in standing), ZERO)
    uncovered = [each for each in cuts if each.reason in _NOT_COVERED and each.amount > 0]
    if outcome.paid == 0 and uncovered and all(each.reason in _NOT_COVERED for each in patients):
        if not not_covered:
            codes = ", ".join(sorted({f"{each.group}-{each.reason}" for each in uncovered}))
            return Verdict(
                Why.NOT_COVERED, f"its plan doesn't cover it ({codes}); --not-covered bills the next payer all the same"
            )
        remaining = _sum(uncovered)
    if remaining <= 0:
        denied = outcome.paid == 0 and outcome.charge > 0
        return Verdict(
            Why.NOTHING_LEFT,
            "it was denied and leaves the patient nothing: work the denial first"
            if denied
            else "the patient owes nothing, so there is nothing for the next payer",
        )
    if not _lines_fit(claim, outcome):
        return Verdict(
            Why.LINES_DIFFER, "what the payer decided can't be told line by line: compare its services with ours"
        )
    return Verdict(Why.READY, f"${to_text(remaining)} of ${to_text(outcome.charge)} are left", remaining)


def next_payer(claim: Claim) -> OtherSubscriber | None:
    """The nearest payer after the claim's own, by SBR01; one that says U for unknown is none."""
    own = LINE_UP.find(_responsibility(claim))
    after = [
        (LINE_UP.index(other.responsibility), place, other)
        for place, other in enumerate(claim.other_subscribers)
        if other.responsibility and other.responsibility in LINE_UP and LINE_UP.index(other.responsibility) > own
    ]
    return min(after, key=lambda one: one[:2])[2] if after and own >= 0 else None


def settled_before(claim: Claim) -> Decimal:
    """What of the charge the payers before the claim's own settled, by what it says of them; 0 for a first payer.

    All but what is still owed (AMT*EAF) where it says that, else what they paid.
    """
    own = LINE_UP.find(_responsibility(claim))
    before = [
        other
        for other in claim.other_subscribers
        if other.paid_amount is not None and 0 <= LINE_UP.find(other.responsibility or "?") < own
    ]
    if not before:
        return ZERO
    last = max(before, key=lambda other: LINE_UP.index(other.responsibility))
    owed = [
        said.remaining_liability
        for line in claim.service_lines
        for said in line.adjudications
        if said.payer_id == last.payer_id and said.remaining_liability is not None
    ]
    if last.remaining_liability is not None:
        owed = [last.remaining_liability]
    if not owed:
        return sum((other.paid_amount or ZERO for other in before), ZERO)
    return (claim.total_charge or ZERO) - sum(owed, ZERO)


def outcome_of(decisions: Iterable[Decision]) -> Outcome:
    """All decisions added up: a reversal takes off what it reverses, the parts of a split claim make the whole.

    What isn't a sum (number, day, units) is the newest decision's that isn't a reversal.
    """
    decided = [one for one in decisions if one.status != _PREDETERMINATION]
    newest = [one for one in decided if one.status != REVERSAL]
    services: dict[tuple[int | None, str, tuple[str, ...]], list[tuple[DecidedService, bool]]] = {}
    for one in decided:
        for service in one.services:
            key = (service.line, service.procedure, service.modifiers)
            services.setdefault(key, []).append((service, one.status == REVERSAL))
    lines: dict[int | None, list[NetService]] = {}
    for (line, _, _), parts in services.items():
        net = _net_service(parts)
        if net is not None:
            lines.setdefault(line, []).append(net)
    return Outcome(
        charge=sum((one.charge for one in decided), ZERO),
        paid=sum((one.paid for one in decided), ZERO),
        payer_claim_control_number=newest[-1].payer_claim_control_number if newest else "",
        paid_on=newest[-1].paid_on if newest else None,
        remarks=list(dict.fromkeys(code for one in newest for code in one.claim_remarks)),
        reductions=_net([each for one in decided for each in one.reductions]),
        lines=lines,
    )


def _net_service(parts: Sequence[tuple[DecidedService, bool]]) -> NetService | None:
    """One service's adjudications added up; None where nothing is left of it."""
    charge = sum((service.charge for service, _ in parts), ZERO)
    paid = sum((service.paid for service, _ in parts), ZERO)
    reductions = _net([each for service, _ in parts for each in service.reductions])
    given = [service for service, is_reversal in parts if not is_reversal]
    if len(given) < len(parts) and not (charge or paid or reductions):
        return None
    service = given[-1] if given else parts[-1][0]
    return NetService(
        procedure=service.procedure,
        modifiers=service.modifiers,
        revenue_code=service.revenue_code,
        charge=charge,
        paid=paid,
        units=service.units if service.units is not None else Decimal(1),  # SVC05 left out means one
        reductions=reductions,
    )


def _net(reductions: Iterable[Reduction]) -> list[Reduction]:
    """Summed by group and reason, without what cancels out, in the order they came. Quantities are the newest's."""
    sums: dict[tuple[str, str], Reduction] = {}
    for each in reductions:
        key = (each.group, each.reason)
        before = sums.get(key)
        quantity = each.quantity if each.amount > 0 or before is None else before.quantity
        sums[key] = Reduction(*key, each.amount + (before.amount if before else ZERO), quantity)
    return [each for each in sums.values() if each.amount]


def _standing(decided: Sequence[Decision]) -> list[Decision]:
    """The decisions that no reversal took back; each reversal takes the one most like it."""
    standing = [one for one in decided if one.status != REVERSAL]
    for reversal in decided:
        if reversal.status != REVERSAL or not standing:
            continue
        likeness = [
            (
                one.charge == -reversal.charge,
                one.paid == -reversal.paid,
                one.payer_claim_control_number == reversal.payer_claim_control_number,
                -place,  # of equals the oldest
            )
            for place, one in enumerate(standing)
        ]
        standing.pop(-max(likeness)[3])
    return standing


def _forwarded(standing: Sequence[Decision]) -> str:
    """What says that the payer forwards the claim itself; empty where nothing does."""
    for one in standing:
        if one.status in _FORWARDED:
            return f"CLP02 {one.status}"
        if one.crossover_carrier:
            return f"to {one.crossover_carrier}"
        told = _FORWARDED_REMARKS.intersection((*one.claim_remarks, *one.remarks))
        if told:
            return f"remark {min(told)}"
    return ""


def _lines_fit(claim: Claim, outcome: Outcome) -> bool:
    """Whether the services say of every line what became of it, or nothing of any."""
    if not outcome.lines:
        return True
    if outcome.lines.get(None):
        return False
    for place, line in enumerate(claim.service_lines):
        decided = sum((one.charge for one in outcome.lines.get(place, ())), ZERO)
        if decided != (line.charge or ZERO):
            return False
    return True


def _responsibility(claim: Claim) -> str:
    return claim.subscriber.responsibility if claim.subscriber else "P"


def _sum(reductions: Iterable[Reduction]) -> Decimal:
    return sum((each.amount for each in reductions), ZERO)
