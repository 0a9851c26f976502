"""`edigate deposits` as a person uses it: exit codes, words, JSON, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edigate.cli import main
from tests.bank.bank_files import bai2, entry, nacha

STATEMENT = bai2("165,3300,,BX3,,NORTHERN MUTUAL", "475,100,,,,RENT")


@pytest.fixture
def statement(workspace_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDIGATE_WORKSPACE", str(workspace_dir))
    path = workspace_dir / "july.bai2"
    path.write_bytes(STATEMENT)
    return path


def test_import_and_list_say_what_came(statement: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deposits", "list"]) == 0
    assert "No deposits yet" in capsys.readouterr().out
    assert main(["deposits", "import", "--dry-run", str(statement)]) == 0
    assert "(nothing was changed)" in capsys.readouterr().out
    assert main(["deposits", "import", str(statement)]) == 0
    assert "july.bai2: 1 new deposit, $33.00; 1 no deposits." in capsys.readouterr().out
    assert main(["deposits", "import", str(statement)]) == 0
    assert "july.bai2: taken in before, as file in-1." in capsys.readouterr().out
    assert main(["deposits", "list", "--open"]) == 1  # long past its day, and no 835
    told = capsys.readouterr().out
    assert "deposit-1" in told
    assert "1 deposit, $33.00 in the bank = $0.00 matched with payments + $33.00 not." in told
    assert main(["work", "deposits", "--json"]) == 1
    (item,) = json.loads(capsys.readouterr().out)
    assert (item["reference"], item["amount"], item["list"]) == ("deposit-1", "33.00", "deposits")


def test_a_file_held_is_told_with_its_place_and_ends_with_one(
    statement: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statement.write_bytes(STATEMENT.replace(b"165,3300", b"165,3200"))
    assert main(["deposits", "import", "--json", str(statement)]) == 1
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert (file["state"], file["deposits"]) == ("held", 0)
    assert file["findings"][0]["sources"] == [{"file": "july.bai2", "row": 6, "column": "control total"}]
    assert main(["deposits", "import", str(statement), "--accept-unbalanced", "--why", "seen at the counter"]) == 0
    assert "1 new deposit, $32.00" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["import", "missing.bai2"], 66),
        (["import", "july.bai2", "--accept-unbalanced"], 64),
        (["import", "july.bai2", "--why", "so"], 64),
        (["import", "july.bai2", "--bank", "none"], 78),
        (["match", "--undo"], 64),
        (["match", "deposit-1"], 64),
        (["match", "deposit-1", "payment-1"], 64),  # no reason
        (["match", "deposit-1", "payment-1", "--why", "x"], 66),
        (["match", "claim-1", "payment-1", "--why", "x"], 64),
        (["match"], 0),
    ],
)
def test_what_cannot_be_meant_is_said(
    statement: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
) -> None:
    monkeypatch.chdir(statement.parent)
    assert main(["deposits", *arguments]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_that_is_no_banks_is_refused_in_words(statement: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statement.write_bytes(b"\x00\x01PK not a statement")
    assert main(["deposits", "import", str(statement)]) == 78
    told = capsys.readouterr().err
    assert "neither BAI2 nor an ACH file" in told
    assert "banks/NAME.toml" in told
    statement.write_bytes(nacha(entry(100)).replace(b"CCD", b"IAT"))
    assert main(["deposits", "import", str(statement)]) == 0
    assert "a batch of class IAT is left out" in capsys.readouterr().out
