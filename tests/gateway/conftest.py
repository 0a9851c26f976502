"""A gateway on a real ledger and archive in a folder of the test, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.ledger.store import Ledger
from edigate.partners.model import Partner
from tests.gateway.lines_that_fail import Server
from tests.gateway.practice import Clock, TestGateway


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def new_ledger(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a ledger just made: migrating once for all tests keeps them fast."""
    path = tmp_path_factory.mktemp("new_ledger") / "ledger.db"
    Ledger.create_or_upgrade(path).close()
    return path.read_bytes()


@pytest.fixture
def opened(clock: Clock, new_ledger: bytes) -> Iterator[Callable[[Workspace], TestGateway]]:
    """Opens a workspace for work, closed when the test ends; its ledger is made where there is none."""
    gateways: list[Gateway] = []

    def open_(workspace: Workspace) -> TestGateway:
        if not workspace.ledger_path.exists():
            workspace.ledger_path.write_bytes(new_ledger)
        gateway = TestGateway.open(workspace, clock=clock, environ={})
        gateways.append(gateway)
        return gateway

    yield open_
    for gateway in gateways:
        gateway.ledger.close()


@pytest.fixture
def gateway(workspace: Workspace, opened: Callable[[Workspace], TestGateway]) -> TestGateway:
    """The gateway of `workspace`."""
    return opened(workspace)


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    """`acme`, whose server is a folder."""
    return workspace.partner("acme")


@pytest.fixture
def inbox(workspace: Workspace) -> Path:
    return workspace.root / "inbox"


@pytest.fixture
def server() -> Server:
    return Server()
