"""Adjudications with the services and adjustments of each, some or many. Reads only.

What is given back may hold PHI: it is for asked-for output, and for making a next payer's claim.
"""

from __future__ import annotations

from datetime import date

import msgspec
from sqlalchemy import ColumnElement, select

from edigate.ledger.schema import adjustment, claim_payment, payment, service_payment
from edigate.ledger.transaction import ReadTransaction, columns_for, fill
from edigate.secrecy import Phi


class AdjustmentRow(msgspec.Struct, frozen=True):
    """One reason; `service_payment_id` is None where it is of the whole claim."""

    claim_payment_id: int
    service_payment_id: int | None
    group_code: str
    reason_code: str
    amount_cents: int
    quantity: str


class ServicePaymentRow(Phi, msgspec.Struct, frozen=True):
    """One paid service and our line it is for."""

    id: int
    claim_payment_id: int
    position: int
    claim_line_id: int | None
    procedure: str
    modifiers: str
    billed_procedure: str
    billed_modifiers: str
    revenue_code: str
    charge_cents: int
    paid_cents: int
    units: str
    service_date: date | None
    line_item_control_number: str
    remark_codes: str
    allowed_cents: int | None  # AMT*B6


class ClaimPaymentRow(Phi, msgspec.Struct, frozen=True):
    """One adjudication of a claim, and the payment it came with."""

    id: int
    payment_id: int
    position: int
    claim_id: int | None
    patient_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    patient_responsibility_cents: int
    payer_claim_control_number: str
    remark_codes: str
    crossover_carrier: str
    segment_position: int
    coverage_cents: int | None  # AMT*AU
    trace_number: str
    effective_date: date | None
    posted: bool
    services: list[ServicePaymentRow]
    adjustments: list[AdjustmentRow]


_ADJUSTMENT = columns_for(AdjustmentRow, adjustment)
_SERVICE = columns_for(ServicePaymentRow, service_payment)


def claim_payments(tx: ReadTransaction, wanted: ColumnElement[bool]) -> list[ClaimPaymentRow]:
    """Adjudications that a condition on `claim_payment` picks, with services and adjustments, in the order posted."""
    names = [name for name in ClaimPaymentRow.__struct_fields__ if name in claim_payment.c]
    heads = tx.connection.execute(
        select(
            *(claim_payment.c[name] for name in names),
            payment.c.trace_number,
            payment.c.effective_date,
            payment.c.state == "posted",
        )
        .join(payment, payment.c.id == claim_payment.c.payment_id)
        .where(wanted)
        .order_by(claim_payment.c.id)
    ).all()
    ids = select(claim_payment.c.id).where(wanted)
    services: dict[int, list[ServicePaymentRow]] = {}
    for service in tx.rows(
        select(*_SERVICE)
        .where(service_payment.c.claim_payment_id.in_(ids))
        .order_by(service_payment.c.claim_payment_id, service_payment.c.position),
        ServicePaymentRow,
    ):
        services.setdefault(service.claim_payment_id, []).append(service)
    reasons: dict[int, list[AdjustmentRow]] = {}
    for reason in tx.rows(
        select(*_ADJUSTMENT).where(adjustment.c.claim_payment_id.in_(ids)).order_by(adjustment.c.id),
        AdjustmentRow,
    ):
        reasons.setdefault(reason.claim_payment_id, []).append(reason)
    return [
        fill(ClaimPaymentRow, (*head, services.get(head[0], []), reasons.get(head[0], []))) for head in heads
    ]
