"""Files that came in: what was taken already, what was received, and how each ended. Knows no content.

Every file ends `posted`, `held` with a reason, or `kept`. The same bytes under another name are kept as
a duplicate of the first and never read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import select

from edigate.errors import LedgerError
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.records import NewInboundFile
from edigate.ledger.schema import inbound_file
from edigate.ledger.states import InboundState
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks


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


BY_HAND = "by hand/"  # what the path of a file begins with that came from no partner's server
NOT_OPENED = "PGP: "  # what the reason of a file begins with that is encrypted and doesn't open, or isn't signed
WAITS_FOR_REVIEW = "waits for review"  # what the reason of a file begins with that a partner's policy holds

_COLUMNS = columns_for(InboundFile, inbound_file)


def taken(tx: ReadTransaction, partner: str, remote_paths: Iterable[str]) -> set[tuple[str, int, int]]:
    """`(remote_path, size, remote_modified)` of the files taken from a partner under these paths.

    Entries with -1 are left out: where the server tells no size or time, the same name may be a new
    file (some partners' names come round again), and only its content can tell.
    """
    found: set[tuple[str, int, int]] = set()
    for block in in_blocks(remote_paths):
        statement = select(inbound_file.c.remote_path, inbound_file.c.size, inbound_file.c.remote_modified).where(
            inbound_file.c.partner == partner,
            inbound_file.c.remote_path.in_(block),
            inbound_file.c.size >= 0,
            inbound_file.c.remote_modified >= 0,
        )
        found.update((row[0], row[1], row[2]) for row in tx.connection.execute(statement))
    return found


def record_received(tx: WriteTransaction, new: NewInboundFile) -> InboundFile:
    """Write down one file, as `record_all_received` does; as it stands then."""
    return record_all_received(tx, [new])[0][0]


def record_all_received(
    tx: WriteTransaction, files: Sequence[NewInboundFile]
) -> tuple[list[InboundFile], list[InboundFile]]:
    """Write down files whose bytes are in the archive: each as it stands then, and those whose rows are new.

    `received`: to be read now. `kept` with `duplicate_of_id`: these bytes came before, here or further up in
    `files`. Telling of the very same file again changes nothing and gives the first row.
    """
    standing = _told_before(tx, files)
    missing = {_listing(new): new for new in files if _listing(new) not in standing}
    originals = _originals(tx, (new.sha256 for new in missing.values()))
    made: list[InboundFile] = []
    for file_id, (listing, new) in zip(reserve_ids(tx, inbound_file, len(missing)), missing.items(), strict=True):
        original = originals.setdefault(new.sha256, file_id)
        again = original != file_id
        file = InboundFile(
            **msgspec.structs.asdict(new),
            id=file_id,
            state="kept" if again else "received",
            reason=f"the same content as file {original}" if again else "",
            duplicate_of_id=original if again else None,
            received_at=tx.at,
            finished_at=tx.at if again else None,
        )
        standing[listing] = file
        made.append(file)
    tx.insert_records(inbound_file, made, {})
    return [standing[_listing(new)] for new in files], made


def _listing(file: NewInboundFile | InboundFile) -> tuple[str, str, int, int, str]:
    """What makes two mentions of a file the same one."""
    return file.partner, file.remote_path, file.size, file.remote_modified, file.sha256


def _told_before(
    tx: ReadTransaction, files: Iterable[NewInboundFile]
) -> dict[tuple[str, str, int, int, str], InboundFile]:
    found: dict[tuple[str, str, int, int, str], InboundFile] = {}
    for block in in_blocks(files):
        statement = select(*_COLUMNS).where(
            inbound_file.c.partner.in_({new.partner for new in block}),
            inbound_file.c.remote_path.in_({new.remote_path for new in block}),
            inbound_file.c.sha256.in_({new.sha256 for new in block}),
        )
        found.update((_listing(file), file) for file in tx.rows(statement, InboundFile))
    return found


def _originals(tx: ReadTransaction, digests: Iterable[str]) -> dict[str, int]:
    """The file that is read of each content that came before."""
    found: dict[str, int] = {}
    for block in in_blocks(digests):
        statement = select(inbound_file.c.sha256, inbound_file.c.id).where(
            inbound_file.c.sha256.in_(block), inbound_file.c.duplicate_of_id.is_(None)
        )
        found.update((row[0], row[1]) for row in tx.connection.execute(statement))
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
