"""X12 files made over: segments in, bytes out, in the separators and line ends they came in. Knows no paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from operator import ne

from edigate.deidentify.elements import Around, Segments
from edigate.deidentify.people import People, filed_days, shift_of
from edigate.deidentify.pseudonyms import Pseudonyms
from edigate.deidentify.values import Shift, Values
from edigate.x12.segments import Segment, SegmentReader

Chunks = Callable[[], Iterable[bytes]]
"""Gives a file's bytes from the start each time it is called."""


class Deidentified:
    """A set of X12 files that belong together, made over under one key.

    `files` are names, for errors, and what gives their bytes. Claims, acknowledgments and payments given together
    keep fitting together. Each file is read twice, in pieces; what stands outside interchanges is left out.
    Raises DataError where one isn't X12 or can't be read.
    """

    def __init__(self, key: bytes, files: Sequence[tuple[str, Chunks]], today: date) -> None:
        self._pseudonyms = Pseudonyms(key)
        self._files = files
        filed = filed_days(self._pseudonyms)
        self._base = Shift(patient=filed, filed=filed, today=today)
        self._people = People()
        for name, chunks in files:
            self._people.read(SegmentReader(chunks(), file=name))
        self._segments = Segments(Values(self._pseudonyms, self._people.known))

    def file(self, number: int) -> MadeOver:
        """One of the files, counted from 0, without anybody in it: iterate for its bytes."""
        starts = {
            segment: shift_of(self._pseudonyms, who, self._base)
            for segment, who in self._people.starts(number).items()
        }
        return MadeOver(*self._files[number], self._segments, self._base, starts)


class MadeOver:
    """The bytes of a file made over; `segments` and `replaced` elements are counted on the way."""

    def __init__(self, name: str, chunks: Chunks, segments: Segments, base: Shift, starts: dict[int, Shift]) -> None:
        self.segments = 0
        self.replaced = 0
        self._name = name
        self._chunks = chunks
        self._made = segments
        self._base = base
        self._starts = starts

    def __iter__(self) -> Iterator[bytes]:
        tail = _Tail(self._chunks())
        reader = SegmentReader(tail, file=self._name)
        shift, set_id = self._base, ""
        before: tuple[bytes, int, bytes] | None = None  # text of the last segment, the byte where it ended, terminator
        for segment in reader:
            if segment.id in ("ISA", "ST"):
                shift, set_id = self._base, segment.get(1) if segment.id == "ST" else ""
            shift = self._starts.get(segment.number, shift)
            if before is not None:
                yield _ended(*before, next_offset=segment.offset)
            delimiters = reader.delimiters
            made = self._made.made_over(segment.elements, Around(delimiters, shift, set_id))
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
