"""The last night and how each step last ended on this machine, for `edigate status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from edigate.cli.output import say, table

if TYPE_CHECKING:
    from edigate.gateway.watching import StepEnd
    from edigate.ledger.runs import Run

_ENDINGS = {0: "well", 1: "with something for a person", 75: "to be tried again", 77: "LOGIN REFUSED"}
_COUNTED = (
    ("converted", "claims made"), ("refused", "refused"), ("sent", "sent"), ("received", "files received"),
    ("posted", "posted"), ("held", "held"), ("troubles", "troubles"),
)  # fmt: skip


def show_last_runs(nights: Sequence[Run], steps: Mapping[str, StepEnd]) -> None:
    """One line for the night, one for each step of each partner; nothing where nothing ran yet."""
    for night in nights:
        say(f"Last night: {night.started_at:%a %Y-%m-%d %H:%M} UTC, {_night(night)}")
    if steps:
        rows = [
            [end.step, end.partner, end.at.replace(tzinfo=None), _ending(end), _why(end)]
            for end in sorted(steps.values(), key=lambda end: (end.exit_code in (0, 1), end.step, end.partner))
        ]
        table(["step", "partner", "last run (UTC)", "ended", "why"], rows)
    if nights or steps:
        say()


def _night(night: Run) -> str:
    if night.finished_at is None:
        return "and it hasn't ended: it is at work, or was killed"
    counts = [(night.summary.get(key), words) for key, words in _COUNTED]
    told = [f"{number:,} {words}" for number, words in counts if isinstance(number, int) and number]
    return f"{', '.join(told) or 'nothing to do'}; it ended {_ENDINGS.get(night.exit_code or 0, 'badly')}"


def _ending(end: StepEnd) -> str:
    return _ENDINGS.get(end.exit_code, f"FAILED ({end.exit_code})")


def _why(end: StepEnd) -> str:
    first = end.told.partition("\n")[0]
    if end.exit_code in (0, 1) or end.succeeded_at is None:
        return first
    return f"{first} (last well {end.succeeded_at:%Y-%m-%d %H:%M})"
