"""The encoder: records to segments by a binding table, in the guide's order. Knows no delimiters.

An element of a written segment is a text, or a tuple of components, or a list of repetitions.

Loops whose records hold nothing unusual are written by functions made for them (`quick_write.py`); where a
remainder has something to put back, or an order of its own, the careful way here finds each its place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from edigate.x12 import binding as b
from edigate.x12.code_lists import CodeListWriter
from edigate.x12.joining import Joined, JoiningRun, Run
from edigate.x12.moves import slots_of
from edigate.x12.quick_read import nested
from edigate.x12.quick_write import AT_ONCE, Child, LoopShape, quick_source
from edigate.x12.remainder import EMPTY, ORDER, Unbound
from edigate.x12.writers import Element, Elements, Fixed, Plain, lay_over, split, write_of

__all__ = ["Body", "Element", "Elements", "Encoder"]

Batch = list[Elements]
_Separators = tuple[str, str] | None
"""Of elements and of components, where segments are wanted as text."""


class Body:
    """The segments of a transaction set between ST and SE, made each time anew.

    They come as elements, one at a time, to whoever iterates; joined, some at a time, to whoever has the
    separators. The two give the same, in the same order.
    """

    def __init__(self, record: Any, writer_of: Callable[[_Separators], _LoopWriter]) -> None:
        self._record = record
        self._writer_of = writer_of

    def __iter__(self) -> Iterator[Elements]:
        out: Batch = []
        for _ in self._written(out, Run(), None):
            yield from out
            out.clear()

    def joined(self, element: str, component: str) -> Iterator[Joined]:
        """All segments, some hundred at a time."""
        run = JoiningRun(element, component)
        out: list[str] = []
        for _ in self._written(out, run, (element, component)):
            yield run.taken(out)
            out.clear()

    def _written(self, out: list[Any], run: Run, separators: _Separators) -> Iterator[None]:
        """Fill `out`, which is taken each time this yields."""
        loop = self._writer_of(separators)
        if loop.lazy:
            yield from loop.write(self._record, 1, 0, out, run)
        else:
            loop.write(self._record, 1, 0, out, run)
        yield


class Encoder:
    """Compiled once for a binding; `encode` starts a new transaction set each time.

    `careful`: write every loop the careful way. The outcome is the same; it is what tests compare with.
    """

    def __init__(self, table: b.Loop, *, careful: bool = False) -> None:
        self._writer_of = partial(_compiled, table, careful)

    def encode(self, record: Any) -> Body:
        """The segments between ST and SE. Several sets may be under way at once."""
        return Body(record, self._writer_of)


class _LoopWriter:
    """Writes one loop into a list. `lazy` loops, which hold loops that hold loops, are generators that yield
    when the list should be taken; the others put all their segments into it at once."""

    write: Callable[..., Any]

    def __init__(
        self, table: b.Loop, first: int, record: b.RecordType | None, separators: _Separators, *, careful: bool
    ) -> None:
        assert record is not None  # noqa: S101  # loops without one are written from the record above
        self.table = table
        self.record = record
        self.separators = separators
        self.must_open = bool(table.field or table.record is None) and not table.implied
        self.lazy = _height(table) > 1
        # the fields of this loop's record that hold levels below it: HL04
        self.level_fields = tuple(
            part.field
            for part in table.parts
            if isinstance(part, b.Loop) and any(isinstance(p, b.Segment) and p.id == "HL" for p in part.parts)
        )
        self.parts: list[tuple[int, _SegmentWriter | _LoopWriter]] = []
        number: int = 0 if table.record is not None else first
        for part in table.parts:
            if isinstance(part, b.Segment):
                self.parts.append((number, _SegmentWriter(part)))
            else:
                above = nested(record, part.into)
                inner = above.path[-1][1] if above.path else record
                below = _LoopWriter(part, number, part.record or inner, separators, careful=careful)
                self.parts.append((number, below))
            number += slots_of(part)
        self.write = (self._careful_lazy if self.lazy else self._careful) if careful else self._first

    # --- the quick way

    def _first(self, *given: Any) -> Any:
        """Make the function for this loop, and use it from now on."""
        children = {id(loop.table): loop for _, loop in self._loops()}
        segments = {id(writer.segment): writer for _, writer in self._segments()}

        def child_of(part: b.Loop) -> Child:
            child = children[id(part)]
            return Child(None) if part.record is None else Child(child, child.lazy)

        shape = LoopShape(self.table, self.record, self.must_open, self.level_fields)
        source, names = quick_source(
            shape, child_of, nested, lambda segment: segments[id(segment)].quick_codes(),
            lazy=self.lazy, separators=self.separators,
        )  # fmt: skip
        names["again"] = self._careful_lazy if self.lazy else self._careful
        exec(compile(source, f"<writer of {self.table.id}>", "exec"), names)  # noqa: S102  # of the table alone
        self.write = names["write"]
        return self.write(*given)

    def _loops(self) -> Iterator[tuple[int, _LoopWriter]]:
        """The loops below that this one's function deals with: its own and those of loops without a record."""
        for number, part in self.parts:
            if isinstance(part, _LoopWriter):
                yield number, part
                if part.table.record is None:
                    yield from part._loops()

    def _segments(self) -> Iterator[tuple[int, _SegmentWriter]]:
        for number, part in self.parts:
            if isinstance(part, _SegmentWriter):
                yield number, part
            elif part.table.record is None:
                yield from part._segments()

    # --- the careful way

    def _careful(self, record: Any, number: int, parent: int, out: list[Any], run: Run) -> None:
        for batch in self._batches(record, number, parent, run):
            out += run.given(batch)

    def _careful_lazy(self, record: Any, number: int, parent: int, out: list[Any], run: Run) -> Iterator[None]:
        for batch in self._batches(record, number, parent, run):
            out += run.given(batch)
            if len(out) >= AT_ONCE:
                yield

    def _batches(self, record: Any, number: int, parent: int, run: Run) -> Iterator[Batch]:
        kept = _Kept(record.unbound)
        yield kept.after(-1, 0)
        pieces = _Pieces(kept, number, parent, run)
        pieces.loop(self, record, record)
        for _, batches in _arranged(pieces.found, kept.order):
            yield from batches
        yield kept.rest()


def _height(table: b.Loop) -> int:
    """How many levels of repeated loops hang below a loop."""
    return max(
        (_height(part) + (1 if part.many else 0) for part in table.parts if isinstance(part, b.Loop)), default=0
    )


def _compiled(table: b.Loop, careful: bool, separators: _Separators) -> _LoopWriter:
    key = (id(table), careful, separators)
    known = _COMPILED.get(key)
    if known is None:
        if len(_COMPILED) >= _MOST:
            _COMPILED.clear()
        # kept with its table, so that no other table has the same id
        writer = _LoopWriter(table, 0, table.record, separators, careful=careful)
        known = _COMPILED[key] = (table, writer)
    return known[1]


_MOST = 32  # bindings, each with the separators that files are written with: one or two kinds in a night
_COMPILED: dict[tuple[int, bool, _Separators], tuple[b.Loop, _LoopWriter]] = {}

# What one part of a loop wrote: its number, and its segments a batch at a time (a loop below, when asked for).
_Piece = tuple[int, Iterator[Batch]]


class _Pieces:
    """The pieces of one record, in the table's order."""

    def __init__(self, kept: _Kept, number: int, parent: int, run: Run) -> None:
        self.found: list[_Piece] = []
        self._kept = kept
        self._number = number
        self._parent = parent
        self._run = run

    def loop(self, writer: _LoopWriter, record: Any, owner: Any) -> None:
        parts = writer.parts
        number, opening = parts[0]
        begin = len(self.found)
        late: _SegmentWriter | None = None
        if writer.must_open and isinstance(opening, _SegmentWriter) and not opening.level:
            # A loop that says anything must begin with its opening segment, were it all constants.
            self.segment(number, opening, record)
            late = None if len(self.found) > begin else opening
            parts = parts[1:]
        for at, part in parts:
            if isinstance(part, _SegmentWriter):
                if part.level:
                    self.level(at, part.level, writer, owner)
                else:
                    self.segment(at, part, record)
                continue
            source = _at(record, part.table.into)
            if source is None:
                continue
            if part.table.record is None:
                self.loop(part, source, owner)
                continue
            value = getattr(source, part.table.field)
            if part.table.many:
                for nth, each in enumerate(value, 1):
                    self.found.append((at, self.below(part, each, at, nth)))
            elif value is not None:
                self.found.append((at, self.below(part, value, at, 1)))
        if late is not None and len(self.found) > begin:
            below, self.found = self.found[begin:], self.found[:begin]
            self.segment(number, late, record, force=True)
            self.found += below

    def below(self, part: _LoopWriter, record: Any, at: int, nth: int) -> Iterator[Batch]:
        out: Batch = []
        if part.lazy:
            for _ in part.write(record, nth, self._parent, out, self._run):
                yield out[:]
                out.clear()
        else:
            part.write(record, nth, self._parent, out, self._run)
        yield out
        yield self._kept.after(at, nth)

    def level(self, at: int, level: b.HierarchicalLevel, writer: _LoopWriter, owner: Any) -> None:
        over = self._kept.over(at, 1)
        if over is not None and over[3:] == [EMPTY]:  # the sender left the level out
            return
        run = self._run
        run.levels += 1
        elements: Elements = ["HL", str(run.levels), str(self._parent) if self._parent else "", Fixed(level.code)]
        if not level.leaf:
            elements.append("1" if any(getattr(owner, name, None) for name in writer.level_fields) else "0")
        if over is not None:
            lay_over(elements, over)
        self._parent = run.levels
        self.found.append((at, iter(([elements, *self._kept.after(at, 1)],))))

    def segment(self, at: int, writer: _SegmentWriter, record: Any, *, force: bool = False) -> None:
        source = _at(record, writer.segment.into)
        if source is None:
            return
        if writer.codes is not None:
            layout = self._kept.over(at, 0)
            segments = writer.codes.segments(source, tuple(layout[1:]) if layout else None, None)
            for nth, elements in enumerate(segments, 1):
                over = self._kept.over(at, nth)
                if over is not None:
                    lay_over(elements, over)
                self.add(at, nth, elements if any(elements[1:]) else None)
        elif writer.segment.many:
            for nth, value in enumerate(getattr(source, writer.segment.many), 1):
                one = Plain(value) if writer.segment.record is None else value
                self.add(at, nth, writer.elements(one, self._number, self._kept.over(at, nth)))
        else:
            self.add(at, 1, writer.elements(source, self._number, self._kept.over(at, 1), force=force))

    def add(self, at: int, nth: int, elements: Elements | None) -> None:
        if elements is not None:
            self.found.append((at, iter(([elements, *self._kept.after(at, nth)],))))


def _arranged(pieces: list[_Piece], order: list[int]) -> list[_Piece]:
    """The pieces in the order kept, as far as it speaks of them; the others where the table has them.

    Every piece comes once, whatever the order says.
    """
    if not order:
        return pieces
    waiting: dict[int, deque[_Piece]] = {}
    for piece in pieces:
        waiting.setdefault(piece[0], deque()).append(piece)
    arranged = [queue.popleft() for number in order if (queue := waiting.get(number))]
    for number in sorted(waiting):
        after = next((at for at in range(len(arranged), 0, -1) if arranged[at - 1][0] <= number), 0)
        arranged[after:after] = waiting[number]
    return arranged


def _at(record: Any, into: tuple[str, ...]) -> Any:
    for name in into:
        record = getattr(record, name, None)
        if record is None:
            return None
    return record


class _Kept:
    """The unbound segments and elements of a loop, given back where they stood."""

    def __init__(self, unbound: list[Unbound]) -> None:
        self.order: list[int] = []
        self._whole: dict[tuple[int, int], list[Unbound]] = {}
        self._partial: dict[tuple[int, int], tuple[str, ...]] = {}
        for entry in unbound:
            if entry.part == ORDER:
                self.order = [int(text) for text in entry.elements if text.isdigit()]
            elif entry.partial:
                self._partial[entry.part, entry.nth] = entry.elements
            else:
                self._whole.setdefault((entry.part, entry.nth), []).append(entry)

    def after(self, part: int, nth: int) -> Batch:
        return [[split(text) for text in entry.elements] for entry in self._whole.pop((part, nth), ())]

    def over(self, part: int, nth: int) -> list[str] | None:
        found = self._partial.pop((part, nth), None)
        return None if found is None else list(found)

    def rest(self) -> Batch:
        """What stood after segments that are no longer written: at the loop's end, never dropped."""
        return [segment for part, nth in sorted(self._whole) for segment in self.after(part, nth)]


class _SegmentWriter:
    """Writes one segment with care."""

    def __init__(self, segment: b.Segment) -> None:
        self.segment = segment
        self.level = next((p for p in segment.parts if isinstance(p, b.HierarchicalLevel)), None)
        lists = next((part for part in segment.parts if isinstance(part, b.CodeLists)), None)
        self.codes = CodeListWriter(segment.id, lists, write_of) if lists is not None else None
        self._numbered = next((p.position for p in segment.parts if isinstance(p, b.Sequence)), 0)
        self._writes = [write_of(part) for part in segment.parts]

    def elements(self, source: Any, number: int, over: list[str] | None, *, force: bool = False) -> Elements | None:
        """The segment's elements; None where it has nothing to say."""
        elements: Elements = [self.segment.id]
        said = force or over is not None
        for write in self._writes:
            said = write(source, elements, over) or said
        if self._numbered:
            while len(elements) <= self._numbered:
                elements.append("")
            elements[self._numbered] = Fixed(number)
            said = True
        if over is not None:
            lay_over(elements, over)
        return elements if said else None

    def quick_codes(self) -> Callable[[Any], Batch] | None:
        """What lays out code lists in the usual way."""
        codes = self.codes
        if codes is None:
            return None
        return lambda source: [elements for elements in codes.segments(source, None, None) if any(elements[1:])]
