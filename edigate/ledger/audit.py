"""The audit trail's statements: an entry is added behind the last, and read again in order. Knows no command.

An entry's hash covers all of it and the hash before, so that nobody changes, takes away or moves one without all
that follow telling (45 CFR 164.312(b), (c)).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Select, select

from edigate.ledger.schema import audit_entry
from edigate.ledger.states import AuditKind
from edigate.ledger.transaction import ReadTransaction, WriteTransaction
from edigate.secrecy import Phi

BEGINNING = "0" * 64
"""What stands for the hash before the first entry."""

_AT_ONCE = 1000


class Act(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does. `subject` and `detail` are the command's own words and may be PHI."""

    who: str
    host: str
    run_id: str
    kind: AuditKind
    act: str
    subject: str = ""
    detail: str = ""


class AuditEntry(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """An act as the trail keeps it."""

    id: int
    at: datetime
    who: str
    host: str
    run_id: str
    kind: AuditKind
    act: str
    subject: str
    detail: str
    previous: str
    hash: str

    def computed(self) -> str:
        """The hash that this entry should have."""
        at = self.at.isoformat(timespec="microseconds")
        told = [self.id, at, self.who, self.host, self.run_id, self.kind, self.act, self.subject, self.detail]
        return sha256(self.previous.encode() + b"\n" + msgspec.json.encode(told)).hexdigest()


def append(tx: WriteTransaction, act: Act) -> AuditEntry:
    """Add an act to the trail."""
    last = last_entry(tx)
    entry = AuditEntry(
        id=last.id + 1 if last else 1,
        at=tx.at,
        previous=last.hash if last else BEGINNING,
        hash="",
        **msgspec.structs.asdict(act),
    )
    entry = msgspec.structs.replace(entry, hash=entry.computed())
    tx.insert(audit_entry, [msgspec.structs.asdict(entry)])
    return entry


def last_entry(tx: ReadTransaction) -> AuditEntry | None:
    """The newest entry."""
    found = _selected(tx, select(audit_entry).order_by(audit_entry.c.id.desc()).limit(1))
    return found[0] if found else None


def entries(tx: ReadTransaction, *, after: int = 0) -> Iterator[AuditEntry]:
    """The trail in order, some hundreds read at a time."""
    statement = select(audit_entry).order_by(audit_entry.c.id).limit(_AT_ONCE)
    while block := _selected(tx, statement.where(audit_entry.c.id > after)):
        yield from block
        after = block[-1].id


def _selected(tx: ReadTransaction, statement: Select[Any]) -> list[AuditEntry]:
    return [AuditEntry(**row) for row in tx.connection.execute(statement).mappings()]
