"""A partner's own edits: expressions over claims, and settings that can't be meant."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edigate.claims import model as m
from edigate.errors import ConfigError
from edigate.findings import Finding, Severity
from edigate.partners.edit_check import edit_problems
from edigate.partners.model import Edits, OwnEdit
from edigate.partners.own_edits import CompiledEdit
from tests.claims.edit_samples import bill, dental, pcs, with_lines
from tests.claims.made_up import SUBSCRIBER, base_claim, changed, for_child, line


def own(when: str, **settings: Any) -> OwnEdit:
    return OwnEdit(**{"code": "ACME-1", "when": when, "message": "Acme asks for it"} | settings)


def found(when: str, claim: m.Claim, **settings: Any) -> list[Finding]:
    return list(CompiledEdit(own(when, **settings), "edits.add[0]").findings(claim))


@pytest.mark.parametrize(
    ("when", "claim"),
    [
        ("total_charge > 100 and place_of_service == '11'", base_claim()),
        ("kind == 'dental'", dental()),
        ("not subscriber.group_number", base_claim(subscriber=changed(SUBSCRIBER, group_number=""))),
        ("subscriber.member_id.startswith('MB') and len(subscriber.member_id) == 9", base_claim()),
        ("patient.relationship == '19'", for_child()),
        ("'R509' in diagnoses.code", base_claim()),
        ("'99213' in service_lines.procedure and '87880' in service_lines.procedure", base_claim()),
        ("len(service_lines) > 1 and len(diagnoses) == 2", base_claim()),
        ("'25' in service_lines.modifiers", with_lines(line(), line(modifiers=["25"]))),
        ("statement_from < date('2026-06-11', '%Y-%m-%d')", bill()),
        ("'0DTJ4ZZ' in procedures.code and not operating_physician.npi", bill(procedures=[pcs()])),
        ("not patient.last_name", base_claim()),  # nobody there has no name
        ("'FIRST' not in service_lines.adjudications.payer_id", base_claim()),
    ],
)
def test_an_expression_over_the_claim_that_holds_is_told(when: str, claim: m.Claim) -> None:
    [told] = found(when, claim, field="total_charge", severity="warning", level=6)
    assert (told.code, told.message, told.field) == ("ACME-1", "Acme asks for it", "total_charge")
    assert (told.severity, told.level) == (Severity.WARNING, 6)


@pytest.mark.parametrize(
    ("when", "claim"),
    [
        ("total_charge > 1000", base_claim()),
        ("total_charge > 0", base_claim(total_charge=None)),  # what isn't there is neither more nor less
        ("admission_date < date('2030-01-01', '%Y-%m-%d')", base_claim()),
        ("patient.relationship == '19'", base_claim()),
        ("total_charge / patient_amount_paid > 2", base_claim(patient_amount_paid=Decimal(0))),
    ],
)
def test_an_expression_that_does_not_hold_is_silent(when: str, claim: m.Claim) -> None:
    assert found(when, claim) == []


def test_an_edit_on_lines_is_asked_of_each_and_sees_the_claim() -> None:
    claim = with_lines(line(units=Decimal(2)), line(units=Decimal(9), procedure="97110"))
    [told] = found("units > 4 and claim.place_of_service == '11'", claim, on="line", field="units")
    assert told.field == "service_lines[1].units"
    assert told.message == "line 2: Acme asks for it"
    [pointed] = found("1 in diagnosis_pointers and service_date == date('2026-06-15', '%Y-%m-%d')",
                      with_lines(line(service_date=date(2026, 6, 15))), on="line")  # fmt: skip
    assert pointed.field == "service_lines[0]"


def problems(**edits: Any) -> list[str]:
    return [f"{problem.key}: {problem.message}" for problem in edit_problems(Edits(**edits))]


def test_settings_that_can_be_meant_have_no_problem() -> None:
    assert problems(
        off=("ZIP9",), soften=("PO-BOX",), harden=("COB-MISSING",), repair=("PHONE", "UPPER"),
        add=(own("total_charge > 1000"), own("units > 9", code="ACME-2", on="line", field="units")),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ({"off": ("ZIP-9",)}, 'edits.off[0]: there is no edit "ZIP-9". Did you mean "ZIP9"?'),
        ({"off": ("AMOUNT-CENTS",)}, "edits.off[0]: AMOUNT-CENTS can't be changed"),
        ({"soften": ("REQUIRED",)}, "edits.soften[0]: REQUIRED can't be changed"),
        ({"soften": ("BLANK",)}, "edits.soften[0]: BLANK is a warning already"),
        ({"harden": ("ZIP9",)}, "edits.harden[0]: ZIP9 is an error already"),
        ({"off": ("ZIP9",), "soften": ("ZIP9",)}, "edits.soften[0]: ZIP9 is in off, too"),
        ({"repair": ("PHONES",)}, 'edits.repair[0]: there is no repair "PHONES". Did you mean "PHONE"?'),
        ({"add": (own("x > 1", code="acme"),)}, "edits.add[0].code: expected capitals"),
        ({"add": (own("total_charge > 1", code="ZIP9"),)}, "edits.add[0].code: there is an edit ZIP9 already"),
        ({"add": (own("total_charge > 1", code="DUPLICATE"),)}, "there is an edit DUPLICATE already"),
        ({"add": (own("total_charge > 1"), own("total_charge > 2"))}, "edits.add[1].code: there is an edit ACME-1"),
        ({"add": (own("total_charges > 1"),)},
         "edits.add[0].when: at column 1: there is no field total_charges; did you mean total_charge?"),
        ({"add": (own("total_charge == '10'"),)}, "a number is never equal to a text"),
        ({"add": (own("units > 1"),)}, "there is no field units"),
        ({"add": (own("__import__('os')"),)}, "there is no function __import__"),
        ({"add": (own("total_charge > 1", field="total"),)}, 'edits.add[0].field: there is no field "total"'),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_named_with_what_was_meant(edits: dict[str, Any], message: str) -> None:
    assert message in "\n".join(problems(**edits))


def test_the_settings_that_the_documentation_shows_can_be_meant() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "edits.md"
    shown = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert len(shown) == 2
    for block in shown:
        settings = msgspec.convert(tomllib.loads(block)["edits"], Edits)
        assert list(edit_problems(settings)) == []


def test_a_compiled_edit_refuses_by_its_key() -> None:
    with pytest.raises(ConfigError, match=r"edits.add\[0\].when: at column 1: there is no field nothing"):
        CompiledEdit(own("nothing"), "edits.add[0]")
