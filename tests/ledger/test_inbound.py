"""Files that came in: each once by content, each with an end."""

from __future__ import annotations

import pytest

from edigate.errors import LedgerError
from edigate.ledger import inbound
from edigate.ledger.records import NewInboundFile
from edigate.ledger.store import Ledger
from tests.ledger.books import received, sha256


def came(
    name: str = "a.999", content: str = "one", size: int = 10, remote_modified: int = 1_700_000_000
) -> NewInboundFile:
    return NewInboundFile(
        partner="acme",
        remote_path=f"outbound/{name}",
        name=name,
        sha256=sha256(content),
        size=size,
        remote_modified=remote_modified,
    )


def test_a_received_file_waits_to_be_read_and_then_ends(ledger: Ledger) -> None:
    with ledger.write() as tx:
        file = inbound.record_received(tx, came())
        assert (file.state, file.finished_at) == ("received", None)
        assert [one.id for one in inbound.inbound_files(tx, states=["received"])] == [file.id]
        inbound.finish_file(tx, file.id, "posted", kind="999")
    with ledger.read() as tx:
        (ended,) = inbound.inbound_files(tx, partner="acme")
        assert inbound.inbound_files(tx, partner="other") == []
    assert (ended.state, ended.kind, ended.finished_at) == ("posted", "999", ended.received_at)


def test_a_listing_shows_what_was_taken(ledger: Ledger) -> None:
    with ledger.write() as tx:
        inbound.record_received(tx, came("a.999"))
        inbound.record_received(tx, came("b.999", "two", remote_modified=-1))
        inbound.record_received(tx, came("c.999", "three", size=-1))
    with ledger.read() as tx:
        # Where the server tells no time or size, only the content can tell an old file from a new one.
        paths = [f"outbound/{name}" for name in ("a.999", "b.999", "c.999", "d.999")]
        assert inbound.taken(tx, "acme", paths) == {("outbound/a.999", 10, 1_700_000_000)}
        assert inbound.taken(tx, "acme", paths[1:]) == set()
        assert inbound.taken(tx, "other", paths) == set()


def test_a_set_is_recorded_as_one_by_one(ledger: Ledger) -> None:
    with ledger.write() as tx:
        before = inbound.record_received(tx, came("a.835", "payment"))
        several = [
            came("b.999", "receipt"),
            came("a.835", "payment"),  # told before
            came("c.835", "payment"),  # its content was told before
            came("d.999", "receipt"),  # its content stands further up
            came("b.999", "receipt"),  # so does it itself
        ]
        standing, new = inbound.record_all_received(tx, several)
        kept = inbound.inbound_files(tx)
    assert [file.name for file in standing] == ["b.999", "a.835", "c.835", "d.999", "b.999"]
    assert [file.name for file in new] == ["b.999", "c.835", "d.999"]
    assert kept == [before, *new], "what is told is what the ledger holds"
    receipt = new[0]
    assert (receipt.state, standing[1], standing[4]) == ("received", before, receipt)
    assert [(file.state, file.duplicate_of_id) for file in new[1:]] == [("kept", before.id), ("kept", receipt.id)]


def test_the_same_bytes_under_a_new_name_are_kept_and_not_read(ledger: Ledger) -> None:
    with ledger.write() as tx:
        first = inbound.record_received(tx, came("R5.835", "payment"))
        again = inbound.record_received(tx, came("R6.835", "payment"))
        third = inbound.record_received(tx, came("R7.835", "payment"))
    assert (again.state, again.duplicate_of_id) == ("kept", first.id)
    assert (third.state, third.duplicate_of_id) == ("kept", first.id)
    assert again.reason == f"the same content as file {first.id}"
    with pytest.raises(LedgerError, match="is kept, not received"), ledger.write() as tx:
        inbound.finish_file(tx, again.id, "posted")


def test_a_name_that_comes_round_with_new_content_is_a_new_file(ledger: Ledger) -> None:
    with ledger.write() as tx:
        first = inbound.record_received(tx, came("X3.277", "january", remote_modified=-1))
        second = inbound.record_received(tx, came("X3.277", "february", remote_modified=-1))
    assert (first.state, second.state) == ("received", "received")
    assert first.id != second.id


def test_telling_of_the_same_file_again_changes_nothing(ledger: Ledger) -> None:
    with ledger.write() as tx:
        first = inbound.record_received(tx, came())
        inbound.finish_file(tx, first.id, "held", reason="does not balance")
    with ledger.write() as tx:
        again = inbound.record_received(tx, came())
    assert (again.id, again.state, again.reason) == (first.id, "held", "does not balance")


def test_a_file_is_posted_once(ledger: Ledger) -> None:
    with ledger.write() as tx:
        file_id = received(tx)
        inbound.finish_file(tx, file_id, "posted", kind="835")
    with pytest.raises(LedgerError, match="is posted, not received"), ledger.write() as tx:
        inbound.finish_file(tx, file_id, "posted", kind="835")


def test_a_held_file_may_be_posted_later_and_says_why_it_was_held(ledger: Ledger) -> None:
    with ledger.write() as tx:
        file_id = received(tx)
        inbound.finish_file(tx, file_id, "held", kind="835", reason="claim 3: 150.00 is not 140.00")
    with ledger.write() as tx:
        inbound.finish_file(tx, file_id, "posted")
    with ledger.read() as tx:
        file = inbound.inbound_file_by_id(tx, file_id)
    assert file is not None
    assert (file.state, file.kind, file.reason) == ("posted", "835", "")


def test_nothing_is_held_without_its_reason(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="held_has_its_reason"), ledger.write() as tx:
        inbound.finish_file(tx, received(tx), "held")
    with ledger.read() as tx:
        assert inbound.inbound_files(tx) == []


def test_a_file_nobody_received_has_no_end(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="file 7 is not in the ledger"), ledger.write() as tx:
        inbound.finish_file(tx, 7, "kept")
