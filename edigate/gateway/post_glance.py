"""An 835 looked through before it is read: whether it is what came before, and where its services stand.

Knows segments as text; refuses to know what any of them means for money.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from typing import NamedTuple

from edigate.x12.envelope import TransactionSet

_ENVELOPE = frozenset(("ST", "SE"))


class Glanced(NamedTuple):
    """An 835 looked through once: what it says, and where its services (SVC) stand, counted from ST = 1."""

    content_hash: str
    services: array[int]

    def services_within(self, first: int, last: int) -> array[int]:
        """The places of the services between two segments, both included."""
        return self.services[bisect_left(self.services, first) : bisect_right(self.services, last)]


def look_through(transaction_set: TransactionSet) -> Glanced:
    """Read an 835 once. Its hash is the same under whatever delimiters, control numbers and day of production."""
    component, repetition = transaction_set.delimiters.component, transaction_set.delimiters.repetition
    digest = hashlib.sha256()
    services = array("L")
    position = 1
    for rows in transaction_set.segments.blocks():
        services.extend(position + at for at, elements in enumerate(rows) if elements[0] == "SVC")
        position += len(rows)
        said = ["\x1f".join(elements).rstrip("\x1f") + "\x1e" for elements in rows if not _is_passing(elements)]
        text = "".join(said).replace(component, "\x1d")
        digest.update((text.replace(repetition, "\x1c") if repetition else text).encode())
    return Glanced(digest.hexdigest(), services)


def _is_passing(elements: list[str]) -> bool:
    """What another copy of the same payment may say otherwise."""
    name = elements[0]
    return name in _ENVELOPE or (name == "DTM" and elements[1:2] == ["405"])
