"""Money and no money: claims made while their partner was in test are never paid, and nobody owes them. Reads only.

A claim's `usage` says which it is, for good. Whoever adds money up asks here what counts, so that all sums agree; what
doesn't count is told beside them by `tests`.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import and_, func, literal_column, or_, select

from edigate.ledger.schema import claim, claim_payment, payment
from edigate.ledger.states import CLAIM_STATES, ClaimState
from edigate.ledger.transaction import ReadTransaction

# Written out and not bound, so that SQLite sees that the index of test claims answers it.
IS_TEST = claim.c.usage == literal_column("'test'")
IS_MONEY = claim.c.usage == literal_column("'production'")

_other_claim = claim.alias("other_claim")
_other_entry = claim_payment.alias("other_entry")
# A payment that speaks of test claims and of nothing else: no bank ever sees it.
PAYS_TESTS = and_(
    payment.c.id.in_(
        select(claim_payment.c.payment_id)
        .select_from(claim.join(claim_payment, claim_payment.c.claim_id == claim.c.id))
        .where(IS_TEST)
    ),
    ~select(_other_entry.c.id)
    .select_from(_other_entry.outerjoin(_other_claim, _other_claim.c.id == _other_entry.c.claim_id))
    .where(
        _other_entry.c.payment_id == payment.c.id,
        or_(_other_entry.c.claim_id.is_(None), _other_claim.c.usage != literal_column("'test'")),
    )
    .exists(),
)


class Tests(msgspec.Struct, frozen=True):
    """Test claims and refused test encounters that stand, by state; `count` is all of them."""

    __test__ = False  # pytest: no class of tests

    count: int
    states: dict[ClaimState, int]


def tests(tx: ReadTransaction, partner: str | None = None) -> Tests:
    """What was made in test and nothing has replaced, of one partner or all."""
    statement = (
        select(claim.c.state, func.count()).where(IS_TEST, claim.c.superseded_by_id.is_(None)).group_by(claim.c.state)
    )
    if partner is not None:
        statement = statement.where(claim.c.partner == partner)
    found = {row[0]: row[1] for row in tx.connection.execute(statement)}
    return Tests(sum(found.values()), {state: found[state] for state in CLAIM_STATES if state in found})
