"""The code sets at hand: what ships, what pyx12 has, what a practice imported; and which edition speaks on a day.

Refuses to know where imported editions are kept: whoever opens the workspace hands them in. Tables are
loaded when first asked, and stay.
"""

from __future__ import annotations

import functools
import lzma
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import date, timedelta
from importlib.resources import files
from io import TextIOWrapper
from itertools import pairwise

import msgspec

from edigate.claims.codesets.near import near
from edigate.claims.codesets.sets import SETS, bare
from edigate.claims.codesets.table import Answer, Heading, Row, Status, Table, read, read_heading, write
from edigate.x12 import guide_cache

_SHIPPED = ("icd-10-cm.txt.xz", "place-of-service.txt")


class Edition:
    """One edition of a set; `lines` gives its text from the beginning, as often as asked."""

    def __init__(self, heading: Heading, name: str, lines: Callable[[], Iterable[str]], *, imported: bool) -> None:
        self.heading = heading
        self.name = name
        self.imported = imported
        self.lines = lines

    @functools.cached_property
    def table(self) -> Table:
        """Its codes. Raises StorageError where the file is damaged."""
        return read(self.lines(), self.name)


class Codes:
    """Every code set with its editions. A question names the set, the code as a claim has it, and the day.

    Of a set's editions the newest answers that speaks for the day; where none does, the nearest, and then no
    answer is `certain`. `imported` come before what ships.
    """

    def __init__(self, imported: Iterable[Edition] = ()) -> None:
        self._editions: dict[str, list[Edition]] = {}
        for edition in (*shipped(), *imported):
            self._editions.setdefault(edition.heading.set, []).append(edition)
        for name, editions in self._editions.items():
            self._editions[name] = _bounded(editions)
        self._days: dict[date, Day] = {}

    def editions(self, name: str) -> list[Edition]:
        """The editions of a set, oldest first; none where only the form of its codes is known."""
        return self._editions.get(name, [])

    def on(self, day: date) -> Day:
        """The tables that speak for a day, by set. Remembered: it is asked for every line of every claim."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = Day(self, day)
        return found

    def table(self, name: str, on: date) -> Table | None:
        """The codes of a set that speak for a day, None where there are none."""
        return self.on(on)[name]

    def lookup(self, name: str, code: str, on: date) -> Answer:
        """What a set says of a code on a day; NO_TABLE where the set isn't here."""
        table = self.table(name, on)
        if table is None:
            return Answer(Status.NO_TABLE)
        answer = table.answer(code, on)
        if answer.status is not Status.UNKNOWN:
            return answer
        return self._of_another_year(name, code, on, table) or answer

    def longer(self, name: str, code: str, on: date, *, most: int = 5) -> list[str]:
        """Codes that say more than a heading does, in order."""
        table = self.table(name, on)
        return table.below(code, on, most) if table is not None else []

    def near(self, name: str, code: str, on: date) -> list[str]:
        """Valid codes that may have been meant by one that isn't."""
        table = self.table(name, on)
        if table is None:
            return []
        return near(bare(name, code), lambda candidate: table.valid(candidate, on))

    def edition(self, name: str, on: date) -> Edition | None:
        """The edition that answers for a day: the newest that speaks for it, else one with years on both sides of
        it, else the one before, else the first."""
        editions = self._editions.get(name, [])
        speaking = [each for each in editions if each.heading.certain(on)]
        around = [each for each in editions if each.heading.effective <= on <= each.heading.until]
        before = [each for each in editions if each.heading.effective <= on]
        return next((found[-1] for found in (speaking, around, before) if found), editions[0] if editions else None)

    def _of_another_year(self, name: str, code: str, on: date, table: Table) -> Answer | None:
        """A code that the day's edition lacks and another has: it came later, or has gone."""
        for edition in reversed(self._editions[name]):
            if edition.table is table or code not in edition.table:
                continue
            there, other = edition.table.answer(code, on), edition.heading
            start = max(there.start or date.min, other.effective) if other.effective > on else None
            end = min(there.end or date.max, other.until) if other.until < on else None
            if there.status is Status.NOT_EFFECTIVE and start is None and end is None:
                start, end = there.start, there.end
            certain = table.heading.certain(on)
            return Answer(Status.NOT_EFFECTIVE, there.description, start, end, certain, other.edition)
        return None


class Day(dict[str, Table | None]):
    """The table of each set on one day; None where the set isn't here. Tables are chosen when first asked for."""

    def __init__(self, codes: Codes, day: date) -> None:
        super().__init__()
        self._codes, self._day = codes, day

    def __missing__(self, name: str) -> Table | None:
        edition = self._codes.edition(name, self._day)
        table = self[name] = edition.table if edition is not None else None
        return table


def _bounded(editions: list[Edition]) -> list[Edition]:
    """Editions in order, each imported one ending where the next begins."""
    ordered = sorted(editions, key=lambda edition: (edition.imported, edition.heading.effective))
    own = [edition for edition in ordered if edition.imported]
    for edition, after in pairwise(own):
        last = after.heading.effective - timedelta(days=1)
        if edition.heading.until > last:
            periods = tuple(period._replace(end=min(period.end, last)) for period in edition.heading.periods)
            edition.heading = msgspec.structs.replace(edition.heading, periods=periods)
    return ordered


@functools.cache
def shipped() -> tuple[Edition, ...]:
    """The editions that come with edigate, and those that pyx12 brings."""
    own = (_edition(name) for name in _SHIPPED)
    lent = (_lent(each.name, each.pyx12) for each in SETS.values() if each.pyx12)
    return (*own, *lent)


def _edition(name: str) -> Edition:
    lines = functools.partial(_lines, name)
    with closing(lines()) as beginning:
        heading = read_heading(beginning, name)
    return Edition(heading, name, lines, imported=False)


def _lines(name: str) -> Generator[str, None, None]:
    # Line by line: unpacked in one go the table would need its size three times.
    with files("edigate.claims.codesets").joinpath("data", name).open("rb") as packed:
        stream = lzma.LZMAFile(packed) if name.endswith(".xz") else packed  # noqa: SIM115  # closed with the text
        with TextIOWrapper(stream, "utf-8", newline="\n") as text:
            yield from text


def _lent(name: str, list_name: str) -> Edition:
    heading = Heading(set=name, edition="undated", source="pyx12, codes.xml", licence=SETS[name].licence)

    def lines() -> Iterator[str]:
        codes = guide_cache.code_sets().get(list_name, frozenset())
        yield from write(heading, [Row(code) for code in codes]).splitlines(keepends=True)

    return Edition(heading, f"pyx12's {list_name}", lines, imported=False)
