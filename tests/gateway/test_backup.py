"""Backups made while everything runs, and what comes of them: nothing lost, and above all nothing sent twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import DataError, NoInputError, UsageError
from edigate.gateway.backup import allow_sending, back_up, restore
from edigate.gateway.checking import check
from edigate.gateway.resolving import resolve
from edigate.gateway.send import send
from edigate.ledger.numbering import next_numbers
from edigate.ledger.snapshot import copy_ledger
from edigate.partners.model import Partner
from edigate.transport import Transport
from tests.gateway.practice import TestGateway, claims_by_state, files_out, on_server, ready

Open = Callable[[Workspace], TestGateway]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "backup"


@pytest.fixture
def anew(tmp_path: Path) -> Path:
    return tmp_path / "anew"


def test_a_workspace_comes_back_as_it_was(
    gateway: TestGateway, partner: Partner, copy: Path, anew: Path, opened: Open
) -> None:
    ready(gateway)
    send(gateway, partner)
    made = back_up(gateway, copy)
    assert made.files == made.copied > 0
    restored = restore(copy, anew, {})
    (anew / "acme-server" / "inbound").mkdir(parents=True)
    assert (restored.backup, restored.uncertain) == (made.at, 0)
    other = opened(load_workspace(anew))
    assert claims_by_state(other) == claims_by_state(gateway) == {"sent": 3}
    assert files_out(other) == files_out(gateway)
    assert check(other).findings == []
    assert other.workspace.partner("acme").envelope == partner.envelope


def test_the_second_copies_only_what_is_new(gateway: TestGateway, partner: Partner, copy: Path) -> None:
    ready(gateway)
    back_up(gateway, copy)
    ready(gateway, 2, "N")
    send(gateway, partner)
    again = back_up(gateway, copy)
    assert 0 < again.copied < again.files


def test_what_is_anchored_meanwhile_does_not_look_cut_off(
    workspace: Workspace, copy: Path, anew: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody looks at a claim, and anchors that, between the ledger's copy and all that comes after it."""
    monkeypatch.chdir(workspace.root)
    assert main(["db", "upgrade"]) == 0
    assert main(["show", "claim", "1"]) != 0  # there is none, but somebody looked

    def copied_then_looked(*arguments: Any, **options: Any) -> None:
        copy_ledger(*arguments, **options)
        assert main(["show", "claim", "2"]) != 0
        assert main(["audit", "anchor"]) == 0

    monkeypatch.setattr("edigate.gateway.backup.copy_ledger", copied_then_looked)
    assert main(["backup", str(copy)]) == 0
    monkeypatch.undo()
    restore(copy, anew, {})
    capsys.readouterr()
    assert main(["--workspace", str(anew), "audit", "verify"]) == 0, capsys.readouterr().out
    assert "1 anchors" in capsys.readouterr().out


def test_it_is_of_one_moment_while_others_write(
    gateway: TestGateway, partner: Partner, copy: Path, anew: Path, opened: Open
) -> None:
    """Every claim in the copy has its file and its archived bytes, however much happens meanwhile."""
    over = threading.Event()
    nights: list[int] = []

    def work() -> None:
        while not over.is_set():
            ready(gateway, 3, f"N{len(nights)}V")
            send(gateway, partner)
            nights.append(1)

    ready(gateway)
    worker = threading.Thread(target=work)
    worker.start()
    try:
        for number in range(4):
            back_up(gateway, copy.with_name(f"backup{number}"))
    finally:
        over.set()
        worker.join()
    assert nights
    for number in range(4):
        root = anew.with_name(f"anew{number}")
        restore(copy.with_name(f"backup{number}"), root, {})
        assert check(opened(load_workspace(root))).findings == []


class TestNothingIsSentTwice:
    def test_a_file_that_was_on_its_way_is_uncertain(
        self, gateway: TestGateway, partner: Partner, copy: Path, anew: Path, opened: Open
    ) -> None:
        ready(gateway)
        gateway.lines = {"acme": _no_line}
        send(gateway, partner)
        assert claims_by_state(gateway) == {"queued": 3}
        back_up(gateway, copy)
        del gateway.lines["acme"]
        send(gateway, partner)
        arrived = on_server(gateway.workspace)
        assert len(arrived) == 1

        assert restore(copy, anew, {}).uncertain == 1
        other = opened(load_workspace(anew))
        assert claims_by_state(other) == {"uncertain": 3}
        (file,) = files_out(other)
        assert "restored from a backup of 2026-06-30" in file.reason
        resolve(other, str(file.id), delivered=True, why="it is in acme's folder")
        assert claims_by_state(other) == {"sent": 3}

    def test_nothing_goes_out_until_somebody_says_so(
        self, gateway: TestGateway, partner: Partner, copy: Path, anew: Path, opened: Open
    ) -> None:
        ready(gateway)
        back_up(gateway, copy)
        send(gateway, partner)
        restore(copy, anew, {})
        (anew / "acme-server" / "inbound").mkdir(parents=True)
        other = opened(load_workspace(anew))
        report = send(other, other.workspace.partner("acme"))
        assert "restored from a backup" in report.stopped
        assert on_server(other.workspace) == {}
        assert claims_by_state(other) == {"ready": 3}

    def test_numbers_used_since_are_passed_over(
        self, gateway: TestGateway, partner: Partner, copy: Path, anew: Path, opened: Open
    ) -> None:
        ready(gateway)
        send(gateway, partner)
        back_up(gateway, copy)
        restore(copy, anew, {})
        (anew / "acme-server" / "inbound").mkdir(parents=True)
        other = opened(load_workspace(anew))
        with other.ledger.read() as tx:
            before = next_numbers(tx, "acme")
        allow_sending(other, skip=500)
        with other.ledger.read() as tx:
            assert next_numbers(tx, "acme") == {name: number + 500 for name, number in before.items()}
        ready(other, 2, "N")
        assert send(other, other.workspace.partner("acme")).claims_sent == 2

    def test_it_is_said_once(self, gateway: TestGateway) -> None:
        with pytest.raises(UsageError, match="wasn't restored"):
            allow_sending(gateway)


def _no_line() -> Transport:
    from edigate.errors import PartnerUnreachableError

    raise PartnerUnreachableError("no line to acme")


class TestWhatIsRefused:
    def test_a_folder_with_something_else_in_it(self, gateway: TestGateway, copy: Path) -> None:
        copy.mkdir()
        (copy / "thesis.odt").write_text("mine")
        with pytest.raises(UsageError, match="something else than a backup"):
            back_up(gateway, copy)
        assert [path.name for path in copy.iterdir()] == ["thesis.odt"]

    def test_a_workspace_that_is_there(self, gateway: TestGateway, copy: Path) -> None:
        back_up(gateway, copy)
        with pytest.raises(UsageError, match="isn't empty"):
            restore(copy, gateway.workspace.root, {})

    def test_a_backup_that_was_broken_off(self, gateway: TestGateway, copy: Path, anew: Path) -> None:
        back_up(gateway, copy)
        (copy / "backup.json").unlink()
        with pytest.raises(NoInputError, match="holds no backup that was ended"):
            restore(copy, anew, {})

    def test_a_backup_that_lacks_a_file(self, gateway: TestGateway, copy: Path, anew: Path) -> None:
        ready(gateway)
        back_up(gateway, copy)
        lost = next(path for path in (copy / "archive").rglob("*") if path.is_file())
        lost.unlink()
        with pytest.raises(DataError, match="isn't sound"):
            restore(copy, anew, {})


def test_keys_and_what_is_in_the_inbox_are_not_copied(gateway: TestGateway, copy: Path) -> None:
    for folder in ("keys", "inbox"):
        (gateway.workspace.root / folder).mkdir(exist_ok=True)
        (gateway.workspace.root / folder / "secret").write_text("s")
    back_up(gateway, copy)
    assert list(copy.rglob("secret")) == []


def test_everything_in_it_is_for_its_owner_alone(gateway: TestGateway, copy: Path) -> None:
    ready(gateway)
    back_up(gateway, copy)
    assert [path for path in [copy, *copy.rglob("*")] if path.stat().st_mode & 0o077] == []


def test_by_hand(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(workspace.root)
    assert main(["backup", "../copy"]) == 0
    assert "0 of them new" in capsys.readouterr().out
    assert main(["restore", "../copy", "../anew"]) == 1
    assert "Nothing is sent or purged from it until you say so" in capsys.readouterr().out
    assert main(["--workspace", "../anew", "send"]) == 1
    assert main(["--workspace", "../anew", "restore", "--allow-sending"]) == 0
    assert main(["--workspace", "../anew", "send"]) == 0
    assert main(["restore", "../nowhere", "../another"]) == 66
    assert main(["restore", "../copy"]) == 64
