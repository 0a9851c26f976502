"""Posted provider adjustments, payment by payment, and the claims their references name. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy import select

from edigate.ledger.schema import claim, claim_payment, inbound_file, payment, provider_adjustment
from edigate.ledger.transaction import ReadTransaction, columns_for, in_blocks
from edigate.ledger.usage import PAYS_TESTS
from edigate.secrecy import Phi

_SHORTEST = 8  # a shorter beginning of a reference names a claim by chance


class AdjustmentMove(msgspec.Struct, frozen=True):
    """One PLB pair of a posted payment. Cents; positive takes money from the payment."""

    payer_name: str
    payer_id: str
    trace_payer_id: str
    provider_id: str
    reason_code: str
    reference: str
    amount_cents: int
    effective_date: date | None
    payment_id: int
    trace_number: str
    segment_position: int
    file: str


class ProviderAdjustmentRow(msgspec.Struct, frozen=True):
    """One PLB pair: positive takes money from the payment. `segment_position` is the PLB's in its set, 0: not known."""

    position: int
    provider_id: str
    fiscal_period_end: date | None
    reason_code: str
    reference: str
    amount_cents: int
    segment_position: int


class NamedClaim(Phi, msgspec.Struct, frozen=True):
    """A claim that a reference names, by the payer's number for it or by ours; None: paid, but no claim of ours."""

    claim_id: int | None
    patient_control_number: str
    payer_claim_control_number: str


def adjustment_moves(tx: ReadTransaction) -> list[AdjustmentMove]:
    """Every PLB pair of every posted payment of some money, in the order posted."""
    return tx.rows(
        select(
            payment.c.payer_name,
            payment.c.payer_id,
            payment.c.trace_payer_id,
            provider_adjustment.c.provider_id,
            provider_adjustment.c.reason_code,
            provider_adjustment.c.reference,
            provider_adjustment.c.amount_cents,
            payment.c.effective_date,
            payment.c.id,
            payment.c.trace_number,
            provider_adjustment.c.segment_position,
            inbound_file.c.name,
        )
        .join(payment, payment.c.id == provider_adjustment.c.payment_id)
        .join(inbound_file, inbound_file.c.id == payment.c.inbound_file_id)
        .where(payment.c.state == "posted", ~PAYS_TESTS)
        .order_by(provider_adjustment.c.id),
        AdjustmentMove,
    )


def provider_adjustments_of(tx: ReadTransaction, payment_id: int) -> list[ProviderAdjustmentRow]:
    """The PLB pairs of a payment, in their order."""
    return tx.rows(
        select(*columns_for(ProviderAdjustmentRow, provider_adjustment))
        .where(provider_adjustment.c.payment_id == payment_id)
        .order_by(provider_adjustment.c.position),
        ProviderAdjustmentRow,
    )


def claims_named(tx: ReadTransaction, references: Iterable[str]) -> dict[str, list[NamedClaim]]:
    """The claims that references name, by reference as given; those that name none are left out.

    A reference is the payer's number (CLP07) or ours (CLP01), whole, or begins with it: Medicare puts the beneficiary's
    number behind the claim's. The longest beginning that is a claim's number counts.
    """
    wanted = {reference: _beginnings(reference) for reference in references}
    found: dict[str, dict[NamedClaim, None]] = {}
    for block in in_blocks(sorted({one for beginnings in wanted.values() for one in beginnings})):
        names = (claim_payment.c.claim_id, claim_payment.c.patient_control_number)
        for column in (claim_payment.c.payer_claim_control_number, claim_payment.c.patient_control_number):
            rows = tx.connection.execute(
                select(column, *names, claim_payment.c.payer_claim_control_number)
                .join(payment, payment.c.id == claim_payment.c.payment_id)
                .where(column.in_(block), payment.c.state == "posted")
                .order_by(claim_payment.c.id)
            )
            for number, *values in rows:
                found.setdefault(number, {})[NamedClaim(*values)] = None
        for column in (claim.c.payer_claim_control_number, claim.c.patient_control_number):
            rows = tx.connection.execute(
                select(column, claim.c.id, claim.c.patient_control_number, claim.c.payer_claim_control_number)
                .where(column.in_(block), claim.c.state != "refused")
                .order_by(claim.c.id)
            )
            for number, *values in rows:
                one = NamedClaim(*values)
                known = found.setdefault(number, {})
                if one.claim_id not in {other.claim_id for other in known}:
                    known[one] = None
    named: dict[str, list[NamedClaim]] = {}
    for reference, beginnings in wanted.items():
        number = next((one for one in beginnings if one in found), None)
        if number is not None:
            named[reference] = list({one.claim_id: one for one in found[number]}.values())
    return named


def _beginnings(reference: str) -> list[str]:
    """A reference and what it may begin with, the longest first."""
    whole = reference.strip()
    if not whole:
        return []
    return [whole, *(whole[:length].rstrip() for length in range(len(whole) - 1, _SHORTEST - 1, -1))]
