"""A transaction as the ledger's functions see it: a connection and its time. Knows no table.

Functions that change anything take a `WriteTransaction`: a reader can't be passed to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Executable, FromClause, Table, Update, UpdateBase

from edigate.errors import InternalError
from edigate.ledger.bulk import Columns, among, change_many, columns_of, insert_many, update_many

T = TypeVar("T")
Clock = Callable[[], datetime]

# Names in one `IN (...)`: far below every database's limit of parameters, large enough to cost nothing.
_NAMES_AT_ONCE = 500


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class ReadTransaction:
    """One consistent view of the ledger. `at` is the time of all of it."""

    __slots__ = ("at", "connection")

    def __init__(self, connection: Connection, at: datetime) -> None:
        if at.tzinfo is None:
            raise InternalError("the ledger's clock gave a time without its zone")
        self.connection = connection
        self.at = at.astimezone(UTC)

    def among(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """That a column is one of many values: one parameter, whatever their number, and one statement to prepare."""
        return among(self.connection.dialect, column, values)

    def rows(self, statement: Executable, record: Callable[..., T]) -> list[T]:
        """The result as records, whose fields are the selected columns in order."""
        return [fill(record, row) for row in self.connection.execute(statement).all()]

    def first(self, statement: Executable, record: Callable[..., T]) -> T | None:
        row = self.connection.execute(statement).first()
        return None if row is None else fill(record, row)


class WriteTransaction(ReadTransaction):
    """The one transaction that may change the ledger just now: all of it is kept, or nothing."""

    __slots__ = ()

    def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add a few rows. Every row names the same columns; the others get their defaults."""
        if rows:
            columns = {name: [row[name] for row in rows] for name in rows[0]}
            insert_many(self.connection, table, columns, {})

    def insert_records(
        self,
        table: Table,
        records: Sequence[msgspec.Struct],
        columns: Mapping[str, Sequence[Any]],
        constants: Mapping[str, Any] | None = None,
    ) -> None:
        """Add many records of one type: their fields that are columns, more columns beside, constants."""
        if records:
            insert_many(
                self.connection, table, {**columns_of(table, records), **columns}, constants or {}
            )

    def change(self, statement: UpdateBase) -> int:
        """Run a statement that changes a set of rows; how many it changed."""
        return self.connection.execute(statement).rowcount

    def change_many(
        self, table: Table, keys: Columns, values: Columns, constants: Mapping[str, Any] | None = None
    ) -> int:
        """Change rows in sets: those whose columns equal `keys`, each to its `values`; how many there were.

        Keys and values are columns of equal length, and no two keys mean one row; `constants` go to all.
        """
        return change_many(self.connection, table, keys, values, constants or {})

    def change_each(self, statement: Update, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run an UPDATE once for each row of its bound parameters; how many rows it changed in all."""
        return update_many(self.connection, statement, rows) if rows else 0


def fill(record: Callable[..., T], values: Iterable[Any]) -> T:
    """A record from selected values, which stand in the order of its fields (see `columns_for`)."""
    return record(*values)


def in_blocks(values: Iterable[T], size: int = _NAMES_AT_ONCE) -> Iterator[list[T]]:
    """The values in lists of at most `size`, for statements with `IN`."""
    remaining = iter(values)
    while block := list(islice(remaining, size)):
        yield block


def columns_for(record: type[Any], table: FromClause, **instead: Any) -> list[Any]:
    """The table's columns by the names of the record's fields, in their order; `instead` gives others."""
    return [
        instead[field] if field in instead else table.c[field] for field in record.__struct_fields__
    ]
