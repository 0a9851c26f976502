"""SNIP level 4, lines: pointers that point, lines told apart, drugs with all they need, ambulance rides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from edigate.claims.edits import codes as c
from edigate.claims.edits.many import Many
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine
from edigate.claims.model import Claim, ServiceLine

LEVEL = Level(4)

POINTER = LEVEL.error(
    "POINTER", "PD", "2400 SV107, SV311",
    "A line points at a diagnosis that isn't there, or at one twice.",
    "Pointers count the claim's diagnoses from 1.",
)  # fmt: skip
LINE_NUMBER_TWICE = LEVEL.error(
    "LINE-NUMBER-TWICE", "PID", "2400 REF*6R",
    "Two lines have the same line item control number.",
    "Leave them out: edigate gives its own.",
)  # fmt: skip
LINE_TWICE = LEVEL.warning(
    "LINE-TWICE", "PID", "CMS Claims Processing Manual ch. 1, 120 (duplicates)",
    "Two lines bill the same service.",
    "If it was done twice, say so with a modifier (76, 77, 59) or as units.",
)  # fmt: skip
NDC_QUANTITY = LEVEL.error(
    "NDC-QUANTITY", "PI", "2410 CTP04, CTP05-1",
    "A drug without quantity or unit, or with none above zero.",
    "Give both: F2 international units, GR, ME, ML or UN.",
)  # fmt: skip
NDC_MISSING = LEVEL.error(
    "NDC-MISSING", "PI", "2410 LIN03",
    "A drug's quantity, unit or prescription without the drug's code.",
    "Give the NDC.",
)  # fmt: skip
AMBULANCE = LEVEL.warning(
    "AMBULANCE", "P", "X222A1 2300, 2400 CR1; Stedi's claim edits",
    "A transport that doesn't say why it was needed and how far it went.",
    "Map `ambulance` (CR1); with place of service 41 or 42, the claim's own.",
)  # fmt: skip
AMBULANCE_PLACES = LEVEL.warning(
    "AMBULANCE-PLACES", "P", "X222A1 2310E, 2310F, 2420G, 2420H",
    "A transport without places of pick-up and drop-off.",
    "Map `ambulance_pick_up` and `ambulance_drop_off`.",
)  # fmt: skip
EPSDT_CODE = LEVEL.error(
    "EPSDT-CODE", "P", "X222A1 2300 CRC*ZZ",
    "An EPSDT referral whose yes or no and condition don't agree.",
    "With Y: AV, S2 or ST. With N: NU alone.",
)  # fmt: skip
ACUTE_DATE = LEVEL.warning(
    "ACUTE-DATE", "P", "X222A1 2300 DTP*453, CR208",
    "A spinal manipulation of an acute condition without the date it became so.",
    "Map `acute_manifestation_date`; Medicare asks for it where CR208 is A or M.",
)  # fmt: skip
CMN_DATE = LEVEL.error(
    "CMN-DATE", "P", "X222A1 2400 CR301, DTP*607",
    "A renewed or revised certificate of medical necessity without the date of its revision.",
    "Map `certification_revision_date`.",
)  # fmt: skip
PURCHASED_SERVICE = LEVEL.warning(
    "PURCHASED-SERVICE", "P", "X222A1 2400 PS1, 2420B",
    "A purchased service with its charge but not its provider, or the other way round.",
    "Map `purchased_service_provider`, `purchased_service_provider_id` and `purchased_service_charge`.",
)  # fmt: skip


def all_point_right(many: Many) -> bool:
    known = list(map(len, many.claim["diagnoses"]))
    pointed = zip(map(known.__getitem__, many.claim_of_line), map(tuple, many.line["diagnosis_pointers"]), strict=True)
    return all(_within(*each) for each in set(pointed))


@lru_cache(maxsize=4096)
def _within(known: int, pointed: tuple[int, ...]) -> bool:
    """Whether they point at diagnoses there are, each once."""
    return not pointed or (min(pointed) >= 1 and max(pointed) <= known and len(set(pointed)) == len(pointed))


def pointers(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    pointed = line.diagnosis_pointers
    if not pointed:
        return
    known = len(claim.diagnoses)
    for pointer in pointed:
        if not 1 <= pointer <= known:
            found.line(
                POINTER, number, "diagnosis_pointers", f"points at diagnosis {pointer}, but the claim has {known}"
            )
    if len(pointed) > 1 and len(set(pointed)) != len(pointed):
        found.line(POINTER, number, "diagnosis_pointers", "points at the same diagnosis twice")


_NUMBER = attrgetter("line_item_control_number")
_SERVICE = attrgetter("revenue_code", "procedure", "service_date")


def all_apart(many: Many) -> bool:
    """No two lines of a claim with the same service on the same day, or with the same number."""
    numbers = zip(many.claim_of_line, many.line["line_item_control_number"], strict=True)
    numbered = [each for each in numbers if each[1]] if "line_item_control_number" in many.line.said else []
    services = many.line.rows(("revenue_code", "procedure", "service_date"))
    apart = len(set(zip(many.claim_of_line, services, strict=True))) == many.line.count
    return apart and len(set(numbered)) == len(numbered)


def lines_apart(claim: Claim, found: Found) -> None:
    """Line item control numbers are unique within the claim; no service is billed by two lines."""
    lines = claim.service_lines
    if len(lines) < 2:
        return
    numbers = list(filter(None, map(_NUMBER, lines)))
    if len(set(numbers)) != len(numbers):
        before: dict[str, int] = {}
        for number, line in enumerate(lines):
            control = line.line_item_control_number
            if control and before.setdefault(control, number) != number:
                found.line(
                    LINE_NUMBER_TWICE, number, "line_item_control_number",
                    f"has the line item control number of line {before[control] + 1}",
                )  # fmt: skip
    if len(set(map(_SERVICE, lines))) != len(lines):
        _twice(lines, found)


def _twice(lines: Sequence[ServiceLine], found: Found) -> None:
    """Lines of the same service and day, looked at in full."""
    billed: dict[tuple[object, ...], int] = {}
    for number, line in enumerate(lines):
        same = (
            line.revenue_code, line.procedure, *sorted(line.modifiers), line.service_date, line.service_date_end,
            line.charge, line.units, line.national_drug_code, line.rendering_provider and line.rendering_provider.npi,
            *((tooth.code, *tooth.surfaces) for tooth in line.teeth), *line.oral_cavities,
        )  # fmt: skip
        if billed.setdefault(same, number) != number:
            found.line(
                LINE_TWICE, number, "procedure" if line.procedure else "revenue_code",
                f"bills the same as line {billed[same] + 1}; payers deny it as a duplicate unless a modifier "
                "(76, 77, 59) says why",
            )  # fmt: skip


_DRUG = ("national_drug_code", "drug_quantity", "drug_unit", "prescription_number", "drug_link_number")


def drugs(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """A drug code has a quantity and its unit, and they a drug code."""
    if line.national_drug_code:
        if line.drug_quantity is None or line.drug_quantity <= 0 or not line.drug_unit:
            found.line(NDC_QUANTITY, number, "drug_quantity", "has a drug code, but no quantity and unit")
    elif line.drug_quantity or line.drug_unit or line.prescription_number or line.drug_link_number:
        found.line(NDC_MISSING, number, "national_drug_code", "speaks of a drug without its code")


def ambulance_claim(claim: Claim, found: Found) -> None:
    """A claim of the place of service ambulance says so itself: its lines' CR1 don't stand for it."""
    if claim.place_of_service in ("41", "42") and claim.ambulance is None:
        found.add(
            AMBULANCE, "ambulance", "an ambulance's claim doesn't say why the transport was needed and how far it went"
        )


def no_ambulance(many: Many) -> bool:
    return not any(map(c.AMBULANCE.fullmatch, many.procedures))


def ambulance(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """A transport says why and how far (CR1) and from where to where."""
    if not line.procedure.startswith("A0") or not c.AMBULANCE.fullmatch(line.procedure):
        return
    if claim.ambulance is None and line.ambulance is None and claim.place_of_service not in ("41", "42"):
        found.line(
            AMBULANCE, number, "ambulance",
            "is an ambulance transport, but nothing says why it was needed and how far it went",
        )  # fmt: skip
    if not (claim.ambulance_pick_up or line.ambulance_pick_up) or not (
        claim.ambulance_drop_off or line.ambulance_drop_off
    ):
        found.line(
            AMBULANCE_PLACES, number, "ambulance_pick_up",
            "is an ambulance transport, but not both the places of pick-up and drop-off are given",
        )  # fmt: skip


def epsdt_referral(claim: Claim, found: Found) -> None:
    for nth, condition in enumerate(claim.conditions):
        if condition.category != "ZZ":
            continue
        said = frozenset(condition.codes)
        right = said == {"NU"} if condition.applies == "N" else bool(said) and said <= {"AV", "S2", "ST"}
        if not right:
            found.add(
                EPSDT_CODE, f"conditions[{nth}].codes",
                "an EPSDT referral that was given (Y) has AV, S2 or ST; one that wasn't (N) has NU",
            )  # fmt: skip


def spinal_manipulation(claim: Claim, found: Found) -> None:
    spinal = claim.spinal_manipulation
    if spinal is not None and spinal.condition in ("A", "M") and claim.acute_manifestation_date is None:
        found.add(
            ACUTE_DATE, "acute_manifestation_date",
            "the spinal condition is acute, but the date it became so is missing",
        )  # fmt: skip


def certificate(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    certified = line.equipment_certification
    if certified is not None and certified.type in ("R", "S") and line.certification_revision_date is None:
        found.line(
            CMN_DATE, number, "certification_revision_date",
            "has a renewed or revised certificate of medical necessity, but not the date of the revision",
        )  # fmt: skip


def purchased_service(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    charge, provider = line.purchased_service_charge, line.purchased_service_provider
    if (charge is None) != (provider is None):
        missing = "charge" if charge is None else "provider"
        found.line(
            PURCHASED_SERVICE, number, f"purchased_service_{missing}", f"is a purchased service without its {missing}"
        )


CHECKS: ClaimChecks = (
    OfClaim("PID", lines_apart, spotless=all_apart),
    OfClaim("P", ambulance_claim, spotless=lambda many: {"41", "42"}.isdisjoint(many.places)),
    OfClaim("P", epsdt_referral, ("conditions",)),
    OfClaim("P", spinal_manipulation, ("spinal_manipulation",)),
)
LINE_CHECKS: LineChecks = (
    OfLine("PD", pointers, spotless=all_point_right),
    OfLine("PI", drugs, _DRUG),
    OfLine("P", ambulance, spotless=no_ambulance),
    OfLine("P", certificate, ("equipment_certification",)),
    OfLine("P", purchased_service, ("purchased_service_charge", "purchased_service_provider")),
)
