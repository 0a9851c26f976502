"""Locks: the timer and a person, or two hosts on one ledger, never work with one partner at the same time.

On this host a lock file, which goes with the process however it ends. Where the ledger is on a server, a lease in it
besides, held longer while the work goes on; a crashed host's runs out. Knows no job.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from edigate.errors import EdigateError, LedgerBusyError, StorageError
from edigate.ledger import leases
from edigate.ledger.store import Ledger
from edigate.logs import get_logger

log = get_logger(__name__)

LEASE_SECONDS = 120.0


class Locks:
    """The locks of one process. `folder` takes the lock files; `shared` is whether other hosts use the ledger."""

    def __init__(self, folder: Path, ledger: Ledger, *, shared: bool, lease_seconds: float = LEASE_SECONDS) -> None:
        self._folder = folder
        self._ledger = ledger
        self._shared = shared
        self._seconds = lease_seconds
        self._holder = f"{platform.node()} process {os.getpid()} {secrets.token_hex(2)}"

    @contextlib.contextmanager
    def held(self, what: str, *, everywhere: bool = True) -> Iterator[None]:
        """Hold the lock named `what`, `everywhere` or on this host. Raises LedgerBusyError where another holds
        it, StorageError."""
        with self._on_this_host(what):
            if not (self._shared and everywhere):
                yield
                return
            with self._on_all_hosts(what):
                yield

    @contextlib.contextmanager
    def _on_this_host(self, what: str) -> Iterator[None]:
        with self._lock_file(what) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _busy(what, "another edigate") from None
            except OSError as error:  # a file system without locks
                raise _failed(error) from error
            yield

    def _lock_file(self, what: str) -> TextIO:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return (self._folder / f"{what}.lock").open("a")
        except OSError as error:
            raise _failed(error) from error

    @contextlib.contextmanager
    def _on_all_hosts(self, what: str) -> Iterator[None]:
        other = self._take(what)
        if other:
            raise _busy(what, f"edigate on {other.split()[0]}")
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(what, over), name=f"lease {what}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()
            with contextlib.suppress(EdigateError), self._ledger.write() as tx:  # else it runs out
                leases.give_back(tx, what, self._holder)

    def _keep(self, what: str, over: threading.Event) -> None:
        """Hold a lease longer until the work is over. Lost, a file's next step finds that it was moved on."""
        while not over.wait(self._seconds / 4):
            try:
                other = self._take(what)
            except EdigateError as error:
                log.warning("lease not held longer", error=error)
                continue
            if other:
                log.warning("lease lost")
                return

    def _take(self, what: str) -> str:
        with self._ledger.write() as tx:
            return leases.take(tx, what, self._holder, self._seconds)


def _busy(what: str, who: str) -> LedgerBusyError:
    return LedgerBusyError(f"{who} is working with {what} just now", hint="Run the same command again later.")


def _failed(error: OSError) -> StorageError:
    return StorageError(
        f"the workspace's state/locks can't be used: {error.strerror}",
        hint="Without locks two runs could talk to one partner at once. Check the folder's owner and the disk.",
    )
