"""Opening, transactions, and what is left after a crash, a full disk or a rival."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from edigate.errors import ConfigError, InternalError, LedgerBusyError, LedgerError, StorageError
from edigate.ledger import runs, worklists
from edigate.ledger.queries import standings
from edigate.ledger.schema import run
from edigate.ledger.store import Ledger
from tests.ledger.books import converted, made


def count_runs(ledger: Ledger) -> int:
    with ledger.read() as tx:
        return len(runs.last_runs(tx))


def test_a_ledger_is_private_and_durable(tmp_path: Path) -> None:
    path = tmp_path / "state dir" / "led%ger?.sqlite"
    with Ledger.create_or_upgrade(path) as ledger:
        with ledger.write() as tx:
            runs.start_run(tx, "nightly")
            modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
            settings = {
                name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert modes == {0o600}
        assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}

    with Ledger.open(path) as ledger:
        assert count_runs(ledger) == 1


def test_a_url_opens_the_same_ledger(ledger_path: Path) -> None:
    with Ledger.open(f"sqlite:///{ledger_path}") as ledger, ledger.write() as tx:
        runs.start_run(tx, "send")
    with Ledger.open(ledger_path) as ledger:
        assert count_runs(ledger) == 1


@pytest.mark.parametrize("url", ["no url", "mysql://host/ledger", "sqlite://"])
def test_a_url_that_cannot_be_meant_is_a_setting_to_mend(url: str) -> None:
    with pytest.raises(ConfigError):
        Ledger.open(url)


def test_no_ledger_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="edigate db upgrade"):
        Ledger.open(tmp_path / "nothing.sqlite")
    assert not (tmp_path / "nothing.sqlite").exists()


def test_an_older_ledger_names_the_command_and_a_newer_one_the_program(ledger_path: Path) -> None:
    for version, told in (("0000", "edigate db upgrade"), ("9999", "use the newer edigate")):
        with sqlite3.connect(ledger_path) as file:
            file.execute("UPDATE alembic_version SET version_num = ?", (version,))
        with pytest.raises(LedgerError, match=told):
            Ledger.open(ledger_path)
    with pytest.raises(LedgerError, match="use the newer edigate"):
        Ledger.create_or_upgrade(ledger_path)


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE patients (name TEXT)")
    before = path.read_bytes()
    for attempt in (Ledger.open, Ledger.create_or_upgrade):
        with pytest.raises(LedgerError, match="not a ledger of edigate"):
            attempt(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("this is a text, and long enough to be looked at as a database header" * 10)
    with pytest.raises(StorageError, match="damaged or no ledger"):
        Ledger.open(path)


def test_an_exception_undoes_the_whole_transaction(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.write() as tx:
        runs.start_run(tx, "nightly")
        _ = 1 / 0
    assert count_runs(ledger) == 0


def test_a_reader_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(StorageError), ledger.read() as tx:
        tx.connection.execute(insert(run).values(command="send", started_at=tx.at))
    assert count_runs(ledger) == 0


def test_readers_see_one_state_and_nobody_waits_for_them(ledger: Ledger) -> None:
    with ledger.read() as before:
        assert runs.last_runs(before) == []
        with ledger.write() as tx:
            runs.start_run(tx, "nightly")
        assert runs.last_runs(before) == []
    assert count_runs(ledger) == 1


def test_a_second_writer_is_told_that_the_ledger_is_busy(ledger: Ledger, ledger_at: str | Path) -> None:
    with Ledger.open(ledger_at, busy_seconds=0.1) as rival, ledger.write() as tx:
        runs.start_run(tx, "nightly")
        with pytest.raises(LedgerBusyError, match="another run holds the ledger"), rival.write():
            pytest.fail("two writers at once")
    assert count_runs(ledger) == 1


def test_a_server_that_is_gone_is_told_without_its_password() -> None:
    with pytest.raises(LedgerBusyError, match="can't be reached") as caught:
        Ledger.open("postgresql+psycopg://edigate:SECRET@127.0.0.1:1/ledger")
    assert "SECRET" not in f"{caught.value}{caught.value.hint}"


def test_a_ledger_whose_making_was_broken_off_is_made(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with contextlib.closing(sqlite3.connect(path)) as begun:
        begun.execute("PRAGMA journal_mode = WAL")
    assert path.stat().st_size > 0
    with Ledger.open(path) as ledger:
        assert count_runs(ledger) == 0


def test_a_full_disk_keeps_nothing_of_the_transaction(ledger_path: Path) -> None:
    ledger = Ledger.open(ledger_path)
    with pytest.raises(StorageError, match="no space left"), ledger.write() as tx:
        # SQLite answers a file that may not grow as it answers a full disk.
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for _ in range(10_000):
            runs.start_run(tx, "nightly")
    assert count_runs(ledger) == 0


def test_a_refusal_names_the_promise_and_no_value(ledger: Ledger) -> None:
    converted(ledger, made("SECRET-NUMBER"))
    with pytest.raises(LedgerError, match="a live claim already has this patient control number") as caught:
        converted(ledger, made("SECRET-NUMBER", lines=1), name="again.csv")

    shown = "".join(str(error) for error in (caught.value, caught.value.__cause__) if error)
    assert "SECRET" not in shown
    assert caught.value.__suppress_context__


def test_a_float_or_decimal_is_no_amount(ledger: Ledger) -> None:
    with pytest.raises(InternalError, match="cents must be an int, not float"):
        converted(ledger, made(total_charge_cents=150.0))
    with ledger.read() as tx:
        assert standings(tx) == []


def test_a_clock_without_a_zone_is_refused(ledger_path: Path) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # the defect under test
    with (
        Ledger.open(ledger_path, clock=lambda: naive) as ledger,
        pytest.raises(InternalError, match="without its zone"),
        ledger.read(),
    ):
        pytest.fail("a naive time was taken")


def test_times_come_back_in_utc(ledger: Ledger) -> None:
    with ledger.write() as tx:
        runs.start_run(tx, "nightly")
        at = tx.at
    with ledger.read() as tx:
        assert runs.last_runs(tx)[0].started_at == at
        assert runs.last_runs(tx)[0].started_at.utcoffset() is not None


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from tests.ledger.books import made, sha256
from edigate.ledger import intake
from edigate.ledger.records import NewIntake
from edigate.ledger.store import Ledger

ledger = Ledger.open(Path(sys.argv[1]))
with ledger.write() as tx:
    one = NewIntake(sha256=sha256("a"), name="a.csv", mapping="m", partner="acme")
    number = intake.begin_intake(tx, one)
    for batch in range(20):
        intake.add_claims(tx, number, [made(f"{batch}-{n}", lines=1) for n in range(500)])
    intake.finish_intake(tx, number, rows_in=10_000, rows_known=0, encounters=10_000)
    if sys.argv[3] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("moment", "claims"), [("inside", 0), ("after", 10_000)])
def test_a_killed_run_leaves_all_or_nothing(ledger_path: Path, moment: str, claims: int) -> None:
    """10,000 claims are more than SQLite holds in memory: part of them was on the disk when the kill came."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(ledger_path), str(Path(__file__).parents[2]), moment],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    with Ledger.open(ledger_path) as ledger, ledger.read() as tx:
        assert sum(standing.claims for standing in standings(tx)) == claims
        assert worklists.refused_encounters(tx) == []
        assert tx.connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert tx.connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_importing_the_package_loads_no_database() -> None:
    script = "import sys, edigate.ledger; print(sorted({'sqlalchemy', 'alembic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
