"""What has its age goes, what is still needed stays, and whatever went is never taken for lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from edigate.archive import Archive
from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError, LedgerBusyError, PartnerUnreachableError, PurgedError, StorageError, UsageError
from edigate.gateway.archived_files import content_of, export
from edigate.gateway.backup import allow_sending, back_up, restore
from edigate.gateway.checking import check
from edigate.gateway.convert import convert
from edigate.gateway.deposits import import_files
from edigate.gateway.holding import lift, put_on
from edigate.gateway.nightly import nightly
from edigate.gateway.post import post
from edigate.gateway.purge import purge, vacuum_ledger
from edigate.gateway.purging import OfKind, Plan, look
from edigate.gateway.reconcile import reconcile
from edigate.gateway.send import send
from edigate.gateway.worklist import Acts, act
from edigate.ledger.purges import pending, purged_claim_words, purges
from edigate.retention import Kind
from edigate.transport import Transport
from tests.bank.bank_files import entry, nacha
from tests.gateway import posting_books as books
from tests.gateway.practice import MAPPING, Clock, TestGateway, extract, files_out, ready, visits

RULES = """
[retention]
encounters = "7 years"
claim_files = "10 years"
remittances = "10 years"
acknowledgments = "7 years"
bank_files = "7 years"
others = "1 year"
claims = "12 years"
"""
YEAR = 365.25
PERSON = "ZQMARKED"  # a last name that stands nowhere else
Open = Callable[[Workspace], TestGateway]
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


def corrected(number: str) -> bytes:
    """An 835 that takes back what was paid, and pays 10.00 more."""
    back = (f"CLP*{number}*22*-165*-100**12*PCN{number}*11*1", "CAS*CO*45*-65")
    again = (f"CLP*{number}*1*165*110**12*PCN{number}*11*1", "CAS*CO*45*55")
    return books.x835(books.payment(f"BACK{number}", *back, *again))


def sent(gateway: TestGateway, count: int = 3, prefix: str = "E", **cells: str) -> list[str]:
    """Claims sent, and the file accepted; their numbers."""
    ready(gateway, count, prefix, **cells)
    send(gateway, gateway.workspace.partner("acme"))
    (file, *_) = reversed(files_out(gateway))
    accepted = ACCEPTED.replace("HC*1*", f"HC*{file.gs06}*").replace("*0001*", f"*{file.gs06:04d}*")
    books.posted(gateway, books.x999(accepted))
    return [f"{prefix}{number}" for number in range(1, count + 1)]


@pytest.fixture(scope="session")
def made_once() -> dict[str, Path]:
    """Workspaces that many tests begin with, each made by the first that asks for it."""
    return {}


class Begin:
    """A workspace as it was made once: the test's own copy, opened."""

    def __init__(self, workspace: Workspace, opened: Open, made: dict[str, Path], folder: Path) -> None:
        self._workspace = workspace
        self._opened = opened
        self._made = made
        self._folder = folder

    def with_(self, name: str, make: Callable[[TestGateway], None]) -> TestGateway:
        root = self._workspace.root
        if name in self._made:
            shutil.copytree(self._made[name], root, dirs_exist_ok=True)
        else:
            gateway = self._opened(self._workspace)
            make(gateway)
            gateway.ledger.close()
            self._made[name] = self._folder
            shutil.copytree(root, self._folder, dirs_exist_ok=True)
        return self._opened(load_workspace(root))


@pytest.fixture
def begin(
    workspace: Workspace, opened: Open, made_once: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Begin:
    return Begin(workspace, opened, made_once, tmp_path_factory.mktemp("begin"))


def all_paid(gateway: TestGateway) -> None:
    books.posted(gateway, remittance(*sent(gateway, subscriber_last_name=PERSON)))
    books.posted(gateway, REPORT)
    reconcile(gateway)


@pytest.fixture
def paid(begin: Begin) -> TestGateway:
    """Three claims sent, accepted and paid in June 2026: intake-1, out-1, in-1 (999), in-2 (835), in-3 (a report)."""
    return begin.with_("paid", all_paid)


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
        rows = [one | {"subscriber_last_name": PERSON} for one in visits(3)]
        path = extract(purged.workspace.root / "inbox", rows, "E.csv")
        again = convert(purged, path, MAPPING, purged.workspace.partner("acme"))
        assert again.claims_made == 0
        assert books.money_of(purged) == before
        assert send(purged, purged.workspace.partner("acme")).files == []
        assert codes(purged) == []
        assert going(purged) == ["intake-1"]  # the bytes are there again, and as old as they were

    def test_a_payment_is_told_without_it(self, purged: TestGateway, capsys: pytest.CaptureFixture[str]) -> None:
        root = str(purged.workspace.root)
        assert main(["show", "payment", "EFTE1", "--workspace", root]) == 0
        assert "purged on 2036-06-30 by rule remittances 10 years" in capsys.readouterr().out
        assert main(["show", "claim", "E1", "--workspace", root]) == 0
        assert "purged on 2036-06-30 by rule remittances 10 years" in capsys.readouterr().out
        assert main(["show", "file", "out-1", "--workspace", root]) == 0
        assert "Its bytes were purged on 2036-06-30 by rule claim_files 10 years" in capsys.readouterr().out
        assert main(["archive", "get", "in-2", "--workspace", root]) == 66
        assert "purged on 2036-06-30 by rule remittances 10 years" in capsys.readouterr().err

    def test_an_answer_that_comes_very_late_is_told_by_its_segment(self, purged: TestGateway) -> None:
        (file,) = files_out(purged)
        late = ACCEPTED.replace("HC*1*", f"HC*{file.gs06}*").replace("*0001*", f"*{file.gs06:04d}*")
        late = late.replace("IK5*A", "IK3*NM1*14**8\nIK4*9*67*7*X\nIK5*R*5").replace("AK9*A", "AK9*R")
        assert books.posted(purged, books.x999(late)).file.state == "posted"
        assert books.states(purged, "E1", "E2", "E3") == ["paid"] * 3

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
        assert codes(broken_off) == ["ARCHIVE-PURGE"]

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

    def test_a_hold_undoes_the_list_that_was_looked_at(self, two: TestGateway) -> None:
        seen = look(two).number
        (hold,) = put_on(two, ["in-3"], why="counsel asks")
        with pytest.raises(UsageError):
            purge(two, seen)
        lift(two, hold.id, why="settled")
        purge(two, seen)
        assert list(two.archive) == []


class TestPersonsInClaims:
    def holds_persons(self, gateway: TestGateway) -> bool:
        """Whether any file of the ledger has the name, pages let go and journal included."""
        path = gateway.workspace.ledger_path
        return any(PERSON.encode() in one.read_bytes() for one in path.parent.glob(f"{path.name}*"))

    def test_go_for_good_and_the_rest_stays(self, paid: TestGateway, clock: Clock) -> None:
        before = books.money_of(paid)
        assert self.holds_persons(paid)
        clock.pass_by(days=12 * YEAR)
        assert look(paid).claims == [1, 2, 3]
        really(paid)
        assert not self.holds_persons(paid)
        assert books.money_of(paid) == before
        assert codes(paid) == []
        assert look(paid).empty

    def test_go_no_sooner_than_their_age(self, paid: TestGateway, clock: Clock) -> None:
        clock.pass_by(days=12 * YEAR - 1)
        assert look(paid).claims == []

    def test_the_claim_is_still_told_and_says_what_happened(
        self, paid: TestGateway, clock: Clock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clock.pass_by(days=12 * YEAR)
        really(paid)
        detail = books.detail(paid, "E1")
        assert (detail.claim.state, detail.balance.paid_cents, detail.lines[0].procedure) == ("paid", 10000, "99213")
        assert b"99213" in detail.record
        assert main(["show", "claim", "E1", "--workspace", str(paid.workspace.root)]) == 0
        assert "its persons were purged on 2038-06-30 by rule claims 12 years" in capsys.readouterr().out
        with paid.ledger.read() as tx:
            assert purged_claim_words(tx, 1) == "purged on 2038-06-30 by rule claims 12 years"

    def test_nothing_goes_wrong_with_them_afterwards(self, paid: TestGateway, clock: Clock) -> None:
        """Money comes, the night reconciles, a new claim is made: a claim without persons is a claim."""
        clock.pass_by(days=12 * YEAR)
        really(paid)
        assert books.posted(paid, corrected("E1")).file.state == "posted"
        reconcile(paid)
        assert books.account(paid, "E1").paid_cents == 11000
        sent(paid, prefix="N")
        assert send(paid, paid.workspace.partner("acme")).files == []

    def test_a_claim_on_hold_keeps_them_with_all_its_versions(self, paid: TestGateway, clock: Clock) -> None:
        clock.pass_by(days=12 * YEAR)
        put_on(paid, ["claim-2"], why="counsel asks")
        assert look(paid).claims == [1, 3]
        put_on(paid, ["out-1"], why="counsel asks")
        assert look(paid).claims == []


class TestPackingTheLedger:
    def test_it_gives_space_back_and_leaves_nothing(self, paid: TestGateway) -> None:
        """What was let go without being overwritten is in the file until it is packed."""
        path = paid.workspace.ledger_path

        def is_there() -> bool:
            return any(b"ZQSCRATCH" in one.read_bytes() for one in path.parent.glob(f"{path.name}*"))

        with sqlite3.connect(path) as file:
            file.execute("PRAGMA secure_delete = OFF")
            file.execute("CREATE TABLE scratch (text)")
            file.executemany("INSERT INTO scratch VALUES (?)", [(f"ZQSCRATCH{n}" * 50,) for n in range(2000)])
            file.execute("DROP TABLE scratch")
        file.close()
        assert is_there()
        before = books.dump(paid)
        done = vacuum_ledger(paid)
        assert done.after < done.before / 2
        assert not is_there()
        assert books.dump(paid) == before
        assert codes(paid) == []

    def test_not_while_somebody_works(self, paid: TestGateway) -> None:
        with paid.only_one("partner-acme"), pytest.raises(LedgerBusyError):
            vacuum_ledger(paid)

    def test_not_without_room(self, paid: TestGateway, monkeypatch: pytest.MonkeyPatch) -> None:
        full = SimpleNamespace(free=1000)
        monkeypatch.setattr("edigate.ledger.vacuum.shutil.disk_usage", lambda _: full)
        with pytest.raises(StorageError, match="twice as many are needed"):
            vacuum_ledger(paid)


class TestBackups:
    @pytest.fixture
    def copy(self, paid: TestGateway, clock: Clock, tmp_path: Path) -> Path:
        """A backup made before anything was purged."""
        back_up(paid, tmp_path / "backup")
        clock.pass_by(days=10 * YEAR)
        really(paid)
        return tmp_path / "backup"

    def test_the_next_into_the_same_folder_lets_go_as_well(self, paid: TestGateway, copy: Path) -> None:
        assert len(list(Archive(copy / "archive"))) == 5
        made = back_up(paid, copy)
        assert (made.files, made.dropped) == (0, 5)
        assert list(Archive(copy / "archive")) == []

    def test_one_from_before_brings_it_back_and_says_so(
        self, copy: Path, tmp_path: Path, opened: Open, capsys: pytest.CaptureFixture[str]
    ) -> None:
        capsys.readouterr()
        assert main(["restore", str(copy), str(tmp_path / "anew")]) == 1
        assert "Nothing is sent or purged from it until you say so" in capsys.readouterr().out
        restored = opened(load_workspace(tmp_path / "anew"))
        assert len(list(restored.archive)) == 5
        number = look(restored).number
        with pytest.raises(ConfigError, match="which legal holds were put on since"):
            purge(restored, number)
        allow_sending(restored)
        assert purge(restored, number).files == 5

    def test_one_made_while_a_purge_had_broken_off_is_sound(
        self, paid: TestGateway, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock.pass_by(days=10 * YEAR)
        number = look(paid).number
        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr(paid.archive, "remove", _killed)
            purge(paid, number)
        back_up(paid, tmp_path / "backup")
        restore(tmp_path / "backup", tmp_path / "anew", {})

    def test_not_while_a_purge_is_at_work(self, paid: TestGateway, tmp_path: Path) -> None:
        with paid.only_one("purge"), pytest.raises(LedgerBusyError):
            back_up(paid, tmp_path / "backup")


def _killed(_sha256: str) -> None:
    raise KeyboardInterrupt


class TestByCommandAndAtNight:
    def test_what_was_looked_at_goes(
        self, paid: TestGateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = paid.workspace.root
        text = (root / "edigate.toml").read_text().replace('"1 year"', '"1 day"')
        (root / "edigate.toml").write_text(text + "allow_short = true\n")
        monkeypatch.chdir(root)
        assert main(["purge", "--files"]) == 0
        shown = capsys.readouterr().out
        assert "in-3" in shown
        assert "Nothing was purged." in shown
        number = shown.split()[-1]
        assert main(["purge", "--really", "0" * 12]) == 64
        assert main(["hold", "add", "in-3", "--why", "counsel asks"]) == 0
        assert main(["purge", "--really", number]) == 64
        assert main(["hold", "remove", "1", "--why", "settled"]) == 0
        assert main(["purge", "--really", number]) == 0
        assert "1 files (" in capsys.readouterr().out
        assert main(["purge", "--past"]) == 0
        assert number in capsys.readouterr().out
        assert main(["hold", "list", "--all"]) == 0
        assert "counsel asks" in capsys.readouterr().out
        assert main(["audit", "list", "--act", "purge"]) == 0
        assert number in capsys.readouterr().out
        assert main(["db", "vacuum"]) == 0
        assert main(["db", "check"]) == 0

    def test_the_night_purges_where_it_is_told_to(self, paid: TestGateway, opened: Open, clock: Clock) -> None:
        clock.pass_by(days=10 * YEAR)
        assert nightly(paid).purged is None
        assert len(list(paid.archive)) == 5
        settings = paid.workspace.root / "edigate.toml"
        settings.write_text(settings.read_text() + "nightly = true\n")
        report = nightly(opened(load_workspace(paid.workspace.root)))
        assert (report.purged.files if report.purged else 0, report.troubles) == (5, [])
        assert list(paid.archive) == []
