"""Extracts made over by their mapping: the same claims, of nobody."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from edigate.deidentify.columns import ColumnsOf
from edigate.deidentify.extracts import CsvExtract, JsonExtract
from edigate.deidentify.files import File, X12File, deidentified
from edigate.errors import DataError
from edigate.mapping.engine import Mapping, load_mapping
from edigate.mapping.reading import dialect_of

REPOSITORY = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)

NAMES = ("encounter_id", "subscriber_id", "subscriber_last_name", "subscriber_first_name", "subscriber_birth_date",
         "subscriber_address1", "subscriber_city", "billing_npi", "billing_name", "billing_tax_id", "billing_phone",
         "rendering_last_name", "group_number")  # fmt: skip
KEPT = ("place_of_service", "payer_name", "payer_id", "diagnosis1", "procedure", "modifier1", "units", "charge",
        "subscriber_sex", "subscriber_state", "rendering_taxonomy", "diagnosis_pointers")  # fmt: skip


def mapping_of(name: str) -> Mapping:
    path = REPOSITORY / "mappings" / f"{name}.toml"
    return load_mapping(path.read_text(encoding="utf-8"), path.name)


def opener(content: bytes) -> Any:
    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        yield io.BytesIO(content)

    return opened


def csv_file(content: bytes, mapping: str = "encounters-csv", table: str = "") -> CsvExtract:
    known = mapping_of(mapping)
    return CsvExtract("encounters.csv", opener(content), ColumnsOf(known), dialect_of(known.form.source), table)


def made(*files: File) -> list[bytes]:
    return [b"".join(content) for content in deidentified(b"k" * 32, files, TODAY)]


def rows(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


@pytest.fixture(scope="module")
def encounters() -> bytes:
    return (REPOSITORY / "edigate" / "_demo" / "encounters.csv").read_bytes()


@pytest.fixture(scope="module")
def made_over(encounters: bytes) -> bytes:
    return made(csv_file(encounters))[0]


def test_who_it_is_about_is_gone_and_what_it_is_about_stays(encounters: bytes, made_over: bytes) -> None:
    before, after = rows(encounters), rows(made_over)
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert {name: other[name] for name in KEPT} == {name: one[name] for name in KEPT}
        assert [name for name in NAMES if len(one[name]) > 3 and one[name] == other[name]] == []
        assert {name: len(text) for name, text in one.items()} == {name: len(text) for name, text in other.items()}


def test_no_name_or_number_is_left_anywhere(encounters: bytes, made_over: bytes) -> None:
    told = {row[name] for row in rows(encounters) for name in NAMES if len(row[name]) > 4 and "date" not in name}
    assert [text for text in told if text in made_over.decode()] == []


def test_the_same_claims_are_made_of_it(encounters: bytes, made_over: bytes) -> None:
    def claims(content: bytes) -> list[tuple[Any, ...]]:
        mapping = load_mapping((REPOSITORY / "mappings" / "encounters-csv.toml").read_text(), "m", lambda *_: [])
        found = []
        for one in mapping.convert(mapping.read(io.BytesIO(content), "encounters.csv")):
            claim = one.claim
            charges = [line.charge for line in claim.service_lines] if claim else []
            found.append((claim is not None, charges, sorted(finding.code for finding in one.findings)))
        return found

    assert claims(made_over) == claims(encounters)


def test_a_patients_dates_move_together(encounters: bytes, made_over: bytes) -> None:
    moved: dict[str, set[int]] = {}
    for one, other in zip(rows(encounters), rows(made_over), strict=True):
        if not one["patient_last_name"]:
            days = {
                (date.fromisoformat(one[name]) - date.fromisoformat(other[name])).days
                for name in ("subscriber_birth_date", "service_date")
                if one[name]
            }
            moved.setdefault(one["subscriber_id"], set()).update(days)
    assert all(len(days) == 1 for days in moved.values())
    assert len({min(days) for days in moved.values()}) > 5


def test_the_claim_and_the_row_that_it_was_made_of_are_of_the_same_nobody(encounters: bytes) -> None:
    row = rows(encounters)[0]
    isa = "ISA*00*          *00*          *ZZ*SENDERID       *ZZ*PAYERID        *260105*0930*^*00501*000000007*0*T*:~"
    payment = (
        f"{isa}GS*HP*P*S*20260720*0930*8*X*005010X221A1~ST*835*0001~CLP*{row['encounter_id']}*1*165*100**12*X~"
        f"NM1*QC*1*{row['subscriber_last_name'].upper()}*{row['subscriber_first_name'].upper()}****MI*"
        f"{row['subscriber_id']}~SVC*HC:99213*165*100~DTM*472*{row['service_date'].replace('-', '')}~SE*5*0001~"
        "GE*1*8~IEA*1*000000007~"
    )
    extract, remittance = made(csv_file(encounters), X12File("payment", lambda: [payment.encode()]))
    other = rows(extract)[0]
    text = remittance.decode()
    assert f"CLP*{other['encounter_id']}*1*165" in text
    assert f"*{other['subscriber_last_name'].upper()}*{other['subscriber_first_name'].upper()}****MI*" in text
    assert f"DTM*472*{other['service_date'].replace('-', '')}~" in text


def test_a_column_that_the_mapping_does_not_read_goes_too(encounters: bytes) -> None:
    head, *lines = encounters.decode().splitlines()
    more = [f"{line},SEEN WITH HER MOTHER RUTH,1950-01-02" for line in lines]
    wider = "\n".join([f"{head},remarks,mother_born", *more])
    after = rows(made(csv_file(wider.encode()))[0])
    assert {row["remarks"] for row in after}.isdisjoint({"SEEN WITH HER MOTHER RUTH"})
    assert "RUTH" not in "".join(row["remarks"] for row in after)
    assert all(date.fromisoformat(row["mother_born"]) < date(1950, 1, 2) for row in after)


def test_a_row_that_cannot_be_read_is_no_reason_to_guess(encounters: bytes) -> None:
    with pytest.raises(DataError, match="row 2"):
        made(csv_file(encounters.splitlines()[0] + b"\nHP1,11,two\n"))


def test_json_keeps_its_shape(encounters: bytes) -> None:
    content = (REPOSITORY / "mappings" / "examples" / "encounters-json" / "encounters.json").read_bytes()
    mapping = mapping_of("encounters-json")
    before = json.loads(content)
    after = json.loads(made(JsonExtract("e.json", opener(content), ColumnsOf(mapping), mapping.form.source.path))[0])

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shape(inner) for name, inner in value.items()}
        return [shape(inner) for inner in value] if isinstance(value, list) else type(value)

    assert shape(before) == shape(after)
    told, kept = texts(before), texts(after)
    for path in ("subscriber.last_name", "subscriber.member_id", "billing_provider.npi"):
        assert told[path].isdisjoint(kept[path]), path
    for path in ("payer.name", "diagnoses", "service_lines.procedure", "service_lines.charge"):
        assert told[path] == kept[path], path


def texts(value: Any, path: str = "") -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    if isinstance(value, dict):
        for name, inner in value.items():
            for place, said in texts(inner, f"{path}.{name}" if path else name).items():
                found.setdefault(place, set()).update(said)
    elif isinstance(value, list):
        for inner in value:
            for place, said in texts(inner, path).items():
                found.setdefault(place, set()).update(said)
    else:
        found[path] = {str(value)}
    return found


def test_an_extract_and_its_lookup_still_fit(corpus: Path) -> None:
    folder = corpus / "inputs" / "cms-rif"
    claims, people = (folder / name for name in ("carrier.csv", "beneficiary_2015.csv"))
    known = mapping_of("cms-rif-carrier")
    columns, dialect = ColumnsOf(known), dialect_of(known.form.source)
    files = (
        CsvExtract("carrier.csv", opener(claims.read_bytes()), columns, dialect),
        CsvExtract("beneficiary_2015.csv", opener(people.read_bytes()), columns, dialect, "person"),
    )
    extract, lookup = (rows(content, "|") for content in made(*files))
    before, persons = rows(claims.read_bytes(), "|"), rows(people.read_bytes(), "|")
    becomes = {one["BENE_ID"]: other["BENE_ID"] for one, other in zip(persons, lookup, strict=True)}
    moved: dict[str, set[int]] = {}
    for one, other in [*zip(before, extract, strict=True), *zip(persons, lookup, strict=True)]:
        for name in ("LINE_1ST_EXPNS_DT", "BENE_BIRTH_DT"):
            if name in one and one["BENE_ID"] in becomes:
                assert other["BENE_ID"] == becomes[one["BENE_ID"]]
                moved.setdefault(one["BENE_ID"], set()).add((day(one[name]) - day(other[name])).days)
    assert moved
    assert all(len(days) == 1 for days in moved.values())
    assert {row["MBI_NUM"] for row in persons}.isdisjoint(row["MBI_NUM"] for row in lookup)
    assert [row["ICD_DGNS_CD1"] for row in before] == [row["ICD_DGNS_CD1"] for row in extract]
    assert [row["LINE_SBMTD_CHRG_AMT"] for row in before] == [row["LINE_SBMTD_CHRG_AMT"] for row in extract]


def day(text: str) -> date:
    return datetime.strptime(text, "%d-%b-%Y").date()  # noqa: DTZ007 - a day has no zone
