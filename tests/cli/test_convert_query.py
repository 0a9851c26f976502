"""`edigate convert` without a file: the mapping's query, its parameters, and what is said where they are missing."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from edigate.cli import main
from tests.conftest import REPOSITORY
from tests.gateway.practice import ROW, row


@pytest.fixture
def ehr(workspace_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a mapping `ehr`, and the practice's database, whose address is in the environment."""
    path = workspace_dir / "elsewhere.db"
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE line ({', '.join(ROW)})")
        for number in ("A", "B"):
            database.execute(f"INSERT INTO line VALUES ({', '.join('?' * len(ROW))})", list(row(number).values()))
    database.close()
    source = (
        'format = "sql"\nurl_env = "EHR_URL"\nmissing_columns = "blank"\n'
        'query = "SELECT * FROM line WHERE encounter_id >= :first"'
    )
    shipped = (REPOSITORY / "mappings" / "encounters-csv.toml").read_text()
    (workspace_dir / "mappings").mkdir(exist_ok=True)
    text = re.sub(r"(?s)\[source\].*?\n\n", f"[source]\n{source}\n\n", shipped, count=1)
    (workspace_dir / "mappings" / "ehr.toml").write_text(text)
    monkeypatch.setenv("EDIGATE_WORKSPACE", str(workspace_dir))
    monkeypatch.setenv("EHR_URL", f"sqlite:///{path}")
    return path


def test_a_query_is_run_with_its_parameters(ehr: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "--mapping", "ehr", "--param", "first=B", "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["file"], report["claims_made"], report["rows_in"]) == ("query of ehr", 1, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--mapping", "ehr"], 64, "the query asks for first"),
        (["--mapping", "ehr", "--param", "first"], 64, "--param first: expected NAME=VALUE"),
        (["--mapping", "ehr", "today.csv", "--param", "first=A"], 64, "today.csv is no query"),
        (["--mapping", "encounters-csv"], 64, "reads files"),
    ],
)
def test_what_is_missing_is_said(
    ehr: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main(["convert", *arguments]) == code
    assert said in capsys.readouterr().err


def test_a_database_that_isnt_there_stops_without_its_address(
    ehr: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ehr.unlink()
    assert main(["convert", "--mapping", "ehr", "--param", "first=A"]) == 66
    told = capsys.readouterr()
    assert "isn't there" in told.err
    assert "elsewhere.db" not in told.out + told.err
    monkeypatch.delenv("EHR_URL")
    assert main(["convert", "--mapping", "ehr", "--param", "first=A"]) == 78
