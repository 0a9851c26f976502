"""Hospital and dental claims at the simulated clearinghouse: judged by their guide, answered in their terms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from edigate.remits.model import Payment
from edigate.responses.model import ClaimAcknowledgment, FunctionalGroupResponse
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.decision import Decision, LineDenial
from edigate.simulator.envelope import AnswerFile
from edigate.simulator.rule import Match, Rejection, Rule
from edigate.simulator.scenario import Scenario
from edigate.x12.pyx12_engine import pyx12_errors
from edigate.x12.validate import validate
from tests.claims.made_up import X222, X223, X224, claim_file, small_claim
from tests.simulator.claim_files import Clock
from tests.simulator.reading import of_kind

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

BINDINGS = {"professional": X222, "institutional": X223, "dental": X224}


def answers(content: bytes, *rules: Rule) -> list[AnswerFile]:
    scenario = Scenario(name="test", today=date(2026, 7, 1), rule=rules, other_fees_percent=100)
    return Clearinghouse(scenario, clock=Clock()).answer("claims.x12", content)


def file_of(kind: str) -> bytes:
    return claim_file([small_claim(kind)], binding=BINDINGS[kind])


@pytest.mark.parametrize("kind", BINDINGS)
def test_a_good_set_is_accepted_and_paid_by_answers_that_are_valid(kind: str) -> None:
    files = answers(file_of(kind))
    (response,) = of_kind(files, FunctionalGroupResponse)
    assert (response.guide, response.code) == (BINDINGS[kind].guide, "A")
    (payment,) = of_kind(files, Payment)
    assert payment.amount == small_claim(kind).total_charge
    for file in files:
        assert validate([file.content]).findings == [], file.name
        assert pyx12_errors(file.content) == [], file.name


def test_a_hospital_bill_is_answered_by_type_of_bill_and_revenue_codes() -> None:
    rule = Rule(
        name="supplies denied",
        match=Match(place_of_service="13", procedure="0250"),
        pay=Decision(deny_lines=(LineDenial(procedure="0250", reason="97"),)),
    )
    (payment,) = of_kind(answers(file_of("institutional"), rule), Payment)
    (claim,) = [each for header in payment.headers for each in header.claims]
    assert claim.facility_code == "13"
    assert (claim.statement_from, claim.statement_to) == (date(2026, 6, 14), date(2026, 6, 15))
    assert [(s.procedure_qualifier, s.procedure, s.revenue_code, s.paid) for s in claim.service_payments] == [
        ("HC", "99283", "0450", Decimal("880.00")),
        ("NU", "0250", "", Decimal(0)),
    ]


def test_a_dental_claims_line_is_named_by_its_code_and_dated_by_its_claim() -> None:
    rejection = Rejection(category="A7", status="454", procedure="D2392")
    rule = Rule(name="no such code", match=Match(procedure="D2392"), reject_payer=rejection)
    answer = of_kind(answers(file_of("dental"), rule), ClaimAcknowledgment)[-1]
    (claim,) = [
        each for source in answer.sources for batch in source.receivers for p in batch.providers for each in p.claims
    ]
    assert claim.service_date == date(2026, 6, 15)
    assert [(line.procedure_qualifier, line.procedure) for line in claim.lines] == [("AD", "D2392")]


def test_a_predetermination_which_has_no_day_of_service_is_answered_all_the_same() -> None:
    asked = small_claim("dental", service_date=None, predetermination="PB")
    files = answers(claim_file([asked], binding=X224))
    assert len(of_kind(files, ClaimAcknowledgment)) == 2
    assert [validate([file.content]).findings for file in files] == [[] for _ in files]


def test_a_set_is_judged_by_the_guide_of_its_kind() -> None:
    content = file_of("institutional").replace(b"CL1*1**01~\n", b"")
    (response,) = of_kind(answers(content), FunctionalGroupResponse)
    (one,) = response.transaction_sets
    assert (response.code, one.code) == ("R", "R")
    errors = [(error.segment_id, error.loop, error.code) for error in one.segment_errors]
    assert ("CL1", "2300", "3") in errors


def test_a_guide_that_nobody_takes_is_refused_by_name() -> None:
    content = file_of("professional").replace(b"005010X222A1", b"004010X098A1")
    (response,) = of_kind(answers(content), FunctionalGroupResponse)
    (one,) = response.transaction_sets
    assert one.code == "R"
    (error,) = one.segment_errors
    assert (error.segment_id, error.element_errors[0].element, error.element_errors[0].code) == ("ST", "3", "7")
