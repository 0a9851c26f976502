"""The examination: a line for each thing that must be well tonight, and what to do where it isn't."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.gateway.convert import convert
from edigate.gateway.doctor import Examination, examine
from edigate.gateway.nightly import nightly
from edigate.gateway.partner_check import Step
from tests.conftest import PARTNER
from tests.gateway.practice import MAPPING, Clock, TestGateway, extract, visits

Examine = Callable[..., Examination]


@pytest.fixture
def root(gateway: TestGateway, inbox: Path, clock: Clock) -> Path:
    """A workspace that is at work: claims made and sent, a night behind it; closed to others."""
    root = gateway.workspace.root
    convert(gateway, extract(inbox, visits(3)), MAPPING, gateway.workspace.partner("acme"))
    nightly(gateway)
    for path in (root / "state", root / "inbox", root / "out", *(root / "state").iterdir()):
        path.chmod(0o700 if path.is_dir() else 0o600)
    for path in (root / "acme-server").rglob("*"):  # a server of the clock's own time
        os.utime(path, (clock.now.timestamp(),) * 2)
    return root


@pytest.fixture
def look(root: Path, clock: Clock) -> Examine:
    def look_(**given: object) -> Examination:
        return examine(root, environ={}, clock=clock, **given)  # type: ignore[arg-type]  # as a test gives them

    return look_


def step(found: Examination, name: str, partner: str = "") -> Step:
    """The first step of that name that isn't well, else the first."""
    steps = [one for report in found.reports if report.partner == partner for one in report.steps if one.name == name]
    return next((one for one in steps if one.outcome != "ok"), steps[0])


def test_a_workspace_that_is_well(look: Examine) -> None:
    found = look()
    outcomes = {(report.partner, one.name): one.outcome for report in found.reports for one in report.steps}
    assert {key for key, outcome in outcomes.items() if outcome not in ("ok", "skipped")} == set()
    assert {name for partner, name in outcomes if not partner} == {
        "settings", "permissions", "disk", "ledger", "integrity", "clock", "nightly", "archive",
    }  # fmt: skip
    assert ("acme", "folder outbound") in outcomes
    assert found.exit_code == 0


def test_it_makes_nothing(workspace_dir: Path, clock: Clock) -> None:
    before = sorted(workspace_dir.rglob("*"))
    found = examine(workspace_dir, environ={}, clock=clock)
    assert step(found, "ledger").outcome == "skipped"
    assert sorted(workspace_dir.rglob("*")) == before


def test_one_partner_alone_and_nobody_called(look: Examine, root: Path) -> None:
    assert [report.partner for report in look(partner="acme").reports] == ["acme"]
    for path in (root / "acme-server").iterdir():
        path.rename(root / f"gone-{path.name}")
    assert look(partner="acme").exit_code == 69
    assert [one.name for one in look(partner="acme", offline=True).reports[0].steps] == ["settings"]


@pytest.mark.parametrize("name", ["state", "state/ledger.db", "inbox"])
def test_what_others_can_open_is_told_with_its_command(look: Examine, root: Path, name: str) -> None:
    (root / name).chmod((root / name).stat().st_mode | 0o040)
    found = look()
    assert found.exit_code == 74
    assert step(found, "permissions").told.startswith(f"others can open {name} (mode 0")
    assert step(found, "permissions").do == f"Run: chmod -R go= {root / name}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_workspace_of_another_user_is_told(look: Examine, root: Path) -> None:
    os.chown(root / "state", 12_345, -1)
    assert step(look(), "permissions").told == "state belongs to user number 12345"


def test_settings_that_stop_every_command_are_told_and_the_rest_is_looked_at(look: Examine, root: Path) -> None:
    (root / "edigate.toml").write_text("[practice]\nnam = 1\n")
    found = look()
    assert found.exit_code == 78
    assert "practice.nam" in step(found, "settings").told
    assert step(found, "settings", "acme").outcome == "ok"


def test_a_draft_waits(look: Examine, root: Path) -> None:
    text = PARTNER.replace('"acme"', '"zenith"').replace('"TESTSENDER"', '"FILL IN your id"', 1)
    (root / "partners" / "zenith.toml").write_text(text)
    assert step(look(), "settings", "zenith").outcome == "warning"


def test_a_clock_that_is_behind_the_ledger(look: Examine, clock: Clock) -> None:
    clock.pass_by(hours=-3)
    assert look().exit_code == 74
    assert "which is still to come" in step(look(), "clock").told


def test_a_file_of_the_future_at_the_partner(look: Examine, root: Path, clock: Clock) -> None:
    path = root / "acme-server" / "outbound" / "answer.835"
    path.write_text("x")
    later = clock.now.timestamp() + 3600
    os.utime(path, (later, later))
    assert step(look(), "clock", "acme").told == "a file there is of a time 60 minutes from now"


def test_a_night_that_did_not_come(look: Examine, clock: Clock) -> None:
    clock.pass_by(hours=30)
    assert step(look(), "nightly").outcome == "warning"


def test_a_disk_that_is_nearly_full(look: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("edigate.gateway.doctor.shutil.disk_usage", lambda path: usage(1 << 40, 0, 1 << 30))
    assert (step(look(), "disk").outcome, look().exit_code) == ("warning", 0)
    monkeypatch.setattr("edigate.gateway.doctor.shutil.disk_usage", lambda path: usage(1 << 40, 0, 1 << 20))
    assert (step(look(), "disk").outcome, look().exit_code) == ("failed", 74)


def test_a_ledger_of_another_version_and_one_that_breaks_its_laws(look: Examine, root: Path) -> None:
    with sqlite3.connect(root / "state" / "ledger.db") as ledger:
        ledger.execute("UPDATE claim SET state = 'ready'")
    found = look()
    assert found.exit_code == 70
    assert "LEDGER-CLAIM-AHEAD doesn't hold 3 times" in step(found, "integrity").told
    with sqlite3.connect(root / "state" / "ledger.db") as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '0001'")
    ledger.close()
    assert "edigate db upgrade" in step(look(), "ledger").do


def test_an_archive_that_lost_or_changed_a_file(look: Examine, root: Path) -> None:
    files = [path for path in (root / "state" / "archive").rglob("*") if path.is_file()]
    files[0].chmod(0o600)
    files[0].write_bytes(b"other")
    assert "is damaged" in step(look(), "archive").told
    files[0].unlink()
    assert "1 files are missing" in step(look(), "archive").told
    assert look().exit_code == 74


def test_the_command_tells_a_table_and_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # By the real clock: the night of the test's clock is long over, or still to come.
    code = main(["doctor", "--workspace", str(root), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == document["exit_code"]
    assert [report["partner"] for report in document["reports"]] == ["", "acme"]
    (root / "state").chmod(0o755)
    assert main(["doctor", "--workspace", str(root)]) == 74
    out = capsys.readouterr().out
    assert "workspace, permissions: Run: chmod -R go=" in out
    assert out.endswith("Not all is well.\n")
