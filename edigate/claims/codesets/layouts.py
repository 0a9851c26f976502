"""The files publishers of code sets put out, read into rows: one function a layout. Damaged: refused whole.

Knows the layouts, by what stands in the file, and says the line where one goes wrong. Opens no file, and
never guesses at a code: one that hasn't the form of its set refuses the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from edigate.claims.codesets.sets import CodeSet, bare
from edigate.claims.codesets.table import Row
from edigate.errors import DataError


class Source(NamedTuple):
    """A publisher's file: its name for messages, its lines, and the set it is for."""

    name: str
    lines: list[str]
    set: CodeSet

    def refuse(self, line: int, what: str, hint: str = "") -> DataError:
        """Why nothing of the file is used; `line` counts from 1."""
        return DataError(f"{self.name} line {line}: {what}", hint=hint or "Nothing of it was imported.")

    def code(self, line: int, text: str) -> str:
        """A code of the set. Raises DataError where it hasn't the form of one."""
        code = bare(self.set.name, text)
        if not self.set.form.fullmatch(code):
            raise self.refuse(
                line,
                f"{text.strip()[:40]!r} isn't of the form of {self.set.title}",
                "Is it another set's file? Did a spreadsheet drop a leading zero?",
            )
        return code


# --- fixed width


def order_file(source: Source) -> Iterator[Row]:
    """CMS's order files of ICD-10-CM and PCS: code in 7-13, 1 in 15 where it can be billed, long words from 78."""
    for number, line in _lines(source):
        if not _ORDER.match(line):
            raise source.refuse(number, "isn't a line of an order file (five digits, the code, 0 or 1, words)")
        code = source.code(number, line[6:14])
        yield Row(code, line[77:].strip() or line[16:76].strip(), billable=line[14] == "1")


def code_list(source: Source) -> Iterator[Row]:
    """CMS's lists of valid codes (icd10cm-codes, CMS32_DESC_LONG_DX): the code, blanks, words."""
    for number, line in _lines(source):
        code, _, words = line.strip().partition(" ")
        yield Row(source.code(number, code), words.strip())


def anweb(source: Source) -> Iterator[Row]:
    """CMS's HCPCS contractor file, 320 columns: record kind in 11 (3, 4 procedures; 7, 8 modifiers), words in 12-91,
    day added in 269-276, day ended in 285-292. Words go on over lines of kinds 4 and 8."""
    first, more = _RECORDS[source.set.name == "modifier"]
    rows: list[Row] = []
    for number, line in _lines(source):
        if not _ANWEB.match(line):
            raise source.refuse(number, "isn't a line of the HCPCS contractor file (code, sequence, record kind)")
        words = line[11:91].strip()
        if line[10] == first:
            start, end = (_day(source, number, line[column : column + 8]) for column in (268, 284))
            rows.append(Row(source.code(number, line[:5]), words, start, end))
        elif line[10] == more and rows:
            rows[-1] = rows[-1]._replace(description=f"{rows[-1].description} {words}")
    return iter(rows)


# --- with separators and a line of column names

_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "hcpc", "hcpcs", "hcpcs code", "cpt code", "cdt code", "procedure code", "revenue code",
             "modifier", "taxonomy code", "icd code", "cpt", "cdt"),
    "words": ("display name", "long description", "description", "long name", "definition", "short description",
              "classification", "descriptor", "title", "name", "meaning"),
    "start": ("from", "valid from", "effective date", "effective", "start date", "start", "add dt", "date added",
              "added"),
    "end": ("to", "valid to", "until", "termination date", "term dt", "terminated", "stop date", "stop",
            "deactivation date", "end date", "end", "expiration date"),
    "billable": ("billable", "valid for billing"),
    "record": ("recid",),
}  # fmt: skip


def table_file(source: Source) -> Iterator[Row]:
    """A CSV, semicolon, pipe or tab file with column names: NUCC's, X12's, CMS's sheets saved as CSV, or your own
    `code,description,from,to`. Without names: code, description, first and last day in this order."""
    delimiter = _delimiter(source.lines)
    reader = csv.reader(source.lines, delimiter=delimiter, strict=True)
    columns: dict[str, int] = {}
    first, more = _RECORDS[source.set.name == "modifier"]
    rows: list[Row] = []
    try:
        for cells in reader:
            number = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(source, number, cells)
                if "code" in columns and not source.set.form.fullmatch(bare(source.set.name, cells[columns["code"]])):
                    continue  # it was the line of names
            row = _cells(columns, cells)
            if row["record"] == more and rows:
                rows[-1] = rows[-1]._replace(description=f"{rows[-1].description} {row['words']}")
            elif row["record"] in ("", first):
                rows.append(_row(source, number, row))
    except csv.Error as error:
        raise source.refuse(reader.line_num, f"can't be read as a table: {error}") from None
    return iter(rows)


def _row(source: Source, number: int, row: dict[str, str]) -> Row:
    start, end = (_day(source, number, row[key]) for key in ("start", "end"))
    words = row["words"]
    if start is None and end is None and (said := _IN_WORDS.search(words)):  # X12's lists, copied from its pages
        days = dict(_SAID_DAY.findall(said[0]))
        start, end = (_day(source, number, days.get(key, "")) for key in ("Start", "Stop"))
        words = words[: said.start()].rstrip(" |")
    if start is not None and end is not None and end < start:
        raise source.refuse(number, f"{row['code']} ends ({end}) before it begins ({start})")
    billable = row["billable"].upper() not in ("0", "N", "NO", "FALSE", "H")
    return Row(source.code(number, row["code"]), words, start, end, billable)


def _columns(source: Source, number: int, cells: Sequence[str]) -> dict[str, int]:
    names = [" ".join(cell.replace("_", " ").lower().split()) for cell in cells]
    found = {
        key: names.index(name)
        for key, known in _COLUMNS.items()
        if (name := next((each for each in known if each in names), ""))
    }
    if "code" in found:
        return found
    if cells and source.set.form.fullmatch(bare(source.set.name, cells[0])):
        return dict(zip(("code", "words", "start", "end"), range(len(cells)), strict=False))
    raise source.refuse(
        number,
        "names no column that holds the code",
        f"Its first line should name the columns, e.g. code,description,from,to; it has {', '.join(names)[:200]}.",
    )


def _cells(columns: dict[str, int], cells: Sequence[str]) -> dict[str, str]:
    return {
        key: cells[columns[key]].strip() if key in columns and columns[key] < len(cells) else "" for key in _COLUMNS
    }


def _delimiter(lines: list[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return max(",\t|;", key=first.count)


# --- which layout, and what they share

LAYOUTS: dict[str, Callable[[Source], Iterator[Row]]] = {
    "order": order_file,
    "anweb": anweb,
    "table": table_file,
    "codes": code_list,
}
_RECORDS = (("3", "4"), ("7", "8"))
_ORDER = re.compile(r"[0-9]{5} (?=.{8}[01] \S)[0-9A-Z]{3,7} +[01] ", re.ASCII)
_ANWEB = re.compile(r"[ 0-9A-Z]{5}[0-9]{6}", re.ASCII)
_CODES = re.compile(r"[0-9A-Z.]{2,8} +\S", re.ASCII)
_IN_WORDS = re.compile(r"\|?\s*Start:.*$")
_SAID_DAY = re.compile(r"(Start|Stop):\s*([0-9/-]+)")
_DAYS = (
    (re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII), (1, 2, 3)),
    (re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII), (3, 1, 2)),
)


def read_file(content: bytes, name: str, code_set: CodeSet, layout: str = "") -> list[Row]:
    """The rows of a publisher's file; its layout is seen from its first line where it isn't named.

    Raises DataError, with the line, where any of it can't be used: never half a code set.
    """
    if content.startswith(b"PK\x03\x04"):
        raise DataError(f"{name} is packed", hint="Unpack a .zip first, and save a sheet (.xlsx) as CSV.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # what CMS's own files are written in
    source = Source(name, text.splitlines(), code_set)
    rows = list(LAYOUTS[layout or _layout(source)](source))
    if not rows:
        raise DataError(f"{name} holds no code of {code_set.title}", hint="Is it the right file?")
    return rows


def _layout(source: Source) -> str:
    number, first = next(_lines(source), (1, ""))
    if _ORDER.match(first):
        return "order"
    if len(first) > 91 and _ANWEB.match(first):
        return "anweb"
    if any(sign in first for sign in ",\t|;") and not _CODES.match(first):
        return "table"
    if _CODES.match(first):
        return "codes"
    if first.strip() and _columns(source, number, [first]):
        return "table"  # one column: the codes alone
    raise source.refuse(1, "it is empty")


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(source.lines, 1) if line.strip())


def _day(source: Source, number: int, text: str) -> date | None:
    """A day as publishers write it; None where there is none."""
    plain = text.strip()
    if not plain:
        return None
    for form, (year, month, day) in _DAYS:
        if match := form.fullmatch(plain):
            try:
                return date(int(match[year]), int(match[month]), int(match[day]))
            except ValueError:
                break
    raise source.refuse(number, f"{plain[:20]!r} isn't a day (2025-10-01, 20251001, 10/01/2025)")
