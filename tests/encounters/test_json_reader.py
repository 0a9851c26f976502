"""JSON and JSON Lines: paths, exact numbers, and records that can't be read."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from edigate.encounters.json_reader import JsonLinesReader, JsonReader, sub_rows
from edigate.encounters.rows import Row, ShapeError
from edigate.errors import DataError

INPUTS = Path(__file__).parents[3] / "shared" / "inputs" / "claim-json"


def records(content: str | bytes, path: str = "") -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    return list(JsonReader(io.BytesIO(data), "visits.json", path))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("100.00", "100.00"),
        ("0.1", "0.1"),
        ("1234567890123456789.25", "1234567890123456789.25"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1.5e2", "150"),
        ("1e400", "1e400"),
        ("-3", "-3"),
        ("true", "true"),
        ("null", ""),
        ('"  two words "', "two words"),
    ],
)
def test_numbers_keep_every_digit(written: str, kept: str) -> None:
    (row,) = records(f'[{{"charge": {written}}}]')
    assert row.get("charge") == kept


def test_a_value_knows_its_path_and_record() -> None:
    first, second = records('{"data": {"claims": [{"id": 1}, {"who": {"names": ["Ann", "Bea"]}}]}}', "data.claims")
    assert (first.number, second.number) == (1, 2)
    assert second.get("who.names[1]") == "Bea"
    assert second.get("who.names[7]") == ""
    assert second.get("who.names[*]") == ("Ann", "Bea")
    assert str(second.source("who.names[1]")) == "visits.json row 2, column who.names[1]"


def test_one_of_a_list_is_chosen_by_what_it_says() -> None:
    (row,) = records('{"providers": [{"type": "A", "npi": "1"}, {"type": "Billing", "npi": "2"}]}')
    assert row.get("providers[type=Billing].npi") == "2"
    assert row.get("providers[type=Rendering].npi") == ""


def test_a_list_inside_a_record_gives_rows_that_know_their_place() -> None:
    (row,) = records('{"claim": {"lines": [{"code": "A"}, {"code": "B"}]}}')
    lines = sub_rows(row, "claim.lines")
    assert [line.get("code") for line in lines] == ["A", "B"]
    assert str(lines[1].source("code")) == "visits.json row 1, column claim.lines[1].code"
    assert sub_rows(row, "claim.nothing") == []
    with pytest.raises(ShapeError):
        sub_rows(row, "claim.lines[0].code")


def test_an_object_where_a_value_is_expected_is_told() -> None:
    (row,) = records('{"name": {"first": "Ann"}}')
    with pytest.raises(ShapeError):
        row.get("name")


@pytest.mark.parametrize(
    ("content", "path", "said"),
    [
        ("", "", "is empty"),
        ("   ", "", "is empty"),
        ("[1, 2", "", "can't be read as JSON"),
        ("nonsense", "", "can't be read as JSON"),
        ('{"a": 1}', "claims", "has no 'claims' at the top"),
        ('{"claims": 5}', "claims", "neither an array of records nor an object"),
        ("[" * 100_000, "", "can't be read as JSON"),
        (b'{"a": "\xff"}', "a", "can't be read as JSON|neither an array"),
    ],
)
def test_a_file_that_cant_be_used_is_refused_as_a_whole(content: str | bytes, path: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        records(content, path)


def test_a_record_that_isnt_an_object_keeps_its_place() -> None:
    good, bad, damaged = records('[{"id": 1}, 5, {"id": "a\\u0000b"}]')
    assert good.defects == ()
    assert bad.defects[0].message == "visits.json row 2 is not a JSON object"
    assert damaged.defects[0].code == "encounter-row-nul"


def test_json_lines_number_by_line_and_survive_a_broken_one() -> None:
    content = b'\xef\xbb\xbf{"id": 1}\n\n{"id": \n{"id": 1.50}\n'
    rows = list(JsonLinesReader(io.BytesIO(content), "visits.jsonl"))
    assert [(row.number, bool(row.defects)) for row in rows] == [(1, False), (3, True), (4, False)]
    assert rows[2].get("id") == "1.50"
    assert rows[1].defects[0].code == "encounter-row-json"


@pytest.mark.skipif(not INPUTS.is_dir(), reason="the shared inputs are not beside the repository")
def test_commercial_claim_json_can_be_carried() -> None:
    with (INPUTS / "change-healthcare-professional.json").open("rb") as stream:
        (row,) = JsonReader(stream, "change.json")
    assert row.get("providers[providerType=BillingProvider].npi") == "1760854442"
    assert row.get("claimInformation.healthCareCodeInformation[*].diagnosisCode") == ("S93401A", "S72044G")
    lines = sub_rows(row, "claimInformation.serviceLines")
    assert [line.get("professionalService.lineItemChargeAmount") for line in lines] == ["25", "3.75"]
    for name in ("hdi-837p-minimal.json", "hdi-837p-all-fields.json"):
        expected = json.loads((INPUTS / name).read_text(), parse_float=str)["claims"]
        with (INPUTS / name).open("rb") as stream:
            rows = list(JsonReader(stream, name, "claims"))
        assert [row.get("patientControlNumber") for row in rows] == [c["patientControlNumber"] for c in expected]
        assert rows[0].get("chargeAmount") == expected[0]["chargeAmount"]
        assert rows[0].get("subscriber.person.lastNameOrOrgName").lower() == "smith"  # type: ignore[union-attr]  # a text
