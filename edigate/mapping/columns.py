"""Names of columns as a mapping writes them: `NAME`, `lookup.NAME`, `NAME{1..12}`. Knows no cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from edigate.encounters.json_reader import parse_path
from edigate.errors import ConfigError

_RANGE = re.compile(r"\{([0-9]+)\.\.([0-9]+)\}")
MAX_REPEATS = 999


class Repeat(msgspec.Struct, frozen=True):
    """One column of a `from`, and the number in its name where it is one of a repeated column."""

    column: str
    number: str = ""


def expand(name: str, where: str) -> list[Repeat]:
    """`DX{1..3}` as DX1, DX2, DX3; any other name as itself. Leading zeros count: `{01..12}`.

    Raises ConfigError where the braces say nothing.
    """
    found = _RANGE.findall(name)
    if not found:
        if "{" in name or "}" in name:
            raise ConfigError(f"{where}: a repeated column is written like DX{{1..12}}, not {name}")
        return [Repeat(name)]
    if len(found) > 1:
        raise ConfigError(f"{where}: {name} must hold one range from a lower to a higher number")
    low, high = found[0]
    return [Repeat(_RANGE.sub(number, name), number) for number in _numbers(low, high, name, where)]


def numbers(text: str, where: str) -> list[str]:
    """The numbers of a `repeat`: `1..25`, `01..12`. Raises ConfigError."""
    found = _RANGE.fullmatch(f"{{{text}}}")
    if found is None:
        raise ConfigError(f"{where} is written like 1..12, not {text}")
    return _numbers(found[1], found[2], text, where)


def _numbers(low: str, high: str, name: str, where: str) -> list[str]:
    if not 0 <= int(high) - int(low) < MAX_REPEATS:
        raise ConfigError(f"{where}: {name} must hold one range from a lower to a higher number")
    width = len(low) if low.startswith("0") and len(low) > 1 else 0
    return [str(number).zfill(width) for number in range(int(low), int(high) + 1)]


def numbered(table: Any, number: str) -> tuple[Any, bool]:
    """A table of a `repeat` with `{}` as this number wherever columns are named; whether any is."""
    if isinstance(table, list):
        entries = [numbered(entry, number) for entry in table]
        return [entry for entry, _ in entries], any(named for _, named in entries)
    if not isinstance(table, Mapping):
        return table, False
    filled: dict[str, Any] = {}
    any_named = False
    for word, entry in table.items():
        if word in _NAMING and isinstance(entry, str):
            filled[word], named = entry.replace("{}", number), "{}" in entry
        elif word in _NAMING and isinstance(entry, list):
            filled[word] = [name.replace("{}", number) if isinstance(name, str) else name for name in entry]
            named = filled[word] != entry
        else:
            filled[word], named = numbered(entry, number)
        any_named = any_named or named
    return filled, any_named


_NAMING = frozenset({"from", "expr", "when"})


def check_path(column: str, where: str) -> bool:
    """Whether a JSON path gives many values (`[*]`). Raises ConfigError where it isn't a path."""
    try:
        return any(kind == "all" for kind, _ in parse_path(column))
    except ValueError:
        raise ConfigError(
            f"{where}: {column!r} is not a path like subscriber.name, lines[0].code or lines[*].code"
        ) from None
