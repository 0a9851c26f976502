"""An 835 looked through before it is read: whether it is what came before, where its services and its PLBs stand.

Knows segments as text; refuses to know what any of them means for money.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from edigate.x12.envelope import TransactionSet

# How what is said is written for its hash, whatever delimiters it came with.
_SEGMENT, _ELEMENT, _COMPONENT, _REPETITION = "\x1e", "\x1f", "\x1d", "\x1c"
# What another copy of the same payment may say otherwise: the set's number and count, and the day of production.
_PASSING = re.compile("(?:(?<=\x1e)|^)(?:ST|SE|DTM\x1f405)(?:\x1f[^\x1e]*)?\x1e")
_EMPTY_ENDS = re.compile("\x1f+\x1e")


class Glanced(NamedTuple):
    """An 835 looked through once: what it says, and where its SVC and PLB stand, counted from ST = 1."""

    content_hash: str
    services: array[int]
    provider_adjustments: array[int]

    def services_within(self, first: int, last: int) -> array[int]:
        """The places of the services between two segments, both included."""
        return self.services[bisect_left(self.services, first) : bisect_right(self.services, last)]


def look_through(transaction_set: TransactionSet) -> Glanced:
    """Read an 835 once. Its hash is the same under whatever delimiters, control numbers and day of production."""
    delimiters = transaction_set.delimiters
    written = {delimiters.element: _ELEMENT, delimiters.component: _COMPONENT, delimiters.segment: _SEGMENT}
    if delimiters.repetition:
        written[delimiters.repetition] = _REPETITION
    neutral = str.maketrans(written)
    apart, end = delimiters.element, delimiters.segment
    digest = hashlib.sha256()
    services, provider_adjustments = array("L"), array("L")
    position = 1
    for block in transaction_set.segments.blocks():
        text = end + block
        services.extend(_places(text, f"{end}SVC{apart}", end, position))
        if f"{end}SVC{end}" in text:  # one that says nothing is one, too
            services.extend(_places(text, f"{end}SVC{end}", end, position))
            services = array("L", sorted(services))
        provider_adjustments.extend(_places(text, f"{end}PLB{apart}", end, position))
        segments = block.count(end)
        position += segments
        said = block.translate(neutral)
        if "\x1f\x1e" in said:
            said = _EMPTY_ENDS.sub("\x1e", said)
        if segments == 1 or "DTM\x1f405" in said:  # ST and SE come alone
            said = _PASSING.sub("", said)
        digest.update(said.encode())
    return Glanced(digest.hexdigest(), services, provider_adjustments)


def _places(text: str, mark: str, end: str, position: int) -> Iterator[int]:
    """The places of the segments that begin with a mark, where the text's first stands at `position`."""
    before, at = 0, text.find(mark)
    while at >= 0:
        position += text.count(end, before, at)
        yield position
        before, at = at, text.find(mark, at + 1)
