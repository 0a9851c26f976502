"""How a database is opened and begun, and how its refusals become ours. Knows no table's meaning.

SQLite runs with WAL, synchronous=FULL and foreign keys; a write begins IMMEDIATE. PostgreSQL commits
synchronously; a write begins with an advisory lock. So on both there is one writer at a time, who reads a control
number and moves it on, and what reads never waits. No message made here holds a value from a row.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, Index, PrimaryKeyConstraint, UniqueConstraint, event
from sqlalchemy.exc import ArgumentError, DBAPIError

from edigate.errors import ConfigError, LedgerBusyError, LedgerError, StorageError
from edigate.ledger.schema import metadata
from edigate.secrecy import Secret

_MODE = "ledger_mode"  # execution option of a connection: read or write

# Constraints that something outside can run into -> what they promise. Others are told by their name.
_PROMISES = {
    "uq_claim_live_control_number": "a live claim already has this patient control number",
    "uq_claim_line_line_item_control_number": "a service line already has this line item control number",
    "pk_claim_set": "the claim already stands in a file; it is never sent twice",
    "uq_outbound_file_partner_isa13": "this ISA13 was already used with the partner",
    "uq_outbound_file_partner_gs06": "this GS06 was already used with the partner",
    "uq_outbound_file_partner_filename": "this file name was already used with the partner",
    "uq_outbound_set_partner_st02": "this ST02 was already used with the partner",
    "uq_outbound_set_partner_bht03": "this BHT03 was already used with the partner",
    "uq_payment_posted_once": "this payment was already posted",
    "uq_answer_match_remembered_once": "this number of the partner is already remembered as a claim's",
    "uq_inbound_file_content": "a file with this content was already received",
    "uq_intake_sha256_mapping_partner_fingerprint": "this file was already converted",
    "ck_intake_every_row_accounted": "the rows read are not the rows made, refused and known",
}
_OLDEST_POSTGRESQL = 15
_WRITERS = 837_835  # the advisory lock of whoever writes, known to edigate alone and of one database
_NOT_THERE = "a row that is not there is referred to"

# SQLite names the columns of a broken unique constraint, not the constraint.
_BY_COLUMNS = {
    ", ".join(f"{table.name}.{column.name}" for column in one.columns): str(one.name)
    for table in metadata.tables.values()
    for one in (*table.constraints, *table.indexes)
    if isinstance(one, PrimaryKeyConstraint | UniqueConstraint) or (isinstance(one, Index) and one.unique)
}


def url_of(where: str | Path, password: Secret | None = None) -> URL:
    """The database's URL: a path is a SQLite file, text is an SQLAlchemy URL. Raises ConfigError."""
    if isinstance(where, Path):
        return URL.create("sqlite", database=str(where.absolute()))
    try:
        url = sqlalchemy.make_url(where)
    except ArgumentError:
        raise ConfigError(
            "the ledger's URL can't be read", hint="write e.g. sqlite:////var/lib/edigate/ledger.sqlite"
        ) from None
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise ConfigError(f"a ledger in {backend} is not supported", hint="use sqlite or postgresql")
    if backend == "sqlite" and not url.database:
        raise ConfigError("the ledger's URL names no file", hint="a ledger in memory would lose everything")
    return url if password is None else url.set(password=password.reveal())  # a URL's repr shows ***


def file_of(url: URL) -> Path | None:
    """The SQLite file, None for a server's database."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def make_engine(url: URL, *, busy_seconds: float, foreign_keys: bool = True) -> Engine:
    """An engine whose connections keep our settings. `foreign_keys=False` is for migrations only."""
    try:
        engine = sqlalchemy.create_engine(url, hide_parameters=True)
    except ModuleNotFoundError:
        raise ConfigError(
            "a ledger on a PostgreSQL server needs its driver", hint="pip install 'edigate[postgresql]'"
        ) from None
    if url.get_backend_name() == "sqlite":
        _settle_sqlite(engine, busy_seconds, foreign_keys)
    else:
        _settle_postgresql(engine, busy_seconds)
    return engine


def _settle_sqlite(engine: Engine, busy_seconds: float, foreign_keys: bool) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; `begun` does
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA cache_size = -32000")  # 32 MB: the unique indexes are written in no order
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writing = connection.get_execution_options().get(_MODE) == "write"
        connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _settle_postgresql(engine: Engine, busy_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        version = connection.info.server_version // 10_000
        if version < _OLDEST_POSTGRESQL:
            raise ConfigError(f"the ledger's server is PostgreSQL {version}, too old: {_OLDEST_POSTGRESQL} is needed")
        connection.autocommit = True
        for setting in (
            f"lock_timeout = {int(busy_seconds * 1000)}",
            "synchronous_commit = on",
            "application_name = 'edigate'",
            "timezone = 'UTC'",
        ):
            connection.execute(f"SET {setting}")
        connection.autocommit = False

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get(_MODE) == "write":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


def keep_wal(engine: Engine) -> None:
    """Let a SQLite file keep its journal beside it, for good: readers and the writer then never wait for
    each other. Raises LedgerBusyError, StorageError."""
    if engine.dialect.name != "sqlite":
        return
    with translated(), engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        with refused():
            raw.execute("PRAGMA journal_mode = WAL")  # of the driver: it can't be changed inside a transaction


@contextmanager
def begin(engine: Engine, *, write: bool) -> Iterator[Connection]:
    """One transaction: committed when the body ends, rolled back when it raises.

    Raises LedgerBusyError where another run holds the ledger, StorageError for the disk, LedgerError for
    a broken promise of the schema.
    """
    with translated(), engine.connect() as connection:
        options: dict[str, Any] = {_MODE: "write" if write else "read"}
        if engine.dialect.name == "postgresql":
            options |= {"isolation_level": "READ COMMITTED" if write else "REPEATABLE READ"}
            options |= {"postgresql_readonly": not write}
        with connection.execution_options(**options).begin():
            yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's exceptions into ours. The driver's text is dropped: a server's may quote a row."""
    try:
        yield
    except DBAPIError as error:
        raise _refusal(error) from None


@contextmanager
def refused() -> Iterator[None]:
    """The same for SQLite's driver where it is used by itself."""
    try:
        yield
    except sqlite3.Error as error:
        raise _sqlite_refusal(error) from None


def _refusal(error: DBAPIError) -> LedgerError | StorageError:
    """What to tell of a database error."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _sqlite_refusal(original)
    constraint = str(getattr(getattr(original, "diag", None), "constraint_name", None) or "")
    state = getattr(original, "sqlstate", None)
    if state is None:  # what fails before a session is there, or ends it, has none
        return LedgerBusyError(
            "the ledger's server can't be reached, or lets us in no more",
            hint="Does it run, and are host, database, user and password right (`ledger` in edigate.toml)?",
        )
    if state == "55P03":
        return _held()
    if state == "25006":
        return StorageError("the ledger's server takes no changes now", hint="is it a standby, or under repair?")
    if state in ("40001", "40P01", "57P03") or state.startswith(("08", "53300")):
        return LedgerBusyError(f"the ledger's server could not serve us now ({state})")
    if state == "53100":
        return StorageError("the ledger's server has no space left", hint="free space and run again")
    if state == "23503":
        return LedgerError(f"the ledger refused: {_NOT_THERE}")
    if constraint:
        return LedgerError(f"the ledger refused: {_PROMISES.get(constraint, constraint)}")
    return LedgerError(f"the ledger could not do it ({type(original).__name__}, {state})")


def _sqlite_refusal(error: sqlite3.Error) -> LedgerError | StorageError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return _held()
    if name.startswith("SQLITE_FULL"):
        return StorageError("no space left for the ledger", hint="free space and run again; nothing was kept")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StorageError(
            "the ledger's file is damaged or no ledger", hint="restore it from a backup; change nothing by hand"
        )
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return StorageError(
            f"the ledger's file can't be used ({name})", hint="check the folder, its owner and its free space"
        )
    if name.startswith("SQLITE_CONSTRAINT"):
        broken = str(error).partition("constraint failed")[2].lstrip(": ")
        constraint = _BY_COLUMNS.get(broken, broken)
        return LedgerError(f"the ledger refused: {_PROMISES.get(constraint, constraint) or _NOT_THERE}")
    return LedgerError(f"the ledger could not do it ({name or type(error).__name__})")


def _held() -> LedgerBusyError:
    return LedgerBusyError("another run holds the ledger", hint="wait until it ends and run again")


def create_file(path: Path) -> None:
    """Make an empty database file that only its owner reads, if there is none. Raises StorageError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageError(
            f"the ledger's file {path} can't be made: {error.strerror}", hint="check the folder and its owner"
        ) from None
