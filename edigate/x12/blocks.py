"""A set's segments in blocks, of elements or of text: what reads values needs neither a segment's number nor its byte.

Knows what ends a block. Refuses to know what a segment means.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Iterator
from functools import cache

from edigate.x12.segments import Accept, Delimiters, Segment

Skim = Callable[[Accept], None]

_NOT_IN_A_BODY = frozenset(("ISA", "GS", "TA1", "GE", "IEA", "ST", "SE", ""))  # no segment at all: empty
_NAME: Callable[[list[str]], str] = operator.itemgetter(0)


class Body:
    """The segments of one set, ST to SE, to be read once: one by one, or many at a time as `blocks` or `texts`."""

    __slots__ = ("_delimiters", "_longest", "_segments", "_skim")

    def __init__(self, segments: Iterator[Segment], delimiters: Delimiters, skim: Skim | None, longest: int) -> None:
        self._segments = segments
        self._delimiters = delimiters
        self._skim = skim
        self._longest = longest

    def __iter__(self) -> Iterator[Segment]:
        return self._segments

    def __next__(self) -> Segment:
        return next(self._segments)

    def blocks(self) -> Iterator[list[list[str]]]:
        """What is still to be read, as elements without their places; a reader of values needs no more."""
        if self._skim is None:
            while rows := [segment.elements for segment in itertools.islice(self._segments, 256)]:
                yield rows
            return
        size = 16  # small sets must not pay for what stands behind them: the first block looks but a little ahead
        for segment in self._segments:
            yield [segment.elements]
            if segment.elements[0] == "SE":
                continue
            while rows := self._ready(self._skim, size):
                yield rows
                size = min(4 * size, 256)

    def _ready(self, skim: Skim, size: int) -> list[list[str]]:
        rows: list[list[str]] = []

        def accept(texts: list[str], at: int, locate: Callable[[int], int]) -> int:
            chunk = texts[at : at + size]
            joined = "".join(chunk)
            if not joined.isascii() or len(joined) > self._longest:
                chunk = list(itertools.takewhile(lambda text: text.isascii() and len(text) <= self._longest, chunk))
            separator = self._delimiters.element
            rows.extend([text.split(separator) for text in chunk])
            names = list(map(_NAME, rows))
            # Blanks before a segment, or an ISA with separators of its own: no name is only letters and digits.
            if not _NOT_IN_A_BODY.isdisjoint(names) or not "".join(names).isalnum():
                rows[:] = itertools.takewhile(lambda row: row[0].isalnum() and row[0] not in _NOT_IN_A_BODY, rows)
            return at + len(rows)

        skim(accept)
        return rows

    def texts(self) -> Iterator[list[str]]:
        """What is still to be read, each segment as text without its terminator; for who looks at few of them."""
        separator = self._delimiters.element
        size = 16
        for segment in self._segments:
            yield [separator.join(segment.elements)]
            if self._skim is None or segment.elements[0] == "SE":
                continue
            while texts := self._ready_texts(self._skim, size):
                yield texts
                size = min(4 * size, 1024)

    def _ready_texts(self, skim: Skim, size: int) -> list[str]:
        taken: list[str] = []

        def accept(texts: list[str], at: int, locate: Callable[[int], int]) -> int:
            taken[:] = texts[at : at + size]
            terminator = self._delimiters.segment
            joined = terminator.join(["", *taken])
            if not joined.isascii() or (len(joined) > self._longest and max(map(len, taken)) > self._longest):
                chunk = itertools.takewhile(lambda text: text.isascii() and len(text) <= self._longest, taken)
                taken[:] = chunk
                joined = terminator.join(["", *taken])
            odd = _needs_care(self._delimiters.element, terminator).search(joined)
            if odd is not None:
                del taken[joined.count(terminator, 0, odd.start()) :]
            return at + len(taken)

        skim(accept)
        return taken


@cache
def _needs_care(separator: str, terminator: str) -> re.Pattern[str]:
    """A segment that isn't of a set's body, or whose name isn't two or three letters and digits."""
    outside = "|".join(sorted(_NOT_IN_A_BODY - {""}))
    end, apart = re.escape(terminator), re.escape(separator)
    over = f"(?:{apart}|{end}|\\Z)"
    return re.compile(f"{end}(?:(?:{outside}){over}|(?![A-Z][A-Z0-9]{{1,2}}{over}))")
