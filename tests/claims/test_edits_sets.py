"""Codes asked of their sets on the day of service: what is refused, what is warned of, what is left alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest

from edigate.claims import model as m
from edigate.claims.codesets import Codes, Edition, Heading, Period, Row
from edigate.claims.codesets.table import read_heading, write
from edigate.claims.edits import RULES, edit, level5_sets
from edigate.claims.edits.rule import LETTERS
from edigate.findings import Finding, Severity
from tests.claims.made_up import DOCTOR, TODAY, base_claim, changed, line

MARCH = date(2026, 3, 2)  # fiscal year 2026, which ships
OURS = {rule.code for rule in level5_sets.LEVEL.rules}


def edition(name: str, *rows: Row) -> Edition:
    heading = Heading(
        set=name, edition="2020", source="made up", licence="none", periods=(Period(date(2020, 1, 1)),)
    )
    lines = write(heading, rows).splitlines(keepends=True)
    return Edition(read_heading(lines, name), name, lambda: lines, imported=True)


ENDED = date(2025, 12, 31)
CODES = Codes(
    [
        edition("hcpcs", Row("J1885"), Row("J9998", end=ENDED)),
        edition("cpt", Row("99213"), Row("99212", end=ENDED), Row("00100")),
        edition("cdt", Row("D0120"), Row("D0999", end=ENDED)),
        edition("modifier", Row("TC")),
        edition("cpt-modifier", Row("25")),
        edition("taxonomy", Row("207Q00000X")),
        edition("revenue", Row("0450")),
        edition("condition", Row("09")),
        edition("bill-type", Row("13"), Row("11")),
        edition("carc", Row("45"), Row("253")),
        edition("icd-10-pcs", Row("0DTJ4ZZ"), Row("0DTJ0ZZ", end=ENDED)),
    ]
)


def on(day: date, **changes: object) -> m.Claim:
    fields = {"procedure": "99213", "modifiers": [], "service_date": day} | changes
    return base_claim(service_lines=[line(**fields)], total_charge=Decimal(100), place_of_service="11")


def diagnosed(*codes: str, day: date = MARCH, **changes: object) -> m.Claim:
    found = [m.Diagnosis(code=code, qualifier="ABF" if number else "ABK") for number, code in enumerate(codes)]
    return changed(on(day), diagnoses=found, **changes)  # type: ignore[no-any-return]  # a record of the same type


def hospital(**changes: object) -> m.Claim:
    fields = {
        "kind": "institutional",
        "facility_type": "13",
        "statement_from": MARCH,
        "statement_to": MARCH,
        "service_lines": [line(procedure="", modifiers=[], revenue_code="0450", service_date=MARCH)],
        "diagnoses": [m.Diagnosis(code="J029", qualifier="ABK")],
    }
    return base_claim(**(fields | changes))


def dental(procedure: str) -> m.Claim:
    return base_claim(
        kind="dental", service_lines=[line(procedure=procedure, procedure_qualifier="AD", service_date=MARCH)]
    )


def paid_before(reason: str, of_line: str = "45") -> m.Claim:
    groups = [
        [m.AdjustmentGroup(group="CO", adjustments=[m.Adjustment(reason=each, amount=Decimal(1))])]
        for each in (reason, of_line)
    ]
    other = m.OtherSubscriber(payer_id="FIRST", payer_paid_date=MARCH, adjustment_groups=groups[0])
    adjudicated = m.LineAdjudication(payer_id="FIRST", adjustment_groups=groups[1])
    return base_claim(other_subscribers=[other], service_lines=[line(adjudications=[adjudicated])])


def told(claim: m.Claim, codes: Codes = CODES) -> list[Finding]:
    return [each for each in edit(claim, TODAY, codes) if each.code in OURS]


class Case(NamedTuple):
    code: str
    field: str
    wrong: m.Claim
    right: m.Claim
    says: str


CASES = [
    Case("ICD-UNKNOWN", "diagnoses[0].code", diagnosed("J0291"), diagnosed("J029"), "did you mean J02.9"),
    Case("ICD-UNKNOWN", "diagnoses[1].code", diagnosed("J029", "W44A0A"), diagnosed("J029", "W44A0XA"), "W44.A0XA"),
    Case("ICD-HEADER", "diagnoses[0].code", diagnosed("E11"), diagnosed("E119"), "say which, e.g. E11.00, E11.01"),
    Case(
        "ICD-NOT-EFFECTIVE", "diagnoses[0].code",
        diagnosed("Z1152", day=date(2020, 12, 1)), diagnosed("Z1152", day=date(2021, 1, 1)), "from 2021-01-01",
    ),
    Case("ICD-YEAR", "diagnoses[0].code", diagnosed("J0291", day=date(2023, 5, 1)),
         diagnosed("J029", day=date(2023, 5, 1)), "no edition here speaks for that day"),
    Case("ICD-UNKNOWN", "external_causes[0].code",
         hospital(external_causes=[m.Diagnosis(code="W44A0A", qualifier="ABN")]),
         hospital(external_causes=[m.Diagnosis(code="W44A0XA", qualifier="ABN")]), "external cause 1"),
    Case("ICD-HEADER", "admitting_diagnosis.code",
         hospital(admitting_diagnosis=m.Diagnosis(code="E11", qualifier="ABJ")),
         hospital(admitting_diagnosis=m.Diagnosis(code="E119", qualifier="ABJ")), "admitting diagnosis is a heading"),
    Case("ICD-NOT-EFFECTIVE", "procedures[0].code",
         hospital(procedures=[m.Procedure(code="0DTJ0ZZ", qualifier="BBR")]),
         hospital(procedures=[m.Procedure(code="0DTJ4ZZ", qualifier="BBR")]), "until 2025-12-31"),
    Case("HCPCS-UNKNOWN", "service_lines[0].procedure", on(MARCH, procedure="99231"), on(MARCH), "did you mean 99213"),
    Case("HCPCS-UNKNOWN", "service_lines[0].procedure", on(MARCH, procedure="J1858"), on(MARCH, procedure="J1885"),
         "line 1: J1858 isn't among the HCPCS"),
    Case("HCPCS-NOT-EFFECTIVE", "service_lines[0].procedure", on(MARCH, procedure="99212"),
         on(ENDED, procedure="99212"), "until 2025-12-31"),
    Case("CDT-UNKNOWN", "service_lines[0].procedure", dental("D0121"), dental("D0120"), "D0121"),
    Case("CDT-NOT-EFFECTIVE", "service_lines[0].procedure", dental("D0999"), dental("D0120"), "until 2025-12-31"),
    Case("MODIFIER-UNKNOWN", "service_lines[0].modifiers", on(MARCH, modifiers=["25", "ZZ"]),
         on(MARCH, modifiers=["25", "TC"]), "ZZ isn't among the HCPCS level II modifiers"),
    Case("POS-NOT-EFFECTIVE", "service_lines[0].place_of_service", on(date(2021, 6, 1), place_of_service="10"),
         on(MARCH, place_of_service="10"), "from 2022-01-01"),
    Case("TAXONOMY-UNKNOWN", "rendering_provider.taxonomy",
         base_claim(rendering_provider=changed(DOCTOR, taxonomy="207Q00001X")),
         base_claim(rendering_provider=changed(DOCTOR, taxonomy="207Q00000X")), "207Q00001X"),
    Case("REVENUE-UNKNOWN", "service_lines[0].revenue_code",
         hospital(service_lines=[line(procedure="", revenue_code="0405")]), hospital(), "did you mean 0450"),
    Case("NUBC-UNKNOWN", "condition_codes[0].code",
         hospital(condition_codes=[m.Diagnosis(code="ZZ", qualifier="BG")]),
         hospital(condition_codes=[m.Diagnosis(code="09", qualifier="BG")]), "ZZ isn't among the Condition codes"),
    Case("REASON-UNKNOWN", "other_subscribers[0].adjustment_groups[0].adjustments[0].reason",
         paid_before("54"), paid_before("45"), "54 isn't among the Claim adjustment reasons"),
    Case("REASON-UNKNOWN", "service_lines[0].adjudications[0].adjustment_groups[0].adjustments[0].reason",
         paid_before("45", "B99"), paid_before("45", "253"), "B99"),
    Case("NUBC-UNKNOWN", "facility_type", hospital(facility_type="99"), hospital(), "99"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.field}")
def test_what_is_wrong_is_told_at_its_field_and_what_is_right_is_left_alone(case: Case) -> None:
    found = [each for each in told(case.wrong) if (each.code, each.field) == (case.code, case.field)]
    assert len(found) == 1
    assert case.says in found[0].message
    assert LETTERS[case.wrong.kind] in RULES[case.code].kinds
    assert case.code not in {each.code for each in told(case.right)}


def test_every_code_has_a_case() -> None:
    assert {case.code for case in CASES} == OURS


def test_without_code_sets_only_forms_are_looked_at() -> None:
    assert not [each for case in CASES for each in edit(case.wrong, TODAY) if each.code in OURS]


def test_sets_that_nobody_imported_find_nothing() -> None:
    shipped = {each.code for case in CASES for each in told(case.wrong, Codes())}
    assert shipped == {"ICD-UNKNOWN", "ICD-HEADER", "ICD-NOT-EFFECTIVE", "ICD-YEAR", "POS-NOT-EFFECTIVE"}


def test_a_code_without_the_form_of_its_set_is_told_once() -> None:
    assert told(diagnosed("J02.9")) == []
    assert told(on(MARCH, procedure="9921")) == []


def test_what_moves_fast_warns_and_the_diagnoses_of_the_year_refuse() -> None:
    severity = {code: RULES[code].severity for code in OURS}
    refusing = {code for code, each in severity.items() if each is Severity.ERROR}
    assert refusing == {"ICD-UNKNOWN", "ICD-NOT-EFFECTIVE", "ICD-HEADER", "POS-NOT-EFFECTIVE"}
    assert [each.severity for each in told(diagnosed("J0291", day=date(2017, 1, 5)))] == [Severity.WARNING]


def test_a_diagnosis_is_no_part_of_a_message_but_its_value() -> None:
    (finding,) = told(diagnosed("J0291"))
    assert "J0291" not in finding.message and finding.value == "J0291"


# --- which day decides


def visits(*days: date) -> m.Claim:
    lines = [line(procedure="99213", modifiers=[], service_date=day) for day in days]
    return changed(diagnosed("M545"), service_lines=lines)  # type: ignore[no-any-return]  # a record of the same type


def test_a_diagnosis_may_be_of_the_first_or_of_the_last_day() -> None:
    """M54.5 was divided on 2021-10-01; the shipped years know it as billable until fiscal year 2021's end."""
    before, after = date(2021, 9, 29), date(2025, 10, 2)
    assert told(visits(before, after)) == []
    assert [each.code for each in told(visits(after, after))] == ["ICD-HEADER"]


def stay(bill: str, first: date, last: date, code: str) -> set[str]:
    claim = hospital(
        facility_type=bill, statement_from=first, statement_to=last, service_lines=[line(revenue_code="0450")],
        diagnoses=[m.Diagnosis(code=code, qualifier="ABK")],
    )  # fmt: skip
    return {each.code for each in told(claim)} & {"ICD-NOT-EFFECTIVE", "ICD-HEADER"}


def test_of_a_stay_the_last_day_counts() -> None:
    december, january = date(2020, 12, 20), date(2021, 1, 4)
    assert stay("11", december, january, "Z1152") == set()
    assert stay("11", december, date(2020, 12, 30), "Z1152") == {"ICD-NOT-EFFECTIVE"}
    assert stay("11", date(2021, 9, 29), date(2025, 10, 2), "M545") == {"ICD-HEADER"}
    assert stay("13", date(2021, 9, 29), date(2025, 10, 2), "M545") == set()


def test_a_line_goes_by_its_own_day() -> None:
    lines: Iterable[m.ServiceLine] = (
        line(procedure="99212", modifiers=[], service_date=day) for day in (ENDED, date(2026, 1, 1))
    )
    claim = base_claim(service_lines=list(lines))
    assert [each.field for each in told(claim) if each.code == "HCPCS-NOT-EFFECTIVE"] == ["service_lines[1].procedure"]
