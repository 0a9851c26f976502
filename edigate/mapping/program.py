"""A mapping bound to the columns of one file: one encounter in, its claim and findings out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from edigate import money
from edigate.claims.model import Claim, ServiceLine
from edigate.encounters.json_reader import Paths, sub_rows
from edigate.encounters.rows import Encounter, Layout, Row, RowSpan, ShapeError, span
from edigate.errors import ConfigError
from edigate.findings import Finding, Severity, Source, has_errors
from edigate.mapping.basics import CANT_EVALUATE, Evaluate, Problem, State, ran_into
from edigate.mapping.building import all_rules, bind_record
from edigate.mapping.compiler import Compiler
from edigate.mapping.frames import Cells, Frame, lost_join, own_columns
from edigate.mapping.functions import SUM_OF_LINES
from edigate.mapping.lookups import Table
from edigate.mapping.refusals import CLAIM, LINE, ROW, Refusals, columns_on, compiled, inner_columns, places
from edigate.mapping.repeats import columns_of, deep_columns
from edigate.mapping.schema import MappingForm, names_of
from edigate.mapping.trace import Trace
from edigate.mapping.unread import Unread
from edigate.secrecy import Phi

_ONE_BLANK = [""]  # what stands for the columns that a file doesn't have


class MappedClaim(Phi, msgspec.Struct, frozen=True):
    """What became of one encounter: its claim, or None where an error refuses it.

    `findings` hold every error and warning, each with its source cells; `trace` leads from any claim
    field back to them. `rows` is what the accounting counts.
    """

    key: str
    claim: Claim | None
    findings: tuple[Finding, ...]
    trace: Trace
    rows: RowSpan


class Plan:
    """A mapping's rules, checked, not yet bound to the columns of a file."""

    def __init__(self, form: MappingForm, name: str) -> None:
        self.form = form
        self.name = name
        compiler = Compiler(form, name)
        self.each = compiler.each()
        self.claim = compiler.root("claim")
        self.line = compiler.root("line")
        self.line_when = compiler.line_when()
        self.refusals = compiled(form, compiler)
        for lookup, entry in form.lookup.items():
            for column in names_of(entry.match or entry.key):
                if compiler.check_column(column, f"{name}: lookup.{lookup}.match"):
                    raise ConfigError(f"{name}: lookup.{lookup}.match: {column} gives a list")

    def scopes(self) -> dict[str, set[str]]:
        """The columns each scope reads: the claim, the lines, the refusals of rows and of lines."""
        line_when: frozenset[str] = self.line_when.columns if self.line_when else frozenset()
        return {
            "claim": columns_of(self.claim),
            "line": columns_of(self.line) | columns_on(self.refusals, LINE) | line_when,
            "row": columns_on(self.refusals, ROW) | columns_on(self.refusals, CLAIM),
        }

    def columns(self) -> set[str]:
        """Every column of the extract that the mapping reads (of JSON lines: below `line.each`)."""
        scopes = self.scopes()
        read: set[str] = set().union(*scopes.values()) if self.each == "row" else scopes["claim"] | scopes["row"]
        return own_columns(read, self.form.lookup) | set(names_of(self.form.source.group_by))


class Program:
    """A mapping bound to the columns of one file: the closures, and how to get back from them to cells."""

    base_rule = ""  # what is said of a field that no rule sets

    def __init__(self, plan: Plan, layout: Layout, tables: Mapping[str, Table]) -> None:
        self.plan = plan
        lookups = plan.form.lookup
        scopes = plan.scopes()
        line_layout: Layout = layout if plan.each == "row" else Paths()
        self.claim_frame = Frame(layout, scopes["claim"], lookups, tables)
        self.line_frame = Frame(line_layout, scopes["line"], lookups, tables)
        self._make_claim = bind_record(plan.claim, self.claim_frame.positions, always=True)
        self._make_line = bind_record(plan.line, self.line_frame.positions, always=True)
        self._is_line = plan.line_when.bind(self.line_frame.positions) if plan.line_when else None
        self._sums = any(rule.special == SUM_OF_LINES for rule in all_rules(plan.claim))
        self._alike = plan.each == "row" and self._is_line is None and self.claim_frame.reads_as(self.line_frame)
        self._refusals = Refusals(plan.refusals, layout, self.line_frame, lookups, tables)
        self._unread = self._unread_of(layout)
        self.traced: dict[int, tuple[Frame, Evaluate]] = {}  # the trace's own, by the id of a rule of the plan
        self._shared = self._shared_columns(layout)
        self._take_shared = _taker([self.claim_frame.positions[column] for column in self._shared])
        self._runs_of_shared = _taker(_runs(sorted(self.claim_frame.positions[column] for column in self._shared)))

    def convert(self, encounter: Encounter) -> MappedClaim:
        """One encounter's claim, or why there is none."""
        findings = [*encounter.defects]
        for row in encounter.rows:
            if row.defects:
                findings += row.defects
        claim: Claim | None = None
        if not findings:
            try:
                claim = self._claim(encounter, findings)
            except ShapeError as error:
                findings.append(_misshapen(encounter.rows[0], error))
            if findings and has_errors(findings):
                claim = None
        return MappedClaim(encounter.key, claim, tuple(findings), Trace(self, encounter), span(encounter))

    def lines(self, encounter: Encounter) -> list[Row]:
        """The rows that service lines are made of: the encounter's own, or the records of a JSON list.

        Raises ShapeError where something else stands at the path.
        """
        if self.plan.each == "row":
            rows = list(encounter.rows)
        else:
            rows = [line for row in encounter.rows for line in sub_rows(row, self.plan.each)]
        return rows if self._is_line is None else [row for row in rows if self._line_there(row)]

    def _line_there(self, row: Row) -> bool:
        """Whether [line] when holds; a row of which that can't be said is a line, and `_unclear`."""
        assert self._is_line is not None  # noqa: S101  # the caller looked
        try:
            return bool(self._is_line(self.line_frame.cells(row, [])))
        except CANT_EVALUATE:
            return True

    def _unclear(self, row: Row, cells: Cells) -> list[Finding]:
        """An error where nobody can say whether a row is a service line."""
        when = self.plan.line_when
        assert self._is_line is not None and when is not None  # noqa: S101  # the caller looked
        try:
            self._is_line(cells)
        except CANT_EVALUATE as error:
            sources = tuple(self.line_frame.source(row, column) for column in sorted(when.columns))
            said = f"{places(sources)} can't be used in line.when: {ran_into(error)}"
            return [Finding(code="mapping-expression", message=said, sources=sources)]
        return []

    def _claim(self, encounter: Encounter, findings: list[Finding]) -> Claim | None:
        rows = encounter.rows
        if self.plan.refusals:
            findings += self._refusals.of_claim(rows[0])
            for row in rows:
                findings += self._refusals.of_row(row)
            if findings and has_errors(findings):
                return None
        if self._unread is not None:
            for row in rows:
                findings += self._unread.findings(row)
        alike = [row.cells + _ONE_BLANK for row in rows] if self._alike else None
        if len(rows) > 1:
            findings += self._disagreements(rows, alike or [self.claim_frame.base(row) for row in rows])
        state = State()
        lost: list[Any] = []
        claim: Claim = self._make_claim(alike[0] if alike else self.claim_frame.cells(rows[0], lost), state)
        claim.kind = self.plan.form.kind
        for problem in state.problems:
            findings.append(finding_of(problem, "", self.claim_frame, rows[0]))
        make_line, frame, finish = self._make_line, self.line_frame, self._finish_line
        lines: list[ServiceLine] = []
        line_rows = rows if alike else self.lines(encounter)
        for number, cells in enumerate(alike or [frame.cells(row, lost) for row in line_rows]):
            if self._is_line is not None:
                findings += self._unclear(line_rows[number], cells)
            if self._refusals.on_lines:
                findings += self._refusals.of_line(line_rows[number], cells)
            if state.problems:
                state.problems = []
            line: ServiceLine = make_line(cells, state)
            finish(line, claim)
            lines.append(line)
            if state.problems:
                prefix = f"service_lines[{number}]."
                findings += [finding_of(problem, prefix, frame, line_rows[number]) for problem in state.problems]
        if lost:
            findings += {(row.number, join.name): lost_join(row, join) for row, join in lost}.values()
        if not lines:
            findings.append(_lineless(rows[0], self.plan.each))
        claim.service_lines = lines
        if self._sums and claim.total_charge is None:
            charges = [line.charge for line in lines if line.charge is not None]
            claim.total_charge = sum(charges, money.ZERO) if charges else None
        return claim

    def _finish_line(self, line: ServiceLine, claim: Claim) -> None:
        if line.place_of_service == claim.place_of_service:
            line.place_of_service = ""  # SV105 is said only where it differs from CLM05 (X222A1 2400)

    def base_sources(self, encounter: Encounter, field: str) -> tuple[Source, ...]:
        """Where a field stands that no rule sets: nowhere, where claims are made of rules alone."""
        return ()

    def _unread_of(self, layout: Layout) -> Unread | None:
        """What looks for JSON that no rule reads, where the mapping refuses it."""
        plan = self.plan
        if layout.names() is not None or plan.form.source.unknown_columns != "refuse":
            return None
        lookups = plan.form.lookup
        lines = own_columns(plan.scopes()["line"] | deep_columns(plan.line), lookups)
        prefix = "" if plan.each == "row" else f"{plan.each}."
        read = plan.columns() | own_columns(deep_columns(plan.claim), lookups) | inner_columns(plan.refusals)
        return Unread(read | {f"{prefix}{column}" for column in lines}, plan.form.source.ignore, plan.name)

    def _shared_columns(self, layout: Layout) -> list[str]:
        """The claim's own columns, in which the rows of an encounter must agree."""
        lookups = self.plan.form.lookup
        exempt: set[str] = set()
        bound: set[str] = set()
        for rule in all_rules(self.plan.claim):
            (exempt if rule.form.rows == "first" else bound).update(rule.columns())
        bound |= columns_of(self.plan.claim) - exempt
        return sorted(column for column in own_columns(bound, lookups) if _in_file(layout, column))

    def _disagreements(self, rows: Sequence[Row], cells: Sequence[Cells]) -> list[Finding]:
        """A finding for each claim-level column in which a row, by its cells, says something else than the first.

        Two patients under one key would otherwise become one claim. A blank says nothing.
        """
        take, runs = self._take_shared, self._runs_of_shared
        of_first = runs(cells[0])
        found: list[Finding] = []
        for row, of_row in zip(rows[1:], cells[1:], strict=True):
            if runs(of_row) == of_first:
                continue
            shared, expected = take(of_row), take(cells[0])
            differ = [
                column
                for column, text, first in zip(self._shared, shared, expected, strict=True)
                if text and text != first
            ]
            if differ:
                found.append(_disagreement(rows[0], row, differ))
        return found


def _disagreement(head: Row, row: Row, columns: list[str]) -> Finding:
    named = ", ".join(columns)
    return Finding(
        code="mapping-rows-differ",
        message=f"{row.source()} says something else than row {head.number} in {named}; both belong to one"
        " encounter, and a claim can hold only one of them: are these two encounters under one number?",
        sources=tuple(which.source(column) for column in columns for which in (head, row)),
    )


def _runs(positions: list[int]) -> list[slice]:
    """The same positions, ascending, as slices: a few are taken faster than many cells."""
    starts = [place for place in positions if place - 1 not in positions]
    ends = [place + 1 for place in positions if place + 1 not in positions]
    return [slice(start, end) for start, end in zip(starts, ends, strict=True)]


def _taker(positions: Sequence[int | slice]) -> Callable[[Cells], tuple[Any, ...]]:
    if not positions:
        return lambda cells: ()
    if len(positions) == 1:
        (only,) = positions
        return lambda cells: (cells[only],)
    return itemgetter(*positions)


def _in_file(layout: Layout, column: str) -> bool:
    names = layout.names()
    return names is None or column in names


def finding_of(problem: Problem, prefix: str, frame: Frame, row: Row) -> Finding:
    """What went wrong with a rule, at its cells; `prefix` is where the rule's paths begin in the claim."""
    rule = problem.rule
    sources = tuple(frame.source(row, column) for column in problem.columns) or (row.source(),)
    where = places(sources)
    if problem.code == "mapping-required":
        message = f"{where} {'are' if len(sources) > 1 else 'is'} blank; {problem.message}"
    elif problem.message.startswith((",", ";")):
        message = f"{where}{problem.message}"
    else:
        message = f"{where} {problem.message}"
    return Finding(
        code=problem.code,
        message=message,
        severity=Severity.ERROR,
        value=problem.text,
        field=f"{prefix}{problem.path or rule.path}",
        sources=sources,
    )


def _lineless(row: Row, each: str) -> Finding:
    source = row.source("" if each == "row" else each)
    return Finding(
        code="mapping-no-lines",
        message=f"{source} has no service lines; a claim needs at least one",
        field="service_lines",
        sources=(source,),
    )


def _misshapen(row: Row, error: ShapeError) -> Finding:
    source = row.source(error.column)
    return Finding(
        code="encounter-value-shape",
        message=f"{source} is a list or an object where a text or a number is expected",
        sources=(source,),
    )
