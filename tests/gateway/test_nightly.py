"""The night: whatever one partner or one file does, the others are served; one exit code tells what is next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edigate.config import Workspace, load_workspace
from edigate.errors import LedgerBusyError, LoginRefusedError, PartnerUnreachableError, RemoteRefusedError
from edigate.gateway import freezing
from edigate.gateway import nightly as night
from edigate.gateway.nightly import nightly
from edigate.gateway.send import send
from edigate.ledger.runs import Run, last_runs
from edigate.transport import Transport
from edigate.transport.memory import MemoryTransport
from edigate.x12.validate import Report, validate
from tests.conftest import PARTNER, REPOSITORY
from tests.gateway.practice import TestGateway, claims_by_state, control_numbers, extract, on_server, row, visits

Open = Callable[[Workspace], TestGateway]

INTAKE = """
[[intake]]
files = "inbox/{partner}-*.csv"
mapping = "encounters-csv"
partner = "{partner}"
"""


@pytest.fixture
def two_partners(workspace_dir: Path, opened: Open) -> TestGateway:
    """acme and zenith, each with a folder for a server and an inbox pattern, and an extract waiting for each."""
    for name in ("inbound", "outbound"):
        (workspace_dir / "zenith-server" / name).mkdir(parents=True)
    (workspace_dir / "partners" / "zenith.toml").write_text(PARTNER.replace("acme", "zenith").replace("ACME", "ZENITH"))
    with (workspace_dir / "edigate.toml").open("a") as settings:
        settings.write(INTAKE.format(partner="acme") + INTAKE.format(partner="zenith"))
    extract(workspace_dir / "inbox", visits(3, "A"), "acme-1.csv")
    extract(workspace_dir / "inbox", visits(2, "Z"), "zenith-1.csv")
    return opened(load_workspace(workspace_dir))


def runs(gateway: TestGateway) -> list[Run]:
    with gateway.ledger.read() as tx:
        return last_runs(tx)


def numbers_at(gateway: TestGateway, partner: str) -> list[str]:
    """The claims that stand on a partner's server."""
    contents = on_server(gateway.workspace, partner).values()
    return sorted(number for content in contents for number in control_numbers(content))


def down() -> Transport:
    raise PartnerUnreachableError("acme doesn't answer.")


def test_a_good_night(two_partners: TestGateway) -> None:
    report = nightly(two_partners)
    assert (report.exit_code, report.troubles, report.attention) == (0, [], [])
    assert numbers_at(two_partners, "acme") == ["A1", "A2", "A3"]
    assert numbers_at(two_partners, "zenith") == ["Z1", "Z2"]
    (run,) = runs(two_partners)
    assert (run.command, run.exit_code) == ("nightly", 0)
    assert (run.summary["converted"], run.summary["sent"]) == (5, 5)
    assert run.finished_at is not None


def test_a_second_night_has_nothing_to_do(two_partners: TestGateway) -> None:
    nightly(two_partners)
    before = (on_server(two_partners.workspace), on_server(two_partners.workspace, "zenith"))
    report = nightly(two_partners)
    assert report.exit_code == 0
    assert all(one.already for one in report.converted)
    assert [one.files for one in report.sent] == [[], []]
    assert (on_server(two_partners.workspace), on_server(two_partners.workspace, "zenith")) == before
    assert claims_by_state(two_partners) == {"sent": 5}
    assert runs(two_partners)[0].summary["sent"] == 0


def test_a_partner_that_is_down_and_a_bad_file_stop_nobody_else(two_partners: TestGateway) -> None:
    two_partners.lines = {"acme": down}
    (two_partners.workspace.root / "inbox" / "zenith-0.csv").write_bytes(b"PK\x03\x04 no extract at all")
    report = nightly(two_partners)
    assert numbers_at(two_partners, "zenith") == ["Z1", "Z2"]
    assert claims_by_state(two_partners) == {"queued": 3, "sent": 2}
    assert [(one.step, one.about) for one in report.troubles] == [("convert", "zenith-0.csv")]
    assert report.exit_code == 1  # the bad file needs a person; the partner only time
    assert {one.partner: one.stopped for one in report.sent} == {"acme": "acme doesn't answer.", "zenith": ""}
    assert (runs(two_partners)[0].exit_code, runs(two_partners)[0].summary["troubles"]) == (1, 1)


def test_only_time_is_needed(two_partners: TestGateway) -> None:
    two_partners.lines = {"acme": down}
    assert nightly(two_partners).exit_code == 75
    two_partners.lines = {}
    assert nightly(two_partners).exit_code == 0
    assert numbers_at(two_partners, "acme") == ["A1", "A2", "A3"]
    assert [run.exit_code for run in runs(two_partners)] == [0, 75]


def test_a_refused_encounter_needs_a_person(two_partners: TestGateway) -> None:
    extract(two_partners.workspace.root / "inbox", [row("R1", charge="lots")], "acme-2.csv")
    report = nightly(two_partners)
    assert (report.exit_code, [one.kind for one in report.attention]) == (1, ["refused"])


def test_a_file_the_server_wont_give_needs_a_person(two_partners: TestGateway) -> None:
    class Sealed(MemoryTransport):
        def read(self, path: str) -> Iterator[bytes]:
            raise RemoteRefusedError("Permission denied.")

    nightly(two_partners)
    two_partners.lines = {"acme": lambda: Sealed({"outbound/a.999": b"?"})}
    assert nightly(two_partners).exit_code == 1


def test_a_refused_login_is_not_tried_again_the_same_night(two_partners: TestGateway) -> None:
    logins = []

    def refuse() -> Transport:
        logins.append(1)
        raise LoginRefusedError("acme refused the login.")

    two_partners.lines = {"acme": refuse}
    report = nightly(two_partners)
    assert (logins, report.exit_code) == ([1], 1)
    assert [one.partner for one in report.received] == ["zenith"]
    assert numbers_at(two_partners, "zenith") == ["Z1", "Z2"]


def test_a_defect_in_one_job_costs_the_others_nothing(
    two_partners: TestGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(gateway: TestGateway, partner: object) -> object:
        if getattr(partner, "name", "") == "acme":
            raise KeyError("QUILLFEATHER ODETTE")
        return send(gateway, partner)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(night, "send", broken)
    report = nightly(two_partners)
    (trouble,) = report.troubles
    assert (trouble.step, trouble.about, report.exit_code) == ("send", "acme", 1)
    assert trouble.message.startswith("internal error (KeyError)")
    assert "QUILLFEATHER" not in trouble.message
    assert numbers_at(two_partners, "zenith") == ["Z1", "Z2"]
    assert runs(two_partners)[0].exit_code == 1


def test_a_claim_that_would_break_a_file_blocks_no_other_partner(
    two_partners: TestGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def doubtful(chunks: list[bytes], **how: Any) -> Report:
        return Report(valid=False) if b"ACME" in chunks[0] else validate(chunks, **how)

    monkeypatch.setattr(freezing, "validate", doubtful)
    report = nightly(two_partners)
    assert report.exit_code == 1
    assert "would not be valid" in {one.partner: one.stopped for one in report.sent}["acme"]
    assert claims_by_state(two_partners) == {"ready": 3, "sent": 2}


class TestLocks:
    def test_a_send_by_hand_meanwhile_is_left_alone(self, two_partners: TestGateway, opened: Open) -> None:
        other = opened(two_partners.workspace)
        with other.only_one("partner-acme"):  # what a send by hand holds
            report = nightly(two_partners)
        assert [(one.step, one.about, one.try_later) for one in report.troubles] == [
            ("send", "acme", True),
            ("receive", "acme", True),
        ]
        assert report.exit_code == 75
        assert numbers_at(two_partners, "zenith") == ["Z1", "Z2"]

    def test_a_send_by_hand_during_the_night_waits(self, two_partners: TestGateway, opened: Open) -> None:
        other = opened(two_partners.workspace)
        busy = []

        class Meanwhile(MemoryTransport):
            def write(self, path: str, content: bytes) -> None:
                with pytest.raises(LedgerBusyError):
                    send(other, two_partners.workspace.partner("acme"))
                busy.append(1)
                super().write(path, content)

        two_partners.lines = {"acme": Meanwhile}
        nightly(two_partners)
        assert busy == [1]

    def test_two_nights_at_once_are_one(self, two_partners: TestGateway, opened: Open) -> None:
        other = opened(two_partners.workspace)
        with other.only_one("nightly"), pytest.raises(LedgerBusyError):
            nightly(two_partners)
        assert runs(two_partners) == []
        assert claims_by_state(two_partners) == {}


def test_the_command_tells_it_all_in_one_exit_code(two_partners: TestGateway) -> None:
    """As the timer runs it: JSON alone on standard output."""
    (two_partners.workspace.root / "acme-server").rename(two_partners.workspace.root / "unmounted")
    done = subprocess.run(
        [sys.executable, "-m", "edigate", "nightly", "--json", "--workspace", str(two_partners.workspace.root)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 75, done.stderr
    told = json.loads(done.stdout)
    assert told["exit_code"] == 75
    assert {one["partner"]: len(one["files"]) for one in told["sent"]} == {"acme": 1, "zenith": 1}
    assert "Traceback" not in done.stderr

