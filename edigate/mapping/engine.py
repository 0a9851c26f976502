"""The mapping at work: encounters in, claims out, with what is wrong and where it came from. Opens nothing.

A claim is made whole or not at all: an error on any row refuses its encounter, and every row that came in
is accounted for in a claim made or in one refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from edigate.encounters.rows import Encounter, Layout
from edigate.errors import ConfigError, InternalError
from edigate.mapping.frames import split_column
from edigate.mapping.lookups import Opener, Table, load_tables
from edigate.mapping.program import MappedClaim, Plan, Program
from edigate.mapping.reading import Reading, read_extract
from edigate.mapping.schema import parse_mapping
from edigate.mapping.taken_over import TakingOver


class Accounting:
    """Rows in = rows in claims made + rows in encounters refused. `rows_read` is the reader's own count."""

    __slots__ = ("encounters_made", "encounters_refused", "rows_made", "rows_read", "rows_refused")

    def __init__(self) -> None:
        self.rows_read = 0
        self.rows_made = 0
        self.rows_refused = 0
        self.encounters_made = 0
        self.encounters_refused = 0

    @property
    def balanced(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows_read == self.rows_made + self.rows_refused


class Conversion:
    """The claims of a stream of encounters; `accounting` counts along and is complete at the end.

    Raises InternalError at the end where a row came in and didn't come out.
    """

    def __init__(self, mapping: Mapping, encounters: Iterable[Encounter]) -> None:
        self.accounting = Accounting()
        self._mapping = mapping
        self._encounters = encounters
        self._claims = self._convert()

    def __iter__(self) -> Iterator[MappedClaim]:
        return self._claims

    def __next__(self) -> MappedClaim:
        return next(self._claims)

    def _convert(self) -> Iterator[MappedClaim]:
        accounting = self.accounting
        layout: Layout | None = None
        counted_apart = isinstance(self._encounters, Reading)
        for encounter in self._encounters:
            rows = encounter.rows
            if rows[0].layout is not layout:
                layout = rows[0].layout
                program = self._mapping.program(layout)
            mapped = program.convert(encounter)
            count = len(rows)
            if not counted_apart:
                accounting.rows_read += count
            if mapped.claim is None:
                accounting.encounters_refused += 1
                accounting.rows_refused += count
            else:
                accounting.encounters_made += 1
                accounting.rows_made += count
            yield mapped
        if isinstance(self._encounters, Reading):
            accounting.rows_read += self._encounters.rows
        if not accounting.balanced:
            raise InternalError(
                f"{accounting.rows_read} rows were read, but {accounting.rows_made} are in claims and"
                f" {accounting.rows_refused} in refused encounters"
            )


class Mapping:
    """A checked mapping. Immutable; `with_lookups` gives one that can convert, and that as often as needed."""

    def __init__(self, plan: Plan, tables: dict[str, Table] | None = None) -> None:
        self.plan = plan
        self.name = plan.name
        self.form = plan.form
        self._tables = tables

    def columns(self) -> set[str]:
        """Every column of the extract that the mapping reads."""
        return self.plan.columns()

    def with_lookups(self, open_lookup: Opener) -> Mapping:
        """The same mapping with its lookup tables read. Raises ConfigError and DataError as `load_tables`."""
        used: dict[str, set[str]] = {}
        for columns in self.plan.scopes().values():
            for column in columns:
                lookup, name = split_column(column, self.form.lookup)
                if lookup:
                    used.setdefault(lookup, set()).add(name)
        tables = load_tables(self.form.lookup, used, open_lookup, self.name)
        return Mapping(self.plan, tables)

    def read(self, stream: BinaryIO, name: str) -> Reading:
        """The encounters of an extract. `name` is the file's, for findings; the stream stays the caller's.

        Raises DataError, at once where the file can't be this mapping's (empty, columns missing) and while
        reading where it breaks off: then nothing made of it may be used.
        """
        return read_extract(self.plan, stream, name)

    def convert(self, encounters: Iterable[Encounter]) -> Conversion:
        """Claims of encounters, one at a time. Never raises on data that `read` handed out."""
        return Conversion(self, encounters)

    def program(self, layout: Layout) -> Program:
        """The mapping bound to a file's columns."""
        if self._tables is None and self.form.lookup:
            raise ConfigError(
                f"{self.name} joins {', '.join(self.form.lookup)}: its lookup files have to be opened first"
            )
        made_by = TakingOver if self.form.source.format == "837" else Program
        return made_by(self.plan, layout, self._tables or {})


def load_mapping(text: str, name: str, open_lookup: Opener | None = None) -> Mapping:
    """A mapping from its file's text. `name` is the file's, for messages.

    With `open_lookup` its lookup tables are read, too, and it can convert; without, it is only checked
    (see `Mapping.with_lookups`). Raises ConfigError with the file, the dotted key and what was expected,
    and as `load_tables` for the lookups.
    """
    mapping = Mapping(Plan(parse_mapping(text, name), name))
    return mapping.with_lookups(open_lookup) if open_lookup is not None else mapping
