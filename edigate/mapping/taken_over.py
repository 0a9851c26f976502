"""Claims taken over whole from 837 files, with what a mapping says differently laid over them.

An 837 says all that a claim can hold: naming hundreds of fields to copy them would only be a chance to forget
one. So the claim that was read is the base, and a rule that gives something replaces what stands there.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from edigate import money
from edigate.claims.model import Claim, ServiceLine
from edigate.encounters.rows import Encounter, Layout, Row
from edigate.findings import Finding, Source
from edigate.mapping.basics import State
from edigate.mapping.building import bind_record
from edigate.mapping.frames import Frame
from edigate.mapping.lookups import Table
from edigate.mapping.program import Plan, Program, finding_of
from edigate.mapping.rules import RecordRule
from edigate.secrecy import Phi


class TakingOver(Program):
    """A mapping whose encounters are claims already."""

    base_rule = "as it was read"

    def __init__(self, plan: Plan, layout: Layout, tables: Mapping[str, Table]) -> None:
        self._claim_rule, self._line_rule = plan.claim, plan.line
        changing = copy.copy(plan)
        changing.claim, changing.line = _of_changes(plan.claim), _of_changes(plan.line)
        super().__init__(changing, layout, tables)
        self._claims = _Overlay(changing.claim, self.claim_frame)
        self._lines = _Overlay(changing.line, self.line_frame)

    def _claim(self, encounter: Encounter, findings: list[Finding]) -> Claim | None:
        changes = super()._claim(encounter, findings)
        if changes is None:
            return None
        (row,) = encounter.rows
        read: Claim = row.cells
        claim: Claim = self._claims.over(read, changes, self._claim_rule, row, "", findings)
        claim.service_lines = [
            self._lines.over(line, change, self._line_rule, line_row, f"service_lines[{number}].", findings)
            for number, (line, change, line_row) in enumerate(
                zip(read.service_lines, changes.service_lines, self.lines(encounter), strict=False)
            )
        ]
        if self._sums:
            charges = [line.charge for line in claim.service_lines if line.charge is not None]
            claim.total_charge = sum(charges, money.ZERO)
        return claim

    def _finish_line(self, line: ServiceLine, claim: Claim) -> None:
        """What a line says stays said, be it what the claim says, too."""

    def base_sources(self, encounter: Encounter, field: str) -> tuple[Source, ...]:
        return (encounter.rows[0].source(field),)


class _Overlay:
    """Lays what the rules of a root gave over the record that was read."""

    def __init__(self, changing: RecordRule, frame: Frame) -> None:
        self._frame = frame
        self._certain = {
            part.path: bind_record(part, frame.positions, always=True) for part in _records_below(changing)
        }

    def over(self, base: Any, changes: Any, rule: RecordRule, row: Row, prefix: str, findings: list[Finding]) -> Any:
        """A copy of `base` with what the rules gave in place of what was there; blank changes nothing."""
        changed: dict[str, Any] = {}
        for name, part in rule.parts:
            value = getattr(changes, name)
            if isinstance(part, RecordRule):
                there = getattr(base, name)
                if value is msgspec.UNSET and there is not None:
                    # No cell says that there is one, but it was read: constants and defaults are for it, too.
                    state = State()
                    value = self._certain[part.path](self._frame.cells(row, []), state)
                    findings += [finding_of(problem, prefix, self._frame, row) for problem in state.problems]
                if value is not msgspec.UNSET and value is not None:
                    below = part.record() if there is None else there
                    changed[name] = self.over(below, value, part, row, prefix, findings)
            elif value is not msgspec.UNSET and value is not None and value != "":
                changed[name] = value
        return msgspec.structs.replace(base, **changed)


def _records_below(rule: RecordRule) -> Iterator[RecordRule]:
    for _, part in rule.parts:
        if isinstance(part, RecordRule):
            yield part
            yield from _records_below(part)


def _of_changes(rule: RecordRule) -> RecordRule:
    """The same rules for a record that tells what they gave from what they left: its fields are UNSET at first."""
    parts = tuple((name, _of_changes(part) if isinstance(part, RecordRule) else part) for name, part in rule.parts)
    return msgspec.structs.replace(rule, record=_changes(rule.record), parts=parts)


@functools.cache
def _changes(record: type[msgspec.Struct]) -> type[msgspec.Struct]:
    fields = [(field.name, Any, msgspec.UNSET) for field in msgspec.structs.fields(record)]
    return msgspec.defstruct(f"{record.__name__}Changes", fields, bases=(Phi, msgspec.Struct))
