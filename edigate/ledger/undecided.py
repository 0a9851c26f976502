"""What stands beside the claims that payers decided: claims sent that wait, and money for none of ours. Reads only."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import and_, case, func, or_, select

from edigate.ledger.adjudicated import COUNTS, JOINED, NEVER_SENT
from edigate.ledger.schema import claim, claim_payment, claim_set, outbound_file, outbound_set
from edigate.ledger.states import ClaimState
from edigate.ledger.sums import total
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.usage import IS_MONEY


class Undecided(msgspec.Struct, frozen=True):
    """Claims sent that no payer has decided: how many, what they charge; `late` past their partner's time."""

    state: ClaimState
    replaced: bool
    late: bool
    claims: int
    charge_cents: int


def undecided(tx: ReadTransaction, sent_before: Iterable[tuple[str, object]]) -> list[Undecided]:
    """Claims that went out and that no posted payment speaks of; late where sent before their partner's moment."""
    of_claim = and_(COUNTS, claim_payment.c.claim_id == claim.c.id)
    decided = select(claim_payment.c.claim_id).select_from(JOINED).where(of_claim)
    overdue = [and_(claim.c.partner == name, outbound_file.c.sent_at < moment) for name, moment in sent_before]
    late = case((or_(*overdue), 1), else_=0) if overdue else case((claim.c.id < 0, 1), else_=0)
    gone = case((claim.c.superseded_by_id.is_(None), 0), else_=1)
    rows = tx.connection.execute(
        select(claim.c.state, gone, late, func.count(), total(claim.c.total_charge_cents))
        .select_from(
            claim.outerjoin(claim_set, claim_set.c.claim_id == claim.c.id)
            .outerjoin(outbound_set, outbound_set.c.id == claim_set.c.outbound_set_id)
            .outerjoin(outbound_file, outbound_file.c.id == outbound_set.c.outbound_file_id)
        )
        .where(IS_MONEY, claim.c.state.not_in(NEVER_SENT), ~decided.exists())
        .group_by(claim.c.state, gone, late)
    )
    return [Undecided(state, bool(was), bool(is_late), count, cents) for state, was, is_late, count, cents in rows]


def unbilled(tx: ReadTransaction) -> tuple[int, int]:
    """Posted adjudications that are for no claim of ours: how many, and what they paid, in cents."""
    count, paid = tx.connection.execute(
        select(func.count(), total(claim_payment.c.paid_cents))
        .select_from(JOINED)
        .where(COUNTS, claim_payment.c.claim_id.is_(None))
    ).one()
    return count, paid
