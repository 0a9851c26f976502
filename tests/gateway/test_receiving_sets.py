"""Receiving many small files: in sets, each safe before it is removed, and none twice wherever a set is broken off."""

from __future__ import annotations

import builtins
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path

import pytest

from edigate.cli.endings import TerminatedError
from edigate.config import Workspace
from edigate.errors import RemoteRefusedError, StorageError
from edigate.gateway import fetching
from edigate.gateway.receive import receive
from edigate.ledger.inbound import InboundFile, inbound_files
from edigate.partners.model import Partner, Sftp
from edigate.simulator.policies import policies
from edigate.simulator.sftp_server import SftpServer
from edigate.transport import RemoteFile
from edigate.transport.memory import MemoryTransport
from edigate.transport.sftp import connect
from edigate.transport.together import MOST_GROWTH, OneByOne
from tests.conftest import REPOSITORY
from tests.gateway.lines_that_fail import CutLine
from tests.gateway.practice import TestGateway, settings
from tests.sshd import Sshd

Open = Callable[[Workspace], TestGateway]
COUNT = 2 * fetching.FILES_AT_ONCE + 10
FILES = {f"outbound/{number:03}": b"file %d" % number for number in range(COUNT)}


class Sets(CutLine):
    """A session that takes sets, and is lost at its `at`-th file. `sets` is how many files were asked for at once."""

    def __init__(self, files: dict[str, bytes], at: int = 1_000_000, error: Exception | None = None) -> None:
        super().__init__(MemoryTransport(files), at, done=True, error=error)
        self.sets: builtins.list[int] = []

    def read_many(self, files: Iterable[RemoteFile]) -> Generator[tuple[RemoteFile, bytes | RemoteRefusedError]]:
        asked = list(files)
        self.sets.append(len(asked))
        yield from OneByOne(self).read_many(reversed(asked))  # answers come in any order

    def write_many(self, files: Iterable[tuple[str, bytes]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return OneByOne(self).write_many(files)

    def rename_many(self, pairs: Iterable[tuple[str, str]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return OneByOne(self).rename_many(pairs)

    def stat_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteFile | RemoteRefusedError | None]]:
        return OneByOne(self).stat_many(paths)

    def remove_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return OneByOne(self).remove_many(paths)


@pytest.fixture
def deleting(workspace: Workspace, opened: Open) -> TestGateway:
    return opened(settings(workspace, folders="delete_after_receive = true"))


def taken(gateway: TestGateway) -> list[InboundFile]:
    with gateway.ledger.read() as tx:
        return inbound_files(tx)


def contents(gateway: TestGateway) -> Counter[bytes]:
    """How often each content was taken, by the archive."""
    return Counter(gateway.archive.get(file.sha256) for file in taken(gateway))


ONCE = Counter(FILES.values())


def test_small_files_come_in_sets_and_in_their_order(gateway: TestGateway, partner: Partner) -> None:
    session = Sets(dict(FILES))
    gateway.lines = {"acme": lambda: session}
    report = receive(gateway, partner)
    assert session.sets == [fetching.FILES_AT_ONCE, fetching.FILES_AT_ONCE, 10]
    assert [file.name for file in report.files] == [f"{number:03}" for number in range(COUNT)]
    assert taken(gateway) == report.files
    assert contents(gateway) == ONCE


def test_a_large_file_comes_alone_and_in_pieces(gateway: TestGateway, partner: Partner) -> None:
    files = {"outbound/a": b"a", "outbound/b": bytes(fetching.SMALL + 1), "outbound/c": b"c", "outbound/d": b"d"}
    session = Sets(files)
    gateway.lines = {"acme": lambda: session}
    report = receive(gateway, partner)
    assert session.sets == [1, 2]
    assert [(file.name, file.size) for file in report.files] == [
        ("a", 1), ("b", fetching.SMALL + 1), ("c", 1), ("d", 1),
    ]  # fmt: skip


def test_a_set_holds_no_more_bytes_than_may_be_in_memory(gateway: TestGateway, partner: Partner) -> None:
    per_set = fetching.BYTES_AT_ONCE // fetching.SMALL
    files = {f"outbound/{number:03}": number.to_bytes(4) * (fetching.SMALL // 4) for number in range(per_set + 3)}
    session = Sets(files)
    gateway.lines = {"acme": lambda: session}
    receive(gateway, partner)
    assert session.sets == [per_set, 3]


# One answer at each stage of the first set and the second: listing, reading, looking, and removing.
@pytest.mark.parametrize("at", [0, 1, 60, 128, 129, 200, 257, 300, 400, 512, 520, 700, 800])
def test_a_line_lost_anywhere_loses_nothing_and_takes_nothing_twice(deleting: TestGateway, at: int) -> None:
    partner = deleting.workspace.partner("acme")
    files = dict(FILES)
    deleting.lines = {"acme": lambda: Sets(files, at)}
    first = receive(deleting, partner)
    assert first.try_later
    gone = Counter(FILES.values()) - Counter(files.values())
    assert gone <= contents(deleting), "removed and not safe"
    deleting.lines = {"acme": lambda: Sets(files)}
    second = receive(deleting, partner)
    assert (files, second.stopped) == ({}, "")
    assert contents(deleting) == ONCE
    assert len(first.files) + len(second.files) == COUNT, "each is told once"


def test_what_a_server_gives_only_once_is_kept_when_we_are_told_to_stop(gateway: TestGateway, partner: Partner) -> None:
    class Once(Sets):
        given = 0

        def read(self, path: str) -> Iterator[bytes]:
            if self.given == 50:
                raise TerminatedError
            self.given += 1
            yield from super().read(path)
            self.remove(path)

    files = dict(FILES)
    gateway.lines = {"acme": lambda: Once(files)}
    with pytest.raises(TerminatedError):
        receive(gateway, partner)
    assert len(files) == COUNT - 50
    assert contents(gateway) + Counter(files.values()) == ONCE


def test_one_that_grows_and_one_that_is_gone_keep_no_other_back(deleting: TestGateway) -> None:
    class Odd(Sets):
        def read(self, path: str) -> Iterator[bytes]:
            match path[-1]:
                case "2":
                    raise RemoteRefusedError("No such file.")
                case "4":
                    return iter([bytes(MOST_GROWTH), b"and more"])
                case "6":
                    return iter([b"cut"])
            return super().read(path)

        def stat(self, path: str) -> RemoteFile | None:
            found = super().stat(path)
            return RemoteFile(found.folder, found.name, found.size + 1) if found and path[-1] == "8" else found

    files = {f"outbound/{number}": b"file %d" % number for number in range(10)}
    deleting.lines = {"acme": lambda: Odd(files)}
    report = receive(deleting, deleting.workspace.partner("acme"))
    assert (sorted(report.growing), report.refused, report.stopped) == (["4", "6", "8"], ["2"], "")
    assert [file.name for file in report.files] == ["0", "1", "3", "5", "7", "9"]
    assert sorted(files) == [f"outbound/{number}" for number in (2, 4, 6, 8)]


def test_a_server_that_allows_few_open_files_gives_them_one_by_one(
    workspace: Workspace, opened: Open, tmp_path: Path
) -> None:
    root = tmp_path / "partner"
    (root / "outbound").mkdir(parents=True)
    for number in range(20):
        (root / "outbound" / f"{number:02}").write_text(f"file {number}")
    with SftpServer(root, username="practice", password="pass", policy=policies()["few-open-files"]) as server:
        gateway = opened(workspace)
        sftp = Sftp(
            host=server.host, port=server.port, username="practice", host_keys=(server.host_key_line,), password_env="P"
        )
        gateway.lines = {"acme": lambda: connect(sftp, where="acme", workspace=tmp_path, environ={"P": "pass"})}
        report = receive(gateway, workspace.partner("acme"))
    assert (len(report.files), report.refused, report.stopped) == (20, [], "")


def test_a_set_that_the_full_disk_doesnt_take_leaves_nothing_half_done(
    deleting: TestGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = deleting.workspace.partner("acme")
    files = dict(FILES)
    deleting.lines = {"acme": lambda: Sets(files)}
    put = deleting.archive.put
    left = [200]

    def full(content: bytes) -> str:
        left[0] -= 1
        if left[0] < 0:
            raise StorageError("can't write a file into the archive: No space left on device")
        return put(content)

    monkeypatch.setattr(deleting.archive, "put", full)
    with pytest.raises(StorageError, match="No space left"):
        receive(deleting, partner)
    assert len(taken(deleting)) == COUNT - len(files) == fetching.FILES_AT_ONCE, "the whole sets before it"
    monkeypatch.undo()
    receive(deleting, partner)
    assert (files, contents(deleting)) == ({}, ONCE)


KILLED = """\
import os, signal, sys
from pathlib import Path
from edigate.config import load_workspace
from edigate.gateway import fetching, opening, receive
calls = [0]
def dies(whole):
    def call(*a, **k):
        calls[0] += 1
        if calls[0] == {number}:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*a, **k)
    return call
{patch}
w = load_workspace(Path(sys.argv[1]))
with opening.Gateway.open(w, environ={{}}) as g:
    receive.receive(g, w.partner("acme"))
"""


@pytest.mark.parametrize(
    ("patch", "number"),
    [
        ("from edigate.archive import Archive as A\nA.put = dies(A.put)", 7),  # some are archived
        ("fetching.record_all_received = dies(fetching.record_all_received)", 1),  # all are, none is recorded
        ("from edigate.transport.directory import DirectoryTransport as D\nD.remove = dies(D.remove)", 5),
    ],
)
def test_killed_within_a_set(deleting: TestGateway, workspace: Workspace, patch: str, number: int) -> None:
    outbound = workspace.root / "acme-server" / "outbound"
    files = {f"{n}": b"file %d" % n for n in range(20)}
    for name, content in files.items():
        (outbound / name).write_bytes(content)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED.format(patch=patch, number=number), str(workspace.root)],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = {path.name for path in outbound.iterdir()}
    assert len(left) == (20 if "remove" not in patch else 20 - (number - 1))
    receive(deleting, deleting.workspace.partner("acme"))
    assert list(outbound.iterdir()) == []
    assert contents(deleting) == Counter(files.values())


@pytest.mark.real
def test_many_come_from_openssh_and_are_cleared_there(workspace: Workspace, opened: Open, tmp_path: Path) -> None:
    root = tmp_path / "partner"
    (root / "outbound").mkdir(parents=True)
    for path, content in FILES.items():
        (root / path).write_bytes(content)
    (root / "outbound" / "large").write_bytes(bytes(fetching.SMALL * 3))
    with Sshd(root, tmp_path / "sshd") as server:
        one = server.settings()
        text = (
            (workspace.root / "partners" / "acme.toml").read_text().replace('[directory]\npath = "acme-server"\n', "")
        )
        (workspace.root / "partners" / "acme.toml").write_text(
            f'{text}delete_after_receive = true\n[sftp]\nhost = "{one.host}"\nport = {one.port}\n'
            f'username = "{one.username}"\nhost_keys = ["{one.host_keys[0]}"]\nkey_file = "{one.key_file}"\n'
        )
        gateway = opened(settings(workspace))
        report = receive(gateway, gateway.workspace.partner("acme"))
    assert (len(report.files), report.stopped, list((root / "outbound").iterdir())) == (COUNT + 1, "", [])
    assert contents(gateway) == ONCE + Counter([bytes(fetching.SMALL * 3)])
