"""What a payer would reject after, found before: one file a SNIP level and topic, checks as plain functions.

`RULES` is the registry: every code that a claim can be told, with its severity, kinds and source. docs/edits.md
is made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from typing import Protocol

from edigate.claims.codesets import Codes
from edigate.claims.edits import (
    level3,
    level4,
    level4_dates,
    level4_dental,
    level4_lines,
    level4_payers,
    level4_roles,
    level4_stay,
    level5_codes,
    level5_dental,
    level5_institutional,
    level5_parties,
    level5_sets,
    level5_texts,
    level6,
    level6_dental,
    level6_institutional,
    level7,
)
from edigate.claims.edits.rule import (
    LETTERS,
    ClaimCheck,
    ClaimChecks,
    Found,
    Level,
    LineChecks,
    Rule,
)
from edigate.claims.model import Claim, ServiceLine
from edigate.findings import Finding

__all__ = ["RULES", "Rule", "edit", "edit_many"]


class _Topic(Protocol):
    """What a file of edits offers."""

    LEVEL: Level
    CHECKS: ClaimChecks
    LINE_CHECKS: LineChecks


_TOPICS: tuple[_Topic, ...] = (
    level3,
    level4,
    level4_dates,
    level4_lines,
    level4_payers,
    level4_roles,
    level4_stay,
    level4_dental,
    level5_codes,
    level5_parties,
    level5_texts,
    level5_institutional,
    level5_dental,
    level5_sets,
    level6,
    level6_institutional,
    level6_dental,
    level7,
)

RULES: dict[str, Rule] = {rule.code: rule for topic in _TOPICS for rule in topic.LEVEL.rules}
"""Every edit by its code, the most basic first."""

_CLAIM_CHECKS: dict[str, tuple[ClaimCheck, ...]] = {
    kind: tuple(check for topic in _TOPICS for kinds, check in topic.CHECKS if letter in kinds)
    for kind, letter in LETTERS.items()
}


class _Lines:
    """The checks of a kind's lines: those that always have something to look at, and those of rare fields."""

    def __init__(self, letter: str) -> None:
        checks = [of for topic in _TOPICS for of in topic.LINE_CHECKS if letter in of.kinds]
        self.always = tuple(of.check for of in checks if not of.fields)
        self.rare = tuple(of.check for of in checks if of.fields)
        fields = list(dict.fromkeys(field for of in checks for field in of.fields))
        self.fields = attrgetter(*fields)
        self.without = self.fields(ServiceLine())


_LINES = {kind: _Lines(letter) for kind, letter in LETTERS.items()}
_LEVEL = attrgetter("level")


def edit(claim: Claim, today: date, codes: Codes | None = None) -> list[Finding]:
    """Every finding of every edit for the claim's kind, by level; none is nearly always the answer.

    `today` decides what is in the future; `codes` are the code sets at hand; without them
    only the forms of codes are looked at. Never raises on data.
    """
    return edit_many((claim,), today, codes)[0]


def edit_many(claims: Sequence[Claim], today: date, codes: Codes | None = None) -> list[list[Finding]]:
    """The findings of each claim, as `edit` gives them.

    Check by check over all claims, not claim by claim: a processor holds one check's code beside some dozens of
    claims, but not all checks' code. Give no more than that at once.
    """
    told = [_Told(claim, today, codes) for claim in claims]
    for kind in {claim.kind for claim in claims}:
        some = [each for each in told if each.claim.kind == kind]
        for check in _CLAIM_CHECKS[kind]:
            for each in some:
                check(each.claim, each.found)
        checks = _LINES[kind]
        lines = [
            (each.claim, line, number, found)
            for each in some
            for number, (line, found) in enumerate(zip(each.claim.service_lines, each.of_lines, strict=True))
        ]
        rare = [each for each in lines if checks.fields(each[1]) != checks.without]
        for of_line, concerned in ((checks.always, lines), (checks.rare, rare)):
            for line_check in of_line:
                for claim, line, number, found in concerned:
                    line_check(claim, line, number, found)
    return [each.findings() for each in told]


class _Told:
    """What is found on one claim: on itself, and on each of its lines."""

    __slots__ = ("claim", "found", "of_lines")

    def __init__(self, claim: Claim, today: date, codes: Codes | None) -> None:
        self.claim = claim
        self.found = Found(today, codes)
        self.of_lines = [Found(today, codes) for _ in claim.service_lines]

    def findings(self) -> list[Finding]:
        """By level; at each level the claim's, then line by line."""
        findings = self.found.findings
        for found in self.of_lines:
            findings += found.findings
        if len(findings) > 1:
            findings.sort(key=_LEVEL)
        return findings
