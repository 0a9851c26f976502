"""Slices: a large file cut before transaction sets, so that several processes check it, each a slice of its own.

A cut is found by searching bytes, which is a guess: what stands before it is only known once it was checked.
So each slice is checked as if the guess were right, and `Chain` holds the end of each against what the next
one began with. Where they differ (a set without its end, line ends here and there, a control number twice) the
file must be checked in one go. What the chain accepts is the same, finding for finding, as that.
Knows bytes and envelopes. Refuses to know processes and files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from edigate.errors import DataError
from edigate.x12.envelope import FunctionalGroup, Interchange, Standing
from edigate.x12.segments import ISA_LENGTH, Limits, SegmentReader
from edigate.x12.validate import Found, Part, Report

_HEADER = 4096  # bytes that hold an ISA, and a GS
_REMEMBERED = 1_000_000  # more control numbers than a reader remembers


class Bytes(Protocol):
    """A file's bytes, mapped or read."""

    def __len__(self) -> int: ...
    def __getitem__(self, key: slice, /) -> bytes: ...
    def find(self, sub: bytes, start: int = ..., /) -> int: ...


class Slice(msgspec.Struct, frozen=True):
    """Bytes `start` to `end` of a file; `after` is where the slice before is thought to have ended."""

    start: int
    end: int
    after: Standing | None
    last: bool


def slices(content: Bytes, size: int) -> Iterator[Slice]:
    """Slices of about `size` bytes; one alone where the file can't be cut."""
    start, after = 0, None
    marks = _Marks.of(content)
    while marks is not None and len(content) - start > size + size // 2:
        cut = content.find(marks.of_id(b"ST"), start + size)
        if cut < 0:
            break
        cut += len(marks.between)
        before, after = after, marks.standing(content, start, cut, after)
        if after is None:
            after = before
            break
        yield Slice(start, cut, before, last=False)
        start = cut
    yield Slice(start, len(content), after, last=True)


class _Marks:
    """How segments begin in a file, by its first ISA."""

    def __init__(self, between: bytes, separator: bytes) -> None:
        self.between = between
        self._separator = separator

    @classmethod
    def of(cls, content: Bytes) -> _Marks | None:
        head = content[:_HEADER]
        if len(head) <= ISA_LENGTH or not head.startswith(b"ISA"):
            return None
        rest = head[ISA_LENGTH:]
        line_end = rest[: len(rest) - len(rest.lstrip(b"\r\n"))]
        return cls(head[ISA_LENGTH - 1 : ISA_LENGTH] + line_end, head[3:4])

    def of_id(self, segment_id: bytes) -> bytes:
        return self.between + segment_id + self._separator

    def standing(self, content: Bytes, start: int, cut: int, after: Standing | None) -> Standing | None:
        """Where a reader stands at `cut`, by what is found between it and the last cut."""
        begin = max(0, start - len(self.between))
        part = self.between + content[:cut] if start == 0 else content[begin:cut]
        interchange, group = (after.interchange, after.group) if after else (None, None)
        groups, sets = (after.groups, after.sets) if after else (0, 0)
        at = part.rfind(self.of_id(b"ISA"))
        if at >= 0:
            interchange, group, groups, sets = _interchange(part, at + len(self.between)), None, 0, 0
        at = max(0, at)
        last_group = part.rfind(self.of_id(b"GS"), at)
        if last_group >= 0 and interchange is not None:
            groups += part.count(self.of_id(b"GS"), at)
            group = _group(part, last_group + len(self.between), interchange)
            sets, at = 0, last_group
        if interchange is None or group is None:
            return None
        return Standing(interchange, group, groups, sets + part.count(self.of_id(b"ST"), at))


def _interchange(part: bytes, at: int) -> Interchange | None:
    reader = SegmentReader([part[at : at + ISA_LENGTH * 3]])
    try:
        header = next(iter(reader))
    except (DataError, StopIteration):
        return None
    return Interchange(tuple(header.elements), reader.delimiters, -1)


def _group(part: bytes, at: int, interchange: Interchange) -> FunctionalGroup | None:
    reader = SegmentReader([part[at : at + _HEADER]], inside=interchange.delimiters)
    try:
        return FunctionalGroup(tuple(next(iter(reader)).elements))
    except (DataError, StopIteration):
        return None


class Chain:
    """Parts of one file in order. `add` says whether the part is what it would have been in one go."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._found = Found()
        self._end: Standing | None = None
        self._sets: frozenset[str] = frozenset()
        self._groups: frozenset[str] = frozenset()
        self._interchanges: frozenset[str] = frozenset()
        self.stopped = False  # the file can't be read any further: what comes after doesn't count

    def add(self, slice_: Slice, part: Part) -> bool:
        """Put the next part behind the others; False where the file must be checked in one go."""
        if self.stopped:
            return True
        if slice_.start and not _same(self._end, slice_.after):
            return False
        twice = (
            self._sets & part.first_sets
            or self._groups & part.first_groups
            or self._interchanges & part.interchange_numbers
        )
        begun, opened = bool(part.interchanges), bool(part.groups)
        self._sets = part.last_sets if opened or begun else self._sets | part.first_sets
        self._groups = part.last_groups if begun else self._groups | part.first_groups
        self._interchanges |= part.interchange_numbers
        if twice or max(map(len, (self._sets, self._groups, self._interchanges))) >= _REMEMBERED:
            return False
        self._found.add(part, self._limits)
        self._end, self.stopped = part.standing, part.stopped
        return True

    def report(self, file: str) -> Report:
        return self._found.report(file)


def _same(end: Standing | None, after: Standing | None) -> bool:
    return (
        end is not None
        and after is not None
        and (end.groups, end.sets) == (after.groups, after.sets)
        and end.group == after.group
        and end.interchange.elements == after.interchange.elements
        and end.interchange.delimiters == after.interchange.delimiters
    )
