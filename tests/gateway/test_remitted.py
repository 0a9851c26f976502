"""What an 835 says beside the money is shown with the claim and the payment, from the archived file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from tests.gateway.posting_books import opened, payment, posted, sent, x835
from tests.simulator.claim_files import claim

BODY = payment(
    "EFT77",
    "TS3*1234567893*11*20261231*2*330*****250",
    "CLP*A1*1*165*100*20*12*PCN1*11*1**470*1.25",
    "CAS*CO*45*45",
    "CAS*PR*1*20",
    "NM1*QC*1*QUILLFEATHER*ODETTE****MI*NW100200300",
    "NM1*74*1*QUILLFETHER*ODETTE*J***C*NW100200399",
    "NM1*TT*2*FAR SHORE SUPPLEMENT*****PI*FARSH",
    "MOA*.5*80.00*MA01*MA18",
    "DTM*050*20260703",
    "AMT*AU*120",
    "CLP*A2*2*165*150*0*12*PCN2*11*1",
    "NM1*PR*2*OLD MUTUAL*****PI*OLDMU",
    "DTM*036*20260601",
    "SVC*HC:99212*165*150**1*HC:99213",
    "DTM*472*20260615",
    "CAS*CO*45*15",
    "AMT*B6*150",
    "LQ*HE*N115",
)
BODY.insert(4, "PER*BL*CLAIMS DESK*TE*5555550123")  # behind N1*PR


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(workspace) as one:
        sent(one, claim("A1"), claim("A2"))
        assert posted(one, x835(BODY)).file.state == "posted"
        yield one


def said(capsys: pytest.CaptureFixture[str], gateway: Gateway, *arguments: str) -> str:
    capsys.readouterr()
    assert main(["--workspace", str(gateway.workspace.root), *arguments]) == 0
    return capsys.readouterr().out


def test_a_claim_is_shown_with_who_it_was_for_and_what_the_payer_corrected(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (said(capsys, gateway, "show", "claim", number) for number in ("A1", "A2"))
    for words in (
        "insured corrected (NM1*74): QUILLFETHER, ODETTE J (C NW100200399): correct the patient's record",
        "passed on to (NM1*TT): FAR SHORE SUPPLEMENT (PI FARSH)",
        "DRG (CLP11): 470, weight 1.25",
        "received by the payer (DTM*050): 2026-07-03",
        "priced as outpatient (MOA): reimbursement rate 0.5, payable amount 80.00, remark codes MA01 MA18",
        "coverage amount (AMT*AU): 120.00",
    ):
        assert words in one
    for words in (
        "another payer comes first (NM1*PR): OLD MUTUAL (PI OLDMU): bill that payer first",
        "coverage ended (DTM*036): 2026-06-01",
        "99213 paid as (SVC01): 99212",
        "99213 allowed (AMT*B6): 150.00",
        "(N115)",
    ):
        assert words in other
    assert "QUILLFETHER" not in other


def test_a_payment_is_shown_with_its_totals_and_what_must_be_acted_on(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, gateway, "show", "payment", "EFT77")
    assert "ask the payer (PER): CLAIMS DESK, phone 5555550123" in told
    assert "totals of a provider (TS3): provider id 1234567893" in told
    assert "claim A1: insured corrected" in told
    assert "claim A2: another payer comes first" in told
    assert "allowed" not in told  # that is told with the claim
    document = json.loads(said(capsys, gateway, "show", "payment", "EFT77", "--json"))
    first = min(document["remitted"]["claims"].values(), key=str)
    assert {"what", "segment", "said", "act"} == set(first[0])


def test_a_payment_whose_file_is_gone_is_shown_all_the_same(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in Path(gateway.workspace.root / "state" / "archive").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.unlink()
    told = said(capsys, gateway, "show", "payment", "EFT77")
    assert "number EFT77" in told
    assert "its file in the archive can't be read" in told
