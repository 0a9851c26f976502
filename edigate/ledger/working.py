"""What people do about what waits for them, and what of a claim it takes to work on it. Knows no advice.

Acts are added and never changed; how an item stands is what the last of each kind says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import func, select

from edigate.ledger.schema import claim, claim_payment, payment, work_act
from edigate.ledger.states import Usage, WorkAct
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks
from edigate.secrecy import Phi


class ClaimAtWork(Phi, msgspec.Struct, frozen=True):
    """Whose claim it is and the days that deadlines begin with; `paid_on` is its newest payment's (BPR16)."""

    id: int
    partner: str
    usage: Usage
    patient_control_number: str
    payer_id: str
    payer_name: str
    service_date: date | None
    paid_on: date | None


class Act(Phi, msgspec.Struct, frozen=True):
    """One act on an item. `text` is the name or the note; `basis` what the item was about."""

    reference: str
    act: WorkAct
    text: str
    basis: str
    at: datetime


_CLAIM = [name for name in ClaimAtWork.__struct_fields__ if name != "paid_on"]
_ACT = columns_for(Act, work_act)


def claims_at_work(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, ClaimAtWork]:
    """Some claims, by id."""
    found: dict[int, ClaimAtWork] = {}
    for block in in_blocks(claim_ids):
        newest = (
            select(claim_payment.c.claim_id, func.max(payment.c.effective_date).label("paid_on"))
            .join(payment, payment.c.id == claim_payment.c.payment_id)
            .where(claim_payment.c.claim_id.in_(block), payment.c.state == "posted")
            .group_by(claim_payment.c.claim_id)
            .subquery()
        )
        statement = (
            select(*(claim.c[name] for name in _CLAIM), newest.c.paid_on)
            .outerjoin(newest, newest.c.claim_id == claim.c.id)
            .where(claim.c.id.in_(block))
        )
        found.update((one.id, one) for one in tx.rows(statement, ClaimAtWork))
    return found


def acts(tx: ReadTransaction) -> dict[str, list[Act]]:
    """Every act, by the item's reference, oldest first. There are as many as people have had time for."""
    found: dict[str, list[Act]] = {}
    for one in tx.rows(select(*_ACT).order_by(work_act.c.id), Act):
        found.setdefault(one.reference, []).append(one)
    return found


def add_acts(tx: WriteTransaction, new: Sequence[tuple[str, WorkAct, str, str]]) -> None:
    """Write acts down: reference, act, text, basis."""
    tx.insert(
        work_act,
        [
            {"reference": reference, "act": act, "text": text, "basis": basis, "at": tx.at}
            for reference, act, text, basis in new
        ],
    )
