"""What becomes of answers on their way: late, lost, sent again, wrapped anew, changed. By a scenario's table.

Knows files and days; refuses to know what an answer says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from edigate.simulator.decision import Count, Part
from edigate.simulator.envelope import AnswerFile, Outbox

AnswerKind = Literal["TA1", "999", "277CA", "835"]
Make = Callable[[datetime], AnswerFile]


class Delivery(Part, frozen=True, kw_only=True):
    """What happens to some answer files. Days count from the day a file is made; 0: doesn't happen."""

    kind: AnswerKind
    payer: str = ""  # whose, of 277CA and 835: a payer's id, or the clearinghouse's; empty: anybody's
    number: Count = 0  # the so-manyth of these, from 1; 0: each
    lost: bool = False  # never delivered
    late: Count = 0  # delivered so many days after
    again: Count = 0  # the same bytes once more, under another name
    rewrapped: Count = 0  # the same sets in another envelope
    changed: Count = 0  # the same payment in another envelope, and a reason code in it is another


class Made(NamedTuple):
    """An answer to make on its day: its kind, whose it is (several, where payers share a file), and how."""

    kind: AnswerKind
    senders: tuple[str, ...]
    make: Make


class Courier:
    """Carries answers as the scenario's deliveries say."""

    def __init__(self, deliveries: Sequence[Delivery], outbox: Outbox) -> None:
        self._deliveries = deliveries
        self._outbox = outbox
        self._seen: Counter[int] = Counter()  # by place in the table

    def take(self, made: Made, at: datetime) -> Iterator[tuple[int, Make]]:
        """Make an answer; yields when it is delivered (days from now, 0: now), and everything that follows."""
        file = made.make(at)
        late, lost = 0, False
        for place, each in enumerate(self._deliveries):
            if each.kind != made.kind or each.payer not in ("", *made.senders):
                continue
            self._seen[place] += 1
            if each.number in (0, self._seen[place]):
                late, lost = max(late, each.late), lost or each.lost
                yield from self._repeats(each, file)
        if not lost:
            yield late, lambda when: file

    def _repeats(self, each: Delivery, file: AnswerFile) -> Iterator[tuple[int, Make]]:
        if each.again:
            yield each.again, lambda when: self._outbox.again(file)
        if each.rewrapped:
            yield each.rewrapped, lambda when: self._outbox.rewrapped(file, when)
        if each.changed:
            yield each.changed, lambda when: self._outbox.changed(file, when)


def longest(deliveries: Sequence[Delivery]) -> int:
    """The most days that anything is held up or comes again after."""
    return max((max(each.late, each.again, each.rewrapped, each.changed) for each in deliveries), default=0)
