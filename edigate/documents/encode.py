"""Documents back to X12: envelopes with counts that are right by construction, records by their bindings.

Knows how documents stand together in interchanges and groups. Refuses what would be lost or misread: keys
nobody knows, amounts that are none, delimiters in data.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from edigate.documents.bindings import Reading, reading_of
from edigate.documents.model import FORMAT, Document, GroupFacts, InterchangeFacts, from_iso
from edigate.documents.segments import Parts, as_segments, elements
from edigate.errors import DataError
from edigate.responses.read import Kind
from edigate.x12.encode import Elements
from edigate.x12.remainder import LoopRecord
from edigate.x12.segments import ISA_WIDTHS, Delimiters
from edigate.x12.write import DelimiterInDataError, Serializer

_ENVELOPE = frozenset(("ISA", "GS", "ST", "SE", "GE", "IEA"))
_KINDS = {str(kind): kind for kind in Kind}
_NEUTRAL = Delimiters(element="\x1d", component="\x1f", segment="\x1c", repetition="\x1e")


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What to write otherwise than the documents say; nothing where None. Numbers count up from these."""

    element: str | None = None
    component: str | None = None
    segment: str | None = None
    repetition: str | None = None
    usage: str | None = None  # P or T
    interchange_number: int | None = None
    group_number: int | None = None
    set_number: int | None = None
    line_breaks: bool = True


class DocumentWriter:
    """Documents to bytes of X12: iterate `write`. `notes` tell what was decided on the way."""

    def __init__(self, wishes: Wishes | None = None) -> None:
        self.notes: list[str] = []
        self.interchanges = self.groups = self.sets = self.segments = 0
        self._wishes = wishes or Wishes()
        self._interchange: InterchangeFacts | None = None
        self._group: GroupFacts | None = None
        self._number = self._group_number = ""
        self._groups_here = self._sets_here = 0
        self._serializer = Serializer(Delimiters())
        self._charset = "utf-8"

    def write(self, documents: Iterable[Document]) -> Iterator[bytes]:
        """The file, a piece at a time. Raises DataError for what can't be written; then it isn't whole."""
        for number, document in enumerate(documents, 1):
            where = f"document {number}"
            if document.format != FORMAT:
                raise DataError(f"{where}: its format is {document.format}, this edigate knows {FORMAT}")
            yield from self._opened(document, where)
            yield from self._set(document, where)
        if self._interchange is None:
            raise DataError("there is no document in it, so there is nothing to write")
        yield from self._closed_interchange()

    # --- envelopes

    def _opened(self, document: Document, where: str) -> Iterator[bytes]:
        interchange, group = document.interchange, document.group
        if self._interchange is None or self._interchange.number != interchange.number:
            yield from self._closed_interchange()
            yield self._isa(interchange, where)
        if group is None:
            yield from self._closed_group()
        elif self._group is None or self._group.number != group.number:
            yield from self._closed_group()
            yield self._gs(group, where)

    def _isa(self, facts: InterchangeFacts, where: str) -> bytes:
        wishes = self._wishes
        delimiters = _delimiters(facts.delimiters, wishes, where)
        self._serializer = Serializer(delimiters, line_breaks=wishes.line_breaks)
        ascii_only = all(map(str.isascii, msgspec.structs.astuple(delimiters)))
        self._charset = "utf-8" if ascii_only else "latin-1"
        self._interchange, self._groups_here = facts, 0
        number = _wished(wishes.interchange_number, self.interchanges)
        self._number = f"{number:09d}" if number is not None else facts.control_number
        self.interchanges += 1
        values = [
            facts.authorization_qualifier, facts.authorization, facts.security_qualifier, facts.security,
            facts.sender_qualifier, facts.sender, facts.receiver_qualifier, facts.receiver,
            from_iso(facts.date, 6), facts.time, delimiters.repetition or facts.standard or "U", facts.version,
            self._number, facts.acknowledgment_requested, wishes.usage or facts.usage, delimiters.component,
        ]  # fmt: skip
        padded = [value.ljust(width) for value, width in zip(values, ISA_WIDTHS, strict=True)]
        for position, (value, width) in enumerate(zip(padded, ISA_WIDTHS, strict=True), 1):
            delimiter = position not in (11, 16) and self._serializer.has_delimiter(value)
            if len(value) != width or not value.isascii() or delimiter:
                raise DataError(
                    f"{where}: ISA{position:02d} can't be written",
                    hint=f"It takes {width} characters of ASCII, and none of the delimiters.",
                )
        end = self._serializer.segment(["ISA"]).removeprefix("ISA")
        self.segments += 1
        return self._bytes(delimiters.element.join(["ISA", *padded]) + end)

    def _gs(self, facts: GroupFacts, where: str) -> bytes:
        self._group, self._sets_here = facts, 0
        number = _wished(self._wishes.group_number, self.groups)
        self._group_number = str(number) if number is not None else facts.control_number
        self.groups += 1
        self._groups_here += 1
        date = from_iso(facts.date, 8)
        head = ["GS", facts.functional_id, facts.sender, facts.receiver, date, facts.time]
        return self._segment([*head, self._group_number, facts.agency, facts.guide], where)

    def _closed_group(self) -> Iterator[bytes]:
        if self._group is not None:
            self._group = None
            yield self._segment(["GE", str(self._sets_here), self._group_number], "")

    def _closed_interchange(self) -> Iterator[bytes]:
        if self._interchange is not None:
            yield from self._closed_group()
            self._interchange = None
            yield self._segment(["IEA", str(self._groups_here), self._number], "")

    # --- a set

    def _set(self, document: Document, where: str) -> Iterator[bytes]:
        body = self._body(document, where)
        facts = document.transaction_set
        if document.group is None:
            for each in body:
                if each[0] != "TA1":
                    raise DataError(f"{where}: only a TA1 stands outside of a group, this is {facts.id or 'no set'}")
                yield self._segment(each, where)
            return
        number = _wished(self._wishes.set_number, self.sets)
        control_number = f"{number:04d}" if number is not None else facts.control_number
        self.sets += 1
        self._sets_here += 1
        yield self._segment(["ST", facts.id, control_number, facts.guide], where)
        count = 2
        for each in body:
            yield self._segment(each, f"{where}, segment {count}")
            count += 1
        yield self._segment(["SE", str(count), control_number], where)

    def _body(self, document: Document, where: str) -> Iterator[Elements]:
        if document.record is None:
            return _named(document.body or [], where)
        kind = _KINDS.get(document.kind)
        reading = reading_of(kind, document.guide) if kind else None
        if reading is None:
            raise DataError(f"{where}: edigate has no binding for {document.kind or 'a set without kind'}")
        record = _typed(reading, document.record, where)
        if document.body is not None:
            # Beside a record only where that alone doesn't give the segments back: good as long as both agree.
            as_read, _ = reading.decode(as_segments(_named(document.body, where), _NEUTRAL), _NEUTRAL)
            if as_read == record:
                return _named(document.body, where)
            if reading.binding.writes:
                self.notes.append(f"{where}: `record` was changed, so `body` isn't used: segments may stand otherwise")
        if not reading.binding.writes:
            raise DataError(
                f"{where}: records of {document.guide} are for reading alone",
                hint="Leave `record` as it was, or take it out and change `body`.",
            )
        return reading.encode(record)

    # --- texts

    def _segment(self, segment: Elements, where: str) -> bytes:
        self.segments += 1
        try:
            return self._bytes(self._serializer.segment(segment))
        except DelimiterInDataError as error:
            raise DataError(
                f"{where} ({segment[0]}): a value holds one of the delimiters or a line break",
                hint="X12 has no escape. Choose other delimiters (--element, --component, --repetition, --segment).",
            ) from error

    def _bytes(self, text: str) -> bytes:
        try:
            return text.encode(self._charset)
        except UnicodeEncodeError as error:
            raise DataError(
                "a value can't be written beside these delimiters, which aren't ASCII",
                hint="Choose other delimiters.",
            ) from error


def _named(body: Parts, where: str) -> Iterator[Elements]:
    """The segments of a body. Raises DataError for one without an id, and for what only an envelope may hold."""
    for number, each in enumerate(elements(body), 2):
        if not each or not each[0] or each[0] in _ENVELOPE:
            raise DataError(f"{where}: segment {number} has no id, or one that only an envelope may have")
        yield each


def _wished(first: int | None, so_far: int) -> int | None:
    return None if first is None else first + so_far


def _delimiters(given: Delimiters, wishes: Wishes, where: str) -> Delimiters:
    names = Delimiters.__struct_fields__
    wished = {name: value for name in names if (value := getattr(wishes, name)) is not None}
    delimiters = msgspec.structs.replace(given, **wished)
    texts = [text for text in msgspec.structs.astuple(delimiters) if text]
    usable = all(_can_delimit(text) for text in texts)
    if not usable or len(set(texts)) != len(texts) or not delimiters.element or not delimiters.segment:
        raise DataError(
            f"{where}: the delimiters can't be used",
            hint="Each is one character, no letter or digit, and no two are the same.",
        )
    if not delimiters.component:
        raise DataError(f"{where}: the component separator is missing")
    return delimiters


def _can_delimit(text: str) -> bool:
    return len(text) == 1 and not text.isalnum() and text not in " \t\x00\x1a"


def _typed(reading: Reading, record: Any, where: str) -> LoopRecord:
    """The record of a document. Raises DataError where it has keys or values that it can't have."""
    type_ = reading.binding.record
    if isinstance(record, type_):
        return record
    try:
        typed = msgspec.convert(record, type_)
    except msgspec.ValidationError as error:
        raise DataError(f"{where}: {error}") from error
    unknown = next(_unknown_keys(record, typed, "record"), None)
    if unknown:
        raise DataError(f"{where}: nothing is called {unknown}", hint="A misspelt name? It would be lost.")
    wrong = next(_wrong_amounts(typed, "record"), None)
    if wrong:
        raise DataError(f"{where}: {wrong} isn't an amount that X12 can say")
    return typed


def _unknown_keys(raw: Any, typed: Any, at: str) -> Iterator[str]:
    if isinstance(typed, msgspec.Struct) and isinstance(raw, dict):
        for key, value in raw.items():
            if key not in typed.__struct_fields__:
                yield f"{at}.{key}"
            else:
                yield from _unknown_keys(value, getattr(typed, key), f"{at}.{key}")
    elif isinstance(typed, list) and isinstance(raw, list):
        for index, (value, each) in enumerate(zip(raw, typed, strict=False)):
            yield from _unknown_keys(value, each, f"{at}[{index}]")


def _wrong_amounts(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, Decimal):
        if not value.is_finite() or value.adjusted() > _MOST_DIGITS or len(value.as_tuple().digits) > _MOST_DIGITS:
            yield at
    elif isinstance(value, msgspec.Struct):
        for name in _not_texts(type(value)):
            below = getattr(value, name)
            if below is not None and below != []:
                yield from _wrong_amounts(below, f"{at}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _wrong_amounts(each, f"{at}[{index}]")


@functools.cache
def _not_texts(type_: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a record in or below which an amount may stand."""
    texts = (str, list[str], Sequence[str], int)
    return tuple(field.name for field in msgspec.structs.fields(type_) if field.type not in texts)


_MOST_DIGITS = 18  # X12 data element 782


def read_documents(lines: Iterable[bytes]) -> Iterator[Document]:
    """Documents of JSON: one a line, as decode writes them, or all of it one object or a list of them.

    Raises DataError that names the line, or the place in the JSON.
    """
    lines = iter(lines)
    first = next((line for line in lines if line.strip()), b"")
    try:
        msgspec.json.decode(first, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        yield from _of_all(first + b"".join(lines))
        return
    if first.lstrip()[:1] == b"[":
        yield from _of_all(first + b"".join(lines))
        return
    yield _document(first, "line 1")
    for number, line in enumerate(lines, 2):
        if line.strip():
            yield _document(line, f"line {number}")


def _of_all(text: bytes) -> Iterator[Document]:
    if not text.strip():
        raise DataError("it is empty, not a document")
    try:
        if text.lstrip()[:1] == b"[":
            yield from msgspec.json.decode(text, type=list[Document])
        else:
            yield msgspec.json.decode(text, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(_not_a_document(error), hint=_HINT) from error


def _document(line: bytes, where: str) -> Document:
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{where}: {_not_a_document(error)}", hint=_HINT) from error


def _not_a_document(error: Exception) -> str:
    words = str(error) if isinstance(error, msgspec.DecodeError) else type(error).__name__
    return f"it isn't the JSON of a transaction set ({words})"


_HINT = "edigate decode FILE writes it (--format json; not jsonl or csv)."
_DECODER = msgspec.json.Decoder(Document)
