"""The way back: any field of a claim leads to the cells it was made of and to the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edigate.findings import Source

MAPPING = """\
kind = "professional"
[source]
group_by = "VISIT"
[lookup.person]
file = "people.csv"
key = "ID"
match = "WHO"
[claim]
patient_control_number = { from = "VISIT" }
total_charge = { use = "sum_of_lines" }
place_of_service = { from = ["POS", "POS2"], default = "11" }
subscriber.last_name = { from = "person.LAST" }
subscriber.filing_indicator = { value = "MB" }
subscriber.relationship = { expr = "'18' if REL == '' else REL" }
diagnoses = { from = "DX{1..3}", use = "icd", distinct = true }
[line]
procedure = { from = "CPT" }
charge = { from = "CHARGE", use = "money" }
"""
CONTENT = """\
VISIT,WHO,POS,POS2,REL,DX1,DX2,DX3,CPT,CHARGE
A-1,7,,22,,J029,,Z1159,99213,10
A-1,7,,22,,J029,,Z1159,87880,5
"""
Mapped = Any


@pytest.fixture
def mapped(convert: Callable[..., Any]) -> Mapped:
    (one,), _ = convert(MAPPING, CONTENT, {"person": "ID,LAST\n6,Roe\n7,Doe\n"})
    assert one.claim is not None
    return one


def cell(row: int, column: str, file: str = "visits.csv") -> Source:
    return Source(file, row, column)


@pytest.mark.parametrize(
    ("field", "sources"),
    [
        ("patient_control_number", (cell(2, "VISIT"),)),
        ("place_of_service", (cell(2, "POS2"),)),
        ("subscriber.last_name", (cell(3, "LAST", "person.csv"),)),
        ("subscriber.filing_indicator", ()),
        ("subscriber.relationship", (cell(2, "REL"),)),
        ("subscriber", (cell(3, "LAST", "person.csv"), cell(2, "REL"))),
        ("diagnoses", (cell(2, "DX1"), cell(2, "DX3"))),
        ("diagnoses[1]", (cell(2, "DX3"),)),
        ("diagnoses[1].code", (cell(2, "DX3"),)),
        ("service_lines[1].procedure", (cell(3, "CPT"),)),
        ("service_lines[1]", (cell(3, "CPT"), cell(3, "CHARGE"))),
        ("total_charge", (cell(2, "CHARGE"), cell(3, "CHARGE"))),
        ("service_lines[9].procedure", ()),
        ("service_lines[0].units", ()),
        ("nothing.like.this", ()),
    ],
)
def test_a_field_leads_to_its_cells(mapped: Mapped, field: str, sources: tuple[Source, ...]) -> None:
    assert mapped.trace.sources(field) == sources


def test_a_field_leads_to_its_rule(mapped: Mapped) -> None:
    assert mapped.trace.rule("diagnoses[0].code") == "claim.diagnoses: from DX{1..3}, use icd"
    assert mapped.trace.rule("subscriber.filing_indicator") == "claim.subscriber.filing_indicator: always 'MB'"
    assert mapped.trace.rule("service_lines[0].charge") == "line.charge: from CHARGE, use money"


def test_the_whole_claim_can_be_explained(mapped: Mapped) -> None:
    fields = [step.field for step in mapped.trace.steps()]
    assert fields[0] == "patient_control_number"
    assert fields[-2:] == ["service_lines[1].procedure", "service_lines[1].charge"]
    assert len(fields) == len(set(fields))


def test_a_refused_claims_findings_and_trace_agree(convert: Callable[..., Any]) -> None:
    (one,), _ = convert(MAPPING, CONTENT.replace(",10\n", ",ten\n"), {"person": "ID,LAST\n7,Doe\n"})
    (found,) = one.findings
    assert found.sources == one.trace.sources(found.field) == (cell(2, "CHARGE"),)


def test_a_code_that_cant_be_used_leads_to_its_cell_too(convert: Callable[..., Any]) -> None:
    (one,), _ = convert(MAPPING, CONTENT.replace("Z1159", "no code"), {"person": "ID,LAST\n7,Doe\n"})
    assert one.claim is None
    assert one.trace.sources("diagnoses") == (cell(2, "DX1"), cell(2, "DX3"))
    assert [step.field for step in one.trace.steps()][-1] == "service_lines[1].charge"
