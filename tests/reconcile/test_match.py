"""Whose payment it is: by the number that comes back, then line by line, and never by guessing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.reconcile.match import ClaimIndex, OurClaim, OurLine, PaidLine, match_lines

DAY = date(2026, 1, 2)
LONG = "PRACTICE7-2026-000000123"


def index(*numbers: str) -> ClaimIndex:
    return ClaimIndex(OurClaim(id=n, patient_control_number=number) for n, number in enumerate(numbers, 1))


@pytest.mark.parametrize(
    ("number", "found", "how"),
    [
        pytest.param("C-100", 1, "exact", id="as sent"),
        pytest.param(" c-100 ", 1, "folded", id="case and blanks"),
        pytest.param(LONG[:20], 2, "prefix", id="cut to 20 by the payer"),
        pytest.param(LONG[:20].lower(), 2, "prefix", id="cut and folded"),
        pytest.param(LONG[:19], None, "none", id="shorter than any cut"),
        pytest.param("C-10", None, "none", id="the beginning of ours is not ours"),
        pytest.param("C-1000", None, "none", id="ours is not the beginning of theirs"),
        pytest.param("", None, "none", id="no number"),
    ],
)
def test_a_claim_is_found_by_the_number_that_came_back(number: str, found: int | None, how: str) -> None:
    match = index("C-100", LONG).find(number)
    assert (match.id, match.how) == (found, how)


def test_two_that_fit_are_named_and_none_is_taken() -> None:
    match = index("abc", "ABC", "other").find("Abc")
    assert (match.id, match.how, match.candidates) == (None, "ambiguous", (1, 2))
    cut = index(LONG, LONG[:-1] + "4").find(LONG[:20])
    assert (cut.id, cut.candidates) == (None, (1, 2))


def test_the_exact_number_wins_over_one_that_only_looks_alike() -> None:
    assert index("abc", "ABC").find("ABC").id == 2


def ours(id_: int, procedure: str, charge: str, **more: Any) -> OurLine:
    return OurLine(**{"id": id_, "procedure": procedure, "charge": Decimal(charge), "service_date": DAY, **more})


def paid(procedure: str, charge: str, **more: Any) -> PaidLine:
    return PaidLine(**{"procedure": procedure, "charge": Decimal(charge), "service_date": DAY, **more})


def matched(payments: list[PaidLine], lines: list[OurLine]) -> list[tuple[int | None, str]]:
    return [(match.id, match.how) for match in match_lines(payments, lines)]


def test_the_control_number_decides_whatever_the_payer_made_of_the_rest() -> None:
    lines = [ours(1, "99213", "100", line_item_control_number="L1"), ours(2, "99214", "50")]
    assert matched([paid("99212", "80", line_item_control_number="l1 ")], lines) == [(1, "control number")]


def test_a_line_the_payer_split_is_both_parts_line() -> None:
    lines = [ours(1, "99213", "100", line_item_control_number="L1")]
    parts = [paid("99213", "60", line_item_control_number="L1"), paid("99213", "40", line_item_control_number="L1")]
    assert matched(parts, lines) == [(1, "control number"), (1, "split")]


def test_each_line_of_ours_is_matched_once() -> None:
    lines = [ours(1, "99213", "100")]
    assert matched([paid("99213", "100"), paid("99213", "100")], lines) == [(1, "exact"), (None, "none")]


def test_equal_lines_are_matched_in_order() -> None:
    lines = [ours(1, "97110", "40"), ours(2, "97110", "40")]
    assert matched([paid("97110", "40"), paid("97110", "40")], lines) == [(1, "exact"), (2, "exact")]


def test_an_exact_fit_is_not_taken_by_a_weaker_one_before_it() -> None:
    lines = [ours(1, "99213", "100", modifiers=("25",)), ours(2, "99213", "100")]
    payments = [paid("99213", "100", modifiers=("GT",)), paid("99213", "100", modifiers=("25",))]
    assert matched(payments, lines) == [(2, "without modifiers"), (1, "exact")]


def test_dropped_modifiers_are_matched_only_where_one_line_fits() -> None:
    one = [ours(1, "99213", "100", modifiers=("25",))]
    two = [*one, ours(2, "99213", "100", modifiers=("59",))]
    assert matched([paid("99213", "100")], one) == [(1, "without modifiers")]
    assert matched([paid("99213", "100")], two) == [(None, "none")]


def test_units_tell_lines_apart_that_are_alike_in_all_else() -> None:
    two = [ours(1, "J1100", "30", units=Decimal(10)), ours(2, "J1100", "30", units=Decimal(20))]
    assert matched([paid("J1100", "30", units=Decimal(20))], two) == [(2, "exact")]
    assert matched([paid("J1100", "-30", units=Decimal(-10))], two) == [(1, "exact")]  # a reversal
    assert matched([paid("J1100", "30")], two) == [(None, "none")]
    assert matched([paid("J1100", "30", units=Decimal(5))], two) == [(None, "none")]
    assert matched([paid("J1100", "30", units=Decimal(5))], two[:1]) == [(1, "exact")]  # paid for fewer
    dropped = [ours(1, "97110", "40", modifiers=("GP",), units=Decimal(1)),
               ours(2, "97110", "40", modifiers=("GO",), units=Decimal(2))]  # fmt: skip
    assert matched([paid("97110", "40", units=Decimal(2))], dropped) == [(2, "without modifiers")]


def test_a_recoded_line_is_known_by_its_date_and_charge() -> None:
    lines = [ours(1, "99215", "180"), ours(2, "36415", "12")]
    assert matched([paid("99213", "180")], lines) == [(1, "charge")]


def test_a_date_that_disagrees_is_no_match_but_a_missing_one_may_be() -> None:
    lines = [ours(1, "99213", "100")]
    assert matched([paid("99213", "100", service_date=date(2026, 2, 2))], lines) == [(None, "none")]
    assert matched([paid("99213", "100", service_date=None)], lines) == [(1, "without date")]


def test_a_reversal_finds_the_line_it_takes_back() -> None:
    assert matched([paid("99213", "-100")], [ours(1, "99213", "100")]) == [(1, "exact")]


LINES = st.lists(
    st.tuples(st.sampled_from(["99213", "97110"]), st.sampled_from(["40", "100"]), st.sampled_from([(), ("25",)])),
    max_size=6,
)


@given(LINES, st.randoms(use_true_random=False))
def test_lines_paid_as_billed_are_all_matched_in_any_order(
    billed: list[tuple[str, str, tuple[str, ...]]], random: Any
) -> None:
    lines = [ours(n, code, charge, modifiers=modifiers) for n, (code, charge, modifiers) in enumerate(billed)]
    shuffled = list(lines)
    random.shuffle(shuffled)
    payments = [paid(line.procedure, str(line.charge), modifiers=line.modifiers) for line in shuffled]
    found = match_lines(payments, lines)
    assert sorted(match.id for match in found if match.id is not None) == [line.id for line in lines]
    for match, line in zip(found, shuffled, strict=True):
        assert match.id is not None
        assert billed[match.id] == (line.procedure, str(line.charge), line.modifiers)
