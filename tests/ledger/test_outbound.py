"""Files on their way out: a claim in one file, a number once, a step from the state it starts from."""

from __future__ import annotations

from collections import Counter

import pytest

from edigate.errors import LedgerError
from edigate.ledger import intake, outbound, timeline
from edigate.ledger.answers import apply_changes
from edigate.ledger.queries import standings
from edigate.ledger.records import NewIntake, NewSet, StatusChange
from edigate.ledger.store import Ledger
from tests.ledger.books import converted, frozen, made, refused, sent, sha256
from tests.ledger.conftest import TestClock


def states(ledger: Ledger) -> dict[str, int]:
    counts: Counter[str] = Counter()
    with ledger.read() as tx:
        for one in standings(tx):
            counts[one.state] += one.claims
    return dict(counts)


def state_of_file(ledger: Ledger, file_id: int) -> str:
    with ledger.read() as tx:
        file = outbound.outbound_file_by_id(tx, file_id)
    assert file is not None
    return file.state


def test_claims_wait_in_a_stable_order_page_by_page(ledger: Ledger) -> None:
    converted(
        ledger,
        made("A1", batch_key="npi-2"),
        made("A2", batch_key="npi-1"),
        made("A3", batch_key="npi-2"),
        made("A4", batch_key="npi-1"),
        refused(),
    )
    with ledger.read() as tx:
        everything = outbound.ready_claims(tx, "acme", "837P", "production", limit=10)
        first = outbound.ready_claims(tx, "acme", "837P", "production", limit=3)
        last = (first[-1].batch_key, first[-1].patient_control_number)
        rest = outbound.ready_claims(tx, "acme", "837P", "production", limit=3, after=last)
        assert outbound.count_ready(tx, "acme", "837P", "production") == 4
        assert outbound.count_ready(tx, "other", "837P", "production") == 0
        assert outbound.ready_claims(tx, "acme", "837I", "production", limit=10) == []
    assert [one.patient_control_number for one in everything] == ["A2", "A4", "A1", "A3"]
    assert first + rest == everything
    assert everything[0].record == b"{}"


@pytest.mark.parametrize("count", [2, 150])
def test_the_records_of_few_and_of_many_claims_come_back_as_they_were(ledger: Ledger, count: int) -> None:
    record = '{"note":"a \\"quoted\\" \\\\ line\\n\t\xe9"}'.encode()
    converted(ledger, *(made(f"A{number}", record=record) for number in range(count)))
    with ledger.read() as tx:
        waiting = outbound.ready_claims(tx, "acme", "837P", "production", limit=count)
    assert [one.record for one in waiting] == [record] * count


def test_claims_of_a_conversion_that_has_not_ended_wait_for_it(ledger: Ledger) -> None:
    with ledger.write() as tx:
        one = intake.begin_intake(tx, NewIntake(sha256=sha256("a"), name="a", mapping="m", partner="acme"))
        intake.add_claims(tx, one, [made("A1")])
    with ledger.read() as tx:
        assert outbound.ready_claims(tx, "acme", "837P", "production", limit=10) == []
        assert outbound.count_ready(tx, "acme", "837P", "production") == 0


def test_freezing_queues_the_claims_and_adds_them_up(ledger: Ledger) -> None:
    a, b, c = converted(ledger, made("A1", cents=10000), made("A2", cents=20002), made("A3", cents=30000))
    file_id = frozen(
        ledger,
        sets=[NewSet(st02="0001", bht03="B1", claim_ids=[c, a]), NewSet(st02="0002", bht03="B2", claim_ids=[b])],
    )
    with ledger.read() as tx:
        detail = timeline.outbound_detail(tx, str(file_id))
        claim = timeline.claim_detail(tx, a)
        assert [file.id for file in outbound.pending_files(tx, "acme")] == [file_id]
    assert detail is not None
    assert (detail.file.state, detail.file.claims, detail.file.charge_cents) == ("queued", 3, 60002)
    assert [(one.st02, one.claims, one.charge_cents) for one in detail.sets] == [("0001", 2, 40000), ("0002", 1, 20002)]
    assert [(one.id, one.position) for one in detail.claims] == [(c, 1), (a, 2), (b, 1)]
    assert claim is not None
    assert [event.state_after for event in claim.events] == ["ready", "queued"]
    assert claim.events[1].outbound_file == "acme_1.x12"
    assert claim.outbound_set == detail.sets[0]
    assert states(ledger) == {"queued": 3}


def test_a_claim_never_stands_in_two_files(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    frozen(ledger, claim_id, number=1)
    with pytest.raises(LedgerError, match="never sent twice"):
        frozen(ledger, claim_id, number=2)
    with ledger.read() as tx:
        assert len(outbound.outbound_files(tx)) == 1


def test_a_claim_never_stands_twice_in_one_file(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    with pytest.raises(LedgerError, match="never sent twice"):
        frozen(ledger, claim_id, claim_id)


@pytest.mark.parametrize(
    ("same", "promise"),
    [
        ({"isa13": 1}, "this ISA13 was already used"),
        ({"gs06": 1}, "this GS06 was already used"),
        ({"filename": "acme_1.x12"}, "this file name was already used"),
        ({"set": ("0001", "B2")}, "this ST02 was already used"),
        ({"set": ("0002", "B1")}, "this BHT03 was already used"),
    ],
)
def test_a_number_or_name_is_used_once_with_a_partner(ledger: Ledger, same: dict[str, object], promise: str) -> None:
    a, b = converted(ledger, made("A1"), made("A2"))
    frozen(ledger, a, number=1)
    numbers = same.pop("set", None)
    if isinstance(numbers, tuple):
        same["sets"] = [NewSet(st02=numbers[0], bht03=numbers[1], claim_ids=[b])]
    with pytest.raises(LedgerError, match=promise):
        frozen(ledger, b, number=2, **same)
    assert states(ledger) == {"queued": 1, "ready": 1}


def test_another_partner_may_use_the_same_numbers(ledger: Ledger) -> None:
    (a,) = converted(ledger, made("A1"))
    (b,) = converted(ledger, made("B1"), partner="other", name="other.csv")
    frozen(ledger, a)
    frozen(ledger, b, partner="other")
    assert states(ledger) == {"queued": 2}


def test_a_claim_goes_to_its_own_partner_only(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"), partner="acme")
    with pytest.raises(LedgerError, match="only 0 are ready for other"):
        frozen(ledger, claim_id, partner="other")
    assert states(ledger) == {"ready": 1}


def test_a_refused_encounter_is_not_sent(ledger: Ledger) -> None:
    good, bad = converted(ledger, made("A1"), refused())
    with pytest.raises(LedgerError, match=r"of 2 claims for acme_1\.x12 only 1 are ready"):
        frozen(ledger, good, bad)
    assert states(ledger) == {"ready": 1, "refused": 1}


def test_a_file_without_claims_is_not_made(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="of 0 claims"):
        frozen(ledger, sets=[])


def test_claims_are_sent_when_their_file_is(ledger: Ledger, clock: TestClock) -> None:
    a, b = converted(ledger, made("A1"), made("A2"))
    clock.pass_by(hours=1)
    file_id = sent(ledger, a, b)

    with ledger.read() as tx:
        file = outbound.outbound_file_by_id(tx, file_id)
        assert outbound.pending_files(tx) == []
    assert file is not None
    assert (file.state, file.attempts, file.temporary_name, file.sent_at) == ("sent", 1, "x.tmp", clock.now)
    assert states(ledger) == {"sent": 2}


def test_a_run_that_stood_still_does_not_take_anothers_attempt_for_its_own(ledger: Ledger) -> None:
    file_id = frozen(ledger, *converted(ledger, made("A")))
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uploading", attempts=0)
    with ledger.write() as tx:  # meanwhile, on another host
        outbound.advance(tx, file_id, expect="uploading", to="queued", attempts=1)
        outbound.advance(tx, file_id, expect="queued", to="uploading", attempts=1)
    with pytest.raises(LedgerError, match="is uploading, but by another attempt than ours"), ledger.write() as tx:
        outbound.advance(tx, file_id, expect="uploading", to="renaming", attempts=1)


def test_a_step_from_another_state_is_refused(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    file_id = sent(ledger, claim_id)
    with pytest.raises(LedgerError, match=f"file {file_id} is sent, not queued or uploading"), ledger.write() as tx:
        outbound.advance(tx, file_id, expect=("queued", "uploading"), to="uploading")
    with pytest.raises(LedgerError, match="file 99 is not in the ledger, not queued"), ledger.write() as tx:
        outbound.advance(tx, 99, expect="queued", to="uploading")
    assert state_of_file(ledger, file_id) == "sent"


def test_two_runs_cannot_take_the_same_step(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    file_id = frozen(ledger, claim_id)
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uploading")
    with pytest.raises(LedgerError, match="is uploading, not queued"), ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uploading")


def test_files_of_a_set_take_a_step_together_and_their_claims_with_them(ledger: Ledger, clock: TestClock) -> None:
    a, b, c = converted(ledger, made("A"), made("B"), made("C"))
    one, two, other = (frozen(ledger, claim, number=number) for number, claim in enumerate((a, b, c), start=1))
    with ledger.write() as tx:
        steps = [outbound.Step(one, 0, "x.tmp"), outbound.Step(two, 0, "y.tmp")]
        outbound.advance_together(tx, steps, expect="queued", to="uploading")
    for before, after in (("uploading", "renaming"), ("renaming", "sent")):
        with ledger.write() as tx:
            steps = [outbound.Step(one, 1), outbound.Step(two, 1)]
            outbound.advance_together(tx, steps, expect=before, to=after)  # type: ignore[arg-type]  # two of its words
    with ledger.read() as tx:
        files = outbound.outbound_files_by_ids(tx, [one, two])
        events = [detail.events[-1] for claim in (a, b) if (detail := timeline.claim_detail(tx, claim))]
    assert [(file.state, file.attempts, file.temporary_name, file.sent_at) for file in files] == [
        ("sent", 1, "x.tmp", clock.now),
        ("sent", 1, "y.tmp", clock.now),
    ]
    assert states(ledger) == {"sent": 2, "queued": 1}
    assert [(event.state_after, event.outbound_file) for event in events] == [
        ("sent", file.filename) for file in files
    ]
    assert state_of_file(ledger, other) == "queued"


def test_where_one_of_a_set_was_moved_on_none_takes_the_step(ledger: Ledger) -> None:
    a, b = converted(ledger, made("A"), made("B"))
    one, two = frozen(ledger, a, number=1), sent(ledger, b, number=2)
    steps = [outbound.Step(one, 0, "x.tmp"), outbound.Step(two, 1, "y.tmp")]
    with pytest.raises(LedgerError, match="of 2 files from 1 on, 1 are no more queued"), ledger.write() as tx:
        outbound.advance_together(tx, steps, expect="queued", to="uploading")
    assert (state_of_file(ledger, one), state_of_file(ledger, two)) == ("queued", "sent")


def test_a_set_does_not_take_anothers_attempt_for_its_own(ledger: Ledger) -> None:
    file_id = frozen(ledger, *converted(ledger, made("A")))
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uploading")
    with pytest.raises(LedgerError, match="no more uploading by our attempt"), ledger.write() as tx:
        outbound.advance_together(tx, [outbound.Step(file_id, 0)], expect="uploading", to="renaming")
    assert state_of_file(ledger, file_id) == "uploading"


def test_an_uncertain_file_makes_its_claims_uncertain_until_evidence_comes(ledger: Ledger) -> None:
    a, b = converted(ledger, made("A1"), made("A2"))
    file_id = frozen(ledger, a, b)
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uploading")
        outbound.advance(tx, file_id, expect="uploading", to="uncertain", reason="the reply was lost")
    assert states(ledger) == {"uncertain": 2}
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="uncertain", to="sent", reason="listed by the server")
    assert states(ledger) == {"sent": 2}

    with ledger.read() as tx:
        detail = timeline.claim_detail(tx, a)
    assert detail is not None
    assert [(event.state_after, event.detail) for event in detail.events[2:]] == [
        ("uncertain", "the reply was lost"),
        ("sent", "listed by the server"),
    ]


def test_an_uncertain_file_that_did_not_arrive_is_queued_again(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    file_id = frozen(ledger, claim_id)
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uploading")
        outbound.advance(tx, file_id, expect="uploading", to="uncertain")
        outbound.advance(tx, file_id, expect="uncertain", to="queued")
        outbound.advance(tx, file_id, expect="queued", to="uploading")
    with ledger.read() as tx:
        file = outbound.outbound_file_by_id(tx, file_id)
    assert file is not None
    assert file.attempts == 2
    assert states(ledger) == {"queued": 1}


def test_claims_of_a_cancelled_file_may_go_into_another(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    first = frozen(ledger, claim_id, number=1)
    with ledger.write() as tx:
        outbound.advance(tx, first, expect="queued", to="cancelled", reason="wrong partner settings")
    assert states(ledger) == {"ready": 1}

    second = sent(ledger, claim_id, number=2)
    assert states(ledger) == {"sent": 1}
    with ledger.read() as tx:
        detail = timeline.claim_detail(tx, claim_id)
    assert detail is not None
    assert detail.outbound_file is not None
    assert detail.outbound_file.id == second
    assert [event.event for event in detail.events] == ["converted", "queued", "cancelled", "queued", "sent"]


def test_a_file_whose_claims_were_answered_is_not_cancelled(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    file_id = frozen(ledger, claim_id)
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uncertain")
        change = StatusChange(
            claim_id=claim_id, state_before="uncertain", state_after="acknowledged", event="999 accepted"
        )
        apply_changes(tx, [change])
    with pytest.raises(LedgerError, match="1 of its claims were answered"), ledger.write() as tx:
        outbound.advance(tx, file_id, expect="uncertain", to="cancelled")
    assert states(ledger) == {"acknowledged": 1}


def test_an_answer_that_came_before_we_knew_is_not_undone(ledger: Ledger) -> None:
    a, b = converted(ledger, made("A1"), made("A2"))
    file_id = frozen(ledger, a, b)
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uncertain")
        change = StatusChange(claim_id=a, state_before="uncertain", state_after="rejected", event="277CA rejected")
        apply_changes(tx, [change])
        outbound.advance(tx, file_id, expect="uncertain", to="sent")
    assert states(ledger) == {"sent": 1, "rejected": 1}
