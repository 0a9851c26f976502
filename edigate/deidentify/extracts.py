"""An extract or lookup table made over: CSV, JSON, JSON Lines in the form they came in. Opens no paths.

A CSV keeps its delimiter, header and rows; what stands before the header or behind the last row is left out. JSON
is read whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import msgspec

from edigate.deidentify.cells import Cells, json_made_over, json_texts, own_key
from edigate.deidentify.columns import ColumnsOf
from edigate.deidentify.files import Given
from edigate.deidentify.people import shift_of
from edigate.deidentify.values import Shift
from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.json_reader import parse_path, records_at
from edigate.encounters.rows import ShapeError
from edigate.errors import DataError

Open = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens a file anew each time it is called."""


class CsvExtract:
    """A CSV, extract or lookup `table`."""

    def __init__(self, name: str, opened: Open, columns: ColumnsOf, dialect: Dialect, table: str = "") -> None:
        self._name = name
        self._open = opened
        self._columns = columns
        self._dialect = dialect
        self._table = table
        self._who: list[str] = []
        self.segments = self.replaced = 0

    def read(self, given: Given) -> None:
        """Whose the rows are, in order."""
        cells = Cells(self._columns, given.pseudonyms, self._table)
        for number, (names, row) in enumerate(self._rows()):
            self._who.append(given.people.join(cells.person(dict(zip(names, row, strict=True))) or [own_key(number)]))

    def made_over(self, given: Given) -> Iterator[bytes]:
        cells = Cells(self._columns, given.pseudonyms, self._table)
        text = io.StringIO()
        writer: Any = None
        for number, (names, row) in enumerate(self._rows()):
            if writer is None:
                writer = self._writer(text, names)
            shift = shift_of(given.pseudonyms, given.people.root(self._who[number]), given.base)
            made = [cells.made_over(name, cell, shift) for name, cell in zip(names, row, strict=True)]
            self.segments += 1
            self.replaced += sum(map(str.__ne__, row, made))
            writer.writerow(made)
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()

    def _writer(self, text: io.StringIO, names: Sequence[str]) -> Any:
        dialect = self._told
        writer = csv.writer(
            text,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote or None,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            lineterminator="\n",
        )
        if not dialect.columns:
            writer.writerow(names)
        return writer

    def _rows(self) -> Iterator[tuple[tuple[str, ...], list[str]]]:
        """Columns and cells of each row. Raises DataError where one can't be read: what stands there can't be told."""
        with self._open() as stream:
            reader = CsvReader(stream, self._name, self._dialect)
            self._told = reader.dialect
            names = reader.layout.names()
            for row in reader:
                if row.defects:
                    raise DataError(row.defects[0].message, hint="Correct the row, or leave it out.")
                yield names, [str(row.get(name)) for name in names]


class JsonExtract:
    """A JSON document whose records stand at `path`, or JSON Lines (`path` None)."""

    def __init__(self, name: str, opened: Open, columns: ColumnsOf, path: str | None) -> None:
        self._name = name
        self._open = opened
        self._columns = columns
        self._path = path
        self._shifts: list[str] = []
        self.segments = self.replaced = 0

    def read(self, given: Given) -> None:
        """Whose the records are, in order."""
        cells = Cells(self._columns, given.pseudonyms)
        for document in self._documents():
            for record in self._records(document):
                keys = cells.person(json_texts(record)) or [own_key(len(self._shifts))]
                self._shifts.append(given.people.join(keys))

    def made_over(self, given: Given) -> Iterator[bytes]:
        cells = Cells(self._columns, given.pseudonyms)
        for document in self._documents():
            shifts = {id(record): self._shift(given) for record in self._records(document)}
            yield msgspec.json.encode(self._made(document, cells, shifts, given.base)) + b"\n"

    def _shift(self, given: Given) -> Shift:
        self.segments += 1
        return shift_of(given.pseudonyms, given.people.root(self._shifts[self.segments - 1]), given.base)

    def _made(self, value: Any, cells: Cells, shifts: Mapping[int, Shift], base: Shift) -> Any:
        """The document with its records made over; what stands around them, too, by nobody's column."""
        if id(value) in shifts:
            made = json_made_over(value, cells, shifts[id(value)])
            before, after = json_texts(value), json_texts(made)
            self.replaced += sum(before[path] != after.get(path) for path in before)
            return made
        if isinstance(value, dict):
            return {name: self._made(inner, cells, shifts, base) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._made(inner, cells, shifts, base) for inner in value]
        return json_made_over(value, cells, base, "\0") if isinstance(value, str) else value

    def _documents(self) -> Iterator[Any]:
        with self._open() as stream:
            pieces = stream if self._path is None else [stream.read()]
            for number, piece in enumerate(pieces, 1):
                if not piece.strip():
                    continue
                try:
                    yield msgspec.json.decode(piece)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise DataError(f"{self._name} isn't JSON (line {number} or below)") from error

    def _records(self, document: Any) -> list[Any]:
        if self._path:
            try:
                found = records_at(document, parse_path(self._path), self._path)
            except ShapeError as error:
                raise DataError(f"{self._name} has no list of records at {self._path}") from error
        else:
            found = document if isinstance(document, list) else [document]
        return [record for record in found if isinstance(record, dict)]
