"""SNIP level 5, codes of dental claims: CDT, teeth, surfaces, areas of the mouth."""

from __future__ import annotations

from functools import lru_cache

from edigate.claims.edits import codes as c
from edigate.claims.edits.level5_codes import modifiers_of
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfLine
from edigate.claims.model import Claim, ServiceLine, Tooth

LEVEL = Level(5)

CDT = LEVEL.error(
    "CDT", "D", "X224A2 2400 SV301-2; ADA, CDT",
    "Not the form of a CDT code.",
    "D and four digits: D2150. Medical codes go on a professional claim.",
)  # fmt: skip
TOOTH = LEVEL.error(
    "TOOTH", "D", "X224A2 2400 TOO02; ADA universal numbering",
    "Not a tooth's number or letter.",
    "Permanent 1 to 32, primary A to T, supernumerary 51 to 82 and AS to TS.",
)  # fmt: skip
SURFACE = LEVEL.error(
    "SURFACE", "D", "X224A2 2400 TOO03",
    "Not a tooth's surface, or one twice, or more than five.",
    "B buccal, D distal, F facial, I incisal, L lingual, M mesial, O occlusal; each apart.",
)  # fmt: skip
SURFACE_TOOTH = LEVEL.warning(
    "SURFACE-TOOTH", "D", "ADA universal numbering",
    "An incisal surface of a back tooth, or an occlusal one of a front tooth.",
    "Front teeth (6-11, 22-27, C-H, M-R) have I, back teeth O.",
)  # fmt: skip
ORAL_CAVITY = LEVEL.error(
    "ORAL-CAVITY", "D", "X224A2 2400 SV304; ADA, areas of the oral cavity",
    "Not an area of the mouth.",
    "00 all, 01 upper, 02 lower arch, 10 20 30 40 quadrants, 03-08 sextants, 09 other, L left, R right.",
)  # fmt: skip

_FRONT = frozenset("6 7 8 9 10 11 22 23 24 25 26 27 C D E F G H M N O P Q R".split())


@lru_cache(maxsize=2048)
def _form(procedure: str, modifiers: tuple[str, ...]) -> bool:
    return (
        c.CDT.fullmatch(procedure) is not None
        and len(set(modifiers)) == len(modifiers)
        and all(map(c.MODIFIER.fullmatch, modifiers))
    )


def procedure(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    code = line.procedure
    if not code:
        return
    if not _form(code, tuple(line.modifiers)):
        if not c.CDT.fullmatch(code):
            found.line(CDT, number, "procedure", f"has {code}, which isn't a CDT code (D2150)")
        modifiers_of(line, number, found)


def teeth(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    for nth, tooth in enumerate(line.teeth):
        if tooth.code not in c.TEETH:
            found.line(TOOTH, number, f"teeth[{nth}].code", f"has tooth {tooth.code!r}, which isn't one")
        if tooth.surfaces:
            _surfaces(tooth, nth, number, found)
    for area in line.oral_cavities:
        if area not in c.ORAL_CAVITIES:
            found.line(ORAL_CAVITY, number, "oral_cavities", f"has {area!r}, which isn't an area of the mouth")


def _surfaces(tooth: Tooth, nth: int, number: int, found: Found) -> None:
    surfaces = tooth.surfaces
    at = f"teeth[{nth}].surfaces"
    if not c.SURFACES.issuperset(surfaces) or len(set(surfaces)) != len(surfaces) or len(surfaces) > 5:
        found.line(SURFACE, number, at, f"has surfaces {' '.join(surfaces)}: there are B D F I L M O, each once")
    elif tooth.code in c.TEETH and ("O" if tooth.code in _FRONT else "I") in surfaces:
        kind, has = ("front", "O") if tooth.code in _FRONT else ("back", "I")
        found.line(SURFACE_TOOTH, number, at, f"has surface {has} of tooth {tooth.code}, a {kind} tooth")


CHECKS: ClaimChecks = ()
LINE_CHECKS: LineChecks = (OfLine("D", procedure), OfLine("D", teeth))
