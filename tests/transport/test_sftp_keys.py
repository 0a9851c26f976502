"""Keys beyond a plain file, at a real OpenSSH: certificates, an agent's keys; and dialogues that ask too much."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
import pytest

from edigate.errors import ConfigError, LoginRefusedError
from edigate.partners.model import Sftp
from edigate.simulator import sftp_server
from edigate.simulator.sftp_server import SftpServer
from edigate.transport import open_transport
from tests.sshd import Sshd
from tests.transport.partners import ENVIRON, PASSWORD, partner, settings


def log_in(sftp: Sftp, workspace: Path, environ: dict[str, str] = ENVIRON) -> None:
    with open_transport(partner(sftp=sftp), workspace=workspace, environ=environ) as transport:
        assert transport.list("") == []


def keygen(*arguments: str | Path) -> None:
    subprocess.run(["ssh-keygen", "-q", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def key_file(folder: Path, name: str, kind: str = "ed25519") -> Path:
    path = folder / name
    keygen("-t", kind, "-N", "", "-f", path)
    return path


# --- certificates


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return key_file(tmp_path, "authority")


@pytest.fixture
def certified(tmp_path: Path, authority: Path) -> Iterator[Sshd]:
    """An sshd that knows no key of ours, only who signs them."""
    root = tmp_path / "partner"
    root.mkdir()
    server = Sshd(root, tmp_path / "sshd", extra=f"TrustedUserCAKeys {authority}.pub")
    (server.home / "authorized_keys").write_text("")
    with server:
        yield server


def sign(authority: Path, key: Path, user: str, *options: str) -> None:
    keygen("-s", authority, "-I", "meadow", "-n", user, *options, f"{key}.pub")


@pytest.mark.real
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_certificate_beside_the_key_logs_in(certified: Sshd, authority: Path, tmp_path: Path, kind: str) -> None:
    key = key_file(tmp_path, f"id_{kind}", kind)
    sftp = msgspec.structs.replace(certified.settings(), key_file=str(key))
    with pytest.raises(LoginRefusedError):
        log_in(sftp, tmp_path)
    sign(authority, key, certified.username)
    log_in(sftp, tmp_path)
    assert "CERT" in certified.log


@pytest.mark.real
def test_a_certificate_that_can_not_work_is_told_before_anything_is_sent(
    certified: Sshd, authority: Path, tmp_path: Path
) -> None:
    key = key_file(tmp_path, "id")
    sftp = msgspec.structs.replace(certified.settings(), key_file=str(key))
    for options, says in (
        (("-V", "20200101:20200201"), "ran out on 2020-02-01"),
        (("-V", "20990101:20990201"), "isn't valid before 2099-01-01"),
        (("-h",), "is a host's, not a user's"),
    ):
        sign(authority, key, certified.username, *options)
        with pytest.raises(ConfigError, match=says) as caught:
            log_in(sftp, tmp_path)
        assert "partners/riverbend.toml: sftp.key_file: its certificate" in caught.value.message
    other = key_file(tmp_path, "other")
    sign(authority, other, certified.username)
    Path(f"{other}-cert.pub").rename(f"{key}-cert.pub")
    with pytest.raises(ConfigError, match="is another key's"):
        log_in(sftp, tmp_path)
    Path(f"{key}-cert.pub").write_text("nothing")
    with pytest.raises(ConfigError, match="holds no OpenSSH certificate"):
        log_in(sftp, tmp_path)
    assert "ssh2" not in certified.log  # no login, tried or refused


# --- the agent


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An ssh-agent of its own, as the environment that leads to it."""
    socket = tmp_path / "agent"
    told = subprocess.run(["ssh-agent", "-s", "-a", socket], check=True, capture_output=True, text=True).stdout
    number = int(told.partition("SSH_AGENT_PID=")[2].partition(";")[0])
    yield {"SSH_AUTH_SOCK": str(socket)}
    os.kill(number, signal.SIGTERM)


def add(agent: dict[str, str], key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], check=True, env={**os.environ, **agent})


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    root = tmp_path / "partner"
    root.mkdir()
    with Sshd(root, tmp_path / "sshd") as server:
        yield server


def by_agent(server: Sshd, public: Path | None = None) -> Sftp:
    return msgspec.structs.replace(server.settings(), agent=True, key_file=str(public) if public else "")


@pytest.mark.real
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_the_only_key_of_the_agent_logs_in(sshd: Sshd, agent: dict[str, str], tmp_path: Path, kind: str) -> None:
    key = key_file(tmp_path, "id", kind)
    (sshd.home / "authorized_keys").write_text(Path(f"{key}.pub").read_text())
    add(agent, key)
    log_in(by_agent(sshd), tmp_path, agent)


@pytest.mark.real
def test_of_several_keys_the_named_one_is_offered_and_no_other(
    sshd: Sshd, agent: dict[str, str], tmp_path: Path
) -> None:
    keys = [key_file(tmp_path, f"id{number}") for number in range(8)]  # more than sshd lets one try
    for key in keys:
        add(agent, key)
    (sshd.home / "authorized_keys").write_text(Path(f"{keys[-1]}.pub").read_text())
    with pytest.raises(ConfigError, match="the agent holds 8 keys: ssh-ed25519 SHA256:"):
        log_in(by_agent(sshd), tmp_path, agent)
    log_in(by_agent(sshd, Path(f"{keys[-1]}.pub")), tmp_path, agent)
    log_in(by_agent(sshd, keys[-1]), tmp_path, agent)
    assert "Failed publickey" not in sshd.log


@pytest.mark.real
def test_an_agent_signs_for_a_certificate_too(
    certified: Sshd, authority: Path, agent: dict[str, str], tmp_path: Path
) -> None:
    key = key_file(tmp_path, "id")
    sign(authority, key, certified.username)
    add(agent, key)  # ssh-add adds the certificate with it: still one key
    log_in(by_agent(certified, Path(f"{key}.pub")), tmp_path, agent)


@pytest.mark.real
def test_an_agent_that_can_not_help_is_told(sshd: Sshd, agent: dict[str, str], tmp_path: Path) -> None:
    key = key_file(tmp_path, "id")
    for public, environ, says in (
        (None, {}, "SSH_AUTH_SOCK isn't set"),
        (None, {"SSH_AUTH_SOCK": str(tmp_path / "nobody")}, "no agent answers"),
        (None, agent, "the agent holds 0 keys"),
        (key, agent, "the agent doesn't hold ssh-ed25519 SHA256:"),
        (tmp_path / "missing", agent, "missing.pub holds a public key"),
    ):
        with pytest.raises(ConfigError, match=says):
            log_in(by_agent(sshd, public), tmp_path, environ)
    assert "ssh2" not in sshd.log  # no login, tried or refused


# --- dialogues


class Asks(sftp_server._Login):
    """A server that asks in a dialogue: rounds of prompts, the password first."""

    rounds: tuple[tuple[str, ...], ...] = ()
    answered: list[list[str]] = []

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "keyboard-interactive"

    def check_auth_password(self, username: str, password: str) -> int:
        del username, password
        return int(paramiko.AUTH_FAILED)

    def check_auth_interactive(self, username: str, submethods: str) -> paramiko.InteractiveQuery:
        del username, submethods
        return self._ask(0)

    def check_auth_interactive_response(self, responses: list[str]) -> int | paramiko.InteractiveQuery:
        self.answered.append(responses)
        if len(self.answered) < len(self.rounds):
            return self._ask(len(self.answered))
        return self._verdict(True, "keyboard-interactive")

    def _ask(self, number: int) -> paramiko.InteractiveQuery:
        return paramiko.InteractiveQuery("", "", *((text, False) for text in self.rounds[number]))


@pytest.mark.parametrize(
    ("rounds", "asked", "given"),
    [
        ([["Password: ", "One-time code: "]], "Password:, One-time code:", []),
        ([["Password: "], ["One-time code: "]], "One-time code:", [[PASSWORD]]),
        ([["Password: "], ["Password: "]], "Password:", [[PASSWORD]]),
    ],
)
def test_a_dialogue_that_asks_for_more_is_given_up(
    rounds: Sequence[Sequence[str]],
    asked: str,
    given: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sftp_server, "_Login", Asks)
    monkeypatch.setattr(Asks, "rounds", tuple(map(tuple, rounds)))
    monkeypatch.setattr(Asks, "answered", [])
    with (
        SftpServer(tmp_path, username="meadow", password=PASSWORD) as server,
        pytest.raises(LoginRefusedError) as caught,
    ):
        log_in(settings(server), tmp_path)
    assert f"asks for more than a password ({asked})" in caught.value.message
    assert Asks.answered == given
    assert PASSWORD not in str(caught.value)


def test_a_dialogue_that_only_greets_after_the_password_is_gone_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_server, "_Login", Asks)
    monkeypatch.setattr(Asks, "rounds", (("Password: ",), ()))
    monkeypatch.setattr(Asks, "answered", [])
    with SftpServer(tmp_path, username="meadow", password=PASSWORD) as server:
        log_in(settings(server), tmp_path)
    assert Asks.answered == [[PASSWORD], []]
