"""edigate's own CSV forms: what a column becomes, which halves of a pair are refused, what other payers said."""

from __future__ import annotations

import csv
import io
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.claims.model import Claim, Occurrence, OccurrenceSpan, ValueCode
from edigate.mapping.engine import load_mapping
from edigate.mapping.program import MappedClaim

MAPPINGS = Path(__file__).parents[2] / "mappings"


def first_of(form: str, **changes: str) -> MappedClaim:
    """The claim of the first encounter of a CSV form's example, with some cells changed in its first row."""
    path = MAPPINGS / "examples" / form / "encounters.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream)) | changes
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    mapping = load_mapping((MAPPINGS / f"{form}.toml").read_text(encoding="utf-8"), form, lambda name, pattern: [])
    (mapped,) = mapping.convert(mapping.read(io.BytesIO(text.getvalue().encode()), "encounters.csv"))
    return mapped


def made(mapped: MappedClaim) -> Claim:
    assert mapped.claim is not None, [finding.message for finding in mapped.findings]
    return mapped.claim


@pytest.mark.parametrize(("written", "facility", "frequency"), [("0111", "11", "1"), ("137", "13", "7")])
def test_a_type_of_bill_is_facility_and_frequency(written: str, facility: str, frequency: str) -> None:
    claim = made(first_of("encounters-csv-institutional", type_of_bill=written))
    assert (claim.facility_type, claim.frequency_code) == (facility, frequency)


@pytest.mark.parametrize("written", ["11", "11X", "01110"])
def test_what_isnt_a_type_of_bill_is_refused(written: str) -> None:
    mapped = first_of("encounters-csv-institutional", type_of_bill=written)
    assert mapped.claim is None
    assert "a type of bill is three digits" in mapped.findings[0].message


def test_hours_codes_and_days_of_an_institutional_claim() -> None:
    claim = made(
        first_of(
            "encounters-csv-institutional", revenue_code="120", discharge_hour="13", occurrence1="11",
            occurrence1_date="2025-01-30", span1="70", span1_from="2025-01-02", span1_to="2025-01-09", value2="80",
            value2_amount="4", condition1="40", treatment2="A1",
        )
    )  # fmt: skip
    assert (claim.admission_hour, claim.discharge_hour) == (time(9, 15), time(13))
    assert claim.service_lines[0].revenue_code == "0120"
    assert claim.occurrences == [Occurrence(code="11", date=date(2025, 1, 30))]
    assert claim.occurrence_spans == [OccurrenceSpan(code="70", start=date(2025, 1, 2), end=date(2025, 1, 9))]
    assert claim.value_codes[-1] == ValueCode(code="80", amount=Decimal(4))
    assert [code.code for code in claim.condition_codes] == ["40"]
    assert claim.treatment_codes == ["A1"]


@pytest.mark.parametrize(
    ("blank", "beside"),
    [("icd_procedure1_date", "icd_procedure1"), ("value1", "value1_amount"), ("diagnosis2", "diagnosis2_poa")],
)
def test_half_of_a_pair_of_columns_refuses_the_claim(blank: str, beside: str) -> None:
    mapped = first_of("encounters-csv-institutional", **{blank: ""})
    assert mapped.claim is None
    assert [(f.code, f.sources[0].column) for f in mapped.findings] == [("mapping-required", blank)]
    made(first_of("encounters-csv-institutional", **{blank: "", beside: ""}))


def test_teeth_surfaces_and_an_estimated_placement_of_a_dental_line() -> None:
    claim = made(
        first_of(
            "encounters-csv-dental", tooth1="3", tooth1_surfaces="m, o d", tooth2="4", prosthesis="R",
            prior_placement_date="06/01/2014", prior_placement_estimated="Y",
        )
    )  # fmt: skip
    (line,) = claim.service_lines
    assert [(tooth.code, list(tooth.surfaces)) for tooth in line.teeth] == [("3", ["M", "O", "D"]), ("4", [])]
    assert (line.prior_placement, line.prior_placement_date) == ("139", date(2014, 6, 1))
    assert [(status.tooth, status.status) for status in claim.tooth_statuses] == [("1", "M"), ("16", "M")]


def test_a_predetermination_needs_no_date_of_service() -> None:
    assert made(first_of("encounters-csv-dental", predetermination="PB", service_date="")).predetermination == "PB"
    assert first_of("encounters-csv-dental", service_date="").claim is None


SECONDARY = {
    "payer_responsibility": "S", "other_payer1_id": "14212", "other_payer1_name": "Medicare Part B",
    "other_payer1_filing_indicator": "MB", "other_payer1_member_id": "1EG4TE5MK73", "other_payer1_paid": "80.00",
    "other_payer1_paid_date": "2025-03-20", "line_payer1_paid": "80.00", "line_payer1_adjustment1_group": "PR",
    "line_payer1_adjustment1_reason": "1", "line_payer1_adjustment1_amount": "12.00",
    "line_payer1_adjustment2_group": "CO", "line_payer1_adjustment2_reason": "45",
    "line_payer1_adjustment2_amount": "42.50", "line_payer1_adjustment3_group": "PR",
    "line_payer1_adjustment3_reason": "2", "line_payer1_adjustment3_amount": "8.00",
}  # fmt: skip


@pytest.mark.parametrize("form", ["encounters-csv", "encounters-csv-institutional", "encounters-csv-dental"])
def test_what_another_payer_made_of_a_line_has_each_group_once(form: str) -> None:
    claim = made(first_of(form, **SECONDARY))
    (other,) = claim.other_subscribers
    assert claim.subscriber is not None
    assert (other.payer_id, other.paid_amount, other.last_name) == ("14212", Decimal(80), claim.subscriber.last_name)
    (adjudication,) = claim.service_lines[0].adjudications
    assert (adjudication.payer_id, adjudication.paid_date) == ("14212", date(2025, 3, 20))
    said = [(g.group, [(a.reason, a.amount) for a in g.adjustments]) for g in adjudication.adjustment_groups]
    assert said == [("PR", [("1", Decimal(12)), ("2", Decimal(8))]), ("CO", [("45", Decimal("42.50"))])]


def test_an_adjustment_leads_back_to_its_own_columns() -> None:
    mapped = first_of("encounters-csv", **SECONDARY)
    at = "service_lines[0].adjudications[0].adjustment_groups[0]"
    assert {source.column for source in mapped.trace.sources(at)} >= {
        "line_payer1_adjustment1_amount", "line_payer1_adjustment3_amount"
    }  # fmt: skip


def test_half_an_adjustment_refuses_the_claim() -> None:
    mapped = first_of("encounters-csv", **SECONDARY | {"line_payer1_adjustment2_reason": ""})
    assert mapped.claim is None
    assert [f.sources[0].column for f in mapped.findings] == ["line_payer1_adjustment2_reason"]
