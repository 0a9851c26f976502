"""`edigate mapping`: what somebody sees who lists, checks, tries and explains mappings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edigate.cli import main

EXAMPLE = "mappings/examples/encounters-csv/encounters.csv"

VISITS = """\
kind = "professional"
[source]
group_by = "VISIT"
[lookup.person]
file = "people.csv"
key = "MRN"
[claim]
patient_control_number = { from = "VISIT" }
subscriber.last_name = { from = "person.NAME", use = "name", required = true }
diagnoses = { from = "DX{1..2}", use = "icd" }
[line]
procedure = { from = "CPT", required = true }
charge = { from = "CHARGE", use = "money" }
"""
ROWS = "VISIT,MRN,DX1,DX2,CPT,CHARGE\nV1,7,J02.9,,99213,80\nV1,7,J02.9,,87880,12.5\nV2,8,I10,E11.9,99214,110\n"
PEOPLE = "MRN,NAME\n7,Quillfeather\n8,Osei\n"


@pytest.fixture
def visits(workspace_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a mapping `visits` and its example, in which the commands run; the folder of examples."""
    monkeypatch.chdir(workspace_dir)
    (workspace_dir / "mappings" / "visits.toml").write_text(VISITS)
    examples = workspace_dir / "mappings" / "examples" / "visits"
    examples.mkdir(parents=True)
    (examples / "today.csv").write_text(ROWS)
    (examples / "people.csv").write_text(PEOPLE)
    return examples


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out + said.err


def told_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    main((*arguments, "--json"))
    return json.loads(capsys.readouterr().out)


# --- list


@pytest.mark.usefixtures("visits")
def test_the_workspaces_mappings_and_edigates_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {one["name"]: one for one in told_json(capsys, "mapping", "list")}
    assert listed["visits"]["shipped"] is False
    assert listed["encounters-csv"]["shipped"] is True
    assert (listed["encounters-json"]["kind"], listed["encounters-json"]["format"]) == ("professional", "json")


def test_a_mapping_that_cant_be_used_is_listed_with_its_reason(
    visits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (visits.parents[1] / "visits.toml").write_text(VISITS.replace("group_by", "grup_by"))
    code, said = told(capsys, "mapping", "list")
    assert code == 0
    assert "did you mean group_by" in said


def test_without_a_workspace_edigates_own_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "encounters-csv" in {one["name"] for one in told_json(capsys, "mapping", "list")}


# --- check


@pytest.mark.parametrize(
    ("wrong", "right", "named"),
    [
        ("subscriber.last_nam", "subscriber.last_name", "claim.subscriber.last_nam isn't known"),
        ('use = "mony"', 'use = "money"', "did you mean money"),
        ('form = "CHARGE"', 'from = "CHARGE"', "did you mean from"),
    ],
)
def test_a_misspelt_word_is_named_with_what_was_meant(
    visits: Path, capsys: pytest.CaptureFixture[str], wrong: str, right: str, named: str
) -> None:
    (visits.parents[1] / "visits.toml").write_text(VISITS.replace(right, wrong))
    code, said = told(capsys, "mapping", "check", "visits")
    assert code == 78
    assert named in said


def test_checked_against_an_input_columns_and_lookups_are_told(
    visits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (visits / "today.csv").write_text(ROWS.replace("CHARGE", "CHARGES").replace("DX2", "NOTE"))
    (visits / "people.csv").unlink()
    code, said = told(capsys, "mapping", "check", "visits", "--input", str(visits / "today.csv"))
    assert code == 65
    assert "CHARGE (did you mean CHARGES?)" in said
    assert "nobody reads, of today.csv: NOTE, CHARGES" in said
    assert "lookup person (people.csv): no file" in said


def test_a_mapping_that_fits_its_input_is_good(visits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(capsys, "mapping", "check", "visits", "--input", str(visits / "today.csv"))
    assert code == 0
    assert "good" in said
    assert "not in" not in said


def test_paths_of_json_are_checked_too(capsys: pytest.CaptureFixture[str]) -> None:
    path = "mappings/examples/encounters-json/encounters.json"
    (checked,) = told_json(capsys, "mapping", "check", "encounters-json", "--input", path)
    assert checked["unread"] == []
    missing = {one["column"] for one in checked["missing"]}
    assert "delay_reason" in missing
    assert not {"subscriber.last_name", "service_lines.procedure", "diagnoses"} & missing


# --- test and bless


def test_what_was_blessed_is_compared_field_by_field_with_its_cell(
    visits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "mapping", "test", "visits")[0] == 65, "nothing is blessed yet"
    assert told(capsys, "mapping", "bless", "visits")[0] == 0
    assert told(capsys, "mapping", "test", "visits")[0] == 0
    (visits / "today.csv").write_text(ROWS.replace("12.5", "13.5").replace("I10", "I11.9"))
    code, said = told(capsys, "mapping", "test", "visits")
    assert code == 65
    assert "V1 service_lines[1].charge: was 12.5, is 13.5 (today.csv row 3, column CHARGE)" in said
    assert "V2 diagnoses[0].code: was I10, is I119 (today.csv row 4, column DX1)" in said
    assert said.count(": was ") == 2


def test_an_encounter_more_or_less_is_told(visits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(("mapping", "bless"))
    (visits / "today.csv").write_text(ROWS + "V3,8,I10,,99214,110\n")
    assert "V3 the encounter: was nothing, is an encounter" in told(capsys, "mapping", "test", "visits")[1]


def test_blessing_what_is_as_blessed_writes_nothing(visits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(("mapping", "bless", "visits"))
    before = (visits / "claims.json").stat().st_mtime_ns
    _, said = told(capsys, "mapping", "bless", "visits")
    assert "as blessed" in said
    assert (visits / "claims.json").stat().st_mtime_ns == before


def test_the_shipped_examples_are_as_blessed(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(capsys, "mapping", "test", "encounters-csv", "encounters-json")
    assert code == 0, said


# --- explain


def test_every_field_leads_to_its_element_its_cell_and_its_rule(capsys: pytest.CaptureFixture[str]) -> None:
    explained = told_json(capsys, "mapping", "explain", "encounters-csv", EXAMPLE, "--claim", "E-1002")
    by_field = {one["field"]: one for one in explained["fields"]}
    last_name = by_field["patient.last_name"]
    assert (last_name["value"], last_name["place"]) == ("NUNEZ", "2010CA NM103")
    assert last_name["sources"] == [{"file": "encounters.csv", "row": 4, "column": "patient_last_name"}]
    assert "use name" in last_name["rule"]
    assert by_field["diagnoses[1].code"]["place"] == "2300 HI02-2"
    assert by_field["diagnoses[1].code"]["sources"][0]["column"] == "diagnosis2"
    assert by_field["service_lines[1].charge"]["place"] == "2400 SV102"
    assert by_field["service_lines[1].charge"]["sources"][0]["row"] == 5
    charges = {source["row"] for source in by_field["total_charge"]["sources"]}
    assert charges == {4, 5, 6}, "a sum came from every line's charge"
    assert by_field["billing_provider.tax_id_type"]["rule"].endswith("default 'EI'")


def test_cells_of_lookups_are_told_with_their_file(visits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = told(
        capsys, "mapping", "explain", "visits", str(visits / "today.csv"), "--claim", "V2", "--field", "subscriber"
    )
    assert "subscriber.last_name: OSEI  2010BA NM103" in said
    assert "people.csv row 3, column NAME" in said
    assert "diagnoses" not in said


def test_an_encounter_that_isnt_there_is_said(visits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(capsys, "mapping", "explain", "visits", str(visits / "today.csv"), "--claim", "V9")
    assert code == 66
    assert "no encounter" in said


# --- new


def test_a_first_mapping_is_written_checked_and_tried(visits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract, made = visits / "today.csv", visits.parents[1] / "fresh.toml"
    code, said = told(capsys, "mapping", "new", str(extract), "-o", str(made))
    assert code == 0
    assert "6 of 6 columns have found a field" in said
    assert made.stat().st_mode & 0o077 == 0, "it speaks of patients' columns: its owner's alone"
    code, said = told(capsys, "mapping", "check", "fresh", "--input", str(extract))
    assert code == 0, said
    code, _ = told(capsys, "mapping", "new", str(extract), "-o", str(made))
    assert code == 64, "what somebody may have worked on isn't overwritten"


@pytest.mark.parametrize("mapping", ["encounters-csv", "encounters-csv-institutional", "encounters-csv-dental"])
def test_a_file_that_a_mapping_is_for_is_told_so(capsys: pytest.CaptureFixture[str], mapping: str) -> None:
    assert told_json(capsys, "mapping", "new", f"mappings/examples/{mapping}/encounters.csv")["nearest"] == mapping


def test_a_first_mapping_is_told_as_data(visits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = told_json(capsys, "mapping", "new", str(visits / "today.csv"))
    assert made["found"]["claim.diagnoses"] == ["DX1", "DX2"]
    assert "claim.payer.payer_id" in made["missing"]
    assert (made["problem"], made["nearest"]) == ("", ""), "six common names make no file like another"


@pytest.mark.parametrize(("content", "code"), [(b"", 65), (b"ISA*00*", 65), (bytes(range(256)) * 40, 65), (None, 66)])
def test_what_no_mapping_reads_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, code: int
) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    ended, said = told(capsys, "mapping", "new", str(tmp_path / "x"))
    assert ended == code
    assert "Traceback" not in said
