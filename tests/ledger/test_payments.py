"""Money written down: each payment once, whole, to the cent."""

from __future__ import annotations

import msgspec
import pytest

from edigate.errors import LedgerError
from edigate.ledger import answers, payments, timeline, worklists
from edigate.ledger.queries import Cash, cash
from edigate.ledger.records import NewClaimPayment, NewPayment, NewProviderAdjustment, StatusChange
from edigate.ledger.store import Ledger
from edigate.ledger.sums import payment_sums
from tests.ledger.books import DAY, adjudicated, converted, made, posted, reasons, received, sent

NOTHING = Cash(0, 0, 0, 0, 0, 0, 0)


def takeback(cents: int) -> NewProviderAdjustment:
    return NewProviderAdjustment(reason_code="WO", amount_cents=cents, provider_id="1234567893", reference="PCN7")


def all_cash(ledger: Ledger) -> Cash:
    with ledger.read() as tx:
        return cash(tx)


def test_a_payment_keeps_claims_services_adjustments_and_provider_adjustments(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    with ledger.read() as tx:
        line = answers.lines_of_claims(tx, [claim_id])[claim_id][0]
    paid = adjudicated(claim_id, paid=9000, number="A1", because={"CO 45": 4000, "PR 2": 2000})
    service = msgspec.structs.replace(paid.services[0], claim_line_id=line.id, remark_codes="N130 M15")
    paid = msgspec.structs.replace(paid, services=[service], remark_codes="MA01", segment_position=21)
    payment_id = posted(ledger, paid, plb=[takeback(1000)], trace="EFT77")

    with ledger.read() as tx:
        by_id, by_trace = timeline.payment_detail(tx, str(payment_id)), timeline.payment_detail(tx, "EFT77")
        claim = timeline.claim_detail(tx, claim_id)
        assert timeline.payment_detail(tx, "none") is None
    assert by_id is not None
    assert by_id == by_trace
    assert (by_id.payment.amount_cents, by_id.payment.effective_date) == (8000, DAY)
    assert by_id.sums.difference_cents == 0
    (row,) = by_id.claims
    assert (row.claim_id, row.paid_cents, row.remark_codes, row.segment_position) == (claim_id, 9000, "MA01", 21)
    assert row.posted
    assert [(one.claim_line_id, one.paid_cents, one.remark_codes) for one in row.services] == [
        (line.id, 9000, "N130 M15")
    ]
    assert [(one.group_code, one.reason_code, one.amount_cents) for one in row.adjustments] == [
        ("CO", "45", 4000),
        ("PR", "2", 2000),
    ]
    assert {one.service_payment_id for one in row.adjustments} == {row.services[0].id}
    assert [(one.reason_code, one.amount_cents) for one in by_id.provider_adjustments] == [("WO", 1000)]
    assert claim is not None
    assert claim.payments == [row]


def test_adjustments_of_the_claim_and_of_its_lines_are_told_apart(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    paid = adjudicated(claim_id, paid=9000, because={"CO 45": 4000})
    posted(ledger, msgspec.structs.replace(paid, adjustments=reasons({"PR 1": 2000})))
    with ledger.read() as tx:
        detail = timeline.claim_detail(tx, claim_id)
    assert detail is not None
    told = {one.reason_code: one.service_payment_id is None for one in detail.payments[0].adjustments}
    assert told == {"1": True, "45": False}


def test_the_same_money_is_posted_once_whatever_file_brings_it(ledger: Ledger) -> None:
    a, b = converted(ledger, made("A1"), made("A2"))
    posted(ledger, adjudicated(a, paid=9000), trace="T1", content_hash="h1")
    with ledger.write() as tx:
        file_id = received(tx, "resend.835")
        again = NewPayment(
            inbound_file_id=file_id,
            set_number=1,
            amount_cents=9000,
            trace_payer_id="1999999999",
            payee_id="1234567893",
            trace_number="T1",
            effective_date=DAY,
        )
        known = payments.posted_payment(tx, again.identity)
    assert known is not None
    assert known.content_hash == "h1"

    with pytest.raises(LedgerError, match="this payment was already posted"), ledger.write() as tx:
        payments.add_payment(tx, again, [adjudicated(b, paid=9000)])
    assert all_cash(ledger).received_cents == 9000


@pytest.mark.parametrize(
    "other",
    [
        {"trace_number": "T2"},
        {"amount_cents": 9001},
        {"trace_payer_id": "1888888888"},
        {"payee_id": "1987654321"},
        {"effective_date": None},
    ],
)
def test_other_money_has_another_identity(other: dict[str, object]) -> None:
    one = NewPayment(
        inbound_file_id=1,
        set_number=1,
        amount_cents=9000,
        trace_payer_id="1999999999",
        payee_id="1234567893",
        trace_number="T1",
        effective_date=DAY,
    )
    assert msgspec.structs.replace(one, **other).identity != one.identity
    assert msgspec.structs.replace(one, inbound_file_id=2, set_number=3, payer_name="X").identity == one.identity


@pytest.mark.parametrize("amount", [8999, 9001, 0, -9000])
def test_a_payment_that_does_not_add_up_leaves_nothing(ledger: Ledger, amount: int) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    with pytest.raises(LedgerError, match=r"claims paid 90\.00 less provider adjustments 0\.00 make 90\.00"):
        posted(ledger, adjudicated(claim_id, paid=9000), amount=amount)
    assert all_cash(ledger) == NOTHING


def test_a_person_may_accept_what_does_not_add_up(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    posted(ledger, adjudicated(claim_id, paid=9000), amount=8000, accepted_unbalanced="called the payer")
    assert all_cash(ledger).difference_cents == 1000


def test_a_held_payment_does_not_count_until_it_is_posted(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    payment_id = posted(ledger, adjudicated(claim_id, paid=9000), amount=8000, state="held", reason="10.00 too little")
    with ledger.read() as tx:
        assert cash(tx) == NOTHING
        assert [one.reason for one in payments.payments(tx, states=["held"])] == ["10.00 too little"]
        assert payment_sums(tx, payment_id=payment_id)[0].difference_cents == 1000

    with pytest.raises(LedgerError, match=r"is 80\.00, but"), ledger.write() as tx:
        payments.post_held_payment(tx, payment_id)
    with ledger.write() as tx:
        payments.post_held_payment(tx, payment_id, accepted_unbalanced="called the payer")
    assert all_cash(ledger).received_cents == 8000
    with pytest.raises(LedgerError, match="is not held"), ledger.write() as tx:
        payments.post_held_payment(tx, payment_id)


def test_a_held_payment_is_not_posted_beside_its_resend(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    held = posted(ledger, adjudicated(claim_id, paid=9000), state="held", reason="look")
    with ledger.write() as tx:
        new = NewPayment(
            inbound_file_id=received(tx, "resend.835"),
            set_number=1,
            amount_cents=9000,
            trace_payer_id="1999999999",
            payee_id="1234567893",
            trace_number="T1",
            effective_date=DAY,
        )
        payments.add_payment(tx, new, [adjudicated(claim_id, paid=9000)])
    with pytest.raises(LedgerError, match="already posted"), ledger.write() as tx:
        payments.post_held_payment(tx, held)


def test_nothing_is_held_without_its_reason(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="held_has_its_reason"):
        posted(ledger, state="held", amount=0)


def test_a_payment_of_nothing_may_be_posted(ledger: Ledger) -> None:
    posted(ledger)
    posted(ledger, trace="T2", plb=[takeback(500), takeback(-500)])
    assert all_cash(ledger) == Cash(2, 0, 0, 0, 0, 0, 0)


def test_a_payment_comes_in_batches_as_well_as_whole(ledger: Ledger) -> None:
    ids = converted(ledger, *(made(f"A{n}", lines=1) for n in range(25)))
    with ledger.write() as tx:
        new = NewPayment(inbound_file_id=received(tx), set_number=1, amount_cents=25 * 9000, trace_number="T1")
        entry = payments.begin_payment(tx, new)
        for start in range(0, 25, 10):
            entry.add_claims([adjudicated(one, paid=9000, because={"CO 45": 6000}) for one in ids[start : start + 10]])
        entry.add_claims([])
        payment_id = entry.finish()
    with ledger.read() as tx:
        detail = timeline.payment_detail(tx, str(payment_id))
    assert detail is not None
    assert [(one.position, one.claim_id) for one in detail.claims] == list(enumerate(ids, start=1))
    assert all(one.adjustments[0].service_payment_id == one.services[0].id for one in detail.claims)


def test_money_for_a_claim_nobody_knows_stays_in_sight_and_can_be_given_one(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    posted(ledger, adjudicated(None, paid=9000, number="A1-TYPO"), adjudicated(None, paid=-100, number="?"))
    with ledger.read() as tx:
        first, second = worklists.unmatched_payments(tx)
    assert (first.patient_control_number, first.paid_cents, first.trace_number) == ("A1-TYPO", 9000, "T1")
    assert second.paid_cents == -100
    assert all_cash(ledger).paid_unmatched_cents == 8900

    with ledger.write() as tx:
        payments.assign_claim_payment(tx, first.claim_payment_id, claim_id)
    assert all_cash(ledger).paid_on_claims_cents == 9000
    with pytest.raises(LedgerError, match="already belongs"), ledger.write() as tx:
        payments.assign_claim_payment(tx, first.claim_payment_id, claim_id)


def test_a_reversal_finds_the_version_that_was_paid(ledger: Ledger) -> None:
    (first,) = converted(ledger, made("A1"))
    sent(ledger, first)
    with ledger.write() as tx:
        change = StatusChange(claim_id=first, state_before="sent", state_after="paid", event="835 processed")
        answers.apply_changes(tx, [change])
    posted(ledger, adjudicated(first, paid=9000))
    (second,) = converted(ledger, made("A1", supersedes=first), name="corrected.csv")
    sent(ledger, second, number=2)

    with ledger.read() as tx:
        found = payments.claims_paid_under(tx, [f"PCN{first}", "PCN0", ""])
    assert found == {f"PCN{first}": first}


def test_a_payment_names_claims_lines_and_a_file_that_are_there(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="a row that is not there"):
        posted(ledger, adjudicated(4711, paid=9000))
    with pytest.raises(LedgerError, match="a row that is not there"), ledger.write() as tx:
        payments.add_payment(tx, NewPayment(inbound_file_id=4711, set_number=1, amount_cents=0), [])


def test_a_set_of_a_file_is_one_payment(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="uq_payment_inbound_file_id_set_number"), ledger.write() as tx:
        file_id = received(tx)
        for trace in ("T1", "T2"):
            new = NewPayment(inbound_file_id=file_id, set_number=1, amount_cents=0, trace_number=trace)
            payments.add_payment(tx, new, [])


def test_all_payments_add_up_where_all_their_cents_went(ledger: Ledger) -> None:
    """The law of cash: received = paid on claims + on superseded + on unknown - provider adjustments."""
    a, b = converted(ledger, made("A1"), made("A2"))
    posted(ledger, adjudicated(a, paid=9000), adjudicated(None, paid=333), trace="T1", plb=[takeback(1500)])
    posted(ledger, adjudicated(b, paid=4000), trace="T2", plb=[takeback(-25)])
    posted(ledger, adjudicated(b, paid=7777), trace="T3", state="held", reason="look")
    converted(ledger, made("A1", supersedes=a), name="corrected.csv")

    found = all_cash(ledger)
    assert found == Cash(
        payments=2,
        received_cents=9000 + 333 - 1500 + 4000 + 25,
        paid_on_claims_cents=4000,
        paid_on_superseded_cents=9000,
        paid_unmatched_cents=333,
        paid_on_tests_cents=0,
        provider_adjustments_cents=1475,
    )
    assert found.difference_cents == 0


def test_an_adjustment_has_a_group_and_a_reason(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    bad = NewClaimPayment(
        claim_id=claim_id, status_code="1", charge_cents=0, paid_cents=0, adjustments=reasons({"CO ": 100})
    )
    with pytest.raises(LedgerError, match="codes_given"):
        posted(ledger, bad)
