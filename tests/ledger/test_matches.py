"""What waits for its claim, a person's word, and taking it back, on every database."""

from __future__ import annotations

from datetime import date

import pytest

from edigate.errors import LedgerError
from edigate.ledger import answers, matches, payments
from edigate.ledger.provider_adjustments import adjustment_moves, claims_named
from edigate.ledger.records import NewProviderAdjustment, NewUnmatched
from edigate.ledger.store import Ledger
from edigate.ledger.timeline import claim_detail
from tests.ledger.books import adjudicated, converted, made, posted, received, sent


def claims_of(ledger: Ledger, *numbers: str) -> list[int]:
    ids = converted(ledger, *(made(number, lines=1) for number in numbers))
    sent(ledger, *ids)
    return ids


def word(ledger: Ledger, claim_id: int, number: str = " Stranger ") -> matches.Match:
    with ledger.write() as tx:
        match_id = matches.remember(
            tx, partner="acme", number=number, claim_id=claim_id, why="asked", payer_number_before="BEFORE"
        )
    with ledger.read() as tx:
        found = matches.match_of(tx, match_id)
    assert found is not None
    return found


def test_a_word_is_found_by_its_number_whatever_its_case_and_for_its_partner_alone(ledger: Ledger) -> None:
    (claim_id,) = claims_of(ledger, "A1")
    word(ledger, claim_id)
    with ledger.read() as tx:
        assert matches.remembered(tx, "acme", ["STRANGER", "other"])["stranger"].claim_id == claim_id
        assert matches.remembered(tx, "another", ["STRANGER"]) == {}
        assert matches.remembered(tx, "acme", ["", " "]) == {}


def test_a_number_is_remembered_once_and_none_as_often_as_wanted(ledger: Ledger) -> None:
    first, second = claims_of(ledger, "A1", "A2")
    match = word(ledger, first)
    with pytest.raises(LedgerError, match="already remembered"):
        word(ledger, second)
    word(ledger, second, "")
    word(ledger, second, "")
    with ledger.write() as tx:
        matches.forget(tx, match, "wrong")
    with pytest.raises(LedgerError, match="forgotten before"), ledger.write() as tx:
        matches.forget(tx, match, "again")
    assert word(ledger, second).claim_id == second


def test_taken_back_answers_and_money_wait_again_and_the_payers_number_is_the_old_one(ledger: Ledger) -> None:
    (claim_id,) = claims_of(ledger, "A1")
    posted(ledger, adjudicated(None, paid=9000, number="STRANGER", because={"CO 45": 6000}))
    with ledger.write() as tx:
        file_id = received(tx, "status.277")
        answers.add_unmatched(tx, [NewUnmatched(inbound_file_id=file_id, kind="277CA", key="STRANGER", detail="A2:20")])
    with ledger.read() as tx:
        (paid,), (answer,) = matches.waiting_payments(tx), matches.waiting_answers(tx)
    assert (paid.patient_control_number, paid.paid_cents, paid.file) == ("STRANGER", 9000, "T1.835")
    assert (answer.key, answer.partner, answer.detail) == ("STRANGER", "acme", "A2:20")
    match = word(ledger, claim_id)
    with ledger.write() as tx:
        payments.assign_claim_payment(tx, paid.id, claim_id)
        matches.link_payments(tx, [(match.id, paid.id)])
        matches.take_answer(tx, answer.id, match.id, claim_id, "x277_accepted")
    with ledger.read() as tx:
        assert (matches.waiting_payments(tx), matches.waiting_answers(tx)) == ([], [])
        assert matches.events_brought(tx, match.id) == [(file_id, "x277_accepted")]
    with pytest.raises(LedgerError, match="does not wait any more"), ledger.write() as tx:
        matches.take_answer(tx, answer.id, match.id, claim_id, "x277_accepted")
    with ledger.write() as tx:
        assert matches.forget(tx, match, "the sister's") == (1, 1)
    with ledger.read() as tx:
        assert ([one.id for one in matches.waiting_payments(tx)], len(matches.waiting_answers(tx))) == ([paid.id], 1)
        assert matches.forgotten_events(tx, claim_id) == [(file_id, "x277_accepted")]
        assert matches.file_state(tx, claim_id) == "sent"
        detail = claim_detail(tx, claim_id)
    assert detail is not None
    assert detail.claim.payer_claim_control_number == "BEFORE"


def test_claims_to_compare_have_a_number_alike_the_payers_number_or_the_day(ledger: Ledger) -> None:
    day = date(2026, 1, 2)
    claims = [made("CLINIC-77-A", lines=1), made("CLINIC-88", lines=1), made("OTHER", lines=1)]
    ids = converted(ledger, *claims, made("DAY", lines=1, service_date=day))
    with ledger.read() as tx:

        def found(*numbers: str, days: tuple[tuple[date, date], ...] = ()) -> list[int]:
            return sorted(one.id for one in matches.claims_to_compare(tx, numbers=numbers, payer_numbers=[], days=days))

        assert found("clinic-77") == [ids[0]]  # cut
        assert found("CLINIC-88-XYZ") == [ids[1]]  # lengthened
        assert found("clinic77a") == [ids[0]]  # without signs
        assert found("O") == found() == found("", " ") == []
        assert found(days=((day, day),)) == [ids[3]]
        assert matches.claims_with_number_like(tx, "clinic-") == 2


def test_provider_adjustments_come_with_their_payments_and_lead_to_claims(ledger: Ledger) -> None:
    (claim_id,) = claims_of(ledger, "A1")
    plb = [NewProviderAdjustment(reason_code="WO", reference=f"PCN{claim_id}", amount_cents=1000, provider_id="9")]
    posted(ledger, adjudicated(claim_id, paid=9000, because={"CO 45": 6000}), plb=plb)
    posted(ledger, adjudicated(None, paid=1, charge=1), trace="T2", plb=plb, state="held", reason="look")
    with ledger.read() as tx:
        (move,) = adjustment_moves(tx)
        named = claims_named(tx, ["PCN1", "A1", "A1 AND MORE", "", "NOTHING"])
    assert (move.reason_code, move.amount_cents, move.trace_number) == ("WO", 1000, "T1")
    assert {reference: [one.claim_id for one in found] for reference, found in named.items()} == {
        "PCN1": [claim_id],
        "A1": [claim_id],
    }
