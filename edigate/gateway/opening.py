"""A workspace opened for work: its settings with its ledger, archive, clock and locks. Does no job itself."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from edigate.archive import Archive
from edigate.archive.sealing import Identities, read_identities
from edigate.claims.codesets import Codes
from edigate.config import Workspace
from edigate.errors import StorageError
from edigate.gateway.auditing import ANCHORS, write_down
from edigate.gateway.codes import workspace_codes
from edigate.gateway.locks import Locks
from edigate.ledger.purges import purged_words
from edigate.ledger.store import Ledger
from edigate.ledger.transaction import WriteTransaction
from edigate.secrecy import Secret
from edigate.secret_places import find, place_of
from edigate.transport import Transport, open_transport

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class _DryRunError(Exception):
    """Ends a transaction that was only to be looked at."""


class Gateway:
    """What every job works with. A context manager that closes the ledger.

    `environ` is where secrets named by settings are looked up. `clock` gives aware times.
    """

    def __init__(
        self, workspace: Workspace, ledger: Ledger, archive: Archive, clock: Clock, environ: Mapping[str, str]
    ) -> None:
        self.workspace = workspace
        self.ledger = ledger
        self.archive = archive
        self.clock = clock
        self.environ = environ
        self.locks = Locks(workspace.state / "locks", ledger, shared=workspace.ledger_on_server)

    @classmethod
    def open(
        cls,
        workspace: Workspace,
        *,
        clock: Clock = system_clock,
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """Open a workspace; a ledger is made where there is none yet. Raises LedgerError, StorageError."""
        os.umask(0o077)
        try:
            workspace.state.mkdir(parents=True, exist_ok=True)
            if not workspace.ledger_on_server:
                workspace.ledger_path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError("the workspace's state folder can't be made", hint=str(error.strerror)) from error
        environ = os.environ if environ is None else environ
        address, path = workspace.ledger_url, workspace.ledger_path
        password = ledger_password(workspace, environ)
        # An empty file is one that a killed run was about to make. On a server nobody makes a ledger unasked.
        if workspace.ledger_on_server or (path.exists() and path.stat().st_size):
            ledger = Ledger.open(address, password=password, clock=clock)
        else:
            ledger = Ledger.create_or_upgrade(address, clock=clock)
        try:
            write_down(ledger, address, workspace.state / ANCHORS)
        except BaseException:
            ledger.close()
            raise
        keys = functools.cache(lambda: identities_of(workspace, environ))
        return cls(workspace, ledger, Archive(workspace.archive_path, _gone(ledger), identities=keys), clock, environ)

    @functools.cached_property
    def codes(self) -> Codes:
        """The code sets that ship and those imported into the workspace. Raises StorageError on a damaged one."""
        return workspace_codes(self.workspace)

    def transport(self, partner_name: str) -> Transport:
        """A connected session with a partner; use it in a `with`. Raises PartnerError, ConfigError."""
        partner = self.workspace.partner(partner_name)
        return open_transport(partner, workspace=self.workspace.root, environ=self.environ)

    @contextlib.contextmanager
    def written(self, *, keep: bool) -> Iterator[WriteTransaction]:
        """A write transaction that is kept, or looked at and undone."""
        try:
            with self.ledger.write() as tx:
                yield tx
                if not keep:
                    raise _DryRunError
        except _DryRunError:
            pass

    def only_one(self, what: str, *, everywhere: bool = True) -> contextlib.AbstractContextManager[None]:
        """Hold the lock named `what`; the timer and a person never talk to one partner at the same time.

        Where hosts share a ledger, no host does, unless not `everywhere` is meant. The lock goes with the
        process, however it ends. Raises LedgerBusyError where another holds it.
        """
        return self.locks.held(what, everywhere=everywhere)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ledger.close()


def _gone(ledger: Ledger) -> Callable[[str], str]:
    """What tells of a content why it isn't in the archive any more: a purge."""

    def gone(sha256: str) -> str:
        with ledger.read() as tx:
            return purged_words(tx, sha256)

    return gone


def ledger_password(workspace: Workspace, environ: Mapping[str, str]) -> Secret | None:
    """What a server's database asks for, None where nothing is set. Raises ConfigError where it isn't to be found."""
    place = place_of(workspace.config.ledger, "password", "ledger.password")
    return find(place, folder=workspace.root, environ=environ)


IDENTITY = "EDIGATE_IDENTITY"  # names a file of private keys; `--identity` does the same


def identities_of(workspace: Workspace, environ: Mapping[str, str]) -> Identities | None:
    """The private keys that open what is sealed, None where there is none here. Raises ConfigError for a bad file.

    A file that the settings name may be elsewhere, on a stick in a safe: then there is none here.
    """
    if named := environ.get(IDENTITY, ""):
        return read_identities(named, Path.cwd(), IDENTITY)
    path = workspace.root / Path(workspace.config.archive.identity_file).expanduser()
    return read_identities(str(path), workspace.root, "archive.identity_file") if path.is_file() else None
