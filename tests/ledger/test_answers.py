"""Answers find what they speak of, and move claims only from where they stand."""

from __future__ import annotations

import pytest

from edigate.errors import LedgerError
from edigate.ledger import answers, timeline, worklists
from edigate.ledger.queries import standings
from edigate.ledger.records import NewSet, NewUnmatched, StatusChange
from edigate.ledger.states import ClaimState
from edigate.ledger.store import Ledger
from tests.ledger.books import converted, frozen, made, received, refused, sent


def moved(claim_id: int, before: ClaimState, after: ClaimState, **more: object) -> StatusChange:
    return StatusChange(claim_id=claim_id, state_before=before, state_after=after, event="277CA", **more)  # type: ignore[arg-type]  # the fields a test names


def test_an_answer_finds_its_file_set_and_claims(ledger: Ledger) -> None:
    a, b, c = converted(ledger, made("A1"), made("A2"), made("A3"))
    sets = [NewSet(st02="0001", bht03="B1", claim_ids=[a, c]), NewSet(st02="0002", bht03="B2", claim_ids=[b])]
    file_id = sent(ledger, number=7, sets=sets)

    with ledger.read() as tx:
        by_envelope = answers.file_by_isa13(tx, "acme", 7)
        by_group = answers.file_by_gs06(tx, "acme", 7)
        ours = answers.sets_of_file(tx, file_id)
        batch = answers.set_by_reference(tx, "acme", "B2")
        assert answers.file_by_isa13(tx, "other", 7) is None
        assert answers.file_by_gs06(tx, "acme", 8) is None
        assert answers.set_by_reference(tx, "acme", "B9") is None
        first = answers.claims_of_sets(tx, [ours[0].id])
        everything = answers.claims_of_file(tx, file_id)
    assert by_envelope is not None
    assert by_envelope == by_group
    assert by_envelope.id == file_id
    assert [one.st02 for one in ours] == ["0001", "0002"]
    assert batch == ours[1]
    assert [one.patient_control_number for one in first] == ["A1", "A3"]
    assert [one.id for one in everything] == [a, c, b]


def test_a_control_number_finds_the_version_that_was_sent(ledger: Ledger) -> None:
    (first,) = converted(ledger, made("A1"))
    sent(ledger, first)
    with ledger.write() as tx:
        answers.apply_changes(tx, [moved(first, "sent", "rejected")])
    (second,) = converted(ledger, made("A1", supersedes=first), refused("A2"), name="corrected.csv")[:1]

    with ledger.read() as tx:
        found = answers.claims_by_control_number(tx, ["A1", "A2", "A3", "enc-A1"])
    assert {number: one.id for number, one in found.items()} == {"A1": first}

    sent(ledger, second, number=2)
    with ledger.read() as tx:
        found = answers.claims_by_control_number(tx, ["A1"])
    assert (found["A1"].id, found["A1"].version, found["A1"].state) == (second, 2, "sent")


def test_a_claim_never_sent_is_found_without_a_set(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    with ledger.read() as tx:
        found = answers.claims_by_control_number(tx, ["A1"])["A1"]
    assert (found.id, found.outbound_set_id, found.position) == (claim_id, None, 0)


def test_thousands_of_numbers_are_found_at_once(ledger: Ledger) -> None:
    ids = converted(ledger, *(made(f"A{n}", lines=1) for n in range(1700)))
    with ledger.read() as tx:
        found = answers.claims_by_control_number(tx, (f"A{n}" for n in range(2000)))
        lines = answers.lines_of_claims(tx, ids)
    assert [found[f"A{n}"].id for n in range(1700)] == ids
    assert len(found) == 1700
    assert sorted(lines) == ids
    assert lines[ids[0]][0].line_item_control_number == "A0-0-1"


def test_changes_move_claims_and_keep_why(ledger: Ledger) -> None:
    a, b = converted(ledger, made("A1"), made("A2"))
    sent(ledger, a, b)
    with ledger.write() as tx:
        file_id = received(tx, "x.277")
        answers.apply_changes(
            tx,
            [
                moved(a, "sent", "accepted", inbound_file_id=file_id, segment_position=12, detail="A2:20"),
                moved(b, "sent", "rejected", inbound_file_id=file_id, payer_claim_control_number="ICN1"),
                moved(b, "rejected", "rejected", inbound_file_id=file_id, detail="A7:21 again"),
            ],
        )
    with ledger.read() as tx:
        counts = {one.state: one.claims for one in standings(tx)}
        first, second = timeline.claim_detail(tx, a), timeline.claim_detail(tx, b)
        inbound = timeline.inbound_detail(tx, "x.277")
    assert counts == {"accepted": 1, "rejected": 1}
    assert first is not None
    assert second is not None
    last = first.events[-1]
    assert (last.state_before, last.state_after, last.inbound_file) == ("sent", "accepted", "x.277")
    assert (last.segment_position, last.detail) == (12, "A2:20")
    assert second.claim.payer_claim_control_number == "ICN1"
    assert [event.detail for event in second.events[-2:]] == ["", "A7:21 again"]
    assert inbound is not None
    assert inbound.claims_moved == 2


def test_a_change_from_another_state_undoes_all_of_them(ledger: Ledger) -> None:
    a, b = converted(ledger, made("A1"), made("A2"))
    sent(ledger, a, b)
    with pytest.raises(LedgerError, match="1 of 2 claims are in another state"), ledger.write() as tx:
        answers.apply_changes(tx, [moved(a, "sent", "accepted"), moved(b, "acknowledged", "accepted")])
    with ledger.read() as tx:
        assert {one.state: one.claims for one in standings(tx)} == {"sent": 2}


def test_a_word_that_is_no_state_is_refused(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    with pytest.raises(LedgerError, match="ck_claim_state"), ledger.write() as tx:
        answers.apply_changes(tx, [moved(claim_id, "ready", "lost")])  # type: ignore[arg-type]  # the defect under test


def test_no_changes_are_no_work(ledger: Ledger) -> None:
    with ledger.write() as tx:
        answers.apply_changes(tx, [])
        answers.add_unmatched(tx, [])
        answers.record_999(tx, [])


def test_envelopes_and_sets_keep_what_was_said_of_them(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    file_id = sent(ledger, claim_id)
    with ledger.write() as tx:
        (one,) = answers.sets_of_file(tx, file_id)
        answers.record_ta1(tx, file_id, "accepted", "000")
        answers.record_999(tx, [(one.id, "rejected", "R")])
    with ledger.read() as tx:
        file = answers.file_by_isa13(tx, "acme", 1)
        (one,) = answers.sets_of_file(tx, file_id)
    assert file is not None
    assert (file.ta1, file.ta1_note) == ("accepted", "000")
    assert (one.x999, one.x999_code) == ("rejected", "R")

    with pytest.raises(LedgerError, match="no file 99"), ledger.write() as tx:
        answers.record_ta1(tx, 99, "accepted")
    with pytest.raises(LedgerError, match="not in the ledger"), ledger.write() as tx:
        answers.record_999(tx, [(one.id, "accepted", "A"), (99, "accepted", "A")])


def test_an_answer_to_nothing_waits_until_somebody_settles_it(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    with ledger.write() as tx:
        file_id = received(tx, "x.277")
        new = [
            NewUnmatched(inbound_file_id=file_id, kind="277CA", key=key, segment_position=9) for key in ("Q1", "Q2")
        ]
        answers.add_unmatched(tx, new)
    with ledger.read() as tx:
        first, second = worklists.unmatched_answers(tx)
    assert (first.key, first.file, first.segment_position) == ("Q1", "x.277", 9)

    with ledger.write() as tx:
        answers.settle_unmatched(tx, first.id, claim_id=claim_id, why="same patient and day")
        answers.settle_unmatched(tx, second.id, claim_id=None, why="another practice's")
    with ledger.read() as tx:
        assert worklists.unmatched_answers(tx) == []
    with pytest.raises(LedgerError, match="does not wait any more"), ledger.write() as tx:
        answers.settle_unmatched(tx, first.id, claim_id=None, why="again")


def test_an_answer_names_a_file_that_is_there(ledger: Ledger) -> None:
    (claim_id,) = converted(ledger, made("A1"))
    frozen(ledger, claim_id)
    with pytest.raises(LedgerError, match="a row that is not there"), ledger.write() as tx:
        answers.apply_changes(tx, [moved(claim_id, "queued", "sent", inbound_file_id=12345)])
