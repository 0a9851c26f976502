"""Ways to a real OpenSSH that aren't straight, old algorithms by name, and the end of each file's time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from edigate.errors import ConfigError, HostKeyError, LoginRefusedError, PartnerError, PartnerUnreachableError
from edigate.partners.model import Sftp, SshServer
from edigate.simulator.host_keys import new_key
from edigate.simulator.sftp_server import SftpServer
from edigate.transport import Transport, open_transport, ssh_session
from edigate.transport.base import Together
from tests.sshd import Sshd
from tests.transport.lines import Proxy
from tests.transport.partners import ENVIRON, PASSWORD, partner, settings

CONTENT = bytes(range(256)) * 20_000  # 5 MB


def connect(sftp: Sftp, workspace: Path = Path()) -> Transport:
    return open_transport(partner(sftp=sftp), workspace=workspace, environ=ENVIRON)


def there_and_back(sftp: Sftp) -> None:
    with connect(sftp) as transport:
        transport.write("claims", CONTENT)
        assert b"".join(transport.read("claims")) == CONTENT
        transport.remove("claims")


def an_sshd(folder: Path, name: str, *, extra: str = "") -> Sshd:
    (folder / name).mkdir()
    return Sshd(folder / name, folder / f"{name}.sshd", extra=extra)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    with an_sshd(tmp_path, "partner") as server:
        yield server


@pytest.fixture
def jump(tmp_path: Path) -> Iterator[Sshd]:
    with an_sshd(tmp_path, "jump") as server:
        yield server


def as_jump(server: Sshd, *, port: int = 0, host_key: str = "") -> SshServer:
    return SshServer(
        host=server.host,
        port=port or server.port,
        username=server.username,
        host_keys=(host_key or server.host_key_line,),
        key_file=str(server.key_file),
    )


def beyond(server: Sshd, jump: SshServer, *, timeout: float = 10) -> Sftp:
    return msgspec.structs.replace(server.settings(), jump=jump, timeout_seconds=timeout)


# --- the jump host


@pytest.mark.real
def test_files_go_through_a_jump_host(sshd: Sshd, jump: Sshd) -> None:
    there_and_back(beyond(sshd, as_jump(jump)))
    assert f"Accepted publickey for {jump.username}" in jump.log
    assert f"Accepted publickey for {sshd.username}" in sshd.log


@pytest.mark.real
def test_a_jump_host_with_another_key_stops_before_any_login(sshd: Sshd, jump: Sshd) -> None:
    with pytest.raises(HostKeyError, match=f":{jump.port} offers the host key"):
        connect(beyond(sshd, as_jump(jump, host_key=new_key()[1])))
    assert "ssh2" not in jump.log
    assert "ssh2" not in sshd.log


@pytest.mark.real
def test_a_server_with_another_key_behind_a_jump_host_gets_no_login(sshd: Sshd, jump: Sshd) -> None:
    sftp = msgspec.structs.replace(beyond(sshd, as_jump(jump)), host_keys=(new_key()[1],))
    with pytest.raises(HostKeyError, match=f":{sshd.port} offers the host key"):
        connect(sftp)
    assert "ssh2" not in sshd.log


@pytest.mark.real
def test_a_jump_host_that_refuses_us_is_named_and_asked_once(sshd: Sshd, jump: Sshd) -> None:
    jump.key_file.write_text(new_key()[0])
    with pytest.raises(LoginRefusedError, match=f":{jump.port} was refused") as caught:
        connect(beyond(sshd, as_jump(jump)))
    assert "sftp.jump.username" in caught.value.hint
    assert jump.log.count("Failed publickey") == 1


@pytest.mark.real
def test_a_jump_host_that_forwards_nothing_is_named(tmp_path: Path, sshd: Sshd) -> None:
    with (
        an_sshd(tmp_path, "strict", extra="AllowTcpForwarding no") as strict,
        pytest.raises(PartnerUnreachableError, match=f"The jump host 127.0.0.1:{strict.port} can't connect to"),
    ):
        connect(beyond(sshd, as_jump(strict)))


@pytest.mark.real
def test_a_line_to_the_jump_host_that_stalls_ends_in_time(sshd: Sshd, jump: Sshd) -> None:
    with Proxy((jump.host, jump.port)) as line, connect(beyond(sshd, as_jump(jump, port=line.port))):
        up, down = line.passed["up"], line.passed["down"]
    for direction, after in (("up", up), ("down", down), ("down", down * 3 // 4)):
        with Proxy((jump.host, jump.port), fault="stall", direction=direction, after=after) as line:  # type: ignore[arg-type]  # mypy takes the literals for any text
            began = time.monotonic()
            with (
                pytest.raises(PartnerUnreachableError, match=r"took more than 0\.7 s at"),
                connect(beyond(sshd, as_jump(jump, port=line.port), timeout=0.7)) as transport,
            ):
                transport.write("claims", CONTENT)
            assert time.monotonic() - began < 20  # a hang would be forever; busy machines are slow


# --- a program as the way

RELAY = """
import select, socket, sys, os
line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True:
    for ready in select.select([0, line], [], [])[0]:
        piece = os.read(0, 65536) if ready == 0 else line.recv(65536)
        if not piece:
            sys.exit()
        line.sendall(piece) if ready == 0 else os.write(1, piece)
"""


@pytest.mark.real
def test_files_go_through_a_program(sshd: Sshd, tmp_path: Path) -> None:
    relay = tmp_path / "relay it.py"
    relay.write_text(RELAY)
    sftp = msgspec.structs.replace(sshd.settings(), proxy_command=f"'{sys.executable}' '{relay}' %h %p")
    there_and_back(sftp)


def test_a_program_that_ends_at_once_is_no_connection() -> None:
    sftp = Sftp(host="h", username="u", host_keys=(new_key()[1],), password_env="P", proxy_command="false %h")
    with pytest.raises(PartnerUnreachableError, match="h:22 ended the connection before the login"):
        open_transport(partner(sftp=sftp), workspace=Path(), environ={"P": "x"})


@pytest.mark.parametrize(
    ("command", "says"),
    [("no-such-program-here %h", "can't be started: no-such-program-here: No such file"), ("a 'b", "quotation mark")],
)
def test_a_program_that_can_not_be_started_is_the_settings_fault(command: str, says: str) -> None:
    sftp = Sftp(host="h", username="u", host_keys=(new_key()[1],), password_env="P", proxy_command=command)
    with pytest.raises(ConfigError, match=says):
        open_transport(partner(sftp=sftp), workspace=Path(), environ={"P": "x"})


# --- old algorithms


OLD = {
    "diffie-hellman-group14-sha1": "KexAlgorithms",
    "diffie-hellman-group-exchange-sha1": "KexAlgorithms",
    "diffie-hellman-group1-sha1": "KexAlgorithms",
    "aes128-cbc": "Ciphers",
    "aes256-cbc": "Ciphers",
    "3des-cbc": "Ciphers",
    "hmac-sha1": "MACs",
}


@pytest.mark.real
@pytest.mark.parametrize("name", OLD)
def test_an_old_algorithm_is_refused_by_name_and_taken_where_it_is_allowed(tmp_path: Path, name: str) -> None:
    # GCM has no use for a MAC.
    extra = f"{OLD[name]} {name}" + ("\nCiphers aes128-ctr" if name == "hmac-sha1" else "")
    with an_sshd(tmp_path, "old", extra=extra) as server:
        with pytest.raises(PartnerError, match=f"that edigate takes; it offers {name}") as caught:
            connect(server.settings())
        assert f'sftp.allow_algorithms = ["{name}"]' in caught.value.hint
        assert "ssh2" not in server.log
        there_and_back(msgspec.structs.replace(server.settings(), allow_algorithms=(name,)))


@pytest.mark.real
def test_rsa_with_sha_1_is_taken_where_it_is_allowed_for_host_and_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As from a server of before 2016, which doesn't say what it takes. This one would claim SHA-2 and refuse it.
    monkeypatch.setattr(paramiko.Transport, "_parse_ext_info", lambda session, message: None)
    server = an_sshd(tmp_path, "old", extra="HostKeyAlgorithms ssh-rsa\nPubkeyAcceptedAlgorithms ssh-rsa")
    for name in ("host_key", "client_key"):
        key = rsa.generate_private_key(65537, 2048)
        form = serialization.PrivateFormat.OpenSSH
        content = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        (server.home / name).write_bytes(content)
        public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        if name == "host_key":
            server.host_key_line = public.decode()
        else:
            (server.home / "authorized_keys").write_bytes(public)
    with server:
        with pytest.raises(PartnerError, match="no host key algorithm that edigate takes; it offers ssh-rsa") as caught:
            connect(server.settings())
        assert '["ssh-rsa"]' in caught.value.hint
        there_and_back(msgspec.structs.replace(server.settings(), allow_algorithms=("ssh-rsa",)))


@pytest.mark.real
def test_what_is_allowed_is_not_taken_where_there_is_better(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions: list[paramiko.Transport] = []
    silence = ssh_session._silence

    def watched(session: paramiko.Transport) -> None:
        sessions.append(session)
        silence(session)

    monkeypatch.setattr(ssh_session, "_silence", watched)
    with connect(msgspec.structs.replace(sshd.settings(), allow_algorithms=(*OLD, "ssh-rsa"))):
        agreed = sessions[0]
        assert agreed.local_cipher == agreed.remote_cipher == "aes128-gcm@openssh.com"
        assert agreed.host_key_type == "ssh-ed25519"
    with connect(sshd.settings()) as transport:
        offered = sessions[1]
        assert transport.list("") == []
    for names in (offered.preferred_kex, offered.preferred_keys, offered.preferred_ciphers, offered.preferred_macs):
        assert not set(names) & {*OLD, "ssh-rsa"}
    assert "ssh-rsa" not in offered.preferred_pubkeys


# --- time for a file


@pytest.mark.parametrize("what", ["write", "read", "write many"])
def test_a_file_that_trickles_in_time_for_each_step_ends_at_its_own(tmp_path: Path, what: str) -> None:
    (tmp_path / "835").write_bytes(CONTENT)
    with SftpServer(tmp_path, username="meadow", password=PASSWORD) as server:
        with Proxy((server.host, server.port)) as line, connect(settings(server, port=line.port)):
            after = line.passed["up"]
        with Proxy((server.host, server.port), fault="trickle", direction="up", after=after, pause=0.005) as line:
            sftp = msgspec.structs.replace(settings(server, port=line.port), file_deadline_minutes=0.01)
            began = time.monotonic()
            with connect(sftp) as transport:
                assert isinstance(transport, Together)
                with pytest.raises(PartnerUnreachableError, match="one file took longer than it may") as caught:
                    if what == "write":
                        transport.write("claims", CONTENT)
                    elif what == "read":
                        b"".join(transport.read("835"))
                    else:
                        list(transport.write_many([("claims", CONTENT)]))
            assert "sftp.file_deadline_minutes" in caught.value.hint
            assert time.monotonic() - began < 9  # a step's own timeout is 10 s
