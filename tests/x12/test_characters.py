"""What is written for characters that a partner doesn't take: refused or replaced, as its settings say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.x12.characters import Characters, Fitter
from edigate.x12.segments import Delimiters
from edigate.x12.write import DelimiterInDataError, Serializer

DELIMITERS = Delimiters()


@pytest.mark.parametrize(
    ("rule", "text", "written"),
    [
        (Characters(), "O'Brien-Smith, Jr. #2", "O'Brien-Smith, Jr. #2"),
        (Characters(capitals=True), "O'Brien", "O'BRIEN"),
        (Characters(replacement=" "), "A*B:C~D^E", "A B C D E"),
        (Characters(replacement="-"), "12\n13", "12-13"),
        (Characters(replacement="?"), "Muñoz", "Mu?oz"),
        (Characters("basic", capitals=True, replacement=" "), "suite #4 @ Main", "SUITE  4   MAIN"),
        (Characters("extended"), "ada@nowhere.example", "ada@nowhere.example"),
        (Characters("extended", replacement="."), "5 `o'clock`", "5 .o'clock."),
    ],
)
def test_a_value_is_written_by_the_rule(rule: Characters, text: str, written: str) -> None:
    assert Serializer(DELIMITERS, line_breaks=False, characters=rule).segment(["N3", text]) == f"N3*{written}~"


@pytest.mark.parametrize(
    ("rule", "text", "why"),
    [
        (Characters(), "A*B", "delimiter"),
        (Characters(), "A\rB", "line break"),
        (Characters(), "Muñoz", "character set"),
        (Characters("basic"), "small", "character set"),
        (Characters("basic"), "#4", "character set"),
    ],
)
def test_without_a_replacement_it_is_refused(rule: Characters, text: str, why: str) -> None:
    with pytest.raises(DelimiterInDataError, match=why):
        Serializer(DELIMITERS, characters=rule).segment(["N3", text])


@given(st.text(max_size=60), st.sampled_from(["basic", "extended", "ascii"]), st.booleans())
def test_with_a_replacement_anything_can_be_written_and_says_so(text: str, repertoire: str, capitals: bool) -> None:
    rule = Characters(repertoire, capitals, " ")  # type: ignore[arg-type]  # one of the three it may be
    fitter = Fitter(rule, DELIMITERS)
    fitted = fitter.fit(text)
    assert fitter.trouble(text) == ""
    assert fitter.fit(fitted) == fitted
    assert fitter.replaces(text) == (fitted != (text.upper() if capitals else text))
    Serializer(DELIMITERS, characters=rule).segment(["NTE", "ADD", text])
