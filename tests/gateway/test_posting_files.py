"""Files as they come: what is kept or held and why, files given by hand, dry runs, and defects of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edigate.config import Workspace
from edigate.errors import InternalError, LedgerError, NoInputError
from edigate.gateway.opening import Gateway
from edigate.gateway.post import READERS, post, post_files
from edigate.gateway.posting import HoldError
from edigate.ledger.inbound import inbound_files
from edigate.ledger.queries import cash
from edigate.responses.read import Kind
from tests.gateway.posting_books import (
    dump,
    money_of,
    opened,
    payment,
    posted,
    received,
    sent,
    state,
    states,
    x12,
    x835,
    x999,
)
from tests.simulator.claim_files import claim

PAID = ("CLP*A1*1*165*100*20*12*PCN1*11*1", "CAS*CO*45*45", "CAS*PR*1*20")
DENIED = ("CLP*A2*4*165*0*0*12*PCN2*11*1", "CAS*CO*197*165")


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    """Claims A1, A2 and A3 of 165.00 each have been sent."""
    with opened(workspace) as one:
        sent(one, claim("A1"), claim("A2"), claim("A3"))
        yield one


def received_cents(gateway: Gateway) -> int:
    with gateway.ledger.read() as tx:
        return cash(tx).received_cents


# --- odd files


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (b"", "empty", "it is empty"),
        (b"  \r\n\r\n", "empty", "it is empty"),
        (b"CLAIM REPORT\nACCEPTED 12\nREJECTED 0\n", "text", "it is a report for people"),
        (bytes(range(256)), "unknown", "it is neither X12 nor text"),
        (x12("HR", "277", "005010X212", ["BHT*0010*08*X*20260701*0600*DG"]), "277", "a 277 about claims' status"),
        (x12("BE", "834", "005010X220A1", ["BGN*00*1*20260701"]), "X12", "no transaction set in it is an answer"),
    ],
)
def test_what_is_nobodys_to_post_is_kept_and_says_why(
    gateway: Gateway, content: bytes, kind: str, reason: str
) -> None:
    before = money_of(gateway)
    one = posted(gateway, content)
    assert (one.file.state, one.file.kind) == ("kept", kind)
    assert reason in one.file.reason
    assert money_of(gateway) == before


def test_our_own_claim_file_coming_back_is_kept(gateway: Gateway) -> None:
    (file,) = dump(gateway)["outbound_file"]
    sha256 = next(value for value in file if isinstance(value, str) and len(value) == 64)
    one = posted(gateway, gateway.archive.get(sha256))
    assert (one.file.state, one.file.kind) == ("kept", "837P")
    assert "a claim file like those we send" in one.file.reason


def test_a_beginning_of_an_interchange_is_no_report(gateway: Gateway) -> None:
    one = posted(gateway, b"ISA*00*          *00*")
    assert one.file.state == "held"
    assert "cut off" in one.file.reason


def test_several_kinds_in_one_file_are_all_posted(gateway: Gateway) -> None:
    content = x999("AK1*HC*1*005010X222A1\nAK9*A*1*1*1") + x835(payment("T1", *PAID))
    one = posted(gateway, content)
    assert (one.file.state, one.outcome.sets_posted) == ("posted", 2)
    assert states(gateway, "A1", "A2") == ["paid", "acknowledged"]


# --- by hand, and only looking


def test_a_file_given_by_hand_is_posted_once(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "era.835"
    path.write_bytes(x835(payment("T1", *PAID)))
    (one,) = post_files(gateway, [path], "acme").files
    assert (one.file.state, one.file.remote_path) == ("posted", "by hand/era.835")
    before = dump(gateway)
    (again,) = post_files(gateway, [path], "acme").files
    assert again.outcome.already
    assert dump(gateway) == before


def test_a_held_file_given_again_is_tried_again(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an edigate that couldn't read it was mended."""
    path = tmp_path / "era.835"
    path.write_bytes(x835(payment("T1", *PAID)))

    def cannot(*_: object) -> None:
        raise HoldError("we can't read this yet")

    with monkeypatch.context() as patched:
        patched.setitem(READERS, Kind.X835, cannot)
        held = posted(gateway, path.read_bytes())
    assert (held.file.state, held.file.reason) == ("held", "we can't read this yet")
    assert post(gateway).files == []  # not by itself: it would be held every night
    (one,) = post_files(gateway, [path], "acme").files
    assert (one.file.id, one.file.state, one.file.reason) == (held.file.id, "posted", "")
    assert state(gateway, "A1") == "paid"


def test_a_file_that_is_not_there_posts_none_of_the_others(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "era.835"
    path.write_bytes(x835(payment("T1", *PAID)))
    with pytest.raises(NoInputError, match="can't be read"):
        post_files(gateway, [path, tmp_path / "nothing.835"], "acme")
    assert state(gateway, "A1") == "sent"


def test_a_dry_run_tells_what_would_be_and_changes_nothing(gateway: Gateway, tmp_path: Path) -> None:
    received(gateway, x835(payment("T1", *PAID)), name="good")
    received(gateway, x835(payment("T2", *PAID, amount="1")), name="bad")
    received(gateway, b"report", name="report")
    given = tmp_path / "given.835"
    given.write_bytes(x835(payment("T3", *DENIED)))
    before = dump(gateway)
    kept = sorted(path.name for path in gateway.workspace.archive_path.rglob("*") if path.is_file())

    report = post(gateway, dry_run=True)
    assert [(one.file.name, one.file.state) for one in report.files] == [
        ("good", "posted"),
        ("bad", "held"),
        ("report", "kept"),
    ]
    assert report.files[0].outcome.amount_cents == 10000
    assert "its claims pay 100.00" in report.files[1].file.reason
    (one,) = post_files(gateway, [given], "acme", dry_run=True).files
    assert (one.file.state, one.outcome.payments) == ("posted", 1)

    assert dump(gateway) == before
    assert sorted(path.name for path in gateway.workspace.archive_path.rglob("*") if path.is_file()) == kept


# --- defects


def test_a_defect_undoes_its_file_alone(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one file is as it was received; the others are posted, and the defect is told at the end."""
    first = received(gateway, x835(payment("T1", *PAID, *DENIED)))
    second = received(gateway, x999("AK1*HC*1*005010X222A1\nAK9*A*1*1*1"))
    third = received(gateway, x835(payment("T2", "CLP*A3*1*165*165*0*12*PCN3")))
    real = READERS[Kind.X835]

    def half(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]  # whatever a reader is given
        if len(calls) == 0:
            calls.append(1)
            raise KeyError("a defect in the middle")

    calls: list[int] = []
    with monkeypatch.context() as patched:
        patched.setitem(READERS, Kind.X835, half)
        with pytest.raises(InternalError, match=rf"file {first.id} could not be posted \(KeyError\)"):
            post(gateway)
    with gateway.ledger.read() as tx:
        assert [file.id for file in inbound_files(tx, states=("received",))] == [first.id]
        assert [file.id for file in inbound_files(tx, states=("posted",))] == [second.id, third.id]
    assert states(gateway, "A1", "A2", "A3") == ["acknowledged", "acknowledged", "paid"]
    assert received_cents(gateway) == 16500

    (one,) = post(gateway).files  # mended
    assert one.file.state == "posted"
    assert states(gateway, "A1", "A2", "A3") == ["paid", "denied", "paid"]
    assert received_cents(gateway) == 26500


def test_a_refusal_of_the_ledger_is_told_as_itself(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise LedgerError("the ledger refused: for a reason")

    received(gateway, x835(payment("T1", *PAID)))
    monkeypatch.setitem(READERS, Kind.X835, refuses)
    with pytest.raises(LedgerError, match="for a reason"):
        post(gateway)


def test_a_report_counts_what_is_held(gateway: Gateway) -> None:
    received(gateway, x835(payment("T1", *PAID, amount="1")))
    report = post(gateway)
    assert [one.file.state for one in report.held] == ["held"]
    assert msgspec.json.encode(report)  # what --json shows
