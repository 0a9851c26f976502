"""What quick loop writers are made of: lines of Python, and one segment of a binding as such lines.

Knows each kind of part of a segment; which segments and loops follow each other is `quick_write.py`'s.
No data ever becomes part of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from edigate.x12 import binding as b
from edigate.x12.codecs import Codec, day, hour
from edigate.x12.reading import silent_defaults


class Piece(NamedTuple):
    """One element or component, in Python: its text, empty where there is none; the condition that there is one
    (empty: there always is); and its text where that holds."""

    text: str
    there: str
    given: str


def always(text: str) -> Piece:
    return Piece(text, "", text)


BLANK = Piece('""', "False", '""')


class Lines:
    """The lines of one function, their indentation and names.

    With `separators` (of elements, of components) segments come out as texts, with how many of those were put; else
    as elements.
    """

    def __init__(self, separators: tuple[str, str] | None) -> None:
        self.joined = separators is not None
        self._element, self._component = map(_literal, separators or ("", ""))
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

    def put(self) -> None:
        """A segment, whose elements are in `e`, without the empty ones at its end."""
        self.add("while not e[-1]: e.pop()")
        self.add("elements += len(e); out.append(join(e))" if self.joined else "out.append(e)")

    def segment_of(self, name: str, row: Sequence[Piece], condition: str) -> None:
        """A segment of these elements, where the condition holds."""
        if self.joined:
            row = [always(repr(name)), *row]
            for line in _ending(row, self._element, condition, "elements += {count}; out.append({made})"):
                self.add(line)
            return
        self.add(f"e = [{', '.join([repr(name), *(piece.text for piece in row)])}]")
        self.put()

    def composite(self, name: str, row: Sequence[Piece]) -> None:
        """An element of these components under a name; empty where all of them are."""
        if self.joined:
            for line in _ending(row, self._component, "", f"inner += {{apart}}; {name} = {{made}}"):
                self.add(line)
            return
        self.add(f"{name} = [{', '.join(piece.text for piece in row)}]")
        self.add(f"while not {name}[-1] and len({name}) > 1: {name}.pop()")
        self.add(f'{name} = tuple({name}) if {name}[-1] else ""')


def _ending(row: Sequence[Piece], separator: str, condition: str, line: str) -> Iterator[str]:
    """For each piece that may be the last that says something, last first, a line with how many pieces there are up
    to there, and their text: `if v3: ...`, `elif v2: ...`. The first piece is there even where it is empty."""
    asked = ["False"]
    for count in range(len(row), 0, -1):
        there = row[count - 1].there
        if count > 1 and there in asked:
            continue
        texts = [each.given if each.there == there else each.text for each in row[:count]]
        made = line.format(count=count, apart=count - 1, made=_joined(texts, separator))
        if count == 1 or there in ("", condition):
            yield made if len(asked) == 1 else f"else: {made}"
            return
        yield f"{'elif' if len(asked) > 1 else 'if'} {there}: {made}"
        asked.append(there)


def _joined(texts: Sequence[str], separator: str) -> str:
    """Python that joins texts: nothing does it sooner than a formatted string."""
    if len(texts) == 1:
        return texts[0]
    return "f'''" + separator.join(text[1:-1] if text[0] in "'\"" else f"{{{text}}}" for text in texts) + "'''"


def _literal(sign: str) -> str:
    """A separator inside a formatted string, where quotes, braces and backslashes mean something."""
    return sign if sign in _PLAIN else f"\\U{ord(sign):08x}"


_PLAIN = frozenset(("", *"*:|~^>!+-/"))


class Draft:
    """One segment (or composite, or group) to be written: texts by position, and what makes it worth writing."""

    def __init__(self, lines: Lines, record: b.RecordType | None, source: str, *, plain: bool = False) -> None:
        self.lines = lines
        self.source = source
        self.plain = plain
        self.record = record
        self._defaults = {} if record is None else {one.name: one.default for one in msgspec.structs.fields(record)}
        self._silent = {} if record is None else silent_defaults(record)
        self.pieces: dict[int, Piece] = {}
        self.said: list[str] = []
        self.after: list[Callable[[], None]] = []  # what is appended once the fixed elements are there
        self.always = False
        self.alone = False  # one field is all that is looked at: a name for its value would cost as much as the look

    def write(self, segment: b.Segment, *, force: bool = False, tell: str = "") -> bool:
        """The lines of the segment; whether it is always written."""
        said = [part for part in segment.parts if not isinstance(part, b.Constant)]
        fields = [part for part in said if not isinstance(part, b.Match) or part.field]
        self.alone = len(fields) == 1 and isinstance(fields[0], b.Element)
        self.emit(segment.parts)
        lines = self.lines
        condition = "" if force or self.always else " or ".join(self.said)
        if not (force or self.always) and not condition:
            return False  # constants alone are never written for their own sake
        if condition:
            lines.block(f"if {condition}:")
        if self.after:
            assert segment.parts[-1].__class__ in (b.Groups, b.Pairs)  # noqa: S101  # nothing behind
            lines.add(f"e = [{', '.join([repr(segment.id), *(piece.text for piece in self.row())])}]")
            for each in self.after:
                each()
            lines.put()
        else:
            lines.segment_of(segment.id, self.row(), condition)
        if condition:
            if tell:
                lines.add(f"{tell} = True")
            lines.end()
        return not condition

    def row(self) -> list[Piece]:
        return [self.pieces.get(position, BLANK) for position in range(1, max(self.pieces, default=0) + 1)]

    def emit(self, parts: Sequence[b.Part]) -> None:
        for part in parts:
            _EMIT[type(part)](self, part)

    # --- for the emitters

    def value(self, field: str) -> str:
        """A local with the value of a field, or the field itself."""
        if self.plain:
            return self.source
        if self.alone:
            return f"{self.source}.{field}"
        name = self.lines.name()
        self.lines.add(f"{name} = {self.source}.{field}")
        return name

    def text(self, field: str, codec: Codec) -> Piece:
        """A field as the text of an element."""
        value = self.value(field)
        default = self._defaults.get(field, "")
        if codec.decode is str:
            is_text = default == "" or field in self._silent or self.plain
            return Piece(value if is_text else f'({value} or "")', value, value)
        there = f"{value} is not None" if default is None else f'({value} is not None and {value} != "")'
        given = self.given(codec, value)
        return Piece(f'({given} if {there} else "")', there, given)

    def given(self, codec: Codec, value: str) -> str:
        """The text of a value that is there."""
        return value if codec.decode is str else f"{self.lines.constant(codec.encode)}({value})"


# --- one emitter a kind of part


def _emit_element(draft: Draft, part: b.Element) -> None:
    piece = draft.pieces[part.position] = draft.text(part.field, part.codec)
    draft.said.append(piece.there)


def _emit_match(draft: Draft, part: b.Match) -> None:
    if part.field:
        value = draft.value(part.field)
        draft.pieces[part.position] = _or(value, part.first)
    elif part.first:
        draft.pieces[part.position] = always(repr(part.first))


def _or(value: str, usual: str) -> Piece:
    """A value that has a usual one, which may be none."""
    return always(f"({value} or {usual!r})") if usual else Piece(f'({value} or "")', value, value)


def _emit_constant(draft: Draft, part: b.Constant) -> None:
    draft.pieces[part.position] = always(repr(part.value))


def _emit_qualified(draft: Draft, part: b.Qualified) -> None:
    piece = draft.pieces[part.position] = draft.text(part.field, part.codec)
    first = part.codes[0] if part.codes else ""
    qualifier = repr(first)
    if part.qualifier_field:
        qualifier = _or(draft.value(part.qualifier_field), first).text
    draft.pieces[part.qualifier] = Piece(f'({qualifier} if {piece.there} else "")', piece.there, qualifier)
    draft.said.append(piece.there)


def composite(
    draft: Draft, parts: Sequence[b.Part], record: b.RecordType | None, source: str
) -> tuple[list[Piece], str]:
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
    draft.pieces[part.position] = Piece(name, name, name)
    draft.said.append(name)


def _emit_repeated(draft: Draft, part: b.Repeated) -> None:
    value = draft.value(part.field)
    if draft.lines.joined:  # repetitions are seldom: such a segment is written from its elements
        draft.lines.add(f"if {value}: run.sure = False")
    else:
        draft.pieces[part.position] = Piece(f'(list({value}) if {value} else "")', value, f"list({value})")
    draft.said.append(value)


def _emit_texts(draft: Draft, part: b.Texts) -> None:
    value = draft.value(part.field)
    names = [draft.lines.name("t") for _ in part.positions]
    encoded = value if part.codec.decode is str else f"map({draft.lines.constant(part.codec.encode)}, {value})"
    blanks = draft.lines.constant([""] * len(names))
    draft.lines.add(f"if {value}: {', '.join(names)}, = [*{encoded}, *{blanks}][:{len(names)}]")
    draft.lines.add(f'else: {" = ".join(names)} = ""')
    draft.pieces |= {position: Piece(name, name, name) for position, name in zip(part.positions, names, strict=True)}
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
    draft.pieces |= {position: Piece(name, name, name) for position, name in zip(part.positions, names, strict=True)}
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
        row = [group.pieces.get(position, BLANK).text for position in range(1, part.width + 1)]
        lines.add(f"e += ({', '.join(row)},)")
        lines.end()

    draft.said.append(value)
    draft.after.append(write)


def _reach(draft: Draft, position: int) -> None:
    """Blanks up to before `position`, for what is appended there."""
    for blank in range(max(draft.pieces, default=0) + 1, position):
        draft.lines.add('e.append("")')
        draft.pieces[blank] = BLANK


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
    made = f'({encode}({first}) if {last} is None else {encode}({first}) + "-" + {encode}({last}))'
    qualifier = f"('D8' if {last} is None else 'RD8')"
    draft.pieces[part.qualifier] = Piece(f'({qualifier} if {there} else "")', there, qualifier)
    draft.pieces[part.position] = Piece(f'({made} if {there} else "")', there, made)
    draft.said.append(there)


def _emit_moment(draft: Draft, part: b.Moment) -> None:
    on, at = draft.value(part.day), draft.value(part.hour)
    encode, encode_hour = draft.lines.constant(day.encode), draft.lines.constant(hour.encode)
    there = f"{on} is not None"
    made = f"({encode}({on}) if {at} is None else {encode}({on}) + {encode_hour}({at}))"
    qualifier = f"('D8' if {at} is None else 'DT')"
    draft.pieces[part.qualifier] = Piece(f'({qualifier} if {there} else "")', there, qualifier)
    draft.pieces[part.position] = Piece(f'({made} if {there} else "")', there, made)
    draft.said.append(there)


def _emit_sequence(draft: Draft, part: b.Sequence) -> None:
    draft.pieces[part.position] = always("str(number)")
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
