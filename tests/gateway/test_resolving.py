"""An uncertain file ends by a person's word, which is kept; anything else stays as it is."""

from __future__ import annotations

import pytest

from edigate.cli import main
from edigate.config import Workspace
from edigate.errors import LedgerBusyError, NoInputError, UsageError
from edigate.gateway.resolving import resolve
from edigate.gateway.send import send
from edigate.ledger.outbound import advance
from edigate.partners.model import Partner
from tests.gateway.lines_that_fail import Server, WatchedServer
from tests.gateway.practice import TestGateway, bytes_of, claims_by_state, files_out, ready

NAME = "acme_837P_000000001.x12"


@pytest.fixture
def uncertain(gateway: TestGateway, partner: Partner, server: Server) -> TestGateway:
    """A file frozen and gone, nobody knows where."""
    ready(gateway)

    class GoneQuiet(WatchedServer):
        def write(self, path: str, content: bytes) -> None:
            raise OSError("the line is dead")

    gateway.lines = {"acme": lambda: GoneQuiet(server.files, server.arrivals)}
    send(gateway, partner)
    with gateway.ledger.write() as tx:
        advance(tx, 1, expect="uploading", to="uncertain", reason="the draft is gone")
    return gateway


def test_delivered_it_counts_as_sent_and_says_who_said_so(uncertain: TestGateway) -> None:
    settled = resolve(uncertain, "out-1", delivered=True, why="help desk,\n ticket 4711")
    assert (settled.state, settled.reason) == ("sent", "delivered, says a person: help desk, ticket 4711")
    assert claims_by_state(uncertain) == {"sent": 3}
    with uncertain.ledger.read() as tx:
        told = tx.connection.exec_driver_sql("SELECT DISTINCT detail FROM claim_event WHERE event = 'sent'").all()
    assert told == [("delivered, says a person: help desk, ticket 4711",)]


def test_sent_again_it_has_the_same_bytes_and_number(
    uncertain: TestGateway, partner: Partner, server: Server
) -> None:
    resolve(uncertain, NAME, delivered=False, why="their log has no interchange 1")
    assert claims_by_state(uncertain) == {"queued": 3}
    uncertain.lines = {"acme": lambda: WatchedServer(server.files, server.arrivals)}
    assert send(uncertain, partner).claims_sent == 3
    assert server.files[f"inbound/{NAME}"] == bytes_of(uncertain)
    assert [(file.isa13, file.state) for file in files_out(uncertain)] == [(1, "sent")]


def test_only_an_uncertain_file_is_settled(gateway: TestGateway, partner: Partner) -> None:
    ready(gateway)
    send(gateway, partner)
    with pytest.raises(UsageError, match="is sent, not uncertain"):
        resolve(gateway, "1", delivered=False, why="I want it twice")
    with pytest.raises(NoInputError, match="no file of ours has the name or id out-9"):
        resolve(gateway, "out-9", delivered=True, why="x")
    assert claims_by_state(gateway) == {"sent": 3}


def test_a_reason_is_asked_for(uncertain: TestGateway) -> None:
    with pytest.raises(UsageError, match="with a reason"):
        resolve(uncertain, "1", delivered=True, why=" \n")
    assert claims_by_state(uncertain) == {"uncertain": 3}


def test_not_while_a_run_works_with_the_partner(uncertain: TestGateway) -> None:
    with uncertain.only_one("partner-acme"), pytest.raises(LedgerBusyError):
        resolve(uncertain, "1", delivered=True, why="x")


def test_the_command_wants_one_of_the_two(
    uncertain: TestGateway, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(workspace.root)
    assert main(["resolve", "out-1", "--why", "x", "--workspace", root]) == 64
    assert main(["resolve", "out-1", "--delivered", "--resend", "--why", "x", "--workspace", root]) == 64
    assert main(["resolve", "out-1", "--resend", "--why", "asked them", "--workspace", root]) == 0
    assert f"{NAME} (ISA13 000000001, 3 claims) goes out again" in capsys.readouterr().out
