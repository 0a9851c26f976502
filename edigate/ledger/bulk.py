"""One statement, many rows, at the driver's speed. Knows how each database takes rows in sets, no table.

SQLAlchemy prepares an executemany row by row and value by value, which takes longer than the database's own work.
Here rows come as columns, a column is converted at once by the type's own rules, and the rows go in sets: to SQLite
as many VALUES in one statement (a statement a row checks `x IN (...)` by building the list anew each time), to
PostgreSQL as COPY. Rows that name others to be changed are joined with them: as VALUES, or as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import LargeBinary, TypeEngine

from edigate.ledger.schema.base import Cents

_JSON = msgspec.json.Encoder()

Columns = Mapping[str, Sequence[Any]]

_ROWS = 100  # of one statement: more gain nothing, and every database takes so many parameters
_WORTH_COPYING = 20  # rows; COPY goes to and fro once more than an INSERT
_MARKS = {"qmark": "?", "format": "%s", "pyformat": "%s"}


def columns_of(table: Table, records: Sequence[msgspec.Struct]) -> dict[str, Sequence[Any]]:
    """The records' fields that are columns of the table, as columns. All records are of one type."""
    names = [name for name in type(records[0]).__struct_fields__ if name in table.c]
    return {name: list(map(attrgetter(name), records)) for name in names}


def insert_many(connection: Connection, table: Table, columns: Columns, constants: Mapping[str, Any]) -> None:
    """Insert rows given as columns of equal length. Columns left out get `constants`, else their defaults."""
    defaults: dict[str, Any] = {
        column.name: column.default.arg  # type: ignore[attr-defined]  # is_scalar: a ScalarElementColumnDefault
        for column in table.columns
        if column.default is not None and column.default.is_scalar and column.name not in columns
    }
    given = {**defaults, **constants}
    length = len(next(iter(columns.values())))
    kinds = {name: table.c[name].type for name in (*columns, *(name for name in given if name not in columns))}
    converted = _converted(connection.dialect, kinds, columns, given, length)
    if connection.dialect.name == "postgresql" and length >= _WORTH_COPYING:
        _copy(connection, table, tuple(kinds), converted)
        return
    into = _insert_into(connection.dialect.paramstyle, table, tuple(kinds))
    _in_sets(connection, into, list(zip(*converted, strict=True)), ())


def change_many(
    connection: Connection, table: Table, keys: Columns, values: Columns, constants: Mapping[str, Any]
) -> int:
    """Change the rows whose columns equal `keys`: each its `values`, all the `constants`; how many there were.

    No two of the keys may mean the same row.
    """
    given = {**keys, **{f"new {name}": column for name, column in values.items()}}
    kinds = {name: table.c[name.removeprefix("new ")].type for name in given}
    length = len(next(iter(keys.values())))
    converted = _converted(connection.dialect, kinds, given, {}, length)
    set_alike = {name: table.c[name].type for name in constants}
    alike = tuple(next(iter(each)) for each in _converted(connection.dialect, set_alike, {}, constants, 1))
    if connection.dialect.name == "postgresql":
        types = tuple(kind.compile(dialect=connection.dialect) for kind in kinds.values())
        update = _update_from("format", table, (tuple(keys), tuple(values), tuple(constants)), types)
        arrays = tuple(_array(column) for column in converted)
        return connection.exec_driver_sql(update.of(1), (*alike, *arrays)).rowcount
    update = _update_from("qmark", table, (tuple(keys), tuple(values), tuple(constants)), ())
    return _in_sets(connection, update, list(zip(*converted, strict=True)), alike)


def among(dialect: Dialect, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """`column IN values` for thousands of numbers or texts: as JSON or an array, which is one parameter."""
    return _among(dialect, column, literal(_listed(dialect, values), Text()))


def _among(dialect: Dialect, column: ColumnElement[Any], listed: BindParameter[Any]) -> ColumnElement[bool]:
    if dialect.name == "postgresql":
        return column.in_(select(func.unnest(cast(listed, ARRAY(column.type)))))
    return column.in_(select(func.json_each(listed).table_valued("value").c.value))


def _listed(dialect: Dialect, values: Sequence[Any]) -> str:
    return _array(values) if dialect.name == "postgresql" else _JSON.encode(values).decode()


class Question:
    """A SELECT about many values, built once for each database: building it anew takes longer than asking it.

    `build` gets a function that says of a column that it is among the values.
    """

    __slots__ = ("_build", "_built")

    def __init__(self, build: Callable[[Callable[[ColumnElement[Any]], ColumnElement[bool]]], Select[Any]]) -> None:
        self._build = build
        self._built: dict[str, Select[Any]] = {}

    def ask(self, connection: Connection, values: Sequence[Any], **more: Any) -> Sequence[Any]:
        """The rows about these values; `more` are the statement's other parameters."""
        dialect = connection.dialect
        if dialect.name not in self._built:
            listed = bindparam("many_values", type_=Text())
            self._built[dialect.name] = self._build(lambda column: _among(dialect, column, listed))
        return connection.execute(self._built[dialect.name], {"many_values": _listed(dialect, values), **more}).all()


def update_many(connection: Connection, statement: Update, rows: Sequence[Mapping[str, Any]]) -> int:
    """Run an UPDATE with bound parameters once for each row of them; how many rows changed in all."""
    compiled: Any = statement.compile(dialect=connection.dialect)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    order = list(compiled.positiontup or compiled.params)
    kinds = {name: compiled.binds[name].type for name in order}
    converted = _converted(connection.dialect, kinds, columns, compiled.params, len(rows))
    values: Any = list(zip(*converted, strict=True))
    if not compiled.positional:
        values = [dict(zip(order, row, strict=True)) for row in values]
    return connection.exec_driver_sql(compiled.string, values).rowcount


# --- values as the driver wants them


def _converted(
    dialect: Dialect, kinds: Mapping[str, TypeEngine[Any]], columns: Columns, constants: Mapping[str, Any], length: int
) -> list[Iterable[Any]]:
    """The columns in the order of `kinds`; what isn't a column is the same in every row."""
    found: list[Iterable[Any]] = []
    for name, kind in kinds.items():
        convert = _converter(kind, dialect)
        if name in columns:
            found.append(convert(columns[name]))
        else:
            found.append(repeat(next(iter(convert([constants[name]]))), length))
    return found


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """How a column of values becomes what the driver wants; dates repeat, so each is converted once."""
    if isinstance(kind, Cents):
        return Cents.checked
    if isinstance(kind, LargeBinary):  # every driver takes bytes as they are; wrapped, COPY would write the wrapper
        return lambda values: values
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return lambda values: values

    def convert(values: Sequence[Any]) -> Iterable[Any]:
        if not isinstance(values[0], date | None):
            return map(process, values)
        known = {value: process(value) for value in set(values)}
        return map(known.__getitem__, values)

    return convert


# --- statements


class _Statement(NamedTuple):
    """A statement about rows: its text before and behind them, and the place of one row."""

    before: str
    row: str
    behind: str

    def of(self, rows: int) -> str:
        return f"{self.before}{', '.join([self.row] * rows)}{self.behind}"


def _in_sets(
    connection: Connection, statement: _Statement, rows: Sequence[tuple[Any, ...]], alike: tuple[Any, ...]
) -> int:
    """Run a statement for all rows, many at a time; what is left over one by one, so that no other must be prepared."""
    changed, whole = 0, len(rows) - len(rows) % _ROWS
    if whole:
        text = statement.of(_ROWS)
        for at in range(0, whole, _ROWS):
            values = (*alike, *chain.from_iterable(rows[at : at + _ROWS]))
            changed += connection.exec_driver_sql(text, values).rowcount
    if whole < len(rows):
        changed += connection.exec_driver_sql(statement.of(1), [(*alike, *row) for row in rows[whole:]]).rowcount
    return changed


@cache
def _insert_into(paramstyle: str, table: Table, names: tuple[str, ...]) -> _Statement:
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join([_MARKS[paramstyle]] * len(names))
    into = f'INSERT INTO "{table.name}" ({columns}) VALUES '  # noqa: S608  # names of our own schema
    return _Statement(into, f"({marks})", "")


@cache
def _update_from(
    paramstyle: str, table: Table, names: tuple[tuple[str, ...], ...], arrays_of: tuple[str, ...]
) -> _Statement:
    """Rows as VALUES, or as an array a column where their types are given. `names`: keys, values, constants."""
    keys, values, constants = names
    mark = _MARKS[paramstyle]
    given = [f"given.column{number}" for number in range(1, len(keys) + len(values) + 1)]
    sets = [f'"{name}" = {mark}' for name in constants]
    sets += [f'"{name}" = {each}' for name, each in zip(values, given[len(keys) :], strict=True)]
    found = " AND ".join(f'"{table.name}"."{name}" = {each}' for name, each in zip(keys, given, strict=False))
    before = f'UPDATE "{table.name}" SET {", ".join(sets)} FROM '  # noqa: S608  # as above
    if not arrays_of:
        marks = ", ".join([mark] * len(given))
        return _Statement(f"{before}(VALUES ", f"({marks})", f") AS given WHERE {found}")
    arrays = ", ".join(f"CAST({mark} AS {kind}[])" for kind in arrays_of)
    columns = ", ".join(each.removeprefix("given.") for each in given)
    return _Statement(f"{before}unnest(", arrays, f") AS given ({columns}) WHERE {found}")


# --- PostgreSQL: text of many values, as its COPY and its arrays read it


def _copy(connection: Connection, table: Table, names: tuple[str, ...], columns: Iterable[Iterable[Any]]) -> None:
    columns_named = ", ".join(f'"{name}"' for name in names)
    into = f'COPY "{table.name}" ({columns_named}) FROM STDIN'
    texts = zip(*(_copied(list(column)) for column in columns), strict=True)
    raw: Any = connection.connection.cursor()
    driver: Any = connection.dialect.loaded_dbapi
    try:
        with raw, raw.copy(into) as copy:
            copy.write("\n".join(map("\t".join, texts)) + "\n")
    except driver.Error as error:  # as SQLAlchemy would tell it, and `engine.translated` expects it
        raise DBAPIError.instance(into, None, error, driver.Error, hide_parameters=True) from error


_IN_COPY = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_IN_ARRAYS = str.maketrans({"\\": "\\\\", '"': '\\"'})


def _copied(values: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, values))
    if kinds == {int}:
        return map(str, values)
    if kinds == {str}:
        text = "".join(values)
        special = "\\" in text or "\t" in text or "\n" in text or "\r" in text
        return [value.translate(_IN_COPY) for value in values] if special else values
    # Dates and what is absent: few, and many times the same.
    known = {value: r"\N" if value is None else _text(value).translate(_IN_COPY) for value in set(values)}
    return map(known.__getitem__, values)


def _array(values: Iterable[Any]) -> str:
    elements = list(values)
    kinds = set(map(type, elements))
    if kinds == {int}:
        return "{" + ",".join(map(str, elements)) + "}"
    if kinds == {str}:
        text = "".join(elements)
        if not ("\\" in text or '"' in text):
            return '{"' + '","'.join(elements) + '"}'
    return "{" + ",".join(map(_element, elements)) + "}"


def _element(value: Any) -> str:
    return "NULL" if value is None else f'"{_text(value).translate(_IN_ARRAYS)}"'


def _text(value: Any) -> str:
    return "\\x" + value.hex() if isinstance(value, bytes) else str(value)
