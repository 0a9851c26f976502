"""The named transforms, by table: what they read, what they give, what they refuse and how they say so."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.mapping.functions import FUNCTIONS, Unusable
from edigate.mapping.uses import parse_use, read_pointers


def use(call: str, text: str) -> Any:
    return parse_use(call, "m.toml: key").step(text)


@pytest.mark.parametrize(
    ("call", "text", "expected"),
    [
        ("money", "100", Decimal(100)),
        ("money", "$1,234.50", Decimal("1234.50")),
        ("money", "(12.00)", Decimal("-12.00")),
        ("money", "-3.2", Decimal("-3.2")),
        ("money", "12.3400", Decimal("12.34")),
        ("number", "176.5", Decimal("176.5")),
        ("units", "2.000", Decimal(2)),
        ("units", "0.5", Decimal("0.5")),
        ("whole", "07", 7),
        ("date", "2015-05-30", date(2015, 5, 30)),
        ("date", "20150530", date(2015, 5, 30)),
        ("date('%d-%b-%Y')", "30-May-2015", date(2015, 5, 30)),
        ("date('%d-%b-%Y')", "1-SEPT-2015", date(2015, 9, 1)),
        ("date('%m/%d/%Y', '%Y-%m-%d')", "5/3/2015", date(2015, 5, 3)),
        ("date('%Y-%m-%d %H:%M:%S')", "2015-05-30 00:00:00.000", date(2015, 5, 30)),
        ("time", "14:05", time(14, 5)),
        ("time('%H%M')", "0905", time(9, 5)),
        ("upper_ascii", "José  Núñez-O\u2019Hara", "JOSE NUNEZ-O'HARA"),
        ("upper_ascii", "Straße", "STRASSE"),
        ("text", "two\r\nlines\tand more", "two lines and more"),
        ("digits", "98-7654321", "987654321"),
        ("zip", "1730", "01730"),
        ("zip", "601", "00601"),
        ("zip", "01730-1234", "017301234"),
        ("zip", "1730-1234", "017301234"),
        ("zip", "17301234", "017301234"),
        ("phone", "+1 (978) 555-0142", "9785550142"),
        ("phone", "978.555.0142 ext. 12", "9785550142"),
        ("extension", "978-555-0142 x12", "12"),
        ("extension", "978-555-0142", ""),
        ("npi", "1234567893", "1234567893"),
        ("icd", "j02.9", "J029"),
        ("icd", "S52.501A", "S52501A"),
        ("icd", "E849.0", "E8490"),
        ("control_number", "-100000486", "-100000486"),
        # --- what senders really write
        ("money", "$1,234.5", Decimal("1234.5")),
        ("money", "($1,234.50)", Decimal("-1234.50")),
        ("money", "12.50-", Decimal("-12.50")),
        ("money", "-$12.50", Decimal("-12.50")),
        ("money", "12345.0", Decimal("12345.0")),
        ("units", "1.0", Decimal(1)),
        ("whole", "12.0", 12),
        ("digits", "123456789.0", "123456789"),
        ("digits", "EIN 98-7654321", "987654321"),
        ("npi", "1234567893.0", "1234567893"),
        ("npi", "123 456 7893", "1234567893"),
        ("zeros('4')", "450", "0450"),
        ("zeros('2')", "2.0", "02"),
        ("zeros('2')", "11", "11"),
        ("zip", "2139", "02139"),
        ("zip", "2139.0", "02139"),
        ("zip", "02139-0000", "021390000"),
        ("zip", "02139-", "02139"),
        ("zip", "02139 1234", "021391234"),
        ("phone", "+1-(555) 555\u20130142", "5555550142"),
        ("phone", "tel:+1-555-555-0142;ext=7", "5555550142"),
        ("phone", "5555550142.0", "5555550142"),
        ("extension", "tel:+1-555-555-0142;ext=7", "7"),
        ("extension", "555-555-0142 #7", "7"),
        ("state", "ma", "MA"),
        ("state", "Massachusetts", "MA"),
        ("state", "US-MA", "MA"),
        ("state", "D.C.", "DC"),
        ("state", "Qu\u00e9bec", "QC"),
        ("country", "USA", ""),
        ("country", "us", ""),
        ("country", "CAN", "CA"),
        ("country", "mx", "MX"),
        ("ndc", "0002-1434-80", "00002143480"),
        ("ndc", "50242-040-62", "50242004062"),
        ("ndc", "00002143481", "00002143481"),
        ("name", "van der Berg", "VAN DER BERG"),
        ("name", "Smith-Jones", "SMITH-JONES"),
        ("name('last')", "van der Berg, Jan", "VAN DER BERG"),
        ("name('last')", "DOE, JANE Q JR", "DOE"),
        ("name('first')", "DOE, JANE Q JR", "JANE"),
        ("name('middle')", "DOE, JANE Q JR", "Q"),
        ("name('suffix')", "DOE, JANE Q JR", "JR"),
        ("name('first')", "DOE, JR, JANE", "JANE"),
        ("name('suffix')", "Doe, Jane, III", "III"),
        ("name('middle')", "Doe, Jane Q, M.D.", "Q"),
        ("name('first')", "Doe,", ""),
        ("date('%m/%d/%Y')", "1/2/2026", date(2026, 1, 2)),
        ("date('%m/%d/%Y')", "1/2/2026 12:00:00 AM", date(2026, 1, 2)),
        ("date", "20260102T050000Z", date(2026, 1, 2)),
        ("date", "2026-01-02T00:00:00-05:00", date(2026, 1, 2)),
        ("date", "2026-01-02 00:00:00.000", date(2026, 1, 2)),
        ("time('%I:%M %p')", "2:30 PM", time(14, 30)),
        ("time('%I:%M %p')", "12:05 am", time(0, 5)),
        ("icd", "J02.", "J02"),
        ("icd", "0FT44ZZ", "0FT44ZZ"),
        ("sex", "Female", "F"),
        ("sex('1=M', '2=F')", "2", "F"),
        ("name", "o'Brien", "O'BRIEN"),
        ("name('last')", "Doe Jr., Jane Q.", "DOE"),
        ("name('first')", "Doe Jr., Jane Q.", "JANE"),
        ("name('middle')", "Doe, Jane Q.", "Q"),
        ("name('suffix')", "Doe Jr., Jane Q.", "JR"),
        ("name('suffix')", "Doe, Jane", ""),
    ],
)
def test_what_a_transform_makes(call: str, text: str, expected: object) -> None:
    made = use(call, text)
    assert made == expected
    assert type(made) is type(expected)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("money", "12,50"), ("money", "1,23.00"), ("money", "12.345"), ("money", "NaN"), ("money", "1e4"),
        ("money", "1_000"), ("money", "€5"), ("money", ""), ("money", "٣"), ("money", "$"), ("money", "--1"),
        ("units", "0"), ("units", "-1"), ("units", "0.0001"), ("units", "two"),
        ("date", "2015-02-30"), ("date", "30-May-2015"), ("date", "15-06-29"), ("date", "2015-5-30x"),
        ("date('%d-%b-%Y')", "30-Mai-2015"), ("date('%m/%d/%Y')", "13/01/2015"), ("date('%m/%d/%Y')", "1/2/15"),
        ("time", "25:00"), ("upper_ascii", "王"), ("text", "a\x00b"), ("digits", "none"),
        ("zip", "12"), ("zip", "123456"), ("zip", "K1A 0B1"), ("zip", "01730-12"), ("phone", "555-0142"),
        ("phone", "978-555-0142 or 0143"), ("npi", "123456789"), ("npi", "12345678\uff190"), ("icd", "99.9"),
        ("icd", "J02..9"), ("control_number", "A/1"), ("control_number", "A" * 21), ("sex", "X"),
        ("name('last')", "Jane Doe"), ("whole", "1.5"), ("whole", "-1"),
        ("name('last')", "Doe, Jane, Roe"), ("name('first')", ", Jane"),
        ("money", "1.2E+03"), ("money", "1,23"), ("money", "12.50--"), ("number", "1.2E+03"), ("units", "1,5"),
        ("digits", "1.2E+03"), ("digits", "12.5"), ("npi", "1.23457E+09"), ("zip", "2.139E+3"), ("phone", "5.55E+09"),
        ("zeros('4')", "12345"), ("zeros('4')", "A1"), ("ndc", "0002143480"), ("ndc", "1-2-3-4"),
        ("state", "Bavaria"), ("country", "XX"), ("country", "Atlantis"),
        ("date", "46024"), ("date", "2026-01-02T"), ("date", "2026-01-02Z"), ("time('%I:%M %p')", "13:00 PM"),
    ],
)  # fmt: skip
def test_what_a_transform_refuses_without_saying_the_text(call: str, text: str) -> None:
    with pytest.raises(Unusable) as caught:
        use(call, text)
    if len(text) > 4:
        assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "text", "said"),
    [
        ("date", "46024", "a spreadsheet's day number"),
        ("date('%m/%d/%Y')", "46024.0", "like 05/30/2015; it looks like a spreadsheet's day number"),
        ("npi", "1.23457E+09", "shortened by a spreadsheet"),
        ("money", "1.2E+03", "a spreadsheet shortened it"),
        ("ndc", "0002143480", "nobody can tell where a zero is missing"),
    ],
)
def test_what_a_spreadsheet_spoiled_is_told_with_what_to_do(call: str, text: str, said: str) -> None:
    with pytest.raises(Unusable, match=said):
        use(call, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,2", [1, 2]), ("1:2", [1, 2]), ("A:B", [1, 2]), ("AB", [1, 2]), ("a", [1]), ("12", [12]), ("L", [12])],
)
def test_pointers_by_number_or_letter(text: str, expected: list[int]) -> None:
    assert read_pointers(text) == expected


@pytest.mark.parametrize("text", ["0", "13", "M", "1A", "-1", "²"])
def test_pointers_that_point_nowhere(text: str) -> None:
    with pytest.raises(Unusable):
        read_pointers(text)


@given(st.text(max_size=30))
def test_no_transform_raises_anything_but_unusable(text: str) -> None:
    for name, named in FUNCTIONS.items():
        try:
            made = (named.make("4") if name == "zeros" else named.make())(text)
        except Unusable:
            continue
        assert made is not None, name
        if isinstance(made, str):
            assert made.isprintable(), name


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_money_keeps_every_cent(value: Decimal) -> None:
    assert use("money", str(value)) == value
    assert use("money", f"${value:,.2f}") == value
