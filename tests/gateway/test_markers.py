"""What a partner leaves beside our files: proof that one arrived, a reason to ask about one, never an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.config import Workspace
from edigate.errors import PartnerUnreachableError
from edigate.gateway.receive import receive
from edigate.gateway.send import send
from edigate.ledger.inbound import inbound_files
from edigate.partners.model import Partner
from edigate.transport.directory import DirectoryTransport
from tests.gateway.lines_that_fail import CutLine
from tests.gateway.practice import Clock, TestGateway, claims_by_state, files_out, ready, settings

FILE = "acme_837P_000000001.x12"
FOLDERS = (
    "temporary = false\n"
    'markers.success = ["{file}-*-success"]\n'
    'markers.failed = ["{file}-*-FAILED", "errors/{file}"]'
)


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """Acme leaves markers, and takes files directly."""
    (workspace.root / "acme-server" / "errors").mkdir()
    return settings(workspace, folders=FOLDERS)


@pytest.fixture
def server(workspace: Workspace) -> Path:
    return workspace.root / "acme-server"


def cut_off(gateway: TestGateway, partner: Partner, server: Path) -> None:
    """A file whose line broke after its bytes had gone, and that the partner took away at once."""
    ready(gateway)
    gateway.lines = {"acme": lambda: CutLine(DirectoryTransport(server), 0, done=True)}
    send(gateway, partner)
    (server / "inbound" / FILE).unlink()
    gateway.lines = {}
    assert [file.state for file in files_out(gateway)] == ["uncertain"]


def state_and_reason(gateway: TestGateway) -> tuple[str, str]:
    (file,) = files_out(gateway)
    return file.state, file.reason


class TestUncertain:
    def test_a_success_marker_proves_that_it_arrived(
        self, gateway: TestGateway, partner: Partner, server: Path
    ) -> None:
        cut_off(gateway, partner, server)
        (server / "inbound" / f"{FILE}-20260630001-success").touch()
        send(gateway, partner)
        assert state_and_reason(gateway) == ("sent", f"proved by the partner's {FILE}-20260630001-success")
        assert claims_by_state(gateway) == {"sent": 3}
        assert not (server / "inbound" / FILE).exists(), "not sent again"

    @pytest.mark.parametrize("marker", [f"inbound/{FILE}-7-FAILED", f"errors/{FILE}"])
    def test_a_failure_marker_leaves_it_to_a_person_and_says_why(
        self, gateway: TestGateway, partner: Partner, server: Path, marker: str
    ) -> None:
        cut_off(gateway, partner, server)
        (server / marker).touch()
        for _ in range(2):
            assert [file.state for file in send(gateway, partner).uncertain] == ["uncertain"]
        reason = f"the partner marks it as refused: {marker.split('/')[1]}"
        assert state_and_reason(gateway) == ("uncertain", reason)
        assert claims_by_state(gateway) == {"uncertain": 3}

    @pytest.mark.parametrize("other", ["other.x12-1-success", f"{FILE}.bak-1-success", f"{FILE}-success"])
    def test_the_marker_of_another_file_proves_nothing(
        self, gateway: TestGateway, partner: Partner, server: Path, other: str
    ) -> None:
        cut_off(gateway, partner, server)
        (server / "inbound" / other).touch()
        send(gateway, partner)
        assert state_and_reason(gateway)[0] == "uncertain"


    def test_success_is_not_believed_while_half_a_file_stands_there(
        self, gateway: TestGateway, partner: Partner, server: Path
    ) -> None:
        cut_off(gateway, partner, server)
        (server / "inbound" / FILE).write_bytes(b"ISA*")
        (server / "inbound" / f"{FILE}-1-success").touch()
        send(gateway, partner)
        assert state_and_reason(gateway)[0] == "uncertain"


class TestSent:
    def test_a_file_that_is_marked_as_refused_later_is_told_until_a_week_is_over(
        self, gateway: TestGateway, partner: Partner, server: Path, clock: Clock
    ) -> None:
        ready(gateway)
        assert send(gateway, partner).claims_sent == 3
        assert receive(gateway, partner).stopped == ""
        (server / "inbound" / FILE).rename(server / "errors" / FILE)
        report = receive(gateway, partner)
        assert f"acme marks {FILE} with its 3 claims as refused" in report.stopped
        assert not report.try_later
        clock.pass_by(days=8)
        assert receive(gateway, partner).stopped == "", "by now its missing answer is overdue, and told"

    def test_a_line_lost_meanwhile_is_no_defect(self, gateway: TestGateway, partner: Partner, server: Path) -> None:
        ready(gateway)
        send(gateway, partner)
        lost = PartnerUnreachableError("The connection was lost.")
        gateway.lines = {"acme": lambda: CutLine(DirectoryTransport(server), 1, done=False, error=lost)}
        assert receive(gateway, partner).try_later


def test_markers_are_never_received(
    workspace: Workspace, gateway: TestGateway, partner: Partner, server: Path
) -> None:
    ready(gateway)
    send(gateway, partner)
    everywhere = settings(workspace, folders='receive = ["outbound", "inbound", "errors"]')
    (server / "inbound" / f"{FILE}-1-success").touch()
    (server / "errors" / FILE).write_text("ISA*")
    (server / "errors" / "report.txt").write_text("why")
    (server / "outbound" / f"{FILE}-1-success").write_text("here it is no marker")
    receive(gateway, everywhere.partner("acme"))
    with gateway.ledger.read() as tx:
        names = sorted(file.remote_path for file in inbound_files(tx))
    assert names == ["errors/report.txt", f"outbound/{FILE}-1-success"]
