"""Settings of sealing: what can't be meant is told at once, and a private key that lies about is warned of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError
from edigate.gateway.backup import back_up, restore
from edigate.gateway.doctor import examine
from edigate.gateway.secret_list import secrets_of
from tests.gateway.practice import Clock, TestGateway

pyrage = pytest.importorskip("pyrage", reason="pyrage isn't installed (pip install 'edigate[sealing]')")
Open = Callable[[Workspace], TestGateway]

KEY = pyrage.x25519.Identity.generate()


def refused(workspace: Workspace, lines: str) -> str:
    (workspace.root / "edigate.toml").write_text(f'[practice]\nname = "x"\n[archive]\n{lines}\n')
    with pytest.raises(ConfigError) as told:
        load_workspace(workspace.root)
    return str(told.value)


def test_what_is_no_key_is_told_at_once(workspace: Workspace) -> None:
    assert "archive.recipients[1]: this is a private key" in refused(
        workspace, f'recipients = ["{KEY.to_public()}", "{KEY}"]'
    )
    assert 'Did you mean "recipients"?' in refused(workspace, 'recipient = ["age1"]')
    assert "archive.recipients_file names" in refused(workspace, 'recipients_file = "keys.txt"')
    (workspace.root / "keys.txt").write_text("# none\nage1oops\n")
    (workspace.root / "keys.txt").chmod(0o600)
    assert "keys.txt line 2" in refused(workspace, 'recipients_file = "keys.txt"')


def test_a_restored_workspace_has_its_keys(workspace: Workspace, opened: Open, tmp_path: Path) -> None:
    (workspace.root / "keys.txt").write_text(f"{KEY.to_public()}\n")
    (workspace.root / "keys.txt").chmod(0o600)
    with (workspace.root / "edigate.toml").open("a") as settings:
        settings.write('\n[archive]\nrecipients_file = "keys.txt"\n')
    back_up(opened(load_workspace(workspace.root)), tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "anew", {})
    assert load_workspace(tmp_path / "anew").recipients == [str(KEY.to_public())]


def test_sealing_by_hand_wants_keys(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workspace.root)
    assert main(["archive", "seal"]) == 78
    assert "age-keygen" in capsys.readouterr().err


def test_an_identity_that_lies_here_is_warned_of(
    workspace: Workspace, opened: Open, tmp_path: Path, clock: Clock
) -> None:
    root, key = workspace.root, tmp_path / "officer.txt"
    key.write_text(f"{KEY}\n")
    with (root / "edigate.toml").open("a") as settings:
        settings.write(f'\n[archive]\nrecipients = ["{KEY.to_public()}"]\n')
    opened(load_workspace(root))

    def lines() -> dict[str, tuple[str, str]]:
        report = examine(root, environ={}, offline=True, clock=clock).reports[0]
        return {step.name: (step.outcome, step.told) for step in report.steps}

    assert lines()["sealing"] == ("ok", "to 1 keys; 0 files are sealed, 0 plain")
    (root / "officer.txt").write_bytes(key.read_bytes())
    assert lines()["sealing"][0] == "warning"
    assert "officer.txt" in lines()["sealing"][1]
    (root / "officer.txt").rename(root / "state" / "officer.txt")
    with (root / "edigate.toml").open("a") as settings:
        settings.write('identity_file = "state/officer.txt"\n')
    (root / "state" / "officer.txt").chmod(0o640)
    outcome, told = lines()["sealing"]
    assert (outcome, "state/officer.txt" in told) == ("warning", True)
    (found,) = [one for one in secrets_of(root, {}) if one.owner == "archive"]
    assert (found.setting, found.outcome) == ("archive.identity_file", "failed")  # it is open to others
    (root / "state" / "officer.txt").chmod(0o600)
    (found,) = [one for one in secrets_of(root, {}) if one.owner == "archive"]
    assert found.outcome == "warning"
    (root / "state" / "officer.txt").unlink()
    (found,) = [one for one in secrets_of(root, {}) if one.owner == "archive"]
    assert (found.outcome, found.told) == ("ok", "isn't here, as it should be where only nights run")
