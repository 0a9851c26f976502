"""SNIP level 3, balancing: a claim's sums hold to the cent, another payer's too."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from edigate.claims.edits.many import Many
from edigate.claims.edits.places import LINE_AMOUNTS, amounts_of
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine
from edigate.claims.model import AdjustmentGroup, Claim, ServiceLine
from edigate.money import ZERO, to_text

LEVEL = Level(3)

CHARGE_SUM = LEVEL.error(
    "CHARGE-SUM", "PID", "2300 CLM02",
    "The claim's charge isn't the sum of its lines' charges.",
    "Send all lines of the encounter, or map the charge to the sum of the lines.",
)  # fmt: skip
AMOUNT_CENTS = LEVEL.error(
    "AMOUNT-CENTS", "PID", "X222A1 B.1.1.3.1.2",
    "An amount has a fraction of a cent.",
    "Round it in your system, where you know which way.", fixed=True,
)  # fmt: skip
AMOUNT_NEGATIVE = LEVEL.error(
    "AMOUNT-NEGATIVE", "PID", "2300 CLM02, 2400 SV102, SV203, SV302",
    "A charge or payment is below zero.",
    "A correction is a replacement (frequency 7) or a void (8), not a negative claim.",
)  # fmt: skip
AMOUNT_SIZE = LEVEL.error(
    "AMOUNT-SIZE", "PID", "X222A1 B.1.1.3.1.2",
    "An amount has more than ten digits.",
    "Look for a missing decimal point.", fixed=True,
)  # fmt: skip
NON_COVERED = LEVEL.error(
    "NON-COVERED", "I", "X223A2 2400 SV207",
    "More of a line isn't covered than it charges.",
    "The non-covered charge is a part of the line's charge.",
)  # fmt: skip
PATIENT_PAID = LEVEL.warning(
    "PATIENT-PAID", "PD", "2300 AMT*F5",
    "The patient paid more than the claim charges.",
    "Give what was paid for this claim alone.",
)  # fmt: skip
COB_NEGATIVE = LEVEL.warning(
    "COB-NEGATIVE", "PID", "2430 SVD02; Stedi's claim edits",
    "Another payer's payment for the claim or a line is below zero.",
    "Send what it paid in the end: its payment, the takeback and the payment anew, added up.",
)  # fmt: skip
COB_SUM = LEVEL.error(
    "COB-SUM", "PID", "1.4.4.2; 2320 AMT*D, CAS; 2430 CAS",
    "What another payer paid and adjusted isn't the claim's charge.",
    "Copy payment and adjustments from that payer's 835, the lines' too.",
)  # fmt: skip
COB_LINE_SUM = LEVEL.error(
    "COB-LINE-SUM", "PID", "1.4.4.1; 2430 SVD02, CAS",
    "What another payer paid and adjusted for a line isn't the line's charge.",
    "As above, for the line.",
)  # fmt: skip

_CENT = Decimal("0.01")
_MOST = Decimal(100_000_000)  # data element 782 as the guide uses it: ten digits with the cents
_EITHER_SIGN = (".adjustments[", "paid_amount", "remaining_liability")  # other payers take back and reverse


def all_add_up(many: Many) -> bool:
    charges = many.line["charge"]
    if None in charges:
        return False
    sums = [sum(some, ZERO) for some in many.by_claim(charges)]
    return sums == list(many.claim["total_charge"])


def charges_add_up(claim: Claim, found: Found) -> None:
    total = claim.total_charge
    if total is None or not claim.service_lines:
        return
    lines = sum([line.charge or ZERO for line in claim.service_lines], ZERO)
    if lines != total:
        found.add(
            CHARGE_SUM, "total_charge",
            f"the claim's charge is {to_text(total)} but its {len(claim.service_lines)} lines add up to "
            f"{to_text(lines)}",
        )  # fmt: skip


def all_in_cents(many: Many) -> bool:
    """Of claims that have no amounts but charges and what the patient paid, as most have."""
    charges = [*many.line["charge"], *many.claim["total_charge"]]
    if None in charges:
        return False
    charges += [paid for paid in many.claim["patient_amount_paid"] if paid is not None]
    return all(map(_CENT.same_quantum, charges)) and min(charges) >= ZERO and max(charges) < _MOST


def amounts(claim: Claim, found: Found) -> None:
    """At most two decimals and ten digits; ours without a minus."""
    for at, name, amount in amounts_of(claim):
        if amount.same_quantum(_CENT) and ZERO <= amount < _MOST:
            continue  # as nearly all are
        field = at + name
        if not amount.is_finite() or abs(amount) >= _MOST:
            found.add(AMOUNT_SIZE, field, "the amount has more than ten digits")
        elif amount % _CENT:
            found.add(AMOUNT_CENTS, field, f"{amount} has a fraction of a cent")
        elif amount < 0 and not any(part in field for part in _EITHER_SIGN):
            found.add(AMOUNT_NEGATIVE, field, f"{to_text(amount)} is negative; a claim charges, never pays")
        elif amount < 0 and name == "paid_amount":
            found.add(COB_NEGATIVE, field, f"the other payer paid {to_text(amount)}; send what it paid in the end")


def patient_paid(claim: Claim, found: Found) -> None:
    paid, total = claim.patient_amount_paid, claim.total_charge
    if paid is not None and total is not None and paid > total:
        found.add(
            PATIENT_PAID, "patient_amount_paid",
            f"the patient paid {to_text(paid)}, more than the claim's charge of {to_text(total)}",
        )  # fmt: skip


def non_covered(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    part = line.non_covered_charge
    if part is not None and line.charge is not None and part > line.charge:
        found.line(
            NON_COVERED, number, "non_covered_charge",
            f"charges {to_text(line.charge)}, of which {to_text(part)} are not covered",
        )  # fmt: skip


def other_payers_balance(claim: Claim, found: Found) -> None:
    """For each other payer that says what it paid and why not more: charge = paid + adjusted, by
    claim and lines. A payer that says what it paid alone is left alone."""
    if not claim.other_subscribers or claim.total_charge is None:
        return
    for number, other in enumerate(claim.other_subscribers):
        paid = other.paid_amount
        if paid is None:
            continue
        lines = [
            adjudication
            for line in claim.service_lines
            for adjudication in line.adjudications
            if adjudication.payer_id == other.payer_id
        ]
        adjusted = _sum(other.adjustment_groups) + sum((_sum(a.adjustment_groups) for a in lines), ZERO)
        if not adjusted and not lines:
            continue
        if paid + adjusted != claim.total_charge:
            found.add(
                COB_SUM, f"other_subscribers[{number}].paid_amount",
                f"the charge is {to_text(claim.total_charge)}, but the other payer paid {to_text(paid)} and adjusted "
                f"{to_text(adjusted)}",
            )  # fmt: skip


def adjudicated_lines_balance(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """Line charge = SVD02 + its adjustments, for each payer.

    A payer may answer one line with several adjudications (unbundling): their sums count together. What was
    bundled into another line (SVD06) has no sum of its own.
    """
    if line.charge is None:
        return
    sums: dict[str, Decimal] = {}
    for adjudication in line.adjudications:
        if adjudication.paid_amount is not None and not adjudication.bundled_line:
            both = adjudication.paid_amount + _sum(adjudication.adjustment_groups)
            sums[adjudication.payer_id] = sums.get(adjudication.payer_id, ZERO) + both
    for both in sums.values():
        if both != line.charge:
            found.line(
                COB_LINE_SUM, number, "charge",
                f"charges {to_text(line.charge)}, but the other payer's payment and adjustments add up to "
                f"{to_text(both)}",
            )  # fmt: skip


def _sum(groups: Sequence[AdjustmentGroup]) -> Decimal:
    return sum((a.amount or ZERO for group in groups for a in group.adjustments), ZERO)


CHECKS: ClaimChecks = (
    OfClaim("PID", charges_add_up, spotless=all_add_up),
    OfClaim(
        "PID", amounts, spotless=all_in_cents,
        beside=("patient_amount_due", "other_subscribers"),
        beside_lines=(*LINE_AMOUNTS, "adjudications"),
    ),
    OfClaim("PD", patient_paid, ("patient_amount_paid",)),
    OfClaim("PID", other_payers_balance, ("other_subscribers",)),
)  # fmt: skip
LINE_CHECKS: LineChecks = (
    OfLine("I", non_covered, ("non_covered_charge",)),
    OfLine("PID", adjudicated_lines_balance, ("adjudications",)),
)
