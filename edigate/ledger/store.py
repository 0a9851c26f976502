"""The ledger: opening it, its transactions, its version. Knows no statement; the other files have those.

    ledger = Ledger.open(workspace / "ledger.sqlite", clock=clock)
    with ledger.write() as tx:
        intake.begin_intake(tx, ...)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, inspect
from sqlalchemy import text as sql

from edigate.errors import LedgerError
from edigate.ledger.engine import begin, create_file, file_of, make_engine, url_of
from edigate.ledger.schema import VERSION
from edigate.ledger.transaction import Clock, ReadTransaction, WriteTransaction, system_clock
from edigate.secrecy import Secret

BUSY_SECONDS = 30.0


class Ledger:
    """An open ledger of the version this program knows. A context manager that closes it."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(
        cls,
        where: str | Path,
        *,
        password: Secret | None = None,
        clock: Clock = system_clock,
        busy_seconds: float = BUSY_SECONDS,
    ) -> Self:
        """Open the ledger at a path (SQLite) or URL.

        A file without any table is one whose making was broken off, by a full disk or a kill: it is made. Raises
        LedgerError where there is none or it has another version, naming the command that helps;
        LedgerBusyError, StorageError, ConfigError.
        """
        url = url_of(where, password)
        path = file_of(url)
        if path is not None and not path.exists():
            raise LedgerError(f"there is no ledger at {path}", hint="make it with `edigate db upgrade`")
        engine = make_engine(url, busy_seconds=busy_seconds)
        try:
            version = version_of(engine)
            broken_off = path is not None and not version
            if version != VERSION and not broken_off:
                raise _wrong_version(version)
        except BaseException:
            engine.dispose()
            raise
        if broken_off:
            engine.dispose()
            return cls.create_or_upgrade(where, clock=clock, busy_seconds=busy_seconds)
        return cls(engine, clock)

    @classmethod
    def create_or_upgrade(
        cls,
        where: str | Path,
        *,
        password: Secret | None = None,
        clock: Clock = system_clock,
        busy_seconds: float = BUSY_SECONDS,
    ) -> Self:
        """Bring the ledger to this program's version, making it where there is none, and open it.

        All of it or nothing. Raises LedgerError for a newer ledger or a database that is none of ours.
        """
        from edigate.ledger.migrate import upgrade  # noqa: PLC0415  # Alembic is slow to import, rarely needed

        url = url_of(where, password)
        path = file_of(url)
        if path is not None:
            create_file(path)
        engine = make_engine(url, busy_seconds=busy_seconds, foreign_keys=False)
        try:
            upgrade(engine)
        finally:
            engine.dispose()
        return cls.open(where, password=password, clock=clock, busy_seconds=busy_seconds)

    @contextmanager
    def read(self) -> Iterator[ReadTransaction]:
        """One consistent view; it can't change anything and nobody waits for it."""
        with begin(self._engine, write=False) as connection:
            yield ReadTransaction(connection, self._clock())

    @contextmanager
    def write(self) -> Iterator[WriteTransaction]:
        """One transaction: kept whole when the body ends, undone when it raises.

        Raises LedgerBusyError where another run holds the ledger, StorageError where the disk is full,
        LedgerError where a constraint refuses.
        """
        with begin(self._engine, write=True) as connection:
            yield WriteTransaction(connection, self._clock())

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def version_of(engine: Engine) -> str:
    """The ledger's version; empty for an empty database. Raises LedgerError for somebody else's."""
    with begin(engine, write=False) as connection:
        tables = set(inspect(connection).get_table_names())
        if not tables:
            return ""
        if "alembic_version" not in tables:
            raise LedgerError("this database is not a ledger of edigate", hint="give the ledger a file of its own")
        return str(connection.execute(sql("SELECT version_num FROM alembic_version")).scalar() or "")


def _wrong_version(version: str) -> LedgerError:
    if version > VERSION:
        return LedgerError(
            f"the ledger has version {version}, this edigate knows {VERSION}", hint="use the newer edigate"
        )
    return LedgerError(
        f"the ledger has version {version or 'none'}, this edigate needs {VERSION}",
        hint="run `edigate db upgrade`",
    )
