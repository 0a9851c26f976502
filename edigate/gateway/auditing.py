"""The audit trail at work: acts written down, its newest hash anchored in a file, both held against each other.

The anchors are lines of JSON outside the database: whoever could rewrite the whole trail, hashes and all, would
still have to rewrite them, too. The first entry of a day adds one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from edigate.errors import DataError, StorageError
from edigate.gateway.acting import current
from edigate.ledger.audit import BEGINNING, AuditEntry, append, entries, last_entry
from edigate.ledger.store import Ledger
from edigate.ledger.transaction import ReadTransaction

ANCHORS = "audit-anchors.jsonl"  # below the workspace's state
_LAST_LINE = 4096  # bytes in which the last anchor stands


class Anchor(msgspec.Struct, frozen=True):
    """What the trail's newest entry was at a time."""

    at: datetime
    entry: int
    hash: str


class Breach(msgspec.Struct, frozen=True):
    """What says that the trail isn't what it was: from which entry to which, and what became of them."""

    code: str
    first: int
    last: int
    message: str


class Verdict(msgspec.Struct, kw_only=True):
    """What verifying found."""

    entries: int = 0
    anchors: int = 0
    breaches: list[Breach] = []


def write_down(ledger: Ledger, name: str, anchors: Path) -> None:
    """Add the command under way to the trail of a ledger, once; `name` is the ledger's.

    Raises LedgerError, LedgerBusyError, StorageError: what can't be written down isn't done.
    """
    acting = current()
    if acting is None or name in acting.told:
        return
    with ledger.write() as tx:
        entry = append(tx, acting.act)
    acting.told.add(name)
    last = _last(anchors)
    if last is None or last.at.date() < entry.at.date():
        _add(anchors, Anchor(entry.at, entry.id, entry.hash))


def anchor(ledger: Ledger, anchors: Path) -> Anchor | None:
    """Anchor the newest entry; None where there is none, or it is anchored already. Raises StorageError."""
    with ledger.read() as tx:
        newest, at = last_entry(tx), tx.at
    last = _last(anchors)
    if newest is None or (last is not None and last.hash == newest.hash):
        return None
    made = Anchor(at, newest.id, newest.hash)
    _add(anchors, made)
    return made


def anchored(anchors: Path) -> bytes:
    """The file of anchors as it stands, without a line that is being written; empty where there is none.

    What is in it is of entries that the ledger has by now: who reads both reads this first, or an act in between
    would look cut off. Raises StorageError.
    """
    try:
        content = anchors.read_bytes() if anchors.exists() else b""
    except OSError as error:
        raise StorageError(f"{anchors} can't be read: {error.strerror}") from error
    return content[: content.rfind(b"\n") + 1]


def verify(ledger: Ledger, anchors: Path) -> Verdict:
    """Hold every entry to its hash, to the one before and to the anchors. Raises DataError for a file of anchors that
    can't be read, StorageError."""
    waiting = {one.entry: one for one in _read(anchors)}
    with ledger.read() as tx:
        return _verdict(tx, waiting)


def _verdict(tx: ReadTransaction, waiting: dict[int, Anchor]) -> Verdict:
    verdict = Verdict(anchors=len(waiting))
    before: AuditEntry | None = None
    for entry in entries(tx):
        verdict.entries += 1
        verdict.breaches += _wrong(entry, before)
        held = waiting.pop(entry.id, None)
        if held is not None and held.hash != entry.hash:
            verdict.breaches.append(Breach("AUDIT-ANCHOR", 1, entry.id, _ANCHORED.format(entry.id, held.at)))
        before = entry
    ends = before.id if before else 0
    if (last := max(waiting.values(), key=lambda one: one.entry, default=None)) and last.entry > ends:
        told = f"the trail ends with entry {ends}, but entry {last.entry} was anchored on {last.at:%Y-%m-%d}"
        verdict.breaches.append(Breach("AUDIT-CUT-OFF", ends + 1, last.entry, told))
    return verdict


_ANCHORED = "up to entry {}, the trail isn't what was anchored on {:%Y-%m-%d}: it was written anew"


def _wrong(entry: AuditEntry, before: AuditEntry | None) -> Iterator[Breach]:
    """What is wrong between an entry and the one before it."""
    expected = before.id + 1 if before else 1
    if entry.id != expected:
        one = entry.id == expected + 1
        gone = f"entry {expected} is gone" if one else f"entries {expected} to {entry.id - 1} are gone"
        yield Breach("AUDIT-GONE", expected, entry.id - 1, gone)
    elif entry.previous != (before.hash if before else BEGINNING):
        yield Breach("AUDIT-MOVED", entry.id, entry.id, f"entry {entry.id} didn't follow the one before it")
    if entry.computed() != entry.hash:
        yield Breach("AUDIT-CHANGED", entry.id, entry.id, f"entry {entry.id} isn't what was written")


# --- the file of anchors


def _read(path: Path) -> list[Anchor]:
    found = []
    for number, line in enumerate(anchored(path).splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Anchor))
        except msgspec.DecodeError as error:
            raise DataError(f"{path} line {number} is no anchor of the audit trail", hint="Was it changed?") from error
    return found


def _last(path: Path) -> Anchor | None:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _LAST_LINE))
            lines = stream.read().splitlines()
        return msgspec.json.decode(lines[-1], type=Anchor) if lines else None
    except (FileNotFoundError, msgspec.DecodeError):  # a damaged one is told by `verify`
        return None
    except OSError as error:
        raise StorageError(f"{path} can't be read: {error.strerror}") from error


def _add(path: Path, made: Anchor) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.encode(made) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        hint = "The audit trail is anchored there."
        raise StorageError(f"{path} can't be written: {error.strerror}", hint=hint) from error
