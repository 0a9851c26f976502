"""Posted payments as a tree to be written out: payment, its claims, their lines, the adjustments. Reads only.

A payment of a hundred thousand claims is read some hundred claims at a time. Amounts are cents. What a claim's lines
don't say (a claim without lines, adjustments of the whole claim) is a line without a number, so that the lines of a
claim always add up to the claim, and the claims less the provider adjustments to the payment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import select

from edigate.ledger.exports import Span
from edigate.ledger.schema import (
    adjustment,
    claim,
    claim_line,
    claim_payment,
    inbound_file,
    payment,
    service_payment,
)
from edigate.ledger.transaction import ReadTransaction, columns_for, fill
from edigate.ledger.usage import PAYS_TESTS
from edigate.secrecy import Phi

_CLAIMS_AT_ONCE = 500


class PostedPayment(Phi, msgspec.Struct, frozen=True):
    """One 835 payment."""

    payment_id: int
    posted_at: datetime
    partner: str
    payer_name: str
    payer_id: str
    trace_payer_id: str
    payee_id: str
    trace_number: str
    method: str
    paid_on: date | None
    payment_amount_cents: int
    file: str


class PostedAdjustment(Phi, msgspec.Struct, frozen=True):
    """One reason of a CAS."""

    adjustment_id: int
    group_code: str
    reason_code: str
    amount_cents: int
    quantity: str


class PostedLine(Phi, msgspec.Struct, frozen=True):
    """One service payment, or what of a claim isn't any line's (`line_number` None, no procedure)."""

    line_number: int | None
    line_item_control_number: str
    procedure: str
    modifiers: str
    billed_procedure: str
    revenue_code: str
    service_date: date | None
    units: str
    line_charge_cents: int
    line_paid_cents: int
    line_remark_codes: str
    line_allowed_cents: int | None
    adjustments: Sequence[PostedAdjustment]


class PostedClaim(Phi, msgspec.Struct, frozen=True):
    """One adjudication (CLP); `encounter_key` and `claim_id` are empty where it is for no claim of ours."""

    claim_payment_id: int
    claim_id: int | None
    encounter_key: str
    patient_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    patient_responsibility_cents: int
    payer_claim_control_number: str
    remark_codes: str
    lines: Sequence[PostedLine]


_PAYMENT = columns_for(PostedPayment, payment, payment_id=payment.c.id, paid_on=payment.c.effective_date,
                       payment_amount_cents=payment.c.amount_cents, file=inbound_file.c.name)  # fmt: skip
_CLAIM_NAMES = ("patient_control_number", "status_code", "charge_cents", "paid_cents", "patient_responsibility_cents",
                "payer_claim_control_number", "remark_codes")  # fmt: skip


def posted_payments(tx: ReadTransaction, span: Span) -> Iterator[PostedPayment]:
    """Every payment posted in a span, in the order written down; those of test claims alone aren't anybody's money."""
    statement = (
        select(*_PAYMENT)
        .join(inbound_file, inbound_file.c.id == payment.c.inbound_file_id)
        .where(payment.c.state == "posted", ~PAYS_TESTS, *span.holds(payment.c.posted_at))
        .order_by(payment.c.id)
    )
    yield from tx.rows(statement, PostedPayment)


def posted_claims(tx: ReadTransaction, payment_id: int) -> Iterator[PostedClaim]:
    """The claims of a payment with their lines, in its order."""
    statement = (
        select(
            claim_payment.c.id,
            claim_payment.c.claim_id,
            claim.c.encounter_key,
            *(claim_payment.c[name] for name in _CLAIM_NAMES),
        )
        .outerjoin(claim, claim.c.id == claim_payment.c.claim_id)
        .where(claim_payment.c.payment_id == payment_id)
        .order_by(claim_payment.c.id)
        .limit(_CLAIMS_AT_ONCE)
    )
    after = 0
    while block := tx.connection.execute(statement.where(claim_payment.c.id > after)).all():
        lines = _lines(tx, [row[0] for row in block])
        for id_, claim_id, key, number, status, charge, paid, patient, payer_number, remarks in block:
            own = lines.get(id_, [])
            rest = _rest(own, charge, paid)
            yield PostedClaim(
                id_, claim_id, key or "", number, status, charge, paid, patient, payer_number, remarks,
                [line for line in own if line.line_number != _WHOLE] + rest,
            )  # fmt: skip
        after = block[-1][0]


_WHOLE = -1  # in place of a line's number while a claim is read: its adjustments are the whole claim's


def _rest(lines: Sequence[PostedLine], charge: int, paid: int) -> list[PostedLine]:
    """What the lines of a claim leave of its charge and payment, as one line more where that is anything."""
    whole = [line for line in lines if line.line_number == _WHOLE]
    own = [line for line in lines if line.line_number != _WHOLE]
    charge -= sum(line.line_charge_cents for line in own)
    paid -= sum(line.line_paid_cents for line in own)
    adjustments = [each for line in whole for each in line.adjustments]
    if own and not adjustments and not charge and not paid:
        return []
    return [PostedLine(None, "", "", "", "", "", None, "", charge, paid, "", None, adjustments)]


def _lines(tx: ReadTransaction, claim_payment_ids: Sequence[int]) -> dict[int, list[PostedLine]]:
    """The services of some adjudications with their adjustments; those of a whole claim in a line `_WHOLE`."""
    chosen = claim_payment_ids
    reasons: dict[tuple[int, int | None], list[PostedAdjustment]] = {}
    names = ("id", "group_code", "reason_code", "amount_cents", "quantity")
    statement = (
        select(
            adjustment.c.claim_payment_id,
            adjustment.c.service_payment_id,
            *(adjustment.c[name] for name in names),
        )
        .where(tx.among(adjustment.c.claim_payment_id, chosen))
        .order_by(adjustment.c.id)
    )
    for of_claim, of_service, *rest in tx.connection.execute(statement):
        reasons.setdefault((of_claim, of_service), []).append(fill(PostedAdjustment, rest))
    found: dict[int, list[PostedLine]] = {}
    for of_claim, of_service, number, *values in tx.connection.execute(_services(tx, chosen)):
        line = fill(PostedLine, (number, *values, reasons.get((of_claim, of_service), [])))
        found.setdefault(of_claim, []).append(line)
    for (of_claim, of_service), own in reasons.items():
        if of_service is None:
            whole = PostedLine(_WHOLE, "", "", "", "", "", None, "", 0, 0, "", None, own)
            found.setdefault(of_claim, []).append(whole)
    return found


def _services(tx: ReadTransaction, claim_payment_ids: Sequence[int]) -> Any:
    names = ("line_item_control_number", "procedure", "modifiers", "billed_procedure", "revenue_code", "service_date")
    rest = ("units", "charge_cents", "paid_cents", "remark_codes", "allowed_cents")
    return (
        select(
            service_payment.c.claim_payment_id,
            service_payment.c.id,
            claim_line.c.line_number,
            *(service_payment.c[name] for name in (*names, *rest)),
        )
        .outerjoin(claim_line, claim_line.c.id == service_payment.c.claim_line_id)
        .where(tx.among(service_payment.c.claim_payment_id, claim_payment_ids))
        .order_by(service_payment.c.claim_payment_id, service_payment.c.position)
    )
