"""What fits no claim finds it by a person's word: posted as if it had fitted, remembered, and taken back whole."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from edigate.cli import main
from edigate.config import Workspace
from edigate.errors import NoInputError, UsageError
from edigate.gateway import matching
from edigate.gateway.matching import assign, dismiss, forget
from edigate.gateway.opening import Gateway
from edigate.ledger.queries import cash, dollars
from tests.gateway.posting_books import (
    account,
    detail,
    made,
    money_of,
    opened,
    payment,
    posted,
    sent,
    state,
    states,
    status_277ca,
    x835,
    x999,
)
from tests.simulator.claim_files import claim

# Of a clinic whose payer writes its numbers in its own way: A1 came back as VISIT-1.
PAID = ("CLP*VISIT-1*1*165*100*20*12*ICN1", "SVC*HC:99213*165*100", "DTM*472*20260615", "CAS*CO*45*45", "CAS*PR*1*20")
STRAY: tuple[str, ...] = ("CLP*VISIT-1*1*165*100*20*12*ICN1", "NM1*QC*1*MADE*UP****MI*NW100200300", "DTM*232*20260615")
STRAY += ("CAS*CO*45*45", "CAS*PR*1*20")


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(workspace) as gateway:
        sent(gateway, claim("A1"), claim("A2"))
        yield gateway


def waiting(gateway: Gateway) -> list[str]:
    return [one.id for one in matching.queue(gateway).waiting]


def adds_up(gateway: Gateway) -> bool:
    with gateway.ledger.read() as tx:
        where, claims = cash(tx), dollars(tx)
    return where.difference_cents == 0 and claims.paid_cents == where.paid_on_claims_cents


def test_the_queue_shows_whom_it_may_be_and_why(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *STRAY)))
    posted(gateway, status_277ca("AY", ("VISIT-2", "A2:20")))
    posted(gateway, x999("AK1*HC*999\nAK9*A*1*1*1"))
    queue = matching.queue(gateway)
    assert [(one.id, one.kind, one.number) for one in queue.waiting] == [
        ("paid-1", "835", "VISIT-1"),
        ("answer-1", "277CA", "VISIT-2"),
        ("answer-2", "999", "HC 999"),
    ]
    money = queue.waiting[0]
    assert (str(money.charge), str(money.paid)) == ("165.00", "100.00")
    assert {one.number for one in money.candidates} == {"A1", "A2"}
    assert "the same member" in money.candidates[0].why
    assert matching.queue(gateway, limit=1).total == 3


def test_money_joins_its_claim_and_no_cent_changes(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *STRAY)))
    with gateway.ledger.read() as tx:
        before = cash(tx)
    done = assign(gateway, "paid-1", "A1", why="same member\n and day")
    assert (done.answers, done.payments, done.state, done.remembered) == (0, 1, "paid", True)
    with gateway.ledger.read() as tx:
        after = cash(tx)
    assert (after.received_cents, after.difference_cents) == (before.received_cents, 0)
    assert (before.paid_unmatched_cents, after.paid_unmatched_cents, after.paid_on_claims_cents) == (10000, 0, 10000)
    assert (account(gateway, "A1").paid_cents, account(gateway, "A1").outstanding_cents) == (10000, 0)
    assert detail(gateway, "A1").claim.payer_claim_control_number == "ICN1"
    assert waiting(gateway) == []


def test_an_acknowledgment_moves_its_claim_with_the_reason_kept(gateway: Gateway) -> None:
    posted(gateway, status_277ca("PR", ("VISIT-1", "A7:562:85")))
    done = assign(gateway, "answer-1", "A1", why="portal shows it")
    assert (done.answers, state(gateway, "A1")) == (1, "rejected")
    event = detail(gateway, "A1").events[-1]
    assert (event.event, event.detail) == ("x277_rejected", "payer: A7:562:85 (matched by hand: portal shows it)")
    assert event.inbound_kind == "277CA"


def test_what_waits_with_the_same_number_goes_along_and_what_comes_later(gateway: Gateway) -> None:
    posted(gateway, status_277ca("AY", ("VISIT-1", "A1:19")))
    posted(gateway, status_277ca("PR", ("VISIT-1", "A2:20"), ("VISIT-9", "A2:20")))
    posted(gateway, x835(payment("T1", *STRAY)))
    done = assign(gateway, "answer-2", "A1", why="asked")
    assert (done.answers, done.payments) == (2, 1)
    reversal = ("CLP*visit-1*22*-165*-100*-20*12*ICN1", "CAS*CO*45*-45", "CAS*PR*1*-20")
    one = posted(gateway, x835(payment("T2", *reversal, "CLP*OTHER*1*200*200*0")))
    assert one.outcome.claim_payments_unmatched == 1
    assert state(gateway, "A1") == "reversed"
    again = posted(gateway, status_277ca("PR", ("VISIT-1", "A2:20")))
    assert again.outcome.unmatched == 0
    assert waiting(gateway) == ["paid-3", "answer-3"]
    assert adds_up(gateway)


def test_a_later_payment_that_charges_more_is_not_believed(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *STRAY)))
    assign(gateway, "paid-1", "A1", why="asked")
    one = posted(gateway, x835(payment("T2", "CLP*VISIT-1*1*300*300*0*12*ICN2")))
    assert one.outcome.claim_payments_unmatched == 1
    assert account(gateway, "A1").paid_cents == 10000


def test_another_partners_same_number_is_another(gateway: Gateway, workspace: Workspace) -> None:
    posted(gateway, x835(payment("T1", *STRAY)))
    assign(gateway, "paid-1", "A1", why="asked")
    one = posted(gateway, x835(payment("T2", *STRAY)), partner="other")
    assert one.outcome.claim_payments_unmatched == 1


@pytest.mark.parametrize("number", ["0", "0000", "UNKNOWN", "999", "A"])
def test_a_number_that_tells_nothing_is_not_remembered(gateway: Gateway, number: str) -> None:
    """`A` begins two of our numbers; the others are what payers write for lack of one."""
    for trace in ("T1", "T2"):
        posted(gateway, x835(payment(trace, f"CLP*{number}*1*165*100*65*12*{trace}", "CAS*PR*1*65")))
    done = assign(gateway, "paid-1", "A1", why="asked")
    assert (done.payments, done.remembered) == (1, False)
    assert waiting(gateway) == ["paid-2"]


def test_taken_back_all_stands_as_if_it_had_never_been(gateway: Gateway) -> None:
    posted(gateway, status_277ca("AY", ("A1", "A2:20")))
    posted(gateway, status_277ca("PR", ("VISIT-1", "A7:562")))
    posted(gateway, x835(payment("T1", *PAID)))
    before, events = money_of(gateway), len(detail(gateway, "A1").events)
    number = detail(gateway, "A1").claim.payer_claim_control_number
    assert state(gateway, "A1") == "accepted"
    assign(gateway, "paid-1", "A1", why="asked")
    posted(gateway, status_277ca("PR", ("VISIT-1", "A3:21")))
    assert state(gateway, "A1") == "paid"
    assert detail(gateway, "A1").payments[0].services[0].claim_line_id is not None

    done = forget(gateway, "match-1", why="it was the sister's")
    assert (done.answers, done.payments, done.state) == (2, 1, "accepted")
    assert waiting(gateway) == ["paid-1", "answer-1", "answer-2"]
    after = money_of(gateway)
    assert {name: after[name] for name in after if name not in ("claim", "claim_event")} == {
        name: before[name] for name in before if name not in ("claim", "claim_event")
    }
    assert detail(gateway, "A1").claim.payer_claim_control_number == number
    steps = detail(gateway, "A1").events
    assert (steps[-1].event, steps[-1].state_after) == ("match_forgotten", "accepted")
    assert len(steps) > events  # nothing of the history is taken out
    one = posted(gateway, x835(payment("T2", *STRAY)))
    assert one.outcome.claim_payments_unmatched == 1
    with pytest.raises(NoInputError):
        forget(gateway, "match-1", why="again")

    assign(gateway, "paid-1", "A2", why="the sister")
    assert states(gateway, "A1", "A2") == ["accepted", "paid"]
    assert adds_up(gateway)


def test_what_can_not_be_is_refused(gateway: Gateway) -> None:
    made(gateway, claim("A3"))
    posted(gateway, status_277ca("PR", ("VISIT-1", "A2:20"), batch="B9", batch_status="A3:21"))
    posted(gateway, x999("AK1*HC*999\nAK9*A*1*1*1"))
    posted(gateway, x835(payment("T1", "CLP*VISIT-3*1*100*100*0*12*ICN1")))
    before = money_of(gateway)
    for key, whose, error, match in (
        ("answer-2", "A3", UsageError, "was never sent"),
        ("paid-1", "A3", UsageError, "was never sent and charges 165"),
        ("answer-1", "A1", UsageError, "names no claim"),
        ("answer-3", "A1", UsageError, "about a whole file"),
        ("answer-9", "A1", NoInputError, "nothing waits under answer-9"),
        ("7", "A1", NoInputError, "nothing waits under 7"),
        ("paid-1", "A9", NoInputError, "no claim has the id or number A9"),
    ):
        with pytest.raises(error, match=match):
            assign(gateway, key, whose, why="x")
    with pytest.raises(UsageError, match="with a reason"):
        assign(gateway, "answer-2", "A1", why=" \n")
    with pytest.raises(UsageError, match="stays in sight"):
        dismiss(gateway, "paid-1", why="x")
    assert money_of(gateway) == before
    dismiss(gateway, "answer-3", why="the old system's")
    assert waiting(gateway) == ["paid-1", "answer-1", "answer-2"]


def test_a_number_remembered_goes_to_no_second_claim(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *STRAY)))
    assign(gateway, "paid-1", "A1", why="asked")
    posted(gateway, x835(payment("T2", "CLP*VISIT-1*1*300*300*0*12*ICN2")))
    with pytest.raises(UsageError, match="is remembered as claim 1"):
        assign(gateway, "paid-2", "A2", why="asked")
    done = assign(gateway, "paid-2", "A2", why="asked", only=True)
    assert (done.claim_id, done.remembered) == (2, False)


def test_the_command(gateway: Gateway, workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    posted(gateway, x835(payment("T1", *STRAY)))
    root = ("--workspace", str(workspace.root))
    assert main(["match", *root]) == 1
    told = capsys.readouterr().out
    assert "paid-1" in told
    assert "the same member, the same charge, the same day of service" in told
    assert "NW100200300" not in told
    assert main(["match", "--json", *root]) == 1
    assert json.loads(capsys.readouterr().out)["waiting"][0]["candidates"][0]["claim_id"] == 1
    for wrong in (["paid-1"], ["--claim", "A1"], ["paid-1", "--claim", "A1", "--dismiss"], ["paid-1", "--claim", "A1"]):
        assert main(["match", *wrong, *root]) == 64
    assert main(["match", "paid-1", "--claim", "A9", "--why", "x", *root]) == 66
    assert main(["match", "paid-1", "--claim", "A1", "--why", "asked", *root]) == 0
    assert "claim 1 (A1), which is paid now" in capsys.readouterr().out
    assert main(["match", *root]) == 0
    assert "match-1" in capsys.readouterr().out
    assert main(["match", "match-1", "--forget", "--why", "wrong", *root]) == 0
    assert "claim 1 (A1) is sent without them" in capsys.readouterr().out
