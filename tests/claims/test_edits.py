"""Edits: what a payer would reject after, found before. A clean claim, one change, the finding expected."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.claims import edits
from edigate.claims import model as m
from edigate.claims.edits import RULES, edit, edit_many, level5_sets
from edigate.claims.edits.level5_parties import npi_check_digit
from edigate.claims.edits.rule import LETTERS
from edigate.findings import Finding, Severity, has_errors
from scripts.edits.page import PAGE, written
from tests.claims import (
    edit_cases_dental,
    edit_cases_institutional,
    edit_cases_professional,
    edit_cases_services,
)
from tests.claims.edit_samples import Case, bill, dental, outpatient, subscriber
from tests.claims.made_up import TODAY, base_claim, for_child

_FILES = (edit_cases_professional, edit_cases_services, edit_cases_institutional, edit_cases_dental)
FAILS: list[Case] = [case for file in _FILES for case in file.FAILS]
PASSES: list[tuple[str, m.Claim]] = [case for file in _FILES for case in file.PASSES]
# What the code sets say is tested with code sets, in test_edits_sets.py.
BY_SETS = {rule.code for rule in level5_sets.LEVEL.rules}


def found(claim: m.Claim) -> list[Finding]:
    return edit(claim, TODAY)


def texts(claim: m.Claim) -> list[Finding]:
    return [each for each in found(claim) if each.code in ("LENGTH", "CHARACTER", "BLANK")]


def codes(findings: list[Finding]) -> set[str]:
    return {each.code for each in findings}


@pytest.mark.parametrize(
    "claim",
    [base_claim(), for_child(), bill(), outpatient(), dental()],
    ids=["subscriber", "child", "stay", "outpatient", "dental"],
)
def test_a_clean_claim_has_no_finding(claim: m.Claim) -> None:
    assert found(claim) == []


@pytest.mark.parametrize("case", FAILS, ids=lambda case: f"{case.code} {case.field}")
def test_what_is_wrong_is_found_at_its_field(case: Case) -> None:
    assert (case.code, case.field) in {(each.code, each.field) for each in found(case.claim)}


@pytest.mark.parametrize(("code", "claim"), PASSES, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_right_is_left_alone(code: str, claim: m.Claim) -> None:
    assert code not in codes(found(claim))


def test_many_claims_of_all_kinds_are_told_what_each_is_told_alone() -> None:
    """In the same order, too: by level, the claim's own first, then line by line."""
    claims = [case.claim for case in FAILS] + [claim for _, claim in PASSES]
    told = edit_many(claims, TODAY)
    assert told == [found(claim) for claim in claims]
    claim = base_claim()
    claim.service_lines = [
        msgspec.structs.replace(claim.service_lines[0], units=None, procedure="X", modifiers=["?"]) for _ in range(3)
    ]
    (findings,) = edit_many([claim], TODAY)
    by_line = [(each.field, each.code) for each in findings if each.code in ("UNITS", "HCPCS", "MODIFIER")]
    assert [code for _, code in by_line] == ["UNITS"] * 3 + ["HCPCS", "MODIFIER"] * 3
    lines = [field.partition(".")[0] for field, _ in by_line[3:]]
    assert lines == sorted(lines)


def test_an_empty_claim_has_findings_and_no_traceback() -> None:
    assert "REQUIRED" in codes(found(m.Claim()))
    nothing = m.Claim(
        billing_provider=m.Provider(), subscriber=m.Subscriber(), payer=m.Payer(), patient=m.Patient(),
        service_lines=[m.ServiceLine(adjudications=[m.LineAdjudication()])], diagnoses=[m.Diagnosis()],
        other_subscribers=[m.OtherSubscriber()], pay_to_address=m.Address(),
    )  # fmt: skip
    assert "REQUIRED" in codes(found(nothing))


def test_warnings_never_keep_a_claim_from_being_sent_and_errors_do() -> None:
    assert RULES["SUBSCRIBER-ADDRESS"].severity is Severity.WARNING
    assert has_errors(found(base_claim(total_charge=Decimal(1))))
    assert not has_errors(found(subscriber(address=None)))


def test_a_finding_is_what_the_registry_says_and_for_its_kinds_only() -> None:
    for claim in (*(case.claim for case in FAILS), *(claim for _, claim in PASSES)):
        for each in found(claim):
            rule = RULES[each.code]
            assert (each.severity, each.level) == (rule.severity, rule.level)
            assert LETTERS[claim.kind] in rule.kinds, each


def test_no_message_names_the_patient() -> None:
    names = ("OAKHURST", "PELLA", "ROBIN", "MB0012345", "HEDGE END", "MUÑOZ")
    for case in FAILS:
        for each in found(case.claim):
            assert not [name for name in names if name in each.message], case


@pytest.mark.parametrize(("npi", "right"), [("1234567893", True), ("1999999984", True), ("1234567890", False)])
def test_the_check_digit_of_an_npi(npi: str, right: bool) -> None:
    """1234567893 is the example of CMS's own page on the check digit."""
    assert npi_check_digit(npi) is right


@pytest.mark.parametrize("position", range(10))
def test_one_wrong_digit_of_an_npi_is_always_found(position: int) -> None:
    npi = "1234567893"
    for digit in "0123456789":
        other = npi[:position] + digit + npi[position + 1 :]
        assert npi_check_digit(other) is (other == npi)


# --- every code has a test, both ways, and a row in the documentation: the registry is the truth


def test_every_code_fails_in_one_test_and_passes_in_another() -> None:
    here = set(RULES) - {rule.code for rule in level5_sets.LEVEL.rules}  # those have tests/claims/test_edits_sets.py
    assert {case.code for case in FAILS} == here
    assert {code for code, _ in PASSES} == here


def test_no_two_edits_share_a_code() -> None:
    rules = [rule for topic in edits._TOPICS for rule in topic.LEVEL.rules]
    assert sorted(rule.code for rule in rules) == sorted(RULES)


def test_texts_are_looked_at_wherever_they_stand_and_however_many() -> None:
    long = [m.ServiceLine(procedure="99213", prior_authorizations=["SHORT", "X" * 51], referral_numbers=["X" * 50])]
    assert [(each.code, each.field) for each in texts(base_claim(service_lines=long))] == [
        ("LENGTH", "service_lines[0].prior_authorizations[1]")
    ]
    quoted = base_claim(notes=[m.Note(qualifier="ADD", text='SAID "FINE" \\ LEFT')])
    assert texts(quoted) == []
    odd = base_claim(notes=[m.Note(text="\x7f"), m.Note(text=" A")])
    assert codes(texts(odd)) == {"CHARACTER", "BLANK"}


@given(st.text(max_size=90))
def test_no_text_that_x12_cannot_carry_goes_unnoticed(value: str) -> None:
    seen = codes(texts(subscriber(last_name=value)))
    assert ("LENGTH" in seen) is (len(value) > 60)
    assert ("CHARACTER" in seen) is bool(re.search("[^ -~]", value))


def test_the_documentation_has_every_edit_as_the_registry_has_it() -> None:
    page = PAGE.read_text("utf-8")
    assert page == written(page), "run `python -m scripts.edits.page`"
    for code, rule in RULES.items():
        assert f"| `{code}` | {rule.severity}" in page


def test_every_edit_says_what_is_wrong_what_to_do_and_by_what_source() -> None:
    for rule in RULES.values():
        assert rule.what.endswith(".")
        assert rule.remedy.endswith(".")
        assert rule.source
        assert rule.kinds in ("P", "I", "D", "PI", "PD", "PID"), rule.code
        assert "|" not in rule.what + rule.remedy + rule.source  # it would break the table
