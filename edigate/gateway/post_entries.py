"""Entries of a payment: decoded 835 records to the ledger's, in cents, each line matched to ours.

Knows one claim payment at a time. What can't be told in the ledger's terms raises HoldError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from edigate.gateway.posting import HoldError
from edigate.ledger.answers import ClaimLine, ClaimRef
from edigate.ledger.records import (
    NewAdjustment,
    NewClaimPayment,
    NewProviderAdjustment,
    NewServicePayment,
)
from edigate.ledger.sums import PREDETERMINATION
from edigate.money import ZERO, from_cents, to_cents, to_text
from edigate.reconcile import match
from edigate.remits.model import AdjustmentGroup, ClaimPayment, Payment, ServicePayment
from edigate.remits.x221 import StreamedClaim

_MOST_CENTS = 10**15  # ten trillion dollars: no payment, but a number that a database can still hold


def new_claim_payment(
    streamed: StreamedClaim, claim: ClaimRef | None, lines: dict[int, list[ClaimLine]], places: Sequence[int] = ()
) -> NewClaimPayment:
    """One CLP with its services and adjustments, each service joined to the line of our claim it is for.

    `places` are those of its services (SVC) in the set.
    """
    paid = streamed.claim
    if paid.status.strip() == PREDETERMINATION and paid.paid:
        raise HoldError(
            f"claim {paid.patient_control_number} is only priced (CLP02 25), but {to_text(paid.paid)} is paid (CLP04): "
            "a predetermination pays nothing (its CAS says the price with reason 101)"
        )
    line_ids = _lines_meant(paid.service_payments, lines.get(claim.id, ()) if claim else ())
    if len(places) != len(paid.service_payments):
        places = [0] * len(paid.service_payments)  # an SVC where the guide has none isn't read as a service
    return NewClaimPayment(
        status_code=paid.status,
        charge_cents=cents_of(paid.charge),
        paid_cents=cents_of(paid.paid),
        claim_id=claim.id if claim else None,
        patient_control_number=paid.patient_control_number,
        patient_responsibility_cents=cents_of(paid.patient_responsibility),
        filing_indicator=paid.filing_indicator,
        payer_claim_control_number=paid.payer_claim_control_number,
        remark_codes=_claim_remarks(paid),
        crossover_carrier=paid.crossover_carrier.last_name if paid.crossover_carrier else "",
        segment_position=streamed.first_segment,
        adjustments=_adjustments(paid.adjustment_groups),
        services=[
            _new_service(service, line_id, place)
            for service, line_id, place in zip(paid.service_payments, line_ids, places, strict=True)
        ],
    )


def _lines_meant(services: Sequence[ServicePayment], ours: Sequence[ClaimLine]) -> Sequence[int | None]:
    """Our line of each service. Where every service quotes one of ours, as most do, nothing else is looked at."""
    by_number = {line.line_item_control_number.strip().casefold(): line.id for line in ours}
    if by_number and len(by_number) == len(ours):
        quoted = [by_number.get(service.line_item_control_number.strip().casefold()) for service in services]
        if None not in quoted:
            return quoted
    matched = match.match_lines([_paid_line(service) for service in services], [our_line(line) for line in ours])
    return [found.id for found in matched]


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
        remark_codes=" ".join([remark.code for remark in service.remarks if remark.code]),
        segment_position=place,
        adjustments=_adjustments(service.adjustment_groups),
    )


def _adjustments(groups: list[AdjustmentGroup]) -> list[NewAdjustment]:
    made = []
    for group in groups:
        for each in group.adjustments:
            cents = cents_of(each.amount)
            if group.group and each.reason:
                made.append(
                    NewAdjustment(
                        group_code=group.group,
                        reason_code=each.reason,
                        amount_cents=cents,
                        quantity=_text(each.quantity),
                    )
                )
            elif cents:
                raise HoldError(f"an adjustment of {each.amount} has no group or no reason (CAS)")
    return made


def provider_adjustments(payment: Payment) -> Iterator[NewProviderAdjustment]:
    """Every pair of every PLB."""
    for adjustment in payment.provider_adjustments:
        for item in adjustment.items:
            yield NewProviderAdjustment(
                reason_code=item.reason,
                amount_cents=cents_of(item.amount),
                provider_id=adjustment.provider_id,
                fiscal_period_end=adjustment.fiscal_period_end,
                reference=item.reference,
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
    return "" if number is None else format(number, "f")


def our_line(line: ClaimLine) -> match.OurLine:
    """A line of the ledger as matching reads it."""
    return match.OurLine(
        id=line.id,
        line_item_control_number=line.line_item_control_number,
        procedure=line.procedure,
        revenue_code=line.revenue_code,
        modifiers=tuple(line.modifiers.split(":")) if line.modifiers else (),
        charge=from_cents(line.charge_cents),
        service_date=line.service_date,
        units=number_of(line.units),
    )


def number_of(text: str) -> Decimal | None:
    """A decimal of the ledger, as it was written down; None where there is none."""
    return Decimal(text) if text else None


def _paid_line(service: ServicePayment) -> match.PaidLine:
    recoded = service.billed_procedure != ""
    return match.PaidLine(
        line_item_control_number=service.line_item_control_number,
        procedure=service.billed_procedure if recoded else service.procedure,
        revenue_code=service.revenue_code,
        modifiers=tuple(service.billed_modifiers if recoded else service.modifiers),
        charge=service.charge or ZERO,
        service_date=service.service_date,
        units=service.units_paid if service.units_billed is None else service.units_billed,
    )
