"""Leases: one holder at a time, a crashed one's runs out, and nobody ends another's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from edigate.ledger import leases
from edigate.ledger.schema import lease
from edigate.ledger.store import Ledger
from tests.ledger.conftest import TestClock


def take(ledger: Ledger, holder: str, seconds: float = 60, name: str = "partner-acme") -> str:
    with ledger.write() as tx:
        return leases.take(tx, name, holder, seconds)


def holders(ledger: Ledger) -> dict[str, str]:
    with ledger.read() as tx:
        return {name: holder for name, holder, _ in tx.connection.execute(select(lease))}


def test_one_holds_it_and_the_other_is_told_who(ledger: Ledger) -> None:
    assert take(ledger, "host-a") == ""
    assert take(ledger, "host-b") == "host-a"
    assert take(ledger, "host-b", name="partner-other") == ""
    assert holders(ledger) == {"partner-acme": "host-a", "partner-other": "host-b"}


def test_given_back_it_is_anybodys(ledger: Ledger) -> None:
    take(ledger, "host-a")
    with ledger.write() as tx:
        leases.give_back(tx, "partner-acme", "host-a")
    assert holders(ledger) == {}
    assert take(ledger, "host-b") == ""


def test_nobody_ends_anothers(ledger: Ledger) -> None:
    take(ledger, "host-a")
    with ledger.write() as tx:
        leases.give_back(tx, "partner-acme", "host-b")
    assert take(ledger, "host-b") == "host-a"


def test_a_crashed_holders_runs_out_by_our_clock_on_a_file(ledger_path: Path, clock: TestClock) -> None:
    with Ledger.open(ledger_path, clock=clock) as ledger:
        take(ledger, "host-a", 60)
        clock.pass_by(seconds=59)
        assert take(ledger, "host-b") == "host-a"
        clock.pass_by(seconds=2)
        assert take(ledger, "host-b") == ""
        assert take(ledger, "host-a") == "host-b"


def test_a_crashed_holders_runs_out_by_the_servers_clock(ledger_url: str, clock: TestClock) -> None:
    with Ledger.open(ledger_url, clock=clock) as ledger:
        take(ledger, "host-a", 0.2)
        clock.pass_by(days=1)  # a host whose clock is wrong takes nothing before its time
        assert take(ledger, "host-b") == "host-a"
        time.sleep(0.25)
        assert take(ledger, "host-b") == ""


@pytest.mark.parametrize("seconds", [60, 120])
def test_a_holder_may_hold_it_longer(ledger: Ledger, seconds: float) -> None:
    take(ledger, "host-a", 0.0)
    assert take(ledger, "host-a", seconds) == ""
    assert take(ledger, "host-b") == "host-a"
