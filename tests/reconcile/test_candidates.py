"""Whose an answer may be that no number finds: what speaks for each claim, and what is too little."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from edigate.reconcile.candidates import Asked, OurClaim, candidates

DAY = date(2026, 6, 15)
OURS = OurClaim(
    id=1,
    number="CLINIC-000123-7",
    trace="D9-1",
    payer_number="P77",
    member_ids=("NW100200300",),
    charge=Decimal("165.00"),
    service_date=DAY,
)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(number=" clinic-000123-7 "), "the same number but for case and blanks"),
        (Asked(number="CLINIC-000"), "our number begins with theirs, cut to 10 characters"),
        (Asked(number="CLINIC-000123-7-XX"), "their number begins with ours"),
        (Asked(number="CLINIC0001237"), "the same number but for signs and leading zeros"),
        (Asked(number="?", trace="D9-1"), "the clearinghouse's number (D9) is ours"),
        (Asked(payer_number="P77"), "the payer's number for it is known to be this claim's"),
    ],
)
def test_one_likeness_is_enough(asked: Asked, why: str) -> None:
    (found,) = candidates(asked, [OURS])
    assert (found.claim_id, found.why) == (1, (why,))


@pytest.mark.parametrize(
    "asked",
    [
        Asked(),
        Asked(number="0"),
        Asked(number="CLINI"),
        Asked(charge=Decimal(165)),
        Asked(first_day=DAY),
        Asked(member_id="NW100200300"),
        Asked(charge=Decimal(0), first_day=date(2026, 6, 16)),
    ],
)
def test_too_little_is_no_candidate(asked: Asked) -> None:
    assert candidates(asked, [OURS]) == []


def test_member_day_and_charge_together_make_one_and_the_likeliest_comes_first() -> None:
    twin = OurClaim(id=2, number="OTHER", charge=Decimal("165.00"), service_date=DAY)
    stay = Asked(member_id="nw100200300", charge=Decimal("-165.00"), first_day=date(2026, 6, 14), last_day=DAY)
    first, second = candidates(stay, [twin, OURS])
    assert (first.claim_id, first.why) == (1, ("the same member", "the same charge", "the same day of service"))
    assert (second.claim_id, second.why) == (2, ("the same charge", "the same day of service"))
    assert [one.claim_id for one in candidates(stay, [twin, OURS], most=1)] == [1]
