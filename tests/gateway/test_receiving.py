"""Receiving: every file once, durable before anything else happens to it, whatever the server lists."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.config import Workspace
from edigate.errors import LoginRefusedError, RemoteRefusedError, StorageError
from edigate.gateway.convert import convert
from edigate.gateway.names import kept_name
from edigate.gateway.receive import receive
from edigate.gateway.send import send
from edigate.ledger.inbound import InboundFile, inbound_files
from edigate.partners.model import Partner
from edigate.transport import RemoteFile, Transport
from edigate.transport.directory import DirectoryTransport
from edigate.transport.memory import MemoryTransport
from tests.conftest import REPOSITORY
from tests.gateway.lines_that_fail import CutLine
from tests.gateway.practice import MAPPING, TestGateway, extract, on_server, settings, visits

Open = Callable[[Workspace], TestGateway]

YESTERDAY = 1_782_700_000


@pytest.fixture
def outbound(workspace: Workspace) -> Path:
    return workspace.root / "acme-server" / "outbound"


def put(folder: Path, name: str, content: str = "hello", modified: int = YESTERDAY) -> Path:
    """A file of the partner's, of a given age."""
    path = folder / name
    path.write_text(content)
    os.utime(path, (modified, modified))
    return path


def taken(gateway: TestGateway) -> list[InboundFile]:
    with gateway.ledger.read() as tx:
        return inbound_files(tx)


def contents(gateway: TestGateway) -> list[bytes]:
    """The bytes of every file taken, by the archive."""
    return [gateway.archive.get(file.sha256) for file in taken(gateway)]


class TestOnce:
    def test_a_file_is_taken_once(self, gateway: TestGateway, partner: Partner, outbound: Path) -> None:
        put(outbound, "a.999")
        (file,) = receive(gateway, partner).files
        assert (file.name, file.remote_path, file.size, file.state) == ("a.999", "outbound/a.999", 5, "received")
        assert receive(gateway, partner).files == []
        assert contents(gateway) == [b"hello"]
        assert (outbound / "a.999").exists()

    def test_the_oldest_comes_first(self, gateway: TestGateway, partner: Partner, outbound: Path) -> None:
        for name, age in (("b", 20), ("a", 10), ("c", 30)):
            put(outbound, name, name, YESTERDAY - age)
        assert [file.name for file in receive(gateway, partner).files] == ["c", "b", "a"]

    def test_the_same_bytes_under_another_name_are_a_duplicate(
        self, gateway: TestGateway, partner: Partner, outbound: Path
    ) -> None:
        put(outbound, "a.999")
        receive(gateway, partner)
        put(outbound, "b.999", modified=YESTERDAY + 60)
        (second,) = receive(gateway, partner).files
        assert (second.name, second.state, second.duplicate_of_id) == ("b.999", "kept", 1)
        assert second.reason == "the same content as file 1"

    def test_a_name_that_comes_round_again_is_taken_again(
        self, gateway: TestGateway, partner: Partner, outbound: Path
    ) -> None:
        put(outbound, "R5000001", "monday")
        receive(gateway, partner)
        put(outbound, "R5000001", "sunday", YESTERDAY + 60)  # no longer, no shorter: only later
        receive(gateway, partner)
        assert contents(gateway) == [b"monday", b"sunday"]

    def test_a_server_that_tells_no_times_gives_nothing_new_twice(self, gateway: TestGateway, partner: Partner) -> None:
        files = {"outbound/a": b"monday"}
        gateway.lines = {"acme": lambda: MemoryTransport(files)}  # tells no times
        assert len(receive(gateway, partner).files) == 1
        assert receive(gateway, partner).files == []
        files["outbound/a"] = b"sunday"
        assert len(receive(gateway, partner).files) == 1
        assert contents(gateway) == [b"monday", b"sunday"]

    def test_our_own_files_in_a_shared_folder_are_left_alone(self, workspace: Workspace, opened: Open) -> None:
        one_folder = 'send = "inbound"\nreceive = ["inbound"]\ndelete_after_receive = true'
        gateway = opened(settings(workspace, folders=one_folder))
        partner = gateway.workspace.partner("acme")
        convert(gateway, extract(workspace.root / "inbox", visits(1)), MAPPING, partner)
        send(gateway, partner)
        ours = on_server(workspace)
        put(workspace.root / "acme-server" / "inbound", "acme_837P_000000001.x12-B7-success")
        report = receive(gateway, partner)
        assert [file.name for file in report.files] == ["acme_837P_000000001.x12-B7-success"]
        assert on_server(workspace) == ours


class Growing(MemoryTransport):
    """A server on which somebody is writing while we read: the file is longer at the second look."""

    def stat(self, path: str) -> RemoteFile | None:
        found = super().stat(path)
        return found and RemoteFile(found.folder, found.name, found.size + 10)


class TestWhileItChanges:
    def test_a_growing_file_is_left_for_the_next_time(self, gateway: TestGateway, partner: Partner) -> None:
        files = {"outbound/a.835": b"the first half"}
        gateway.lines = {"acme": lambda: Growing(files)}
        report = receive(gateway, partner)
        assert (report.files, report.growing, taken(gateway)) == ([], ["a.835"], [])
        kept = [path for path in gateway.workspace.archive_path.rglob("*") if path.is_file()]
        assert kept == [], "half a file was archived"
        files["outbound/a.835"] = b"the first half, and the second"
        gateway.lines = {"acme": lambda: MemoryTransport(files)}
        receive(gateway, partner)
        assert contents(gateway) == [b"the first half, and the second"]

    def test_a_file_that_vanished_stops_no_other(self, gateway: TestGateway, partner: Partner) -> None:
        class Vanishing(MemoryTransport):
            def read(self, path: str) -> Iterator[bytes]:
                if path == "outbound/b":
                    self.remove(path)
                return super().read(path)

        files = {f"outbound/{name}": name.encode() for name in "abc"}
        gateway.lines = {"acme": lambda: Vanishing(files)}
        report = receive(gateway, partner)
        assert ([file.name for file in report.files], report.refused, report.stopped) == (["a", "c"], ["b"], "")

    def test_a_server_that_takes_files_back_once_read_gives_them_all_the_same(
        self, gateway: TestGateway, partner: Partner
    ) -> None:
        class Once(MemoryTransport):
            def read(self, path: str) -> Iterator[bytes]:
                yield from super().read(path)
                self.remove(path)

        files = {"outbound/a": b"a", "outbound/b": b"b"}
        gateway.lines = {"acme": lambda: Once(files)}
        assert len(receive(gateway, partner).files) == 2
        assert contents(gateway) == [b"a", b"b"]

    def test_a_server_that_tells_nothing_by_name_is_believed(self, gateway: TestGateway, partner: Partner) -> None:
        class Silent(MemoryTransport):
            def stat(self, path: str) -> RemoteFile | None:
                raise RemoteRefusedError("Permission denied.")

        gateway.lines = {"acme": lambda: Silent({"outbound/a": b"a", "outbound/b": b"b"})}
        report = receive(gateway, partner)
        assert (len(report.files), report.stopped) == (2, "")


class TestDeleting:
    @pytest.fixture
    def deleting(self, workspace: Workspace, opened: Open) -> TestGateway:
        return opened(settings(workspace, folders="delete_after_receive = true"))

    def test_what_is_safe_with_us_is_cleared(self, deleting: TestGateway, outbound: Path) -> None:
        put(outbound, "a")
        put(outbound, "b", "other")
        receive(deleting, deleting.workspace.partner("acme"))
        assert list(outbound.iterdir()) == []
        assert contents(deleting) == [b"hello", b"other"]

    @pytest.mark.parametrize("at", range(4))
    def test_nothing_is_deleted_that_isnt_safe(self, deleting: TestGateway, at: int) -> None:
        """The line is lost at every call: list, read, stat, and the look before the removal."""
        partner = deleting.workspace.partner("acme")
        files = {"outbound/a": b"money"}
        deleting.lines = {"acme": lambda: CutLine(MemoryTransport(files), at, done=True)}
        report = receive(deleting, partner)
        assert (report.try_later, files) == (True, {"outbound/a": b"money"})
        assert contents(deleting) == ([b"money"] if at >= 2 else []), "some servers give a file only once"
        deleting.lines = {"acme": lambda: MemoryTransport(files)}
        receive(deleting, partner)
        assert (files, contents(deleting)) == ({}, [b"money"])

    def test_a_full_disk_of_ours_deletes_nothing(
        self, deleting: TestGateway, outbound: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(outbound, "a")

        def full(*_: object) -> str:
            raise StorageError("no space left")

        monkeypatch.setattr(deleting.archive, "put_pieces", full)
        with pytest.raises(StorageError):
            receive(deleting, deleting.workspace.partner("acme"))
        assert (outbound / "a").exists()

    def test_a_file_written_anew_meanwhile_stays(self, deleting: TestGateway, outbound: Path) -> None:
        class Rewritten(MemoryTransport):
            looks = 0

            def stat(self, path: str) -> RemoteFile | None:
                self.looks += 1
                if self.looks == 2:  # the look before the removal
                    self.files["outbound/a"] = b"the next one"
                return super().stat(path)

        files = {"outbound/a": b"monday"}
        deleting.lines = {"acme": lambda: Rewritten(files)}
        receive(deleting, deleting.workspace.partner("acme"))
        assert files == {"outbound/a": b"the next one"}

    @pytest.mark.parametrize("point", ["archived", "recorded"])
    def test_killed_between_safe_and_deleted(self, deleting: TestGateway, outbound: Path, point: str) -> None:
        put(outbound, "a")
        program = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from edigate.config import load_workspace\n"
            "from edigate.gateway import fetching, opening, receive\n"
            "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
            + (
                "fetching.record_all_received = die\n"
                if point == "archived"
                else "from edigate.transport.directory import DirectoryTransport as D\nD.remove = die\n"
            )
            + "w = load_workspace(Path(sys.argv[1]))\n"
            "with opening.Gateway.open(w, environ={}) as g:\n"
            "    receive.receive(g, w.partner('acme'))\n"
        )
        killed = subprocess.run(
            [sys.executable, "-c", program, str(deleting.workspace.root)],
            cwd=REPOSITORY,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert (outbound / "a").exists()
        receive(deleting, deleting.workspace.partner("acme"))
        assert contents(deleting) == [b"hello"]
        assert not (outbound / "a").exists()


class TestTrouble:
    def test_a_folder_that_cant_be_listed_is_told_and_stops_no_other(
        self, workspace: Workspace, opened: Open, outbound: Path
    ) -> None:
        gateway = opened(settings(workspace, folders='receive = ["nowhere", "outbound"]'))
        put(outbound, "a")
        report = receive(gateway, gateway.workspace.partner("acme"))
        assert [file.name for file in report.files] == ["a"]
        assert "list nowhere" in report.stopped
        assert not report.try_later

    def test_a_partner_that_is_down_is_for_later(
        self, gateway: TestGateway, partner: Partner, workspace: Workspace
    ) -> None:
        (workspace.root / "acme-server").rename(workspace.root / "unmounted")
        report = receive(gateway, partner)
        assert (report.try_later, report.files) == (True, [])

    def test_a_refused_login_is_tried_once(self, gateway: TestGateway, partner: Partner) -> None:
        logins = []

        def refuse() -> Transport:
            logins.append(1)
            raise LoginRefusedError("no")

        gateway.lines = {"acme": refuse}
        report = receive(gateway, partner)
        assert (report.stopped, report.refused_login, logins) == ("no", True, [1])

    def test_a_lost_line_keeps_what_came_before(self, gateway: TestGateway, partner: Partner) -> None:
        files = {f"outbound/{name}": name.encode() for name in "abc"}
        error = BrokenPipeError(32, "Broken pipe")
        gateway.lines = {"acme": lambda: CutLine(MemoryTransport(files), 3, done=True, error=error)}
        report = receive(gateway, partner)
        assert ([file.name for file in report.files], report.try_later) == (["a", "b"], True)
        assert "Broken pipe" in report.stopped


class TestNames:
    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("R5 äöü.835", "R5 äöü.835"),
            ("a\x1b[31m.999", "a\\u{1b}[31m.999"),
            ("two\nlines", "two\\u{a}lines"),
            ("\udcff\udcfe.x12", "\\xff\\xfe.x12"),
            ("back\\slash", "back\\\\slash"),
            ("-rf", "-rf"),
            ("n" * 250, "n" * 250),
        ],
    )
    def test_any_name_is_taken_and_kept_readable(
        self, gateway: TestGateway, partner: Partner, outbound: Path, name: str, kept: str
    ) -> None:
        put(outbound, name)
        (file,) = receive(gateway, partner).files
        assert (file.name, file.remote_path) == (kept, f"outbound/{kept}")
        assert receive(gateway, partner).files == []

    def test_a_name_longer_than_any_file_system_has(self, gateway: TestGateway, partner: Partner) -> None:
        name = "é" * 100_000
        gateway.lines = {"acme": lambda: MemoryTransport({f"outbound/{name}": b"x"})}
        (file,) = receive(gateway, partner).files
        assert file.name == name

    def test_a_name_with_a_slash_in_disguise_writes_nowhere(
        self, gateway: TestGateway, partner: Partner, workspace: Workspace
    ) -> None:
        before = {path for path in workspace.root.rglob("*") if "state" not in path.parts}
        name = "..\\..\\etc\\passwd%2f..%2f"
        gateway.lines = {"acme": lambda: MemoryTransport({f"outbound/{name}": b"x"})}
        receive(gateway, partner)
        assert {path for path in workspace.root.rglob("*") if "state" not in path.parts} == before

    @given(st.text(st.characters(), max_size=8), st.text(st.characters(), max_size=8))
    def test_different_names_stay_different(self, one: str, other: str) -> None:
        assert (kept_name(one) == kept_name(other)) == (one == other)
        assert kept_name(one).isprintable()

    def test_names_with_bytes_are_told_apart(self) -> None:
        names = ["\udcff", "\\xff", "\xff", "\\\udcff", "\\\\xff", "\\u{dcff}", "\ud8ff"]
        assert len({kept_name(name) for name in names}) == len(names)


def test_ten_thousand_files_that_are_known_cost_no_second_look(
    gateway: TestGateway, partner: Partner, outbound: Path
) -> None:
    names = [f"{number:05d}.999" for number in range(10_000)]
    for name in names:
        put(outbound, name, "")
    with gateway.ledger.write() as tx:
        tx.connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9998) "
            "INSERT INTO inbound_file (partner, remote_path, name, size, remote_modified, sha256, kind, state,"
            " reason, duplicate_of_id, received_at, finished_at) "
            "SELECT 'acme', printf('outbound/%05d.999', i), printf('%05d.999', i), 0, ?, printf('%064d', i), '',"
            " 'received', '', NULL, '2026-06-30 18:00:00.000000', NULL FROM n",
            (YESTERDAY,),
        )
    watched = CutLine(DirectoryTransport(outbound.parent), 1_000_000, done=True)
    gateway.lines = {"acme": lambda: watched}
    (new,) = receive(gateway, partner).files
    assert (new.name, new.size) == ("09999.999", 0)
    assert watched.calls == ["list", "read", "stat"]
