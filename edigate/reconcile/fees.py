"""A payer's fees as a person keeps them: lines of a CSV to records, and what is wrong with each. Pure.

Knows columns and what may stand in them; not which fee a service has (`fee_table.py`), nor where the file lies.
The data dictionary is docs/reconciling.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Literal, cast

import msgspec

from edigate.findings import Finding, Severity, Source
from edigate.money import parse, to_cents

Per = Literal["unit", "line"]

COLUMNS = ("payer", "plan", "procedure", "modifier", "place", "from", "to", "allowed", "per", "note")
_NEEDED = ("procedure", "allowed")
_MOST_FINDINGS = 1000  # told of one file; more say nothing that these don't

_SHAPES: dict[str, tuple[re.Pattern[str], str]] = {
    "procedure": (re.compile(r"[0-9A-Z]{3,5}", re.ASCII), "a CPT, HCPCS or CDT code, or a revenue code of 4 digits"),
    "modifier": (re.compile(r"[0-9A-Z]{2}(?::[0-9A-Z]{2}){0,3}", re.ASCII), "up to four modifiers: 26 or 26:LT"),
    "place": (re.compile(r"[0-9]{2}", re.ASCII), "a place of service of two digits: 11"),
    "per": (re.compile(r"UNIT|LINE"), "unit or line"),
}


class Fee(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a payer allows for a service: cents for each unit, or for the line. Empty text or None: any.

    `modifiers` are joined by ':' in the order of the alphabet; `payer` and `plan` are folded (`fold`).
    """

    allowed_cents: int
    payer: str = ""  # NM109 of 2010BB, or NM103
    plan: str = ""  # SBR03, or SBR04
    procedure: str = ""
    modifiers: str = ""
    place: str = ""
    first: date | None = None  # the first day of service it is for
    last: date | None = None
    per: Per | Literal[""] = ""  # empty: unit
    file: str = ""
    row: int = 0

    @property
    def source(self) -> str:
        """Where it stands, for a person."""
        return f"{self.file} row {self.row}"

    def holds_on(self, day: date | None) -> bool:
        """Whether it is for a service of this day; one without a day has only fees that always hold."""
        if day is None:
            return self.first is None and self.last is None
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def fold(text: str) -> str:
    """A payer or plan as it is compared: case and outer blanks make no difference."""
    return text.strip().casefold()


def joined(modifiers: Iterable[str]) -> str:
    """Modifiers as fees have them: large, each once, in the order of the alphabet, joined by ':'."""
    return ":".join(sorted({modifier.strip().upper() for modifier in modifiers if modifier.strip()}))


def read_fees(lines: Iterable[str], file: str) -> tuple[list[Fee], list[Finding]]:
    """The fees of a CSV with a header (`,`, `;`, `|` or tab between cells) and what is wrong with its rows.

    A row with anything wrong is left out, and so is the whole file where its header can't be meant: a column that
    is misspelt would hold for everybody. `file` is its name, for findings. Never raises on data.
    """
    found: list[Finding] = []
    fees: list[Fee] = []
    known: dict[str, str] = {}
    columns: list[str] | None = None
    rows = _rows(lines)
    row, number = 0, 0
    while True:
        try:
            number, cells = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            found.append(_finding("fee-row", f"row {number + 1} can't be read as CSV: {error}", file, number + 1))
            break
        row = number
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = [cell.strip().casefold() for cell in cells]
            if wrong := _header_problem(columns):
                return [], [_finding("fee-header", wrong, file, row)]
            continue
        if len(cells) != len(columns):
            found.append(_finding("fee-row", f"has {len(cells)} cells under {len(columns)} columns", file, row))
        else:
            fee, problems = _fee(dict(zip(columns, map(str.strip, cells), strict=True)), file, row, known)
            found += problems
            if fee is not None:
                fees.append(fee)
        if len(found) >= _MOST_FINDINGS:
            found.append(_finding("fee-row", "more is wrong after this row, and was not read", file, row))
            break
    if columns is None:
        found.append(_finding("fee-header", f"is empty: a header names {', '.join(COLUMNS)}", file, 1))
    return fees, found


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows with their line in the file, whose first line shows what stands between cells."""
    rest = iter(lines)
    first = next(rest, "").removeprefix("\ufeff")
    between = max(",;|\t", key=first.count)

    def again() -> Iterator[str]:
        yield first
        yield from rest

    reader = csv.reader(again(), delimiter=between, strict=True)
    for cells in reader:
        yield reader.line_num, cells


def _header_problem(columns: Sequence[str]) -> str:
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        return f"column {', '.join(repr(name) for name in unknown)} isn't one of {', '.join(COLUMNS)}"
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        return f"column {', '.join(twice)} stands twice"
    missing = [name for name in _NEEDED if name not in columns]
    return f"column {', '.join(missing)} is missing" if missing else ""


def _fee(
    cells: dict[str, str], file: str, row: int, known: dict[str, str]
) -> tuple[Fee | None, list[Finding]]:
    """One row as a fee, or None with what is wrong. `known` keeps one copy of each text: tables repeat them."""
    found: list[Finding] = []

    def wrong(column: str, what: str) -> None:
        found.append(_finding(f"fee-{column}", what, file, row, column))

    def code(column: str) -> str:
        text = cells.get(column, "").upper()
        shape, expected = _SHAPES[column]
        if text and shape.fullmatch(text) is None:
            wrong(column, f"{text!r} isn't {expected}")
        return known.setdefault(text, text)

    allowed = _cents(cells["allowed"], wrong)
    first, last = (_day(cells.get(column, ""), column, wrong) for column in ("from", "to"))
    if first and last and first > last:
        wrong("to", f"it ends on {last} and begins on {first}")
    procedure, place, modifiers = code("procedure"), code("place"), joined(code("modifier").split(":"))
    per = cast("Per", code("per").lower())
    payer, plan = (known.setdefault(text, text) for text in (fold(cells.get("payer", "")), fold(cells.get("plan", ""))))
    if found or allowed is None:
        return None, found
    return Fee(
        allowed_cents=allowed,
        payer=payer,
        plan=plan,
        procedure=procedure,
        modifiers=known.setdefault(modifiers, modifiers),
        place=place,
        first=first,
        last=last,
        per=per,
        file=file,
        row=row,
    ), []


def _cents(text: str, wrong: Callable[[str, str], None]) -> int | None:
    try:
        cents = to_cents(parse(text))
    except ValueError as error:
        wrong("allowed", f"{text!r} is {error}: write dollars and cents as 72.50")
        return None
    if cents < 0:
        wrong("allowed", f"{text} is less than nothing")
        return None
    return cents


def _day(text: str, column: str, wrong: Callable[[str, str], None]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)  # 2026-01-31, 20260131
    except ValueError:
        wrong(column, f"{text!r} is no day: write 2026-01-31")
        return None


def _finding(code: str, message: str, file: str, row: int, column: str = "") -> Finding:
    return Finding(code=code, message=message, severity=Severity.ERROR, sources=(Source(file, row, column),))
