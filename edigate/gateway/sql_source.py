"""A mapping's query run on a practice's database: rows out, as text. Reads only; knows no claim and no column.

One transaction, read-only and of one snapshot where the database can, taken back at its end. What a database
says of an error may quote a patient's data, and an address may hold a password: neither is ever passed on.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import sqlalchemy
from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, InvalidRequestError, SQLAlchemyError

from edigate.encounters.table_reader import table_bytes
from edigate.errors import ConfigError, DataError, EdigateError, NoInputError, UsageError

_AT_ONCE = 1000  # rows fetched in one go
_CONNECT_SECONDS = 15
_READS = re.compile(r"(?:\s+|--[^\n]*\n|/\*.*?\*/|\()*(?:SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE | re.DOTALL)

_CONNECT_TIMEOUT = {"psycopg": "connect_timeout", "psycopg2": "connect_timeout", "pymysql": "connect_timeout",
                    "mysqldb": "connect_timeout", "pyodbc": "timeout"}  # fmt: skip
"""What drivers call the seconds that connecting may take."""

_BEGIN: dict[str, tuple[str, ...]] = {
    "postgresql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        "SET LOCAL statement_timeout = '{seconds}s'",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY",),
    "oracle": ("SET TRANSACTION READ ONLY",),
}
"""What makes a transaction read-only and of one snapshot. SQLite is opened read-only, and one SELECT is one
snapshot there; others are only taken back at the end."""

# What may be told of a database's own words: those that can only quote the query.
_SAFE_SQLITE = re.compile(
    r"no such (?:table|column|function): [\w.]+|near \"\w+\": syntax error|incomplete input|interrupted|"
    r"attempt to write a readonly database|database is locked|unable to open database file|file is not a database"
)
_ABOUT_THE_QUERY = "42"  # SQLSTATE's class of syntax errors and unknown names


class Query:
    """A SELECT with its parameters, on a database. `url` is a secret, and shown nowhere."""

    def __init__(self, text: str, parameters: Mapping[str, str], url: str, *, seconds: int, folder: Path) -> None:
        """`folder` is where a SQLite file's relative path counts from. Raises ConfigError, UsageError."""
        if not _READS.match(text):
            raise ConfigError("a mapping's query must be one SELECT", hint="edigate only reads from databases")
        self._text = text
        self._parameters = dict(parameters)
        self._seconds = seconds
        self._url = _url_of(url, folder)
        wanted = set(sqlalchemy.text(text).compile().params)
        if missing := sorted(wanted - self._parameters.keys()):
            raise UsageError(
                f"the query asks for {', '.join(missing)}",
                hint=f"Give it with --param {missing[0]}=VALUE (a colon that begins no parameter is written \\:).",
            )
        if unknown := sorted(self._parameters.keys() - wanted):
            known = ", ".join(sorted(wanted)) or "none"
            raise UsageError(f"the query has no parameter {unknown[0]}", hint=f"It has: {known}.")

    def table(self) -> Iterator[bytes]:
        """The rows as a table's bytes (`table_reader`), as they come.

        Raises NoInputError where the database can't be reached or takes too long, ConfigError where it doesn't
        understand the query, DataError where a value has no text.
        """
        deadline = time.monotonic() + self._seconds
        engine = self._engine(deadline)
        told = _Told(self._url)
        try:
            try:
                connection = engine.connect()
            except SQLAlchemyError as error:
                raise NoInputError(f"{told.database} can't be reached{told.reason(error)}") from None
            with closing(connection):
                yield from self._answer(connection, told, deadline)
        finally:
            engine.dispose()

    def _answer(self, connection: Connection, told: _Told, deadline: float) -> Iterator[bytes]:
        try:
            for statement in _BEGIN.get(self._url.get_backend_name(), ()):
                connection.exec_driver_sql(statement.format(seconds=self._seconds))
            result = connection.execution_options(stream_results=True, yield_per=_AT_ONCE).execute(
                sqlalchemy.text(self._text), self._parameters
            )
            columns = list(result.keys())
        except SQLAlchemyError as error:
            if time.monotonic() >= deadline:
                raise self._too_slow(told, 0) from None
            raise ConfigError(
                f"{told.database} can't run the mapping's query{told.reason(error)}",
                hint="try the query with the database's own tool",
            ) from None
        yield from table_bytes(columns, self._rows(result.partitions(), columns, told, deadline))

    def _rows(
        self, blocks: Iterator[Sequence[Sequence[Any]]], columns: list[str], told: _Told, deadline: float
    ) -> Iterator[list[str]]:
        count = 0
        while True:
            if time.monotonic() >= deadline:
                raise self._too_slow(told, count)
            try:
                block = next(blocks, ())
            except SQLAlchemyError as error:
                if time.monotonic() >= deadline:
                    raise self._too_slow(told, count) from None
                raise NoInputError(
                    f"{told.database} broke off after row {count:,}{told.reason(error)}",
                    hint="nothing was made of the rows that came; run the same command again",
                ) from None
            if not block:
                return
            for row in block:
                count += 1
                yield [_text(value, column, count) for value, column in zip(row, columns, strict=True)]

    def _too_slow(self, told: _Told, rows: int) -> EdigateError:
        return NoInputError(
            f"{told.database} took longer than {self._seconds} seconds for the query ({rows:,} rows had come)",
            hint="ask for less, or set [source] timeout in the mapping",
        )

    def _engine(self, deadline: float) -> Engine:
        url, options = self._url, {"hide_parameters": True}
        if url.drivername in ("sqlite", "sqlite+pysqlite"):
            path = url.database or ""

            def connect() -> sqlite3.Connection:
                connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)
                connection.execute("PRAGMA query_only = ON")
                connection.set_progress_handler(lambda: time.monotonic() >= deadline, 100_000)
                return connection

            return sqlalchemy.create_engine("sqlite://", creator=connect, poolclass=sqlalchemy.NullPool, **options)
        try:
            seconds = _CONNECT_TIMEOUT.get(url.get_driver_name())
            arguments = {} if seconds is None or seconds in url.query else {seconds: _CONNECT_SECONDS}
            return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, connect_args=arguments, **options)
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"a {url.get_backend_name()} database needs its driver, the Python package {error.name}",
                hint="install it beside edigate",
            ) from None
        except (ArgumentError, InvalidRequestError):
            raise ConfigError(
                f"nobody here speaks to a database of the kind {url.drivername}",
                hint="write e.g. postgresql+psycopg://user:password@host/name",
            ) from None


def _url_of(url: str, folder: Path) -> URL:
    try:
        made = sqlalchemy.make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(
            "the database's address can't be read", hint="write e.g. postgresql+psycopg://user:password@host/name"
        ) from None
    if made.get_backend_name() == "sqlite":
        if not made.database or not (folder / made.database).is_file():
            raise NoInputError("the SQLite file that the mapping's address names isn't there")
        made = made.set(database=str(folder / made.database))
    return made


class _Told:
    """What may be said of a database and of its errors."""

    def __init__(self, url: URL) -> None:
        host = f" on {url.host}" if url.host else ""
        self.database = f"the {url.get_backend_name()} database{host}"

    def reason(self, error: SQLAlchemyError) -> str:
        """`: no such table: visit`, or at least a code; never words that may quote a value or the address."""
        original = getattr(error, "orig", None)
        words = str(original or "")
        if isinstance(original, sqlite3.Error):
            if _SAFE_SQLITE.fullmatch(words):
                return f": {words}"
            return f" ({getattr(original, 'sqlite_errorname', '') or type(original).__name__})"
        state = str(getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or "")
        if state.startswith(_ABOUT_THE_QUERY) and words:
            return f": {words.splitlines()[0]}"
        number = original.args[0] if original is not None and original.args and type(original.args[0]) is int else ""
        return f" ({state or number or type(original or error).__name__})"


# --- values as text


def _text(value: Any, column: str, row: int) -> str:
    if type(value) is str:
        return value
    if value is None:
        return ""
    write = _TEXTS.get(type(value))
    if write is None:
        write = next((write for kind, write in _TEXTS.items() if isinstance(value, kind)), None)
    if write is None:
        raise DataError(
            f"row {row:,} of the query has a {type(value).__name__} in column {column}, which has no text of its own",
            hint="cast it to text in the query",
        )
    return write(value)


def _moment(value: datetime) -> str:
    if value.tzinfo is None and value.time() == time_of_day():
        return value.date().isoformat()
    return value.isoformat(sep=" ")


def _hour(value: time_of_day) -> str:
    return value.isoformat() if value.second or value.microsecond else value.strftime("%H:%M")


_TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    Decimal: lambda value: format(value, "f"),
    float: lambda value: format(Decimal(repr(value)), "f"),  # the shortest text that is this number
    datetime: _moment,
    date: lambda value: value.isoformat(),
    time_of_day: _hour,
    UUID: str,
    str: str,
}
"""In this order, for types that are others, too: True is an int, a moment is a date."""
