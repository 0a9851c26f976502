"""Adding cents up in SQL, and the law every payment keeps: claims paid - provider adjustments = amount."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, cast, func, select

from edigate.ledger.schema import claim_payment, payment, provider_adjustment
from edigate.ledger.states import PaymentState
from edigate.ledger.transaction import ReadTransaction

PREDETERMINATION = "25"  # CLP02: a claim priced, nothing paid; kept, and no entry of any account


def total(column: ColumnElement[Any]) -> ColumnElement[int]:
    """The sum of cents, 0 of nothing. Cast back, for PostgreSQL adds 64-bit numbers up to a decimal."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


class PaymentSum(msgspec.Struct, frozen=True):
    """A payment's two sides. The difference is 0 for every payment posted and not accepted unbalanced."""

    payment_id: int
    state: PaymentState
    amount_cents: int  # BPR02
    claims_paid_cents: int  # sum of CLP04
    provider_adjustments_cents: int  # sum of PLB, positive takes away
    accepted_unbalanced: str = ""  # why a person let it through

    @property
    def difference_cents(self) -> int:
        return self.claims_paid_cents - self.provider_adjustments_cents - self.amount_cents


def payment_sums(tx: ReadTransaction, *, payment_id: int | None = None) -> list[PaymentSum]:
    """Both sides of one payment or of all, computed from the entries (X221A1 1.10.2.1)."""
    paid = (
        select(total(claim_payment.c.paid_cents))
        .where(claim_payment.c.payment_id == payment.c.id)
        .scalar_subquery()
    )
    moved = (
        select(total(provider_adjustment.c.amount_cents))
        .where(provider_adjustment.c.payment_id == payment.c.id)
        .scalar_subquery()
    )
    columns = (payment.c.id, payment.c.state, payment.c.amount_cents, paid, moved, payment.c.accepted_unbalanced)
    statement = select(*columns).order_by(payment.c.id)
    if payment_id is not None:
        statement = statement.where(payment.c.id == payment_id)
    return tx.rows(statement, PaymentSum)
