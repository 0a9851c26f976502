"""The simulator's SFTP server as other programs see it: its journal, its folders, who may come in."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
import pytest

from edigate.simulator.host_keys import new_key
from edigate.simulator.sftp_server import JournalEntry, SftpServer

PASSWORD = "correct horse"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "clearinghouse"
    (root / "inbound").mkdir(parents=True)
    (root / "outbound").mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    return root


@pytest.fixture
def received() -> list[str]:
    return []


@pytest.fixture
def server(root: Path, received: list[str]) -> Iterator[SftpServer]:
    def note(path: Path) -> None:
        received.append(f"{path.relative_to(root)}: {path.read_bytes()!r}")

    with SftpServer(root, username="meadow", password=PASSWORD, on_received=note) as server:
        yield server


def client_of(server: SftpServer, password: str = PASSWORD) -> paramiko.SFTPClient:
    """Another program's client: not ours, so that a mistake we'd make twice shows."""
    transport = paramiko.Transport(socket.create_connection((server.host, server.port)))
    transport.set_log_channel("edigate.simulator.paramiko")
    transport.start_client(timeout=10)
    assert f"ssh-ed25519 {transport.get_remote_server_key().get_base64()}" == server.host_key_line
    transport.auth_password("meadow", password)
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    return client


@pytest.fixture
def client(server: SftpServer) -> Iterator[paramiko.SFTPClient]:
    client = client_of(server)
    yield client
    client.get_channel().get_transport().close()


def write(client: paramiko.SFTPClient, path: str, content: bytes) -> None:
    with client.open(path, "wx") as opened:
        opened.write(content)


def test_the_journal_tells_what_was_received_and_how(server: SftpServer, client: paramiko.SFTPClient) -> None:
    write(client, "inbound/claims.tmp", b"content")
    client.rename("inbound/claims.tmp", "inbound/claims.x12")
    with client.open("/inbound/claims.x12", "rb") as opened:
        assert opened.read() == b"content"
    client.remove("inbound/claims.x12")
    assert server.journal == [
        JournalEntry("login", method="password"),
        JournalEntry("write", path="/inbound/claims.tmp", bytes=7),
        JournalEntry("rename", path="/inbound/claims.tmp", to="/inbound/claims.x12"),
        JournalEntry("read", path="/inbound/claims.x12", bytes=7),
        JournalEntry("remove", path="/inbound/claims.x12"),
    ]


def test_a_file_is_received_once_when_it_has_its_final_name(client: paramiko.SFTPClient, received: list[str]) -> None:
    write(client, "inbound/a.tmp", b"by rename")
    assert received == []
    client.rename("inbound/a.tmp", "inbound/a.x12")
    assert received == ["inbound/a.x12: b'by rename'"]
    write(client, "inbound/b.x12", b"directly")
    client.rename("inbound/b.x12", "inbound/c.x12")
    assert received[1:] == ["inbound/b.x12: b'directly'"]
    write(client, "d.x12", b"from another folder")
    client.rename("d.x12", "inbound/d.x12")
    assert received[-1] == "inbound/d.x12: b'from another folder'"


def test_a_file_taken_at_once_disturbs_nobody(root: Path) -> None:
    with SftpServer(root, username="meadow", password=PASSWORD, on_received=os.unlink) as server:
        client = client_of(server)
        write(client, "inbound/claims.x12", b"content")
        assert client.listdir("inbound") == []
        assert server.errors == []


def test_what_the_receiver_raises_is_kept_and_not_told_to_the_client(root: Path) -> None:
    def fails(path: Path) -> None:
        raise ValueError(path.name)

    with SftpServer(root, username="meadow", password=PASSWORD, on_received=fails) as server:
        write(client_of(server), "inbound/claims.x12", b"content")
        assert [str(error) for error in server.errors] == ["claims.x12"]
        assert server.journal[-1] == JournalEntry("write", path="/inbound/claims.x12", bytes=7)


def test_a_connection_that_ends_in_the_middle_of_a_file_has_sent_none(
    server: SftpServer, client: paramiko.SFTPClient, received: list[str]
) -> None:
    opened = client.open("inbound/claims.x12", "wx")
    opened.write(b"half")
    opened.flush()
    client.get_channel().get_transport().close()
    server.stop()
    assert server.journal[-1] == JournalEntry("write", "cut", path="/inbound/claims.x12", bytes=4)
    assert received == []


@pytest.mark.parametrize("path", ["../secret", "/../secret", "inbound/../../secret"])
def test_the_root_is_as_high_as_a_path_can_climb(server: SftpServer, client: paramiko.SFTPClient, path: str) -> None:
    with pytest.raises(FileNotFoundError):
        client.stat(path)
    write(client, path, b"inside")
    assert (server.root / "secret").read_bytes() == b"inside"
    assert (server.root.parent / "secret").read_bytes() == b"secret"


def test_no_link_leads_out(server: SftpServer, client: paramiko.SFTPClient) -> None:
    (server.root / "out").symlink_to(server.root.parent)
    (server.root / "link").symlink_to(server.root.parent / "secret")
    write(client, "inbound/ours", b"ours")
    attempts: list[Callable[[], object]] = [
        lambda: client.open("link", "rb"),
        lambda: client.open("link", "wb"),
        lambda: client.open("out/secret", "rb"),
        lambda: client.open("out/new", "wx"),
        lambda: client.remove("out/secret"),
        lambda: client.rename("inbound/ours", "out/new"),
        lambda: client.rename("out/secret", "inbound/theirs"),
        lambda: client.listdir("out"),
    ]
    for attempt in attempts:
        with pytest.raises(OSError, match=r"Permission denied|Failure"):
            attempt()
    assert (server.root.parent / "secret").read_bytes() == b"secret"
    assert sorted(path.name for path in server.root.parent.iterdir()) == ["clearinghouse", "secret"]
    assert client.listdir("inbound") == ["ours"]


def test_a_name_that_is_taken_stays_taken(client: paramiko.SFTPClient) -> None:
    write(client, "inbound/a", b"a")
    write(client, "inbound/b", b"b")
    with pytest.raises(OSError, match="Failure"):
        write(client, "inbound/a", b"new")
    with pytest.raises(OSError, match="Failure"):
        client.rename("inbound/a", "inbound/b")
    with client.open("inbound/b", "rb") as opened:
        assert opened.read() == b"b"


def test_a_refused_login_is_in_the_journal_without_the_password(server: SftpServer) -> None:
    with pytest.raises(paramiko.AuthenticationException):
        client_of(server, "wrong horse")
    assert server.journal == [JournalEntry("login", "refused", method="password")]
    assert "wrong" not in repr(server.journal)


def test_a_given_host_key_is_the_one_it_shows(root: Path) -> None:
    private, public = new_key()
    with SftpServer(root, username="meadow", password=PASSWORD, host_key=private) as server:
        assert server.host_key_line == public
        client_of(server)


def test_it_can_be_stopped_and_started_again(server: SftpServer) -> None:
    client_of(server)
    server.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((server.host, server.port))
    server.start()
    assert client_of(server).listdir("inbound") == []


def test_several_clients_at_once(server: SftpServer, received: list[str]) -> None:
    clients = [client_of(server) for _ in range(4)]
    for number, client in enumerate(clients):
        write(client, f"inbound/{number}.tmp", b"%d" % number)
    for number, client in enumerate(reversed(clients)):
        client.rename(f"inbound/{number}.tmp", f"inbound/{number}")
    assert received == [f"inbound/{number}: b'{number}'" for number in range(4)]


@pytest.mark.real
def test_openssh_s_own_client_is_served(root: Path, tmp_path: Path, received: list[str]) -> None:
    sftp = shutil.which("sftp")
    if sftp is None:
        if os.environ.get("EDIGATE_REQUIRE_REAL"):
            pytest.fail("no sftp on this machine (Debian: apt-get install openssh-client)")
        pytest.skip("no sftp on this machine (Debian: apt-get install openssh-client)")
    private, public = new_key()
    (tmp_path / "key").write_text(private)
    (tmp_path / "key").chmod(0o600)
    (root / "outbound" / "835").write_bytes(b"payment")
    (tmp_path / "claims").write_bytes(b"claims")
    batch = "put claims inbound/claims.tmp\nrename inbound/claims.tmp inbound/claims\nls -l inbound\nget outbound/835\n"
    with SftpServer(
        root,
        username="meadow",
        authorized_keys=[public],
        on_received=lambda path: received.append(path.name),
    ) as server:
        (tmp_path / "known_hosts").write_text(f"[{server.host}]:{server.port} {server.host_key_line}\n")
        options = {
            "UserKnownHostsFile": tmp_path / "known_hosts",
            "StrictHostKeyChecking": "yes",
            "IdentityFile": tmp_path / "key",
            "IdentitiesOnly": "yes",
        }
        ran = subprocess.run(
            [
                sftp,
                *("-F", "/dev/null", "-b", "-", "-P", str(server.port)),
                *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
                f"meadow@{server.host}",
            ],
            input=batch,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert "claims" in ran.stdout
    assert received == ["claims"]
    assert (tmp_path / "835").read_bytes() == b"payment"
    assert server.journal[0] == JournalEntry("login", method="publickey")
