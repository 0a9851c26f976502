"""Posted adjudications as the pure half reads them: dollars for cents, and each service with the place of its line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from edigate.ledger.answers import ClaimLine
from edigate.ledger.claim_payments import ClaimPaymentRow, ServicePaymentRow
from edigate.money import from_cents
from edigate.reconcile.secondary import DecidedService, Decision, Reduction


def decision(row: ClaimPaymentRow, lines: Sequence[ClaimLine]) -> Decision:
    """A posted adjudication of a claim; `lines` are the claim's, in order."""
    places = {line.id: line.line_number - 1 for line in lines}
    by_number = {line.line_item_control_number: line.line_number - 1 for line in lines}
    of_services: dict[int | None, list[Reduction]] = {}
    for each in row.adjustments:
        of_services.setdefault(each.service_payment_id, []).append(
            Reduction(each.group_code, each.reason_code, from_cents(each.amount_cents), _number(each.quantity))
        )

    def place(service: ServicePaymentRow) -> int | None:
        if service.claim_line_id is not None:
            return places.get(service.claim_line_id)
        # A line answered in several parts: posting joins the first alone.
        return 0 if len(lines) == 1 else by_number.get(service.line_item_control_number)

    return Decision(
        status=row.status_code,
        charge=from_cents(row.charge_cents),
        paid=from_cents(row.paid_cents),
        patient_responsibility=from_cents(row.patient_responsibility_cents),
        payer_claim_control_number=row.payer_claim_control_number,
        paid_on=row.effective_date,
        crossover_carrier=row.crossover_carrier,
        claim_remarks=tuple(row.remark_codes.split()),
        remarks=tuple(code for service in row.services for code in service.remark_codes.split()),
        reductions=tuple(of_services.get(None, ())),
        services=tuple(
            DecidedService(
                line=place(service),
                charge=from_cents(service.charge_cents),
                paid=from_cents(service.paid_cents),
                procedure=service.procedure,
                modifiers=tuple(service.modifiers.split(":")) if service.modifiers else (),
                revenue_code=service.revenue_code,
                units=_number(service.units),
                reductions=tuple(of_services.get(service.id, ())),
            )
            for service in row.services
        ),
    )


def _number(text: str) -> Decimal | None:
    """A count as the ledger keeps it: decimal text, empty where it wasn't told."""
    return Decimal(text) if text else None
