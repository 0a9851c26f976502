"""A payer's adjudication: a claim, a contract and a decision make claim payments that balance to the cent.

Knows claims and their sums; a line's are in `lines.py`. Refuses to know days, files or which 835 a payment goes into.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from edigate.claims.model import Claim, Patient, Subscriber
from edigate.money import ZERO
from edigate.remits import model as m
from edigate.simulator.billed import days_of, facility_of
from edigate.simulator.decision import Decision, dollars
from edigate.simulator.lines import Contract, adjusted, billed_procedure, pay_lines, together
from edigate.simulator.scenario import PayerForm

_PROCESSED_AS = {"P": "1", "S": "2", "T": "3"}  # CLP02 by SBR01
_FORWARDED_AS = {"P": "19", "S": "20", "T": "21"}
_SPLIT = "MA15"  # remark: a claim's other services come in a claim payment of their own


def adjudicate(
    claim: Claim, decision: Decision, contract: Contract, payer: PayerForm, control_number: str
) -> list[m.ClaimPayment]:
    """The claim payments a decision makes: one, or two where it splits the claim. Each balances by itself."""
    paid = pay_lines(claim.service_lines, decision, contract)
    if decision.split_days is not None and len(paid) > 1:
        parts = [(paid[:1], control_number), (paid[1:], f"{control_number}S")]
        remarks = [_SPLIT]
    else:
        parts, remarks = [(paid, control_number)], []
    made = [_claim_payment(claim, decision, payer, services, number, remarks) for services, number in parts]
    interest = dollars(decision.interest)
    if interest:
        made[0].amounts.append(m.Amount(qualifier="I", amount=interest))
    return made


def answered_number(claim: Claim, payer: PayerForm) -> str:
    """What a payer repeats of CLM01: all, or as much as its system keeps."""
    return claim.patient_control_number[: payer.cut_at or None]


def reverse(payment: m.ClaimPayment) -> m.ClaimPayment:
    """The same claim payment taken back: CLP02 22, every amount negated, CLP07 that of the original."""
    return msgspec.structs.replace(
        payment,
        status="22",
        charge=_negative(payment.charge),
        paid=_negative(payment.paid),
        patient_responsibility=_negative(payment.patient_responsibility),
        adjustment_groups=_negative_groups(payment.adjustment_groups),
        amounts=[],
        service_payments=[
            msgspec.structs.replace(
                service,
                charge=_negative(service.charge),
                paid=_negative(service.paid),
                adjustment_groups=_negative_groups(service.adjustment_groups),
                amounts=[],
                remarks=[],
            )
            for service in payment.service_payments
        ],
    )


def _claim_payment(
    claim: Claim,
    decision: Decision,
    payer: PayerForm,
    services: list[m.ServicePayment],
    control_number: str,
    remarks: list[str],
) -> m.ClaimPayment:
    groups = [group for service in services for group in service.adjustment_groups]
    paid = sum((service.paid or ZERO for service in services), ZERO)
    subscriber = claim.subscriber or Subscriber()
    responsibility = subscriber.responsibility
    if decision.forward:
        status = _FORWARDED_AS.get(responsibility, "19")
    elif decision.deny:
        status = "4"
    else:
        status = _PROCESSED_AS.get(responsibility, "1")
    first, last = days_of(claim)
    return m.ClaimPayment(
        patient_control_number=answered_number(claim, payer),
        status=status,
        charge=sum((service.charge or ZERO for service in services), ZERO),
        paid=paid,
        patient_responsibility=adjusted(groups, "PR"),
        filing_indicator=payer.filing_indicator,
        payer_claim_control_number=control_number,
        facility_code=facility_of(claim),
        frequency_code=claim.frequency_code,
        drg=claim.drg,
        adjustment_groups=together(groups) if decision.claim_level else [],
        patient=_person(claim.patient or subscriber, subscriber.member_id if claim.patient is None else ""),
        insured=_person(subscriber, subscriber.member_id) if claim.patient else None,
        rendering_provider=_rendering(claim),
        crossover_carrier=m.Person(
            entity_type="2", last_name=decision.forward.name, id_qualifier="PI", id=decision.forward.id
        )
        if decision.forward
        else None,
        outpatient=m.OutpatientRemarks(remark_codes=remarks) if remarks else None,
        statement_from=first,
        statement_to=last,
        service_payments=[]
        if decision.claim_level
        else [service for service in services if billed_procedure(service) not in decision.omit_lines],
    )


def _person(person: Patient | Subscriber, member_id: str) -> m.Person:
    return m.Person(
        entity_type="1",
        last_name=person.last_name,
        first_name=person.first_name,
        middle_name=person.middle_name,
        suffix=person.suffix,
        id_qualifier="MI" if member_id else "",
        id=member_id,
    )


def _rendering(claim: Claim) -> m.Person | None:
    provider = claim.rendering_provider
    if provider is None or not provider.npi:
        return None
    return m.Person(
        entity_type=provider.entity_type or "1",
        last_name=provider.last_name,
        first_name=provider.first_name,
        id_qualifier="XX",
        id=provider.npi,
    )


def _negative(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount


def _negative_groups(groups: list[m.AdjustmentGroup]) -> list[m.AdjustmentGroup]:
    return [
        m.AdjustmentGroup(
            group=group.group,
            adjustments=[
                m.Adjustment(reason=each.reason, amount=_negative(each.amount), quantity=each.quantity)
                for each in group.adjustments
            ],
        )
        for group in groups
    ]
