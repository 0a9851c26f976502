"""Code sets: known facts of ICD-10-CM by date, editions side by side, what a biller may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from edigate.claims.codesets import (
    SETS,
    Codes,
    Edition,
    Heading,
    Period,
    Row,
    Status,
    bare,
    modifier_set,
    procedure_set,
)
from edigate.claims.codesets.table import read, read_heading, write
from edigate.errors import StorageError

TODAY = date(2026, 3, 2)
CODES = Codes()


def edition(name: str, rows: Iterable[Row], start: date, end: date = date.max) -> Edition:
    heading = Heading(set=name, edition=f"of {start}", source="made up", licence="none", periods=(Period(start, end),))
    lines = write(heading, rows).splitlines(keepends=True)
    return Edition(read_heading(lines, "x"), "x", lambda: lines, imported=True)


def icd(code: str, on: date = TODAY) -> Status:
    return CODES.lookup("icd-10-cm", code, on).status


# --- what everybody who bills knows


def test_a_sore_throat_may_be_billed_and_diabetes_must_say_which() -> None:
    throat = CODES.lookup("icd-10-cm", "J029", TODAY)
    assert (throat.status, throat.description, throat.certain) == (Status.VALID, "Acute pharyngitis, unspecified", True)
    diabetes = CODES.lookup("icd-10-cm", "E11", TODAY)
    assert (diabetes.status, diabetes.description) == (Status.NOT_BILLABLE, "Type 2 diabetes mellitus")
    assert CODES.longer("icd-10-cm", "E11", TODAY, most=3) == ["E1100", "E1101", "E1110"]


@pytest.mark.parametrize(
    ("code", "before", "from_then"),
    [
        ("U071", date(2020, 3, 31), date(2020, 4, 1)),  # COVID-19
        ("Z1152", date(2020, 12, 31), date(2021, 1, 1)),
        ("Z28310", date(2022, 3, 31), date(2022, 4, 1)),
        ("G9332", date(2022, 9, 30), date(2022, 10, 1)),
    ],
)
def test_a_code_begins_on_its_day(code: str, before: date, from_then: date) -> None:
    assert [icd(code, before), icd(code, from_then), icd(code)] == [
        Status.NOT_EFFECTIVE,
        Status.VALID,
        Status.VALID,
    ]
    assert CODES.lookup("icd-10-cm", code, before).start == from_then


def test_a_code_of_fiscal_2025_was_none_in_2019() -> None:
    assert [icd("E66811", date(2019, 9, 1)), icd("E66811", date(2024, 10, 1))] == [Status.NOT_EFFECTIVE, Status.VALID]


def test_low_back_pain_was_billable_until_it_was_divided() -> None:
    assert [icd("M545", date(2021, 9, 30)), icd("M545")] == [Status.VALID, Status.NOT_BILLABLE]
    assert CODES.longer("icd-10-cm", "M545", TODAY) == ["M5450", "M5451", "M5459"]


def test_a_first_day_in_a_year_that_isnt_here_is_told_as_a_bound() -> None:
    """N18.30 came on 2020-10-01: the shipped years tell no more than that fiscal year 2019 didn't have it."""
    stage_3 = CODES.lookup("icd-10-cm", "N1830", TODAY)
    assert (stage_3.start, stage_3.start_open) == (date(2019, 10, 1), True)
    announced = CODES.lookup("icd-10-cm", "U071", TODAY)
    assert (announced.start, announced.start_open) == (date(2020, 4, 1), False)
    adjoining = CODES.lookup("icd-10-cm", "M545", date(2021, 9, 30))
    assert not (adjoining.start_open or adjoining.end is None)


def test_every_shipped_year_has_as_many_billable_codes_as_were_counted() -> None:
    table = CODES.table("icd-10-cm", TODAY)
    assert table is not None
    text = "".join(CODES.editions("icd-10-cm")[0].lines())
    codes = {line.split("\t", 1)[0] for line in text.split("\n\n", 1)[1].splitlines()}
    counts = {year: sum(table.valid(code, date(year, 9, 1)) for code in codes) for year in (2019, 2021, 2025, 2026)}
    assert counts == {2019: 71_932, 2021: 72_621, 2025: 74_260, 2026: 74_719}


def test_in_a_year_that_no_edition_speaks_for_nothing_is_certain() -> None:
    for day in (date(2017, 5, 1), date(2023, 5, 1), date(2027, 5, 1)):
        assert not CODES.lookup("icd-10-cm", "J029", day).certain
        assert CODES.lookup("icd-10-cm", "J029", day).status is Status.VALID
    assert CODES.lookup("icd-10-cm", "QQQQ", TODAY).certain


def test_places_of_service_have_their_days() -> None:
    at_home = [CODES.lookup("place-of-service", "10", day).status for day in (date(2021, 12, 31), date(2022, 1, 1))]
    assert at_home == [Status.NOT_EFFECTIVE, Status.VALID]


@pytest.mark.parametrize(
    ("name", "code"), [("state", "NJ"), ("rarc", "N130"), ("claim-status", "21"), ("country", "CA")]
)
def test_pyx12_lends_its_lists_and_is_certain_of_nothing(name: str, code: str) -> None:
    assert CODES.lookup(name, code, TODAY)[:2] == (Status.VALID, "")
    unknown = CODES.lookup(name, "??", TODAY)
    assert (unknown.status, unknown.certain) == (Status.UNKNOWN, False)


def test_what_nobody_imported_is_no_table() -> None:
    assert {name for name in SETS if CODES.lookup(name, "1", TODAY).status is Status.NO_TABLE} == {
        "icd-10-pcs", "icd-9-cm", "icd-9-pcs", "hcpcs", "cpt", "cdt", "modifier", "cpt-modifier", "taxonomy", "revenue",
        "bill-type",
        "condition", "occurrence", "occurrence-span", "value", "patient-status", "carc",
    }  # fmt: skip


# --- what was meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("I1O", "I10"),  # the letter O
        ("E11.9O", "E1190" if icd("E1190") is Status.VALID else "E119"),
        ("S060X0", "S060X0A"),  # seventh character forgotten
        ("W44A0A", "W44A0XA"),  # and not in seventh place
        ("J0291", "J029"),  # a digit too much
        ("j02..9", "J029"),
    ],
)
def test_a_slip_of_the_hand_is_seen(typed: str, meant: str) -> None:
    assert meant in [bare("icd-10-cm", typed), *CODES.near("icd-10-cm", typed, TODAY)]


def test_nothing_is_suggested_for_nonsense() -> None:
    assert CODES.near("icd-10-cm", "QQQQQQQ", TODAY) == []
    assert CODES.near("icd-10-cm", "J029" * 100_000, TODAY) == []


def test_a_dropped_zero_is_seen() -> None:
    codes = Codes([edition("revenue", [Row("0450", "made-up words")], date(2025, 1, 1))])
    assert codes.near("revenue", "450", TODAY) == ["0450"]


def test_procedures_and_modifiers_go_by_their_form() -> None:
    assert [procedure_set(code) for code in ("99213", "0001F", "J1100", "D0120")] == ["cpt", "cpt", "hcpcs", "cdt"]
    assert [modifier_set(code) for code in ("25", "1P", "P3", "TC")] == ["cpt-modifier"] * 3 + ["modifier"]


# --- editions


def test_the_newest_edition_that_speaks_for_the_day_answers() -> None:
    codes = Codes(
        [
            edition("hcpcs", [Row("J0001"), Row("J0002", "kept")], date(2025, 1, 1)),
            edition("hcpcs", [Row("J0002", "kept"), Row("J0003")], date(2026, 1, 1)),
        ]
    )
    days = (date(2025, 6, 1), date(2026, 6, 1))
    assert [codes.lookup("hcpcs", "J0002", day).status for day in days] == [Status.VALID, Status.VALID]
    gone, new = codes.lookup("hcpcs", "J0001", days[1]), codes.lookup("hcpcs", "J0003", days[0])
    assert (gone.status, gone.start, gone.end) == (Status.NOT_EFFECTIVE, None, date(2025, 12, 31))
    assert (new.status, new.start) == (Status.NOT_EFFECTIVE, date(2026, 1, 1))
    assert not codes.lookup("hcpcs", "J0002", date(2024, 12, 31)).certain, "before the first edition"


def test_an_imported_year_comes_before_the_shipped_one() -> None:
    codes = Codes([edition("icd-10-cm", [Row("J029", "next year's words")], date(2026, 10, 1), date(2027, 9, 30))])
    assert codes.lookup("icd-10-cm", "J029", date(2026, 10, 1)).description == "next year's words"
    assert codes.lookup("icd-10-cm", "J029", date(2026, 9, 30)).description == "Acute pharyngitis, unspecified"
    assert codes.lookup("icd-10-cm", "I10", date(2026, 10, 1)).status is Status.NOT_EFFECTIVE


def test_a_code_that_only_the_shipped_years_have_has_no_days_in_an_imported_one() -> None:
    """E66.811 began with fiscal year 2025; the shipped table, of other years, takes it to have begun earlier."""
    codes = Codes([edition("icd-10-cm", [Row("J029")], date(2023, 10, 1), date(2024, 9, 30))])
    obesity = codes.lookup("icd-10-cm", "E66811", date(2024, 3, 1))
    assert (obesity.status, obesity.start, obesity.end) == (Status.NOT_EFFECTIVE, None, None)


def test_a_code_that_came_after_an_imported_year_says_when() -> None:
    codes = Codes([edition("icd-10-cm", [Row("J029")], date(2020, 10, 1), date(2021, 9, 30))])
    after_covid = codes.lookup("icd-10-cm", "U099", date(2021, 3, 1))
    assert (after_covid.status, after_covid.start) == (Status.NOT_EFFECTIVE, date(2021, 10, 1))


def test_between_years_the_table_that_knows_both_sides_answers() -> None:
    codes = Codes([edition("icd-10-cm", [Row("J029")], date(2021, 10, 1), date(2022, 9, 30))])
    fatigue = codes.lookup("icd-10-cm", "G9332", date(2023, 3, 1))  # new on 2022-10-01
    assert (fatigue.status, fatigue.certain) == (Status.VALID, False)


def test_days_within_an_edition_count() -> None:
    rows = [Row("A0001", "first words", date(2020, 1, 1), date(2020, 12, 31)), Row("A0001", "again", date(2025, 1, 1))]
    codes = Codes([edition("hcpcs", rows, date(2019, 1, 1))])
    told = [codes.lookup("hcpcs", "A0001", date(year, 6, 1)).status for year in (2019, 2020, 2022, 2025)]
    assert told == [Status.NOT_EFFECTIVE, Status.VALID, Status.NOT_EFFECTIVE, Status.VALID]


# --- the text form


def test_what_is_written_is_read() -> None:
    heading = Heading(set="hcpcs", edition="2025", source="", licence="a: b", periods=(Period(date(2025, 1, 1)),))
    text = write(heading, [Row("A2", "tab\tand\nline"), Row("A1", "", date(2025, 2, 1), date(2025, 3, 1), False)])
    table = read(text.splitlines(keepends=True), "x")
    assert (table.heading.rows, table.heading.licence, table.heading.certain(TODAY)) == (2, "a: b", True)
    assert table.answer("A2", TODAY).description == "tab and line"
    assert table.answer("A1", date(2025, 2, 2)).status is Status.NOT_BILLABLE


@pytest.mark.parametrize("cut", [1, 20, 200, 290, -1, -9])
def test_an_edition_cut_short_is_not_used(cut: int) -> None:
    text = write(CODES.editions("place-of-service")[0].heading, [Row(f"{code:02d}", "words") for code in range(1, 30)])
    with pytest.raises(StorageError, match="a file isn't a whole code set"):
        read(text[:cut].splitlines(keepends=True), "a file")
