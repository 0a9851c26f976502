"""What fills the fields of a claim: rules, records, lists of records. Values of a checked mapping, bound to no file."""

from __future__ import annotations

from typing import Any

import msgspec

from edigate.mapping.expressions import Expression
from edigate.mapping.fields import Field, Kind
from edigate.mapping.functions import Transform, plain
from edigate.mapping.schema import ValueForm

LISTS = frozenset({Kind.TEXTS, Kind.INTEGERS, Kind.CODES})
"""What holds several single values."""


class Candidate(msgspec.Struct, frozen=True):
    """A column that may give the value, and the condition for it."""

    column: str
    when: Expression | None


class Rule(msgspec.Struct, frozen=True):
    """What fills one field. `path` is the field below its root, `key` the dotted key in the file."""

    root: str  # `claim` or `line`
    path: str
    key: str
    field: Field
    form: ValueForm
    candidates: tuple[Candidate, ...] = ()
    when: Expression | None = None  # where it isn't each candidate's own
    expression: Expression | None = None
    constant: Any = None
    default: Any = None
    convert: Transform = plain
    special: str = ""  # one of functions.WITH_THE_CLAIM
    because: str = ""  # why it is required, where it is
    vanishing: bool = False  # `convert` can make nothing of something, e.g. a name without a suffix

    @property
    def is_list(self) -> bool:
        return self.field.kind in LISTS

    def columns(self) -> set[str]:
        """Every column it reads."""
        found = {candidate.column for candidate in self.candidates}
        for expression in (self.when, self.expression, *(c.when for c in self.candidates)):
            if expression is not None:
                found |= expression.columns
        return found


class RecordRule(msgspec.Struct, frozen=True):
    """What fills a record: rules by field. An `optional` one is made only where a cell gives it something.

    With `each`, the JSON path of a list, it is made once for every record of that list, and its columns are
    paths inside such a record.
    """

    path: str
    key: str
    record: type[msgspec.Struct]
    optional: bool
    parts: tuple[tuple[str, Rule | RecordRule | RecordsRule], ...]
    when: Expression | None = None
    each: str = ""
    distinct: str = ""  # in a list: the field whose value tells that the record is there already


class RecordsRule(msgspec.Struct, frozen=True):
    """What fills a list of records: one rule for each that there may be."""

    path: str
    field: Field
    items: tuple[RecordRule, ...]
