"""Our 999s and TA1s: files that answer a received file, queued beside the claims' and sent by the same steps.

Knows which received file is answered by which of ours; refuses to know what an answer says.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from edigate.ledger.inbound import InboundFile, inbound_file_by_id
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.outbound import FILE_COLUMNS, OutboundFile
from edigate.ledger.records import NewRecord
from edigate.ledger.schema import outbound_file
from edigate.ledger.states import FileKind, Usage
from edigate.ledger.transaction import ReadTransaction, WriteTransaction


class NewAcknowledgment(NewRecord, frozen=True):
    """An answer whose bytes are in the archive: to which received file, and which of its interchanges (from 1)."""

    acknowledges_id: int
    acknowledges_part: int
    partner: str
    kind: FileKind
    filename: str
    sha256: str
    size: int
    isa13: int
    gs06: int
    usage: Usage


def queue_acknowledgment(tx: WriteTransaction, new: NewAcknowledgment) -> int:
    """Write an answer down as `queued`; its id. Raises LedgerError where that interchange was answered before."""
    (file_id,) = reserve_ids(tx, outbound_file, 1)
    row = msgspec.structs.asdict(new)
    tx.insert(
        outbound_file, [{"id": file_id, "state": "queued", "state_since": tx.at, "created_at": tx.at, **row}]
    )
    return file_id


def acknowledgments_of(tx: ReadTransaction, inbound_file_id: int) -> list[OutboundFile]:
    """Our answers to a received file, one for each interchange that got one."""
    return tx.rows(
        select(*FILE_COLUMNS)
        .where(outbound_file.c.acknowledges_id == inbound_file_id)
        .order_by(outbound_file.c.acknowledges_part),
        OutboundFile,
    )


def acknowledged_by(tx: ReadTransaction, outbound_file_id: int) -> InboundFile | None:
    """The received file that one of ours answers; None where it holds claims."""
    found = tx.connection.execute(
        select(outbound_file.c.acknowledges_id).where(outbound_file.c.id == outbound_file_id)
    ).scalar()
    return inbound_file_by_id(tx, found) if found is not None else None
