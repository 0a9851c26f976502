"""Stand-ins: of the same look and length, the same for the same, never one for two."""

from __future__ import annotations

import re
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.deidentify.pseudonyms import Pseudonyms, birth_date, shifted

NAMES = Pseudonyms(b"a key of thirty-two bytes, or so.")


def npi_check_digit(npi: str) -> bool:
    """Luhn over 80840 and the NPI, digit by digit from the right."""
    digits = [int(letter) for letter in reversed("80840" + npi)]
    return sum(d if at % 2 == 0 else (2 * d) // 10 + (2 * d) % 10 for at, d in enumerate(digits)) % 10 == 0


def look(text: str) -> str:
    """Every letter and digit by its kind."""
    return "".join("9" if c.isdigit() else "a" if c.islower() else "A" if c.isalpha() else c for c in text)


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=60))
def test_letters_stay_letters_digits_digits_and_the_rest_where_it_is(text: str) -> None:
    assert look(NAMES.name(text)) == look(text)
    assert look(NAMES.id(text)) == look(text)


@pytest.mark.parametrize("form", ["AA", "A9", "99", "999", "A-9"])
def test_no_two_become_one(form: str) -> None:
    letters = {"A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "9": "0123456789"}
    texts = ["".join(letters_) for letters_ in product(*(letters.get(c, c) for c in form))]
    for stand_in in (NAMES.name, NAMES.id):
        assert sorted(map(stand_in, texts)) == sorted(texts)


def test_another_key_gives_others() -> None:
    other = Pseudonyms(b"another key of about as many bytes")
    assert other.name("MILLER") != NAMES.name("MILLER")
    assert other.id("PCN-004711") != NAMES.id("PCN-004711")


def test_small_and_capital_letters_are_one_name() -> None:
    assert NAMES.name("Miller") == NAMES.name("MILLER").capitalize()
    assert NAMES.id("pcn7") == NAMES.id("PCN7").lower()


@given(st.text("ABCDEFGHIJ0123456789", min_size=2, max_size=20), st.integers(1, 20))
def test_an_id_that_somebody_cut_still_fits(text: str, length: int) -> None:
    if not re.fullmatch("[12][0-9]{9}", text):
        assert NAMES.id(text).startswith(NAMES.id(text[:length])) or re.fullmatch("[12][0-9]{9}", text[:length])


def test_a_name_that_begins_alike_does_not() -> None:
    assert NAMES.name("SMITHERS")[:5] != NAMES.name("SMITH")


@pytest.mark.parametrize("npi", ["1234567893", "1497758544", "2234567891"])
def test_an_npi_stays_a_valid_one(npi: str) -> None:
    assert npi_check_digit(npi)
    stand_in = NAMES.id(npi)
    assert stand_in != npi
    assert stand_in[0] == npi[0]
    assert npi_check_digit(stand_in)


def test_a_wrong_npi_is_an_id_as_any_other() -> None:
    assert look(NAMES.id("1234567890")) == "9999999999"


def test_a_medicare_number_stays_one() -> None:
    form = re.compile("[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9][0-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9][0-9]"
                      "[AC-HJKMNP-RT-Y]{2}[0-9]{2}")  # fmt: skip
    for number in ("1EG4TE5MK73", "2AA0A00AA00", "9YY9YY9YY99"):
        assert form.fullmatch(NAMES.id(number))


def test_a_zip_code_keeps_its_area_unless_few_live_there() -> None:
    assert NAMES.zip("606015432")[:3] == "606"
    assert NAMES.zip("606015432") != "606015432"
    assert NAMES.zip("03601")[:3] != "036"
    assert len({NAMES.zip(f"606{number:02}") for number in range(100)}) == 100


def test_letters_of_other_alphabets_become_plain_ones() -> None:
    assert re.fullmatch("[A-Z][a-z]{4}", NAMES.name("Müßig"))


def test_nobody_is_older_than_89() -> None:
    today = date(2026, 11, 22)
    assert birth_date(date(1910, 2, 28), 100, today) == date(1937, 11, 20)
    assert birth_date(date(1980, 5, 5), 100, today) == shifted(date(1980, 5, 5), 100)
    assert birth_date(date(1904, 2, 29), 0, today) == date(1937, 2, 28)
