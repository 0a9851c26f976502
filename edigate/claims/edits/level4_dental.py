"""SNIP level 4, dental claims: dates of service or a predetermination, prostheses, orthodontics."""

from __future__ import annotations

from edigate.claims.edits import codes as c
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfLine
from edigate.claims.model import Claim, ServiceLine

LEVEL = Level(4)

DENTAL_DATE = LEVEL.error(
    "DENTAL-DATE", "D", "X224A2 2300, 2400 DTP*472",
    "A dental line that was done has no date, neither its own nor the claim's, nor one of its beginning.",
    "Map `service_date` of line or claim; of a predetermination, map `predetermination` to PB.",
)  # fmt: skip
PREDETERMINATION_DATE = LEVEL.error(
    "PREDETERMINATION-DATE", "D", "X224A2 2300 CLM19, 2400 DTP*472",
    "A predetermination asks beforehand, but gives a date of service.",
    "Send what was done as a claim, and what is planned as a predetermination.",
)  # fmt: skip
PROSTHESIS_DATE = LEVEL.error(
    "PROSTHESIS-DATE", "D", "X224A2 2400 SV305, DTP*441, DTP*139",
    "A replacement of a prosthesis, crown or inlay without the date the one before was placed.",
    "Map `prior_placement_date`, with `prior_placement` 441 known or 139 estimated.",
)  # fmt: skip
PROSTHESIS = LEVEL.warning(
    "PROSTHESIS", "D", "X224A2 2400 SV305",
    "A crown, bridge or denture that is said neither to be the first nor a replacement.",
    "Map `prosthesis`: I initial, R replacement.",
)  # fmt: skip
ORTHODONTICS = LEVEL.warning(
    "ORTHODONTICS", "D", "X224A2 2300 DN1",
    "Orthodontic treatment without its months, nor the sign that it is one.",
    "Map `orthodontics.total_months`, `remaining_months`, or `indicator` Y.",
)  # fmt: skip
ORTHODONTICS_MONTHS = LEVEL.error(
    "ORTHODONTICS-MONTHS", "D", "X224A2 2300 DN101, DN102",
    "More months of orthodontic treatment remain than it has in all, or a count isn't whole.",
    "Both are whole numbers of months; the remaining ones are a part of the total.",
)  # fmt: skip
APPLIANCE_DATE = LEVEL.warning(
    "APPLIANCE-DATE", "D", "X224A2 2300, 2400 DTP*452",
    "Orthodontic treatment without the date the appliance was placed.",
    "Map `appliance_placement_date`.",
)  # fmt: skip
TOOTH_STATUS = LEVEL.error(
    "TOOTH-STATUS", "D", "X224A2 2300 DN2",
    "A missing tooth, or one to be extracted, whose number or status isn't one.",
    "Tooth 1 to 32 or A to T; status M missing, E to be extracted.",
)  # fmt: skip

# CDT families (the ADA's code ranges): crowns and onlays, dentures, implants' crowns and bridges.
_PROSTHETIC = (
    "D254", "D26", "D27", "D51", "D52", "D605", "D606", "D607", "D62", "D65", "D66", "D67",
)  # fmt: skip
_ORTHODONTIC = ("D801", "D802", "D803", "D804", "D807", "D808", "D809")  # limited and comprehensive treatment


def done_or_planned(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    dated = line.service_date is not None
    if claim.predetermination == "PB":
        if dated:
            found.line(PREDETERMINATION_DATE, number, "service_date", "has a date of service in a predetermination")
    elif not dated and claim.service_date is None and not _begun(claim, line):
        found.line(DENTAL_DATE, number, "service_date", "has no date of service")


def _begun(claim: Claim, line: ServiceLine) -> bool:
    """Orthodontic treatment goes on for months: the day its appliance was placed, or it began, is its date."""
    return any((claim.appliance_placement_date, line.appliance_placement_date, line.treatment_start_date))


def predetermination(claim: Claim, found: Found) -> None:
    if claim.predetermination == "PB" and claim.service_date is not None:
        found.add(PREDETERMINATION_DATE, "service_date", "a predetermination has a date of service")


def prosthesis(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    if line.prosthesis == "R":
        if line.prior_placement_date is None:
            found.line(
                PROSTHESIS_DATE, number, "prior_placement_date",
                "replaces a prosthesis, but the date that one was placed is missing",
            )  # fmt: skip
    elif not line.prosthesis and line.procedure.startswith(_PROSTHETIC):
        found.line(PROSTHESIS, number, "prosthesis", "doesn't say whether it is the first (I) or a replacement (R)")


def orthodontics(claim: Claim, found: Found) -> None:
    treatment = claim.orthodontics
    treated = any(line.procedure.startswith(_ORTHODONTIC) for line in claim.service_lines)
    if treated and treatment is None:
        found.add(ORTHODONTICS, "orthodontics", "orthodontic treatment needs its months, in all and remaining")
    if treatment is not None:
        total, rest = treatment.total_months, treatment.remaining_months
        if total is not None and rest is not None and rest > total:
            found.add(ORTHODONTICS_MONTHS, "orthodontics.remaining_months", f"{rest} months remain of {total}")
        for name, months in (("total_months", total), ("remaining_months", rest)):
            if months is not None and (months < 0 or months != months.to_integral_value()):
                found.add(ORTHODONTICS_MONTHS, f"orthodontics.{name}", f"{months} isn't a whole number of months")
    if treated and claim.predetermination != "PB":
        placed = claim.appliance_placement_date is not None or any(
            line.appliance_placement_date is not None for line in claim.service_lines
        )
        if not placed:
            found.add(APPLIANCE_DATE, "appliance_placement_date", "the date the appliance was placed is missing")


def tooth_statuses(claim: Claim, found: Found) -> None:
    for number, tooth in enumerate(claim.tooth_statuses):
        if tooth.tooth not in c.TEETH:
            found.add(TOOTH_STATUS, f"tooth_statuses[{number}].tooth", f"{tooth.tooth!r} isn't a tooth")
        if tooth.status not in ("E", "M"):
            found.add(TOOTH_STATUS, f"tooth_statuses[{number}].status", f"status {tooth.status!r} is neither E nor M")


CHECKS: ClaimChecks = (("D", predetermination), ("D", orthodontics), ("D", tooth_statuses))
LINE_CHECKS: LineChecks = (OfLine("D", done_or_planned), OfLine("D", prosthesis))
