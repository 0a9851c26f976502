"""Rules bound to the cells of a frame: closures that make the fields and records of a claim.

Built once for a file's columns; called for every encounter, so the common cases are the short ones. They
never raise on data: what can't be used is noted in the state, and becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
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
from edigate.mapping.functions import SUM_OF_LINES, Transform, Unusable, plain
from edigate.mapping.lists import list_of, picker, pointers_of
from edigate.mapping.record_lists import Gathered
from edigate.mapping.repeats import Inside, columns_of, parts_of
from edigate.mapping.rules import RecordRule, RecordsRule, Rule
from edigate.mapping.uses import as_text

Counts = bool | Callable[[Cells], bool]
"""Whether a value tells that a record is there: one that came from a cell does, a constant doesn't."""


def bind_record(rule: RecordRule, positions: Mapping[str, int], *, always: bool = False) -> Evaluate:
    """What makes a record: the record, or None where nothing says that there is one (unless `always`)."""
    constants, columns, parts = _sorted_parts(rule, positions)
    record, optional = rule.record, rule.optional
    when = rule.when.bind(positions) if rule.when else None
    certain = always or when is not None or not _reads_cells(rule)
    # Most records that a mapping allows for aren't there: where all their cells are blank, nothing is made.
    skippable = not certain and (optional or not any(part.form.required for part in all_rules(rule)))
    own = itemgetter(*sorted(positions[column] for column in _value_columns(rule))) if skippable else None
    read_columns = _columns(columns, constants, repeats=rule.path.partition(".")[0] in _REPEATED)

    def build(cells: Cells, state: State) -> Any:
        if own is not None and not any(own(cells)):
            return None
        if when is not None and not _holds(when, cells, rule, state):
            return None
        problems = state.problems
        before = len(problems)
        values, there = read_columns(cells, problems)
        there = there or certain
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
        if optional and len(problems) > before:
            # What it requires isn't required of a record that isn't there.
            problems[before:] = [p for p in problems[before:] if p.code != "mapping-required"]
        return None

    return build


_REPEATED = frozenset(
    {"billing_provider", "pay_to_address", "payer", "rendering_provider", "referring_provider",
     "supervising_provider", "service_facility"}
)  # fmt: skip
"""Parties that are the same on many claims: what their cells give is remembered."""
_MEMORY = 2048

_Column = tuple[str, int, Transform | None, Any, Problem | None, Rule]


def _sorted_parts(
    rule: RecordRule, positions: Mapping[str, int]
) -> tuple[dict[str, Any], list[_Column], list[tuple[str, Evaluate, Counts]]]:
    """A record's parts by how much work they are: constants, single columns, everything else."""
    constants: dict[str, Any] = {}
    columns: list[_Column] = []
    parts: list[tuple[str, Evaluate, Counts]] = []
    for name, part in rule.parts:
        if isinstance(part, Rule) and part.constant is not None and part.when is None:
            constants[name] = part.constant
        elif isinstance(part, Rule) and _is_simple(part):
            blank = blank_problem(part) if part.form.required else None
            convert = None if part.convert is plain else part.convert
            place = positions[part.candidates[0].column]
            columns.append((name, place, convert, part.default, blank, part))
        else:
            parts.append((name, bind(part, positions), _counts(part, positions)))
    return constants, columns, parts


ReadColumns = Callable[[Cells, list[Problem]], tuple[dict[str, Any], bool]]


def _columns(columns: list[_Column], constants: dict[str, Any], *, repeats: bool) -> ReadColumns:
    """What makes the values of a record's single columns, and says whether any of them is there."""
    listed = [name for name, value in constants.items() if isinstance(value, list)]

    def read(cells: Cells, problems: list[Problem]) -> tuple[dict[str, Any], bool]:
        values = constants.copy()
        for name in listed:
            values[name] = fresh(values[name])
        there = False
        for name, place, convert, default, blank, rule in columns:
            text = cells[place]
            if text:
                there = True
                if convert is None and text.isprintable():
                    values[name] = text
                    continue
                try:
                    values[name] = (convert or plain)(text)
                except Unusable as error:
                    column = rule.candidates[0].column
                    problems.append(Problem(rule, "mapping-value", (column,), str(error), text))
            elif default is not None:
                values[name] = default
            elif blank is not None:
                problems.append(blank)
        return values, there

    if not repeats or listed or not columns:
        return read
    key_of = itemgetter(*(place for _, place, *_ in columns))
    known: dict[Any, tuple[dict[str, Any], bool]] = {}

    def remembered(cells: Cells, problems: list[Problem]) -> tuple[dict[str, Any], bool]:
        key = key_of(cells)
        found = known.get(key)
        if found is None:
            before = len(problems)
            found = read(cells, problems)
            if len(problems) > before:
                return found
            if len(known) >= _MEMORY:
                known.clear()
            known[key] = found
        return found[0].copy(), found[1]

    return remembered


def _is_simple(rule: Rule) -> bool:
    return (
        len(rule.candidates) == 1
        and rule.candidates[0].when is None
        and rule.when is None
        and not rule.is_list
        and not rule.vanishing
    )


def _value_columns(rule: RecordRule | RecordsRule) -> set[str]:
    """The columns that values of a record come from; conditions only choose among them."""
    found: set[str] = set()
    for part in all_rules(rule):
        found.update(candidate.column for candidate in part.candidates)
        found.update(part.expression.columns if part.expression else ())
    return found | {column for column in columns_of(rule) if column.endswith("[]")}


def bind(rule: Rule | RecordRule | RecordsRule, positions: Mapping[str, int]) -> Evaluate:
    """What evaluates one part of a record."""
    if isinstance(rule, RecordRule):
        return bind_record(rule, positions)
    if isinstance(rule, RecordsRule):
        return _records(rule, positions)
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
    return _first_of(rule, positions)


def _first_of(rule: Rule, positions: Mapping[str, int]) -> Evaluate:
    """One column or several: the first that isn't blank and whose condition holds."""
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


def _records(rule: RecordsRule, positions: Mapping[str, int]) -> Evaluate:
    bound: list[tuple[Inside | None, Evaluate, str]] = []
    for item in rule.items:
        inside = Inside(item) if item.each else None
        bound.append((inside, bind_record(item, inside.frame.positions if inside else positions), item.distinct))

    def evaluate(cells: Cells, state: State) -> Any:
        gathered = Gathered()
        for inside, build, distinct in bound:
            if inside is None:
                gathered.add(build(cells, state), distinct)
                continue
            for number, inner in enumerate(inside.cells(cells, positions)):
                problems, state.problems = state.problems, []
                record = build(inner, state)
                found, state.problems = state.problems, problems
                problems += [inside.outside(problem, number, len(gathered.records)) for problem in found]
                gathered.add(record, distinct)
        return gathered.finish(rule, state)

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
        return bool(rule.each) or any(_reads_cells(part) for _, part in rule.parts)
    if isinstance(rule, RecordsRule):
        return any(_reads_cells(item) for item in rule.items)
    return bool(rule.candidates or (rule.expression and rule.expression.columns))


def _any_rule(rule: RecordRule) -> Rule | None:
    return next((rule for rule in all_rules(rule)), None)


def all_rules(rule: RecordRule | RecordsRule) -> Iterator[Rule]:
    """Every field's rule below a record's, those inside of JSON lists (`each`) left out."""
    for part in parts_of(rule):
        if isinstance(part, Rule):
            yield part
        elif not (isinstance(part, RecordRule) and part.each):
            yield from all_rules(part)
