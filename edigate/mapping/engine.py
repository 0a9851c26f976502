"""The mapping at work: encounters in, claims out, with what is wrong and where it came from. Opens nothing.

A claim is made whole or not at all: an error on any row refuses its encounter, and every row that came in
is accounted for in a claim made or in one refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.grouping import by_key, in_order, no_grouping
from edigate.encounters.json_reader import JsonLinesReader, JsonReader
from edigate.encounters.rows import Encounter, Layout, Row
from edigate.errors import ConfigError, DataError, InternalError
from edigate.mapping.frames import split_column
from edigate.mapping.lookups import Opener, Table, load_tables
from edigate.mapping.program import MappedClaim, Plan, Program
from edigate.mapping.schema import names_of, parse_mapping
from edigate.mapping.spelling import did_you_mean


class Accounting:
    """Rows in = rows in claims made + rows in encounters refused. `rows_read` is the reader's own count."""

    __slots__ = ("encounters_made", "encounters_refused", "rows_made", "rows_read", "rows_refused")

    def __init__(self) -> None:
        self.rows_read = 0
        self.rows_made = 0
        self.rows_refused = 0
        self.encounters_made = 0
        self.encounters_refused = 0

    @property
    def balanced(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows_read == self.rows_made + self.rows_refused


class Reading:
    """The encounters of one extract, streaming, with the rows counted as they are read."""

    def __init__(self, open_rows: Callable[[], Iterable[Row]], group: Callable[..., Iterator[Encounter]]):
        self.rows = 0
        self._open_rows = open_rows
        self._group = group

    def __iter__(self) -> Iterator[Encounter]:
        return self._group(self._counted())

    def again(self) -> Iterator[Row]:
        """The rows from the first, counted anew."""
        self.rows = 0
        return self._counted()

    def _counted(self) -> Iterator[Row]:
        for row in self._open_rows():
            self.rows += 1
            yield row


class Conversion:
    """The claims of a stream of encounters; `accounting` counts along and is complete at the end.

    Raises InternalError at the end where a row came in and didn't come out.
    """

    def __init__(self, mapping: Mapping, encounters: Iterable[Encounter]) -> None:
        self.accounting = Accounting()
        self._mapping = mapping
        self._encounters = encounters
        self._claims = self._convert()

    def __iter__(self) -> Iterator[MappedClaim]:
        return self._claims

    def __next__(self) -> MappedClaim:
        return next(self._claims)

    def _convert(self) -> Iterator[MappedClaim]:
        accounting = self.accounting
        layout: Layout | None = None
        for encounter in self._encounters:
            if encounter.rows[0].layout is not layout:
                layout = encounter.rows[0].layout
                program = self._mapping.program(layout)
            mapped = program.convert(encounter)
            count = len(encounter.rows)
            if not isinstance(self._encounters, Reading):
                accounting.rows_read += count
            if mapped.claim is None:
                accounting.encounters_refused += 1
                accounting.rows_refused += count
            else:
                accounting.encounters_made += 1
                accounting.rows_made += count
            yield mapped
        if isinstance(self._encounters, Reading):
            accounting.rows_read += self._encounters.rows
        if not accounting.balanced:
            raise InternalError(
                f"{accounting.rows_read} rows were read, but {accounting.rows_made} are in claims and"
                f" {accounting.rows_refused} in refused encounters"
            )


class Mapping:
    """A checked mapping. Immutable; `with_lookups` gives one that can convert, and that as often as needed."""

    def __init__(self, plan: Plan, tables: dict[str, Table] | None = None) -> None:
        self.plan = plan
        self.name = plan.name
        self.form = plan.form
        self._tables = tables

    def columns(self) -> set[str]:
        """Every column of the extract that the mapping reads."""
        return self.plan.columns()

    def with_lookups(self, open_lookup: Opener) -> Mapping:
        """The same mapping with its lookup tables read. Raises ConfigError and DataError as `load_tables`."""
        used: dict[str, set[str]] = {}
        for columns in self.plan.scopes().values():
            for column in columns:
                lookup, name = split_column(column, self.form.lookup)
                if lookup:
                    used.setdefault(lookup, set()).add(name)
        tables = load_tables(self.form.lookup, used, open_lookup, self.name)
        return Mapping(self.plan, tables)

    def read(self, stream: BinaryIO, name: str) -> Reading:
        """The encounters of an extract. `name` is the file's, for findings; the stream stays the caller's.

        Raises DataError, at once where the file can't be this mapping's (empty, columns missing) and while
        reading where it breaks off: then nothing made of it may be used.
        """
        source = self.form.source
        columns = names_of(source.group_by) if source.group_by else ()
        start = stream.tell() if stream.seekable() else None

        def open_reader() -> CsvReader | JsonReader | JsonLinesReader:
            if source.format == "json":
                return JsonReader(stream, name, source.path)
            if source.format == "jsonl":
                return JsonLinesReader(stream, name)
            dialect = Dialect(source.delimiter, source.quote, source.encoding, source.columns)
            return CsvReader(stream, name, dialect)

        first = open_reader()
        if isinstance(first, CsvReader):
            self._check_header(first.layout.names(), name)
        waiting: list[Iterable[Row]] = [first]

        def rows() -> Iterable[Row]:
            if waiting:
                return waiting.pop()
            assert start is not None  # noqa: S101  # `again` is only given where the stream can be read again
            stream.seek(start)
            again = open_reader()
            if isinstance(again, CsvReader) and isinstance(first, CsvReader):
                again.layout = first.layout  # one layout a file: one program
            return again

        def group(counted: Iterator[Row]) -> Iterator[Encounter]:
            if not columns:
                return no_grouping(counted)
            if source.sorted:
                return in_order(counted, columns)
            return by_key(counted, columns, reading.again if start is not None else None)

        reading = Reading(rows, group)
        return reading

    def convert(self, encounters: Iterable[Encounter]) -> Conversion:
        """Claims of encounters, one at a time. Never raises on data that `read` handed out."""
        return Conversion(self, encounters)

    def program(self, layout: Layout) -> Program:
        """The mapping bound to a file's columns."""
        if self._tables is None and self.form.lookup:
            raise ConfigError(
                f"{self.name} joins {', '.join(self.form.lookup)}: its lookup files have to be opened first"
            )
        return Program(self.plan, layout, self._tables or {})

    def _check_header(self, names: tuple[str, ...], file: str) -> None:
        source, known = self.form.source, self.columns()
        keys = names_of(source.group_by) if source.group_by else ()
        for column in sorted(known - set(names)):
            if f"{column}#1" in names:
                raise DataError(
                    f"{file} has several columns {column}, which {self.name} reads",
                    hint=f"write {column}#1 or {column}#2 in the mapping for the first or the second",
                )
            if source.missing_columns == "refuse" or column in keys:
                single = f"; is {source.delimiter!r} the delimiter?" if len(names) == 1 else ""
                raise DataError(
                    f"{file} has no column {column}, which {self.name} reads"
                    f"{did_you_mean(column, set(names) - known)}{single}",
                    hint=f"its columns: {', '.join(names[:40])}{' ...' if len(names) > 40 else ''}",
                )
        if source.unknown_columns == "refuse" and (unknown := [name for name in names if name not in known]):
            raise DataError(
                f"{file} has a column {unknown[0]} that {self.name} doesn't know"
                f"{did_you_mean(unknown[0], known - set(names))}",
                hint="what stands in it would be lost; rename the column or take it out",
            )


def load_mapping(text: str, name: str, open_lookup: Opener | None = None) -> Mapping:
    """A mapping from its file's text. `name` is the file's, for messages.

    With `open_lookup` its lookup tables are read, too, and it can convert; without, it is only checked
    (see `Mapping.with_lookups`). Raises ConfigError with the file, the dotted key and what was expected,
    and as `load_tables` for the lookups.
    """
    mapping = Mapping(Plan(parse_mapping(text, name), name))
    return mapping.with_lookups(open_lookup) if open_lookup is not None else mapping
