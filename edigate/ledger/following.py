"""Claims follow their files: what a file's step makes of them, in the same transaction. Knows no server, no numbers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, insert, literal, select

from edigate.errors import LedgerError
from edigate.ledger.schema import claim, claim_event, claim_set, outbound_set
from edigate.ledger.states import ClaimState, FileState
from edigate.ledger.transaction import WriteTransaction

# What a file's new state makes of its claims: those in one of the first become the last. An answer may
# have come before we learned that the file arrived, so claims that are further along stay as they are.
_CLAIMS_FOLLOW: dict[FileState, tuple[tuple[ClaimState, ...], ClaimState]] = {
    "queued": (("uncertain",), "queued"),
    "sent": (("queued", "uncertain"), "sent"),
    "uncertain": (("queued",), "uncertain"),
    "cancelled": (("queued", "uncertain"), "ready"),
}


def follow(tx: WriteTransaction, file_ids: Sequence[int], to: FileState, reason: str) -> None:
    """Files are in a new state: what it makes of their claims, with an event for each claim."""
    if to in _CLAIMS_FOLLOW:
        before, after = _CLAIMS_FOLLOW[to]
        write_events(tx, file_ids, before, after, to if to != "queued" else "queued again", reason)
        tx.change(
            claim.update()
            .where(claim.c.id.in_(claims_of(file_ids)), claim.c.state.in_(before))
            .values(state=after, state_since=tx.at)
        )
    if to == "cancelled":
        for file_id in file_ids:
            _let_go(tx, file_id)


def claims_of(file_ids: Sequence[int]) -> Select[tuple[int]]:
    return (
        select(claim_set.c.claim_id)
        .join(outbound_set, outbound_set.c.id == claim_set.c.outbound_set_id)
        .where(outbound_set.c.outbound_file_id.in_(file_ids))
    )


def write_events(
    tx: WriteTransaction,
    file_ids: Sequence[int],
    before: tuple[ClaimState, ...],
    after: ClaimState,
    event: str,
    detail: str,
) -> None:
    """One event for each claim of the files that is about to change; call it before the change."""
    names = ["claim_id", "at", "state_before", "state_after", "event", "outbound_file_id"]
    names += ["segment_position", "detail"]
    at = claim_event.c.at.type
    changing = (
        select(
            claim.c.id,
            literal(tx.at, at),
            claim.c.state,
            literal(after),
            literal(event),
            outbound_set.c.outbound_file_id,
            literal(0),
            literal(detail),
        )
        .join(claim_set, claim_set.c.claim_id == claim.c.id)
        .join(outbound_set, outbound_set.c.id == claim_set.c.outbound_set_id)
        .where(outbound_set.c.outbound_file_id.in_(file_ids), claim.c.state.in_(before))
        .order_by(claim.c.id)
    )
    tx.change(insert(claim_event).from_select(names, changing, include_defaults=False))


def _let_go(tx: WriteTransaction, file_id: int) -> None:
    """Take the claims of a cancelled file out of its sets, so that they may stand in another."""
    answered = tx.connection.execute(
        select(func.count())
        .select_from(claim)
        .where(claim.c.id.in_(claims_of([file_id])), claim.c.state != "ready")
    ).scalar_one()
    if answered:
        raise LedgerError(f"file {file_id} can't be cancelled: {answered} of its claims were answered")
    sets = select(outbound_set.c.id).where(outbound_set.c.outbound_file_id == file_id)
    tx.change(claim_set.delete().where(claim_set.c.outbound_set_id.in_(sets)))
