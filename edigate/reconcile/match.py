"""Which claim and which line of ours a payment is for. Pure: records in, matches out, never a guess.

Where two of ours fit equally well nothing is matched and the candidates are named, for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from edigate.secrecy import Phi

CUT_AT = 20  # payers that keep only the first 20 characters of CLM01 (the 4010 length)

How = Literal["exact", "folded", "prefix", "none", "ambiguous"]


class OurClaim(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """A claim of ours as matching needs it: the ledger's id and CLM01 as sent."""

    id: int
    patient_control_number: str


class ClaimMatch(msgspec.Struct, frozen=True):
    """The claim found (None: none, or several) and how; candidates are ids, for a person to choose from."""

    id: int | None
    how: How
    candidates: tuple[int, ...] = ()


class ClaimIndex:
    """Our claims, to be found by the number a payer sends back (CLP01, TRN02)."""

    def __init__(self, claims: Iterable[OurClaim]) -> None:
        self._exact: dict[str, list[int]] = {}
        self._folded: dict[str, list[int]] = {}
        self._cut: dict[str, list[int]] = {}
        for claim in claims:
            number = claim.patient_control_number
            folded = _fold(number)
            self._exact.setdefault(number, []).append(claim.id)
            self._folded.setdefault(folded, []).append(claim.id)
            if len(folded) > CUT_AT:
                self._cut.setdefault(folded[:CUT_AT], []).append(claim.id)

    def find(self, number: str) -> ClaimMatch:
        """The claim a number means: as sent, then without case and blanks, then cut by the payer to 20.

        A cut number is only believed where it has exactly the cut's length: a shorter one may well be
        somebody else's whole number.
        """
        folded = _fold(number)
        if not folded:
            return ClaimMatch(None, "none")
        steps: tuple[tuple[How, dict[str, list[int]], str], ...] = (
            ("exact", self._exact, number),
            ("folded", self._folded, folded),
            ("prefix", self._cut, folded),
        )
        for how, index, wanted in steps:
            ids = index.get(wanted, ())
            if len(ids) == 1:
                return ClaimMatch(ids[0], how, (ids[0],))
            if ids:
                return ClaimMatch(None, "ambiguous", tuple(ids))
        return ClaimMatch(None, "none")


def _fold(number: str) -> str:
    return number.strip().casefold()


class OurLine(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """A service line of ours; `charge` in dollars."""

    id: int
    line_item_control_number: str = ""  # REF*6R
    procedure: str = ""
    revenue_code: str = ""  # institutional; alone where the line has no procedure
    modifiers: tuple[str, ...] = ()
    charge: Decimal
    service_date: date | None = None
    units: Decimal | None = None


class PaidLine(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """A service payment. `procedure` is what we billed: SVC06 where the payer recoded, else SVC01.

    It is the revenue code (SVC01-1 NU) where that was billed alone; else `revenue_code` is SVC04.
    """

    line_item_control_number: str = ""
    procedure: str = ""
    revenue_code: str = ""
    modifiers: tuple[str, ...] = ()
    charge: Decimal  # negative in a reversal
    service_date: date | None = None
    units: Decimal | None = None


LineHow = Literal[
    "control number", "split", "exact", "without modifiers", "charge", "without date", "revenue code", "none"
]


class LineMatch(msgspec.Struct, frozen=True):
    """The line found for a service payment, or None."""

    id: int | None
    how: LineHow


def match_lines(paid: Sequence[PaidLine], ours: Sequence[OurLine]) -> list[LineMatch]:
    """For each service payment of one claim payment, the line of ours it is for.

    The control number decides where the payer gives it back, also for the second part of a line the payer
    split. Otherwise procedure, modifiers, date and charge, then without the modifiers, then date and charge
    alone (payers recode without saying so); without a date procedure, modifiers and charge, then revenue code
    and charge. A line of a hospital stay has no date of its own, so that the payer's can't disagree. Where several
    fit, the units billed tell them apart; only one line of ours may be left. Each of ours is matched once. Lines of
    ours that are equal in everything are matched in order: it makes no difference which is which.
    """
    found: list[LineMatch | None] = [None] * len(paid)
    left = {line.id: line for line in ours}
    by_number: dict[str, list[OurLine]] = {}
    for line in ours:
        if number := _fold(line.line_item_control_number):
            by_number.setdefault(number, []).append(line)
    for index, payment in enumerate(paid):
        lines = by_number.get(_fold(payment.line_item_control_number), ())
        if len(lines) == 1:
            line = lines[0]
            found[index] = LineMatch(line.id, "control number" if line.id in left else "split")
            left.pop(line.id, None)
    for how, dated, likeness in _LIKENESS:
        # All of one step before the next: a weaker fit must not take a line that fits another exactly.
        for index, payment in enumerate(paid):
            if found[index] is not None or (dated and payment.service_date is None):
                continue
            wanted = likeness(payment)
            fitting = [
                line
                for line in left.values()
                if likeness(line) == wanted and (dated or None in (payment.service_date, line.service_date))
            ]
            if payment.units is not None and len(fitting) > 1:
                units = abs(payment.units)
                alike = [line for line in fitting if line.units is not None and abs(line.units) == units]
                fitting = alike or fitting
            if fitting and all(_same(line, fitting[0]) for line in fitting):
                found[index] = LineMatch(fitting[0].id, how)
                del left[fitting[0].id]
    return [match or LineMatch(None, "none") for match in found]


def _procedure(line: OurLine | PaidLine) -> str:
    return _code(line.procedure) or _code(line.revenue_code)


def _code(text: str) -> str:
    """A code; three or four digits are a revenue code, and some payers leave its leading zero out."""
    code = text.strip().upper()
    return code.zfill(4) if code.isdigit() and len(code) <= 4 else code


def _revenue(line: OurLine | PaidLine) -> object:
    """The revenue code; without one a line is like none."""
    codes = (_code(line.revenue_code), _code(line.procedure))
    return next((code for code in codes if len(code) == 4 and code.isdigit()), None) or object()


def _modifiers(line: OurLine | PaidLine) -> tuple[str, ...]:
    return tuple(sorted(modifier.strip().upper() for modifier in line.modifiers if modifier.strip()))


# How alike, whether a date is compared, and what else is. A date that both give must agree.
_LIKENESS: tuple[tuple[LineHow, bool, Callable[[OurLine | PaidLine], tuple[Any, ...]]], ...] = (
    ("exact", True, lambda x: (_procedure(x), _modifiers(x), x.service_date, abs(x.charge))),
    ("without modifiers", True, lambda x: (_procedure(x), x.service_date, abs(x.charge))),
    ("charge", True, lambda x: (x.service_date, abs(x.charge))),
    ("without date", False, lambda x: (_procedure(x), _modifiers(x), abs(x.charge))),
    ("revenue code", False, lambda x: (_revenue(x), abs(x.charge))),
)


def _same(one: OurLine, other: OurLine) -> bool:
    return (_procedure(one), one.revenue_code, _modifiers(one), one.service_date, one.charge, one.units) == (
        _procedure(other),
        other.revenue_code,
        _modifiers(other),
        other.service_date,
        other.charge,
        other.units,
    )
