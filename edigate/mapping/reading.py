"""An extract's reader chosen by the mapping's [source], its header checked, its rows grouped. Knows no claim field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.fhir_reader import FhirReader
from edigate.encounters.grouping import by_key, by_known_key, in_order, no_grouping
from edigate.encounters.json_reader import JsonLinesReader, JsonReader
from edigate.encounters.rows import Encounter, Row
from edigate.encounters.table_reader import TableReader
from edigate.errors import DataError
from edigate.mapping.claim_files import ClaimFileReader, claims_as_encounters
from edigate.mapping.program import Plan
from edigate.mapping.schema import SourceForm, names_of
from edigate.mapping.spelling import did_you_mean

Reader = CsvReader | JsonReader | JsonLinesReader | FhirReader | TableReader | ClaimFileReader


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


def read_extract(plan: Plan, stream: BinaryIO, name: str) -> Reading:
    """The encounters of an extract; see `Mapping.read`."""
    source = plan.form.source
    columns = names_of(source.group_by) if source.group_by else ()
    start = stream.tell() if stream.seekable() else None

    first = _open(plan, stream, name)
    if isinstance(first, CsvReader | TableReader):
        _check_header(plan, first.layout.names(), name)
    waiting: list[Iterable[Row]] = [first]

    def rows() -> Iterable[Row]:
        if waiting:
            return waiting.pop()
        assert start is not None  # noqa: S101  # `again` is only given where the stream can be read again
        stream.seek(start)
        again = _open(plan, stream, name)
        again.layout = first.layout  # one layout a file: one program
        return again

    def group(counted: Iterator[Row]) -> Iterator[Encounter]:
        if source.format == "837":
            return claims_as_encounters(counted)
        if not columns:
            return no_grouping(counted)
        if source.sorted:
            return in_order(counted, columns)
        if start is None:
            return by_key(counted, columns)
        if isinstance(first, CsvReader) and not first.quoted and waiting:
            waiting.clear()
            return by_known_key(first.cells_of(columns), columns, reading.again)
        return by_key(counted, columns, reading.again)

    reading = Reading(rows, group)
    return reading


def _open(plan: Plan, stream: BinaryIO, name: str) -> Reader:
    source = plan.form.source
    if source.format == "json":
        return JsonReader(stream, name, source.path)
    if source.format == "jsonl":
        return JsonLinesReader(stream, name)
    if source.format == "fhir":
        return FhirReader(stream, name)
    if source.format == "sql":
        return TableReader(stream, name)
    if source.format == "837":
        return ClaimFileReader(stream, name, plan.form.kind)
    return CsvReader(stream, name, dialect_of(source))


def dialect_of(source: SourceForm) -> Dialect:
    """How the CSV of a [source] is written."""
    return Dialect(
        source.delimiter,
        source.quote,
        source.encoding,
        source.columns,
        source.skip,
        names_of(source.trailer) if source.trailer else (),
        source.ragged == "pad",
    )


def _check_header(plan: Plan, names: tuple[str, ...], file: str) -> None:
    source, known = plan.form.source, plan.columns()
    keys = names_of(source.group_by) if source.group_by else ()
    if known and len(names) > 1 and not known & set(names):
        raise DataError(
            f"{file} has none of the columns that {plan.name} reads{did_you_mean(min(known), names)}",
            hint=f"Is its first row a header? `edigate mapping check {plan.name} FILE` shows what stands there.",
        )
    # What stands where a header should be may be somebody's row: it is named only where it is a header indeed.
    is_header = len(known & set(names)) > 1
    for column in sorted(known - set(names)):
        if f"{column}#1" in names:
            raise DataError(
                f"{file} has several columns {column}, which {plan.name} reads",
                hint=f"write {column}#1 or {column}#2 in the mapping for the first or the second",
            )
        if source.missing_columns == "refuse" or column in keys:
            single = f"; is {source.delimiter!r} the delimiter?" if len(names) == 1 else ""
            raise DataError(
                f"{file} has no column {column}, which {plan.name} reads"
                f"{did_you_mean(column, set(names) - known)}{single}",
                hint=f"its columns: {', '.join(names[:40])}{' ...' if len(names) > 40 else ''}" if is_header else "",
            )
    if source.unknown_columns == "refuse" and (unknown := [name for name in names if name not in known]):
        raise DataError(
            f"{file} has a column {unknown[0] if is_header else 'of another name'} that {plan.name} doesn't know"
            f"{did_you_mean(unknown[0], known - set(names))}",
            hint="what stands in it would be lost; rename the column or take it out",
        )
