"""Deposits row by row, for other systems, a thousand read at a time. Knows no column's name outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import msgspec
from sqlalchemy import case, func, select

from edigate.ledger.deposit_shares import live_shares
from edigate.ledger.deposits import matched_of
from edigate.ledger.exports import Span
from edigate.ledger.schema import deposit, deposit_payment, deposit_record, inbound_file
from edigate.ledger.transaction import ReadTransaction, fill
from edigate.secrecy import Phi

_AT_ONCE = 1000


class ExportedDeposit(Phi, msgspec.Struct, frozen=True):
    """A deposit, what it is matched with, and the first file that told of it. Cents."""

    deposit_id: int
    changed_at: datetime
    bank: str
    account: str
    day: date
    kind: str
    amount_cents: int
    matched_cents: int
    open_cents: int
    payer_name: str
    payer_id: str
    trace: str
    trace_payer_id: str
    reference: str
    description: str
    payment_ids: tuple[str, ...]
    matched_by: tuple[str, ...]
    file: str


def exported_deposits(tx: ReadTransaction, span: Span) -> Iterator[ExportedDeposit]:
    """Every deposit by id; of a span those that came, were matched or taken apart in it."""
    shares = deposit_payment.c
    last = func.max(case((shares.undone_at.is_(None), shares.at), else_=shares.undone_at))
    matched_at = select(last).where(shares.deposit_id == deposit.c.id).scalar_subquery()
    changed = case((matched_at > deposit.c.created_at, matched_at), else_=deposit.c.created_at)
    matched = matched_of(deposit)
    first = (
        select(func.min(deposit_record.c.inbound_file_id))
        .where(deposit_record.c.deposit_id == deposit.c.id)
        .scalar_subquery()
    )
    before = ("bank", "account", "day", "kind", "amount_cents")
    after = ("payer_name", "payer_id", "trace", "trace_payer_id", "reference", "description")
    statement = (
        select(
            deposit.c.id,
            changed,
            *(deposit.c[name] for name in before),
            matched,
            deposit.c.amount_cents - matched,
            *(deposit.c[name] for name in after),
            inbound_file.c.name,
        )
        .select_from(deposit)
        .join(inbound_file, inbound_file.c.id == first)
        .where(*span.holds(changed))
        .order_by(deposit.c.id)
        .limit(_AT_ONCE)
    )
    done = 0
    while block := tx.connection.execute(statement.where(deposit.c.id > done)).all():
        told = live_shares(tx, [row[0] for row in block])
        for *row, file in block:
            of = told.get(row[0], [])
            ids = tuple(str(share.payment_id) for share in of)
            yield fill(ExportedDeposit, (*row, ids, tuple(dict.fromkeys(share.how for share in of)), file))
        done = block[-1][0]
