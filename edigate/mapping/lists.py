"""Rules that read several columns: the first that isn't blank, lists, diagnoses, and pointers at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from edigate.claims.model import Diagnosis
from edigate.mapping.basics import (
    CANT_EVALUATE,
    FAILED,
    Evaluate,
    Problem,
    State,
    blank_problem,
    fresh,
    unworkable,
)
from edigate.mapping.expressions import Evaluate as Expressed
from edigate.mapping.fields import QUALIFIERS, Kind
from edigate.mapping.frames import Cells, Positions
from edigate.mapping.functions import POINTER_TO_CODE, POINTERS, Transform, Unusable, icd, remember
from edigate.mapping.rules import Candidate, Rule
from edigate.mapping.uses import as_text, read_pointers

POINTED_AT = "diagnoses"  # the list whose columns' numbers a line's pointers name: blank ones count, too
MAX_POINTERS = 4  # SV107 has four components (X222A1 2400)

Picks = Iterable[tuple[int, str, str]]


def picker(rule: Rule, positions: Positions) -> Callable[[Cells, State], Picks]:
    """What gives every text that a rule with `from` finds, in order, each with its number and its column.

    The number counts the columns from 1, blank ones too, so that `A` or 1 of a diagnosis pointer means the
    same column in every encounter; of several texts in one cell each counts.
    """
    split = rule.form.split
    if _one_text_a_cell(rule):
        places = [
            (number, c.column, positions[c.column])
            for number, c in enumerate(rule.candidates, 1)
            if c.column not in positions.blank
        ]
        return lambda cells, state: [(n, column, cells[p]) for n, column, p in places if cells[p]]
    bound = [
        (candidate, positions[candidate.column], candidate.when.bind(positions) if candidate.when else None)
        for candidate in rule.candidates
    ]

    def picks(cells: Cells, state: State) -> Iterator[tuple[int, str, str]]:
        number = 0
        for candidate, position, holds in bound:
            cell = cells[position]
            number += 1
            if not cell or (holds is not None and not _candidate_holds(rule, candidate, holds, cells, state)):
                continue
            if type(cell) is str and not split:
                yield number, candidate.column, cell
                continue
            number -= 1
            for text in _pieces(cell, split):
                number += 1
                yield number, candidate.column, text

    return picks


def _one_text_a_cell(rule: Rule) -> bool:
    return not rule.form.split and not any(c.when or "[*]" in c.column for c in rule.candidates)


def _pieces(cell: str | tuple[str, ...], split: str) -> list[str]:
    texts = list(cell) if isinstance(cell, tuple) else [cell]
    for mark in split:
        texts = [piece for text in texts for piece in text.split(mark)]
    return [text.strip() for text in texts if text.strip()]


def list_of(rule: Rule, positions: Positions) -> Evaluate:
    """A list field: every text that isn't blank."""
    choose = _from_expression(rule, positions) if rule.expression is not None else picker(rule, positions)
    convert, distinct = rule.convert, rule.form.distinct
    coded = rule.field.kind is Kind.CODES
    principal, other = QUALIFIERS.get(rule.field.name, ("", ""))
    remember = rule.path == POINTED_AT
    empty = _empty(rule)

    def evaluate(cells: Cells, state: State) -> Any:
        found: list[str] = []
        places: list[int] = []
        failed = False
        for number, column, text in choose(cells, state):
            try:
                value = convert(text)
            except Unusable as error:
                state.problems.append(Problem(rule, "mapping-value", (column,), str(error), text))
                failed = True
                continue
            if value == "":
                continue
            if not (distinct and value in found):
                found.append(value)
            if remember:
                places.extend([0] * (number - len(places) - 1))
                places.append(found.index(value) + 1 if distinct else len(found))
        if remember:
            state.codes, state.positions = found, places
        if not found:
            return FAILED if failed else empty(state)
        if not coded:
            return found
        made = [Diagnosis(code=found[0], qualifier=principal)]
        made += [Diagnosis(code=code, qualifier=other) for code in found[1:]]
        return made

    if rule.expression or distinct or rule.vanishing or not _one_text_a_cell(rule):
        return evaluate
    places = [positions[c.column] for c in rule.candidates if c.column not in positions.blank]
    if remember and coded and len(places) > 1:
        numbered = [c.column not in positions.blank for c in rule.candidates]
        return _diagnoses(places, convert, (principal, other), evaluate) if all(numbered[: len(places)]) else evaluate
    if remember or coded:
        return evaluate

    def texts(cells: Cells, state: State) -> Any:
        found = [text for place in places if (text := cells[place])]
        try:
            return [convert(text) for text in found] if found else empty(state)
        except Unusable:
            return evaluate(cells, state)  # which says of each what is wrong

    return texts


def _diagnoses(places: list[int], convert: Transform, qualifiers: tuple[str, str], careful: Evaluate) -> Evaluate:
    """Diagnoses of columns that are filled from the first on, as nearly all are; any other way is for `careful`."""
    texts_of = itemgetter(*places)
    numbers = [tuple(range(1, count + 1)) for count in range(len(places) + 1)]
    # Few codes stand on most claims, which share their records as they do those of parties.
    first, further = (remember(partial(_diagnosis, convert, qualifier)) for qualifier in qualifiers)

    def evaluate(cells: Cells, state: State) -> Any:
        texts = texts_of(cells)
        count = texts.index("") if "" in texts else len(texts)
        if not count or any(texts[count:]):
            return careful(cells, state)
        try:
            made = [first(texts[0]), *map(further, texts[1:count])]
        except Unusable:
            return careful(cells, state)  # which says of each what is wrong
        state.codes, state.positions = [each.code for each in made], numbers[count]
        return made

    return evaluate


def _diagnosis(convert: Transform, qualifier: str, text: str) -> Diagnosis:
    return Diagnosis(code=convert(text), qualifier=qualifier)


def _from_expression(rule: Rule, positions: Positions) -> Callable[[Cells, State], Picks]:
    assert rule.expression is not None  # noqa: S101  # the caller looked
    compute = rule.expression.bind(positions)
    columns = tuple(sorted(rule.expression.columns))

    def picks(cells: Cells, state: State) -> Iterator[tuple[int, str, str]]:
        try:
            found = as_text(compute(cells))
        except CANT_EVALUATE as error:
            state.problems.append(unworkable(rule, "expr", columns, error))
            return
        for number, text in enumerate(_pieces(found, rule.form.split), 1):
            yield number, columns[0] if columns else "", text

    return picks


def pointers_of(rule: Rule, positions: Positions) -> Evaluate:
    """SV107: the places of a line's diagnoses in the claim's list, by number or by code."""
    choose = _from_expression(rule, positions) if rule.expression is not None else picker(rule, positions)
    place = {POINTERS: _places_by_number, POINTER_TO_CODE: _places_by_code}[rule.special]
    empty = _empty(rule)

    def careful(cells: Cells, state: State) -> Any:
        found: list[int] = []
        for _, column, text in choose(cells, state):
            try:
                found += place(text, state)
            except Unusable as error:
                state.problems.append(Problem(rule, "mapping-diagnosis-pointer", (column,), str(error), text))
                return FAILED
        if len(found) > MAX_POINTERS:
            columns = tuple(candidate.column for candidate in rule.candidates)
            said = f"points at more than {MAX_POINTERS} diagnoses: a line has room for {MAX_POINTERS}"
            state.problems.append(Problem(rule, "mapping-diagnosis-pointer", columns, said))
            return FAILED
        return found or empty(state)

    columns = rule.columns()
    if len(rule.candidates) != 1 or rule.special != POINTERS or len(columns) > 1 or not _one_text_a_cell(rule):
        return careful
    at = positions[rule.candidates[0].column]
    known: dict[tuple[str, Sequence[int]], tuple[int, ...]] = {}

    def evaluate(cells: Cells, state: State) -> Any:
        numbers = state.positions
        if type(numbers) is not tuple:
            return careful(cells, state)
        found = known.get((cells[at], numbers))
        if found is not None:
            return list(found)
        made = careful(cells, state)
        if type(made) is list:
            if len(known) >= _MEMORY:
                known.clear()
            known[cells[at], numbers] = tuple(made)
        return made

    return evaluate


_MEMORY = 2048
_POINTERS = remember(read_pointers)


def _places_by_number(text: str, state: State) -> list[int]:
    pointers, positions = _POINTERS(text), state.positions
    if positions is None:
        return list(pointers)
    try:
        places = [positions[pointer - 1] for pointer in pointers]
    except IndexError:
        places = [0]
    if 0 in places:
        raise Unusable("points at a diagnosis that the claim doesn't have")
    return places


def _places_by_code(text: str, state: State) -> list[int]:
    code = icd(text)
    if code not in state.codes:
        raise Unusable("is not among the claim's diagnoses")
    return [state.codes.index(code) + 1]


def _empty(rule: Rule) -> Callable[[State], Any]:
    default, required, blank = rule.default, rule.form.required, blank_problem(rule)

    def empty(state: State) -> Any:
        if default is not None:
            return fresh(default)
        if required:
            state.problems.append(blank)
        return None

    return empty


def _candidate_holds(rule: Rule, candidate: Candidate, holds: Expressed, cells: Cells, state: State) -> bool:
    try:
        return bool(holds(cells))
    except CANT_EVALUATE as error:
        assert candidate.when is not None  # noqa: S101  # `holds` was made of it
        columns = tuple(sorted(candidate.when.columns))
        state.problems.append(unworkable(rule, "when", columns, error))
        return False
