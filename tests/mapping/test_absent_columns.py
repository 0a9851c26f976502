"""Columns that a file doesn't have are as if blank in every row, whatever is settled for it beforehand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Convert = Callable[..., Any]

MAPPING = """\
kind = "professional"
[source]
format = "csv"
group_by = "ID"
missing_columns = "blank"
[claim]
patient_control_number = { from = "ID" }
diagnoses = { from = "DX{1..4}" }
frequency_code = { from = "FREQ", default = "1" }
prior_authorization = { from = "AUTH" }
notes.text = { from = "NOTE" }
payer.name = { from = "PAYER", required = true }
referring_provider.npi = { from = "REF_NPI" }
referring_provider.last_name = { from = "REF_LAST", required = true }
patient.last_name = { from = ["PAT_LAST", "SUB_LAST"] }
patient.address.line1 = { from = "STREET" }
patient.address.city = { from = "CITY" }
[line]
procedure = { from = "CPT" }
modifiers = { from = "MOD{1..2}" }
diagnosis_pointers = { from = "PTR", use = "pointers" }
"""
ALL = "ID,DX1,DX2,DX3,DX4,FREQ,AUTH,NOTE,PAYER,REF_NPI,REF_LAST,PAT_LAST,SUB_LAST,STREET,CITY,CPT,MOD1,MOD2,PTR".split(
    ","
)


@pytest.mark.parametrize(
    "row",
    [
        {"ID": "1", "DX1": "I10", "DX3": "E119", "PAYER": "PLAN", "CPT": "99213", "PTR": "A:C"},
        {"ID": "1", "DX3": "E119", "PAYER": "PLAN", "CPT": "99213", "PTR": "2"},  # no code stands there
        {"ID": "1", "PAYER": "PLAN", "CPT": "99213", "PTR": "1"},  # nor anywhere
        {"ID": "1", "DX1": "I10", "CPT": "99213", "MOD2": "25"},  # no payer
        {"ID": "1", "PAYER": "PLAN", "REF_NPI": "1234567893", "CPT": "99213"},  # who isn't named
        {"ID": "1", "PAYER": "PLAN", "SUB_LAST": "BIRCH", "CITY": "CONCORD", "NOTE": "CALL", "FREQ": "7"},
        {"ID": "1", "PAYER": "PLAN", "STREET": "1 MAIN ST", "AUTH": "A1", "CPT": "99213"},
    ],
)
def test_a_column_that_isnt_there_is_a_blank_one(convert: Convert, row: dict[str, str]) -> None:
    def made(columns: list[str]) -> tuple[object, list[tuple[str, str, str]]]:
        (one,), _ = convert(MAPPING, f"{','.join(columns)}\n{','.join(row.get(name, '') for name in columns)}\n")
        return one.claim, [(finding.code, finding.field, finding.message) for finding in one.findings]

    assert made([name for name in ALL if name in row]) == made(ALL)
