"""What has been posted to claims, adjudication by adjudication, for judging them. Reversals net by themselves."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import select

from edigate.ledger.schema import adjustment, claim_payment, payment, service_payment
from edigate.ledger.transaction import ReadTransaction, in_blocks


class PostedEntry(msgspec.Struct):
    """One posted adjudication (CLP) of a claim in cents; `cuts` are group, reason and amount of every CAS."""

    status_code: str
    charge_cents: int
    paid_cents: int
    patient_responsibility_cents: int
    remark_codes: str
    cuts: list[tuple[str, str, int]] = []


def entries_of_claims(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, list[PostedEntry]]:
    """What was posted to some claims, by claim, in the order posted; claims without any are left out."""
    found: dict[int, list[PostedEntry]] = {}
    for block in in_blocks(claim_ids):
        by_id: dict[int, PostedEntry] = {}
        here = (claim_payment.c.claim_id.in_(block), payment.c.state == "posted")
        posted = claim_payment.join(payment, payment.c.id == claim_payment.c.payment_id)
        for entry_id, claim_id, *values in tx.connection.execute(
            select(
                claim_payment.c.id,
                claim_payment.c.claim_id,
                claim_payment.c.status_code,
                claim_payment.c.charge_cents,
                claim_payment.c.paid_cents,
                claim_payment.c.patient_responsibility_cents,
                claim_payment.c.remark_codes,
            )
            .select_from(posted)
            .where(*here)
            .order_by(claim_payment.c.id)
        ):
            by_id[entry_id] = PostedEntry(*values)
            found.setdefault(claim_id, []).append(by_id[entry_id])
        for entry_id, *cut in tx.connection.execute(
            select(
                adjustment.c.claim_payment_id,
                adjustment.c.group_code,
                adjustment.c.reason_code,
                adjustment.c.amount_cents,
            )
            .select_from(adjustment.join(posted, claim_payment.c.id == adjustment.c.claim_payment_id))
            .where(*here)
            .order_by(adjustment.c.id)
        ):
            group, reason, cents = cut
            by_id[entry_id].cuts.append((group, reason, cents))
        for entry_id, remarks in tx.connection.execute(
            select(service_payment.c.claim_payment_id, service_payment.c.remark_codes)
            .select_from(service_payment.join(posted, claim_payment.c.id == service_payment.c.claim_payment_id))
            .where(*here, service_payment.c.remark_codes != "")
            .order_by(service_payment.c.id)
        ):
            entry = by_id[entry_id]
            entry.remark_codes = f"{entry.remark_codes} {remarks}".strip()
    return found
