"""Our own disk is full, or somebody holds our ledger: one clear error, nothing half done, the next run goes on."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import load_workspace
from edigate.gateway.opening import Gateway
from edigate.ledger.checks import breaches
from edigate.ledger.inbound import inbound_files
from edigate.ledger.store import Ledger
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.clock import SteppedClock
from edigate.simulator.scenario import load_scenario
from tests.gateway.practice import MAPPING, Clock, control_numbers, extract, visits

COUNT = 12
FULL, BUSY = 74, 75


class Here:
    """A workspace with its partner's folder, and the commands that move claims through it, in order."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.server = root / "acme-server"
        self._extract = extract(root / "inbox", visits(COUNT))
        self.commands = {
            "convert": ["convert", str(self._extract), "--mapping", MAPPING, "--partner", "acme"],
            "send": ["send"],
            "receive": ["receive"],
            "post": ["post"],
        }

    def run(self, command: str) -> int:
        return main(["--workspace", str(self.root), *self.commands[command]])

    def answer(self) -> None:
        """What the clearinghouse and its payers say of what came, all at once, and many small reports besides."""
        clearinghouse = Clearinghouse(load_scenario("demo"), clock=(clock := SteppedClock(Clock().now)))
        for path in (self.server / "inbound").iterdir():
            clearinghouse.receive(path.name, path.read_bytes())
        while (day := clearinghouse.next_day()) is not None:
            clock.advance(days=(day - clock.now.date()).days)
            for answer in clearinghouse.due():
                (self.server / "outbound" / answer.name).write_bytes(answer.content)
        for number in range(60):
            (self.server / "outbound" / f"{number:03}.txt").write_text(f"report {number}")

    def arrived(self) -> Counter[str]:
        return Counter(
            number for path in (self.server / "inbound").iterdir() for number in control_numbers(path.read_bytes())
        )

    def is_sound(self) -> bool:
        """Whether every law of the ledger holds, and nothing it names is missing from the archive."""
        with Gateway.open(load_workspace(self.root)) as gateway, gateway.ledger.read() as tx:
            return breaches(tx) == [] and all(gateway.archive.exists(file.sha256) for file in inbound_files(tx))


@pytest.fixture
def here(workspace_dir: Path) -> Here:
    return Here(workspace_dir)


@contextlib.contextmanager
def no_file_grows_past(size: int) -> Iterator[None]:
    """As on a full disk: Python ignores the signal, and the write fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def held_by_somebody(root: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(root / "state" / "ledger.db", isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        yield


def one_error(told: str) -> bool:
    lines = [line for line in told.splitlines() if line.startswith("edigate:")]
    return len(lines) == 1 and "Traceback" not in told


def test_a_full_disk_at_every_command(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    failed: Counter[str] = Counter()
    for command in here.commands:
        if command == "receive":
            here.answer()
        for size in (36_000, 64_000, 110_000):
            with no_file_grows_past(size):
                code = here.run(command)
            told = capsys.readouterr().err
            assert code in (0, 1, FULL), (command, size, told)
            if code == FULL:
                assert one_error(told), told
                failed[command] += 1
            assert here.is_sound(), (command, size)
        assert here.run(command) in (0, 1)
        capsys.readouterr()
    assert set(failed) == set(here.commands), "each of them met it"
    assert_whole(here)


def test_a_ledger_that_somebody_holds_at_every_command(
    here: Here, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Ledger.open.__func__.__kwdefaults__, "busy_seconds", 0.05)  # type: ignore[attr-defined]  # a classmethod's
    assert main(["--workspace", str(here.root), "status"]) == 0  # makes the ledger
    for command in here.commands:
        if command == "receive":
            here.answer()
        before = sorted(path.name for path in here.server.rglob("*"))
        with held_by_somebody(here.root):
            capsys.readouterr()
            code = here.run(command)
        told = capsys.readouterr()
        assert code == BUSY, (command, told)
        assert "another run holds the ledger" in told.err + told.out
        assert "Traceback" not in told.err
        assert sorted(path.name for path in here.server.rglob("*")) == before, "nothing left, nothing was taken away"
        assert here.is_sound()
        assert here.run(command) in (0, 1)
    assert_whole(here)


def assert_whole(here: Here) -> None:
    """Every claim arrived once, every file was taken once and has its end, and there is nothing left to do."""
    assert here.arrived() == Counter(f"E{number}" for number in range(1, COUNT + 1))
    with Gateway.open(load_workspace(here.root)) as gateway:
        with gateway.ledger.read() as tx:
            files = inbound_files(tx)
        assert Counter(file.name for file in files) == Counter(
            path.name for path in (here.server / "outbound").iterdir()
        )
        assert {file.state for file in files} <= {"posted", "kept"}
        with gateway.ledger.read() as tx:
            rows = tx.connection.exec_driver_sql("SELECT count(*), count(DISTINCT trace_number) FROM payment").one()
    assert rows[0] == rows[1] > 0, "no payment is there twice"
