"""Holds, purges and what they need to know of files, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from edigate.errors import LedgerError
from edigate.findings import Finding
from edigate.ledger.adjudicated import records
from edigate.ledger.blanking import blank_claims
from edigate.ledger.carried import Carried, carry
from edigate.ledger.checks import archived, breaches
from edigate.ledger.holds import add_hold, holds, remove_hold
from edigate.ledger.keeping import (
    SIDES,
    claims_in,
    files_with,
    last_heard,
    named_contents,
    open_claims,
    received_files_of,
    silent_claims,
    with_versions,
)
from edigate.ledger.numbering import allocate
from edigate.ledger.purges import (
    NewPurgedFile,
    add_purged_claims,
    begin_purge,
    finish_purges,
    mark_gone,
    pending,
    purged_claim_words,
    purged_words,
    purges,
    take_back,
)
from edigate.ledger.store import Ledger
from edigate.ledger.timeline import claim_detail
from edigate.ledger.vacuum import empty_journal, vacuum
from edigate.ledger.worklists import findings_of
from tests.ledger import books
from tests.ledger.conftest import TestClock

DAY = date(2036, 3, 2)


def new(content: str, size: int = 10) -> NewPurgedFile:
    return NewPurgedFile(books.sha256(content), "remittances", "remittances 7 years", "in-1", size, date(2029, 3, 2))


@pytest.fixture
def paid(ledger: Ledger) -> list[int]:
    """Claims A1 to A3 sent in one file; A1 and A2 paid in full, A3 not answered."""
    ids = books.converted(ledger, *(books.made(f"A{number}", usage="production") for number in (1, 2, 3)))
    books.sent(ledger, *ids, usage="production")
    books.posted(ledger, *(books.adjudicated(id_, paid=10000, because={"CO 45": 5000}) for id_ in ids[:2]))
    with ledger.write() as tx:
        states = "UPDATE claim SET state = 'paid' WHERE id IN ({}, {})".format(*ids[:2])
        tx.connection.exec_driver_sql(states)
    return ids


def test_a_hold_is_on_until_somebody_lifts_it(ledger: Ledger, clock: TestClock) -> None:
    with ledger.write() as tx:
        one = add_hold(tx, "claim", "7", why="counsel", who="ada")
        other = add_hold(tx, "everything", "", why="audit", who="ada")
    clock.pass_by(days=1)
    with ledger.write() as tx:
        assert remove_hold(tx, one.id, why="settled", who="ben")
        assert not remove_hold(tx, one.id, why="again", who="ben")
    with ledger.read() as tx:
        assert holds(tx) == [other]
        lifted = holds(tx, lifted=True)[0]
    assert (lifted.why, lifted.who, lifted.removed_why, lifted.removed_by) == ("counsel", "ada", "settled", "ben")
    with pytest.raises(LedgerError), ledger.write() as tx:
        add_hold(tx, "partner", "", why="nobody named", who="ada")


def test_a_purge_is_an_intent_until_each_content_is_gone(ledger: Ledger, clock: TestClock) -> None:
    with ledger.write() as tx:
        files = [new("a"), new("b", 5), new("c")]
        begin_purge(tx, who="ada", run_id="r", day=DAY, number="f00", files=files, claims=0)
    with ledger.read() as tx:
        going = pending(tx)
        (told,) = purges(tx)
    assert [one.sha256 for one in going] == sorted(books.sha256(content) for content in "abc")
    assert (told.files, told.bytes, told.finished_at) == (3, 25, None)
    with ledger.write() as tx:
        mark_gone(tx, going[:2])
        finish_purges(tx)
        assert purges(tx)[0].finished_at is None
        take_back(tx, going)  # what is gone already isn't taken back
        finish_purges(tx)
    with ledger.read() as tx:
        assert pending(tx) == []
        assert purges(tx)[0].finished_at == clock.now
        words = [purged_words(tx, one.sha256) for one in going]
    assert words == ["purged on 2026-03-02 by rule remittances 7 years"] * 2 + [""]


def test_what_was_purged_is_no_more_counted_on_until_it_comes_again(
    ledger: Ledger, paid: list[int], clock: TestClock
) -> None:
    with ledger.read() as tx:
        before = archived(tx)
    content = next(sha256 for sha256, what in before.items() if what == "in-1")
    clock.pass_by(days=1)
    with ledger.write() as tx:
        gone = NewPurgedFile(content, "remittances", "remittances 7 years", "in-1", 10, DAY)
        begin_purge(tx, who="ada", run_id="", day=DAY, number="f00", files=[gone], claims=0)
    with ledger.read() as tx:
        assert archived(tx) == {sha256: what for sha256, what in before.items() if sha256 != content}
    clock.pass_by(days=1)
    with ledger.write() as tx:
        again = books.received(tx, "again.835", content="T1.835")
    with ledger.read() as tx:
        assert archived(tx)[content] == f"in-{again}"


def test_which_claims_stand_in_which_files(ledger: Ledger, paid: list[int], clock: TestClock) -> None:
    with ledger.read() as tx:
        assert {one.name: bool(one.over) for one in named_contents(tx)} == {
            "intake-1": True, "out-1": True, "in-1": True
        }  # fmt: skip
        assert [claims_in(tx, side, [1]) for side in SIDES] == [set(paid), set(paid), set(paid[:2])]
        assert [files_with(tx, side, [paid[2]]) for side in SIDES] == [{1}, {1}, set()]
        assert last_heard(tx, "out", [1]) == {1: clock.now}
        assert received_files_of(tx, "payment", [1]) == {1}
        assert received_files_of(tx, "paid", [1, 2]) == {1}
        assert received_files_of(tx, "answer", [1]) == received_files_of(tx, "deposit", [1]) == set()


def test_encrypted_bytes_are_of_the_file_that_went_in_them(ledger: Ledger) -> None:
    file_id = books.frozen(ledger, *books.converted(ledger, books.made()))
    with ledger.write() as tx:
        carry(tx, file_id, Carried(file_id, books.sha256("encrypted"), 99, "F" * 40, ""))
    with ledger.read() as tx:
        contents = [one.sha256 for one in named_contents(tx) if one.name == f"out-{file_id}"]
    assert contents == [books.sha256("file 1"), books.sha256("encrypted")]


def test_a_claim_is_open_until_it_is_decided_or_somebody_says_so(ledger: Ledger, paid: list[int]) -> None:
    first, second, third = paid
    with ledger.read() as tx:
        assert open_claims(tx, at_work=[], done=[], in_production=["acme"]) == {third}
        assert open_claims(tx, at_work=[second], done=[], in_production=[]) == {second, third}
        assert open_claims(tx, at_work=[], done=[third], in_production=[]) == set()
    (ready,) = books.converted(ledger, books.made("T1", usage="test"), name="other.csv")
    with ledger.read() as tx:
        assert ready in open_claims(tx, at_work=[], done=[ready], in_production=[])
        assert ready not in open_claims(tx, at_work=[], done=[], in_production=["acme"])
    (heir,) = books.converted(ledger, books.made("A1", usage="production", supersedes=first), name="third.csv")
    with ledger.read() as tx:
        assert open_claims(tx, at_work=[], done=[], in_production=["acme"]) == {first, third, heir}
        assert with_versions(tx, [first], later=True) == with_versions(tx, [heir], later=False) == {first, heir}
        assert with_versions(tx, [first], later=False) == {first}


def test_money_that_is_outstanding_keeps_a_claim_open(ledger: Ledger) -> None:
    (one,) = books.converted(ledger, books.made("A1"))
    books.sent(ledger, one)
    books.posted(ledger, books.adjudicated(one, paid=10000, because={"CO 45": 4999}))
    with ledger.write() as tx:
        tx.connection.exec_driver_sql("UPDATE claim SET state = 'paid'")
    with ledger.read() as tx:
        assert open_claims(tx, at_work=[], done=[], in_production=[]) == {one}


def test_persons_go_and_the_sums_stay(ledger: Ledger, clock: TestClock) -> None:
    finding = Finding(code="MAP-REQUIRED", message="wrong", field="subscriber.last_name", value="ZQNAME")
    claims = [books.made(f"A{n}", record=b'{"n":"ZQNAME"}', findings=[finding]) for n in (1, 2)]
    first, second = books.converted(ledger, *claims)
    with ledger.read() as tx:
        assert silent_claims(tx, before=datetime(2999, 1, 1, tzinfo=UTC)) == []  # they may still be sent
    books.sent(ledger, first, second)
    with ledger.write() as tx:
        allocate(tx, "isa13", "acme", 2)
    with ledger.read() as tx:
        before = claim_detail(tx, first)
        assert silent_claims(tx, before=clock.now) == []
        assert silent_claims(tx, before=clock.now + timedelta(seconds=1)) == [(first, "acme"), (second, "acme")]
    with ledger.write() as tx:
        purge_id = begin_purge(tx, who="ada", run_id="", day=DAY, number="f00", files=[], claims=1)
        blank_claims(tx, [first], lambda record: record.replace(b"ZQNAME", b""))
        add_purged_claims(tx, purge_id, "claims 7 years", [first])
    with ledger.read() as tx:
        assert records(tx, [first, second]) == {first: b'{"n":""}', second: b'{"n":"ZQNAME"}'}
        assert [findings_of(tx, [id_])[id_][0].value for id_ in (first, second)] == ["", "ZQNAME"]
        assert silent_claims(tx, before=datetime(2999, 1, 1, tzinfo=UTC)) == [(second, "acme")]
        assert purged_claim_words(tx, first) == "purged on 2026-03-02 by rule claims 7 years"
        assert purged_claim_words(tx, second) == ""
        assert purges(tx)[0].finished_at == clock.now
        after = claim_detail(tx, first)
        assert breaches(tx) == []
    assert before is not None
    assert after is not None
    assert (after.claim, after.balance, after.lines, after.events) == (
        before.claim, before.balance, before.lines, before.events
    )  # fmt: skip


def test_the_ledger_is_packed_and_says_the_same(ledger: Ledger, ledger_at: str | Path, paid: list[int]) -> None:
    with ledger.read() as tx:
        before = [claim_detail(tx, id_) for id_ in paid]
    done = vacuum(ledger_at)
    empty_journal(ledger_at)
    assert min(done.before, done.after) > 0
    with ledger.read() as tx:
        assert [claim_detail(tx, id_) for id_ in paid] == before
