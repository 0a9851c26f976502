"""What somebody who watches asks of the ledger: its newest moment, what waits and since when. Counts and times only."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from edigate.ledger.schema import inbound_file, outbound_file, outbound_set, run
from edigate.ledger.transaction import ReadTransaction


class Unanswered(msgspec.Struct, frozen=True):
    """Files of a partner that were sent and of which nobody has said a word yet: how many, the oldest one's time."""

    partner: str
    files: int
    oldest: datetime


def newest_moment(tx: ReadTransaction) -> datetime | None:
    """When the last thing was written down, by the clock of whoever did; None in an empty ledger."""
    columns = (run.c.started_at, outbound_file.c.created_at, inbound_file.c.received_at)
    found = [tx.connection.execute(select(func.max(column))).scalar() for column in columns]
    return max((at for at in found if at is not None), default=None)


def unanswered(tx: ReadTransaction) -> list[Unanswered]:
    """Files for production that left and wait for a first word, TA1 or 999, by partner.

    A set's 999 counts for its file as soon as it came; TA1s alone say that the envelope could be read.
    """
    silent = (
        select(outbound_set.c.outbound_file_id)
        .where(outbound_set.c.outbound_file_id == outbound_file.c.id, outbound_set.c.x999 != "none")
        .exists()
    )
    statement = (
        select(outbound_file.c.partner, func.count(), func.min(outbound_file.c.sent_at))
        .where(outbound_file.c.usage == "production", outbound_file.c.state == "sent", outbound_file.c.ta1 == "none")
        .where(~silent)
        .group_by(outbound_file.c.partner)
        .order_by(outbound_file.c.partner)
    )
    return tx.rows(statement, Unanswered)
