"""Payments, adjustments and claims row by row, for other systems, a thousand read at a time; how far that came.

What is held isn't posted, and is in none of them. Times are of the ledger: `since` counts from, `until` ends before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, func, select

from edigate.ledger.accounts import balances
from edigate.ledger.queries import MADE
from edigate.ledger.schema import (
    adjustment,
    claim,
    claim_event,
    claim_line,
    claim_payment,
    export_mark,
    inbound_file,
    intake,
    payment,
    provider_adjustment,
    service_payment,
)
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, fill
from edigate.ledger.usage import PAYS_TESTS
from edigate.secrecy import Phi

_AT_ONCE = 1000
_USAGE = func.coalesce(claim.c.usage, "")  # of the claim an entry is for
Row = TypeVar("Row")


class Span(msgspec.Struct, frozen=True):
    """When something must have happened; None: no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        return [
            *([moment >= self.since] if self.since is not None else []),
            *([moment < self.until] if self.until is not None else []),
        ]


class ExportedPayment(Phi, msgspec.Struct, frozen=True):
    """One claim's adjudication (CLP) with the payment it came in, cents."""

    claim_payment_id: int
    payment_id: int
    posted_at: datetime
    partner: str
    payer_name: str
    payer_id: str
    payee_id: str
    trace_number: str
    method: str
    paid_on: date | None
    payment_amount_cents: int
    claim_id: int | None
    usage: str
    patient_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    patient_responsibility_cents: int
    payer_claim_control_number: str
    remark_codes: str
    file: str
    segment_position: int
    coverage_cents: int | None


class ExportedAdjustment(Phi, msgspec.Struct, frozen=True):
    """One reason of a CAS, of a service or of the whole claim, cents."""

    adjustment_id: int
    claim_payment_id: int
    payment_id: int
    posted_at: datetime
    payer_name: str
    trace_number: str
    claim_id: int | None
    usage: str
    patient_control_number: str
    line_number: int | None
    procedure: str
    service_date: date | None
    group_code: str
    reason_code: str
    amount_cents: int
    quantity: str
    remark_codes: str
    line_allowed_cents: int | None


class ExportedProviderAdjustment(Phi, msgspec.Struct, frozen=True):
    """One PLB pair of a posted payment, cents: positive takes money from the payment. A reference may be PHI."""

    provider_adjustment_id: int
    payment_id: int
    posted_at: datetime
    partner: str
    payer_name: str
    payer_id: str
    trace_number: str
    paid_on: date | None
    provider_id: str
    fiscal_period_end: date | None
    reason_code: str
    reference: str
    amount_cents: int
    file: str
    segment_position: int


class ExportedClaim(Phi, msgspec.Struct, frozen=True):
    """One claim that stands, with its account, cents."""

    claim_id: int
    changed_at: datetime
    partner: str
    kind: str
    usage: str
    encounter_key: str
    patient_control_number: str
    version: int
    responsibility: str
    payer_name: str
    payer_id: str
    payer_claim_control_number: str
    service_date: date | None
    state: str
    state_since: datetime
    source_file: str
    charge_cents: int
    paid_cents: int
    adjusted_cents: int
    prior_payers_cents: int
    patient_responsibility_cents: int
    outstanding_cents: int


def exported_payments(tx: ReadTransaction, span: Span) -> Iterator[ExportedPayment]:
    """Every posted adjudication, in the order written down."""
    names = ("patient_control_number", "status_code", "charge_cents", "paid_cents")
    rest = ("patient_responsibility_cents", "payer_claim_control_number", "remark_codes")
    statement = (
        select(
            claim_payment.c.id,
            *(payment.c[name] for name in ("id", "posted_at", "partner", "payer_name", "payer_id", "payee_id")),
            *(payment.c[name] for name in ("trace_number", "method", "effective_date", "amount_cents")),
            claim_payment.c.claim_id,
            _USAGE,
            *(claim_payment.c[name] for name in (*names, *rest)),
            inbound_file.c.name,
            claim_payment.c.segment_position,
            claim_payment.c.coverage_cents,
        )
        .join(payment, payment.c.id == claim_payment.c.payment_id)
        .outerjoin(claim, claim.c.id == claim_payment.c.claim_id)
        .join(inbound_file, inbound_file.c.id == payment.c.inbound_file_id)
        .where(payment.c.state == "posted", *span.holds(payment.c.posted_at))
    )
    return _in_order(tx, statement, claim_payment.c.id, ExportedPayment)


def exported_adjustments(tx: ReadTransaction, span: Span) -> Iterator[ExportedAdjustment]:
    """Every posted adjustment, in the order written down."""
    statement = (
        select(
            adjustment.c.id,
            claim_payment.c.id,
            *(payment.c[name] for name in ("id", "posted_at", "payer_name", "trace_number")),
            claim_payment.c.claim_id,
            _USAGE,
            claim_payment.c.patient_control_number,
            claim_line.c.line_number,
            func.coalesce(service_payment.c.procedure, ""),
            service_payment.c.service_date,
            *(adjustment.c[name] for name in ("group_code", "reason_code", "amount_cents", "quantity")),
            func.coalesce(service_payment.c.remark_codes, claim_payment.c.remark_codes),
            service_payment.c.allowed_cents,
        )
        .join(claim_payment, claim_payment.c.id == adjustment.c.claim_payment_id)
        .join(payment, payment.c.id == claim_payment.c.payment_id)
        .outerjoin(claim, claim.c.id == claim_payment.c.claim_id)
        .outerjoin(service_payment, service_payment.c.id == adjustment.c.service_payment_id)
        .outerjoin(claim_line, claim_line.c.id == service_payment.c.claim_line_id)
        .where(payment.c.state == "posted", *span.holds(payment.c.posted_at))
    )
    return _in_order(tx, statement, adjustment.c.id, ExportedAdjustment)


def exported_provider_adjustments(tx: ReadTransaction, span: Span) -> Iterator[ExportedProviderAdjustment]:
    """Every posted PLB pair, in the order written down."""
    c = provider_adjustment.c
    statement = (
        select(
            c.id,
            *(payment.c[name] for name in ("id", "posted_at", "partner", "payer_name", "payer_id", "trace_number")),
            payment.c.effective_date,
            *(c[name] for name in ("provider_id", "fiscal_period_end", "reason_code", "reference", "amount_cents")),
            inbound_file.c.name,
            c.segment_position,
        )
        .join(payment, payment.c.id == c.payment_id)
        .join(inbound_file, inbound_file.c.id == payment.c.inbound_file_id)
        .where(payment.c.state == "posted", ~PAYS_TESTS, *span.holds(payment.c.posted_at))
    )
    return _in_order(tx, statement, c.id, ExportedProviderAdjustment)


def exported_claims(tx: ReadTransaction, span: Span) -> Iterator[ExportedClaim]:
    """Every claim that stands, by id: of a span those that anything happened to in it."""
    changed = select(func.max(claim_event.c.at)).where(claim_event.c.claim_id == claim.c.id).scalar_subquery()
    here = ("partner", "kind", "usage", "encounter_key", "patient_control_number", "version", "responsibility")
    more = ("payer_name", "payer_id", "payer_claim_control_number", "service_date", "state", "state_since")
    statement = (
        select(claim.c.id, changed, *(claim.c[name] for name in (*here, *more)), intake.c.name)
        .join(intake, intake.c.id == claim.c.intake_id)
        .where(MADE, *span.holds(changed))
    )
    after = 0
    while block := tx.connection.execute(
        statement.where(claim.c.id > after).order_by(claim.c.id).limit(_AT_ONCE)
    ).all():
        accounts = balances(tx, [row[0] for row in block])
        for row in block:
            one = accounts[row[0]]
            amounts = (one.charge_cents, one.paid_cents, one.adjusted_cents, one.prior_payers_cents)
            rest = (one.patient_responsibility_cents, one.outstanding_cents)
            yield fill(ExportedClaim, (*row, *amounts, *rest))
        after = block[-1][0]


def _in_order(tx: ReadTransaction, statement: Select[Any], key: ColumnElement[int], record: type[Row]) -> Iterator[Row]:
    after = 0
    while block := tx.rows(statement.where(key > after).order_by(key).limit(_AT_ONCE), record):
        yield from block
        after = getattr(block[-1], record.__struct_fields__[0])  # type: ignore[attr-defined]  # records are Structs


def mark_of(tx: ReadTransaction, name: str) -> datetime | None:
    """Up to when the export of this name has told what changed; None where it never ran."""
    found: datetime | None = tx.connection.execute(
        select(export_mark.c.until).where(export_mark.c.name == name)
    ).scalar()
    return found


def set_mark(tx: WriteTransaction, name: str, until: datetime) -> None:
    """Everything before `until` was told. A mark never goes back: two runs at once tell some rows twice."""
    before = mark_of(tx, name)
    if before is None:
        tx.insert(export_mark, [{"name": name, "until": until}])
    elif before < until:
        tx.change(export_mark.update().where(export_mark.c.name == name).values(until=until))
