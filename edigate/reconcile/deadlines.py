"""Until when a claim may be filed and a decision appealed, in a payer's days. Pure; knows no settings file.

Plans differ from 60 days to years; what isn't told is assumed as the shortest usual, and says so.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import msgspec

Act = Literal["file", "appeal"]

# The shortest usual ones: many commercial plans give 90 days to file and 60 to appeal, Medicare 365 and 120.
SHORTEST: dict[Act, int] = {"file": 90, "appeal": 60}
_FROM: dict[Act, str] = {"file": "the service", "appeal": "the payment"}


class Deadline(msgspec.Struct, frozen=True):
    """The last day for an act, and how it is reckoned."""

    on: date
    words: str


def deadline(act: Act, begins: date | None, days: int | None) -> Deadline | None:
    """The last day to file (from the service) or to appeal (from the payment); None where no day is known."""
    if begins is None:
        return None
    told = SHORTEST[act] if days is None else days
    assumed = ", the shortest usual; none is set" if days is None else ""
    return Deadline(begins + timedelta(days=told), f"{act} within {told} days of {_FROM[act]}{assumed}")
