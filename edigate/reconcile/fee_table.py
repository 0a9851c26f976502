"""Which fee a service has: of all that fit the one that says most, for the day of service. Pure.

A fee fits where every column it gives agrees; what it leaves empty holds for any. The more columns it gives the
more it says. Two that say equally much and another amount decide nothing: a tie is told, never settled by order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations, islice, product

import msgspec

from edigate.findings import Finding, Severity, Source
from edigate.reconcile.fees import Fee, fold, joined

_FIELDS = ("payer", "plan", "procedure", "modifiers", "place")
_MODIFIERS = _FIELDS.index("modifiers")
_MOST_TIES = 1000  # told of one table
_REMEMBERED = 50_000  # services whose fees are kept at hand

Key = tuple[str, str, str, str, str]
# What says equally much of a service: for each choice of columns the fees of its modifiers, the first one's first.
Level = list[list[list[Fee]]]


class Service(msgspec.Struct, frozen=True):
    """A service as fees know it. `payers` and `plans` are all its names; modifiers in the claim's order."""

    procedure: str  # the revenue code where there is none
    modifiers: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    place: str = ""


class Choice(msgspec.Struct, frozen=True):
    """The fee of a service: None where none fits, or where `tied` ones contradict each other."""

    fee: Fee | None = None
    tied: tuple[Fee, ...] = ()


_NOTHING = Choice()


class FeeTable:
    """Fees, to be asked for a service and a day."""

    def __init__(self, fees: Iterable[Fee] = ()) -> None:
        self._fees: dict[Key, list[Fee]] = {}
        self._masks: dict[int, list[tuple[int, ...]]] = {}  # by how many columns are given: which
        self._near: dict[Service, list[Level]] = {}
        masks = set()
        for fee in fees:
            key = _key(fee)
            self._fees.setdefault(key, []).append(fee)
            masks.add(_mask(key))
        for mask in sorted(masks):
            self._masks.setdefault(len(mask), []).append(mask)
        given = {_FIELDS[at] for mask in masks for at in mask}
        self.asks_claim = bool(given & {"plan", "place"})  # whether more must be known than the ledger's rows say

    @property
    def empty(self) -> bool:
        """Whether no service has a fee."""
        return not self._fees

    def choose(self, service: Service, day: date | None) -> Choice:
        """The fee of a service on its day (None: not known)."""
        for level in self._candidates(service):
            found: list[Fee] = []
            for alternatives in level:
                # Of the modifiers a claim gives the first that has a fee decides; the others tell, and price nothing.
                holding = ([fee for fee in fees if fee.holds_on(day)] for fees in alternatives)
                found += next(filter(None, holding), [])
            if not found:
                continue
            found = _of_the_first_modifier(found, service)
            if len({(fee.allowed_cents, fee.per) for fee in found}) == 1:
                return Choice(found[0])
            return Choice(None, tuple(found))
        return _NOTHING

    def _candidates(self, service: Service) -> list[Level]:
        """What fits but for the day, by how much it says, the most first."""
        near = self._near.get(service)
        if near is None:
            if len(self._near) >= _REMEMBERED:
                self._near.clear()
            levels = ([*self._level(masks, service)] for _, masks in sorted(self._masks.items(), reverse=True))
            near = self._near[service] = [level for level in levels if level]
        return near

    def _level(self, masks: Sequence[tuple[int, ...]], service: Service) -> Iterator[list[list[Fee]]]:
        values = (
            tuple(map(fold, service.payers)),
            tuple(map(fold, service.plans)),
            (service.procedure.strip().upper(),),
            _alternatives(service.modifiers),
            (service.place.strip(),),
        )
        for mask in masks:
            for names in product(*(values[at] if at in mask else ("",) for at in (0, 1, 2, 4))):
                payer, plan, procedure, place = names
                if any(not name for at, name in zip((0, 1, 2, 4), names, strict=True) if at in mask):
                    continue  # a fee for one plan isn't for a claim that names none
                named = values[_MODIFIERS] if _MODIFIERS in mask else ("",)
                fitting = [fees for one in named if (fees := self._fees.get((payer, plan, procedure, one, place)))]
                if fitting:
                    yield fitting

    def ties(self) -> Iterator[Finding]:
        """Fees that stand twice, and pairs that fit the same service, say equally much and other amounts."""
        yield from islice(self._contradictions(), _MOST_TIES)

    def _contradictions(self) -> Iterator[Finding]:
        for fees in self._fees.values():
            longest, *rest = sorted(fees, key=lambda fee: (fee.first or date.min, fee.row))
            for fee in rest:
                if _overlap(longest, fee):
                    yield _same_key(longest, fee)
                longest = max(longest, fee, key=lambda one: one.last or date.max)
        for masks in self._masks.values():
            for one, other in combinations(masks, 2):
                yield from self._between(one, other)

    def _between(self, one: tuple[int, ...], other: tuple[int, ...]) -> Iterator[Finding]:
        shared = [at for at in one if at in other]
        by_shared: dict[tuple[str, ...], list[Fee]] = {}
        for key, fees in self._fees.items():
            if _mask(key) == one:
                by_shared.setdefault(tuple(key[at] for at in shared), []).extend(fees)
        for key, fees in self._fees.items():
            if _mask(key) != other:
                continue
            for fee in fees:
                for rival in by_shared.get(tuple(key[at] for at in shared), ()):
                    if _overlap(fee, rival) and (fee.allowed_cents, fee.per) != (rival.allowed_cents, rival.per):
                        yield _tie(rival, fee)


def _of_the_first_modifier(found: list[Fee], service: Service) -> list[Fee]:
    """Fees for the first of the claim's modifiers that has any, and those for any modifier."""
    order = {name: at for at, name in enumerate(_alternatives(service.modifiers))}
    first = min((order[fee.modifiers] for fee in found if fee.modifiers), default=0)
    return [fee for fee in found if not fee.modifiers or order[fee.modifiers] == first]


def _key(fee: Fee) -> Key:
    return fee.payer, fee.plan, fee.procedure, fee.modifiers, fee.place


def _mask(key: Key) -> tuple[int, ...]:
    return tuple(at for at, value in enumerate(key) if value)


def _alternatives(modifiers: Sequence[str]) -> tuple[str, ...]:
    """How a fee may name a line's modifiers: all of them, else one, the claim's first before its next."""
    single = [modifier.strip().upper() for modifier in modifiers if modifier.strip()]
    return tuple(dict.fromkeys([joined(single), *single])) if single else ()


def _overlap(one: Fee, other: Fee) -> bool:
    return (one.first or date.min) <= (other.last or date.max) and (other.first or date.min) <= (one.last or date.max)


def _same_key(one: Fee, other: Fee) -> Finding:
    same = (one.allowed_cents, one.per) == (other.allowed_cents, other.per)
    what = "with the same amount" if same else "with another amount, so neither is believed where both hold"
    severity = Severity.WARNING if same else Severity.ERROR
    return _told("fee-duplicate", f"stands in {one.source} already, {what}", other, severity)


def _tie(one: Fee, other: Fee) -> Finding:
    message = f"says as much as {one.source} and another amount: fill in a column of one, so that it says more"
    return _told("fee-tie", message, other, Severity.ERROR)


def _told(code: str, message: str, fee: Fee, severity: Severity) -> Finding:
    return Finding(code=code, message=message, severity=severity, sources=(Source(fee.file, fee.row),))
