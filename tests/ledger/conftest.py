"""A real ledger, in a SQLite file and on a PostgreSQL server, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

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


@pytest.fixture(scope="session")
def empty_database(postgres: Postgres) -> str:
    """A database with a ledger just made, to be copied."""
    name = postgres.database()
    Ledger.create_or_upgrade(postgres.url(name)).close()
    return name


@pytest.fixture
def ledger_url(postgres: Postgres, empty_database: str) -> str:
    """A ledger on the server, the test's own."""
    return postgres.url(postgres.database(empty_database))


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_at(request: pytest.FixtureRequest) -> str | Path:
    """Where a new ledger is: a path, or a server's URL. What takes this runs on both."""
    found: str | Path = request.getfixturevalue("ledger_path" if request.param == "sqlite" else "ledger_url")
    return found


@pytest.fixture
def ledger(ledger_at: str | Path, clock: TestClock) -> Iterator[Ledger]:
    with Ledger.open(ledger_at, clock=clock, busy_seconds=0.2) as opened:
        yield opened
