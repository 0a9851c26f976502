"""A payer's 835: claim payments and provider adjustments of one day, one payee, as one balanced payment.

Knows payments and balances carried forward; refuses to know how a claim was adjudicated or when it is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from edigate.claims.model import Provider
from edigate.money import ZERO
from edigate.remits import model as m
from edigate.simulator.scenario import PayerForm

# No bank has these: 99 is no Federal Reserve district, though the check digit holds.
_PAYER_BANK, _PAYEE_BANK = "999999992", "999999992"
_PLB_ITEMS = 6


class CarriedBalance(msgspec.Struct, frozen=True):
    """What a payee still owes a payer after a payment came to less than nothing, and whose trace says so."""

    amount: Decimal = ZERO
    trace_number: str = ""


class Remitted(msgspec.Struct, frozen=True):
    """A payment, and what of it is carried into the next."""

    payment: m.Payment
    carried: CarriedBalance


def remit(
    payer: PayerForm,
    payee: Provider,
    claims: Sequence[m.ClaimPayment],
    adjustments: Sequence[m.ProviderAdjustmentItem],
    *,
    carried: CarriedBalance,
    trace_number: str,
    on: date,
) -> Remitted:
    """The payment whose amount is what the claims pay less the provider adjustments (X221A1 1.10.2.1).

    Where that is below zero nothing is paid, and the balance is forwarded: PLB FB, negative now and positive
    in the next payment to the same payee, both naming this payment's trace number (1.10.2.12).
    """
    items = list(adjustments)
    if carried.amount:
        items.append(movement("FB", carried.trace_number, carried.amount))
    amount = sum((claim.paid or ZERO for claim in claims), ZERO) - sum((each.amount or ZERO for each in items), ZERO)
    rest = CarriedBalance()
    if amount < 0:
        items.append(movement("FB", trace_number, amount))
        rest = CarriedBalance(-amount, trace_number)
        amount = ZERO
    payment = m.Payment(
        handling="I" if amount else "H",
        amount=amount,
        credit_debit="C",
        method=payer.method if amount else "NON",
        effective_date=on,
        trace_number=trace_number,
        trace_payer_id=f"1{payer.tax_id}",
        production_date=on,
        payer=_payer(payer),
        payee=_payee(payee),
        headers=[m.HeaderNumber(number="1", claims=list(claims))] if claims else [],
        provider_adjustments=[
            m.ProviderAdjustment(
                provider_id=payee.npi,
                fiscal_period_end=date(on.year, 12, 31),
                items=items[start : start + _PLB_ITEMS],
            )
            for start in range(0, len(items), _PLB_ITEMS)
        ],
    )
    if payment.method == "ACH":
        payment.format = "CCP"
        payment.sender_routing_qualifier, payment.sender_routing = "01", _PAYER_BANK
        payment.sender_account_qualifier, payment.sender_account = "DA", payer.tax_id
        payment.originator_id = f"1{payer.tax_id}"
        payment.receiver_routing_qualifier, payment.receiver_routing = "01", _PAYEE_BANK
        payment.receiver_account_qualifier, payment.receiver_account = "DA", payee.npi
    return Remitted(payment, rest)


def interest(claim: m.ClaimPayment) -> m.ProviderAdjustmentItem | None:
    """The PLB L6 that pays the interest a claim shows in AMT*I; negative, for it adds to the payment."""
    amount = sum((each.amount or ZERO for each in claim.amounts if each.qualifier == "I"), ZERO)
    return movement("L6", claim.payer_claim_control_number, -amount) if amount else None


def movement(reason: str, reference: str, amount: Decimal) -> m.ProviderAdjustmentItem:
    """One PLB pair: WO with a payer claim control number recovers an overpayment of that claim."""
    return m.ProviderAdjustmentItem(reason=reason, reference=reference, amount=amount)


def _payer(payer: PayerForm) -> m.Party:
    return m.Party(
        name=payer.name,
        address_line1=payer.address,
        city=payer.city,
        state=payer.state,
        postal_code=payer.postal_code,
        secondary_ids=[m.Identifier(qualifier="2U", value=payer.id)],
        contacts=[
            m.Contact(function="CX", name="PROVIDER SERVICES", phone=payer.phone),
            m.Contact(function="BL", name="EDI SUPPORT", phone=payer.phone),
        ],
    )


def _payee(provider: Provider) -> m.Party:
    address = provider.address
    return m.Party(
        name=provider.last_name if not provider.first_name else f"{provider.first_name} {provider.last_name}",
        id_qualifier="XX",
        id=provider.npi,
        address_line1=address.line1 if address else "",
        address_line2=address.line2 if address else "",
        city=address.city if address else "",
        state=address.state if address else "",
        postal_code=address.postal_code if address else "",
        secondary_ids=[m.Identifier(qualifier="TJ", value=provider.tax_id)] if provider.tax_id else [],
    )
