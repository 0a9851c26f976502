"""Giving space back: the ledger packed anew, its statistics made, its journal emptied. Changes nothing it says.

SQLite builds the whole file anew and overwrites the old one with it, so that nothing of what was purged is left in it.
PostgreSQL makes the space of old rows usable again, and its files stay as large as they are.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
from sqlalchemy import text as sql
from sqlalchemy.engine import URL

from edigate.errors import StorageError
from edigate.ledger.engine import file_of, make_engine, refused, translated, url_of
from edigate.ledger.schema import metadata
from edigate.secrecy import Secret

_BUSY_SECONDS = 30.0
_SPARE = 16 << 20  # bytes that must be free beside what is built


class Vacuumed(msgspec.Struct, frozen=True):
    """Bytes before and after."""

    before: int
    after: int


def vacuum(where: str | Path, *, password: Secret | None = None) -> Vacuumed:
    """Pack the ledger anew. Raises StorageError where there isn't room for it twice more, LedgerBusyError."""
    url = url_of(where, password)
    path = file_of(url)
    return _of_file(path) if path is not None else _of_server(url)


def empty_journal(where: str | Path) -> None:
    """Bring SQLite's journal into its file and empty it, as far as nobody reads; a server looks after its own."""
    path = file_of(url_of(where))
    if path is not None:
        with refused(), closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _of_file(path: Path) -> Vacuumed:
    before = _size(path)
    # The new file is built beside, then written into the journal: the old one, twice over.
    free = shutil.disk_usage(path.parent).free
    if free < 2 * before + _SPARE:
        raise StorageError(
            f"the ledger has {before:,} bytes, and {free:,} are free: twice as many are needed to pack it anew",
            hint="Free space beside the ledger, then run again; nothing was changed.",
        )
    with refused(), closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        # Else what it builds lies in /var/tmp, maybe on a disk that nobody encrypted.
        connection.execute(f"PRAGMA temp_store_directory = '{os.fspath(path.parent).replace(chr(39), chr(39) * 2)}'")
        connection.execute("VACUUM")
        connection.execute("PRAGMA optimize = 0x10002")  # of all tables, as on a connection that is fresh
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Vacuumed(before, _size(path))


def _of_server(url: URL) -> Vacuumed:
    size = sql("SELECT pg_database_size(current_database())")
    engine = make_engine(url, busy_seconds=_BUSY_SECONDS)
    try:
        with translated(), engine.connect() as begun:
            connection = begun.execution_options(isolation_level="AUTOCOMMIT")
            before = int(connection.execute(size).scalar_one())
            tables = ", ".join(f'"{name}"' for name in sorted(metadata.tables))
            connection.execute(sql(f"VACUUM (ANALYZE) {tables}"))
            return Vacuumed(before, int(connection.execute(size).scalar_one()))
    finally:
        engine.dispose()


def _size(path: Path) -> int:
    beside = [path, path.with_name(f"{path.name}-wal")]
    return sum(one.stat().st_size for one in beside if one.exists())
