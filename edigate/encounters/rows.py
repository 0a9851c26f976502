"""Rows and encounters: what a reader hands on. Knows where each cell stands, not what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from edigate.findings import Finding, Severity, Source
from edigate.secrecy import Phi

Cell = str | tuple[str, ...]
"""A cell's text, stripped, empty where blank; all texts of a list where the column is a `[*]` path."""


class ShapeError(Exception):
    """A column names something in this row that isn't a text or a number (`column` says which).

    Stays inside the house: the mapping turns it into a finding.
    """

    def __init__(self, column: str) -> None:
        super().__init__("not a value")
        self.column = column


class Layout(Protocol):
    """How the cells of a row are found by column; all rows of a file share one."""

    def names(self) -> tuple[str, ...] | None:
        """The columns there are, or None where every row may have its own (JSON)."""

    def cell(self, column: str) -> Callable[[Any], Cell]:
        """What takes the cell out of `Row.cells`. Raises KeyError where the file has no such column."""

    def place(self, column: str) -> str:
        """The column as `Source.column` names it."""


class Row(Phi, msgspec.Struct, frozen=True, gc=False):
    """One record of an extract: a line of a CSV, an object of a JSON file, or an object inside one.

    `number` counts as a spreadsheet does: the header is row 1 (JSON: the first record is 1).
    `cells` is what `layout` reads. `defects` are errors that make the cells untrustworthy. `place` is that of
    `Source`.
    """

    file: str
    number: int
    cells: Any
    layout: Layout
    defects: tuple[Finding, ...] = ()
    place: str = ""

    def get(self, column: str) -> Cell:
        """The cell of a column. Raises KeyError where the file has no such column."""
        return self.layout.cell(column)(self.cells)

    def source(self, column: str = "") -> Source:
        """Where the cell stands."""
        return Source(self.file, self.number, self.layout.place(column) if column else "", self.place)


class Encounter(Phi, msgspec.Struct, frozen=True, gc=False):
    """The rows that make one claim. `key` identifies it in its file; `defects` are about the grouping."""

    key: str
    rows: Sequence[Row]
    defects: tuple[Finding, ...] = ()


class RowSpan(msgspec.Struct, frozen=True, gc=False):
    """Which rows of a file an encounter took: the first, the last, and how many (not all between are its)."""

    file: str
    first: int
    last: int
    count: int


def span(encounter: Encounter) -> RowSpan:
    """The rows of an encounter, for the accounting."""
    rows = encounter.rows
    return RowSpan(rows[0].file, rows[0].number, rows[-1].number, len(rows))


def defect(code: str, message: str, source: Source) -> Finding:
    """An error that makes a row unusable. `message` follows the place, e.g. "has 3 cells ..."."""
    return Finding(code=code, message=f"{source} {message}", severity=Severity.ERROR, sources=(source,))
