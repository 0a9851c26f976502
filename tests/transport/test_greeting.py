"""What a server says before any login: its software and host keys, and whether it is an SSH server at all."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edigate.errors import PartnerError, PartnerUnreachableError
from edigate.partners.model import Sftp
from edigate.simulator.sftp_server import SftpServer
from edigate.transport.greeting import addresses, greeting, offered_host_keys
from tests.sshd import Sshd
from tests.transport.partners import PASSWORD, settings

Answers = Callable[[bytes], Sftp]


@pytest.fixture
def answers() -> Iterator[Answers]:
    """A server that says the given bytes to whoever connects, then waits."""
    listening = socket.create_server(("127.0.0.1", 0))
    connected: list[socket.socket] = []

    def start(said: bytes) -> Sftp:
        def serve() -> None:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            connected.append(line)
            line.sendall(said)

        threading.Thread(target=serve, daemon=True).start()
        port: int = listening.getsockname()[1]
        return Sftp(host="127.0.0.1", port=port, username="x", host_keys=("x",), timeout_seconds=0.5)

    yield start
    listening.close()
    for line in connected:
        line.close()


def offers(*lists: str) -> bytes:
    """A version and a KEXINIT with these name lists (RFC 4253, 7.1), the rest empty."""
    names = [text.encode() for text in lists] + [b""] * (10 - len(lists))
    payload = bytes([20]) + bytes(16) + b"".join(struct.pack(">I", len(one)) + one for one in names) + bytes(5)
    padding = 8 - (len(payload) + 5) % 8 + 8
    packet = struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)
    return b"Welcome to the gateway\r\nSSH-2.0-Old_1.0\r\n" + packet


def test_the_simulator_shows_its_key(tmp_path: Path) -> None:
    with SftpServer(tmp_path, username="meadow", password=PASSWORD) as server:
        heard = greeting(settings(server))
        assert [key.line for key in offered_host_keys(settings(server), heard)] == [server.host_key_line]
        assert server.journal == [], "no login was tried"


@pytest.mark.real
def test_so_does_openssh(tmp_path: Path) -> None:
    with Sshd(tmp_path / "root", tmp_path / "sshd") as server:
        heard = greeting(server.settings())
        assert heard.software.startswith("SSH-2.0-OpenSSH")
        assert [key.line for key in offered_host_keys(server.settings(), heard)] == [server.host_key_line]


def test_a_server_with_nothing_we_take_still_says_what_it_has(answers: Answers) -> None:
    heard = greeting(answers(offers("diffie-hellman-group1-sha1", "ssh-dss", "3des-cbc", "3des-cbc", "hmac-md5")))
    assert (heard.software, heard.host_keys) == ("SSH-2.0-Old_1.0", ("ssh-dss",))
    assert offered_host_keys(Sftp(host="127.0.0.1", port=1, username="x", host_keys=("x",)), heard) == []


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n" * 60,
        b"SSH-2.0-x\r\n" + b"\xff" * 64,  # a packet longer than any may be
        b"SSH-2.0-x\r\n" + struct.pack(">IB", 40, 10) + bytes([21]) + bytes(38),  # of another type
        b"SSH-2.0-x\r\n" + struct.pack(">IB", 40, 10) + bytes([20]) + bytes(16) + b"\xff" * 22,  # lists beyond its end
    ],
)
def test_what_is_no_ssh_server_is_told_so(answers: Answers, said: bytes) -> None:
    with pytest.raises(PartnerError, match="doesn't speak SSH"):
        greeting(answers(said))


def test_a_server_that_says_nothing_is_given_up(answers: Answers) -> None:
    with pytest.raises(PartnerUnreachableError, match=r"took more than 0\.5 s at greeting"):
        greeting(answers(b""))


def test_a_name_that_is_none_is_told() -> None:
    sftp = Sftp(host="no-such-host.invalid", username="x", host_keys=("x",))
    with pytest.raises(PartnerUnreachableError, match="can't be resolved"):
        addresses(sftp)
