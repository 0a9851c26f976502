"""Deposits and payments: trace first, then amount, payer and day; sums to the cent; never a guess between equals."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edigate.reconcile.deposit_matching import Matching, match
from edigate.reconcile.deposit_payers import same_payer
from edigate.reconcile.deposit_sums import allocate, only_choice
from edigate.reconcile.deposits import Deposit, Near, Payment

DAY = date(2026, 7, 10)
ACME = "1512345678"
_ids = count(1)


def deposit(amount: str, after: int = 0, **more: Any) -> Deposit:
    fields: dict[str, Any] = {"id": next(_ids), "day": DAY + timedelta(days=after), "amount": Decimal(amount)}
    return Deposit(**(fields | more))


def payment(amount: str, after: int = 0, **more: Any) -> Payment:
    fields: dict[str, Any] = {
        "id": next(_ids), "day": DAY + timedelta(days=after), "amount": Decimal(amount),
        "payer_name": "ACME HEALTH PLAN", "trace_payer_id": ACME,
    }  # fmt: skip
    return Payment(**(fields | more))


def acme(amount: str, after: int = 0, **more: Any) -> Deposit:
    return deposit(amount, after, **({"description": "ACME HEALTH PLAN HCCLAIMPMT 0710"} | more))


def pairs(found: Matching) -> list[tuple[int, int, str, str]]:
    return sorted((one.deposit_id, one.payment_id, str(one.amount), one.how) for one in found.matches)


# --- by trace


def test_the_trace_decides_whatever_day_and_text() -> None:
    d, p = deposit("100.00", 200, trace="EFT1", trace_payer_id=ACME), payment("100.00", trace="EFT1")
    other = payment("100.00")
    assert pairs(match([d], [p, other])) == [(d.id, p.id, "100.00", "trace")]


@pytest.mark.parametrize(("banks", "payers"), [("00123456", "123456"), ("eft1a", "EFT1A"), (" EFT1 ", "EFT1")])
def test_a_trace_is_the_same_with_zeros_before_it_and_in_either_case(banks: str, payers: str) -> None:
    d, p = deposit("5.00", trace=banks, trace_payer_id=ACME), payment("5.00", trace=payers)
    assert pairs(match([d], [p])) == [(d.id, p.id, "5.00", "trace")]


def test_with_the_payers_id_a_short_deposit_is_matched_and_the_rest_is_the_difference() -> None:
    d, p = deposit("90.00", trace="EFT1", trace_payer_id="512345678"), payment("100.00", trace="EFT1")
    assert pairs(match([d], [p])) == [(d.id, p.id, "90.00", "trace")]
    more = deposit("110.00", trace="EFT1", trace_payer_id=ACME)
    assert pairs(match([more], [p])) == [(more.id, p.id, "100.00", "trace")]


def test_without_the_payers_id_another_amount_is_a_candidate_at_most() -> None:
    d, p = deposit("90.00", trace="10044"), payment("100.00", trace="10044")
    found = match([d], [p])
    assert found.matches == []
    assert [one.why for one in found.candidates[d.id]] == [("the same number",)]
    assert pairs(match([deposit("100.00", 100, trace="10044")], [p])) == []  # check numbers come round again


def test_one_number_of_two_payers_means_each_ones_own() -> None:
    north = payment("70.00", trace="77001", trace_payer_id="1999999999", payer_name="NORTHERN MUTUAL")
    p = payment("100.00", trace="77001")
    d, unknown = deposit("100.00", trace="77001", trace_payer_id=ACME), deposit("70.00", trace="77001")
    assert pairs(match([d], [p, north])) == [(d.id, p.id, "100.00", "trace")]
    assert pairs(match([unknown], [p, north])) == [(unknown.id, north.id, "70.00", "trace")]


def test_one_eft_for_the_835s_of_two_payees_and_one_835_in_two_deposits() -> None:
    d = deposit("100.00", trace="EFT1", trace_payer_id=ACME)
    one, two = payment("60.00", trace="EFT1"), payment("40.00", trace="EFT1")
    assert pairs(match([d], [one, two])) == [(d.id, one.id, "60.00", "trace"), (d.id, two.id, "40.00", "trace")]
    p = payment("100.00", trace="EFT2")
    first, second = (deposit(amount, trace="EFT2", trace_payer_id=ACME) for amount in ("60.00", "40.00"))
    assert pairs(match([first, second], [p])) == [
        (first.id, p.id, "60.00", "trace"), (second.id, p.id, "40.00", "trace"),
    ]  # fmt: skip


def test_two_deposits_that_each_could_be_the_payment_are_nobodys_guess() -> None:
    p = payment("100.00", trace="EFT1")
    twice = [deposit("100.00", trace="EFT1", trace_payer_id=ACME) for _ in range(2)]
    found = match(twice, [p])
    assert found.matches == []
    assert set(found.candidates) == {one.id for one in twice}


def test_what_a_payer_takes_back_meets_its_debit() -> None:
    d, p = deposit("-42.00", trace="BACK1", trace_payer_id=ACME), payment("-42.00", trace="BACK1")
    plus = payment("42.00", trace="BACK1")
    assert pairs(match([d], [p])) == [(d.id, p.id, "-42.00", "trace")]
    assert match([d], [plus]).matches == []


# --- by number in the text, and by amount, payer and day


def test_a_checks_number_in_the_banks_text_is_enough_with_its_amount() -> None:
    p = payment("100.00", trace="0001048823", method="CHK")
    d = deposit("100.00", 20, kind="check", description="LOCKBOX ITEM 1048823")
    assert pairs(match([d], [p, payment("100.00", method="CHK", trace="1048824")])) == [(d.id, p.id, "100.00", "trace")]
    assert match([deposit("99.00", kind="check", description="LOCKBOX ITEM 1048823")], [p]).matches == []


def test_amount_payer_and_day_match_where_there_is_one_of_each() -> None:
    d, p = acme("100.00", 2), payment("100.00", trace="EFT1")
    assert pairs(match([d], [p, payment("100.00", trace="EFT9", payer_name="NORTHERN MUTUAL", trace_payer_id="")])) == [
        (d.id, p.id, "100.00", "amount")
    ]


@pytest.mark.parametrize(
    ("d", "p"),
    [
        (acme("100.00", 6), payment("100.00")),  # too late
        (acme("100.00", -6), payment("100.00")),
        (acme("100.01"), payment("100.00")),
        (deposit("100.00", description="SQUARE INC"), payment("100.00")),  # another payer
        (acme("100.00", trace="EFT7"), payment("100.00", trace="EFT8")),  # another number
        (acme("100.00", kind="check"), payment("100.00", method="ACH")),  # another way
        (acme("100.00"), payment("100.00", method="CHK")),
        (acme("100.00"), payment("100.00", day=None)),
        (acme("100.00", -1, kind="check"), payment("100.00", method="CHK")),  # before it was written
    ],
)
def test_what_does_not_fit_is_not_matched(d: Deposit, p: Payment) -> None:
    assert match([d], [p]).matches == []


def test_equals_are_never_chosen_between_but_shown() -> None:
    twins = [payment("100.00"), payment("100.00", 1)]
    d = acme("100.00")
    found = match([d], twins)
    assert found.matches == []
    assert [one.payment_id for one in found.candidates[d.id]] == [one.id for one in twins]
    assert found.candidates[d.id][0].why == ("the same amount", "the same payer")
    assert match([acme("100.00"), acme("100.00")], [payment("100.00")]).matches == []


def test_checks_over_the_counter_match_by_amount_alone_unless_the_bank_may_name_another_payer() -> None:
    p = payment("81.22", method="CHK")
    north = payment("5.00", method="CHK", payer_name="NORTHERN MUTUAL", trace_payer_id="1999999999")
    d = deposit("81.22", 12, kind="deposit", description="DEPOSIT BRANCH 12")
    assert pairs(match([d], [p, north])) == [(d.id, p.id, "81.22", "amount")]
    named = deposit("81.22", 12, kind="deposit", description="NORTHERN MUTUAL CLAIMS")
    assert match([named], [p, north]).matches == match([named], [p]).matches == []
    assert match([deposit("81.22", 31, kind="deposit")], [p]).matches == []


@pytest.mark.parametrize(
    ("text", "name", "same"),
    [
        ("ACME HEALTH PLA HCCLAIMPMT", "ACME HEALTH PLAN", True),
        ("ACMEHEALTHPLAN HCCLAIMPMT", "Acme Health Plan, Inc.", True),
        ("AETNA AS01 DES:HCCLAIMPMT", "AETNA LIFE INSURANCE", True),
        ("UNITED OF OMAHA HCCLAIMPMT", "UNITED HEALTHCARE", False),
        ("HEALTHY PETS LLC", "HEALTH NET", False),
        ("THE HARTFORD", "HARTFORD LIFE", True),
        ("DEPOSIT", "", False),
        ("", "ACME", False),
        ("CIGNARIA LTD", "CIGNA", False),
        ("PREAUTHORIZED ACH CREDIT ACME HEALTH", "ACME HEALTH PLAN", True),
        ("PREAUTHORIZED ACH CREDIT ACME HEALTH", "PREAUTHORIZED ACH CREDIT NORTHERN", False),
    ],
)
def test_a_payers_name_is_known_again_as_banks_cut_it(text: str, name: str, same: bool) -> None:
    assert same_payer((), text, (), name) is same


def test_ids_are_one_payers_with_or_without_the_one_before_the_tax_id() -> None:
    assert same_payer(("512345678",), "EDI PAYMNT", (ACME,), "ACME")
    assert not same_payer(("1999999999", "0000000000"), "EDI PAYMNT", (ACME, "0000000000"), "ACME")


# --- sums


def test_one_deposit_is_all_payments_of_a_payers_day_however_many() -> None:
    day = [payment(f"{cents}.25", trace=f"T{cents}") for cents in range(20, 40)]
    total = str(sum(one.amount for one in day))
    d = acme(total, 1)
    found = match([d], [*day, payment("7.00", 1)])
    assert sorted(one.payment_id for one in found.matches) == [one.id for one in day]
    assert {one.how for one in found.matches} == {"sum"}


def test_one_deposit_is_the_only_choice_of_checks_that_adds_up() -> None:
    some = [payment(amount, after, method="CHK") for amount, after in (("10.00", 0), ("25.50", 3), ("31.07", 5))]
    d = deposit("35.50", 9, kind="deposit")
    assert pairs(match([d], some)) == [(d.id, some[0].id, "10.00", "sum"), (d.id, some[1].id, "25.50", "sum")]


def test_two_choices_that_add_up_are_no_choice() -> None:
    some = [payment(amount, after) for amount, after in (("10.00", 0), ("20.00", 1), ("12.00", 2), ("18.00", 3))]
    found = match([acme("30.00", 2)], some)
    assert found.matches == []
    assert len(next(iter(found.candidates.values()))) == 3


def test_a_sum_is_not_made_of_what_could_be_another_deposits_own() -> None:
    ten, twenty = payment("10.00"), payment("20.00", 1)
    whole, tens = acme("30.00", 1), [acme("10.00"), acme("10.00", 1)]
    assert match([whole, *tens], [ten, twenty]).matches == []


def test_one_payment_comes_in_several_deposits() -> None:
    p = payment("100.00")
    some = [acme("60.00"), acme("40.00", 1), acme("33.00", 1)]
    assert pairs(match(some, [p])) == [(some[0].id, p.id, "60.00", "sum"), (some[1].id, p.id, "40.00", "sum")]


def test_amounts_are_tried_together_only_where_chance_makes_no_sum() -> None:
    many = [(key, Decimal(key)) for key in range(1, 14)]
    assert only_choice(Decimal(13), many) == frozenset()
    assert only_choice(Decimal(91), many, whole=[frozenset(range(1, 14))]) == frozenset(range(1, 14))
    assert only_choice(Decimal(3), many[:12]) == frozenset((1, 2))
    assert only_choice(Decimal(5), many[:12]) == frozenset()


# --- a person's no, and the laws


def test_what_a_person_undid_is_not_matched_again_by_itself() -> None:
    d, p = acme("100.00", trace="EFT1", trace_payer_id=ACME), payment("100.00", trace="EFT1")
    found = match([d], [p], never=frozenset(((d.id, p.id),)))
    assert found.matches == []
    assert [one.payment_id for one in found.candidates[d.id]] == [p.id]


def test_days_are_a_setting() -> None:
    assert match([acme("100.00", 6)], [payment("100.00")], near=Near(electronic=7)).matches


AMOUNTS = st.sampled_from(["1.00", "2.00", "3.00", "0.50", "-2.00", "10.00"]).map(Decimal)
TRACES = st.sampled_from(["", "", "EFT1", "EFT2", "0EFT1"])
NAMES = st.sampled_from(["ACME HEALTH PLAN", "NORTHERN MUTUAL", ""])
IDS = st.sampled_from(["", ACME, "1999999999"])
DAYS = st.integers(0, 8).map(lambda days: DAY + timedelta(days=days))


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Deposit], list[Payment]]:
    kinds = st.sampled_from(["ach", "check", "deposit", "other"])
    deposits = draw(
        st.lists(
            st.builds(
                Deposit, id=st.just(0), day=DAYS, amount=AMOUNTS, kind=kinds, trace=TRACES, trace_payer_id=IDS,
                description=NAMES, payer_name=st.just(""), payer_id=IDS, reference=TRACES,
            ),
            max_size=8,
        )
    )  # fmt: skip
    payments = draw(
        st.lists(
            st.builds(
                Payment, id=st.just(0), day=st.none() | DAYS, amount=AMOUNTS, trace=TRACES, trace_payer_id=IDS,
                method=st.sampled_from(["ACH", "CHK", "NON"]), payer_name=NAMES,
            ),
            max_size=8,
        )
    )  # fmt: skip
    return (
        [msgspec.structs.replace(one, id=at) for at, one in enumerate(deposits, 1)],
        [msgspec.structs.replace(one, id=at) for at, one in enumerate(payments, 1)],
    )


@settings(max_examples=150, deadline=None)
@given(books(), st.randoms(use_true_random=False))
def test_every_cent_is_matched_once_or_open_and_the_order_changes_nothing(
    given_: tuple[list[Deposit], list[Payment]], shuffled: random.Random
) -> None:
    deposits, payments = given_
    found = match(deposits, payments)
    of_deposit: Counter[int] = Counter()
    of_payment: Counter[int] = Counter()
    for one in found.matches:
        assert one.amount
        of_deposit[one.deposit_id] += int(one.amount * 100)
        of_payment[one.payment_id] += int(one.amount * 100)
    for taken, all_ in ((of_deposit, deposits), (of_payment, payments)):
        for whole in all_:
            cents, share = int(whole.amount * 100), taken[whole.id]
            assert min(0, cents) <= share <= max(0, cents)
    open_ = sum(one.amount for one in deposits) - sum(one.amount for one in found.matches)
    unmatched = sum(one.amount for one in deposits if not of_deposit[one.id])
    rests = sum(one.amount - Decimal(of_deposit[one.id]) / 100 for one in deposits if of_deposit[one.id])
    assert open_ == unmatched + rests
    assert not set(found.candidates) & set(of_deposit)
    shuffled.shuffle(deposits)
    shuffled.shuffle(payments)
    again = match(deposits, payments)
    assert pairs(again) == pairs(found)
    assert again.candidates == found.candidates
    rest = [one for one in deposits if not of_deposit[one.id]], [one for one in payments if not of_payment[one.id]]
    assert match(*rest).matches == []  # another run without anything new finds nothing more


SOME = st.lists(st.integers(1, 500), min_size=1, max_size=5)


@given(SOME, SOME, st.booleans())
def test_shares_use_one_side_up_and_are_of_its_sign(deposits: list[int], payments: list[int], negative: bool) -> None:
    sign = Decimal(-1 if negative else 1)
    shares = allocate(list(enumerate(sign * one for one in deposits)), list(enumerate(sign * one for one in payments)))
    assert sum(share for _, _, share in shares) == sign * min(sum(deposits), sum(payments))
    assert all(share * sign > 0 for _, _, share in shares)
    assert len({(one, other) for one, other, _ in shares}) == len(shares)
