"""Small files sent in sets, judged by what the partner has: each once, whatever happens to one or to the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

import pytest

from edigate.config import Workspace
from edigate.errors import RemoteRefusedError
from edigate.gateway import deliveries
from edigate.gateway.deliveries import HANDFUL, SET_FILES
from edigate.gateway.send import send
from edigate.partners.model import Sftp
from edigate.simulator.sftp_server import SftpServer
from edigate.transport import Transport
from edigate.transport.sftp import connect
from tests.gateway.lines_that_fail import ManyAtOnce, Server
from tests.gateway.practice import TestGateway, claims_by_state, control_numbers, files_out, ready, settings

Open = Callable[[Workspace], TestGateway]

COUNT = 5
PASSWORD = "only-for-a-test"


@pytest.fixture
def one_claim_a_file(workspace: Workspace, opened: Open) -> TestGateway:
    """A gateway with a few claims ready, each to be a file."""
    gateway = opened(settings(workspace, batch="max_claims = 1"))
    ready(gateway, COUNT)
    return gateway


def states(gateway: TestGateway) -> Counter[str]:
    return Counter(file.state for file in files_out(gateway))


def claims_that_came(server: Server) -> list[str]:
    return sorted(number for _, content in server.arrivals for number in control_numbers(content))


EVERY = [f"E{number}" for number in range(1, COUNT + 1)]


def test_more_files_than_a_set_has_arrive_once_each(workspace: Workspace, opened: Open, tmp_path: Path) -> None:
    root = tmp_path / "clearinghouse"
    (root / "inbound").mkdir(parents=True)
    received: list[str] = []
    count = 2 * SET_FILES + 3
    gateway = opened(settings(workspace, batch="max_claims = 1"))
    ready(gateway, count)
    with SftpServer(
        root,
        username="practice",
        password=PASSWORD,
        on_received=lambda path: received.extend(control_numbers(path.read_bytes())),
    ) as server:
        sftp = Sftp(
            host="127.0.0.1",
            port=server.port,
            username="practice",
            password_env="PASSWORD",
            host_keys=(server.host_key_line,),
        )
        environ = {"PASSWORD": PASSWORD}
        gateway.lines = {"acme": lambda: connect(sftp, where="acme", workspace=root, environ=environ)}
        report = send(gateway, gateway.workspace.partner("acme"))
    assert (report.stopped, report.claims_sent) == ("", count)
    assert Counter(received) == {f"E{number}": 1 for number in range(1, count + 1)}
    assert states(gateway) == {"sent": count}
    assert [path for path in (root / "inbound").iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("at", range(2 * COUNT))
def test_a_line_lost_at_any_file_loses_nothing_and_sends_nothing_twice(
    one_claim_a_file: TestGateway, server: Server, at: int, done: bool
) -> None:
    gateway, partner = one_claim_a_file, one_claim_a_file.workspace.partner("acme")
    gateway.lines = {"acme": lambda: ManyAtOnce(server.files, server.arrivals, at, done=done)}
    broken = send(gateway, partner)
    assert broken.try_later
    # Whatever the server had said yes to is in the ledger, though the line ended after it.
    assert states(gateway)["sent"] == max(0, at - COUNT)
    gateway.lines = {"acme": lambda: ManyAtOnce(server.files, server.arrivals)}
    send(gateway, partner)
    assert claims_that_came(server) == EVERY
    assert states(gateway) == {"sent": COUNT}
    assert not [path for path in server.files if path.startswith("inbound/.")], "a draft was left behind"


def test_a_run_that_is_asked_to_end_keeps_what_it_knows(one_claim_a_file: TestGateway, server: Server) -> None:
    gateway, partner = one_claim_a_file, one_claim_a_file.workspace.partner("acme")
    stopped = ManyAtOnce(server.files, server.arrivals, COUNT + 3, error=KeyboardInterrupt())
    gateway.lines = {"acme": lambda: stopped}
    with pytest.raises(KeyboardInterrupt):
        send(gateway, partner)
    assert states(gateway) == {"sent": 3, "renaming": 2}
    server.files.clear()  # the partner's own program was quick: nothing but the ledger tells now
    gateway.lines = {"acme": lambda: ManyAtOnce(server.files, server.arrivals)}
    assert len(send(gateway, partner).uncertain) == 2


class TestTheLedgerIsAhead:
    """Each step of each file is in the ledger before the server is asked for it."""

    def test_names_before_drafts_and_renames_before_they_are_asked_for(
        self, one_claim_a_file: TestGateway, server: Server
    ) -> None:
        gateway = one_claim_a_file
        seen: list[tuple[str, Counter[str]]] = []

        class Watched(ManyAtOnce):
            def write(self, path: str, content: bytes) -> None:
                seen.append(("write", states(gateway)))
                assert path.rpartition("/")[2] in {file.temporary_name for file in files_out(gateway)}
                super().write(path, content)

            def rename(self, old: str, new: str) -> None:
                seen.append(("rename", states(gateway)))
                super().rename(old, new)

        gateway.lines = {"acme": lambda: Watched(server.files, server.arrivals)}
        send(gateway, gateway.workspace.partner("acme"))
        assert seen == [("write", {"uploading": COUNT})] * COUNT + [("rename", {"renaming": COUNT})] * COUNT

    def test_what_arrived_is_sent_a_handful_at_a_time(self, workspace: Workspace, opened: Open, server: Server) -> None:
        gateway = opened(settings(workspace, batch="max_claims = 1"))
        ready(gateway, HANDFUL + 2)
        most: list[int] = []

        class Watched(ManyAtOnce):
            def rename(self, old: str, new: str) -> None:
                super().rename(old, new)
                most.append(len(server.arrivals) - states(gateway)["sent"])

        gateway.lines = {"acme": lambda: Watched(server.files, server.arrivals)}
        assert send(gateway, gateway.workspace.partner("acme")).claims_sent == HANDFUL + 2
        assert max(most) == HANDFUL


class TestOneOfThem:
    def test_a_refused_draft_is_told_and_the_others_go(self, one_claim_a_file: TestGateway, server: Server) -> None:
        gateway = one_claim_a_file
        partner = gateway.workspace.partner("acme")

        class Full(ManyAtOnce):
            def write(self, path: str, content: bytes) -> None:
                if b"CLM*E3*" in content:
                    super().write(path, content[:100])
                    raise RemoteRefusedError("The disk is full.")
                super().write(path, content)

        gateway.lines = {"acme": lambda: Full(server.files, server.arrivals)}
        report = send(gateway, partner)
        assert (report.stopped, report.claims_sent, report.try_later) == ("The disk is full.", COUNT - 1, False)
        assert [(one.state, one.reason) for one in files_out(gateway) if one.state != "sent"] == [
            ("queued", "refused: The disk is full.")
        ]
        assert not [path for path in server.files if path.startswith("inbound/.")]
        gateway.lines = {"acme": server.session}
        send(gateway, partner)
        assert claims_that_came(server) == EVERY

    def test_a_server_that_takes_few_at_a_time_gets_the_others_alone(
        self, one_claim_a_file: TestGateway, server: Server
    ) -> None:
        gateway = one_claim_a_file

        class Few(ManyAtOnce):
            def write_many(
                self, files: Iterable[tuple[str, bytes]]
            ) -> Generator[tuple[str, RemoteRefusedError | None]]:
                for number, (path, content) in enumerate(files):
                    if number >= 2:
                        yield path, RemoteRefusedError("Too many open files.")
                    else:
                        yield path, self._do(self.write, path, content)

        gateway.lines = {"acme": lambda: Few(server.files, server.arrivals)}
        report = send(gateway, gateway.workspace.partner("acme"))
        assert (report.stopped, report.claims_sent) == ("", COUNT)
        assert claims_that_came(server) == EVERY

    def test_a_server_that_takes_none_is_asked_once_more_not_for_each(
        self, one_claim_a_file: TestGateway, server: Server
    ) -> None:
        gateway = one_claim_a_file
        asked: list[str] = []

        class Full(ManyAtOnce):
            def write(self, path: str, content: bytes) -> None:
                asked.append(path)
                raise RemoteRefusedError("The disk is full.")

        gateway.lines = {"acme": lambda: Full(server.files, server.arrivals)}
        report = send(gateway, gateway.workspace.partner("acme"))
        assert report.stopped == "\n".join(["The disk is full."] * COUNT)
        assert len(asked) == COUNT + 1
        assert claims_by_state(gateway) == {"queued": COUNT}

    def test_a_name_that_is_taken_is_left_alone_and_told(self, one_claim_a_file: TestGateway, server: Server) -> None:
        gateway = one_claim_a_file
        taken = "inbound/acme_837P_000000002.x12"
        server.files[taken] = b"somebody else's"
        gateway.lines = {"acme": lambda: ManyAtOnce(server.files, server.arrivals)}
        report = send(gateway, gateway.workspace.partner("acme"))
        assert "acme refuses the name acme_837P_000000002.x12" in report.stopped
        assert [file.state for file in report.files] == ["sent", "renaming", "sent", "sent", "sent"]
        assert server.files[taken] == b"somebody else's"

    def test_a_damaged_copy_holds_back_its_own_file_alone(self, one_claim_a_file: TestGateway, server: Server) -> None:
        gateway = one_claim_a_file

        def down() -> Transport:
            return ManyAtOnce(server.files, server.arrivals, 0, done=False)

        gateway.lines = {"acme": down}
        send(gateway, gateway.workspace.partner("acme"))
        first = files_out(gateway)[0].sha256
        kept = gateway.workspace.archive_path / first[:2] / first[2:4] / first
        kept.chmod(0o600)
        kept.write_bytes(b"damaged")
        gateway.lines = {"acme": lambda: ManyAtOnce(server.files, server.arrivals)}
        report = send(gateway, gateway.workspace.partner("acme"))
        assert "damaged" in report.stopped
        assert [file.state for file in report.files] == ["queued", "sent", "sent", "sent", "sent"]


class TestSizes:
    def test_a_large_file_goes_alone_and_in_its_turn(
        self, one_claim_a_file: TestGateway, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gateway = one_claim_a_file
        session = ManyAtOnce(server.files, server.arrivals, at=-1)
        gateway.lines = {"acme": lambda: ManyAtOnce(server.files, server.arrivals, 0, done=False)}
        send(gateway, gateway.workspace.partner("acme"))  # frozen, nothing came
        largest = max(file.size for file in files_out(gateway))
        monkeypatch.setattr(deliveries, "SMALL", largest - 1)
        gateway.lines = {"acme": lambda: session}
        send(gateway, gateway.workspace.partner("acme"))
        together = sum(int(call.split()[1]) for call in session.calls if call.startswith("write"))
        assert together < COUNT
        assert claims_that_came(server) == EVERY
        assert [path for path, _ in server.arrivals] == sorted(path for path, _ in server.arrivals)

    def test_a_set_has_no_more_bytes_than_may_be_in_memory(
        self, one_claim_a_file: TestGateway, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gateway = one_claim_a_file
        monkeypatch.setattr(deliveries, "SET_BYTES", 1800)  # two of these files
        session = ManyAtOnce(server.files, server.arrivals)
        gateway.lines = {"acme": lambda: session}
        send(gateway, gateway.workspace.partner("acme"))
        assert session.calls == ["write 2", "rename 2"] * 2  # and the last one alone
        assert claims_that_came(server) == EVERY


def test_a_partner_that_takes_no_drafts_gets_one_file_after_another(
    workspace: Workspace, opened: Open, server: Server
) -> None:
    """Of a set written directly all would be uncertain where the line ends."""
    gateway = opened(settings(workspace, batch="max_claims = 1", folders="temporary = false"))
    ready(gateway, COUNT)
    session = ManyAtOnce(server.files, server.arrivals)
    gateway.lines = {"acme": lambda: session}
    send(gateway, gateway.workspace.partner("acme"))
    assert session.calls == []
    assert claims_that_came(server) == EVERY
