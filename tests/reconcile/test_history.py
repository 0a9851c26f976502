"""What a payer allowed before says what it should allow now: earlier days alone, the commonest amount first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edigate.reconcile.expected import Basis, Expected, History, Rules, rate

VISIT = ("NWHP1", "99213", "")
RULES = Rules(least=3, last=2)


def history(*paid: tuple[int, int]) -> History:
    """Lines paid: the day, and what was allowed for one unit."""
    made = History()
    for day, cents in paid:
        made.add(VISIT, day, rate(cents, "1"))
    return made


def usual(of: History, day: int, units: str = "1", rules: Rules = RULES) -> int | None:
    found = of.expected(VISIT, day, units, rules)
    return None if found is None else found.cents


def test_the_commonest_amount_is_expected_where_half_agree() -> None:
    known = history((1, 7200), (1, 7200), (1, 6000), (2, 7200))
    assert known.expected(VISIT, 3, "1", RULES) == Expected(7200, Basis.HISTORY, 4)
    assert usual(known, 3, "2") == 14400


def test_else_the_one_in_the_middle() -> None:
    assert usual(history((1, 5000), (1, 6000), (1, 7000), (1, 8000), (1, 9000)), 2) == 7000


def test_too_few_say_nothing() -> None:
    assert usual(history((1, 7200), (1, 7200)), 2) is None
    assert usual(History(), 2) is None
    assert usual(history((1, 7200), (1, 7200), (1, 7200)), 2, rules=Rules(last=0)) is None


def test_a_raise_makes_no_shortfall_of_what_was_paid_before_it() -> None:
    known = history(*[(1, 7000)] * 3, *[(2, 7000)] * 3, *[(5, 7500)] * 3, *[(6, 7500)] * 3)
    assert [usual(known, day) for day in (1, 2, 3, 5, 7)] == [None, 7000, 7000, 7000, 7500]


def test_days_are_counted_not_lines() -> None:
    known = history(*[(1, 7000)] * 3, *[(2, 7000)] * 3, *[(3, 6000)] * 5)
    assert usual(known, 4) == 6000
    assert usual(known, 4, rules=Rules(least=3, last=3)) == 7000


def test_several_units_are_no_rounding_trap() -> None:
    known = History()
    for _ in range(3):
        known.add(VISIT, 1, rate(10000, "3"))
    assert usual(known, 2, "3") == 10000
    assert usual(known, 2, "1") == 3333


_paid = st.lists(st.tuples(st.integers(1, 6), st.sampled_from([5000, 6000, 7000])), max_size=20)


@given(_paid, st.integers(1, 7), st.randoms())
def test_the_order_makes_no_difference_and_asking_changes_nothing(
    paid: list[tuple[int, int]], day: int, luck: object
) -> None:
    once = usual(history(*paid), day)
    shuffled = list(paid)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random of hypothesis's
    asked = History()
    for one, cents in shuffled:
        asked.expected(VISIT, day, "1", RULES)
        asked.add(VISIT, one, rate(cents, "1"))
    assert usual(asked, day) == once


@given(_paid, st.lists(st.tuples(st.integers(0, 5), st.sampled_from([1, 99999])), max_size=20), st.integers(1, 7))
def test_what_comes_later_changes_nothing(
    paid: list[tuple[int, int]], more: list[tuple[int, int]], day: int
) -> None:
    later = [(day + after, cents) for after, cents in more]
    assert usual(history(*paid, *later), day) == usual(history(*paid), day)
