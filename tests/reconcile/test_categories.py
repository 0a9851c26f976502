"""Each claim that was sent has one category: by all its payments together, against what was expected."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.reconcile.adjudications import (
    AFTER,
    CONTRACT,
    DENIED,
    PATIENT,
    PRIOR,
    Entry,
    Line,
    Service,
    add_up,
    place_of,
)
from edigate.reconcile.categories import DECIDED, Billed, Category, Judged, judge, unpaid
from edigate.reconcile.expected import Basis, Expected, Tolerance
from edigate.responses.status import State

OFFICE = Line(1, "99213", "", "", 10000, "1")
SHOT = Line(2, "J1100", "", "25", 5000, "2")


_PLACES = {"patient": PATIENT, "after": AFTER, "prior": PRIOR, "denied": DENIED, "contract": CONTRACT}


def cuts(**places: int) -> list[int]:
    found = [0, 0, 0, 0, 0]
    for name, cents in places.items():
        found[_PLACES[name]] = cents
    return found


def line_paid(line: Line, paid: int, *, sign: int = 1, **places: int) -> Service:
    return Service(line, sign * line.charge_cents, sign * paid, [sign * cents for cents in cuts(**places)])


def entry(*services: Service, status: str = "1", number: str = "P1", paid: int | None = None, **places: int) -> Entry:
    """An adjudication of its services, or (`paid`) of the claim as a whole."""
    own = cuts(**places)
    together = [mine + sum(each) for mine, *each in zip(own, *(service.cuts for service in services), strict=True)]
    of_lines = sum(service.paid_cents for service in services) - sum(own)
    charge = sum(service.charge_cents for service in services) or 15000
    return Entry(status, charge, of_lines if paid is None else paid, number, together, list(services))


def judged(
    *entries: Entry,
    state: State = State.PAID,
    office: int | None = None,
    shot: int | None = None,
    tolerance: Tolerance = Tolerance(),  # noqa: B008  # a frozen value
    settled_before: int = 0,
    wrong: Category | None = None,
) -> Judged:
    wanted = {1: office, 2: shot}

    def expect(line: Line) -> Expected | None:
        cents = wanted[line.id]
        return None if cents is None else Expected(cents, Basis.FEES, 0, "fees.csv row 2")

    claim = Billed(7, state, 15000, settled_before, not settled_before, wrong)
    return judge(claim, add_up(entries), [OFFICE, SHOT], expect, tolerance)


# 72.00 of the office visit and 30.00 of the shot are allowed.
USUAL = entry(
    line_paid(OFFICE, 5200, patient=2000, contract=2800),
    line_paid(SHOT, 3000, contract=2000),
)
TAKEN_BACK = entry(
    line_paid(OFFICE, 5200, sign=-1, patient=2000, contract=2800),
    line_paid(SHOT, 3000, sign=-1, contract=2000),
    status="22",
)


def test_what_payer_and_patient_pay_is_held_against_what_was_expected() -> None:
    assert judged(USUAL, office=7200, shot=3000).category is Category.AS_EXPECTED
    less = judged(USUAL, office=8000, shot=3000)
    assert (less.category, less.allowed_cents, less.expected_cents) == (Category.UNDERPAID, 10200, 11000)
    assert (less.at_stake_cents, less.source) == (800, "fees.csv row 2")
    assert judged(USUAL, office=7000, shot=3000).category is Category.OVERPAID


def says(service: Service, allowed: int) -> Service:
    """The same service, with what the payer calls allowed (AMT*B6)."""
    return msgspec.structs.replace(service, told_cents=allowed)


def test_what_the_payer_calls_allowed_is_compared_in_place_of_what_its_payment_adds_up_to() -> None:
    office, shot = line_paid(OFFICE, 5200, patient=2000, contract=2800), line_paid(SHOT, 3000, contract=2000)
    more = judged(entry(says(office, 8000), shot), office=8000, shot=3000)
    assert (more.category, more.allowed_cents, more.apart_cents) == (Category.AS_EXPECTED, 11000, 800)
    same = judged(entry(says(office, 7200), shot), office=8000, shot=3000)
    assert (same.category, same.allowed_cents, same.apart_cents) == (Category.UNDERPAID, 10200, 0)


def test_what_is_called_allowed_is_left_where_a_reversal_does_not_say_it_too() -> None:
    office, shot = line_paid(OFFICE, 5200, patient=2000, contract=2800), line_paid(SHOT, 3000, contract=2000)
    told = entry(says(office, 8000), shot)
    anew = judged(told, TAKEN_BACK, told, office=7200, shot=3000)
    assert (anew.category, anew.allowed_cents, anew.apart_cents) == (Category.AS_EXPECTED, 10200, 0)


def test_lines_paid_as_several_are_allowed_what_is_said_of_all_of_them() -> None:
    first, second = Service(OFFICE, 10000, 3200, cuts(patient=2000, contract=4800), 5200), Service(
        OFFICE, 0, 2000, cuts(contract=-2000), 2000
    )
    paid = judged(entry(first, second, line_paid(SHOT, 3000, contract=2000)), office=7200, shot=3000)
    assert (paid.category, paid.allowed_cents, paid.apart_cents) == (Category.AS_EXPECTED, 10200, 0)


def test_a_difference_within_the_larger_tolerance_is_none() -> None:
    assert judged(USUAL, office=7210, shot=3000, tolerance=Tolerance(10, 0)).category is Category.AS_EXPECTED
    assert judged(USUAL, office=7211, shot=3000, tolerance=Tolerance(10, 0)).category is Category.UNDERPAID
    assert judged(USUAL, office=7300, shot=3000, tolerance=Tolerance(10, 1)).category is Category.AS_EXPECTED


def test_only_lines_with_something_expected_are_compared() -> None:
    one = judged(USUAL, office=7200)
    assert (one.category, one.allowed_cents, one.expected_cents) == (Category.AS_EXPECTED, 7200, 7200)
    assert judged(USUAL).category is Category.PAID
    assert judged(USUAL).expected_cents is None


def test_sequestration_and_other_cuts_after_the_fact_are_no_shortfall() -> None:
    assert {place_of("CO", reason) for reason in ("253", "59", "104", "144", "237")} == {AFTER}
    paid = entry(line_paid(OFFICE, 5096, after=104, patient=2000, contract=2800), line_paid(SHOT, 3000, contract=2000))
    assert judged(paid, office=7200, shot=3000).category is Category.AS_EXPECTED


def test_a_claim_decided_as_a_whole_is_compared_where_every_line_has_its_amount() -> None:
    whole = entry(paid=8200, patient=2000, contract=4800)
    assert judged(whole, office=7200, shot=3000).category is Category.AS_EXPECTED
    assert judged(whole, office=7200).category is Category.PAID
    half = Entry("1", 7500, 4000, "P1", cuts(patient=1000, contract=2500), [])
    assert judged(half, office=7200, shot=3000).category is Category.PAID  # the rest of it is still to come
    # Lines that say what they pay, and a cut of the whole claim beside them: the lines alone say too much.
    part = entry(line_paid(OFFICE, 8000, contract=2000), line_paid(SHOT, 5000), contract=2800)
    assert judged(part, office=7200, shot=3000).category is Category.AS_EXPECTED


def test_a_deductible_is_zero_paid_and_allowed_all_the_same() -> None:
    nothing = entry(line_paid(OFFICE, 0, patient=7200, contract=2800), line_paid(SHOT, 0, patient=3000, contract=2000))
    assert judged(nothing, office=7200, shot=3000).category is Category.ZERO_PAID
    assert judged(nothing, office=9000, shot=3000).category is Category.UNDERPAID


def test_a_second_payer_on_the_same_claim_takes_over_what_the_first_left() -> None:
    second = entry(status="2", number="S1", paid=2000, prior=13000)
    together = judged(USUAL, second, office=7200, shot=3000)
    assert (together.category, together.paid_cents) == (Category.AS_EXPECTED, 10200)
    greedy = entry(status="2", number="S1", paid=2600, prior=12400)
    over = judged(USUAL, greedy, office=7200, shot=3000)
    assert (over.category, over.at_stake_cents) == (Category.OVERPAID, 600)
    gone = entry(status="22", number="S1", paid=-2600, prior=-12400)
    assert judged(USUAL, greedy, gone, office=7200, shot=3000).category is Category.AS_EXPECTED


def test_what_a_later_payer_alone_decided_is_compared_with_nothing() -> None:
    second = entry(status="2", number="S1", paid=2000, prior=13000)
    assert judged(second, office=7200, shot=3000).category is Category.PAID
    assert judged(entry(paid=2000, prior=13000), office=7200, shot=3000, settled_before=13000).category is Category.PAID
    too_much = judged(entry(paid=2500, prior=12500), settled_before=13000)
    assert (too_much.category, too_much.at_stake_cents) == (Category.OVERPAID, 500)


def test_a_correction_counts_by_what_is_left_of_it() -> None:
    visit, shot = line_paid(OFFICE, 6000, patient=2000, contract=2000), line_paid(SHOT, 3000, contract=2000)
    better = entry(visit, shot, number="P2")
    assert judged(USUAL, TAKEN_BACK, better, office=8000, shot=3000).category is Category.AS_EXPECTED
    assert judged(USUAL, TAKEN_BACK, state=State.REVERSED, office=8000).category is Category.REVERSED


def test_a_line_denied_or_charged_otherwise_is_not_compared() -> None:
    part = entry(line_paid(OFFICE, 0, denied=10000), line_paid(SHOT, 3000, contract=2000))
    assert judged(part, state=State.PARTLY_PAID, office=7200, shot=3000).category is Category.PARTLY_DENIED
    half = Service(OFFICE, 5000, 2000, cuts(contract=3000))
    split = judged(entry(half), office=7200)
    assert (split.category, split.expected_cents) == (Category.PAID, None)
    rest = Service(OFFICE, 5000, 5200 - 5000 + 5000, cuts(contract=-200))
    assert judged(entry(half), entry(rest, number="P2"), office=7200).expected_cents == 7200


def test_paid_twice_is_overpaid_by_what_goes_beyond_the_charge() -> None:
    twice = judged(USUAL, USUAL, office=7200, shot=3000)
    assert (twice.category, twice.at_stake_cents) == (Category.OVERPAID, 16400 - 15000)


def test_whom_the_answer_names_comes_before_what_it_pays() -> None:
    assert judged(USUAL, office=9000, shot=3000, wrong=Category.WRONG_PATIENT).category is Category.WRONG_PATIENT


@pytest.mark.parametrize(
    ("state", "late", "replaced", "category"),
    [
        (State.SENT, False, False, Category.UNPAID),
        (State.ACCEPTED, True, False, Category.LATE),
        (State.REJECTED, True, False, Category.REJECTED),
        (State.REJECTED, True, True, Category.REPLACED),
        (State.UNCERTAIN, False, False, Category.UNCERTAIN),
        (State.VOID, True, False, Category.VOID),
    ],
)
def test_what_no_payer_decided(state: State, late: bool, replaced: bool, category: Category) -> None:
    assert unpaid(state, late=late, replaced=replaced) is category


_amounts = st.integers(-20000, 20000)
_services = st.builds(
    Service, st.sampled_from([OFFICE, SHOT, None]), _amounts, _amounts, st.lists(_amounts, min_size=5, max_size=5)
)
_entries = st.lists(
    st.builds(
        Entry,
        st.sampled_from(["1", "2", "3", "4", "19", "21", "22", "23"]),
        _amounts,
        _amounts,
        st.sampled_from(["", "P1", "P2"]),
        st.lists(_amounts, min_size=5, max_size=5),
        st.lists(_services, max_size=3),
    ),
    min_size=1,
    max_size=5,
)
_expected = st.one_of(st.none(), st.integers(0, 20000))


@given(_entries, st.sampled_from(list(State)), _expected, _expected, st.integers(0, 15000), st.randoms())
def test_every_claim_has_one_category_whatever_the_order_of_its_payments(
    entries: list[Entry], state: State, office: int | None, shot: int | None, before: int, luck: object
) -> None:
    one = judged(*entries, state=state, office=office, shot=shot, settled_before=before)
    assert one.category in DECIDED or state in (State.VOID, State.REJECTED, State.UNCERTAIN)
    assert one.paid_cents == sum(each.paid_cents for each in entries)
    assert one.charge_cents == 15000
    shuffled = list(entries)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random of hypothesis's
    again = judged(*shuffled, state=state, office=office, shot=shot, settled_before=before)
    assert (again.category, again.at_stake_cents, again.allowed_cents, again.expected_cents) == (
        one.category,
        one.at_stake_cents,
        one.allowed_cents,
        one.expected_cents,
    )
    if one.category in (Category.UNDERPAID, Category.OVERPAID):
        assert one.at_stake_cents > 0


@given(_entries, st.sampled_from([State.PAID]), _expected, _expected)
def test_what_is_decided_is_in_a_category_of_the_decided(
    entries: list[Entry], state: State, office: int | None, shot: int | None
) -> None:
    assert judged(*entries, state=state, office=office, shot=shot).category in DECIDED


def test_the_page_tells_every_category_in_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reconciling.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \|", page.partition("## Fee tables")[0], re.MULTILINE)
    assert rows == [category.value for category in Category]
