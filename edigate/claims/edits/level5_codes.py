"""SNIP level 5, codes: short lists of the guides, diagnoses, procedures, drugs, places, laboratories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any

from edigate.claims.edits import codes as c
from edigate.claims.edits.many import Columns, Many
from edigate.claims.edits.places import words
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine
from edigate.claims.model import AdjustmentGroup, Claim, Diagnosis, ServiceLine

LEVEL = Level(5)

POS = LEVEL.error(
    "POS", "PD", "CMS, place of service codes; 2300 CLM05-1, 2400 SV105, SV303",
    "Not a place of service.",
    "CMS's list has two digits: 11 office, 22 outpatient hospital.",
)  # fmt: skip
CODE = LEVEL.error(
    "CODE", "PID", "the guides' own lists",
    "A code that isn't in the guide's short list for its field.",
    "The finding names the codes there are.",
)  # fmt: skip
ICD = LEVEL.error(
    "ICD", "PID", "2300 HI; CDC, ICD-10-CM",
    "Not the form of an ICD-10 (or ICD-9) code.",
    "Leave out the dot and what follows the code.",
)  # fmt: skip
ICD_VERSION = LEVEL.error(
    "ICD-VERSION", "PID", "45 CFR 162.1002",
    "ICD-10 for a service before 2015-10-01, or ICD-9 from then on.",
    "One of code, qualifier and date is wrong. Of a stay, the day it ends counts.",
)  # fmt: skip
ICD_QUALIFIER = LEVEL.error(
    "ICD-QUALIFIER", "PID", "2300 HI01-1",
    "The first diagnosis isn't the principal one (ABK), or a later one is.",
    "Leave the qualifiers out: edigate sets them.",
)  # fmt: skip
ICD_TWICE = LEVEL.warning(
    "ICD-TWICE", "PID", "2300 HI",
    "A diagnosis is there twice.",
    "Point both lines at the one.",
)  # fmt: skip
ICD_FIRST = LEVEL.error(
    "ICD-FIRST", "PID", "ICD-10-CM guidelines I.C.20.a.6",
    "The first diagnosis is an external cause (V00 to Y99), which never stands first.",
    "Put the injury or illness first.",
)  # fmt: skip
HCPCS = LEVEL.error(
    "HCPCS", "PI", "2400 SV101-2, SV202-2",
    "Not the form of a CPT or HCPCS code.",
    "Modifiers have fields of their own.",
)  # fmt: skip
MODIFIER = LEVEL.error(
    "MODIFIER", "PID", "2400 SV101-3, SV202-3, SV301-3",
    "Not two letters or digits.",
    "Give each modifier alone.",
)  # fmt: skip
MODIFIER_TWICE = LEVEL.warning(
    "MODIFIER-TWICE", "PID", "CMS Claims Processing Manual ch. 12, 20",
    "A line has a modifier twice.",
    "Leave one out.",
)  # fmt: skip
NDC = LEVEL.error(
    "NDC", "PI", "2410 LIN03",
    "An NDC that isn't eleven digits.",
    "Fill each part with zeros to 5-4-2, and leave out the hyphens.",
)  # fmt: skip
CLIA = LEVEL.error(
    "CLIA", "P", "CMS, CLIA; 2300, 2400 REF*X4, REF*F4",
    "Not a CLIA number.",
    "Ten characters, the third a D: 36D0123456.",
)  # fmt: skip
REASON = LEVEL.error(
    "REASON", "PID", "2320, 2430 CAS; X12 external code list 139",
    "Not the form of a claim adjustment reason code.",
    "Up to three digits, or a letter and digits: 45, 253, B7. The group (CO, PR) has a field of its own.",
)  # fmt: skip

Lists = Mapping[str, frozenset[str]]


class _Listed:
    """The fields of one record that have a short list, read and judged together."""

    def __init__(self, lists: Lists) -> None:
        self._names = tuple(lists)
        self._read = attrgetter(*lists)
        # Few combinations of codes occur; each is judged once.
        self._faults = lru_cache(maxsize=4096)(lambda values: _outside(lists, values))

    def faults(self, record: object) -> tuple[tuple[str, str, str], ...]:
        """Name, value and what is allowed, of each field that isn't in its list."""
        return self._faults(self._read(record))

    def right_in(self, records: Columns) -> bool:
        """Whether none of them has a fault."""
        return not any(map(self._faults, set(records.rows(self._names))))

    def look(self, record: object, at: str, found: Found) -> None:
        for name, value, allowed in self.faults(record):
            found.add(CODE, at + name, f"the {words(name)} must be {allowed}", value)


def _outside(lists: Lists, values: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (name, value, ", ".join(sorted(codes)) if len(codes) < 10 else "a code of its list")
        for (name, codes), value in zip(lists.items(), values, strict=True)
        if value and value not in codes
    )


_CLAIM = {kind: _Listed(lists) for kind, lists in c.CLAIM_CODES.items()}
_LINE = {kind: _Listed(lists) for kind, lists in c.LINE_CODES.items()}
_SUBSCRIBER, _PATIENT, _OTHER = _Listed(c.SUBSCRIBER_CODES), _Listed(c.PATIENT_CODES), _Listed(c.OTHER_CODES)


def all_listed(many: Many) -> bool:
    """Of claims without related causes and other payers."""
    return (
        _CLAIM[many.kind].right_in(many.claim)
        and _SUBSCRIBER.right_in(many.subscriber)
        and _PATIENT.right_in(many.patient)
        and _places(many.kind, many.claim["place_of_service"])
    )


def _places(kind: str, of: Iterable[str]) -> bool:
    """Whether all are places of service, where they are said."""
    return kind == "institutional" or c.places_of_service().issuperset(filter(None, of))


def claim_codes(claim: Claim, found: Found) -> None:
    _CLAIM[claim.kind].look(claim, "", found)
    for number, cause in enumerate(claim.related_causes):
        if cause not in c.RELATED_CAUSES:
            found.add(CODE, f"related_causes[{number}]", "the related cause must be AA, EM, OA", cause)
    if claim.subscriber is not None:
        _SUBSCRIBER.look(claim.subscriber, "subscriber.", found)
    if claim.patient is not None:
        _PATIENT.look(claim.patient, "patient.", found)
    for number, other in enumerate(claim.other_subscribers):
        at = f"other_subscribers[{number}]."
        _OTHER.look(other, at, found)
        _adjustments(other.adjustment_groups, at, found)
    if claim.place_of_service and claim.place_of_service not in c.places_of_service() and claim.kind != "institutional":
        found.add(POS, "place_of_service", f"{claim.place_of_service} isn't a place of service")


def all_listed_in_lines(many: Many) -> bool:
    """Of claims that no other payer adjudicated."""
    return _LINE[many.kind].right_in(many.line) and _places(many.kind, many.line["place_of_service"])


def line_codes(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    kind = claim.kind
    for name, value, allowed in _LINE[kind].faults(line):
        found.add(CODE, f"service_lines[{number}].{name}", f"the {words(name)} must be {allowed}", value)
    place = line.place_of_service
    if place and place not in c.places_of_service() and kind != "institutional":
        found.line(POS, number, "place_of_service", f"has {place}, which isn't a place of service")
    for nth, adjudication in enumerate(line.adjudications):
        _adjustments(adjudication.adjustment_groups, f"service_lines[{number}].adjudications[{nth}].", found)


def _adjustments(groups: Sequence[AdjustmentGroup], at: str, found: Found) -> None:
    for nth, group in enumerate(groups):
        if group.group not in c.ADJUSTMENT_GROUPS:
            field = f"{at}adjustment_groups[{nth}].group"
            found.add(CODE, field, "the group must be CO, CR, OA, PI, PR", group.group)
        for last, adjustment in enumerate(group.adjustments):
            if not c.REASON.fullmatch(adjustment.reason):
                field = f"{at}adjustment_groups[{nth}].adjustments[{last}].reason"
                found.add(REASON, field, f"{adjustment.reason!r} isn't an adjustment reason code (CARC)")


_ICD10 = frozenset(("ABK", "ABF", "ABJ", "APR", "ABN"))
_PRINCIPAL = frozenset(("ABK", "BK"))
_OTHER_DIAGNOSES = frozenset(("ABF", "BF"))


def day_of(claim: Claim) -> date | None:
    """The day that decides which codes hold: the first service; of an institutional claim, the statement's end."""
    if claim.kind == "institutional":
        return claim.statement_to or claim.statement_from
    days = [line.service_date for line in claim.service_lines if line.service_date is not None]
    return min(days) if days else claim.service_date


_NEVER_FIRST = frozenset("VWXY")


def all_coded(many: Many) -> bool:
    """All of them ICD-10, each claim's first one principal, none of them there twice."""
    listed = [each for each in many.claim["diagnoses"] if each]
    firsts, qualifiers = [each[0] for each in listed], many.diagnosis["qualifier"]
    days: set[date | None] = {*many.served} or set(map(day_of, many.claims))
    codes = iter(many.diagnosis["code"])
    return (
        qualifiers.count("ABK") == len(listed)
        and qualifiers.count("ABF") == len(qualifiers) - len(listed)
        and all(first.qualifier == "ABK" and first.code[:1] not in _NEVER_FIRST for first in firsts)
        and all(day is None or day >= c.ICD10_START for day in days)
        and all(_form(code, True) for code in set(many.diagnosis["code"]))
        and all(len(set(islice(codes, len(each)))) == len(each) for each in listed)
    )


def diagnoses(claim: Claim, found: Found) -> None:
    """Form and version of diagnoses at the date of service, principal first, none twice."""
    listed = claim.diagnoses
    if not listed:
        return
    day = day_of(claim)
    now = day is None or day >= c.ICD10_START
    for number, diagnosis in enumerate(listed):
        if not (now and diagnosis.qualifier in _ICD10 and _form(diagnosis.code, True)):
            _diagnosis(diagnosis, f"diagnoses[{number}].code", f"diagnosis {number + 1}", day, found)
        right = _OTHER_DIAGNOSES if number else _PRINCIPAL
        if diagnosis.qualifier not in right and not (claim.kind == "dental" and diagnosis.qualifier == "TQ"):
            found.add(
                ICD_QUALIFIER, f"diagnoses[{number}].code",
                f"diagnosis {number + 1} has qualifier {diagnosis.qualifier}",
            )  # fmt: skip
    if len(listed) > 1 and len({each.code for each in listed}) != len(listed):
        seen: set[str] = set()
        for number, diagnosis in enumerate(listed):
            if diagnosis.code in seen:
                found.add(
                    ICD_TWICE, f"diagnoses[{number}].code", f"diagnosis {number + 1} repeats another", diagnosis.code
                )
            seen.add(diagnosis.code)
    first = listed[0]
    if first.qualifier == "ABK" and first.code[:1] in ("V", "W", "X", "Y"):
        found.add(ICD_FIRST, "diagnoses[0].code", "the first diagnosis is an external cause; put what it caused first")


def further_diagnoses(claim: Claim, found: Found) -> None:
    """Admitting diagnosis, reasons for the visit, external causes (837I)."""
    if claim.admitting_diagnosis is not None:
        _diagnosis(claim.admitting_diagnosis, "admitting_diagnosis.code", "the admitting diagnosis", None, found)
    for number, diagnosis in enumerate(claim.visit_reasons):
        _diagnosis(diagnosis, f"visit_reasons[{number}].code", f"reason for the visit {number + 1}", None, found)
    for number, diagnosis in enumerate(claim.external_causes):
        _diagnosis(diagnosis, f"external_causes[{number}].code", f"external cause {number + 1}", None, found)


@lru_cache(maxsize=8192)
def _form(code: str, icd10: bool) -> bool:
    return (c.ICD10 if icd10 else c.ICD9).fullmatch(code) is not None


def _diagnosis(diagnosis: Diagnosis, field: str, what: str, day: date | None, found: Found) -> None:
    """`day` is None where the version isn't asked, as the first code has told it."""
    if diagnosis.qualifier == "TQ":
        return  # SNODENT
    icd10 = diagnosis.qualifier in _ICD10
    if not _form(diagnosis.code, icd10):
        found.add(ICD, field, f"{what} isn't an ICD-{10 if icd10 else 9} code", diagnosis.code)
    elif day is None:
        return
    elif icd10 != (day >= c.ICD10_START):
        found.add(
            ICD_VERSION, field,
            f"{what} is ICD-{10 if icd10 else 9}, but the service was "
            f"{'before' if icd10 else 'on or after'} 2015-10-01",
        )  # fmt: skip


@lru_cache(maxsize=8192)
def _well_formed(qualifier: str, procedure: str, modifiers: tuple[str, ...]) -> bool:
    return (qualifier != "HC" or c.HCPCS.fullmatch(procedure) is not None) and (
        len(set(modifiers)) == len(modifiers) and all(map(c.MODIFIER.fullmatch, modifiers))
    )


def all_well_formed(many: Many) -> bool:
    """Of claims without drugs."""
    modifiers = map(tuple, many.line["modifiers"])
    said = set(zip(many.line["procedure_qualifier"], many.line["procedure"], modifiers, strict=True))
    return all(_well_formed(*each) for each in said if each[1])


def procedures(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """Form of procedure, modifiers and drug code of a line (837P, 837I)."""
    procedure = line.procedure
    if procedure and not _well_formed(line.procedure_qualifier, procedure, tuple(line.modifiers)):
        if line.procedure_qualifier == "HC" and not c.HCPCS.fullmatch(procedure):
            found.line(HCPCS, number, "procedure", f"has {procedure}, which isn't a CPT or HCPCS code")
        modifiers_of(line, number, found)
    code = line.national_drug_code
    if code and line.drug_qualifier in ("", "N4") and not c.NDC.fullmatch(code):
        found.line(NDC, number, "national_drug_code", "has an NDC that isn't eleven digits")


def modifiers_of(line: ServiceLine, number: int, found: Found) -> None:
    for modifier in line.modifiers:
        if not c.MODIFIER.fullmatch(modifier):
            found.line(MODIFIER, number, "modifiers", f"has {modifier}, which isn't a modifier")
    if len(set(line.modifiers)) != len(line.modifiers):
        found.line(MODIFIER_TWICE, number, "modifiers", "has a modifier twice")


def laboratories(claim: Claim, found: Found) -> None:
    if claim.clia_number and not c.CLIA.fullmatch(claim.clia_number):
        found.add(CLIA, "clia_number", f"{claim.clia_number} isn't a CLIA number (36D0123456)")


def line_laboratories(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    for name in ("clia_number", "referring_clia_number"):
        value: Any = getattr(line, name)
        if value and not c.CLIA.fullmatch(value):
            found.line(CLIA, number, name, f"has {value}, which isn't a CLIA number (36D0123456)")


CHECKS: ClaimChecks = (
    OfClaim("PID", claim_codes, spotless=all_listed, beside=("related_causes", "other_subscribers")),
    OfClaim("PID", diagnoses, spotless=all_coded),
    ("I", further_diagnoses),
    OfClaim("P", laboratories, ("clia_number",)),
)
LINE_CHECKS: LineChecks = (
    OfLine("PID", line_codes, spotless=all_listed_in_lines, beside=("adjudications",)),
    OfLine("PI", procedures, spotless=all_well_formed, beside=("national_drug_code",)),
    OfLine("P", line_laboratories, ("clia_number", "referring_clia_number")),
)
