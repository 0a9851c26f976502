"""Rows in sets: what is written in hundreds reads back as what was given, whatever stands in it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edigate.errors import InternalError, LedgerError
from edigate.ledger import answers
from edigate.ledger.answers import apply_changes
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.payments import begin_payment
from edigate.ledger.records import NewClaimPayment, NewPayment, StatusChange
from edigate.ledger.schema import claim_payment, payment, provider_adjustment
from edigate.ledger.store import Ledger
from edigate.ledger.timeline import claim_detail
from tests.ledger.books import converted, made, received, sent

# What a database's ways of taking many rows at once may trip over.
ODD = (r"a\b", "a\tb", "a\nb", "a\r\nb", r"\N", '"q"', "o'neil", "{1,2}", "NULL", "%s", "?", "é", "", " a ", "\\", ",")


@pytest.mark.parametrize("rows", [1, 19, 20, 99, 100, 101, 250])
def test_rows_read_back_as_they_were_given(ledger: Ledger, rows: int) -> None:
    numbers = [f"{ODD[each % len(ODD)]}{each}" if each % 3 else ODD[each % len(ODD)] for each in range(rows)]
    with ledger.write() as tx:
        entry = begin_payment(
            tx, NewPayment(inbound_file_id=received(tx), set_number=1, amount_cents=0, trace_number="1")
        )
        new = [
            NewClaimPayment(status_code="4", charge_cents=place, paid_cents=0, patient_control_number=number)
            for place, number in enumerate(numbers)
        ]
        ids = entry.add_claims(new)
        entry.finish()
    with ledger.read() as tx:
        c = claim_payment.c
        found = tx.connection.execute(
            select(c.id, c.patient_control_number, c.charge_cents, c.claim_id, c.remark_codes).order_by(c.position)
        ).all()
    assert [tuple(row) for row in found] == [
        (id_, number, place, None, "") for place, (id_, number) in enumerate(zip(ids, numbers, strict=True))
    ]


def test_what_the_database_refuses_of_many_rows_is_told_as_of_one(ledger: Ledger) -> None:
    rows = [{"payment_id": 404, "position": place, "amount_cents": 1} for place in range(1, 60)]
    with pytest.raises(LedgerError, match="a row that is not there"), ledger.write() as tx:
        tx.insert(provider_adjustment, rows)
    with pytest.raises(InternalError, match="must be an int"), ledger.write() as tx:
        tx.insert(provider_adjustment, [row | {"amount_cents": 1.5} for row in rows])
    with ledger.read() as tx:
        assert tx.connection.execute(select(provider_adjustment.c.id)).all() == []


@pytest.mark.parametrize("count", [1, 120])
def test_many_claims_move_at_once_each_with_the_payers_number(ledger: Ledger, count: int) -> None:
    ids = converted(ledger, *(made(f"A{number}") for number in range(count)))
    sent(ledger, *ids)
    numbers = [ODD[place % len(ODD)] for place in range(count)]
    with ledger.write() as tx:
        apply_changes(
            tx,
            [
                StatusChange(
                    claim_id=id_,
                    state_before="sent",
                    state_after="paid",
                    event="x835_paid",
                    payer_claim_control_number=number,
                )
                for id_, number in zip(ids, numbers, strict=True)
            ],
        )
    with ledger.read() as tx:
        found = answers.claims_by_id(tx, ids)
        assert [found[id_].state for id_ in ids] == ["paid"] * count
        assert [found[id_].payer_claim_control_number for id_ in ids] == numbers


def test_several_steps_of_a_claim_are_one_move_and_all_are_kept(ledger: Ledger) -> None:
    (one,) = converted(ledger, made("A1"))
    sent(ledger, one)
    with ledger.write() as tx:
        apply_changes(
            tx,
            [
                StatusChange(claim_id=one, state_before="sent", state_after="acknowledged", event="x999_accepted"),
                StatusChange(
                    claim_id=one,
                    state_before="acknowledged",
                    state_after="acknowledged",
                    event="x277_received",
                    payer_claim_control_number="P7",
                ),
                StatusChange(claim_id=one, state_before="acknowledged", state_after="paid", event="x835_paid"),
            ],
        )
    with ledger.read() as tx:
        detail = claim_detail(tx, one)
    assert detail is not None
    assert (detail.claim.state, detail.claim.payer_claim_control_number) == ("paid", "P7")
    assert [event.event for event in detail.events][-3:] == ["x999_accepted", "x277_received", "x835_paid"]


def test_a_step_from_another_state_than_the_claims_moves_nothing(ledger: Ledger) -> None:
    one, other = converted(ledger, made("A1"), made("A2"))
    sent(ledger, one, other)
    for wrong in (
        [(one, "sent", "paid"), (other, "accepted", "paid")],
        [(one, "sent", "accepted"), (one, "sent", "paid")],
    ):
        changes = [
            StatusChange(claim_id=id_, state_before=before, state_after=after, event="x835_paid")  # type: ignore[arg-type]  # words of the table
            for id_, before, after in wrong
        ]
        with pytest.raises(LedgerError, match="another state"), ledger.write() as tx:
            apply_changes(tx, changes)
    with ledger.read() as tx:
        assert [each.state for each in answers.claims_by_id(tx, [one, other]).values()] == ["sent", "sent"]


def test_ids_taken_in_blocks_never_meet(ledger: Ledger) -> None:
    with ledger.write() as tx:
        file_id = received(tx)
        begin_payment(tx, NewPayment(inbound_file_id=file_id, set_number=1, amount_cents=0, trace_number="1"))
        taken = [*reserve_ids(tx, claim_payment, 3), *reserve_ids(tx, claim_payment, 0)]
        begin_payment(tx, NewPayment(inbound_file_id=file_id, set_number=2, amount_cents=0, trace_number="2"))
    with ledger.read() as tx:
        ids = [row[0] for row in tx.connection.execute(select(payment.c.id).order_by(payment.c.id))]
    assert taken == [taken[0], taken[0] + 1, taken[0] + 2]
    assert ids == [ids[0], ids[0] + 1]
