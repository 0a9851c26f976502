"""One statement, many rows, at the driver's speed. Knows SQLAlchemy's compiler, no table.

SQLAlchemy prepares an executemany row by row and value by value, which takes longer than SQLite's own
work. Here the statement is compiled once, rows come as columns, and a column is converted at once; the
types' rules are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import repeat
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Insert, Table, Update, insert
from sqlalchemy.types import TypeEngine

from edigate.ledger.schema.base import Cents

Columns = Mapping[str, Sequence[Any]]


def columns_of(table: Table, records: Sequence[msgspec.Struct]) -> dict[str, Sequence[Any]]:
    """The records' fields that are columns of the table, as columns. All records are of one type."""
    names = [name for name in type(records[0]).__struct_fields__ if name in table.c]
    return {name: list(map(attrgetter(name), records)) for name in names}


def insert_many(
    connection: Connection, table: Table, columns: Columns, constants: Mapping[str, Any]
) -> None:
    """Insert rows given as columns of equal length. Columns left out get `constants`, else their defaults."""
    defaults: dict[str, Any] = {
        column.name: column.default.arg  # type: ignore[attr-defined]  # is_scalar: a ScalarElementColumnDefault
        for column in table.columns
        if column.default is not None and column.default.is_scalar and column.name not in columns
    }
    _run(connection, insert(table), columns, {**defaults, **constants})


def update_many(connection: Connection, statement: Update, rows: Sequence[Mapping[str, Any]]) -> int:
    """Run an UPDATE with bound parameters once for each row of them; how many rows changed in all."""
    return _run(connection, statement, {name: [row[name] for row in rows] for name in rows[0]}, {})


def _run(
    connection: Connection, statement: Insert | Update, columns: Columns, constants: Mapping[str, Any]
) -> int:
    names = [*columns, *constants] if isinstance(statement, Insert) else None
    compiled: Any = statement.compile(dialect=connection.dialect, column_keys=names)
    constants = {**compiled.params, **constants}
    order = list(compiled.positiontup or compiled.params)
    length = len(next(iter(columns.values())))
    converted: list[Iterable[Any]] = []
    for name in order:
        convert = _converter(compiled.binds[name].type, connection.dialect)
        if name in columns:
            converted.append(convert(columns[name]))
        else:
            converted.append(repeat(next(iter(convert([constants[name]]))), length))
    values: Any = list(zip(*converted, strict=True))
    if not compiled.positional:
        values = [dict(zip(order, row, strict=True)) for row in values]
    return connection.exec_driver_sql(compiled.string, values).rowcount


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """How a column of values becomes what the driver wants; dates repeat, so each is converted once."""
    if isinstance(kind, Cents):
        return Cents.checked
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return lambda values: values

    def convert(values: Sequence[Any]) -> Iterable[Any]:
        if not isinstance(values[0], date | None):
            return map(process, values)
        known = {value: process(value) for value in set(values)}
        return map(known.__getitem__, values)

    return convert
