"""Sealing by the jobs: the night works without a key, and what is done can't be read back without one."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edigate.archive import Archive
from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import SealedError
from edigate.gateway.archived_files import content_of, export
from edigate.gateway.backup import back_up, restore
from edigate.gateway.checking import check
from edigate.gateway.convert import convert
from edigate.gateway.matching import queue
from edigate.gateway.nightly import nightly
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post
from edigate.gateway.sealing import Sealing, seal_done
from edigate.gateway.send import send
from edigate.ledger.outbound import advance
from edigate.partners.model import Partner
from tests.gateway.posting_books import payment, received, x277ca, x835, x999
from tests.gateway.practice import (
    MAPPING,
    Clock,
    TestGateway,
    claims_by_state,
    extract,
    files_out,
    on_server,
    ready,
    visits,
)

pyrage = pytest.importorskip("pyrage", reason="pyrage isn't installed (pip install 'edigate[sealing]')")
Open = Callable[[Workspace], TestGateway]

KEY = pyrage.x25519.Identity.generate()
ACCEPTED = "AK1*HC*1*005010X222A1\nAK2*837*0001*005010X222A1\nIK5*A\nAK9*A*1*1*1"
REPORT = b"All went well with JANE CANARY.\n"


@pytest.fixture
def sealing(workspace: Workspace, opened: Open) -> TestGateway:
    """The nightly user's gateway: it has the public key alone."""
    with (workspace.root / "edigate.toml").open("a") as settings:
        settings.write(f'\n[archive]\nrecipients = ["{KEY.to_public()}"]\n')
    return opened(load_workspace(workspace.root))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "officer.txt"
    path.write_text(f"{KEY}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def officer(sealing: TestGateway, key: Path, clock: Clock) -> Gateway:
    """The gateway of who has the private key."""
    return Gateway.open(sealing.workspace, clock=clock, environ={"EDIGATE_IDENTITY": str(key)})


def plain(gateway: Gateway) -> list[str]:
    """What anybody who can read the archive's folder reads there."""
    return list(gateway.archive.plain())


def sealed(gateway: Gateway, *keys: str) -> list[bool]:
    return [gateway.archive.is_sealed(key) for key in keys]


def test_without_keys_nothing_is_sealed(gateway: TestGateway, partner: Partner) -> None:
    ready(gateway)
    send(gateway, partner)
    assert seal_done(gateway) == Sealing()
    assert len(plain(gateway)) == 2


class TestTheNight:
    def test_each_file_is_sealed_when_its_last_job_is_done(
        self, sealing: TestGateway, partner: Partner, clock: Clock
    ) -> None:
        ready(sealing)  # the extract is converted, and done
        assert seal_done(sealing) == Sealing(sealed=1)
        send(sealing, partner)
        (ours,) = files_out(sealing)
        assert seal_done(sealing) == Sealing(plain=1)  # a 999 may name a segment of it
        answer = received(sealing, x999(ACCEPTED))
        assert seal_done(sealing) == Sealing(plain=2)
        post(sealing)
        assert claims_by_state(sealing) == {"acknowledged": 3}
        assert seal_done(sealing) == Sealing(sealed=2)
        assert plain(sealing) == []
        assert sealed(sealing, ours.sha256, answer.sha256) == [True, True]

    def test_it_seals_at_its_end_and_goes_on_the_next_night(self, sealing: TestGateway, inbox: Path) -> None:
        with (sealing.workspace.root / "edigate.toml").open("a") as settings:
            settings.write('\n[[intake]]\nfiles = "inbox/*.csv"\nmapping = "encounters-csv"\npartner = "acme"\n')
        sealing.workspace = load_workspace(sealing.workspace.root)
        extract(inbox, visits(3))
        outbound = sealing.workspace.root / "acme-server" / "outbound"
        (outbound / "report.txt").write_bytes(REPORT)
        assert nightly(sealing).exit_code == 0
        assert sealed(sealing, hashlib.sha256(REPORT).hexdigest()) == [True]
        assert len(plain(sealing)) == 1  # the file that was sent
        (outbound / "a.999").write_bytes(x999(ACCEPTED))
        night = nightly(sealing)  # reads the same extract again, which was sealed
        assert (night.exit_code, night.troubles) == (0, [])
        assert claims_by_state(sealing) == {"acknowledged": 3}

    def test_what_is_uncertain_stays_plain_until_it_is_decided(
        self, sealing: TestGateway, partner: Partner, clock: Clock
    ) -> None:
        ready(sealing)
        send(sealing, partner)
        with sealing.ledger.write() as tx:
            tx.connection.exec_driver_sql("UPDATE outbound_file SET state = 'uncertain', sent_at = NULL")
        clock.pass_by(days=400)
        assert seal_done(sealing) == Sealing(sealed=1, plain=1)
        with sealing.ledger.write() as tx:
            advance(tx, 1, expect="uncertain", to="sent")
        clock.pass_by(days=8)
        assert seal_done(sealing) == Sealing(sealed=1)  # nobody answered it for longer than plain_days

    def test_what_is_held_stays_plain(self, sealing: TestGateway, clock: Clock) -> None:
        received(sealing, x835(payment("T1", "CLP*E1*1*165*100**12*P1", amount="99")))
        assert post(sealing).held
        clock.pass_by(days=400)
        assert seal_done(sealing) == Sealing(plain=1)

    def test_what_waits_for_its_claim_stays_plain_for_plain_days(self, sealing: TestGateway, clock: Clock) -> None:
        received(sealing, x835(payment("T1", "CLP*NOBODY*1*165*100**12*P1", "CAS*CO*45*65")))
        post(sealing)
        assert seal_done(sealing) == Sealing(plain=1)
        clock.pass_by(days=8)
        assert seal_done(sealing) == Sealing(sealed=1)

    def test_the_same_bytes_are_still_known(self, sealing: TestGateway, partner: Partner, inbox: Path) -> None:
        first = received(sealing, REPORT)
        post(sealing)
        seal_done(sealing)
        again = received(sealing, REPORT)
        assert (again.state, again.duplicate_of_id) == ("kept", first.id)
        path = extract(inbox, visits(2))
        assert convert(sealing, path, MAPPING, partner).claims_made == 2
        seal_done(sealing)
        assert convert(sealing, path, MAPPING, partner).already
        assert len(plain(sealing)) == 2  # what was given again can be read for an hour
        assert check(sealing).findings == []

    def test_what_nobody_names_is_sealed_after_a_day(self, sealing: TestGateway) -> None:
        sha256 = sealing.archive.put(b"of a conversion that failed")
        assert seal_done(sealing) == Sealing(plain=1)
        os.utime(sealing.archive._path(sha256), (time.time() - 90_000,) * 2)
        assert seal_done(sealing) == Sealing(sealed=1)

    def test_another_run_that_posted_and_sealed_a_file_was_faster(
        self, sealing: TestGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        received(sealing, REPORT)

        def slow(*given: object) -> tuple[object, list[object]]:
            with monkeypatch.context() as faster:
                faster.setattr("edigate.gateway.post.opened_messages", lambda gateway, waiting: (waiting, []))
                post(sealing)
            assert seal_done(sealing).sealed == 1
            return given[1], []

        monkeypatch.setattr("edigate.gateway.post.opened_messages", slow)
        (posted,) = post(sealing).files
        assert (posted.file.state, posted.outcome.already) == ("kept", True)

    def test_a_damaged_file_is_told_and_stops_no_other(self, sealing: TestGateway) -> None:
        kept = [received(sealing, text) for text in (REPORT, b"another report\n")]
        post(sealing)
        path = sealing.archive._path(kept[0].sha256)
        path.chmod(0o600)
        path.write_bytes(b"changed")
        report = seal_done(sealing)
        assert (report.sealed, report.plain) == (1, 0)
        assert kept[0].sha256 in report.troubles[0]


class TestReading:
    """After everything was sealed, by who has no key and by who has one."""

    @pytest.fixture
    def done(self, sealing: TestGateway, partner: Partner, clock: Clock) -> TestGateway:
        ready(sealing)
        send(sealing, partner)
        received(sealing, x999(ACCEPTED))
        received(sealing, x835(payment("T1", "CLP*E1*1*165*100**12*P1", "CAS*CO*45*65", "CLP*NOBODY*1*9*9**12*P2")))
        post(sealing)
        clock.pass_by(days=30)
        assert seal_done(sealing).plain == 0
        return sealing

    def test_by_whom(self, done: TestGateway, officer: Gateway, tmp_path: Path) -> None:
        (content,) = on_server(done.workspace).values()
        with pytest.raises(SealedError, match="is sealed"):
            list(content_of(done, "out-1"))
        with pytest.raises(SealedError, match="3 of these 3 files are sealed"):
            export(done, tmp_path / "none")
        assert not (tmp_path / "none").exists()
        assert b"".join(content_of(officer, "out-1")) == content
        assert [one.file for one in export(officer, tmp_path / "all")] == ["out-1.x12", "in-1", "in-2"]

    def test_what_waits_is_told_without_what_only_the_file_says(self, done: TestGateway, officer: Gateway) -> None:
        (one,) = queue(done).waiting
        assert (one.number, one.candidates) == ("NOBODY", [])
        assert queue(officer).waiting[0].number == "NOBODY"

    def test_the_commands_say_what_to_give(
        self,
        done: TestGateway,
        key: Path,
        tmp_path: Path,
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(done.workspace.root)
        (content,) = on_server(done.workspace).values()
        assert main(["archive", "get", "out-1"]) == 74
        told = capfd.readouterr().err
        assert "--identity FILE" in told
        assert "Traceback" not in told
        assert main(["archive", "get", "out-1", "--identity", str(key)]) == 0
        assert capfd.readouterr().out.encode() == content
        assert main(["archive", "get", "out-1", "--identity", str(tmp_path / "none.txt")]) == 78
        assert main(["archive", "export", "out/x"]) == 74
        assert main(["show", "payment", "1"]) == 0
        assert "--identity FILE" in capfd.readouterr().out.replace("\n", " ")
        assert main(["archive", "verify", "--json"]) == 0
        told_json = json.loads(capfd.readouterr().out)
        assert (told_json["files"], told_json["sealed"], told_json["opened"]) == (4, 4, 0)
        assert main(["archive", "verify", "--identity", str(key)]) == 0
        assert "opened as well" in capfd.readouterr().out
        assert main(["db", "check"]) == 0
        assert main(["archive", "seal"]) == 0
        assert main(["mapping", "explain", "--claim", "1"]) == 0
        assert "--identity FILE" in "".join(capfd.readouterr())
        monkeypatch.setenv("EDIGATE_IDENTITY", str(key))
        assert main(["show", "payment", "1"]) == 0
        assert "is sealed" not in capfd.readouterr().out

    def test_keys_are_changed(
        self, done: TestGateway, key: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        new = pyrage.x25519.Identity.generate()
        path = done.workspace.root / "edigate.toml"
        path.write_text(path.read_text().replace(str(KEY.to_public()), str(new.to_public())))
        monkeypatch.chdir(done.workspace.root)
        assert main(["archive", "seal", "--again"]) == 74
        assert main(["archive", "seal", "--again", "--identity", str(key)]) == 0
        assert "4 files were sealed anew." in capsys.readouterr().out
        assert main(["archive", "verify", "--identity", str(key)]) == 0
        assert "ARCHIVE-LOCKED" in capsys.readouterr().out
        key.write_text(f"{new}\n")
        assert main(["archive", "verify", "--identity", str(key)]) == 0
        assert "ARCHIVE" not in capsys.readouterr().out

    def test_a_rejection_that_comes_late_is_posted_all_the_same(
        self, sealing: TestGateway, partner: Partner, clock: Clock
    ) -> None:
        """Which cell it is about stands in the file that was sent; the claim is rejected without it."""
        ready(sealing, 1)
        send(sealing, partner)
        clock.pass_by(days=8)
        seal_done(sealing)
        why = "IK3*NM1*8*2010BA*8\nIK4*9*67*7*X\nIK5*R*5\nAK9*R*1*1*0"
        rejected = f"AK1*HC*1*005010X222A1\nAK2*837*0001*005010X222A1\n{why}"
        received(sealing, x999(rejected))
        (posted,) = post(sealing).files
        assert posted.file.state == "posted"
        assert claims_by_state(sealing) == {"rejected": 1}

    def test_an_answer_that_waits_in_a_sealed_file_goes_on_waiting(
        self, sealing: TestGateway, partner: Partner, clock: Clock
    ) -> None:
        """A payer's 277CA that quotes the clearinghouse's number alone came long before that number was told."""
        ready(sealing, 1)
        send(sealing, partner)
        received(sealing, traced("CLH77", "NOBODY", "A1:20", "PR"))
        post(sealing)
        clock.pass_by(days=8)
        assert seal_done(sealing).plain == 0
        received(sealing, traced("CLH77", "E1", "A1:19", "AY"))
        (posted,) = post(sealing).files
        assert posted.file.state == "posted"
        assert claims_by_state(sealing) == {"acknowledged": 1}
        assert len(queue(sealing).waiting) == 1

    def test_backups_hold_the_sealed_files(
        self, done: TestGateway, key: Path, tmp_path: Path, opened: Open, capsys: pytest.CaptureFixture[str]
    ) -> None:
        back_up(done, tmp_path / "backup")
        assert list(Archive(tmp_path / "backup" / "archive").plain()) == []
        assert b"QUILLFEATHER" not in b"".join(
            path.read_bytes().upper() for path in (tmp_path / "backup" / "archive").rglob("*") if path.is_file()
        )
        restore(tmp_path / "backup", tmp_path / "anew", {})
        other = opened(load_workspace(tmp_path / "anew"))
        assert check(other).findings == []
        assert len(list(other.archive)) == len(list(done.archive)) == 4


def traced(trace: str, number: str, status: str, sender: str) -> bytes:
    return x277ca(
        f"""BHT*0085*08*X*20260701*0600*TH
        HL*1**20*1
        NM1*{sender}*2*SENDER*****46*S1
        TRN*1*1
        HL*2*1*21*1
        NM1*41*2*TEST PRACTICE*****46*TESTSENDER
        HL*3*2*19*1
        NM1*85*2*CLINIC*****XX*1234567893
        HL*4*3*PT
        NM1*QC*1*MADE*UP****MI*M1
        TRN*2*{number}
        STC*{status}*20260701*WQ*165
        REF*D9*{trace}"""
    )
