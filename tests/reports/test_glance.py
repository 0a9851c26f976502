"""The glance is what plain SQL says of the same ledger, and its sums are laws."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal

import pytest

from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.reports.glance import Glance, glance
from tests.gateway.posting_books import detail, made, opened, payment, posted, sent, status_277ca, x835
from tests.simulator.claim_files import claim, line

LIVE = "superseded_by_id IS NULL"


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    """A ledger with a bit of everything: ready, sent, rejected and sent anew, paid, taken back, denied, unknown."""
    with opened(workspace) as one:
        sent(one, *(claim(f"A{n}", line("99213", f"{n}10.50")) for n in range(1, 8)))
        made(one, claim("R1"))
        posted(one, status_277ca("PR", ("A1", "A2:20"), ("A2", "A7:562:85"), ("A3", "A2:20")))
        sent(one, claim("A2", line("99213", "210.50")), supersedes=detail(one, "A2").claim.id)
        posted(
            one,
            x835(
                payment(
                    "T1",
                    *("CLP*A3*1*310.5*200*10.5*12*P3", "CAS*CO*45*100", "CAS*PR*3*10.5"),
                    *("CLP*A4*4*410.5*0*0*12*P4", "CAS*CO*50*410.5"),
                    *("CLP*A5*1*510.5*500*0*12*P5", "CAS*CO*45*10.5"),
                    *("CLP*A6*2*610.5*40*0*12*P6", "CAS*OA*23*570.5"),
                    "CLP*WHO*1*33.33*33.33*0*12*P9",
                    "PLB*1234567893*20261231*WO:X*30*L6*-0.07",
                ),
                payment("T2", *("CLP*A5*22*-510.5*-500*0*12*P5", "CAS*CO*45*-10.5"), "PLB*1*20261231*FB:Y*-500"),
            ),
        )
        yield one


@pytest.fixture
def seen(gateway: Gateway) -> Glance:
    with gateway.ledger.read() as tx:
        return glance(tx)


@pytest.fixture
def sql(gateway: Gateway) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(gateway.workspace.ledger_path)
    yield connection
    connection.close()


def number(sql: sqlite3.Connection, statement: str) -> int:
    return int(sql.execute(statement).fetchone()[0] or 0)


def dollars(sql: sqlite3.Connection, statement: str) -> Decimal:
    return Decimal(number(sql, statement)).scaleb(-2)


def test_claims_are_counted_as_they_stand(seen: Glance, sql: sqlite3.Connection) -> None:
    claims = seen.claims
    assert claims.made == number(sql, f"SELECT count(*) FROM claim WHERE state <> 'refused' AND {LIVE}") == 8
    for state in ("rejected", "paid", "partly_paid", "denied"):
        counted = number(sql, f"SELECT count(*) FROM claim WHERE state = '{state}' AND {LIVE}")
        assert getattr(claims, state) == counted == seen.states.get(state, 0)
    assert (claims.paid, claims.denied, claims.rejected) == (2, 1, 0)  # the rejected one was replaced
    ever = "SELECT count(DISTINCT claim_id) FROM claim_event WHERE state_after = 'accepted'"
    assert claims.accepted == number(sql, ever) == 2
    assert claims.made == (
        claims.rejected + claims.denied + claims.paid + claims.partly_paid + claims.void + claims.outstanding
    )
    assert claims.encounters == claims.made + claims.refused
    assert claims.sent == claims.made - 1
    assert sum(seen.states.values()) == claims.encounters


def test_dollars_are_the_sums_of_entries(seen: Glance, sql: sqlite3.Connection) -> None:
    money = seen.money
    entries = f"FROM claim_payment e JOIN claim c ON c.id = e.claim_id WHERE c.{LIVE}"
    cuts = f"FROM adjustment a JOIN claim_payment e ON e.id = a.claim_payment_id {entries.partition(' e ')[2]}"
    assert money.charged == dollars(sql, f"SELECT sum(total_charge_cents) FROM claim WHERE {LIVE}")
    assert money.paid == dollars(sql, f"SELECT sum(e.paid_cents) {entries}") == Decimal("240.00")
    assert money.prior_payers == dollars(sql, f"SELECT sum(a.amount_cents) {cuts} AND a.reason_code = '23'")
    assert money.patient_responsibility == dollars(sql, f"SELECT sum(a.amount_cents) {cuts} AND a.group_code = 'PR'")
    others = "a.group_code <> 'PR' AND a.reason_code <> '23'"
    assert money.adjusted == dollars(sql, f"SELECT sum(a.amount_cents) {cuts} AND {others}")
    assert money.charged == (
        money.paid + money.adjusted + money.prior_payers + money.patient_responsibility + money.outstanding
    )


def test_what_was_received_is_somewhere(seen: Glance, sql: sqlite3.Connection) -> None:
    received = seen.received
    assert received.payments == number(sql, "SELECT count(*) FROM payment") == 2
    assert received.received == dollars(sql, "SELECT sum(amount_cents) FROM payment")
    assert received.paid_on_claims == dollars(
        sql, "SELECT sum(paid_cents) FROM claim_payment WHERE claim_id IS NOT NULL"
    )
    assert received.unmatched == Decimal("33.33")
    assert received.provider_adjustments == dollars(sql, "SELECT sum(amount_cents) FROM provider_adjustment")
    assert received.received == received.paid_on_claims + received.unmatched - received.provider_adjustments


def test_a_partners_glance_is_its_part(gateway: Gateway, seen: Glance) -> None:
    with gateway.ledger.read() as tx:
        assert glance(tx, "acme").claims == seen.claims
        nobody = glance(tx, "nobody")
    assert (nobody.claims.made, nobody.money.charged) == (0, Decimal(0))
