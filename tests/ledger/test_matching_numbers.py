"""Which claim a number means that a payer sends back: as sent, in another case, or cut to 20 characters."""

from __future__ import annotations

import pytest

from edigate.ledger.answers import claims_by_control_number, claims_by_id
from edigate.ledger.store import Ledger
from tests.ledger.books import converted, made, refused, sent

LONG = "Clinic-7-Visit-000000123"


def means(ledger: Ledger, *numbers: str) -> dict[str, str]:
    with ledger.read() as tx:
        found = claims_by_control_number(tx, numbers)
    return {number: one.patient_control_number for number, one in found.items()}


@pytest.mark.parametrize(
    ("number", "meant"),
    [
        (LONG, LONG),
        (LONG.upper(), LONG),
        (LONG.lower(), LONG),
        (f"  {LONG} ", LONG),
        (LONG[:20], LONG),
        (LONG[:20].upper(), LONG),
        (LONG[:19], None),  # a shorter one may well be somebody else's whole number
        (LONG[:21], None),
        ("ABC", "ABC"),  # as sent comes first
        ("aBC", None),  # two are like it
        ("enc-X", None),
        ("", None),
        ("   ", None),
        ("%", None),
        ("A_c", None),
    ],
)
def test_a_number_means_one_claim_or_none(ledger: Ledger, number: str, meant: str | None) -> None:
    converted(ledger, made(LONG), made("ABC"), made("Abc"), made("other"), refused("enc-X"))
    assert means(ledger, number) == ({} if meant is None else {number: meant})


@pytest.mark.parametrize(
    ("number", "meant"),
    [
        ("000026463774", "26463774"),
        ("26463774", "26463774"),
        ("700123", "0700123"),
        ("00000700123", "0700123"),
        ("0000VISIT-7", "visit-7"),
        ("0012345", None),  # too short to be sure
        ("0123456", "0123456"),  # as sent comes first
        ("00123456", None),  # two are like it
    ],
)
def test_zeros_in_front_are_filled_up_or_taken_away(ledger: Ledger, number: str, meant: str | None) -> None:
    ours = ("26463774", "0700123", "visit-7", "12345", "123456", "0123456")
    converted(ledger, *(made(one, lines=1) for one in ours))
    assert means(ledger, number) == ({} if meant is None else {number: meant})


def test_two_beginnings_alike_mean_nothing(ledger: Ledger) -> None:
    converted(ledger, made(LONG), made(f"{LONG[:20]}-OTHER"))
    assert means(ledger, LONG[:20], LONG.upper()) == {LONG.upper(): LONG}


def test_a_whole_number_comes_before_a_beginning(ledger: Ledger) -> None:
    converted(ledger, made(LONG), made(LONG[:20].upper()))
    assert means(ledger, LONG[:20]) == {LONG[:20]: LONG[:20].upper()}


def test_versions_are_no_rivals(ledger: Ledger) -> None:
    (first,) = converted(ledger, made("a1"))
    sent(ledger, first)
    with ledger.read() as tx:
        assert claims_by_control_number(tx, ["A1"])["A1"].id == first
        assert claims_by_id(tx, [first, 99]).keys() == {first}


def test_a_thousand_numbers_at_once(ledger: Ledger) -> None:
    converted(ledger, *(made(f"Claim-{number}", lines=1) for number in range(1200)))
    asked = [f"CLAIM-{number}" for number in range(1500)]
    found = means(ledger, *asked)
    assert found == {f"CLAIM-{number}": f"Claim-{number}" for number in range(1200)}
