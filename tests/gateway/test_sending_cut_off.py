"""Sending cut off: the line lost or the run killed at every step, judged by what the partner has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from edigate.config import Workspace
from edigate.gateway.post import post
from edigate.gateway.receive import receive
from edigate.gateway.send import send
from edigate.partners.model import Partner
from tests.conftest import REPOSITORY
from tests.gateway.lines_that_fail import CutLine, Server
from tests.gateway.practice import (
    TestGateway,
    bytes_of,
    claims_by_state,
    files_out,
    on_server,
    ready,
    settings,
)

Open = Callable[[Workspace], TestGateway]

FINAL = "inbound/acme_837P_000000001.x12"


# --- the line is lost


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
