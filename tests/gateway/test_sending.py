"""Sending, judged by what the partner has: every claim once, whatever happens to the line, the run or the server."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable

import pytest

from edigate.config import Workspace
from edigate.errors import LedgerBusyError, LoginRefusedError, RemoteRefusedError, StorageError
from edigate.gateway import freezing
from edigate.gateway.convert import convert
from edigate.gateway.preview import write_preview
from edigate.gateway.send import SendReport, send
from edigate.ledger.numbering import next_numbers
from edigate.partners.model import Partner
from edigate.transport import RemoteFile, Transport
from edigate.transport.memory import MemoryTransport
from edigate.x12.validate import Report, validate
from tests.conftest import REPOSITORY
from tests.gateway.lines_that_fail import CutLine, Server, WatchedServer
from tests.gateway.practice import (
    MAPPING,
    Clock,
    TestGateway,
    bytes_of,
    claims_by_state,
    control_numbers,
    extract,
    files_out,
    on_server,
    ready,
    row,
    settings,
    visits,
)

Open = Callable[[Workspace], TestGateway]

FINAL = "inbound/acme_837P_000000001.x12"


class TestAWorkingLine:
    def test_everything_ready_arrives_once(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway)
        report = send(gateway, partner)
        assert (report.claims_sent, report.stopped) == (3, "")
        assert on_server(gateway.workspace) == {"acme_837P_000000001.x12": bytes_of(gateway)}
        assert sorted(control_numbers(bytes_of(gateway))) == ["E1", "E2", "E3"]
        assert claims_by_state(gateway) == {"sent": 3}

    def test_nothing_is_left_for_a_second_send(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway)
        send(gateway, partner)
        before = on_server(gateway.workspace)
        assert send(gateway, partner) == SendReport(partner="acme")
        assert on_server(gateway.workspace) == before

    def test_a_partner_is_asked_nothing_where_nothing_waits(self, gateway: TestGateway, partner: Partner) -> None:
        def no_session() -> Transport:
            raise AssertionError("nobody needed a session")

        gateway.lines = {"acme": no_session}
        assert send(gateway, partner).files == []

    def test_numbers_never_come_twice(self, gateway: TestGateway, partner: Partner) -> None:
        for night in range(6):
            ready(gateway, 2, f"N{night}V")
            send(gateway, partner)
        files = files_out(gateway)
        assert [file.isa13 for file in files] == [1, 2, 3, 4, 5, 6]
        assert [file.gs06 for file in files] == [1, 2, 3, 4, 5, 6]
        with gateway.ledger.read() as tx:
            rows = tx.connection.exec_driver_sql("SELECT st02, bht03 FROM outbound_set ORDER BY id").all()
        assert len({st02 for st02, _ in rows}) == len({bht03 for _, bht03 in rows}) == 6

    def test_each_billing_provider_has_a_set_of_its_own(self, gateway: TestGateway, partner: Partner) -> None:
        rows = [row("A1"), row("B1", billing_name="CORNERSTONE WALK IN"), row("A2")]
        convert(gateway, extract(gateway.workspace.root / "inbox", rows), MAPPING, partner)
        send(gateway, partner)
        (content,) = on_server(gateway.workspace).values()
        assert content.count(b"\nST*837*") == 2
        assert sorted(control_numbers(content)) == ["A1", "A2", "B1"]

    def test_billing_providers_share_a_set_where_the_partner_wants_one(
        self, workspace: Workspace, opened: Open
    ) -> None:
        gateway = opened(settings(workspace, batch="set_per_provider = false"))
        rows = [row("A1"), row("B1", billing_name="CORNERSTONE WALK IN"), row("A2")]
        partner = gateway.workspace.partner("acme")
        convert(gateway, extract(workspace.root / "inbox", rows), MAPPING, partner)
        send(gateway, partner)
        (content,) = on_server(workspace).values()
        assert content.count(b"\nST*837*") == 1
        assert [line.split(b"*")[2] for line in content.splitlines() if b"**20*1~" in line] == [b"", b""]
        assert validate([content]).findings == []


class TestLimits:
    def test_no_file_has_more_claims_than_the_partner_takes(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_claims = 2"))
        ready(gateway, 5)
        assert send(gateway, gateway.workspace.partner("acme")).claims_sent == 5
        numbers = [control_numbers(content) for content in on_server(gateway.workspace).values()]
        assert [len(one) for one in numbers] == [2, 2, 1]
        assert sorted(number for one in numbers for number in one) == ["E1", "E2", "E3", "E4", "E5"]

    def test_a_file_may_hold_several_sets_of_so_many_claims(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_claims = 2\nmax_claims_per_file = 100\nmax_sets = 2"))
        ready(gateway, 5)
        report = send(gateway, gateway.workspace.partner("acme"))
        assert [(file.claims, file.filename) for file in report.files] == [
            (4, "acme_837P_000000001.x12"),
            (1, "acme_837P_000000002.x12"),
        ]
        contents = list(on_server(gateway.workspace).values())
        assert [content.count(b"\nST*837*") for content in contents] == [2, 1]
        assert sorted(number for one in contents for number in control_numbers(one)) == ["E1", "E2", "E3", "E4", "E5"]

    def test_claims_of_one_patient_stand_together_whenever_they_came(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(workspace)
        partner = gateway.workspace.partner("acme")
        for night in (1, 2):
            seen = f"2026-06-1{night}"
            rows = [row(f"{person}{night}", subscriber_id=f"NW{person}", service_date=seen) for person in "ABCDE"]
            convert(gateway, extract(workspace.root / "inbox", rows, f"{night}.csv"), MAPPING, partner)
        send(gateway, partner)
        (content,) = on_server(workspace).values()
        assert content.count(b"\nHL*") == 1 + 5
        together = control_numbers(content)
        assert [one[0] for one in together[::2]] == [one[0] for one in together[1::2]]
        assert sorted(together) == sorted(f"{person}{night}" for person in "ABCDE" for night in (1, 2))

    def test_no_file_has_more_bytes_than_the_partner_takes(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_bytes = 10000"))
        ready(gateway, 40)
        send(gateway, gateway.workspace.partner("acme"))
        contents = on_server(gateway.workspace).values()
        assert len(contents) > 1
        assert max(map(len, contents)) <= 10_000
        # No file is wastefully small either, but the last.
        assert sorted(map(len, contents))[1] > 8_000
        assert len({number for content in contents for number in control_numbers(content)}) == 40

    def test_a_claim_larger_than_a_file_goes_alone(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_bytes = 10000"))
        line = {"description": "X" * 80, "modifier1": "25", "service_date_end": "2026-06-16", "modifier2": "59"}
        long = [row("L1", **line, charge="1234567.89", units="999.5", claim_note="Y" * 80) for _ in range(50)]
        rows = [*visits(2), *long]
        report = convert(
            gateway, extract(workspace.root / "inbox", rows), MAPPING, gateway.workspace.partner("acme")
        )
        assert report.claims_made == 3
        send(gateway, gateway.workspace.partner("acme"))
        sizes = {tuple(control_numbers(c)): len(c) for c in on_server(gateway.workspace).values()}
        assert {numbers for numbers, size in sizes.items() if size > 10_000} == {("L1",)}, sizes
        assert sorted(number for numbers in sizes for number in numbers) == ["E1", "E2", "L1"]


# --- the server says no


class Stubborn(MemoryTransport):
    """Refuses calls of some names, having done them or not."""

    def __init__(self, files: dict[str, bytes], *, write: str = "", rename: str = "", stat: str = "") -> None:
        super().__init__(files)
        self._refuses = {"write": write, "rename": rename, "stat": stat}

    def write(self, path: str, content: bytes) -> None:
        if self._refuses["write"] == "half":
            super().write(path, content[:100])
        if self._refuses["write"]:
            raise RemoteRefusedError("The disk is full.")
        super().write(path, content)

    def rename(self, old: str, new: str) -> None:
        if self._refuses["rename"] == "done":
            super().rename(old, new)
        if self._refuses["rename"] == "swept":
            self.remove(old)
        if self._refuses["rename"]:
            raise RemoteRefusedError("Failure.")
        super().rename(old, new)

    def stat(self, path: str) -> RemoteFile | None:
        if self._refuses["stat"]:
            raise RemoteRefusedError("Permission denied.")
        return super().stat(path)


class TestRefusals:
    def test_a_name_that_is_taken_is_left_alone_and_told(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway)
        there = gateway.workspace.root / "acme-server/inbound/acme_837P_000000001.x12"
        there.write_text("somebody else's")
        for _ in range(2):
            report = send(gateway, partner)
            assert "acme refuses the name acme_837P_000000001.x12" in report.stopped
            assert not report.try_later
        (file,) = files_out(gateway)
        assert (file.state, "exists" in file.reason) == ("renaming", True)
        assert there.read_text() == "somebody else's"
        there.unlink()
        assert send(gateway, partner).claims_sent == 3
        assert on_server(gateway.workspace) == {there.name: bytes_of(gateway)}

    def test_the_next_file_goes_all_the_same(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway, 2)
        (gateway.workspace.root / "acme-server/inbound/acme_837P_000000001.x12").write_text("somebody else's")
        send(gateway, partner)
        ready(gateway, 2, "F")
        assert send(gateway, partner).claims_sent == 2
        assert [file.state for file in files_out(gateway)] == ["renaming", "sent"]

    @pytest.mark.parametrize("how", ["at once", "half"])
    def test_a_full_disk_leaves_no_half_file_and_starts_over(
        self, gateway: TestGateway, partner: Partner, how: str
    ) -> None:
        ready(gateway)
        files: dict[str, bytes] = {}
        gateway.lines = {"acme": lambda: Stubborn(files, write=how)}
        report = send(gateway, partner)
        assert (report.stopped, report.try_later, files) == ("The disk is full.", False, {})
        assert [(file.state, file.reason) for file in files_out(gateway)] == [("queued", "refused: The disk is full.")]
        gateway.lines = {"acme": lambda: Stubborn(files)}
        assert send(gateway, partner).claims_sent == 3
        assert files == {FINAL: bytes_of(gateway)}

    def test_a_rename_done_in_spite_of_a_no_counts(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway)
        files: dict[str, bytes] = {}
        gateway.lines = {"acme": lambda: Stubborn(files, rename="done")}
        assert send(gateway, partner).claims_sent == 3
        assert files == {FINAL: bytes_of(gateway)}

    def test_a_draft_that_the_server_swept_away_is_not_taken_for_sent(
        self, gateway: TestGateway, partner: Partner
    ) -> None:
        ready(gateway)
        files: dict[str, bytes] = {}
        gateway.lines = {"acme": lambda: Stubborn(files, rename="swept")}
        report = send(gateway, partner)
        assert ([file.state for file in report.files], files) == (["uncertain"], {})
        assert claims_by_state(gateway) == {"uncertain": 3}

    @pytest.mark.parametrize("how", ["done", ""])
    def test_a_server_that_tells_nothing_by_name_tells_by_its_listing(
        self, gateway: TestGateway, partner: Partner, how: str
    ) -> None:
        ready(gateway)
        files: dict[str, bytes] = {}
        gateway.lines = {"acme": lambda: Stubborn(files, rename=how, stat="never")}
        assert send(gateway, partner).claims_sent == 3
        assert files == {FINAL: bytes_of(gateway)}

    def test_a_refused_login_is_told_once_and_tried_once(
        self, workspace: Workspace, opened: Open
    ) -> None:
        gateway = opened(workspace)
        logins = []

        def refuse() -> Transport:
            logins.append(1)
            raise LoginRefusedError("acme refused the login.")

        gateway.lines = {"acme": refuse}
        ready(gateway)
        report = send(gateway, workspace.partner("acme"))
        assert (report.stopped, report.try_later, report.refused_login) == ("acme refused the login.", False, True)
        assert logins == [1]
        assert claims_by_state(gateway) == {"queued": 3}

    def test_a_damaged_archive_holds_back_its_own_file_alone(self, gateway: TestGateway, partner: Partner) -> None:
        gateway.lines = {"acme": lambda: CutLine(MemoryTransport(), 0, done=False)}
        ready(gateway, 1, "D")
        send(gateway, partner)
        ready(gateway, 1, "F")
        first = files_out(gateway)[0].sha256
        kept = gateway.workspace.archive_path / first[:2] / first[2:4] / first
        kept.chmod(0o600)
        kept.write_bytes(b"damaged")
        gateway.lines = {}
        report = send(gateway, partner)
        assert "damaged" in report.stopped
        assert [control_numbers(content) for content in on_server(gateway.workspace).values()] == [["F1"]]


# --- two at once, claims that changed their minds, looks


class TestBesideOthers:
    def test_of_two_sends_at_once_one_sends(
        self, gateway: TestGateway, partner: Partner, opened: Open, server: Server
    ) -> None:
        ready(gateway)
        other = opened(gateway.workspace)
        refused = []

        class Meanwhile(WatchedServer):
            def write(self, path: str, content: bytes) -> None:
                with pytest.raises(LedgerBusyError, match="another edigate is working with partner-acme") as busy:
                    send(other, partner)
                refused.append(busy.value.exit_code)
                super().write(path, content)

        gateway.lines = {"acme": lambda: Meanwhile(server.files, server.arrivals)}
        assert send(gateway, partner).claims_sent == 3
        assert refused == [75]
        assert len(server.arrivals) == 1

    def test_of_two_processes_one_sends(self, gateway: TestGateway, partner: Partner) -> None:
        ready(gateway, 30)
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "edigate", "send", "--workspace", str(gateway.workspace.root), "--json"],
                cwd=REPOSITORY,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        codes = sorted(one.wait(60) for one in running)
        assert codes[0] == 0
        assert set(codes) <= {0, 75}
        (content,) = on_server(gateway.workspace).values()
        assert sorted(control_numbers(content)) == sorted(f"E{n}" for n in range(1, 31))

    def test_a_dry_run_spends_nothing_and_shows_what_is_sent(
        self, gateway: TestGateway, partner: Partner, workspace: Workspace
    ) -> None:
        ready(gateway, 5)
        before = dump(workspace)
        (preview,) = write_preview(gateway, partner)
        assert (preview.claims, preview.path.parent) == (5, workspace.out)
        assert dump(workspace) == before
        assert on_server(workspace) == {}
        with gateway.ledger.read() as tx:
            assert next_numbers(tx, "acme") == {}
        send(gateway, partner)
        assert on_server(workspace) == {preview.path.name: preview.path.read_bytes()}

    def test_a_dry_run_shows_every_file(self, workspace: Workspace, opened: Open) -> None:
        gateway = opened(settings(workspace, batch="max_claims = 2"))
        partner = gateway.workspace.partner("acme")
        ready(gateway, 1, "A")
        send(gateway, partner)
        ready(gateway, 5)
        shown = {one.path.name: one.path.read_bytes() for one in write_preview(gateway, partner)}
        send(gateway, partner)
        sent = on_server(workspace)
        assert len(shown) == 3
        assert shown.items() <= sent.items()

    def test_claims_that_no_longer_can_be_written_are_left_out_alone(
        self, workspace: Workspace, opened: Open, clock: Clock
    ) -> None:
        gateway = opened(workspace)
        ready(gateway, 3)
        ready(gateway, 1, "Q", subscriber_last_name="O'Fallowmere")
        # The partner asks for another terminator, which the claim made yesterday has in a name.
        other = opened(settings(workspace, envelope="segment_terminator = \"'\""))
        partner = other.workspace.partner("acme")
        assert [one.claims for one in write_preview(other, partner)] == [3]
        report = send(other, partner)
        assert report.claims_sent == 3
        assert "1 ready claims can't be written for acme" in report.stopped
        assert "claim 4 (DELIMITER subscriber.last_name)" in report.stopped
        assert "allowmere" not in report.stopped.lower()
        assert claims_by_state(other) == {"ready": 1, "sent": 3}
        # They went back to the old one: it goes.
        assert send(gateway, workspace.partner("acme")).claims_sent == 1

    def test_a_broken_promise_keeps_nothing_half_done(
        self, gateway: TestGateway, partner: Partner, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
    ) -> None:
        ready(gateway)
        before = dump(workspace)
        with monkeypatch.context() as patched:
            patched.setattr(freezing, "validate", lambda *_, **__: Report(valid=False))
            report = send(gateway, partner)
        assert "would not be valid" in report.stopped
        assert (report.try_later, report.files) == (False, [])
        assert dump(workspace) == before
        assert send(gateway, partner).claims_sent == 3
        assert [file.isa13 for file in files_out(gateway)] == [1]

    def test_no_disk_for_locks_is_a_sentence(self, gateway: TestGateway, partner: Partner) -> None:
        (gateway.workspace.state / "locks").write_text("a file where the folder should be")
        with pytest.raises(StorageError, match="state/locks can't be used"):
            send(gateway, partner)


def dump(workspace: Workspace) -> list[str]:
    """Everything the ledger holds, as SQL."""
    connection = sqlite3.connect(workspace.ledger_path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()

