"""How a partner's cut-offs are told: in its own time zone, with the day that a file counts for."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edigate.gateway.send import SendReport


def shown(at: datetime) -> str:
    """A cut-off with its day: `Wed 2026-07-01 17:00 EDT`."""
    return f"{at:%a %Y-%m-%d %H:%M %Z}"


def sent_for(report: SendReport) -> list[str]:
    """Which day's work what was sent belongs to: a line for each cut-off, none where the partner has none.

    A file that goes after a day's last cut-off counts for the partner's next working day.
    """
    sent = {file.filename: file.sent_at for file in report.files}
    counted: Counter[tuple[datetime, bool]] = Counter()
    for name, at in report.counts_for.items():
        when = sent[name]
        counted[at, when is not None and when.astimezone(at.tzinfo).date() != at.date()] += 1
    return [_line(count, at, later=later) for (at, later), count in sorted(counted.items())]


def _line(count: int, at: datetime, *, later: bool) -> str:
    files = "1 file" if count == 1 else f"{count} files"
    if later:
        return f"no cut-off was left that day: {files} for {shown(at)}"
    return f"{files} in time for the cut-off of {shown(at)}"
