"""Building ICD-10-CM of years with gaps between them: bounds that refuse no right code."""

from __future__ import annotations

from datetime import date
from xml.etree.ElementTree import fromstring

from edigate.claims.codesets import Row
from scripts.codesets.icd_10_cm import Entry, Year, described, fiscal_year, rows

YEARS = [
    Year(fiscal_year(2019), {"A1": Entry(True, "always"), "B1": Entry(True, "ends"), "C1": Entry(True, "divided")}),
    Year(fiscal_year(2021), {"A1": Entry(True, "always"), "B1": Entry(True, "ends"), "C1": Entry(True, "divided")}),
    Year(
        fiscal_year(2025),
        {
            "A1": Entry(True, "Always, said ánew"),
            "C1": Entry(False, "divided"),
            "C10": Entry(True, "new"),
            "D1": Entry(True, "announced"),
        },
    ),
]


def test_a_code_begins_after_the_last_year_without_it_and_ends_before_the_next_one_without_it() -> None:
    found = list(rows(YEARS, {"D1": date(2022, 4, 1), "A1": date(2000, 1, 1)}))
    assert found == [
        Row("A1", "Always, said anew", start=date(2000, 1, 1)),
        Row("B1", "ends", end=date(2024, 9, 30)),
        Row("C1", "divided", end=date(2024, 9, 30)),
        Row("C1", "divided", start=date(2021, 10, 1), billable=False),
        Row("C10", "new", start=date(2021, 10, 1)),
        Row("D1", "announced", start=date(2022, 4, 1)),
    ]


def test_seventh_characters_make_codes_of_their_own_filled_up_with_x() -> None:
    tabular = fromstring(  # noqa: S314  # our own text
        """<ICD10CM.tabular><chapter><name>19</name><section id="S"><diag><name>S06</name><desc>Injury</desc>
        <sevenChrDef><extension char="A">first</extension><extension char="S">sequela</extension></sevenChrDef>
        <diag><name>S06.1</name><desc>Oedema</desc></diag></diag></section></chapter></ICD10CM.tabular>"""
    )
    assert list(described(tabular)) == [
        ("S06", "Injury"),
        ("S061", "Oedema"),
        ("S061XXA", "Oedema, first"),
        ("S061XXS", "Oedema, sequela"),
    ]
