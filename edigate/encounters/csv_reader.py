"""CSV, in any delimiter: bytes to rows, one at a time. Knows quoting and encodings, not what a column means.

A row that can't be trusted (too few cells, an undecodable byte, a quote that never closes) is handed on
with its defect: it must be refused with the encounter it belongs to, and it must not vanish.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, BinaryIO

import msgspec

from edigate.encounters.rows import Cell, Row, defect
from edigate.errors import DataError
from edigate.findings import Finding, Source

ENCODINGS = ("utf-8", "utf-8-sig", "latin-1", "cp1252")

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UNDECODED = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of a byte it can't decode
_UNREADABLE = re.compile("[\x00\udc80-\udcff]")
_END_OF_FILE = "\x1a"  # Ctrl-Z, which DOS programs still write


class Dialect(msgspec.Struct, frozen=True):
    """How a CSV is written. `columns` names the columns of a file that has no header line."""

    delimiter: str = ","
    quote: str = '"'  # empty: quotes are ordinary characters
    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()


class Columns:
    """The header of a CSV: its columns by name, exactly as written.

    A name that stands more than once becomes NAME#1, NAME#2, so that no one of them is taken by chance;
    a nameless column is `#5` by its position.
    """

    def __init__(self, header: Iterable[str]) -> None:
        written = [name.strip() for name in header]
        count = Counter(written)
        seen: Counter[str] = Counter()
        unique = []
        for position, name in enumerate(written, 1):
            seen[name] += 1
            if not name:
                unique.append(f"#{position}")
            else:
                unique.append(f"{name}#{seen[name]}" if count[name] > 1 else name)
        self._names = tuple(unique)
        self._positions = {name: position for position, name in enumerate(unique)}

    def names(self) -> tuple[str, ...]:
        return self._names

    def cell(self, column: str) -> Callable[[list[str]], Cell]:
        return itemgetter(self._positions[column])

    def place(self, column: str) -> str:
        return column


class _Lines:
    """The physical lines, remembering those of a quoted row so that they can be read again."""

    def __init__(self, text: Iterator[str]) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.next()
        self.taken.append(line)
        return line

    def next(self) -> str:
        """The next line, not remembered."""
        return self._again.popleft() if self._again else next(self._text)

    def give_back(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))


class CsvReader:
    """Rows of one CSV, streaming. The header is read on construction.

    `stream` stays the caller's to close. Raises DataError where the file as a whole can't be read as
    what it was given as: empty, UTF-16, a header that can't be decoded.
    """

    def __init__(self, stream: BinaryIO, name: str, dialect: Dialect) -> None:
        self.name = name
        self._dialect = dialect
        self._text = io.TextIOWrapper(
            _after_mark(io.BufferedReader(_Raw(stream)), name, dialect.encoding),
            encoding="utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding,
            errors="surrogateescape",
            newline="",
        )
        self._lines = _Lines(iter(self._text))
        # Only lines with a quote in them need it. Strict: a stray quote is an error, never a guess that
        # swallows the rows after it.
        self._quoted = csv.reader(
            self._lines, delimiter=dialect.delimiter, quotechar=dialect.quote or '"', strict=True
        )
        self._number = 0
        self.layout = Columns(dialect.columns or self._header())

    def _header(self) -> list[str]:
        self._number = 1
        try:
            line = self._lines.next()
        except StopIteration:
            raise DataError(
                f"{self.name} is empty: there isn't even a header line",
                hint="check that the extract ran to its end",
            ) from None
        try:
            header = self._cells(line)
        except csv.Error:
            header = []
        if not any(header) or "\0" in line or _UNDECODED.search(line):
            raise DataError(
                f"{self.name} row 1 can't be read as a header line in {self._dialect.encoding} with"
                f" delimiter {self._dialect.delimiter!r}",
                hint="set [source] delimiter and encoding in the mapping to what the file is written in",
            )
        return header

    def _cells(self, line: str) -> list[str]:
        """The cells of the row that begins with a line. Raises csv.Error where quoting is broken."""
        quote = self._dialect.quote
        if quote and quote in line:
            lines = self._lines
            lines.taken.clear()
            lines.give_back([line])
            fields = next(self._quoted)
        else:
            fields = line.rstrip("\r\n").split(self._dialect.delimiter)
        return [field.strip() for field in fields]

    def __iter__(self) -> Iterator[Row]:
        name, layout, lines = self.name, self.layout, self._lines
        delimiter, quote = self._dialect.delimiter, self._dialect.quote
        before, after = f" {delimiter}", f"{delimiter} "
        width = len(layout.names())
        number = self._number
        while True:
            number += 1
            try:
                line = lines.next()
            except StopIteration:
                return
            if quote and quote in line:
                try:
                    cells = self._cells(line)
                except csv.Error:
                    yield self._unquoted(number, width)
                    continue
                if len(lines.taken) > 1:
                    if self._swallowed(lines.taken, width):
                        yield self._unquoted(number, width)
                        continue
                    line = "".join(lines.taken)
            else:
                cells = line.rstrip("\r\n ").split(delimiter)
                # Most rows have no blanks around their cells; looking for them is cheaper than stripping.
                if before in line or after in line or line[0] == " " or "\t" in line or not line.isascii():
                    cells = [cell.strip() for cell in cells]
            if not any(cells) or cells == [_END_OF_FILE]:
                continue  # an empty line, or a spreadsheet's row of delimiters: nothing stands in it
            defects: tuple[Finding, ...] = ()
            if len(cells) != width:
                defects = (self._ragged(number, len(cells), width),)
                cells = (cells + [""] * width)[:width]
            if "\0" in line or (not line.isascii() and _UNDECODED.search(line)):
                defects += self._unreadable(number, cells)
                cells = [_UNREADABLE.sub("\ufffd", cell) for cell in cells]
            yield Row(name, number, cells, layout, defects)

    def _swallowed(self, taken: list[str], width: int) -> bool:
        """Whether a quoted cell over several lines holds what looks like a row of its own.

        A note may run over lines. But where a continuation line has exactly the header's number of
        cells, a quote that was never closed has swallowed a row.
        """
        delimiter = self._dialect.delimiter
        return width > 1 and any(line.count(delimiter) == width - 1 for line in taken[1:])

    def _unquoted(self, number: int, width: int) -> Row:
        """The row whose quoting is broken; the lines read beyond its own are read again as rows."""
        first, *others = self._lines.taken
        self._lines.give_back(others)
        quote = self._dialect.quote
        cells = [cell.strip(f"{quote} \r\n") for cell in first.split(self._dialect.delimiter)]
        broken = defect(
            "encounter-row-quote",
            f"has a {quote} that isn't closed, or characters after a closed one, so that its cells can't be"
            f' told apart; write {quote}{quote} inside a quoted cell, or set [source] quote = "" where'
            " quotes are ordinary characters",
            Source(self.name, number),
        )
        return Row(self.name, number, (cells + [""] * width)[:width], self.layout, (broken,))

    def _ragged(self, number: int, found: int, width: int) -> Finding:
        return defect(
            "encounter-row-ragged",
            f"has {found} cells where the header has {width}: cells may stand under the wrong column",
            Source(self.name, number),
        )

    def _unreadable(self, number: int, cells: list[str]) -> tuple[Finding, ...]:
        encoding = self._dialect.encoding
        found = []
        for column, cell in zip(self.layout.names(), cells, strict=True):
            where = Source(self.name, number, column)
            if "\0" in cell:
                found.append(defect("encounter-row-nul", "holds a NUL byte: the file is damaged", where))
            if _UNDECODED.search(cell):
                hint = "; a file from Windows is often cp1252" if encoding.startswith("utf-8") else ""
                found.append(defect("encounter-row-undecodable", f"holds a byte that isn't {encoding}{hint}", where))
        if not found:  # it stood in a cell beyond the header's width
            found.append(
                defect("encounter-row-undecodable", "holds a byte that can't be read", Source(self.name, number))
            )
        return tuple(found)


def _after_mark(stream: io.BufferedReader, name: str, encoding: str) -> io.BufferedReader:
    """The stream behind its byte order mark. Refuses a mark that contradicts the encoding."""
    mark = stream.peek(3)[:3]
    if mark[:2] in _UTF16:
        raise DataError(
            f"{name} is written in UTF-16",
            hint="save it as UTF-8 (in a spreadsheet: CSV UTF-8)",
        )
    if mark == _BOM:
        if not encoding.startswith("utf-8"):
            raise DataError(
                f"{name} begins with the mark of UTF-8, but the mapping says encoding = {encoding!r}",
                hint='set [source] encoding = "utf-8"',
            )
        stream.read(3)
    return stream


class _Raw(io.RawIOBase):
    """The caller's stream, of which we read but which we never close."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
