"""Money that waited for its claim goes to it: the entry, its services to our lines, the claim to its state.

No amount changes: an entry is only said to be of a claim. Which claim it is, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from edigate.gateway.post_lines import number_of, our_line
from edigate.gateway.settling import settle_claims
from edigate.ledger.answers import ClaimRef, apply_changes, lines_of_claims
from edigate.ledger.entries import PostedService, assign_lines, services_of
from edigate.ledger.payments import assign_claim_payment
from edigate.ledger.transaction import WriteTransaction
from edigate.money import from_cents
from edigate.reconcile.match import PaidLine, match_lines


class Waiting(Protocol):
    """A posted claim payment without a claim, as the ledger's records of it have it."""

    @property
    def id(self) -> int: ...


def join(tx: WriteTransaction, found: Sequence[tuple[Waiting, ClaimRef]]) -> None:
    """Give claim payments to their claims. Raises LedgerError where one has a claim already."""
    for one, claim in found:
        assign_claim_payment(tx, one.id, claim.id)
    _join_lines(tx, found)
    apply_changes(tx, list(settle_claims(tx, {claim.id: claim for _, claim in found})))


def _join_lines(tx: WriteTransaction, found: Sequence[tuple[Waiting, ClaimRef]]) -> None:
    services = services_of(tx, [one.id for one, _ in found])
    lines = lines_of_claims(tx, {claim.id for _, claim in found})
    pairs: list[tuple[int, int]] = []
    for one, claim in found:
        paid = services.get(one.id, [])
        ours = [our_line(line) for line in lines.get(claim.id, [])]
        for service, match in zip(paid, match_lines([_paid_line(each) for each in paid], ours), strict=True):
            if match.id is not None:
                pairs.append((service.id, match.id))
    assign_lines(tx, pairs)


def _paid_line(service: PostedService) -> PaidLine:
    recoded = service.billed_procedure != ""
    modifiers = service.billed_modifiers if recoded else service.modifiers
    return PaidLine(
        line_item_control_number=service.line_item_control_number,
        procedure=service.billed_procedure if recoded else service.procedure,
        revenue_code=service.revenue_code,
        modifiers=tuple(modifiers.split(":")) if modifiers else (),
        charge=from_cents(service.charge_cents),
        service_date=service.service_date,
        units=number_of(service.units),
    )
