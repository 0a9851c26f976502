"""Reconciling: payments to claims they were not matched with yet, every sum checked, what is left in words."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from edigate.gateway.deposits import match_deposits
from edigate.gateway.fees import load_terms
from edigate.gateway.joining import join
from edigate.gateway.judged_before import keep_judged
from edigate.gateway.opening import Gateway
from edigate.gateway.overdue_events import note_overdue
from edigate.gateway.parties import compare_parties
from edigate.gateway.post_claims import may_be_paid
from edigate.ledger.answers import claims_by_control_number
from edigate.ledger.changed import mark_of
from edigate.ledger.entries import waiting_entries
from edigate.ledger.queries import cash
from edigate.ledger.sums import payment_sums
from edigate.ledger.transaction import ReadTransaction
from edigate.logs import get_logger
from edigate.money import from_cents
from edigate.reconcile.categories import Category
from edigate.reports.attention import Attention, attention
from edigate.reports.deposits import Comparison, compare
from edigate.reports.glance import Glance, glance
from edigate.reports.judged_claims import JudgedClaim, judged_claims
from edigate.reports.reconciliation import Apart, CategorySum, reconciliation

log = get_logger(__name__)


class Unbalanced(msgspec.Struct, frozen=True):
    """A posted payment whose entries don't add up to its amount: none should, but where a person accepted that."""

    payment_id: int
    amount: Decimal
    entries: Decimal
    accepted: str = ""  # why


class ReconcileReport(msgspec.Struct, kw_only=True):
    """What reconciling found. Amounts in dollars."""

    matched_now: int = 0
    unbalanced: list[Unbalanced] = []
    difference: Decimal = Decimal(0)  # received less what its entries say, over all posted payments
    categories: list[CategorySum] = []  # every claim that was sent, in one of them
    apart: Apart = Apart()
    deposits: Comparison  # payments beside what is in the bank
    glance: Glance
    attention: list[Attention] = []

    @property
    def off(self) -> list[Unbalanced]:
        """Payments that don't add up and that nobody accepted."""
        return [one for one in self.unbalanced if not one.accepted]


def reconcile(gateway: Gateway) -> ReconcileReport:
    """Match what can be matched by now, compare claims with payments, check every sum, say what waits for a person.

    Raises ConfigError where a partner names fees that aren't there.
    """
    terms = load_terms(gateway.workspace)
    matched = _match_again(gateway)
    note_overdue(gateway)
    match_deposits(gateway)
    compare_parties(gateway)
    with gateway.ledger.read() as tx:
        mark = mark_of(tx)
        reconciled = reconciliation(tx, terms)
        report = ReconcileReport(
            matched_now=matched,
            unbalanced=_unbalanced(tx),
            difference=from_cents(cash(tx).difference_cents),
            deposits=compare(tx, terms.deposits),
            glance=glance(tx),
            categories=reconciled.categories,
            apart=reconciled.apart,
            attention=attention(tx, terms, reconciled),
        )
    keep_judged(gateway, mark, terms, reconciled)
    log.info("reconciled", matched=matched, count=len(report.attention), errors=len(report.off))
    return report


def claims_of(gateway: Gateway, category: Category) -> list[JudgedClaim]:
    """The claims of one category that payers decided, the most money at stake first."""
    terms = load_terms(gateway.workspace)
    compare_parties(gateway)
    with gateway.ledger.read() as tx:
        return judged_claims(tx, terms, category)


def _match_again(gateway: Gateway) -> int:
    """Payments that came before we knew their claims (converted later, say) go to them and their lines now."""
    with gateway.ledger.write() as tx:
        waiting = waiting_entries(tx)
        claims = claims_by_control_number(tx, {one.patient_control_number for one in waiting})
        found = [
            (one, claim)
            for one in waiting
            if (claim := claims.get(one.patient_control_number)) and may_be_paid(claim, one.charge_cents)
        ]
        join(tx, found)
    return len(found)


def _unbalanced(tx: ReadTransaction) -> list[Unbalanced]:
    return [
        Unbalanced(
            payment_id=one.payment_id,
            amount=from_cents(one.amount_cents),
            entries=from_cents(one.claims_paid_cents - one.provider_adjustments_cents),
            accepted=one.accepted_unbalanced,
        )
        for one in payment_sums(tx)
        if one.state == "posted" and one.difference_cents
    ]
