"""A set's segments in blocks of elements: what reads values needs neither a segment's number nor its byte.

Knows what ends a block. Refuses to know what a segment means.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator

from edigate.x12.segments import Accept, Segment

Skim = Callable[[Accept], None]

_NOT_IN_A_BODY = frozenset(("ISA", "GS", "TA1", "GE", "IEA", "ST", "SE", ""))  # no segment at all: empty
_NAME: Callable[[list[str]], str] = operator.itemgetter(0)


class Body:
    """The segments of one set, ST to SE, to be read once: one by one, or many at a time as `blocks`."""

    __slots__ = ("_longest", "_segments", "_separator", "_skim")

    def __init__(self, segments: Iterator[Segment], separator: str, skim: Skim | None, longest: int) -> None:
        self._segments = segments
        self._separator = separator
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
            separator = self._separator
            rows.extend([text.split(separator) for text in chunk])
            names = list(map(_NAME, rows))
            # Blanks before a segment, or an ISA with separators of its own: no name is only letters and digits.
            if not _NOT_IN_A_BODY.isdisjoint(names) or not "".join(names).isalnum():
                rows[:] = itertools.takewhile(lambda row: row[0].isalnum() and row[0] not in _NOT_IN_A_BODY, rows)
            return at + len(rows)

        skim(accept)
        return rows
