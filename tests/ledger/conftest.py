"""A real ledger, in a SQLite file and on a PostgreSQL server, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from edigate.ledger.store import Ledger
from tests.postgres import Postgres


class TestClock:
    """Stands still until told."""

    __test__ = False

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a ledger just made: migrating once for all tests keeps them fast."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    Ledger.create_or_upgrade(path).close()
    return path.read_bytes()


@pytest.fixture
def ledger_path(tmp_path: Path, empty_ledger: bytes) -> Path:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(empty_ledger)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


# Every row goes, whatever refers to it; tables that grew large begin anew. Nothing a test did to the tables themselves.
_EMPTY = """
DO $$ DECLARE one record; BEGIN
  SET LOCAL session_replication_role = replica;
  SET LOCAL lock_timeout = '2s';
  FOR one IN SELECT oid::regclass AS name, pg_relation_size(oid) > 1000000 AS large FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' LOOP
    IF one.large THEN EXECUTE format('TRUNCATE %s CASCADE', one.name); ELSE EXECUTE format('DELETE FROM %s', one.name);
    END IF;
  END LOOP;
  PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""
_SHAPE = """
SELECT (SELECT string_agg(format('%s %s', oid, relnatts), ' ' ORDER BY oid) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
       (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace),
       (SELECT string_agg(version_num, ' ') FROM alembic_version)
"""


class EmptyLedgers:
    """A database with a ledger just made, for one test after the other: a new one takes a fifth of a second."""

    def __init__(self, postgres: Postgres) -> None:
        self._server = postgres
        self._template = postgres.database()
        Ledger.create_or_upgrade(postgres.url(self._template)).close()
        self._shape = postgres.sql(_SHAPE, self._template)
        self._free = ""

    @contextmanager
    def one(self) -> Iterator[str]:
        """The name of one; emptied afterwards, or left behind where the test changed more than rows."""
        name, self._free = self._free or self._server.database(self._template), ""
        yield name
        with suppress(psycopg.Error):
            if self._server.sql(_SHAPE, name) == self._shape:
                self._server.sql(_EMPTY, name)
                self._free = name


@pytest.fixture(scope="session")
def empty_ledgers(postgres: Postgres) -> EmptyLedgers:
    return EmptyLedgers(postgres)


@pytest.fixture
def ledger_url(postgres: Postgres, empty_ledgers: EmptyLedgers) -> Iterator[str]:
    """A ledger on the server, the test's own."""
    with empty_ledgers.one() as name:
        yield postgres.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_at(request: pytest.FixtureRequest) -> str | Path:
    """Where a new ledger is: a path, or a server's URL. What takes this runs on both."""
    found: str | Path = request.getfixturevalue("ledger_path" if request.param == "sqlite" else "ledger_url")
    return found


@pytest.fixture
def ledger(ledger_at: str | Path, clock: TestClock) -> Iterator[Ledger]:
    with Ledger.open(ledger_at, clock=clock, busy_seconds=0.2) as opened:
        yield opened
