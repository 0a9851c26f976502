"""A payer's arithmetic on service lines: charge, contract and decision make SVCs that balance to the cent.

Knows a line's adjustments; refuses to know claims, days and files.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import msgspec

from edigate.claims.model import ServiceLine
from edigate.money import ZERO
from edigate.remits import model as m
from edigate.simulator.billed import product_of
from edigate.simulator.decision import Bundle, Decision, Denial, Unbundle, dollars
from edigate.simulator.scenario import Scenario

_CENT = Decimal("0.01")


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


def pay_lines(lines: Sequence[ServiceLine], decision: Decision, contract: Contract) -> list[m.ServicePayment]:
    """One 2110 loop for each line, in order: deductible and copay are used up as they go."""
    payer = _Lines(decision, contract)
    services = [payer.pay(line) for line in lines]
    for bundle in decision.bundle:
        services = _bundled(services, bundle)
    for unbundle in decision.unbundle:
        services = [part for service in services for part in _unbundled(service, unbundle)]
    return [_bare(service) for service in services] if decision.bare_lines else services


def adjusted(groups: Sequence[m.AdjustmentGroup], *only: str) -> Decimal:
    """The sum of adjustments, of the named groups only where any is named."""
    return sum(
        (each.amount or ZERO for group in groups if not only or group.group in only for each in group.adjustments),
        ZERO,
    )


def together(groups: Sequence[m.AdjustmentGroup]) -> list[m.AdjustmentGroup]:
    """Adjustments summed up by group and reason."""
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


def billed_procedure(service: m.ServicePayment) -> str:
    """What we called the line: SVC06 where the payer names another, else SVC01."""
    return service.billed_procedure or service.procedure


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
        decision = self._decision
        denial = decision.deny or decision.zero_pay or self._denied.get(product_of(line).code)
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
        coinsurance = min(_share(allowed - deductible, decision.coinsurance_percent), left)
        sequestered = _share(left - coinsurance, decision.sequestration_percent)
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


def _bundled(services: list[m.ServicePayment], bundle: Bundle) -> list[m.ServicePayment]:
    """The services of a bundle named by it; the first bears all of it, the others nothing. None missing, or no bundle.

    OA 94 is what the first is processed for above its own charge, OA 97 the others' charges within it (X221A1
    1.10.2.6).
    """
    places: dict[str, int] = {}
    for place, service in enumerate(services):
        if service.procedure in bundle.procedures and not service.billed_procedure:
            places.setdefault(service.procedure, place)
    if len(places) < len(bundle.procedures):
        return services
    first, *others = sorted(places.values())
    within = sum((services[place].charge or ZERO for place in others), ZERO)
    groups = [group for place in (first, *others) for group in services[place].adjustment_groups]
    above = m.AdjustmentGroup(group="OA", adjustments=[m.Adjustment(reason="94", amount=-within)])
    made = list(services)
    made[first] = msgspec.structs.replace(
        services[first],
        paid=sum((services[place].paid or ZERO for place in (first, *others)), ZERO),
        adjustment_groups=together([*groups, above]),
        amounts=[],
    )
    for place in others:
        charge = services[place].charge or ZERO
        included = m.AdjustmentGroup(group="OA", adjustments=[m.Adjustment(reason="97", amount=charge)])
        made[place] = msgspec.structs.replace(
            services[place], paid=ZERO, adjustment_groups=[included], amounts=[], remarks=[]
        )
    for place in (first, *others):
        made[place].billed_procedure_qualifier = made[place].procedure_qualifier
        made[place].billed_procedure, made[place].procedure = made[place].procedure, bundle.into
    return made


def _unbundled(service: m.ServicePayment, unbundle: Unbundle) -> list[m.ServicePayment]:
    """The services that one is paid as; the service itself where it isn't the one meant.

    The first is allowed less by what the others are paid, so that together they are what the one was.
    """
    if service.billed_procedure or service.procedure != unbundle.procedure:
        return [service]
    paid = service.paid or ZERO
    share = (paid / len(unbundle.into)).quantize(_CENT, rounding=ROUND_DOWN)
    others = share * (len(unbundle.into) - 1)
    less = m.AdjustmentGroup(group="CO", adjustments=[m.Adjustment(reason="45", amount=others)])
    made: list[m.ServicePayment] = []
    for code in unbundle.into:
        renamed = code != service.procedure
        part = msgspec.structs.replace(
            service,
            procedure=code,
            billed_procedure_qualifier=service.procedure_qualifier if renamed else "",
            billed_procedure=service.procedure if renamed else "",
        )
        if not made:
            part.paid = paid - others
            part.adjustment_groups = together([*service.adjustment_groups, *([less] if others else [])])
            part.amounts = [
                m.Amount(qualifier=each.qualifier, amount=(each.amount or ZERO) - others) for each in service.amounts
            ]
        else:
            above = m.AdjustmentGroup(group="OA", adjustments=[m.Adjustment(reason="94", amount=-share)])
            part.charge, part.paid = ZERO, share
            part.adjustment_groups = [above] if share else []
            part.amounts = [m.Amount(qualifier="B6", amount=share)] if share else []
            part.remarks = []
        made.append(part)
    return made


def _bare(service: m.ServicePayment) -> m.ServicePayment:
    return msgspec.structs.replace(service, modifiers=[], units_paid=None, line_item_control_number="")


def _share(amount: Decimal, percent: int) -> Decimal:
    return _cents(amount * percent / 100)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)
