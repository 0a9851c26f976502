"""A set's segments in blocks of text: what reads values needs neither a segment's number nor its byte.

Knows what ends a block. Refuses to know what a segment means.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from functools import cache

from edigate.x12.segments import Accept, Delimiters, Segment

Skim = Callable[[Accept], None]

_NOT_IN_A_BODY = ("ISA", "GS", "TA1", "GE", "IEA", "ST", "SE")
_FEW, _MANY = 16, 1024  # segments of the first block and of a later one


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

    def blocks(self) -> Iterator[str]:
        """What is still to be read as text, several segments at a time, each with its terminator behind it."""
        separator, terminator = self._delimiters.element, self._delimiters.segment
        size = _FEW  # small sets must not pay for what stands behind them: the first block looks but a little ahead
        for segment in self._segments:
            yield separator.join(segment.elements) + terminator
            if self._skim is None or segment.elements[0] == "SE":
                continue
            while block := self._ready(self._skim, size):
                yield block
                size = min(4 * size, _MANY)

    def texts(self) -> Iterator[list[str]]:
        """What is still to be read, several segments at a time, each as text without its terminator."""
        for block in self.blocks():
            yield block[:-1].split(self._delimiters.segment)

    def _ready(self, skim: Skim, size: int) -> str:
        taken = ""

        def accept(texts: list[str], at: int, locate: Callable[[int], int]) -> int:
            nonlocal taken
            chunk = texts[at : at + size]
            terminator = self._delimiters.segment
            joined = terminator.join(["", *chunk, ""])
            if not joined.isascii() or (len(joined) > self._longest and max(map(len, chunk)) > self._longest):
                chunk = list(itertools.takewhile(lambda text: text.isascii() and len(text) <= self._longest, chunk))
                joined = terminator.join(["", *chunk, ""])
            odd = _needs_care(self._delimiters.element, terminator).search(joined)
            end = odd.start() if odd is not None else len(joined) - 1
            taken = joined[1 : end + 1]
            return at + (len(chunk) if odd is None else joined.count(terminator, 0, end))

        skim(accept)
        return taken


@cache
def _needs_care(separator: str, terminator: str) -> re.Pattern[str]:
    """A segment that isn't of a set's body, or whose name isn't two or three letters and digits."""
    outside = "|".join(_NOT_IN_A_BODY)
    end, apart = re.escape(terminator), re.escape(separator)
    over = f"(?:{apart}|{end})"
    return re.compile(f"{end}(?:(?=[GIST])(?:{outside}){over}|(?![A-Z][A-Z0-9]{{1,2}}{over})(?!\\Z))")
