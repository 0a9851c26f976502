"""What is still to come, day by day, in the order in which it was thought of. Knows days and nothing else."""

from __future__ import annotations

import heapq
from datetime import date
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class Agenda(Generic[T]):
    """Entries by day; of one day, first in, first out."""

    def __init__(self) -> None:
        self._entries: list[tuple[date, int, T]] = []
        self._order = count()

    def add(self, on: date, entry: T) -> None:
        heapq.heappush(self._entries, (on, next(self._order), entry))

    @property
    def next_day(self) -> date | None:
        """The day of the next entry, or None where nothing is to come."""
        return self._entries[0][0] if self._entries else None

    def take(self) -> T:
        """The next entry, which is on the agenda no more."""
        return heapq.heappop(self._entries)[2]
