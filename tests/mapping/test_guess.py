"""A first mapping guessed for a file: what its names and its cells say, and nothing that a patient wrote."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edigate.errors import DataError
from edigate.mapping.engine import load_mapping
from edigate.mapping.guess import Guessed, guess
from edigate.mapping.guess_look import look
from edigate.mapping.guess_names import concepts, repeated
from edigate.mapping.guess_values import luhn, profile, shape
from edigate.mapping.guess_write import write
from edigate.mapping.rules import RecordRule, RecordsRule, Rule

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "mappings"

VISITS = """\
Visit No|Patient Last Name|Patient First Name|DOB|Gender|Policy #|Dx1|Dx2|Dx3|CPT|Mod|Fee|Units|DOS|Provider NPI
V-1|Quillfeather|Odette|03/31/1981|F|NW5026617|J02.9|||99213|25|$165.00|1|06/15/2026|1888000019
V-1|Quillfeather|Odette|03/31/1981|F|NW5026617|J02.9|||87880||$31.50|1|06/15/2026|1888000019
V-2|Osei|Kwame|12/01/1974|M|NW5026618|I10|E11.9||99214||$210.00|1|06/17/2026|1888000019
"""


def guessed(content: str | bytes, name: str = "visits.csv") -> Guessed:
    data = content.encode() if isinstance(content, str) else content
    return guess(look(data, name, whole=True))


def fields(found: Guessed) -> dict[str, list[str]]:
    return {one.key: one.columns for one in found.guesses}


def rules(found: Guessed) -> dict[str, Any]:
    return tomllib.loads(write(found, "visits.csv"))


# --- names and cells


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("BENE_BIRTH_DT", ["subscriber", "birth", "date"]),
        ("subscriberBirthDate", ["subscriber", "birth", "date"]),
        ("Insured DOB", ["subscriber", "birth", "date"]),
        ("patientlastname", ["patient", "last"]),
        ("LINE_SBMTD_CHRG_AMT", ["line", "street", "submitted", "charge", "amount"]),
        ("HCPCS_2ND_MDFR_CD", ["procedure", "2", "modifier", "code"]),
    ],
)
def test_a_name_says_the_same_however_it_is_written(name: str, said: list[str]) -> None:
    assert [word for word in concepts(name) if word != "2nd"] == said


def test_columns_that_differ_in_a_number_are_one_repeated_column() -> None:
    names = ("DX01", "DX02", "DX03", "ICD_DGNS_CD1", "ICD_DGNS_CD2", "NOTE1", "A1", "A3")
    assert repeated(names) == {
        "DX{01..03}": ["DX01", "DX02", "DX03"],
        "ICD_DGNS_CD{1..2}": ["ICD_DGNS_CD1", "ICD_DGNS_CD2"],
    }


def test_an_npi_is_told_by_its_check_digit() -> None:
    assert luhn("1888000019")
    assert not luhn("1888000018")
    assert not luhn("188800001")


@pytest.mark.parametrize(
    ("cells", "forms"),
    [
        (["30-May-2015", "01-Jun-2015"], ("%d-%b-%Y",)),
        (["2026-03-31", "03/31/2026"], ("%Y-%m-%d", "%m/%d/%Y")),
        (["31/03/2026", "01/02/2026"], ("%d/%m/%Y",)),
        (["20260331"], ("%Y%m%d",)),
        (["03/31/26"], ()),
        (["99213", "12345678"], ()),
    ],
)
def test_dates_are_told_with_their_form(cells: list[str], forms: tuple[str, ...]) -> None:
    assert profile(cells).dates == forms


def test_a_shape_says_nothing_of_the_cell() -> None:
    assert shape("Núñez, José 1984-11-30") == "Aaaaa, Aaaa 9999-99-99"
    assert shape("Ørsted\x07") == "Aaaaaa?"


# --- a CSV


def test_a_practices_own_names_find_their_fields() -> None:
    found = guessed(VISITS)
    assert found.look.source.delimiter == "|"
    assert found.group_by == "Visit No"
    assert found.kind == "professional"
    assert fields(found) == {
        "claim.patient_control_number": ["Visit No"],
        "claim.diagnoses": ["Dx1", "Dx2", "Dx3"],
        "claim.subscriber.last_name": ["Patient Last Name"],
        "claim.subscriber.first_name": ["Patient First Name"],
        "claim.subscriber.birth_date": ["DOB"],
        "claim.subscriber.sex": ["Gender"],
        "claim.subscriber.member_id": ["Policy #"],
        "claim.billing_provider.npi": ["Provider NPI"],
        "line.procedure": ["CPT"],
        "line.modifiers": ["Mod"],
        "line.charge": ["Fee"],
        "line.units": ["Units"],
        "line.service_date": ["DOS"],
    }
    assert found.left == {}


def test_the_first_mapping_loads_and_says_what_is_to_do() -> None:
    found = guessed(VISITS)
    text = write(found, "visits.csv")
    load_mapping(text, "visits.toml")
    made = tomllib.loads(text)
    assert made["claim"]["diagnoses"]["from"] == "Dx{1..3}"
    assert made["line"]["service_date"]["use"] == "date('%m/%d/%Y')"
    assert made["claim"]["subscriber"]["relationship"] == {"value": "18"}
    assert made["claim"]["total_charge"] == {"use": "sum_of_lines"}
    assert "# TODO payer_id" in text
    assert "# TODO diagnosis_pointers" in text


def test_no_cell_is_written_only_shapes() -> None:
    text = write(guessed(VISITS), "visits.csv")
    for line in VISITS.splitlines()[1:]:
        for cell in line.split("|"):
            if len(cell) > 2:
                assert cell not in text
    assert "Aaaaaaaaaa" in text


def test_a_first_line_of_cells_is_no_header() -> None:
    rows = VISITS.split("\n", 1)[1]
    found = guessed(rows)
    assert found.look.source.columns[:2] == ("column1", "column2")
    assert fields(found)["line.charge"] == ["column12"]
    assert fields(found)["claim.billing_provider.npi"] == ["column15"]
    text = write(found, "visits.csv")
    assert "Quillfeather" not in text
    load_mapping(text, "visits.toml")


def test_cells_that_contradict_a_name_win() -> None:
    found = guessed(VISITS.replace("1888000019", "Dr. Haverford").replace("|DOS", "|DOS Date"))
    assert "claim.billing_provider.npi" not in fields(found)
    assert "Provider NPI" in found.left


def test_a_windows_file_with_semicolons_is_seen() -> None:
    content = VISITS.replace("|", ";").replace("Odette", "José").encode("cp1252")
    source = guessed(content).look.source
    assert (source.delimiter, source.encoding) == (";", "latin-1")


def test_another_patient_than_the_insured_is_a_patient() -> None:
    rows = [
        "Claim ID,Insured Last Name,Insured ID,Patient Last Name,Patient DOB,Patient Relation,CPT,Charge",
        "1,Osei,A1,Osei,2014-02-03,Child,99213,80",
        "2,Rask,A2,Rask,1980-02-03,Self,99213,80",
    ]
    made = rules(guessed("\n".join(rows) + "\n"))
    assert made["claim"]["patient"]["last_name"]["from"] == "Patient Last Name"
    assert made["claim"]["patient"]["relationship"]["codes"] == "relationship"
    assert made["codes"]["relationship"]["CHILD"] == "19"
    assert "not in ('', 'SELF', '18')" in made["claim"]["patient"]["when"]
    assert made["claim"]["subscriber"]["last_name"]["from"] == "Insured Last Name"


def test_a_whole_name_in_one_cell_is_taken_apart() -> None:
    content = "Account No,Patient Name,CPT,Charge\n1,\"Osei, Kwame\",99213,80\n2,\"Rask, Emil\",99214,90\n"
    made = rules(guessed(content))["claim"]["subscriber"]
    assert made["last_name"]["use"] == "name('last')"
    assert made["first_name"] == {"from": "Patient Name", "use": "name('first')"}


def test_day_and_month_that_nobody_can_tell_apart_are_to_check() -> None:
    found = guessed("Claim ID,DOS,CPT,Charge\n1,03/04/2026,99213,80\n2,05/06/2026,99213,80\n")
    assert "# by name; 99/99/9999, all dates; TODO check: is the month first, or the day?" in write(found, "x.csv")


@pytest.mark.parametrize("bad", [b"", b"\n\n", b"ISA*00*", b"only one column\n1\n2\n", b"\xff\xfea\0,\0b\0"])
def test_what_is_no_extract_is_refused(bad: bytes) -> None:
    with pytest.raises(DataError):
        guessed(bad)


@pytest.mark.parametrize("name", ['A"B', "{x}", "a\tb", "naïve", "x" * 300, "'; drop", "=1+1", "a.b", "[0]", "Dx{3"])
def test_a_mapping_of_odd_names_still_loads(name: str) -> None:
    content = f"Claim ID,{json.dumps(name) if ',' in name else name},Dx1,Dx2,CPT,Charge\n1,2,J02.9,I10,99213,80\n"
    load_mapping(write(guessed(content), "odd.csv"), "odd.toml")


# --- institutional


def test_a_hospitals_extract_is_institutional_with_companions() -> None:
    header = ["CLM_ID", "TOB", "PRNCPAL_DGNS_CD", "PRNCPAL_DGNS_VRSN_CD"]
    cells = ["77", "0131", "I10", "0"]
    for number in range(1, 4):
        header += [f"ICD_DGNS_CD{number}", f"ICD_DGNS_VRSN_CD{number}", f"CLM_POA_IND_SW{number}"]
        cells += [["I10", "0", "Y"], ["E119", "0", "N"], ["", "", ""]][number - 1]
    header += ["ICD_PRCDR_CD1", "ICD_PRCDR_CD2", "PRCDR_DT1", "PRCDR_DT2", "REV_CNTR", "REV_CNTR_TOT_CHRG_AMT"]
    cells += ["0DTJ4ZZ", "", "03-Jun-2026", "", "0360", "1200.00"]
    text = "|".join(header) + "\n" + "|".join(cells) + "\n"
    found = guessed(text)
    assert found.kind == "institutional"
    made = rules(found)
    load_mapping(write(found, "x.csv"), "x.toml")
    assert made["claim"]["diagnoses"] == [
        {
            "repeat": "1..3",
            "distinct": "code",
            "code": {"from": "ICD_DGNS_CD{}", "use": "icd", "when": "ICD_DGNS_VRSN_CD{} == '0'"},
            "present_on_admission": {"from": "CLM_POA_IND_SW{}"},
        }
    ]
    assert made["claim"]["procedures"] == [
        {
            "repeat": "1..2",
            "code": {"from": "ICD_PRCDR_CD{}"},
            "date": {"from": "PRCDR_DT{}", "use": "date('%d-%b-%Y')"},
        }
    ]
    assert made["claim"]["facility_type"]["expr"] == "TOB.zfill(4)[1:3]"
    assert made["claim"]["frequency_code"]["expr"] == "TOB.zfill(4)[3:4]"
    assert made["line"]["revenue_code"]["from"] == "REV_CNTR"


def test_a_single_procedure_finds_its_date_and_odd_companions_are_left() -> None:
    header = "ACCT_NO|BILL_TYPE|PRIN_DX|DX2|DX3|POA1|POA2|PRIN_PROC|PRIN_PROC_DATE|"
    header += "ATT_NPI|ATT_LAST|REV_CD|CHARGES|NC_CHARGES"
    cells = "A1|0111|K3580|I10|E119|Y|N|0DTJ4ZZ|20260602|2100000175|LINDQVIST|0120|4500.00|0.00"
    found = guessed(f"{header}\n{cells}\n")
    made = rules(found)
    load_mapping(write(found, "x.csv"), "x.toml")
    assert made["claim"]["procedures"] == [{"code": {"from": "PRIN_PROC"}, "date": {"from": "PRIN_PROC_DATE"}}]
    # POA3 isn't there: POA1 and POA2 are no companions of DX2 and DX3
    assert made["claim"]["diagnoses"]["from"] == ["PRIN_DX", "DX{2..3}"]
    assert made["claim"]["attending_provider"]["npi"]["from"] == "ATT_NPI"
    assert made["line"]["non_covered_charge"]["from"] == "NC_CHARGES"


def test_teeth_find_their_surfaces() -> None:
    rows = "ClaimNum;PatLName;ADACode;ToothNum;Surf;Fee;ProcDate\n5;Osei;D2392;30;M;185.00;2026-06-01\n"
    found = guessed(rows + "6;Rask;D1110;;;95.00;2026-06-01\n")
    assert found.kind == "dental"
    made = rules(found)
    load_mapping(write(found, "x.csv"), "x.toml")
    assert made["line"]["teeth"] == [{"code": {"from": "ToothNum"}, "surfaces": {"from": "Surf", "use": "upper_ascii"}}]
    assert made["claim"]["subscriber"]["last_name"]["from"] == "PatLName"


PRACTICE = """\
Encounter ID,Appointment Date,Patient Full Name,Patient DOB,Patient Zip,Primary Insurance Name,\
Primary Insurance Payer ID,Primary Insurance Policy Number,Primary Insurance Group Number,Insured Relationship,\
Rendering Provider Full Name,Rendering Provider NPI,Billing Provider NPI,Tax ID,POS,Procedure Code,\
Procedure Modifier 1,Procedure Modifier 2,\
Diagnosis Code 1,Diagnosis Code 2,Units,Unit Charge,Total Charges,From Date,Through Date,Diagnosis Pointer
1,6/1/2026,"Osei, Kwame",1/2/1980,01720,NORTHWIND,NWHP1,NW55,G1,Self,"Lindqvist, Maren",2100000175,1888000019,\
98-7654321,11,99213,25,,J02.9,I10,1,80.00,80.00,6/1/2026,6/1/2026,12
1,6/1/2026,"Osei, Kwame",1/2/1980,01720,NORTHWIND,NWHP1,NW55,G1,Self,"Lindqvist, Maren",2100000175,1888000019,\
98-7654321,11,87880,,,J02.9,I10,2,10.00,20.00,6/1/2026,6/1/2026,1
2,6/3/2026,"Rask, Signe",11/22/2014,01720,NORTHWIND,NWHP1,NW56,G1,Child,"Lindqvist, Maren",2100000175,1888000019,\
98-7654321,11,99214,,,E11.9,,1,110.00,110.00,6/13/2026,6/13/2026,1
"""


def test_a_practice_systems_report_finds_its_fields() -> None:
    found = guessed(PRACTICE)
    told = fields(found)
    assert told["claim.subscriber.member_id"] == ["Primary Insurance Policy Number"]
    assert told["claim.subscriber.group_number"] == ["Primary Insurance Group Number"]
    assert told["claim.payer.payer_id"] == ["Primary Insurance Payer ID"]
    assert told["claim.rendering_provider.first_name"] == ["Rendering Provider Full Name"]
    assert told["claim.billing_provider.npi"] == ["Billing Provider NPI"]
    assert told["line.charge"] == ["Total Charges"], "a charge is the line's, not one unit's"
    assert told["line.service_date"] == ["From Date"]
    assert told["line.service_date_end"] == ["Through Date"]
    assert set(found.left) == {"Appointment Date", "Unit Charge"}
    text = write(found, "report.csv")
    assert "is 12 the twelfth diagnosis" in text
    load_mapping(text, "report.toml")


# --- JSON


CLAIM = {
    "claims": [
        {
            "patientControlNumber": "A-1",
            "subscriber": {"memberId": "NW1", "lastName": "Osei", "payer": {"identifier": "NWHP1"}},
            "providers": [
                {"providerType": "BillingProvider", "npi": "1888000019"},
                {"providerType": "RenderingProvider", "npi": "2100000175", "lastName": "Lindqvist"},
            ],
            "diagnoses": [{"code": "J02.9"}, {"code": "I10"}],
            "serviceLines": [{"procedureCode": "99213", "chargeAmount": "80.00", "pointers": [1, 2]}],
        }
    ]
}


def test_paths_of_json_find_their_fields() -> None:
    found = guessed(json.dumps(CLAIM), "claims.json")
    assert (found.look.source.path, found.look.each) == ("claims", "serviceLines")
    made = rules(found)
    load_mapping(write(found, "x.json"), "x.toml")
    assert made["claim"]["billing_provider"]["npi"]["from"] == "providers[providerType=BillingProvider].npi"
    assert made["claim"]["rendering_provider"]["last_name"]["from"].startswith("providers[providerType=Rendering")
    assert made["claim"]["diagnoses"]["from"] == "diagnoses[*].code"
    assert made["claim"]["payer"]["payer_id"]["from"] == "subscriber.payer.identifier"
    assert made["line"]["procedure"]["from"] == "procedureCode"
    assert made["line"]["diagnosis_pointers"]["from"] == "pointers[*]"


@pytest.mark.parametrize(("code", "kind"), [("oral", "dental"), ("institutional", "institutional")])
def test_a_fhir_claim_says_its_kind(code: str, kind: str) -> None:
    claim = {"resourceType": "Claim", "type": {"coding": [{"code": code}]}, "item": [{"net": {"value": 1}}]}
    assert guessed(json.dumps(claim), "claim.json").kind == kind


def test_json_lines_are_seen() -> None:
    lines = "".join(json.dumps(CLAIM["claims"][0]) + "\n" for _ in range(3))
    found = guessed(lines, "claims.jsonl")
    assert (found.look.source.format, found.look.records) == ("jsonl", 3)


def test_what_tells_members_of_a_list_apart_is_never_a_name() -> None:
    people = [{"patientName": "Osei Member", "npi": "1888000019"}, {"patientName": "Rask Billing", "npi": "2100000175"}]
    text = write(guessed(json.dumps({"id": "1", "people": people}), "x.json"), "x.json")
    assert "Osei" not in text
    assert "Rask" not in text


# --- how right it is


def pairs(rule: Any, root: str) -> Iterator[tuple[str, str]]:
    """Each field of a mapping with each column that gives it."""
    if isinstance(rule, Rule):
        key = re.sub(r"\[\d+\]", "", f"{root}.{rule.path}")
        for candidate in rule.candidates:
            yield key, candidate.column
        for column in rule.expression.columns if rule.expression else ():
            yield key, column
    elif isinstance(rule, RecordRule):
        for _, part in rule.parts:
            yield from pairs(part, root)
    elif isinstance(rule, RecordsRule):
        for part in rule.items:
            yield from pairs(part, root)


def columns_of(plan: Any) -> dict[str, set[str]]:
    """The fields that each column of a mapping gives."""
    found: dict[str, set[str]] = {}
    for key, column in (*pairs(plan.claim, "claim"), *pairs(plan.line, "line")):
        found.setdefault(column, set()).add(key.removesuffix(".code"))
    return found


def judged(mapping: str, example: Path) -> tuple[float, float, dict[str, set[str]]]:
    """A guess beside the mapping that people wrote for the same file, over columns with something in them.

    The share of the columns that they read which the guess gives to the same field, too; the share of the
    guess's columns that they agree with; and where the two differ.
    """
    path = MAPPINGS / f"{mapping}.toml"
    found = guess(look(example.read_bytes(), example.name, whole=True))
    filled = {re.sub(r"\[[^\]=]*\]", "", column.name) for column in found.look.columns if column.profile.filled}
    written = columns_of(load_mapping(path.read_text(encoding="utf-8"), path.name).plan)
    guess_plan = load_mapping(write(found, example.name), "guess.toml").plan
    made = columns_of(guess_plan)
    wanted = {column: keys for column, keys in written.items() if re.sub(r"\[[^\]=]*\]", "", column) in filled}
    same = {
        column
        for column, keys in wanted.items()
        # a version of codes may choose among them (`when`) in place of being their qualifier
        if keys & made.get(column, set()) or (column in guess_plan.columns() and all("qualifier" in k for k in keys))
    }
    told = {column for column in made if column in wanted} | same
    return len(same) / len(wanted), len(same) / len(told), {c: made.get(c, set()) for c in wanted if c not in same}


@pytest.mark.parametrize(
    ("mapping", "example", "floor"),
    [
        ("encounters-csv", "encounters-csv/encounters.csv", 0.97),
        ("encounters-csv-institutional", "encounters-csv-institutional/encounters.csv", 0.97),
        ("encounters-csv-dental", "encounters-csv-dental/encounters.csv", 0.83),
        ("encounters-json", "encounters-json/encounters.json", 0.97),
        ("encounters-json-institutional", "encounters-json-institutional/encounters.json", 0.97),
        ("encounters-json-dental", "encounters-json-dental/encounters.json", 0.95),
    ],
)
def test_edigates_own_forms_are_guessed_nearly_whole(mapping: str, example: str, floor: float) -> None:
    found, right, missed = judged(mapping, MAPPINGS / "examples" / example)
    assert found >= floor, missed
    assert right >= 0.95, missed


@pytest.mark.parametrize(
    ("mapping", "example", "floor"),
    [
        ("cms-rif-carrier", "cms-rif/carrier.csv", 0.93),
        ("cms-rif-inpatient", "cms-rif/inpatient.csv", 0.88),
        ("cms-rif-outpatient", "cms-rif/outpatient.csv", 0.85),
        ("change-healthcare-professional", "claim-json/change-healthcare-professional.json", 0.88),
        ("hdi-837p", "claim-json/hdi-837p-all-fields.json", 0.7),
    ],
)
def test_real_senders_forms_are_guessed_mostly(corpus: Path, mapping: str, example: str, floor: float) -> None:
    found, right, missed = judged(mapping, corpus / "inputs" / example)
    assert found >= floor, missed
    assert right >= 0.9, missed


def test_a_first_mapping_of_every_real_file_loads(corpus: Path) -> None:
    files = [path for path in sorted((corpus / "inputs").glob("*/*")) if path.suffix in (".csv", ".json")]
    assert len(files) > 20
    for path in files:
        found = guess(look(path.read_bytes(), path.name, whole=True))
        load_mapping(write(found, path.name), path.name)
        assert found.guesses, path.name
