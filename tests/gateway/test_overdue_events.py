"""What is overdue stands in the claim's own history: once for each answer that hasn't come, and it moves nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.reconcile import reconcile
from tests.gateway.posting_books import Clock, detail, opened, posted, sent, state, status_277ca
from tests.gateway.practice import settings
from tests.simulator.claim_files import claim


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(workspace: Workspace, clock: Clock) -> Iterator[Gateway]:
    with opened(settings(workspace, expect="x277ca_hours = 72\nx835_days = 21"), clock) as one:
        yield one


def told(gateway: Gateway, number: str) -> list[str]:
    return [event.detail for event in detail(gateway, number).events if event.event == "overdue"]


def test_a_claim_says_once_that_its_acknowledgment_is_late_and_once_that_its_money_is(
    gateway: Gateway, clock: Clock
) -> None:
    sent(gateway, claim("A1"), claim("A2"))
    reconcile(gateway)
    assert told(gateway, "A1") == []
    clock.pass_by(days=4)
    reconcile(gateway)
    reconcile(gateway)
    (late,) = told(gateway, "A1")
    assert "277CA" in late
    assert state(gateway, "A1") == "sent"
    posted(gateway, status_277ca("PR", ("A1", "A2:20")))
    clock.pass_by(days=20)
    reconcile(gateway)
    assert [("277CA" in one, "835" in one) for one in told(gateway, "A1")] == [(True, False), (False, True)]
    assert len(told(gateway, "A2")) == 1
    assert state(gateway, "A1") == "accepted"


def test_what_came_in_time_is_not_overdue(gateway: Gateway, clock: Clock) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, status_277ca("PR", ("A1", "A3:116")))
    clock.pass_by(days=90)
    reconcile(gateway)
    assert told(gateway, "A1") == []
