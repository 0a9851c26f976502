"""What stands in a JSON record that no rule reads. Knows paths, not what they mean.

A misspelt name in a CSV's header is seen once, before the first row; in JSON any record may have one, and
what stands there would be lost without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from edigate.encounters.rows import Row
from edigate.findings import Finding
from edigate.mapping.spelling import did_you_mean

_BRACKETS = re.compile(r"\[[^\]]*\]")
_CONDITION = re.compile(r"\[([^=\]]+)=[^\]]*\]")


class Unread:
    """Looks over records for paths that aren't among those the mapping reads."""

    def __init__(self, columns: Iterable[str], ignored: Iterable[str], mapping: str) -> None:
        self._mapping = mapping
        self._ignored = tuple(f"{_BRACKETS.sub('', path)}." for path in ignored)
        self._known: set[str] = set()
        for column in columns:
            self._known.add(_BRACKETS.sub("", column))
            for condition in _CONDITION.finditer(column):
                self._known.add(_BRACKETS.sub("", f"{column[: condition.start()]}.{condition[1]}"))

    def findings(self, row: Row) -> list[Finding]:
        """A finding for each place of a JSON row that holds something nobody reads, each name once."""
        found: dict[str, Finding] = {}
        for name, path in _leaves(row.cells, "", ""):
            if name not in self._known and name not in found and not f"{name}.".startswith(self._ignored):
                source = row.source(path)
                found[name] = Finding(
                    code="mapping-column-unknown",
                    message=f"{source} isn't known to {self._mapping}, and what stands in it would be lost"
                    f"{did_you_mean(name, self._known)}",
                    sources=(source,),
                )
        return list(found.values())


def _leaves(value: Any, name: str, path: str) -> Iterator[tuple[str, str]]:
    """Every text and number of a record that isn't blank: its path without and with list positions."""
    if isinstance(value, dict):
        for key, inner in value.items():
            dot = "." if path else ""
            yield from _leaves(inner, f"{name}{dot}{key}", f"{path}{dot}{key}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _leaves(inner, name, f"{path}[{position}]")
    elif value is not None and value != "":
        yield name, path
