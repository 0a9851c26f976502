"""The very bytes that a file of ours travels in where its partner wants it encrypted. Knows no key and no archive.

Encrypting anew gives other bytes, and evidence at the server is compared byte for byte: so they are made once, kept in
the archive, and written down here before anything of them leaves.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import delete, select

from edigate.errors import LedgerError
from edigate.ledger.schema import carried_file, outbound_file
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks


class Carried(msgspec.Struct, frozen=True):
    """A file's encrypted bytes: their hash and size, and for whom and by whom, as fingerprints."""

    outbound_file_id: int
    sha256: str
    size: int
    encrypted_to: str
    signed_with: str  # empty where it isn't


_COLUMNS = columns_for(Carried, carried_file)


def carried_files(tx: ReadTransaction, file_ids: Iterable[int]) -> dict[int, Carried]:
    """What files are carried in, by their id; those that go as they are aren't there."""
    found: dict[int, Carried] = {}
    for block in in_blocks(file_ids):
        rows = tx.rows(select(*_COLUMNS).where(carried_file.c.outbound_file_id.in_(block)), Carried)
        found.update((row.outbound_file_id, row) for row in rows)
    return found


def carry(tx: WriteTransaction, file_id: int, carried: Carried | None) -> None:
    """From now on a file that hasn't begun to leave travels so, or as it is. Raises LedgerError where it has begun."""
    state = tx.connection.execute(select(outbound_file.c.state).where(outbound_file.c.id == file_id)).scalar()
    if state != "queued":
        raise LedgerError(f"file {file_id} is {state}, not queued: what it travels in stays as it is")
    tx.change(delete(carried_file).where(carried_file.c.outbound_file_id == file_id))
    if carried is not None:
        tx.insert(carried_file, [{**msgspec.structs.asdict(carried), "at": tx.at}])
