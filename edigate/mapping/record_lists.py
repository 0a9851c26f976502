"""Records of one list as a claim holds them: each once, numbered, qualified. Knows no columns and no cells."""

from __future__ import annotations

from typing import Any

import msgspec

from edigate.mapping.basics import State
from edigate.mapping.fields import QUALIFIERS
from edigate.mapping.rules import RecordsRule


class Gathered:
    """The records of one list of one claim, in the order of the rules that make them.

    A record that is `distinct` by a field joins the one before it that has the same value there: what that
    one leaves blank, it says, and its lists follow that one's. `places` has, for each record there may have
    been, its place in the list from 1, and 0 where there was none, so that a diagnosis pointer can name the
    column.
    """

    __slots__ = ("places", "records")

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.places: list[int] = []

    def add(self, record: Any, distinct: str) -> None:
        """Take what a rule made: a record, or None where nothing was there."""
        if record is None:
            self.places.append(0)
            return
        if distinct:
            value = getattr(record, distinct)
            for place, before in enumerate(self.records, 1):
                if getattr(before, distinct) == value:
                    fill(before, record)
                    self.places.append(place)
                    return
        self.records.append(record)
        self.places.append(len(self.records))

    def finish(self, rule: RecordsRule, state: State) -> list[Any] | None:
        """The list for the claim; None where it is empty."""
        records = self.records
        if rule.path == "diagnoses":
            state.codes, state.positions = [record.code for record in records], self.places
        qualifiers = QUALIFIERS.get(rule.field.name)
        if qualifiers is not None:
            for place, record in enumerate(records):
                record.qualifier = record.qualifier or qualifiers[place > 0]
        return records or None


def fill(record: msgspec.Struct, other: msgspec.Struct) -> None:
    """Give a record what it leaves blank and another of its type says, and the other's lists after its own."""
    for name in record.__struct_fields__:
        own, others = getattr(record, name), getattr(other, name)
        if isinstance(own, list | tuple):
            setattr(record, name, [*own, *others] or ())
        elif own is None or own == "":
            setattr(record, name, others)
