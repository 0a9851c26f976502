"""The demo's hard scenario: each claim ends where the scenario says, with its money, and two books agree to the cent.

One book is the ledger; the other is the clearinghouse's own journal, written by the answering side alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edigate.gateway.demo import JOURNAL, DemoReport, demo
from edigate.simulator.scenario import load_scenario

OUTSTANDING = {"sent", "acknowledged", "accepted"}
SCENARIO = load_scenario("hard")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> DemoReport:
    return demo(tmp_path_factory.mktemp("hard") / "workspace", "hard")


@pytest.fixture(scope="module")
def journal(played: DemoReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((played.workspace / "clearinghouse" / JOURNAL).read_text())
    return found


@pytest.fixture
def ledger(played: DemoReport) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(played.workspace / "state" / "ledger.db")
    yield connection
    connection.close()


def dollars(cents: int | None) -> Decimal:
    return Decimal(cents or 0) / 100


def expected() -> dict[str, str]:
    """Where each claim must stand for whoever posts: what waits in a held file is outstanding there."""
    return {n: "outstanding" if n in SCENARIO.waiting else outcome for n, outcome in SCENARIO.expectations().items()}


def test_every_claim_ends_where_the_scenario_says(ledger: sqlite3.Connection) -> None:
    found: dict[str, str] = {}
    for number, encounter, state in ledger.execute("SELECT patient_control_number, encounter_key, state FROM claim"):
        found[number or encounter] = "outstanding" if state in OUTSTANDING else state
    assert found == expected()


def test_every_claim_was_paid_what_the_scenario_says(ledger: sqlite3.Connection) -> None:
    paid = {number: Decimal(amount) for number, amount in SCENARIO.expected_paid.items()}
    found = ledger.execute(
        "SELECT patient_control_number, sum(claim_payment.paid_cents) FROM claim_payment"
        " WHERE claim_id IS NOT NULL GROUP BY patient_control_number"
    )
    assert {number: dollars(cents) for number, cents in found if cents} == {
        number: amount for number, amount in paid.items() if number not in SCENARIO.waiting
    }


def test_ledger_and_journal_say_the_same_of_every_claim(ledger: sqlite3.Connection, journal: dict[str, Any]) -> None:
    held = unposted(ledger, journal)
    theirs = {}
    for number, record in (journal["claims"] | journal["strangers"]).items():
        entries = [one for one in record["entries"] if one["trace_number"] not in held]
        sums = tuple(sum(Decimal(one[part]) for one in entries) for part in ("paid", "adjusted", "patient"))
        theirs[number] = (len(entries), *sums)
    ours = {number: (0, Decimal(0), Decimal(0), Decimal(0)) for number in theirs}
    rows = ledger.execute(
        "SELECT patient_control_number, count(*), sum(paid_cents),"
        " sum((SELECT sum(CASE group_code WHEN 'PR' THEN 0 ELSE amount_cents END) FROM adjustment"
        "      WHERE claim_payment_id = claim_payment.id)),"
        " sum((SELECT sum(CASE group_code WHEN 'PR' THEN amount_cents ELSE 0 END) FROM adjustment"
        "      WHERE claim_payment_id = claim_payment.id))"
        " FROM claim_payment GROUP BY patient_control_number"
    )
    ours |= {number: (count, *map(dollars, sums)) for number, count, *sums in rows}
    assert ours == theirs


def test_every_cent_is_accounted_for(ledger: sqlite3.Connection, journal: dict[str, Any]) -> None:
    held = unposted(ledger, journal)
    posted = dict(ledger.execute("SELECT trace_number, amount_cents FROM payment WHERE state = 'posted'"))
    assert {trace: dollars(cents) for trace, cents in posted.items()} == {
        trace: Decimal(amount) for trace, amount in journal["payments"].items() if trace not in held
    }
    (moved,) = ledger.execute("SELECT sum(amount_cents) FROM provider_adjustment").fetchone()
    (paid,) = ledger.execute("SELECT sum(paid_cents) FROM claim_payment").fetchone()
    assert sum(posted.values()) == paid - moved
    theirs = {trace: Decimal(amount) for trace, amount in journal["provider_adjustments"].items() if trace not in held}
    assert dollars(moved) == sum(theirs.values())


def test_the_banks_money_is_the_journals(
    played: DemoReport, ledger: sqlite3.Connection, journal: dict[str, Any]
) -> None:
    """All in the bank but one EFT that never came; what no payment explains is that of the held 835."""
    (held,) = unposted(ledger, journal)
    cash = {one["trace_number"]: Decimal(one["amount"]) for one in journal["cash"]}
    assert cash == {trace: Decimal(amount) for trace, amount in journal["payments"].items() if Decimal(amount)}
    (missing,) = [one.trace for one in played.deposits.payments]
    assert played.deposits.sums.amount == sum(cash.values()) - cash[missing]
    assert [(one.trace, one.open) for one in played.deposits.deposits] == [(held, cash[held])]


def test_a_line_paid_as_two_is_ours_twice(ledger: sqlite3.Connection) -> None:
    rows = ledger.execute(
        "SELECT service_payment.procedure, billed_procedure, claim_line.procedure, claim_line.line_number,"
        " service_payment.charge_cents FROM service_payment JOIN claim_payment"
        " ON claim_payment.id = claim_payment_id LEFT JOIN claim_line ON claim_line.id = claim_line_id"
        " WHERE patient_control_number = 'HD102' ORDER BY service_payment.id"
    ).fetchall()
    assert [row[:4] for row in rows] == [
        ("99214", "", "99214", 1),
        ("93005", "93000", "93000", 2),
        ("93010", "93000", "93000", 2),
    ]
    assert rows[2][4] == 0


def unposted(ledger: sqlite3.Connection, journal: dict[str, Any]) -> set[str]:
    """Traces of what the payer sent and nobody could post: the one payment that doesn't add up."""
    posted = {trace for (trace,) in ledger.execute("SELECT trace_number FROM payment WHERE state = 'posted'")}
    missing = set(journal["payments"]) - posted
    assert len(missing) == 1
    return missing


def test_what_is_held_says_why(ledger: sqlite3.Connection) -> None:
    reasons = sorted(reason for (reason,) in ledger.execute("SELECT reason FROM inbound_file WHERE state = 'held'"))
    assert len(reasons) == 2
    assert "claim HD143: its lines' charges add up to 165.00" in reasons[0]
    assert "was posted before" in reasons[1]
    assert "this one says something else" in reasons[1]


def test_balances_forwarded_and_recovered_net_to_zero(ledger: sqlite3.Connection) -> None:
    sums = ledger.execute(
        "SELECT reason_code, reference, count(*), sum(amount_cents) FROM provider_adjustment"
        " WHERE reason_code IN ('FB', 'WO') GROUP BY 1, 2"
    ).fetchall()
    forwarded = [(count, total) for reason, _, count, total in sums if reason == "FB"]
    assert len(forwarded) >= 5  # one carried over several payments, each under its own trace
    assert set(forwarded) == {(2, 0)}
    assert sorted((count, total) for reason, _, count, total in sums if reason == "WO") == [(1, 2500), (2, 0)]


def test_answers_for_claims_nobody_sent_wait_in_sight(ledger: sqlite3.Connection) -> None:
    waiting = ledger.execute("SELECT patient_control_number FROM claim_payment WHERE claim_id IS NULL").fetchall()
    assert waiting == [("ZZ90001",)]
    keys = {key for (key,) in ledger.execute("SELECT key FROM unmatched_answer WHERE state = 'open'")}
    assert keys == {"ZZ90001", "ZZ90002"}  # those of the payer that answers under its own numbers were traced


def test_each_file_came_once_and_each_resend_posted_nothing(
    played: DemoReport, ledger: sqlite3.Connection, journal: dict[str, Any]
) -> None:
    assert played.files_sent == 3
    assert [len(one["times"]) for one in journal["files"].values()] == [1] * len(journal["files"])
    assert [n for n, record in journal["claims"].items() if record["sent_again"]] == []
    (same_bytes,) = ledger.execute("SELECT count(*) FROM inbound_file WHERE duplicate_of_id IS NOT NULL").fetchone()
    assert same_bytes == 1
    (twice,) = ledger.execute(
        "SELECT count(*) FROM (SELECT trace_number FROM payment WHERE state = 'posted' GROUP BY 1 HAVING count(*) > 1)"
    ).fetchone()
    assert twice == 0


def test_each_file_that_it_wants_acknowledged_is_acknowledged_once(
    played: DemoReport, ledger: sqlite3.Connection, journal: dict[str, Any]
) -> None:
    told = [(one[0], one[1]) for one in journal["acknowledged"]]
    (wanted,) = ledger.execute(
        "SELECT count(*) FROM inbound_file WHERE kind IN ('835', '277CA') AND duplicate_of_id IS NULL"
    ).fetchone()
    assert len(told) == len(set(told)) == wanted == played.acknowledgments_sent
    assert {one[2] for one in journal["acknowledged"]} <= {"A", "E"}


def test_a_payers_refusal_of_a_provider_leaves_other_payers_claims_alone(ledger: sqlite3.Connection) -> None:
    states = ledger.execute(
        "SELECT DISTINCT patient_control_number, state_after FROM claim_event JOIN claim ON claim.id = claim_id"
        " WHERE patient_control_number LIKE 'QV%' AND state_after = 'rejected'"
    ).fetchall()
    assert sorted(number for number, _ in states) == ["QV101", "QV102"]


def test_a_scenario_of_ones_own_is_played_with_encounters_beside_it(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "edigate" / "_demo" / "hard-resort.csv"
    (tmp_path / "mine.csv").write_bytes(shipped.read_bytes())
    text = 'name = "mine"\ntoday = 2026-06-30\nencounters = ["mine.csv"]\n[expected]\npaid = ["RS101"]\n'
    (tmp_path / "mine.toml").write_text(text)
    report = demo(tmp_path / "workspace", tmp_path / "mine.toml")
    assert report.glance.claims.paid == 4


