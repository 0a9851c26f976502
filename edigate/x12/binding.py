"""The binding vocabulary: a table that says which field of which record is which element of which loop.

A table reads like the guide, top to bottom. The decoder (`decode.py`), the encoder (`encode.py`), the
field reference and the way back from a rejected element to a field (`fields`) all come from it.

    Loop("2300", Claim,
        Segment("CLM", el(1, "patient_control_number"), comp(5, el(1, "place_of_service"), const(2, "B"))),
        Segment("REF", when(1, "F8"), el(2, "payer_claim_control_number")),
        Many("REF", "secondary_ids", Identifier, key(1, "qualifier", "0B", "G2"), el(2, "value")),
        Loop("2310B", Provider, NM1, field="rendering_provider"),
        Loop("2400", ServiceLine, ..., field="service_lines", many=True))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from edigate.x12.codecs import Codec, text
from edigate.x12.remainder import LoopRecord

RecordType = type[msgspec.Struct]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a segment: which positions it claims and what it does with them."""


class Element(Part, frozen=True):
    """One element (or component) is one field."""

    position: int
    field: str
    codec: Codec = text


class Match(Part, frozen=True):
    """The segment is only ours where the element is one of `codes`; the first is written.

    With a `field`, the code found is kept there and written back.
    """

    position: int
    codes: frozenset[str]
    first: str
    field: str = ""


class Constant(Part, frozen=True):
    """Written where the segment is; read, it must be this or it is kept in the remainder."""

    position: int
    value: str


class Qualified(Part, frozen=True):
    """A qualifier and the value it qualifies (NM108, NM109): both are written where there is a value.

    With `qualifier_field`, the qualifier found is kept there; else the first of `codes` is written.
    No codes: any qualifier.
    """

    qualifier: int
    codes: tuple[str, ...]
    position: int
    field: str
    codec: Codec = text
    qualifier_field: str = ""


class Composite(Part, frozen=True):
    """An element of components; the parts' positions count components."""

    position: int
    parts: tuple[Part, ...]


class Repeated(Part, frozen=True):
    """One element, repeated with the repetition separator, is a list field of texts."""

    position: int
    field: str


class Texts(Part, frozen=True):
    """Consecutive elements (or components) are a list field of single values."""

    positions: tuple[int, ...]
    field: str
    codec: Codec = text


class Items(Part, frozen=True):
    """Consecutive composites are a list field of records (HI)."""

    positions: tuple[int, ...]
    field: str
    record: RecordType
    parts: tuple[Part, ...]


class CodeList(msgspec.Struct, frozen=True):
    """Members of a field among the composites of HI, told by their qualifier (component 1).

    The first of `codes` is written where a member has none of its own. `most` go into one segment.
    Lists may share a field (principal and other diagnoses): its first member is then the first
    list's, unless its qualifier says otherwise. `single`: the field is one record or text, no list.
    """

    field: str
    codes: tuple[str, ...]
    parts: tuple[Part, ...]  # of a composite; positions count components
    record: RecordType | None
    most: int = 12
    single: bool = False


class CodeLists(Part, frozen=True):
    """All segments of one id (HI) whose every composite says by its qualifier what it is.

    Written in the order of the lists, as few segments as will do; how a sender laid them out otherwise
    is remembered.
    """

    lists: tuple[CodeList, ...]


class Groups(Part, frozen=True):
    """Consecutive groups of `width` elements are a list field of records (CAS, PLB).

    The parts' positions count from 1 within a group.
    """

    start: int
    width: int
    times: int
    field: str
    record: RecordType
    parts: tuple[Part, ...]


class Pairs(Part, frozen=True):
    """Consecutive pairs of qualifier and value are a field each (PER03-08)."""

    start: int
    times: int
    fields: tuple[tuple[str, str], ...]  # qualifier, field


class Period(Part, frozen=True):
    """A format qualifier and a date, or a range of dates (DTP02, DTP03: D8, RD8)."""

    qualifier: int
    position: int
    first: str
    last: str


class Moment(Part, frozen=True):
    """A format qualifier and a day, or a day and time of day (DTP02, DTP03: D8, DT)."""

    qualifier: int
    position: int
    day: str
    hour: str


class HierarchicalLevel(Part, frozen=True):
    """HL: 1 and 2 are numbered by the encoder, 4 tells whether levels hang below; 3 is the level's code.

    `others` are codes that some senders write for this level; read, kept, and never written by us. `leaf`:
    nothing can ever hang below, and the guide doesn't use 4 (277CA 2000D).
    """

    code: str
    others: tuple[str, ...] = ()
    leaf: bool = False


class Sequence(Part, frozen=True):
    """A number that the encoder counts up within the parent (LX01)."""

    position: int
    field: str


class Segment(msgspec.Struct, frozen=True):
    """One segment of a loop. `into` is the record below the loop's that its fields belong to."""

    id: str
    parts: tuple[Part, ...]
    into: tuple[str, ...] = ()
    many: str = ""  # a list field; each occurrence is a `record` (or a text where there is none)
    record: RecordType | None = None


class Loop(msgspec.Struct, frozen=True):
    """A loop of the guide: its first segment opens it.

    `record` None: its fields belong to the parent's record (2010AA to the provider of 2000A), below
    `into` where given. `implied`: some senders leave its first segment out (835 LX). `always`: what is
    true of every record that this table reads, though no segment says it.
    """

    id: str
    record: RecordType | None
    parts: tuple[Segment | Loop, ...]
    field: str = ""
    many: bool = False
    into: tuple[str, ...] = ()
    implied: bool = False
    always: tuple[tuple[str, str], ...] = ()  # field, value


def el(position: int, field: str, codec: Codec = text) -> Element:
    return Element(position=position, field=field, codec=codec)


def when(position: int, *codes: str) -> Match:
    return Match(position=position, codes=frozenset(codes), first=codes[0])


def key(position: int, field: str, *codes: str) -> Match:
    """Like `when`, and the code found is kept in `field`. No codes: any code matches."""
    return Match(position=position, codes=frozenset(codes), first=codes[0] if codes else "", field=field)


def qualified(
    qualifier: int,
    codes: str | tuple[str, ...],
    position: int,
    field: str,
    codec: Codec = text,
    qualifier_field: str = "",
) -> Qualified:
    return Qualified(
        qualifier=qualifier,
        codes=(codes,) if isinstance(codes, str) else codes,
        position=position,
        field=field,
        codec=codec,
        qualifier_field=qualifier_field,
    )


def const(position: int, value: str) -> Constant:
    return Constant(position=position, value=value)


def comp(position: int, *parts: Part) -> Composite:
    return Composite(position=position, parts=parts)


def repeated(position: int, field: str) -> Repeated:
    return Repeated(position=position, field=field)


def texts(first: int, last: int, field: str, codec: Codec = text) -> Texts:
    return Texts(positions=tuple(range(first, last + 1)), field=field, codec=codec)


def items(first: int, last: int, field: str, record: RecordType, *parts: Part) -> Items:
    return Items(positions=tuple(range(first, last + 1)), field=field, record=record, parts=parts)


def groups(start: int, width: int, times: int, field: str, record: RecordType, *parts: Part) -> Groups:
    return Groups(start=start, width=width, times=times, field=field, record=record, parts=parts)


def pairs(start: int, times: int, **fields: str) -> Pairs:
    """`pairs(3, 3, TE="phone", EM="email")`: qualifier = field."""
    return Pairs(start=start, times=times, fields=tuple(fields.items()))


def period(qualifier: int, position: int, first: str, last: str) -> Period:
    return Period(qualifier=qualifier, position=position, first=first, last=last)


def moment(qualifier: int, position: int, day: str, hour: str) -> Moment:
    return Moment(qualifier=qualifier, position=position, day=day, hour=hour)


def codes(
    field: str, record: RecordType | None, *parts: Part, most: int = 12, single: bool = False
) -> CodeList:
    """One list of `code_lists`; the first of the parts is the `when` or `key` of component 1."""
    first = parts[0]
    assert isinstance(first, Match), field  # noqa: S101 - a table's mistake
    order = (first.first, *sorted(first.codes - {first.first}))
    return CodeList(field=field, codes=order, parts=parts, record=record, most=most, single=single)


def code_lists(name: str, *lists: CodeList) -> Segment:
    return Segment(name, (CodeLists(lists=lists),))


def hl(code: str, *others: str, leaf: bool = False) -> Segment:
    """The HL that opens a level: its code, and what some senders write instead."""
    return Segment("HL", (HierarchicalLevel(code=code, others=others, leaf=leaf),))


def sequence(position: int, field: str) -> Sequence:
    return Sequence(position=position, field=field)


def segment(name: str, *parts: Part, into: str = "") -> Segment:
    return Segment(name, parts, into=tuple(into.split(".")) if into else ())


def many(name: str, field: str, record: RecordType | None, *parts: Part, into: str = "") -> Segment:
    """Every matching segment is one entry of a list: a record, or with `record` None a single value."""
    return Segment(name, parts, into=tuple(into.split(".")) if into else (), many=field, record=record)


def loop(
    name: str,
    record: type[LoopRecord] | None,
    *parts: Segment | Loop,
    field: str = "",
    many: bool = False,
    into: str = "",
    implied: bool = False,
    always: Mapping[str, str] | None = None,
) -> Loop:
    return Loop(
        name,
        record,
        parts,
        field,
        many=many,
        into=tuple(into.split(".")) if into else (),
        implied=implied,
        always=tuple((always or {}).items()),
    )


class FieldPlace(msgspec.Struct, frozen=True):
    """One field's place in the guide: a row of the field reference."""

    loop: str
    segment: str
    qualifiers: tuple[tuple[int, frozenset[str]], ...]  # element position, codes
    element: int
    component: int
    field: str  # dotted, lists as `name[]`
    format: str
    codes: frozenset[str] = frozenset()  # of component 1, where that decides (HI)


def fields(table: Loop) -> Iterator[FieldPlace]:
    """Every field of a binding with its place, in the guide's order."""
    yield from _loop_fields(table, "")


def _loop_fields(table: Loop, prefix: str) -> Iterator[FieldPlace]:
    for part in table.parts:
        if isinstance(part, Loop):
            below = prefix
            if part.record is not None and part.field:
                below = f"{prefix}{part.field}{'[]' if part.many else ''}."
            for name in part.into:
                below += f"{name}."
            yield from _loop_fields(part, below)
        else:
            below = prefix + "".join(f"{name}." for name in part.into)
            if part.many:
                below += f"{part.many}[]" + ("." if part.record else "")
            qualifiers = tuple((p.position, p.codes) for p in part.parts if isinstance(p, Match) and p.codes)
            for position, component, name, how in _part_fields(part.parts):
                field = (below + name) if part.record or not part.many else below
                yield FieldPlace(table.id, part.id, qualifiers, position, component, field, how)
            for one in part.parts:
                if isinstance(one, CodeLists):
                    yield from _code_fields(table.id, part.id, one, below)


def _code_fields(loop: str, segment: str, part: CodeLists, prefix: str) -> Iterator[FieldPlace]:
    for each in part.lists:
        whole = prefix + each.field + ("" if each.single else "[]")
        for at in range(1, each.most + 1):
            for position, _, name, how in _part_fields(each.parts):
                field = f"{whole}.{name}" if each.record else whole
                yield FieldPlace(loop, segment, (), at, position, field, how, frozenset(each.codes))


def _part_fields(parts: tuple[Part, ...]) -> Iterator[tuple[int, int, str, str]]:
    for part in parts:
        match part:
            case Element():
                yield part.position, 0, part.field, part.codec.format
            case Qualified():
                if part.qualifier_field:
                    yield part.qualifier, 0, part.qualifier_field, "code"
                yield part.position, 0, part.field, part.codec.format
            case Match() if part.field:
                yield part.position, 0, part.field, "code"
            case Repeated():
                yield part.position, 0, f"{part.field}[]", "text"
            case Sequence():
                yield part.position, 0, part.field, "whole number"
            case Texts():
                for position in part.positions:
                    yield position, 0, f"{part.field}[]", part.codec.format
            case Composite():
                for position, _, name, how in _part_fields(part.parts):
                    yield part.position, position, name, how
            case Items():
                for at in part.positions:
                    for position, _, name, how in _part_fields(part.parts):
                        yield at, position, f"{part.field}[].{name}", how
            case Groups():
                for number in range(part.times):
                    for position, component, name, how in _part_fields(part.parts):
                        at = part.start + number * part.width + position - 1
                        yield at, component, f"{part.field}[].{name}", how
            case Pairs():
                for number in range(part.times):
                    for qualifier, name in part.fields:
                        yield part.start + 2 * number + 1, 0, name, f"text after {qualifier}"
            case Period():
                yield part.position, 0, part.first, "date, or range of dates"
                yield part.position, 0, part.last, "end of a range of dates"
            case Moment():
                yield part.position, 0, part.day, "date, or date and time"
                yield part.position, 0, part.hour, "time after a date"
            case _:
                pass


def place_of(
    table: Loop,
    segment_id: str,
    element: int,
    component: int = 0,
    elements: list[str] | None = None,
    separator: str = ":",
) -> FieldPlace | None:
    """The field that a segment's element belongs to; `elements` of the segment tell its qualifiers.

    `separator` parts their components. Serves rejections: IK3/IK4 name a segment and an element position.
    """
    for place in fields(table):
        # In HI the composite's own qualifier decides, wherever among the others it stands.
        told = elements is not None and bool(place.codes)
        if place.segment != segment_id or (place.element != element and not told):
            continue
        if component and place.component and place.component != component:
            continue
        if elements is not None and any(
            position >= len(elements) or elements[position] not in codes for position, codes in place.qualifiers
        ):
            continue
        if elements is not None and place.codes:
            value = elements[element] if element < len(elements) else ""
            if value.split(separator)[0] not in place.codes:
                continue
        return place
    return None
