"""Codes of answers, said so that a biller understands; never left unsaid."""

from __future__ import annotations

import pytest

from edigate.responses.words import error_words, status_words, ta1_words


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (["A2:20:PR"], "accepted: payer accepted for processing"),
        (["A7:562:85"], "rejected, something is invalid: billing provider NPI"),
        (["A3:21", "A3:187"], "returned, can't be processed: service date"),
        (["A6:21:85", "A6:500:85"], "rejected, something is missing: billing provider ZIP code"),
        (["A3:21:82"], "returned, can't be processed: rendering provider missing or invalid information"),
        (["A7:9999:ZZ"], "rejected, something is invalid: ZZ status 9999"),
        (["Q9:20"], "category Q9: accepted for processing"),
        ([], "no status"),
    ],
)
def test_a_277_status_is_said_in_words(codes: list[str], words: str) -> None:
    assert status_words(codes) == words


def test_a_ta1_note_is_said_in_words() -> None:
    assert ta1_words("025") == "the control number was used before (ISA13)"
    assert ta1_words("25") == ta1_words("025")
    assert ta1_words("777") == "note 777"


def test_a_999_error_is_said_with_its_place() -> None:
    assert error_words("REF", "3") == "REF is missing"
    assert error_words("NM1", "7", 9) == "NM109 holds a code that isn't allowed"
    assert error_words("CLM", "1", 5, 3) == "CLM05-3 is missing"
    assert error_words("CLM", "I99", 5) == "CLM05 has error I99"
