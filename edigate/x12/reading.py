"""What reading a segment needs beside its elements: separators, a place for what no field can hold, records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from edigate.x12 import binding as b
from edigate.x12.remainder import COMPONENT, REPETITION
from edigate.x12.segments import Delimiters

Values = dict[str, Any]


class Context:
    """What readers need beside the elements: separators, and a place for what they can't express."""

    __slots__ = ("_elements", "component", "extra", "failures", "repetition")

    def __init__(self, delimiters: Delimiters) -> None:
        self.component = delimiters.component
        self.repetition = delimiters.repetition
        self.extra: list[str] | None = None
        self.failures: list[tuple[int, int, str, str]] = []
        self._elements: list[str] = []

    def begin(self, elements: list[str]) -> None:
        self._elements = elements
        self.extra = None
        if self.failures:
            self.failures = []

    def neutral(self, value: str) -> str:
        """A raw element with separators of our own in place of the file's."""
        if self.component in value:
            value = value.replace(self.component, COMPONENT)
        if self.repetition and self.repetition in value:
            value = value.replace(self.repetition, REPETITION)
        return value

    def keep(self, position: int, value: str, component: int = 0) -> None:
        """Keep an element (or component) that no field holds."""
        if self.extra is None:
            self.extra = [self._elements[0]]
        extra = self.extra
        while len(extra) <= position:
            extra.append("")
        if component:
            pieces = extra[position].split(COMPONENT)
            pieces += [""] * (component - len(pieces))
            pieces[component - 1] = value
            extra[position] = COMPONENT.join(pieces)
        else:
            extra[position] = self.neutral(value)

    def fail(self, position: int, component: int, value: str, expected: str) -> None:
        self.failures.append((position, component, value, expected))
        self.keep(position, value, component)


# `at`: the element that components belong to, 0 at element level; `base` shifts positions (groups).
Read = Callable[[list[str], Values, Context], None]
PartRead = Callable[[list[str], Values, Context, int, int], None]
Test = Callable[[list[str], Context], bool]


def claimed_by(part: b.Part) -> tuple[int, ...]:
    """The element positions that a part answers for, whatever stands there."""
    match part:
        case b.Qualified():
            return (part.qualifier, part.position)
        case b.Element() | b.Match() | b.Constant() | b.Composite() | b.Repeated() | b.Sequence():
            return (part.position,)
        case b.Texts() | b.Items():
            return part.positions
        case b.Groups():
            return tuple(range(part.start, part.start + part.width * part.times))
        case b.Pairs():
            return tuple(range(part.start, part.start + 2 * part.times))
        case b.Period() | b.Moment():
            return (part.qualifier, part.position)
        case b.HierarchicalLevel():
            return (1, 2, 3, 4)
        case _:
            return ()


def made(record: b.RecordType, values: Values) -> Any:
    """A record of what was read. Where a default says something, the sender was silent: the field is empty."""
    return record(**{**silent_defaults(record), **values})


def silent_defaults(record: b.RecordType) -> Values:
    """Empty texts for the fields whose default says something: fit for a new record, not for one read."""
    if record not in _DEFAULTS:
        fields = msgspec.structs.fields(record)
        _DEFAULTS[record] = {field.name: "" for field in fields if field.default not in _SILENT}
    return _DEFAULTS[record]


_DEFAULTS: dict[b.RecordType, Values] = {}
_SILENT = ("", None, (), msgspec.NODEFAULT)
