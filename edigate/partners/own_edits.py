"""A partner's own edits: expressions over claims, checked and compiled. Knows the claim's fields, not a rule.

A name is a path of the model (`total_charge`, `subscriber.group_number`); of a list it is the list of its members'
values (`'25' in service_lines.modifiers`). What a record that isn't there would say is blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from edigate.claims.model import Claim, ServiceLine
from edigate.findings import Finding, Severity
from edigate.mapping.expressions import parse_expression
from edigate.mapping.fields import Field, Kind, fields_of
from edigate.partners.model import OwnEdit

_LISTED = {Kind.TEXT: Kind.TEXTS, Kind.TEXTS: Kind.TEXTS, Kind.INTEGERS: Kind.INTEGERS}
"""What a field is, seen through a list of records; other kinds can't be."""
_RECORDS = frozenset((Kind.RECORDS, Kind.CODES))
_DEPTH = 4  # service_lines.adjudications.adjustment_groups.adjustments

Read = Callable[[Any], Any]


class Path(NamedTuple):
    """What a name stands for: its kind, the fields to go along, whether through a list."""

    kind: Kind
    steps: tuple[str, ...]
    listed: bool


@cache
def claim_paths() -> dict[str, Path]:
    """The names of an edit on a claim."""
    paths = {"kind": Path(Kind.TEXT, ("kind",), False)}
    paths |= _paths(Claim, (), False)
    paths["service_lines"] = Path(Kind.RECORDS, ("service_lines",), False)
    return paths | _paths(ServiceLine, ("service_lines",), True)


@cache
def line_paths() -> dict[str, Path]:
    """The names of an edit on a line; its claim's begin with `claim.`."""
    of_claim = {
        f"claim.{name}": Path(path.kind, ("claim", *path.steps), path.listed) for name, path in claim_paths().items()
    }
    of_line = _paths(ServiceLine, (), False)
    return of_claim | {name: path._replace(steps=("line", *path.steps)) for name, path in of_line.items()}


def _paths(record: type[msgspec.Struct], before: tuple[str, ...], listed: bool) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name, field in fields_of(record).items():
        steps = (*before, name)
        kind = _LISTED.get(field.kind) if listed else field.kind
        if kind is not None and field.kind is not Kind.RECORD and not (listed and field.kind in _RECORDS):
            found[".".join(steps)] = Path(kind, steps, listed)
        if field.record is not None and len(steps) <= _DEPTH:
            found |= _below(field, steps, listed)
    return found


def _below(field: Field, steps: tuple[str, ...], listed: bool) -> dict[str, Path]:
    assert field.record is not None  # noqa: S101  # asked by the caller
    return _paths(field.record, steps, listed or field.kind in _RECORDS)


def claim_fields() -> frozenset[str]:
    """Where the finding of an edit on a claim may point."""
    return frozenset(claim_paths()) | frozenset(fields_of(Claim))


def line_fields() -> frozenset[str]:
    """Where the finding of an edit on a line may point, from the line."""
    return frozenset(_paths(ServiceLine, (), False)) | frozenset(fields_of(ServiceLine))


class _Both(NamedTuple):
    """What an edit on a line reads."""

    claim: Claim
    line: ServiceLine


class CompiledEdit:
    """One edit of a partner. Raises ConfigError where its expression or field can't be meant.

    `where` is the setting's name in messages, e.g. `edits.add[0]`.
    """

    def __init__(self, edit: OwnEdit, where: str) -> None:
        self.edit = edit
        self._on_line = edit.on == "line"
        paths = line_paths() if self._on_line else claim_paths()
        kinds = {name: path.kind for name, path in paths.items()}
        expression = parse_expression(edit.when, f"{where}.when", fields=kinds)
        names = sorted(expression.columns)
        self._readers = [_reader(paths[name]) for name in names]
        self._holds = expression.bind({name: position for position, name in enumerate(names)})
        self._severity = Severity(edit.severity)

    def findings(self, claim: Claim) -> Iterator[Finding]:
        """What it finds on a claim of a kind it is for."""
        if not self._on_line:
            if self._true_of(claim):
                yield self._finding(self.edit.field)
            return
        for number, line in enumerate(claim.service_lines):
            if self._true_of(_Both(claim, line)):
                field = f"service_lines[{number}].{self.edit.field}" if self.edit.field else f"service_lines[{number}]"
                yield self._finding(field, f"line {number + 1}: ")

    def _true_of(self, record: object) -> bool:
        try:
            return bool(self._holds([read(record) for read in self._readers]))
        except (TypeError, ValueError, ArithmeticError):
            return False  # a number or date that isn't there is neither more nor less than another

    def _finding(self, field: str, before: str = "") -> Finding:
        return Finding(
            code=self.edit.code,
            level=self.edit.level,
            severity=self._severity,
            message=before + self.edit.message,
            field=field,
        )


def _reader(path: Path) -> Read:
    steps, empty = path.steps, "" if path.kind is Kind.TEXT else None
    if path.listed:
        return lambda record: list(_members(record, steps))

    def read(record: Any) -> Any:
        for step in steps:
            record = getattr(record, step)
            if record is None:
                return empty
        return record

    return read


def _members(record: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(record, list | tuple):
        for each in record:
            yield from _members(each, steps)
    elif record is not None and record != "":
        if steps:
            yield from _members(getattr(record, steps[0]), steps[1:])
        else:
            yield record
