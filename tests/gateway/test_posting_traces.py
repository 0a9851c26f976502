"""277CA answers under numbers that aren't ours: brought to the claim by REF*D9, in whichever order they come."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.ledger.worklists import unmatched_answers
from tests.gateway.posting_books import detail, opened, posted, sent, state, states, x277ca
from tests.simulator.claim_files import NORTHWIND, SUBSCRIBER, WALK_IN, claim

OTHER = msgspec.structs.replace(NORTHWIND, name="SUMMIT MUTUAL", payer_id="SUMMU")


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(workspace) as one:
        yield one


def told(
    entity: str, *claims: tuple[str, str, str], name: str = "SENDER", batch: str = "", provider: str = ""
) -> bytes:
    """A 277CA: of each claim the number, status and trace; `batch` and `provider` are statuses of whole levels."""
    text = ["BHT*0085*08*X*20260701*0600*TH", "HL*1**20*1", f"NM1*{entity}*2*{name}*****PI*{name[:5]}", "TRN*1*1"]
    text += ["HL*2*1*21*1", "NM1*41*2*TEST PRACTICE*****46*TESTSENDER", "TRN*2*000000001"]
    text += [f"STC*{batch}*20260701*U*0"] if batch else []
    if claims or provider:
        text += ["HL*3*2*19*1", "NM1*85*2*CLINIC*****XX*1234567893", "TRN*1*0"]
    text += [f"STC*{provider}**U*0"] if provider else []
    for place, (number, status, trace) in enumerate(claims, 4):
        text += [f"HL*{place}*3*PT", "NM1*QC*1*MADE*UP****MI*M1", f"TRN*2*{number}"]
        text += [f"STC*{status}*20260701*{'U' if status[:2] in ('A3', 'A7') else 'WQ'}*165"]
        text += [f"REF*1K*PAYER{trace}"] if entity == "PR" else []
        text += [f"REF*D9*{trace}"] if trace else []
    return x277ca("\n".join(text))


def waiting(gateway: Gateway) -> list[str]:
    with gateway.ledger.read() as tx:
        return [one.key for one in unmatched_answers(tx)]


HOUSE = told("AY", ("A1", "A1:19", "SC1"), ("A2", "A1:19", "SC2"))
PAYER = told("PR", ("T77", "A2:20", "SC1"), ("T78", "A3:116", "SC2"))


def test_a_payers_own_number_is_followed_by_the_clearinghouses_trace(gateway: Gateway) -> None:
    sent(gateway, claim("A1"), claim("A2"))
    posted(gateway, HOUSE)
    posted(gateway, PAYER)
    assert states(gateway, "A1", "A2") == ["accepted", "rejected"]
    assert detail(gateway, "A1").claim.payer_claim_control_number == "PAYERSC1"
    assert waiting(gateway) == []


def test_where_the_payer_was_faster_its_word_waits_and_is_brought_there_then(gateway: Gateway) -> None:
    sent(gateway, claim("A1"), claim("A2"))
    one = posted(gateway, PAYER)
    assert waiting(gateway) == ["T77", "T78"]
    posted(gateway, HOUSE)
    assert states(gateway, "A1", "A2") == ["accepted", "rejected"]
    assert waiting(gateway) == []
    event = detail(gateway, "A1").events[-1]
    assert event.event == "x277_accepted"
    assert f"file in-{one.file.id}" in event.detail


def test_the_trace_number_that_our_own_claim_gave_is_known_without_anybody_telling(gateway: Gateway) -> None:
    sent(gateway, claim("A1", clearinghouse_trace_number="OURS1"), claim("A2"))
    posted(gateway, told("PR", ("0", "A7:164", "OURS1")))
    assert states(gateway, "A1", "A2") == ["rejected", "sent"]


def test_a_trace_number_told_of_two_claims_means_neither(gateway: Gateway) -> None:
    sent(gateway, claim("A1"), claim("A2"))
    posted(gateway, told("AY", ("A1", "A1:19", "SC1"), ("A2", "A1:19", "SC1")))
    posted(gateway, told("PR", ("T77", "A3:116", "SC1")))
    assert states(gateway, "A1", "A2") == ["acknowledged", "acknowledged"]
    assert waiting(gateway) == ["T77"]


def test_our_own_number_counts_before_any_trace(gateway: Gateway) -> None:
    sent(gateway, claim("A1"), claim("A2"))
    posted(gateway, told("AY", ("A1", "A1:19", "SC1"), ("A2", "A1:19", "SC2")))
    posted(gateway, told("PR", ("A1", "A3:116", "SC2")))
    assert states(gateway, "A1", "A2") == ["rejected", "acknowledged"]


@pytest.mark.parametrize("name", ["NORTHWIND HEALTH PLAN", "Northwind  Health Plan"])
@pytest.mark.parametrize("level", ["batch", "provider"])
def test_a_payer_refuses_its_own_claims_of_a_batch_alone(gateway: Gateway, name: str, level: str) -> None:
    sent(gateway, claim("A1"), claim("A2", payer=OTHER), claim("B1", billing_provider=WALK_IN))
    posted(gateway, told("PR", name=name, **{level: "A3:24:41"}))
    assert states(gateway, "A1", "A2", "B1") == ["rejected", "sent", "sent"]


def test_a_clearinghouse_refuses_every_claim_of_a_batch(gateway: Gateway) -> None:
    sent(gateway, claim("A1"), claim("A2", payer=OTHER))
    posted(gateway, told("AY", batch="A3:24:41"))
    assert states(gateway, "A1", "A2") == ["rejected", "rejected"]


def test_a_payer_nobody_knows_refuses_a_batch_of_several_payers_in_sight_of_a_person(gateway: Gateway) -> None:
    sent(gateway, claim("A1"), claim("A2", payer=OTHER))
    posted(gateway, told("PR", name="THISTLE PLANS", batch="A3:24:41"))
    assert states(gateway, "A1", "A2") == ["sent", "sent"]
    assert waiting(gateway) == ["000000001"]


def test_the_only_payer_of_a_batch_is_meant_whatever_it_calls_itself(gateway: Gateway) -> None:
    sent(gateway, claim("A1"), claim("A2", subscriber=msgspec.structs.replace(SUBSCRIBER, member_id="NW2")))
    posted(gateway, told("PR", name="NORTHWIND OF THE LAKES", batch="A3:24:41"))
    assert states(gateway, "A1", "A2") == ["rejected", "rejected"]
    assert state(gateway, "A1") == "rejected"
