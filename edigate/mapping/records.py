"""The function that makes a record of a mapping, written out as source for the columns of one file, and compiled.

Most fields are one cell each. Written out, such a cell is taken, converted and put in its place without a loop
or a call for it; what a file's columns settle beforehand isn't looked at again for every encounter. Knows how the
values of a record come together. Refuses to know how a single one is made: each is a function handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from operator import itemgetter
from types import CodeType
from typing import Any, NamedTuple

import msgspec

from edigate.mapping.basics import FAILED, Evaluate, Problem, State, fresh
from edigate.mapping.frames import Cells
from edigate.mapping.functions import Transform, Unusable, plain
from edigate.mapping.rules import Rule

Counts = bool | Callable[[Cells], bool]
"""Whether a value tells that a record is there: one that came from a cell does, a constant doesn't."""


class Column(NamedTuple):
    """A field that is one cell: where the cell stands, and what becomes of it."""

    name: str
    place: int
    convert: Transform
    default: Any  # where blank; None: the record's own
    blank: Problem | None  # where blank and required
    rule: Rule


class Part(NamedTuple):
    """A field made in any other way.

    `needs`: the places of cells of which one must hold something, else nothing is made. `known`: where one cell
    alone decides, what is made of it by its text, or Unusable for what only `evaluate` can tell.
    """

    name: str
    evaluate: Evaluate
    counts: Counts
    needs: tuple[int, ...] = ()
    known: tuple[int, Transform] | None = None


class Shape(NamedTuple):
    """A record: its parts by how much work they are, and when there is one.

    `certain`: it is there whatever its cells hold; else one of them, or a part that counts, must say so.
    `own`: the places of the cells that give it something, where it can be passed by if all are blank.
    `optional`: what it requires isn't required of a record that isn't there.
    """

    record: type[msgspec.Struct]
    constants: dict[str, Any]
    columns: list[Column]
    parts: list[Part]
    holds: Callable[[Cells, State], bool] | None
    certain: bool
    own: tuple[int, ...] | None
    optional: bool


def never(cells: Cells, state: State) -> Any:
    """What makes nothing: a record none of whose cells is in the file."""
    return None


def made_by(shape: Shape) -> Evaluate:
    """The function that makes the record: it, or None where it isn't there. Problems go to the state."""
    names: dict[str, Any] = {
        "record": shape.record, "holds": shape.holds, "plain": plain, "Unusable": Unusable, "Problem": Problem,
        "FAILED": FAILED, "fresh": fresh,
    }  # fmt: skip
    source = "\n    ".join(["def make(cells, state):", *_body(shape, names)])
    exec(_code(source, f"<maker of {shape.record.__name__}>"), names)  # noqa: S102  # places and names of fields
    # stand in it; texts of the mapping are handed over as values
    made: Evaluate = names["make"]
    return made


@lru_cache(maxsize=256)  # a night reads many files of the same columns
def _code(source: str, name: str) -> CodeType:
    return compile(source, name, "exec")


def _body(shape: Shape, names: dict[str, Any]) -> Iterator[str]:
    if shape.own is not None:
        yield f"if not ({' or '.join(f'cells[{place}]' for place in shape.own)}): return None"
    if shape.holds is not None:
        yield "if not holds(cells, state): return None"
    yield "problems = state.problems"
    if shape.optional and not shape.certain:
        yield "before = len(problems)"
    if not shape.certain:
        yield "there = False"
    defaults = _defaults(shape.record)
    given: list[str] = []
    for number, (name, constant) in enumerate(shape.constants.items()):
        names[f"constant{number}"] = constant
        given.append(f"{name}=fresh(constant{number})" if isinstance(constant, list) else f"{name}=constant{number}")
    for number, column in enumerate(shape.columns):
        names[f"default{number}"] = defaults[column.name] if column.default is None else column.default
        yield from _column(number, column, names, counts=not shape.certain)
        given.append(f"{column.name}=value{number}")
    for number, part in enumerate(shape.parts, len(shape.columns)):
        names[f"default{number}"] = defaults[part.name]
        yield from _part(number, part, names, counts=not shape.certain)
        given.append(f"{part.name}=value{number}")
    if not shape.certain:
        yield "if not there:"
        if shape.optional:
            yield "    if len(problems) > before:"
            yield "        problems[before:] = [each for each in problems[before:] if each.code != 'mapping-required']"
        yield "    return None"
    yield f"return record({', '.join(given)})"


def _column(number: int, column: Column, names: dict[str, Any], *, counts: bool) -> Iterator[str]:
    names[f"rule{number}"], names[f"its{number}"] = column.rule, (column.rule.candidates[0].column,)
    taken = "text if text.isprintable() else plain(text)"
    if column.convert is not plain:
        names[f"convert{number}"] = column.convert
        taken = f"convert{number}(text)"
    yield f"text = cells[{column.place}]"
    yield "if text:"
    if counts:
        yield "    there = True"
    yield f"    try: value{number} = {taken}"
    yield "    except Unusable as error:"
    yield f"        value{number} = default{number}"
    yield f"        problems.append(Problem(rule{number}, 'mapping-value', its{number}, str(error), text))"
    yield "else:"
    yield f"    value{number} = default{number}"
    if column.blank is not None and column.default is None:
        names[f"blank{number}"] = column.blank
        yield f"    problems.append(blank{number})"


def _part(number: int, part: Part, names: dict[str, Any], *, counts: bool) -> Iterator[str]:
    names[f"evaluate{number}"] = part.evaluate
    evaluated = f"evaluate{number}(cells, state)"
    default = f"fresh(default{number})" if isinstance(names[f"default{number}"], list) else f"default{number}"
    if part.known is not None:
        place, names[f"known{number}"] = part.known
        yield f"try: value{number} = known{number}(cells[{place}])"
        yield f"except Unusable: value{number} = {evaluated}"
    elif part.needs:
        yield f"value{number} = {evaluated} if {' or '.join(f'cells[{each}]' for each in part.needs)} else None"
    else:
        yield f"value{number} = {evaluated}"
    yield f"if value{number} is None: value{number} = {default}"
    yield f"elif value{number} is FAILED:"
    yield f"    value{number} = {default}"
    if not counts:
        return
    yield "    there = True"
    if part.counts is True:
        yield "else: there = True"
    elif part.counts:
        names[f"counts{number}"] = part.counts
        yield f"elif not there: there = counts{number}(cells)"


@cache
def _defaults(record: type[msgspec.Struct]) -> dict[str, Any]:
    """What the record's fields hold where nothing is said. Not to be changed."""
    return {
        field.name: field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        for field in msgspec.structs.fields(record)
        if field.default is not msgspec.NODEFAULT or callable(field.default_factory)
    }


_MEMORY = 2048


def remembered(make: Evaluate, places: list[int]) -> Evaluate:
    """The same, for parties that stand on many claims: what was made of the same cells lately is given again.

    Claims share such a record, as those of one HL do that were read from an 837: it is never changed. Who wants
    another makes one (`msgspec.structs.replace`).
    """
    key_of = itemgetter(*places)
    known: dict[Any, Any] = {}

    def recall(cells: Cells, state: State) -> Any:
        key = key_of(cells)
        if key in known:
            return known[key]
        before = len(state.problems)
        found = make(cells, state)
        if len(state.problems) == before:
            if len(known) >= _MEMORY:
                known.clear()
            known[key] = found
        return found

    return recall
