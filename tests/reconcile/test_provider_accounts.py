"""Provider adjustments over many payments: what comes to nothing, what stays open and since when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.reconcile.provider_accounts import CODES, Account, Move, State, accounts


def move(code: str, reference: str, amount: str, day: int, *, payer: str = "P", provider: str = "1") -> Move:
    return Move(
        payer=payer,
        provider=provider,
        code=code,
        reference=reference,
        amount=Decimal(amount),
        day=date(2026, 7, day),
        payment_id=day,
        trace_number=f"T{day}",
    )


def only(*moves: Move) -> Account:
    (one,) = accounts(moves)
    return one


def test_what_is_carried_forward_comes_back() -> None:
    one = only(move("FB", "T0", "-100", 1), move("FB", "t0 ", "60", 5), move("FB", "T0", "40", 9))
    assert (one.state, one.balance, one.open_since) == (State.SETTLED, Decimal(0), None)
    assert len(one.moves) == 3


def test_what_has_not_come_back_is_open_since_it_was_carried() -> None:
    one = only(
        move("FB", "T0", "-100", 1), move("FB", "T0", "100", 5), move("FB", "T0", "-30", 7), move("FB", "T0", "10", 9)
    )
    assert (one.state, one.balance, one.open_since) == (State.OPEN, Decimal(-20), date(2026, 7, 7))
    assert "a later payment will be less" in one.words


def test_the_order_in_which_payments_were_posted_is_no_matter() -> None:
    late, early = move("FB", "T0", "100", 9), move("FB", "T0", "-130", 2)
    assert accounts([late, early]) == accounts([early, late])
    assert only(late, early).open_since == date(2026, 7, 2)


def test_a_balance_that_comes_back_under_another_number_is_settled_with_it() -> None:
    first, second = accounts([move("FB", "T1", "-100", 1), move("FB", "T9", "100", 9)])
    assert {first.state, second.state} == {State.SETTLED}
    assert {(one.reference, one.with_reference) for one in (first, second)} == {("T1", "T9"), ("T9", "T1")}


@pytest.mark.parametrize("other", [{"payer": "Q"}, {"provider": "2"}])
def test_another_payers_or_providers_balance_settles_nothing(other: dict[str, str]) -> None:
    found = accounts([move("FB", "T1", "-100", 1), move("FB", "T1", "100", 9, **other)])
    assert [one.state for one in found] == [State.OPEN, State.OPEN]


def test_each_balance_settles_one_other_only() -> None:
    found = accounts([move("FB", "A", "-100", 1), move("FB", "B", "-100", 2), move("FB", "C", "100", 9)])
    assert (found[0].reference, found[0].state) == ("B", State.OPEN)
    assert [one.state for one in found].count(State.SETTLED) == 2


def test_what_we_returned_offsets_what_was_taken_back() -> None:
    assert only(move("WO", "ICN1", "298.18", 1), move("72", "ICN1", "-298.18", 1)).state is State.SETTLED
    taken = only(move("WO", "ICN1", "298.18", 1))
    assert (taken.state, taken.open_since) == (State.OPEN, date(2026, 7, 1))
    given_back = only(move("WO", "ICN1", "-298.18", 1))
    assert "will take it from a later payment" in given_back.words
    settled = only(move("WO", "ICN1", "-298.18", 1), move("WO", "ICN1", "298.18", 20))
    assert settled.state is State.SETTLED


def test_interest_is_final() -> None:
    one = only(move("L6", "X", "-2.25", 1))
    assert (one.state, one.balance, one.open_since, one.words) == (State.FINAL, Decimal("-2.25"), None, "interest")
    assert only(move("ZZ", "X", "1", 1)).words == "a code nobody knows"


def test_open_accounts_come_first_the_longest_open_before_the_others() -> None:
    found = accounts(
        [move("L6", "X", "5", 1), move("WO", "B", "1", 9), move("WO", "A", "1", 3), move("72", "C", "0", 2)]
    )
    assert [one.reference for one in found] == ["A", "B", "C", "X"]


MOVES = st.builds(
    lambda code, reference, cents, day, payer: move(code, reference, str(Decimal(cents) / 100), day, payer=payer),
    st.sampled_from([*CODES, "FB", "FB", "WO", "72"]),
    st.sampled_from(["", "A", "B", " a"]),
    st.integers(-500, 500),
    st.integers(1, 28),
    st.sampled_from(["P", "Q"]),
)


@given(st.lists(MOVES, max_size=30))
def test_every_move_is_in_one_account_and_no_cent_is_lost(moves: list[Move]) -> None:
    found = accounts(moves)
    assert sum(len(one.moves) for one in found) == len(moves)
    assert sum((one.balance for one in found), Decimal(0)) == sum((one.amount for one in moves), Decimal(0))
    for one in found:
        assert one.balance == sum((each.amount for each in one.moves), Decimal(0))
        if one.state is State.SETTLED and not one.with_reference:
            assert one.balance == 0
        if one.state is State.OPEN:
            assert one.balance != 0
    carried = [one for one in found if one.state is State.SETTLED]
    assert sum((one.balance for one in carried), Decimal(0)) == 0
