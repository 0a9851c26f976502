"""The simulator to talk to: an SFTP server in front, a clearinghouse behind, a folder each way.

Knows files on a disk and the thread they come in on; what they mean is the clearinghouse's. Files that arrive
in the send folder are read at once; answers appear in the receive folder when `advance` says so.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from edigate.simulator.bank import booked, statement
from edigate.simulator.book import Book, Received
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.clock import SteppedClock
from edigate.simulator.scenario import Scenario, load_scenario
from edigate.simulator.sftp_server import JournalEntry, SftpServer

_SPOOL = ".spool"  # where an answer is written before it appears, whole, in the receive folder


class Simulator:
    """A clearinghouse on loopback, serving `root`. A context manager; also `start` and `stop`.

    `scenario` is one, or the name or path of one. `clock` is moved by `advance`; without one it stands at
    six in the evening of the scenario's `today`. `password` is made up where neither it nor
    `authorized_keys` is given. With `takes_away` a file is gone from the send folder once it was read.
    """

    def __init__(
        self,
        root: Path,
        scenario: Scenario | str | Path = "demo",
        clock: SteppedClock | None = None,
        *,
        seed: int | None = None,
        username: str = "practice",
        password: str | None = None,
        authorized_keys: Sequence[str] = (),
        host_key: str | None = None,
        send: str = "inbound",
        receive: str = "outbound",
        takes_away: bool = False,
    ) -> None:
        self.scenario = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        self.clock = clock or SteppedClock.evening_of(self.scenario.today)
        self.clearinghouse = Clearinghouse(self.scenario, clock=self.clock, seed=seed)
        self.root = root.resolve()
        self.send = self.root / send
        self.receive = self.root / receive
        self._spool = self.root / _SPOOL
        for folder in (self.send, self.receive, self._spool):
            folder.mkdir(parents=True, exist_ok=True)
        self._takes_away = takes_away
        self._lock = threading.Lock()
        self.sftp = SftpServer(
            self.root,
            username=username,
            password=password or (None if authorized_keys else secrets.token_urlsafe(16)),
            authorized_keys=authorized_keys,
            host_key=host_key,
            on_received=self._arrived,
        )

    def advance(self, days: int = 0) -> list[str]:
        """Let `days` pass and put what is due by then into the receive folder; the names, in order.

        Each file is dated the day it was due. Without days: what is due today. Raises what went wrong in a
        connection's thread since, were it the server's fault.
        """
        if self.sftp.errors:
            raise self.sftp.errors[0]
        self.clock.advance(days=days)
        with self._lock:
            files = self.clearinghouse.due()
            for file in files:
                draft = self._spool / file.name
                draft.write_bytes(file.content)
                draft.replace(self.receive / file.name)
        return [file.name for file in files]

    def advance_to_end(self) -> list[str]:
        """Let every day pass that still brings an answer; the names of the files, in order."""
        names = self.advance()
        while (day := self.clearinghouse.next_day()) is not None:
            names += self.advance(max(0, (day - self.clock().date()).days))
        return names

    @property
    def journal(self) -> list[JournalEntry]:
        """What clients did on the server."""
        return self.sftp.journal

    @property
    def book(self) -> Book:
        """What the clearinghouse knows of claims and money."""
        return self.clearinghouse.book

    def statement(self) -> bytes:
        """What the bank shows by now of all that payers paid, as a BAI2 file; empty where that is nothing."""
        with self._lock:
            return statement(booked(self.book.cash, self.scenario.bank), self.clock().date())

    def received(self) -> list[Received]:
        """The claim files that came, by content: one with several names or times was sent more than once."""
        with self._lock:
            return list(self.book.files.values())

    def start(self) -> None:
        self.sftp.start()

    def stop(self) -> None:
        self.sftp.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _arrived(self, place: Path) -> None:
        """A file has come to rest, in the thread of the connection that brought it."""
        if place.parent != self.send:
            return
        content = place.read_bytes()
        with self._lock:
            self.clearinghouse.receive(place.name, content)
        if self._takes_away:
            place.unlink()
