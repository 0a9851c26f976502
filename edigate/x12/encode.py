"""The encoder: records to segments by a binding table, in the guide's order. Knows no delimiters.

An element of a written segment is a text, or a tuple of components, or a list of repetitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from edigate.x12 import binding as b
from edigate.x12.code_lists import CodeListWriter
from edigate.x12.codecs import Codec, day, hour
from edigate.x12.remainder import COMPONENT, REPETITION, Unbound

Element = str | tuple[str, ...] | list[str]
Elements = list[Element]
# Writes a part's elements into the segment and tells whether it had anything to say.
Write = Callable[[Any, Elements, "_Run"], bool]


class Encoder:
    """Compiled once for a binding; `encode` starts a new transaction set each time."""

    def __init__(self, table: b.Loop) -> None:
        self._loop = _CompiledLoop(table, 0)

    def encode(self, record: Any) -> Iterator[Elements]:
        """The segments between ST and SE. Several sets may be under way at once."""
        return _Run()._write_loop(self._loop, record, 1)


class _Run:
    """One transaction set being written: its levels counted."""

    def __init__(self) -> None:
        self._levels = 0  # HL01 of the last level written
        self._parents: list[int] = []

    def _write_loop(self, loop: _CompiledLoop, record: Any, number: int) -> Iterator[Elements]:
        unbound: list[Unbound] = record.unbound if loop.record else []
        if not unbound:
            yield from self._write_parts(loop, record, record, number, None)
            return
        kept = _Kept(unbound)
        yield from kept.after(-1, 0)
        yield from self._write_parts(loop, record, record, number, kept)
        yield from kept.rest()

    def _write_parts(
        self, loop: _CompiledLoop, record: Any, owner: Any, number: int, kept: _Kept | None
    ) -> Iterator[Elements]:
        parts = iter(loop.parts)
        opening = loop.parts[0]
        if loop.must_open and isinstance(opening, _CompiledSegment) and not opening.level:
            # A loop that says anything must begin with its opening segment, were it all constants.
            next(parts)
            own = list(opening.write(_at(record, opening.into), number, self, kept))
            below = self._write_rest(loop, parts, record, owner, kept)
            first = next(below, None)
            if first is not None and not own:
                own = list(opening.write(_at(record, opening.into), number, self, kept, force=True))
            yield from own
            if first is not None:
                yield first
                yield from below
            return
        yield from self._write_rest(loop, parts, record, owner, kept)

    def _write_rest(
        self,
        loop: _CompiledLoop,
        parts: Iterator[_CompiledLoop | _CompiledSegment],
        record: Any,
        owner: Any,
        kept: _Kept | None,
    ) -> Iterator[Elements]:
        opened_level = False
        for part in parts:
            source = _at(record, part.into)
            if source is None:
                continue
            if isinstance(part, _CompiledLoop):
                if part.record is None:
                    yield from self._write_parts(part, source, owner, 1, kept)
                else:
                    value = getattr(source, part.field)
                    if part.many:
                        for index, each in enumerate(value, 1):
                            yield from self._write_loop(part, each, index)
                    elif value is not None:
                        yield from self._write_loop(part, value, 1)
                continue
            if part.level:
                self._levels += 1
                below = any(getattr(owner, name, None) for name in loop.level_fields)
                parent = str(self._parents[-1]) if self._parents else ""
                level = (kept.overlay(part.slot, 1) if kept else None) or ("", "", "", part.level)
                yield ["HL", str(self._levels), parent, level[3], "1" if below else "0"]
                self._parents.append(self._levels)
                opened_level = True
                if kept:
                    yield from kept.after(part.slot, 1)
                continue
            yield from part.write(source, 1, self, kept)
        if opened_level:
            self._parents.pop()


def _at(record: Any, into: tuple[str, ...]) -> Any:
    for name in into:
        record = getattr(record, name, None)
        if record is None:
            return None
    return record


class _Kept:
    """The unbound segments and elements of a loop, given back where they stood."""

    def __init__(self, unbound: list[Unbound]) -> None:
        self._whole: dict[tuple[int, int], list[Unbound]] = {}
        self._partial: dict[tuple[int, int], tuple[str, ...]] = {}
        for entry in unbound:
            if entry.partial:
                self._partial[entry.part, entry.nth] = entry.elements
            else:
                self._whole.setdefault((entry.part, entry.nth), []).append(entry)

    def after(self, slot: int, nth: int) -> Iterator[Elements]:
        for entry in self._whole.pop((slot, nth), ()):
            yield [_element(text) for text in entry.elements]

    def overlay(self, slot: int, nth: int) -> tuple[str, ...] | None:
        return self._partial.pop((slot, nth), None)

    def rest(self) -> Iterator[Elements]:
        """What stood after segments that are no longer written: at the loop's end, never dropped."""
        for place in sorted(self._whole):
            for entry in self._whole[place]:
                yield [_element(text) for text in entry.elements]


def _element(text: str) -> Element:
    if REPETITION in text:
        return text.split(REPETITION)
    if COMPONENT in text:
        return tuple(text.split(COMPONENT))
    return text


class _CompiledLoop:
    def __init__(self, table: b.Loop, first_slot: int) -> None:
        self.record = table.record
        self.field = table.field
        self.many = table.many
        self.into = table.into
        self.must_open = bool(table.field or table.record is None) and not table.implied
        self.parts: list[_CompiledLoop | _CompiledSegment] = []
        # the fields of this loop's record that hold levels below it: HL04
        self.level_fields = [
            part.field
            for part in table.parts
            if isinstance(part, b.Loop) and any(isinstance(p, b.Segment) and p.id == "HL" for p in part.parts)
        ]
        slot: int = 0 if table.record is not None else first_slot
        for part in table.parts:
            if isinstance(part, b.Segment):
                self.parts.append(_CompiledSegment(part, slot))
                slot += 1
            else:
                child = _CompiledLoop(part, slot)
                self.parts.append(child)
                slot = child.end if part.record is None else slot + 1
        self.end: int = slot


class _CompiledSegment:
    def __init__(self, segment: b.Segment, slot: int) -> None:
        self.id = segment.id
        self.slot = slot
        self.into = segment.into
        self.many = segment.many
        self.plain = segment.many != "" and segment.record is None
        self.level = next((p.code for p in segment.parts if isinstance(p, b.HierarchicalLevel)), "")
        self.numbered = next((p.position for p in segment.parts if isinstance(p, b.Sequence)), 0)
        self._writes = [_write_part(part) for part in segment.parts]
        lists = next((part for part in segment.parts if isinstance(part, b.CodeLists)), None)
        self._code_lists = CodeListWriter(segment.id, lists, _write_part) if lists is not None else None

    def write(
        self, source: Any, number: int, run: _Run, kept: _Kept | None, *, force: bool = False
    ) -> Iterator[Elements]:
        if source is None:
            return
        if self._code_lists is not None:
            yield from self._codes(self._code_lists, source, run, kept)
        elif self.many:
            for nth, value in enumerate(getattr(source, self.many), 1):
                yield from self._one(_Plain(value) if self.plain else value, nth, number, run, kept)
        else:
            yield from self._one(source, 1, number, run, kept, force)

    def _codes(self, lists: CodeListWriter, source: Any, run: _Run, kept: _Kept | None) -> Iterator[Elements]:
        layout = kept.overlay(self.slot, 0) if kept else None
        for nth, elements in enumerate(lists.segments(source, layout[1:] if layout else None, run), 1):
            overlay = kept.overlay(self.slot, nth) if kept else None
            if overlay is not None:
                _overlay_all(elements, overlay)
            if any(elements[1:]):
                yield elements
            if kept is not None:
                yield from kept.after(self.slot, nth)

    def _one(
        self, source: Any, nth: int, number: int, run: _Run, kept: _Kept | None, force: bool = False
    ) -> Iterator[Elements]:
        elements: Elements = [self.id]
        said = force
        for write in self._writes:
            if write(source, elements, run):
                said = True
        if self.numbered:
            _put(elements, self.numbered, str(number))
            said = True
        if kept is None:
            if said:
                yield elements
            return
        overlay = kept.overlay(self.slot, nth)
        if overlay is not None:
            said = True
            _overlay_all(elements, overlay)
        if said:
            yield elements
            yield from kept.after(self.slot, nth)


class _Plain:
    """A single value in place of a record: any field is it."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        return self._value


def _overlay_all(elements: Elements, overlay: tuple[str, ...]) -> None:
    for position in range(1, len(overlay)):
        if overlay[position]:
            _overlay(elements, position, overlay[position])


def _overlay(elements: Elements, position: int, text: str) -> None:
    """Put what the binding couldn't express over what it wrote, component by component."""
    kept = _element(text)
    present = elements[position] if position < len(elements) else ""
    if isinstance(kept, tuple):
        ours = list(present) if isinstance(present, tuple) else [present if isinstance(present, str) else ""]
        ours += [""] * (len(kept) - len(ours))
        for index, piece in enumerate(kept):
            if piece:
                ours[index] = piece
        kept = tuple(ours)
    elif isinstance(kept, str) and isinstance(present, tuple):  # a lone first component
        kept = (kept, *present[1:])
    _put(elements, position, kept)


def _put(elements: Elements, position: int, value: Element) -> None:
    while len(elements) <= position:
        elements.append("")
    elements[position] = value


def _text(codec: Codec, value: Any) -> str:
    return "" if value is None or value == "" else codec.encode(value)


def _write_part(part: b.Part) -> Write:
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
            return lambda source, elements, run: False


def _write_element(part: b.Element) -> Write:
    position, field, encode, plain = part.position, part.field, part.codec.encode, part.codec.encode is str

    def write(source: Any, elements: Elements, run: _Run) -> bool:
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
    def write(source: Any, elements: Elements, run: _Run) -> bool:
        code = (getattr(source, part.field) if part.field else "") or part.first
        if code:
            _put(elements, part.position, code)
        return False

    return write


def _write_qualified(part: b.Qualified) -> Write:
    def write(source: Any, elements: Elements, run: _Run) -> bool:
        text = _text(part.codec, getattr(source, part.field))
        if not text:
            return False
        qualifier = getattr(source, part.qualifier_field) if part.qualifier_field else ""
        _put(elements, part.qualifier, qualifier or (part.codes[0] if part.codes else ""))
        _put(elements, part.position, text)
        return True

    return write


def _write_constant(part: b.Constant) -> Write:
    def write(source: Any, elements: Elements, run: _Run) -> bool:
        _put(elements, part.position, part.value)
        return False

    return write


def _write_composite(part: b.Composite) -> Write:
    writes = [_write_part(below) for below in part.parts]

    def write(source: Any, elements: Elements, run: _Run) -> bool:
        pieces: Elements = [""]
        said = False
        for each in writes:
            said = each(source, pieces, run) or said
        if said:
            _put(elements, part.position, tuple(str(piece) for piece in pieces[1:]))
        return said

    return write


def _write_repeated(part: b.Repeated) -> Write:
    def write(source: Any, elements: Elements, run: _Run) -> bool:
        values = getattr(source, part.field)
        if values:
            _put(elements, part.position, list(values))
        return bool(values)

    return write


def _write_texts(part: b.Texts) -> Write:
    def write(source: Any, elements: Elements, run: _Run) -> bool:
        values = getattr(source, part.field)
        for position, value in zip(part.positions, values, strict=False):
            _put(elements, position, _text(part.codec, value))
        return bool(values)

    return write


def _write_items(part: b.Items) -> Write:
    writes = [_write_part(below) for below in part.parts]

    def write(source: Any, elements: Elements, run: _Run) -> bool:
        records = getattr(source, part.field)
        for position, record in zip(part.positions, records, strict=False):
            pieces: Elements = [""]
            for each in writes:
                each(record, pieces, run)
            _put(elements, position, tuple(str(piece) for piece in pieces[1:]))
        return bool(records)

    return write


def _write_groups(part: b.Groups) -> Write:
    writes = [_write_part(below) for below in part.parts]

    def write(source: Any, elements: Elements, run: _Run) -> bool:
        records = getattr(source, part.field)
        for number, record in enumerate(records[: part.times]):
            group: Elements = [""]
            for each in writes:
                each(record, group, run)
            for offset, value in enumerate(group[1:]):
                _put(elements, part.start + number * part.width + offset, value)
        return bool(records)

    return write


def _write_pairs(part: b.Pairs) -> Write:
    def write(source: Any, elements: Elements, run: _Run) -> bool:
        position = part.start
        for qualifier, field in part.fields:
            value = getattr(source, field)
            if value and position < part.start + 2 * part.times:
                _put(elements, position, qualifier)
                _put(elements, position + 1, value)
                position += 2
        return position > part.start

    return write


def _write_period(part: b.Period) -> Write:
    def write(source: Any, elements: Elements, run: _Run) -> bool:
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
    def write(source: Any, elements: Elements, run: _Run) -> bool:
        on, at = getattr(source, part.day), getattr(source, part.hour)
        if on is None:
            return False
        _put(elements, part.qualifier, "D8" if at is None else "DT")
        _put(elements, part.position, day.encode(on) + ("" if at is None else hour.encode(at)))
        return True

    return write
