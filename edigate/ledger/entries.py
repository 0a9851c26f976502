"""What has been posted to claims, added up for judging: statuses and reasons, reversals net by themselves."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import select

from edigate.ledger.schema import adjustment, claim_payment, payment
from edigate.ledger.sums import total
from edigate.ledger.transaction import ReadTransaction, in_blocks


class Entries(msgspec.Struct):
    """All adjudications posted to one claim. Sums are cents; `reasons` by group code and reason code."""

    statuses: list[str] = []  # CLP02 of each, in the order posted
    paid_cents: int = 0
    patient_responsibility_cents: int = 0
    reasons: dict[tuple[str, str], int] = {}


def entries_of_claims(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, Entries]:
    """What was posted to some claims, by claim; claims without any posting are left out."""
    found: dict[int, Entries] = {}
    for block in in_blocks(claim_ids):
        posted = (claim_payment.c.claim_id.in_(block), payment.c.state == "posted")
        for claim_id, status, paid, patient in tx.connection.execute(
            select(
                claim_payment.c.claim_id,
                claim_payment.c.status_code,
                claim_payment.c.paid_cents,
                claim_payment.c.patient_responsibility_cents,
            )
            .join(payment, payment.c.id == claim_payment.c.payment_id)
            .where(*posted)
            .order_by(claim_payment.c.id)
        ):
            entry = found.setdefault(claim_id, Entries())
            entry.statuses.append(status)
            entry.paid_cents += paid
            entry.patient_responsibility_cents += patient
        for claim_id, group, reason, cents in tx.connection.execute(
            select(
                claim_payment.c.claim_id,
                adjustment.c.group_code,
                adjustment.c.reason_code,
                total(adjustment.c.amount_cents),
            )
            .select_from(
                adjustment.join(claim_payment, claim_payment.c.id == adjustment.c.claim_payment_id).join(
                    payment, payment.c.id == claim_payment.c.payment_id
                )
            )
            .where(*posted)
            .group_by(claim_payment.c.claim_id, adjustment.c.group_code, adjustment.c.reason_code)
            .order_by(claim_payment.c.claim_id, adjustment.c.group_code, adjustment.c.reason_code)
        ):
            found[claim_id].reasons[group, reason] = cents
    return found
