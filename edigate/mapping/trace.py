"""From a claim's field back to the cells it was made of, and the rule. Knows where, not what they hold.

Nothing is recorded while claims are made: most claims are never asked about. The trace goes over the
encounter again, with the same rules, when somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from edigate.encounters.json_reader import sub_rows
from edigate.encounters.rows import Encounter, Row, ShapeError
from edigate.findings import Source
from edigate.mapping.basics import Evaluate, State
from edigate.mapping.building import bind_record
from edigate.mapping.frames import Frame
from edigate.mapping.functions import SUM_OF_LINES, Unusable
from edigate.mapping.lists import picker
from edigate.mapping.record_lists import Gathered
from edigate.mapping.repeats import Inside
from edigate.mapping.rules import RecordRule, RecordsRule, Rule
from edigate.mapping.schema import names_of

if TYPE_CHECKING:
    from edigate.mapping.program import Program

_LINE = re.compile(r"service_lines\[([0-9]+)\](?:\.|$)")
_INDEX = re.compile(r"\[([0-9]+)\]$")


class Step(msgspec.Struct, frozen=True):
    """How one field was made: its path in the claim, the rule in words, the cells."""

    field: str
    rule: str
    sources: tuple[Source, ...]


class Trace:
    """The way back for one encounter. Paths are those of the claim, lists counted from 0:
    `subscriber.last_name`, `diagnoses[1].code`, `service_lines[2].procedure`, `service_lines[2]`."""

    __slots__ = ("_encounter", "_program")

    def __init__(self, program: Program, encounter: Encounter) -> None:
        self._program = program
        self._encounter = encounter

    def sources(self, field: str) -> tuple[Source, ...]:
        """The cells a field came from, none for a constant or a field the mapping doesn't set.

        Of a blank field, the cells that would have given it; of a record, those of all its fields.
        """
        found: dict[Source, None] = {}
        for step in self._steps(field):
            found.update(dict.fromkeys(step.sources))
        if found:
            return tuple(found)
        match = _LINE.fullmatch(field)
        rows = self._lines() if match else []
        if match and int(match[1]) < len(rows):
            return (rows[int(match[1])].source(),)
        return self._program.base_sources(self._encounter, field)

    def rule(self, field: str) -> str:
        """The mapping's rule for a field, e.g. `claim.subscriber.last_name: from person.NAME`."""
        return "; ".join(dict.fromkeys(step.rule for step in self._steps(field))) or self._program.base_rule

    def steps(self) -> Iterator[Step]:
        """Every field the mapping sets, in the order of the file, line by line."""
        yield from self._steps("")
        for number in range(len(self._lines())):
            yield from self._steps(f"service_lines[{number}]")

    def _lines(self) -> list[Row]:
        try:
            return self._program.lines(self._encounter)
        except ShapeError:
            return []

    def _steps(self, field: str) -> Iterator[Step]:
        plan = self._program.plan
        line = _LINE.match(field)
        if line is None:
            row = self._encounter.rows[0]
            yield from self._below(plan.claim, field, "", "", self._program.claim_frame, row)
            return
        rows = self._lines()
        if int(line[1]) < len(rows):
            prefix = f"service_lines[{line[1]}]."
            wanted = field[line.end() :]
            frame = self._program.line_frame
            yield from self._below(plan.line, wanted, prefix, "", frame, rows[int(line[1])])

    def _below(self, rule: RecordRule, wanted: str, prefix: str, path: str, frame: Frame, row: Row) -> Iterator[Step]:
        """The steps of a record's parts that `wanted` (empty: all) names or lies below."""
        for name, part in rule.parts:
            below = f"{path}.{name}" if path else name
            if isinstance(part, Rule):
                if _meets(wanted, below):
                    yield Step(f"{prefix}{below}", _words(part), self._cells(part, wanted, frame, row))
            elif isinstance(part, RecordRule):
                if _meets(wanted, below):
                    yield from self._below(part, wanted, prefix, below, frame, row)
            elif _meets(wanted, below):
                for place, item, inner, where in self._made(part, frame, row):
                    if _meets(wanted, f"{below}[{place}]"):
                        yield from self._below(item, wanted, prefix, f"{below}[{place}]", inner, where)

    def _made(self, rule: RecordsRule, frame: Frame, row: Row) -> list[tuple[int, RecordRule, Frame, Row]]:
        """The records of a list that this row gives something to: their place in the claim's list, and where
        their cells are: the row's own, or those inside of a JSON list."""
        gathered = Gathered()
        found = []
        for item in rule.items:
            inner, build = self._bound(item, frame)
            try:
                for where in sub_rows(row, item.each) if item.each else [row]:
                    gathered.add(build(inner.cells(where, []), State()), item.distinct)
                    if place := gathered.places[-1]:
                        found.append((place - 1, item, inner, where))
            except ShapeError:
                continue
        return sorted(found, key=itemgetter(0))

    def _bound(self, item: RecordRule, frame: Frame) -> tuple[Frame, Evaluate]:
        """The frame of a list's record and what makes it, bound once a file: binding takes longer than all else."""
        known = self._program.traced
        if id(item) not in known:
            inner = Inside(item).frame if item.each else frame
            known[id(item)] = (inner, bind_record(item, inner.positions))
        return known[id(item)]

    def _cells(self, rule: Rule, wanted: str, frame: Frame, row: Row) -> tuple[Source, ...]:
        if rule.special == SUM_OF_LINES:
            return tuple(
                source
                for number in range(len(self._lines()))
                for source in self.sources(f"service_lines[{number}].charge")
            )
        if rule.expression is not None:
            return tuple(frame.source(row, column) for column in sorted(rule.expression.columns))
        try:
            picks = list(picker(rule, frame.positions)(frame.cells(row, []), State()))
        except ShapeError:
            picks = []
        if not picks:
            return tuple(frame.source(row, candidate.column) for candidate in rule.candidates)
        if not rule.is_list:
            return (frame.source(row, picks[0][1]),)
        if rule.form.distinct:
            picks = list({_value(rule, text): (n, column, text) for n, column, text in reversed(picks)}.values())
            picks.reverse()
        index = _INDEX.search(wanted.removesuffix(".code"))
        if index is not None and int(index[1]) < len(picks):
            picks = [picks[int(index[1])]]
        return tuple(dict.fromkeys(frame.source(row, column) for _, column, _ in picks))


def _value(rule: Rule, text: str) -> Any:
    """What a rule makes of a text; the text itself where it can't be used."""
    try:
        return rule.convert(text)
    except Unusable:
        return text


def _meets(wanted: str, path: str) -> bool:
    """Whether one of two paths is the other or lies below it."""
    return not wanted or _at(wanted, path) or _at(path, wanted)


def _at(longer: str, shorter: str) -> bool:
    return longer == shorter or (longer.startswith(shorter) and longer[len(shorter)] in ".[")


def _words(rule: Rule) -> str:
    """A rule as a biller reads it."""
    form = rule.form
    said = []
    if form.value is not None:
        said.append(f"always {form.value!r}")
    if form.expr:
        said.append(f"expression {form.expr}")
    if form.from_:
        said.append(f"from {' or '.join(names_of(form.from_))}")
    if form.use:
        said.append(f"use {', '.join(names_of(form.use))}")
    if form.codes:
        said.append(f"codes {form.codes}")
    if form.when:
        said.append(f"when {form.when}")
    if form.default is not None:
        said.append(f"default {form.default!r}")
    return f"{rule.key}: {', '.join(said)}"
