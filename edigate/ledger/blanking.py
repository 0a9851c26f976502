"""Persons taken out of claims in the ledger: the claim's record, what was found in it, both sides' names, notes.

Rows, numbers, states and amounts stay. On SQLite what was there is overwritten, not only let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from edigate.ledger.adjudicated import records
from edigate.ledger.schema import claim_finding, claim_record, party_difference, work_act
from edigate.ledger.transaction import WriteTransaction, in_blocks


def blank_claims(tx: WriteTransaction, claim_ids: Iterable[int], without: Callable[[bytes], bytes]) -> None:
    """Take persons out of these claims; `without` makes the record that stays of the one there is."""
    overwrite_freed(tx)
    for block in in_blocks(claim_ids):
        found = records(tx, block)
        if found:
            kept = [without(record) for record in found.values()]
            tx.change_many(claim_record, {"claim_id": list(found)}, {"record": kept})
        tx.change(claim_finding.update().where(tx.among(claim_finding.c.claim_id, block)).values(value=""))
        tx.change(
            party_difference.update().where(tx.among(party_difference.c.claim_id, block)).values(ours="", theirs="")
        )
        notes = tx.among(work_act.c.reference, [f"claim-{claim_id}" for claim_id in block])
        tx.change(work_act.update().where(notes, work_act.c.act == "note").values(text=""))


def overwrite_freed(tx: WriteTransaction) -> None:
    """Let SQLite overwrite what is changed or deleted from here on, on this connection. A server does as it does."""
    if tx.connection.dialect.name == "sqlite":
        tx.connection.exec_driver_sql("PRAGMA secure_delete = ON")
