"""Entries of a payment: decoded 835 records to the ledger's, in cents.

Knows one claim payment at a time, and is told which claim and lines of ours it is for. What can't be told in the
ledger's terms raises HoldError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from edigate.gateway.posting import HoldError
from edigate.ledger.answers import ClaimRef
from edigate.ledger.records import (
    NewAdjustment,
    NewClaimPayment,
    NewProviderAdjustment,
    NewServicePayment,
)
from edigate.ledger.sums import PREDETERMINATION
from edigate.money import ZERO, to_cents, to_text
from edigate.remits.model import AdjustmentGroup, Amount, ClaimPayment, Payment, ServicePayment
from edigate.remits.x221 import StreamedClaim
from edigate.responses.status import REVERSAL

_MOST_CENTS = 10**15  # ten trillion dollars: no payment, but a number that a database can still hold


def new_claim_payment(
    streamed: StreamedClaim, claim: ClaimRef | None, line_ids: Sequence[int | None], places: Sequence[int] = ()
) -> NewClaimPayment:
    """One CLP with its services and adjustments.

    `line_ids` are the lines of our claim that its services (SVC) are for, `places` where those stand in the set.
    """
    paid = streamed.claim
    services = paid.service_payments
    if paid.status.strip() == PREDETERMINATION and paid.paid:
        raise HoldError(
            f"claim {paid.patient_control_number} is only priced (CLP02 25), but {to_text(paid.paid)} is paid (CLP04): "
            "a predetermination pays nothing (its CAS says the price with reason 101)"
        )
    if paid.status.strip() == REVERSAL and ((paid.paid or ZERO) > 0 or (paid.charge or ZERO) > 0):
        raise HoldError(
            f"claim {paid.patient_control_number} is a reversal (CLP02 22), but {to_text(paid.charge or ZERO)} is "
            f"charged (CLP03) and {to_text(paid.paid or ZERO)} paid (CLP04): what is taken back has negative amounts"
        )
    if len(places) != len(services):
        places = [0] * len(services)  # an SVC where the guide has none isn't read as a service
    return NewClaimPayment(
        status_code=paid.status,
        charge_cents=cents_of(paid.charge),
        paid_cents=cents_of(paid.paid),
        claim_id=claim.id if claim else None,
        patient_control_number=paid.patient_control_number,
        patient_responsibility_cents=cents_of(paid.patient_responsibility),
        filing_indicator=paid.filing_indicator,
        payer_claim_control_number=paid.payer_claim_control_number,
        remark_codes=_claim_remarks(paid) if paid.inpatient or paid.outpatient else "",
        crossover_carrier=paid.crossover_carrier.last_name if paid.crossover_carrier else "",
        segment_position=streamed.first_segment,
        coverage_cents=_said(paid.amounts, "AU") if paid.amounts else None,
        adjustments=_adjustments(paid.adjustment_groups),
        services=list(map(_new_service, services, line_ids, places)),
    )


def _new_service(service: ServicePayment, line_id: int | None, place: int) -> NewServicePayment:
    return NewServicePayment(
        charge_cents=cents_of(service.charge),
        paid_cents=cents_of(service.paid),
        claim_line_id=line_id,
        procedure=service.procedure,
        modifiers=":".join(service.modifiers),
        billed_procedure=service.billed_procedure,
        billed_modifiers=":".join(service.billed_modifiers),
        revenue_code=service.revenue_code,
        units=_text(service.units_paid),
        service_date=service.service_date,
        line_item_control_number=service.line_item_control_number,
        remark_codes=" ".join([remark.code for remark in service.remarks if remark.code]) if service.remarks else "",
        segment_position=place,
        allowed_cents=_said(service.amounts, "B6") if service.amounts else None,
        adjustments=_adjustments(service.adjustment_groups),
    )


def _said(amounts: list[Amount], qualifier: str) -> int | None:
    """The cents of an AMT, None where there is none of this kind."""
    for each in amounts:
        if each.qualifier == qualifier and each.amount is not None:
            return cents_of(each.amount)
    return None


def _adjustments(groups: list[AdjustmentGroup]) -> Sequence[NewAdjustment]:
    made = []
    for group in groups:
        code = group.group.upper()  # some senders write in small letters, and codes are compared
        for each in group.adjustments:
            reason, cents = each.reason.upper(), cents_of(each.amount)
            if code and reason:
                quantity = _text(each.quantity)
                made.append(
                    NewAdjustment(group_code=code, reason_code=reason, amount_cents=cents, quantity=quantity)
                )
            elif cents:
                raise HoldError(f"an adjustment of {each.amount} has no group or no reason (CAS)")
    return made


def provider_adjustments(payment: Payment, places: Sequence[int] = ()) -> Iterator[NewProviderAdjustment]:
    """Every pair of every PLB; `places` are the PLBs' in the set."""
    if len(places) != len(payment.provider_adjustments):
        places = [0] * len(payment.provider_adjustments)  # a PLB where the guide has none isn't read as one
    for adjustment, place in zip(payment.provider_adjustments, places, strict=True):
        for item in adjustment.items:
            yield NewProviderAdjustment(
                reason_code=item.reason,
                amount_cents=cents_of(item.amount),
                provider_id=adjustment.provider_id,
                fiscal_period_end=adjustment.fiscal_period_end,
                reference=item.reference,
                segment_position=place,
            )


def _claim_remarks(paid: ClaimPayment) -> str:
    """Those of MIA and MOA."""
    return " ".join(code for given in (paid.inpatient, paid.outpatient) if given for code in given.remark_codes)


@lru_cache(maxsize=1 << 15)
def cents_of(amount: Decimal | None) -> int:
    """Cents of an amount as sent; a fraction of a cent holds the file. Amounts repeat: what was read is remembered."""
    try:
        cents = to_cents(amount or ZERO)
    except ValueError as error:
        raise HoldError(f"an amount of {amount} has {error}") from error
    if abs(cents) >= _MOST_CENTS:
        raise HoldError(f"an amount of {amount} can't be meant")
    return cents


def _text(number: Decimal | None) -> str:
    """A number as it was sent: not remembered like amounts, for 1 and 1.0 are equal and two texts."""
    if number is None:
        return ""
    text = str(number)
    return format(number, "f") if "E" in text else text
