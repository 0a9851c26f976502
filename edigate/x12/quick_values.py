"""What the lines of quick readers call: small functions from elements to values, or UnusualError."""

from __future__ import annotations

from typing import Any

from edigate.x12.codecs import day


class UnusualError(ValueError):
    """Not as the quick readers expect it."""


def solid(texts: tuple[str, ...]) -> list[str]:
    """The texts up to the first empty one; nothing may stand behind it."""
    found = [text for text in texts if text]
    if tuple(found) != texts[: len(found)]:
        raise UnusualError
    return found


def span(qualifier: str, value: str) -> tuple[Any, Any]:
    if qualifier == "D8":
        return day.decode(value), None
    first, last = value.split("-")
    if qualifier != "RD8":
        raise UnusualError
    return day.decode(first), day.decode(last)


def pairs(row: list[str], start: int, order: dict[str, int]) -> list[str]:
    """The values of pairs by the place of their qualifiers; they must come in that order."""
    found = [""] * len(order)
    before = -1
    for qualifier, value in zip(row[start::2], row[start + 1 :: 2], strict=True):
        place = order[qualifier]
        if place <= before or not value:
            raise UnusualError
        found[place] = value
        before = place
    return found
