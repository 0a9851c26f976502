"""A partner's next cut-off: in its own zone, on its working days, across the clock's changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edigate.partners.model import Schedule
from edigate.partners.schedule import next_cut_off

NEW_YORK = Schedule(cut_off=("17:00", "11:30"), zone="America/New_York")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-06-30T12:00", "2026-06-30T11:30-04:00"),  # a Tuesday: 8 in the morning there
        ("2026-06-30T15:30", "2026-06-30T17:00-04:00"),  # on the minute is too late for the first
        ("2026-06-30T21:00", "2026-07-01T11:30-04:00"),
        ("2026-07-03T21:30", "2026-07-06T11:30-04:00"),  # over the weekend
        ("2026-07-04T03:00", "2026-07-06T11:30-04:00"),  # still Friday evening there
        ("2026-12-01T12:00", "2026-12-01T11:30-05:00"),  # winter time
    ],
)
def test_the_next_cut_off_is_told_in_the_partners_own_time(now: str, expected: str) -> None:
    found = next_cut_off(NEW_YORK, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found is not None
    assert found.isoformat(timespec="minutes") == expected


def test_a_partner_that_works_one_day_a_week_has_its_cut_off_a_week_later() -> None:
    sundays = Schedule(cut_off=("12:00",), days=("sun",))
    noon = datetime(2026, 6, 28, 12, 0, tzinfo=UTC)
    assert next_cut_off(sundays, noon) == datetime(2026, 7, 5, 12, 0, tzinfo=UTC)


def test_a_time_that_the_clock_skips_is_an_hour_later() -> None:
    night = Schedule(cut_off=("02:30",), zone="America/New_York", days=("sun",))
    found = next_cut_off(night, datetime(2026, 3, 8, 5, 0, tzinfo=UTC))
    assert found is not None
    assert found.isoformat(timespec="minutes") == "2026-03-08T03:30-04:00"


def test_a_skipped_time_doesnt_hide_one_that_comes_before_it() -> None:
    night = Schedule(cut_off=("02:30", "03:10"), zone="America/New_York", days=("sun",))
    found = next_cut_off(night, datetime(2026, 3, 8, 5, 0, tzinfo=UTC))
    assert found is not None
    assert found.isoformat(timespec="minutes") == "2026-03-08T03:10-04:00"


def test_a_time_that_comes_twice_is_over_after_the_first() -> None:
    night = Schedule(cut_off=("01:30",), zone="America/New_York", days=("sun",))
    before, between = datetime(2026, 11, 1, 5, 29, tzinfo=UTC), datetime(2026, 11, 1, 5, 31, tzinfo=UTC)
    found = [next_cut_off(night, now) for now in (before, between)]
    assert [at and at.isoformat(timespec="minutes") for at in found] == [
        "2026-11-01T01:30-04:00",
        "2026-11-08T01:30-05:00",
    ]


def test_a_partner_without_cut_offs_works_around_the_clock() -> None:
    assert next_cut_off(Schedule(), datetime(2026, 6, 30, tzinfo=UTC)) is None
