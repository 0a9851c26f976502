"""SNIP level 3, balancing: a claim's sums hold to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from edigate.claims.edits.finding import error
from edigate.claims.edits.places import amounts_of
from edigate.claims.model import AdjustmentGroup, Claim
from edigate.findings import Finding
from edigate.money import ZERO, to_text

_CENT = Decimal("0.01")
_MOST = 100_000_000  # data element 782 as the guide uses it: ten digits with the cents
_EITHER_SIGN = (".adjustments[", "paid_amount", "remaining_liability")  # other payers take back and reverse


def charges_add_up(claim: Claim, today: date) -> Iterator[Finding]:
    """CLM02 is the sum of the lines' charges (X222A1 2300 CLM02)."""
    if claim.total_charge is None or not claim.service_lines:
        return
    lines = sum((line.charge or ZERO for line in claim.service_lines), ZERO)
    if lines != claim.total_charge:
        yield error(
            "CHARGE-SUM",
            3,
            "total_charge",
            f"the claim's charge is {to_text(claim.total_charge)} but its "
            f"{len(claim.service_lines)} lines add up to {to_text(lines)}",
        )


def amounts(claim: Claim, today: date) -> Iterator[Finding]:
    """Amounts have at most two decimals and ten digits (X222A1 Appendix B.1.1.3.1.2), ours no minus."""
    for field, amount in amounts_of(claim):
        if not amount.is_finite() or abs(amount) >= _MOST:
            yield error("AMOUNT-SIZE", 3, field, "the amount has more than ten digits")
        elif amount % _CENT:
            yield error("AMOUNT-CENTS", 3, field, f"{amount} has a fraction of a cent")
        elif amount < 0 and not any(part in field for part in _EITHER_SIGN):
            yield error("AMOUNT-NEGATIVE", 3, field, f"{to_text(amount)} is negative; a claim charges, never pays")


def other_payers_balance(claim: Claim, today: date) -> Iterator[Finding]:
    """Charge = what the other payer paid + what it adjusted (X222A1 1.4.4.2), where it says both."""
    for number, other in enumerate(claim.other_subscribers):
        if other.paid_amount is None or claim.total_charge is None:
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
        if other.paid_amount + adjusted != claim.total_charge:
            yield error(
                "COB-SUM",
                3,
                f"other_subscribers[{number}].paid_amount",
                f"the charge is {to_text(claim.total_charge)}, but the other payer paid "
                f"{to_text(other.paid_amount)} and adjusted {to_text(adjusted)}",
            )


def adjudicated_lines_balance(claim: Claim, today: date) -> Iterator[Finding]:
    """Line charge = SVD02 + its adjustments, for each payer (X222A1 1.4.4.2).

    A payer may answer one line with several adjudications (unbundling): their sums count together.
    """
    for number, line in enumerate(claim.service_lines):
        if line.charge is None:
            continue
        sums: dict[str, Decimal] = {}
        for adjudication in line.adjudications:
            if adjudication.paid_amount is not None and not adjudication.bundled_line:
                both = adjudication.paid_amount + _sum(adjudication.adjustment_groups)
                sums[adjudication.payer_id] = sums.get(adjudication.payer_id, ZERO) + both
        for both in sums.values():
            if both != line.charge:
                yield error(
                    "COB-LINE-SUM",
                    3,
                    f"service_lines[{number}].charge",
                    f"line {number + 1} charges {to_text(line.charge)}, but the other payer's payment and "
                    f"adjustments add up to {to_text(both)}",
                )


def _sum(groups: list[AdjustmentGroup]) -> Decimal:
    return sum((a.amount or ZERO for group in groups for a in group.adjustments), ZERO)


EDITS = (charges_add_up, amounts, other_payers_balance, adjudicated_lines_balance)
