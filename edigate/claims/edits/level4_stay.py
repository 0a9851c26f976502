"""SNIP level 4, stays (837I): admission and discharge, status, procedures within the stay, codes with their dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from edigate.claims.edits import codes as c
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks
from edigate.claims.model import Claim

LEVEL = Level(4)

ADMISSION_DATE = LEVEL.error(
    "ADMISSION-DATE", "I", "X223A2 2300 DTP*435",
    "An inpatient bill without the admission's date.",
    "Map `admission_date`.",
)  # fmt: skip
START_OF_CARE = LEVEL.warning(
    "START-OF-CARE", "I", "X12 RFI 1520; CMS Claims Processing Manual ch. 25, 75.1 (FL 12)",
    "A home health, hospice or inpatient part B bill without the day care started.",
    "Map `admission_date`: these bills tell the start of care there.",
)  # fmt: skip
ADMISSION_HOUR = LEVEL.warning(
    "ADMISSION-HOUR", "I", "X223A2 2300 DTP*435 DT; NUBC FL 13",
    "A hospital stay without the hour of admission.",
    "Map `admission_hour`. Medicare doesn't ask for it; many others do.",
)  # fmt: skip
DISCHARGE_HOUR = LEVEL.warning(
    "DISCHARGE-HOUR", "I", "X223A2 2300 DTP*096; NUBC FL 16",
    "The last bill of a hospital stay without the hour of discharge.",
    "Map `discharge_hour`. Medicare doesn't ask for it; many others do.",
)  # fmt: skip
DISCHARGE_EARLY = LEVEL.warning(
    "DISCHARGE-EARLY", "I", "X223A2 2300 DTP*096; Stedi's claim edits",
    "An hour of discharge on an interim bill (frequency 2 or 3).",
    "Leave it out until the last bill, or correct the frequency.",
)  # fmt: skip
ADMISSION_SOURCE = LEVEL.warning(
    "ADMISSION-SOURCE", "I", "X223A2 2300 CL102; NUBC FL 15",
    "A bill, other than of laboratory tests for a non-patient (14X), that doesn't say where the patient came from.",
    "Map `admission_source`: 1 from home, 4 from a hospital ...",
)  # fmt: skip
NEWBORN_SOURCE = LEVEL.error(
    "NEWBORN-SOURCE", "I", "NUBC FL 14, 15",
    "A newborn's admission (type 4) whose source isn't a newborn's, 5 or 6.",
    "5 born inside this hospital, 6 born outside.",
)  # fmt: skip
ADMISSION_LATE = LEVEL.error(
    "ADMISSION-LATE", "I", "X223A2 2300 DTP*435, DTP*434",
    "The admission comes after the end of the statement.",
    "One of the dates is wrong.",
)  # fmt: skip
ADMITTING_DIAGNOSIS = LEVEL.error(
    "ADMITTING-DIAGNOSIS", "I", "X223A2 2300 HI*ABJ; X12 RFI 1479",
    "An inpatient bill (11X, 12X, 18X, 21X, 22X, 41X) without the admitting diagnosis.",
    "Map `admitting_diagnosis`; where your system has none of its own, the principal one.",
)  # fmt: skip
STILL_PATIENT = LEVEL.error(
    "STILL-PATIENT", "I", "NUBC FL 17, FL 4",
    "Status 30, still a patient, on a bill that ends the stay (frequency 1 or 4).",
    "An interim bill has frequency 2 or 3; a last one the status at discharge.",
)  # fmt: skip
INTERIM_STATUS = LEVEL.warning(
    "INTERIM-STATUS", "I", "NUBC FL 17, FL 4",
    "An interim bill of a stay (frequency 2 or 3) of a patient who has left.",
    "Status 30 while the stay goes on; frequency 4 for its last bill.",
)  # fmt: skip
PROCEDURE_DATE = LEVEL.error(
    "PROCEDURE-DATE", "I", "X223A2 2300 HI*BBR, HI*BBQ",
    "A procedure without its date, or outside the statement and the three days before it.",
    "Map each procedure's `date`.",
)  # fmt: skip
PROCEDURE_BILL = LEVEL.warning(
    "PROCEDURE-BILL", "I", "45 CFR 162.1002(c)(3)",
    "ICD-10-PCS procedures on a bill that isn't inpatient.",
    "Outpatient procedures are the lines' HCPCS codes.",
)  # fmt: skip
NUBC_PART = LEVEL.error(
    "NUBC-PART", "I", "X223A2 2300 HI*BH, BI, BE",
    "An occurrence without its date, a span without both, or a value code without its amount.",
    "Map the missing half.",
)  # fmt: skip
SPAN_ORDER = LEVEL.error(
    "SPAN-ORDER", "I", "X223A2 2300 HI*BI",
    "An occurrence span that ends before it begins.",
    "One of the dates is wrong.",
)  # fmt: skip
NUBC_TWICE = LEVEL.warning(
    "NUBC-TWICE", "I", "NUBC FL 18-41; Stedi's claim edits",
    "A condition, occurrence, span or value code is there twice.",
    "Leave one out, or add the amounts up. Clearinghouses refuse it.",
)  # fmt: skip
ATTENDING = LEVEL.error(
    "ATTENDING", "I", "X223A2 2310A",
    "A bill without an attending provider, though it is for more than ambulance rides.",
    "Map `attending_provider`, the person with overall responsibility.",
)  # fmt: skip
ATTENDING_PERSON = LEVEL.error(
    "ATTENDING-PERSON", "I", "X223A2 2310A NM102",
    "The attending or operating provider is an organisation.",
    "Only a person (entity type 1) attends or operates.",
)  # fmt: skip

_LAST_BILLS = frozenset("14")
_BEFORE_STATEMENT = timedelta(days=3)  # services before admission are billed with it


def admission(claim: Claim, found: Found) -> None:
    kind = claim.facility_type
    if kind in c.INPATIENT:
        if claim.admission_date is None:
            found.add(ADMISSION_DATE, "admission_date", "an inpatient bill needs the date of admission")
        elif claim.admission_hour is None and kind == "11":
            found.add(ADMISSION_HOUR, "admission_hour", "the stay has no hour of admission")
        if claim.discharge_hour is None and kind == "11" and claim.frequency_code in _LAST_BILLS:
            found.add(DISCHARGE_HOUR, "discharge_hour", "the stay's last bill has no hour of discharge")
    elif kind in c.START_OF_CARE and claim.admission_date is None:
        found.add(START_OF_CARE, "admission_date", f"a bill of type {kind}X tells the start of care as admission date")
    if claim.admission_date is not None:
        end = claim.statement_to or claim.statement_from
        if end is not None and claim.admission_date > end:
            found.add(ADMISSION_LATE, "admission_date", "the admission comes after the end of the statement")
    if kind in c.ADMITTING and claim.admitting_diagnosis is None:
        found.add(ADMITTING_DIAGNOSIS, "admitting_diagnosis", "an inpatient bill needs the admitting diagnosis")


def discharge(claim: Claim, found: Found) -> None:
    if claim.discharge_hour is not None and claim.frequency_code in ("2", "3"):
        found.add(
            DISCHARGE_EARLY, "discharge_hour",
            f"an interim bill (frequency {claim.frequency_code}) has an hour of discharge",
        )  # fmt: skip


def source(claim: Claim, found: Found) -> None:
    if not claim.admission_source:
        if claim.facility_type != "14":
            found.add(ADMISSION_SOURCE, "admission_source", "nothing says where the patient came from")
    elif claim.admission_type == "4" and claim.admission_source not in ("5", "6"):
        found.add(
            NEWBORN_SOURCE, "admission_source",
            f"a newborn (admission type 4) was born here (5) or elsewhere (6), not {claim.admission_source}",
        )  # fmt: skip


def status(claim: Claim, found: Found) -> None:
    if claim.facility_type not in c.INPATIENT:
        return
    if claim.patient_status == "30":
        if claim.frequency_code in _LAST_BILLS:
            found.add(
                STILL_PATIENT, "patient_status",
                f"the patient is still there (30), but frequency {claim.frequency_code} says that the stay has ended",
            )  # fmt: skip
    elif claim.patient_status and claim.frequency_code in ("2", "3"):
        found.add(
            INTERIM_STATUS, "patient_status",
            f"an interim bill (frequency {claim.frequency_code}), but the patient has left ({claim.patient_status})",
        )  # fmt: skip


def procedures(claim: Claim, found: Found) -> None:
    if not claim.procedures:
        return
    first, last = claim.statement_from, claim.statement_to or claim.statement_from
    for number, procedure in enumerate(claim.procedures):
        at = f"procedures[{number}].date"
        if procedure.date is None:
            found.add(PROCEDURE_DATE, at, f"procedure {number + 1} has no date")
        elif first is not None and last is not None and not first - _BEFORE_STATEMENT <= procedure.date <= last:
            found.add(PROCEDURE_DATE, at, f"procedure {number + 1} was done outside the statement dates")
    if claim.facility_type in c.OUTPATIENT and claim.procedures[0].qualifier in ("BBR", "BBQ"):
        found.add(PROCEDURE_BILL, "procedures", f"a bill of type {claim.facility_type}X has no ICD-10-PCS procedures")


def dated_codes(claim: Claim, found: Found) -> None:
    for number, occurrence in enumerate(claim.occurrences):
        if occurrence.date is None:
            found.add(NUBC_PART, f"occurrences[{number}].date", f"occurrence {occurrence.code} has no date")
    for number, span in enumerate(claim.occurrence_spans):
        at = f"occurrence_spans[{number}].end"
        if span.start is None or span.end is None:
            found.add(NUBC_PART, at, f"occurrence span {span.code} needs both its dates")
        elif span.end < span.start:
            found.add(SPAN_ORDER, at, f"occurrence span {span.code} ends before it begins")
    for number, value in enumerate(claim.value_codes):
        if value.amount is None:
            found.add(NUBC_PART, f"value_codes[{number}].amount", f"value code {value.code} has no amount")
    if claim.value_codes:
        _once([value.code for value in claim.value_codes], "value_codes", "value code", found)
    if claim.occurrences:
        _once([occurrence.code for occurrence in claim.occurrences], "occurrences", "occurrence", found)
    if claim.occurrence_spans:
        _once([span.code for span in claim.occurrence_spans], "occurrence_spans", "occurrence span", found)
    if claim.condition_codes:
        _once([condition.code for condition in claim.condition_codes], "condition_codes", "condition code", found)


def _once(codes: list[str], at: str, what: str, found: Found) -> None:
    if len(set(codes)) == len(codes):
        return
    for code in _repeated(codes):
        found.add(NUBC_TWICE, f"{at}[{len(codes) - 1 - codes[::-1].index(code)}].code", f"{what} {code} is there twice")


def _repeated(codes: Iterable[str]) -> list[str]:
    return [code for code, times in Counter(codes).items() if times > 1]


def attending(claim: Claim, found: Found) -> None:
    """Everybody but nonscheduled transport (revenue 054X alone) names who is responsible."""
    if claim.attending_provider is None:
        if not all(line.revenue_code.startswith("054") for line in claim.service_lines):
            found.add(ATTENDING, "attending_provider", "the bill names no attending provider")
    elif claim.attending_provider.entity_type == "2":
        found.add(ATTENDING_PERSON, "attending_provider.entity_type", "the attending provider must be a person")
    operating = claim.operating_physician
    if operating is not None and operating.entity_type == "2":
        found.add(ATTENDING_PERSON, "operating_physician.entity_type", "the operating physician must be a person")


CHECKS: ClaimChecks = (
    ("I", admission),
    ("I", discharge),
    ("I", source),
    ("I", status),
    ("I", procedures),
    ("I", dated_codes),
    ("I", attending),
)
LINE_CHECKS: LineChecks = ()
