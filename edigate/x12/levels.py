"""Hierarchical levels (HL) of one transaction set: their numbers, their parents, and whether HL04 tells the truth.

Knows HL alone. Refuses to know which levels a guide wants where: that is the walk's.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from edigate.secrecy import Phi
from edigate.x12.segments import Segment


class Fault(Phi, msgspec.Struct, frozen=True, gc=False):
    """What is wrong with an element of an HL."""

    element: int
    words: str
    expected: str


class Level(msgspec.Struct):
    """An HL as it stands in its set: position from ST = 1, depth of its loop in the guide."""

    segment: Segment
    position: int
    depth: int
    loop: str


class Levels:
    """The levels of a set, as they come. HL04 of one is known to be right only when the next has come."""

    def __init__(self) -> None:
        self._count = 0
        self._open: list[tuple[int, str]] = []  # loop depth and HL01, outermost first
        self.last: Level | None = None

    def take(self, level: Level) -> Iterator[Fault]:
        """What is wrong with HL01 and HL02 of the next level (X12 notes to HL)."""
        self._count += 1
        opened = self._open
        while opened and opened[-1][0] >= level.depth:
            opened.pop()
        number, parent = level.segment.get(1), level.segment.get(2)
        if number != str(self._count):
            yield Fault(1, f"HL01 counts the levels of the set: this is level {self._count}", str(self._count))
        above = opened[-1][1] if opened else ""
        if parent and parent != above:
            words = f"HL02 must name the level above: {above}" if above else "HL02 names a level, but none is above"
            yield Fault(2, words, above)
        elif above and not parent:
            yield Fault(2, f"HL02 is missing: the level above is HL01 = {above}", above)
        opened.append((level.depth, number))
        self.last = level

    def skim(self, elements: list[str], depth: int, position: int, loop: str) -> bool:
        """Take a level that is right in all that is looked at here; False, and not taken, where it isn't."""
        opened = self._open
        number = str(self._count + 1)
        stays = len(opened)
        while stays and opened[stays - 1][0] >= depth:
            stays -= 1
        above = opened[stays - 1][1] if stays else ""
        if elements[1] != number or elements[2] != above:
            return False
        if self.last is not None and self._is_broken(depth):
            return False
        self._count += 1
        del opened[stays:]
        opened.append((depth, number))
        self.last = Level(Segment(elements), position, depth, loop)
        return True

    def broken_promise(self, next_depth: int) -> Fault | None:
        """Whether HL04 of the `last` level lied about levels below it; `next_depth` is 0 at the set's end."""
        if self.last is None or not self._is_broken(next_depth):
            return None
        kept = next_depth > self.last.depth
        words = "levels below it follow" if kept else "no level below it follows"
        return Fault(4, f"HL04 is {self.last.segment.get(4)}, but {words}", str(int(kept)))

    def _is_broken(self, next_depth: int) -> bool:
        last = self.last
        if last is None:
            return False
        promised = last.segment.get(4)
        return promised == ("0" if next_depth > last.depth else "1")
