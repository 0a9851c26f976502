"""What a payer should allow for a service: its fee, else what it allowed for the same before. Pure; whole cents.

Knows fees and earlier amounts; not what was paid this time, nor what to call a difference (`categories.py`).
What is not reckoned with: reductions for several or bilateral procedures that a table doesn't name by modifier,
base units and minutes of anesthesia, prices of a stay (DRG, APC).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache

import msgspec

from edigate.reconcile.fees import Fee

THOUSAND = 1000
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
    """How payments are compared: the tolerance, how many earlier ones history takes (`last`) and needs (`least`)."""

    tolerance: Tolerance = Tolerance()
    least: int = 5
    last: int = 50  # 0: history is never asked


class Expected(msgspec.Struct, frozen=True, gc=False):
    """What should be allowed, in cents; `sample` is how many earlier payments say so, 0 for a fee."""

    cents: int
    basis: Basis
    sample: int = 0
    source: str = ""  # where the fee stands


@lru_cache(maxsize=4096)
def thousandths(units: str) -> int:
    """Units in thousandths; one unit where the text says none or nothing that counts."""
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
    return _divided(allowed_cents * THOUSAND * _FINE, thousandths(units))


class History:
    """What a payer allowed for each kind of service, day by day; the order of adding makes no difference.

    A line is judged by payments of its own day and earlier ones, never by its own: a raise must not turn what was
    paid before it into a shortfall. Days are ordinals (`date.toordinal`).
    """

    def __init__(self) -> None:
        self._days: dict[tuple[str, ...], dict[int, Counter[int]]] = {}
        self._order: dict[tuple[str, ...], list[int]] = {}
        self._windows: dict[tuple[tuple[str, ...], int, int], Counter[int]] = {}

    def add(self, kind: tuple[str, ...], day: int, rate: int, times: int = 1) -> None:
        """So many lines of a kind were allowed this rate in a payment of this day."""
        days = self._days.setdefault(kind, {})
        days.setdefault(day, Counter())[rate] += times
        self._order.clear()
        self._windows.clear()

    def expected(self, kind: tuple[str, ...], day: int, own: int, units: str, rules: Rules) -> Expected | None:
        """What a line that was allowed the rate `own` on a day should have been allowed, by all the others.

        The commonest rate, where it is at least half of them; else the median. None where there are too few.
        """
        if not rules.last or kind not in self._days:
            return None
        window = self._window(kind, day, rules.last)
        total = window.total() - (1 if window[own] else 0)
        if total < max(rules.least, 1):
            return None
        rates = Counter(window)
        if rates[own]:
            rates[own] -= 1
        commonest, times = max(rates.items(), key=lambda one: (one[1], -one[0]))
        usual = commonest if 2 * times >= total else _median(rates, total)
        return Expected(_divided(usual * thousandths(units), THOUSAND * _FINE), Basis.HISTORY, total)

    def _window(self, kind: tuple[str, ...], day: int, last: int) -> Counter[int]:
        """The newest days up to `day`, as many as hold `last` payments; a day counts whole."""
        known = self._windows.get((kind, day, last))
        if known is not None:
            return known
        if kind not in self._order:
            self._order[kind] = sorted(self._days[kind])
        order, days = self._order[kind], self._days[kind]
        window: Counter[int] = Counter()
        for at in range(bisect_right(order, day) - 1, -1, -1):
            window.update(days[order[at]])
            if window.total() >= last:
                break
        self._windows[kind, day, last] = window
        return window


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
