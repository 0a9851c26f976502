"""A payer's arithmetic: a claim, a contract and a decision make claim payments that balance to the cent.

Knows lines, allowed amounts and adjustments; refuses to know days, files or which 835 a payment goes into.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec

from edigate.claims.model import Claim, Patient, ServiceLine, Subscriber
from edigate.money import ZERO
from edigate.remits import model as m
from edigate.simulator.billed import days_of, facility_of, product_of
from edigate.simulator.scenario import Decision, Denial, PayerForm, Scenario, dollars

_CENT = Decimal("0.01")
_PROCESSED_AS = {"P": "1", "S": "2", "T": "3"}  # CLP02 by SBR01
_FORWARDED_AS = {"P": "19", "S": "20", "T": "21"}
_SPLIT = "MA15"  # remark: a claim's other services come in a claim payment of their own


class Contract(msgspec.Struct, frozen=True):
    """What a payer has agreed to allow: dollars per unit by procedure, else a share of the charge."""

    fees: dict[str, Decimal]
    other_percent: int

    def allowed(self, line: ServiceLine) -> Decimal:
        """The allowed amount of a line, never above its charge."""
        charge = line.charge or ZERO
        fee = self.fees.get(product_of(line).code)
        if fee is None:
            return _share(charge, self.other_percent)
        return min(charge, _cents(fee * (line.units if line.units is not None else 1)))


def contract_of(scenario: Scenario) -> Contract:
    """The contract that a scenario's fee table is."""
    return Contract({code: dollars(fee) for code, fee in scenario.fees.items()}, scenario.other_fees_percent)


def adjudicate(
    claim: Claim, decision: Decision, contract: Contract, payer: PayerForm, control_number: str
) -> list[m.ClaimPayment]:
    """The claim payments a decision makes: one, or two where it splits the claim. Each balances by itself."""
    lines = _Lines(decision, contract)
    paid = [lines.pay(line) for line in claim.service_lines]
    if decision.split_days and len(paid) > 1:
        parts = [(paid[:1], control_number), (paid[1:], f"{control_number}S")]
        remarks = [_SPLIT]
    else:
        parts, remarks = [(paid, control_number)], []
    made = [_claim_payment(claim, decision, payer, services, number, remarks) for services, number in parts]
    interest = dollars(decision.interest)
    if interest:
        made[0].amounts.append(m.Amount(qualifier="I", amount=interest))
    return made


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


def adjusted(groups: list[m.AdjustmentGroup], *only: str) -> Decimal:
    """The sum of adjustments, of the named groups only where any is named."""
    return sum(
        (each.amount or ZERO for group in groups if not only or group.group in only for each in group.adjustments),
        ZERO,
    )


class _Lines:
    """Adjudicates lines one after another: deductible and copay are used up as they go."""

    def __init__(self, decision: Decision, contract: Contract) -> None:
        self._decision = decision
        self._contract = contract
        self._deductible = dollars(decision.deductible)
        self._copay = dollars(decision.copay)
        self._underpaid = dollars(decision.underpaid_by)
        self._denied = {denial.procedure: denial for denial in decision.deny_lines}
        self._recoded = {each.billed: each.paid_as for each in decision.recode}

    def pay(self, line: ServiceLine) -> m.ServicePayment:
        charge = line.charge or ZERO
        denial = self._decision.deny or self._denied.get(product_of(line).code)
        if denial is not None:
            return _service(line, ZERO, [(denial.group, denial.reason, charge)], denial=denial)
        allowed = self._contract.allowed(line)
        short = min(self._underpaid, allowed)
        self._underpaid -= short
        allowed -= short
        deductible = min(self._deductible, allowed)
        self._deductible -= deductible
        copay = min(self._copay, allowed - deductible)
        self._copay -= copay
        left = allowed - deductible - copay
        coinsurance = min(_share(allowed - deductible, self._decision.coinsurance_percent), left)
        sequestered = _share(left - coinsurance, self._decision.sequestration_percent)
        return _service(
            line,
            left - coinsurance - sequestered,
            [
                ("CO", "45", charge - allowed),
                ("CO", "253", sequestered),
                ("PR", "1", deductible),
                ("PR", "2", coinsurance),
                ("PR", "3", copay),
            ],
            allowed=allowed,
            paid_as=self._recoded.get(product_of(line).code, ""),
        )


def _service(
    line: ServiceLine,
    paid: Decimal,
    reasons: list[tuple[str, str, Decimal]],
    *,
    allowed: Decimal = ZERO,
    denial: Denial | None = None,
    paid_as: str = "",
) -> m.ServicePayment:
    """One 2110 loop; SVC06 only where the payer recoded, SVC07 only where units differ, as the guide has it."""
    groups: dict[str, m.AdjustmentGroup] = {}
    for group, reason, amount in reasons:
        if amount or denial:
            kept = groups.setdefault(group, m.AdjustmentGroup(group=group, adjustments=[]))
            kept.adjustments.append(m.Adjustment(reason=reason, amount=amount))
    product = product_of(line)
    span = line.service_date_end is not None and line.service_date_end != line.service_date
    return m.ServicePayment(
        procedure_qualifier=product.qualifier,
        procedure=paid_as or product.code,
        modifiers=list(line.modifiers),
        charge=line.charge or ZERO,
        paid=paid,
        revenue_code=product.revenue_code,
        units_paid=line.units,
        billed_procedure_qualifier=product.qualifier if paid_as else "",
        billed_procedure=product.code if paid_as else "",
        service_date_qualifier="150" if span else "472",
        service_date=line.service_date,
        service_date_end=line.service_date_end if span else None,
        adjustment_groups=list(groups.values()),
        line_item_control_number=line.line_item_control_number,
        amounts=[m.Amount(qualifier="B6", amount=allowed)] if allowed else [],
        remarks=[m.Remark(qualifier="HE", code=code) for code in denial.remarks] if denial else [],
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
        patient_control_number=claim.patient_control_number,
        status=status,
        charge=sum((service.charge or ZERO for service in services), ZERO),
        paid=paid,
        patient_responsibility=adjusted(groups, "PR"),
        filing_indicator=payer.filing_indicator,
        payer_claim_control_number=control_number,
        facility_code=facility_of(claim),
        frequency_code=claim.frequency_code,
        drg=claim.drg,
        adjustment_groups=_together(groups) if decision.claim_level else [],
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
        service_payments=[] if decision.claim_level else services,
    )


def _together(groups: list[m.AdjustmentGroup]) -> list[m.AdjustmentGroup]:
    """The lines' adjustments summed up by group and reason, for a claim without lines."""
    sums: dict[str, dict[str, Decimal]] = {}
    for group in groups:
        reasons = sums.setdefault(group.group, {})
        for each in group.adjustments:
            reasons[each.reason] = reasons.get(each.reason, ZERO) + (each.amount or ZERO)
    return [
        m.AdjustmentGroup(
            group=group, adjustments=[m.Adjustment(reason=reason, amount=amount) for reason, amount in reasons.items()]
        )
        for group, reasons in sums.items()
    ]


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


def _share(amount: Decimal, percent: int) -> Decimal:
    return _cents(amount * percent / 100)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)
