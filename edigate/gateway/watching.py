"""What is remembered for who watches from outside: how each step last ended here, and what was alerted already.

One small file of this host, `state/watch.json`, exchanged whole; losing it costs an alert told twice. It holds steps,
partners' names, ids of the ledger and messages of our own errors, nothing of a patient.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from edigate.errors import StorageError

TOLD_MOST = 500  # characters kept of why a step failed


class StepEnd(msgspec.Struct, frozen=True):
    """How a step (`send`, `receive`, `post` ...) ended, with one partner or with none in particular.

    `exit_code`: 0 well, 1 well and something waits for a person, 75 try again later, others: only a person mends it.
    """

    step: str
    at: datetime
    exit_code: int
    partner: str = ""
    told: str = ""
    succeeded_at: datetime | None = None  # the last time it ended well

    @property
    def key(self) -> str:
        return f"{self.step} {self.partner}".strip()


class Watch(msgspec.Struct):
    """Steps by name and partner; keys of what was alerted and still stands."""

    steps: dict[str, StepEnd] = {}
    alerted: set[str] = set()


def read_watch(state: Path) -> Watch:
    """What is remembered; nothing where the file isn't there or can't be understood."""
    try:
        return msgspec.json.decode((state / "watch.json").read_bytes(), type=Watch)
    except (OSError, msgspec.MsgspecError):
        return Watch()


@contextlib.contextmanager
def changed_watch(state: Path) -> Iterator[Watch]:
    """The memory to be changed, written when the body ends; one process at a time. Raises StorageError."""
    try:
        (state / "locks").mkdir(mode=0o700, parents=True, exist_ok=True)
        with (state / "locks" / "watch.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # others wait: milliseconds, or while somebody is being called
            watch = read_watch(state)
            yield watch
            write_whole(state / "watch.json", msgspec.json.encode(watch), 0o600)
    except OSError as error:
        raise StorageError("state/watch.json can't be written", hint=error.strerror or "") from error


def remember(watch: Watch, end: StepEnd) -> None:
    """Put a step's end in the place of its last one; the time of its last success stays."""
    before = watch.steps.get(end.key)
    succeeded = end.at if end.exit_code in (0, 1) else before.succeeded_at if before else None
    watch.steps[end.key] = msgspec.structs.replace(end, succeeded_at=succeeded, told=end.told[:TOLD_MOST])


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Exchange a file: whoever reads it sees the old one or the new one. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        number = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW, mode)
        with os.fdopen(number, "wb") as file:
            os.fchmod(number, mode)
            file.write(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
