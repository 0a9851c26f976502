"""`edigate partner` as a person meets it: exit codes, what is told, and the files it leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import load_workspace
from edigate.gateway.partner_list import partners_of
from edigate.simulator.sftp_server import SftpServer
from edigate.transport.host_keys import parse_host_key

FILLED = [
    *("--set", "description=ACME"),
    *("--set", "envelope.sender_id=TESTSENDER"),
    *("--set", "envelope.receiver_id=ACME"),
    *("--set", "submitter.name=TEST PRACTICE"),
    *("--set", "submitter.id=TESTSENDER"),
    *("--set", "submitter.phone=5555550100"),
    *("--set", "receiver.name=ACME CLEARINGHOUSE"),
    *("--set", "receiver.id=ACME"),
]


def at(server: SftpServer) -> list[str]:
    where = {"host": server.host, "port": server.port, "username": server.username}
    return [part for key, value in where.items() for part in ("--set", f"sftp.{key}={value}")]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    main(["init", str(tmp_path / "claims")])
    monkeypatch.chdir(tmp_path / "claims")
    capsys.readouterr()
    return tmp_path / "claims"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    for name in ("inbound", "outbound"):
        (tmp_path / "partner" / name).mkdir(parents=True)
    with SftpServer(tmp_path / "partner", username="practice", password="correct horse") as server:
        yield server


def test_from_nothing_to_a_partner_that_passes(
    root: Path, server: SftpServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["partner", "add", "acme", "--pack", "sftp", *FILLED, *at(server)]) == 1
    assert "sftp.host_keys[0]" in capsys.readouterr().out

    assert main(["partner", "check", "acme"]) == 78
    assert "edigate partner trust" in capsys.readouterr().out

    fingerprint = parse_host_key(server.host_key_line, "").fingerprint
    assert main(["partner", "trust", "acme"]) == 1, "nobody has vouched for it"
    told = capsys.readouterr().out
    assert fingerprint in told
    assert "Nothing was changed" in told
    assert main(["partner", "trust", "acme", "--yes", "SHA256:somebody-else"]) == 77
    assert main(["partner", "trust", "acme", "--yes", fingerprint.split()[1]]) == 0
    assert main(["partner", "trust", "acme"]) == 0
    assert "All of them are pinned already." in capsys.readouterr().out

    monkeypatch.setenv("ACME_PASSWORD", "correct horse")
    assert main(["partner", "check", "acme", "--write"]) == 0
    assert "All is well." in capsys.readouterr().out
    assert load_workspace(root).partner("acme").sftp is not None
    assert "# " in (root / "partners" / "acme.toml").read_text()

    monkeypatch.setenv("ACME_PASSWORD", "wrong")
    assert main(["partner", "check", "acme", "--json"]) == 77
    assert json.loads(capsys.readouterr().out)["steps"][-1]["name"] == "login"


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("y\n", 1), ("\n", 1)])
def test_on_a_terminal_the_whole_word_is_asked_for(
    root: Path, server: SftpServer, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    main(["partner", "add", "acme", "--pack", "sftp", *at(server)])
    monkeypatch.setattr("edigate.cli.partner.sys.stdin", Terminal())
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: answer.strip())
    assert main(["partner", "trust", "acme"]) == code
    assert (server.host_key_line in (root / "partners" / "acme.toml").read_text()) == (code == 0)


class Terminal:
    def isatty(self) -> bool:
        return True


def test_the_list_has_partners_drafts_and_packs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["partner", "list"]) == 0
    assert "There is no partner yet." in capsys.readouterr().out
    schedule = ["--set", "schedule.cut_off=17:00", "--set", "schedule.zone=America/New_York"]
    main(["partner", "add", "share", "--pack", "directory", *FILLED, "--set", "directory.path=share", *schedule])
    main(["partner", "add", "later", "--pack", "stedi"])
    capsys.readouterr()
    assert main(["partner", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("share") and "test" in line and "837P" in line for line in lines)
    assert any(line.startswith("later") and "to be filled in" in line for line in lines)
    assert any(line.startswith("waystar") for line in lines)
    (later, share) = partners_of(load_workspace(root), datetime(2026, 6, 30, 22, 0, tzinfo=UTC))
    assert (later.next_cut_off, str(share.next_cut_off)) == (None, "2026-07-01 17:00:00-04:00")
    assert main(["partner", "list", "--json"]) == 0
    packs = {pack["name"]: pack for pack in json.loads(capsys.readouterr().out)["packs"]}
    assert any("SFTP setup" in source for source in packs["stedi"]["sources"])
    assert packs["availity"]["answers"]["*.era"] == "835"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["add", "acme", "--pack", "stedy"], 66, 'Did you mean "stedi"'),
        (["add", "acme", "--pack", "stedi", "--set", "usage"], 64, "expected KEY=VALUE"),
        (["add", "acme", "--pack", "stedi", "--set", "sftp.prot=22"], 64, "there is no setting sftp.prot"),
        (["add", "Acme", "--pack", "stedi"], 64, "can't be a partner's name"),
        (["check"], 64, "say a partner's NAME"),
        (["check", "acme", "--simulated"], 64, "say a partner's NAME"),
        (["check", "--pack", "nobody", "--simulated"], 66, "there is no pack"),
        (["trust", "nobody"], 78, "partners/nobody.toml"),
    ],
)
def test_what_cannot_be_meant_is_told_and_nothing_is_written(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, told: str
) -> None:
    assert main(["partner", *arguments]) == code
    assert told in capsys.readouterr().err
    assert list((root / "partners").glob("*.toml")) == []


def test_a_pack_is_rehearsed_without_a_workspace_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["partner", "check", "--pack", "directory", "--simulated"]) == 0
    assert "66 of 66 claims" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_status_shows_the_next_cut_off(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schedule = ["--set", "schedule.cut_off=17:00", "--set", "schedule.zone=America/New_York"]
    main(["partner", "add", "share", "--pack", "directory", *FILLED, "--set", "directory.path=share", *schedule])
    capsys.readouterr()
    assert main(["status"]) == 0
    assert re.search(r"Next cut-off of share: \w{3} \d{4}-\d\d-\d\d 17:00 E[SD]T", capsys.readouterr().out)
    assert main(["status", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["cut_offs"]) == ["share"]
