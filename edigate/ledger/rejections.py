"""Why claims were rejected: the last rejection each was told, in the answer's own codes. Reads only."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import func, select

from edigate.ledger.schema import claim_event
from edigate.ledger.transaction import ReadTransaction, in_blocks
from edigate.secrecy import Phi

_REJECTIONS = ("ta1_rejected", "x999_rejected", "x277_rejected")


class Rejection(Phi, msgspec.Struct, frozen=True):
    """One rejection; `detail` has its codes, and of a 277CA who says it and the payer's text (may be PHI)."""

    claim_id: int
    event: str
    detail: str


def rejections_of(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, Rejection]:
    """The last rejection of each of some claims; what came after it (a late acceptance) is no matter."""
    found: dict[int, Rejection] = {}
    for block in in_blocks(claim_ids):
        last = (
            select(func.max(claim_event.c.id))
            .where(claim_event.c.claim_id.in_(block), claim_event.c.event.in_(_REJECTIONS))
            .group_by(claim_event.c.claim_id)
        )
        statement = select(claim_event.c.claim_id, claim_event.c.event, claim_event.c.detail).where(
            claim_event.c.id.in_(last)
        )
        found.update((one.claim_id, one) for one in tx.rows(statement, Rejection))
    return found
