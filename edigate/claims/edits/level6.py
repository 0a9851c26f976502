"""SNIP level 6, types of service of professional claims: anesthesia, laboratories, equipment, drugs, telehealth ...

Where a rule is Medicare's or Medicaid's it is asked of their claims alone (claim filing indicator MA, MB, MC).
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from edigate.claims.edits import codes as c
from edigate.claims.edits.many import Many
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine
from edigate.claims.model import Claim, ServiceLine

LEVEL = Level(6)

_PROCESSING = "CMS Claims Processing Manual"

ANESTHESIA_MINUTES = LEVEL.warning(
    "ANESTHESIA-MINUTES", "P", f"X222A1 2400 SV103; {_PROCESSING} ch. 12, 50",
    "Anesthesia that isn't counted in minutes.",
    "Map `unit` to MJ and `units` to the minutes.",
)  # fmt: skip
MINUTES_ELSEWHERE = LEVEL.warning(
    "MINUTES-ELSEWHERE", "P", "X222A1 2400 SV103",
    "Minutes of a service that isn't anesthesia.",
    "Map `unit` to UN.",
)  # fmt: skip
ANESTHESIA_MODIFIER = LEVEL.warning(
    "ANESTHESIA-MODIFIER", "P", f"{_PROCESSING} ch. 12, 50.K",
    "Medicare anesthesia that doesn't say who gave or directed it.",
    "One of AA, AD, QK, QX, QY, QZ.",
)  # fmt: skip
CLIA_MISSING = LEVEL.warning(
    "CLIA-MISSING", "P", f"{_PROCESSING} ch. 16, 70; 2300, 2400 REF*X4",
    "A Medicare or Medicaid laboratory test without the laboratory's CLIA number.",
    "Map `clia_number`; for a test sent elsewhere (modifier 90) `referring_clia_number`.",
)  # fmt: skip
MAMMOGRAPHY = LEVEL.warning(
    "MAMMOGRAPHY", "P", f"X222A1 2300, 2400 REF*EW; {_PROCESSING} ch. 18, 20",
    "A Medicare mammography without the number of the facility's certificate.",
    "Map `mammography_certification`.",
)  # fmt: skip
ORDERING = LEVEL.warning(
    "ORDERING", "P", "X222A1 2420E; CEDI front end edits",
    "Medicare equipment, prostheses or orthotics without who ordered them.",
    "Map `ordering_provider` of the line.",
)  # fmt: skip
CMN_ENDED = LEVEL.warning(
    "CMN-ENDED", "P", "CMS, CMN and DIF elimination; CEDI edit X222.492.2440.LQ02.030",
    "A certificate of medical necessity with a Medicare service from 2023-01-01 on.",
    "Leave `forms` and `equipment_certification` out: Medicare refuses claims with them.",
)  # fmt: skip
NDC_NEEDED = LEVEL.warning(
    "NDC-NEEDED", "P", "Deficit Reduction Act of 2005, 6002; state Medicaid companion guides",
    "A drug (J code) on a Medicaid claim without its NDC.",
    "Map `national_drug_code`, `drug_quantity` and `drug_unit`.",
)  # fmt: skip
CHIROPRACTIC = LEVEL.warning(
    "CHIROPRACTIC", "P", "X222A1 2300 DTP*454; CMS Benefit Policy Manual ch. 15, 240",
    "A Medicare spinal manipulation without the date treatment began.",
    "Map `initial_treatment_date` of claim or line.",
)  # fmt: skip
ADMISSION_DATE_INPATIENT = LEVEL.warning(
    "ADMISSION-DATE-21", "P", "X222A1 2300 DTP*435",
    "An inpatient visit (place of service 21, 51 or 61) without the date of admission.",
    "Map `admission_date`.",
)  # fmt: skip
AMBULANCE_MODIFIER = LEVEL.warning(
    "AMBULANCE-MODIFIER", "P", f"{_PROCESSING} ch. 15, 30",
    "A Medicare transport without the two letters of where from and where to.",
    "D, E, G, H, I, J, N, P, R, S, X: RH is home to hospital.",
)  # fmt: skip
EPSDT_REFERRAL = LEVEL.warning(
    "EPSDT-REFERRAL", "P", "X222A1 2300 CRC*ZZ",
    "A screening (EPSDT) that doesn't say whether the child was referred.",
    "Map a condition of category ZZ.",
)  # fmt: skip
TELEHEALTH = LEVEL.warning(
    "TELEHEALTH", "P", "CMS, place of service 02 and 10; AMA CPT appendix P",
    "Telehealth (place of service 02, 10) for a payer other than Medicare, without a modifier of how.",
    "95 video, 93 telephone, or GT, GQ where the payer says so.",
)  # fmt: skip
NOC_DESCRIPTION = LEVEL.warning(
    "NOC-DESCRIPTION", "PI", "2400 SV101-7, SV202-7; Regence's claims edits",
    "An unlisted or unclassified procedure or drug that doesn't say what it was.",
    "Map the line's `description`.",
)  # fmt: skip
MODIFIER_CONFLICT = LEVEL.warning(
    "MODIFIER-CONFLICT", "PI", "CMS NCCI Policy Manual ch. 1; AMA CPT appendix A",
    "Two modifiers of a line say what can't both be.",
    "Leave one out: 26 with TC is the whole service, LT with RT is 50.",
)  # fmt: skip

_NO_MINUTES = frozenset(("01953", "01996"))  # by area, and by day
_ANESTHETISTS = frozenset("AA AD QK QX QY QZ".split())
_VIA = frozenset("93 95 GT GQ G0 FQ FR".split())
_MAMMOGRAPHIES = frozenset("77063 77065 77066 77067 G0279".split())
_MANIPULATIONS = frozenset(("98940", "98941", "98942"))
_INPATIENT_PLACES = frozenset(("21", "51", "61"))
_EQUIPMENT = re.compile(r"E[01][0-9]{3}|K0[0-9]{3}|L[0-9]{4}", re.ASCII)
_CMN_END = date(2023, 1, 1)
# CMS's list of laboratory codes that need no CLIA number (excluded from CLIA edits), of the chapter 8 codes.
_NO_CLIA = frozenset(
    "80500 80502 80503 80504 80505 80506 81050 82075 83013 83014 83987 86077 86078 86079 86485 86486 86490 86510 "
    "86580 86891 86910 86911 86927 86930 86931 86932 86945 86950 86960 86965 86985 88125 88240 88241 88304 88305 "
    "88720 88738 88740 88741 89049 89220 89230 89240".split()
)
# Pairs that can't both be.
_CONFLICTS = tuple(
    frozenset(pair.split("+"))
    for pair in "26+TC LT+RT 50+LT 50+RT 76+77 22+52 52+53 93+95 AA+QZ AA+QK AA+QX AA+QY QK+QZ QX+QZ QY+QZ GA+GZ "
    "GY+GZ 80+82 RR+NU NU+UE RR+UE".split()
)


# CPT's unlisted codes and HCPCS's not otherwise classified ones that are met most.
_UNLISTED = frozenset(
    "J3490 J3590 J7599 J7699 J7799 J7999 J8499 J8999 J9999 A4649 A9698 A9699 A9900 A9999 B9998 E1399 K0108 K0812 "
    "L0999 L1499 L2999 L3649 L3999 L5999 L7499 L8039 L8499 L8699 Q4100 T1999 T5999 V2199 V2799 V5299 17999 19499 "
    "20999 22899 27599 29999 31599 36299 37799 43499 44899 49999 53899 58999 64999 66999 69399 76499 76999 78999 "
    "81599 84999 85999 86849 87999 88199 89240 90399 90749 90899 90999 92499 92700 93799 94799 95199 95999 96379 "
    "96549 96999 97039 97139 97799 99199 99429 99499 99600".split()
)


@lru_cache(maxsize=4096)
def _family(procedure: str) -> str:
    """What kind of service a code is, of those there are rules for; empty for all others."""
    if procedure[:1] == "0" and len(procedure) == 5 and procedure.isdigit() and "00100" <= procedure <= "01999":
        return "anesthesia" if procedure not in _NO_MINUTES else ""
    if procedure.isdigit() and "80047" <= procedure <= "89398":
        return "laboratory" if procedure not in _NO_CLIA else ""
    if procedure in _MAMMOGRAPHIES:
        return "mammography"
    if procedure in _MANIPULATIONS:
        return "manipulation"
    if c.AMBULANCE.fullmatch(procedure):
        return "ambulance"
    if _EQUIPMENT.fullmatch(procedure):
        return "equipment"
    return "drug" if procedure[:1] == "J" else ""


def of_no_family(many: Many) -> bool:
    """None of a kind there are rules for at its payer, and no minutes."""
    if "MJ" in many.line["unit"]:
        return False
    families = set(map(_family, many.procedures))
    if c.MEDICARE.isdisjoint(many.paid_by) and "MC" not in many.paid_by:
        return "anesthesia" not in families  # the others' rules are those two payers'
    return families <= {""}


def services(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """What the line's kind of service needs, for its payer."""
    family = _family(line.procedure)
    if family != "anesthesia" and line.unit == "MJ" and line.procedure not in _NO_MINUTES:
        found.line(MINUTES_ELSEWHERE, number, "unit", f"counts minutes, but {line.procedure} isn't anesthesia")
    if family:
        payer = claim.subscriber.filing_indicator if claim.subscriber is not None else ""
        _BY_FAMILY[family](claim, line, number, payer, found)


def _anesthesia(claim: Claim, line: ServiceLine, number: int, payer: str, found: Found) -> None:
    if line.unit != "MJ":
        found.line(ANESTHESIA_MINUTES, number, "unit", "is anesthesia, which is counted in minutes (MJ)")
    if payer in c.MEDICARE and not _ANESTHETISTS.intersection(line.modifiers):
        found.line(ANESTHESIA_MODIFIER, number, "modifiers", "is anesthesia, but doesn't say who gave it (AA, QK ...)")


def _laboratory(claim: Claim, line: ServiceLine, number: int, payer: str, found: Found) -> None:
    asked = payer == "MC" or payer in c.MEDICARE
    if asked and not (claim.clia_number or line.clia_number or line.referring_clia_number):
        found.line(CLIA_MISSING, number, "clia_number", f"is a laboratory test ({line.procedure}) without CLIA number")


def _mammography(claim: Claim, line: ServiceLine, number: int, payer: str, found: Found) -> None:
    certified = claim.mammography_certification or line.mammography_certification
    if payer in c.MEDICARE and not certified and "26" not in line.modifiers:
        found.line(MAMMOGRAPHY, number, "mammography_certification", "is a mammography without its certificate")


def _manipulation(claim: Claim, line: ServiceLine, number: int, payer: str, found: Found) -> None:
    if payer in c.MEDICARE and claim.initial_treatment_date is None and line.initial_treatment_date is None:
        found.line(CHIROPRACTIC, number, "initial_treatment_date", "is a spinal manipulation: when did it begin?")


def _ambulance(claim: Claim, line: ServiceLine, number: int, payer: str, found: Found) -> None:
    if payer in c.MEDICARE and not any(map(c.MODIFIER_PLACE.fullmatch, line.modifiers)):
        found.line(AMBULANCE_MODIFIER, number, "modifiers", "is a transport; from where to where (RH)?")


def _equipment(claim: Claim, line: ServiceLine, number: int, payer: str, found: Found) -> None:
    if payer in c.MEDICARE and line.ordering_provider is None and claim.referring_provider is None:
        found.line(ORDERING, number, "ordering_provider", f"has {line.procedure}, but nobody who ordered it")


def _drug(claim: Claim, line: ServiceLine, number: int, payer: str, found: Found) -> None:
    if payer == "MC" and not line.national_drug_code:
        found.line(NDC_NEEDED, number, "national_drug_code", f"has the drug {line.procedure}, but no NDC")


_BY_FAMILY = {
    "anesthesia": _anesthesia,
    "laboratory": _laboratory,
    "mammography": _mammography,
    "manipulation": _manipulation,
    "ambulance": _ambulance,
    "equipment": _equipment,
    "drug": _drug,
}


def all_say_enough(many: Many) -> bool:
    return _UNLISTED.isdisjoint(many.procedures)


def described(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    if line.procedure in _UNLISTED and not line.description and not line.notes:
        found.line(NOC_DESCRIPTION, number, "description", f"has {line.procedure}, which doesn't say what was done")


def certificates(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    if not line.forms and line.equipment_certification is None:
        return
    payer = claim.subscriber.filing_indicator if claim.subscriber is not None else ""
    if payer == "MB" and line.service_date is not None and line.service_date >= _CMN_END:
        found.line(CMN_ENDED, number, "forms", "has a certificate of medical necessity, which Medicare has ended")


_DISTANT = frozenset(("02", "10"))


def none_distant(many: Many) -> bool:
    return _DISTANT.isdisjoint(many.claim["place_of_service"]) and _DISTANT.isdisjoint(many.line["place_of_service"])


def places(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """Telehealth says how."""
    if (line.place_of_service or claim.place_of_service) not in _DISTANT:
        return
    payer = claim.subscriber.filing_indicator if claim.subscriber is not None else ""
    if payer not in c.MEDICARE and not _VIA.intersection(line.modifiers):
        found.line(TELEHEALTH, number, "modifiers", "is telehealth, but no modifier says how (95, 93, GT)")


def admitted(claim: Claim, found: Found) -> None:
    if claim.place_of_service in _INPATIENT_PLACES and claim.admission_date is None:
        found.add(ADMISSION_DATE_INPATIENT, "admission_date", "a visit to an inpatient needs the date of admission")


def screened(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    if line.epsdt == "Y" and not any(condition.category == "ZZ" for condition in claim.conditions):
        found.line(EPSDT_REFERRAL, number, "epsdt", "is a screening, but nothing says whether the child was referred")


@lru_cache(maxsize=4096)
def _conflict(modifiers: tuple[str, ...]) -> tuple[str, ...]:
    """The first two that can't both be."""
    for pair in _CONFLICTS:
        if pair <= set(modifiers):
            return tuple(sorted(pair))
    return ()


def compatible(many: Many) -> bool:
    return not any(map(_conflict, many.modifiers))


def modifiers(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    if len(line.modifiers) < 2:
        return
    if pair := _conflict(tuple(line.modifiers)):
        found.line(MODIFIER_CONFLICT, number, "modifiers", f"has {' and '.join(pair)}, which can't both be")


CHECKS: ClaimChecks = (OfClaim("P", admitted, spotless=lambda many: _INPATIENT_PLACES.isdisjoint(many.places)),)
LINE_CHECKS: LineChecks = (
    OfLine("P", services, spotless=of_no_family),
    OfLine("P", certificates, ("forms", "equipment_certification")),
    OfLine("P", places, spotless=none_distant),
    OfLine("P", screened, ("epsdt",)),
    OfLine("PI", described, spotless=all_say_enough),
    OfLine("PI", modifiers, spotless=compatible),
)
