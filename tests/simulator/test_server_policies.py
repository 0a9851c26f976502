"""What each policy of the simulator's server looks like to another program's client."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
import pytest

from edigate.simulator.policies import Policy, policies
from edigate.simulator.sftp_server import SftpServer

PASSWORD = "correct horse"
DOCS = Path(__file__).parents[2] / "docs" / "simulator.md"

With = Callable[[str], tuple[SftpServer, paramiko.SFTPClient]]


@pytest.fixture
def received() -> list[bytes]:
    return []


@pytest.fixture
def with_policy(tmp_path: Path, received: list[bytes]) -> Iterator[With]:
    """Starts a server with a policy, and a session with it."""
    (tmp_path / "inbound").mkdir()
    with contextlib.ExitStack() as stack:

        def start(name: str) -> tuple[SftpServer, paramiko.SFTPClient]:
            server = stack.enter_context(
                SftpServer(
                    tmp_path,
                    username="meadow",
                    password=PASSWORD,
                    policy=policies()[name],
                    on_received=lambda place: received.append(place.read_bytes()),
                )
            )
            transport = paramiko.Transport(socket.create_connection((server.host, server.port)))
            stack.callback(transport.close)
            transport.set_log_channel("edigate.simulator.paramiko")
            transport.connect(username="meadow", password=PASSWORD)
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            client.get_channel().settimeout(10)
            return server, client

        yield start


def put(client: paramiko.SFTPClient, name: str, content: bytes = b"content") -> None:
    with client.open(f"inbound/{name}", "wx") as opened:
        opened.write(content)


def draft_and_rename(client: paramiko.SFTPClient, content: bytes = b"content") -> None:
    put(client, "a.tmp", content)
    client.rename("inbound/a.tmp", "inbound/a.x12")


def left(server: SftpServer) -> list[str]:
    return sorted(path.name for path in (server.root / "inbound").iterdir())


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("plain", ["a.x12"]),
        ("pickup-close", []),
        ("pickup-rename", []),
        ("renames-ours", ["a.x12.received"]),
        ("no-fsync", ["a.x12"]),
    ],
)
def test_what_a_server_does_with_what_it_received(
    with_policy: With, received: list[bytes], name: str, stays: list[str]
) -> None:
    server, client = with_policy(name)
    draft_and_rename(client)
    assert received == [b"content"]
    assert left(server) == stays


@pytest.mark.parametrize(("name", "stays"), [("pickup-logout", ["draft.tmp"]), ("sweeps-drafts", ["a.x12"])])
def test_what_is_cleared_when_a_session_ends(with_policy: With, name: str, stays: list[str]) -> None:
    server, client = with_policy(name)
    draft_and_rename(client)
    put(client, "draft.tmp")
    assert left(server) == ["a.x12", "draft.tmp"]
    client.get_channel().get_transport().close()
    server.stop()
    assert left(server) == stays


@pytest.mark.parametrize("name", ["rename-error", "rename-no-reply"])
def test_a_rename_is_done_whatever_is_answered(with_policy: With, received: list[bytes], name: str) -> None:
    server, client = with_policy(name)
    with pytest.raises((OSError, EOFError, paramiko.SSHException)):
        draft_and_rename(client)
    server.stop()
    assert (left(server), received) == (["a.x12"], [b"content"])


@pytest.mark.parametrize(
    ("name", "refused"), [("forbids-rename", "a.tmp"), ("refuses-tmp", ""), ("full", "a.tmp"), ("close-failure", "")]
)
def test_a_refusal_delivers_nothing(with_policy: With, received: list[bytes], name: str, refused: str) -> None:
    server, client = with_policy(name)
    with contextlib.suppress(OSError), client.open("inbound/a.tmp", "wx") as opened:
        opened.write(b"x" * 1000)  # paramiko's own client takes a failed CLOSE for nothing
    with contextlib.suppress(OSError):
        client.rename("inbound/a.tmp", "inbound/a.x12")
    assert received == ([b"x" * 700] if name == "full" else [])
    assert left(server) == ([] if not refused else ["a.x12"] if name == "full" else [refused])


def test_what_is_not_told(with_policy: With) -> None:
    server, client = with_policy("stat-no-size")
    draft_and_rename(client)
    assert client.stat("inbound/a.x12").st_size is None
    server.policy = policies()["stat-denied"]
    with pytest.raises(PermissionError):
        client.stat("inbound/a.x12")
    server.policy = policies()["hides-dot-files"]
    put(client, ".hidden")
    assert client.listdir("inbound") == ["a.x12"]
    with pytest.raises(FileNotFoundError):
        client.stat("inbound/.hidden")


def test_bytes_that_are_swallowed(with_policy: With, received: list[bytes]) -> None:
    _, client = with_policy("silently-short")
    draft_and_rename(client, b"x" * 1000)
    assert received == [b"x" * 700]


def test_a_cut_file_counts_as_closed_where_the_server_takes_it_so(with_policy: With, received: list[bytes]) -> None:
    server, client = with_policy("pickup-close")
    opened = client.open("inbound/a.x12", "wx")
    opened.write(b"half")
    opened.stat()  # the bytes are there now
    client.get_channel().get_transport().close()
    server.stop()
    assert (received, server.journal[-1].outcome) == ([b"half"], "cut")


def test_listings_that_lie(with_policy: With) -> None:
    _, client = with_policy("hostile-listing")
    names = client.listdir("inbound")
    assert "../../../etc/passwd" in names
    assert names.count("twice.x12") == 2
    with pytest.raises(FileNotFoundError):
        client.stat("inbound/twice.x12")


def test_every_policy_and_every_key_is_documented() -> None:
    told = set(re.findall(r"`([a-z_-]+)`", DOCS.read_text()))
    assert told >= {name for name in policies() if not name.endswith("-pickup")}
    assert told >= set(Policy.__struct_fields__) - {"name", "about"}


def test_a_server_may_allow_few_open_files(with_policy: With) -> None:
    _, client = with_policy("few-open-files")
    first, second = (client.open(f"inbound/{name}", "wx") for name in ("a.tmp", "b.tmp"))
    with pytest.raises(OSError, match="Failure"):
        client.open("inbound/c.tmp", "wx")
    first.close()
    put(client, "c.tmp")
    second.close()
