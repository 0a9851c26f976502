"""A ledger copied and put back, on each database by its own means."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.errors import LedgerError, StorageError
from edigate.ledger.audit import Act, append, entries
from edigate.ledger.snapshot import copy_ledger, put_back
from edigate.ledger.store import Ledger
from tests.postgres import Postgres

ACT = Act(who="ruth", host="desk", run_id="r", kind="read", act="show claim", subject="62")


def acts(where: str | Path) -> list[str]:
    with Ledger.open(where) as ledger, ledger.read() as tx:
        return [one.subject for one in entries(tx)]


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, ledger_at: str | Path, tmp_path: Path) -> str | Path:
    """Where no ledger is yet, on the same kind of database."""
    if isinstance(ledger_at, Path):
        return tmp_path / "elsewhere" / "ledger.sqlite"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.database())


def test_what_is_copied_comes_back(
    ledger: Ledger, ledger_at: str | Path, elsewhere: str | Path, tmp_path: Path
) -> None:
    with ledger.write() as tx:
        append(tx, ACT)
    copy_ledger(ledger_at, tmp_path / "copy")
    with ledger.write() as tx:
        append(tx, ACT)
    put_back(tmp_path / "copy", elsewhere)
    assert acts(elsewhere) == ["62"]
    assert acts(ledger_at) == ["62", "62"]


def test_a_ledger_is_never_written_over(ledger: Ledger, ledger_at: str | Path, tmp_path: Path) -> None:
    copy_ledger(ledger_at, tmp_path / "copy")
    with ledger.write() as tx:
        append(tx, ACT)
    with pytest.raises((LedgerError, StorageError)):
        put_back(tmp_path / "copy", ledger_at)
    assert acts(ledger_at) == ["62"]


def test_the_copy_is_for_its_owner_alone(ledger_at: str | Path, tmp_path: Path) -> None:
    copy_ledger(ledger_at, tmp_path / "copy")
    assert not (tmp_path / "copy").stat().st_mode & 0o077
