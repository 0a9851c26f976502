"""What the edits' tests vary: clean claims of each kind, and one change. No assertion here."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any, NamedTuple

from edigate.claims import model as m
from tests.claims.made_up import CHILD, CLINIC, DOCTOR, SUBSCRIBER, base_claim, changed, for_child, line

JUNE = date(2026, 6, 15)
TOMORROW = date(2026, 7, 2)
LONG = "X" * 100


class Case(NamedTuple):
    code: str
    field: str
    claim: m.Claim


def with_lines(*lines: m.ServiceLine, **changes: object) -> m.Claim:
    total = sum((each.charge or Decimal(0) for each in lines), Decimal(0))
    return base_claim(**{"service_lines": list(lines), "total_charge": total} | changes)


def billing(**changes: object) -> m.Claim:
    return base_claim(billing_provider=changed(CLINIC, **changes))


def billing_address(**changes: object) -> m.Claim:
    return billing(address=changed(CLINIC.address, **changes))


def subscriber(**changes: object) -> m.Claim:
    return base_claim(subscriber=changed(SUBSCRIBER, **changes))


def child(**changes: object) -> m.Claim:
    return for_child(patient=changed(CHILD, **changes))


def diagnosed(*codes: str, qualifier: str = "AB") -> m.Claim:
    found = [m.Diagnosis(code=code, qualifier=qualifier + ("F" if n else "K")) for n, code in enumerate(codes)]
    return with_lines(line(), diagnoses=found)


def adjusted(*amounts: str, group: str = "PR") -> list[m.AdjustmentGroup]:
    return [m.AdjustmentGroup(group=group, adjustments=[m.Adjustment(reason="2", amount=Decimal(a)) for a in amounts])]


def paid_before(paid: str, *adjustments: str, **changes: object) -> m.OtherSubscriber:
    other = m.OtherSubscriber(
        responsibility="P",
        payer_id="FIRST",
        paid_amount=Decimal(paid),
        adjustment_groups=adjusted(*adjustments) if adjustments else [],
    )
    return changed(other, **changes)  # type: ignore[no-any-return]  # a record of the same type


def secondary(*others: m.OtherSubscriber, **changes: object) -> m.Claim:
    return base_claim(
        **{"subscriber": changed(SUBSCRIBER, responsibility="S"), "other_subscribers": list(others)} | changes
    )


def adjudicated(paid: str, *adjustments: str, payer_id: str = "FIRST") -> m.ServiceLine:
    answer = m.LineAdjudication(
        payer_id=payer_id,
        paid_amount=Decimal(paid),
        adjustment_groups=adjusted(*adjustments) if adjustments else [],
    )
    return line(adjudications=[answer])


PLACE = m.Address(line1="9 QUARRY WAY", city="FENWICK", state="OH", postal_code="430010009")
TRANSPORT = line(procedure="A0429")
DRUG = line(procedure="J1885", national_drug_code="00409379501", drug_quantity=Decimal(1), drug_unit="ML")
CONTACT = m.Contact(name="DESK", phone="5555550100")
SURGEON = changed(DOCTOR, last_name="FERNLEY", npi="1234567893")


def for_payer(filing_indicator: str, *lines: m.ServiceLine, **changes: object) -> m.Claim:
    """A professional claim to Medicare (MB), Medicaid (MC) ..."""
    member = {"member_id": "1EG4TE5MK72"} if filing_indicator in ("MA", "MB") else {}
    insured = changed(SUBSCRIBER, filing_indicator=filing_indicator, **member)
    return with_lines(*(lines or (line(),)), **{"subscriber": insured} | changes)


def room(**changes: Any) -> m.ServiceLine:
    """Two days in a room."""
    days = m.ServiceLine(revenue_code="0120", charge=Decimal("1800.00"), unit="DA", units=Decimal(2))
    return changed(days, **changes)  # type: ignore[no-any-return]  # a record of the same type


def bill(*lines: m.ServiceLine, **changes: object) -> m.Claim:
    """An inpatient stay from June 10th to 12th, 111, discharged home."""
    some = lines or (room(), m.ServiceLine(revenue_code="0250", charge=Decimal("96.40"), units=Decimal(8)))
    stay = base_claim(
        kind="institutional", place_of_service="", facility_type="11", frequency_code="1", rendering_provider=None,
        admission_type="3", admission_source="1", patient_status="01",
        statement_from=date(2026, 6, 10), statement_to=date(2026, 6, 12), admission_date=date(2026, 6, 10),
        admission_hour=time(9), discharge_hour=time(11),
        diagnoses=[m.Diagnosis(code="K3580", qualifier="ABK", present_on_admission="Y")],
        admitting_diagnosis=m.Diagnosis(code="R1031", qualifier="ABJ"),
        attending_provider=DOCTOR, service_lines=list(some),
        total_charge=sum((each.charge or Decimal(0) for each in some), Decimal(0)),
    )  # fmt: skip
    return changed(stay, **changes)  # type: ignore[no-any-return]  # a record of the same type


def lab(**changes: Any) -> m.ServiceLine:
    """A laboratory test of an outpatient."""
    of_day = m.ServiceLine(
        revenue_code="0300", procedure="80053", charge=Decimal("64.00"), units=Decimal(1), service_date=JUNE
    )
    return changed(of_day, **changes)  # type: ignore[no-any-return]  # a record of the same type


def outpatient(*lines: m.ServiceLine, **changes: object) -> m.Claim:
    """An outpatient visit of a day, 131."""
    visit: dict[str, object] = {
        "facility_type": "13", "statement_from": JUNE, "statement_to": JUNE, "admission_date": None,
        "admission_hour": None, "discharge_hour": None, "admitting_diagnosis": None, "admission_type": "9",
        "diagnoses": [m.Diagnosis(code="J0190", qualifier="ABK")],
    }  # fmt: skip
    return bill(*(lines or (lab(),)), **visit | changes)


def pcs(code: str = "0DTJ4ZZ", qualifier: str = "BBR", day: date | None = date(2026, 6, 11)) -> m.Procedure:
    """An appendix removed."""
    return m.Procedure(code=code, qualifier=qualifier, date=day)


def filling(**changes: Any) -> m.ServiceLine:
    """Two surfaces of tooth 14."""
    done = m.ServiceLine(
        procedure_qualifier="AD", procedure="D2150", charge=Decimal("185.00"), service_date=JUNE,
        teeth=[m.Tooth(code="14", surfaces=["M", "O"])],
    )  # fmt: skip
    return changed(done, **changes)  # type: ignore[no-any-return]  # a record of the same type


def dental(*lines: m.ServiceLine, **changes: object) -> m.Claim:
    some = lines or (filling(),)
    claim = base_claim(
        kind="dental", diagnoses=[], service_lines=list(some),
        total_charge=sum((each.charge or Decimal(0) for each in some), Decimal(0)),
    )  # fmt: skip
    return changed(claim, **changes)  # type: ignore[no-any-return]  # a record of the same type
