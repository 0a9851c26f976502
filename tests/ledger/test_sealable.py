"""Which contents a job may still read, on both databases."""

from __future__ import annotations

from edigate.ledger import inbound, outbound
from edigate.ledger.carried import Carried, carried_files, carry
from edigate.ledger.checks import archived
from edigate.ledger.sealable import still_needed
from edigate.ledger.store import Ledger
from tests.ledger import books
from tests.ledger.books import sha256
from tests.ledger.conftest import TestClock


def needed(ledger: Ledger, *contents: str, days: int = 7) -> list[bool]:
    with ledger.read() as tx:
        busy, _ = still_needed(tx, [sha256(one) for one in contents], days)
    return [sha256(one) in busy for one in contents]


def test_a_file_of_ours_is_needed_until_it_is_answered_or_days_have_passed(ledger: Ledger, clock: TestClock) -> None:
    claims = books.converted(ledger, books.made("A1"), books.made("A2"))
    books.frozen(ledger, claims[0], number=1)
    books.sent(ledger, claims[1], number=2)
    assert needed(ledger, "file 1", "file 2") == [True, True]
    assert needed(ledger, "file 2", days=0) == [False]
    clock.pass_by(days=8)
    assert needed(ledger, "file 1", "file 2") == [True, False]


def test_a_received_file_is_needed_until_it_is_posted_or_kept(ledger: Ledger, clock: TestClock) -> None:
    with ledger.write() as tx:
        ids = [books.received(tx, name) for name in ("waits", "held", "kept", "posted")]
        inbound.finish_file(tx, ids[1], "held", reason="it doesn't add up")
        inbound.finish_file(tx, ids[2], "kept")
        inbound.finish_file(tx, ids[3], "posted")
    clock.pass_by(days=100)
    assert needed(ledger, "waits", "held", "kept", "posted") == [True, True, False, False]


def test_what_the_ledger_does_not_name_is_told_apart(ledger: Ledger) -> None:
    with ledger.write() as tx:
        books.received(tx, "one")
        busy, known = still_needed(tx, [sha256("one"), sha256("other")], 7)
    assert (busy, known) == ({sha256("one")}, {sha256("one")})


def test_what_a_file_travels_in_is_needed_while_it_is_on_its_way(ledger: Ledger) -> None:
    claims = books.converted(ledger, books.made("A1"))
    file_id = books.frozen(ledger, claims[0], number=1)
    sealed = Carried(file_id, sha256("encrypted"), 99, "F" * 40, "")
    with ledger.write() as tx:
        carry(tx, file_id, sealed)
        carry(tx, file_id, sealed)  # anew: one row
    with ledger.read() as tx:
        assert carried_files(tx, [file_id, 77]) == {file_id: sealed}
        assert archived(tx)[sha256("encrypted")] == f"encrypted out-{file_id}"
    assert needed(ledger, "encrypted") == [True]
    for expect, to in (("queued", "uploading"), ("uploading", "sent")):
        with ledger.write() as tx:
            outbound.advance(tx, file_id, expect=expect, to=to)  # type: ignore[arg-type]  # both are states
    assert needed(ledger, "encrypted") == [False]
