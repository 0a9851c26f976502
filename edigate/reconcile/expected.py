"""What a payer should allow for a service: its fee, else what it allowed for the same before. Pure; whole cents.

Knows fees and earlier amounts; not what was paid this time, nor what to call a difference (`categories.py`).
What is not reckoned with: reductions for several or bilateral procedures that a table doesn't name by modifier,
base units and minutes of anesthesia, prices of a stay (DRG, APC).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache

import msgspec

from edigate.reconcile.fees import Fee

THOUSAND = 1000
Kind = tuple[str, str, str]  # payer, procedure (or revenue code), modifiers
_FINE = 100  # history is kept in hundredths of a cent a unit: three units of 100.00 are 33.3333 each


class Basis(StrEnum):
    """What an expected amount rests on."""

    FEES = "fee table"
    HISTORY = "history"


class Tolerance(msgspec.Struct, frozen=True):
    """A difference up to the larger of the two is none: cents, or a percentage of what is expected."""

    cents: int = 0
    percent: int = 0

    def margin(self, expected_cents: int) -> int:
        return max(self.cents, expected_cents * self.percent // 100)


class Rules(msgspec.Struct, frozen=True):
    """How payments are compared: the tolerance; of how many days with payments for the same service history is made
    (`last`), and how many lines those must hold (`least`)."""

    tolerance: Tolerance = Tolerance()
    least: int = 5
    last: int = 20  # 0: history is never asked


class Expected(msgspec.Struct, frozen=True, gc=False):
    """What should be allowed, in cents; `sample` is on how many earlier lines it rests, 0 for a fee."""

    cents: int
    basis: Basis
    sample: int = 0
    source: str = ""  # where the fee stands


@lru_cache(maxsize=4096)
def thousandths(units: str) -> int:
    """Units in thousandths; one unit where the text says none, or nothing that counts."""
    try:
        found = int(Decimal(units) * THOUSAND) if units else THOUSAND
    except (InvalidOperation, OverflowError, ValueError):
        return THOUSAND
    return found if 0 < found < 10**9 else THOUSAND


def by_fee(fee: Fee, procedure: str, units: str, charge_cents: int) -> Expected | None:
    """What a fee allows for a line: for each unit, or for the line; never more than was charged for it.

    None for anesthesia where the fee doesn't say of what it is: minutes are billed, and other units paid.
    """
    if not fee.per and is_anesthesia(procedure):
        return None
    cents = fee.allowed_cents if fee.per == "line" else _divided(fee.allowed_cents * thousandths(units), THOUSAND)
    return Expected(min(cents, charge_cents), Basis.FEES, 0, fee.source)


def is_anesthesia(procedure: str) -> bool:
    """CPT 00100 to 01999: its time is billed in minutes."""
    return len(procedure) == 5 and procedure.isdigit() and procedure < "02000"


def rate(allowed_cents: int, units: str) -> int:
    """What was allowed for each unit, as history keeps it."""
    if units in ("1", ""):
        return allowed_cents * _FINE
    return _divided(allowed_cents * THOUSAND * _FINE, thousandths(units))


class Rates(msgspec.Struct, frozen=True):
    """What was allowed for a kind of service: by day (ordinal) each rate, and how often."""

    kind: Kind
    days: dict[int, dict[int, int]]


class History:
    """What a payer allowed for each kind of service, day by day; the order of adding within a day makes no difference.

    A line is judged by payments of earlier days alone, never by its own or a later one: a raise must not turn what
    was paid before it into a shortfall. Days are ordinals (`date.toordinal`).
    """

    def __init__(self) -> None:
        self._days: dict[Kind, dict[int, Counter[int]]] = {}
        self._usual: dict[tuple[Kind, int, int], tuple[int, int]] = {}  # kind, day, `last`: rate, how many say so
        self._asked = 0  # the newest day asked for: what is older is final

    @classmethod
    def of(cls, days: Iterable[Rates]) -> History:
        """A history of what `rates` gave."""
        made = cls()
        made._days = {one.kind: {day: Counter(rates) for day, rates in one.days.items()} for one in days}
        return made

    def rates(self, days: int) -> list[Rates]:
        """What is known of the newest so many days of each kind, to be kept."""
        return [
            Rates(kind, {day: dict(of_kind[day]) for day in sorted(of_kind)[-days:]})
            for kind, of_kind in self._days.items()
        ]

    def add(self, kind: Kind, day: int, rate: int) -> None:
        """A line of a kind was allowed this rate in a payment of this day."""
        if day < self._asked:
            self._usual.clear()
        days = self._days.get(kind)
        if days is None:
            days = self._days[kind] = {}
        rates = days.get(day)
        if rates is None:
            rates = days[day] = Counter()
        rates[rate] += 1

    def expected(self, kind: Kind, day: int, units: str, rules: Rules) -> Expected | None:
        """What a line paid on a day should have been allowed, by what was allowed before. None: too few were.

        The commonest rate, where it is at least half of them (the lower of two); else the median.
        """
        known = self._usual.get((kind, day, rules.last))
        if known is None:
            self._asked = max(self._asked, day)
            known = self._usual[kind, day, rules.last] = _usual(self._days.get(kind, {}), day, rules.last)
        usual, sample = known
        if sample < max(rules.least, 1):
            return None
        return Expected(_divided(usual * thousandths(units), THOUSAND * _FINE), Basis.HISTORY, sample)


def _usual(days: dict[int, Counter[int]], day: int, last: int) -> tuple[int, int]:
    """The usual rate of the `last` days before one, and how many lines they hold."""
    window: Counter[int] = Counter()
    for earlier in sorted((one for one in days if one < day), reverse=True)[:last]:
        window.update(days[earlier])
    total = window.total()
    if not total:
        return 0, 0
    commonest, times = min(window.items(), key=lambda one: (-one[1], one[0]))
    return (commonest if 2 * times >= total else _median(window, total)), total


def _median(rates: Counter[int], total: int) -> int:
    """The lower median."""
    seen = 0
    for value in sorted(rates):
        seen += rates[value]
        if 2 * seen >= total:
            return value
    raise ValueError("no rate")


def _divided(number: int, by: int) -> int:
    """Divided and rounded, halves up: whole cents of an amount that isn't."""
    return (2 * number + by) // (2 * by)
