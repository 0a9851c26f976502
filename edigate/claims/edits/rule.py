"""What an edit is: its code, how bad it is, for which claims, by what source; and how a check tells what it found.

Knows no rule itself. A level's file makes its rules here and hands them to its checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from edigate.claims.codesets import Codes
from edigate.claims.edits.many import Many
from edigate.claims.model import Claim, ServiceLine
from edigate.findings import Finding, Severity


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One edit. `kinds`: P professional, I institutional, D dental. `source`: a guide's loop and element, or who
    publishes the rule. `what` and `remedy` are its row in docs/edits.md. `fixed`: settings can't change it, as
    edigate itself builds on it."""

    code: str
    level: int
    severity: Severity
    kinds: str
    source: str
    what: str
    remedy: str
    fixed: bool = False


class Level:
    """The rules of one SNIP level in one file, in the order in which they are made."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.rules: list[Rule] = []

    def error(self, code: str, kinds: str, source: str, what: str, remedy: str, *, fixed: bool = False) -> Rule:
        """A rule without which a claim isn't sent."""
        return self._made(code, Severity.ERROR, kinds, source, what, remedy, fixed)

    def warning(self, code: str, kinds: str, source: str, what: str, remedy: str) -> Rule:
        """A rule that a claim may break and be sent; a person should know."""
        return self._made(code, Severity.WARNING, kinds, source, what, remedy, False)

    def _made(
        self, code: str, severity: Severity, kinds: str, source: str, what: str, remedy: str, fixed: bool
    ) -> Rule:
        rule = Rule(
            code=code, level=self.number, severity=severity, kinds=kinds, source=source, what=what, remedy=remedy,
            fixed=fixed,
        )  # fmt: skip
        self.rules.append(rule)
        return rule


class Found(msgspec.Struct, gc=False):
    """What the checks found on one claim, and what they may ask: today's date, and the code sets, None where only
    the forms of codes are looked at. It is made for every claim, and quickly."""

    today: date
    codes: Codes | None
    findings: list[Finding] = []

    def add(self, rule: Rule, field: str, message: str, value: str = "") -> None:
        """A rule is broken at a field, dotted from the claim; `value` may be PHI, `message` is not."""
        self.findings.append(
            Finding(code=rule.code, level=rule.level, field=field, message=message, severity=rule.severity, value=value)
        )

    def line(self, rule: Rule, number: int, field: str, message: str, value: str = "") -> None:
        """The same at a field of the service line at `number` (from 0); the message begins with the line's."""
        self.add(rule, f"service_lines[{number}].{field}", f"line {number + 1} {message}", value)


ClaimCheck = Callable[[Claim, Found], None]
LineCheck = Callable[[Claim, ServiceLine, int, Found], None]
"""A check of one line: claim, line, its number from 0. Looks at what lets it end early first."""


Spotless = Callable[[Many], bool]
"""Tells that a check has nothing to say on any of many claims. True is never wrong; False may be."""


class OfLine(NamedTuple):
    """A check of lines of some kinds, with what may spare it, as it nearly always does.

    `fields`: of a line, without which it has nothing to say. `spotless` spares the lines of many claims at once.
    `beside`: fields of a line that `spotless` doesn't look at: it is asked only of claims without any of them.
    """

    kinds: str
    check: LineCheck
    fields: tuple[str, ...] = ()
    spotless: Spotless | None = None
    beside: tuple[str, ...] = ()


class OfClaim(NamedTuple):
    """The same of a claim; `beside_lines` are fields of its lines as `beside` are its own."""

    kinds: str
    check: ClaimCheck
    fields: tuple[str, ...] = ()
    spotless: Spotless | None = None
    beside: tuple[str, ...] = ()
    beside_lines: tuple[str, ...] = ()


ClaimChecks = Sequence[OfClaim | tuple[str, ClaimCheck]]
"""Checks with the kinds they are for, as in Rule; those that nothing spares are a plain pair."""
LineChecks = Sequence[OfLine]

LETTERS = {"professional": "P", "institutional": "I", "dental": "D"}
