"""The claims of one category, each with both sides: what was allowed, and what was expected of it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from edigate.ledger.parties import differences_of
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.working import claims_at_work
from edigate.money import from_cents
from edigate.reconcile.categories import Category, Judged
from edigate.reports.reconciliation import reconciliation
from edigate.reports.terms import Terms
from edigate.secrecy import Phi


class JudgedClaim(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """A claim that payers decided, in dollars. `allowed` and `expected` are of the lines that could be compared."""

    claim_id: int
    patient_control_number: str
    payer: str
    category: Category
    charged: Decimal
    paid: Decimal
    allowed: Decimal
    expected: Decimal | None = None
    at_stake: Decimal
    apart: Decimal = Decimal(0)  # by how much what the payer calls allowed is more than its payment adds up to
    basis: str = ""
    sample: int = 0  # on how many earlier lines the expected amount rests, where it is history
    source: str = ""  # where the fee stands
    names: tuple[str, ...] = ()  # of a wrong patient or provider: what the answer says, and what the claim


def judged_claims(tx: ReadTransaction, terms: Terms, category: Category) -> list[JudgedClaim]:
    """The claims of a category, the most money at stake first."""
    found: list[Judged] = []

    def keep(one: Judged) -> None:
        if one.category is category:
            found.append(one)

    reconciliation(tx, terms, tell=keep)
    claims = claims_at_work(tx, [one.claim_id for one in found])
    named = differences_of(tx, claims) if category in (Category.WRONG_PATIENT, Category.WRONG_PROVIDER) else {}
    found.sort(key=lambda one: (-one.at_stake_cents, -one.charge_cents, one.claim_id))
    return [
        JudgedClaim(
            claim_id=one.claim_id,
            patient_control_number=claims[one.claim_id].patient_control_number,
            payer=claims[one.claim_id].payer_name,
            category=one.category,
            charged=from_cents(one.charge_cents),
            paid=from_cents(one.paid_cents),
            allowed=from_cents(one.allowed_cents),
            expected=None if one.expected_cents is None else from_cents(one.expected_cents),
            at_stake=from_cents(one.at_stake_cents),
            apart=from_cents(one.apart_cents),
            basis=one.basis or "",
            sample=one.sample,
            source=one.source,
            names=tuple(f"{each.theirs}, not {each.ours}" for each in named.get(one.claim_id, ())),
        )
        for one in found
    ]
