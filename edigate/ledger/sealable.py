"""Which contents of the archive are still to be read by a job, so that nobody seals them yet. Knows no archive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import exists, or_, select

from edigate.ledger.schema import (
    carried_file,
    claim_payment,
    inbound_file,
    intake,
    outbound_file,
    outbound_set,
    party_check,
    payment,
    unmatched_answer,
)
from edigate.ledger.transaction import ReadTransaction, in_blocks


def still_needed(tx: ReadTransaction, contents: Iterable[str], days: int) -> tuple[set[str], set[str]]:
    """Of contents (SHA-256): those that a job may still read, and those that the ledger knows at all.

    Needed is what is on its way or uncertain, what wasn't posted or is held, and a conversion that hasn't ended. For
    `days` also what answers are held against: a file of ours until it was acknowledged, and an answer or remittance
    that waits for its claim or wasn't compared yet.
    """
    since = tx.at - timedelta(days=days)
    unanswered = (outbound_file.c.ta1 != "rejected") & exists().where(
        outbound_set.c.outbound_file_id == outbound_file.c.id, outbound_set.c.x999 == "none"
    )
    waits = or_(
        exists().where(unmatched_answer.c.inbound_file_id == inbound_file.c.id, unmatched_answer.c.state == "open"),
        exists().where(
            payment.c.inbound_file_id == inbound_file.c.id,
            payment.c.state == "posted",
            ~exists().where(party_check.c.payment_id == payment.c.id),
        ),
        exists().where(
            payment.c.inbound_file_id == inbound_file.c.id,
            payment.c.state == "posted",
            claim_payment.c.payment_id == payment.c.id,
            claim_payment.c.claim_id.is_(None),
        ),
    )
    leaving = exists().where(
        outbound_file.c.id == carried_file.c.outbound_file_id, outbound_file.c.state.not_in(("sent", "cancelled"))
    )
    jobs = (
        (intake, intake.c.finished_at.is_(None)),
        (carried_file, leaving),
        (
            outbound_file,
            outbound_file.c.state.not_in(("sent", "cancelled")) | ((outbound_file.c.sent_at > since) & unanswered),
        ),
        (
            inbound_file,
            inbound_file.c.state.in_(("received", "held")) | ((inbound_file.c.finished_at > since) & waits),
        ),
    )
    needed: set[str] = set()
    known: set[str] = set()
    for block in in_blocks(contents):
        for table, busy in jobs:
            named = table.c.sha256.in_(block)
            known.update(tx.connection.execute(select(table.c.sha256).where(named)).scalars())
            needed.update(tx.connection.execute(select(table.c.sha256).where(named, busy)).scalars())
    return needed, known
