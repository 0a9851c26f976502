"""What went is never taken for lost: by whoever asks, by what comes again, by backups, by a purge that broke off."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from edigate.archive import Archive
from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError, LedgerBusyError, PurgedError, StorageError
from edigate.gateway import purging
from edigate.gateway.archived_files import content_of, export
from edigate.gateway.backup import allow_sending, back_up, restore
from edigate.gateway.convert import convert
from edigate.gateway.holding import put_on
from edigate.gateway.matching import assign
from edigate.gateway.nightly import nightly
from edigate.gateway.post import post
from edigate.gateway.purge import purge, vacuum_ledger
from edigate.gateway.purging import look
from edigate.gateway.reconcile import reconcile
from edigate.gateway.sealing import seal_done
from edigate.gateway.send import send
from edigate.gateway.worklist import Acts, act
from edigate.ledger.parties import to_compare
from edigate.ledger.purges import purged_claim_words, purges
from tests.gateway import posting_books as books
from tests.gateway.conftest import Begin
from tests.gateway.practice import MAPPING, Clock, TestGateway, extract, files_out, visits
from tests.gateway.purging_books import (
    ACCEPTED,
    PERSON,
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

    def test_money_matched_afterwards_is_posted_and_has_nothing_to_compare(
        self, paid: TestGateway, clock: Clock
    ) -> None:
        """Somebody called an unmatched payment done, its file went, and he learns whose it is after all."""
        books.posted(paid, remittance("NOBODYS"))
        act(paid, ["paid-4"], Acts(done=True))
        clock.pass_by(days=10 * YEAR)
        really(paid)
        assert list(paid.archive) == []
        assert assign(paid, "paid-4", "1", why="found in the old system").claim_id == 1
        reconcile(paid)
        with paid.ledger.read() as tx:
            assert to_compare(tx) == []
        assert books.account(paid, "E1").paid_cents == 20000

    def test_one_that_nobody_purged_is_missing(self, paid: TestGateway, clock: Clock) -> None:
        (file,) = files_out(paid)
        paid.archive.remove(file.sha256)
        assert codes(paid) == ["ARCHIVE-MISSING"]
        clock.pass_by(days=10 * YEAR)
        (kept,) = of(look(paid), "claim_files").kept
        assert kept.why == "it isn't in the archive: `edigate db check`"
        really(paid)
        assert codes(paid) == ["ARCHIVE-MISSING"]


class TestSealedFiles:
    def test_go_like_others(self, paid: TestGateway, opened: Open, clock: Clock) -> None:
        """Who purges needs no key to what he purges."""
        pyrage = pytest.importorskip("pyrage", reason="pyrage isn't installed (pip install 'edigate[sealing]')")
        settings = paid.workspace.root / "edigate.toml"
        key = pyrage.x25519.Identity.generate().to_public()
        settings.write_text(f'{settings.read_text()}\n[archive]\nrecipients = ["{key}"]\n')
        for path in paid.workspace.archive_path.rglob("*"):
            os.utime(path, (0, 0))  # of long ago: what is new isn't sealed yet
        sealing = opened(load_workspace(paid.workspace.root))
        assert seal_done(sealing).sealed == 5
        clock.pass_by(days=10 * YEAR)
        really(sealing)
        assert [path for path in sealing.workspace.archive_path.rglob("*") if path.is_file()] == []
        assert codes(sealing) == []


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

    def test_go_not_all_at_once(self, paid: TestGateway, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(purging, "MOST_CLAIMS", 2)
        clock.pass_by(days=12 * YEAR)
        assert (look(paid).claims, of(look(paid), "claims").stay) == ([1, 2], 1)
        really(paid)
        assert look(paid).claims == [3]
        really(paid)
        assert not self.holds_persons(paid)

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
