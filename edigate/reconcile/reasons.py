"""Why money was cut, in plain words: claim adjustment reasons (CARC), remarks (RARC), and what is usually done.

Data and its lookup; our own short texts. Knows no claim. Code sources: X12 139 (CARC), 411 (RARC).
"""

from __future__ import annotations

from functools import lru_cache

from edigate.reconcile.carc import CARC, Kind, Reason

__all__ = ["CARC", "GROUPS", "RARC", "Kind", "Reason", "action", "kind_of", "remark_words", "words"]

RARC: dict[str, str] = {
    "M15": "included in another service",
    "M20": "HCPCS missing or invalid",
    "M44": "condition code missing or invalid",
    "M45": "occurrence code or date missing or invalid",
    "M49": "value code or amount missing or invalid",
    "M50": "revenue code missing or invalid",
    "M25": "the level of service isn't supported",
    "M51": "procedure code missing or invalid",
    "M52": "first day of service missing or invalid",
    "M53": "units missing or invalid",
    "M56": "payer id missing or invalid",
    "M59": "last day of service missing or invalid",
    "M62": "treatment authorization missing or invalid",
    "M64": "other diagnosis missing or invalid",
    "M76": "diagnosis missing or invalid",
    "M77": "place of service missing or invalid",
    "M79": "charge missing or invalid",
    "M80": "not covered on the same day as another service",
    "M86": "same or similar procedure within the time",
    "M119": "NDC missing or invalid",
    "M127": "medical record missing",
    "MA01": "an appeal is possible",
    "MA04": "primary payer's answer is missing or illegible",
    "MA07": "passed on to Medicaid",
    "MA13": "may be billed to nobody",
    "MA15": "the claim was split",
    "MA18": "passed on to the next payer",
    "MA27": "member id or name missing or invalid",
    "MA30": "type of bill missing or invalid",
    "MA36": "patient's name missing or invalid",
    "MA39": "patient's sex missing or invalid",
    "MA43": "patient's status missing or invalid",
    "MA61": "social security or member number missing or invalid",
    "MA63": "principal diagnosis missing or invalid",
    "MA83": "whether this payer comes first isn't said",
    "MA92": "the other plan's data are missing",
    "MA112": "group practice's data missing or invalid",
    "MA114": "where the service was done is missing or invalid",
    "MA120": "CLIA number missing or invalid",
    "MA130": "can't be processed: send a new claim, no appeal",
    "N4": "primary payer's answer missing or invalid",
    "N19": "incidental to the primary procedure",
    "N20": "not payable with another service of the same day",
    "N30": "patient not eligible for it",
    "N54": "doesn't agree with the authorization",
    "N56": "procedure code not valid for the service or date",
    "N95": "not this provider's kind of service",
    "N115": "decided by a local coverage rule",
    "N130": "see the plan's documents",
    "N179": "information asked from the member",
    "N265": "ordering provider's id missing or invalid",
    "N286": "referring provider's id missing or invalid",
    "N290": "rendering provider's id missing or invalid",
    "N362": "more units than the payer allows",
    "N386": "decided by a national coverage rule",
    "N519": "code combination invalid",
    "N522": "duplicate of a crossover claim",
    "N657": "must be billed with the right code",
    "N706": "documents missing",
}

GROUPS: dict[str, str] = {
    "CO": "contractual",
    "PR": "patient",
    "OA": "other",
    "PI": "payer's decision",
    "CR": "correction",
}


_OTHERWISE = "Read the plan's rule; appeal where the record supports it, else bill whom it allows or write it off."


@lru_cache(maxsize=4096)
def kind_of(group: str, reason: str) -> Kind:
    """What a cut means. Group PR makes it the patient's; an unknown reason counts as a denial to look at."""
    if group == "PR":
        return Kind.PATIENT
    known = CARC.get(reason)
    if known is None:
        return Kind.DENIAL
    # A patient's share that isn't in group PR can't be billed to the patient.
    return Kind.CONTRACT if known.kind is Kind.PATIENT else known.kind


def words(group: str, reason: str) -> str:
    """A cut in words with its codes, e.g. `no authorization (CO-197)`."""
    known = CARC.get(reason)
    text = known.words if known else GROUPS.get(group, "adjusted")
    return f"{text} ({group}-{reason})"


def action(reason: str) -> str:
    """What is usually done about a reason; empty where nothing is."""
    known = CARC.get(reason)
    if known is None:
        return "Look the reason code up with the payer."
    return known.action or (_OTHERWISE if known.kind is Kind.DENIAL else "")


def remark_words(code: str) -> str:
    """A remark code in words, e.g. `diagnosis missing or invalid (M76)`; the bare code where unknown."""
    known = RARC.get(code)
    return f"{known} ({code})" if known else code
