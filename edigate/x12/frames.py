"""What decoding works with: the segments as they come, the loops that are open, and fields filled one by one.

Knows where a value goes. Refuses to know which segment is which part of a loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from edigate.x12.blocks import Body
from edigate.x12.moves import Codes, Node
from edigate.x12.quick_read import Nested
from edigate.x12.reading import silent_defaults
from edigate.x12.remainder import COMPONENT, EMPTY, Unbound
from edigate.x12.segments import Delimiters, Segment


class Source:
    """The segments of a set, one after another as elements. Where they come as text, a reader may go on behind some."""

    __slots__ = ("_delimiters", "_segments", "at", "begin", "text")

    def __init__(self, segments: Iterable[Segment], delimiters: Delimiters) -> None:
        self.text = ""
        self.begin = 0  # where in the text the segment stands that was given last
        self.at = 0  # and where the next does
        self._segments = segments
        self._delimiters = delimiters

    def __iter__(self) -> Iterator[list[str]]:
        if not isinstance(self._segments, Body):
            for segment in self._segments:
                yield segment.elements
            return
        separator, terminator = self._delimiters.element, self._delimiters.segment
        for text in self._segments.blocks():
            self.text, self.at, end = text, 0, len(text)
            while (at := self.at) < end:
                stop = text.index(terminator, at)
                self.begin, self.at = at, stop + 1
                yield text[at:stop].split(separator)


class Frame:
    """An open loop: its record, and where in the loop we are.

    `home` is the record that owns what is kept; a loop without a record writes into (a part of) that of a
    loop above, and shares its `trail`, the numbers of the parts read so far.
    """

    __slots__ = (
        "above", "below", "blocked", "first", "home", "late", "layouts", "node", "parents", "record", "settled",
        "streamed", "trail",
    )  # fmt: skip

    def __init__(
        self, node: Node, record: Any, home: Any, trail: list[int], first: int, parents: tuple[Any, ...]
    ) -> None:
        self.node = node
        self.record = record
        self.home = home
        self.trail = trail
        self.first = first
        self.parents = parents
        self.above: Frame | None = None
        self.below: tuple[Any, ...] | None = None  # the parents of loops below this one
        self.blocked = 0
        self.late = False  # given to the record above when it closes, if it is kept at all
        self.layouts: dict[int, tuple[Codes, list[tuple[str, ...]]]] | None = None
        self.settled = 1
        self.streamed = False

    def keep(self, elements: tuple[str, ...], *, partial: bool = False) -> None:
        trail = self.trail
        part, nth = (trail[-1], trail.count(trail[-1])) if trail else (-1, 0)
        self.home.unbound.append(Unbound(part, nth, elements, partial))


class FieldsOf(dict[str, Any]):
    """A record's fields for readers that fill a dict: what is read goes right into the record."""

    def __init__(self, record: Any) -> None:
        super().__init__()
        self._record = record

    def __contains__(self, name: object) -> bool:
        return bool(getattr(self._record, str(name)))

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self._record, name, value)

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self._record, name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        if not getattr(self._record, name):
            setattr(self._record, name, default)
        return getattr(self._record, name)


def append(record: Any, field: str, value: Any) -> None:
    """Put a value into a list, which may be any that is empty as yet."""
    held = getattr(record, field)
    if held:
        held.append(value)
    else:
        setattr(record, field, [value])


def inner(record: Any, nested: Nested) -> Any:
    """The record at the end of a way down, made where it isn't there yet."""
    for name, kind in nested.path:
        inner = getattr(record, name)
        if inner is None:
            inner = kind(**silent_defaults(kind))
            setattr(record, name, inner)
        record = inner
    return record


def with_empty(whole: list[str], extra: list[str] | None) -> tuple[str, ...]:
    """A segment as sent, with the marks for what the sender left empty."""
    for position, kept in enumerate(extra or ()):
        if EMPTY not in kept:
            continue
        while len(whole) <= position:
            whole.append("")
        pieces = whole[position].split(COMPONENT)
        marks = kept.split(COMPONENT)
        paired = zip_longest(marks, pieces, fillvalue="")
        whole[position] = COMPONENT.join(EMPTY if mark == EMPTY else piece for mark, piece in paired)
    return tuple(whole)
