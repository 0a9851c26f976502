"""A clock that moves only when told: simulated days for a clearinghouse and for whoever talks to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

_EVENING = time(18, 0)


class SteppedClock:
    """Call it for the moment (aware, UTC); hand it to both sides so that they live on the same day."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    @classmethod
    def evening_of(cls, day: date) -> SteppedClock:
        """Six o'clock: when a practice sends its day's claims."""
        return cls(datetime.combine(day, _EVENING, UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, *, days: int = 0, minutes: int = 0) -> None:
        """Forward, never back."""
        step = timedelta(days=days, minutes=minutes)
        if step < timedelta(0):
            raise ValueError("a clock doesn't go back")
        self.now += step
