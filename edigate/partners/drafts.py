"""Partner files that still wait to be filled in: which settings say `FILL IN`. Reads a table, no file.

A draft isn't a partner yet: nothing is sent to it, and it keeps no other partner from its work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edigate.errors import ConfigError
from edigate.settings import Problem

FILL_IN = "FILL IN"


def left_to_fill(table: Mapping[str, object]) -> list[Problem]:
    """The settings of a parsed TOML table whose text begins with `FILL IN`, by dotted key, with what belongs there."""
    return [Problem(key, text.removeprefix(FILL_IN).strip(" :")) for key, text in _unfilled(table, "")]


def waiting(name: str, left: list[Problem]) -> ConfigError:
    """The ConfigError that says what is left of a draft; `name` is how messages call the file."""
    lines = [f"{problem.key}: {problem.message}" for problem in left]
    told = lines[0] if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)
    return ConfigError(f"{name} waits to be filled in:{'' if len(lines) > 1 else ' '}{told}")


def _unfilled(value: object, at: str) -> Iterator[tuple[str, str]]:
    match value:
        case str() if value.startswith(FILL_IN):
            yield at, value
        case Mapping():
            for key, below in value.items():
                yield from _unfilled(below, f"{at}.{key}" if at else key)
        case list():
            for index, below in enumerate(value):
                yield from _unfilled(below, f"{at}[{index}]")
