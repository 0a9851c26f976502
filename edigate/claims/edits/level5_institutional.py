"""SNIP level 5, codes of institutional claims: type of bill, revenue codes, procedures, NUBC's codes, DRG, POA."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from edigate.claims.edits import codes as c
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfLine
from edigate.claims.model import Claim, Diagnosis, Occurrence, OccurrenceSpan, ServiceLine, ValueCode

LEVEL = Level(5)

BILL_TYPE = LEVEL.error(
    "BILL-TYPE", "I", "X223A2 2300 CLM05-1; NUBC FL 4",
    "The type of bill isn't one of the NUBC's.",
    "Two digits without zero in front and frequency behind: 11, 13, 21, 85. Of 0131, `facility_type` is 13, "
    "`frequency_code` 1.",
)  # fmt: skip
REVENUE_CODE = LEVEL.error(
    "REVENUE-CODE", "I", "X223A2 2400 SV201; NUBC FL 42",
    "A revenue code that isn't four digits, the first of them 0 to 3.",
    "Give the leading zero: 0450, not 450.",
)  # fmt: skip
PCS = LEVEL.error(
    "PCS", "I", "X223A2 2300 HI*BBR, HI*BBQ; CMS, ICD-10-PCS",
    "Not the form of an ICD-10-PCS (or ICD-9) procedure.",
    "Seven letters and digits, no I or O. HCPCS codes stand on the lines.",
)  # fmt: skip
PCS_QUALIFIER = LEVEL.error(
    "PCS-QUALIFIER", "I", "X223A2 2300 HI01-1",
    "The first procedure isn't the principal one (BBR), or a later one is.",
    "Leave the qualifiers out: edigate sets them.",
)  # fmt: skip
NUBC_CODE = LEVEL.error(
    "NUBC-CODE", "I", "X223A2 2300 HI*BG, BH, BI, BE; NUBC FL 18-41",
    "A condition, occurrence, span or value code that isn't two letters or digits.",
    "Give the leading zero: 01, not 1.",
)  # fmt: skip
DRG = LEVEL.error(
    "DRG", "I", "X223A2 2300 HI*DR",
    "Not the form of a DRG.",
    "Three digits (MS-DRG 470), or four with the severity (APR-DRG 3021).",
)  # fmt: skip
POA = LEVEL.error(
    "POA", "I", "X223A2 2300 HI0n-9",
    "Present on admission is neither Y, N, U nor W.",
    "Leave it out for codes that are exempt; 1 was for 4010.",
)  # fmt: skip
EXTERNAL_CAUSE = LEVEL.warning(
    "EXTERNAL-CAUSE", "I", "X223A2 2300 HI*ABN",
    "An external cause that isn't a code from V00 to Y99.",
    "Injuries and illnesses are diagnoses.",
)  # fmt: skip
HIPPS = LEVEL.error(
    "HIPPS", "I", "X223A2 2400 SV202; CMS Claims Processing Manual ch. 25, 75.4",
    "A line of revenue code 0022, 0023 or 0024 without a HIPPS rate code.",
    "Map the five characters to `procedure`, and `procedure_qualifier` to HP.",
)  # fmt: skip

_RATE_CODES = frozenset(("0022", "0023", "0024"))
_PRINCIPAL = frozenset(("BBR", "BR", "CAH"))
_OTHER = frozenset(("BBQ", "BQ"))


def bill_type(claim: Claim, found: Found) -> None:
    kind = claim.facility_type
    if kind and kind not in c.BILL_TYPES:
        found.add(BILL_TYPE, "facility_type", f"{kind} isn't a type of bill: two digits, the frequency apart")


def revenue_code(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    code = line.revenue_code
    if not code:
        return
    if not _four_digits(code):
        found.line(REVENUE_CODE, number, "revenue_code", f"has revenue code {code}, which isn't four digits")
    if code in _RATE_CODES and (line.procedure_qualifier != "HP" or not c.HIPPS.fullmatch(line.procedure)):
        found.line(HIPPS, number, "procedure", f"has revenue code {code}, which needs a HIPPS code with qualifier HP")


@lru_cache(maxsize=1024)
def _four_digits(code: str) -> bool:
    return c.REVENUE.fullmatch(code) is not None


def procedures(claim: Claim, found: Found) -> None:
    for number, procedure in enumerate(claim.procedures):
        icd9 = procedure.qualifier in ("BR", "BQ")
        form = c.ICD9_PROCEDURE if icd9 else c.ICD10_PROCEDURE
        at = f"procedures[{number}].code"
        if procedure.qualifier != "CAH" and not form.fullmatch(procedure.code):
            what = "ICD-9" if icd9 else "ICD-10-PCS"
            found.add(PCS, at, f"procedure {number + 1} isn't an {what} code", procedure.code)
        if procedure.qualifier not in (_OTHER if number else _PRINCIPAL):
            found.add(PCS_QUALIFIER, at, f"procedure {number + 1} has qualifier {procedure.qualifier}")


def nubc_codes(claim: Claim, found: Found) -> None:
    listed: tuple[tuple[str, Sequence[Diagnosis | Occurrence | OccurrenceSpan | ValueCode]], ...] = (
        ("condition_codes", claim.condition_codes),
        ("occurrences", claim.occurrences),
        ("occurrence_spans", claim.occurrence_spans),
        ("value_codes", claim.value_codes),
    )
    for field, records in listed:
        for number, record in enumerate(records):
            if not c.NUBC_CODE.fullmatch(record.code):
                what = field.removesuffix("s").replace("_", " ")
                found.add(NUBC_CODE, f"{field}[{number}].code", f"{what} {record.code!r} isn't two letters or digits")


def drg(claim: Claim, found: Found) -> None:
    if claim.drg and not c.DRG.fullmatch(claim.drg):
        found.add(DRG, "drg", f"{claim.drg} isn't a DRG: three digits, or four")


def present_on_admission(claim: Claim, found: Found) -> None:
    for field, listed in (("diagnoses", claim.diagnoses), ("external_causes", claim.external_causes)):
        for number, diagnosis in enumerate(listed):
            said = diagnosis.present_on_admission
            if said and said not in c.POA:
                found.add(POA, f"{field}[{number}].present_on_admission", f"{said} is none of Y, N, U and W")


def external_causes(claim: Claim, found: Found) -> None:
    for number, cause in enumerate(claim.external_causes):
        if cause.qualifier == "ABN" and cause.code[:1] not in ("V", "W", "X", "Y"):
            found.add(
                EXTERNAL_CAUSE, f"external_causes[{number}].code",
                f"external cause {number + 1} isn't a code from V00 to Y99", cause.code,
            )  # fmt: skip


CHECKS: ClaimChecks = (
    ("I", bill_type),
    ("I", procedures),
    ("I", nubc_codes),
    ("I", drg),
    ("I", present_on_admission),
    ("I", external_causes),
)
LINE_CHECKS: LineChecks = (OfLine("I", revenue_code),)
