"""Heads: the segments a loop begins with, taken by one regular expression and read by one function, learned on the way.

Most of the time on good data goes by between two segments: what may this one be, in which of the open loops? Files
repeat themselves: behind a loop's opening segment the same few sequences of the loop's own segments come again and
again. What comes often becomes one pattern, a tree of the sequences, and each gets a quick reader of its own.

The promise: a head is what the decoder would have read segment by segment, and the loop stands then as it would. So
a head holds only segments that the loop claims before any loop above it is asked, and whose name and qualifier alone
say what they are. Knows no data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from edigate.x12.quick_read import QuickHead, quick_head
from edigate.x12.segments import Delimiters

if TYPE_CHECKING:
    from edigate.x12.moves import Move, Node

_LOOKED_AT = 4  # of so many loops whose head isn't known, one is looked at
_FIRST_DUE = 256  # segments looked at before a pattern is worth its compiling: a millisecond for every few of them
_LATER = 8  # how many times more before the next
_OFTEN = 3
_MOST = 160  # segments in all heads of a loop
_LONGEST = 32  # segments in one head
_SEEN = 512
_DELIMITERS = 8  # several sorts of files; an interchange with others is read segment by segment


class Head(msgspec.Struct, frozen=True):
    """One sequence: its reader, and how it leaves the loop."""

    read: QuickHead
    length: int
    blocked: int  # the parts of the loop that may not come any more
    trail: list[int]  # the numbers of its parts, in the order they came
    settled: int  # as many of those as came, where they came in the order of the table; else 1
    closed: bool  # what stands behind it is certain to close the loop


class _Part(NamedTuple):
    """A segment of a head as its pattern knows it: by its name, its number of elements (the name counted), its code.

    `decides` is the element that says which part of the loop it is, 0 where nothing must; `code` what it says, empty
    for any but `others`.
    """

    name: str
    elements: int
    decides: int
    code: str
    others: tuple[str, ...]

    def pattern(self, delimiters: Delimiters) -> str:
        apart, end = re.escape(delimiters.element), re.escape(delimiters.segment)
        value = f"[^{apart}{end}]*+"
        values = [value] * (self.elements - 1)
        if self.code:
            values[self.decides - 1] = re.escape(self.code)
        elif self.others:
            values[self.decides - 1] = f"(?!(?:{'|'.join(map(re.escape, self.others))})[{apart}{end}]){value}"
        return apart.join([self.name, *values]) + end


class _Step:
    """Heads that begin alike, as a tree: the segments that go on, and the head that may end here."""

    def __init__(self) -> None:
        self.then: dict[_Part, _Step] = {}
        self.head: Head | None = None

    def pattern(self, delimiters: Delimiters, closers: str, ends: list[Head]) -> str:
        """What may follow, the longest first; an empty group at the end of a head tells which one it was."""
        ways = [part.pattern(delimiters) + step.pattern(delimiters, closers, ends) for part, step in self.then.items()]
        if self.head is not None:
            if closers and self.head.settled == self.head.length:
                ends.append(msgspec.structs.replace(self.head, closed=True))
                ways.append(f"(?={closers})()")
            ends.append(self.head)
            ways.append("()")
        return f"(?:{'|'.join(ways)})"


class Heads:
    """The heads of one loop of a binding."""

    def __init__(self, node: Node, always: tuple[tuple[str, str], ...]) -> None:
        self._node = node
        self._always = always
        self._seen: dict[tuple[_Part, ...], tuple[list[int], list[Move]]] = {}
        self._heads: dict[tuple[_Part, ...], Head | None] = {}
        self._tree = _Step()
        self._missed = 0
        self._walked = 0
        self._due = _FIRST_DUE
        self._news = False
        self._patterns: dict[Delimiters, tuple[re.Pattern[str], list[Head]]] = {}

    def find(self, text: str, at: int, delimiters: Delimiters) -> tuple[Head, int] | None:
        """The longest head known that stands at a place of the text, and where it ends there."""
        known = self._patterns.get(delimiters)
        if known is None:
            if len(self._patterns) >= _DELIMITERS:
                return None
            known = self._patterns[delimiters] = self._compiled(delimiters)
        pattern, heads = known
        match = pattern.match(text, at)
        if match is None or match.lastindex is None:
            self._miss(text, at, delimiters)
            return None
        head, end = heads[match.lastindex - 1], match.end()
        if not head.closed and text[end : end + 3].rstrip(delimiters.element) in self._node.own:
            self._miss(text, at, delimiters)
        return head, end

    def _compiled(self, delimiters: Delimiters) -> tuple[re.Pattern[str], list[Head]]:
        """The pattern for a file's delimiters, and the heads by its groups."""
        apart, end = re.escape(delimiters.element), re.escape(delimiters.segment)
        closers = f"(?:{'|'.join(self._node.closers)})[{apart}{end}]" if self._node.closers else ""
        heads: list[Head] = []
        return re.compile(self._tree.pattern(delimiters, closers, heads)), heads

    # --- learning

    def _miss(self, text: str, at: int, delimiters: Delimiters) -> None:
        self._missed += 1
        if self._missed % _LOOKED_AT == 0 and text:
            self._look(text, at, delimiters)

    def _look(self, text: str, at: int, delimiters: Delimiters) -> None:
        """See what stands there, and learn from what was seen when it has become much."""
        parts: list[_Part] = []
        moves: list[Move] = []
        blocked = 0
        *segments, rest = text[at:].split(delimiters.segment, _LONGEST)
        for segment in segments:
            row = segment.split(delimiters.element)
            found = self._part(row, blocked) if moves else (self._node.opening, _Part(row[0], len(row), 0, "", ()))
            if found is None or found[0].use.quick_for(len(row)) is None:
                break
            moves.append(found[0])
            parts.append(found[1])
            blocked |= found[0].blocks
        else:
            if not rest:
                return  # there may be more of it behind this text
        key = tuple(parts)
        if len(key) > 1 and (key in self._seen or len(self._seen) < _SEEN):
            counted = self._seen.setdefault(key, ([0], moves))[0]
            counted[0] += 1
            self._news = self._news or counted[0] == _OFTEN
        self._walked += len(key)
        if self._walked >= self._due and self._news:
            self._walked, self._due = 0, self._due * _LATER
            self._learn()

    def _part(self, row: list[str], blocked: int) -> tuple[Move, _Part] | None:
        """The part of the loop that a segment is, if nothing but its name and qualifier says so."""
        choice = self._node.moves.get(row[0])
        if choice is None:
            return None
        decides, by_code, options, _ = choice
        code = ""
        others: tuple[str, ...] = ()
        if decides and len(row) > decides:
            if row[decides] in by_code:
                code, options = row[decides], by_code[row[decides]]
            else:
                others = tuple(sorted(by_code))
        for move in options:
            if move.depth != self._node.depth or move.test is not None:
                return None
            if not blocked & move.bit:
                if move.opens or move.use.codes is not None:
                    return None
                return move, _Part(row[0], len(row), decides, code, others)
        return None

    def _learn(self) -> None:
        self._news = False
        self._patterns.clear()
        self._tree = _Step()
        size = 0
        for parts, ((count,), moves) in sorted(self._seen.items(), key=lambda seen: -seen[1][0][0] * len(seen[0])):
            if count < _OFTEN or size + len(parts) > _MOST:
                continue
            if parts not in self._heads:
                self._heads[parts] = self._head(parts, moves)
            step = self._tree
            for part in parts:
                size += part not in step.then
                step = step.then.setdefault(part, _Step())
            step.head = self._heads[parts]

    def _head(self, parts: Sequence[_Part], moves: Sequence[Move]) -> Head | None:
        rows = [(move.segment, move.use.nested, part.elements) for move, part in zip(moves, parts, strict=True)]
        read = quick_head(self._node.target, self._always, rows)
        if read is None:
            return None
        blocked = 0
        for move in moves:
            blocked |= move.blocks
        trail = [move.number for move in moves]
        return Head(read, len(rows), blocked, trail, len(trail) if trail == sorted(trail) else 1, closed=False)
