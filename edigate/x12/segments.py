"""Segments: bytes in any chunking to segments with their place, every byte accounted for.

Knows delimiters, the ISA and terminators. Refuses to know loops, guides or what a segment means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from edigate.errors import DataError
from edigate.findings import Finding, Severity

ISA_LENGTH = 106  # fixed by X12.5: ISA and its terminator
# The sixteen elements' fixed widths, for senders that collapse the padding.
ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)

_BLANK = "\r\n\t \x00\x1a"


class Delimiters(msgspec.Struct, frozen=True):
    """The four separators of an interchange. `repetition` is empty before 5010 (ISA11 was a standard id)."""

    element: str = "*"
    component: str = ":"
    segment: str = "~"
    repetition: str = "^"


class Limits(msgspec.Struct, frozen=True):
    """Bounds that keep a hostile file from costing more than its size."""

    segment_bytes: int = 1 << 20
    elements: int = 10_000
    file_bytes: int = 0  # 0: no limit
    findings: int = 10_000  # kept for one file; how many more there were is told


class Segment:
    """One segment: `elements[0]` is its id, `elements[n]` element n as sent, composites unsplit.

    `number` counts all segments of the file from 1, `offset` is the byte where it starts.
    """

    __slots__ = ("elements", "number", "offset")

    def __init__(self, elements: list[str], number: int = 0, offset: int = -1) -> None:
        self.elements = elements
        self.number = number
        self.offset = offset

    @property
    def id(self) -> str:
        return self.elements[0]

    def get(self, position: int) -> str:
        """Element `position` (from 1) as sent, or an empty string where the segment ends before it."""
        return self.elements[position] if position < len(self.elements) else ""

    def __repr__(self) -> str:  # never the data: it may be PHI and land in a log
        return f"<Segment {self.elements[0]} #{self.number} at byte {self.offset}>"


# Takes segments as texts: gets the texts, where to begin, and what tells the byte where one of them
# starts (asked in order); returns the index of the first it didn't take. Texts are as sent, Latin-1, maybe
# with blanks before them. Such, empty ones, and any that need care, must not be taken.
Accept = Callable[[list[str], int, Callable[[int], int]], int]


class SegmentReader:
    """Segments of a byte stream, in order; `delimiters` are those of the segment just read.

    Any chunking gives the same segments. What isn't a segment (junk between interchanges, empty
    segments, a missing terminator, collapsed ISA padding) becomes a finding, so that nothing is lost
    in silence. Raises DataError where there is no ISA at all, where an ISA can't be read, and where a
    limit is passed; never anything else on data.

    Where `inside` is given, the chunks begin with a segment inside an interchange of these delimiters, and
    `base` is the byte of the file where that is.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        file: str = "",
        limits: Limits | None = None,
        inside: Delimiters | None = None,
        base: int = 0,
    ) -> None:
        self._inside = inside
        self.delimiters = inside or Delimiters()
        self.findings: list[Finding] = []
        self.untold = 0  # findings beyond the limit
        self.segments_read = 0
        self._chunks = _pieces(chunks)
        self._file = file
        self._limits = limits or Limits()
        self._buffer = ""
        self._base = base  # byte offset of the buffer's first character
        self._ended = False
        self._batch: list[str] = []  # segments of the buffer, as texts; `_at` is the next to be read
        self._pieces: list[str] = []  # the same, with the blanks before them
        self._step = 1  # characters between two pieces
        self._at = 0
        self._began_at = 0  # segments read before the last interchange
        self._marked = (0, 0)  # an index of the pieces and the byte where that piece starts

    def skim(self, accept: Accept) -> int:
        """Let `accept` take segments that are ready as text; returns how many it took.

        For readers in a hurry, between two segments: what is taken isn't yielded.
        """
        if self._at >= len(self._batch):
            return 0
        taken = accept(self._batch, self._at, self._locate) - self._at
        self._at += taken
        self.segments_read += taken
        return taken

    def _locate(self, at: int) -> int:
        """The byte where a segment of the batch begins. Indexes must not go back: the way is counted once."""
        piece = self._pieces[at]
        return self._start_of(at) + len(piece) - len(piece.lstrip(_BLANK))

    def _start_of(self, at: int) -> int:
        marked, start = self._marked
        if at == marked + 1:
            start += len(self._pieces[marked]) + self._step
        elif at > marked:
            start += sum(map(len, self._pieces[marked:at])) + (at - marked) * self._step
        self._marked = (at, start)
        return start

    def __iter__(self) -> Iterator[Segment]:
        found_any = self._inside is not None
        if found_any and self._more():
            first = self._buffer.find(self.delimiters.segment) + 1
            yield from self._interchange(_line_end(self._buffer[first : first + 2]))
        while self._seek_isa():
            found_any = True
            yield from self._interchange()
        if not found_any:
            raise DataError(
                f"{self._file or 'input'} isn't X12: no ISA segment found",
                hint="An X12 file begins with ISA and its separator. Was the right file given?",
            )

    # --- the buffer: latin-1 keeps one character a byte, so that offsets stay byte offsets

    def _more(self, beside: int = 0) -> bool:
        """Read a chunk into the buffer; `beside` tells how much is held elsewhere."""
        chunk = next(self._chunks, None)
        if chunk is None:
            self._ended = True
            return False
        self._buffer += chunk.decode("latin-1")
        limit = self._limits.file_bytes
        if limit and self._base + beside + len(self._buffer) > limit:
            raise DataError(f"{self._file or 'input'} is larger than the limit of {limit} bytes")
        return True

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self._base += count

    def _finding(self, code: str, message: str, severity: Severity, offset: int) -> None:
        if len(self.findings) >= self._limits.findings:
            self.untold += 1
            return
        self.findings.append(
            Finding(code=code, message=message, severity=severity, level=1, file=self._file, offset=offset)
        )

    # --- between interchanges

    def _seek_isa(self) -> bool:
        """Move the buffer to the next ISA; report what was passed over. False at the end of input."""
        first = -1  # where the first byte stands that isn't blank
        before = ""  # the character in front of the buffer: `XISA` is no ISA, however it is cut
        while True:
            match = _ISA_START.search(before + self._buffer, len(before))
            # keep three characters: an ISA may be cut between two chunks
            keep = 0 if self._ended else 3
            passed = match.start() - len(before) if match else max(0, len(self._buffer) - keep)
            if passed:
                skipped = self._buffer[:passed]
                if first < 0 and (text := skipped.lstrip(_BLANK_OR_BOM)):
                    first = self._base + passed - len(text)
                before = skipped[-1]
                self._drop(passed)
            if match or self._ended:
                self._report_junk(first)
                return match is not None
            self._more()

    def _report_junk(self, first: int) -> None:
        if first >= 0:
            self._finding(
                "X12-JUNK",
                f"bytes {first} to {self._base} stand outside any interchange and were passed over",
                Severity.WARNING,
                first,
            )

    # --- one interchange

    def _header(self) -> tuple[str, int]:
        """The ISA at the buffer's start: its text without terminator, and its length with it."""
        while len(self._buffer) < 3 * ISA_LENGTH and self._more():
            pass
        text = self._buffer[: 3 * ISA_LENGTH]  # no more, or what is found would depend on the chunks
        separator = text[3]
        if len(text) >= ISA_LENGTH and _is_fixed_width(text, separator):
            end = ISA_LENGTH - 1
        else:
            end = 3
            for _ in range(15):
                end = text.find(separator, end + 1)
                if end < 0:
                    raise self._unreadable_isa()
            end += 2
            if end >= len(text):
                raise self._unreadable_isa()
            self._finding(
                "X12-ISA-WIDTH",
                "the ISA isn't 106 bytes long (its padding was collapsed); it was read by its separators",
                Severity.WARNING,
                self._base,
            )
        component, terminator = text[end - 1], text[end]
        if component.isalnum() or terminator.isalnum() or terminator in (separator, component):
            raise self._unreadable_isa()
        elements = text[:end].split(separator)
        # ISA11 was the standard's id (`U`) before 5010, where repetition didn't exist.
        repetition = elements[11] if not elements[11].isalnum() and elements[11].strip() else ""
        self.delimiters = Delimiters(element=separator, component=component, segment=terminator, repetition=repetition)
        return text[:end], end + 1

    def _unreadable_isa(self) -> DataError:
        return DataError(
            f"{self._file or 'input'}: the ISA at byte {self._base} can't be read: "
            "its sixteen elements and the terminator after ISA16 were not found",
            hint="Ask the sender for the file again; the ISA tells how to read everything after it.",
        )

    def _interchange(self, line_end: str | None = None) -> Iterator[Segment]:
        """Its segments; the buffer begins with the ISA, or behind it where `line_end` is given."""
        header, length = self._header() if line_end is None else ("", 0)
        terminator = self.delimiters.segment
        if line_end is None:
            line_end = _line_end(self._buffer[length : length + 2])
        between = terminator + line_end
        # Split at once about what the last interchange had, later more: what stands behind a small one mustn't
        # be split again for each of a thousand.
        ahead = max(_AHEAD, self.segments_read - self._began_at)
        self._began_at = self.segments_read
        if header:
            self.segments_read += 1
            yield Segment(header.split(self.delimiters.element), self.segments_read, self._base)
            self._drop(length)
        while True:
            pieces, separator = self._split(terminator, between, ahead)
            rest, more_here = pieces.pop(), len(pieces) == ahead
            at = 0
            while at < len(pieces):
                text = pieces[at].lstrip(_BLANK)
                offset = self._locate(at)
                at += 1
                if not text:
                    # A line end as terminator makes blank lines, which mean nothing.
                    if terminator not in "\r\n":
                        self._finding("X12-EMPTY-SEGMENT", "an empty segment was passed over", Severity.WARNING, offset)
                    continue
                if text.startswith("ISA") and _ISA_START.match(text):  # maybe with delimiters of its own
                    self._batch = []
                    self._drop(offset - self._base)
                    return
                segment = self._segment(text, offset)
                self._at = at
                yield segment
                at = self._at
                if segment.elements[0] == "IEA":
                    self._base = self._start_of(at)
                    self._batch = []
                    self._buffer = separator.join([*pieces[at:], rest])
                    return
            self._base = self._start_of(len(pieces))
            self._batch = []
            self._buffer = rest
            if more_here:
                ahead *= 4
            elif not self._more_with(terminator):
                yield from self._unterminated()
                return

    def _unterminated(self) -> Iterator[Segment]:
        """What stands behind the last terminator of the input: nothing, an ISA, or a segment cut short."""
        text = self._buffer.lstrip(_BLANK)
        offset = self._base + len(self._buffer) - len(text)
        text = text.rstrip(_BLANK)
        if _ISA_START.match(text):
            self._drop(offset - self._base)
            return
        self._buffer = ""
        if text:
            self._finding("X12-UNTERMINATED", "the last segment has no terminator", Severity.WARNING, offset)
            yield self._segment(text, offset)

    def _more_with(self, terminator: str) -> bool:
        """Read on until a segment ends; joined once, so that a long one in small chunks is copied once."""
        parts, size = [self._buffer], len(self._buffer)
        self._buffer = ""
        while True:
            if size > self._limits.segment_bytes:
                raise self._too_long(self._base)
            if not self._more(beside=size):
                self._buffer = "".join(parts)
                return len(parts) > 1
            parts.append(self._buffer)
            self._buffer = ""
            if terminator in parts[-1]:
                self._buffer = "".join(parts)
                return True
            size += len(parts[-1])

    def _split(self, terminator: str, between: str, most: int) -> tuple[list[str], str]:
        """Up to `most` segments of the buffer at once, then the rest: nothing in Python is faster than splitting.

        `between` is the terminator with the line end that usually follows it; returns which of both it was.
        """
        buffer = self._buffer
        pieces = texts = buffer.split(between, most)
        end = len(buffer) - len(pieces[-1]) if len(pieces) > most else len(buffer)
        if len(pieces) <= buffer.count(terminator, 0, end):  # line ends here and there, or one cut in two
            between = terminator
            pieces = buffer.split(terminator, most)
            texts = [piece.lstrip(_BLANK) for piece in pieces[:most]]
        self._pieces, self._batch, self._step = pieces, texts[: len(pieces) - 1], len(between)
        self._marked = (0, self._base)
        return pieces, between

    def _segment(self, text: str, offset: int) -> Segment:
        if len(text) > self._limits.segment_bytes:
            raise self._too_long(offset)
        if not text.isascii():
            text = _decode(text)
        self.segments_read += 1
        segment = Segment(text.split(self.delimiters.element), self.segments_read, offset)
        if len(segment.elements) > self._limits.elements:
            raise DataError(
                f"{self._file or 'input'}: the segment at byte {offset} has "
                f"{len(segment.elements) - 1} elements, more than the limit of {self._limits.elements}"
            )
        return segment

    def _too_long(self, offset: int) -> DataError:
        return DataError(
            f"{self._file or 'input'}: the segment at byte {offset} is longer than the limit of "
            f"{self._limits.segment_bytes} bytes",
            hint="Either the terminator is missing or the file isn't X12.",
        )


_PIECE = 1 << 16
_AHEAD = 4


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of bounded size: what stands behind an IEA is moved once a piece."""
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]


# An element separator is never a letter, digit or blank (control characters such as \x1d are common ones, so
# not `\s`, which counts them as blanks); `ISA` inside a word is not an interchange.
_ISA_START = re.compile(r"(?<![A-Za-z0-9])ISA(?=[^A-Za-z0-9 \t\r\n\v\f])")
_BLANK_OR_BOM = _BLANK + "\xef\xbb\xbf"  # as Latin-1 reads a UTF-8 byte order mark


def _line_end(text: str) -> str:
    """The line end that a text begins with, if any: likely the one after every terminator."""
    return text[: len(text) - len(text.lstrip("\r\n"))]


def _is_fixed_width(text: str, separator: str) -> bool:
    position = 3
    for width in ISA_WIDTHS:
        if text[position] != separator:
            return False
        position += width + 1
    return True


def _decode(text: str) -> str:
    """Text of bytes that were read as Latin-1: UTF-8 where they are valid UTF-8, Latin-1 otherwise."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text
