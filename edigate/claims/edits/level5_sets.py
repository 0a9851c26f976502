"""SNIP level 5, code sets: does each code exist, was it valid on the day, does it say enough to be billed?

Asks the code sets at hand (`edigate codes`); a set that isn't here is asked nothing, and a code without the form
of its set is another file's business. On a day no edition speaks for, nothing is refused: see ICD-YEAR.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from edigate.claims.codesets import SETS, Codes, Status, dotted, modifier_set, procedure_set
from edigate.claims.edits.places import providers_of
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfLine, Rule
from edigate.claims.model import Claim, Diagnosis, ServiceLine

LEVEL = Level(5)

ICD_UNKNOWN = LEVEL.error(
    "ICD-UNKNOWN", "PID", "NCHS and CMS, the ICD-10 of the day",
    "A diagnosis or ICD procedure that doesn't exist.",
    "The finding names what may have been meant: a letter O for a zero, a seventh character forgotten.",
)  # fmt: skip
ICD_NOT_EFFECTIVE = LEVEL.error(
    "ICD-NOT-EFFECTIVE", "PID", "NCHS and CMS, the ICD-10 of the day; 45 CFR 162.1002",
    "A diagnosis or ICD procedure that wasn't valid on the day: it began later, or has ended.",
    "Code the encounter by the fiscal year of its day (October to September); of a stay, the day it ends counts.",
)  # fmt: skip
ICD_HEADER = LEVEL.error(
    "ICD-HEADER", "PID", "ICD-10-CM guidelines I.B.2",
    "A diagnosis that is only a heading: it doesn't say enough to be billed.",
    "Choose one of the longer codes that the finding names.",
)  # fmt: skip
ICD_YEAR = LEVEL.warning(
    "ICD-YEAR", "PID", "NCHS and CMS",
    "A diagnosis or ICD procedure isn't in the editions here, but none of them speaks for the day.",
    "Import the year's order file: `edigate codes import icd-10-cm FILE`.",
)  # fmt: skip
HCPCS_UNKNOWN = LEVEL.warning(
    "HCPCS-UNKNOWN", "PI", "CMS, HCPCS; AMA, CPT: what you imported",
    "A procedure that isn't in the list you imported.",
    "Look for a typing error, or import the newer list.",
)  # fmt: skip
HCPCS_NOT_EFFECTIVE = LEVEL.warning(
    "HCPCS-NOT-EFFECTIVE", "PI", "CMS, HCPCS; AMA, CPT: what you imported",
    "A procedure that wasn't valid on the day of service.",
    "Look for the code that took its place.",
)  # fmt: skip
CDT_UNKNOWN = LEVEL.warning(
    "CDT-UNKNOWN", "PD", "ADA, CDT: what you imported",
    "A dental procedure that isn't in the list you imported.",
    "Look for a typing error, or import the newer list.",
)  # fmt: skip
CDT_NOT_EFFECTIVE = LEVEL.warning(
    "CDT-NOT-EFFECTIVE", "PD", "ADA, CDT: what you imported",
    "A dental procedure that wasn't valid on the day of service.",
    "Look for the code that took its place.",
)  # fmt: skip
MODIFIER_UNKNOWN = LEVEL.warning(
    "MODIFIER-UNKNOWN", "PID", "CMS, HCPCS; AMA, CPT: what you imported",
    "A modifier that isn't in the list you imported, or not on the day of service.",
    "Look for a typing error, or import the newer list.",
)  # fmt: skip
POS_NOT_EFFECTIVE = LEVEL.error(
    "POS-NOT-EFFECTIVE", "PD", "CMS, place of service codes",
    "A place of service that there wasn't yet on the day of service.",
    "For a day before its beginning an older code holds: telehealth at home was 02 before 2022.",
)  # fmt: skip
TAXONOMY_UNKNOWN = LEVEL.warning(
    "TAXONOMY-UNKNOWN", "PID", "NUCC: what you imported",
    "A taxonomy code that isn't in the list you imported, or not on the day of service.",
    "Take the code from the NUCC's list; payers compare it with the provider's enrolment.",
)  # fmt: skip
REVENUE_UNKNOWN = LEVEL.warning(
    "REVENUE-UNKNOWN", "I", "NUBC: what you imported",
    "A revenue code that isn't in the list you imported, or not on the day of service.",
    "Look for a typing error, or import the newer list.",
)  # fmt: skip
NUBC_UNKNOWN = LEVEL.warning(
    "NUBC-UNKNOWN", "I", "NUBC: what you imported",
    "A type of bill, condition, occurrence, value or patient status code that isn't in the list you imported.",
    "Look for a typing error, or import the newer list.",
)  # fmt: skip


class _Rules(NamedTuple):
    """Which rule is broken by what a set answers. `unsure` is for a day no edition speaks for."""

    unknown: Rule | None
    not_effective: Rule
    header: Rule
    unsure: Rule


def _same(rule: Rule) -> _Rules:
    return _Rules(rule, rule, rule, rule)


_ICD = _Rules(ICD_UNKNOWN, ICD_NOT_EFFECTIVE, ICD_HEADER, ICD_YEAR)
_HCPCS = _Rules(HCPCS_UNKNOWN, HCPCS_NOT_EFFECTIVE, HCPCS_UNKNOWN, HCPCS_UNKNOWN)
_RULES: dict[str, _Rules] = {
    **dict.fromkeys(("icd-10-cm", "icd-10-pcs", "icd-9-cm", "icd-9-pcs"), _ICD),
    **dict.fromkeys(("hcpcs", "cpt"), _HCPCS),
    "cdt": _Rules(CDT_UNKNOWN, CDT_NOT_EFFECTIVE, CDT_UNKNOWN, CDT_UNKNOWN),
    **dict.fromkeys(("modifier", "cpt-modifier"), _same(MODIFIER_UNKNOWN)),
    # That a place isn't on the list at all is said by POS.
    "place-of-service": _Rules(None, POS_NOT_EFFECTIVE, POS_NOT_EFFECTIVE, POS_NOT_EFFECTIVE),
    "taxonomy": _same(TAXONOMY_UNKNOWN),
    "revenue": _same(REVENUE_UNKNOWN),
    **dict.fromkeys(
        ("bill-type", "condition", "occurrence", "occurrence-span", "value", "patient-status"), _same(NUBC_UNKNOWN)
    ),
}
# Types of bill whose ICD codes are those of the day the stay ends (CMS Claims Processing Manual ch. 3, 10 and 40).
_STAYS = frozenset(("11", "18", "21", "41", "65", "66", "86"))
_ICD_9 = frozenset(("BK", "BF", "BJ", "PR", "BN"))
_NOT_ICD = frozenset(("TQ",))  # SNODENT
_PROCEDURES = {"BBR": "icd-10-pcs", "BBQ": "icd-10-pcs", "BR": "icd-9-pcs", "BQ": "icd-9-pcs"}


def days_of(claim: Claim, today: date) -> tuple[date, ...]:
    """The days on which a claim's diagnoses may be valid: the stay's last, else the first or the last of service."""
    if claim.kind == "institutional":
        first, last = claim.statement_from, claim.statement_to or claim.statement_from
        if claim.facility_type in _STAYS and last is not None:
            return (last,)
    else:
        days = [line.service_date for line in claim.service_lines if line.service_date is not None]
        first, last = min(days, default=claim.service_date), max(days, default=claim.service_date)
    if first is None or last is None:
        return (first or last or today,)
    return (first,) if first == last else (first, last)


def claim_sets(claim: Claim, found: Found) -> None:
    """Every code of the claim above its lines."""
    codes = found.codes
    if codes is None:
        return
    days = days_of(claim, found.today)
    for number, diagnosis in enumerate(claim.diagnoses):
        _diagnosis(codes, diagnosis, days, f"diagnoses[{number}].code", f"diagnosis {number + 1}", found)
    for field, provider in providers_of(claim):
        if provider.taxonomy:
            _look(codes, "taxonomy", provider.taxonomy, days, f"{field}.taxonomy", "", found)
    if claim.place_of_service and claim.kind != "institutional":
        _look(codes, "place-of-service", claim.place_of_service, days, "place_of_service", "", found)
    for number, anesthesia in enumerate(claim.anesthesia_procedures):
        at = f"anesthesia_procedures[{number}].code"
        _look(codes, procedure_set(anesthesia.code), anesthesia.code, days, at, "", found)


def institutional_sets(claim: Claim, found: Found) -> None:
    """What only institutional claims have: further diagnoses, ICD procedures, NUBC's codes."""
    codes = found.codes
    if codes is None:
        return
    days = days_of(claim, found.today)
    if claim.admitting_diagnosis is not None:
        _diagnosis(codes, claim.admitting_diagnosis, days, "admitting_diagnosis.code", "admitting diagnosis", found)
    for name, what in (("visit_reasons", "reason for the visit"), ("external_causes", "external cause")):
        for number, diagnosis in enumerate(getattr(claim, name)):
            _diagnosis(codes, diagnosis, days, f"{name}[{number}].code", f"{what} {number + 1}", found)
    for number, procedure in enumerate(claim.procedures):
        of = _PROCEDURES.get(procedure.qualifier, "icd-10-pcs")
        _look(codes, of, procedure.code, days, f"procedures[{number}].code", f"procedure {number + 1}", found)
    if claim.facility_type:
        _look(codes, "bill-type", claim.facility_type, days, "facility_type", "", found)
    if claim.patient_status:
        _look(codes, "patient-status", claim.patient_status, days, "patient_status", "", found)
    for name, of in _NUBC:
        for number, each in enumerate(getattr(claim, name)):
            _look(codes, of, each.code, days, f"{name}[{number}].code", "", found)


_NUBC = (
    ("condition_codes", "condition"),
    ("occurrences", "occurrence"),
    ("occurrence_spans", "occurrence-span"),
    ("value_codes", "value"),
)


def line_sets(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """Procedure, modifiers, revenue code and place of a line, on its own day."""
    codes = found.codes
    if codes is None:
        return
    day = line.service_date
    days = (day,) if day is not None else days_of(claim, found.today)
    at, what = f"service_lines[{number}]", f"line {number + 1}:"
    procedure, qualifier = line.procedure, line.procedure_qualifier
    if procedure and qualifier in ("HC", "AD"):
        _look(codes, procedure_set(procedure), procedure, days, f"{at}.procedure", what, found)
    for modifier in line.modifiers:
        _look(codes, modifier_set(modifier), modifier, days, f"{at}.modifiers", what, found)
    if line.revenue_code:
        _look(codes, "revenue", line.revenue_code, days, f"{at}.revenue_code", what, found)
    if line.place_of_service and claim.kind != "institutional":
        _look(codes, "place-of-service", line.place_of_service, days, f"{at}.place_of_service", what, found)


def _diagnosis(
    codes: Codes, diagnosis: Diagnosis, days: Sequence[date], field: str, what: str, found: Found
) -> None:
    if diagnosis.qualifier not in _NOT_ICD:
        of = "icd-9-cm" if diagnosis.qualifier in _ICD_9 else "icd-10-cm"
        _look(codes, of, diagnosis.code, days, field, what, found)


def _look(
    codes: Codes, of: str, code: str, days: Sequence[date], field: str, what: str, found: Found
) -> None:
    """Nothing where the code is valid on any of the days, the set isn't here, or the code hasn't its form."""
    for day in days:
        table = codes.table(of, day)
        if table is None or table.valid(code, day):
            return
    if SETS[of].form.fullmatch(code):
        _tell(codes, of, code, days[-1], field, what, found)


def _tell(codes: Codes, of: str, code: str, on: date, field: str, what: str, found: Found) -> None:
    answer, rules, title = codes.lookup(of, code, on), _RULES[of], SETS[of].title
    which = what if of in _ICD_SETS else f"{what} {code}".strip()  # of a patient's diagnosis only the place is told
    match answer.status:
        case Status.NOT_EFFECTIVE:
            rule: Rule | None = rules.not_effective
            since = f" from {answer.start}" if answer.start else ""
            until = f" until {answer.end}" if answer.end else ""
            message = f"{which} isn't valid on {on} ({title}): it is{since}{until}"
        case Status.NOT_BILLABLE:
            rule = rules.header
            longer = _named(of, codes.longer(of, code, on, most=4))
            message = f"{which} is a heading of {title}, which doesn't say enough to be billed{longer}"
        case _:
            rule = rules.unknown
            near = _named(of, codes.near(of, code, on), "; did you mean")
            message = f"{which} isn't among the {title} of {on}{near}"
    if rule is None:
        return
    if not answer.certain and rules.unsure is not rule:
        rule, message = rules.unsure, f"{message}; no edition here speaks for that day with certainty"
    found.add(rule, field, message, code)


_ICD_SETS = frozenset(("icd-10-cm", "icd-10-pcs", "icd-9-cm", "icd-9-pcs"))


def _named(of: str, found: Sequence[str], words: str = "; say which, e.g.") -> str:
    return f"{words} {', '.join(dotted(of, code) for code in found)}" if found else ""


CHECKS: ClaimChecks = (("PID", claim_sets), ("I", institutional_sets))
LINE_CHECKS: LineChecks = (OfLine("PID", line_sets),)
