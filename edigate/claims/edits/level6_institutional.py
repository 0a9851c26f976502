"""SNIP level 6, types of service of institutional claims: rooms, outpatient lines, emergencies, surgery, Medicare's."""

from __future__ import annotations

from decimal import Decimal

from edigate.claims.edits import codes as c
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfLine
from edigate.claims.model import Claim, ServiceLine
from edigate.money import ZERO

LEVEL = Level(6)

REVENUE_TOTAL = LEVEL.error(
    "REVENUE-TOTAL", "I", "NUBC FL 42, line 23",
    "The paper form's total line, revenue code 0001, is among the lines.",
    "Leave it out: the total is the claim's charge.",
)  # fmt: skip
REVENUE_0001 = LEVEL.warning(
    "REVENUE-0001", "I", "NUBC FL 42, line 23",
    "A service under revenue code 0001, which stands for the form's total.",
    "Map the revenue code of the service.",
)  # fmt: skip
HCPCS_NEEDED = LEVEL.warning(
    "HCPCS-NEEDED", "I", "X223A2 2400 SV202; hospital data manuals, revenue codes requiring HCPCS",
    "An outpatient line of a revenue code whose services have HCPCS codes, without one.",
    "Map `procedure`.",
)  # fmt: skip
LINE_DATE = LEVEL.error(
    "LINE-DATE", "I", "X223A2 2400 DTP*472",
    "An outpatient line without its date, on a statement of more than a day.",
    "Map the line's `service_date`. Drugs (025X, 063X, lines with an NDC) may go without.",
)  # fmt: skip
ROOM_UNITS = LEVEL.warning(
    "ROOM-UNITS", "I", "X223A2 2400 SV204",
    "Room and board (010X to 021X) that isn't counted in days.",
    "Map `unit` to DA.",
)  # fmt: skip
ROOM_DAYS = LEVEL.warning(
    "ROOM-DAYS", "I", "NUBC FL 46",
    "More days of room and board than the statement has.",
    "The day of discharge isn't counted.",
)  # fmt: skip
ROOM_OUTPATIENT = LEVEL.warning(
    "ROOM-OUTPATIENT", "I", "NUBC FL 4, FL 42",
    "Room and board on an outpatient bill.",
    "The type of bill, or the revenue code, is wrong. Observation is 0762.",
)  # fmt: skip
POA_MISSING = LEVEL.warning(
    "POA-MISSING", "I", "CMS, hospital-acquired conditions; X223A2 2300 HI0n-9",
    "A hospital stay with diagnoses that don't say whether they were present on admission, and aren't of the families "
    "that are exempt.",
    "Map `present_on_admission`. Exempt hospitals switch this edit off.",
)  # fmt: skip
VISIT_REASON = LEVEL.warning(
    "VISIT-REASON", "I", "X223A2 2300 HI*APR; NUBC FL 70",
    "An unscheduled outpatient visit (13X, 85X; type 1, 2 or 5; 045X, 0516 or 0762) without the patient's reason.",
    "Map `visit_reasons`.",
)  # fmt: skip
OPERATING = LEVEL.warning(
    "OPERATING", "I", "X223A2 2310B",
    "A surgical procedure without the physician who operated.",
    "Map `operating_physician`.",
)  # fmt: skip
ADJUSTMENT_CONDITION = LEVEL.warning(
    "ADJUSTMENT-CONDITION", "I", "CMS Claims Processing Manual ch. 1, 130; NUBC FL 18-28",
    "A Medicare replacement or void that doesn't say what changed.",
    "Map a condition code: D0 dates, D1 charges, D2 codes, D5, D6 void, D9 other, E0 status.",
)  # fmt: skip
COVERED_DAYS = LEVEL.warning(
    "COVERED-DAYS", "I", "CMS Claims Processing Manual ch. 25, 75.3; value codes 80, 81",
    "A Medicare stay that doesn't tell its covered (80) or non-covered (81) days.",
    "Map `value_codes`.",
)  # fmt: skip

_DRUGS = frozenset(("025", "063"))
_UNSCHEDULED = frozenset("125")
_EMERGENCY = ("045", "0516", "0762")
_CHANGES = frozenset("D0 D1 D2 D3 D4 D5 D6 D7 D8 D9 E0".split())
# Families of ICD-10-CM in CMS's list of codes exempt from POA, in whole or in great part.
_EXEMPT = ("B90", "B91", "B92", "B94", "E64", "I252", "I69", "O09", "O80", "O94", "Q", "V", "W", "X", "Y", "Z")


def outpatient_line(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    revenue = line.revenue_code
    outpatient = claim.facility_type in c.OUTPATIENT
    if not outpatient:
        return
    if not line.procedure and (revenue[:3] in c.NEEDS_HCPCS or revenue in c.NEEDS_HCPCS_EXACTLY):
        found.line(HCPCS_NEEDED, number, "procedure", f"has revenue code {revenue}, but no HCPCS code")
    several = claim.statement_to is not None and claim.statement_to != claim.statement_from
    if several and line.service_date is None and not (line.national_drug_code or revenue[:3] in _DRUGS):
        found.line(LINE_DATE, number, "service_date", "has no date, but the statement covers more than a day")
    if revenue[:3] in c.ROOMS:
        found.line(ROOM_OUTPATIENT, number, "revenue_code", f"bills room and board ({revenue}) on an outpatient bill")


def total_line(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    if line.revenue_code != "0001":
        return
    others = sum((each.charge or ZERO for each in claim.service_lines if each is not line), ZERO)
    if not line.procedure or (len(claim.service_lines) > 1 and line.charge == others):
        found.line(REVENUE_TOTAL, number, "revenue_code", "is the form's total (0001), which an 837 doesn't send")
    else:
        found.line(REVENUE_0001, number, "revenue_code", "bills a service under 0001, the form's total")


def room(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    if line.unit != "DA" and line.revenue_code[:3] in c.ROOMS and claim.facility_type in c.INPATIENT:
        found.line(ROOM_UNITS, number, "unit", "bills room and board, which is counted in days (DA)")


def room_days(claim: Claim, found: Found) -> None:
    """The day of discharge isn't counted; a day of care that begins and ends the same day is one."""
    start, end = claim.statement_from, claim.statement_to
    if start is None or end is None or claim.facility_type not in c.INPATIENT:
        return
    days = sum(
        (line.units or ZERO for line in claim.service_lines if line.revenue_code[:3] in c.ROOMS), Decimal(0)
    )  # fmt: skip
    stay = (end - start).days + (claim.patient_status == "30")
    if days > max(stay, 1):
        found.add(
            ROOM_DAYS, "service_lines", f"{days} days of room and board, but the statement has {max(stay, 1)}"
        )  # fmt: skip


def present_on_admission(claim: Claim, found: Found) -> None:
    if claim.facility_type != "11":
        return
    missing = [
        str(number)
        for number, diagnosis in enumerate(claim.diagnoses, 1)
        if not diagnosis.present_on_admission and diagnosis.qualifier in ("ABK", "ABF") and not _exempt(diagnosis.code)
    ]
    if missing:
        found.add(
            POA_MISSING, f"diagnoses[{int(missing[0]) - 1}].present_on_admission",
            f"diagnosis {', '.join(missing)} doesn't say whether it was present on admission",
        )  # fmt: skip


def _exempt(code: str) -> bool:
    """Whether a code may be on CMS's list of exempt ones: families of history and status, later encounters."""
    return code.startswith(_EXEMPT) or (len(code) == 7 and code[0] in "STM" and code[6] not in "ABC")


def visit_reason(claim: Claim, found: Found) -> None:
    if (
        claim.facility_type in ("13", "85")
        and not claim.visit_reasons
        and claim.admission_type in _UNSCHEDULED
        and any(line.revenue_code.startswith(_EMERGENCY) for line in claim.service_lines)
    ):
        found.add(VISIT_REASON, "visit_reasons", "an unscheduled visit needs the patient's reason for it")


def operating(claim: Claim, found: Found) -> None:
    if not claim.procedures or claim.operating_physician is not None:
        return
    # The first character of ICD-10-PCS is the section, 0 the medical and surgical one.
    if any(each.qualifier in ("BBR", "BBQ") and each.code.startswith("0") for each in claim.procedures):
        found.add(OPERATING, "operating_physician", "a surgical procedure needs the physician who operated")


def medicare(claim: Claim, found: Found) -> None:
    subscriber = claim.subscriber
    if subscriber is None or subscriber.filing_indicator not in c.MEDICARE:
        return
    if claim.frequency_code in ("7", "8") and not any(each.code in _CHANGES for each in claim.condition_codes):
        found.add(ADJUSTMENT_CONDITION, "condition_codes", "Medicare asks which change (D0-D9, E0) the claim makes")
    if claim.facility_type in ("11", "18", "21") and not any(v.code in ("80", "81") for v in claim.value_codes):
        found.add(COVERED_DAYS, "value_codes", "Medicare asks for the stay's covered days (80) and others (81)")


CHECKS: ClaimChecks = (
    ("I", room_days),
    ("I", present_on_admission),
    ("I", visit_reason),
    ("I", operating),
    ("I", medicare),
)
LINE_CHECKS: LineChecks = (OfLine("I", outpatient_line), OfLine("I", total_line), OfLine("I", room))
