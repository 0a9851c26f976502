"""Who may we talk to, and how do we log in: host keys before logins, one attempt, no secret shown."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from edigate.errors import ConfigError, HostKeyError, LoginRefusedError, PartnerError, RemoteRefusedError
from edigate.partners.model import Directory, Sftp
from edigate.simulator import sftp_server
from edigate.simulator.host_keys import new_key
from edigate.simulator.sftp_server import JournalEntry, SftpServer
from edigate.transport import open_transport
from edigate.transport.credentials import load_credentials
from edigate.transport.host_keys import parse_host_key
from edigate.transport.ssh_session import offered_host_key
from tests.sshd import Sshd
from tests.transport.partners import ENVIRON, PASSWORD, partner, settings

PASSPHRASE = "open sesame"


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, str]:
    """A private key file, and the public line the server knows."""
    private, public = new_key()
    path = tmp_path / "id_ed25519"
    path.write_text(private)
    path.chmod(0o600)
    return path, public


@pytest.fixture
def server(tmp_path: Path, keys: tuple[Path, str]) -> Iterator[SftpServer]:
    root = tmp_path / "partner"
    root.mkdir()
    with SftpServer(root, username="meadow", password=PASSWORD, authorized_keys=[keys[1]]) as server:
        yield server


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    root = tmp_path / "partner"
    root.mkdir()
    with Sshd(root, tmp_path / "sshd") as server:
        yield server


def log_in(sftp: Sftp, workspace: Path, environ: dict[str, str] = ENVIRON) -> None:
    with open_transport(partner(sftp=sftp), workspace=workspace, environ=environ) as transport:
        assert transport.list("") == []


def test_a_key_that_is_not_pinned_stops_before_the_login(server: SftpServer, tmp_path: Path) -> None:
    other = new_key()[1]
    with pytest.raises(HostKeyError) as caught:
        log_in(settings(server, host_keys=(other,)), tmp_path)
    assert parse_host_key(server.host_key_line, "").fingerprint in caught.value.message
    assert parse_host_key(other, "").fingerprint in caught.value.message
    assert caught.value.exit_code == 77
    assert server.journal == []


def test_one_of_several_pinned_keys_is_enough(server: SftpServer, tmp_path: Path) -> None:
    log_in(settings(server, host_keys=(new_key()[1], server.host_key_line)), tmp_path)


def test_a_server_without_the_pinned_kind_of_key_says_what_it_has(server: SftpServer, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    pinned = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    with pytest.raises(HostKeyError, match="only ecdsa-sha2-nistp256 is pinned") as caught:
        log_in(settings(server, host_keys=(pinned,)), tmp_path)
    assert parse_host_key(server.host_key_line, "").fingerprint in caught.value.message
    assert server.journal == []


def test_the_key_a_server_offers_can_be_seen_without_logging_in(server: SftpServer) -> None:
    assert offered_host_key(settings(server)).line == server.host_key_line
    assert server.journal == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("ssh-dss AAAAB3NzaC1kc3M=", "no key type we can pin"),
        ("sftp.example.com ssh-ed25519 AAAA", "begin with ssh-ed25519"),
        ("ssh-ed25519", "isn't a whole ssh-ed25519 key"),
        ("ssh-ed25519 AAAA!", "isn't a whole ssh-ed25519 key"),
        ("ssh-ed25519 " + base64.b64encode(b"\0\0\0\7ssh-rsa").decode(), "isn't a whole ssh-ed25519 key"),
        ("SHA256:abcdef", "no key type we can pin"),
    ],
)
def test_a_pinned_line_that_is_no_key_is_named(line: str, says: str, tmp_path: Path) -> None:
    good = new_key()[1]
    sftp = Sftp(host="localhost", username="meadow", host_keys=(good, line), password_env="X")
    with pytest.raises(ConfigError) as caught:
        log_in(sftp, tmp_path)
    assert "partners/riverbend.toml: sftp.host_keys[1]" in str(caught.value)
    assert says in str(caught.value)


def test_a_wrong_password_is_tried_once(server: SftpServer, tmp_path: Path) -> None:
    with pytest.raises(LoginRefusedError, match="meadow at 127") as caught:
        log_in(settings(server), tmp_path, {"EDIGATE_TEST_PASSWORD": "wrong horse"})
    assert server.journal == [JournalEntry("login", "refused", method="password")]
    assert "wrong horse" not in str(caught.value)
    assert caught.value.exit_code == 77


def test_a_password_from_a_file(server: SftpServer, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "password").chmod(0o600)
    sftp = Sftp(
        host=server.host,
        port=server.port,
        username="meadow",
        host_keys=(server.host_key_line,),
        password_file="password",
    )
    log_in(sftp, tmp_path, {})
    assert server.journal == [JournalEntry("login", method="password")]


def test_a_login_by_key(server: SftpServer, keys: tuple[Path, str], tmp_path: Path) -> None:
    log_in(settings(server, password_env="", key_file=keys[0].name), tmp_path)
    assert server.journal == [JournalEntry("login", method="publickey")]


def test_a_key_the_server_does_not_know_is_tried_once_and_the_password_not(server: SftpServer, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(new_key()[0])
    (tmp_path / "other").chmod(0o600)
    with pytest.raises(LoginRefusedError):
        log_in(settings(server, key_file="other"), tmp_path)
    assert server.journal == [JournalEntry("login", "refused", method="publickey")]


def test_a_server_that_takes_no_passwords_says_what_it_takes(tmp_path: Path, keys: tuple[Path, str]) -> None:
    with (
        SftpServer(tmp_path, username="meadow", authorized_keys=[keys[1]]) as server,
        pytest.raises(LoginRefusedError, match="the server takes publickey"),
    ):
        log_in(settings(server), tmp_path)


class AsksForBoth(sftp_server._Login):
    """A server that wants a key and then a password."""

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        accepted = super().check_auth_publickey(username, key) == paramiko.AUTH_SUCCESSFUL
        return int(paramiko.AUTH_PARTIALLY_SUCCESSFUL if accepted else paramiko.AUTH_FAILED)


class AsksOneByOne(sftp_server._Login):
    """A server that takes passwords by keyboard-interactive only."""

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "keyboard-interactive"

    def check_auth_password(self, username: str, password: str) -> int:
        del username, password
        return int(paramiko.AUTH_FAILED)

    def check_auth_interactive(self, username: str, submethods: str) -> paramiko.InteractiveQuery:
        del username, submethods
        return paramiko.InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return self._verdict(responses == [self.server.password], "keyboard-interactive")


def test_a_server_that_asks_for_a_key_and_a_password_gets_both(
    server: SftpServer, keys: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_server, "_Login", AsksForBoth)
    with pytest.raises(LoginRefusedError, match="the server also wants publickey, password") as caught:
        log_in(settings(server, password_env="", key_file=keys[0].name), tmp_path)
    assert "sftp.password_env" in caught.value.hint
    server.journal.clear()
    log_in(settings(server, key_file=keys[0].name), tmp_path)
    assert [(entry.method, entry.outcome) for entry in server.journal] == [
        ("publickey", "done"),
        ("password", "done"),
    ]


def test_a_server_that_asks_for_the_password_in_a_dialogue_gets_it_once(
    server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_server, "_Login", AsksOneByOne)
    log_in(settings(server), tmp_path)
    with pytest.raises(LoginRefusedError):
        log_in(settings(server), tmp_path, {"EDIGATE_TEST_PASSWORD": "wrong horse"})
    assert server.journal == [
        JournalEntry("login", method="keyboard-interactive"),
        JournalEntry("login", "refused", method="keyboard-interactive"),
    ]


@pytest.mark.real
def test_openssh_sees_one_attempt_with_a_key_it_does_not_know(sshd: Sshd, tmp_path: Path) -> None:
    sshd.key_file.write_text(new_key()[0])
    with pytest.raises(LoginRefusedError):
        log_in(sshd.settings(), tmp_path)
    assert sshd.log.count("Failed publickey") == 1


@pytest.mark.real
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.OpenSSH])
def test_openssh_takes_rsa_and_ecdsa_keys(
    sshd: Sshd, tmp_path: Path, kind: str, form: serialization.PrivateFormat
) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP384R1())
    sshd.key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, serialization.BestAvailableEncryption(PASSPHRASE.encode()))
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    (sshd.home / "authorized_keys").write_bytes(public)
    plain = sshd.settings()
    sftp = Sftp(
        host=plain.host,
        port=plain.port,
        username=plain.username,
        host_keys=plain.host_keys,
        key_file=plain.key_file,
        key_passphrase_env="PASSPHRASE",
    )
    log_in(sftp, tmp_path, {"PASSPHRASE": PASSPHRASE})


@pytest.mark.real
def test_openssh_with_an_rsa_host_key_is_pinned_by_it(tmp_path: Path) -> None:
    (tmp_path / "partner").mkdir()
    server = Sshd(tmp_path / "partner", tmp_path / "sshd")
    key = rsa.generate_private_key(65537, 2048)
    (server.home / "host_key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    )
    server.host_key_line = (
        key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    )
    with server:
        log_in(server.settings(), tmp_path)


@pytest.mark.real
def test_an_account_without_sftp_is_named(tmp_path: Path) -> None:
    (tmp_path / "partner").mkdir()
    server = Sshd(tmp_path / "partner", tmp_path / "sshd")
    config = server.home / "sshd_config"
    config.write_text("".join(line for line in config.open() if not line.startswith("Subsystem")))
    with server, pytest.raises(RemoteRefusedError, match="offers it no SFTP"):
        log_in(server.settings(), tmp_path)


@pytest.mark.real
def test_a_server_with_old_algorithms_only_is_named(tmp_path: Path) -> None:
    (tmp_path / "partner").mkdir()
    with (
        Sshd(tmp_path / "partner", tmp_path / "sshd", extra="Ciphers aes128-cbc,3des-cbc") as server,
        pytest.raises(PartnerError, match="no cipher algorithm that edigate takes; it offers aes128-cbc, 3des-cbc"),
    ):
        log_in(server.settings(), tmp_path)


@pytest.mark.real
def test_a_forced_command_that_prints_is_not_taken_for_sftp(tmp_path: Path) -> None:
    (tmp_path / "partner").mkdir()
    with (
        Sshd(tmp_path / "partner", tmp_path / "sshd", extra='ForceCommand echo "Welcome to Riverbend"') as server,
        pytest.raises(PartnerError, match="isn't SFTP") as caught,
    ):
        log_in(server.settings(), tmp_path)
    assert "greeting" in caught.value.hint


def secret(workspace: Path, name: str, content: str | bytes, mode: int = 0o600) -> Path:
    path = workspace / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    for mode in (0o640, 0o604, 0o660, 0o644):
        secret(tmp_path, "key", new_key()[0], mode)
        secret(tmp_path, "password", PASSWORD, mode)
        for key, sftp in {
            "key_file": Sftp(host="h", username="u", host_keys=("k",), key_file="key"),
            "password_file": Sftp(host="h", username="u", host_keys=("k",), password_file="password"),
        }.items():
            with pytest.raises(ConfigError) as caught:
                load_credentials(sftp, where="partners/riverbend.toml", workspace=tmp_path, environ={})
            assert f"partners/riverbend.toml: sftp.{key}" in str(caught.value)
            assert f"chmod 600 {tmp_path}" in str(caught.value)
            assert PASSWORD not in str(caught.value)


@pytest.fixture(scope="module")
def bad_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with files that can't be used as a secret."""
    folder = tmp_path_factory.mktemp("secrets")
    secret(folder, "empty", "\n")
    secret(folder, "binary", b"\xff\xfe")
    secret(folder, "locked", new_key(PASSPHRASE)[0])
    secret(folder, "public", new_key()[1])
    secret(folder, "putty", "PuTTY-User-Key-File-3: ssh-ed25519")
    curve = ec.generate_private_key(ec.BrainpoolP256R1())  # which SSH doesn't have
    plain = serialization.NoEncryption()
    secret(
        folder,
        "curve",
        curve.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain),
    )
    return folder


def sftp_with(*, key_file: str = "", passphrase: str = "", password_env: str = "", password_file: str = "") -> Sftp:
    return Sftp(
        host="h",
        username="u",
        host_keys=("k",),
        key_file=key_file,
        key_passphrase_env=passphrase,
        password_env=password_env,
        password_file=password_file,
    )


@pytest.mark.parametrize(
    ("sftp", "says"),
    [
        (sftp_with(), "nothing to log in with"),
        (sftp_with(password_env="UNSET"), "sftp.password_env names UNSET, which isn't set"),
        (sftp_with(password_env="EMPTY"), "sftp.password_env names EMPTY, which isn't set"),
        (sftp_with(password_env="X", password_file="y"), "are both set"),
        (sftp_with(password_file="missing"), "can't be read: No such file"),
        (sftp_with(password_file="empty"), "names an empty file"),
        (sftp_with(password_file="binary"), "isn't text"),
        (sftp_with(password_file="."), "can't be read: Is a directory"),
        (sftp_with(key_file="missing"), "can't be read: No such file"),
        (sftp_with(key_file="locked"), "Set sftp.key_passphrase_env"),
        (sftp_with(key_file="locked", passphrase="UNSET"), "sftp.key_passphrase_env names UNSET"),
        (sftp_with(key_file="locked", passphrase="WRONG"), "or the passphrase is wrong"),
        (sftp_with(key_file="public"), "holds no private key"),
        (sftp_with(key_file="putty"), "puttygen"),
        (sftp_with(key_file="binary"), "holds no private key"),
        (sftp_with(key_file="curve"), "keys of this type"),
    ],
)
def test_what_is_wrong_with_a_secret_is_said_without_it(sftp: Sftp, says: str, bad_secrets: Path) -> None:
    environ = {"EMPTY": "", "WRONG": "not the passphrase"}
    with pytest.raises(ConfigError) as caught:
        load_credentials(sftp, where="partners/riverbend.toml", workspace=bad_secrets, environ=environ)
    assert says in str(caught.value)
    assert "partners/riverbend.toml" in str(caught.value)
    assert "not the passphrase" not in str(caught.value)


def test_credentials_show_nothing(tmp_path: Path) -> None:
    credentials = load_credentials(sftp_with(password_env="P"), where="", workspace=tmp_path, environ={"P": PASSWORD})
    assert PASSWORD not in repr(credentials)
    assert credentials.password is not None
    assert credentials.password.reveal() == PASSWORD


def test_a_partner_needs_one_way_to_go(tmp_path: Path) -> None:
    there = Directory(path="partner")
    for named in (partner(), partner(sftp=sftp_with(password_env="X"), directory=there)):
        with pytest.raises(ConfigError, match=r"partners/riverbend\.toml: .*\[sftp\].*\[directory\]"):
            open_transport(named, workspace=tmp_path, environ={})


def test_nothing_is_logged_by_either_side(server: SftpServer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("paramiko").setLevel(logging.DEBUG)
    with open_transport(partner(sftp=settings(server)), workspace=tmp_path, environ=ENVIRON) as transport:
        transport.write("DOE_JANE.x12", b"content")
        with pytest.raises(RemoteRefusedError):
            transport.remove("DOE_JOHN.x12")
    with pytest.raises(LoginRefusedError):
        log_in(settings(server), tmp_path, {"EDIGATE_TEST_PASSWORD": "wrong"})
    server.stop()
    assert [record.getMessage() for record in caplog.records] == []
