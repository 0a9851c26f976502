"""Records of a list made of the records of a JSON list (`each`): where they stand. Knows places, not fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from edigate.encounters.json_reader import Paths
from edigate.encounters.rows import ShapeError
from edigate.mapping.basics import Problem
from edigate.mapping.frames import Cells, Frame
from edigate.mapping.rules import RecordRule, RecordsRule, Rule

_OWN_PLACE = re.compile(r"\[[0-9]+\]$")


def columns_of(rule: RecordRule | RecordsRule) -> set[str]:
    """Every column that a record's rules read, the conditions for the record itself included.

    Of a list below it that has an `each`, that is the column of the list's records.
    """
    found: set[str] = set(rule.when.columns) if isinstance(rule, RecordRule) and rule.when else set()
    for part in parts_of(rule):
        if isinstance(part, Rule):
            found |= part.columns()
        elif isinstance(part, RecordRule) and part.each:
            found.add(each_column(part))
        else:
            found |= columns_of(part)
    return found


def deep_columns(rule: RecordRule | RecordsRule) -> set[str]:
    """The columns that a record's rules read, those inside of lists by their whole paths."""
    found: set[str] = set(rule.when.columns) if isinstance(rule, RecordRule) and rule.when else set()
    for part in parts_of(rule):
        if isinstance(part, Rule):
            found |= part.columns()
        else:
            prefix = f"{part.each}." if isinstance(part, RecordRule) and part.each else ""
            found |= {prefix + column for column in deep_columns(part)}
    return found


def parts_of(rule: RecordRule | RecordsRule) -> list[Rule | RecordRule | RecordsRule]:
    """The rules right below a record's, or the records of a list."""
    return [part for _, part in rule.parts] if isinstance(rule, RecordRule) else list(rule.items)


def each_column(rule: RecordRule) -> str:
    """The column whose cell is all records of the list, as they are."""
    return f"{rule.each}[]"


class Inside:
    """The records at a rule's `each`, as cells of their own columns."""

    def __init__(self, rule: RecordRule) -> None:
        self._rule = rule
        self.frame = Frame(Paths(), columns_of(rule), {}, {})

    def cells(self, outer: Cells, positions: Mapping[str, int]) -> Iterator[Cells]:
        """The cells of each record, in order. Raises ShapeError where a path names no value."""
        for number, record in enumerate(outer[positions[each_column(self._rule)]]):
            try:
                yield self.frame.record_cells(record)
            except ShapeError as error:
                raise ShapeError(f"{self._rule.each}[{number}].{error.column}") from None

    def outside(self, problem: Problem, number: int, place: int) -> Problem:
        """A problem in one record, said from outside: `number` in the JSON list, `place` in the claim's."""
        rule = self._rule
        below = (problem.path or problem.rule.path)[len(rule.path) :]
        prefix = f"{rule.each}[{number}]"
        columns = tuple(f"{prefix}.{column}" for column in problem.columns) or (prefix,)
        return msgspec.structs.replace(
            problem, columns=columns, path=f"{_OWN_PLACE.sub('', rule.path)}[{place}]{below}"
        )
