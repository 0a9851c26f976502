"""Whether an 835 adds up, to the cent: lines, claims, the payment. Knows sums, not what to do about them.

The rules are those of X221A1 1.10.2.1; 4010 has the same. A missing amount counts as zero, so what
couldn't be read can't make a payment look balanced unless zero is what it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from edigate import money
from edigate.findings import Finding, Severity
from edigate.remits.model import AdjustmentGroup, ClaimPayment, Payment, ServicePayment

ZERO = Decimal(0)

LINE = "835-LINE"  # SVC02 - CAS = SVC03
LINES_CHARGE = "835-LINES-CHARGE"  # the lines' SVC02 = CLP03
CLAIM = "835-CLAIM"  # CLP03 - CAS of claim and lines = CLP04
PAYMENT = "835-PAYMENT"  # all CLP04 - PLB = BPR02


def adjusted(groups: Iterable[AdjustmentGroup]) -> Decimal:
    """The sum of all adjustments of a claim or line, in dollars."""
    return sum((each.amount or ZERO for group in groups for each in group.adjustments), ZERO)


def provider_adjusted(payment: Payment) -> Decimal:
    """The sum of all PLB amounts in dollars: positive takes money from the payment."""
    return sum(
        (each.amount or ZERO for plb in payment.provider_adjustments for each in plb.items), ZERO
    )


def paid_total(payment: Payment) -> Decimal:
    """BPR02 with its direction: a debit (BPR03 D) takes money from the provider."""
    amount = payment.amount or ZERO
    return -amount if payment.credit_debit == "D" else amount


class Balance:
    """The check of one payment whose claims come one at a time."""

    def __init__(self) -> None:
        self.claims = 0
        self.claims_paid = ZERO  # the sum of CLP04 so far

    def claim(self, claim: ClaimPayment, segment_position: int = 0) -> list[Finding]:
        """What doesn't hold within a claim, lines first. `segment_position` is its CLP's place (ST = 1)."""
        self.claims += 1
        self.claims_paid += claim.paid or ZERO
        if _adds_up(claim):  # nearly all do: what doesn't hold is only looked for where something doesn't
            return []
        findings: list[Finding] = []
        charge, paid = claim.charge or ZERO, claim.paid or ZERO
        total_adjusted = adjusted(claim.adjustment_groups)
        lines_charge = ZERO
        for number, line in enumerate(claim.service_payments, 1):
            line_adjusted = adjusted(line.adjustment_groups)
            total_adjusted += line_adjusted
            lines_charge += line.charge or ZERO
            line_paid = line.paid or ZERO
            expected = (line.charge or ZERO) - line_adjusted
            if expected != line_paid:
                findings.append(
                    _finding(
                        LINE,
                        f"line {number} ({_code(line)}) of claim {claim.patient_control_number}: charge "
                        f"{_say(line.charge or ZERO)} less adjustments {_say(line_adjusted)} is "
                        f"{_say(expected)}, but {_say(line_paid)} is paid",
                        line_paid,
                        expected,
                        segment_id="SVC",
                        element=3,
                        loop="2110",
                    )
                )
        if claim.service_payments and lines_charge != charge:
            findings.append(
                _finding(
                    LINES_CHARGE,
                    f"claim {claim.patient_control_number}: its lines' charges add up to "
                    f"{_say(lines_charge)}, but the claim's charge is {_say(charge)}",
                    charge,
                    lines_charge,
                    segment_id="CLP",
                    element=3,
                    loop="2100",
                    segment_position=segment_position,
                )
            )
        expected = charge - total_adjusted
        if expected != paid:
            findings.append(
                _finding(
                    CLAIM,
                    f"claim {claim.patient_control_number}: charge {_say(charge)} less adjustments "
                    f"{_say(total_adjusted)} is {_say(expected)}, but {_say(paid)} is paid",
                    paid,
                    expected,
                    segment_id="CLP",
                    element=4,
                    loop="2100",
                    segment_position=segment_position,
                )
            )
        return findings

    def finish(self, payment: Payment) -> list[Finding]:
        """What doesn't hold for the payment itself, once all claims went by; `payment` needs its PLB."""
        provider = provider_adjusted(payment)
        expected = self.claims_paid - provider
        total = paid_total(payment)
        if expected == total:
            return []
        return [
            _finding(
                PAYMENT,
                f"payment {payment.trace_number}: its claims pay {_say(self.claims_paid)}, less "
                f"provider adjustments {_say(provider)} that is {_say(expected)}, but the payment is for "
                f"{_say(total)}",
                total,
                expected,
                segment_id="BPR",
                element=2,
                segment_position=2,
            )
        ]


def _adds_up(claim: ClaimPayment) -> bool:
    """Whether every sum of a claim holds, without telling which doesn't."""
    charge, paid = claim.charge or ZERO, claim.paid or ZERO
    lines_charge = lines_paid = ZERO
    for line in claim.service_payments:
        line_charge, line_paid = line.charge or ZERO, line.paid or ZERO
        lines_charge += line_charge
        lines_paid += line_paid
        for group in line.adjustment_groups:
            for each in group.adjustments:
                line_charge -= each.amount or ZERO
        if line_charge != line_paid:
            return False
    if claim.service_payments:
        if lines_charge != charge:
            return False
        charge = lines_paid  # what its lines' adjustments left of it
    for group in claim.adjustment_groups:
        for each in group.adjustments:
            charge -= each.amount or ZERO
    return charge == paid


def balance(payment: Payment) -> list[Finding]:
    """Check an 835 payment to the cent: lines, claims, then the payment itself (X221A1 1.10.2.1).

    Returns one finding for each sum that doesn't hold, most detailed first, with both sides of it and
    the difference; an empty list means balanced. Amounts are Decimals in dollars. Never raises on data.
    """
    check = Balance()
    findings: list[Finding] = []
    for header in payment.headers:
        for claim in header.claims:
            findings += check.claim(claim)
    return findings + check.finish(payment)


def _finding(
    code: str,
    message: str,
    said: Decimal,
    adds_up_to: Decimal,
    *,
    segment_id: str,
    element: int,
    loop: str = "",
    segment_position: int = 0,
) -> Finding:
    return Finding(
        code=code,
        message=f"{message}: a difference of {_say(said - adds_up_to)}",
        severity=Severity.ERROR,
        level=3,
        segment_id=segment_id,
        segment_position=segment_position,
        loop=loop,
        element=element,
        value=money.to_x12(said),
        expected=money.to_x12(adds_up_to),
    )


def _say(amount: Decimal) -> str:
    """Two decimals, or more where a sender wrote more: a difference must not be rounded away."""
    return money.to_text(amount) if amount == amount.quantize(Decimal("0.01")) else f"{amount:,f}"


def _code(line: ServicePayment) -> str:
    return line.procedure or line.revenue_code or "no procedure"
