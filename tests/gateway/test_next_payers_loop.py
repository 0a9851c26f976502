"""Two payers, the whole way: sent, decided as payers do, posted, sent on, and the second payer's answer posted, too."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from edigate.claims.model import Claim
from edigate.config import Workspace
from edigate.gateway.secondary import secondary
from edigate.gateway.send import send
from edigate.ledger.queries import dollars
from edigate.simulator.decision import Carrier, Decision, Denial, Later, LineDenial, Recoding
from edigate.simulator.rule import Match, Rule
from edigate.x12.validate import validate
from tests.gateway.hospital_and_dentist import answered, emergency, encounters, filling, house, prepared, stay
from tests.gateway.posting_books import detail
from tests.gateway.practice import Clock, TestGateway, on_server

SECOND = """
[[claim.other_subscribers]]
responsibility = { value = "S" }
relationship = { value = "18" }
filing_indicator = { value = "CI" }
last_name = { from = "last_name" }
first_name = { from = "first_name" }
member_id = { value = "SUP778899" }
payer_name = { value = "SOUTHWIND SUPPLEMENT" }
payer_id = { value = "SWSP2" }
benefits_assignment = { value = "Y" }
release_of_information = { value = "Y" }

[line]
"""
PART = Decision(deductible="50.00", coinsurance_percent=20)


@pytest.fixture
def gateway(workspace: Workspace, opened: Callable[[Workspace], TestGateway]) -> TestGateway:
    """Hospital and dentist, whose patients have a second plan."""
    ready = prepared(workspace)
    for path in (ready.root / "mappings").glob("*.toml"):
        path.write_text(path.read_text().replace("\n[line]\n", SECOND))
    return opened(ready)


def made(gateway: TestGateway, number: str) -> Claim:
    return msgspec.json.decode(detail(gateway, number).record, type=Claim)


def first_round(gateway: TestGateway, clock: Clock, *pays: Decision, later: tuple[Later, ...] = ()) -> list[str]:
    """A stay, a visit to the emergency room and a dentist's claim for each way to pay; the claims' numbers.

    All of them are decided and posted; `later` is what comes after the last way's.
    """
    hospital, dentist, rules = [], [], []
    for number, pay in enumerate(pays, 1):
        member = {"member_id": f"NW{number:09d}"}
        hospital += [*stay(f"H{number}", **member), *emergency(f"E{number}", **member)]
        dentist += filling(f"D{number}", **member)
        names = (f"H{number}", f"E{number}", f"D{number}")
        after = later if number == len(pays) else ()
        rules.append(Rule(name=f"way {number}", match=Match(claims=names), pay=pay, later=after))
    encounters(gateway, "hospital", hospital)
    encounters(gateway, "dentist", dentist)
    partner = gateway.workspace.partner("acme")
    assert send(gateway, partner).claims_sent == 3 * len(pays)
    assert answered(gateway, partner, house(clock, *rules)).held == []
    return [name for rule in rules for name in rule.match.claims]


WAYS = (
    PART,
    Decision(coinsurance_percent=20, sequestration_percent=2),
    Decision(coinsurance_percent=20, claim_level=True),
    Decision(coinsurance_percent=20, deny_lines=(LineDenial(procedure="71046", reason="50"),)),
    Decision(coinsurance_percent=20, recode=(Recoding(billed="D2392", paid_as="D2150"),)),
    Decision(coinsurance_percent=20, split_days=3),  # with remark MA15, which the guides don't list
    Decision(coinsurance_percent=20, interest="3.21"),
    Decision(deductible="9999.00"),
    PART,  # and taken back, and decided anew
)


def test_whatever_the_first_payer_did_the_second_gets_a_claim_that_balances(gateway: TestGateway, clock: Clock) -> None:
    anew = (Later(day=20, reverse=True, pay=Decision(copay="30.00")),)
    names = first_round(gateway, clock, *WAYS, later=anew)
    report = secondary(gateway)
    assert ([one.findings for one in report.refused], report.not_billed) == ([], [])
    assert sorted(one.patient_control_number for one in report.made) == sorted(f"{name}-2" for name in names)
    told = {finding.code for one in report.made for finding in one.findings}
    assert told <= {"SURFACE-COUNT", "SURFACE-MISSING"}, told  # what the first claim's fillings lack, too
    for one in report.made:
        first = detail(gateway, one.patient_control_number.removesuffix("-2"))
        assert one.remaining * 100 == first.balance.patient_responsibility_cents
    partner = gateway.workspace.partner("acme")
    assert send(gateway, partner).claims_sent == len(names)
    for content in on_server(gateway.workspace).values():
        assert validate([content]).findings == []


def test_the_second_payers_answer_closes_what_the_first_left(gateway: TestGateway, clock: Clock) -> None:
    first_round(gateway, clock, PART)
    secondary(gateway)
    partner = gateway.workspace.partner("acme")
    send(gateway, partner)
    report = answered(gateway, partner, house(clock))
    assert (report.held, sum(one.outcome.claim_payments_unmatched for one in report.files)) == ([], 0)
    for number in ("H1", "E1", "D1"):
        first, second = detail(gateway, number), detail(gateway, f"{number}-2")
        assert (first.claim.state, second.claim.state) == ("paid", "paid")
        assert second.balance.outstanding_cents == 0
        assert (
            first.payments[0].paid_cents == first.balance.paid_cents
        )  # the second's money isn't in the first's account
    with gateway.ledger.read() as tx:
        assert dollars(tx).outstanding_cents == 0


def test_what_the_payer_forwards_itself_is_not_sent_on(gateway: TestGateway, clock: Clock) -> None:
    forwarded = Decision(coinsurance_percent=20, forward=Carrier(name="SOUTHWIND SUPPLEMENT", id="SWSP2"))
    first_round(gateway, clock, forwarded)
    report = secondary(gateway)
    assert (report.made, [one.why for one in report.not_billed]) == ([], ["crossover"] * 3)


def test_a_denial_is_worked_not_sent_on(gateway: TestGateway, clock: Clock) -> None:
    first_round(gateway, clock, Decision(deny=Denial(reason="197")))
    report = secondary(gateway)
    assert (report.made, [one.why for one in report.not_billed]) == ([], ["nothing left"] * 3)
    assert all("denial" in one.words for one in report.not_billed)


def test_a_revenue_line_says_its_revenue_code_and_no_procedure(gateway: TestGateway, clock: Clock) -> None:
    first_round(gateway, clock, PART)
    secondary(gateway)
    room, _, x_ray = made(gateway, "H1-2").service_lines
    assert [(one.procedure, one.revenue_code) for one in room.adjudications] == [("", "0120")]
    assert [(one.procedure, one.revenue_code) for one in x_ray.adjudications] == [("71046", "0320")]
