"""Claims read with all that payers decided about each, on both databases: each once, with nothing left out."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from edigate.ledger import adjudicated as reading
from edigate.ledger import answers
from edigate.ledger.adjudicated import Adjudicated, replaced
from edigate.ledger.parties import Answered, answered, differences_of, record_compared, to_compare, wrong_parties
from edigate.ledger.records import NewClaimPayment, StatusChange
from edigate.ledger.store import Ledger
from edigate.ledger.undecided import Undecided, unbilled, undecided
from edigate.reconcile.adjudications import AFTER, CONTRACT, DENIED, PATIENT
from edigate.reconcile.categories import Category
from edigate.reconcile.parties import Difference
from tests.ledger.books import DAY, adjudicated, converted, made, posted, sent
from tests.ledger.conftest import TestClock


def read(ledger: Ledger) -> dict[int, Adjudicated]:
    """Every claim decided, by id; each must come once."""
    with ledger.read() as tx:
        found = [one for block in reading.adjudicated(tx) for one in block]
    assert len({one.id for one in found}) == len(found)
    return {one.id: one for one in found}


def of_line(ledger: Ledger, claim_id: int, paid: NewClaimPayment) -> NewClaimPayment:
    """The adjudication, its service joined to the claim's first line."""
    with ledger.read() as tx:
        line = answers.lines_of_claims(tx, [claim_id])[claim_id][0]
    return msgspec.structs.replace(
        paid, services=[msgspec.structs.replace(paid.services[0], claim_line_id=line.id)]
    )


def test_a_claim_comes_with_its_entries_services_and_reasons_by_kind(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    sent(ledger, claim_id)
    because = {"CO 45": 3000, "PR 2": 2000, "CO 253": 100, "CO 197": 900}
    posted(ledger, of_line(ledger, claim_id, adjudicated(claim_id, paid=9000, because=because)))
    (one,) = read(ledger).values()
    assert (one.partner, one.charge_cents, one.payer_name) == ("acme", 15000, "ACME HEALTH")
    assert one.day == DAY.toordinal()
    (entry,) = one.entries
    assert (entry.status, entry.paid_cents, entry.payer_number) == ("1", 9000, f"PCN{claim_id}")
    assert [entry.cuts[at] for at in (PATIENT, AFTER, DENIED, CONTRACT)] == [2000, 100, 900, 3000]
    (service,) = entry.services
    assert service.cuts == entry.cuts
    assert [(line.number, line.procedure, line.units) for line in one.lines] == [(1, "99213", "1")]
    assert service.line is one.lines[0]


def test_a_claim_decided_as_a_whole_comes_with_all_its_lines(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1", lines=3))
    sent(ledger, claim_id)
    posted(ledger, msgspec.structs.replace(adjudicated(claim_id, paid=15000), services=[]))
    assert [line.number for line in read(ledger)[claim_id].lines] == [1, 2, 3]


def test_what_several_payments_say_of_a_claim_comes_together(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_AT_ONCE", 2)
    ids = converted(ledger, *(made(f"A{number}") for number in range(7)))
    sent(ledger, *ids)
    posted(ledger, *(adjudicated(claim_id, paid=15000) for claim_id in ids), trace="T1")
    posted(ledger, adjudicated(ids[3], paid=-15000, charge=-15000, status="22"), trace="T2")
    posted(ledger, adjudicated(ids[5], paid=0, status="25"), trace="T3")  # only priced
    found = read(ledger)
    assert sorted(found) == sorted(ids)
    assert [len(found[claim_id].entries) for claim_id in ids] == [1, 1, 1, 2, 1, 1, 1]


def test_an_older_versions_entries_stand_with_the_newest_that_went_out(ledger: Ledger) -> None:
    (first,) = converted(ledger, made("A1"), name="one.csv")
    sent(ledger, first)
    posted(ledger, adjudicated(first, paid=9000), trace="T1")
    with ledger.write() as tx:
        answers.apply_changes(
            tx, [StatusChange(claim_id=first, state_before="sent", state_after="partly_paid", event="x835_partly_paid")]
        )
    (second,) = converted(ledger, made("A1", cents=12000, supersedes=first), name="two.csv")
    assert [*read(ledger)] == [first]  # the newer one hasn't left us
    sent(ledger, second, number=2)
    one = read(ledger)[second]
    assert (one.charge_cents, [entry.paid_cents for entry in one.entries]) == (12000, [9000])
    with ledger.read() as tx:
        assert replaced(tx) == (1, 15000)


def test_what_waits_and_what_is_not_ours_is_counted(ledger: Ledger, clock: TestClock) -> None:
    paid, waiting, late, unsent = converted(ledger, made("A1"), made("A2"), made("A3"), made("A4"))
    sent(ledger, late)
    clock.pass_by(days=3)
    sent(ledger, paid, waiting, number=2)
    posted(ledger, adjudicated(paid, paid=9000), adjudicated(None, paid=500, number="X1"))
    with ledger.read() as tx:
        found = undecided(tx, [("acme", clock.now - timedelta(days=1)), ("other", clock.now)])
        assert unbilled(tx) == (1, 500)
        assert undecided(tx, []) == [Undecided("sent", replaced=False, late=False, claims=2, charge_cents=30000)]
    assert {(one.late, one.claims) for one in found} == {(True, 1), (False, 1)}
    assert unsent


def test_a_payment_is_compared_once_and_again_when_its_claims_change(ledger: Ledger) -> None:
    ours, other = converted(ledger, made("A1"), made("A2"))
    sent(ledger, ours, other)
    placed = msgspec.structs.replace(adjudicated(ours, paid=9000), segment_position=12)
    payment_id = posted(ledger, placed, adjudicated(None, paid=100, number="X1"))
    with ledger.read() as tx:
        (waiting,) = to_compare(tx)
        ((entry,),) = answered(tx, payment_id)
    assert (waiting.payment_id, entry.claim_id, entry.segment_position) == (payment_id, ours, 12)
    difference = Difference("patient", "MADE, UP", "SOMEBODY, ELSE")
    with ledger.write() as tx:
        record_compared(tx, [waiting], [(payment_id, entry, difference)])
    with ledger.read() as tx:
        assert to_compare(tx) == []
        assert wrong_parties(tx) == {ours: Category.WRONG_PATIENT}
        assert differences_of(tx, [ours, other]) == {ours: [difference]}
    with ledger.write() as tx:  # a person's word says that it is for the other claim
        tx.connection.exec_driver_sql(f"UPDATE claim_payment SET claim_id = {other} WHERE claim_id = {ours}")
    with ledger.read() as tx:
        assert wrong_parties(tx) == {}
        (again,) = to_compare(tx)
    with ledger.write() as tx:
        record_compared(tx, [again], [(payment_id, Answered(entry.id, other, 12), Difference("provider", "1", "2"))])
    with ledger.read() as tx:
        assert wrong_parties(tx) == {other: Category.WRONG_PROVIDER}
