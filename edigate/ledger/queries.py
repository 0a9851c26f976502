"""The whole ledger in numbers: how many claims stand where, and where every cent is. Reads only.

Counts are of what stands now: a refusal or claim that has a successor is not counted again, and nothing that was made
in test is (`usage.py` tells that apart).
"""

from __future__ import annotations

import msgspec
from sqlalchemy import and_, case, func, select

from edigate.ledger.accounts import balance_table
from edigate.ledger.schema import (
    claim,
    claim_event,
    claim_payment,
    intake,
    payment,
    provider_adjustment,
)
from edigate.ledger.states import CLAIM_STATES, ClaimState
from edigate.ledger.sums import total
from edigate.ledger.transaction import ReadTransaction, fill
from edigate.ledger.usage import IS_MONEY, IS_TEST, PAYS_TESTS

LIVE = claim.c.superseded_by_id.is_(None)
MADE = and_(LIVE, claim.c.state != "refused")


class Standing(msgspec.Struct, frozen=True):
    """How many claims of a partner stand in a state, and what they charge."""

    partner: str
    state: ClaimState
    claims: int
    charge_cents: int


class Conversion(msgspec.Struct, frozen=True):
    """What came in, over all intakes: rows in = made + refused + known."""

    intakes: int
    rows_in: int
    rows_made: int
    rows_refused: int
    rows_known: int
    encounters: int


class Dollars(msgspec.Struct, frozen=True):
    """Where the cents of all claims made are: charged = paid + adjusted + prior payers + patient + outstanding."""

    claims: int
    charged_cents: int
    paid_cents: int
    adjusted_cents: int
    prior_payers_cents: int
    patient_responsibility_cents: int
    outstanding_cents: int


class Cash(msgspec.Struct, frozen=True):
    """Where the cents of all posted payments went, but for those that pay test claims alone.

    received = paid on claims + paid on superseded versions + paid on claims we don't know + paid on test claims (in a
    payment of others) - provider adjustments, but for payments a person accepted unbalanced.
    """

    payments: int
    received_cents: int
    paid_on_claims_cents: int
    paid_on_superseded_cents: int
    paid_unmatched_cents: int
    paid_on_tests_cents: int
    provider_adjustments_cents: int

    @property
    def difference_cents(self) -> int:
        paid = self.paid_on_claims_cents + self.paid_on_superseded_cents + self.paid_unmatched_cents
        return paid + self.paid_on_tests_cents - self.provider_adjustments_cents - self.received_cents


def standings(tx: ReadTransaction, partner: str | None = None) -> list[Standing]:
    """Claims and refused encounters by partner and state, in the order of a claim's life."""
    statement = (
        select(claim.c.partner, claim.c.state, func.count(), total(claim.c.total_charge_cents))
        .where(LIVE, IS_MONEY)
        .group_by(claim.c.partner, claim.c.state)
    )
    if partner is not None:
        statement = statement.where(claim.c.partner == partner)
    found = tx.rows(statement, Standing)
    return sorted(found, key=lambda one: (one.partner, CLAIM_STATES.index(one.state)))


def ever(tx: ReadTransaction, state: ClaimState, partner: str | None = None) -> int:
    """How many of the claims that stand have ever been in a state."""
    statement = (
        select(func.count(claim_event.c.claim_id.distinct()))
        .join(claim, claim.c.id == claim_event.c.claim_id)
        .where(LIVE, IS_MONEY, claim_event.c.state_after == state)
    )
    if partner is not None:
        statement = statement.where(claim.c.partner == partner)
    return int(tx.connection.execute(statement).scalar_one())


def conversion(tx: ReadTransaction, partner: str | None = None) -> Conversion:
    """Sums over the finished intakes, of one partner or all."""
    names = ("rows_in", "rows_made", "rows_refused", "rows_known", "encounters")
    statement = select(func.count(), *(total(intake.c[name]) for name in names)).where(
        intake.c.finished_at.is_not(None)
    )
    if partner is not None:
        statement = statement.where(intake.c.partner == partner)
    return fill(Conversion, tx.connection.execute(statement).one())


def dollars(tx: ReadTransaction, partner: str | None = None) -> Dollars:
    """The accounts of all claims made for production, added up; of one partner or all."""
    accounts = balance_table().subquery()
    names = ["charge_cents", "paid_cents", "adjusted_cents", "prior_payers_cents"]
    names += ["patient_responsibility_cents", "outstanding_cents"]
    statement = (
        select(func.count(), *(total(accounts.c[name]) for name in names))
        .join(claim, claim.c.id == accounts.c.claim_id)
        .where(MADE, IS_MONEY)
    )
    if partner is not None:
        statement = statement.where(claim.c.partner == partner)
    return fill(Dollars, tx.connection.execute(statement).one())


def outstanding(tx: ReadTransaction) -> dict[str, int]:
    """The cents outstanding by partner, as `dollars` has them, by one statement for all."""
    accounts = balance_table().subquery()
    statement = (
        select(claim.c.partner, total(accounts.c.outstanding_cents))
        .join(claim, claim.c.id == accounts.c.claim_id)
        .where(MADE, IS_MONEY)
        .group_by(claim.c.partner)
    )
    return {row[0]: row[1] for row in tx.connection.execute(statement)}


def cash(tx: ReadTransaction) -> Cash:
    """Where the money of all posted payments went."""
    posted = and_(payment.c.state == "posted", ~PAYS_TESTS)
    amounts = tx.connection.execute(select(func.count(), total(payment.c.amount_cents)).where(posted)).one()
    paid = claim_payment.c.paid_cents
    known = claim_payment.c.claim_id.is_not(None)
    where = tx.connection.execute(
        select(
            total(case((and_(known, LIVE, IS_MONEY), paid), else_=0)),
            total(case((and_(known, claim.c.superseded_by_id.is_not(None), IS_MONEY), paid), else_=0)),
            total(case((known, 0), else_=paid)),
            total(case((and_(known, IS_TEST), paid), else_=0)),
        )
        .select_from(
            claim_payment.join(payment, payment.c.id == claim_payment.c.payment_id).outerjoin(
                claim, claim.c.id == claim_payment.c.claim_id
            )
        )
        .where(posted)
    ).one()
    moved = tx.connection.execute(
        select(total(provider_adjustment.c.amount_cents))
        .join(payment, payment.c.id == provider_adjustment.c.payment_id)
        .where(posted)
    ).scalar_one()
    return fill(Cash, (*amounts, *where, moved))
