"""What is left of each claim: a sum of posted entries, never a stored number. Reversals net by themselves.

Every adjudication balances (charge = paid + adjustments), so the adjustments say where the rest went:
group PR to the patient, reason 23 to what an earlier payer did, all else written off or denied. A
predetermination (CLP02 25) tells what a claim would be paid: it moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, or_, select

from edigate.ledger.schema import adjustment, claim, claim_payment, payment
from edigate.ledger.sums import PREDETERMINATION, total
from edigate.ledger.transaction import ReadTransaction, in_blocks

# CARC 23: "the impact of prior payers' adjudication", i.e. of this charge somebody else took care.
_PRIOR_PAYER = "23"
# CLP02 of payers after the first: processed as secondary or tertiary, forwarded or not.
_LATER_PAYER = ("2", "3", "20", "21")
_REVERSAL = "22"


class Balance(msgspec.Struct, frozen=True):
    """One claim's account in cents. Charge = paid + adjusted + prior payers + patient + outstanding.

    Where the first payer adjudicated here, a later payer's adjudication (crossover) lessens what the
    patient owes. Where only a later one did, `prior_payers_cents` is what it says others had
    settled; where none did yet, what the claim itself says of the payers before its own.
    `entries` counts the adjudications posted, reversals too.
    """

    claim_id: int
    charge_cents: int
    paid_cents: int
    adjusted_cents: int
    prior_payers_cents: int
    patient_responsibility_cents: int
    outstanding_cents: int
    entries: int


def balances(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, Balance]:
    """The accounts of some claims, by claim id; claims without any payment too."""
    found: dict[int, Balance] = {}
    for block in in_blocks(claim_ids):
        accounts = balance_table(claim_payment.c.claim_id.in_(block)).subquery()
        statement = select(accounts).where(accounts.c.claim_id.in_(block))
        found.update((balance.claim_id, balance) for balance in tx.rows(statement, Balance))
    return found


def balance_table(entries_of: ColumnElement[bool] | None = None) -> Select[Any]:
    """All claims' accounts as a SELECT with the columns of `Balance`, for joining.

    `entries_of` narrows the entries that are added up, where only some claims are wanted.
    """
    sums = _entry_sums(entries_of)
    zero = func.coalesce
    paid, adjusted = zero(sums.c.paid, 0), zero(sums.c.adjusted, 0)
    prior, patient, later = zero(sums.c.prior, 0), zero(sums.c.patient, 0), zero(sums.c.later, 0)
    first_payer_here = zero(sums.c.first, 0) > 0
    patient_now = patient - case((first_payer_here, later), else_=0)
    nothing_posted = sums.c.entries.is_(None)
    prior_now = case((first_payer_here, 0), (nothing_posted, claim.c.settled_before_cents), else_=prior)
    return select(
        claim.c.id.label("claim_id"),
        claim.c.total_charge_cents.label("charge_cents"),
        paid.label("paid_cents"),
        adjusted.label("adjusted_cents"),
        prior_now.label("prior_payers_cents"),
        patient_now.label("patient_responsibility_cents"),
        (claim.c.total_charge_cents - paid - adjusted - prior_now - patient_now).label("outstanding_cents"),
        zero(sums.c.entries, 0).label("entries"),
    ).select_from(claim.outerjoin(sums, sums.c.claim_id == claim.c.id))


def _entry_sums(entries_of: ColumnElement[bool] | None) -> Subquery:
    """Sums of the posted entries by claim.

    `first` counts the entries of first payers. `later` is what later payers took over of the first one's
    patient share: the charge they saw less what reason 23 sets aside in the same entry.
    """
    amount = adjustment.c.amount_cents
    is_prior = adjustment.c.reason_code == _PRIOR_PAYER
    is_patient = and_(adjustment.c.group_code == "PR", adjustment.c.reason_code != _PRIOR_PAYER)
    wanted = [] if entries_of is None else [entries_of]
    reasons = (
        select(
            adjustment.c.claim_payment_id,
            total(case((is_prior, amount), else_=0)).label("prior"),
            total(case((is_patient, amount), else_=0)).label("patient"),
            total(case((or_(is_prior, is_patient), 0), else_=amount)).label("adjusted"),
        )
        .join(claim_payment, claim_payment.c.id == adjustment.c.claim_payment_id)
        .where(claim_payment.c.claim_id.is_not(None), *wanted)
        .group_by(adjustment.c.claim_payment_id)
        .subquery()
    )
    prior = func.coalesce(reasons.c.prior, 0)
    # A reversal says not whose it is: it takes back what came under the same number of the payer's (CLP07).
    taken_back = claim_payment.alias("taken_back")
    of_later_payer = exists().where(
        taken_back.c.claim_id == claim_payment.c.claim_id,
        taken_back.c.payer_claim_control_number == claim_payment.c.payer_claim_control_number,
        taken_back.c.payer_claim_control_number != "",
        taken_back.c.status_code.in_(_LATER_PAYER),
    )
    by_later_payer = or_(
        claim_payment.c.status_code.in_(_LATER_PAYER),
        prior != 0,
        and_(claim_payment.c.status_code == _REVERSAL, of_later_payer),
    )
    return (
        select(
            claim_payment.c.claim_id,
            total(claim_payment.c.paid_cents).label("paid"),
            total(reasons.c.adjusted).label("adjusted"),
            total(reasons.c.prior).label("prior"),
            total(reasons.c.patient).label("patient"),
            total(case((by_later_payer, claim_payment.c.charge_cents - prior), else_=0)).label("later"),
            total(case((by_later_payer, 0), else_=1)).label("first"),
            func.count().label("entries"),
        )
        .select_from(
            claim_payment.join(payment, payment.c.id == claim_payment.c.payment_id).outerjoin(
                reasons, reasons.c.claim_payment_id == claim_payment.c.id
            )
        )
        .where(
            payment.c.state == "posted",
            claim_payment.c.claim_id.is_not(None),
            claim_payment.c.status_code != PREDETERMINATION,
            *wanted,
        )
        .group_by(claim_payment.c.claim_id)
        .subquery()
    )
