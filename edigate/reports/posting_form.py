"""The form of a posting file, as its TOML says it: which records, which columns, how values are written.

Shapes and what can't be meant; `posting_file.py` writes by it. Unknown keys and fields are refused, with what is near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edigate import settings
from edigate.reports.posting_fields import FIELDS, TALLIES, Of
from edigate.settings import Problem

Text = Annotated[str, msgspec.Meta(min_length=1)]
_DATE = re.compile(r"(?:%[YmdyjHMS]|[-/. :T]|[A-Za-z]*(?=%|$))*")
MONEY = ("dollars", "cents")


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables of a form: immutable, unknown keys refused."""


class Column(Part, frozen=True, kw_only=True):
    """One column: a field (`from`) or a fixed text (`value`), and how it is written."""

    name: str = ""  # in the header line of a delimited file
    field: str = msgspec.field(name="from", default="")
    value: str = ""
    default: str = ""  # written where the field is empty
    required: bool = False  # a record without it isn't written: the export ends and says which
    format: str = ""  # of a day %Y%m%d ..., of an amount dollars (12.50) or cents (1250)
    negate: bool = False  # the amount with its sign turned
    codes: str = ""  # a table of [codes.NAME]: what the file calls the field's codes
    width: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None  # of a fixed column; delimited: at most
    align: Literal["left", "right"] = "left"
    fill: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = " "
    cut: bool = False  # what is longer than its width is cut; else the export ends and says which


class Record(Part, frozen=True, kw_only=True):
    """One record for each payment, claim, line ...; without `of` in a header or trailer."""

    of: Of
    column: Annotated[tuple[Column, ...], msgspec.Meta(min_length=1)]


class Edge(Part, frozen=True, kw_only=True):
    """A header or trailer record, of counts and totals."""

    column: Annotated[tuple[Column, ...], msgspec.Meta(min_length=1)]


class FileForm(Part, frozen=True, kw_only=True):
    """The file as text."""

    kind: Literal["delimited", "fixed"] = "delimited"
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    quote: Literal['"', ""] = '"'  # none: a delimiter in a value becomes a blank
    names: bool = True  # the first line of a delimited file names the columns
    line_end: Literal["lf", "crlf"] = "crlf"
    encoding: Literal["utf-8", "ascii", "latin-1"] = "utf-8"  # what it lacks becomes ?
    formulas: Literal["defuse", "keep"] = "defuse"  # a text that a spreadsheet would run gets an apostrophe


class Select(Part, frozen=True, kw_only=True):
    """Which adjudications are written."""

    leave_out_statuses: tuple[Text, ...] = ("25",)  # CLP02; predeterminations pay nothing
    unmatched: bool = True  # those for no claim of ours, too


class PostingForm(Part, frozen=True, kw_only=True):
    """A posting mapping."""

    description: str = ""
    file: FileForm = FileForm()
    select: Select = Select()
    codes: Mapping[str, Mapping[str, str]] = {}  # NAME -> ours -> theirs; "*" stands for any other
    header: Edge | None = None
    record: Annotated[tuple[Record, ...], msgspec.Meta(min_length=1)]
    trailer: Edge | None = None


def load_form(path: Path) -> PostingForm:
    """A posting mapping. Raises ConfigError that names the keys that can't be meant."""
    form = settings.read(path, PostingForm, name=path.name)
    if found := list(_problems(form)):
        raise settings.refusal(path.name, found)
    return form


def _problems(form: PostingForm) -> Iterator[Problem]:
    seen: set[Of] = set()
    for number, record in enumerate(form.record):
        if record.of in seen:
            yield Problem(f"record[{number}].of", f"there is another record of {record.of}")
        seen.add(record.of)
        yield from _of_columns(f"record[{number}]", record.column, FIELDS[record.of], record.of, form)
    for name, edge in (("header", form.header), ("trailer", form.trailer)):
        if edge is not None:
            yield from _of_columns(name, edge.column, TALLIES, name, form)
    if form.file.kind == "delimited" and form.file.names and (len(form.record) > 1 or form.header is not None):
        yield Problem("file.names", "a line of names tells of one kind of record alone: false with several")


def _of_columns(
    at: str, columns: tuple[Column, ...], known: Mapping[str, str], of: str, form: PostingForm
) -> Iterator[Problem]:
    for number, column in enumerate(columns):
        here = f"{at}.column[{number}]"
        if column.field and column.field not in known:
            near = settings.closest(column.field, known)
            more = "" if near else f" Known: {', '.join(known)}."
            yield Problem(f"{here}.from", f"a {of} has no field {column.field}.{near}{more}")
        if bool(column.field) == bool(column.value) and (column.field or form.file.kind == "delimited"):
            yield Problem(here, "either from or value")
        if column.codes and column.codes not in form.codes:
            near = settings.closest(column.codes, form.codes)
            yield Problem(f"{here}.codes", f"there is no [codes.{column.codes}].{near}")
        if form.file.kind == "fixed" and column.width is None:
            yield Problem(f"{here}.width", "a fixed file needs the width of each column")
        if column.format not in ("", *MONEY) and ("%" not in column.format or not _DATE.fullmatch(column.format)):
            near = settings.closest(column.format, MONEY)
            yield Problem(f"{here}.format", f"is dollars, cents, or a day like %Y%m%d.{near}")
