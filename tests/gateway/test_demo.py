"""The demo is the whole loop on real parts; what it shows must be what the ledger says, to the cent."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edigate.cli.demo import _tell
from edigate.gateway.demo import DemoReport
from edigate.simulator.scenario import load_scenario

REPOSITORY = Path(__file__).resolve().parents[2]

# What the scenario calls outstanding is whatever the payer hasn't answered with money or a no.
OUTSTANDING = {"sent", "acknowledged", "accepted"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Path, str]]:
    """`edigate demo --json --keep DIR` run once: its JSON, the workspace, standard error."""
    root = tmp_path_factory.mktemp("demo") / "with a space" / "workspace"
    done = subprocess.run(
        [sys.executable, "-m", "edigate", "demo", "--json", "--keep", str(root)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout), root, done.stderr


@pytest.fixture
def ledger(kept: tuple[dict[str, Any], Path, str]) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(kept[1] / "state" / "ledger.db")
    yield connection
    connection.close()


def one(ledger: sqlite3.Connection, statement: str) -> int:
    return int(ledger.execute(statement).fetchone()[0] or 0)


LIVE = "superseded_by_id IS NULL"


def test_counts_add_up(kept: tuple[dict[str, Any], Path, str]) -> None:
    claims = kept[0]["glance"]["claims"]
    assert claims["encounters"] >= 60
    assert claims["encounters"] == claims["made"] + claims["refused"]
    ended = sum(claims[state] for state in ("rejected", "denied", "paid", "partly_paid", "void"))
    assert claims["made"] == ended + claims["outstanding"]
    for state in ("refused", "rejected", "denied", "paid", "partly_paid", "outstanding"):
        assert claims[state] > 0, f"the demo has to show {state} claims"


def test_dollars_add_up(kept: tuple[dict[str, Any], Path, str]) -> None:
    money = {name: Decimal(amount) for name, amount in kept[0]["glance"]["money"].items()}
    parts = ("paid", "adjusted", "prior_payers", "patient_responsibility", "outstanding")
    assert money["charged"] == sum(money[part] for part in parts)
    received = kept[0]["glance"]["received"]
    assert Decimal(received["received"]) == (
        Decimal(received["paid_on_claims"]) + Decimal(received["unmatched"]) - Decimal(received["provider_adjustments"])
    )


def test_counts_are_what_sql_says(kept: tuple[dict[str, Any], Path, str], ledger: sqlite3.Connection) -> None:
    claims = kept[0]["glance"]["claims"]
    assert claims["encounters"] == one(ledger, f"SELECT count(*) FROM claim WHERE {LIVE}")
    assert claims["sent"] == one(
        ledger, f"SELECT count(*) FROM claim JOIN claim_set ON claim_set.claim_id = claim.id WHERE {LIVE}"
    )
    for state in ("refused", "rejected", "denied", "paid", "partly_paid"):
        assert claims[state] == one(ledger, f"SELECT count(*) FROM claim WHERE {LIVE} AND state = '{state}'")
    rows = kept[0]["glance"]["rows"]
    assert rows["read"] == rows["made"] + rows["refused"] + rows["known"]
    assert rows["made"] == one(ledger, f"SELECT sum(row_count) FROM claim WHERE {LIVE} AND state != 'refused'")


def test_dollars_are_what_sql_says(kept: tuple[dict[str, Any], Path, str], ledger: sqlite3.Connection) -> None:
    glance = kept[0]["glance"]
    charged = one(ledger, f"SELECT sum(total_charge_cents) FROM claim WHERE {LIVE} AND state != 'refused'")
    paid = one(ledger, "SELECT sum(paid_cents) FROM claim_payment")
    received = one(ledger, "SELECT sum(amount_cents) FROM payment WHERE state = 'posted'")
    moved = one(ledger, "SELECT sum(amount_cents) FROM provider_adjustment")
    patient = one(ledger, "SELECT sum(amount_cents) FROM adjustment WHERE group_code = 'PR'")
    assert Decimal(glance["money"]["charged"]) * 100 == charged
    assert Decimal(glance["money"]["paid"]) * 100 == paid
    assert Decimal(glance["money"]["patient_responsibility"]) * 100 == patient
    assert Decimal(glance["received"]["received"]) * 100 == received == paid - moved


def test_every_claim_ends_where_the_scenario_says(
    kept: tuple[dict[str, Any], Path, str], ledger: sqlite3.Connection
) -> None:
    found: dict[str, str] = {}
    rows = ledger.execute(f"SELECT patient_control_number, encounter_key, state FROM claim WHERE {LIVE}")
    for number, encounter, state in rows:
        found[number or encounter] = "outstanding" if state in OUTSTANDING else state
    assert found == load_scenario("demo").expectations()


def test_the_server_got_each_file_once(
    kept: tuple[dict[str, Any], Path, str], ledger: sqlite3.Connection
) -> None:
    arrived = sorted((kept[1] / "clearinghouse" / "inbound").iterdir())
    sent = ledger.execute("SELECT filename, size FROM outbound_file WHERE state = 'sent'").fetchall()
    assert [(path.name, path.stat().st_size) for path in arrived] == sorted(sent)


def test_what_the_bank_shows_is_matched_with_what_was_paid(
    kept: tuple[dict[str, Any], Path, str], ledger: sqlite3.Connection
) -> None:
    shares = ledger.execute("SELECT deposit_id, how FROM deposit_payment WHERE undone_at IS NULL").fetchall()
    together = [how for _, how in shares if how == "sum"]
    assert len(together) == 2  # two checks, paid in together
    assert {how for _, how in shares} == {"sum", "trace"}
    sums, payments = kept[0]["deposits"]["sums"], kept[0]["deposits"]["payments"]
    assert Decimal(sums["open"]) == 0
    assert [(one["payer"], one["state"]) for one in payments] == [("LAKESHORE MEDICARE", "missing")]
    (amount,) = (Decimal(one["amount"]) for one in payments)
    assert Decimal(sums["matched"]) + amount == Decimal(kept[0]["glance"]["received"]["received"])
    assert "payment_alone" in {one["kind"] for one in kept[0]["attention"]}


def test_it_says_what_to_look_at(kept: tuple[dict[str, Any], Path, str]) -> None:
    report = kept[0]
    kinds = {one["kind"] for one in report["attention"]}
    assert {"rejected", "denied", "refused"} <= kinds
    assert all(one["do"] for one in report["attention"])


def test_a_second_demo_does_not_touch_the_first(kept: tuple[dict[str, Any], Path, str]) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "edigate", "demo", "--keep", str(kept[1])],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert again.returncode != 0
    assert "Traceback" not in again.stderr


def test_the_readmes_picture_is_what_the_demo_tells_today(
    kept: tuple[dict[str, Any], Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """All that a person sees, but for the port, the seconds, and where it is kept."""
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    picture = readme.partition("<!-- demo output: begin -->\n\n```text\n")[2].partition("```")[0]
    report = msgspec.convert(kept[0], DemoReport, strict=False, dec_hook=lambda type_, value: type_(value))
    _tell(report, kept=False)
    told = f"{kept[2]}{capsys.readouterr().out}"
    varies = re.compile(r"127\.0\.0\.1:\d+|[0-9.]+ s\.")
    assert varies.sub("...", picture).splitlines() == varies.sub("...", told).splitlines()
