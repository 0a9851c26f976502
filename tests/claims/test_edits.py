"""Edits: what a payer would reject after, found before. A clean claim, one change, the finding expected."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.claims import edits
from edigate.claims import model as m
from edigate.claims.edits import RULES, edit, level5_sets
from edigate.claims.edits.level5_parties import npi_check_digit
from edigate.claims.edits.rule import LETTERS
from edigate.findings import Finding, Severity, has_errors
from tests.claims.made_up import (
    CHILD,
    CLINIC,
    DOCTOR,
    PAYER,
    SUBSCRIBER,
    TODAY,
    base_claim,
    changed,
    for_child,
    line,
)

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

# Every code, with the field it is told at. A claim may have other findings too.
FAILS = [
    # --- level 3
    Case("CHARGE-SUM", "total_charge", base_claim(total_charge=Decimal("145.51"))),
    Case("AMOUNT-CENTS", "service_lines[0].charge", with_lines(line(charge=Decimal("10.005")))),
    Case("AMOUNT-CENTS", "service_lines[0].sales_tax", with_lines(line(sales_tax=Decimal("0.001")))),
    Case("AMOUNT-NEGATIVE", "service_lines[0].charge", with_lines(line(charge=Decimal(-10)))),
    Case("AMOUNT-NEGATIVE", "patient_amount_paid", base_claim(patient_amount_paid=Decimal(-1))),
    Case("AMOUNT-SIZE", "total_charge", with_lines(line(charge=Decimal(100_000_000)))),
    Case("AMOUNT-SIZE", "patient_amount_paid", base_claim(patient_amount_paid=Decimal("Infinity"))),
    Case("COB-SUM", "other_subscribers[0].paid_amount", secondary(paid_before("100", "45.49"))),
    Case(
        "COB-SUM",
        "other_subscribers[0].paid_amount",
        with_lines(adjudicated("100", "20"), other_subscribers=[paid_before("99")]),
    ),
    Case("COB-LINE-SUM", "service_lines[0].charge", with_lines(adjudicated("100", "19.99"))),
    # --- level 4
    Case("REQUIRED", "patient_control_number", base_claim(patient_control_number="")),
    Case("REQUIRED", "total_charge", base_claim(total_charge=None)),
    Case("REQUIRED", "place_of_service", base_claim(place_of_service="")),
    Case("REQUIRED", "frequency_code", base_claim(frequency_code="")),
    Case("REQUIRED", "diagnoses", base_claim(diagnoses=[])),
    Case("REQUIRED", "service_lines", base_claim(service_lines=[])),
    Case("REQUIRED", "billing_provider.last_name", billing(last_name="")),
    Case("REQUIRED", "billing_provider.npi", base_claim(billing_provider=None)),
    Case("REQUIRED", "billing_provider.tax_id", billing(tax_id="")),
    Case("REQUIRED", "billing_provider.address.line1", billing(address=None)),
    Case("REQUIRED", "billing_provider.address.city", billing_address(city="")),
    Case("REQUIRED", "subscriber.last_name", base_claim(subscriber=None)),
    Case("REQUIRED", "subscriber.member_id", subscriber(member_id="")),
    Case("REQUIRED", "payer.name", base_claim(payer=None)),
    Case("REQUIRED", "payer.payer_id", base_claim(payer=changed(PAYER, payer_id=""))),
    Case("REQUIRED", "service_lines[0].procedure", with_lines(line(procedure=""))),
    Case("REQUIRED", "service_lines[0].charge", with_lines(line(charge=None))),
    Case("REQUIRED", "service_lines[0].service_date", with_lines(line(service_date=None))),
    Case("REQUIRED", "service_lines[0].diagnosis_pointers", with_lines(line(diagnosis_pointers=[]))),
    Case("REQUIRED", "subscriber.birth_date", subscriber(birth_date=None)),
    Case("REQUIRED", "subscriber.sex", subscriber(sex="")),
    Case("REQUIRED", "patient.birth_date", child(birth_date=None)),
    Case("REQUIRED", "patient.relationship", child(relationship="")),
    Case("REQUIRED", "patient.address", child(address=None)),
    Case("UNITS", "service_lines[0].units", with_lines(line(units=None))),
    Case("UNITS", "service_lines[0].units", with_lines(line(units=Decimal(0)))),
    Case("PATIENT-MISSING", "subscriber.relationship", subscriber(relationship="")),
    Case("PATIENT-TWICE", "subscriber.relationship", base_claim(patient=CHILD)),
    Case("SUBSCRIBER-ADDRESS", "subscriber.address", subscriber(address=None)),
    Case("REPLACEMENT-NUMBER", "payer_claim_control_number", base_claim(frequency_code="7")),
    Case("REPLACEMENT-NUMBER", "payer_claim_control_number", base_claim(frequency_code="8")),
    Case("ORIGINAL-NUMBER", "payer_claim_control_number", base_claim(payer_claim_control_number="ICN1")),
    Case("ACCIDENT-DATE", "accident_date", base_claim(related_causes=["OA"])),
    Case("ACCIDENT-STATE", "auto_accident_state", base_claim(related_causes=["AA"], accident_date=JUNE)),
    Case("ACCIDENT-CAUSE", "related_causes", base_claim(accident_date=JUNE)),
    Case("POINTER", "service_lines[0].diagnosis_pointers", with_lines(line(diagnosis_pointers=[3]))),
    Case("POINTER", "service_lines[0].diagnosis_pointers", with_lines(line(diagnosis_pointers=[0]))),
    Case("POINTER", "service_lines[0].diagnosis_pointers", with_lines(line(diagnosis_pointers=[1, 1]))),
    Case("COUNT", "diagnoses", diagnosed(*(f"R{n:02}0" for n in range(13)))),
    Case("COUNT", "service_lines", with_lines(*(line(units=Decimal(n + 1)) for n in range(51)))),
    Case("COUNT", "service_lines[0].modifiers", with_lines(line(modifiers=["25", "59", "LT", "RT", "50"]))),
    Case("COUNT", "service_lines[0].diagnosis_pointers", with_lines(line(diagnosis_pointers=[1, 2, 1, 2, 1]))),
    Case("COUNT", "related_causes", base_claim(related_causes=["EM", "EM", "EM"])),
    Case("COUNT", "other_subscribers", secondary(*[paid_before("0", responsibility="U")] * 11)),
    Case("DATE-FUTURE", "service_lines[0].service_date", with_lines(line(service_date=TOMORROW))),
    Case("DATE-FUTURE", "service_lines[0].service_date", with_lines(line(service_date_end=TOMORROW))),
    Case("DATE-FUTURE", "subscriber.birth_date", subscriber(birth_date=TOMORROW)),
    Case("DATE-FUTURE", "subscriber.death_date", subscriber(death_date=TOMORROW)),
    Case("DATE-ORDER", "service_lines[0].service_date_end", with_lines(line(service_date_end=date(2026, 6, 14)))),
    Case("DATE-ORDER", "service_lines[0].service_date", child(birth_date=date(2026, 6, 16))),
    Case("DATE-ORDER", "subscriber.death_date", subscriber(death_date=date(1984, 3, 8))),
    Case("DATE-ORDER", "discharge_date", base_claim(admission_date=JUNE, discharge_date=date(2026, 6, 14))),
    Case(
        "DATE-ORDER",
        "disability_period_end",
        base_claim(disability_period_start=JUNE, disability_period_end=date(2026, 6, 14)),
    ),
    Case("AFTER-DEATH", "service_lines[0].service_date", subscriber(death_date=date(2026, 6, 14))),
    Case("DATE-SPAN", "service_lines[0].service_date_end",
         with_lines(line(service_date=date(2025, 1, 1), service_date_end=JUNE))),
    Case("DATE-OLD", "service_lines[0].service_date", subscriber(birth_date=date(1884, 3, 9))),
    Case("DISABILITY", "disability_end", base_claim(disability_start=JUNE, disability_end=JUNE)),
    Case("DISABILITY", "disability_period_end", base_claim(disability_period_start=JUNE)),
    Case("LINE-NUMBER-TWICE", "service_lines[1].line_item_control_number",
         with_lines(line(), line(procedure="87880"))),
    Case("LINE-TWICE", "service_lines[1].procedure", with_lines(line(), line(line_item_control_number="L2"))),
    Case("NDC-QUANTITY", "service_lines[0].drug_quantity", with_lines(changed(DRUG, drug_quantity=None))),
    Case("NDC-QUANTITY", "service_lines[0].drug_quantity", with_lines(changed(DRUG, drug_unit=""))),
    Case("NDC-MISSING", "service_lines[0].national_drug_code", with_lines(changed(DRUG, national_drug_code=""))),
    Case("AMBULANCE", "service_lines[0].ambulance", with_lines(TRANSPORT)),
    Case("AMBULANCE-PLACES", "service_lines[0].ambulance_pick_up", with_lines(TRANSPORT, ambulance_pick_up=PLACE)),
    Case("COB-ORDER", "other_subscribers[0].responsibility", secondary(paid_before("0", responsibility="S"))),
    Case("COB-ORDER", "other_subscribers[1].responsibility", secondary(paid_before("0"), paid_before("0"))),
    Case("COB-MISSING", "other_subscribers", secondary()),
    Case(
        "COB-PAYER",
        "service_lines[0].adjudications[0].payer_id",
        with_lines(adjudicated("120", payer_id="OTHER"), other_subscribers=[paid_before("120")]),
    ),
    # --- level 5
    Case("NPI", "billing_provider.npi", billing(npi="123456789")),
    Case("NPI", "billing_provider.npi", billing(npi="1234567890")),
    Case("NPI", "rendering_provider.npi", base_claim(rendering_provider=changed(DOCTOR, npi="12345678AB"))),
    Case("NPI", "service_lines[0].ordering_provider.npi", with_lines(line(ordering_provider=changed(DOCTOR, npi="1")))),
    Case("TAXONOMY", "billing_provider.taxonomy", billing(taxonomy="207Q00000")),
    Case("TAX-ID", "billing_provider.tax_id", billing(tax_id="31123456")),
    Case("TAX-ID-HYPHEN", "billing_provider.tax_id", billing(tax_id="31-1234567")),
    Case("TAX-ID-HYPHEN", "billing_provider.tax_id", billing(tax_id="311-23-4567", tax_id_type="SY")),
    Case("PROVIDER-NAME", "rendering_provider.last_name", base_claim(rendering_provider=changed(DOCTOR, last_name=""))),
    Case("PROVIDER-TYPE", "billing_provider.entity_type", billing(entity_type="")),
    Case("PROVIDER-TYPE", "billing_provider.entity_type", billing(entity_type="3")),
    Case("FIRST-NAME", "rendering_provider.first_name", base_claim(rendering_provider=changed(DOCTOR, first_name=""))),
    Case("FIRST-NAME", "subscriber.first_name", subscriber(first_name="")),
    Case("FIRST-NAME", "patient.first_name", child(first_name="")),
    Case("CONTACT", "billing_provider.contacts[0].email",
         billing(contacts=[changed(CONTACT, extension="1", fax="5555550101", email="DESK@EXAMPLE.COM")])),
    Case("CONTACT", "billing_provider.contacts[0].phone", billing(contacts=[m.Contact(name="DESK")])),
    Case("PHONE", "billing_provider.contacts[0].phone", billing(contacts=[m.Contact(phone="555-555-0100")])),
    Case("COUNTRY", "billing_provider.address.country", billing_address(country="USA")),
    Case("STATE", "billing_provider.address.state", billing_address(state="XX")),
    Case("STATE", "subscriber.address.state", subscriber(address=changed(PLACE, state=""))),
    Case("STATE", "ambulance_pick_up.state", base_claim(ambulance_pick_up=changed(PLACE, state="XX"))),
    Case("ZIP", "subscriber.address.postal_code", subscriber(address=changed(PLACE, postal_code="4300"))),
    Case("ZIP", "subscriber.address.postal_code", subscriber(address=changed(PLACE, postal_code=""))),
    Case("ZIP", "pay_to_address.postal_code", base_claim(pay_to_address=changed(PLACE, postal_code="43001-0009"))),
    Case("ZIP9", "billing_provider.address.postal_code", billing_address(postal_code="43001")),
    Case("ZIP9", "billing_provider.address.postal_code", billing_address(postal_code="43001", country="US")),
    Case("PO-BOX", "billing_provider.address.line1", billing_address(line1="PO BOX 12")),
    Case("PO-BOX", "billing_provider.address.line1", billing_address(line1="P.O. Box 12")),
    Case("POS", "place_of_service", base_claim(place_of_service="00")),
    Case("POS", "service_lines[0].place_of_service", with_lines(line(place_of_service="1"))),
    Case("CODE", "frequency_code", base_claim(frequency_code="2")),
    Case("CODE", "benefits_assignment", base_claim(benefits_assignment="T")),
    Case("CODE", "delay_reason", base_claim(delay_reason="12")),
    Case("CODE", "related_causes[0]", base_claim(related_causes=["AP"], accident_date=JUNE)),
    Case("CODE", "subscriber.responsibility", subscriber(responsibility="1")),
    Case("CODE", "subscriber.relationship", subscriber(relationship="01")),
    Case("CODE", "subscriber.filing_indicator", subscriber(filing_indicator="99")),
    Case("CODE", "subscriber.sex", subscriber(sex="X")),
    Case("CODE", "patient.relationship", child(relationship="18")),
    Case("CODE", "patient.sex", child(sex="male")),
    Case("CODE", "service_lines[0].emergency", with_lines(line(emergency="N"))),
    Case("CODE", "service_lines[0].unit", with_lines(line(unit="EA"))),
    Case("CODE", "service_lines[0].drug_unit", with_lines(changed(DRUG, drug_unit="MG"))),
    Case("CODE", "other_subscribers[0].adjustment_groups[0].group",
         secondary(paid_before("100", adjustment_groups=adjusted("45.50", group="XX")))),
    Case("CODE", "other_subscribers[0].responsibility", secondary(paid_before("0", responsibility="9"))),
    Case("ICD", "diagnoses[0].code", diagnosed("J01.90")),
    Case("ICD", "diagnoses[1].code", diagnosed("J0190", "9")),
    Case("ICD", "diagnoses[0].code", diagnosed("J0190", qualifier="B")),
    Case("ICD-VERSION", "diagnoses[0].code", base_claim(diagnoses=[m.Diagnosis(code="4619", qualifier="BK")])),
    Case("ICD-VERSION", "diagnoses[0].code", with_lines(line(service_date=date(2015, 9, 30)))),
    Case("ICD-QUALIFIER", "diagnoses[0].code", base_claim(diagnoses=[m.Diagnosis(code="J0190", qualifier="ABF")])),
    Case("ICD-TWICE", "diagnoses[1].code", diagnosed("J0190", "J0190")),
    Case("HCPCS", "service_lines[0].procedure", with_lines(line(procedure="9921"))),
    Case("HCPCS", "service_lines[0].procedure", with_lines(line(procedure="99213-25"))),
    Case("MODIFIER", "service_lines[0].modifiers", with_lines(line(modifiers=["25", "5"]))),
    Case("NDC", "service_lines[0].national_drug_code", with_lines(changed(DRUG, national_drug_code="0409-3795-01"))),
    Case("CLIA", "clia_number", base_claim(clia_number="36D012345")),
    Case("CLIA", "service_lines[0].referring_clia_number", with_lines(line(referring_clia_number="36X0123456"))),
    Case("PCN-LENGTH", "patient_control_number", base_claim(patient_control_number="X" * 21)),
    Case("LENGTH", "patient_control_number", base_claim(patient_control_number="X" * 39)),
    Case("LENGTH", "service_lines[0].line_item_control_number", with_lines(line(line_item_control_number="X" * 31))),
    Case("LENGTH", "subscriber.member_id", subscriber(member_id=LONG)),
    Case("LENGTH", "subscriber.group_number", subscriber(group_number=LONG)),
    Case("LENGTH", "billing_provider.address.city", billing_address(city=LONG)),
    Case("LENGTH", "service_lines[0].notes[0].text",
         with_lines(line(notes=[m.Note(qualifier="ADD", text=LONG)]))),
    Case("CHARACTER", "subscriber.last_name", subscriber(last_name="MUÑOZ")),
    Case("CHARACTER", "notes[0].text", base_claim(notes=[m.Note(qualifier="ADD", text="TAB\tHERE")])),
    Case("CHARACTER", "other_subscribers[0].payer_name", secondary(paid_before("0", payer_name="CAFÉ"))),
    Case("BLANK", "subscriber.member_id", subscriber(member_id="MB1 ")),
]  # fmt: skip

# The other side of each rule: a claim that looks as if, and is right.
PASSES: list[tuple[str, m.Claim]] = [
    ("CHARGE-SUM", with_lines(line(charge=Decimal("0.10")), line(charge=Decimal("0.20"), units=Decimal(2),
                              line_item_control_number=""))),
    ("AMOUNT-CENTS", with_lines(line(charge=Decimal("10.500")))),
    ("AMOUNT-NEGATIVE", with_lines(line(charge=Decimal(0)))),
    ("AMOUNT-NEGATIVE", secondary(paid_before("150", "-4.50"))),
    ("AMOUNT-SIZE", with_lines(line(charge=Decimal("99999999.99")))),
    ("COB-SUM", secondary(paid_before("100", "40", "5.50"))),
    ("COB-SUM", secondary(paid_before("100"))),  # nothing said of the rest
    ("COB-SUM", with_lines(adjudicated("100", "20"), other_subscribers=[paid_before("100")])),
    ("COB-LINE-SUM", with_lines(adjudicated("100", "15", "5"), other_subscribers=[paid_before("100")])),
    ("COB-LINE-SUM", with_lines(  # one line answered by two
        line(adjudications=[m.LineAdjudication(payer_id="FIRST", paid_amount=Decimal(n)) for n in (70, 50)]),
        other_subscribers=[paid_before("120")])),
    ("REQUIRED", for_child(subscriber=changed(SUBSCRIBER, relationship="", birth_date=None, sex=""))),
    ("UNITS", with_lines(line(units=Decimal("0.5")))),
    ("PATIENT-MISSING", for_child()),
    ("PATIENT-TWICE", for_child()),
    ("SUBSCRIBER-ADDRESS", for_child(subscriber=changed(SUBSCRIBER, relationship="", address=None))),
    ("REPLACEMENT-NUMBER", base_claim(frequency_code="7", payer_claim_control_number="ICN1")),
    ("ORIGINAL-NUMBER", base_claim(frequency_code="8", payer_claim_control_number="ICN1")),
    ("ACCIDENT-DATE", base_claim(related_causes=["EM"])),
    ("ACCIDENT-STATE", base_claim(related_causes=["AA"], accident_date=JUNE, auto_accident_country="CA")),
    ("ACCIDENT-CAUSE", base_claim(related_causes=["OA"], accident_date=JUNE)),
    ("POINTER", with_lines(line(diagnosis_pointers=[2, 1]))),
    ("COUNT", diagnosed(*(f"R{n:02}0" for n in range(12)))),
    ("COUNT", with_lines(*(line(units=Decimal(n + 1), line_item_control_number="") for n in range(50)))),
    ("DATE-FUTURE", with_lines(line(service_date=TODAY))),
    ("DATE-ORDER", child(birth_date=JUNE)),  # a newborn
    ("DATE-ORDER", base_claim(admission_date=JUNE, discharge_date=JUNE)),
    ("AFTER-DEATH", subscriber(death_date=JUNE)),
    ("DATE-SPAN", with_lines(line(service_date=date(2025, 6, 16), service_date_end=JUNE))),
    ("DATE-OLD", subscriber(birth_date=date(1915, 1, 1))),
    ("DISABILITY", base_claim(disability_period_start=JUNE, disability_period_end=JUNE)),
    ("DISABILITY", base_claim(disability_start=JUNE)),
    ("LINE-NUMBER-TWICE", with_lines(line(line_item_control_number=""), line(line_item_control_number="",
                                     procedure="87880"))),
    ("LINE-TWICE", with_lines(line(), line(line_item_control_number="L2", modifiers=["76"]))),
    ("NDC-QUANTITY", with_lines(DRUG)),
    ("NDC-MISSING", with_lines(DRUG)),
    ("AMBULANCE", with_lines(changed(TRANSPORT, ambulance=m.AmbulanceTransport(reason="A")))),
    ("AMBULANCE", with_lines(line(procedure="A0382"))),  # a supply
    ("AMBULANCE-PLACES", with_lines(TRANSPORT, ambulance_pick_up=PLACE, ambulance_drop_off=PLACE)),
    ("AMBULANCE-PLACES", with_lines(changed(TRANSPORT, ambulance_pick_up=PLACE, ambulance_drop_off=PLACE))),
    ("COB-ORDER", secondary(paid_before("0"), paid_before("0", responsibility="T"))),
    ("COB-ORDER", secondary(paid_before("0", responsibility="U"), paid_before("0", responsibility="U"))),
    ("COB-MISSING", secondary(paid_before("0"))),
    ("COB-PAYER", with_lines(adjudicated("120"), other_subscribers=[paid_before("120")])),
    ("NPI", base_claim(rendering_provider=changed(DOCTOR, npi=""))),
    ("TAXONOMY", billing(taxonomy="")),
    ("TAX-ID", billing(tax_id="000000001")),
    ("TAX-ID-HYPHEN", base_claim()),
    ("PROVIDER-NAME", with_lines(line(purchased_service_provider=m.Provider(entity_type="2", npi="1234567893")))),
    ("PROVIDER-TYPE", billing(entity_type="1", first_name="TAMSIN")),
    ("FIRST-NAME", for_child(subscriber=changed(SUBSCRIBER, relationship="", entity_type="2", first_name=""))),
    ("CONTACT", billing(contacts=[changed(CONTACT, extension="1", email="DESK@EXAMPLE.COM")])),
    ("PHONE", billing(contacts=[CONTACT])),
    ("COUNTRY", billing_address(country="CA", state="ON", postal_code="K1A 0B1")),
    ("STATE", billing_address(country="CA", state="ON", postal_code="K1A 0B1")),
    ("STATE", billing_address(state="PR")),
    ("ZIP", subscriber(address=changed(PLACE, postal_code="43001"))),
    ("ZIP9", base_claim(pay_to_address=changed(PLACE, postal_code="43001"))),
    ("PO-BOX", base_claim(pay_to_address=changed(PLACE, line1="PO BOX 12"))),
    ("PO-BOX", billing_address(line1="12 BOX ELDER LANE")),
    ("POS", base_claim(place_of_service="10")),
    ("CODE", base_claim(delay_reason="15", special_program="09", patient_signature_source="P")),
    ("ICD", diagnosed("U071", "C7A00", "Z3A10", "W5601XA", "Y92009")),
    ("ICD-VERSION", with_lines(line(service_date=date(2015, 9, 30)),
                               diagnoses=[m.Diagnosis(code="4619", qualifier="BK")])),
    ("ICD-QUALIFIER", diagnosed("J0190", "R509")),
    ("ICD-TWICE", diagnosed("J0190", "R509")),
    ("HCPCS", with_lines(line(procedure="0001F"))),
    ("HCPCS", with_lines(line(procedure="0042T"))),
    ("HCPCS", with_lines(line(procedure="J7999"))),
    ("HCPCS", with_lines(line(procedure="ABCDE", procedure_qualifier="ER"))),
    ("MODIFIER", with_lines(line(modifiers=["25", "LT", "X1", "1P"]))),
    ("NDC", with_lines(changed(DRUG, national_drug_code="A-PRODUCT", drug_qualifier="UP"))),
    ("CLIA", base_claim(clia_number="36D0123456")),
    ("PCN-LENGTH", base_claim(patient_control_number="X" * 20)),
    ("LENGTH", with_lines(line(line_item_control_number="X" * 30))),
    ("CHARACTER", subscriber(last_name="O'HARA-SMITH & CO. (#1)")),
    ("BLANK", subscriber(last_name="VAN DER BERG")),
]  # fmt: skip


def found(claim: m.Claim) -> list[Finding]:
    return edit(claim, TODAY)


def texts(claim: m.Claim) -> list[Finding]:
    return [each for each in found(claim) if each.code in ("LENGTH", "CHARACTER", "BLANK")]


def codes(findings: list[Finding]) -> set[str]:
    return {each.code for each in findings}


@pytest.mark.parametrize("claim", [base_claim(), for_child()], ids=["subscriber", "child"])
def test_a_clean_claim_has_no_finding(claim: m.Claim) -> None:
    assert found(claim) == []


@pytest.mark.parametrize("case", FAILS, ids=lambda case: f"{case.code} {case.field}")
def test_what_is_wrong_is_found_at_its_field(case: Case) -> None:
    assert (case.code, case.field) in {(each.code, each.field) for each in found(case.claim)}


@pytest.mark.parametrize(("code", "claim"), PASSES, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_right_is_left_alone(code: str, claim: m.Claim) -> None:
    assert code not in codes(found(claim))


def test_an_empty_claim_has_findings_and_no_traceback() -> None:
    assert "REQUIRED" in codes(found(m.Claim()))
    nothing = m.Claim(
        billing_provider=m.Provider(), subscriber=m.Subscriber(), payer=m.Payer(), patient=m.Patient(),
        service_lines=[m.ServiceLine(adjudications=[m.LineAdjudication()])], diagnoses=[m.Diagnosis()],
        other_subscribers=[m.OtherSubscriber()], pay_to_address=m.Address(),
    )  # fmt: skip
    assert "REQUIRED" in codes(found(nothing))


def test_warnings_never_keep_a_claim_from_being_sent_and_errors_do() -> None:
    assert RULES["SUBSCRIBER-ADDRESS"].severity is Severity.WARNING
    assert has_errors(found(base_claim(total_charge=Decimal(1))))
    assert not has_errors(found(subscriber(address=None)))


def test_a_finding_is_what_the_registry_says_and_for_its_kinds_only() -> None:
    for case in FAILS:
        for each in found(case.claim):
            rule = RULES[each.code]
            assert (each.severity, each.level) == (rule.severity, rule.level)
            assert LETTERS[case.claim.kind] in rule.kinds, f"{each.code} of {case.code}"


def test_no_message_names_the_patient() -> None:
    names = ("OAKHURST", "PELLA", "ROBIN", "MB0012345", "HEDGE END", "MUÑOZ")
    for case in FAILS:
        for each in found(case.claim):
            assert not [name for name in names if name in each.message], case


@pytest.mark.parametrize(("npi", "right"), [("1234567893", True), ("1999999984", True), ("1234567890", False)])
def test_the_check_digit_of_an_npi(npi: str, right: bool) -> None:
    """1234567893 is the example of CMS's own page on the check digit."""
    assert npi_check_digit(npi) is right


@pytest.mark.parametrize("position", range(10))
def test_one_wrong_digit_of_an_npi_is_always_found(position: int) -> None:
    npi = "1234567893"
    for digit in "0123456789":
        other = npi[:position] + digit + npi[position + 1 :]
        assert npi_check_digit(other) is (other == npi)


# --- every code has a test, both ways, and a row in the documentation: the registry is the truth

DOCS = Path(__file__).resolve().parents[2] / "docs" / "edits.md"


def test_every_code_fails_in_one_test_and_passes_in_another() -> None:
    here = set(RULES) - {rule.code for rule in level5_sets.LEVEL.rules}  # those have tests/claims/test_edits_sets.py
    assert {case.code for case in FAILS} == here
    assert {code for code, _ in PASSES} == here


def test_no_two_edits_share_a_code() -> None:
    rules = [rule for topic in edits._TOPICS for rule in topic.LEVEL.rules]
    assert sorted(rule.code for rule in rules) == sorted(RULES)


def test_texts_are_looked_at_wherever_they_stand_and_however_many() -> None:
    long = [m.ServiceLine(procedure="99213", prior_authorizations=["SHORT", "X" * 51], referral_numbers=["X" * 50])]
    assert [(each.code, each.field) for each in texts(base_claim(service_lines=long))] == [
        ("LENGTH", "service_lines[0].prior_authorizations[1]")
    ]
    quoted = base_claim(notes=[m.Note(qualifier="ADD", text='SAID "FINE" \\ LEFT')])
    assert texts(quoted) == []
    odd = base_claim(notes=[m.Note(text="\x7f"), m.Note(text=" A")])
    assert codes(texts(odd)) == {"CHARACTER", "BLANK"}


@given(st.text(max_size=90))
def test_no_text_that_x12_cannot_carry_goes_unnoticed(value: str) -> None:
    seen = codes(texts(subscriber(last_name=value)))
    assert ("LENGTH" in seen) is (len(value) > 60)
    assert ("CHARACTER" in seen) is bool(re.search("[^ -~]", value))
