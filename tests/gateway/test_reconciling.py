"""Reconciling: late claims get the money that came before them, and what can't add up is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal

import pytest

from edigate.claims.model import Claim
from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.reconcile import Unbalanced, reconcile
from edigate.ledger.worklists import unmatched_payments
from tests.gateway.posting_books import (
    account,
    detail,
    dump,
    made,
    opened,
    payment,
    posted,
    sent,
    state,
    x835,
)
from tests.simulator.claim_files import claim, line

SERVICES = (
    *("SVC*HC:99213*100*80**1", "DTM*472*20260615", "CAS*CO*45*20"),
    *("SVC*HC:J1100:25*65*65**2", "DTM*472*20260615"),
)


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(workspace) as one:
        yield one


def late_claim(number: str = "A1") -> Claim:
    injection = line("J1100", "65", control=f"{number}-R2")
    injection.modifiers = ["25"]
    return claim(number, line("99213", "100", control=f"{number}-R1"), injection)


def strays(gateway: Gateway) -> list[str]:
    with gateway.ledger.read() as tx:
        return [one.patient_control_number for one in unmatched_payments(tx)]


def test_money_finds_a_claim_that_comes_later_and_its_lines(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", "CLP*A1*1*165*145*0*12*PCN1", *SERVICES)))
    assert strays(gateway) == ["A1"]
    assert reconcile(gateway).matched_now == 0

    made(gateway, late_claim())
    report = reconcile(gateway)
    assert report.matched_now == 1
    assert strays(gateway) == []
    found = detail(gateway, "A1")
    assert (found.claim.state, found.claim.payer_claim_control_number) == ("paid", "PCN1")
    assert found.events[-1].detail == "matched with a payment that came earlier"
    (entry,) = found.payments
    ours = {one.id: one.line_item_control_number for one in found.lines}
    assert [ours.get(one.claim_line_id or 0) for one in entry.services] == ["A1-R1", "A1-R2"]
    assert account(gateway, "A1").outstanding_cents == 0
    assert (report.glance.received.unmatched, report.glance.received.paid_on_claims) == (Decimal(0), Decimal("145.00"))
    assert reconcile(gateway).matched_now == 0


def test_reversal_and_correction_that_wait_come_together(gateway: Gateway) -> None:
    posted(
        gateway,
        x835(
            payment(
                "T1",
                *("CLP*A1*1*165*100*0*12*P1", "CAS*CO*45*65"),
                *("CLP*A1*22*-165*-100*0*12*P1", "CAS*CO*45*-65"),
                *("CLP*A1*1*165*120*0*12*P2", "CAS*CO*45*45"),
            )
        ),
    )
    made(gateway, claim("A1"))
    assert reconcile(gateway).matched_now == 3
    assert (state(gateway, "A1"), account(gateway, "A1").paid_cents) == ("paid", 12000)


def test_a_number_alone_does_not_take_a_claim_that_never_left(gateway: Gateway) -> None:
    """Another system's claim of the same number: ours would never be sent, once it counts as paid."""
    posted(gateway, x835(payment("T1", "CLP*A1*1*80*80*0*12*P1")))
    made(gateway, claim("A1"))
    assert reconcile(gateway).matched_now == 0
    assert (state(gateway, "A1"), strays(gateway)) == ("ready", ["A1"])


def test_posted_and_reconciled_is_the_same_as_claims_first(workspace: Workspace) -> None:
    body = payment("T1", "CLP*A1*1*165*145*0*12*PCN1", *SERVICES)
    ends = []
    for claims_first in (True, False):
        with opened(workspace) as gateway:
            if claims_first:
                sent(gateway, late_claim())
            posted(gateway, x835(body))
            if not claims_first:
                made(gateway, late_claim())
            reconcile(gateway)
            entries = [row[2:] for row in dump(gateway)["service_payment"]]
            ends.append((state(gateway, "A1"), account(gateway, "A1"), entries))
    assert ends[0] == ends[1]


def test_a_ledger_that_adds_up_says_so(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, x835(payment("T1", "CLP*A1*1*165*165*0*12*P1", "PLB*1234567893*20261231*WO:X*5")))
    report = reconcile(gateway)
    assert not report.unbalanced
    assert not report.difference
    assert not report.attention


def test_a_payment_that_does_not_add_up_is_told(gateway: Gateway) -> None:
    """There is none ever; here somebody has changed the ledger by hand."""
    sent(gateway, claim("A1"))
    posted(gateway, x835(payment("T1", "CLP*A1*1*165*165*0*12*P1")))
    with sqlite3.connect(gateway.workspace.ledger_path) as connection:
        connection.execute("UPDATE claim_payment SET paid_cents = 16400")
    connection.close()
    report = reconcile(gateway)
    assert report.unbalanced == [Unbalanced(payment_id=1, amount=Decimal("165.00"), entries=Decimal("164.00"))]
    assert report.difference == Decimal("-1.00")
