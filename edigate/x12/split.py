"""Splitting: one file into several that can each be sent and read alone. Bytes in, bytes of parts out.

Knows envelopes, the levels of an 837 and where its claims begin. Refuses to know guides and files, and to
split what can't be split honestly. What a part holds is copied byte for byte; only envelopes, counts and
the numbers of levels are written anew, and one line end stands after each segment where the file has any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from edigate.errors import DataError
from edigate.findings import Finding
from edigate.secrecy import Phi
from edigate.x12.segments import Delimiters, Limits, Segment, SegmentReader

By = Literal["interchange", "set", "claims"]
MOST_CLAIMS = 5000  # what the guide allows in a transaction set (X222A1, ST)

_NOT_BY_CLAIMS = {
    "835": "BPR02 is the payment of all its claims together, so fewer of them wouldn't balance",
    "277": "its totals count all its claims together",
    "999": "it answers transaction sets, not claims",
    "997": "it answers transaction sets, not claims",
}
_CLAIM = {"837": "CLM", "835": "CLP"}
_DEEPEST = 100
_INTERCHANGE = frozenset(("ISA", "IEA", "GS", "GE", "TA1"))


class Part(Phi, msgspec.Struct):
    """One part, numbered from 1, and what it holds; complete once the next one has begun."""

    number: int
    interchange: str = ""  # ISA13 as written
    transaction_sets: int = 0
    claims: int = 0


class Splitter:
    """Splits a file: iterate for pairs of the part and its next bytes, part after part.

    `limit` is the most claims a part may hold (by claims). `first_number` numbers the parts' interchanges
    anew (ISA13), counting up; without it each keeps the file's number.
    Raises DataError where the file isn't X12, and where a part would hide that something is missing: a
    transaction set without its end, segments outside of any. Then the parts so far are worth nothing.
    `findings` and `notes`, complete at the end, tell what was passed over and what was put right.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        by: By,
        limit: int = MOST_CLAIMS,
        file: str = "",
        first_number: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._raw = _Raw(chunks)
        self._reader = SegmentReader(self._raw.chunks(), file=file, limits=limits)
        self._file = file or "the file"
        self._by = by
        self._limit = max(1, limit)
        self._next_number = first_number
        self._parts = 0
        self._part: Part | None = None
        self._envelope = _Envelope()
        self._set: Segment | None = None  # the ST of the open set
        self._count = 0  # segments of the open set
        self._claims: _Claims | None = None
        self._out: list[tuple[Part, bytes]] = []
        self._used = True  # whether anything of the open interchange is in a part

    @property
    def findings(self) -> list[Finding]:
        """What the reader passed over: junk between interchanges, empty segments."""
        return self._reader.findings

    def __iter__(self) -> Iterator[tuple[Part, bytes]]:
        step = self._of_interchanges if self._by == "interchange" else self._of_sets
        for segment in self._reader:
            step(segment)
            if self._out:
                yield from self._out
                self._out.clear()
        self._not_in_a_set()
        self._interchange_over()

    # --- whole interchanges: copied as they are

    def _of_interchanges(self, segment: Segment) -> None:
        envelope = self._envelope
        match segment.id:
            case "ISA":
                envelope.interchange(segment, self._reader.delimiters, self._raw.line_end(segment))
                self._begin()
                self._write(envelope.isa)
                return
            case "ST" if self._part:
                self._part.transaction_sets += 1
                self._set = segment
        if self._part is None:
            raise self._outside(segment)
        if self._set and segment.id == _CLAIM.get(self._set.get(1)):
            self._part.claims += 1
        if segment.id == "IEA" and self._next_number is not None:
            self._write(envelope.segment("IEA", segment.get(1), envelope.number))
        else:
            self._write(self._raw.segment(segment, envelope))
        if segment.id == "IEA":
            self._part, self._set = None, None

    # --- transaction sets, whole or by their claims

    def _of_sets(self, segment: Segment) -> None:
        envelope = self._envelope
        name = segment.id
        if name in _INTERCHANGE or name == "ST":
            self._not_in_a_set()
        match name:
            case "ISA":
                self._interchange_over()
                envelope.interchange(segment, self._reader.delimiters, self._raw.line_end(segment))
                self._used = False
            case "GS":
                envelope.group(segment, self._raw.segment(segment, envelope))
            case "GE":
                envelope.gs = b""
            case "IEA":
                envelope.gs = b""
            case "TA1":
                self._begin()
                self._write(envelope.isa, self._raw.segment(segment, envelope), envelope.trailer(0))
                self._part = None
            case "ST":
                self._begin_set(segment)
            case _ if self._set is None:
                raise self._outside(segment)
            case _:
                self._in_set(segment)

    def _begin_set(self, segment: Segment) -> None:
        if not self._envelope.gs:
            raise self._outside(segment)
        self._set, self._count = segment, 1
        raw = self._raw.segment(segment, self._envelope)
        if self._by == "claims":
            reason = _NOT_BY_CLAIMS.get(segment.get(1), "only claims (837) are")
            if segment.get(1) != "837":
                raise DataError(
                    f"{self._file}: a {segment.get(1) or 'set'} can't be split by claims: {reason}",
                    hint="Split it by transaction set: --by set",
                )
            self._claims = _Claims(self._limit, raw, self._envelope)
            return
        self._begin()
        if self._part:
            self._part.transaction_sets = 1
        self._write(self._envelope.isa, self._envelope.gs, raw)

    def _in_set(self, segment: Segment) -> None:
        self._count += 1
        raw = self._raw.segment(segment, self._envelope)
        over = segment.id == "SE"
        if over and segment.get(1).strip() != str(self._count):
            self._miscounted(segment)
        if self._claims is not None:
            full = self._claims.end() if over else self._claims.add(segment, raw)
            if full is not None:
                self._write_claims(*full)
            if over:
                self._claims, self._set = None, None
            return
        if self._part and self._set and segment.id == _CLAIM.get(self._set.get(1)):
            self._part.claims += 1
        self._write(raw)
        if over:
            self._write(self._envelope.trailer(1))
            self._part, self._set = None, None

    def _miscounted(self, segment: Segment) -> None:
        words = f"SE01 counts {segment.get(1).strip() or 'nothing'}, but there are {self._count} segments"
        kept = "; the parts count what they hold" if self._by == "claims" else "; the part says the same"
        self.notes.append(f"transaction set {segment.get(2).strip()}: {words}{kept}")

    def _write_claims(self, claims: int, segments: Sequence[bytes]) -> None:
        envelope, header = self._envelope, self._set
        self._begin()
        if self._part:
            self._part.transaction_sets, self._part.claims = 1, claims
        number = header.get(2) if header else ""
        se = envelope.segment("SE", str(len(segments) + 1), number)
        self._write(envelope.isa, envelope.gs, b"".join(segments), se, envelope.trailer(1))
        self._part = None

    def _begin(self) -> None:
        self._parts += 1
        if self._next_number is not None:
            self._envelope.renumber(self._next_number)
            self._next_number += 1
        self._part = Part(self._parts, self._envelope.number)
        self._used = True

    def _write(self, *pieces: bytes) -> None:
        if self._part is not None:
            self._out += ((self._part, piece) for piece in pieces)

    # --- what can't be split

    def _not_in_a_set(self) -> None:
        if self._by != "interchange" and self._set is not None:
            raise DataError(
                f"{self._file}: transaction set {self._set.get(2).strip()} has no end (SE): the file is cut, and "
                "a part would hide it",
                hint="Ask the sender for the whole file. --by interchange copies what there is.",
            )

    def _outside(self, segment: Segment) -> DataError:
        return DataError(
            f"{self._file}: segment {segment.number} stands outside of any "
            f"{'interchange' if self._by == 'interchange' else 'transaction set or group'}, so no part would hold it",
            hint="edigate validate shows what is wrong with the file.",
        )

    def _interchange_over(self) -> None:
        if self._by != "interchange" and not self._used:
            self.notes.append(f"interchange {self._envelope.original} holds no transaction set: no part is made of it")
        self._used = True


class _Envelope:
    """The ISA and GS that stand round what is read, as bytes, and their trailers."""

    def __init__(self) -> None:
        self.isa = self.gs = self.end = b""
        self.number = self.original = self.group_number = ""
        self.delimiters = Delimiters()
        self._elements: list[str] = []

    def interchange(self, segment: Segment, delimiters: Delimiters, line_end: bytes) -> None:
        self.delimiters = delimiters
        self.end = delimiters.segment.encode("latin-1") + line_end
        self._elements = segment.elements
        self.number = self.original = segment.get(13)
        self.gs = b""
        self._isa()

    def _isa(self) -> None:
        # never decoded by the reader, so that its characters are its bytes
        self.isa = self.delimiters.element.join(self._elements).encode("latin-1") + self.end

    def renumber(self, number: int) -> None:
        self.number = f"{number:09d}"
        self._elements = [*self._elements[:13], self.number, *self._elements[14:]]
        self._isa()

    def group(self, segment: Segment, raw: bytes) -> None:
        self.gs, self.group_number = raw, segment.get(6)

    def segment(self, *elements: str) -> bytes:
        return self.delimiters.element.join(elements).encode() + self.end

    def trailer(self, groups: int) -> bytes:
        ge = self.segment("GE", "1", self.group_number) if groups else b""
        return ge + self.segment("IEA", str(groups), self.number)


class _Raw:
    """The bytes of the file from the segment just read on; what is before is forgotten."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._buffer = bytearray()
        self._base = 0

    def chunks(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._buffer += chunk
            yield chunk

    def _forget_before(self, offset: int) -> None:
        del self._buffer[: offset - self._base]
        self._base = offset

    def segment(self, segment: Segment, envelope: _Envelope) -> bytes:
        """A segment as sent, with its terminator."""
        self._forget_before(segment.offset)
        end = self._buffer.find(envelope.end[:1])
        found = self._buffer[:end] if end >= 0 else self._buffer
        return bytes(found) + envelope.end

    def line_end(self, isa: Segment) -> bytes:
        """What stands after the ISA's terminator: a line end or nothing."""
        self._forget_before(isa.offset)
        after = sum(map(len, isa.elements)) + len(isa.elements)
        line_end = bytes(self._buffer[after : after + 2])
        if line_end == b"\r\n":
            return line_end
        return line_end[:1] if line_end[:1] in (b"\r", b"\n") else b""


class _Level:
    """A hierarchical level: its HL, and what follows before a claim or another level."""

    __slots__ = ("body", "hl", "parent")

    def __init__(self, hl: Segment, parent: _Level | None, body: list[bytes]) -> None:
        self.hl = hl
        self.parent = parent
        self.body = body


class _Claims:
    """One 837 being cut: at most `limit` claims a part, each under the levels it stood under."""

    def __init__(self, limit: int, header: bytes, envelope: _Envelope) -> None:
        self._limit = limit
        self._envelope = envelope
        self._header = [header]
        self._open: list[_Level] = []
        self._fresh = 0  # levels at the end of `_items` without a claim after them
        self._items: list[_Level | list[bytes]] = []  # in the order of the file; a list is a claim
        self._claims = 0
        self._into = self._header  # where the next segment goes

    def add(self, segment: Segment, raw: bytes) -> tuple[int, list[bytes]] | None:
        """Take the next segment; returns claims and segments of a part that is full, ST first."""
        full = None
        match segment.id:
            case "HL":
                self._level(segment)
            case "CLM":
                if self._claims == self._limit:
                    full = self._cut()
                claim = [raw]
                self._items.append(claim)
                self._into = claim
                self._claims += 1
                self._fresh = 0
            case _:
                self._into.append(raw)
        return full

    def end(self) -> tuple[int, list[bytes]]:
        """The last part; without SE."""
        return self._written()

    def _level(self, segment: Segment) -> None:
        named, rank = segment.get(2).strip(), segment.get(3).strip()
        stack = self._open
        last = range(len(stack) - 1, -1, -1)
        above = next((at for at in last if named and stack[at].hl.get(1).strip() == named), None)
        if above is None:  # HL02 is missing or wrong: by the code, 20 above 22 above 23
            above = next((at for at in last if stack[at].hl.get(3).strip() < rank), -1)
        if above == _DEEPEST:
            raise DataError(f"the levels (HL) of an 837 stand {_DEEPEST} deep; the guide has three")
        del stack[above + 1 :]
        level = _Level(segment, stack[-1] if stack else None, [])
        stack.append(level)
        self._items.append(level)
        self._into = level.body
        self._fresh += 1

    def _cut(self) -> tuple[int, list[bytes]]:
        """The part that is full; the levels still open are repeated, or moved where no claim stood there yet."""
        fresh = {id(level) for level in self._items[len(self._items) - self._fresh :]}
        moved = {id(level) for level in self._open} & fresh
        self._items = [item for item in self._items if id(item) not in moved]
        part = self._written()
        above: _Level | None = None
        again: list[_Level] = []
        for level in self._open:
            above = _Level(level.hl, above, level.body)
            again.append(above)
        self._open, self._items, self._claims = again, list(again), 0
        return part

    def _written(self) -> tuple[int, list[bytes]]:
        segments = list(self._header)
        parents = {id(item.parent) for item in self._items if isinstance(item, _Level)}
        numbers: dict[int, str] = {}
        for item in self._items:
            if isinstance(item, list):
                segments += item
                continue
            number = numbers[id(item)] = str(len(numbers) + 1)
            above = numbers[id(item.parent)] if item.parent else ""
            code, below = item.hl.get(3), "1" if id(item) in parents else "0"
            segments.append(self._envelope.segment("HL", number, above, code, below))
            segments += item.body
        return self._claims, segments
