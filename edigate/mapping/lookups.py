"""Lookup tables: files beside the extract, joined to its rows by key. Knows keys and cells, opens nothing.

Whoever calls hands in an opener, so that this room stays free of files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, BinaryIO, cast

import msgspec

from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.json_reader import JsonLinesReader, JsonReader
from edigate.encounters.rows import Layout, ShapeError
from edigate.errors import ConfigError, DataError
from edigate.findings import Source
from edigate.mapping.schema import LookupForm, names_of
from edigate.mapping.spelling import did_you_mean
from edigate.secrecy import Phi

Opener = Callable[[str, str], Sequence[tuple[BinaryIO, str]]]
"""Opens a lookup's files: given the lookup's name and its `file` (a name or a pattern), gives the open
streams with their names, in the order of the names, or nothing where there is no such file.

The places, in this order, the first that has any: what the command line named for the lookup, beside the
input, beside the mapping file. The streams are closed here when they were read.
"""


class Entry(Phi, msgspec.Struct, frozen=True, gc=False):
    """A row of a table: the cells the mapping uses, and where they stand."""

    file: str
    row: int
    cells: list[str]


class Table(msgspec.Struct, frozen=True):
    """A lookup ready for joining: entries by key text; `columns` are those of `Entry.cells`."""

    name: str
    files: tuple[str, ...]
    columns: tuple[str, ...]
    entries: dict[str | tuple[str, ...], Entry]

    def source(self, entry: Entry | None, column: str) -> Source:
        """Where a column's cell stands; of a row that has no entry, the table alone."""
        if entry is None:
            return Source(self.files[-1], 0, column)
        return Source(entry.file, entry.row, column)


def load_tables(
    forms: Mapping[str, LookupForm],
    used: Mapping[str, Collection[str]],
    open_lookup: Opener,
    mapping_name: str,
) -> dict[str, Table]:
    """All tables of a mapping, with the columns it uses of each (`used`, by lookup name).

    Raises ConfigError where a file or a column is missing that isn't optional, and DataError where a row
    can't be read or two rows share a key that must be unique.
    """
    return {
        name: _load(name, form, tuple(sorted(used.get(name, ()))), open_lookup, mapping_name)
        for name, form in forms.items()
    }


def _load(name: str, form: LookupForm, columns: tuple[str, ...], open_lookup: Opener, mapping_name: str) -> Table:
    files = open_lookup(name, form.file)
    if not files and not form.optional:
        raise ConfigError(
            f"{mapping_name}: lookup.{name} needs the file {form.file}, which isn't there",
            hint=f"put it beside the input or beside the mapping, or name it: {name}=PATH",
        )
    entries: dict[str | tuple[str, ...], Entry] = {}
    try:
        for stream, file in files:
            _read(stream, file, name, form, columns, entries)
    finally:
        for stream, _ in files:
            stream.close()
    return Table(name, tuple(file for _, file in files) or (form.file,), columns, entries)


def _read(
    stream: BinaryIO,
    file: str,
    name: str,
    form: LookupForm,
    columns: tuple[str, ...],
    entries: dict[str | tuple[str, ...], Entry],
) -> None:
    reader = table_reader(stream, file, form)
    key = names_of(form.key)
    known = reader.layout.names()
    for column in (*key, *columns):
        if known is not None and column not in known:
            raise ConfigError(
                f"{file} has no column {column}, which lookup.{name} uses{did_you_mean(column, known)}",
                hint=f"its columns: {', '.join(known[:40])}",
            )
    keys = [_cell_of(reader.layout, column, name) for column in key]
    wanted = [_cell_of(reader.layout, column, name) for column in columns]
    for row in reader:
        if row.defects:
            raise DataError(row.defects[0].message, hint=f"correct the table: lookup.{name} joins on it")
        try:
            texts = [cell(row.cells) for cell in keys]
            cells = [cell(row.cells) for cell in wanted]
        except ShapeError as error:
            raise DataError(
                f"{row.source(error.column)} is a list or an object where a text or a number is expected",
                hint=f"correct the table: lookup.{name} joins on it",
            ) from None
        if not all(texts):
            continue  # nothing can join to it
        found = texts[0] if len(texts) == 1 else tuple(texts)
        if found in entries:
            if form.duplicates == "error":
                raise DataError(
                    f"{file} row {row.number} has the same {', '.join(key)} as {entries[found].file}"
                    f" row {entries[found].row}",
                    hint=f"correct the table, or set lookup.{name}.duplicates to 'first' or 'last'",
                )
            if form.duplicates == "first":
                continue
        entries[found] = Entry(file, row.number, cells)


def table_reader(stream: BinaryIO, file: str, form: LookupForm) -> CsvReader | JsonReader | JsonLinesReader:
    """What reads a lookup's file: JSON by its name (`.json`, `.jsonl`, packed or not), else CSV as the form says.

    Raises DataError where it can't be read as that.
    """
    name = file.lower().removesuffix(".gz")
    if name.endswith(".json"):
        return JsonReader(stream, file)
    if name.endswith(".jsonl"):
        return JsonLinesReader(stream, file)
    return CsvReader(stream, file, Dialect(form.delimiter, form.quote, form.encoding, form.columns))


def _cell_of(layout: Layout, column: str, name: str) -> Callable[[Any], str]:
    try:
        cell = layout.cell(column)
    except ValueError:
        cell = None
    if cell is None or "[*]" in column or column.endswith("[]"):
        raise ConfigError(f"lookup.{name}: {column!r} isn't the path of one value, e.g. address.city")
    return cast("Callable[[Any], str]", cell)
