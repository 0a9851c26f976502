"""What has its age goes, what is still needed stays, and what was looked at is what goes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError, NoInputError, PartnerUnreachableError, UsageError
from edigate.gateway.convert import convert
from edigate.gateway.deposits import import_files
from edigate.gateway.holding import lift, put_on
from edigate.gateway.post import post
from edigate.gateway.purge import purge
from edigate.gateway.purging import look
from edigate.gateway.reconcile import reconcile
from edigate.gateway.send import send
from edigate.gateway.worklist import Acts, act
from edigate.ledger.purges import pending, purges
from edigate.retention import Kind
from edigate.transport import Transport
from tests.bank.bank_files import entry, nacha
from tests.gateway import posting_books as books
from tests.gateway.conftest import Begin
from tests.gateway.practice import MAPPING, Clock, TestGateway, extract, files_out, ready, visits
from tests.gateway.purging_books import (
    YEAR,
    all_paid,
    codes,
    corrected,
    going,
    of,
    really,
    remittance,
    sent,
    with_ages,
)

Open = Callable[[Workspace], TestGateway]


@pytest.fixture
def workspace(workspace_dir: Path) -> Workspace:
    return with_ages(workspace_dir)


@pytest.fixture
def paid(begin: Begin) -> TestGateway:
    """Three claims sent, accepted and paid in June 2026: intake-1, out-1, in-1 (999), in-2 (835), in-3 (a report)."""
    return begin.with_("paid", all_paid)


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
        books.posted(paid, corrected("E2"))
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

    def test_a_denial_until_somebody_says_it_is_done(self, gateway: TestGateway, clock: Clock) -> None:
        (number,) = sent(gateway, 1)
        denied = books.payment("NO", f"CLP*{number}*4*165*0**12*PCN1*11*1", "CAS*CO*197*165")
        books.posted(gateway, books.x835(denied))
        reconcile(gateway)
        clock.pass_by(days=11 * YEAR)
        assert going(gateway) == []
        assert self.kept(gateway, "remittances") == [("claims in it aren't finished", 1)]
        act(gateway, ["claim-1"], Acts(done=True))
        assert going(gateway) == ["intake-1", "out-1", "in-1", "in-2"]

    def test_a_deposit_without_its_remittance(self, paid: TestGateway, clock: Clock) -> None:
        """Two banks' files: one tells of what was paid for the claims, one of money that no 835 speaks of."""
        trace = "TRN*1*{}*1512345678\\"
        ours = nacha(entry(30000, trace.format("EFTE1")))
        strange = nacha(entry(55555, trace.format("OTHER")), day="260711")
        paths = [paid.workspace.root / "inbox" / f"{name}.ach" for name in ("ours", "strange")]
        for path, content in zip(paths, (ours, strange), strict=True):
            path.write_bytes(content)
        assert import_files(paid, paths).matched == 1
        clock.pass_by(days=11 * YEAR)
        assert {"in-2", "in-4"} < set(going(paid))
        assert self.kept(paid, "bank_files") == [("it waits in `edigate work`", 1)]

    def test_a_zip_whose_contents_are_held(self, gateway: TestGateway, clock: Clock) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.835", remittance(*sent(gateway)))
        books.received(gateway, packed.getvalue(), name="answers.zip")
        post(gateway)
        reconcile(gateway)
        clock.pass_by(days=11 * YEAR)
        assert "in-2" in going(gateway)
        put_on(gateway, ["claim-1"], why="counsel asks")
        assert going(gateway) == []
        assert self.kept(gateway, "others") == [("what was taken out of it stays (in-3)", 1)]

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


class TestLegalHolds:
    @pytest.fixture
    def two(self, begin: Begin, clock: Clock) -> TestGateway:
        """Another three claims in files of their own: intake-2, out-2, in-4 (999), in-5 (835)."""

        def make(gateway: TestGateway) -> None:
            all_paid(gateway)
            books.posted(gateway, remittance(*sent(gateway, prefix="N")))
            reconcile(gateway)

        gateway = begin.with_("two", make)
        clock.pass_by(days=10 * YEAR)
        return gateway

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

    def test_a_former_partner_s_files_can_be_held(self, two: TestGateway, opened: Open) -> None:
        (two.workspace.root / "partners" / "acme.toml").unlink()
        without = opened(load_workspace(two.workspace.root))
        put_on(without, [], partner="acme", why="counsel asks")
        assert going(without) == []
        for key in ("claim-99", "out-99"):
            with pytest.raises(NoInputError, match=f"there is no {key}"):
                put_on(without, ["claim-1", key], why="counsel asks")
        with pytest.raises(ConfigError, match="there is no partner 'zenith'"):
            put_on(without, [], partner="zenith", why="counsel asks")
        with pytest.raises(UsageError):
            put_on(without, ["claim-1"], why=" ")

    def test_a_hold_undoes_the_list_that_was_looked_at(self, two: TestGateway) -> None:
        seen = look(two).number
        (hold,) = put_on(two, ["in-3"], why="counsel asks")
        with pytest.raises(UsageError):
            purge(two, seen)
        lift(two, hold.id, why="settled")
        purge(two, seen)
        assert list(two.archive) == []
