"""How long what is kept: ages by kind, as `[retention]` of edigate.toml has them. Knows no file and no clock.

    [retention]
    remittances = "10 years"
    others = "400 days"

A kind that isn't named is kept for ever. Ages below a kind's floor need `allow_short`: laws ask for years, and what
was purged doesn't come back.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from edigate.partners.model import Setting
from edigate.settings import Problem

Kind = Literal["encounters", "claim_files", "remittances", "acknowledgments", "bank_files", "others", "claims"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_AGE = re.compile(r"([1-9][0-9]{0,3}) (day|month|year)s?")
_EXPECTED = 'expected an age such as "7 years", "18 months" or "400 days"'


class Age(NamedTuple):
    """So many days, months or years."""

    number: int
    unit: str  # day, month, year

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"

    def before(self, day: date) -> date:
        """The last day that is so old on `day`: seven years before February 29 is February 28."""
        if self.unit == "day":
            return day - timedelta(days=min(self.number, (day - date.min).days))
        months = day.year * 12 + day.month - 1 - self.number * (12 if self.unit == "year" else 1)
        if months < 12:
            return date.min
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# What is shorter is hardly meant: HIPAA wants six years of what documents security (45 CFR 164.316(b)(2)(i)), payers
# and auditors ask for as much of the rest.
SIX_YEARS, ONE_YEAR = Age(6, "year"), Age(1, "year")
FLOORS: dict[Kind, Age] = {kind: ONE_YEAR if kind == "others" else SIX_YEARS for kind in KINDS}


class Retention(Setting, frozen=True, kw_only=True):
    """After which age what is purged; empty: never."""

    encounters: str = ""  # extracts that were converted
    claim_files: str = ""  # 837s sent, or received
    remittances: str = ""  # 835s
    acknowledgments: str = ""  # TA1, 999, 997, 277CA and 277, received and sent
    bank_files: str = ""
    others: str = ""  # reports, zips, empty files, what nobody knows
    claims: str = ""  # persons in the ledger's own records of claims
    nightly: bool = False  # purge at the end of a night, unasked
    allow_short: bool = False  # take ages below the floors

    def ages(self) -> dict[Kind, Age]:
        """The kinds that have an age. For settings found good."""
        found = {kind: parsed(getattr(self, kind)) for kind in KINDS}
        return {kind: age for kind, age in found.items() if age is not None}


def parsed(text: str) -> Age | None:
    """An age from its words, None where it is none."""
    found = _AGE.fullmatch(text.strip())
    return Age(int(found[1]), found[2]) if found else None


def problems(retention: Retention) -> Iterator[Problem]:
    """What can't be meant: no ages, ages below the floor that nobody allowed, a nightly purge of nothing."""
    some_day = date(2028, 1, 1)
    for kind in KINDS:
        text = getattr(retention, kind)
        age = parsed(text)
        if text and age is None:
            yield Problem(f"retention.{kind}", f"{_EXPECTED}, or nothing")
        elif age is not None and not retention.allow_short and age.before(some_day) > FLOORS[kind].before(some_day):
            floor = FLOORS[kind]
            told = f"{age} is less than {floor}: what is purged doesn't come back. If you know that no law, contract or"
            yield Problem(f"retention.{kind}", f"{told} audit asks for it longer, set retention.allow_short = true")
    if retention.nightly and not any(getattr(retention, kind) for kind in KINDS):
        yield Problem("retention.nightly", "no kind has an age, so that nothing would be purged")
