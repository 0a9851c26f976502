"""Checking and trusting a partner: each step says what it found; a key is kept where a person vouches for it."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edigate.config import load_workspace
from edigate.errors import ConfigError, HostKeyError, UsageError
from edigate.gateway.partner_check import CheckReport, check_partner
from edigate.gateway.partner_files import add_partner, partner_path
from edigate.gateway.partner_trust import keep, look
from edigate.scaffold import create_workspace
from edigate.simulator.host_keys import new_key
from edigate.simulator.policies import Policy
from edigate.simulator.sftp_server import SftpServer
from edigate.transport.host_keys import parse_host_key
from tests.sshd import Sshd

PASSWORD = "correct horse"
ENVIRON = {"ACME_PASSWORD": PASSWORD}
Start = Callable[..., SftpServer]

FILLED = {
    "description": "ACME",
    "envelope.sender_id": "TESTSENDER",
    "envelope.receiver_id": "ACME",
    "submitter.name": "TEST PRACTICE",
    "submitter.id": "TESTSENDER",
    "submitter.phone": "5555550100",
    "receiver.name": "ACME CLEARINGHOUSE",
    "receiver.id": "ACME",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    create_workspace(root)
    return root


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a simulated server with the usual folders; `policy` is how it behaves."""
    started: list[SftpServer] = []

    def start_(policy: Policy = Policy(), host_key: str | None = None) -> SftpServer:  # noqa: B008 - immutable
        folder = tmp_path / "partner"
        for name in ("inbound", "outbound"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        server = SftpServer(folder, username="practice", password=PASSWORD, policy=policy, host_key=host_key)
        server.start()
        started.append(server)
        return server

    yield start_
    for server in started:
        server.stop()


def add(root: Path, server: SftpServer, **values: str) -> None:
    """The partner `acme` at a server whose key is pinned; `values` with `__` for the dot of a setting."""
    where = {"sftp.host": server.host, "sftp.port": str(server.port), "sftp.username": server.username}
    given = {key.replace("__", "."): value for key, value in values.items()}
    add_partner(root, "acme", "sftp", FILLED | where | {"sftp.host_keys": server.host_key_line} | given)


def outcomes(report: CheckReport) -> dict[str, str]:
    return {step.name: step.outcome for step in report.steps}


def pinned(root: Path) -> list[str]:
    table = tomllib.loads(partner_path(root, "acme").read_text())
    lines: list[str] = table["sftp"]["host_keys"]
    return lines


def digest(server: SftpServer) -> str:
    return parse_host_key(server.host_key_line, "").fingerprint.split()[1]


class TestCheck:
    def test_a_good_partner_passes_every_step(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server)
        report = check_partner(root, "acme", environ=ENVIRON, write=True)
        assert set(outcomes(report).values()) == {"ok"}
        assert list(outcomes(report)) == [
            *("settings", "secrets", "name", "greeting", "encryption", "host key", "login"),
            *("folder outbound", "folder inbound", "probe file", "clock"),
        ]
        assert [path for path in server.root.rglob("*") if path.is_file()] == [], "the probe is gone"
        assert [entry.operation for entry in server.journal].count("login") == 1

    def test_nothing_is_written_unasked(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server)
        assert outcomes(check_partner(root, "acme", environ=ENVIRON))["probe file"] == "skipped"
        assert {entry.operation for entry in server.journal} == {"login"}

    def test_a_partner_that_takes_files_at_once_gets_no_probe(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server, folders__temporary="false")
        report = check_partner(root, "acme", environ=ENVIRON, write=True)
        assert (outcomes(report)["probe file"], report.exit_code) == ("skipped", 0)
        assert {entry.operation for entry in server.journal} == {"login"}

    def test_a_file_that_waits_to_be_filled_in_says_what_is_left(self, root: Path) -> None:
        add_partner(root, "acme", "stedi", {})
        report = check_partner(root, "acme", environ={})
        assert (outcomes(report), report.exit_code) == ({"settings": "failed"}, 78)
        assert "envelope.sender_id: an id of your own" in report.steps[0].do

    def test_a_partner_that_is_not_there_is_told(self, root: Path) -> None:
        report = check_partner(root, "acme", environ={})
        assert (outcomes(report), report.exit_code) == ({"settings": "failed"}, 78)

    def test_a_missing_password_shows_before_anybody_is_called(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server)
        report = check_partner(root, "acme", environ={})
        assert (outcomes(report)["secrets"], report.exit_code) == ("failed", 78)
        assert "ACME_PASSWORD" in report.steps[-1].told
        assert server.journal == []

    def test_a_server_that_is_away_can_be_tried_later(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server)
        server.stop()
        report = check_partner(root, "acme", environ=ENVIRON)
        assert (outcomes(report)["greeting"], report.exit_code) == ("failed", 75)

    def test_another_host_key_stops_before_the_login(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server, sftp__host_keys=new_key()[1])
        report = check_partner(root, "acme", environ=ENVIRON)
        assert (outcomes(report)["host key"], report.exit_code) == ("failed", 77)
        assert digest(server) in report.steps[-1].told
        assert "edigate partner trust acme" in report.steps[-1].do
        assert server.journal == []

    def test_a_host_key_of_another_kind_is_told_as_such(self, root: Path, start: Start) -> None:
        server = start()
        blob = b"\0\0\0\x07ssh-rsa" + bytes(64)
        add(root, server, sftp__host_keys=f"ssh-rsa {base64.b64encode(blob).decode()}")
        report = check_partner(root, "acme", environ=ENVIRON)
        assert (outcomes(report)["host key"], report.exit_code) == ("failed", 77)
        assert digest(server) in report.steps[-1].told

    def test_a_server_behind_a_program_is_asked_through_it(self, root: Path) -> None:
        way = {"sftp.host": "inner.example.org", "sftp.proxy_command": "no-such-program %h %p"}
        add_partner(root, "acme", "sftp", way)
        with pytest.raises(ConfigError, match="can't be started: no-such-program"):
            look(root, "acme", environ={})

    def test_a_refused_login_is_tried_once(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server)
        report = check_partner(root, "acme", environ={"ACME_PASSWORD": "wrong"})
        assert (outcomes(report)["login"], report.exit_code) == ("failed", 77)
        assert [(entry.operation, entry.outcome) for entry in server.journal] == [("login", "refused")]

    def test_a_missing_folder_is_told_and_the_others_are_still_looked_at(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server, folders__receive="nowhere,outbound", folders__send="neither")
        report = check_partner(root, "acme", environ=ENVIRON)
        found = {name: outcome for name, outcome in outcomes(report).items() if name.startswith("folder ")}
        assert found == {"folder nowhere": "failed", "folder outbound": "ok", "folder neither": "warning"}
        assert report.exit_code == 69

    def test_a_server_that_forbids_renames_shows_with_the_probe(self, root: Path, start: Start) -> None:
        server = start(Policy(rename="forbidden"))
        add(root, server)
        report = check_partner(root, "acme", environ=ENVIRON, write=True)
        assert (outcomes(report)["probe file"], report.exit_code) == ("failed", 69)
        assert "folders.temporary = false" in report.steps[-1].do
        assert [path for path in server.root.rglob("*") if path.is_file()] == [], "the probe is gone"

    def test_a_server_without_times_has_no_clock_to_compare(self, root: Path, start: Start) -> None:
        server = start(Policy(stat="denied"))
        add(root, server)
        report = check_partner(root, "acme", environ=ENVIRON, write=True)
        assert (outcomes(report)["clock"], report.exit_code) == ("skipped", 0)

    def test_another_clock_is_a_warning(self, root: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
        server = start()
        add(root, server)
        monkeypatch.setattr("edigate.gateway.partner_check.time.time", lambda: 1_000_000_000.0)
        report = check_partner(root, "acme", environ=ENVIRON, write=True)
        assert (outcomes(report)["clock"], report.exit_code) == ("warning", 0)
        assert report.steps[-1].told.endswith("s ahead")

    def test_a_folder_in_place_of_a_server_is_checked_too(self, root: Path) -> None:
        add_partner(root, "acme", "directory", FILLED | {"directory.path": "share"})
        report = check_partner(root, "acme", environ={}, write=True)
        assert (outcomes(report)["folder"], report.exit_code) == ("failed", 75)
        for name in ("inbound", "outbound"):
            (root / "share" / name).mkdir(parents=True)
        assert check_partner(root, "acme", environ={}, write=True).ok


@pytest.mark.real
def test_openssh_passes_with_a_key(root: Path, tmp_path: Path) -> None:
    served = tmp_path / "served"
    for name in ("inbound", "outbound"):
        (served / name).mkdir(parents=True)
    with Sshd(served, tmp_path / "sshd") as sshd:
        where = {"sftp.host": sshd.host, "sftp.port": str(sshd.port), "sftp.username": sshd.username}
        add_partner(root, "acme", "sftp", FILLED | where | {"sftp.key_file": str(sshd.key_file)})
        shown = look(root, "acme", environ={})
        keep(shown, [key.fingerprint.split()[1] for key in shown.new])
        report = check_partner(root, "acme", environ={}, write=True)
    assert set(outcomes(report).values()) == {"ok"}


class TestTrust:
    def test_the_first_key_is_shown_and_kept_when_vouched_for(self, root: Path, start: Start) -> None:
        server = start()
        add_partner(root, "acme", "sftp", {"sftp.host": server.host, "sftp.port": str(server.port)})
        before = partner_path(root, "acme").read_text()
        report = look(root, "acme", environ={})
        assert [(key.fingerprint.split()[1], key.offered, key.pinned) for key in report.keys] == [
            (digest(server), True, False)
        ]
        assert (report.changed, partner_path(root, "acme").read_text()) == (False, before), "looking changes nothing"
        keep(report, [digest(server)])
        assert pinned(root) == [server.host_key_line]
        changed = [one for one in before.splitlines() if one not in partner_path(root, "acme").read_text().splitlines()]
        assert [line.split(" = ")[0] for line in changed] == ["host_keys"]
        assert server.journal == []

    def test_a_changed_key_is_shown_beside_the_old_one(self, root: Path, start: Start) -> None:
        old = start()
        add(root, old)
        old.stop()
        new = start()
        text = partner_path(root, "acme").read_text().replace(f"port = {old.port}", f"port = {new.port}")
        partner_path(root, "acme").write_text(text)
        report = look(root, "acme", environ={})
        assert report.changed
        assert [(key.fingerprint.split()[1], key.offered, key.pinned) for key in report.keys] == [
            (digest(new), True, False),
            (digest(old), False, True),
        ]
        keep(report, [digest(new)], old_too=True)
        assert pinned(root) == [new.host_key_line, old.host_key_line]
        keep(look(root, "acme", environ={}), [])
        assert pinned(root) == [new.host_key_line], "what is no longer shown goes"
        assert load_workspace(root).partner("acme").sftp is not None

    def test_a_fingerprint_that_is_not_shown_changes_nothing(self, root: Path, start: Start) -> None:
        server = start()
        add(root, server)
        before = partner_path(root, "acme").read_text()
        with pytest.raises(HostKeyError, match="doesn't show SHA256:other") as caught:
            keep(look(root, "acme", environ={}), ["SHA256:other"])
        assert (caught.value.exit_code, partner_path(root, "acme").read_text()) == (77, before)

    def test_without_a_server_there_is_nothing_to_trust(self, root: Path) -> None:
        add_partner(root, "acme", "stedi", {})
        with pytest.raises(ConfigError, match=r"sftp\.host: fill it in first"):
            look(root, "acme", environ={})
        add_partner(root, "folder", "directory", {})
        with pytest.raises(ConfigError, match=r"has no table \[sftp\]"):
            look(root, "folder", environ={})


class TestAdd:
    def test_what_is_left_is_listed_and_the_file_is_commented(self, root: Path) -> None:
        added = add_partner(root, "acme", "availity", {"envelope.sender_id": "AV01234567"})
        assert "envelope.sender_id" not in [one.key for one in added.left]
        assert "sftp.username" in [one.key for one in added.left]
        text = added.path.read_text()
        assert "[pack]" not in text
        assert 'sender_id = "AV01234567"' in text
        assert 'password_env = "ACME_PASSWORD"' in text
        assert "a second ISA13 comes back as TA1 025" in text
        assert added.path.stat().st_mode & 0o077 == 0
        assert load_workspace(root).partners() == ()

    def test_nothing_is_written_over(self, root: Path) -> None:
        add_partner(root, "acme", "stedi", {})
        before = partner_path(root, "acme").read_bytes()
        with pytest.raises(UsageError, match="is there already"):
            add_partner(root, "acme", "availity", {})
        assert partner_path(root, "acme").read_bytes() == before

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"envelope.sender_id": "A" * 20}, "envelope.sender_id: expected at most 15"),
            ({"folders.filename": "x"}, "folders.filename: expected {isa13}"),
            ({"usage": "live"}, 'usage: expected one of "production", "test"'),
        ],
    )
    def test_a_value_that_cannot_be_meant_writes_nothing(
        self, root: Path, values: dict[str, str], message: str
    ) -> None:
        with pytest.raises(ConfigError) as caught:
            add_partner(root, "acme", "sftp", values)
        assert message in caught.value.message
        assert not partner_path(root, "acme").exists()

    def test_a_key_that_others_can_read_is_told(self, root: Path, start: Start) -> None:
        (root / "keys" / "acme").touch(mode=0o644)
        (root / "keys" / "acme").chmod(0o644)
        server = start()
        where = {"sftp.host": server.host, "sftp.username": "practice", "sftp.host_keys": server.host_key_line}
        added = add_partner(root, "acme", "sftp", FILLED | where | {"sftp.key_file": "keys/acme"})
        assert added.left == []
        assert "sftp.key_file: others can read it (mode 0644): chmod 600" in added.trouble

    @pytest.mark.parametrize("name", ["Acme", "../acme", "a b", ""])
    def test_a_name_that_is_none_is_refused(self, root: Path, name: str) -> None:
        with pytest.raises(UsageError, match="can't be a partner's name"):
            add_partner(root, name, "sftp", {})
