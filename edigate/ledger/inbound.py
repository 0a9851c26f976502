"""Files that came in: what was taken already, what was received, and how each ended. Knows no content.

Every file ends `posted`, `held` with a reason, or `kept`. The same bytes under another name are kept as
a duplicate of the first and never read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import select

from edigate.errors import LedgerError
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.records import NewInboundFile
from edigate.ledger.schema import inbound_file
from edigate.ledger.states import InboundState
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for


class InboundFile(msgspec.Struct, frozen=True):
    """One received file and where it stands."""

    id: int
    partner: str
    remote_path: str
    name: str
    size: int
    remote_modified: int
    sha256: str
    kind: str
    state: InboundState
    reason: str
    duplicate_of_id: int | None
    received_at: datetime
    finished_at: datetime | None


WAITS_FOR_REVIEW = "waits for review"  # what the reason of a file begins with that a partner's policy holds

_COLUMNS = columns_for(InboundFile, inbound_file)


def taken(tx: ReadTransaction, partner: str) -> set[tuple[str, int, int]]:
    """`(remote_path, size, remote_modified)` of all files taken from a partner.

    Entries with -1 are left out: where the server tells no size or time, the same name may be a new
    file (some partners' names come round again), and only its content can tell.
    """
    rows = tx.connection.execute(
        select(inbound_file.c.remote_path, inbound_file.c.size, inbound_file.c.remote_modified).where(
            inbound_file.c.partner == partner, inbound_file.c.size >= 0, inbound_file.c.remote_modified >= 0
        )
    )
    return {(path, size, modified) for path, size, modified in rows}


def record_received(tx: WriteTransaction, new: NewInboundFile) -> InboundFile:
    """Write down a file whose bytes are in the archive; as it stands then.

    `received`: to be read now. `kept` with `duplicate_of_id`: these bytes came before. Telling of the
    very same file again changes nothing and gives the first row.
    """
    same = tx.first(
        select(*_COLUMNS).where(
            inbound_file.c.partner == new.partner,
            inbound_file.c.remote_path == new.remote_path,
            inbound_file.c.size == new.size,
            inbound_file.c.remote_modified == new.remote_modified,
            inbound_file.c.sha256 == new.sha256,
        ),
        InboundFile,
    )
    if same is not None:
        return same
    original = tx.connection.execute(
        select(inbound_file.c.id).where(
            inbound_file.c.sha256 == new.sha256, inbound_file.c.duplicate_of_id.is_(None)
        )
    ).scalar()
    (file_id,) = reserve_ids(tx, inbound_file, 1)
    row = msgspec.structs.asdict(new) | {"id": file_id, "received_at": tx.at, "state": "received"}
    if original is not None:
        row |= {
            "state": "kept",
            "duplicate_of_id": original,
            "reason": f"the same content as file {original}",
            "finished_at": tx.at,
        }
    tx.insert(inbound_file, [row])
    found = inbound_file_by_id(tx, file_id)
    if found is None:
        raise LedgerError(f"file {file_id} is not in the ledger")
    return found


def finish_file(
    tx: WriteTransaction,
    file_id: int,
    state: Literal["posted", "held", "kept"],
    *,
    kind: str = "",
    reason: str = "",
) -> None:
    """Say how a received or held file ended; `held` needs a reason. `kind` is what its content was.

    Raises LedgerError where the file had ended already: what is posted once is not posted again.
    """
    values: dict[str, object] = {"state": state, "reason": reason, "finished_at": tx.at}
    if kind:
        values["kind"] = kind
    if not tx.change(
        inbound_file.update()
        .where(
            inbound_file.c.id == file_id,
            inbound_file.c.state.in_(("received", "held")),
            inbound_file.c.duplicate_of_id.is_(None),
        )
        .values(**values)
    ):
        found = inbound_file_by_id(tx, file_id)
        raise LedgerError(f"file {file_id} is {found.state if found else 'not in the ledger'}, not received")


def inbound_files(
    tx: ReadTransaction, *, partner: str | None = None, states: Iterable[InboundState] | None = None
) -> list[InboundFile]:
    """Files in the order they came, of one partner or all, in some states or all."""
    statement = select(*_COLUMNS).order_by(inbound_file.c.id)
    if partner is not None:
        statement = statement.where(inbound_file.c.partner == partner)
    if states is not None:
        statement = statement.where(inbound_file.c.state.in_(list(states)))
    return tx.rows(statement, InboundFile)


def inbound_file_by_id(tx: ReadTransaction, file_id: int) -> InboundFile | None:
    return tx.first(select(*_COLUMNS).where(inbound_file.c.id == file_id), InboundFile)
