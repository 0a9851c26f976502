"""A send says which of the partner's cut-offs it is in time for, in the partner's own zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from edigate.cli.cut_offs import sent_for
from edigate.config import Workspace
from edigate.gateway.send import send
from tests.gateway.practice import Clock, TestGateway, ready, settings

Open = Callable[[Workspace], TestGateway]
SCHEDULE = 'cut_off = ["11:30", "17:00"]\nzone = "America/New_York"'


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-06-30T15:00", "1 file in time for the cut-off of Tue 2026-06-30 11:30 EDT"),
        ("2026-06-30T18:00", "1 file in time for the cut-off of Tue 2026-06-30 17:00 EDT"),
        ("2026-06-30T21:00", "no cut-off was left that day: 1 file for Wed 2026-07-01 11:30 EDT"),
        ("2026-07-03T22:00", "no cut-off was left that day: 1 file for Mon 2026-07-06 11:30 EDT"),  # a Friday evening
        ("2026-07-04T16:00", "no cut-off was left that day: 1 file for Mon 2026-07-06 11:30 EDT"),  # a Saturday
        ("2026-10-30T21:30", "no cut-off was left that day: 1 file for Mon 2026-11-02 11:30 EST"),  # the clock changes
    ],
)
def test_a_send_says_which_day_it_counts_for(
    workspace: Workspace, opened: Open, clock: Clock, now: str, told: str
) -> None:
    gateway = opened(settings(workspace, schedule=SCHEDULE))
    clock.now = datetime.fromisoformat(now).replace(tzinfo=UTC)
    ready(gateway, 2)
    report = send(gateway, gateway.workspace.partner("acme"))
    assert sent_for(report) == [told]
    (at,) = msgspec.to_builtins(report)["counts_for"].values()
    assert datetime.fromisoformat(at) > clock.now


def test_files_on_both_sides_of_a_cut_off_are_told_apart(workspace: Workspace, opened: Open, clock: Clock) -> None:
    gateway = opened(settings(workspace, schedule=SCHEDULE, batch="max_claims_per_file = 1"))
    clock.now = datetime(2026, 6, 30, 20, 59, 59, tzinfo=UTC)
    ready(gateway, 2)
    partner = gateway.workspace.partner("acme")
    report = send(gateway, partner)
    clock.pass_by(seconds=2)
    ready(gateway, 1, "F")
    later = send(gateway, partner)
    report.files += later.files
    report.counts_for |= later.counts_for
    assert sent_for(report) == [
        "2 files in time for the cut-off of Tue 2026-06-30 17:00 EDT",
        "no cut-off was left that day: 1 file for Wed 2026-07-01 11:30 EDT",
    ]


def test_a_partner_without_cut_offs_is_told_nothing_of_them(gateway: TestGateway) -> None:
    ready(gateway, 1)
    report = send(gateway, gateway.workspace.partner("acme"))
    assert (sent_for(report), report.counts_for) == ([], {})
