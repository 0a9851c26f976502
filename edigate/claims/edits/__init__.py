"""What a payer would reject after, found before: one file a SNIP level, checks as plain functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from edigate.claims.edits import level3, level4, level5
from edigate.claims.model import Claim
from edigate.findings import Finding

Edit = Callable[[Claim, date], Iterable[Finding]]

EDITS: tuple[Edit, ...] = (*level3.EDITS, *level4.EDITS, *level5.EDITS)


def edit(claim: Claim, today: date) -> Iterator[Finding]:
    """Every finding of every edit, the most basic first. `today` decides what is in the future."""
    for check in EDITS:
        yield from check(claim, today)
