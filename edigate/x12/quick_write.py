"""Quick loop writers: Python written for one loop of a binding, all its segments in one function.

Most of what a loop may hold isn't there, so that what counts is how fast absence is seen: here it costs one
look at a field. The beginning of a claim's function comes out as

    def write(r, number, parent, out, run):
        if r.unbound: return again(r, number, parent, out, run)
        opened = True; mark = len(out)
        v1 = r.patient_control_number; v2 = r.total_charge
        if v1 or v2 is not None:
            e = ["CLM", v1, K0(v2) if v2 is not None else ""]
            while not e[-1]: e.pop()
            out.append(e)

`r` is the record, `number` its place among its like (LX01), `parent` the level above (HL02), `out` takes the
segments, `run` counts the levels. A record that holds what the table can't express is left to the careful
writer (`write_loop.py`), which gives the same for all others. No data ever becomes part of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from edigate.x12 import binding as b
from edigate.x12.codecs import Codec, day, hour
from edigate.x12.quick_read import Nested
from edigate.x12.reading import silent_defaults


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
    codes_of: Callable[[b.Segment], Any], *, lazy: bool,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """The source of a loop's function `write`, and what it refers to."""
    lines = _Lines(child_of, nested_of, codes_of, lazy)
    record_test = "if r.unbound: "
    if lazy:
        lines.add(f"{record_test}yield from again(r, number, parent, run); return")
        lines.add("out = []")
    else:
        lines.add(f"{record_test}return again(r, number, parent, out, run)")
    lines.loop(shape, "r")
    if lazy:
        lines.add("yield out")
    given = "r, number, parent, run" if lazy else "r, number, parent, out, run"
    source = f"def write({given}):\n" + "\n".join(lines.lines) + "\n"
    return source, lines.constants


class _Lines:
    """The lines of one function, their indentation and names."""

    def __init__(
        self,
        child_of: Callable[[b.Loop], Child],
        nested_of: Callable[[b.RecordType, tuple[str, ...]], Nested],
        codes_of: Callable[[b.Segment], Any],
        lazy: bool,
    ) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._depth = 1
        self._count = 0
        self._child_of = child_of
        self._nested_of = nested_of
        self._codes_of = codes_of
        self._lazy = lazy

    def add(self, line: str) -> None:
        self.lines.append("    " * self._depth + line)

    def block(self, line: str) -> None:
        self.add(line)
        self._depth += 1

    def end(self, blocks: int = 1) -> None:
        self._depth -= blocks

    def name(self, prefix: str = "v") -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def constant(self, value: Any) -> str:
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"K{len(self._names)}"
            self.constants[name] = value
        return name

    # --- loops

    def loop(self, shape: LoopShape, source: str, level_parent: str = "parent") -> None:
        parts = shape.table.parts
        opening = parts[0]
        opened = mark = ""
        rest: Sequence[b.Segment | b.Loop] = parts
        if shape.must_open and isinstance(opening, b.Segment) and not _level(opening):
            # A loop that says anything must begin with its opening segment, were it all constants.
            opened, mark = self.name("opened"), self.name("mark")
            self.add(f"{mark} = len(out)")
            self.segment(opening, shape.record, source)
            self.add(f"{opened} = len(out) > {mark}")
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
        found, writer = self.name(), self.constant(child.writer)
        self.add(f"{found} = {where}.{part.field}")
        opened, mark, segment, record, source = opening
        if child.lazy and opened:
            self.open_late(opened, found, mark, segment, record, source)
        if child.lazy and not self._lazy:
            raise AssertionError("a loop written at once holds none that isn't")
        before = f"if {found}: yield out; out = []" if child.lazy else ""
        if before:
            self.add(before)
        if part.many:
            nth, each = self.name("n"), self.name("x")
            self.block(f"if {found}:")
            self.block(f"for {nth}, {each} in enumerate({found}, 1):")
        else:
            nth, each = "1", found
            self.block(f"if {found} is not None:")
        if child.lazy:
            self.add(f"yield from {writer}.write({each}, {nth}, {parent}, run)")
        else:
            self.add(f"{writer}.write({each}, {nth}, {parent}, out, run)")
        self.end(2 if part.many else 1)

    def level(self, level: b.HierarchicalLevel, shape: LoopShape, source: str) -> str:
        below = " or ".join(f"{source}.{name}" for name in shape.level_fields) or "False"
        self.add("run.levels = level = run.levels + 1")
        above = 'str(parent) if parent else ""'
        children = "" if level.leaf else f', "1" if {below} else "0"'
        self.add(f'out.append(["HL", str(level), {above}, {level.code!r}{children}])')
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

    def segment(self, segment: b.Segment, record: b.RecordType, source: str, *, force: bool = False) -> None:
        record, source, blocks = self.down(record, segment.into, source)
        codes = self._codes_of(segment)
        if codes is not None:
            self.code_lists(segment, codes, source)
        elif segment.many:
            found, each = self.name(), self.name("x")
            self.add(f"{found} = {source}.{segment.many}")
            self.block(f"if {found}:")
            self.block(f"for {each} in {found}:")
            _Draft(self, segment.record, each, plain=segment.record is None).write(segment)
            self.end(2)
        else:
            _Draft(self, record, source).write(segment, force=force)
        self.end(blocks)


    def code_lists(self, segment: b.Segment, codes: Any, source: str) -> None:
        lists = next(part for part in segment.parts if isinstance(part, b.CodeLists)).lists
        fields = [each.field for each in lists]
        if len(set(fields)) < len(fields) or any(each.single or each.record is None for each in lists):
            # which of the lists a member belongs to is a longer story
            any_of = " or ".join(f"{source}.{name}" for name in dict.fromkeys(fields))
            self.add(f"if {any_of}: out += {self.constant(codes)}({source})")
            return
        for each in lists:
            found, start, member, piece = self.name(), self.name("s"), self.name("x"), self.name("c")
            self.add(f"{found} = {source}.{each.field}")
            self.block(f"if {found}:")
            self.block(f"for {start} in range(0, len({found}), {each.most}):")
            self.add(f"e = [{segment.id!r}]")
            self.block(f"for {member} in {found}[{start}:{start} + {each.most}]:")
            made, _ = _composite(_Draft(self, each.record, member), each.parts, each.record, member)
            self.add(f"{piece} = {made}")
            self.add(f"while not {piece}[-1]: {piece} = {piece}[:-1]")
            self.add(f"e.append({piece})")
            self.end()
            self.add("out.append(e)")
            self.end(2)


class _Draft:
    """One segment (or composite, or group) to be written: texts by position, and what makes it worth writing."""

    def __init__(self, lines: _Lines, record: b.RecordType | None, source: str, *, plain: bool = False) -> None:
        self.lines = lines
        self.source = source
        self.plain = plain
        self.record = record
        self._defaults = {} if record is None else {one.name: one.default for one in msgspec.structs.fields(record)}
        self._silent = {} if record is None else silent_defaults(record)
        self.texts: dict[int, str] = {}
        self.said: list[str] = []
        self.after: list[Callable[[], None]] = []  # what is appended once the fixed elements are there
        self.always = False

    def write(self, segment: b.Segment, *, force: bool = False) -> None:
        self.emit(segment.parts)
        lines = self.lines
        condition = "" if force or self.always else " or ".join(self.said)
        if not (force or self.always) and not condition:
            return  # constants alone are never written for their own sake
        if condition:
            lines.block(f"if {condition}:")
        lines.add(f"e = [{', '.join([repr(segment.id), *self.row()])}]")
        assert not self.after or segment.parts[-1].__class__ in (b.Groups, b.Pairs)  # noqa: S101  # nothing behind
        for each in self.after:
            each()
        lines.add("while not e[-1]: e.pop()")
        lines.add("out.append(e)")
        if condition:
            lines.end()

    def row(self) -> list[str]:
        return [self.texts.get(position, '""') for position in range(1, max(self.texts, default=0) + 1)]

    def emit(self, parts: Sequence[b.Part]) -> None:
        for part in parts:
            _EMIT[type(part)](self, part)

    # --- for the emitters

    def value(self, field: str) -> str:
        """A local with the value of a field."""
        if self.plain:
            return self.source
        name = self.lines.name()
        self.lines.add(f"{name} = {self.source}.{field}")
        return name

    def text(self, field: str, codec: Codec) -> tuple[str, str]:
        """A field as the text of an element, empty where there is none, and the condition that there is one."""
        value = self.value(field)
        default = self._defaults.get(field, "")
        if codec.decode is str:
            is_text = default == "" or field in self._silent or self.plain
            return (value if is_text else f'({value} or "")'), value
        there = f"{value} is not None" if default is None else f'({value} is not None and {value} != "")'
        return f'({self.lines.constant(codec.encode)}({value}) if {there} else "")', there


def _level(segment: b.Segment) -> b.HierarchicalLevel | None:
    return next((part for part in segment.parts if isinstance(part, b.HierarchicalLevel)), None)


# --- one emitter a kind of part


def _emit_element(draft: _Draft, part: b.Element) -> None:
    draft.texts[part.position], there = draft.text(part.field, part.codec)
    draft.said.append(there)


def _emit_match(draft: _Draft, part: b.Match) -> None:
    if part.field:
        value = draft.value(part.field)
        draft.texts[part.position] = f"({value} or {part.first!r})"
    elif part.first:
        draft.texts[part.position] = repr(part.first)


def _emit_constant(draft: _Draft, part: b.Constant) -> None:
    draft.texts[part.position] = repr(part.value)


def _emit_qualified(draft: _Draft, part: b.Qualified) -> None:
    value, there = draft.text(part.field, part.codec)
    first = part.codes[0] if part.codes else ""
    qualifier = repr(first)
    if part.qualifier_field:
        found = draft.value(part.qualifier_field)
        qualifier = f"({found} or {first!r})"
    draft.texts[part.qualifier] = f'({qualifier} if {there} else "")'
    draft.texts[part.position] = value
    draft.said.append(there)


def _composite(draft: _Draft, parts: Sequence[b.Part], record: b.RecordType | None, source: str) -> tuple[str, str]:
    """Lines for the components; the tuple of them, and the condition that it says anything."""
    inner = _Draft(draft.lines, record, source, plain=record is None and draft.plain)
    inner.emit(parts)
    condition = " or ".join(inner.said)
    pieces = ", ".join(inner.row())
    return f"({pieces},)", condition


def _emit_composite(draft: _Draft, part: b.Composite) -> None:
    made, condition = _composite(draft, part.parts, draft.record, draft.source)
    if not condition:
        return
    name = draft.lines.name("c")
    draft.lines.add(f'{name} = {made} if {condition} else ""')
    draft.lines.add(f"while {name} and not {name}[-1]: {name} = {name}[:-1]")
    draft.texts[part.position] = name
    draft.said.append(name)


def _emit_repeated(draft: _Draft, part: b.Repeated) -> None:
    value = draft.value(part.field)
    draft.texts[part.position] = f'(list({value}) if {value} else "")'
    draft.said.append(value)


def _emit_texts(draft: _Draft, part: b.Texts) -> None:
    value = draft.value(part.field)
    names = [draft.lines.name("t") for _ in part.positions]
    encoded = value if part.codec.decode is str else f"list(map({draft.lines.constant(part.codec.encode)}, {value}))"
    blanks = draft.lines.constant([""] * len(names))
    draft.lines.add(f"if {value}: {', '.join(names)}, = ({encoded} + {blanks})[:{len(names)}]")
    draft.lines.add(f'else: {" = ".join(names)} = ""')
    draft.texts.update(zip(part.positions, names, strict=True))
    draft.said.append(value)


def _emit_items(draft: _Draft, part: b.Items) -> None:
    value = draft.value(part.field)
    lines = draft.lines
    names = [lines.name("t") for _ in part.positions]
    lines.add(f'{" = ".join(names)} = ""')
    lines.block(f"if {value}:")
    found, each = lines.name("i"), lines.name("x")
    lines.add(f"{found} = []")
    lines.block(f"for {each} in {value}[:{len(names)}]:")
    made, _ = _composite(draft, part.parts, part.record, each)
    piece = lines.name("c")
    lines.add(f"{piece} = {made}")
    lines.add(f"while {piece} and not {piece}[-1]: {piece} = {piece}[:-1]")
    lines.add(f'{found}.append({piece} or "")')
    lines.end()
    lines.add(f"{', '.join(names)}, = ({found} + {lines.constant([''] * len(names))})[:{len(names)}]")
    lines.end()
    draft.texts.update(zip(part.positions, names, strict=True))
    draft.said.append(value)


def _emit_groups(draft: _Draft, part: b.Groups) -> None:
    value = draft.value(part.field)
    lines = draft.lines

    def write() -> None:
        each = lines.name("x")
        _reach(draft, part.start)
        lines.block(f"for {each} in {value}[:{part.times}]:")
        group = _Draft(lines, part.record, each)
        group.emit(part.parts)
        row = [group.texts.get(position, '""') for position in range(1, part.width + 1)]
        lines.add(f"e += ({', '.join(row)},)")
        lines.end()

    draft.said.append(value)
    draft.after.append(write)


def _reach(draft: _Draft, position: int) -> None:
    """Blanks up to before `position`, for what is appended there."""
    for blank in range(max(draft.texts, default=0) + 1, position):
        draft.lines.add('e.append("")')
        draft.texts[blank] = '""'


def _emit_pairs(draft: _Draft, part: b.Pairs) -> None:
    values = [(qualifier, draft.value(field)) for qualifier, field in part.fields]
    lines = draft.lines
    most = part.start + 2 * part.times

    def write() -> None:
        _reach(draft, part.start)
        for nth, (qualifier, value) in enumerate(values):
            room = f" and len(e) < {most}" if nth >= part.times else ""
            lines.add(f"if {value}{room}: e += ({qualifier!r}, {value})")

    draft.said += [value for _, value in values]
    draft.after.append(write)


def _emit_period(draft: _Draft, part: b.Period) -> None:
    first, last = draft.value(part.first), draft.value(part.last)
    encode = draft.lines.constant(day.encode)
    draft.texts[part.qualifier] = f'("" if {first} is None else "D8" if {last} is None else "RD8")'
    draft.texts[part.position] = (
        f'("" if {first} is None else {encode}({first}) if {last} is None'
        f' else {encode}({first}) + "-" + {encode}({last}))'
    )
    draft.said.append(f"{first} is not None")


def _emit_moment(draft: _Draft, part: b.Moment) -> None:
    on, at = draft.value(part.day), draft.value(part.hour)
    encode, encode_hour = draft.lines.constant(day.encode), draft.lines.constant(hour.encode)
    draft.texts[part.qualifier] = f'("" if {on} is None else "D8" if {at} is None else "DT")'
    draft.texts[part.position] = (
        f'("" if {on} is None else {encode}({on}) if {at} is None else {encode}({on}) + {encode_hour}({at}))'
    )
    draft.said.append(f"{on} is not None")


def _emit_sequence(draft: _Draft, part: b.Sequence) -> None:
    draft.texts[part.position] = "str(number)"
    draft.always = True


_EMIT: dict[type[b.Part], Callable[[_Draft, Any], None]] = {
    b.Element: _emit_element,
    b.Match: _emit_match,
    b.Constant: _emit_constant,
    b.Qualified: _emit_qualified,
    b.Composite: _emit_composite,
    b.Repeated: _emit_repeated,
    b.Texts: _emit_texts,
    b.Items: _emit_items,
    b.Groups: _emit_groups,
    b.Pairs: _emit_pairs,
    b.Period: _emit_period,
    b.Moment: _emit_moment,
    b.Sequence: _emit_sequence,
}
