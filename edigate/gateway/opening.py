"""A workspace opened for work: its settings with its ledger, archive, clock and locks. Does no job itself."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from edigate.archive import Archive
from edigate.config import Workspace
from edigate.errors import LedgerBusyError, StorageError
from edigate.ledger.store import Ledger
from edigate.transport import Transport, open_transport

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


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
            workspace.ledger_path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError("the workspace's state folder can't be made", hint=str(error.strerror)) from error
        path = workspace.ledger_path
        if path.exists() and path.stat().st_size:  # an empty file is one that a killed run was about to make
            ledger = Ledger.open(workspace.ledger_url, clock=clock)
        else:
            ledger = Ledger.create_or_upgrade(workspace.ledger_url, clock=clock)
        return cls(
            workspace, ledger, Archive(workspace.archive_path), clock, os.environ if environ is None else environ
        )

    def transport(self, partner_name: str) -> Transport:
        """A connected session with a partner; use it in a `with`. Raises PartnerError, ConfigError."""
        partner = self.workspace.partner(partner_name)
        return open_transport(partner, workspace=self.workspace.root, environ=self.environ)

    @contextlib.contextmanager
    def only_one(self, what: str) -> Iterator[None]:
        """Hold the lock named `what`; the timer and a person never talk to one partner at the same time.

        The lock goes with the process, however it ends. Raises LedgerBusyError where another holds it.
        """
        with self._lock_file(what) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LedgerBusyError(
                    f"another edigate is working with {what} just now", hint="Run the same command again later."
                ) from None
            except OSError as error:  # a file system without locks
                raise _locks_failed(error) from error
            yield

    def _lock_file(self, what: str) -> TextIO:
        folder = self.workspace.state / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return Path(folder / f"{what}.lock").open("a")
        except OSError as error:
            raise _locks_failed(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ledger.close()


def _locks_failed(error: OSError) -> StorageError:
    return StorageError(
        f"the workspace's state/locks can't be used: {error.strerror}",
        hint="Without locks two runs could talk to one partner at once. Check the folder's owner and the disk.",
    )
