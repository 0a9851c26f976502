"""Answers posted in any order, and again, in a real ledger: every claim under what was said ends where the table says.

The model is the table itself: which claims an answer is about is said here, by hand, for each answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edigate.config import load_workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post
from edigate.responses.status import Event, State, money_state, next_state, settle
from tests.conftest import PARTNER, SETTINGS
from tests.gateway.posting_books import detail, dump, opened, payment, received, sent, ta1, x12, x835, x999
from tests.simulator.claim_files import WALK_IN, claim

E = Event
ALL = ("A1", "A2", "B1")


def _277(*segments: str) -> bytes:
    head = ["BHT*0085*08*X*20260701*0600*TH", "HL*1**20*1", segments[0], "TRN*1*1"]
    return x12("HN", "277", "005010X214", [*head, "HL*2*1*21*1", "NM1*41*2*TEST*****46*TESTSENDER", *segments[1:]])


HOUSE, PAYER = "NM1*AY*2*HOUSE*****46*H1", "NM1*PR*2*NORTHWIND HEALTH PLAN*****PI*NWHP1"
CLINIC_HL = ("HL*3*2*19*1", "NM1*85*2*CLINIC*****XX*1234567893", "TRN*1*0")
WALK_IN_HL = ("HL*3*2*19*1", f"NM1*85*2*WALK IN*****XX*{WALK_IN.npi}", "TRN*1*0")


def _claim(number: str, status: str, action: str) -> tuple[str, ...]:
    return ("HL*4*3*PT", "NM1*QC*1*MADE*UP****MI*M1", f"TRN*2*{number}", f"STC*{status}*20260701*{action}*165")


# Each answer, and the event it is for each claim under what it speaks of. A1 and A2 are in set 1, B1 in set 2.
ACKNOWLEDGMENTS: dict[str, tuple[Callable[[], bytes], dict[str, Event]]] = {
    "TA1 accepts": (lambda: ta1("TA1*000000001*260630*1800*A*000"), dict.fromkeys(ALL, E.TA1_ACCEPTED)),
    "TA1 rejects": (lambda: ta1("TA1*000000001*260630*1800*R*024"), dict.fromkeys(ALL, E.TA1_REJECTED)),
    "999 accepts": (lambda: x999("AK1*HC*1*005010X222A1\nAK9*A*2*2*2"), dict.fromkeys(ALL, E.X999_ACCEPTED)),
    "999 rejects set 2": (
        lambda: x999("AK1*HC*1*005010X222A1\nAK2*837*0002*005010X222A1\nIK5*R*5\nAK9*P*2*2*1"),
        {"A1": E.X999_ACCEPTED, "A2": E.X999_ACCEPTED, "B1": E.X999_REJECTED},
    ),
    "999 rejects the group": (
        lambda: x999("AK1*HC*1*005010X222A1\nAK9*R*2*2*0*4"), dict.fromkeys(ALL, E.X999_REJECTED),
    ),
    "the clearinghouse has A1": (
        lambda: _277(HOUSE, "TRN*2*000000001", *CLINIC_HL, *_claim("A1", "A1:19", "WQ")),
        {"A1": E.X277_RECEIVED},
    ),
    "the payer takes A1": (
        lambda: _277(PAYER, "TRN*2*000000001", *CLINIC_HL, *_claim("A1", "A2:20", "WQ")),
        {"A1": E.X277_ACCEPTED},
    ),
    "the payer refuses A2": (
        lambda: _277(PAYER, "TRN*2*000000001", *CLINIC_HL, *_claim("A2", "A3:116", "U")),
        {"A2": E.X277_REJECTED},
    ),
    "the receiver's level rejects batch 1": (
        lambda: _277(HOUSE, "TRN*2*000000001", "STC*A3:24:41*20260701*U*330"),
        {"A1": E.X277_REJECTED, "A2": E.X277_REJECTED},
    ),
    "the provider's level rejects the walk-in": (
        lambda: _277(HOUSE, "TRN*2*000000002", *WALK_IN_HL, "STC*A3:496:85**U*165"),
        {"B1": E.X277_REJECTED},
    ),
    "a batch that is received tells nothing of its claims": (
        lambda: _277(HOUSE, "TRN*2*000000001", "STC*A1:19:41*20260701*WQ*330"),
        {},
    ),
}
REVERSAL = ("CLP*A1*22*-165*-100**12*ICN1*11*1", "CAS*CO*45*-65")
# Each payment, and the entry (CLP02, paid, patient's, denied) it is for a claim.
MONEY: dict[str, tuple[Callable[[], bytes], str, tuple[str, int, int, int]]] = {
    "A1 is paid": (
        lambda: x835(payment("T1", "CLP*A1*1*165*100**12*ICN1*11*1", "CAS*CO*45*65")), "A1", ("1", 100, 0, 0),
    ),
    "A1 is reversed": (
        lambda: x835(payment("T2", *REVERSAL, "PLB*1234567893*20261231*FB:T2*-100")), "A1", ("22", -100, 0, 0),
    ),
    "A1 is paid anew": (
        lambda: x835(payment("T3", "CLP*A1*1*165*90*10*12*ICN1*11*1", "CAS*CO*45*65", "CAS*PR*3*10")),
        "A1", ("1", 90, 10, 0),
    ),
    "A2 is denied": (
        lambda: x835(payment("T4", "CLP*A2*4*165*0**12*ICN2*11*1", "CAS*CO*29*165")), "A2", ("4", 0, 0, 165),
    ),
}  # fmt: skip
NAMES = sorted([*ACKNOWLEDGMENTS, *MONEY])


class Orders(RuleBasedStateMachine):
    """Answers arrive one by one, in any order, some of them again; the ledger is read after each."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        (root / "partners").mkdir()
        (root / "edigate.toml").write_text(SETTINGS)
        (root / "partners" / "acme.toml").write_text(PARTNER)
        for name in ("inbound", "outbound"):
            (root / "acme-server" / name).mkdir(parents=True)
        self.gateway: Gateway = opened(load_workspace(root))
        sent(self.gateway, claim("A1"), claim("A2"), claim("B1", billing_provider=WALK_IN))
        self.content = {name: made() for name, (made, _) in ACKNOWLEDGMENTS.items()}
        self.content |= {name: made() for name, (made, _, _) in MONEY.items()}
        self.arrived: list[str] = []

    @rule(name=st.sampled_from(NAMES))
    def arrives(self, name: str) -> None:
        """An answer comes, for the first time or under another name again."""
        before = self.rows() if name in self.arrived else None
        received(self.gateway, self.content[name])
        report = post(self.gateway)
        assert report.held == []
        if before is not None:
            assert self.rows() == before, "the same answer twice changed something"
        else:
            self.arrived.append(name)

    @invariant()
    def every_claim_stands_where_the_table_says(self) -> None:
        if getattr(self, "gateway", None) is None:
            return
        for number in ALL:
            assert detail(self.gateway, number).claim.state == self.expected(number).value, (number, self.arrived)

    def expected(self, number: str) -> State:
        """Where the claim must stand: whatever came, folded in the order of their names."""
        state = State.SENT
        for name in sorted(set(self.arrived) & ACKNOWLEDGMENTS.keys()):
            event = ACKNOWLEDGMENTS[name][1].get(number)
            state = next_state(state, event) if event is not None else state
        entries = [MONEY[name][2] for name in self.arrived if name in MONEY and MONEY[name][1] == number]
        paid = Decimal(sum(entry[1] for entry in entries))
        patient = Decimal(sum(entry[2] for entry in entries))
        denied = Decimal(sum(entry[3] for entry in entries))
        return settle(state, money_state(Decimal(165), paid, patient, [entry[0] for entry in entries], denied))

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """What is known of claims and money; that a file came again is known, too, elsewhere."""
        kept = ("claim", "claim_event", "payment", "claim_payment", "adjustment", "provider_adjustment", "outbound_set")
        return {name: list(rows) for name, rows in dump(self.gateway).items() if name in kept}

    def teardown(self) -> None:
        if getattr(self, "gateway", None) is not None:
            self.gateway.ledger.close()
            self.folder.cleanup()


TestOrders = Orders.TestCase
TestOrders.settings = settings(
    max_examples=4, stateful_step_count=10, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.parametrize("name", sorted(ACKNOWLEDGMENTS))
def test_each_answer_alone_reaches_every_claim_under_it_and_says_why(name: str) -> None:
    one = Orders()
    one.begin()
    try:
        one.arrives(name)
        one.every_claim_stands_where_the_table_says()
        for number, event in ACKNOWLEDGMENTS[name][1].items():
            step = detail(one.gateway, number).events[-1]
            assert (step.event, step.inbound_file != "", step.at is not None) == (event.value, True, True)
    finally:
        one.teardown()
