"""What was made in test is no money: every sum of the ledger leaves it out, and every place says how much that is."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.gateway.afterwards import measured
from edigate.gateway.convert import convert
from edigate.gateway.fees import load_terms
from edigate.gateway.reconcile import reconcile
from edigate.gateway.send import send
from edigate.gateway.worklist import worklist
from edigate.ledger.deposit_shares import payments_to_cover
from edigate.ledger.exports import Span
from edigate.ledger.posted import posted_payments
from edigate.ledger.queries import cash, dollars, standings
from edigate.ledger.states import Usage
from edigate.reports.attention import attention
from edigate.reports.export import TABLES
from edigate.reports.glance import glance
from tests.gateway.posting_books import payment, posted, x835
from tests.gateway.practice import MAPPING, Clock, TestGateway, extract, row, settings, visits

Open = Callable[[Workspace], TestGateway]
_PAID = ("SVC*HC:99213*165*100", "DTM*472*20260615", "CAS*CO*45*65")


def in_usage(opened: Open, workspace: Workspace, usage: Usage) -> TestGateway:
    """The gateway with acme in test or production."""
    path = workspace.root / "partners" / "acme.toml"
    text = path.read_text()
    for other in ("test", "production"):
        text = text.replace(f'usage = "{other}"', f'usage = "{usage}"')
    path.write_text(text)
    return opened(load_workspace(workspace.root))


def converted(gateway: TestGateway, *rows: dict[str, str], name: str) -> None:
    convert(gateway, extract(gateway.workspace.root / "inbox", rows, name), MAPPING, gateway.workspace.partner("acme"))
    send(gateway, gateway.workspace.partner("acme"))


@pytest.fixture
def trying(workspace: Workspace, opened: Open) -> TestGateway:
    """Acme is being tried out: three claims sent (one paid by a test payment, one not), one refused."""
    settings(workspace, expect="ta1_hours = 0\nx999_hours = 0\nx277ca_hours = 24")
    gateway = in_usage(opened, workspace, "test")
    converted(gateway, *visits(3, "T"), row("TX", subscriber_birth_date=""), name="try.csv")
    claim = ("CLP*T1*1*165*100**12*PCCN1", *_PAID)
    posted(gateway, x835(payment("TESTEFT", *claim)))
    return gateway


@pytest.fixture
def live(trying: TestGateway, workspace: Workspace, opened: Open) -> TestGateway:
    """Then acme goes live: one test claim is made again (and paid), the others never; a new one waits."""
    gateway = in_usage(opened, workspace, "production")
    converted(gateway, *visits(2, "T", first=2), row("P1"), name="live.csv")
    claim = ("CLP*T2*1*165*100**12*PCCN2", *_PAID)
    posted(gateway, x835(payment("EFT1", *claim)).replace(b"*T*:", b"*P*:"))
    return gateway


def test_a_test_claim_is_in_no_sum(live: TestGateway) -> None:
    with live.ledger.read() as tx:
        seen, account, money = glance(tx), dollars(tx), cash(tx)
        assert (account.claims, account.charged_cents, account.outstanding_cents) == (3, 3 * 16500, 2 * 16500)
        assert (money.payments, money.received_cents, money.difference_cents) == (1, 10000, 0)
        assert (seen.claims.encounters, seen.claims.refused, seen.claims.outstanding) == (3, 0, 2)
        assert seen.tests == {"refused": 1, "paid": 1}
        assert [one.trace_number for one in payments_to_cover(tx)] == ["EFT1"]
        assert [one.trace_number for one in posted_payments(tx, Span())] == ["EFT1"]


def test_every_sum_of_what_is_outstanding_is_the_same(live: TestGateway) -> None:
    with live.ledger.read() as tx:
        terms = load_terms(live.workspace)
        outstanding = Decimal(dollars(tx).outstanding_cents) / 100
        assert outstanding == glance(tx).money.outstanding == glance(tx, "acme").money.outstanding == Decimal("330.00")
        claims = TABLES["claims"]
        exported = [dict(zip(claims.columns, one, strict=True)) for one in claims.rows(tx, terms)]
        assert outstanding == sum(Decimal(str(one["outstanding"])) for one in exported if one["usage"] == "production")
        assert sum(one.charge_cents for one in standings(tx)) == dollars(tx).charged_cents
    metrics = {(one.name, *(value for _, value in one.labels)): one.value for one in measured(live)}
    assert metrics["edigate_outstanding_dollars", "acme"] == float(outstanding)
    assert metrics["edigate_test_claims", "acme"] == 2
    assert sum(value for key, value in metrics.items() if key[0] == "edigate_claims") == 3
    report = reconcile(live)
    charged = {str(one.category): one.charged for one in report.categories}
    assert sum(charged.values()) == Decimal("495.00")
    assert report.difference == 0
    assert report.glance.tests == {"refused": 1, "paid": 1}


def test_what_a_payment_is_for_is_told_in_each_row_of_an_export(live: TestGateway) -> None:
    with live.ledger.read() as tx:
        terms = load_terms(live.workspace)
        for name in ("payments", "adjustments"):
            table = TABLES[name]
            found = [dict(zip(table.columns, one, strict=True)) for one in table.rows(tx, terms)]
            assert [(one["trace_number"], one["usage"]) for one in found] == [
                ("TESTEFT", "test"),
                ("EFT1", "production"),
            ]


def test_nobody_works_on_a_test_once_the_partner_is_live(live: TestGateway, clock: Clock) -> None:
    clock.pass_by(days=3)
    found = worklist(live)
    assert [(item.list, item.patient_control_number, item.amount, item.usage) for item in found] == [
        ("overdue", "T3", Decimal("165.00"), "production"),
        ("overdue", "P1", Decimal("165.00"), "production"),
    ]


def test_while_it_is_tried_out_tests_are_worked_on_and_worth_nothing(trying: TestGateway, clock: Clock) -> None:
    clock.pass_by(days=3)
    found = {(item.list, item.patient_control_number): item for item in worklist(trying)}
    assert set(found) == {("overdue", "T2"), ("overdue", "T3"), ("refused", "TX")}
    assert {(item.usage, item.amount) for item in found.values()} == {("test", Decimal(0))}
    with trying.ledger.read() as tx:
        told = {one.kind: one for one in attention(tx, load_terms(trying.workspace))}
        assert told["refused_in_test"].what.startswith("in test: 1 encounter could not be made")
        assert (told["refused_in_test"].urgent, told["refused_in_test"].amount) == (False, Decimal(0))
        assert dollars(tx).claims == 0
        assert glance(tx).tests == {"refused": 1, "sent": 2, "paid": 1}


def test_the_commands_say_that_there_are_tests(live: TestGateway, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(live.workspace.root)
    for command in ("status", "reconcile"):
        main([command, "--workspace", root])
        assert "test claims: 2, not counted (1 refused, 1 paid)" in capsys.readouterr().out
    main(["work", "overdue", "--workspace", root])
    assert "test claims: 2, not counted" in capsys.readouterr().out
    main(["status", "--json", "--workspace", root])
    assert json.loads(capsys.readouterr().out)["glance"]["tests"] == {"refused": 1, "paid": 1}
    main(["metrics", "--workspace", root])
    assert 'edigate_test_claims{partner="acme"} 2' in capsys.readouterr().out


def test_an_export_of_the_work_says_what_is_a_test(trying: TestGateway, tmp_path: Path) -> None:
    path = tmp_path / "work.csv"
    assert main(["export", "work", "-o", str(path), "--workspace", str(trying.workspace.root)]) == 0
    with path.open(encoding="utf-8", newline="") as file:
        told = {(one["list"], one["usage"], one["amount"]) for one in csv.DictReader(file)}
    assert told == {("refused", "test", "0.00"), ("overdue", "test", "0.00")}
