"""The simulator as a partner's server: claims go up by SFTP, answers lie in the receive folder on their day."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
import pytest

from edigate.simulator.clock import SteppedClock
from edigate.simulator.scenario import Scenario
from edigate.simulator.service import Simulator
from tests.simulator.claim_files import claim, claim_file

TODAY = date(2026, 6, 30)
PLAIN = Scenario(name="test", today=TODAY)


@contextmanager
def client_of(simulator: Simulator) -> Iterator[paramiko.SFTPClient]:
    """Another program's client, which checks the key it was told."""
    transport = paramiko.Transport(socket.create_connection((simulator.sftp.host, simulator.sftp.port)))
    transport.set_log_channel("edigate.simulator.paramiko")
    transport.start_client(timeout=10)
    assert f"ssh-ed25519 {transport.get_remote_server_key().get_base64()}" == simulator.sftp.host_key_line
    transport.auth_password(simulator.sftp.username, simulator.sftp.password)
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    try:
        yield client
    finally:
        transport.close()


def send(simulator: Simulator, name: str, content: bytes, *, by_rename: bool = False) -> None:
    with client_of(simulator) as client:
        with client.open(f"inbound/{name}.tmp" if by_rename else f"inbound/{name}", "wx") as remote:
            remote.write(content)
        if by_rename:
            client.rename(f"inbound/{name}.tmp", f"inbound/{name}")


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator(tmp_path / "server", PLAIN) as simulator:
        yield simulator


@pytest.mark.parametrize("by_rename", [False, True])
def test_answers_appear_when_their_day_comes_and_can_be_fetched(simulator: Simulator, by_rename: bool) -> None:
    send(simulator, "claims.x12", claim_file([claim("A1")]), by_rename=by_rename)
    with client_of(simulator) as client:
        assert client.listdir("outbound") == []
        evening = simulator.advance()
        assert [name.rpartition(".")[2] for name in evening] == ["ta1", "999", "x12"]
        assert sorted(client.listdir("outbound")) == sorted(evening)
        morning = simulator.advance(days=1)
        assert len(morning) == 1
        assert simulator.advance(days=8) == []
        (remittance,) = simulator.advance(days=1)
        assert remittance.endswith("_ERA_835_5010_20260710.835")
        with client.open(f"outbound/{remittance}") as remote:
            assert b"CLP*A1*1*165" in remote.read()
    assert simulator.clock().date() == TODAY + timedelta(days=10)
    assert simulator.clearinghouse.next_day() is None


def test_days_that_were_skipped_leave_each_answer_its_own_date(simulator: Simulator) -> None:
    send(simulator, "claims.x12", claim_file([claim("A1")]))
    names = simulator.advance(days=60)
    assert [name.rpartition(".")[2] for name in names] == ["ta1", "999", "x12", "x12", "835"]
    assert "20260710" in names[-1]


def test_advance_to_end_stops_when_nothing_is_outstanding(simulator: Simulator) -> None:
    send(simulator, "claims.x12", claim_file([claim("A1")]))
    assert len(simulator.advance_to_end()) == 5
    assert simulator.clock().date() == TODAY + timedelta(days=10)


def test_the_journal_says_what_came_how_often(simulator: Simulator) -> None:
    first, second = claim_file([claim("A1")], isa13=1), claim_file([claim("A2")], isa13=2)
    send(simulator, "one.x12", first)
    send(simulator, "two.x12", second)
    send(simulator, "one-again.x12", first)
    told = {each.sha256: each for each in simulator.received()}
    assert set(told) == {hashlib.sha256(content).hexdigest() for content in (first, second)}
    twice = told[hashlib.sha256(first).hexdigest()]
    assert (twice.names, len(twice.times), twice.size) == (["one.x12", "one-again.x12"], 2, len(first))
    assert simulator.book.sent_twice() == ["A1"]
    assert [entry.operation for entry in simulator.journal if entry.operation == "write"] == ["write"] * 3


def test_only_the_send_folder_is_read(simulator: Simulator) -> None:
    with client_of(simulator) as client, client.open("outbound/claims.x12", "wx") as remote:
        remote.write(claim_file([claim("A1")]))
    assert simulator.received() == []
    assert simulator.advance(days=30) == []


def test_a_server_that_takes_files_away_leaves_nothing_to_look_at(tmp_path: Path) -> None:
    with Simulator(tmp_path / "server", PLAIN, takes_away=True) as simulator:
        send(simulator, "claims.x12", claim_file([claim("A1")]))
        with client_of(simulator) as client:
            assert client.listdir("inbound") == []
        assert len(simulator.advance()) == 3


def test_the_clock_is_the_scenarios_unless_one_is_given(tmp_path: Path) -> None:
    assert Simulator(tmp_path / "one", "demo").clock().date() == TODAY
    given = SteppedClock.evening_of(date(2027, 1, 4))
    assert Simulator(tmp_path / "two", "demo", given).clock is given
    with pytest.raises(ValueError, match="doesn't go back"):
        given.advance(days=-1)
