"""Quick loop writers: Python written for one loop of a binding, all its segments in one function.

Most of what a loop may hold isn't there, so that what counts is how fast absence is seen: here it costs one
look at a field. The beginning of a claim's function comes out as

    def write(r, number, parent, out, run):
        if r.unbound: return again(r, number, parent, out, run)
        opened = False
        v1 = r.patient_control_number; v2 = r.total_charge
        if v1 or v2 is not None:
            e = ["CLM", v1, K0(v2) if v2 is not None else ""]
            while not e[-1]: e.pop()
            out.append(e)
            opened = True
        if not opened: mark = len(out)

`r` is the record, `number` its place among its like (LX01), `parent` the level above (HL02), `out` takes the
segments, `run` counts the levels. Where segments are wanted as text, with the file's separators, the last lines are

            if v2 is not None: elements += 3; out.append(f'''CLM*{v1}*{K0(v2)}''')
            elif v1: elements += 2; out.append(f'''CLM*{v1}''')

and `run` is told at the end how many were put. A loop that holds loops that
hold loops is a generator: whoever runs it takes what is in `out` each time it yields. A record that holds what
the table can't express is left to the careful writer (`encode.py`), which gives the same for all others. No
data ever becomes part of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from edigate.x12 import binding as b
from edigate.x12.quick_parts import Draft, Lines, Piece, always, composite
from edigate.x12.quick_read import Nested

AT_ONCE = 256  # segments that may wait in `out`


class LoopShape(msgspec.Struct, frozen=True):
    """What a loop's function needs to know of the loop beside its table."""

    table: b.Loop
    record: b.RecordType  # of the loop, or of the one above that it writes from
    must_open: bool
    level_fields: tuple[str, ...]


class Child(msgspec.Struct, frozen=True):
    """How a loop's function writes the loop of a part: inline, by a call, or a batch at a time."""

    writer: Any  # has `write`; None: its segments are the parent's own (no record)
    lazy: bool = False


def quick_source(
    shape: LoopShape, child_of: Callable[[b.Loop], Child], nested_of: Callable[[b.RecordType, tuple[str, ...]], Nested],
    codes_of: Callable[[b.Segment], Any], *, lazy: bool, separators: tuple[str, str] | None,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """The source of a loop's function `write`, and what it refers to."""
    lines = _LoopLines(child_of, nested_of, codes_of, separators)
    lines.add(f"if r.unbound: {'yield from' if lazy else 'return'} again(r, number, parent, out, run)")
    if lazy:
        lines.lines[-1] += "; return"
    if lines.joined:
        lines.add("join = run.join; elements = inner = 0")
    lines.loop(shape, "r")
    lines.tell()
    if lazy:
        lines.add(f"if len(out) >= {AT_ONCE}: yield")
    return "def write(r, number, parent, out, run):\n" + "\n".join(lines.lines) + "\n", lines.constants


class _LoopLines(Lines):
    """The lines that write a loop, and those below it that have no function of their own."""

    def __init__(
        self,
        child_of: Callable[[b.Loop], Child],
        nested_of: Callable[[b.RecordType, tuple[str, ...]], Nested],
        codes_of: Callable[[b.Segment], Any],
        separators: tuple[str, str] | None,
    ) -> None:
        super().__init__(separators)
        self._child_of = child_of
        self._nested_of = nested_of
        self._codes_of = codes_of

    def tell(self) -> None:
        """Let the run know what was put since it was last told."""
        if self.joined:
            self.add("run.elements += elements; run.inner += inner; elements = inner = 0")

    # --- loops

    def loop(self, shape: LoopShape, source: str, level_parent: str = "parent") -> None:
        parts = shape.table.parts
        opening = parts[0]
        opened = mark = ""
        rest: Sequence[b.Segment | b.Loop] = parts
        if shape.must_open and isinstance(opening, b.Segment) and not _level(opening):
            # A loop that says anything must begin with its opening segment, were it all constants.
            opened, mark = self.name("opened"), self.name("mark")
            if self.segment(opening, shape.record, source, tell=opened):
                opened = ""  # it always does
            else:
                self.add(f"if not {opened}: {mark} = len(out)")
            rest = parts[1:]
        for part in rest:
            if isinstance(part, b.Segment):
                level = _level(part)
                if level:
                    level_parent = self.level(level, shape, source)
                else:
                    self.segment(part, shape.record, source)
                continue
            child = self._child_of(part)
            record, where, blocks = self.down(shape.record, part.into, source)
            if child.writer is None:
                self.loop(LoopShape(part, record, True, ()), where, level_parent)
            else:
                self.child(part, child, where, level_parent, (opened, mark, opening, shape.record, source))
            self.end(blocks)
        if opened:
            self.open_late(opened, f"len(out) > {mark}", mark, opening, shape.record, source)

    def open_late(
        self, opened: str, condition: str, mark: str, opening: b.Segment | b.Loop, record: b.RecordType, source: str
    ) -> None:
        assert isinstance(opening, b.Segment)  # noqa: S101  # as `opened` says
        self.block(f"if not {opened} and {condition}:")
        self.add(f"{opened} = True; rest = out[{mark}:]; del out[{mark}:]")
        self.segment(opening, record, source, force=True)
        self.add("out += rest")
        self.end()

    def child(self, part: b.Loop, child: Child, where: str, parent: str, opening: tuple[Any, ...]) -> None:
        found, writer = f"{where}.{part.field}", self.constant(child.writer)
        opened, mark, segment, record, source = opening
        if child.lazy and opened:
            self.open_late(opened, found, mark, segment, record, source)
        if part.many:
            nth, each = self.name("n"), self.name("x")
            self.block(f"if {found}:")
            self.block(f"for {nth}, {each} in enumerate({found}, 1):")
        else:
            nth, each = "1", found
            self.block(f"if {found} is not None:")
        if child.lazy:
            self.tell()
        self.add(f"{'yield from ' if child.lazy else ''}{writer}.write({each}, {nth}, {parent}, out, run)")
        self.end(2 if part.many else 1)

    def level(self, level: b.HierarchicalLevel, shape: LoopShape, source: str) -> str:
        below = " or ".join(f"{source}.{name}" for name in shape.level_fields) or "False"
        self.add("run.levels = level = run.levels + 1")
        above = Piece('(str(parent) if parent else "")', "parent", "str(parent)")
        children = [] if level.leaf else [always(f"('1' if {below} else '0')")]
        self.segment_of("HL", [always("str(level)"), above, always(repr(level.code)), *children], "")
        return "level"

    def down(self, record: b.RecordType, into: tuple[str, ...], source: str) -> tuple[b.RecordType, str, int]:
        """Lines to the record below `into`; its type, its name, and how many blocks were opened."""
        blocks = 0
        for name, kind in self._nested_of(record, into).path:
            inner = self.name("n")
            self.add(f"{inner} = {source}.{name}")
            self.block(f"if {inner} is not None:")
            blocks += 1
            record, source = kind, inner
        return record, source, blocks

    # --- segments

    def segment(
        self, segment: b.Segment, record: b.RecordType, source: str, *, force: bool = False, tell: str = ""
    ) -> bool:
        """The lines of a segment; whether it is always written. Else they `tell`, under that name, if it was."""
        if tell:
            self.add(f"{tell} = False")
        record, source, blocks = self.down(record, segment.into, source)
        always = False
        codes = self._codes_of(segment)
        assert not (tell and (codes or segment.many))  # noqa: S101  # no loop begins with what may be there twice
        if codes is not None:
            self.code_lists(segment, codes, source)
        elif segment.many:
            found, each = f"{source}.{segment.many}", self.name("x")
            self.block(f"if {found}:")
            self.block(f"for {each} in {found}:")
            Draft(self, segment.record, each, plain=segment.record is None).write(segment)
            self.end(2)
        else:
            always = Draft(self, record, source).write(segment, force=force, tell=tell) and not blocks
        self.end(blocks)
        return always

    def code_lists(self, segment: b.Segment, codes: Any, source: str) -> None:
        lists = next(part for part in segment.parts if isinstance(part, b.CodeLists)).lists
        fields = [each.field for each in lists]
        if len(set(fields)) < len(fields) or any(each.single or each.record is None for each in lists):
            # which of the lists a member belongs to is a longer story
            any_of = " or ".join(f"{source}.{name}" for name in dict.fromkeys(fields))
            made = f"{self.constant(codes)}({source})"
            self.add(f"if {any_of}: out += {f'map(run.line, {made})' if self.joined else made}")
            return
        for each in lists:
            found, start, member, piece = self.name(), self.name("s"), self.name("x"), self.name("c")
            self.add(f"{found} = {source}.{each.field}")
            self.block(f"if {found}:")
            self.block(f"for {start} in range(0, len({found}), {each.most}):")
            self.add(f"e = [{segment.id!r}]")
            self.block(f"for {member} in {found}[{start}:{start} + {each.most}]:")
            pieces, _ = composite(Draft(self, each.record, member), each.parts, each.record, member)
            self.composite(piece, pieces)
            self.add(f"e.append({piece})")
            self.end()
            self.put()
            self.end(2)


def _level(segment: b.Segment) -> b.HierarchicalLevel | None:
    return next((part for part in segment.parts if isinstance(part, b.HierarchicalLevel)), None)
