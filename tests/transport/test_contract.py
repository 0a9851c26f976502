"""What every transport keeps, asked of all of them: memory, a folder, the simulator's server and Debian's sshd."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from edigate.errors import RemoteRefusedError
from edigate.partners.model import Directory
from edigate.simulator.sftp_server import SftpServer
from edigate.transport import RemoteFile, Transport, open_transport
from edigate.transport.memory import MemoryTransport
from tests.sshd import Sshd
from tests.transport.partners import ENVIRON, PASSWORD, partner, settings

Connect = Callable[[], Transport]

BIG = bytes(range(256)) * 12_000 + b"end"  # 3 MB whose every misplaced byte shows


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The partner's folder, as the partner sees it."""
    root = tmp_path / "partner"
    for folder in ("inbound", "outbound"):
        (root / folder).mkdir(parents=True)
    return root


def memory(root: Path) -> Generator[Connect, None, None]:
    del root  # it has no disk
    files: dict[str, bytes] = {}
    yield lambda: MemoryTransport(files)


def directory(root: Path) -> Generator[Connect, None, None]:
    there = partner(directory=Directory(path="partner"))
    yield lambda: open_transport(there, workspace=root.parent, environ={})


def simulator(root: Path) -> Generator[Connect, None, None]:
    with SftpServer(root, username="meadow", password=PASSWORD) as server:
        there = partner(sftp=settings(server))
        yield lambda: open_transport(there, workspace=root.parent, environ=ENVIRON)


def sshd(root: Path) -> Generator[Connect, None, None]:
    with Sshd(root, root.parent / "sshd") as server:
        there = partner(sftp=server.settings())
        yield lambda: open_transport(there, workspace=root.parent, environ={})


WITH_DISK = [directory, simulator, pytest.param(sshd, marks=pytest.mark.real)]


@pytest.fixture(params=[memory, *WITH_DISK])
def connect(request: pytest.FixtureRequest, root: Path) -> Iterator[Connect]:
    yield from request.param(root)


@pytest.fixture(params=WITH_DISK)
def connect_to_disk(request: pytest.FixtureRequest, root: Path) -> Iterator[Connect]:
    """Those whose files the test can see, and touch, behind their back."""
    yield from request.param(root)


def content(transport: Transport, path: str) -> bytes:
    return b"".join(transport.read(path))


@pytest.mark.parametrize("sent", [b"", b"~", b"ISA*00*\r\n\0\xff", BIG], ids=["empty", "one", "binary", "3 MB"])
def test_what_is_written_is_listed_and_read_back(connect: Connect, sent: bytes) -> None:
    with connect() as transport:
        transport.write("inbound/claims.x12", sent)
    with connect() as transport:
        assert [(file.path, file.size) for file in transport.list("inbound")] == [("inbound/claims.x12", len(sent))]
        assert content(transport, "inbound/claims.x12") == sent


def test_a_name_that_is_taken_is_refused_and_its_content_kept(connect: Connect) -> None:
    with connect() as transport:
        transport.write("inbound/claims.x12", b"first")
        with pytest.raises(RemoteRefusedError, match=r"inbound/claims\.x12"):
            transport.write("inbound/claims.x12", b"second")
        assert content(transport, "inbound/claims.x12") == b"first"


def test_a_rename_moves_content_and_leaves_nothing_behind(connect: Connect) -> None:
    with connect() as transport:
        transport.write("inbound/claims.tmp", b"content")
        transport.rename("inbound/claims.tmp", "outbound/claims.x12")
        assert content(transport, "outbound/claims.x12") == b"content"
        assert transport.list("inbound") == []
        assert transport.stat("inbound/claims.tmp") is None


def test_a_rename_never_replaces(connect: Connect) -> None:
    with connect() as transport:
        transport.write("inbound/theirs", b"theirs")
        transport.write("inbound/ours", b"ours")
        with pytest.raises(RemoteRefusedError):
            transport.rename("inbound/ours", "inbound/theirs")
        assert content(transport, "inbound/theirs") == b"theirs"
        assert content(transport, "inbound/ours") == b"ours"


def test_a_rename_to_its_own_name_loses_nothing(connect: Connect) -> None:
    with connect() as transport:
        transport.write("inbound/same", b"content")
        with pytest.raises(RemoteRefusedError):
            transport.rename("inbound/same", "inbound/same")
        assert content(transport, "inbound/same") == b"content"


def test_what_is_not_there_is_refused(connect: Connect) -> None:
    with connect() as transport:
        for attempt in (
            lambda: transport.remove("inbound/missing"),
            lambda: content(transport, "inbound/missing"),
            lambda: transport.rename("inbound/missing", "inbound/new"),
            lambda: transport.write("nowhere/claims.x12", b"content"),
            lambda: transport.list("nowhere"),
        ):
            with pytest.raises(RemoteRefusedError, match=r"missing|nowhere"):
                attempt()
        assert transport.list("inbound") == []


def test_the_session_is_still_good_after_a_refusal(connect: Connect) -> None:
    with connect() as transport:
        with pytest.raises(RemoteRefusedError):
            transport.remove("inbound/missing")
        transport.write("inbound/claims.x12", BIG)
        assert content(transport, "inbound/claims.x12") == BIG


def test_a_removed_file_is_gone(connect: Connect) -> None:
    with connect() as transport:
        transport.write("outbound/835", b"content")
        transport.remove("outbound/835")
        assert transport.list("outbound") == []
        assert transport.stat("outbound/835") is None


def test_stat_tells_what_stands_there(connect: Connect) -> None:
    with connect() as transport:
        transport.write("inbound/claims.x12", b"12345")
        found = transport.stat("inbound/claims.x12")
        assert found is not None
        assert (found.path, found.size) == ("inbound/claims.x12", 5)
        assert transport.stat("inbound/other") is None
        assert transport.stat("inbound") is not None


@pytest.mark.parametrize(
    "name", ["two words.x12", "ünïcode €.835", "'quoted\"$(x)*?.277", "-rf", ".hidden", "back\\slash", "a\tb"]
)
def test_odd_names_are_only_names(connect: Connect, name: str) -> None:
    path = f"outbound/{name}"
    with connect() as transport:
        transport.write(path, b"content")
        assert [file.name for file in transport.list("outbound")] == [name]
        assert content(transport, path) == b"content"
        transport.rename(path, f"{path}.taken")
        transport.remove(f"{path}.taken")
        assert transport.list("outbound") == []


@pytest.mark.parametrize("path", ["", "inbound/a\0b", "inbound/\ud800"])
def test_what_no_server_can_hold_is_refused(connect: Connect, path: str) -> None:
    with connect() as transport:
        for attempt in (
            lambda: transport.write(path, b""),
            lambda: transport.remove(path),
            lambda: content(transport, path),
            lambda: transport.stat(path),
            lambda: transport.rename(path, "inbound/new"),
        ):
            with pytest.raises(RemoteRefusedError, match="can't be a path"):
                attempt()


def test_a_read_that_is_given_up_leaves_the_session_good(connect: Connect) -> None:
    with connect() as transport:
        transport.write("outbound/835", BIG)
        reading = transport.read("outbound/835")
        assert BIG.startswith(next(reading))
        del reading
        assert content(transport, "outbound/835") == BIG


def test_two_files_can_be_read_in_turns(connect: Connect) -> None:
    with connect() as transport:
        transport.write("outbound/a", BIG)
        transport.write("outbound/b", BIG[::-1])
        one, other = transport.read("outbound/a"), transport.read("outbound/b")
        heads = next(one), next(other)
        assert heads[0] + b"".join(one) == BIG
        assert heads[1] + b"".join(other) == BIG[::-1]


def test_folders_and_links_are_not_files(connect_to_disk: Connect, root: Path) -> None:
    (root / "outbound" / "folder").mkdir()
    (root / "outbound" / "835").write_bytes(b"content")
    (root / "outbound" / "link").symlink_to("835")
    with connect_to_disk() as transport:
        assert [file.name for file in transport.list("outbound")] == ["835"]


def test_a_listing_says_when_a_file_was_changed(connect_to_disk: Connect, root: Path) -> None:
    (root / "outbound" / "835").write_bytes(b"content")
    os.utime(root / "outbound" / "835", (1, 1_700_000_000))
    with connect_to_disk() as transport:
        assert transport.list("outbound") == [RemoteFile("outbound", "835", 7, 1_700_000_000)]


def test_a_long_listing_is_whole_and_in_order(connect_to_disk: Connect, root: Path) -> None:
    names = [f"{number:05}.x12" for number in range(1500)]
    for name in reversed(names):
        (root / "outbound" / name).touch()
    with connect_to_disk() as transport:
        assert [file.name for file in transport.list("outbound")] == names


def test_a_trailing_or_missing_slash_makes_no_difference(connect: Connect) -> None:
    with connect() as transport:
        transport.write("top.835", b"top")
        assert [file.path for file in transport.list("")] == ["top.835"]
        assert content(transport, transport.list("")[0].path) == b"top"
        transport.write("outbound/835", b"content")
        assert content(transport, transport.list("outbound/")[0].path) == b"content"


@pytest.mark.parametrize("backend", [directory, pytest.param(sshd, marks=pytest.mark.real)])
def test_a_name_that_is_not_utf8_comes_and_goes_unharmed(
    backend: Callable[[Path], Generator[Connect, None, None]], root: Path
) -> None:
    (Path(os.fsdecode(os.fsencode(root) + b"/outbound/caf\xe9.835"))).write_bytes(b"content")
    with contextlib.closing(backend(root)) as sessions, next(sessions)() as transport:
        (file,) = transport.list("outbound")
        assert content(transport, file.path) == b"content"
        transport.remove(file.path)
        assert list((root / "outbound").iterdir()) == []
