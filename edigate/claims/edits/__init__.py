"""What a payer would reject after, found before: one file a SNIP level and topic, checks as plain functions.

`RULES` is the registry: every code that a claim can be told, with its severity, kinds and source. docs/edits.md
is made of it.
"""

from __future__ import annotations

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

__all__ = ["RULES", "Rule", "edit"]


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
    found = Found(today, codes)
    for check in _CLAIM_CHECKS[claim.kind]:
        check(claim, found)
    lines = _LINES[claim.kind]
    for number, line in enumerate(claim.service_lines):
        for line_check in lines.always:
            line_check(claim, line, number, found)
        if lines.fields(line) != lines.without:
            for line_check in lines.rare:
                line_check(claim, line, number, found)
    if found.findings:
        found.findings.sort(key=_LEVEL)
    return found.findings
