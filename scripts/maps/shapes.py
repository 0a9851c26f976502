"""Segments and composites of X12 005010 as the standard has them: data elements in order, syntax notes.

Knows those an 837 uses. Refuses to know a guide, which says which of the elements it uses, and how.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Shape(NamedTuple):
    """A segment as the standard has it: its data elements in order and its syntax notes."""

    elements: str
    notes: str = ""


CAS_NOTES = " ".join(f"L{n:02}{n + 1:02}{n + 2:02} C{n + 1:02}{n:02} C{n + 2:02}{n:02}" for n in (5, 8, 11, 14, 17))
CUR_NOTES = "C0807 C0907 " + " ".join(
    f"L{n}{n + 1}{n + 2} C{n + 1}{n} C{n + 2}{n}" for n in (10, 13, 16, 19)
)

SHAPES: Mapping[str, Shape] = {
    "ISA": Shape("I01 I02 I03 I04 I05 I06 I05 I07 I08 I09 I10 I11 I12 I13 I14 I15"),
    "GS": Shape("479 142 124 373 337 28 455 480"),
    "ST": Shape("143 329 1705"),
    "BHT": Shape("1005 353 127 373 337 640"),
    "NM1": Shape("98 1065 1035 1036 1037 1038 1039 66 67 706 98 1035", "P0809 C1110 C1203"),
    "N3": Shape("166 166"),
    "N4": Shape("19 156 116 26 309 310 1715", "E0207 C0605 C0704"),
    "PER": Shape("366 93 365 364 365 364 365 364 443", "P0304 P0506 P0708"),
    "REF": Shape("128 127 352 C040", "R0203"),
    "HL": Shape("628 734 735 736"),
    "PRV": Shape("1221 128 127 156 C035 1223", "P0203"),
    "CUR": Shape("98 100 280 98 100 669 " + "374 373 337 " * 5, CUR_NOTES),
    "SBR": Shape("1138 1069 127 93 1336 1143 1073 584 1032"),
    "PAT": Shape("1069 1384 584 1220 1250 1251 355 81 1073", "P0506 P0708"),
    "DMG": Shape("1250 1251 1068 1067 C056 1066 26 659 380 1270 1271", "P0102 P1011 C1105"),
    "CLM": Shape(
        "1028 782 1032 1343 C023 1073 1359 1073 1363 1351 C024 1366 1073 1338 1073 1360 1029 1073 1383 1514"
    ),
    "DTP": Shape("374 1250 1251"),
    "DN1": Shape("380 380 1073 352"),
    "DN2": Shape("127 1368 380 1250 1251 1270", "P0405"),
    "PWK": Shape("755 756 757 98 66 67 352 C002 1525", "P0506"),
    "CN1": Shape("1166 782 332 127 338 799"),
    "AMT": Shape("522 782 478"),
    "K3": Shape("449 1333 C001"),
    "NTE": Shape("363 352"),
    "HI": Shape("C022 " * 12),
    "HCP": Shape("1473 782 782 127 118 127 782 234 235 234 355 380 901 1526 1527", "R0113 P0910 P1112"),
    "CAS": Shape("1033 " + "1034 782 380 " * 6, CAS_NOTES),
    "OI": Shape("1032 1383 1073 1351 1360 1363"),
    "MOA": Shape("954 782 127 127 127 127 127 782 782"),
    "LX": Shape("554"),
    "SV3": Shape("C003 782 1331 C006 1358 380 352 1327 1360 1073 C004"),
    "TOO": Shape("1270 1271 C005"),
    "SVD": Shape("67 782 C003 234 380 554"),
    "SE": Shape("96 329"),
    "GE": Shape("97 28"),
    "IEA": Shape("I16 I12"),
}

COMPOSITES: Mapping[str, tuple[str, str]] = {
    "C001": ("Composite Unit of Measure", ""),
    "C002": ("Actions Indicated", ""),
    "C003": ("Composite Medical Procedure Identifier", "235 234 1339 1339 1339 1339 352 234"),
    "C004": ("Composite Diagnosis Code Pointer", "1328 1328 1328 1328"),
    "C005": ("Tooth Surface", "1369 1369 1369 1369 1369"),
    "C006": ("Oral Cavity Designation", "1361 1361 1361 1361 1361"),
    "C022": ("Health Care Code Information", "1270 1271 1250 1251 782 380 799 1271 1073"),
    "C023": ("Health Care Service Location Information", "1331 1332 1325"),
    "C024": ("Related Causes Information", "1362 1362 1362 156 26"),
    "C035": ("Provider Specialty Information", ""),
    "C040": ("Reference Identifier", "128 127 128 127 128 127"),
    "C056": ("Composite Race or Ethnicity Information", ""),
}
