"""X12 files made over: segments in, bytes out, in the separators and line ends they came in. Knows no paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from operator import ne
from typing import Protocol

from edigate.deidentify.elements import Around, Segments
from edigate.deidentify.people import People, filed_days, shift_of
from edigate.deidentify.pseudonyms import Pseudonyms
from edigate.deidentify.values import Shift, Values
from edigate.x12.segments import Segment, SegmentReader

Chunks = Callable[[], Iterable[bytes]]
"""Gives a file's bytes from the start each time it is called."""


class Given:
    """What all files of a set share: the stand-ins, who is who, the shift of what is nobody's."""

    def __init__(self, key: bytes, today: date) -> None:
        self.pseudonyms = Pseudonyms(key)
        self.people = People()
        filed = filed_days(self.pseudonyms)
        self.base = Shift(patient=filed, filed=filed, today=today)


class File(Protocol):
    """A file to be made over: read once to know who is in it, then once more. `segments` (or rows) and elements
    `replaced` are counted then."""

    segments: int
    replaced: int

    def read(self, given: Given) -> None: ...

    def made_over(self, given: Given) -> Iterator[bytes]: ...


def deidentified(key: bytes, files: Sequence[File], today: date) -> list[Iterator[bytes]]:
    """The bytes of each file of a set that belongs together, without anybody in it.

    Claims, acknowledgments and payments given together keep fitting together. Raises DataError where one can't be
    read as what it is.
    """
    given = Given(key, today)
    for file in files:
        file.read(given)
    return [file.made_over(given) for file in files]


class X12File:
    """An X12 file, read in pieces; `name` is for errors. What stands outside interchanges is left out."""

    def __init__(self, name: str, chunks: Chunks) -> None:
        self._name = name
        self._chunks = chunks
        self._starts: dict[int, str] = {}
        self.segments = self.replaced = 0

    def read(self, given: Given) -> None:
        self._starts = given.people.read(SegmentReader(self._chunks(), file=self._name))

    def made_over(self, given: Given) -> Iterator[bytes]:
        segments = Segments(Values(given.pseudonyms, given.people.known))
        base = given.base
        tail = _Tail(self._chunks())
        reader = SegmentReader(tail, file=self._name)
        shift, set_id = base, ""
        before: tuple[bytes, int, bytes] | None = None  # text of the last segment, the byte where it ended, terminator
        for segment in reader:
            if segment.id in ("ISA", "ST"):
                shift, set_id = base, segment.get(1) if segment.id == "ST" else ""
            if segment.number in self._starts:
                who = self._starts[segment.number]
                shift = shift_of(given.pseudonyms, given.people.root(who), base) if who else base
            if before is not None:
                yield _ended(*before, next_offset=segment.offset)
            delimiters = reader.delimiters
            made = segments.made_over(segment.elements, Around(delimiters, shift, set_id))
            self.segments += 1
            self.replaced += sum(map(ne, segment.elements, made))
            length = len(_bytes(delimiters.element.join(segment.elements), segment))
            text = _bytes(delimiters.element.join(made), segment)
            before = (text, segment.offset + length, delimiters.segment.encode("latin-1"))
        if before is not None:
            text, _, terminator = before
            yield text + terminator + tail.line_end


class _Tail:
    """A file's pieces, and the line end that the last of them had."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._last = b""

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._last = (self._last + chunk)[-2:]
            yield chunk

    @property
    def line_end(self) -> bytes:
        return b"\r\n" if self._last == b"\r\n" else b"\n" if self._last.endswith(b"\n") else b""


def _ended(text: bytes, end: int, terminator: bytes, *, next_offset: int) -> bytes:
    """A segment with its terminator and the line end that stood behind it."""
    between = next_offset - end - len(terminator)
    return text + terminator + (b"" if between <= 0 else b"\r\n" if between == len(b"\r\n") else b"\n")


def _bytes(text: str, segment: Segment) -> bytes:
    """Text as the file has it: what the reader took for Latin-1 (not valid UTF-8) in Latin-1 again."""
    if text.isascii():
        return text.encode("ascii")
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
    if segment.id == "ISA":
        return raw
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw
    return text.encode()
