"""A gateway on a real ledger and archive in a folder of the test, with a clock that the test moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edigate.config import Workspace, load_workspace
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


@pytest.fixture(scope="session")
def made_once() -> dict[str, Path]:
    """Workspaces that many tests begin with, each made by the first that asks for it."""
    return {}


class Begin:
    """A workspace as it was made once: the test's own copy, opened."""

    def __init__(
        self,
        workspace: Workspace,
        opened: Callable[[Workspace], TestGateway],
        made: dict[str, Path],
        folder: Path,
    ) -> None:
        self._workspace = workspace
        self._opened = opened
        self._made = made
        self._folder = folder

    def with_(self, name: str, make: Callable[[TestGateway], None]) -> TestGateway:
        """The workspace of this name; `make` makes it where no test has asked for it yet."""
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
    workspace: Workspace,
    opened: Callable[[Workspace], TestGateway],
    made_once: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Begin:
    return Begin(workspace, opened, made_once, tmp_path_factory.mktemp("begin"))
