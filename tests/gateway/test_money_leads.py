"""From money to where it stands and back: payments to their deposits, PLBs to their segment."""

from __future__ import annotations

import json

import pytest

from edigate.cli import main
from edigate.gateway.deposits import match_by_hand
from edigate.gateway.fees import load_terms
from edigate.ledger.provider_adjustments import adjustment_moves
from edigate.ledger.timeline import claim_detail, payment_detail
from edigate.reports.export import TABLES
from tests.bank.bank_files import bai2
from tests.gateway.posting_books import payment, posted, sent, x835
from tests.gateway.practice import TestGateway
from tests.simulator.claim_files import claim

_A1 = ("CLP*A1*1*165*100*20*12*PCN10001", "CAS*CO*45*45", "CAS*PR*1*20")
_A2 = ("CLP*A2*1*165*150*0*12*PCN20002", "CAS*CO*45*15")


@pytest.fixture
def books(gateway: TestGateway) -> TestGateway:
    """Two payments, one with two PLBs, and one deposit that is both."""
    sent(gateway, claim("A1"), claim("A2"))
    plb = ("PLB*1234567893*20261231*L6:INT1*-1*WO:PCN0*4", "PLB*1234567893*20261231*CS:X9*2")
    posted(gateway, x835(payment("EFT1", *_A1, *plb)))
    posted(gateway, x835(payment("EFT2", *_A2)))
    statement = gateway.workspace.root / "july.bai2"
    statement.write_bytes(bai2("165,24500,,BX3,,NORTHERN MUTUAL"))
    assert main(["deposits", "import", str(statement), "--workspace", str(gateway.workspace.root)]) == 0
    match_by_hand(gateway, "deposit-1", ["payment-1", "payment-2"], why="one deposit for both", who="kim")
    return gateway


def said(capsys: pytest.CaptureFixture[str], gateway: TestGateway, *words: str) -> str:
    capsys.readouterr()
    assert main([*words, "--workspace", str(gateway.workspace.root)]) == 0
    return capsys.readouterr().out


def test_a_payment_and_its_claims_lead_to_the_deposit_and_it_leads_back(
    books: TestGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    in_bank = "$95.00 of its $245.00 (hand: one deposit for both)"
    assert f"in the bank: deposit-1 of 2026-07-10, {in_bank}" in said(capsys, books, "show", "payment", "EFT1")
    assert f"in the bank: deposit-1 of 2026-07-10, {in_bank}" in said(capsys, books, "show", "claim", "A1")
    told = said(capsys, books, "deposits", "list", "deposit-1")
    assert "$95.00 is payment-1" in told
    assert "$150.00 is payment-2" in told
    assert "Payment 2:" in said(capsys, books, "show", "payment", "payment-2")
    (deposit,) = json.loads(said(capsys, books, "show", "payment", "EFT2", "--json"))["deposits"]
    assert (deposit["deposit_id"], deposit["amount_cents"], deposit["how"]) == (1, 15000, "hand")


def test_what_was_taken_apart_is_not_in_the_bank_any_more(books: TestGateway) -> None:
    root = str(books.workspace.root)
    assert main(["deposits", "match", "deposit-1", "--undo", "--why", "the other clinic's", "--workspace", root]) == 0
    with books.ledger.read() as tx:
        for key in ("EFT1", "EFT2"):
            found = payment_detail(tx, key)
            assert found is not None
            assert found.deposits == []
        of_claim = claim_detail(tx, 1)
        assert of_claim is not None
        assert of_claim.deposits == []


def test_every_plb_says_where_it_stands(books: TestGateway, capsys: pytest.CaptureFixture[str]) -> None:
    with books.ledger.read() as tx:
        moves = {one.reference: one for one in adjustment_moves(tx)}
        file = moves["INT1"].file
        sha256 = tx.connection.exec_driver_sql("SELECT sha256 FROM inbound_file WHERE id = 1").scalar_one()
        content = books.archive.get(sha256)
        table = TABLES["provider_adjustments"]
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows(tx, load_terms(books.workspace))]
    segments = content.decode().replace("\n", "").split("~")
    first = next(at for at, text in enumerate(segments) if text.startswith("ST*"))
    places = {text: at - first + 1 for at, text in enumerate(segments) if text.startswith("PLB*")}
    one, other = sorted(places.values())
    assert [moves[key].segment_position for key in ("INT1", "PCN0", "X9")] == [one, one, other]
    assert [(row["reason_code"], row["amount"], row["segment_position"], row["file"]) for row in rows] == [
        ("L6", -1, one, file),
        ("WO", 4, one, file),
        ("CS", 2, other, file),
    ]
    capsys.readouterr()
    assert main(["plb", "--moves", "--workspace", str(books.workspace.root)]) == 1
    assert f"{file} segment {one}" in capsys.readouterr().out
