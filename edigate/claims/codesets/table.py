"""One edition of a code set: its text form, and the answer to "is this code valid on that day?".

Knows the form that shipped and imported editions have alike. Refuses to know where one is kept, which sets
there are (`sets`), and how their publishers lay them out (`layouts`).

The form is text, one code a line, sorted, so that a person can read it and a tool compare two editions:

    edigate code set 1
    set: icd-10-cm
    edition: ...                  what people call it
    source: ... / licence: ...
    periods: 2024-10-01..2025-09-30 2025-10-01..     what it speaks for, open at the end where that isn't known
    rows: 2

    A00<tab><tab><tab>H<tab>Cholera           code, first day, last day, H where it can't be billed, words
    A000<tab><tab>2025-09-30<tab><tab>Cholera due to ...

An empty first day: valid since before the edition's periods. A code may have several lines (its days and its
being billable change); where one line says billable on a day, it is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

import msgspec

from edigate.errors import StorageError

_FIRST_LINE = "edigate code set 1"
_KEYS = ("set", "edition", "source", "licence", "periods", "rows")
_HEADER = "H"
_TAB = "\t"
_TABS = 4


class Status(StrEnum):
    """What a code set says of a code on a day."""

    VALID = "valid"
    UNKNOWN = "unknown"
    NOT_EFFECTIVE = "not effective"  # known, but not on that day
    NOT_BILLABLE = "not billable"  # a heading: a longer code says which one is meant
    NO_TABLE = "no table"  # the set isn't here; only the form of its codes is known


class Row(NamedTuple):
    """A line of an edition. `start` and `end` are its first and last day; None: no such bound."""

    code: str
    description: str = ""
    start: date | None = None
    end: date | None = None
    billable: bool = True


class Period(NamedTuple):
    """Days an edition speaks for with certainty, both included; `end` is date.max where it is open."""

    start: date
    end: date = date.max


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What an edition says of itself. Without periods it is certain of no day (a list that bears no date)."""

    set: str
    edition: str
    source: str
    licence: str
    periods: tuple[Period, ...] = ()
    rows: int = 0

    def certain(self, on: date) -> bool:
        """Whether the edition speaks for that day."""
        return any(period.start <= on <= period.end for period in self.periods)

    def open_at(self, day: date) -> bool:
        """Whether a day is the edge of a time that the edition doesn't speak for: what began or ended there may have
        done so at any day of it, as no year in between is known."""
        after = any(period.end != date.max and period.end + timedelta(days=1) == day for period in self.periods)
        before = any(period.start != date.min and period.start - timedelta(days=1) == day for period in self.periods)
        return (after or before) and not self.certain(day)

    @property
    def effective(self) -> date:
        """The first day it speaks for."""
        return min((period.start for period in self.periods), default=date.min)

    @property
    def until(self) -> date:
        """The last day it speaks for; date.max where that isn't known yet."""
        return max((period.end for period in self.periods), default=date.max)


class Answer(NamedTuple):
    """What is known of a code on a day.

    `start` and `end` are the days it is valid, None where unbounded; with `start_open` it began at that day at the
    earliest, with `end_open` it ended then at the latest, in a year that no edition here is of. `certain` is whether
    the edition speaks for the day at all: where it doesn't, an unknown code may be one of another year.
    """

    status: Status
    description: str = ""
    start: date | None = None
    end: date | None = None
    certain: bool = False
    edition: str = ""
    start_open: bool = False
    end_open: bool = False


class _Span(NamedTuple):
    start: date
    end: date
    billable: bool
    description: str


class Table:
    """The codes of one edition in memory. A line is taken apart when its code is first asked for."""

    def __init__(self, heading: Heading) -> None:
        self.heading = heading
        self.lines = 0
        self._spans: dict[str, str | tuple[_Span, ...]] = {}
        self._always: set[str] = set()  # of those asked for, the ones without any bound: nearly all
        self._sorted: list[str] | None = None

    def add(self, line: str) -> None:
        """Take in a line of the text form."""
        self.lines += 1
        code, _, rest = line.partition(_TAB)
        before = self._spans.get(code)
        self._spans[code] = f"{before}\n{rest}" if isinstance(before, str) else rest

    def codes(self) -> Iterable[str]:
        """Every code, headings and ended ones too."""
        return self._spans.keys()

    def __contains__(self, code: str) -> bool:
        return code in self._spans

    def valid(self, code: str, on: date) -> bool:
        """Whether a code may be billed on a day: the question asked for every code of every claim."""
        if code in self._always:
            return True
        for span in self._of(code):  # noqa: SIM110  # `any` with a generator takes three times as long
            if span.billable and span.start <= on <= span.end:
                return True
        return False

    def throughout(self, codes: Collection[str], first: date, last: date) -> bool:
        """Whether each of some codes may be billed on every day from the first to the last, by one of its spans."""
        if self._always.issuperset(codes):
            return True
        return all(
            any(span.billable and span.start <= first and last <= span.end for span in self._of(code)) for code in codes
        )

    def answer(self, code: str, on: date) -> Answer:
        """Everything known of a code on a day."""
        spans, certain = self._of(code), self.heading.certain(on)
        if not spans:
            return Answer(Status.UNKNOWN, certain=certain, edition=self.heading.edition)
        then = [span for span in spans if span.start <= on <= span.end]
        span = next((each for each in then if each.billable), then[0] if then else spans[-1])
        status = Status.NOT_EFFECTIVE if not then else Status.VALID if span.billable else Status.NOT_BILLABLE
        start = min(each.start for each in spans) if not then else span.start
        end = max(each.end for each in spans) if not then else span.end
        return Answer(
            status,
            span.description,
            _bound(start),
            _bound(end),
            certain,
            self.heading.edition,
            self.heading.open_at(start),
            self.heading.open_at(end),
        )

    def below(self, code: str, on: date, most: int) -> list[str]:
        """Longer codes that begin with a code and may be billed on a day, in order."""
        if self._sorted is None:
            self._sorted = sorted(self._spans)
        found = islice(self._sorted, bisect_left(self._sorted, code), None)
        longer: list[str] = []
        for each in found:
            if not each.startswith(code) or len(longer) == most:
                break
            if each != code and self.valid(each, on):
                longer.append(each)
        return longer

    def _of(self, code: str) -> tuple[_Span, ...]:
        found = self._spans.get(code, ())
        if isinstance(found, str):
            found = self._spans[code] = tuple(map(_span, found.split("\n")))
            if any(span.billable and span.start == date.min and span.end == date.max for span in found):
                self._always.add(code)
        return found


def write(heading: Heading, rows: Iterable[Row]) -> str:
    """An edition as text; its rows sorted, the heading's count set."""
    lines = sorted(_line(row) for row in rows)
    values = {
        "set": heading.set,
        "edition": heading.edition,
        "source": heading.source,
        "licence": heading.licence,
        "periods": " ".join(f"{period.start}..{_text(_bound(period.end))}" for period in heading.periods),
        "rows": str(len(lines)),
    }
    said = [f"{key}: {_plain(value)}".rstrip() for key, value in values.items()]
    return "\n".join([_FIRST_LINE, *said, "", *lines, ""])


def read_heading(lines: Iterable[str], name: str) -> Heading:
    """The heading, from the first lines of an edition. `name` is the file, for StorageError."""
    head = list(islice((line.rstrip("\n") for line in lines), len(_KEYS) + 2))
    said = {key: value.strip() for key, _, value in (line.partition(":") for line in head[1:-1])}
    if len(head) != len(_KEYS) + 2 or head[0] != _FIRST_LINE or head[-1] or tuple(said) != _KEYS:
        raise _damaged(name)
    try:
        periods, rows = tuple(map(_period, said.pop("periods").split())), int(said.pop("rows"))
    except ValueError:
        raise _damaged(name) from None
    return Heading(**said, periods=periods, rows=rows)


def read(lines: Iterable[str], name: str) -> Table:
    """An edition from its lines. Raises StorageError where it was cut short or isn't one."""
    following = iter(lines)
    table = Table(read_heading(following, name))
    for line in following:
        if line.count(_TAB) != _TABS or not line.endswith("\n"):
            raise _damaged(name)
        table.add(line[:-1])
    if table.lines != table.heading.rows:
        raise _damaged(name)
    return table


def _line(row: Row) -> str:
    header = "" if row.billable else _HEADER
    return _TAB.join((row.code, _text(row.start), _text(row.end), header, _plain(row.description)))


def _span(rest: str) -> _Span:
    start, end, header, description = rest.split(_TAB, 3)
    return _Span(
        date.fromisoformat(start) if start else date.min,
        date.fromisoformat(end) if end else date.max,
        header != _HEADER,
        description,
    )


def _period(text: str) -> Period:
    start, _, end = text.partition("..")
    return Period(date.fromisoformat(start), date.fromisoformat(end) if end else date.max)


def _bound(day: date) -> date | None:
    return None if day in (date.min, date.max) else day


def _text(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _plain(text: str) -> str:
    """The text on one line, without tabs."""
    return " ".join(text.split())


def _damaged(name: str) -> StorageError:
    return StorageError(f"{name} isn't a whole code set", hint="Remove it, and import the publisher's file again.")
