"""What is tried in one run, as a value: a server, a database, a sender, and what goes wrong in which send.

Knows no process and no server; `bench.py` plays a case, `judge.py` says what came of it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Group = Literal["kills", "lines", "servers", "receiving"]
Database = Literal["sqlite", "postgresql"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong while one `send` runs; only one of these.

    `step`: at the labelled step of that number (a commit, a request, a reply, before and after each), `what` happens:
    the run is killed, a rival starts and ends, or the run stands still until its lease has run out and a rival of
    another host has ended. `syscall`: strace kills the run as it enters the `when`-th of these (of one thread), or
    has it fail. `line`: what a proxy does after so many bytes. `request`: the server's policy for this send.
    """

    step: int = -1
    what: Literal["kill", "rival", "still"] = "kill"
    syscall: str = ""
    when: int = 0
    error: str = ""  # ENOSPC, EIO; killed where empty
    lasting: bool = False  # every one from there on fails
    line: Literal["", "none", "cut", "stall", "trickle", "half"] = ""
    direction: Literal["up", "down"] = "up"
    after: int = 0
    request: tuple[tuple[str, int], ...] = ()  # of the policy: stalls_at, drops_at, drops_done
    other_key: bool = False  # the server shows another host key
    timeout: float = 10.0

    def __str__(self) -> str:
        told = {name: getattr(self, name) for name in self.__struct_fields__}
        own = {name: value for name, value in told.items() if value != getattr(_NONE, name)}
        return " ".join(f"{name}={value}" for name, value in own.items()) or "nothing"


_NONE = Fault()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One run: `faults` strike the first sends, one each; then come clean sends, two at most.

    `folders` are lines of the partner's table of that name. Where `may_wait` the server never takes the file, and it
    must wait here and be told. The sender `receive` fetches what lies at the server in place of sending.
    """

    group: Group
    server: str = "plain"  # a policy of the simulator, or `openssh`
    database: Database = "sqlite"
    sender: str = "edigate"
    folders: str = ""
    faults: tuple[Fault, ...] = ()
    may_wait: bool = False

    def __str__(self) -> str:
        faults = ", then ".join(map(str, self.faults))
        return f"{self.sender} to {self.server} ({self.folders or 'draft and rename'}), {self.database}: {faults}"


class Outcome(msgspec.Struct, kw_only=True):
    """What came of a case, in claims, by the receiver's journal; `faults` are sentences, none where all is well."""

    case: Case
    delivered: int = 0
    uncertain: int = 0
    waiting: int = 0
    lost: int = 0
    twice: int = 0
    partial: int = 0  # files under a final name that aren't ours byte for byte
    untrue: int = 0  # files `sent` for us that never came
    hung: int = 0
    killed: int = 0  # sends that didn't live to say anything
    wrong: list[str] = []  # what mustn't be, in words; empty: passed
    struck: bool = True  # whether the fault came to pass
    fetched: int = 0  # files accounted for once, where the case is one of receiving
    told: list[str] = []  # what each send said
