"""What quick loop writers are made of: lines of Python, and one segment of a binding as such lines.

Knows each kind of part of a segment; which segments and loops follow each other is `quick_write.py`'s.
No data ever becomes part of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from edigate.x12 import binding as b
from edigate.x12.codecs import Codec, day, hour
from edigate.x12.reading import silent_defaults

_MANY = 3  # empty elements at an end, from which on they aren't taken off one by one


class Lines:
    """The lines of one function, their indentation and names.

    `joined`: segments come out as texts, their separators counted, else as elements.
    """

    def __init__(self, *, joined: bool) -> None:
        self.joined = joined
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._depth = 1
        self._count = 0

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

    # --- what was made, as it is asked for

    def shorten(self, name: str, row: Sequence[str], before: int) -> None:
        """Leave off what is empty at the end of a list, which a row was put into behind `before` others.

        Of texts that stand there as they are, the last that says something tells how many stay, all at once.
        """
        count = len(row)
        while count and (row[count - 1] == '""' or row[count - 1].isidentifier()):
            count -= 1
        if len(row) - count < _MANY:
            return
        said = [f"{before + at + 1} if {row[at]} else " for at in range(len(row) - 2, count - 1, -1) if row[at] != '""']
        self.add(f"if not {name}[-1]: del {name}[{''.join(said)}{max(before + count, 1)}:]")

    def put(self, *, full: bool = False) -> None:
        """A segment, whose elements are in `e`. `full`: its last one is never empty."""
        if not full:
            self.add("while not e[-1]: e.pop()")
        self.add("elements += len(e); out.append(join(e))" if self.joined else "out.append(e)")

    def composite(self, name: str, pieces: Sequence[str]) -> None:
        """An element of these components under a name; empty where all of them are."""
        self.add(f"{name} = [{', '.join(pieces)}]")
        self.shorten(name, pieces, 0)
        self.add(f"while not {name}[-1] and len({name}) > 1: {name}.pop()")
        if self.joined:
            self.add(f"inner += len({name}) - 1; {name} = join_components({name})")
        else:
            self.add(f'{name} = tuple({name}) if {name}[-1] else ""')


class Draft:
    """One segment (or composite, or group) to be written: texts by position, and what makes it worth writing."""

    def __init__(self, lines: Lines, record: b.RecordType | None, source: str, *, plain: bool = False) -> None:
        self.lines = lines
        self.source = source
        self.plain = plain
        self.record = record
        self._defaults = {} if record is None else {one.name: one.default for one in msgspec.structs.fields(record)}
        self._silent = {} if record is None else silent_defaults(record)
        self.texts: dict[int, str] = {}
        self.said: list[str] = []
        self.certain: dict[str, tuple[int, str]] = {}  # by condition: the element it speaks of, and its text then
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
        full = False
        if len(self.said) == 1 and not force and not self.after and condition in self.certain:
            position, self.texts[position] = self.certain[condition]
            full = position == max(self.texts)
        lines.add(f"e = [{', '.join([repr(segment.id), *self.row()])}]")
        if not (full or self.after):
            lines.shorten("e", self.row(), 1)
        assert not self.after or segment.parts[-1].__class__ in (b.Groups, b.Pairs)  # noqa: S101  # nothing behind
        for each in self.after:
            each()
        lines.put(full=full)
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
        return f'({self.given(codec, value)} if {there} else "")', there

    def given(self, codec: Codec, value: str) -> str:
        """The text of a value that is there."""
        return value if codec.decode is str else f"{self.lines.constant(codec.encode)}({value})"


# --- one emitter a kind of part


def _emit_element(draft: Draft, part: b.Element) -> None:
    draft.texts[part.position], there = draft.text(part.field, part.codec)
    draft.said.append(there)
    value = there.removesuffix(" is not None")
    if value.isidentifier():
        draft.certain[there] = part.position, draft.given(part.codec, value)


def _emit_match(draft: Draft, part: b.Match) -> None:
    if part.field:
        value = draft.value(part.field)
        draft.texts[part.position] = f"({value} or {part.first!r})"
    elif part.first:
        draft.texts[part.position] = repr(part.first)


def _emit_constant(draft: Draft, part: b.Constant) -> None:
    draft.texts[part.position] = repr(part.value)


def _emit_qualified(draft: Draft, part: b.Qualified) -> None:
    value, there = draft.text(part.field, part.codec)
    first = part.codes[0] if part.codes else ""
    qualifier = repr(first)
    if part.qualifier_field:
        found = draft.value(part.qualifier_field)
        qualifier = f"({found} or {first!r})"
    draft.texts[part.qualifier] = f'({qualifier} if {there} else "")'
    draft.texts[part.position] = value
    draft.said.append(there)


def composite(
    draft: Draft, parts: Sequence[b.Part], record: b.RecordType | None, source: str
) -> tuple[list[str], str]:
    """Lines for the components; the row of them, and the condition that it says anything."""
    inner = Draft(draft.lines, record, source, plain=record is None and draft.plain)
    inner.emit(parts)
    condition = " or ".join(inner.said)
    return inner.row(), condition


def _emit_composite(draft: Draft, part: b.Composite) -> None:
    made, condition = composite(draft, part.parts, draft.record, draft.source)
    if not condition:
        return
    name = draft.lines.name("c")
    draft.lines.add(f'{name} = ""')
    draft.lines.block(f"if {condition}:")
    draft.lines.composite(name, made)
    draft.lines.end()
    draft.texts[part.position] = name
    draft.said.append(name)


def _emit_repeated(draft: Draft, part: b.Repeated) -> None:
    value = draft.value(part.field)
    if draft.lines.joined:  # repetitions are seldom: such a segment is written from its elements
        draft.lines.add(f"if {value}: run.sure = False")
    else:
        draft.texts[part.position] = f'(list({value}) if {value} else "")'
    draft.said.append(value)


def _emit_texts(draft: Draft, part: b.Texts) -> None:
    value = draft.value(part.field)
    names = [draft.lines.name("t") for _ in part.positions]
    encoded = value if part.codec.decode is str else f"list(map({draft.lines.constant(part.codec.encode)}, {value}))"
    blanks = draft.lines.constant([""] * len(names))
    draft.lines.add(f"if {value}: {', '.join(names)}, = [*{encoded}, *{blanks}][:{len(names)}]")
    draft.lines.add(f'else: {" = ".join(names)} = ""')
    draft.texts.update(zip(part.positions, names, strict=True))
    draft.said.append(value)


def _emit_items(draft: Draft, part: b.Items) -> None:
    value = draft.value(part.field)
    lines = draft.lines
    names = [lines.name("t") for _ in part.positions]
    lines.add(f'{" = ".join(names)} = ""')
    lines.block(f"if {value}:")
    found, each = lines.name("i"), lines.name("x")
    lines.add(f"{found} = []")
    lines.block(f"for {each} in {value}[:{len(names)}]:")
    made, _ = composite(draft, part.parts, part.record, each)
    piece = lines.name("c")
    lines.composite(piece, made)
    lines.add(f"{found}.append({piece})")
    lines.end()
    lines.add(f"{', '.join(names)}, = ({found} + {lines.constant([''] * len(names))})[:{len(names)}]")
    lines.end()
    draft.texts.update(zip(part.positions, names, strict=True))
    draft.said.append(value)


def _emit_groups(draft: Draft, part: b.Groups) -> None:
    value = draft.value(part.field)
    lines = draft.lines

    def write() -> None:
        each = lines.name("x")
        _reach(draft, part.start)
        lines.block(f"for {each} in {value}[:{part.times}]:")
        group = Draft(lines, part.record, each)
        group.emit(part.parts)
        row = [group.texts.get(position, '""') for position in range(1, part.width + 1)]
        lines.add(f"e += ({', '.join(row)},)")
        lines.end()

    draft.said.append(value)
    draft.after.append(write)


def _reach(draft: Draft, position: int) -> None:
    """Blanks up to before `position`, for what is appended there."""
    for blank in range(max(draft.texts, default=0) + 1, position):
        draft.lines.add('e.append("")')
        draft.texts[blank] = '""'


def _emit_pairs(draft: Draft, part: b.Pairs) -> None:
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


def _emit_period(draft: Draft, part: b.Period) -> None:
    first, last = draft.value(part.first), draft.value(part.last)
    encode = draft.lines.constant(day.encode)
    there = f"{first} is not None"
    made = f'{encode}({first}) if {last} is None else {encode}({first}) + "-" + {encode}({last})'
    draft.texts[part.qualifier] = f'("" if {first} is None else "D8" if {last} is None else "RD8")'
    draft.texts[part.position] = f'("" if {first} is None else {made})'
    draft.said.append(there)
    draft.certain[there] = part.position, f"({made})"


def _emit_moment(draft: Draft, part: b.Moment) -> None:
    on, at = draft.value(part.day), draft.value(part.hour)
    encode, encode_hour = draft.lines.constant(day.encode), draft.lines.constant(hour.encode)
    draft.texts[part.qualifier] = f'("" if {on} is None else "D8" if {at} is None else "DT")'
    draft.texts[part.position] = (
        f'("" if {on} is None else {encode}({on}) if {at} is None else {encode}({on}) + {encode_hour}({at}))'
    )
    draft.said.append(f"{on} is not None")


def _emit_sequence(draft: Draft, part: b.Sequence) -> None:
    draft.texts[part.position] = "str(number)"
    draft.always = True


_EMIT: dict[type[b.Part], Callable[[Draft, Any], None]] = {
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
