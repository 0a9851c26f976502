"""How far the ledger is in what judging claims rests on, and which claims changed since. Numbers only; reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select

from edigate.ledger.schema import (
    answer_match,
    claim,
    claim_event,
    claim_payment,
    party_check,
    party_difference,
    payment,
)
from edigate.ledger.sums import total
from edigate.ledger.transaction import ReadTransaction


class Mark(msgspec.Struct, frozen=True):
    """Two marks are equal where no claim, money, match or compared name was added or changed in between."""

    ledger: str  # another ledger's numbers say nothing of this one
    event: int  # the newest of each
    entry: int
    difference: int
    entries: int  # adjudications that belong to a claim
    joined: int  # to which claims, summed up: a match by hand changes no number else
    payments: int  # posted
    matches: str
    compared: str

    def leads_to(self, later: Mark) -> bool:
        """Whether all that changed until `later` left an event or entry with a higher number behind."""
        return (
            self.ledger == later.ledger
            and self.event <= later.event
            and self.entry <= later.entry
            and self.matches == later.matches
        )


def mark_of(tx: ReadTransaction) -> Mark:
    """Where the ledger stands now."""

    def ask(*columns: ColumnElement[Any]) -> Sequence[Any]:
        return tx.connection.execute(select(*columns)).one()

    def newest(column: ColumnElement[int]) -> ColumnElement[int]:
        return func.coalesce(func.max(column), 0)

    entries, joined = ask(func.count(claim_payment.c.claim_id), total(claim_payment.c.claim_id))
    return Mark(
        ledger=str(ask(func.min(claim_event.c.at))[0]),
        event=ask(newest(claim_event.c.id))[0],
        entry=ask(newest(claim_payment.c.id))[0],
        difference=ask(newest(party_difference.c.id))[0],
        entries=entries,
        joined=joined,
        payments=tx.connection.execute(select(func.count()).where(payment.c.state == "posted")).scalar_one(),
        matches=str(tuple(ask(func.max(answer_match.c.at), func.max(answer_match.c.forgotten_at)))),
        compared=str(ask(func.max(party_check.c.at))[0]),
    )


def changed_claims(tx: ReadTransaction, since: Mark) -> set[int]:
    """Claims that anything happened to, or was posted or compared for, since a mark; older versions' successors too."""
    found: set[int] = set()
    for statement in (
        select(claim_event.c.claim_id).where(claim_event.c.id > since.event),
        select(claim_payment.c.claim_id).where(claim_payment.c.id > since.entry, claim_payment.c.claim_id.is_not(None)),
        select(party_difference.c.claim_id).where(party_difference.c.id > since.difference),
    ):
        found.update(tx.connection.execute(statement.distinct()).scalars())
    replaced = select(claim.c.id, claim.c.superseded_by_id).where(claim.c.superseded_by_id.is_not(None))
    for before, after in tx.connection.execute(replaced):
        if after in found:  # what was kept of the one that made way is of its successor now
            found.add(before)
    return found
