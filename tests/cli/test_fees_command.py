"""`edigate fees`: a person checks a table and asks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace

GOOD = "payer,procedure,modifier,from,allowed\nNWHP1,99213,,2026-01-01,72.50\nNWHP1,99213,25,2026-01-01,80\n"


@pytest.fixture
def fees(workspace: Workspace) -> Path:
    folder = workspace.root / "fees"
    folder.mkdir()
    (folder / "northwind.csv").write_text(GOOD)
    return folder


def test_a_good_table_is_good_and_a_bad_one_says_where(fees: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fees", "check", str(fees / "northwind.csv")]) == 0
    assert capsys.readouterr().out == "northwind.csv: 2 rows, nothing wrong.\n"
    (fees / "bad.csv").write_text(GOOD + "NWHP1,99213,,2026-02-01,99\n,x,,,1\n")
    assert main(["fees", "check", str(fees / "bad.csv"), "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert [(one["code"], one["sources"][0]["row"]) for one in told["findings"]] == [
        ("fee-procedure", 5),
        ("fee-duplicate", 4),
    ]
    assert main(["fees", "check", str(fees / "none.csv")]) == 66


def test_a_fee_is_shown_with_the_row_it_stands_in(
    fees: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ["--workspace", str(workspace.root), "--date", "2026-06-15", "--payer", "nwhp1"]
    assert main(["fees", "show", "99213", *here]) == 0
    assert capsys.readouterr().out == "$72.50 for each unit (northwind.csv row 2)\n"
    assert main(["fees", "show", "99213", "--modifier", "25", *here, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["allowed"] == "80.00"
    assert main(["fees", "show", "99214", *here]) == 1


def test_a_partner_may_name_its_tables(fees: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    partner = workspace.root / "partners" / "acme.toml"
    text = partner.read_text()
    here = ["--workspace", str(workspace.root), "--date", "2026-06-15", "--payer", "NWHP1"]
    partner.write_text(f"{text}\n[expected]\nfees = []\n")
    assert main(["fees", "show", "99213", *here]) == 1
    partner.write_text(f'{text}\n[expected]\nfees = ["southwind.csv"]\n')
    assert main(["fees", "show", "99213", *here]) == 78
    assert "there is no fees/southwind.csv" in capsys.readouterr().err
