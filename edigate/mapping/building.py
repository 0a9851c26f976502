"""Rules bound to the cells of a frame: closures that make the fields and records of a claim.

Built once for a file's columns; called for every encounter, so the common cases are the short ones. They
never raise on data: what can't be used is noted in the state, and becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from edigate.mapping.basics import (
    CANT_EVALUATE,
    FAILED,
    Evaluate,
    Problem,
    State,
    blank_problem,
    fresh,
    ran_into,
    unworkable,
)
from edigate.mapping.expressions import Evaluate as Expressed
from edigate.mapping.fields import Kind
from edigate.mapping.frames import Cells
from edigate.mapping.functions import SUM_OF_LINES, Unusable
from edigate.mapping.lists import list_of, picker, pointers_of
from edigate.mapping.rules import RecordRule, RecordsRule, Rule
from edigate.mapping.uses import as_text

Counts = bool | Callable[[Cells], bool]
"""Whether a value tells that a record is there: one that came from a cell does, a constant doesn't."""


def bind_record(rule: RecordRule, positions: Mapping[str, int], *, always: bool = False) -> Evaluate:
    """What makes a record: the record, or None where nothing says that there is one (unless `always`)."""
    constants: dict[str, Any] = {}
    parts: list[tuple[str, Evaluate, Counts]] = []
    for name, part in rule.parts:
        if isinstance(part, Rule) and part.constant is not None and part.when is None:
            constants[name] = part.constant
        else:
            parts.append((name, bind(part, positions), _counts(part, positions)))
    record, optional = rule.record, rule.optional
    when = rule.when.bind(positions) if rule.when else None
    certain = always or when is not None or not _reads_cells(rule)
    copied = any(isinstance(value, list) for value in constants.values())

    def build(cells: Cells, state: State) -> Any:
        if when is not None and not _holds(when, cells, rule, state):
            return None
        values = {name: fresh(value) for name, value in constants.items()} if copied else constants.copy()
        there = certain
        before = len(state.problems)
        for name, evaluate, counts in parts:
            value = evaluate(cells, state)
            if value is None:
                continue
            if value is FAILED:
                there = True
                continue
            values[name] = value
            if not there and counts:
                there = counts is True or counts(cells)
        if there:
            return record(**values)
        if optional:
            # What it requires isn't required of a record that isn't there.
            state.problems[before:] = [p for p in state.problems[before:] if p.code != "mapping-required"]
        return None

    return build


def bind(rule: Rule | RecordRule | RecordsRule, positions: Mapping[str, int]) -> Evaluate:
    """What evaluates one part of a record."""
    if isinstance(rule, RecordRule):
        return bind_record(rule, positions)
    if isinstance(rule, RecordsRule):
        return _records([bind_record(item, positions) for item in rule.items])
    evaluate = _bind_rule(rule, positions)
    if rule.when is None:
        return evaluate
    holds = rule.when.bind(positions)
    columns = tuple(sorted(rule.when.columns))

    def where_it_holds(cells: Cells, state: State) -> Any:
        try:
            if not holds(cells):
                return None
        except CANT_EVALUATE as error:
            state.problems.append(unworkable(rule, "when", columns, error))
            return FAILED
        return evaluate(cells, state)

    return where_it_holds


def _bind_rule(rule: Rule, positions: Mapping[str, int]) -> Evaluate:
    if rule.constant is not None:
        constant = rule.constant
        return lambda cells, state: fresh(constant)
    if rule.special == SUM_OF_LINES:
        return lambda cells, state: None  # the engine's, when the lines are there
    if rule.field.kind is Kind.INTEGERS:
        return pointers_of(rule, positions)
    if rule.is_list:
        return list_of(rule, positions)
    if rule.expression is not None:
        return _expression(rule, positions)
    if len(rule.candidates) == 1 and rule.candidates[0].when is None:
        return _single(rule, positions[rule.candidates[0].column])
    return _first_of(rule, positions)


def _single(rule: Rule, position: int) -> Evaluate:
    """The commonest rule: one column."""
    convert, default, required = rule.convert, rule.default, rule.form.required
    columns = (rule.candidates[0].column,)
    blank = blank_problem(rule)
    # Only these can make nothing of something (a code that means none, a name without a suffix).
    vanishing = bool(rule.form.codes) or (bool(rule.form.use) and rule.field.kind is Kind.TEXT)

    def evaluate(cells: Cells, state: State) -> Any:
        text = cells[position]
        if text:
            try:
                value = convert(text)
            except Unusable as error:
                state.problems.append(Problem(rule, "mapping-value", columns, str(error), text))
                return FAILED
            if not vanishing or value != "":
                return value
        if default is not None:
            return default
        if required:
            state.problems.append(blank)
        return None

    return evaluate


def _first_of(rule: Rule, positions: Mapping[str, int]) -> Evaluate:
    """Several columns: the first that isn't blank and whose condition holds."""
    choose = picker(rule, positions)
    convert, default, required = rule.convert, rule.default, rule.form.required
    blank = blank_problem(rule)

    def evaluate(cells: Cells, state: State) -> Any:
        for _, column, text in choose(cells, state):
            try:
                value = convert(text)
            except Unusable as error:
                state.problems.append(Problem(rule, "mapping-value", (column,), str(error), text))
                return FAILED
            if value != "":
                return value
        if default is not None:
            return default
        if required:
            state.problems.append(blank)
        return None

    return evaluate


def _expression(rule: Rule, positions: Mapping[str, int]) -> Evaluate:
    assert rule.expression is not None  # noqa: S101  # the caller looked
    compute = rule.expression.bind(positions)
    columns = tuple(sorted(rule.expression.columns))
    convert, default, required = rule.convert, rule.default, rule.form.required
    blank = blank_problem(rule)

    def evaluate(cells: Cells, state: State) -> Any:
        try:
            found = as_text(compute(cells))
        except CANT_EVALUATE as error:
            state.problems.append(unworkable(rule, "expr", columns, error))
            return FAILED
        if found != "":
            try:
                value = convert(found)
            except Unusable as error:
                said = f", as {rule.key}.expr reads it, {error}"
                state.problems.append(Problem(rule, "mapping-value", columns, said))
                return FAILED
            if value != "":
                return value
        if default is not None:
            return default
        if required:
            state.problems.append(blank)
        return None

    return evaluate


def _records(builders: list[Evaluate]) -> Evaluate:
    def evaluate(cells: Cells, state: State) -> Any:
        made = [record for build in builders if (record := build(cells, state)) is not None]
        return made or None

    return evaluate


def _holds(when: Expressed, cells: Cells, rule: RecordRule, state: State) -> bool:
    try:
        return bool(when(cells))
    except CANT_EVALUATE as error:
        part = _any_rule(rule)
        assert rule.when is not None  # noqa: S101  # the caller evaluates it
        if part is not None:
            state.problems.append(
                Problem(part, "mapping-expression", tuple(sorted(rule.when.columns)),
                        f"can't be used in {rule.key}.when: {ran_into(error)}")
            )  # fmt: skip
        return False


def _counts(part: Rule | RecordRule | RecordsRule, positions: Mapping[str, int]) -> Counts:
    if not isinstance(part, Rule):
        return _reads_cells(part)
    if part.expression is not None:
        places = [positions[column] for column in part.expression.columns]
        return lambda cells: any(cells[place] for place in places)
    if part.default is not None:
        places = [positions[candidate.column] for candidate in part.candidates]
        return lambda cells: any(cells[place] for place in places)
    return bool(part.candidates)


def _reads_cells(rule: Rule | RecordRule | RecordsRule) -> bool:
    if isinstance(rule, RecordRule):
        return any(_reads_cells(part) for _, part in rule.parts)
    if isinstance(rule, RecordsRule):
        return any(_reads_cells(item) for item in rule.items)
    return bool(rule.candidates or (rule.expression and rule.expression.columns))


def _any_rule(rule: RecordRule) -> Rule | None:
    return next((rule for rule in all_rules(rule)), None)


def all_rules(rule: RecordRule | RecordsRule) -> Iterator[Rule]:
    """Every field's rule below a record's."""
    parts = [part for _, part in rule.parts] if isinstance(rule, RecordRule) else list(rule.items)
    for part in parts:
        if isinstance(part, Rule):
            yield part
        else:
            yield from all_rules(part)


def columns_of(rule: RecordRule | RecordsRule) -> set[str]:
    """Every column that a record's rules read, the conditions for the record itself included."""
    found: set[str] = set(rule.when.columns) if isinstance(rule, RecordRule) and rule.when else set()
    parts = [part for _, part in rule.parts] if isinstance(rule, RecordRule) else list(rule.items)
    for part in parts:
        found |= part.columns() if isinstance(part, Rule) else columns_of(part)
    return found
