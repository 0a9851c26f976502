"""What has its age goes, what is still needed stays, and whatever went is never taken for lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from edigate.config import Workspace, load_workspace
from edigate.errors import PartnerUnreachableError, PurgedError, UsageError
from edigate.gateway.archived_files import content_of, export
from edigate.gateway.checking import check
from edigate.gateway.convert import convert
from edigate.gateway.holding import lift, put_on
from edigate.gateway.post import post
from edigate.gateway.purge import purge
from edigate.gateway.purging import OfKind, Plan, look
from edigate.gateway.reconcile import reconcile
from edigate.gateway.send import send
from edigate.ledger.purges import pending, purges
from edigate.retention import Kind
from edigate.transport import Transport
from tests.gateway import posting_books as books
from tests.gateway.practice import MAPPING, Clock, TestGateway, extract, files_out, ready, visits

RULES = """
[retention]
encounters = "7 years"
claim_files = "10 years"
remittances = "10 years"
acknowledgments = "7 years"
others = "1 year"
"""
YEAR = 365.25
ACCEPTED = "AK1*HC*1*005010X222A1\nAK2*837*0001*005010X222A1\nIK5*A\nAK9*A*1*1*1"
REPORT = b"CLAIM REPORT\nACCEPTED 3\nREJECTED 0\n"


@pytest.fixture
def workspace(workspace_dir: Path) -> Workspace:
    """A workspace with ages for nearly everything."""
    with (workspace_dir / "edigate.toml").open("a") as settings:
        settings.write(RULES)
    return load_workspace(workspace_dir)


def remittance(*numbers: str, paid: int = 100) -> bytes:
    """An 835 that pays each of these claims, and writes the rest of its 165.00 off by contract."""
    segments = [
        segment
        for number in numbers
        for segment in (f"CLP*{number}*1*165*{paid}**12*PCN{number}*11*1", f"CAS*CO*45*{165 - paid}")
    ]
    return books.x835(books.payment(f"EFT{numbers[0]}", *segments))


def sent(gateway: TestGateway, count: int = 3, prefix: str = "E") -> list[str]:
    """Claims sent, and the file accepted; their numbers."""
    ready(gateway, count, prefix)
    send(gateway, gateway.workspace.partner("acme"))
    (file, *_) = reversed(files_out(gateway))
    accepted = ACCEPTED.replace("HC*1*", f"HC*{file.gs06}*").replace("*0001*", f"*{file.gs06:04d}*")
    books.posted(gateway, books.x999(accepted))
    return [f"{prefix}{number}" for number in range(1, count + 1)]


@pytest.fixture
def paid(gateway: TestGateway) -> TestGateway:
    """Three claims sent, accepted and paid in June 2026: intake-1, out-1, in-1 (999), in-2 (835), in-3 (a report)."""
    books.posted(gateway, remittance(*sent(gateway)))
    books.posted(gateway, REPORT)
    reconcile(gateway)
    return gateway


def of(plan: Plan, kind: Kind) -> OfKind:
    return next(one for one in plan.kinds if one.kind == kind)


def going(gateway: TestGateway) -> list[str]:
    return [one.names for one in look(gateway).files]


def really(gateway: TestGateway) -> None:
    purge(gateway, look(gateway).number)


def codes(gateway: TestGateway) -> list[str]:
    return [finding.code for finding in check(gateway).findings]


class TestByKindAndAge:
    def test_nothing_goes_before_its_age(self, paid: TestGateway, clock: Clock) -> None:
        clock.pass_by(days=364)
        plan = look(paid)
        assert (plan.files, plan.number, plan.empty) == ([], "", True)
        assert [of(plan, kind).stay for kind in ("encounters", "claim_files", "remittances", "others")] == [1, 1, 1, 1]

    def test_each_kind_has_its_own(self, paid: TestGateway, clock: Clock) -> None:
        clock.pass_by(days=YEAR)
        assert going(paid) == ["in-3"]
        clock.pass_by(days=6 * YEAR)
        assert going(paid) == ["intake-1", "in-1", "in-3"]
        clock.pass_by(days=3 * YEAR)
        assert going(paid) == ["intake-1", "out-1", "in-1", "in-2", "in-3"]

    def test_the_list_says_how_much_and_how_old(self, paid: TestGateway, clock: Clock) -> None:
        clock.pass_by(days=10 * YEAR)
        told = of(look(paid), "claim_files")
        (file,) = files_out(paid)
        day = date(2026, 6, 30)
        assert (told.count, told.bytes, told.oldest, told.newest) == (1, file.size, day, day)

    def test_a_file_is_as_old_as_the_last_thing_that_happened_to_its_claims(
        self, paid: TestGateway, clock: Clock
    ) -> None:
        clock.pass_by(days=4 * YEAR)
        taken_back = books.payment(
            "BACK", "CLP*E2*22*-165*-100**12*PCNE2*11*1", "CAS*CO*45*-65", "CLP*E2*1*165*110**12*PCNE2*11*1",
            "CAS*CO*45*55",
        )  # fmt: skip
        books.posted(paid, books.x835(taken_back))
        reconcile(paid)
        clock.pass_by(days=4 * YEAR)
        assert going(paid) == ["in-3"]
        clock.pass_by(days=3 * YEAR)
        assert going(paid) == ["intake-1", "in-1", "in-3"]

    def test_looking_changes_nothing(self, paid: TestGateway, clock: Clock) -> None:
        clock.pass_by(days=10 * YEAR)
        before = books.dump(paid)
        look(paid)
        assert books.dump(paid) == before
        assert codes(paid) == []


class TestWhatIsStillNeededStays:
    def kept(self, gateway: TestGateway, kind: Kind) -> list[tuple[str, int]]:
        return [(one.why, one.count) for one in of(look(gateway), kind).kept]

    def test_claims_that_nobody_decided(self, gateway: TestGateway, clock: Clock) -> None:
        numbers = sent(gateway)
        books.posted(gateway, remittance(*numbers[:2]))
        reconcile(gateway)
        clock.pass_by(days=11 * YEAR)
        assert going(gateway) == ["in-2"]  # the 835 speaks of the two alone
        assert self.kept(gateway, "claim_files") == [("claims in it aren't finished", 1)]
        assert self.kept(gateway, "encounters") == [("claims in it aren't finished", 1)]
        assert self.kept(gateway, "acknowledgments") == [("claims in it aren't finished", 1)]

    def test_a_file_that_is_held(self, gateway: TestGateway, clock: Clock) -> None:
        numbers = sent(gateway)
        broken = remittance(*numbers).replace(b"CAS*CO*45*65", b"CAS*CO*45*60", 1)
        assert books.posted(gateway, broken).file.state == "held"
        clock.pass_by(days=11 * YEAR)
        assert self.kept(gateway, "remittances") == [("it is held", 1)]

    def test_a_file_that_nobody_read(self, paid: TestGateway, clock: Clock) -> None:
        books.received(paid, remittance("X1"))
        clock.pass_by(days=11 * YEAR)
        assert self.kept(paid, "others") == [("nobody has read it yet", 1)]

    def test_a_file_that_may_not_have_arrived(self, gateway: TestGateway, clock: Clock) -> None:
        ready(gateway)
        gateway.lines = {"acme": _no_line}
        send(gateway, gateway.workspace.partner("acme"))
        clock.pass_by(days=11 * YEAR)
        assert self.kept(gateway, "claim_files") == [("it hasn't left", 1)]

    def test_money_that_fits_no_claim(self, paid: TestGateway, clock: Clock) -> None:
        books.posted(paid, remittance("NOBODYS"))
        clock.pass_by(days=11 * YEAR)
        assert self.kept(paid, "remittances") == [("it waits in `edigate work`", 1)]
        assert "in-2" in going(paid)

    def test_what_reconcile_has_still_to_compare(self, gateway: TestGateway, clock: Clock) -> None:
        books.posted(gateway, remittance(*sent(gateway)))
        clock.pass_by(days=11 * YEAR)
        assert self.kept(gateway, "remittances") == [("`edigate reconcile` hasn't compared it yet", 1)]

    def test_a_content_that_is_kept_as_something_else(self, paid: TestGateway, clock: Clock) -> None:
        """The 835 comes again after four years: the same bytes are younger as a duplicate."""
        clock.pass_by(days=4 * YEAR)
        with paid.ledger.read() as tx:
            sha256 = tx.connection.exec_driver_sql("SELECT sha256 FROM inbound_file WHERE id = 2").scalar_one()
        books.received(paid, paid.archive.get(sha256), name="again.835")
        clock.pass_by(days=7 * YEAR)
        assert "in-2" not in " ".join(going(paid))
        assert self.kept(paid, "remittances") == [("the same content is kept as in-4", 1)]
        clock.pass_by(days=3 * YEAR)
        assert "in-2 in-4" in going(paid)

    def test_a_refused_encounter(self, gateway: TestGateway, clock: Clock) -> None:
        rows = [*visits(1), visits(1, "R")[0] | {"diagnosis1": ""}]
        path = extract(gateway.workspace.root / "inbox", rows)
        assert convert(gateway, path, MAPPING, gateway.workspace.partner("acme")).refused == 1
        clock.pass_by(days=11 * YEAR)
        assert self.kept(gateway, "encounters") == [("claims in it aren't finished", 1)]


def _no_line() -> Transport:
    raise PartnerUnreachableError("no connection")


class TestWhatWasLookedAtGoes:
    def test_it_is_gone_from_the_disk_and_written_down(self, paid: TestGateway, clock: Clock) -> None:
        (file,) = files_out(paid)
        clock.pass_by(days=10 * YEAR)
        number = look(paid).number
        done = purge(paid, number)
        assert (done.files, done.ended) == (5, 0)
        assert list(paid.archive) == []
        with paid.ledger.read() as tx:
            (one,) = purges(tx)
            assert pending(tx) == []
        assert (one.list, one.files, one.bytes, one.finished_at) == (number, 5, done.bytes, clock.now)
        assert file.size < done.bytes
        assert codes(paid) == []
        assert look(paid).empty

    def test_another_list_is_not(self, paid: TestGateway, clock: Clock) -> None:
        clock.pass_by(days=YEAR)
        seen = look(paid).number
        clock.pass_by(days=9 * YEAR)
        with pytest.raises(UsageError, match="isn't what would be purged now"):
            purge(paid, seen)
        with pytest.raises(UsageError, match="isn't what would be purged now"):
            purge(paid, "0" * 12)
        assert len(list(paid.archive)) == 5

    def test_a_list_of_a_day_is_the_same_on_another(self, paid: TestGateway, clock: Clock) -> None:
        clock.pass_by(days=YEAR)
        day = clock.now.date()
        seen = look(paid, day).number
        clock.pass_by(days=9 * YEAR)
        assert purge(paid, seen, day).files == 1
        assert len(list(paid.archive)) == 4

    def test_the_money_and_the_claims_are_as_before(self, paid: TestGateway, clock: Clock) -> None:
        before = books.money_of(paid)
        clock.pass_by(days=10 * YEAR)
        really(paid)
        assert books.money_of(paid) == before


class TestWhatWentIsKnown:
    @pytest.fixture
    def purged(self, paid: TestGateway, clock: Clock) -> TestGateway:
        clock.pass_by(days=10 * YEAR)
        really(paid)
        return paid

    def test_whoever_asks_is_told(self, purged: TestGateway, tmp_path: Path) -> None:
        with pytest.raises(PurgedError, match="purged on 2036-06-30 by rule claim_files 10 years"):
            list(content_of(purged, "out-1"))
        assert [one.purged for one in export(purged, tmp_path / "out")] != [""] * 4
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["files.jsonl"]

    def test_a_remittance_that_comes_again_is_posted_to_nobody(self, paid: TestGateway, clock: Clock) -> None:
        with paid.ledger.read() as tx:
            sha256 = tx.connection.exec_driver_sql("SELECT sha256 FROM inbound_file WHERE id = 2").scalar_one()
        content = paid.archive.get(sha256)
        clock.pass_by(days=10 * YEAR)
        really(paid)
        before = books.money_of(paid)
        file = books.received(paid, content, name="again.835")
        assert (file.state, file.duplicate_of_id) == ("kept", 2)
        assert post(paid).files == []
        assert books.money_of(paid) == before
        assert codes(paid) == []
        assert paid.archive.get(sha256) == content  # it is there again, and has its age again
        assert look(paid).empty
        clock.pass_by(days=10 * YEAR)
        assert going(paid) == ["in-2 in-4"]

    def test_an_extract_that_comes_again_makes_no_claim(self, purged: TestGateway) -> None:
        before = books.money_of(purged)
        path = extract(purged.workspace.root / "inbox", visits(3), "E.csv")
        again = convert(purged, path, MAPPING, purged.workspace.partner("acme"))
        assert again.claims_made == 0
        assert books.money_of(purged) == before
        assert send(purged, purged.workspace.partner("acme")).files == []
        assert codes(purged) == []
        assert going(purged) == ["intake-1"]  # the bytes are there again, and as old as they were

    def test_one_that_nobody_purged_is_missing(self, paid: TestGateway, clock: Clock) -> None:
        (file,) = files_out(paid)
        paid.archive.remove(file.sha256)
        assert codes(paid) == ["ARCHIVE-MISSING"]
        clock.pass_by(days=10 * YEAR)
        (kept,) = of(look(paid), "claim_files").kept
        assert kept.why == "it isn't in the archive: `edigate db check`"
        really(paid)
        assert codes(paid) == ["ARCHIVE-MISSING"]


class TestAPurgeThatBreaksOff:
    @pytest.fixture
    def broken_off(self, paid: TestGateway, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> TestGateway:
        """Two of five files are gone when it is killed, and nobody has written that down."""
        clock.pass_by(days=10 * YEAR)
        number, remove, left = look(paid).number, paid.archive.remove, [2]

        def until_killed(sha256: str) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            remove(sha256)

        monkeypatch.setattr(paid.archive, "remove", until_killed)
        with pytest.raises(KeyboardInterrupt):
            purge(paid, number)
        monkeypatch.undo()
        return paid

    def test_is_told_and_is_no_damage(self, broken_off: TestGateway) -> None:
        assert len(list(broken_off.archive)) == 3
        assert len(look(broken_off).unfinished) == 5
        assert codes(broken_off) == ["PURGE-UNFINISHED"]

    def test_is_ended_by_the_next(self, broken_off: TestGateway) -> None:
        done = purge(broken_off, look(broken_off).number)
        assert (done.files, done.ended, done.taken_back) == (0, 5, 0)
        assert list(broken_off.archive) == []
        with broken_off.ledger.read() as tx:
            (one,) = purges(tx)
        assert one.finished_at is not None
        assert codes(broken_off) == []

    def test_lets_what_is_held_by_then_be(self, broken_off: TestGateway) -> None:
        put_on(broken_off, [], everything=True, why="audit")
        done = purge(broken_off, look(broken_off).number)
        assert (done.ended, done.taken_back) == (2, 3)
        assert len(list(broken_off.archive)) == 3
        assert codes(broken_off) == []


class TestLegalHolds:
    @pytest.fixture
    def two(self, paid: TestGateway, clock: Clock) -> TestGateway:
        """Another three claims in files of their own: intake-2, out-2, in-4 (999), in-5 (835)."""
        books.posted(paid, remittance(*sent(paid, prefix="N")))
        reconcile(paid)
        clock.pass_by(days=10 * YEAR)
        return paid

    @pytest.mark.parametrize(
        ("keys", "partner", "everything", "stays"),
        [
            (["claim-2"], "", False, "intake-1 out-1 in-1 in-2"),
            (["in-3", "out-2"], "", False, "intake-2 out-2 in-3 in-4 in-5"),
            ([], "acme", False, "intake-1 out-1 in-1 in-2 in-3 intake-2 out-2 in-4 in-5"),
            ([], "", True, "intake-1 out-1 in-1 in-2 in-3 intake-2 out-2 in-4 in-5"),
        ],
    )
    def test_what_is_held_stays(
        self, two: TestGateway, keys: list[str], partner: str, everything: bool, stays: str
    ) -> None:
        all_of_it = set(going(two))
        put_on(two, keys, partner=partner, everything=everything, why="counsel asks")
        assert all_of_it - set(going(two)) == set(stays.split())
        assert {one.why for kind in look(two).kinds for one in kind.kept} == {"a legal hold is on it"}

    def test_a_hold_undoes_the_list_that_was_looked_at(self, two: TestGateway) -> None:
        seen = look(two).number
        (hold,) = put_on(two, ["in-3"], why="counsel asks")
        with pytest.raises(UsageError):
            purge(two, seen)
        lift(two, hold.id, why="settled")
        purge(two, seen)
        assert list(two.archive) == []
