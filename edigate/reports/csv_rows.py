"""Rows as CSV that a spreadsheet takes for data: no cell of it is a formula. Knows no table.

A cell that begins with = + - @, a tab or a line end is a command to a spreadsheet (OWASP, CSV injection). A
payer's text could bring one; it gets an apostrophe before it, as spreadsheets themselves mark text. Amounts are
ours and stay numbers, negative ones too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

_END = "\r\n"  # the writer quotes a line end within a cell only where it is part of its own
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The header and each row as a line, without its end; quoted where needed (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=_END)
    for row in _with_header(columns, rows):
        writer.writerow([cell(value) for value in row])
        yield out.getvalue().removesuffix(_END)
        out.seek(0)
        out.truncate()


def _with_header(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    yield columns
    yield from rows


def cell(value: object) -> str:
    """A value as a cell: dollars with two decimals, ISO dates and times, lists joined by blanks, no formula."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:.2f}"
        case int():
            return str(value)
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case list() | tuple():
            return defused(" ".join(map(str, value)))
        case _:
            return defused(str(value))


def defused(text: str) -> str:
    """The text, so that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
