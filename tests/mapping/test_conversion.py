"""Encounters to claims: what is made, what is refused and why, and that no row is lost on the way."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edigate.claims.bindings import binding_of_kind
from edigate.claims.edits import edit_many
from edigate.claims.edits.repairs import REPAIRS, repaired
from edigate.claims.model import Diagnosis, Procedure, Submission
from edigate.errors import ConfigError, DataError
from edigate.findings import Severity, Source
from edigate.mapping.engine import load_mapping

Convert = Callable[..., Any]

HEAD = "VISIT,NAME,DX1,DX2,DX3,CPT,CHARGE\n"


def test_two_rows_of_a_visit_are_one_claim_of_two_lines(visits: str, convert: Convert) -> None:
    (mapped,), conversion = convert(visits, HEAD + "A-1,Doe,J02.9,,Z11.59,99213,100\nA-1,Doe,J02.9,,Z11.59,87880,\n")
    claim = mapped.claim
    assert mapped.findings == ()
    assert claim.patient_control_number == "A-1"
    assert claim.subscriber.last_name == "Doe"
    assert claim.diagnoses == [Diagnosis(code="J029", qualifier="ABK"), Diagnosis(code="Z1159", qualifier="ABF")]
    assert [(line.procedure, line.charge) for line in claim.service_lines] == [("99213", Decimal(100)), ("87880", None)]
    assert (mapped.rows.first, mapped.rows.last, mapped.rows.count) == (2, 3, 2)
    assert (conversion.accounting.rows_read, conversion.accounting.rows_made) == (2, 2)


def test_a_blank_that_is_required_refuses_the_claim_and_says_where(visits: str, convert: Convert) -> None:
    (mapped,), conversion = convert(visits, HEAD + "A-1,Doe,J029,,,99213,1\nA-1,Doe,J029,,, ,1\n")
    (found,) = mapped.findings
    assert mapped.claim is None
    assert found.message == "visits.csv row 3, column CPT is blank; a professional line needs a procedure code"
    assert (found.code, found.field) == ("mapping-required", "service_lines[1].procedure")
    assert found.sources == (Source("visits.csv", 3, "CPT"),)
    assert found.severity is Severity.ERROR
    assert (conversion.accounting.rows_refused, conversion.accounting.encounters_refused) == (2, 1)


def test_a_value_that_cant_be_read_is_told_without_saying_it(visits: str, convert: Convert) -> None:
    (mapped,), _ = convert(visits, HEAD + "A-1,Doe,not-a-code,,,99213,12.345\n")
    assert [f.field for f in mapped.findings] == ["diagnoses", "service_lines[0].charge"]
    assert "visits.csv row 2, column DX1 is not an ICD code" in mapped.findings[0].message
    assert mapped.findings[1].value == "12.345"
    assert all(f.value not in f.message for f in mapped.findings)


def test_everything_wrong_with_an_encounter_is_told_at_once(visits: str, convert: Convert) -> None:
    (mapped,), _ = convert(visits, HEAD + "A-1,,J029,,,,x\n")
    assert {f.field for f in mapped.findings} == {
        "subscriber.last_name",
        "service_lines[0].procedure",
        "service_lines[0].charge",
    }


def test_rows_that_disagree_about_the_claim_are_never_one_claim(visits: str, convert: Convert) -> None:
    (mapped,), _ = convert(visits, HEAD + "A-1,Doe,J029,,,99213,1\nA-1,Roe,J029,,,87880,1\n")
    (found,) = mapped.findings
    assert mapped.claim is None
    assert found.code == "mapping-rows-differ"
    assert "row 3 says something else than row 2 in NAME" in found.message
    assert "Roe" not in found.message


def test_claim_columns_may_stand_on_the_first_row_only(visits: str, convert: Convert) -> None:
    (mapped,), _ = convert(visits, HEAD + "A-1,Doe,J029,,,99213,1\nA-1,,,,,87880,1\n")
    assert mapped.claim is not None


def test_a_ragged_row_refuses_its_whole_encounter(visits: str, convert: Convert) -> None:
    """A claim made without one of its rows would be a claim for too little."""
    (mapped, other), _ = convert(visits, HEAD + "A-1,Doe,J029,,,99213,1\nA-1,Doe,J029\nA-2,Roe,J029,,,99213,1\n")
    assert mapped.claim is None
    assert mapped.rows.count == 2
    assert [f.code for f in mapped.findings] == ["encounter-row-ragged"]
    assert other.claim is not None


def test_a_missing_column_refuses_the_file_with_what_was_probably_meant(visits: str, convert: Convert) -> None:
    with pytest.raises(DataError, match=r"visits.csv has no column CPT, which visits.toml reads; did you mean cpt\?"):
        convert(visits, HEAD.replace("CPT", "cpt"))
    with pytest.raises(DataError, match="is ',' the delimiter"):
        convert(visits, HEAD.replace(",", ";"))
    with pytest.raises(DataError, match="several columns NAME"):
        convert(visits, "NAME," + HEAD)


def test_a_mapping_may_take_one_of_two_columns_of_a_name(visits: str, convert: Convert) -> None:
    (mapped,), _ = convert(visits.replace('"NAME"', '"NAME#2"'), "NAME," + HEAD + "x,A-1,Doe,J029,,,99213,1\n")
    assert mapped.claim.subscriber.last_name == "Doe"


def test_columns_may_be_left_out_where_the_mapping_says_so_but_not_misspelt(visits: str, convert: Convert) -> None:
    mapping = visits.replace("[claim]", 'missing_columns = "blank"\nunknown_columns = "refuse"\n[claim]')
    (mapped,), _ = convert(mapping, "VISIT,NAME,DX1,CPT\nA-1,Doe,J029,99213\n")
    assert mapped.claim is not None
    with pytest.raises(DataError, match=r"a column CHARG that visits.toml doesn't know; did you mean CHARGE\?"):
        convert(mapping, "VISIT,NAME,DX1,CPT,CHARG\n")
    with pytest.raises(DataError, match="no column VISIT"):
        convert(mapping, "NAME,CPT\n")


@pytest.mark.parametrize(("content", "claims"), [(HEAD, 0), (HEAD + "\n,,,,,,\n", 0)])
def test_a_file_of_nothing_but_a_header_is_no_claim_and_no_error(
    visits: str, convert: Convert, content: str, claims: int
) -> None:
    mapped, conversion = convert(visits, content)
    assert len(mapped) == claims
    assert conversion.accounting.balanced


# --- lookups

PEOPLE = """
[lookup.person]
file = "people.csv"
key = "ID"
match = "NAME"
"""


def with_people(visits: str, more: str = "") -> str:
    mapping = visits.replace('from = "NAME"', 'from = "person.LAST"')
    return mapping + PEOPLE + more


def test_a_lookup_gives_cells_that_know_their_own_file(visits: str, convert: Convert) -> None:
    people = {"person": "ID,LAST\n7,Doe\n8,\n"}
    (good, blank, lost), _ = convert(
        with_people(visits),
        HEAD + "A-1,7,J029,,,99213,1\nA-2,8,J029,,,99213,1\nA-3,9,J029,,,99213,1\n",
        people,
    )
    assert good.claim.subscriber.last_name == "Doe"
    assert good.trace.sources("subscriber.last_name") == (Source("person.csv", 2, "LAST"),)
    assert blank.findings[0].message.startswith("person.csv row 3, column LAST is blank")
    assert "mapping-lookup-missing" in {f.code for f in lost.findings}
    assert any("visits.csv row 4, column NAME isn't in person.csv" in f.message for f in lost.findings)


def test_an_optional_lookup_may_be_missing_with_its_file(visits: str, convert: Convert) -> None:
    mapping = visits.replace('from = "NAME"', 'from = ["NAME", "person.LAST"]') + PEOPLE + "optional = true\n"
    (mapped,), _ = convert(mapping, HEAD + "A-1,Doe,J029,,,99213,1\n", {})
    assert mapped.claim is not None
    (refused,), _ = convert(mapping.replace('["NAME", ', '["DX3", '), HEAD + "A-1,Doe,J029,,,99213,1\n", {})
    assert "visits.csv row 2, column DX3 and people.csv, column LAST are blank" in refused.findings[0].message


@pytest.mark.parametrize(("duplicates", "last_name"), [("first", "Old"), ("last", "New")])
def test_of_two_rows_of_a_key_the_mapping_says_which(
    visits: str, convert: Convert, duplicates: str, last_name: str
) -> None:
    mapping = with_people(visits, f'duplicates = "{duplicates}"\n')
    (mapped,), _ = convert(mapping, HEAD + "A-1,7,J029,,,99213,1\n", {"person": "ID,LAST\n7,Old\n7,New\n"})
    assert mapped.claim.subscriber.last_name == last_name


def test_a_table_with_a_key_twice_or_a_column_missing_is_refused(visits: str, convert: Convert) -> None:
    with pytest.raises(DataError, match=r"person.csv row 3 has the same ID as person.csv row 2"):
        convert(with_people(visits), HEAD, {"person": "ID,LAST\n7,Old\n7,New\n"})
    with pytest.raises(ConfigError, match=r"person.csv has no column LAST.*did you mean LASTNAME"):
        convert(with_people(visits), HEAD, {"person": "ID,LASTNAME\n"})


# --- records, lists, conditions

PARTIES = """\
kind = "professional"
[source]
group_by = "ID"
[claim]
place_of_service = { from = "POS", rows = "first" }
payer.name = { value = "MEDICARE" }
related_causes = { from = "CAUSE", split = ",;" }
billing_provider.address.line1 = { from = "STREET", required = true }
total_charge = { use = "sum_of_lines" }
[claim.rendering_provider]
entity_type = { value = "1" }
last_name = { from = "REND", required = true }
npi = { from = "REND_NPI", use = "npi" }
[[claim.billing_provider.secondary_ids]]
qualifier = { value = "G2" }
value = { from = "LEGACY" }
[[claim.billing_provider.secondary_ids]]
qualifier = { value = "0B" }
value = { from = "LICENCE" }
[claim.patient]
when = "REL != '18'"
last_name = { from = "PAT", required = true }
[line]
place_of_service = { from = "POS" }
charge = { from = "CHARGE" }
modifiers = { from = "MOD{1..2}", use = "upper_ascii" }
"""
COLUMNS = "ID POS CAUSE STREET REND REND_NPI LEGACY LICENCE REL PAT CHARGE MOD1 MOD2".split()


def party_rows(*cells: dict[str, str]) -> str:
    base = {"ID": "1", "POS": "11", "STREET": "1 Main St", "REL": "18", "CHARGE": "10"}
    lines = [",".join(f'"{(base | row).get(column, "")}"' for column in COLUMNS) for row in cells]
    return "\n".join([",".join(COLUMNS), *lines, ""])


def test_a_record_is_there_only_where_a_cell_says_so(convert: Convert) -> None:
    (mapped,), _ = convert(PARTIES, party_rows({}))
    assert mapped.findings == ()
    assert mapped.claim.payer.name == "MEDICARE"  # made of constants alone
    assert mapped.claim.rendering_provider is None  # though its entity type is a constant
    assert mapped.claim.patient is None
    assert not mapped.claim.billing_provider.secondary_ids


def test_what_a_record_requires_counts_once_it_is_there(convert: Convert) -> None:
    (mapped,), _ = convert(PARTIES, party_rows({"REND_NPI": "1234567893"}))
    assert [f.message for f in mapped.findings] == [
        "visits.csv row 2, column REND is blank; a rendering provider needs a last name"
    ]
    (broken,), _ = convert(PARTIES, party_rows({"REND_NPI": "123"}))
    assert {f.code for f in broken.findings} == {"mapping-value", "mapping-required"}


def test_a_party_that_every_claim_has_is_always_required(convert: Convert) -> None:
    (mapped,), _ = convert(PARTIES, party_rows({"STREET": ""}))
    assert [f.field for f in mapped.findings] == ["billing_provider.address.line1"]


def test_a_records_condition_makes_it_and_its_requirements(convert: Convert) -> None:
    (dependent, nameless), _ = convert(PARTIES, party_rows({"REL": "19", "PAT": "Kim"}, {"ID": "2", "REL": "19"}))
    assert dependent.claim.patient.last_name == "Kim"
    assert [f.field for f in nameless.findings] == ["patient.last_name"]


def test_lists_of_records_texts_and_split_cells(convert: Convert) -> None:
    (mapped,), _ = convert(PARTIES, party_rows({"CAUSE": "AA; OA", "LICENCE": "L9", "MOD2": "tc"}))
    claim = mapped.claim
    assert claim.related_causes == ["AA", "OA"]
    assert [(i.qualifier, i.value) for i in claim.billing_provider.secondary_ids] == [("0B", "L9")]
    assert claim.service_lines[0].modifiers == ["TC"]
    assert mapped.trace.sources("billing_provider.secondary_ids[0].value") == (Source("visits.csv", 2, "LICENCE"),)
    assert mapped.trace.sources("related_causes[1]") == (Source("visits.csv", 2, "CAUSE"),)


def test_a_lines_place_of_service_is_said_only_where_it_differs_and_charges_add_up(convert: Convert) -> None:
    (mapped,), _ = convert(PARTIES, party_rows({"CHARGE": "0.10"}, {"POS": "22", "CHARGE": "0.20"}))
    assert mapped.claim.place_of_service == "11"
    assert [line.place_of_service for line in mapped.claim.service_lines] == ["", "22"]
    assert mapped.claim.total_charge == Decimal("0.30")


@pytest.mark.parametrize(
    ("kind", "needs"),
    [
        ("professional", "a professional line needs a procedure code"),
        ("institutional", "an institutional line needs a procedure code"),
        ("dental", "a dental line needs a procedure code"),
    ],
)
def test_a_claim_is_of_its_mappings_kind_and_so_are_the_reasons(
    visits: str, convert: Convert, kind: str, needs: str
) -> None:
    of_kind = visits.replace("professional", kind)
    made, refused = convert(of_kind, "VISIT,NAME,DX1,DX2,DX3,CPT,CHARGE\nV1,DOE,J029,,,D0120,5\nV2,DOE,J029,,,,5\n")[0]
    assert made.claim is not None
    assert made.claim.kind == kind
    assert needs in refused.findings[0].message


def test_claims_of_one_provider_share_its_record_which_nothing_changes(convert: Convert) -> None:
    """What mends a claim, judges it or writes it makes records of its own."""
    rows = [{"ID": number, "LEGACY": " 9", "REL": rel, "PAT": "Kim"} for number, rel in (("1", "18"), ("2", "19"))]
    (one, two), _ = convert(PARTIES, party_rows(*rows))
    assert one.claim.billing_provider is two.claim.billing_provider
    before = msgspec.json.encode([one.claim, two.claim])
    mended, told = repaired(one.claim, REPAIRS)
    edit_many([mended, one.claim, two.claim], date(2026, 7, 1))
    assert list(binding_of_kind("professional").encode_claims(Submission(), [mended, two.claim, one.claim]))
    assert [each.expected for each in told if each.field == "billing_provider.address.line1"] == ["1 MAIN ST"]
    assert msgspec.json.encode([one.claim, two.claim]) == before


ONE_CELL = """\
kind = "professional"
[source]
format = "csv"
group_by = "VISIT"
[claim]
patient_control_number = { from = "VISIT" }
diagnoses = { from = "DX{1..2}", use = "icd" }
[line]
charge = { expr = "number(CHARGE) * 2", use = "money" }
diagnosis_pointers = { from = "PTR", use = "pointers" }
"""


def test_what_is_remembered_of_a_cell_is_told_of_each_claim_and_shared_by_none(convert: Convert) -> None:
    rows = "1,J029,I10,5,A:B\n2,J029,I10,x,A:B\n3,J029,,x,A:B\n4,J029,I10,5,A:B\n"
    (one, two, three, four), _ = convert(ONE_CELL, f"VISIT,DX1,DX2,CHARGE,PTR\n{rows}")
    assert [f.field for f in two.findings] == ["service_lines[0].charge"]
    assert [f.field for f in three.findings] == ["service_lines[0].charge", "service_lines[0].diagnosis_pointers"]
    one.claim.service_lines[0].diagnosis_pointers.clear()
    assert four.claim.service_lines[0].diagnosis_pointers == [1, 2]
    assert one.claim.service_lines[0].charge == four.claim.service_lines[0].charge == Decimal(10)


POINTING = """\
kind = "professional"
[claim]
diagnoses = { from = "DX{1..3}", when = "V{} == '0'", use = "icd", distinct = true }
[line]
diagnosis_pointers = { from = "PTR", use = "%s", default = "1" }
"""


@pytest.mark.parametrize(
    ("use", "pointer", "expected"),
    [
        ("pointers", "A,C", [1, 2]),  # the second column is blank: C is the claim's second code
        ("pointers", "3", [2]),
        ("pointers", "", [1]),
        ("pointers", "B", None),
        ("pointers", "5", None),
        ("pointers", "x!", None),
        ("pointer_to_code", "E66.9", [2]),
        ("pointer_to_code", "Z000", None),
    ],
)
def test_pointers_follow_the_diagnosis_columns(
    convert: Convert, use: str, pointer: str, expected: list[int] | None
) -> None:
    content = f'DX1,DX2,DX3,V1,V2,V3,PTR\nI48.91,,E66.9,0,,0,"{pointer}"\n'
    (mapped,), _ = convert(POINTING % use, content)
    if expected is None:
        assert [f.code for f in mapped.findings] == ["mapping-diagnosis-pointer"]
        assert mapped.findings[0].field == "service_lines[0].diagnosis_pointers"
    else:
        assert mapped.claim.service_lines[0].diagnosis_pointers == expected


def test_a_repeated_column_counts_only_where_its_companion_says_so(convert: Convert) -> None:
    (mapped,), _ = convert(POINTING % "pointers", "DX1,DX2,DX3,V1,V2,V3,PTR\n4019,J029,J029,9,0,0,B\n")
    assert mapped.claim.diagnoses == [Diagnosis(code="J029", qualifier="ABK")]
    assert mapped.claim.service_lines[0].diagnosis_pointers == [1]


def test_codes_translate_and_unknown_ones_are_told(convert: Convert) -> None:
    mapping = """\
kind = "professional"
[codes.sex]
1 = "M"
2 = "F"
[claim]
subscriber.sex = { from = "SEX", codes = "sex" }
[line]
"""
    (male, unknown), _ = convert(mapping, "SEX\n1\n9\n")
    assert male.claim.subscriber.sex == "M"
    assert unknown.findings[0].message == "visits.csv row 3, column SEX is not in [codes.sex] of visits.toml"


def test_an_expression_that_cant_be_worked_out_is_a_finding(convert: Convert) -> None:
    mapping = """\
kind = "professional"
[claim]
total_charge = { expr = "number(A) / number(B)" }
place_of_service = { from = "A", when = "number(B) > 0" }
[line]
"""
    (good, zero, text), _ = convert(mapping, "A,B\n1,4\n1,0\n1,abc\n")
    assert good.claim.total_charge == Decimal("0.25")
    assert "claim.total_charge.expr: a division by zero" in zero.findings[0].message
    assert {f.code for f in text.findings} == {"mapping-expression"}
    assert all("abc" not in f.message for f in text.findings)


def test_declared_refusals_name_the_row_and_the_reason(visits: str, convert: Convert) -> None:
    mapping = visits + """
[[refuse]]
when = "CPT == 'VOID'"
because = "the visit was voided"
"""
    content = HEAD + "A-1,Doe,J029,,,99213,1\nA-1,Doe,J029,,,VOID,1\nA-2,Doe,J029,,,99213,1\n"
    (mapped, kept), _ = convert(mapping, content)
    assert mapped.claim is None
    (found,) = mapped.findings
    assert (found.code, found.message) == ("mapping-refused", "visits.csv row 3, column CPT: the visit was voided")
    assert kept.claim is not None


def test_json_lines_of_a_record_become_service_lines(convert: Convert) -> None:
    mapping = """\
kind = "professional"
[source]
format = "json"
path = "claims"
unknown_columns = "refuse"
[claim]
patient_control_number = { from = "id" }
diagnoses = { from = "dx[*]" }
[line]
each = "work.lines"
procedure = { from = "code", required = true }
charge = { from = "charge", use = "money" }
"""
    content = """{"claims": [
      {"id": 1, "dx": ["J029", "Z1159"], "work": {"lines": [{"code": "99213", "charge": 10.10}, {"code": ""}]}},
      {"id": 2, "work": {"lines": []}},
      {"id": 3, "work": {"lines": [{"code": "99213", "chrage": 5}]}},
      {"id": {"a": 1}, "work": {"lines": [{"code": "99213"}]}},
      {"id": 5, "work": {"lines": [{"code": "99213", "charge": 0.30}]}}
    ]}"""
    mapped, conversion = convert(mapping, content, name="visits.json")
    blank, empty, misspelt, misshapen, good = mapped
    assert blank.findings[0].message.startswith("visits.json row 1, column work.lines[1].code is blank")
    assert [f.code for f in empty.findings] == ["mapping-no-lines"]
    assert "column work.lines[0].chrage isn't known to visits.toml" in misspelt.findings[0].message
    assert "did you mean work.lines.charge?" in misspelt.findings[0].message
    assert {f.code for f in misshapen.findings} <= {"encounter-value-shape", "mapping-column-unknown"}
    assert good.claim.service_lines[0].charge == Decimal("0.30")
    assert good.trace.sources("service_lines[0].charge") == (Source("visits.json", 5, "work.lines[0].charge"),)
    assert conversion.accounting.rows_read == 5


CELLS = st.sampled_from(["A", "B", "", "J029", "7", "x,y", '"', "\x00"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(body=st.lists(st.lists(CELLS, max_size=8), max_size=12))
def test_every_row_is_in_a_claim_made_or_in_one_refused_with_a_reason(
    visits: str, convert: Convert, body: list[list[str]]
) -> None:
    content = HEAD + "\n".join(",".join(row) for row in body)
    mapped, conversion = convert(visits, content)
    accounting = conversion.accounting
    assert accounting.rows_read == accounting.rows_made + accounting.rows_refused
    assert sum(one.rows.count for one in mapped) == accounting.rows_read
    assert all(one.findings for one in mapped if one.claim is None)


def test_a_stream_that_cant_be_read_again_is_held(visits: str) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError("a pipe")

    mapping = load_mapping(visits, "visits.toml", lambda name, pattern: [])
    content = HEAD + "B,Doe,J029,,,99213,1\nA,Doe,J029,,,99213,1\nB,Doe,J029,,,99213,1\n"
    claims = list(mapping.convert(mapping.read(Pipe(content.encode()), "pipe")))
    assert [(one.key, one.rows.count) for one in claims] == [("B", 2), ("A", 1)]


def test_a_big_scattered_file_is_read_twice_and_counted_once(visits: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edigate.encounters.grouping.by_key.__defaults__", (None, 10, 500))
    mapping = load_mapping(visits, "visits.toml", lambda name, pattern: [])
    content = HEAD + "".join(f"V{n // 2},Doe,J029,,,99213,1\n" for n in range(40)) + "V19,Doe,J029,,,99213,1\n"
    conversion = mapping.convert(mapping.read(io.BytesIO(content.encode()), "visits.csv"))
    claims = list(conversion)
    assert [one.rows.count for one in claims] == [2] * 19 + [3]
    assert conversion.accounting.rows_read == 41


# --- numbered columns with companions


STAY = """\
kind = "institutional"
[source]
group_by = "STAY"
[claim]
patient_control_number = { from = "STAY" }
admitting_diagnosis.code = { from = "ADMIT" }
[[claim.diagnoses]]
code = { from = "MAIN", use = "icd", required = true }
distinct = "code"
[[claim.diagnoses]]
repeat = "1..3"
when = "VERSION{} == '0'"
code = { from = "DX{}", use = "icd" }
present_on_admission = { from = "POA{}" }
distinct = "code"
[claim.procedures]
repeat = "01..02"
code = { from = "OP{}", required = true }
date = { from = "OPDAY{}", required = true }
[line]
revenue_code = { from = "REV" }
"""

STAY_COLUMNS = "STAY,MAIN,ADMIT,DX1,POA1,VERSION1,DX2,POA2,VERSION2,DX3,POA3,VERSION3,OP01,OPDAY01,OP02,OPDAY02,REV\n"


def test_numbered_columns_with_companions_are_a_list_of_records(convert: Convert) -> None:
    text = STAY_COLUMNS + "S1,C188,R109,I10,N,0,C188,Y,0,E669,U,0,0DB68ZX,2017-03-19,,,0120\n"
    (one,), _ = convert(STAY, text)
    assert one.findings == ()
    assert one.claim is not None
    assert one.claim.admitting_diagnosis == Diagnosis(code="R109", qualifier="ABJ")
    # the principal one is the first, once, with what its second mention says
    assert [(d.code, d.qualifier, d.present_on_admission) for d in one.claim.diagnoses] == [
        ("C188", "ABK", "Y"), ("I10", "ABF", "N"), ("E669", "ABF", "U")
    ]  # fmt: skip
    assert one.claim.procedures == [Procedure(code="0DB68ZX", qualifier="BBR", date=date(2017, 3, 19))]
    assert [s.column for s in one.trace.sources("diagnoses[0].present_on_admission")] == ["POA2"]
    assert [s.column for s in one.trace.sources("diagnoses[1].code")] == ["DX1"]
    assert [s.column for s in one.trace.sources("procedures[0].date")] == ["OPDAY01"]


def test_a_companion_without_its_code_is_told_with_its_columns(convert: Convert) -> None:
    text = STAY_COLUMNS + "S1,C188,,,,,,,,,,,0DB68ZX,2017-03-19,,2017-03-20,0120\n"
    (one,), _ = convert(STAY, text)
    assert one.claim is None
    (finding,) = one.findings
    assert (finding.code, finding.field) == ("mapping-required", "procedures[1].code")
    assert finding.message == "visits.csv row 2, column OP02 is blank; a procedure needs a code"


def test_a_numbered_column_of_another_version_is_left_out(convert: Convert) -> None:
    text = STAY_COLUMNS + "S1,C188,,4019,,9,I10,,0,,,,,,,,0120\n"
    (one,), _ = convert(STAY, text)
    assert one.claim is not None
    assert [d.code for d in one.claim.diagnoses] == ["C188", "I10"]


def test_pointers_count_the_numbered_columns_of_a_list_of_records(convert: Convert) -> None:
    text = STAY.replace("institutional", "dental").replace("revenue_code", "procedure")
    text = text[: text.index("[claim.procedures]")] + text[text.index("[line]") :]
    text = text.replace("admitting_diagnosis.code", "referral_number").replace("present_on_admission = ", "#")
    text += 'diagnosis_pointers = { from = "PTR", use = "pointers" }\n'
    columns = "STAY,MAIN,ADMIT,DX1,VERSION1,DX2,VERSION2,DX3,VERSION3,REV,PTR\n"
    (one,), _ = convert(text, columns + "S1,K021,,,,K021,0,K036,0,D2391,4:3\n")
    assert one.claim is not None
    assert [d.code for d in one.claim.diagnoses] == ["K021", "K036"]
    # the fourth column is the second code; the third says the first code again
    assert one.claim.service_lines[0].diagnosis_pointers == [2, 1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('repeat = "1..3"', 'repeat = "3"', "claim.diagnoses[1].repeat is written like 1..12"),
        ('repeat = "1..3"', 'repeat = "3..1"', "from a lower to a higher number"),
        ('repeat = "1..3"', 'repat = "1..3"', "claim.diagnoses[1].repat isn't known"),
        ('repeat = "01..02"', 'repeat = "1..2"\neach = "x"', "claim.procedures[0]: a repeat takes no each"),
        ('"OP{}"', '"OP"', ""),
        ('distinct = "code"', 'distinct = "cod"', "distinct must be one of its fields; did you mean code?"),
    ],
)
def test_a_repeat_that_cant_be_meant_is_refused(old: str, new: str, said: str) -> None:
    text = STAY.replace(old, new, 1)
    if not said:  # a column that is the same for each number may stand beside those that aren't
        assert "OP" in load_mapping(text, "stays.toml").columns()
        return
    with pytest.raises(ConfigError) as caught:
        load_mapping(text, "stays.toml")
    assert said in str(caught.value)


def test_a_repeat_needs_a_numbered_column() -> None:
    text = STAY.replace('"OP{}"', '"OP"').replace('"OPDAY{}"', '"OPDAY"')
    with pytest.raises(ConfigError, match="stands for the number"):
        load_mapping(text, "stays.toml")


def test_a_row_of_totals_is_no_service_line_and_still_accounted_for(visits: str, convert: Convert) -> None:
    text = visits + "when = \"CPT != 'TOTAL'\"\n"
    rows = "V1,DOE,J029,,,99213,50\nV1,DOE,J029,,,TOTAL,80\nV1,DOE,J029,,,99214,30\n"
    (one,), conversion = convert(text, HEAD + rows)
    assert one.claim is not None
    assert [line.procedure for line in one.claim.service_lines] == ["99213", "99214"]
    assert conversion.accounting.rows_made == 3
    assert one.trace.sources("service_lines[1].procedure") == (Source("visits.csv", 4, "CPT"),)


def test_a_row_of_which_nobody_can_say_whether_it_is_a_line_refuses_the_claim(visits: str, convert: Convert) -> None:
    (one,), _ = convert(visits + 'when = "number(CHARGE) > 0"\n', HEAD + "V1,DOE,J029,,,99213,lots\n")
    assert one.claim is None
    assert [f.code for f in one.findings] == ["mapping-expression", "mapping-value"]
    assert one.findings[0].message.startswith("visits.csv row 2, column CHARGE can't be used in line.when")


def test_an_encounter_of_totals_alone_has_no_lines(visits: str, convert: Convert) -> None:
    (one,), _ = convert(visits + "when = \"CPT != 'TOTAL'\"\n", HEAD + "V1,DOE,J029,,,TOTAL,80\n")
    assert [f.code for f in one.findings] == ["mapping-no-lines"]


def test_a_warning_may_look_at_numbered_columns_one_by_one(visits: str, convert: Convert) -> None:
    warn = """[[warn]]
repeat = "1..3"
when = "len(DX{}) == 3"
because = "this is a category"
"""
    (one,), _ = convert(visits.replace("[claim]", f"{warn}[claim]", 1), HEAD + "V1,DOE,J029,I10,E11,99213,50\n")
    assert one.claim is not None
    assert [f.sources[0].column for f in one.findings if f.code == "mapping-warned"] == ["DX2", "DX3"]
    with pytest.raises(ConfigError, match=r"warn\[0\].repeat: {} in when is the number"):
        load_mapping(visits.replace("[claim]", f"{warn.replace('DX{}', 'DX1')}[claim]", 1), "visits.toml")


def test_what_is_wrong_with_the_claim_is_said_once(visits: str, convert: Convert) -> None:
    warn = """[[warn]]
on = "claim"
when = "NAME == 'DOE'"
because = "this is a name for nobody"
"""
    rows = "V1,DOE,J029,,,99213,50\nV1,DOE,J029,,,99214,50\n"
    (one,), _ = convert(visits.replace("[claim]", f"{warn}[claim]", 1), HEAD + rows)
    assert [(f.code, f.sources) for f in one.findings] == [("mapping-warned", (Source("visits.csv", 2, "NAME"),))]


@pytest.mark.parametrize(("when", "there"), [("OTHER != ''", False), ("OTHER == ''", True)])
def test_a_condition_on_a_column_that_the_file_lacks_reads_a_blank(
    visits: str, convert: Convert, when: str, there: bool
) -> None:
    text = visits.replace("[source]", '[source]\nmissing_columns = "blank"').replace(
        "[line]", f'[claim.referring_provider]\nwhen = "{when}"\nlast_name = {{ from = "NAME" }}\n[line]'
    )
    (one,), _ = convert(text, HEAD + "V1,DOE,J029,,,99213,50\n")
    assert one.claim is not None
    assert (one.claim.referring_provider is not None) is there
