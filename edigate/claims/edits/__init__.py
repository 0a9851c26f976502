"""What a payer would reject after, found before: one file a SNIP level and topic, checks as plain functions.

`RULES` is the registry: every code that a claim can be told, with its severity, kinds and source. docs/edits.md
is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    ClaimChecks,
    Found,
    Level,
    LineChecks,
    OfClaim,
    OfLine,
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


class _Checks:
    """The checks of a kind of claims and of its lines, and the fields of those that look at rare ones alone."""

    def __init__(self, letter: str) -> None:
        checks = [of if isinstance(of, OfClaim) else OfClaim(*of) for topic in _TOPICS for of in topic.CHECKS]
        self.of_claim = [of for of in checks if letter in of.kinds]
        self.rare = _fields(self.of_claim)
        self.without = self.rare(Claim())
        of_lines = [of for topic in _TOPICS for of in topic.LINE_CHECKS if letter in of.kinds]
        self.always = [of.check for of in of_lines if not of.fields]
        self.seldom = [of for of in of_lines if of.fields and of.fields != _OFTEN]
        self.often = [of.check for of in of_lines if of.fields == _OFTEN]
        self.rare_of_line = _fields(self.seldom)
        self.line_without = self.rare_of_line(ServiceLine())


def _fields(checks: Iterable[OfClaim | OfLine]) -> attrgetter[object]:
    return attrgetter(*dict.fromkeys(field for of in checks for field in of.fields))


_OFTEN = ("modifiers",)  # so many lines have them that their checks keep no company with those of rare fields
_CHECKS = {kind: _Checks(letter) for kind, letter in LETTERS.items()}
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
    told = [Found(today, codes) for _ in claims]
    for kind in {claim.kind for claim in claims}:
        some = [(claim, found) for claim, found in zip(claims, told, strict=True) if claim.kind == kind]
        _look_at_claims(some, _CHECKS[kind])
        _look_at_lines(some, _CHECKS[kind])
    for found in told:
        if len(found.findings) > 1:
            found.findings.sort(key=_LEVEL)
    return [found.findings for found in told]


def _look_at_claims(some: list[tuple[Claim, Found]], checks: _Checks) -> None:
    claims = [claim for claim, _ in some]
    rare = [each for each in some if checks.rare(each[0]) != checks.without]
    for _, check, fields, spotless in checks.of_claim:
        if spotless is not None and spotless(claims):
            continue
        for claim, found in rare if fields else some:
            check(claim, found)


def _look_at_lines(some: list[tuple[Claim, Found]], checks: _Checks) -> None:
    """What is found on lines follows what is found on their claim, line by line."""
    before = [len(found.findings) for _, found in some]
    lines = [(claim, line, number, found) for claim, found in some for number, line in enumerate(claim.service_lines)]
    for line_check in checks.always:
        for claim, line, number, found in lines:
            line_check(claim, line, number, found)
    if rare := [each for each in lines if checks.rare_of_line(each[1]) != checks.line_without]:
        for of in checks.seldom:
            for claim, line, number, found in rare:
                of.check(claim, line, number, found)
    for line_check in checks.often:
        for claim, line, number, found in lines:
            line_check(claim, line, number, found)
    for (_, found), own in zip(some, before, strict=True):
        if len(found.findings) > own + 1:
            found.findings[own:] = sorted(found.findings[own:], key=_line_of)


def _line_of(finding: Finding) -> int:
    """The number of the line whose field was found at fault, as `Found.line` writes it."""
    return int(finding.field[len("service_lines[") : finding.field.index("]")])
