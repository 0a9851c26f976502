"""What is shown of the ledger: the funnel, the worklists, the timelines, the diary of runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edigate.errors import LedgerError
from edigate.ledger import answers, runs, timeline, worklists
from edigate.ledger.queries import Standing, ever, standings
from edigate.ledger.records import StatusChange
from edigate.ledger.states import ClaimState
from edigate.ledger.store import Ledger
from tests.ledger.books import adjudicated, converted, frozen, made, posted, refused, sent
from tests.ledger.conftest import TestClock


def move(ledger: Ledger, claim_id: int, before: ClaimState, after: ClaimState, detail: str = "") -> None:
    change = StatusChange(claim_id=claim_id, state_before=before, state_after=after, event="answer", detail=detail)
    with ledger.write() as tx:
        answers.apply_changes(tx, [change])


def test_standings_and_the_funnel(ledger: Ledger) -> None:
    a, b, c, _ = converted(ledger, made("A1"), made("A2", cents=20000), made("A3"), refused())
    converted(ledger, made("B1"), partner="other", name="other.csv")
    sent(ledger, a, b)
    move(ledger, a, "sent", "accepted")
    move(ledger, a, "accepted", "paid")
    move(ledger, b, "sent", "rejected")
    converted(ledger, made("A3", supersedes=c), name="corrected.csv")

    with ledger.read() as tx:
        assert standings(tx) == [
            Standing("acme", "refused", 1, 9000),
            Standing("acme", "ready", 1, 15000),
            Standing("acme", "rejected", 1, 20000),
            Standing("acme", "paid", 1, 15000),
            Standing("other", "ready", 1, 15000),
        ]
        assert [one.partner for one in standings(tx, "other")] == ["other"]
        assert [ever(tx, state, "acme") for state in ("ready", "queued", "accepted", "void")] == [3, 2, 1, 0]
        assert ever(tx, "ready") == 4


def test_claims_to_work_come_with_their_account_and_the_last_word(ledger: Ledger) -> None:
    small, large, fine = converted(ledger, made("A1", cents=1000), made("A2", cents=50000), made("A3"))
    sent(ledger, small, large, fine)
    move(ledger, small, "sent", "rejected", "A7:21")
    move(ledger, large, "sent", "partly_paid", "CO 45")
    move(ledger, fine, "sent", "paid")
    posted(ledger, adjudicated(large, paid=20000, charge=50000, because={"CO 45": 10000}))

    with ledger.read() as tx:
        first, second = worklists.claims_to_work(tx, ["rejected", "partly_paid"])
        assert worklists.claims_to_work(tx, ids=[second.claim_id]) == [second]
    assert (first.patient_control_number, first.paid_cents, first.outstanding_cents) == ("A2", 20000, 20000)
    assert (second.patient_control_number, second.event, second.detail) == ("A1", "answer", "A7:21")


def test_refused_encounters_come_dearest_first_and_by_file(ledger: Ledger) -> None:
    converted(ledger, refused("enc-1", cents=100), refused("enc-2", cents=900), name="monday.csv")
    converted(ledger, refused("enc-3", cents=500), name="tuesday.csv")
    with ledger.read() as tx:
        everything = worklists.refused_encounters(tx)
        tuesday = worklists.refused_encounters(tx, intake_id=2)
        assert worklists.refused_encounters(tx, limit=1) == everything[:1]
    assert [one.encounter_key for one in everything] == ["enc-2", "enc-3", "enc-1"]
    assert [one.encounter_key for one in tuesday] == ["enc-3"]
    assert all(len(one.findings) == 1 for one in everything)


def test_what_waits_too_long_is_overdue(ledger: Ledger, clock: TestClock) -> None:
    a, b, c = converted(ledger, made("A1"), made("A2"), made("A3"))
    old = sent(ledger, a, b)
    move(ledger, b, "sent", "accepted")
    clock.pass_by(days=3)
    frozen(ledger, c, number=2)
    deadline = clock.now - timedelta(days=2)

    with ledger.read() as tx:
        (claim,) = worklists.overdue_claims(tx, partner="acme", states=["sent", "acknowledged"], sent_before=deadline)
        without_ta1 = worklists.overdue_files(tx, partner="acme", answer="ta1", sent_before=deadline)
        without_999 = worklists.overdue_files(tx, partner="acme", answer="x999", sent_before=deadline)
        early = worklists.overdue_claims(
            tx, partner="acme", states=["sent"], sent_before=deadline - timedelta(days=5)
        )
        (one,) = answers.sets_of_file(tx, old)
    assert (claim.claim_id, claim.filename) == (a, "acme_1.x12")
    assert [file.id for file in without_ta1] == [file.id for file in without_999] == [old]
    assert early == []

    with ledger.write() as tx:
        answers.record_ta1(tx, old, "accepted")
        answers.record_999(tx, [(one.id, "accepted", "A")])
    with ledger.read() as tx:
        assert worklists.overdue_files(tx, partner="acme", answer="ta1", sent_before=deadline) == []
        assert worklists.overdue_files(tx, partner="acme", answer="x999", sent_before=deadline) == []


def test_a_claim_is_found_by_what_people_have_in_hand(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    with ledger.read() as tx:
        for key in (str(claim_id), "A1", "enc-A1"):
            assert [row.id for row in timeline.find_claims(tx, key)] == [claim_id]
        for key in ("A9", "", "²", "9" * 40, "1; DROP TABLE claim"):
            assert timeline.find_claims(tx, key) == []
        assert timeline.claim_detail(tx, 99) is None
        assert timeline.outbound_detail(tx, "no.x12") is None
        assert timeline.inbound_detail(tx, "no.835") is None


def test_a_timeline_keeps_its_order_though_the_clock_jumps_back(ledger: Ledger, clock: TestClock) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    clock.pass_by(hours=-5)
    sent(ledger, claim_id)
    with ledger.read() as tx:
        detail = timeline.claim_detail(tx, claim_id)
    assert detail is not None
    assert [event.state_after for event in detail.events] == ["ready", "queued", "sent"]
    assert detail.events[0].at > detail.events[1].at


def test_a_received_file_shows_the_payments_it_brought(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    payment_id = posted(ledger, adjudicated(claim_id, paid=9000), trace="T1")
    with ledger.read() as tx:
        detail = timeline.inbound_detail(tx, "T1.835")
    assert detail is not None
    assert [one.id for one in detail.payments] == [payment_id]
    assert detail.file.state == "posted"


def test_the_diary_of_runs(ledger: Ledger, clock: TestClock) -> None:
    with ledger.write() as tx:
        first = runs.start_run(tx, "nightly")
        second = runs.start_run(tx, "send")
    clock.pass_by(minutes=2)
    with ledger.write() as tx:
        runs.finish_run(tx, first, 0, {"claims sent": 60, "partner": "acme"})
    with ledger.read() as tx:
        newest, oldest = runs.last_runs(tx)
        assert [one.id for one in runs.last_runs(tx, command="nightly")] == [first]
    assert (newest.id, newest.exit_code, newest.finished_at) == (second, None, None)
    assert (oldest.exit_code, oldest.summary) == (0, {"claims sent": 60, "partner": "acme"})
    assert oldest.finished_at == clock.now
    with pytest.raises(LedgerError, match="has ended already"), ledger.write() as tx:
        runs.finish_run(tx, first, 1)
