"""`edigate plb`: accounts from posted payments, tied to the claims they came from."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from edigate.cli import main
from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.ledger.queries import cash
from edigate.money import to_cents
from edigate.reports.provider_accounts import ProviderAccounts, provider_accounts
from tests.gateway.posting_books import opened, payment, posted, sent, x835
from tests.simulator.claim_files import claim

PAID = ("CLP*A1*1*165*100*20*12*PCN10001", "CAS*CO*45*45", "CAS*PR*1*20")
REVERSED = ("CLP*A1*22*-165*-100*-20*12*PCN10001", "CAS*CO*45*-45", "CAS*PR*1*-20")
OTHER = ("CLP*A2*1*165*150*0*12*PCN20002", "CAS*CO*45*15")


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(workspace) as gateway:
        sent(gateway, claim("A1"), claim("A2"))
        yield gateway


def accounts_of(gateway: Gateway) -> ProviderAccounts:
    with gateway.ledger.read() as tx:
        report = provider_accounts(tx, tx.at.date())
        assert to_cents(report.total) == cash(tx).provider_adjustments_cents
    return report


def test_a_takeback_carried_over_payments_comes_to_nothing_and_leads_to_its_claim(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *PAID, day="20260601")))
    given_back = "PLB*1234567893*20261231*WO:PCN10001*-100"
    posted(gateway, x835(payment("T2", *REVERSED, given_back, head="H", day="20260610")))
    (open_,) = accounts_of(gateway).open
    assert (str(open_.account.balance), str(open_.account.open_since), open_.days_open) == ("-100.00", "2026-06-10", 21)
    assert [(one.claim_id, one.patient_control_number) for one in open_.claims] == [(1, "A1")]
    posted(gateway, x835(payment("T3", *OTHER, "PLB*1234567893*20261231*WO:PCN10001*100", day="20260620")))
    report = accounts_of(gateway)
    assert report.open == []
    assert report.total == 0


@pytest.mark.parametrize("reference", ["PCN10001", "PCN10001 9AB8CD7EF66", "PCN100019AB8CD7EF66", "A1"])
def test_a_reference_names_its_claim(gateway: Gateway, reference: str) -> None:
    posted(gateway, x835(payment("T1", *PAID, f"PLB*1234567893*20261231*WO:{reference}*10")))
    (open_,) = accounts_of(gateway).open
    assert [one.claim_id for one in open_.claims] == [1]


@pytest.mark.parametrize("reference", ["PCN1", "X", "", "A1234567"])
def test_a_reference_that_names_no_claim_is_left_without_one(gateway: Gateway, reference: str) -> None:
    posted(gateway, x835(payment("T1", *PAID, f"PLB*1234567893*20261231*WO:{reference}*10")))
    (open_,) = accounts_of(gateway).open
    assert open_.claims == []


def test_the_command(gateway: Gateway, workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    root = ("--workspace", str(workspace.root))
    assert main(["plb", *root]) == 0
    assert "No payment posted so far has a provider adjustment." in capsys.readouterr().out
    moved = "PLB*1234567893*20261231*L6:X*-2*FB:T9*30*WO:PCN10001*10"
    posted(gateway, x835(payment("T1", *PAID, moved)))
    assert main(["plb", *root]) == 1
    told = capsys.readouterr().out
    assert "nothing that was carried forward explains it" in told
    assert "A1 (1)" in told
    assert main(["plb", "--all", "--moves", *root]) == 1
    assert "WO in payment T1" in capsys.readouterr().out
    assert main(["plb", "--older", "5000", *root]) == 0
    assert "None is open." in capsys.readouterr().out
    assert main(["plb", "--all", "--json", *root]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["total"], len(report["accounts"])) == ("38.00", 3)
