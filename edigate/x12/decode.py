"""The decoder: segments to records by a binding table. Never raises on data; what it can't say it keeps.

A segment is matched from the innermost open loop outwards, in a loop only at or after the place where
its last child loop stands. What no table claims goes to the `unbound` of the loop it stood in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import msgspec

from edigate.findings import Finding, Severity
from edigate.x12 import binding as b
from edigate.x12.code_lists import CodeListReader
from edigate.x12.readers import Context, Read, reader_of
from edigate.x12.remainder import LoopRecord, Unbound
from edigate.x12.segments import Delimiters, Segment

Values = dict[str, Any]
Root = TypeVar("Root", bound=LoopRecord)


class Found(msgspec.Struct, frozen=True):
    """A streamed record: what it hangs below (outermost first) and the segments it spans (ST = 1)."""

    record: Any
    parents: tuple[Any, ...]
    first: int
    last: int


class Decoder(Generic[Root]):
    """Compiled once for a binding; use `decode` for a whole set or `stream` for one loop at a time."""

    def __init__(self, table: b.Loop) -> None:
        self._loop = _CompiledLoop(table, 0)
        self._openers = frozenset(_openers(table))

    def decode(self, segments: Iterable[Segment], delimiters: Delimiters) -> tuple[Root, list[Finding]]:
        """The record of a transaction set, and what in it couldn't be read as what it should be."""
        run: Run[Root] = Run(self._loop, self._openers, delimiters, "")
        for segment in segments:
            run.feed(segment)
        return run.finish(), run.findings

    def stream(self, segments: Iterable[Segment], delimiters: Delimiters, at: str) -> Run[Root]:
        """Iterate the returned run for each record of loop `at`; then its `root` and `findings` are there.

        Records of loop `at` are not kept in their parents: memory doesn't grow with the set.
        """
        run: Run[Root] = Run(self._loop, self._openers, delimiters, at)
        run.source = iter(segments)
        return run


class Run(Generic[Root]):
    """One pass over one transaction set."""

    def __init__(self, loop: _CompiledLoop, openers: frozenset[str], delimiters: Delimiters, at: str) -> None:
        self.source: Iterator[Segment] = iter(())
        self.findings: list[Finding] = []
        self._openers = openers
        self._context = Context(delimiters)
        self._at = at
        self._out: list[Found] = []
        self._position = 0
        self._in_unbound_loop = False
        self._stack = [_Frame(loop, {}, None, 1)]
        self._root: Root | None = None

    @property
    def root(self) -> Root:
        """The record of the set itself; there once the iteration has ended."""
        assert self._root is not None, "the run hasn't ended"  # noqa: S101 - a caller's mistake
        return self._root

    def __iter__(self) -> Iterator[Found]:
        for segment in self.source:
            self.feed(segment)
            if self._out:
                yield from self._out
                self._out.clear()
        self.finish()
        yield from self._out

    def feed(self, segment: Segment) -> None:
        self._position += 1
        elements = segment.elements
        name = elements[0]
        if name in ("ST", "SE"):
            return
        stack = self._stack
        # Inside a loop no table knows, its own segments (N3, REF ...) must not be taken for a known loop's.
        only_openers = self._in_unbound_loop and name not in self._openers
        for depth in range(len(stack) - 1, -1, -1):
            frame = stack[depth]
            for candidate in frame.loop.candidates.get(name, ()):
                if candidate.slot < frame.after or (candidate.single and candidate.slot in frame.filled):
                    continue
                if only_openers and not candidate.opens:
                    continue
                if candidate.test is None or candidate.test(elements, self._context):
                    self._in_unbound_loop = False
                    while len(stack) - 1 > depth:
                        self._close()
                    self._accept(frame, candidate, elements)
                    return
        self._in_unbound_loop = self._in_unbound_loop or name in self._openers
        top = stack[-1]
        top.keep(tuple(self._context.neutral(value) for value in elements))

    def _accept(self, frame: _Frame, candidate: _Candidate, elements: list[str]) -> None:
        frame.snapshot = None
        for child in candidate.opens:
            frame.filled.add(candidate.slot)
            frame.after = child.first_slot
            values = frame.values
            if child.record is None:
                for name in child.into:
                    values = values.setdefault(name, {})
                owner = frame.owner
            else:
                values, owner = {}, None
            frame = _Frame(child, values, owner, self._position)
            self._stack.append(frame)
            candidate = child.trigger
        frame.filled.add(candidate.slot)
        frame.seen(candidate.slot)
        if candidate.code_lists is not None:
            self._accept_codes(frame, candidate.slot, candidate.code_lists, elements)
        elif candidate.read is not None:
            values = frame.values
            for name in candidate.into:
                values = values.setdefault(name, {})
            context = self._context
            context.begin(elements)
            if candidate.many:
                one: Values = {}
                candidate.read(elements, one, context)
                silent = one.keys() <= candidate.qualifiers
                if candidate.record is not None:
                    values.setdefault(candidate.many, []).append(candidate.record(**one))
                elif not silent:
                    values.setdefault(candidate.many, []).extend(one.values())
            else:
                before = len(values)
                candidate.read(elements, values, context)
                silent = len(values) == before or (
                    bool(candidate.qualifiers)
                    and len(values) - before <= sum(name in values for name in candidate.qualifiers)
                )
            if silent and elements[0] != "HL":
                # No field says that the segment was there, so the remainder must.
                whole = tuple(context.neutral(value) for value in elements)
                if candidate.many and candidate.record is None:
                    frame.unsee(candidate.slot)
                    frame.keep(whole)
                else:
                    frame.keep(whole, partial=True)
            elif context.extra is not None:
                frame.keep(tuple(context.extra), partial=True)
            if context.failures:
                self._report(frame, elements)

    def _accept_codes(self, frame: _Frame, slot: int, reader: CodeListReader, elements: list[str]) -> None:
        context = self._context
        context.begin(elements)
        layout = reader.read(elements, frame.values, context)
        if not any(layout):
            frame.unsee(slot)
            frame.keep(tuple(context.neutral(value) for value in elements))
            return
        frame.owner.layouts.setdefault(slot, (reader, []))[1].append(layout)
        if context.extra is not None:
            frame.keep(tuple(context.extra), partial=True)
        if context.failures:
            self._report(frame, elements)

    def _report(self, frame: _Frame, elements: list[str]) -> None:
        for element, component, value, expected in self._context.failures:
            self.findings.append(
                Finding(
                    code="IK4-8" if expected.startswith("date") else "IK4-6",
                    message=f"{elements[0]}{element:02d} can't be read as {expected}",
                    severity=Severity.ERROR,
                    level=1,
                    segment_id=elements[0],
                    segment_position=self._position,
                    loop=frame.loop.id,
                    element=element,
                    component=component,
                    value=value,
                    expected=expected,
                )
            )

    def _close(self) -> None:
        frame = self._stack.pop()
        loop = frame.loop
        if loop.record is None:
            return
        record = frame.build()
        if loop.id == self._at:
            parents = tuple(above.build_once() for above in self._stack if above.loop.record is not None)
            self._out.append(Found(record, parents, frame.first, self._position - 1))
            return
        parent = self._stack[-1]
        values = parent.values
        for name in loop.into:
            values = values.setdefault(name, {})
        if loop.many:
            values.setdefault(loop.field, []).append(record)
        else:
            values[loop.field] = record

    def finish(self) -> Root:
        if self._root is None:
            self._position += 1
            while len(self._stack) > 1:
                self._close()
            self._root = self._stack[0].build()
        return self._root


class _Candidate:
    """What a segment id may be in a loop: one of its own segments, or the opening of a child loop."""

    __slots__ = ("code_lists", "into", "many", "opens", "qualifiers", "read", "record", "single", "slot", "test")

    def __init__(
        self,
        slot: int,
        test: Callable[[list[str], Context], bool] | None,
        read: Read | None,
        segment: b.Segment,
        opens: tuple[_CompiledLoop, ...] = (),
        single: bool = True,
    ) -> None:
        self.slot = slot
        lists = next((part for part in segment.parts if isinstance(part, b.CodeLists)), None)
        self.code_lists = CodeListReader(lists) if lists is not None and not opens else None
        self.test = test
        self.read = read
        self.into = segment.into
        self.many = segment.many
        self.record = segment.record
        self.opens = opens
        self.single = single
        # fields that hold a qualifier: written beside a value, they don't ask for the segment by themselves
        self.qualifiers = frozenset(p.field for p in segment.parts if isinstance(p, b.Match) and p.field)


class _CompiledLoop:
    """A loop's candidates by segment id. Slots number the parts, those of unrecorded loops included."""

    def __init__(self, table: b.Loop, first_slot: int) -> None:
        self.id = table.id
        self.record = table.record
        self.field = table.field
        self.many = table.many
        self.into = table.into
        self.first_slot = first_slot
        self.candidates: dict[str, list[_Candidate]] = {}
        self.nested = _nested_types(table) if table.record is not None else {}
        self.blank = {**_defaults(table.record), **dict(table.always)} if table.record is not None else {}
        own = 0 if table.record is not None else first_slot
        slot = own
        for part in table.parts:
            if isinstance(part, b.Segment):
                test, read = reader_of(part)
                repeats = bool(part.many) or isinstance(part.parts[0], b.CodeLists)
                self._add(part.id, _Candidate(slot, test, read, part, single=not repeats))
                slot += 1
            else:
                child = _CompiledLoop(part, slot)
                opening = next(p for p in part.parts if isinstance(p, b.Segment))
                single = not part.many
                self._add(opening.id, _Candidate(slot, child.trigger.test, None, opening, (child,), single))
                if part.implied:
                    for name, below in child.candidates.items():
                        for candidate in below:
                            if candidate.opens:
                                self._add(
                                    name,
                                    _Candidate(slot, candidate.test, None, opening, (child, *candidate.opens), single),
                                )
                slot += slots_of(part)
        self.slots = slot - own

    def _add(self, name: str, candidate: _Candidate) -> None:
        self.candidates.setdefault(name, []).append(candidate)

    @property
    def trigger(self) -> _Candidate:
        """The candidate of the segment that opens this loop: its first part."""
        return next(iter(self.candidates.values()))[0]


def slots_of(part: b.Segment | b.Loop) -> int:
    """How many slots a part takes in its loop: unrecorded loops share their parent's numbering."""
    if isinstance(part, b.Loop) and part.record is None:
        return sum(slots_of(below) for below in part.parts)
    return 1


class _Frame:
    """An open loop: values read so far and where in the loop we are."""

    __slots__ = (
        "after", "counts", "filled", "first", "last_slot", "layouts", "loop", "owner", "slot_before", "snapshot",
        "unbound", "values",
    )  # fmt: skip

    def __init__(self, loop: _CompiledLoop, values: Values, owner: _Frame | None, first: int) -> None:
        self.loop = loop
        self.values = values
        self.owner: _Frame = owner or self
        self.first = first
        self.after = 0
        self.filled: set[int] = set()
        self.counts: dict[int, int] = {}
        self.last_slot = -1
        self.slot_before = -1
        self.unbound: list[Unbound] = []
        self.layouts: dict[int, tuple[CodeListReader, list[tuple[str, ...]]]] = {}
        self.snapshot: Any = None

    def seen(self, slot: int) -> None:
        owner = self.owner
        owner.slot_before, owner.last_slot = owner.last_slot, slot
        owner.counts[slot] = owner.counts.get(slot, 0) + 1

    def unsee(self, slot: int) -> None:
        """Take back what was just seen: it will be written as kept, after what stood before it."""
        owner = self.owner
        owner.counts[slot] -= 1
        if not owner.counts[slot]:
            owner.last_slot = owner.slot_before

    def keep(self, elements: tuple[str, ...], *, partial: bool = False) -> None:
        owner = self.owner
        slot = owner.last_slot
        owner.unbound.append(Unbound(slot, owner.counts.get(slot, 0), elements, partial))

    def build(self) -> Any:
        assert self.loop.record is not None  # noqa: S101 - unrecorded loops are never built
        values = self.values
        unbound = self.unbound
        for slot, (reader, layouts) in self.layouts.items():
            unusual = reader.unusual(layouts, values)
            if unusual is not None:
                unbound = [Unbound(slot, 0, ("", *unusual), True), *unbound]
        if self.loop.nested:
            values = _with_nested(values, self.loop.nested)
        if self.loop.blank:
            values = {**self.loop.blank, **values}
        if unbound:
            values = {**values, "unbound": unbound}
        return self.loop.record(**values)

    def build_once(self) -> Any:
        if self.snapshot is None:
            self.snapshot = self.build()
        return self.snapshot


Nested = dict[str, tuple[type[Any], "Nested"]]


def _with_nested(values: Values, nested: Nested) -> Values:
    """Values with the dicts of nested records made into those records."""
    values = dict(values)
    for name, (record, below) in nested.items():
        inner = values.get(name)
        if isinstance(inner, dict):
            values[name] = record(**{**_defaults(record), **_with_nested(inner, below)})
    return values


def _defaults(record: type[msgspec.Struct]) -> Values:
    """Fields whose default says something: fit for a new record, but a decoded one was silent there."""
    if record not in _DEFAULTS:
        fields = msgspec.structs.fields(record)
        _DEFAULTS[record] = {field.name: "" for field in fields if field.default not in _SILENT}
    return _DEFAULTS[record]


_DEFAULTS: dict[type[msgspec.Struct], Values] = {}
_SILENT = ("", None, msgspec.NODEFAULT)


def _nested_types(table: b.Loop) -> Nested:
    """The records below a loop's record that its segments write into, by the model's annotations."""
    assert table.record is not None  # noqa: S101 - called for recorded loops only
    nested: Nested = {}
    for path in _into_paths(table, ()):
        at, record = nested, table.record
        for name in path:
            hint = get_type_hints(record)[name]
            options = [t for t in (get_args(hint) or (hint,)) if t is not type(None)]
            record = options[0]
            at = at.setdefault(name, (record, {}))[1]
    return nested


def _into_paths(table: b.Loop, prefix: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for part in table.parts:
        path = prefix + part.into
        if isinstance(part, b.Segment):
            if path:
                yield path
        elif part.record is None:
            yield from _into_paths(part, path)
        elif path:
            yield path


def _openers(table: b.Loop) -> Iterator[str]:
    for part in table.parts:
        if isinstance(part, b.Loop):
            yield next(p.id for p in part.parts if isinstance(p, b.Segment))
            yield from _openers(part)
