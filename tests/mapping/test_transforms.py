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
        ("name('last')", "Jane Doe"), ("whole", "1.0"), ("whole", "-1"),
    ],
)  # fmt: skip
def test_what_a_transform_refuses_without_saying_the_text(call: str, text: str) -> None:
    with pytest.raises(Unusable) as caught:
        use(call, text)
    if len(text) > 4:
        assert text not in str(caught.value)


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
            made = named.make()(text)
        except Unusable:
            continue
        assert made is not None, name
        if isinstance(made, str):
            assert made.isprintable(), name


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_money_keeps_every_cent(value: Decimal) -> None:
    assert use("money", str(value)) == value
    assert use("money", f"${value:,.2f}") == value
