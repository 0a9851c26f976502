"""Careful segment readers: from a segment's elements to a dict of fields, whatever the sender wrote.

What no field can hold is kept, what can't be read as it should be is told. The quick readers
(`quick_read.py`) leave to these whatever isn't as usual, and must say the same wherever both can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from edigate.x12 import binding as b
from edigate.x12.codecs import Codec, day, hour, text
from edigate.x12.remainder import COMPONENT, EMPTY, FIELD, REPETITION
from edigate.x12.segments import Delimiters

Values = dict[str, Any]


class Context:
    """What readers need beside the elements: separators, and a place for what they can't express."""

    __slots__ = ("_elements", "component", "extra", "failures", "repetition")

    def __init__(self, delimiters: Delimiters) -> None:
        self.component = delimiters.component
        self.repetition = delimiters.repetition
        self.extra: list[str] | None = None
        self.failures: list[tuple[int, int, str, str]] = []
        self._elements: list[str] = []

    def begin(self, elements: list[str]) -> None:
        self._elements = elements
        self.extra = None
        if self.failures:
            self.failures = []

    def neutral(self, value: str) -> str:
        """A raw element with separators of our own in place of the file's."""
        if self.component in value:
            value = value.replace(self.component, COMPONENT)
        if self.repetition and self.repetition in value:
            value = value.replace(self.repetition, REPETITION)
        return value

    def keep(self, position: int, value: str, component: int = 0) -> None:
        """Keep an element (or component) that no field holds."""
        if self.extra is None:
            self.extra = [self._elements[0]]
        extra = self.extra
        while len(extra) <= position:
            extra.append("")
        if component:
            pieces = extra[position].split(COMPONENT)
            pieces += [""] * (component - len(pieces))
            pieces[component - 1] = value
            extra[position] = COMPONENT.join(pieces)
        else:
            extra[position] = self.neutral(value)

    def fail(self, position: int, component: int, value: str, expected: str) -> None:
        self.failures.append((position, component, value, expected))
        self.keep(position, value, component)


# `at`: the element that components belong to, 0 at element level; `base` shifts positions (groups).
Read = Callable[[list[str], Values, Context], None]
PartRead = Callable[[list[str], Values, Context, int, int], None]
Test = Callable[[list[str], Context], bool]


def reader_of(segment: b.Segment) -> Read:
    """The function that reads a segment's fields."""
    reads = [_read_part(part) for part in segment.parts]
    claimed = {position for part in segment.parts for position in claimed_by(part)}
    last = max(claimed, default=0)
    unclaimed = tuple(p for p in range(1, last + 1) if p not in claimed)

    def read(elements: list[str], values: Values, context: Context) -> None:
        for part in reads:
            part(elements, values, context, 0, 0)
        count = len(elements)
        for position in unclaimed:
            if position < count and elements[position]:
                context.keep(position, elements[position])
        for position in range(last + 1, count):
            if elements[position]:
                context.keep(position, elements[position])

    return read


def test_of(parts: tuple[b.Part, ...]) -> Test | None:
    """The test whether a segment is the one with these parts; None where its name tells."""
    tests: list[Test] = []
    for part in parts:
        match part:
            case b.Match() if part.codes:
                tests.append(_element_test(part.position, part.codes))
            case b.HierarchicalLevel():
                tests.append(_element_test(3, frozenset((part.code, *part.others))))
            case b.Composite():
                tests += [
                    _component_test(part.position, p.position, p.codes)
                    for p in part.parts
                    if isinstance(p, b.Match) and p.codes
                ]
            case b.Items():
                tests += [
                    _component_test(part.positions[0], p.position, p.codes)
                    for p in part.parts
                    if isinstance(p, b.Match) and p.codes
                ]
            case _:
                pass
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda elements, context: all(test(elements, context) for test in tests)


def _element_test(position: int, codes: frozenset[str]) -> Test:
    def test(elements: list[str], context: Context) -> bool:
        return position < len(elements) and elements[position] in codes

    return test


def _component_test(position: int, component: int, codes: frozenset[str]) -> Test:
    def test(elements: list[str], context: Context) -> bool:
        if position >= len(elements):
            return False
        pieces = elements[position].split(context.component)
        return component <= len(pieces) and pieces[component - 1] in codes

    return test


def claimed_by(part: b.Part) -> tuple[int, ...]:
    """The element positions that a part answers for, whatever stands there."""
    match part:
        case b.Qualified():
            return (part.qualifier, part.position)
        case b.Element() | b.Match() | b.Constant() | b.Composite() | b.Repeated() | b.Sequence():
            return (part.position,)
        case b.Texts() | b.Items():
            return part.positions
        case b.Groups():
            return tuple(range(part.start, part.start + part.width * part.times))
        case b.Pairs():
            return tuple(range(part.start, part.start + 2 * part.times))
        case b.Period() | b.Moment():
            return (part.qualifier, part.position)
        case b.HierarchicalLevel():
            return (1, 2, 3, 4)
        case _:
            return ()


def _read_part(part: b.Part) -> PartRead:
    match part:
        case b.Element():
            return _element(part.position, part.field, part.codec)
        case b.Sequence():
            return _element(part.position, part.field, text)
        case b.Match():
            return _match(part)
        case b.Qualified():
            return _qualified(part)
        case b.Constant():
            return _constant(part)
        case b.Composite():
            return _composite(part)
        case b.Repeated():
            return _repeated(part)
        case b.Texts():
            return _texts(part)
        case b.Items():
            return _items(part)
        case b.Groups():
            return _groups(part)
        case b.Pairs():
            return _pairs(part)
        case b.Period():
            return _period(part)
        case b.Moment():
            return _moment(part)
        case b.HierarchicalLevel():
            return _match(b.Match(position=3, codes=frozenset((part.code, *part.others)), first=part.code))
        case _:
            return lambda elements, values, context, at, base: None


def _element(position: int, field: str, codec: Codec) -> PartRead:
    decode, plain = codec.decode, codec.decode is str

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        index = position + base
        if index < len(elements) and (value := elements[index]):
            if plain:
                values[field] = value
                return
            try:
                values[field] = decode(value)
            except ValueError:
                context.fail(at or index, index if at else 0, value, codec.format)

    return read


def _match(part: b.Match) -> PartRead:
    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        index = part.position + base
        value = elements[index] if index < len(elements) else ""
        if part.codes and value not in part.codes:
            # within repeated composites a stray qualifier comes by; the segment as a whole was tested
            context.keep(at or index, value or EMPTY, index if at else 0)
        elif part.field and value:
            values[part.field] = value
        elif part.codes and not part.field and value != part.first:
            context.keep(at or index, value, index if at else 0)

    return read


def _qualified(part: b.Qualified) -> PartRead:
    value_of = _element(part.position, part.field, part.codec)

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        index = part.qualifier + base
        qualifier = elements[index] if index < len(elements) else ""
        if not part.codes or qualifier in part.codes:
            value_of(elements, values, context, at, base)
            if part.field in values:
                if part.qualifier_field:
                    values[part.qualifier_field] = qualifier
                elif qualifier != part.codes[0]:
                    context.keep(at or index, qualifier, index if at else 0)
                return
        # a value under a qualifier of another meaning isn't this field's
        for position in (index, part.position + base):
            if position < len(elements) and elements[position]:
                context.keep(at or position, elements[position], position if at else 0)

    return read


def _constant(part: b.Constant) -> PartRead:
    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        index = part.position + base
        value = elements[index] if index < len(elements) else ""
        if value != part.value:
            context.keep(at or index, value or EMPTY, index if at else 0)

    return read


def _composite(part: b.Composite) -> PartRead:
    read_components = components_of(part.parts)

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        index = part.position + base
        if index < len(elements) and elements[index]:
            read_components(elements[index], values, context, index)

    return read


def components_of(parts: tuple[b.Part, ...]) -> Callable[[str, Values, Context, int], None]:
    """The function that reads a composite, the element at `at`, into values."""
    reads = [_read_part(part) for part in parts]
    claimed = {position for part in parts for position in claimed_by(part)}

    def read(value: str, values: Values, context: Context, at: int) -> None:
        # a leading blank makes component n stand at index n, as elements do
        pieces = ["", *value.split(context.component)]
        before = len(values)
        for part in reads:
            part(pieces, values, context, at, 0)
        for position in range(1, len(pieces)):
            if pieces[position] and position not in claimed:
                context.keep(at, pieces[position], position)
        if len(values) == before:  # constants alone: they are written beside a value only
            for position in range(1, len(pieces)):
                if pieces[position]:
                    context.keep(at, pieces[position], position)

    return read


def _repeated(part: b.Repeated) -> PartRead:
    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        index = part.position + base
        if index < len(elements) and elements[index]:
            value = elements[index]
            values[part.field] = value.split(context.repetition) if context.repetition else [value]

    return read


def _texts(part: b.Texts) -> PartRead:
    positions, field, decode, plain = part.positions, part.field, part.codec.decode, part.codec.decode is str

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        found: list[Any] = []
        count = len(elements)
        gap = False
        for position in positions:
            if position >= count:
                break
            value = elements[position]
            if not value:
                gap = True
            elif gap:  # written without the gap it would move: keep it where it stood
                context.keep(at or position, value, position if at else 0)
            elif plain:
                found.append(value)
            else:
                try:
                    found.append(decode(value))
                except ValueError:
                    gap = True
                    context.fail(at or position, position if at else 0, value, part.codec.format)
        if found:
            values[field] = found

    return read


def _items(part: b.Items) -> PartRead:
    read_components = components_of(part.parts)

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        found: list[Any] = []
        gap = False
        for position in part.positions:
            if position >= len(elements):
                break
            value = elements[position]
            if not value:
                gap = True
            elif gap:
                context.keep(position, value)
            else:
                one: Values = {}
                read_components(value, one, context, position)
                found.append(made(part.record, one))
        if found:
            values[part.field] = found

    return read


def _groups(part: b.Groups) -> PartRead:
    reads = [_read_part(below) for below in part.parts]
    claimed = {position for below in part.parts for position in claimed_by(below)}
    unclaimed = [offset for offset in range(part.width) if offset + 1 not in claimed]

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        found: list[Any] = []
        count = len(elements)
        gap = False
        for number in range(part.times):
            start = part.start + number * part.width
            if start >= count:
                break
            if not any(elements[start : start + part.width]):
                gap = True
                continue
            if gap:
                for position in range(start, min(start + part.width, count)):
                    if elements[position]:
                        context.keep(position, elements[position])
                continue
            one: Values = {}
            for each in reads:
                each(elements, one, context, 0, start - 1)
            for offset in unclaimed:
                if start + offset < count and elements[start + offset]:
                    context.keep(start + offset, elements[start + offset])
            found.append(made(part.record, one))
        if found:
            values[part.field] = found

    return read


def _pairs(part: b.Pairs) -> PartRead:
    by_qualifier = dict(part.fields)
    usual = [qualifier for qualifier, _ in part.fields]

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        stop = min(part.start + 2 * part.times, len(elements))
        found = [(index, elements[index], elements[index + 1] if index + 1 < len(elements) else "")
                 for index in range(part.start, stop, 2)]  # fmt: skip
        while found and not (found[-1][1] or found[-1][2]):
            found.pop()
        seen = [qualifier for _, qualifier, value in found if value]
        as_usual = len(seen) == len(found) and seen == [qualifier for qualifier in usual if qualifier in seen]
        for index, qualifier, value in found:
            field = by_qualifier.get(qualifier)
            if field and value and field not in values:
                values[field] = value
                if as_usual:
                    continue
                value = FIELD  # noqa: PLW2901  # the value is the field's; its place is what is kept
            for position, kept in ((index, qualifier), (index + 1, value)):
                if kept:
                    context.keep(position, kept)

    return read


def _period(part: b.Period) -> PartRead:

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        qualifier = elements[part.qualifier] if part.qualifier < len(elements) else ""
        value = elements[part.position] if part.position < len(elements) else ""
        if not value:
            if qualifier:
                context.keep(at or part.qualifier, qualifier, part.qualifier if at else 0)
            return
        pieces = value.split("-") if qualifier == "RD8" else [value]
        try:
            if len(pieces) != (2 if qualifier == "RD8" else 1) or qualifier not in ("D8", "RD8"):
                raise ValueError
            dates = [day.decode(piece) for piece in pieces]
        except ValueError:
            _no_date(part, qualifier, value, context, at, "date CCYYMMDD or CCYYMMDD-CCYYMMDD")
            return
        values[part.first] = dates[0]
        if qualifier == "RD8":  # a range of one day stays a range
            values[part.last] = dates[-1]

    return read


def _moment(part: b.Moment) -> PartRead:

    def read(elements: list[str], values: Values, context: Context, at: int, base: int) -> None:
        qualifier = elements[part.qualifier] if part.qualifier < len(elements) else ""
        value = elements[part.position] if part.position < len(elements) else ""
        if not value:
            if qualifier:
                context.keep(at or part.qualifier, qualifier, part.qualifier if at else 0)
            return
        try:
            if qualifier not in ("D8", "DT"):
                raise ValueError
            on = day.decode(value[:8] if qualifier == "DT" else value)
            if qualifier == "DT":
                values[part.hour] = hour.decode(value[8:])
        except ValueError:
            _no_date(part, qualifier, value, context, at, "date CCYYMMDD or date and time CCYYMMDDHHMM")
            return
        values[part.day] = on

    return read


def _no_date(
    part: b.Period | b.Moment, qualifier: str, value: str, context: Context, at: int, expected: str
) -> None:
    """Keep a date that is none, with its format."""
    context.keep(at or part.qualifier, qualifier, part.qualifier if at else 0)
    context.fail(at or part.position, part.position if at else 0, value, expected)


def made(record: b.RecordType, values: Values) -> Any:
    """A record of what was read. Where a default says something, the sender was silent: the field is empty."""
    return record(**{**silent_defaults(record), **values})


def silent_defaults(record: b.RecordType) -> Values:
    """Empty texts for the fields whose default says something: fit for a new record, not for one read."""
    if record not in _DEFAULTS:
        fields = msgspec.structs.fields(record)
        _DEFAULTS[record] = {field.name: "" for field in fields if field.default not in _SILENT}
    return _DEFAULTS[record]


_DEFAULTS: dict[b.RecordType, Values] = {}
_SILENT = ("", None, msgspec.NODEFAULT)
