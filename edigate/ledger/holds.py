"""Legal holds: what must be kept whatever its age, until somebody lifts the hold. Knows no rule of retention."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select

from edigate.ledger.numbering import reserve_ids
from edigate.ledger.schema import legal_hold
from edigate.ledger.states import HoldScope
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for
from edigate.secrecy import Phi


class Hold(Phi, msgspec.Struct, frozen=True):
    """One hold. `subject`: a claim's id, `in-7`, `out-3`, `intake-4`, a partner; empty for everything."""

    id: int
    scope: HoldScope
    subject: str
    why: str  # a person's words, may be PHI
    who: str
    at: datetime
    removed_at: datetime | None
    removed_why: str
    removed_by: str


_COLUMNS = columns_for(Hold, legal_hold)


def add_hold(tx: WriteTransaction, scope: HoldScope, subject: str, *, why: str, who: str) -> Hold:
    """Put a hold on; the same again is another one, and each must be lifted."""
    (hold_id,) = reserve_ids(tx, legal_hold, 1)
    made = Hold(hold_id, scope, subject, why, who, tx.at, None, "", "")
    tx.insert_records(legal_hold, [made], {})
    return made


def remove_hold(tx: WriteTransaction, hold_id: int, *, why: str, who: str) -> bool:
    """Lift a hold; False where there is none of this id that is on."""
    return bool(
        tx.change(
            legal_hold.update()
            .where(legal_hold.c.id == hold_id, legal_hold.c.removed_at.is_(None))
            .values(removed_at=tx.at, removed_why=why, removed_by=who)
        )
    )


def holds(tx: ReadTransaction, *, lifted: bool = False) -> list[Hold]:
    """The holds that are on, oldest first; with those that were lifted where asked."""
    statement = select(*_COLUMNS).order_by(legal_hold.c.id)
    return tx.rows(statement if lifted else statement.where(legal_hold.c.removed_at.is_(None)), Hold)
