"""SNIP level 4, other payers: their order, their numbers, and that each said what a payer after it must know."""

from __future__ import annotations

from collections.abc import Sequence

from edigate.claims.edits import codes as c
from edigate.claims.edits.many import Many
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine
from edigate.claims.model import Claim, OtherSubscriber, ServiceLine

LEVEL = Level(4)

COB_ORDER = LEVEL.error(
    "COB-ORDER", "PID", "2000B, 2320 SBR01",
    "Two payers have the same place in line.",
    "One is P, the next S, then T.",
)  # fmt: skip
COB_GAP = LEVEL.warning(
    "COB-GAP", "PID", "2000B, 2320 SBR01; Stedi's claim edits",
    "The payers leave a place in line out: none is primary, or a tertiary one follows the primary.",
    "Give all payers before this one, P, S, T, then A to H.",
)  # fmt: skip
COB_MISSING = LEVEL.warning(
    "COB-MISSING", "PID", "2320",
    "A secondary claim that doesn't say what the payer before paid.",
    "Map `other_subscribers` with that payer's adjudication.",
)  # fmt: skip
COB_PAYER = LEVEL.error(
    "COB-PAYER", "PID", "2430 SVD01, 2330B NM109",
    "A line was adjudicated by a payer that isn't among the claim's other payers.",
    "Give both the same payer id.",
)  # fmt: skip
COB_PAYER_TWICE = LEVEL.error(
    "COB-PAYER-TWICE", "PID", "2330B NM109",
    "Two other payers have the same id, so that nothing says whose the lines' adjudications are.",
    "Give each plan an id of its own within the claim.",
)  # fmt: skip
COB_PAID = LEVEL.warning(
    "COB-PAID", "PID", "2320 AMT*D",
    "Another payer adjusted the claim or its lines, but nothing says what it paid.",
    "Map `paid_amount`, 0 where it paid nothing.",
)  # fmt: skip
COB_DATE = LEVEL.warning(
    "COB-DATE", "PID", "2330B, 2430 DTP*573",
    "Another payer's adjudication without its date.",
    "Map `payer_paid_date`, or `paid_date` of the lines: the 835's date (BPR16).",
)  # fmt: skip
COB_DATE_TWICE = LEVEL.warning(
    "COB-DATE-TWICE", "PID", "2330B, 2430 DTP*573; Stedi's claim edits",
    "Another payer's adjudication has its date both for the claim and for its lines.",
    "Leave `payer_paid_date` out where the lines have theirs.",
)  # fmt: skip
MSP_TYPE = LEVEL.warning(
    "MSP-TYPE", "PD", "2000B SBR05",
    "Medicare isn't the first payer, and nothing says why.",
    "Map `subscriber.insurance_type`: 12 working aged, 13 ESRD, 14 no-fault, 15 workers' compensation, 43 disabled, "
    "47 liability.",
)  # fmt: skip
MSP_VALUE = LEVEL.warning(
    "MSP-VALUE", "I", "NUBC value codes 12-16, 41-43, 47; CMS MSP Manual ch. 3",
    "Medicare isn't the first payer, and no value code says why and what the first one paid.",
    "Map `value_codes`: 12 working aged, 13 ESRD, 14 no-fault, 15 workers' compensation, 43 disabled, 47 liability.",
)  # fmt: skip

_PRIMARY_REASONS = frozenset("12 13 14 15 16 41 42 43 47".split())


def one_payer_each(many: Many) -> bool:
    return "other_subscribers" not in many.claim.said and {"S", "T"}.isdisjoint(many.subscriber["responsibility"])


def order(claim: Claim, found: Found) -> None:
    """Each payer has its own place in line; U, unknown, may be several."""
    subscriber = claim.subscriber
    others = claim.other_subscribers
    if not others:
        if subscriber is not None and subscriber.responsibility in ("S", "T"):
            found.add(
                COB_MISSING, "other_subscribers",
                "the payer isn't the primary one, but the claim doesn't say what the payer before it paid",
            )  # fmt: skip
        return
    taken = {subscriber.responsibility} if subscriber is not None else set()
    for number, other in enumerate(others):
        if other.responsibility != "U" and other.responsibility in taken:
            found.add(
                COB_ORDER, f"other_subscribers[{number}].responsibility",
                f"two payers are {other.responsibility} (P primary, S secondary, T tertiary, then A to H)",
            )  # fmt: skip
        taken.add(other.responsibility)
    if "U" not in taken and not taken.issuperset(_LINE_UP[: len(taken)]):
        gone = next(place for place in _LINE_UP if place not in taken)
        found.add(COB_GAP, "other_subscribers", f"no payer is {gone}, though there are payers after it")


_LINE_UP = "PSTABCDEFGH"


def others_said_enough(claim: Claim, found: Found) -> None:
    seen: set[str] = set()
    for number, other in enumerate(claim.other_subscribers):
        at = f"other_subscribers[{number}]"
        dates = [
            adjudication.paid_date
            for line in claim.service_lines
            for adjudication in line.adjudications
            if adjudication.payer_id == other.payer_id
        ]
        if other.payer_id in seen and dates:
            found.add(COB_PAYER_TWICE, f"{at}.payer_id", "another payer of the claim has the same id")
        seen.add(other.payer_id)
        if other.paid_amount is None and (other.adjustment_groups or dates):
            found.add(COB_PAID, f"{at}.paid_amount", "the other payer adjusted the claim, but what it paid is missing")
        _dated(other, dates, at, found)


def _dated(other: OtherSubscriber, dates: Sequence[object], at: str, found: Found) -> None:
    """The day stands at the payer (2330B) or at each line it adjudicated (2430), never nowhere."""
    if other.payer_paid_date is not None:
        if any(dates):
            found.add(COB_DATE_TWICE, f"{at}.payer_paid_date", "the adjudication's date is given for its lines, too")
        return
    if not all(dates) or (not dates and other.paid_amount is not None):
        found.add(COB_DATE, f"{at}.payer_paid_date", "the other payer's adjudication has no date")


def adjudicating_payer(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    payers = {other.payer_id for other in claim.other_subscribers}
    for nth, adjudication in enumerate(line.adjudications):
        if adjudication.payer_id not in payers:
            found.line(
                COB_PAYER, number, f"adjudications[{nth}].payer_id",
                "was adjudicated by a payer that isn't among the claim's other payers",
            )  # fmt: skip


def medicare_first(many: Many) -> bool:
    return c.MEDICARE.isdisjoint(many.paid_by) or {"P"}.issuperset(many.subscriber["responsibility"])


def medicare_second(claim: Claim, found: Found) -> None:
    """Where Medicare pays second it wants to know why: SBR05 (P, D), or a value code with the amount (I)."""
    subscriber = claim.subscriber
    if subscriber is None or subscriber.responsibility == "P" or subscriber.filing_indicator not in c.MEDICARE:
        return
    if claim.kind != "institutional":
        if not subscriber.insurance_type:
            found.add(
                MSP_TYPE, "subscriber.insurance_type",
                "Medicare isn't the first payer; the insurance type must say why (12, 13, 14, 15, 16, 41, 42, 43, 47)",
            )  # fmt: skip
    elif not any(value.code in _PRIMARY_REASONS for value in claim.value_codes):
        found.add(
            MSP_VALUE, "value_codes",
            "Medicare isn't the first payer; a value code must say why, with what the first one paid "
            "(12, 13, 14, 15, 16, 41, 42, 43, 47)",
        )  # fmt: skip


CHECKS: ClaimChecks = (
    OfClaim("PID", order, spotless=one_payer_each),
    OfClaim("PID", others_said_enough, ("other_subscribers",)),
    OfClaim("PID", medicare_second, spotless=medicare_first),
)
LINE_CHECKS: LineChecks = (OfLine("PID", adjudicating_payer, ("adjudications",)),)
