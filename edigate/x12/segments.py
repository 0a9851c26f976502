"""Segments: bytes in any chunking to segments with their place, every byte accounted for.

Knows delimiters, the ISA and terminators. Refuses to know loops, guides or what a segment means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from edigate.errors import DataError
from edigate.findings import Finding, Severity

ISA_LENGTH = 106  # fixed by X12.5: ISA and its terminator
# The sixteen elements' fixed widths, for senders that collapse the padding.
ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)

_BLANK = "\r\n\t \x00\x1a"


class Delimiters(msgspec.Struct, frozen=True):
    """The four separators of an interchange. `repetition` is empty before 5010 (ISA11 was a standard id)."""

    element: str = "*"
    component: str = ":"
    segment: str = "~"
    repetition: str = "^"


class Limits(msgspec.Struct, frozen=True):
    """Bounds that keep a hostile file from costing more than its size."""

    segment_bytes: int = 1 << 20
    elements: int = 10_000
    file_bytes: int = 0  # 0: no limit


class Segment:
    """One segment: `elements[0]` is its id, `elements[n]` element n as sent, composites unsplit.

    `number` counts all segments of the file from 1, `offset` is the byte where it starts.
    """

    __slots__ = ("elements", "number", "offset")

    def __init__(self, elements: list[str], number: int = 0, offset: int = -1) -> None:
        self.elements = elements
        self.number = number
        self.offset = offset

    @property
    def id(self) -> str:
        return self.elements[0]

    def get(self, position: int) -> str:
        """Element `position` (from 1) as sent, or an empty string where the segment ends before it."""
        return self.elements[position] if position < len(self.elements) else ""

    def __repr__(self) -> str:  # never the data: it may be PHI and land in a log
        return f"<Segment {self.elements[0]} #{self.number} at byte {self.offset}>"
