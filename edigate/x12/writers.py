"""Careful segment writers: a part of a segment from fields to elements. Knows no delimiters and no order.

What the table says and no field does (constants, the usual qualifier) is written as `Fixed`, so that what a
sender wrote in its place, which the remainder keeps, can take it; a field's value is never overwritten.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from edigate.errors import DataError
from edigate.x12 import binding as b
from edigate.x12.codecs import Codec, day, hour
from edigate.x12.remainder import COMPONENT, EMPTY, FIELD, REPETITION

Element = str | tuple[str, ...] | list[str]
Elements = list[Element]
# Writes a part's elements into the segment and tells whether it had anything to say. The last is what the
# remainder keeps of the segment, by position; a part that has used it up there blanks it.
Write = Callable[[Any, Elements, list[str] | None], bool]


class Fixed(str):
    """A text that the table says."""

    __slots__ = ()


class Plain:
    """A single value in place of a record: any field is it."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        return self._value


def _text(codec: Codec, value: Any) -> str:
    return "" if value is None or value == "" else codec.encode(value)


def write_of(part: b.Part) -> Write:
    match part:
        case b.Element():
            return _write_element(part)
        case b.Match():
            return _write_match(part)
        case b.Qualified():
            return _write_qualified(part)
        case b.Constant():
            return _write_constant(part)
        case b.Composite():
            return _write_composite(part)
        case b.Repeated():
            return _write_repeated(part)
        case b.Texts():
            return _write_texts(part)
        case b.Items():
            return _write_items(part)
        case b.Groups():
            return _write_groups(part)
        case b.Pairs():
            return _write_pairs(part)
        case b.Period():
            return _write_period(part)
        case b.Moment():
            return _write_moment(part)
        case _:
            return lambda source, elements, kept: False  # HL is the loop's


def _write_element(part: b.Element) -> Write:
    position, field, encode, plain = part.position, part.field, part.codec.encode, part.codec.encode is str

    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        value = getattr(source, field)
        if value is None or value == "":
            return False
        text = value if plain and type(value) is str else encode(value)
        if len(elements) == position:
            elements.append(text)
        else:
            _put(elements, position, text)
        return True

    return write


def _write_match(part: b.Match) -> Write:
    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        code = getattr(source, part.field) if part.field else ""
        if code or part.first:
            _put(elements, part.position, code or Fixed(part.first))
        return False

    return write


def _write_qualified(part: b.Qualified) -> Write:
    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        text = _text(part.codec, getattr(source, part.field))
        if not text:
            return False
        qualifier = getattr(source, part.qualifier_field) if part.qualifier_field else ""
        _put(elements, part.qualifier, qualifier or Fixed(part.codes[0] if part.codes else ""))
        _put(elements, part.position, text)
        return True

    return write


def _write_constant(part: b.Constant) -> Write:
    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        _put(elements, part.position, Fixed(part.value))
        return False

    return write


def _write_composite(part: b.Composite) -> Write:
    writes = [write_of(below) for below in part.parts]

    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        pieces: Elements = [""]
        said = False
        for each in writes:
            said = each(source, pieces, None) or said
        if said:
            _put(elements, part.position, _components(pieces))
        return said

    return write


def _write_repeated(part: b.Repeated) -> Write:
    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        values = getattr(source, part.field)
        if values:
            _put(elements, part.position, list(values))
        return bool(values)

    return write


def _write_texts(part: b.Texts) -> Write:
    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        values = getattr(source, part.field)
        for position, value in zip(part.positions, values, strict=False):
            _put(elements, position, _text(part.codec, value))
        return bool(values)

    return write


def _write_items(part: b.Items) -> Write:
    writes = [write_of(below) for below in part.parts]

    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        records = getattr(source, part.field)
        for position, record in zip(part.positions, records, strict=False):
            pieces: Elements = [""]
            for each in writes:
                each(record, pieces, None)
            _put(elements, position, _components(pieces))
        return bool(records)

    return write


def _write_groups(part: b.Groups) -> Write:
    writes = [write_of(below) for below in part.parts]

    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        records = getattr(source, part.field)
        for number, record in enumerate(records[: part.times]):
            group: Elements = [""]
            for each in writes:
                each(record, group, None)
            for offset, value in enumerate(group[1:]):
                _put(elements, part.start + number * part.width + offset, value)
        return bool(records)

    return write


def _write_pairs(part: b.Pairs) -> Write:
    stop = part.start + 2 * part.times

    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        ours = {qualifier: value for qualifier, field in part.fields if (value := getattr(source, field))}
        found: list[tuple[Element, Element]] = []
        if kept is not None and any(kept[part.start : stop]):
            # as the sender laid them out, as far as the fields still have values; what is new comes after
            last = min(len(kept), stop)
            for at in range(part.start, last, 2):
                qualifier, value = kept[at], kept[at + 1] if at + 1 < last else ""
                if value != FIELD:
                    found.append((split(qualifier), split(value)))
                elif qualifier in ours:
                    found.append((qualifier, ours.pop(qualifier)))
            kept[part.start : stop] = [""] * (last - part.start)
        found += ours.items()
        if len(found) > part.times:
            found = [pair for pair in found if any(pair)]
        if len(found) > part.times:
            raise DataError(
                f"{elements[0]} has room for {part.times} numbers, and there are {len(found)}: "
                + ", ".join(str(qualifier) for qualifier, _ in found),
                hint="Leave out the least useful of them.",
            )
        for nth, pair in enumerate(found):
            _put(elements, part.start + 2 * nth, pair[0])
            _put(elements, part.start + 2 * nth + 1, pair[1])
        return bool(found)

    return write


def _write_period(part: b.Period) -> Write:
    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        first = getattr(source, part.first)
        last = getattr(source, part.last)
        if first is None:
            return False
        ranged = last is not None
        _put(elements, part.qualifier, "RD8" if ranged else "D8")
        _put(elements, part.position, day.encode(first) + (f"-{day.encode(last)}" if ranged else ""))
        return True

    return write


def _write_moment(part: b.Moment) -> Write:
    def write(source: Any, elements: Elements, kept: list[str] | None) -> bool:
        on, at = getattr(source, part.day), getattr(source, part.hour)
        if on is None:
            return False
        _put(elements, part.qualifier, "D8" if at is None else "DT")
        _put(elements, part.position, day.encode(on) + ("" if at is None else hour.encode(at)))
        return True

    return write


def _components(pieces: Elements) -> Element:
    """Components without the empty ones at their end; an empty element where nothing is left."""
    found = [piece if isinstance(piece, str) else "" for piece in pieces[1:]]
    while found and not found[-1]:
        found.pop()
    return tuple(found) or ""


# --- what is kept, over what was written


def split(text: str) -> Element:
    """A kept element with its components or repetitions apart."""
    if REPETITION in text:
        return text.split(REPETITION)
    if COMPONENT in text:
        return tuple(text.split(COMPONENT))
    return text


def lay_over(elements: Elements, kept: list[str]) -> None:
    """Put what the binding couldn't express where it stood, unless a field has a value there by now."""
    for position in range(1, len(kept)):
        if not kept[position]:
            continue
        there = elements[position] if position < len(elements) else ""
        found = split(kept[position])
        if isinstance(found, tuple) and not any(found):  # separators alone
            found = EMPTY
        if isinstance(there, str):
            merged: Element = there if there and not isinstance(there, Fixed) else _without_marks(found)
        elif isinstance(there, list) or isinstance(found, list):
            merged = there
        else:
            theirs = found if isinstance(found, tuple) else (found,)
            merged = tuple(itertools.starmap(_merged, itertools.zip_longest(there, theirs, fillvalue="")))
        _put(elements, position, merged)
    while len(elements) > 1 and not elements[-1]:
        elements.pop()


def _without_marks(kept: Element) -> Element:
    if isinstance(kept, tuple):
        return tuple("" if piece == EMPTY else piece for piece in kept)
    return "" if kept == EMPTY else kept


def _merged(ours: str, kept: str) -> str:
    if ours and not isinstance(ours, Fixed):
        return ours
    return "" if kept == EMPTY else kept or ours


def _put(elements: Elements, position: int, value: Element) -> None:
    while len(elements) <= position:
        elements.append("")
    elements[position] = value
