"""A partner file that waits to be filled in is told, not used, and keeps nobody from working."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import load_workspace
from edigate.errors import ConfigError


@pytest.fixture
def with_draft(workspace_dir: Path) -> Path:
    text = (workspace_dir / "partners" / "acme.toml").read_text().replace('name = "acme"', 'name = "later"')
    draft = text.replace('"TESTSENDER"', '"FILL IN: your id there"', 1).replace('"outbound"', '"FILL IN"')
    (workspace_dir / "partners" / "later.toml").write_text(draft)
    return workspace_dir


def test_the_others_go_on_and_it_is_told(with_draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [partner.name for partner in load_workspace(with_draft).partners()] == ["acme"]
    assert main(["--workspace", str(with_draft), "send"]) == 0
    told = capsys.readouterr().err
    assert "partners/later.toml isn't used" in told
    assert "envelope.sender_id, folders.receive[0]" in told


def test_who_asks_for_it_hears_what_is_left(with_draft: Path) -> None:
    with pytest.raises(ConfigError, match=r"later\.toml waits to be filled in") as caught:
        load_workspace(with_draft).partner("later")
    assert "envelope.sender_id: your id there" in caught.value.message


def test_an_intake_for_it_says_so(with_draft: Path) -> None:
    with (with_draft / "edigate.toml").open("a") as file:
        file.write('[[intake]]\nfiles = "inbox/*.csv"\nmapping = "encounters-csv"\npartner = "later"\n')
    with pytest.raises(ConfigError, match=r"intake\[0\].partner: partners/later.toml waits to be filled in"):
        load_workspace(with_draft)


def test_the_word_in_a_comment_makes_no_draft(workspace_dir: Path) -> None:
    path = workspace_dir / "partners" / "acme.toml"
    path.write_text("# FILL IN what they gave you\n" + path.read_text())
    assert load_workspace(workspace_dir).partner("acme").name == "acme"
