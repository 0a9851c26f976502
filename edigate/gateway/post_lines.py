"""Which line of ours each service of a payment is for, a block of claims at a time. Writes nothing.

Most payers quote the number of our line (REF*6R): then that number and its line are all that is looked up. Where a
claim's services don't all quote one of its lines, all that is known of the lines decides (`reconcile/match.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from edigate.ledger.answers import ClaimLine, ClaimRef, line_numbers, lines_of_claims
from edigate.ledger.transaction import ReadTransaction
from edigate.money import ZERO, from_cents
from edigate.reconcile import match
from edigate.remits.model import ServicePayment
from edigate.remits.x221 import StreamedClaim

LineIds = Sequence[int | None]
_NO_LINE = (0, 0)  # of no claim: ids begin with 1


def lines_meant(
    tx: ReadTransaction, block: Sequence[StreamedClaim], found: Sequence[ClaimRef | None]
) -> list[LineIds]:
    """Our line of each service of each claim payment, None where none is; `found` are the claims they are for."""
    numbers = line_numbers(tx, {claim.id for claim in found if claim is not None})
    meant: list[LineIds] = []
    unsure: dict[int, int] = {}  # by place in the block: our claim whose lines must be looked at
    for place, (streamed, claim) in enumerate(zip(block, found, strict=True)):
        services = streamed.claim.service_payments
        if claim is None or not services:
            meant.append([None] * len(services))
            continue
        of_claim = claim.id
        quoted: list[int | None] = []
        for service in services:
            owner, line_id = numbers.get(service.line_item_control_number, _NO_LINE)
            quoted.append(line_id if owner == of_claim else None)
        if None in quoted:
            unsure[place] = of_claim
        meant.append(quoted)
    lines = lines_of_claims(tx, unsure.values()) if unsure else {}
    for place, claim_id in unsure.items():
        meant[place] = _matched(block[place].claim.service_payments, lines.get(claim_id, []))
    return meant


def _matched(services: Sequence[ServicePayment], ours: Sequence[ClaimLine]) -> LineIds:
    """By their numbers but for case and blanks, where every service quotes one; else by all that is known of them."""
    by_number = {_fold(line.line_item_control_number): line.id for line in ours}
    if by_number and len(by_number) == len(ours):
        quoted = [by_number.get(_fold(service.line_item_control_number)) for service in services]
        if None not in quoted:
            return quoted
    matched = match.match_lines([_paid_line(service) for service in services], [our_line(line) for line in ours])
    return [found.id for found in matched]


def _fold(number: str) -> str:
    return number.strip().casefold()


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
