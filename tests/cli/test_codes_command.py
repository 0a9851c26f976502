"""`edigate codes` as a biller and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.gateway import x12_files

Capture = pytest.CaptureFixture[str]

HCPCS = """\
HCPC,RECID,LONG DESCRIPTION,ADD DT,TERM DT
J9999,3,Made-up injection,20200101,
J9998,3,Gone,19990101,20251231
"""


@pytest.fixture
def here(workspace_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(workspace_dir)
    return workspace_dir


def test_check_says_what_a_code_means_and_which_are_longer(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no workspace is needed
    assert main(["codes", "check", "icd-10-cm", "J02.9", "s060x0", "--on", "2025-11-03"]) == 1
    out = capsys.readouterr().out
    assert "J02.9: Acute pharyngitis, unspecified\n    valid on 2025-11-03\n" in out
    assert "S06.0X0: Concussion without loss of consciousness\n    a heading" in out
    assert "say which, e.g.: S06.0X0A Concussion without loss of consciousness, initial encounter" in out


def test_check_says_from_when_a_code_is_valid_and_what_may_have_been_meant(capsys: Capture) -> None:
    assert main(["codes", "check", "icd-10-cm", "U07.1", "I1O", "--on", "2020-03-31"]) == 1
    out = capsys.readouterr().out
    assert "not valid on 2020-03-31: valid from 2020-04-01; no edition here speaks for 2020-03-31" in out
    assert "did you mean: I10 Essential (primary) hypertension" in out


def test_check_as_json_and_remarks_in_words(capsys: Capture) -> None:
    assert main(["codes", "check", "rarc", "N130", "--on", "2026-01-01", "--json"]) == 0
    (checked,) = json.loads(capsys.readouterr().out)
    assert (checked["status"], checked["valid"], checked["certain"]) == ("valid", True, False)
    assert checked["description"]


def test_list_says_what_is_here_and_what_must_be_imported(capsys: Capture) -> None:
    assert main(["codes", "list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[2:]}
    assert "98,694  edigate" in lines["icd-10-cm"]
    assert "form only" in lines["cpt"] and "American Medical Association" in lines["cpt"]
    assert main(["codes", "list", "icd-10-cm", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["editions"][0]["periods"][-1] == "2025-10-01..2026-09-30"


def test_a_set_that_isnt_one_names_the_near_one(capsys: Capture) -> None:
    assert main(["codes", "check", "icd10cm", "E11"]) == 64
    assert 'Did you mean "icd-10-cm"?' in capsys.readouterr().err


# --- import


def test_an_imported_edition_answers_for_its_days(here: Path, capsys: Capture) -> None:
    (here / "HCPC2026_JAN_ANWEB.csv").write_text(HCPCS)
    assert main(["codes", "import", "hcpcs", "HCPC2026_JAN_ANWEB.csv"]) == 0
    assert "hcpcs: 2 entries, valid from 2026-01-01, kept in codesets/hcpcs/2026-01-01.txt" in capsys.readouterr().out
    assert main(["codes", "check", "hcpcs", "J9999", "--on", "2026-02-01"]) == 0
    assert "J9999: Made-up injection\n    valid on 2026-02-01\n" in capsys.readouterr().out
    assert main(["codes", "check", "hcpcs", "J9998", "J9999", "J9990", "--on", "2026-02-01", "--json"]) == 1
    told = [(each["status"], each["valid_to"]) for each in json.loads(capsys.readouterr().out)]
    assert told == [("not effective", "2025-12-31"), ("valid", None), ("unknown", None)]
    assert (here / "codesets/hcpcs/2026-01-01.txt").stat().st_mode & 0o077 == 0


def test_editions_stand_side_by_side_and_one_of_the_same_day_is_replaced(here: Path, capsys: Capture) -> None:
    for day, words in (("2025-01-01", "old"), ("2026-01-01", "new"), ("2026-01-01", "newest")):
        (here / "mine.csv").write_text(f"code,description\n0450,{words}\n")
        assert main(["codes", "import", "revenue", "mine.csv", "--effective", day]) == 0
    assert "takes the place of an earlier import" in capsys.readouterr().out
    for day, words in (("2025-07-01", "old"), ("2026-07-01", "newest")):
        assert main(["codes", "check", "revenue", "0450", "--on", day]) == 0
        assert f"0450: {words}\n" in capsys.readouterr().out
    assert main(["codes", "list", "revenue"]) == 0
    assert "2025-01-01..2025-12-31        1  imported" in capsys.readouterr().out


def test_the_next_fiscal_year_of_icd_10_cm(here: Path, capsys: Capture) -> None:
    lines = ["00001 J02     0 Throat", "00002 J029    1 Sore throat, the new words"]
    (here / "icd10cm-order-2027.txt").write_text("\n".join(lines))
    assert main(["codes", "import", "icd-10-cm", "icd10cm-order-2027.txt", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["effective"], done["until"], done["edition"]) == ("2026-10-01", "2027-09-30", "fiscal year 2027")
    assert main(["codes", "check", "icd-10-cm", "J02.9", "I10", "--on", "2026-12-01"]) == 1
    out = capsys.readouterr().out
    assert "J02.9: Sore throat, the new words\n    valid on 2026-12-01\n" in out
    assert "not valid on 2026-12-01: valid to 2026-09-30" in out


@pytest.mark.parametrize(
    ("name", "year", "effective"),
    [
        ("icd10cm-order-April-2026.txt", "fiscal year 2026", "2026-04-01"),
        ("icd10cm_order_2024.txt", "fiscal year 2024", "2023-10-01"),
        ("icd10cm-order-Jan-2021.txt", "fiscal year 2021", "2021-01-01"),
        ("icd10cm-codes-April-1-2026.txt", "fiscal year 2026", "2026-04-01"),
    ],
)
def test_names_of_cms_files_tell_their_day(here: Path, capsys: Capture, name: str, year: str, effective: str) -> None:
    (here / name).write_text("00001 J029    1 Sore throat\n")
    assert main(["codes", "import", "icd-10-cm", name, "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["edition"], done["effective"]) == (year, effective)


def test_a_damaged_file_is_refused_whole_with_its_line(here: Path, capsys: Capture) -> None:
    (here / "mine.csv").write_text("code,description\n0450,words\n045,words\n")
    assert main(["codes", "import", "revenue", "mine.csv", "--effective", "2025-01-01"]) == 65
    assert "mine.csv line 3: '045' isn't of the form of Revenue codes" in capsys.readouterr().err
    assert not (here / "codesets").exists()


def test_the_day_must_be_known_and_the_file_be_there(here: Path, capsys: Capture) -> None:
    (here / "mine.csv").write_text("0450\n")
    assert main(["codes", "import", "revenue", "mine.csv"]) == 64
    assert "--effective 2026-01-01" in capsys.readouterr().err
    assert main(["codes", "import", "revenue", "none.csv", "--effective", "2025-01-01"]) == 66
    assert main(["codes", "import", "revenue", "mine.csv", "--effective", "01/01/2025"]) == 64


def test_an_import_that_is_cut_off_leaves_the_old_edition(
    here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "mine.csv").write_text("code,description\n0450,old\n")
    assert main(["codes", "import", "revenue", "mine.csv", "--effective", "2025-01-01"]) == 0
    (here / "mine.csv").write_text("code,description\n0450,new\n")

    def power_fails(_temporary: Path, _path: Path, *, force: bool) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(x12_files, "_name", power_fails)  # when all is written and nothing has its name
    assert main(["codes", "import", "revenue", "mine.csv", "--effective", "2025-01-01"]) == 74
    (here / "codesets/revenue/.edigate-left").write_text("half an edi")  # as a killed process leaves it
    capsys.readouterr()
    assert main(["codes", "check", "revenue", "0450", "--on", "2025-02-01"]) == 0
    assert "0450: old\n" in capsys.readouterr().out


def test_an_edition_damaged_on_disk_stops_and_names_its_file(here: Path, capsys: Capture) -> None:
    (here / "mine.csv").write_text("0450\n0451\n")
    assert main(["codes", "import", "revenue", "mine.csv", "--effective", "2025-01-01"]) == 0
    path = here / "codesets/revenue/2025-01-01.txt"
    path.write_text(path.read_text()[:-8])
    assert main(["codes", "check", "revenue", "0450", "--on", "2025-02-01"]) == 74
    assert "codesets/revenue/2025-01-01.txt isn't a whole code set" in capsys.readouterr().err
    path.write_bytes(b"\xff\xfe")
    assert main(["codes", "list"]) == 74


def test_import_needs_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("0450\n")
    assert main(["codes", "import", "revenue", "mine.csv", "--effective", "2025-01-01"]) == 78
