"""Our clock jumps back an hour: nothing is lost, nothing happens twice, and the order of things stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from edigate.config import Workspace
from edigate.gateway.convert import convert
from edigate.gateway.post import post
from edigate.gateway.receive import receive
from edigate.gateway.send import send
from edigate.ledger.inbound import inbound_files
from edigate.ledger.timeline import claim_detail
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.clock import SteppedClock
from edigate.simulator.scenario import load_scenario
from edigate.x12.envelope import EnvelopeReader
from tests.gateway.lines_that_fail import CutLine, Server
from tests.gateway.practice import (
    MAPPING,
    Clock,
    TestGateway,
    claims_by_state,
    control_numbers,
    extract,
    files_out,
    ready,
    settings,
    visits,
)

Open = Callable[[Workspace], TestGateway]
NOON = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Jumping(Clock):
    """Goes on by a second each time it is looked at, and once, at the `at`-th look, an hour back."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self.at = -1
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        self.now += timedelta(seconds=1)
        if self.looks == self.at:
            self.now -= HOUR
        return self.now

    def jump_at(self, look: int) -> None:
        self.at, self.looks = look, 0


@pytest.fixture
def clock() -> Jumping:
    return Jumping()


@pytest.fixture
def sending(workspace: Workspace, opened: Open, server: Server) -> TestGateway:
    """Two claims a file, to a server that remembers what came."""
    gateway = opened(settings(workspace, batch="max_claims_per_file = 2"))
    gateway.lines = {"acme": server.session}
    return gateway


def arrived(server: Server) -> Counter[str]:
    return Counter(number for _, content in server.arrivals for number in control_numbers(content))


@pytest.mark.parametrize("look", range(1, 40, 3))
def test_within_a_send(sending: TestGateway, clock: Jumping, server: Server, look: int) -> None:
    partner = sending.workspace.partner("acme")
    ready(sending, 5)
    clock.jump_at(look)
    report = send(sending, partner)
    clock.jump_at(-1)
    assert (report.stopped, report.claims_sent) == ("", 5)
    assert arrived(server) == Counter(f"E{number}" for number in range(1, 6))
    assert all(one.isa13 < other.isa13 for one, other in pairwise(files_out(sending)))
    for _, content in server.arrivals:
        (isa,) = {one.interchange for one in EnvelopeReader([content], file="")}
        said = datetime.strptime(isa.elements[9] + isa.elements[10], "%y%m%d%H%M").replace(tzinfo=UTC)
        assert NOON - HOUR <= said <= NOON + HOUR, "ISA09 and ISA10 are what the clock says, either way"
    assert send(sending, partner).files == []
    assert arrived(server).total() == 5


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("at", range(4))
def test_between_a_send_that_broke_off_and_the_next(
    sending: TestGateway, clock: Jumping, server: Server, at: int, done: bool
) -> None:
    partner = sending.workspace.partner("acme")
    ready(sending, 3)
    sending.lines = {"acme": lambda: CutLine(server.session(), at, done=done)}
    assert send(sending, partner).try_later
    clock.pass_by(hours=-1)
    sending.lines = {"acme": server.session}
    send(sending, partner)
    assert arrived(server) == Counter(["E1", "E2", "E3"])
    assert {file.state for file in files_out(sending)} == {"sent"}


def test_numbers_go_on_though_the_hour_comes_again(sending: TestGateway, clock: Jumping, server: Server) -> None:
    partner = sending.workspace.partner("acme")
    for prefix in ("A", "B", "C"):
        ready(sending, 2, prefix)
        send(sending, partner)
        clock.pass_by(hours=-1, seconds=-60)
    files = files_out(sending)
    assert [file.isa13 for file in files] == [1, 2, 3]
    assert len({file.filename for file in files}) == 3
    assert files[0].created_at > files[2].created_at, "the order is that of the ids"


def test_receiving_takes_what_is_new_once(gateway: TestGateway, clock: Jumping) -> None:
    outbound = gateway.workspace.root / "acme-server" / "outbound"
    partner = gateway.workspace.partner("acme")
    for name in ("a", "b", "c"):
        (outbound / name).write_text(name)
        clock.jump_at(2)
        assert [file.name for file in receive(gateway, partner).files] == [name]
        clock.pass_by(hours=-1)
        assert receive(gateway, partner).files == []
    with gateway.ledger.read() as tx:
        assert [file.name for file in inbound_files(tx)] == ["a", "b", "c"]


def test_answers_that_are_older_than_what_they_answer_are_posted(
    workspace: Workspace, opened: Open, clock: Jumping, tmp_path: Path
) -> None:
    gateway = opened(workspace)
    partner = workspace.partner("acme")
    payers = SteppedClock(NOON)
    clearinghouse = Clearinghouse(load_scenario("demo"), clock=payers)
    convert(gateway, extract(tmp_path, visits(4)), MAPPING, partner)
    send(gateway, partner)
    folder = workspace.root / "acme-server"
    for path in (folder / "inbound").iterdir():
        clearinghouse.receive(path.name, path.read_bytes())
    while True:
        for answer in clearinghouse.due():
            (folder / "outbound" / answer.name).write_bytes(answer.content)
        clock.now = NOON - HOUR  # each day anew: always before the claims were sent
        received = receive(gateway, partner)
        clock.pass_by(minutes=-30)
        posted = post(gateway)
        assert (received.stopped, posted.held) == ("", [])
        assert (receive(gateway, partner).files, post(gateway).files) == ([], [])
        if (day := clearinghouse.next_day()) is None:
            break
        payers.advance(days=(day - payers.now.date()).days)
    states = claims_by_state(gateway)
    assert states.keys() <= {"paid", "denied", "rejected", "accepted"}, states
    assert sum(states.values()) == 4
    with gateway.ledger.read() as tx:
        for claim_id in range(1, 5):
            detail = claim_detail(tx, claim_id)
            assert detail is not None
            steps = [event.state_after for event in detail.events]
            assert steps[:3] == ["ready", "queued", "sent"], "in the order in which they happened"
