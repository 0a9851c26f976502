"""What quick readers are made of: lines of Python, and the fields of one record as such lines.

Knows each kind of part of a segment; which segments are read together is for `quick_read.py` and `heads.py` to say.
No data ever becomes part of a line.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from edigate.x12 import binding as b
from edigate.x12.codecs import Codec, day, text
from edigate.x12.quick_values import UnusualError, pairs, solid, span
from edigate.x12.reading import claimed_by, silent_defaults

QuickItem = Callable[[str, str], Any]


class NotQuickError(Exception):
    """A segment of this shape has no quick reader."""


def quick_item(parts: tuple[b.Part, ...], record: b.RecordType) -> QuickItem | None:
    """A reader that makes a record of a composite, given its text and the component separator."""
    segment = b.Segment("item", (b.Composite(position=1, parts=parts),))
    try:
        lines = Lines(2)
        draft = Draft(lines, record)
        draft.emit_segment(segment)
        lines.finish(f"return {draft.construction()}")
        read: QuickItem = lines.compiled("item", "e1, C")
        return read
    except NotQuickError:
        return None


class Lines:
    """The lines of one reader and what they refer to; of one segment, or of several one after another."""

    def __init__(self, elements: int) -> None:
        self.row = "row"  # what holds the elements
        self._prefix = "e"
        self._count = elements
        self._checks: list[str] = []
        self._ends: list[str] = []
        self._constants: dict[str, Any] = {"Unusual": UnusualError, "solid": solid, "span": span, "pairs": pairs}
        self._names: dict[int, str] = {}
        self._temporaries = 0

    def element(self, position: int) -> str:
        """The local with element `position`; empty where the row ends before it."""
        return f"{self._prefix}{position}" if position < self._count else ""

    def begin(self, prefix: str, elements: int, row: str) -> None:
        """What follows is about another segment, whose elements' locals begin with the prefix."""
        self._prefix, self._count, self.row = prefix, elements, row

    def locals(self) -> str:
        """What the segment's elements are assigned to."""
        return "".join(f"{self._prefix}{position}, " for position in range(self._count))

    def constant(self, value: Any) -> str:
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"K{len(self._names)}"
            self._constants[name] = value
        return name

    def temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    def check(self, line: str) -> None:
        self._checks.append(line)

    def finish(self, line: str) -> None:
        self._ends.append(line)

    def compiled(self, what: str, given: str, *unpacking: str) -> Any:
        source = f"def read({given}):\n" + "\n".join(f"    {line}" for line in (*unpacking, *self._checks, *self._ends))
        names = dict(self._constants)
        exec(compile(source, f"<{what}>", "exec"), names)  # noqa: S102  # of the table alone, as said above
        return names["read"]


class Draft:
    """The fields of one record as expressions, and what says that there is anything to read."""

    def __init__(
        self, lines: Lines, record: b.RecordType | None, always: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.lines = lines
        self._record = record
        self._always = {name: repr(value) for name, value in always.items()}
        self._absent = {**_absent(record), **self._always}
        self._fields: dict[str, tuple[str, str]] = {}  # name: expression, condition under which it has a value
        self._given: dict[str, str] = {}  # fields that other segments fill
        self.said: list[str] = []

    # --- what the emitters say

    def set(self, name: str, expression: str, condition: str) -> None:
        if name in self._fields or not name.isidentifier() or keyword.iskeyword(name):
            raise NotQuickError
        self._fields[name] = (expression, condition)

    def give(self, name: str, expression: str) -> None:
        """A field that is there for certain, of segments of its own."""
        if name in self._fields or name in self._given:
            raise NotQuickError
        self._given[name] = expression

    def refuse(self, condition: str) -> None:
        self.lines.check(f"if {condition}: raise Unusual")

    def decoded(self, codec: Codec, value: str) -> str:
        return value if codec.decode is str else f"{self.lines.constant(codec.decode)}({value})"

    # --- a segment, composite or group

    def emit_segment(self, segment: b.Segment) -> None:
        claimed = {position for part in segment.parts for position in claimed_by(part)}
        self.said = []
        self.emit(segment.parts, self.lines.element, tested=True)
        count = 1
        while self.lines.element(count):
            count += 1
        stray = [self.lines.element(position) for position in range(1, count) if position not in claimed]
        if stray:
            self.refuse(" or ".join(stray))
        if segment.id != "HL":
            self.must_say()

    def must_say(self) -> None:
        if not self.said:
            raise NotQuickError
        self.refuse(f"not ({' or '.join(self.said)})")

    def emit(self, parts: Sequence[b.Part], at: Callable[[int], str], *, tested: bool = False) -> None:
        """Lines for parts; `at` gives the local that a position is in, or nothing where the row ends before."""
        for part in parts:
            if tested and isinstance(part, b.Match):
                _emit_tested_match(self, part, at)
                continue
            emit = _EMIT.get(type(part))
            if emit is None:
                raise NotQuickError
            emit(self, part, at)

    # --- the ends

    def construction(self) -> str:
        assert self._record is not None  # noqa: S101  # single values are appended as they are
        given = {**blanks(self._record), **self._always}
        for name, (expression, condition) in self._fields.items():
            absent = self._absent.get(name)
            if absent is None:
                raise NotQuickError
            if condition == expression and absent == '""':
                given[name] = expression
            else:
                given[name] = f"({expression} if {condition} else {absent})"
        given |= self._given
        return f"{self.lines.constant(self._record)}({arguments(given)})"

    def only_value(self) -> str:
        if len(self._fields) != 1:
            raise NotQuickError
        ((expression, condition),) = self._fields.values()
        value = self.lines.temporary()
        self.refuse(f"not ({condition})")
        self.lines.check(f"{value} = {expression}")
        return value

    def assignments(self) -> Iterable[tuple[str, str, str]]:
        """Field, value, condition; values are worked out before the first is assigned."""
        for name, (expression, condition) in self._fields.items():
            if expression.isidentifier():
                yield name, expression, condition
            elif self.said == [condition]:  # there for certain: nothing else could have said anything
                value = self.lines.temporary()
                self.lines.check(f"{value} = {expression}")
                yield name, value, "True"
            else:
                value = self.lines.temporary()
                self.lines.check(f"{value} = {expression} if {condition} else None")
                yield name, value, condition


def blanks(record: b.RecordType) -> dict[str, str]:
    return dict.fromkeys(silent_defaults(record), '""')


def arguments(given: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in given.items())


def _absent(record: b.RecordType | None) -> dict[str, str]:
    """What each field of a record is where the segment doesn't say it, as an expression."""
    if record is None:
        return {}
    absent = {}
    for field in msgspec.structs.fields(record):
        if field.name in silent_defaults(record) or field.default == "":
            absent[field.name] = '""'
        elif field.default is None:
            absent[field.name] = "None"
        elif field.default_factory is list:
            absent[field.name] = "[]"
        elif field.default == ():
            absent[field.name] = "()"
    return absent


# --- one emitter a kind of part


At = Callable[[int], str]


def _emit_element(draft: Draft, part: b.Element, at: At) -> None:
    value = at(part.position)
    if value:
        draft.set(part.field, draft.decoded(part.codec, value), value)
        draft.said.append(value)


def _emit_sequence(draft: Draft, part: b.Sequence, at: At) -> None:
    _emit_element(draft, b.Element(position=part.position, field=part.field, codec=text), at)


def _emit_tested_match(draft: Draft, part: b.Match, at: At) -> None:
    """A qualifier by which the segment was chosen: one of its codes for certain."""
    value = at(part.position)
    if part.field:
        if value:
            draft.set(part.field, value, value)
    elif len(part.codes) > 1:
        draft.refuse(f"{value} != {part.first!r}")


def _emit_match(draft: Draft, part: b.Match, at: At) -> None:
    value = at(part.position)
    if not value:
        raise NotQuickError
    if part.codes:
        draft.refuse(f"{value} not in {draft.lines.constant(part.codes)}")
    _emit_tested_match(draft, part, at)


def _emit_constant(draft: Draft, part: b.Constant, at: At) -> None:
    value = at(part.position)
    if not value:  # left empty, which the careful reader keeps
        raise NotQuickError
    draft.refuse(f"{value} != {part.value!r}")


def _emit_qualified(draft: Draft, part: b.Qualified, at: At) -> None:
    qualifier, value = at(part.qualifier), at(part.position)
    if not value:
        if qualifier:
            draft.refuse(qualifier)
        return
    if not qualifier:
        raise NotQuickError
    if not part.codes:
        draft.refuse(f"{qualifier} and not {value}")
    elif part.qualifier_field:
        codes = draft.lines.constant(part.codes)
        draft.refuse(f"({qualifier} not in {codes}) if {value} else {qualifier}")
    else:
        draft.refuse(f"({qualifier} != {part.codes[0]!r}) if {value} else {qualifier}")
    draft.set(part.field, draft.decoded(part.codec, value), value)
    if part.qualifier_field:
        draft.set(part.qualifier_field, qualifier, value)
    draft.said.append(value)


def _emit_composite(draft: Draft, part: b.Composite, at: At) -> None:
    whole = at(part.position)
    if not whole:
        return
    component, said = _components(draft, part.parts, whole)
    before, draft.said = draft.said, []
    draft.emit(part.parts, component)
    draft.refuse(f"{whole} and not ({' or '.join(draft.said) or said})")
    draft.said = [*before, whole]


def _components(draft: Draft, parts: Sequence[b.Part], whole: str) -> tuple[At, str]:
    """Lines that split a composite to locals, all blank where there is none."""
    lines = draft.lines
    claimed = {position for below in parts for position in claimed_by(below)}
    last = max(claimed)
    names = [f"{whole}_{number}" for number in range(1, last + 1)]
    pieces, fill = f"{whole}_c", lines.constant(_padding(last))
    lines.check(f"{pieces} = {whole}.split(C)")
    # more components than the table knows: no padding for that many, LookupError
    lines.check(f"{', '.join(names)}, = {pieces} + {fill}[len({pieces})]")
    stray = [names[number - 1] for number in range(1, last + 1) if number not in claimed]
    if stray:
        draft.refuse(" or ".join(stray))
    return lambda position: names[position - 1], whole


_PADDING: dict[int, tuple[list[str], ...]] = {}


def _padding(width: int) -> tuple[list[str], ...]:
    """By the number of components there are: the blanks that make them `width`."""
    return _PADDING.setdefault(width, tuple([""] * (width - count) for count in range(width + 1)))


def _emit_repeated(draft: Draft, part: b.Repeated, at: At) -> None:
    value = at(part.position)
    if value:
        draft.set(part.field, f"({value}.split(R) if R else [{value}])", value)
        draft.said.append(value)


def _emit_texts(draft: Draft, part: b.Texts, at: At) -> None:
    values = [value for position in part.positions if (value := at(position))]
    if not values:
        return
    any_of, more = " or ".join(values), " or ".join(values[1:]) or "False"
    texts = f"([{values[0]}] if {values[0]} and not ({more}) else solid(({', '.join(values)},)))"
    if part.codec.decode is not str:
        texts = f"[{draft.lines.constant(part.codec.decode)}(text) for text in {texts}]"
    draft.set(part.field, texts, f"({any_of})")
    draft.said += values


def _emit_items(draft: Draft, part: b.Items, at: At) -> None:
    values = [value for position in part.positions if (value := at(position))]
    if not values:
        return
    item = draft.lines.constant(_item_reader(part))
    draft.set(part.field, f"[{item}(text, C) for text in solid(({', '.join(values)},))]", f"({' or '.join(values)})")
    draft.said += values


def _item_reader(part: b.Items) -> QuickItem:
    """A composite that is a record, as a reader of its own."""
    read = quick_item(part.parts, part.record)
    if read is None:
        raise NotQuickError
    return read


def _emit_groups(draft: Draft, part: b.Groups, at: At) -> None:
    records = []
    for number in range(part.times):
        start = part.start + number * part.width
        positions = [value for offset in range(part.width) if (value := at(start + offset))]
        if not positions:
            break
        # a group without its first element is a gap, or else not as usual
        draft.refuse(f"not {positions[0]}")
        group = Draft(draft.lines, part.record)
        group.emit(part.parts, lambda position, start=start: at(start + position - 1))  # type: ignore[misc]  # mypy doesn't infer lambdas with defaults
        claimed = {start + position - 1 for below in part.parts for position in claimed_by(below)}
        stray = [at(start + offset) for offset in range(part.width) if start + offset not in claimed]
        if any(stray):
            draft.refuse(" or ".join(filter(None, stray)))
        records.append(group.construction())
    if records:
        draft.set(part.field, f"[{', '.join(records)}]", at(part.start))
        draft.said.append(at(part.start))


def _emit_pairs(draft: Draft, part: b.Pairs, at: At) -> None:
    if not at(part.start):
        return
    if at(part.start + 2 * part.times - 1) and at(part.start + 2 * part.times):
        raise NotQuickError  # something stands behind the pairs
    order = {qualifier: index for index, (qualifier, _) in enumerate(part.fields)}
    found = draft.lines.temporary()
    draft.lines.check(f"{found} = pairs({draft.lines.row}, {part.start}, {draft.lines.constant(order)})")
    for index, (_, field) in enumerate(part.fields):
        draft.set(field, f"{found}[{index}]", f"{found}[{index}]")
    draft.said.append(found)


def _emit_period(draft: Draft, part: b.Period, at: At) -> None:
    qualifier, value = at(part.qualifier), at(part.position)
    if not (qualifier and value):
        raise NotQuickError
    first, last = draft.lines.temporary(), draft.lines.temporary()
    draft.lines.check(f"{first}, {last} = span({qualifier}, {value})")
    draft.set(part.first, first, value)
    draft.set(part.last, last, f"{last} is not None")
    draft.said.append(value)


def _emit_moment(draft: Draft, part: b.Moment, at: At) -> None:
    qualifier, value = at(part.qualifier), at(part.position)
    if not (qualifier and value):
        raise NotQuickError
    draft.refuse(f"{qualifier} != 'D8'")  # with a time of day: rare
    draft.set(part.day, draft.decoded(day, value), value)
    draft.said.append(value)


def _emit_level(draft: Draft, part: b.HierarchicalLevel, at: At) -> None:
    if part.others:
        draft.refuse(f"{at(3)} != {part.code!r}")


_EMIT: dict[type[b.Part], Callable[[Draft, Any, At], None]] = {
    b.Element: _emit_element,
    b.Sequence: _emit_sequence,
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
    b.HierarchicalLevel: _emit_level,
}
