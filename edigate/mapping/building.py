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
from edigate.mapping.fields import QUALIFIERS, Kind
from edigate.mapping.frames import Cells, Positions
from edigate.mapping.functions import SUM_OF_LINES, Transform, Unusable, remember
from edigate.mapping.lists import POINTED_AT, list_of, picker, pointers_of
from edigate.mapping.record_lists import Gathered
from edigate.mapping.records import Column, Counts, Part, Shape, made_by, never, remembered
from edigate.mapping.repeats import Inside, columns_of, parts_of
from edigate.mapping.rules import RecordRule, RecordsRule, Rule
from edigate.mapping.uses import as_text


def bind_record(rule: RecordRule, positions: Positions, *, always: bool = False) -> Evaluate:
    """What makes a record: the record, or None where nothing says that there is one (unless `always`)."""
    blank = positions.blank
    if not always and _never_holds(rule, positions):
        return never
    certain = always or rule.when is not None or not _reads_cells(rule)
    skippable = not always and _skippable(rule)
    own = _value_columns(rule)
    if skippable and own <= blank:
        return never
    shape = Shape(
        record=rule.record,
        constants={},
        columns=[],
        parts=[],
        holds=_holds(rule, positions) if rule.when else None,
        certain=certain,
        own=tuple(sorted(positions[column] for column in own - blank)) if skippable else None,
        optional=rule.optional,
    )
    for name, part in rule.parts:
        _sort_in(shape, name, part, positions, blank)
    made, columns = made_by(shape), sorted(columns_of(rule) - blank)
    # cells of JSON lists (`[]`) are lists, which nothing can be remembered by
    if rule.path not in _REPEATED or not columns or any(column.endswith("[]") for column in columns):
        return made
    return remembered(made, [positions[column] for column in columns])


def _skippable(rule: RecordRule) -> bool:
    """Whether nothing is made where all cells are blank: most records that a mapping allows for aren't there."""
    if rule.when is not None or not _reads_cells(rule):
        return False
    return rule.optional or not any(part.form.required for part in all_rules(rule))


def _never_holds(rule: RecordRule, positions: Positions) -> bool:
    """Whether a record's condition reads nothing but columns that the file lacks, and doesn't hold of blanks."""
    when = rule.when
    if when is None or not when.columns or not when.columns <= positions.blank:
        return False
    try:
        return not when.bind(positions)([""] * (1 + max(positions[column] for column in when.columns)))
    except CANT_EVALUATE:
        return False


_REPEATED = frozenset(
    {"billing_provider", "pay_to_address", "payer", "rendering_provider", "referring_provider",
     "supervising_provider", "service_facility"}
)  # fmt: skip
"""Parties that are the same on many claims."""


def _sort_in(
    shape: Shape, name: str, part: Rule | RecordRule | RecordsRule, positions: Positions, blank: frozenset[str]
) -> None:
    """A part of a record to those of its kind; to none where the file has nothing for it."""
    if isinstance(part, Rule):
        if part.constant is not None and part.when is None:
            shape.constants[name] = part.constant
            return
        if _is_simple(part):
            if not _lacks(part, blank):
                needed = blank_problem(part) if part.form.required else None
                place = positions[part.candidates[0].column]
                shape.columns.append(Column(name, place, part.convert, part.default, needed, part))
            elif part.default is not None:
                shape.constants[name] = part.default
            return
    if isinstance(part, Rule) and part.special == SUM_OF_LINES:
        return  # the engine's, when the lines are there
    evaluate = bind(part, positions)
    if evaluate is not never:
        known = _of_one_cell(part, evaluate, positions) if isinstance(part, Rule) else None
        shape.parts.append(Part(name, evaluate, _counts(part, positions), _needs(part, positions), known))


def _of_one_cell(rule: Rule, evaluate: Evaluate, positions: Positions) -> tuple[int, Transform] | None:
    """What a rule makes of the only one of its columns that the file has, where it reads no list."""
    columns = rule.columns() - positions.blank
    if rule.is_list or len(columns) != 1 or any("[" in column for column in rule.columns()):
        return None
    (place,) = (positions[column] for column in columns)
    width = 1 + max(positions.values())

    def made_of(text: str) -> Any:
        state, cells = State(), [""] * width
        cells[place] = text
        value = evaluate(cells, state)
        if state.problems:
            raise Unusable("has to be looked at with its rule")
        return value

    return place, remember(made_of)


def _needs(part: Rule | RecordRule | RecordsRule, positions: Positions) -> tuple[int, ...]:
    """The places of cells of which one must hold something for the part to make anything; none where nobody knows."""
    if isinstance(part, RecordsRule):
        needs = [_needs(item, positions) for item in part.items]
        known = part.path != POINTED_AT and all(needs)
        return tuple(sorted({place for each in needs for place in each})) if known else ()
    if isinstance(part, RecordRule):
        own = _value_columns(part) if _skippable(part) and not part.each else set()
    elif part.is_list and part.path != POINTED_AT and not (part.form.required or part.default or part.expression):
        own = part.columns()
    else:
        return ()
    if any("[" in column for column in own):
        return ()
    return tuple(sorted(positions[column] for column in own - positions.blank))


def _lacks(rule: Rule, blank: frozenset[str]) -> bool:
    """Whether the file has none of a rule's columns, and none is required."""
    columns = [candidate.column for candidate in rule.candidates]
    return bool(columns) and not rule.form.required and blank.issuperset(columns)


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


def bind(rule: Rule | RecordRule | RecordsRule, positions: Positions) -> Evaluate:
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


def _bind_rule(rule: Rule, positions: Positions) -> Evaluate:
    if rule.constant is not None:
        constant = rule.constant
        return lambda cells, state: fresh(constant)
    if _lacks(rule, positions.blank) and rule.default is None and rule.path != POINTED_AT:
        return never
    if rule.special == SUM_OF_LINES:
        return lambda cells, state: None  # the engine's, when the lines are there
    if rule.field.kind is Kind.INTEGERS:
        return pointers_of(rule, positions)
    if rule.is_list:
        return list_of(rule, positions)
    if rule.expression is not None:
        return _expression(rule, positions)
    return _first_of(rule, positions)


def _first_of(rule: Rule, positions: Positions) -> Evaluate:
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


def _records(rule: RecordsRule, positions: Positions) -> Evaluate:
    bound: list[tuple[Inside | None, Evaluate, str]] = []
    for item in rule.items:
        inside = Inside(item) if item.each else None
        bound.append((inside, bind_record(item, inside.frame.positions if inside else positions), item.distinct))
    if rule.path != POINTED_AT:
        bound = [each for each in bound if each[1] is not never]
        if not bound:
            return never

    simple = rule.path != POINTED_AT and rule.field.name not in QUALIFIERS
    if simple and all(inside is None and not distinct for inside, _, distinct in bound):
        builders = [build for _, build, _ in bound]
        return lambda cells, state: [made for build in builders if (made := build(cells, state)) is not None] or None

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


def _holds(rule: RecordRule, positions: Mapping[str, int]) -> Callable[[Cells, State], bool]:
    """Whether a record's own condition holds."""
    assert rule.when is not None  # noqa: S101  # the caller looked
    when, columns, part = rule.when.bind(positions), tuple(sorted(rule.when.columns)), _any_rule(rule)

    def holds(cells: Cells, state: State) -> bool:
        try:
            return bool(when(cells))
        except CANT_EVALUATE as error:
            if part is not None:
                said = f"can't be used in {rule.key}.when: {ran_into(error)}"
                state.problems.append(Problem(part, "mapping-expression", columns, said))
            return False

    return holds


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
