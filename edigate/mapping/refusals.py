"""[[refuse]] and [[warn]] of a mapping at work: on rows, service lines, or the records of a JSON list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from edigate.encounters.json_reader import Paths, sub_rows
from edigate.encounters.rows import Layout, Row
from edigate.errors import ConfigError
from edigate.findings import Finding, Severity, Source
from edigate.mapping.basics import CANT_EVALUATE
from edigate.mapping.columns import numbers
from edigate.mapping.compiler import Compiler
from edigate.mapping.expressions import Expression
from edigate.mapping.frames import Cells, Frame
from edigate.mapping.lookups import Table
from edigate.mapping.schema import LookupForm, MappingForm, RefuseForm

CLAIM, ROW, LINE = "claim", "row", "line"


class Refusal(msgspec.Struct, frozen=True):
    """A [[refuse]] (an error) or a [[warn]] of the mapping."""

    severity: Severity
    form: RefuseForm
    when: Expression


def compiled(form: MappingForm, compiler: Compiler) -> tuple[Refusal, ...]:
    """The refusals and warnings of a mapping. Raises ConfigError with the file and the dotted key."""
    return tuple(
        Refusal(severity, one, compiler.condition(one, f"{table}[{place}]"))
        for table, severity in (("refuse", Severity.ERROR), ("warn", Severity.WARNING))
        for place, entry in enumerate(getattr(form, table))
        for one in _each_number(entry, f"{compiler.name}: {table}[{place}].repeat")
    )


def _each_number(entry: RefuseForm, where: str) -> list[RefuseForm]:
    """A refusal with `repeat`, once for each number; any other as it is."""
    if not entry.repeat:
        return [entry]
    if "{}" not in entry.when:
        raise ConfigError(f"{where}: {{}} in when is the number of a repeated column")
    return [
        msgspec.structs.replace(entry, when=entry.when.replace("{}", number))
        for number in numbers(entry.repeat, where)
    ]


def columns_on(refusals: Iterable[Refusal], on: str) -> set[str]:
    """The columns that the refusals of a place read, as paths from there."""
    return set().union(*(refusal.when.columns for refusal in refusals if refusal.form.on == on))


def inner_columns(refusals: Iterable[Refusal]) -> set[str]:
    """The columns that refusals of JSON lists read, as paths of the row."""
    inner = [refusal for refusal in refusals if refusal.form.on not in {CLAIM, ROW, LINE}]
    return {f"{refusal.form.on}.{column}" for refusal in inner for column in refusal.when.columns}


class Refusals:
    """The refusals of a mapping, bound to the columns of one file."""

    def __init__(
        self,
        refusals: tuple[Refusal, ...],
        layout: Layout,
        line_frame: Frame,
        lookups: Mapping[str, LookupForm],
        tables: Mapping[str, Table],
    ) -> None:
        row_frame = Frame(layout, columns_on(refusals, ROW), lookups, tables)
        inner = dict.fromkeys(refusal.form.on for refusal in refusals if refusal.form.on not in {CLAIM, ROW, LINE})
        self._claim = _On(refusals, CLAIM, Frame(layout, columns_on(refusals, CLAIM), lookups, tables))
        self._row = _On(refusals, ROW, row_frame)
        self._line = _On(refusals, LINE, line_frame)
        self._inner = [_On(refusals, on, Frame(Paths(), columns_on(refusals, on), {}, {})) for on in inner]
        self.on_lines = bool(self._line.bound)

    def of_claim(self, row: Row) -> list[Finding]:
        """What is said once of an encounter, by its first row."""
        return self._claim.findings(row, self._claim.frame.cells(row, [])) if self._claim.bound else []

    def of_row(self, row: Row) -> list[Finding]:
        """What is said of a row and of the records of its lists. Raises ShapeError where no list stands there."""
        found = self._row.findings(row, self._row.frame.cells(row, [])) if self._row.bound else []
        for inner in self._inner:
            for record in sub_rows(row, inner.on):
                found += inner.findings(record, inner.frame.cells(record, []))
        return found

    def of_line(self, row: Row, cells: Cells) -> list[Finding]:
        return self._line.findings(row, cells)


class _On:
    """The refusals of one place."""

    def __init__(self, refusals: tuple[Refusal, ...], on: str, frame: Frame) -> None:
        self.on = on
        self.frame = frame
        self.bound: list[tuple[Refusal, Callable[[Cells], Any]]] = [
            (refusal, refusal.when.bind(frame.positions)) for refusal in refusals if refusal.form.on == on
        ]

    def findings(self, row: Row, cells: Cells) -> list[Finding]:
        found = []
        for refusal, holds in self.bound:
            severity, because = refusal.severity, refusal.form.because
            code = "mapping-refused" if severity is Severity.ERROR else "mapping-warned"
            try:
                if not holds(cells):
                    continue
            except CANT_EVALUATE:
                code, severity = "mapping-expression", Severity.ERROR
                because = f"can't be used in `{refusal.form.when}`"
            sources = tuple(self.frame.source(row, column) for column in sorted(refusal.when.columns))
            sources = sources or (row.source(),)
            message = f"{places(sources)}: {because}"
            found.append(Finding(code=code, message=message, severity=severity, sources=sources))
        return found


def places(sources: tuple[Source, ...]) -> str:
    """Cells as people say them: one file and row named once."""
    first = sources[0]
    said = str(first)
    for source in sources[1:]:
        same = (source.file, source.row) == (first.file, first.row)
        said += f" and {source.column if same else source}"
    return said
