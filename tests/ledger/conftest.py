"""A real SQLite ledger in a folder of the test, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edigate.ledger.store import Ledger


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


@pytest.fixture
def ledger(ledger_path: Path, clock: TestClock) -> Iterator[Ledger]:
    with Ledger.open(ledger_path, clock=clock, busy_seconds=0.2) as opened:
        yield opened
