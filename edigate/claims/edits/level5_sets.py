"""SNIP level 5, code sets: does each code exist, was it valid on the day, does it say enough to be billed?

Asks the code sets at hand (`edigate codes`); a set that isn't here is asked nothing, and a code without the form
of its set is another file's business. On a day no edition speaks for, nothing is refused: see ICD-YEAR.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from edigate.claims.codesets import SETS, Codes, Status, dotted, modifier_set, procedure_set
from edigate.claims.codesets.catalog import Day
from edigate.claims.edits.many import Many
from edigate.claims.edits.places import LINE_PROVIDERS, providers_of
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine, Rule
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

REASON_UNKNOWN = LEVEL.warning(
    "REASON-UNKNOWN", "PID", "X12 139: what you imported",
    "An adjustment reason of another payer that isn't in the list you imported, or not when it was used.",
    "Copy the reason (CAS) from that payer's 835.",
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
    "carc": _same(REASON_UNKNOWN),
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
        days = {line.service_date for line in claim.service_lines if line.service_date is not None}
        if len(days) == 1:
            return tuple(days)  # as nearly all claims
        first, last = min(days, default=claim.service_date), max(days, default=claim.service_date)
    if first is None or last is None:
        return (first or last or today,)
    return (first,) if first == last else (first, last)


class _Asked(msgspec.Struct, gc=False):
    """The code sets on the days that count: a code that is valid on none of them is told. It is made for every
    claim and line, and quickly. `on` has the tables of the last day."""

    codes: Codes
    days: Sequence[date]
    found: Found
    on: Day

    def look(self, of: str, code: str, field: str, number: int = 0, what: str = "") -> None:
        """Nothing where a code is valid, the set isn't here, or the code hasn't its form.

        `number` goes into `field` and `what` where they have `{}`, only when there is something to tell.
        """
        table = self.on[of]
        if table is None or table.valid(code, self.days[-1]):
            return
        if len(self.days) > 1:
            first = self.codes.table(of, self.days[0])
            if first is None or first.valid(code, self.days[0]):
                return
        if SETS[of].form.fullmatch(code):
            _tell(self.codes, of, code, self.days[-1], field.format(number), what.format(number + 1), self.found)

    def diagnosis(self, diagnosis: Diagnosis, field: str, number: int, what: str) -> None:
        if diagnosis.qualifier not in _NOT_ICD:
            of = "icd-9-cm" if diagnosis.qualifier in _ICD_9 else "icd-10-cm"
            self.look(of, diagnosis.code, field, number, what)


def _asked(codes: Codes, days: Sequence[date], found: Found) -> _Asked:
    return _Asked(codes, days, found, codes.on(days[-1]))


def _throughout(codes: Codes, of: str, asked: Collection[str], days: Collection[date]) -> bool:
    """Whether codes of a set, which may be none that is here, are valid from the first to the last of some days."""
    if not asked or not days:
        return not asked
    tables = {codes.on(day)[of] for day in days}
    return all(table is None or table.throughout(asked, min(days), max(days)) for table in tables)


def all_valid(many: Many) -> bool:
    """Of claims whose lines name nobody, and without other payers and anesthesia's procedures of their own."""
    codes = many.codes
    if codes is None:
        return True
    days = many.served or {day for claim in many.claims for day in days_of(claim, many.today)}
    return (
        _ICD_9.isdisjoint(many.diagnosis["qualifier"])
        and _throughout(codes, "icd-10-cm", set(many.diagnosis["code"]), days)
        and _throughout(codes, "taxonomy", {each.taxonomy for each in many.providers if each.taxonomy}, days)
        and _throughout(codes, "place-of-service", set(filter(None, many.claim["place_of_service"])), days)
    )


def claim_sets(claim: Claim, found: Found) -> None:
    """Every code of the claim above its lines, and providers' taxonomies wherever they stand."""
    if found.codes is None:
        return
    asked = _asked(found.codes, days_of(claim, found.today), found)
    icd10, day = asked.on["icd-10-cm"], asked.days[-1]
    for number, diagnosis in enumerate(claim.diagnoses):
        if diagnosis.qualifier in _ICD_9 or icd10 is None or not icd10.valid(diagnosis.code, day):
            asked.diagnosis(diagnosis, "diagnoses[{}].code", number, "diagnosis {}")
    if asked.on["taxonomy"] is not None:
        for field, provider in providers_of(claim):
            if provider.taxonomy:
                asked.look("taxonomy", provider.taxonomy, f"{field}.taxonomy")
    if claim.place_of_service and claim.kind != "institutional":
        asked.look("place-of-service", claim.place_of_service, "place_of_service")
    for number, anesthesia in enumerate(claim.anesthesia_procedures):
        asked.look(procedure_set(anesthesia.code), anesthesia.code, "anesthesia_procedures[{}].code", number)
    if claim.other_subscribers and asked.on["carc"] is not None:
        _reasons(claim, found.codes, found)


def _reasons(claim: Claim, codes: Codes, found: Found) -> None:
    """The reasons other payers gave, on the day they paid."""
    paid = {other.payer_id: other.payer_paid_date for other in claim.other_subscribers}
    each = [
        (f"other_subscribers[{number}]", other.adjustment_groups, other.payer_paid_date)
        for number, other in enumerate(claim.other_subscribers)
    ]
    for number, line in enumerate(claim.service_lines):
        for nth, adjudication in enumerate(line.adjudications):
            at = f"service_lines[{number}].adjudications[{nth}]"
            each.append((at, adjudication.adjustment_groups, adjudication.paid_date or paid.get(adjudication.payer_id)))
    for at, groups, day in each:
        asked = _asked(codes, (day or found.today,), found)
        for nth, group in enumerate(groups):
            for last, adjustment in enumerate(group.adjustments):
                field = f"{at}.adjustment_groups[{nth}].adjustments[{last}].reason"
                asked.look("carc", adjustment.reason, field)


def institutional_sets(claim: Claim, found: Found) -> None:
    """What only institutional claims have: further diagnoses, ICD procedures, NUBC's codes."""
    if found.codes is None:
        return
    asked = _asked(found.codes, days_of(claim, found.today), found)
    if claim.admitting_diagnosis is not None:
        asked.diagnosis(claim.admitting_diagnosis, "admitting_diagnosis.code", 0, "admitting diagnosis")
    for number, reason in enumerate(claim.visit_reasons):
        asked.diagnosis(reason, "visit_reasons[{}].code", number, "reason for the visit {}")
    for number, cause in enumerate(claim.external_causes):
        asked.diagnosis(cause, "external_causes[{}].code", number, "external cause {}")
    for number, procedure in enumerate(claim.procedures):
        if of := _PROCEDURES.get(procedure.qualifier):
            asked.look(of, procedure.code, "procedures[{}].code", number, "procedure {}")
    if claim.facility_type:
        asked.look("bill-type", claim.facility_type, "facility_type")
    if claim.patient_status:
        asked.look("patient-status", claim.patient_status, "patient_status")
    for name, of in _NUBC:
        if asked.on[of] is not None:
            for number, each in enumerate(getattr(claim, name)):
                asked.look(of, each.code, f"{name}[{{}}].code", number)


_NUBC = (
    ("condition_codes", "condition"),
    ("occurrences", "occurrence"),
    ("occurrence_spans", "occurrence-span"),
    ("value_codes", "value"),
)


def all_valid_in_lines(many: Many) -> bool:
    codes = many.codes
    if codes is None or None in many.line["service_date"]:
        return codes is None
    asked: dict[str, set[str]] = {
        "revenue": set(filter(None, many.line["revenue_code"])),
        "place-of-service": set(filter(None, many.line["place_of_service"])),
    }
    for code in filter(None, many.procedures):
        asked.setdefault(procedure_set(code), set()).add(code)
    for modifiers in many.modifiers:
        for modifier in modifiers:
            asked.setdefault(modifier_set(modifier), set()).add(modifier)
    return all(_throughout(codes, of, some, many.days) for of, some in asked.items())


def line_sets(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """Procedure, modifiers, revenue code and place of a line, on its own day."""
    if found.codes is None:
        return
    day = line.service_date
    asked = _asked(found.codes, (day,) if day is not None else days_of(claim, found.today), found)
    procedure = line.procedure
    if procedure and line.procedure_qualifier in ("HC", "AD"):
        asked.look(procedure_set(procedure), procedure, "service_lines[{}].procedure", number, "line {}:")
    for modifier in line.modifiers:
        asked.look(modifier_set(modifier), modifier, "service_lines[{}].modifiers", number, "line {}:")
    if line.revenue_code:
        asked.look("revenue", line.revenue_code, "service_lines[{}].revenue_code", number, "line {}:")
    place = line.place_of_service
    if place and claim.kind != "institutional":
        asked.look("place-of-service", place, "service_lines[{}].place_of_service", number, "line {}:")


def _tell(codes: Codes, of: str, code: str, on: date, field: str, what: str, found: Found) -> None:
    answer, rules, title = codes.lookup(of, code, on), _RULES[of], SETS[of].title
    which = what if of in _ICD_SETS else f"{what} {code}".strip()  # of a patient's diagnosis only the place is told
    match answer.status:
        case Status.NOT_EFFECTIVE:
            rule: Rule | None = rules.not_effective
            since = f" from {answer.start}" if answer.start else ""
            until = f" until {answer.end}" if answer.end else ""
            message = f"{which} isn't valid on {on} ({title})" + (f": it is{since}{until}" if since or until else "")
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


CHECKS: ClaimChecks = (
    OfClaim(
        "PID", claim_sets, spotless=all_valid, beside=("other_subscribers", "anesthesia_procedures"),
        beside_lines=LINE_PROVIDERS,
    ),
    ("I", institutional_sets),
)  # fmt: skip
LINE_CHECKS: LineChecks = (OfLine("PID", line_sets, spotless=all_valid_in_lines),)
