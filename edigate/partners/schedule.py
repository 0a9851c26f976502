"""When a partner's next cut-off is: times of day in its own zone, on the days it works. Waits for nothing.

Knows no holidays: partners publish these every year anew.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from edigate.partners.model import Schedule, Weekday

_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def zone_of(schedule: Schedule) -> tzinfo:
    """The time zone of a schedule. Raises ZoneInfoNotFoundError or ValueError for one that isn't known here."""
    # A machine without a time zone database knows UTC all the same.
    return UTC if schedule.zone == "UTC" else zoneinfo.ZoneInfo(schedule.zone)


def next_cut_off(schedule: Schedule, now: datetime) -> datetime | None:
    """The first cut-off after `now` (an aware time), in the partner's zone; None where it has none.

    A time that the clock skips in spring is an hour later, one that comes twice in autumn is the first.
    """
    if not schedule.cut_off:
        return None
    zone = zone_of(schedule)
    today = now.astimezone(zone).date()
    times = [time.fromisoformat(text) for text in schedule.cut_off]
    # Eight days hold every weekday once and today's again, where all of today's cut-offs are over.
    for day in (today + timedelta(days=number) for number in range(8)):
        if _DAYS[day.weekday()] in schedule.days:
            # Not by the time of day: one that the clock skips comes after one that is later by the wall.
            still = [at for at in (_moment(day, each, zone) for each in times) if at > now]
            if still:
                return min(still)
    return None


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    # There and back by UTC: a wall time that doesn't exist becomes one that does.
    return datetime.combine(day, at, zone).astimezone(UTC).astimezone(zone)
