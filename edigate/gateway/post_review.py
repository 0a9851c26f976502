"""What a partner's policy wants a person to see before an 835 is posted. Pure: a claim payment in, reasons out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from edigate.ledger.answers import ClaimRef
from edigate.money import ZERO, from_cents, to_text
from edigate.partners.model import PostingPolicy
from edigate.reconcile.reasons import Kind, kind_of
from edigate.remits.model import AdjustmentGroup, ClaimPayment, Payment
from edigate.secrecy import Phi


class ToReview(Phi, msgspec.Struct, frozen=True):
    """One thing to look at: in which payment, of which claim (empty: the payment's own), and why. Dollars."""

    set_number: int
    trace_number: str
    patient_control_number: str
    claim_id: int | None
    charge: Decimal
    paid: Decimal
    why: str


def reasons_to_look(policy: PostingPolicy, paid: ClaimPayment, claim: ClaimRef | None) -> Iterator[str]:
    """Why a claim payment waits, in words; nothing where it may be posted by itself."""
    status = paid.status.strip()
    if status in policy.review_statuses:
        yield f"status {status} (CLP02)"
    cuts = list(_cuts(paid))
    for code in dict.fromkeys(code for group, reason, _ in cuts for code in (reason, f"{group}-{reason}")):
        if code in policy.review_reasons:
            yield f"reason {code} (CAS)"
    if policy.review_denied_over is not None:
        denied = sum((amount for group, reason, amount in cuts if kind_of(group, reason) is Kind.DENIAL), ZERO)
        if denied > policy.review_denied_over:
            yield f"{to_text(denied)} of it denied"
    charge = abs(paid.charge or ZERO)
    if claim is None:
        if policy.review_unmatched:
            yield "no claim of ours"
    elif policy.review_charge_off_by is not None:
        ours = from_cents(claim.total_charge_cents)
        if abs(charge - ours) > policy.review_charge_off_by:
            yield f"charge {to_text(charge)} (CLP03), we charged {to_text(ours)}"


def adjustments_to_look_at(policy: PostingPolicy, payment: Payment) -> Iterator[str]:
    """Why a payment's own adjustments wait, in words."""
    for adjustment in payment.provider_adjustments:
        for item in adjustment.items:
            if item.reason.strip() in policy.review_provider_adjustments:
                amount = item.amount or ZERO
                what = "takes" if amount >= 0 else "adds"
                yield f"provider adjustment {item.reason} {what} {to_text(abs(amount))} (PLB, {item.reference})"


def _cuts(paid: ClaimPayment) -> Iterator[tuple[str, str, Decimal]]:
    yield from _of_groups(paid.adjustment_groups)
    for service in paid.service_payments:
        yield from _of_groups(service.adjustment_groups)


def _of_groups(groups: Iterable[AdjustmentGroup]) -> Iterator[tuple[str, str, Decimal]]:
    for group in groups:
        for each in group.adjustments:
            yield group.group.strip(), each.reason.strip(), each.amount or ZERO
