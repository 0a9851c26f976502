"""CSV, in any delimiter: bytes to rows, one at a time. Knows quoting and encodings, not what a column means.

A row that can't be trusted (too few cells, an undecodable byte, a quote that never closes) is handed on
with its defect: it must be refused with the encounter it belongs to, and it must not vanish.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, BinaryIO

import msgspec

from edigate.encounters.lines import Lines
from edigate.encounters.rows import Cell, Row, defect
from edigate.encounters.text import LINE_BYTES, Text
from edigate.errors import DataError
from edigate.findings import Finding, Source

AUTO = "auto"
TAB = "\\t"  # as people write it
DELIMITERS = (",", ";", "|", "\t")
"""Those that `auto` chooses among."""

_SEPARATOR_LINE = re.compile(r"sep=(.)\s*")  # what spreadsheets write above the header to say the delimiter
_END_OF_FILE = "\x1a"  # Ctrl-Z, which DOS programs still write

# Below this many columns prose, too, may hold as many delimiters as a row.
_NARROW = 5

# The module's own limit (131,072) is for the process; lines are bounded before they come here.
csv.field_size_limit(LINE_BYTES)


class Dialect(msgspec.Struct, frozen=True):
    """How a CSV is written. `columns` names the columns of a file that has no header line."""

    delimiter: str = ","  # one character, or TAB, or AUTO: the one of DELIMITERS that stands in the header
    quote: str = '"'  # empty: quotes are ordinary characters
    encoding: str = "utf-8"  # one of text.ENCODINGS
    columns: tuple[str, ...] = ()
    skip: int = 0  # lines before the header, or before the first row
    trailer: tuple[str, ...] = ()  # what the first cell of the last row begins with, where it is no data
    pad: bool = False  # short rows end in blanks, and blanks beyond the header are nothing


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


class CsvReader:
    """Rows of one CSV, streaming. The header is read on construction.

    `stream` stays the caller's to close. Raises DataError where the file as a whole can't be read as
    what it was given as: empty, in another encoding, a header that can't be decoded or whose delimiter can't
    be told, a trailer missing at the end.
    """

    def __init__(self, stream: BinaryIO, name: str, dialect: Dialect) -> None:
        self.name = name
        text = Text(stream, name, dialect.encoding)
        self._encoding, self._undecoded = text.encoding, text.undecoded
        self._unreadable_in = re.compile(f"\0|{text.undecoded.pattern}")
        self._lines = Lines(text.lines)
        self._number = 0
        for _ in range(dialect.skip):
            self._next_line()
        self.dialect = dialect = self._told_apart(dialect)
        # Only lines with a quote in them need it. Strict: a stray quote is an error, never a guess that
        # swallows the rows after it.
        self._quoted = csv.reader(
            self._lines,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote or '"',
            strict=True,
            skipinitialspace=dialect.delimiter != " ",
        )
        self._blanks_after_quotes = _cell_with_blanks(dialect)
        #: whether its lines have quotes, as far as the header tells: then reading keys takes as long as reading rows
        self.quoted = False
        self.layout = Columns(dialect.columns or self._header())
        self._odd, self._spaced = _odd(dialect), _spaced(dialect)

    def _next_line(self) -> str:
        """A line before the first row; there must be one."""
        self._number += 1
        try:
            return self._lines.next()
        except StopIteration:
            raise DataError(
                f"{self.name} {'ends before its header line' if self._number > 1 else 'is empty'}:"
                " there isn't even a header line",
                hint="check that the extract ran to its end",
            ) from None

    def _told_apart(self, dialect: Dialect) -> Dialect:
        """The dialect with its delimiter, by the first line where it is `auto`."""
        if dialect.delimiter != AUTO:
            return msgspec.structs.replace(dialect, delimiter="\t") if dialect.delimiter == TAB else dialect
        line = self._next_line()
        said = _SEPARATOR_LINE.fullmatch(line)
        if said is not None:
            return msgspec.structs.replace(dialect, delimiter=said[1])
        self._lines.give_back([line])
        self._number -= 1
        quote = re.escape(dialect.quote)
        bare = re.sub(f"{quote}[^{quote}]*{quote}", "", line) if quote else line
        found = [delimiter for delimiter in DELIMITERS if delimiter in bare]
        if len(found) != 1:
            what = f"holds {' and '.join(map(repr, found))}" if found else "holds none of , ; | and tab"
            raise DataError(
                f"{self.name} row {self._number + 1} {what}: nobody can tell which delimiter is meant",
                hint="set [source] delimiter in the mapping",
            )
        return msgspec.structs.replace(dialect, delimiter=found[0])

    def _header(self) -> list[str]:
        line = self._next_line()
        self.quoted = bool(self.dialect.quote) and self.dialect.quote in line
        try:
            header = self._cells(line)
        except csv.Error:
            header = []
        if not any(header) or self._unreadable_in.search(line):
            raise DataError(
                f"{self.name} row {self._number} can't be read as a header line in {self._encoding} with"
                f" delimiter {self.dialect.delimiter!r}",
                hint="set [source] delimiter, encoding and skip in the mapping to how the file is written",
            )
        return header

    def _cells(self, line: str) -> list[str]:
        """The cells of the row that begins with a line. Raises csv.Error where quoting is broken."""
        quote = self.dialect.quote
        if quote and quote in line:
            self._lines.begin(line)
            try:
                fields = next(self._quoted)
            except csv.Error:
                fields = self._spaced_out(line)
                self._lines.give_back(self._lines.taken[1:])
                del self._lines.taken[1:]
        else:
            fields = line.rstrip("\r\n").split(self.dialect.delimiter)
        return [field.strip() for field in fields]

    def _spaced_out(self, line: str) -> list[str]:
        """The cells of a line with blanks between a closed quote and the delimiter, as from columns of fixed width.

        Raises csv.Error where anything else is wrong with it.
        """
        fields, position, quote = [], 0, self.dialect.quote
        while True:
            match = self._blanks_after_quotes.match(line, position)
            if match is None:
                raise csv.Error("quotes that can't be told apart")
            fields.append(match[2] if match[1] is None else match[1].replace(quote * 2, quote))
            position = match.end()
            if match[3] != self.dialect.delimiter:
                return fields

    def __iter__(self) -> Iterator[Row]:
        return self._until_trailer() if self.dialect.trailer else self._rows()

    def _until_trailer(self) -> Iterator[Row]:
        """The rows before the trailer; what looks like one and isn't at the end is a row like any other."""
        trailer = self.dialect.trailer
        held: list[Row] = []
        for row in self._rows():
            if row.cells[0].startswith(trailer):
                held.append(row)
                continue
            yield from held
            held.clear()
            yield row
        if not held:
            raise DataError(
                f"{self.name} has no trailer {' or '.join(trailer)} at its end",
                hint="the extract didn't run to its end, or [source] trailer in the mapping isn't what it writes",
            )
        if len(held) > len(trailer):
            yield from held[: -len(trailer)]

    def _rows(self) -> Iterator[Row]:
        name, layout, lines, delimiter = self.name, self.layout, self._lines, self.dialect.delimiter
        odd, spaced, width = self._odd, self._spaced, len(layout.names())
        number = self._number
        while True:
            for line in lines.plain(lambda text: odd(text) or spaced(text)):
                number += 1
                cells = line.strip(" ").split(delimiter)
                if len(cells) == width and cells[0]:
                    yield Row(name, number, cells, layout)
                elif any(cells):
                    yield self._of(number, cells, width)
            number += 1
            try:
                row = self._next(number, width)
            except StopIteration:
                return
            if row is not None:
                yield row

    def cells_of(self, columns: Sequence[str]) -> Iterator[Any]:
        """The cells of some columns, of every row: texts, or tuples of them where there are several columns.

        Nothing else is read of a plain line.
        """
        names = self.layout.names()
        places = [names.index(column) for column in columns]
        take, one = itemgetter(*places), len(places) == 1
        delimiter, until, width = self.dialect.delimiter, max(places) + 1, len(names)
        if self.dialect.trailer:  # which only the row behind it tells
            yield from (take(row.cells) for row in self)
            return
        while True:
            for line in self._lines.plain(self._odd):
                cells = line.split(delimiter, until)
                if len(cells) > until:
                    found = take(cells)
                    if (found and " " not in found) if one else (all(found) and " " not in "".join(found)):
                        yield found
                        continue
                cells = [cell.strip(" ") for cell in line.split(delimiter)]
                if any(cells):
                    yield take(cells + [""] * until)
            try:
                row = self._next(0, width)
            except StopIteration:
                return
            if row is not None:
                yield take(row.cells)

    def _next(self, number: int, width: int) -> Row | None:
        """The next row, read with care; None where nothing stands in it. Raises StopIteration at the end."""
        lines, delimiter, quote = self._lines, self.dialect.delimiter, self.dialect.quote
        line = lines.next()
        if quote and quote in line:
            try:
                cells = self._cells(line)
            except csv.Error:
                return self._unquoted(number, width)
            if len(lines.taken) > 1:
                if self._swallowed(lines.taken, cells[0], width):
                    return self._unquoted(number, width)
                line = "".join(lines.taken)
        else:
            cells = line.rstrip("\r\n" if delimiter == " " else "\r\n ").split(delimiter)
            # Most rows have no blanks around their cells; looking for them is cheaper than stripping.
            if self._odd(line) or self._spaced(line) or line[0] == " " or not line.isascii():
                cells = [cell.strip() for cell in cells]
        if not any(cells) or cells == [_END_OF_FILE]:
            return None  # an empty line, or a spreadsheet's row of delimiters: nothing stands in it
        row = self._of(number, cells, width)
        if "\0" in line or (not line.isascii() and self._undecoded.search(line)):
            defects = row.defects + self._unreadable(number, row.cells)
            cells = [self._unreadable_in.sub("\ufffd", cell) for cell in row.cells]
            row = Row(self.name, number, cells, self.layout, defects)
        return row

    def _of(self, number: int, cells: list[str], width: int) -> Row:
        """The row of these cells, be there as many as the header has or not."""
        defects: tuple[Finding, ...] = ()
        if len(cells) != width:
            if not self.dialect.pad or any(cells[width:]):
                defects = (self._ragged(number, len(cells), width),)
            cells = (cells + [""] * width)[:width]
        return Row(self.name, number, cells, self.layout, defects)

    def _swallowed(self, taken: list[str], first: str, width: int) -> bool:
        """Whether a quoted cell over several lines holds what looks like a row of its own.

        A note may run over lines. But where a continuation line has as many delimiters as a row, a quote that
        was never closed has swallowed one. Of few columns, and where the first column itself runs over lines,
        that may be chance: then the line must begin with something of the first cell's shape, too.
        """
        if width < 2:
            return False
        delimiter, quote = self.dialect.delimiter, self.dialect.quote
        shape = _shape(first)
        chance = width < _NARROW or "\n" in first or "\r" in first
        for line in taken[1:]:
            if line.count(delimiter) == width - 1:
                begins = line.partition(delimiter)[0].strip(f"{quote} \r\n\t")
                if not chance or _shape(begins) == shape:
                    return True
        return False

    def _unquoted(self, number: int, width: int) -> Row:
        """The row whose quoting is broken; the lines read beyond its own are read again as rows."""
        first, *others = self._lines.taken
        self._lines.give_back(others)
        quote = self.dialect.quote
        split = first.split(self.dialect.delimiter)
        cells = [self._unreadable_in.sub("\ufffd", cell.strip(f"{quote} \r\n")) for cell in split]
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
        encoding = self._encoding
        found = []
        for column, cell in zip(self.layout.names(), cells, strict=True):
            where = Source(self.name, number, column)
            if "\0" in cell:
                found.append(defect("encounter-row-nul", "holds a NUL byte: the file is damaged", where))
            if self._undecoded.search(cell):
                hint = "; a file from Windows is often cp1252" if encoding == "utf-8" else ""
                found.append(defect("encounter-row-undecodable", f"holds a byte that isn't {encoding}{hint}", where))
        if not found:  # it stood in a cell beyond the header's width
            found.append(
                defect("encounter-row-undecodable", "holds a byte that can't be read", Source(self.name, number))
            )
        return tuple(found)


def _odd(dialect: Dialect) -> Callable[[str], object]:
    """What finds why lines aren't just cells, blanks round them, with delimiters between."""
    apart = dialect.delimiter
    signs = [sign for sign in (dialect.quote, "\0", _END_OF_FILE, "\t") if sign and sign != apart]
    return bool if apart == " " else lambda text: any(map(text.__contains__, signs))


def _spaced(dialect: Dialect) -> Callable[[str], object]:
    """What finds a blank beside a delimiter. It begins with the blank, for which alone the engine looks quickly."""
    apart = re.escape(dialect.delimiter)
    return re.compile(f" (?:{apart}|(?<={apart} ))").search


def _cell_with_blanks(dialect: Dialect) -> re.Pattern[str]:
    """A cell with blanks round its quotes, and what ends it: text in quotes, text without, the end."""
    apart, quote = re.escape(dialect.delimiter), re.escape(dialect.quote or '"')
    blank = "".join({" ", "\t"} - {dialect.delimiter})
    quoted = f"{quote}((?:[^{quote}]|{quote}{quote})*+){quote}"
    return re.compile(rf"[{blank}]*+(?:{quoted}[{blank}]*+|([^{quote}{apart}\r\n]*+))({apart}|[\r\n]*\Z)")


def _shape(text: str) -> str:
    """A text with each run of digits as 9 and of letters as A: `ENC-0012` is `A-9`."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", text))
