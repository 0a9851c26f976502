"""SNIP level 6, types of service of dental claims: which of tooth, surfaces and quadrant a service is done to."""

from __future__ import annotations

from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfLine
from edigate.claims.model import Claim, ServiceLine

LEVEL = Level(6)

TOOTH_NEEDED = LEVEL.warning(
    "TOOTH-NEEDED", "D", "ADA claim form instructions, item 27",
    "A filling, crown, root canal, sealant or extraction that doesn't say of which tooth.",
    "Map `teeth`.",
)  # fmt: skip
SURFACE_COUNT = LEVEL.warning(
    "SURFACE-COUNT", "D", "ADA, CDT: restorations by surfaces",
    "A filling of so many surfaces with another number of them.",
    "Code and surfaces don't go together: D2150 has two.",
)  # fmt: skip
QUADRANT_NEEDED = LEVEL.warning(
    "QUADRANT-NEEDED", "D", "ADA claim form instructions, item 25",
    "A periodontal treatment by quadrant that doesn't say which.",
    "Map `oral_cavities`: 10 upper right, 20 upper left, 30 lower left, 40 lower right.",
)  # fmt: skip

# CDT codes by what they are done to; fillings and inlays with how many surfaces, 4 for four or more.
_SURFACES = {
    "D2140": 1, "D2150": 2, "D2160": 3, "D2161": 4, "D2330": 1, "D2331": 2, "D2332": 3, "D2391": 1, "D2392": 2,
    "D2393": 3, "D2394": 4, "D2510": 1, "D2520": 2, "D2610": 1, "D2620": 2, "D2650": 1, "D2651": 2,
}  # fmt: skip
_OF_A_TOOTH = (
    "D1351", "D214", "D215", "D216", "D233", "D239", "D251", "D252", "D253", "D27", "D331", "D332", "D333", "D334",
    "D714", "D721", "D722", "D723", "D724", "D725",
)  # fmt: skip
_OF_A_QUADRANT = ("D4210", "D4211", "D4240", "D4241", "D4260", "D4261", "D4341", "D4342")
_QUADRANTS = frozenset(("10", "20", "30", "40"))


def needs(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """What a service is done to: a tooth, surfaces of it, a quadrant."""
    code = line.procedure
    if not line.teeth:
        if code.startswith(_OF_A_TOOTH):
            found.line(TOOTH_NEEDED, number, "teeth", f"has {code}, but no tooth")
        elif code in _OF_A_QUADRANT and not _QUADRANTS.intersection(line.oral_cavities):
            found.line(QUADRANT_NEEDED, number, "oral_cavities", f"has {code}, but no quadrant")
        return
    most = _SURFACES.get(code)
    if most is None:
        return
    for nth, tooth in enumerate(line.teeth):
        has = len(tooth.surfaces)
        if has != most and not (most == 4 and has > 4):
            found.line(
                SURFACE_COUNT, number, f"teeth[{nth}].surfaces",
                f"has {code} for {most}{' or more' if most == 4 else ''} surfaces, but tooth {tooth.code} has {has}",
            )  # fmt: skip


CHECKS: ClaimChecks = ()
LINE_CHECKS: LineChecks = (OfLine("D", needs),)
