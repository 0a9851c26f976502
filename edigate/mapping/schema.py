"""The form of a mapping file: its tables and keys. Knows TOML, not what a claim field is.

A mapping is checked as a whole when it is loaded: an unknown key, a wrong type or an impossible value is a
ConfigError that names the file and the dotted key.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec

from edigate.claims.model import ClaimKind
from edigate.errors import ConfigError
from edigate.mapping.spelling import did_you_mean

Name = Annotated[str, msgspec.Meta(min_length=1)]
Names = Name | tuple[Name, ...]
Encoding = Literal["auto", "utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"]
Delimiter = Annotated[str, msgspec.Meta(pattern=r"^(.|\\t|auto)$")]  # one character; `\t` is a tab
Quote = Annotated[str, msgspec.Meta(max_length=1)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all tables of a mapping: immutable, unknown keys refused."""


class SourceForm(Part, frozen=True, kw_only=True):
    """[source]: how the extract is written, and which rows make one encounter."""

    format: Literal["csv", "json", "jsonl", "fhir", "sql", "837"] = "csv"
    delimiter: Delimiter = ","
    quote: Quote = '"'  # empty: quotes are ordinary characters
    encoding: Encoding = "utf-8"
    columns: tuple[Name, ...] = ()  # names for a CSV without a header line
    skip: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0  # lines before a CSV's header
    trailer: Names = ()  # what the first cell of a CSV's last row begins with, where that row is no data
    ragged: Literal["refuse", "pad"] = "refuse"  # pad: short rows end in blanks, more blanks than columns are nothing
    query: str = ""  # SQL: what is asked; its parameters are written `:since`
    query_file: str = ""  # in place of `query`: a file beside the mapping
    url_env: str = ""  # SQL: the environment variable that holds the database's address
    url: str = ""  # in place of it, where the address holds no password
    timeout: Annotated[int, msgspec.Meta(ge=1)] = 600  # SQL: seconds for the whole query
    path: str = ""  # JSON: where the array of records stands, e.g. `claims`
    group_by: Names = ()  # the columns whose texts are one encounter's key; none: each row is one
    sorted: bool = False  # rows of an encounter stand together: stream, whatever the size
    missing_columns: Literal["refuse", "blank"] = "refuse"  # a column we read that the file doesn't have
    unknown_columns: Literal["ignore", "refuse"] = "ignore"  # a column of the file that we don't read
    ignore: tuple[Name, ...] = ()  # with unknown_columns = "refuse": JSON paths left unread on purpose


class LookupForm(Part, frozen=True, kw_only=True):
    """[lookup.NAME]: a table beside the extract; its columns are `NAME.COLUMN`."""

    file: Name  # a file name or a pattern like `beneficiary_*.csv`, read in the order of the names
    key: Names  # columns of the table
    match: Names = ()  # columns of the row, in the order of `key`; the same names where left out
    optional: bool = False  # the file, or a row for the key, may be missing: its columns are blank then
    duplicates: Literal["first", "last", "error"] = "error"  # which row of a key counts
    delimiter: Delimiter = ","
    quote: Quote = '"'
    encoding: Encoding = "utf-8"
    columns: tuple[Name, ...] = ()


class RefuseForm(Part, frozen=True, kw_only=True):
    """[[refuse]]: encounters that must not become a claim, and why."""

    when: Name
    because: Name
    repeat: str = ""  # `1..12`: one for each number, which is `{}` in `when`
    on: Name = "row"  # looked at for every `row` of the encounter, every service `line`, or every record of a JSON list


class ValueForm(Part, frozen=True, kw_only=True):
    """Where a claim field comes from and what is done to it, in the order of these keys."""

    from_: str | tuple[str, ...] = msgspec.field(name="from", default=())  # the first that isn't blank
    expr: str = ""  # in place of `from`: an expression
    value: str | None = None  # in place of `from`: the same for every claim
    when: str = ""  # only where this holds; `{}` is the number of a repeated column
    split: str = ""  # list fields: characters that stand between several values in one cell
    use: str | tuple[str, ...] = ()  # transforms, first to last
    codes: str = ""  # a table of [codes] that translates the result
    default: str | None = None  # where blank
    required: bool = False  # blank refuses the claim
    because: str = ""  # why it is required, for the biller
    distinct: bool = False  # list fields: the same value only once
    rows: Literal["same", "first"] = "same"  # must the rows of an encounter agree in these columns


class LineForm(Part, frozen=True, kw_only=True):
    """The keys of [line] that aren't claim fields."""

    each: Name = "row"  # `row`, or the JSON path of the array of lines
    when: str = ""  # an expression: where it doesn't hold, the row is no service line, e.g. a row of totals


class ListForm(Part, frozen=True, kw_only=True):
    """The keys of a table of a list of records that say which there are, not what is in them."""

    repeat: str = ""  # numbered columns: `1..25` makes one record for each number, which is `{}` in its columns
    distinct: str = ""  # a field: a record with the same value in it as one before only fills that one's blanks


class MappingForm(Part, frozen=True, kw_only=True):
    """A mapping file."""

    kind: ClaimKind
    description: str = ""
    source: SourceForm = SourceForm()
    lookup: dict[str, LookupForm] = {}
    codes: dict[str, dict[str, str]] = {}
    refuse: tuple[RefuseForm, ...] = ()
    warn: tuple[RefuseForm, ...] = ()  # as refuse, but the claim is made, and the warning travels with it
    claim: dict[str, Any]
    line: dict[str, Any]


FormT = TypeVar("FormT", bound=Part)

LINE_KEYS = frozenset(LineForm.__struct_fields__)
LIST_KEYS = frozenset(ListForm.__struct_fields__)

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


def parse_mapping(text: str, name: str) -> MappingForm:
    """A mapping file's form. `name` is the file's, for messages. Raises ConfigError."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{name} is not TOML: {error}") from None
    form = to_form(tables, MappingForm, name, "")
    for table in (*form.lookup, *form.codes):
        if not _IDENTIFIER.fullmatch(table):
            raise ConfigError(f"{name}: the name {table!r} must be letters, digits and underscores")
    _check_source(form.source, name)
    for lookup, entry in form.lookup.items():
        matched = names_of(entry.match or entry.key)
        if len(matched) != len(names_of(entry.key)):
            raise ConfigError(f"{name}: lookup.{lookup}.match must name one column for each of key")
        _check_quote(entry.quote, entry.delimiter, f"{name}: lookup.{lookup}")
    return form


def to_form(table: Any, form: type[FormT], name: str, key: str) -> FormT:
    """A table as one of the forms above. Raises ConfigError naming the file and the dotted key."""
    _check_keys(table, form, name, key)
    try:
        return msgspec.convert(table, form)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at ")
        inner = path.strip("`").removeprefix("$").lstrip(".")
        dotted = ".".join(part for part in (key, inner) if part)
        raise ConfigError(f"{name}: {dotted or 'the file'}: {problem[0].lower()}{problem[1:]}") from None


def names_of(names: str | tuple[str, ...]) -> tuple[str, ...]:
    """One name or several, as several."""
    return (names,) if isinstance(names, str) else tuple(names)


def _check_keys(table: Any, form: type[msgspec.Struct], name: str, key: str) -> None:
    """Refuse unknown keys, with the dotted key and what was probably meant."""
    if not isinstance(table, Mapping):
        return
    known = _keys_of(form)
    for word, inner in table.items():
        dotted = f"{key}.{word}" if key else word
        if word not in known:
            raise ConfigError(
                f"{name}: the key {dotted} isn't known{did_you_mean(word, known)}",
                hint=f"keys here: {', '.join(known)}",
            )
        expected = known[word]
        if isinstance(expected, type) and issubclass(expected, msgspec.Struct):
            _check_keys(inner, expected, name, dotted)
            continue
        nested = next((a for a in get_args(expected) if isinstance(a, type) and issubclass(a, Part)), None)
        if nested is not None:
            entries = inner.items() if isinstance(inner, Mapping) else enumerate(inner)
            for position, entry in entries:
                _check_keys(entry, nested, name, f"{dotted}.{position}")


@functools.cache
def _keys_of(form: type[msgspec.Struct]) -> dict[str, Any]:
    """The keys of a table and their types; asked for once a type, for msgspec works them out each time."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(form)}


def _check_source(source: SourceForm, name: str) -> None:
    """Refuse keys of [source] that its format doesn't have."""
    used = {key for key in source.__struct_fields__ if getattr(source, key) != getattr(SourceForm(), key)}
    for key in sorted(used & _ONLY_FOR.keys()):
        if source.format not in _ONLY_FOR[key]:
            meant = " and ".join(_FORMATS[format_] for format_ in _ONLY_FOR[key])
            raise ConfigError(
                f"{name}: source.{key} is for {meant}; this is {_FORMATS[source.format]}", hint=_HINTS.get(key, "")
            )
    if source.format == "csv":
        _check_quote(source.quote, source.delimiter, f"{name}: source")
    if source.format == "sql":
        for one, other in (("query", "query_file"), ("url_env", "url")):
            if (one in used) == (other in used):
                raise ConfigError(f"{name}: source needs {one} or {other}, one of the two")
        if _PASSWORD.search(source.url):
            raise ConfigError(
                f"{name}: source.url holds a password, and a mapping is a file that others see",
                hint="put the address into an environment variable and name that in source.url_env",
            )


_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@|password|pwd", re.IGNORECASE)
_CSV = ("csv",)
_ONLY_FOR: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("delimiter", "quote", "encoding", "columns", "skip", "trailer", "ragged"), _CSV),
    **dict.fromkeys(("query", "query_file", "url_env", "url", "timeout"), ("sql",)),
    **dict.fromkeys(("group_by", "sorted"), ("csv", "json", "jsonl", "sql")),
    "path": ("json",),
    "missing_columns": ("csv", "sql"),
    "unknown_columns": ("csv", "json", "jsonl", "sql"),
    "ignore": ("json", "jsonl"),
}
"""Which formats have a key; the others mean something for all."""
_FORMATS = {"csv": "CSV", "json": "JSON", "jsonl": "JSON Lines", "fhir": "FHIR", "sql": "SQL", "837": "837 files"}
_HINTS = {
    "path": "in JSON Lines each line is a record",
    "encoding": "JSON is always UTF-8",
    "unknown_columns": "a FHIR resource says much that is no part of a claim",
    "missing_columns": "JSON has no header: what isn't there is blank",
}


def _check_quote(quote: str, delimiter: str, where: str) -> None:
    if quote == delimiter or delimiter.strip("\r\n\0") != delimiter or (quote and quote in "\r\n\0"):
        raise ConfigError(f"{where}.delimiter and quote must be two different characters, no line ends")
