"""A row with the lookups joined to it, as one list of cells by position. Knows columns, not claim fields.

Everything a mapping reads is an index into that list: the row's own cells come first, then the cells of
each lookup the mapping uses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from edigate.encounters.json_cells import cells_of
from edigate.encounters.rows import Cell, Layout, Row
from edigate.findings import Finding, Source
from edigate.mapping.lookups import Entry, Table
from edigate.mapping.schema import LookupForm, names_of

Cells = list[Any]  # Cell; Any keeps a JSON list cell and a text one apart at load, not at every access


class Positions(dict[str, int]):
    """Where each column of a scope stands among its cells. `blank` are those that the file doesn't have."""

    blank: frozenset[str] = frozenset()


def split_column(column: str, lookups: Collection[str]) -> tuple[str, str]:
    """A column's lookup (empty: the row's own) and its name there."""
    head, dot, rest = column.partition(".")
    return (head, rest) if dot and head in lookups else ("", column)


def own_columns(columns: Collection[str], lookups: Mapping[str, LookupForm]) -> set[str]:
    """The columns of the row itself that these columns need, those that lookups are matched on included."""
    needed: set[str] = set()
    for column in columns:
        lookup, name = split_column(column, lookups)
        needed.update(names_of(lookups[lookup].match or lookups[lookup].key) if lookup else (name,))
    return needed


class _Join:
    """One lookup of a frame: where its key stands in the row, and what stands in for a missing entry."""

    def __init__(self, name: str, form: LookupForm, table: Table, positions: Mapping[str, int]) -> None:
        self.name = name
        self.optional = form.optional
        self.table = table
        self.match = names_of(form.match or form.key)
        self._positions = [positions[column] for column in self.match]
        self._blank = [""] * len(table.columns)

    def entry(self, cells: Cells) -> Entry | None:
        return self.table.entries.get(self._key(cells))

    def cells(self, cells: Cells) -> tuple[list[str], bool]:
        """The entry's cells, and whether a key found no entry that should be there."""
        key = self._key(cells)
        entry = self.table.entries.get(key)
        if entry is not None:
            return entry.cells, False
        return self._blank, not self.optional and (all(key) if type(key) is tuple else bool(key))

    def _key(self, cells: Cells) -> str | tuple[str, ...]:
        positions = self._positions
        if len(positions) == 1:
            key: str = cells[positions[0]]
            return key
        return tuple([cells[position] for position in positions])


class Frame:
    """Where each column of one scope of a mapping (the claim, a line, the refusals) stands.

    `positions` holds every column of the scope. A CSV's missing columns are blank here: whether they may
    be missing was decided when the header was read.
    """

    def __init__(
        self,
        layout: Layout,
        columns: Collection[str],
        lookups: Mapping[str, LookupForm],
        tables: Mapping[str, Table],
    ) -> None:
        self._lookups = lookups
        own = sorted(own_columns(columns, lookups))
        names = layout.names()
        self._read: Callable[[Any], list[Cell]] | None = None
        if names is None:
            self._read = cells_of(own)
            self.positions = Positions((column, place) for place, column in enumerate(own))
            width = len(own)
            self._pad: list[str] = []
        else:
            self.positions = Positions((column, names.index(column)) for column in own if column in names)
            missing = [column for column in own if column not in names]
            self.positions.update(dict.fromkeys(missing, len(names)))  # one blank cell stands for them all
            self.positions.blank = frozenset(missing)
            self._pad = [""] if missing else []
            width = len(names) + len(self._pad)
        self._joins: list[_Join] = []
        for name in sorted({split_column(column, lookups)[0] for column in columns} - {""}):
            join = _Join(name, lookups[name], tables[name], self.positions)
            self._joins.append(join)
            for place, column in enumerate(tables[name].columns):
                self.positions[f"{name}.{column}"] = width + place
            width += len(tables[name].columns)

    def base(self, row: Row) -> Cells:
        """The row's own cells. Raises ShapeError where a JSON path names no value."""
        if self._read is not None:
            return self._read(row.cells)
        cells: Cells = row.cells
        return cells + self._pad if self._pad else cells

    def reads_as(self, other: Frame) -> bool:
        """Whether a row's own cells, and a blank one after them, are all that either of two frames needs."""
        return not any(frame._read or frame._joins for frame in (self, other))

    def record_cells(self, record: Any) -> Cells:
        """The cells of a JSON record inside a row. Raises ShapeError where a path names no value."""
        assert self._read is not None  # noqa: S101  # only JSON has records inside a row
        return self._read(record)

    def cells(self, row: Row, missing: list[tuple[Row, _Join]]) -> Cells:
        """The row's cells with the lookups', joins that found nothing noted in `missing`."""
        base = self.base(row)
        if not self._joins:
            return base
        whole = list(base)
        for join in self._joins:
            found, lost = join.cells(base)
            whole += found
            if lost:
                missing.append((row, join))
        return whole

    def source(self, row: Row, column: str) -> Source:
        """The cell that a column of this scope is, for this row."""
        lookup, name = split_column(column, self._lookups)
        if not lookup:
            return row.source(name)
        join = next(join for join in self._joins if join.name == lookup)
        return join.table.source(join.entry(self.base(row)), name)


def lost_join(row: Row, join: _Join) -> Finding:
    """The finding for a row whose key isn't in a table that should have it."""
    sources = tuple(row.source(column) for column in join.match)
    return Finding(
        code="mapping-lookup-missing",
        message=f"{sources[0]} isn't in {', '.join(join.table.files)}, which lookup.{join.name} needs",
        field=f"lookup.{join.name}",
        sources=sources,
        expected=f"a row of {', '.join(join.table.files)}",
    )
