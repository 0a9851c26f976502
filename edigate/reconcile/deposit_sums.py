"""Which of some amounts add up to another, and whether only one choice of them does. Knows only numbers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

MOST = 12  # amounts that are tried in every combination: more of them add up to anything by chance
LARGEST = 5  # of a combination


def only_choice(
    wanted: Decimal, amounts: Sequence[tuple[Key, Decimal]], *, at_least: int = 2, whole: Sequence[frozenset[Key]] = ()
) -> frozenset[Key]:
    """The one choice of amounts that makes `wanted`; empty where there is none, or more than one.

    `whole` are choices that belong together by something else (a day's payments of a payer), of any size; of more
    than MOST amounts they alone are tried.
    """
    by_key = dict(amounts)
    found = {choice for choice in whole if len(choice) >= at_least and sum(by_key[key] for key in choice) == wanted}
    if len(amounts) <= MOST:
        for size in range(at_least, min(LARGEST, len(amounts)) + 1):
            for chosen in combinations(amounts, size):
                if sum(amount for _, amount in chosen) == wanted:
                    found.add(frozenset(key for key, _ in chosen))
                    if len(found) > 1:
                        return frozenset()
    return found.pop() if len(found) == 1 else frozenset()


def allocate(
    deposits: Sequence[tuple[int, Decimal]], payments: Sequence[tuple[int, Decimal]]
) -> list[tuple[int, int, Decimal]]:
    """How much of each deposit is of each payment, in order, until either side is used up.

    All amounts are of one sign, and none is zero.
    """
    shares = []
    left = [amount for _, amount in payments]
    at = 0
    for deposit_id, amount in deposits:
        rest = amount
        while rest and at < len(payments):
            share = min(rest, left[at], key=abs)
            shares.append((deposit_id, payments[at][0], share))
            rest -= share
            left[at] -= share
            at += not left[at]
    return shares
