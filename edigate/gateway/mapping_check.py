"""Checking a mapping, by itself and against an input: columns that aren't there, columns nobody reads, lookups.

Knows names of columns, shows no cell. Converts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Named
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from edigate.encounters.csv_reader import CsvReader
from edigate.encounters.json_reader import JsonLinesReader, JsonReader
from edigate.errors import EdigateError, NoInputError
from edigate.gateway.mapping_files import read_mapping
from edigate.gateway.sources import Lookups, looked_at
from edigate.mapping.engine import Mapping
from edigate.mapping.frames import own_columns, split_column
from edigate.mapping.lookups import table_reader
from edigate.mapping.reading import dialect_of
from edigate.mapping.rules import RecordRule, RecordsRule, Rule
from edigate.mapping.schema import LookupForm, names_of
from edigate.mapping.spelling import did_you_mean

_SAMPLE = 1000  # records of a JSON input that are looked at

_BRACKETS = re.compile(r"\[[^\]]*\]")
_CONDITION = re.compile(r"^(.*?)\[([^=\]]+)=[^\]]*\]")


class MissingColumn(msgspec.Struct, frozen=True):
    """A column the mapping reads and the input doesn't have. `refused`: a conversion would stop."""

    column: str
    suggestion: str
    refused: bool


class LookupFound(msgspec.Struct, frozen=True):
    """A lookup table: the files found for it, or what is wrong with it."""

    name: str
    file: str
    files: list[str]
    optional: bool
    problem: str = ""


class MappingCheck(msgspec.Struct, kw_only=True):
    """What checking a mapping found. `problem` is why it can't be used at all, empty where it can."""

    mapping: str
    path: Path
    kind: str = ""
    format: str = ""
    fields: int = 0
    problem: str = ""
    hint: str = ""
    input: str = ""
    columns: int = 0
    missing: list[MissingColumn] = []
    unread: list[str] = []
    lookups: list[LookupFound] = []
    notes: list[str] = []
    fits: bool = True  # whether a conversion of the input would begin


def check_mapping(path: Path, input_path: Path | None = None, lookups: Named[str, Path] | None = None) -> MappingCheck:
    """Check a mapping, and where an input is given, whether they fit.

    What is wrong with the mapping stands in the result. Raises NoInputError and DataError where the mapping's
    or the input's file can't be read.
    """
    check = MappingCheck(mapping=path.stem, path=path)
    try:
        mapping = read_mapping(path)
    except NoInputError:
        raise
    except EdigateError as error:
        check.problem, check.hint = error.message, error.hint
        return check
    check.kind, check.format = mapping.form.kind, mapping.form.source.format
    check.fields = _count(mapping.form.claim) + _count({k: v for k, v in mapping.form.line.items() if k != "each"})
    if input_path is not None:
        check.input = input_path.name
        _against(check, mapping, input_path)
        check.lookups = _lookups(mapping, Lookups(input_path, path, lookups or {}))
        refused = any(column.refused for column in check.missing) or any(found.problem for found in check.lookups)
        check.fits = check.fits and not refused
    return check


def _count(table: object) -> int:
    """The fields below a table of a mapping: tables with one of a value's keys."""
    if isinstance(table, list):
        return sum(_count(entry) for entry in table)
    if not isinstance(table, dict):
        return 0
    if {"from", "expr", "value", "use"} & set(table):
        return 1
    return sum(_count(entry) for entry in table.values())


def _against(check: MappingCheck, mapping: Mapping, path: Path) -> None:
    source = mapping.form.source
    try:
        with looked_at(path) as stream:
            if source.format == "csv":
                _csv(check, mapping, stream, path.name)
            elif source.format in ("json", "jsonl"):
                _json(check, mapping, stream, path.name)
            else:
                check.notes.append(f"columns of a source of format {source.format} aren't looked at")
    except OSError as error:
        raise NoInputError(f"{path.name} can't be read: {error.strerror}") from error


def _csv(check: MappingCheck, mapping: Mapping, stream: BinaryIO, name: str) -> None:
    source = mapping.form.source
    names = CsvReader(stream, name, dialect_of(source)).layout.names()
    known = mapping.columns()
    keys = set(names_of(source.group_by)) if source.group_by else set()
    check.columns = len(names)
    check.missing = [
        MissingColumn(
            column,
            did_you_mean(column, set(names) - known).removeprefix("; "),
            source.missing_columns == "refuse" or column in keys,
        )
        for column in sorted(known - set(names))
    ]
    check.unread = [column for column in names if column not in known]
    if len(names) == 1:
        check.notes.append(f"the header has one column only; is {source.delimiter!r} the delimiter?")
    if check.unread and source.unknown_columns == "refuse":
        check.notes.append("the mapping refuses files with columns it doesn't read (source.unknown_columns)")
        check.fits = False


def _json(check: MappingCheck, mapping: Mapping, stream: BinaryIO, name: str) -> None:
    """A path is missing where no record of the sample has anything there, in whichever member of a list."""
    form, plan = mapping.form, mapping.plan
    lines_of_json = form.source.format == "jsonl"
    reader = JsonLinesReader(stream, name) if lines_of_json else JsonReader(stream, name, form.source.path)
    rows = list(islice(reader, _SAMPLE))
    there = {leaf: None for row in rows for leaf in _leaves(row.cells, "")}
    columns = own_columns(set(_paths(plan.claim, "")) | plan.scopes()["row"], form.lookup)
    lines = own_columns(set(_paths(plan.line, "")) | plan.scopes()["line"], form.lookup)
    columns |= lines if plan.each == "row" else {f"{plan.each}.{column}" for column in lines}
    columns |= set(names_of(form.source.group_by)) if form.source.group_by else set()
    read = {_BRACKETS.sub("", column) for column in columns}
    conditions = (_CONDITION.match(column) for column in columns)
    read_too = {_BRACKETS.sub("", f"{found[1]}.{found[2]}") for found in conditions if found is not None}
    check.columns = len(there)
    check.unread = [leaf for leaf in there if leaf not in read | read_too]
    check.missing = [
        MissingColumn(path, did_you_mean(path, check.unread).removeprefix("; "), False)
        for path in sorted(read)
        if path not in there and not any(leaf.startswith(f"{path}.") for leaf in there)
    ]
    if check.unread and form.source.unknown_columns == "refuse":
        check.notes.append("the mapping refuses records with something it doesn't read (source.unknown_columns)")
        check.fits = False


def _paths(rule: RecordRule | RecordsRule, prefix: str) -> Iterator[str]:
    """The whole path of every column below a rule, through the lists that it takes records of."""
    if isinstance(rule, RecordRule):
        prefix = f"{prefix}{rule.each}." if rule.each else prefix
        if rule.when is not None:
            yield from (f"{prefix}{column}" for column in rule.when.columns)
    for part in [part for _, part in rule.parts] if isinstance(rule, RecordRule) else rule.items:
        if isinstance(part, Rule):
            yield from (f"{prefix}{column}" for column in part.columns())
        else:
            yield from _paths(part, prefix)


def _leaves(value: Any, path: str) -> Iterator[str]:
    """The path of every text and number of a record that isn't blank, list positions left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    elif value is not None and value != "":
        yield path


def _lookups(mapping: Mapping, source: Lookups) -> list[LookupFound]:
    used: dict[str, set[str]] = {name: set() for name in mapping.form.lookup}
    for columns in mapping.plan.scopes().values():
        for column in columns:
            lookup, inner = split_column(column, mapping.form.lookup)
            if lookup:
                used[lookup].add(inner)
    return [_lookup(name, form, used[name], source) for name, form in mapping.form.lookup.items()]


def _lookup(name: str, form: LookupForm, used: set[str], source: Lookups) -> LookupFound:
    try:
        streams = source.open(name, form.file)
    except EdigateError as error:
        return LookupFound(name, form.file, [], form.optional, error.message)
    files = [file for _, file in streams]
    if not files:
        return LookupFound(name, form.file, [], form.optional, "" if form.optional else "there is no such file")
    problems = list(_lacks(streams, {*names_of(form.key), *used}, form))
    return LookupFound(name, form.file, files, form.optional, "; ".join(problems))


def _lacks(streams: list[tuple[BinaryIO, str]], columns: set[str], form: LookupForm) -> Iterator[str]:
    for stream, file in streams:
        with stream:
            try:
                names = table_reader(stream, file, form).layout.names()
            except EdigateError as error:
                yield error.message
                continue
        if names is None:
            continue  # JSON: any record may have what another lacks
        for column in sorted(columns - set(names)):
            yield f"{file} has no column {column}{did_you_mean(column, names)}"
