"""`edigate explain`: what a person asks who saw a code somewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.gateway.codebook import FAMILIES, meanings_of
from edigate.gateway.explaining import explain

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no workspace: none is needed
    monkeypatch.delenv("EDIGATE_WORKSPACE", raising=False)


@pytest.mark.parametrize(
    ("asked", "kind", "says"),
    [
        ("IK4-7", "X12: elements", "Not a code"),
        ("ik4-7", "X12: elements", "Not a code"),
        ("ZIP9", "Edits", "five digits"),
        ("REPAIRED-PHONE", "Edits", "ten digits"),
        ("mapping-required", "Mappings", "blank"),
        ("025", "X12: interchange", "used before"),
        ("I10", "X12: elements", "doesn't use"),
        ("LEDGER-NUMBERS", "The ledger", "control number"),
        ("overdue_835", "waits for a person", "neither payment nor denial"),
        ("overdue 835", "waits for a person", "neither payment nor denial"),
        ("host key", "line of edigate partner check", "pinned"),
        ("partly_paid", "state of a claim", "less than charged"),
        ("77", "exit code", "login"),
        ("CO-197", "claim adjustment reason (CARC): denial", "contractual: no authorization"),
        ("PR1", "claim adjustment reason (CARC): patient", "deductible"),
        ("N706", "remittance remark (RARC)", "documents missing"),
        ("A7:562:85", "claim status", "billing provider NPI"),
        ("a7", "claim status category", "rejected"),
        ("562", "claim status", "NPI"),
    ],
)
def test_a_code_is_told_in_words(asked: str, kind: str, says: str) -> None:
    (one,) = [one for one in explain(asked) if one.kind == kind]
    assert says in one.what


def test_a_number_that_is_several_things_is_told_as_each() -> None:
    assert {one.kind for one in explain("97")} == {"claim adjustment reason (CARC): denial", "claim status"}


def test_a_share_of_the_patient_is_told_by_its_group() -> None:
    (ours,), (theirs,) = explain("CO-2"), explain("PR-2")
    assert (ours.kind.rpartition(" ")[2], theirs.kind.rpartition(" ")[2]) == ("contract", "patient")


@pytest.mark.parametrize(("misspelt", "meant"), [("IK4-77", "IK4-7"), ("DUPLICATE-VIST", "DUPLICATE-VISIT")])
def test_a_misspelt_one_is_told_with_the_one_that_was_meant(misspelt: str, meant: str, capsys: Capture) -> None:
    assert main(["explain", misspelt]) == 64
    assert f"Did you mean {meant}?" in capsys.readouterr().err


def test_what_is_no_code_at_all_is_refused(capsys: Capture) -> None:
    assert main(["explain", "<hello>"]) == 64
    assert "edigate knows no code '<hello>'" in capsys.readouterr().err


def test_every_code_of_the_tables_is_found_by_itself() -> None:
    lost = [one.code for _, one in meanings_of(FAMILIES) if one.what not in {told.what for told in explain(one.code)}]
    assert lost == []


def test_a_terminal_gets_words_and_a_program_data(capsys: Capture) -> None:
    assert main(["explain", "IK4-7", "75"]) == 0
    told = capsys.readouterr().out
    assert "IK4-7: X12: elements (error)\n    Not a code" in told
    assert "    Who acts: nobody; the timer\n" in told
    assert main(["explain", "IK4-7", "--json"]) == 0
    (data,) = json.loads(capsys.readouterr().out)
    assert (data["code"], data["severities"], data["page"]) == ("IK4-7", ["error"], "findings.md")


def test_a_partners_own_edit_is_known_in_its_workspace(workspace_dir: Path, capsys: Capture) -> None:
    partner = workspace_dir / "partners" / "acme.toml"
    partner.write_text(
        partner.read_text()
        + '\n[[edits.add]]\ncode = "ACME-GROUP"\nwhen = "not subscriber.group_number"\n'
        + 'message = "Acme asks for the group number"\nsource = "Acme guide 3.2"\n'
    )
    assert main(["--workspace", str(workspace_dir), "explain", "acme-group"]) == 0
    told = capsys.readouterr().out
    assert "ACME-GROUP: edit of partner acme (error)" in told
    assert "Acme asks for the group number" in told
