"""Edits of institutional claims: each code by a claim that breaks it and one that doesn't. No test here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edigate.claims import model as m
from tests.claims.edit_samples import (
    JUNE,
    SURGEON,
    Case,
    bill,
    lab,
    outpatient,
    pcs,
    room,
)  # fmt: skip
from tests.claims.made_up import CLINIC, SUBSCRIBER, changed

MEDICARE = changed(SUBSCRIBER, filing_indicator="MA", member_id="1EG4TE5MK72")
DAY = date(2026, 6, 11)
NEXT_MONTH = date(2026, 7, 14)


def value(code: str, amount: str | None = "100") -> m.ValueCode:
    return m.ValueCode(code=code, amount=Decimal(amount) if amount is not None else None)


def condition(*codes: str) -> list[m.Diagnosis]:
    return [m.Diagnosis(code=code, qualifier="BG") for code in codes]


def span(start: date | None, end: date | None) -> m.OccurrenceSpan:
    return m.OccurrenceSpan(code="74", start=start, end=end)


def poa(code: str, said: str) -> m.Claim:
    return bill(diagnoses=[m.Diagnosis(code=code, qualifier="ABK", present_on_admission=said)])


def of_two_days(*lines: m.ServiceLine, **changes: object) -> m.Claim:
    return outpatient(*lines, statement_from=JUNE, statement_to=date(2026, 6, 16), **changes)


def to_medicare(claim: m.Claim, **changes: object) -> m.Claim:
    return changed(claim, **{"subscriber": MEDICARE} | changes)  # type: ignore[no-any-return]  # a record of the same type


FAILS = [
    Case("NON-COVERED", "service_lines[0].non_covered_charge", bill(room(non_covered_charge=Decimal("1800.01")))),
    Case("REQUIRED", "facility_type", bill(facility_type="")),
    Case("REQUIRED", "statement_from", bill(statement_from=None, statement_to=None)),
    Case("REQUIRED", "admission_type", bill(admission_type="")),
    Case("REQUIRED", "patient_status", bill(patient_status="")),
    Case("REQUIRED", "service_lines[0].revenue_code", bill(room(revenue_code=""))),
    Case("UNITS", "service_lines[0].units", bill(room(units=None))),
    Case("UNITS", "service_lines[0].units", bill(room(units=Decimal(0)))),
    Case("COUNT", "visit_reasons", outpatient(visit_reasons=[m.Diagnosis(code="R509", qualifier="APR")] * 4)),
    Case("COUNT", "value_codes", bill(value_codes=[value(f"{n}") for n in range(10, 35)])),
    Case("COUNT", "service_lines", bill(*[room()] * 1000)),
    Case("CODE", "frequency_code", bill(frequency_code="R")),
    Case("CODE", "patient_status", bill(patient_status="99")),
    Case("CODE", "admission_type", bill(admission_type="7")),
    Case("CODE", "service_lines[0].unit", bill(room(unit="MJ"))),
    Case("DATE-ORDER", "statement_to", bill(statement_to=date(2026, 6, 9))),
    Case("DATE-FUTURE", "statement_to", bill(statement_to=NEXT_MONTH)),
    Case("DATE-SPAN", "statement_to", bill(statement_from=date(2025, 6, 1))),
    Case("OUTSIDE-STATEMENT", "service_lines[0].service_date", outpatient(lab(service_date=date(2026, 6, 14)))),
    Case("OUTSIDE-STATEMENT", "service_lines[0].service_date", of_two_days(lab(service_date_end=date(2026, 6, 17)))),
    Case("REPLACEMENT-NUMBER", "payer_claim_control_number", bill(frequency_code="7")),
    Case("LINE-TWICE", "service_lines[1].procedure", outpatient(lab(), lab())),
    Case("ADMISSION-DATE", "admission_date", bill(admission_date=None)),
    Case("ADMISSION-DATE", "admission_date", bill(facility_type="21", admission_date=None)),
    Case("START-OF-CARE", "admission_date", outpatient(facility_type="32")),
    Case("ADMISSION-HOUR", "admission_hour", bill(admission_hour=None)),
    Case("DISCHARGE-HOUR", "discharge_hour", bill(discharge_hour=None)),
    Case("DISCHARGE-EARLY", "discharge_hour", bill(frequency_code="2", patient_status="30")),
    Case("NUBC-TWICE", "occurrences[1].code", bill(occurrences=[m.Occurrence(code="11", date=JUNE)] * 2)),
    Case("NUBC-TWICE", "occurrence_spans[1].code", bill(occurrence_spans=[span(DAY, DAY)] * 2)),
    Case("REVENUE-CODE", "service_lines[0].revenue_code", bill(room(revenue_code="4500"))),
    Case("ADMISSION-SOURCE", "admission_source", bill(admission_source="")),
    Case("NEWBORN-SOURCE", "admission_source", bill(admission_type="4", admission_source="1")),
    Case("ADMISSION-LATE", "admission_date", bill(admission_date=date(2026, 6, 13))),
    Case("ADMITTING-DIAGNOSIS", "admitting_diagnosis", bill(admitting_diagnosis=None)),
    Case("STILL-PATIENT", "patient_status", bill(patient_status="30")),
    Case("INTERIM-STATUS", "patient_status", bill(frequency_code="2")),
    Case("PROCEDURE-DATE", "procedures[0].date", bill(procedures=[pcs(day=None)])),
    Case("PROCEDURE-DATE", "procedures[0].date", bill(procedures=[pcs(day=date(2026, 6, 6))])),
    Case("PROCEDURE-DATE", "procedures[1].date",
         bill(procedures=[pcs(), pcs(qualifier="BBQ", day=date(2026, 6, 13))])),
    Case("PROCEDURE-BILL", "procedures", outpatient(procedures=[pcs(day=JUNE)])),
    Case("NUBC-PART", "occurrences[0].date", bill(occurrences=[m.Occurrence(code="11")])),
    Case("NUBC-PART", "occurrence_spans[0].end", bill(occurrence_spans=[span(DAY, None)])),
    Case("NUBC-PART", "value_codes[0].amount", bill(value_codes=[value("80", None)])),
    Case("SPAN-ORDER", "occurrence_spans[0].end", bill(occurrence_spans=[span(DAY, date(2026, 6, 10))])),
    Case("NUBC-TWICE", "value_codes[2].code", bill(value_codes=[value("80"), value("81"), value("80")])),
    Case("NUBC-TWICE", "condition_codes[1].code", bill(condition_codes=condition("09", "09"))),
    Case("ATTENDING", "attending_provider", bill(attending_provider=None)),
    Case("ATTENDING-PERSON", "attending_provider.entity_type", bill(attending_provider=CLINIC)),
    Case("ATTENDING-PERSON", "operating_physician.entity_type", bill(operating_physician=CLINIC)),
    Case("MSP-VALUE", "value_codes", to_medicare(bill(), subscriber=changed(MEDICARE, responsibility="S"))),
    Case("ICD", "admitting_diagnosis.code", bill(admitting_diagnosis=m.Diagnosis(code="R10.31", qualifier="ABJ"))),
    Case("ICD-VERSION", "diagnoses[0].code", bill(diagnoses=[m.Diagnosis(code="5409", qualifier="BK")])),
    Case("BILL-TYPE", "facility_type", bill(facility_type="111")),
    Case("BILL-TYPE", "facility_type", bill(facility_type="01")),
    Case("REVENUE-CODE", "service_lines[0].revenue_code", bill(room(revenue_code="120"))),
    Case("PCS", "procedures[0].code", bill(procedures=[pcs("0DTJ4ZO")])),
    Case("PCS", "procedures[0].code", bill(procedures=[pcs("44950")])),
    Case("PCS-QUALIFIER", "procedures[0].code", bill(procedures=[pcs(qualifier="BBQ")])),
    Case("NUBC-CODE", "condition_codes[0].code", bill(condition_codes=condition("9"))),
    Case("NUBC-CODE", "value_codes[0].code", bill(value_codes=[value("080")])),
    Case("DRG", "drg", bill(drg="DRG470")),
    Case("POA", "diagnoses[0].present_on_admission", poa("K3580", "1")),
    Case("EXTERNAL-CAUSE", "external_causes[0].code",
         bill(external_causes=[m.Diagnosis(code="S61451A", qualifier="ABN")])),
    Case("HIPPS", "service_lines[0].procedure", bill(room(revenue_code="0022", procedure="KAGD1"), facility_type="21")),
    Case("REVENUE-TOTAL", "service_lines[1].revenue_code",
         bill(room(), m.ServiceLine(revenue_code="0001", charge=Decimal(1800), units=Decimal(1)))),
    Case("REVENUE-TOTAL", "service_lines[1].revenue_code", outpatient(lab(), lab(revenue_code="0001"))),
    Case("REVENUE-0001", "service_lines[0].revenue_code", outpatient(lab(revenue_code="0001"))),
    Case("HCPCS-NEEDED", "service_lines[0].procedure", outpatient(lab(procedure=""))),
    Case("HCPCS-NEEDED", "service_lines[0].procedure", outpatient(lab(revenue_code="0636", procedure=""))),
    Case("LINE-DATE", "service_lines[0].service_date", of_two_days(lab(service_date=None))),
    Case("ROOM-UNITS", "service_lines[0].unit", bill(room(unit="UN"))),
    Case("ROOM-DAYS", "service_lines", bill(room(units=Decimal(3)))),
    Case("ROOM-OUTPATIENT", "service_lines[0].revenue_code", outpatient(room(service_date=JUNE))),
    Case("POA-MISSING", "diagnoses[0].present_on_admission", poa("K3580", "")),
    Case("VISIT-REASON", "visit_reasons", outpatient(lab(revenue_code="0450", procedure="99283"), admission_type="1")),
    Case("OPERATING", "operating_physician", bill(procedures=[pcs()])),
    Case("ADJUSTMENT-CONDITION", "condition_codes",
         to_medicare(bill(), frequency_code="7", payer_claim_control_number="ICN1")),
    Case("COVERED-DAYS", "value_codes", to_medicare(bill())),
]  # fmt: skip

PASSES: list[tuple[str, m.Claim]] = [
    ("NON-COVERED", bill(room(non_covered_charge=Decimal("1800.00")))),
    ("UNITS", bill(room(), m.ServiceLine(revenue_code="0022", procedure="KAGD1", procedure_qualifier="HP",
                                         charge=Decimal(0), units=Decimal(0)), facility_type="21")),
    ("COUNT", bill(*[room(charge=Decimal(n)) for n in range(1, 1000)])),
    ("CODE", bill(frequency_code="9", admission_source="E", patient_status="65")),
    ("OUTSIDE-STATEMENT", of_two_days(lab(service_date_end=date(2026, 6, 16)))),
    ("OUTSIDE-STATEMENT", outpatient(statement_to=None)),
    ("ADMISSION-DATE", outpatient()),
    ("START-OF-CARE", outpatient(facility_type="32", admission_date=JUNE)),
    ("ADMISSION-HOUR", bill(facility_type="21", admission_hour=None)),
    ("DISCHARGE-HOUR", bill(frequency_code="2", patient_status="30", discharge_hour=None)),
    ("DISCHARGE-EARLY", bill(frequency_code="4")),
    ("REVENUE-CODE", bill(room(revenue_code="3101"))),
    ("ADMISSION-SOURCE", outpatient(facility_type="14", admission_source="")),
    ("NEWBORN-SOURCE", bill(admission_type="4", admission_source="5")),
    ("ADMISSION-LATE", bill(admission_date=date(2026, 6, 12))),  # services of the days before are billed with the stay
    ("ADMITTING-DIAGNOSIS", outpatient()),
    ("ADMITTING-DIAGNOSIS", bill(facility_type="65", admitting_diagnosis=None)),
    ("STILL-PATIENT", bill(patient_status="30", frequency_code="2")),
    ("STILL-PATIENT", outpatient(patient_status="30")),
    ("INTERIM-STATUS", bill(patient_status="30", frequency_code="3")),
    ("PROCEDURE-DATE", bill(procedures=[pcs(day=date(2026, 6, 7))], operating_physician=SURGEON)),
    ("PROCEDURE-BILL", bill(procedures=[pcs()])),
    ("NUBC-PART", bill(occurrences=[m.Occurrence(code="11", date=JUNE)], occurrence_spans=[span(DAY, DAY)],
                       value_codes=[value("80", "0")])),
    ("SPAN-ORDER", bill(occurrence_spans=[span(DAY, date(2026, 6, 12))])),
    ("NUBC-TWICE", bill(condition_codes=condition("09", "17"), value_codes=[value("80"), value("81")])),
    ("ATTENDING", outpatient(lab(revenue_code="0540", procedure="A0429"), attending_provider=None)),
    ("ATTENDING-PERSON", bill(operating_physician=SURGEON)),
    ("MSP-VALUE", to_medicare(bill(value_codes=[value("12")]), subscriber=changed(MEDICARE, responsibility="S"))),
    ("BILL-TYPE", bill(facility_type="85")),
    ("REVENUE-CODE", bill()),
    ("PCS", bill(procedures=[pcs("3E0P3LZ"), pcs("0XU94JZ", "BBQ")])),
    ("PCS", bill(procedures=[m.Procedure(code="470", qualifier="BR", date=DAY)])),
    ("PCS-QUALIFIER", bill(procedures=[pcs(), pcs(qualifier="BBQ")])),
    ("NUBC-CODE", bill(condition_codes=condition("C5"), value_codes=[value("A0", "43001")])),
    ("DRG", bill(drg="470")),
    ("DRG", bill(drg="3021")),
    ("POA", poa("K3580", "W")),
    ("EXTERNAL-CAUSE", bill(external_causes=[m.Diagnosis(code="W5401XA", qualifier="ABN")])),
    ("HIPPS", bill(room(revenue_code="0022", procedure="KAGD1", procedure_qualifier="HP"), facility_type="21")),
    ("REVENUE-TOTAL", bill()),
    ("REVENUE-0001", bill()),
    ("HCPCS-NEEDED", bill(lab(procedure=""))),  # inpatient
    ("HCPCS-NEEDED", outpatient(lab(revenue_code="0250", procedure=""))),
    ("LINE-DATE", outpatient(lab(service_date=None))),
    ("LINE-DATE", of_two_days()),
    ("LINE-DATE", of_two_days(lab(revenue_code="0250", procedure="", service_date=None))),
    ("ROOM-UNITS", bill()),
    ("ROOM-DAYS", bill(room(units=Decimal(3)), patient_status="30", frequency_code="2")),
    ("ROOM-DAYS", bill(room(units=Decimal(1)), statement_to=date(2026, 6, 10))),
    ("ROOM-OUTPATIENT", outpatient(lab(revenue_code="0762", procedure="G0378"))),
    ("POA-MISSING", poa("Z87891", "")),
    ("POA-MISSING", poa("S72001D", "")),  # a later encounter
    ("POA-MISSING", outpatient()),
    ("VISIT-REASON", outpatient(lab(revenue_code="0450", procedure="99283"), admission_type="1",
                                visit_reasons=[m.Diagnosis(code="R509", qualifier="APR")])),
    ("VISIT-REASON", outpatient(lab(revenue_code="0450", procedure="99283"), admission_type="3")),
    ("OPERATING", bill(procedures=[pcs()], operating_physician=SURGEON)),
    ("OPERATING", bill(procedures=[pcs("3E0P3LZ")])),  # administration of a substance
    ("ADJUSTMENT-CONDITION", to_medicare(bill(condition_codes=condition("D1")), frequency_code="7")),
    ("ADJUSTMENT-CONDITION", bill(frequency_code="7", payer_claim_control_number="ICN1")),
    ("COVERED-DAYS", to_medicare(bill(value_codes=[value("80", "2")]))),
    ("COVERED-DAYS", to_medicare(outpatient())),
]  # fmt: skip
