"""Sending, judged by what the partner has: every claim once, whatever happens to the line, the run or the server."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable

import pytest

from edigate.config import Workspace
from edigate.errors import LedgerBusyError, LoginRefusedError, RemoteRefusedError, StorageError
from edigate.gateway import freezing
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post
from edigate.gateway.preview import write_preview
from edigate.gateway.receive import receive
from edigate.gateway.send import SendReport, send
from edigate.ledger.numbering import next_numbers
from edigate.partners.model import Partner
from edigate.transport import RemoteFile, Transport
from edigate.transport.memory import MemoryTransport
from edigate.x12.validate import Report
from tests.conftest import REPOSITORY
from tests.gateway.lines_that_fail import CutLine, WatchedServer
from tests.gateway.practice import (
    MAPPING,
    Clock,
    TestGateway,
    claims_by_state,
    control_numbers,
    extract,
    files_out,
    on_server,
    row,
    settings,
    visits,
)

Open = Callable[[Workspace], TestGateway]

FINAL = "inbound/acme_837P_000000001.x12"


def ready(gateway: Gateway, count: int = 3, prefix: str = "E", **cells: str) -> None:
    """So many claims ready to be sent to acme."""
    rows = [one | cells for one in visits(count, prefix)]
    report = convert(
        gateway,
        extract(gateway.workspace.root / "inbox", rows, f"{prefix}.csv"),
        MAPPING,
        gateway.workspace.partner("acme"),
    )
    assert (report.claims_made, report.refused) == (count, 0), report.refusals


def bytes_of(gateway: Gateway, file_id: int = 1) -> bytes:
    """What the ledger says was frozen into a file, by the archive."""
    (file,) = [one for one in files_out(gateway) if one.id == file_id]
    return gateway.archive.get(file.sha256)


class TestAWorkingLine:
    def test_everything_ready_arrives_once(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway)
        report = send(gateway, partner)
        assert (report.claims_sent, report.stopped) == (3, "")
        assert on_server(gateway.workspace) == {"acme_837P_000000001.x12": bytes_of(gateway)}
        assert control_numbers(bytes_of(gateway)) == ["E1", "E2", "E3"]
        assert claims_by_state(gateway) == {"sent": 3}

    def test_nothing_is_left_for_a_second_send(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway)
        send(gateway, partner)
        before = on_server(gateway.workspace)
        assert send(gateway, partner) == SendReport(partner="acme")
        assert on_server(gateway.workspace) == before

    def test_a_partner_is_asked_nothing_where_nothing_waits(self, gateway: TestGateway, partner: Partner) -> None:
        def no_session() -> Transport:
            raise AssertionError("nobody needed a session")

        gateway.lines = {"acme": no_session}
        assert send(gateway, partner).files == []

    def test_numbers_never_come_twice(self, gateway: TestGateway, partner: Partner) -> None:
        for night in range(6):
            ready(gateway, 2, f"N{night}V")
            send(gateway, partner)
        files = files_out(gateway)
        assert [file.isa13 for file in files] == [1, 2, 3, 4, 5, 6]
        assert [file.gs06 for file in files] == [1, 2, 3, 4, 5, 6]
        with gateway.ledger.read() as tx:
            rows = tx.connection.exec_driver_sql("SELECT st02, bht03 FROM outbound_set ORDER BY id").all()
        assert len({st02 for st02, _ in rows}) == len({bht03 for _, bht03 in rows}) == 6

    def test_each_billing_provider_has_a_set_of_its_own(self, gateway: TestGateway, partner: Partner) -> None:
        rows = [row("A1"), row("B1", billing_name="CORNERSTONE WALK IN"), row("A2")]
        convert(gateway, extract(gateway.workspace.root / "inbox", rows), MAPPING, partner)
        send(gateway, partner)
        (content,) = on_server(gateway.workspace).values()
        assert content.count(b"\nST*837*") == 2
        assert sorted(control_numbers(content)) == ["A1", "A2", "B1"]


class TestLimits:
    def test_no_file_has_more_claims_than_the_partner_takes(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_claims = 2"))
        ready(gateway, 5)
        assert send(gateway, gateway.workspace.partner("acme")).claims_sent == 5
        numbers = [control_numbers(content) for content in on_server(gateway.workspace).values()]
        assert [len(one) for one in numbers] == [2, 2, 1]
        assert sorted(number for one in numbers for number in one) == ["E1", "E2", "E3", "E4", "E5"]

    def test_no_file_has_more_bytes_than_the_partner_takes(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_bytes = 10000"))
        ready(gateway, 40)
        send(gateway, gateway.workspace.partner("acme"))
        contents = on_server(gateway.workspace).values()
        assert len(contents) > 1
        assert max(map(len, contents)) <= 10_000
        # No file is wastefully small either, but the last.
        assert sorted(map(len, contents))[1] > 8_000
        assert len({number for content in contents for number in control_numbers(content)}) == 40

    def test_a_claim_larger_than_a_file_goes_alone(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_bytes = 10000"))
        line = {"description": "X" * 80, "modifier1": "25", "service_date_end": "2026-06-16", "modifier2": "59"}
        long = [row("L1", **line, charge="1234567.89", units="999.5", claim_note="Y" * 80) for _ in range(50)]
        rows = [*visits(2), *long]
        report = convert(
            gateway, extract(workspace.root / "inbox", rows), MAPPING, gateway.workspace.partner("acme")
        )
        assert report.claims_made == 3
        send(gateway, gateway.workspace.partner("acme"))
        sizes = {tuple(control_numbers(c)): len(c) for c in on_server(gateway.workspace).values()}
        assert {numbers for numbers, size in sizes.items() if size > 10_000} == {("L1",)}, sizes
        assert sorted(number for numbers in sizes for number in numbers) == ["E1", "E2", "L1"]


# --- the line is lost


class Server:
    """A server in memory that outlives sessions, and remembers what came to stand under a real name."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.arrivals: list[tuple[str, bytes]] = []

    def session(self) -> WatchedServer:
        return WatchedServer(self.files, self.arrivals)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("at", range(3))
def test_a_lost_line_loses_nothing_and_sends_nothing_twice(
    gateway: TestGateway, partner: Partner, server: Server, at: int, done: bool
) -> None:
    ready(gateway)
    cut = CutLine(server.session(), at, done=done)
    gateway.lines = {"acme": lambda: cut}
    broken = send(gateway, partner)
    if len(cut.calls) <= at:  # a whole send takes fewer calls than that
        assert (broken.stopped, cut.calls) == ("", ["write", "rename"])
    else:
        assert (broken.try_later, broken.claims_sent) == (True, 0)
    gateway.lines = {"acme": server.session}
    send(gateway, partner)
    assert server.files == {FINAL: bytes_of(gateway)}
    assert server.arrivals == [(FINAL, bytes_of(gateway))]
    assert [file.state for file in files_out(gateway)] == ["sent"]
    assert claims_by_state(gateway) == {"sent": 3}


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("second", range(4))
@pytest.mark.parametrize("first", range(2))
def test_a_line_lost_twice_over(
    gateway: TestGateway, partner: Partner, server: Server, first: int, second: int, done: bool
) -> None:
    """Lost on the way, and lost again while finding out how far it had come."""
    ready(gateway)
    for at in (first, second):
        gateway.lines = {"acme": lambda at=at: CutLine(server.session(), at, done=done)}  # type: ignore[misc]  # bound now
        send(gateway, partner)
    gateway.lines = {"acme": server.session}
    send(gateway, partner)
    assert server.arrivals == [(FINAL, bytes_of(gateway))]
    assert [file.state for file in files_out(gateway)] == ["sent"]
    assert server.files[FINAL] == bytes_of(gateway)


def test_a_partner_that_is_down_stops_no_freezing(gateway: TestGateway, partner: Partner, server: Server) -> None:
    (gateway.workspace.root / "acme-server").rename(gateway.workspace.root / "unmounted")
    ready(gateway)
    report = send(gateway, partner)
    assert (report.try_later, report.claims_sent) == (True, 0)
    assert claims_by_state(gateway) == {"queued": 3}
    (gateway.workspace.root / "unmounted").rename(gateway.workspace.root / "acme-server")
    assert send(gateway, partner).claims_sent == 3
    assert on_server(gateway.workspace) == {"acme_837P_000000001.x12": bytes_of(gateway)}


def test_the_systems_own_errors_end_in_the_report(gateway: TestGateway, partner: Partner, server: Server) -> None:
    ready(gateway)
    error = ConnectionResetError(104, "Connection reset by peer")
    gateway.lines = {"acme": lambda: CutLine(server.session(), 1, done=True, error=error)}
    report = send(gateway, partner)
    assert (report.stopped, report.try_later) == ("The session with acme ended: Connection reset by peer.", True)
    gateway.lines = {"acme": server.session}
    send(gateway, partner)
    assert server.arrivals == [(FINAL, bytes_of(gateway))]


# --- the run is killed

_CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from edigate.config import load_workspace
from edigate.gateway import opening, send as sending
from edigate.ledger import store
from edigate.transport.directory import DirectoryTransport

left = [int(sys.argv[2])]

def point(before_or_after, name):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1

def around(owner, name):
    whole = getattr(owner, name)
    def watched(*args, **kwargs):
        point("before", name)
        result = whole(*args, **kwargs)
        point("after", name)
        return result
    setattr(owner, name, watched)

for name in ("write", "rename", "remove", "stat"):
    around(DirectoryTransport, name)
for name in ("put",):
    around(opening.Archive, name)

begin = store.begin
from contextlib import contextmanager
@contextmanager
def watched(engine, *, write):
    with begin(engine, write=write) as connection:
        yield connection
        if write:
            point("before", "commit")
    if write:
        point("after", "commit")

workspace = load_workspace(Path(sys.argv[1]))
with opening.Gateway.open(workspace, clock=lambda: datetime(2026, 6, 30, 18, 0, tzinfo=UTC), environ={}) as gateway:
    store.begin = watched
    sending.send(gateway, workspace.partner("acme"))
print(left[0])
"""


def run_until(workspace: Workspace, points: int) -> subprocess.CompletedProcess[str]:
    """`send` in a process of its own that is killed after passing so many points."""
    return subprocess.run(
        [sys.executable, "-c", _CHILD, str(workspace.root), str(points)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=False,
        timeout=60,
    )


@pytest.fixture
def arrivals(workspace: Workspace) -> Callable[[], dict[str, bytes]]:
    """What stands in the partner's folder without drafts."""

    def look() -> dict[str, bytes]:
        return {name: content for name, content in on_server(workspace).items() if not name.startswith(".")}

    return look


# Before and after: archiving, the commits (queued, nothing more to queue, uploading, renaming, sent), write, rename.
_POINTS = 16


@pytest.mark.parametrize("points", range(_POINTS + 1))
def test_a_killed_send_is_finished_by_the_next(
    gateway: TestGateway,
    partner: Partner,
    arrivals: Callable[[], dict[str, bytes]],
    points: int,
) -> None:
    ready(gateway)
    killed = run_until(gateway.workspace, points)
    if points == _POINTS:  # so many there aren't: the send came to its end
        assert killed.returncode == 0, killed.stderr
        assert claims_by_state(gateway) == {"sent": 3}
        return
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    came = arrivals()
    report = send(gateway, partner)
    assert (report.stopped, report.uncertain) == ("", [])
    assert arrivals() == {"acme_837P_000000001.x12": bytes_of(gateway)}
    assert came in ({}, arrivals())  # what stood there was never touched again
    assert claims_by_state(gateway) == {"sent": 3}
    assert [file.isa13 for file in files_out(gateway)] == [1]
    assert not [name for name in on_server(gateway.workspace) if name.startswith(".")], "a draft was left behind"


@pytest.mark.parametrize("points", range(4, 9))
def test_a_killed_direct_send_is_settled_by_what_stands_there(
    workspace: Workspace, opened: Open, arrivals: Callable[[], dict[str, bytes]], points: int
) -> None:
    gateway = opened(settings(workspace, folders="temporary = false"))
    ready(gateway)
    assert run_until(gateway.workspace, points).returncode == -signal.SIGKILL
    came = arrivals()
    send(gateway, gateway.workspace.partner("acme"))
    (file,) = files_out(gateway)
    if came:
        assert file.state == "sent"
        assert arrivals() == came == {file.filename: bytes_of(gateway)}
    else:  # nothing there: never begun, then sent now; else nobody knows whether the partner took it away
        assert (file.state, len(arrivals())) in (("sent", 1), ("uncertain", 0))


# --- directly, without a draft


@pytest.fixture
def direct(workspace: Workspace, opened: Open) -> TestGateway:
    """A gateway to a partner who forbids temporary names, with three claims ready."""
    gateway = opened(settings(workspace, folders="temporary = false"))
    ready(gateway)
    return gateway


class TestDirectly:
    def test_the_only_name_is_the_final_one(self, direct: TestGateway, server: Server) -> None:
        direct.lines = {"acme": server.session}
        assert send(direct, direct.workspace.partner("acme")).claims_sent == 3
        assert server.arrivals == [(FINAL, bytes_of(direct))]

    def test_half_a_file_is_uncertain_and_never_sent_again(self, direct: TestGateway, server: Server) -> None:
        partner = direct.workspace.partner("acme")
        direct.lines = {"acme": lambda: CutLine(server.session(), 0, done=False)}
        report = send(direct, partner)
        assert [file.state for file in report.uncertain] == ["uncertain"]
        assert "connection was lost" in report.stopped
        direct.lines = {"acme": server.session}
        for _ in range(3):
            report = send(direct, partner)
            assert [file.state for file in report.uncertain] == ["uncertain"]
        assert len(server.arrivals) == 1
        assert claims_by_state(direct) == {"uncertain": 3}

    def test_a_file_that_was_taken_away_is_uncertain(self, direct: TestGateway, server: Server) -> None:
        partner = direct.workspace.partner("acme")
        direct.lines = {"acme": lambda: CutLine(server.session(), 0, done=True)}
        send(direct, partner)
        server.files.clear()  # the partner's own program was quick
        direct.lines = {"acme": server.session}
        assert [file.state for file in send(direct, partner).files] == ["uncertain"]
        assert len(server.arrivals) == 1

    def test_a_whole_file_that_stands_there_proves_itself(self, direct: TestGateway, server: Server) -> None:
        partner = direct.workspace.partner("acme")
        direct.lines = {"acme": lambda: CutLine(server.session(), 0, done=True)}
        assert send(direct, partner).uncertain
        direct.lines = {"acme": server.session}
        (file,) = send(direct, partner).files
        assert (file.state, file.reason) == ("sent", "found: it stands under its final name")
        assert server.arrivals == [(FINAL, bytes_of(direct))]

    def test_somebody_elses_file_of_that_name_proves_nothing(self, direct: TestGateway, server: Server) -> None:
        server.files[FINAL] = b"somebody else's"
        direct.lines = {"acme": server.session}
        for _ in range(2):
            (file,) = send(direct, direct.workspace.partner("acme")).files
            assert file.state == "uncertain"
        assert "exists already" in file.reason
        assert server.files == {FINAL: b"somebody else's"}

    @pytest.mark.parametrize("answer", ["TA1", "999"])
    def test_an_answer_proves_it_arrived(self, direct: TestGateway, server: Server, answer: str) -> None:
        partner = direct.workspace.partner("acme")
        direct.lines = {"acme": lambda: CutLine(server.session(), 0, done=True)}
        send(direct, partner)
        server.files.clear()
        server.files[f"outbound/{answer}"] = ANSWERS[answer]
        direct.lines = {"acme": server.session}
        receive(direct, partner)
        post(direct)
        (file,) = files_out(direct)
        assert file.state == "sent"
        assert set(claims_by_state(direct)) <= {"acknowledged", "sent"}
        assert send(direct, partner).files == []


_ENVELOPE = "ISA*00*          *00*          *ZZ*ACME           *ZZ*TESTSENDER     *260630*1900*^*00501*000000077*0*T*:~"
ANSWERS = {
    "TA1": f"{_ENVELOPE}TA1*000000001*260630*1800*A*000~IEA*0*000000077~".encode(),
    "999": (
        f"{_ENVELOPE}GS*FA*ACME*TESTSENDER*20260630*1900*1*X*005010X231A1~ST*999*0001*005010X231A1~"
        "AK1*HC*1*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*1~IEA*1*000000077~"
    ).encode(),
}


# --- the server says no


class Stubborn(MemoryTransport):
    """Refuses calls of some names, having done them or not."""

    def __init__(self, files: dict[str, bytes], *, write: str = "", rename: str = "", stat: str = "") -> None:
        super().__init__(files)
        self._refuses = {"write": write, "rename": rename, "stat": stat}

    def write(self, path: str, content: bytes) -> None:
        if self._refuses["write"] == "half":
            super().write(path, content[:100])
        if self._refuses["write"]:
            raise RemoteRefusedError("The disk is full.")
        super().write(path, content)

    def rename(self, old: str, new: str) -> None:
        if self._refuses["rename"] == "done":
            super().rename(old, new)
        if self._refuses["rename"] == "swept":
            self.remove(old)
        if self._refuses["rename"]:
            raise RemoteRefusedError("Failure.")
        super().rename(old, new)

    def stat(self, path: str) -> RemoteFile | None:
        if self._refuses["stat"]:
            raise RemoteRefusedError("Permission denied.")
        return super().stat(path)


class TestRefusals:
    def test_a_name_that_is_taken_is_left_alone_and_told(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway)
        there = gateway.workspace.root / "acme-server/inbound/acme_837P_000000001.x12"
        there.write_text("somebody else's")
        for _ in range(2):
            report = send(gateway, partner)
            assert "acme refuses the name acme_837P_000000001.x12" in report.stopped
            assert not report.try_later
        (file,) = files_out(gateway)
        assert (file.state, "exists" in file.reason) == ("renaming", True)
        assert there.read_text() == "somebody else's"
        there.unlink()
        assert send(gateway, partner).claims_sent == 3
        assert on_server(gateway.workspace) == {there.name: bytes_of(gateway)}

    def test_the_next_file_goes_all_the_same(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway, 2)
        (gateway.workspace.root / "acme-server/inbound/acme_837P_000000001.x12").write_text("somebody else's")
        send(gateway, partner)
        ready(gateway, 2, "F")
        assert send(gateway, partner).claims_sent == 2
        assert [file.state for file in files_out(gateway)] == ["renaming", "sent"]

    @pytest.mark.parametrize("how", ["at once", "half"])
    def test_a_full_disk_leaves_no_half_file_and_starts_over(
        self, gateway: TestGateway, partner: Partner, how: str
    ) -> None:
        ready(gateway)
        files: dict[str, bytes] = {}
        gateway.lines = {"acme": lambda: Stubborn(files, write=how)}
        report = send(gateway, partner)
        assert (report.stopped, report.try_later, files) == ("The disk is full.", False, {})
        assert [(file.state, file.reason) for file in files_out(gateway)] == [("queued", "refused: The disk is full.")]
        gateway.lines = {"acme": lambda: Stubborn(files)}
        assert send(gateway, partner).claims_sent == 3
        assert files == {FINAL: bytes_of(gateway)}

    def test_a_rename_done_in_spite_of_a_no_counts(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway)
        files: dict[str, bytes] = {}
        gateway.lines = {"acme": lambda: Stubborn(files, rename="done")}
        assert send(gateway, partner).claims_sent == 3
        assert files == {FINAL: bytes_of(gateway)}

    def test_a_draft_that_the_server_swept_away_is_not_taken_for_sent(
        self, gateway: TestGateway, partner: Partner
    ) -> None:
        ready(gateway)
        files: dict[str, bytes] = {}
        gateway.lines = {"acme": lambda: Stubborn(files, rename="swept")}
        report = send(gateway, partner)
        assert ([file.state for file in report.files], files) == (["uncertain"], {})
        assert claims_by_state(gateway) == {"uncertain": 3}

    @pytest.mark.parametrize("how", ["done", ""])
    def test_a_server_that_tells_nothing_by_name_tells_by_its_listing(
        self, gateway: TestGateway, partner: Partner, how: str
    ) -> None:
        ready(gateway)
        files: dict[str, bytes] = {}
        gateway.lines = {"acme": lambda: Stubborn(files, rename=how, stat="never")}
        assert send(gateway, partner).claims_sent == 3
        assert files == {FINAL: bytes_of(gateway)}

    def test_a_refused_login_is_told_once_and_tried_once(
        self, workspace: Workspace, opened: Open
    ) -> None:
        gateway = opened(workspace)
        logins = []

        def refuse() -> Transport:
            logins.append(1)
            raise LoginRefusedError("acme refused the login.")

        gateway.lines = {"acme": refuse}
        ready(gateway)
        report = send(gateway, workspace.partner("acme"))
        assert (report.stopped, report.try_later, report.refused_login) == ("acme refused the login.", False, True)
        assert logins == [1]
        assert claims_by_state(gateway) == {"queued": 3}

    def test_a_damaged_archive_holds_back_its_own_file_alone(self, gateway: TestGateway, partner: Partner) -> None:
        gateway.lines = {"acme": lambda: CutLine(MemoryTransport(), 0, done=False)}
        ready(gateway, 1, "D")
        send(gateway, partner)
        ready(gateway, 1, "F")
        first = files_out(gateway)[0].sha256
        kept = gateway.workspace.archive_path / first[:2] / first[2:4] / first
        kept.chmod(0o600)
        kept.write_bytes(b"damaged")
        gateway.lines = {}
        report = send(gateway, partner)
        assert "damaged" in report.stopped
        assert [control_numbers(content) for content in on_server(gateway.workspace).values()] == [["F1"]]


# --- two at once, claims that changed their minds, looks


class TestBesideOthers:
    def test_of_two_sends_at_once_one_sends(
        self, gateway: TestGateway, partner: Partner, opened: Open, server: Server
    ) -> None:
        ready(gateway)
        other = opened(gateway.workspace)
        refused = []

        class Meanwhile(WatchedServer):
            def write(self, path: str, content: bytes) -> None:
                with pytest.raises(LedgerBusyError, match="another edigate is working with partner-acme") as busy:
                    send(other, partner)
                refused.append(busy.value.exit_code)
                super().write(path, content)

        gateway.lines = {"acme": lambda: Meanwhile(server.files, server.arrivals)}
        assert send(gateway, partner).claims_sent == 3
        assert refused == [75]
        assert len(server.arrivals) == 1

    def test_of_two_processes_one_sends(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway, 30)
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "edigate", "send", "--workspace", str(gateway.workspace.root), "--json"],
                cwd=REPOSITORY,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        codes = sorted(one.wait(60) for one in running)
        assert codes[0] == 0
        assert set(codes) <= {0, 75}
        assert [control_numbers(content) for content in on_server(gateway.workspace).values()] == [
            [f"E{n}" for n in range(1, 31)]
        ]

    def test_a_dry_run_spends_nothing_and_shows_what_is_sent(
        self, gateway: TestGateway, partner: Partner, workspace: Workspace
    ) -> None:
        ready(gateway, 5)
        before = dump(workspace)
        (preview,) = write_preview(gateway, partner)
        assert (preview.claims, preview.path.parent) == (5, workspace.out)
        assert dump(workspace) == before
        assert on_server(workspace) == {}
        with gateway.ledger.read() as tx:
            assert next_numbers(tx, "acme") == {}
        send(gateway, partner)
        assert on_server(workspace) == {preview.path.name: preview.path.read_bytes()}

    def test_a_dry_run_shows_every_file(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_claims = 2"))
        partner = gateway.workspace.partner("acme")
        ready(gateway, 1, "A")
        send(gateway, partner)
        ready(gateway, 5)
        shown = {one.path.name: one.path.read_bytes() for one in write_preview(gateway, partner)}
        send(gateway, partner)
        sent = on_server(workspace)
        assert len(shown) == 3
        assert shown.items() <= sent.items()

    def test_claims_that_no_longer_can_be_written_are_left_out_alone(
        self, workspace: Workspace, opened: Open, clock: Clock
    ) -> None:
        gateway = opened(workspace)
        ready(gateway, 3)
        ready(gateway, 1, "Q", subscriber_last_name="O'Fallowmere")
        # The partner asks for another terminator, which the claim made yesterday has in a name.
        other = opened(settings(workspace, envelope="segment_terminator = \"'\""))
        partner = other.workspace.partner("acme")
        assert [one.claims for one in write_preview(other, partner)] == [3]
        report = send(other, partner)
        assert report.claims_sent == 3
        assert "1 ready claims can't be written for acme" in report.stopped
        assert "claim 4 (DELIMITER subscriber.last_name)" in report.stopped
        assert "allowmere" not in report.stopped.lower()
        assert claims_by_state(other) == {"ready": 1, "sent": 3}
        # They went back to the old one: it goes.
        assert send(gateway, workspace.partner("acme")).claims_sent == 1

    def test_a_broken_promise_keeps_nothing_half_done(
        self, gateway: TestGateway, partner: Partner, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
    ) -> None:
        ready(gateway)
        before = dump(workspace)
        with monkeypatch.context() as patched:
            patched.setattr(freezing, "validate", lambda *_, **__: Report(valid=False))
            report = send(gateway, partner)
        assert "would not be valid" in report.stopped
        assert (report.try_later, report.files) == (False, [])
        assert dump(workspace) == before
        assert send(gateway, partner).claims_sent == 3
        assert [file.isa13 for file in files_out(gateway)] == [1]

    def test_no_disk_for_locks_is_a_sentence(self, gateway: TestGateway, partner: Partner) -> None:
        (gateway.workspace.state / "locks").write_text("a file where the folder should be")
        with pytest.raises(StorageError, match="state/locks can't be used"):
            send(gateway, partner)


def dump(workspace: Workspace) -> list[str]:
    """Everything the ledger holds, as SQL."""
    connection = sqlite3.connect(workspace.ledger_path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()

