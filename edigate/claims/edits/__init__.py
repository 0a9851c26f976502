"""What a payer would reject after, found before: one file a SNIP level and topic, checks as plain functions.

`RULES` is the registry: every code that a claim can be told, with its severity, kinds and source. docs/edits.md
is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from itertools import chain
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
from edigate.claims.edits.many import Many, Rare
from edigate.claims.edits.rule import LETTERS, ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine, Rule, Spotless
from edigate.claims.model import Claim, ServiceLine
from edigate.findings import Finding

__all__ = ["RULES", "TOGETHER", "Rule", "edit", "edit_many"]


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
    """The checks of a kind of claims and of its lines.

    `rare`: the fields of those that look at rare ones alone, and those beside which others are spared; `odd`: only
    the latter.
    """

    def __init__(self, letter: str) -> None:
        checks = [of if isinstance(of, OfClaim) else OfClaim(*of) for topic in _TOPICS for of in topic.CHECKS]
        self.of_claim = [of for of in checks if letter in of.kinds]
        self.of_line = [of for topic in _TOPICS for of in topic.LINE_CHECKS if letter in of.kinds]
        fields = [field for of in self.of_claim for field in of.fields]
        beside = [field for of in self.of_claim for field in of.beside]
        fields_of_line = [field for of in self.of_line for field in of.fields]
        beside_lines = [field for of in self.of_claim for field in of.beside_lines]
        beside_lines += [field for of in self.of_line for field in of.beside]
        self.rare, self.odd = Rare([*fields, *beside], Claim), Rare(beside, Claim)
        self.rare_of_line = Rare([*fields_of_line, *beside_lines], ServiceLine)
        self.odd_of_line = Rare(beside_lines, ServiceLine)


TOGETHER = 256
"""Claims given to `edit_many` at once: more don't stay beside each other in a processor's caches."""

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

    Check by check over all claims, not claim by claim: a processor holds one check's code beside some hundred
    claims, but not all checks' code. Give TOGETHER at once, not more.
    """
    told = [Found(today, codes) for _ in claims]
    for kind in {claim.kind for claim in claims}:
        of_kind = [each for each in zip(claims, told, strict=True) if each[0].kind == kind]
        _look(of_kind, _CHECKS[kind])
    for found in told:
        if len(found.findings) > 1:
            found.findings.sort(key=_LEVEL)
    return [found.findings for found in told]


OnClaim = tuple[Claim, Found]
OnLine = tuple[Claim, ServiceLine, int, Found]


class _Group:
    """Claims of one kind, at least one, each with what is found on it, that a check looks at together."""

    def __init__(self, claims: list[OnClaim]) -> None:
        self.claims = claims
        _, found = claims[0]
        self.many = Many([claim for claim, _ in claims], found.today, found.codes)

    @cached_property
    def lines(self) -> list[OnLine]:
        return [(claim, line, nr, its) for claim, its in self.claims for nr, line in enumerate(claim.service_lines)]

    @cached_property
    def _halves(self) -> tuple[_Group, _Group]:
        middle = len(self.claims) // 2
        return _Group(self.claims[:middle]), _Group(self.claims[middle:])

    def doubtful(self, spotless: Spotless) -> list[_Group]:
        """Those among which there may be something to say: halved until few are left beside the one it is about."""
        if spotless(self.many):
            return []
        if len(self.claims) <= _FEW:
            return [self]
        return [group for half in self._halves for group in half.doubtful(spotless)]


_FEW = 16


class _Some:
    """Claims of one kind, each with what is found on it: which of them, and of their lines, a check has to look at."""

    def __init__(self, claims: list[OnClaim], checks: _Checks) -> None:
        everyone = self._everyone = _Group(claims)
        self._rare: list[OnClaim] = []
        if checks.rare.said_in(everyone.many.claim):
            self._rare = [each for each in claims if checks.rare.said_by(each[0])]
        self._rare_lines: list[OnLine] = []
        if checks.rare_of_line.said_in(everyone.many.line):
            self._rare_lines = [each for each in everyone.lines if checks.rare_of_line.said_by(each[1])]
        odd = {id(claim) for claim, _ in self._rare if checks.odd.said_by(claim)}
        odd |= {id(claim) for claim, line, _, _ in self._rare_lines if checks.odd_of_line.said_by(line)}
        apart = [each for each in claims if id(each[0]) in odd] if odd else []
        self._odd = _Group(apart) if apart else None
        usual = [each for each in claims if id(each[0]) not in odd] if odd else claims
        self._usual = everyone if not odd else _Group(usual) if usual else None

    def for_check(self, of: OfClaim) -> Iterable[OnClaim]:
        if of.fields:
            return self._rare
        return chain.from_iterable(group.claims for group in self._to_ask(of, bool(of.beside or of.beside_lines)))

    def for_line_check(self, of: OfLine) -> Iterable[OnLine]:
        if of.fields:
            return self._rare_lines
        return chain.from_iterable(group.lines for group in self._to_ask(of, bool(of.beside)))

    def _to_ask(self, of: OfClaim | OfLine, beside: bool) -> list[_Group]:
        if of.spotless is None:
            return [self._everyone]
        if not beside:
            return self._everyone.doubtful(of.spotless)
        asked = [self._odd] if self._odd is not None else []
        return asked + (self._usual.doubtful(of.spotless) if self._usual is not None else [])


def _look(claims: list[OnClaim], checks: _Checks) -> None:
    """What is found on lines follows what is found on their claim, line by line."""
    some = _Some(claims, checks)
    for of in checks.of_claim:
        for claim, found in some.for_check(of):
            of.check(claim, found)
    before = [len(found.findings) for _, found in claims]
    for of_line in checks.of_line:
        for claim, line, number, found in some.for_line_check(of_line):
            of_line.check(claim, line, number, found)
    for (_, found), own in zip(claims, before, strict=True):
        if len(found.findings) > own + 1:
            found.findings[own:] = sorted(found.findings[own:], key=_line_of)


def _line_of(finding: Finding) -> int:
    """The number of the line whose field was found at fault, as `Found.line` writes it."""
    return int(finding.field[len("service_lines[") : finding.field.index("]")])
