"""Bad lines: whatever happens to the connection, an error comes in time and a success is never made up."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import stamina

from edigate.errors import EdigateError, LoginRefusedError, PartnerUnreachableError, RemoteRefusedError
from edigate.partners.model import Sftp
from edigate.simulator.host_keys import new_key
from edigate.simulator.sftp_server import SftpServer
from edigate.transport import Transport, open_transport
from edigate.transport.ssh_session import CONNECT_ATTEMPTS
from tests.sshd import Sshd
from tests.transport.lines import Direction, Proxy, SilentServer
from tests.transport.partners import ENVIRON, PASSWORD, partner, settings

CONTENT = bytes(range(256)) * 400  # 100 KB: several packets each way
BIG = bytes(8_000_000)  # more than the buffers between us and a server that reads no more


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """As many attempts to connect as ever, without the pauses between them."""
    stamina.set_testing(True, attempts=CONNECT_ATTEMPTS)
    yield
    stamina.set_testing(False)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    root = tmp_path / "partner"
    (root / "inbound").mkdir(parents=True)
    with SftpServer(root, username="meadow", password=PASSWORD) as server:
        yield server


def connect(sftp: Sftp) -> Transport:
    return open_transport(partner(sftp=sftp), workspace=Path(), environ=ENVIRON)


def through(server: SftpServer, line: Proxy, timeout: float = 5) -> Sftp:
    return settings(server, port=line.port, timeout_seconds=timeout)


def somewhere(port: int, timeout: float) -> Sftp:
    return Sftp(
        host="127.0.0.1",
        port=port,
        username="meadow",
        host_keys=(new_key()[1],),
        password_env="EDIGATE_TEST_PASSWORD",
        timeout_seconds=timeout,
    )


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-Stalled_1.0\r\n", b"SSH-2.0-"])
def test_a_server_that_says_nothing_more_ends_in_time(greeting: bytes) -> None:
    with SilentServer(greeting) as server:
        began = time.monotonic()
        with pytest.raises(PartnerUnreachableError, match=r"took more than 0\.5 s at agreeing on encryption"):
            connect(somewhere(server.port, 0.5))
        assert time.monotonic() - began < 20  # a hang would be forever; busy machines are slow
        assert server.accepted == 1  # slow is not gone: no second try


def test_a_server_that_hangs_up_is_tried_a_few_times_before_the_login() -> None:
    with SilentServer(closes=True) as server:
        with pytest.raises(PartnerUnreachableError, match="ended the connection before the login"):
            connect(somewhere(server.port, 10))
        assert server.accepted == 3


def test_nobody_at_home() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # not listening
        with pytest.raises(PartnerUnreachableError, match="can't be reached: Connection refused") as caught:
            connect(somewhere(unused.getsockname()[1], 5))
    assert caught.value.exit_code == 75


def test_a_name_that_does_not_exist() -> None:
    sftp = Sftp(host="sftp.invalid", username="u", host_keys=(new_key()[1],), password_env="P")
    with pytest.raises(PartnerUnreachableError, match=r"sftp\.invalid can't be resolved"):
        open_transport(partner(sftp=sftp), workspace=Path(), environ={"P": "x"})


def test_something_else_than_ssh_is_no_traceback() -> None:
    with (
        SilentServer(b"HTTP/1.1 400 Bad Request\r\n\r\n", closes=True) as server,
        pytest.raises(PartnerUnreachableError, match="ended the connection before the login") as caught,
    ):
        connect(somewhere(server.port, 5))
    assert "Is this an SFTP server?" in caught.value.hint


def passed_by(server: SftpServer, upto: Literal["login", "write"]) -> dict[Direction, int]:
    """How many bytes a session takes each way: to log in, or to write and rename a file as well."""
    with Proxy((server.host, server.port)) as line, connect(through(server, line)) as transport:
        if upto == "write":
            send(transport, "inbound/measured")
        return dict(line.passed)


def send(transport: Transport, path: str) -> None:
    transport.write(f"{path}.tmp", CONTENT)
    transport.rename(f"{path}.tmp", path)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_line_cut_anywhere_while_sending_is_never_a_success(server: SftpServer, direction: Direction) -> None:
    start, end = passed_by(server, "login")[direction], passed_by(server, "write")[direction]
    assert end > start
    cuts = 25
    for number in range(cuts):
        name = f"inbound/{direction}{number}"
        after = start + (end - start) * number // cuts
        with (
            Proxy((server.host, server.port), fault="cut", direction=direction, after=after) as line,
            pytest.raises(PartnerUnreachableError),
            connect(through(server, line)) as transport,
        ):
            send(transport, name)
        # Under its final name the file is whole or not there, whichever side was cut.
        arrived = server.root / name
        assert not arrived.exists() or arrived.read_bytes() == CONTENT


def test_a_line_cut_while_reading_is_never_a_short_file(server: SftpServer) -> None:
    (server.root / "inbound" / "835").write_bytes(CONTENT)
    start = passed_by(server, "login")["down"]
    for after in range(start + 1000, start + len(CONTENT), 10_000):
        with (
            Proxy((server.host, server.port), fault="cut", direction="down", after=after) as line,
            connect(through(server, line)) as transport,
            pytest.raises(PartnerUnreachableError),
        ):
            b"".join(transport.read("inbound/835"))


@pytest.mark.parametrize("fault", ["stall", "trickle"])
@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("what", ["write", "read", "list"])
def test_a_line_that_stalls_or_trickles_ends_in_time(
    server: SftpServer, fault: Literal["stall", "trickle"], direction: Direction, what: str
) -> None:
    (server.root / "inbound" / "835").write_bytes(BIG)
    after = passed_by(server, "login")[direction] + 20
    with (
        Proxy((server.host, server.port), fault=fault, direction=direction, after=after) as line,
        connect(through(server, line, timeout=0.7)) as transport,
    ):
        began = time.monotonic()
        with pytest.raises(PartnerUnreachableError, match=r"took more than 0\.7 s at answering"):
            if what == "write":
                transport.write("inbound/big", BIG)
            elif what == "read":
                b"".join(transport.read("inbound/835"))
            else:
                transport.list("inbound")
        assert time.monotonic() - began < 20  # a hang would be forever; busy machines are slow
        with pytest.raises(PartnerUnreachableError):  # and it stays over, at once
            transport.list("inbound")
        assert time.monotonic() - began < 20  # a hang would be forever; busy machines are slow


@pytest.mark.parametrize("part", [0.05, 0.5, 0.8, 0.95])
def test_a_stall_in_the_handshake_or_login_ends_in_time(server: SftpServer, part: float) -> None:
    after = int(passed_by(server, "login")["down"] * part)
    with Proxy((server.host, server.port), fault="stall", direction="down", after=after) as line:
        began = time.monotonic()
        with pytest.raises(PartnerUnreachableError, match=r"took more than 0\.7 s at"):
            connect(through(server, line, timeout=0.7))
        assert time.monotonic() - began < 20  # a hang would be forever; busy machines are slow


def test_a_connection_cut_at_the_login_is_not_tried_again(server: SftpServer) -> None:
    """It may be a refusal by hanging up: whatever it was, the server saw one login at most."""
    total = passed_by(server, "login")["down"]
    server.journal.clear()
    outcomes = set()
    for after in range(total - 400, total, 25):
        seen = len(server.journal)
        with (
            Proxy((server.host, server.port), fault="cut", direction="down", after=after) as line,
            pytest.raises(EdigateError) as caught,
        ):
            connect(through(server, line))
        outcomes.add(caught.type)
        assert len(server.journal) - seen <= 1
    assert LoginRefusedError in outcomes


def test_a_slow_reader_loses_nothing(server: SftpServer) -> None:
    """The clock runs while we wait for the server, not while we are busy with what it gave us."""
    (server.root / "inbound" / "835").write_bytes(BIG)
    with connect(settings(server, timeout_seconds=0.7)) as transport:
        reading = transport.read("inbound/835")
        first = next(reading)
        time.sleep(1)
        assert first + b"".join(reading) == BIG
        time.sleep(1)
        assert transport.stat("inbound/835") is not None


@pytest.mark.real
def test_a_full_disk_at_a_real_server_is_an_error(tmp_path: Path) -> None:
    root = tmp_path / "partner"
    root.mkdir()
    bound = 300_000
    with (
        Sshd(root, tmp_path / "sshd", max_file_bytes=bound) as server,
        connect(server.settings()) as transport,
    ):
        transport.write("fits", bytes(bound))
        with pytest.raises(RemoteRefusedError, match="refused to write claims: failure"):
            transport.write("claims", bytes(bound + 1))
        with pytest.raises(RemoteRefusedError, match="refused to write large: failure"):
            transport.write("large", BIG)
        # The session survives it: what is left can be cleared away.
        transport.remove("claims")
        transport.remove("large")
        assert [file.name for file in transport.list("")] == ["fits"]


@pytest.mark.real
def test_a_real_server_that_is_killed_is_noticed(tmp_path: Path) -> None:
    root = tmp_path / "partner"
    root.mkdir()
    with Sshd(root, tmp_path / "sshd") as server, connect(server.settings()) as transport:
        transport.write("claims.tmp", CONTENT)
        server.kill_sessions()
        with pytest.raises(PartnerUnreachableError, match="ended the connection"):
            transport.rename("claims.tmp", "claims")
