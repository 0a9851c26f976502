"""The whole loop with Debian's OpenSSH server in the middle: what the partner has, and what comes of its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from edigate.config import Workspace, load_workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post
from edigate.gateway.receive import receive
from edigate.gateway.reconcile import reconcile
from edigate.gateway.send import send
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.clock import SteppedClock
from edigate.simulator.scenario import load_scenario
from tests.conftest import PARTNER
from tests.gateway.practice import TestGateway, claims_by_state, extract, files_out, visits
from tests.sshd import Sshd, require_sshd
from tests.transport.lines import Proxy

pytestmark = pytest.mark.real

Open = Callable[[Workspace], TestGateway]


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    require_sshd()
    root = tmp_path / "clearinghouse"
    for folder in ("inbound", "outbound"):
        (root / folder).mkdir(parents=True)
    with Sshd(root, tmp_path / "sshd") as running:
        yield running


def pointed_at(workspace: Workspace, server: Sshd, *, port: int = 0, more: str = "") -> Workspace:
    """The workspace with acme on an SFTP server, its host key pinned, the login by key."""
    said = server.settings()
    sftp = (
        f'[sftp]\nhost = "{said.host}"\nport = {port or said.port}\nusername = "{said.username}"\n'
        f'key_file = "{said.key_file}"\nhost_keys = ["{said.host_keys[0]}"]\ntimeout_seconds = 5\n'
    )
    text = PARTNER.replace('[directory]\npath = "acme-server"\n', sftp) + more
    (workspace.root / "partners" / "acme.toml").write_text(text)
    return load_workspace(workspace.root)


class Payers:
    """The simulated clearinghouse and its payers, working in the folders that sshd serves."""

    def __init__(self, root: Path, clock: SteppedClock) -> None:
        self._root = root
        self._clock = clock
        self._read: set[str] = set()
        self.clearinghouse = Clearinghouse(load_scenario("demo"), clock=clock)

    def work(self) -> None:
        """Take in what arrived, and put down every answer that is due today."""
        for path in sorted((self._root / "inbound").iterdir()):
            if path.name not in self._read:
                self._read.add(path.name)
                self.clearinghouse.receive(path.name, path.read_bytes())
        for answer in self.clearinghouse.due():
            (self._root / "outbound" / answer.name).write_bytes(answer.content)

    def days(self) -> Iterator[None]:
        """Each day on which answers lie there to be fetched."""
        self.work()
        yield
        while (day := self.clearinghouse.next_day()) is not None:
            self._clock.advance(days=max(0, (day - self._clock().date()).days))
            self.work()
            yield


def test_encounters_go_out_and_their_money_comes_back(
    workspace: Workspace, sshd: Sshd
) -> None:
    clock = SteppedClock.evening_of(load_scenario("demo").today)
    workspace = pointed_at(workspace, sshd)
    partner = workspace.partner("acme")
    inbox = workspace.root / "inbox" / "encounters.csv"
    inbox.write_bytes((files("edigate") / "_demo" / "encounters.csv").read_bytes())
    payers = Payers(sshd.root, clock)
    with Gateway.open(workspace, clock=clock, environ={}) as gateway:
        converted = convert(gateway, inbox, "encounters-csv", partner)
        assert converted.rows_in == converted.rows_made + converted.rows_refused
        assert send(gateway, partner).claims_sent == converted.claims_made > 50
        # The partner's folder holds exactly what was frozen, and no draft.
        frozen = {file.filename: gateway.archive.get(file.sha256) for file in files_out(gateway)}
        assert {path.name: path.read_bytes() for path in (sshd.root / "inbound").iterdir()} == frozen
        for _ in payers.days():
            got = receive(gateway, partner)
            assert (got.stopped, got.refused, got.growing) == ("", [], [])
            assert post(gateway).held == []
        report = reconcile(gateway)
        states = claims_by_state(gateway)
        # Every answer that was put down was taken, and a last look finds nothing new.
        with gateway.ledger.read() as tx:
            taken = tx.connection.exec_driver_sql("SELECT count(*) FROM inbound_file").scalar()
            paid = tx.connection.exec_driver_sql("SELECT sum(paid_cents) FROM claim_payment").scalar()
            cash = tx.connection.exec_driver_sql("SELECT sum(amount_cents) FROM payment").scalar()
        assert taken == len(list((sshd.root / "outbound").iterdir())) > 10
        assert receive(gateway, partner).files == []
    assert [len(one.times) for one in payers.clearinghouse.book.files.values()] == [1] * len(frozen)
    assert states["refused"] == converted.refused
    assert {"paid", "denied", "rejected"} <= states.keys()
    assert sum(states.values()) == converted.encounters
    assert report.unbalanced == []
    assert report.difference == 0
    assert paid is not None and paid > 0
    assert cash is not None and cash > 0


@pytest.mark.parametrize("part", [0.3, 0.6, 0.8, 0.9, 0.97])
def test_a_line_cut_in_the_middle_delivers_once(workspace: Workspace, opened: Open, sshd: Sshd, part: float) -> None:
    """Cut after a part of the bytes that a whole send takes, from the login to the rename; then a good line."""
    inbox = workspace.root / "inbox"
    with Proxy((sshd.host, sshd.port)) as proxy:
        gateway = opened(pointed_at(workspace, sshd, port=proxy.port))
        partner = gateway.workspace.partner("acme")
        convert(gateway, extract(inbox, visits(5, "A"), "a.csv"), "encounters-csv", partner)
        assert send(gateway, partner).claims_sent == 5
        whole_send = proxy.passed["up"]
    with Proxy((sshd.host, sshd.port), fault="cut", direction="up", after=int(whole_send * part)) as proxy:
        gateway = opened(pointed_at(workspace, sshd, port=proxy.port))
        convert(gateway, extract(inbox, visits(5, "B"), "b.csv"), "encounters-csv", partner)
        report = send(gateway, gateway.workspace.partner("acme"))
        assert (report.try_later, report.claims_sent) == (True, 0)
    gateway = opened(pointed_at(workspace, sshd))
    send(gateway, gateway.workspace.partner("acme"))
    assert [file.state for file in files_out(gateway)] == ["sent", "sent"]
    assert {path.name: path.read_bytes() for path in (sshd.root / "inbound").iterdir()} == {
        file.filename: gateway.archive.get(file.sha256) for file in files_out(gateway)
    }


def test_a_server_killed_while_answering_is_asked_again(workspace: Workspace, opened: Open, sshd: Sshd) -> None:
    gateway = opened(pointed_at(workspace, sshd))
    partner = gateway.workspace.partner("acme")
    (sshd.root / "outbound" / "big.txt").write_bytes(b"x" * 5_000_000)
    original = gateway.archive.put_pieces

    def killed(pieces: object) -> str:
        sshd.kill_sessions()
        return original(pieces)  # type: ignore[arg-type]  # passed on as it came

    gateway.archive.put_pieces = killed  # type: ignore[method-assign]  # the moment before the first byte
    assert receive(gateway, partner).try_later
    del gateway.archive.put_pieces
    (file,) = receive(gateway, partner).files
    assert file.size == 5_000_000
    assert gateway.archive.size(file.sha256) == 5_000_000


def test_a_name_that_is_taken_is_never_written_over(workspace: Workspace, opened: Open, sshd: Sshd) -> None:
    gateway = opened(pointed_at(workspace, sshd))
    partner = gateway.workspace.partner("acme")
    convert(gateway, extract(workspace.root / "inbox", visits(1)), "encounters-csv", partner)
    there = sshd.root / "inbound" / "acme_837P_000000001.x12"
    there.write_text("somebody else's")
    assert "refuses the name" in send(gateway, partner).stopped
    assert there.read_text() == "somebody else's"
    there.unlink()
    assert send(gateway, partner).claims_sent == 1


def test_a_refused_login_is_tried_once(workspace: Workspace, opened: Open, sshd: Sshd) -> None:
    gateway = opened(pointed_at(workspace, sshd))
    partner = gateway.workspace.partner("acme")
    convert(gateway, extract(workspace.root / "inbox", visits(1)), "encounters-csv", partner)
    (sshd.home / "authorized_keys").write_text("")
    report = send(gateway, partner)
    assert (report.refused_login, report.try_later, report.claims_sent) == (True, False, 0)
    assert claims_by_state(gateway) == {"queued": 1}
