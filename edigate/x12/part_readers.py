"""Readers of the parts of a segment: an element, a composite, a list, a period. One function a kind of part.

Each keeps what its fields can't hold and tells what can't be read; `readers` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edigate.x12 import binding as b
from edigate.x12.codecs import Codec, day, hour, text
from edigate.x12.reading import Context, PartRead, Values, claimed_by, made
from edigate.x12.remainder import EMPTY, FIELD


def reader_of_part(part: b.Part) -> PartRead:
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
    reads = [reader_of_part(part) for part in parts]
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
    reads = [reader_of_part(below) for below in part.parts]
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
        qualifier, value = _with_format(part, elements, context, at)
        if not value:
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
        qualifier, value = _with_format(part, elements, context, at)
        if not value:
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


def _with_format(part: b.Period | b.Moment, elements: list[str], context: Context, at: int) -> tuple[str, str]:
    """A date's format and text; a format without a text is kept."""
    qualifier = elements[part.qualifier] if part.qualifier < len(elements) else ""
    value = elements[part.position] if part.position < len(elements) else ""
    if qualifier and not value:
        context.keep(at or part.qualifier, qualifier, part.qualifier if at else 0)
    return qualifier, value


def _no_date(part: b.Period | b.Moment, qualifier: str, value: str, context: Context, at: int, expected: str) -> None:
    """Keep a date that is none, with its format."""
    context.keep(at or part.qualifier, qualifier, part.qualifier if at else 0)
    context.fail(at or part.position, part.position if at else 0, value, expected)
