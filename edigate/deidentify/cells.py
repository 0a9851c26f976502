"""Extracts made over: rows of a CSV and JSON documents, cell by cell, by what the mapping says of each column.

Rows of one patient move their dates together, and as far as the X12 files given with them, where both tell the same of
him. Knows no paths of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec

from edigate.deidentify.columns import Column, ColumnsOf
from edigate.deidentify.people import keys_of_person
from edigate.deidentify.pseudonyms import Pseudonyms, birth_date, shifted
from edigate.deidentify.values import Shift, Values

_FORMS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d-%b-%Y", "%Y/%m/%d")
"""How dates are written where the mapping doesn't say."""

_REMEMBERED = 1 << 16  # texts of cells
_BETWEEN = re.compile(r"([;,|/ ]+)")
_DATES = frozenset(("date", "filed", "birth"))
_REST = re.compile(r"(.*?)([T ][0-9:.,+Z -]*)?", re.DOTALL)


class Cells:
    """Makes the cells of one extract or lookup table over. `table` is the lookup's name, empty for the extract."""

    def __init__(self, columns: ColumnsOf, pseudonyms: Pseudonyms, table: str = "") -> None:
        self._columns = columns
        self._names = pseudonyms
        self._values = Values(pseudonyms)
        self._prefix = f"{table}." if table else ""

    # --- whose a row is

    def person(self, cells: Mapping[str, str]) -> list[str]:
        """What the row's patient goes by, as `People` knows him; by column, JSON by path."""
        told = {
            name: next((text for column in columns if (text := self._text(cells, column))), "")
            for name, columns in self._columns.who().items()
        }
        born = _day(told["birth_date"], self._column_of("birth_date").forms)
        found = keys_of_person(
            last=told["last_name"], first=told["first_name"], birth=f"{born[0]:%Y%m%d}" if born else "",
            member_id=told["member_id"], claims=[told["claim"]],
        )  # fmt: skip
        joined = [("", self._columns.group_by)] if not self._prefix else []
        joined += [(name, own if self._prefix else matches) for name, (own, matches) in self._columns.joins.items()]
        for name, columns in joined:
            texts = [self._text(cells, column) for column in columns]
            found += [_joined_by(name, texts)] if all(texts) and texts else []
        return found

    def _text(self, cells: Mapping[str, str], column: str) -> str:
        if self._prefix and not column.startswith(self._prefix):
            return ""
        return cells.get(column.removeprefix(self._prefix), "").strip()

    def _column_of(self, name: str) -> Column:
        columns = self._columns.who()[name]
        return self._columns[columns[0]] if columns else Column()

    # --- what becomes of a cell

    def made_over(self, column: str, text: str, shift: Shift) -> str:
        """A cell's stand-in."""
        known = self._columns[self._prefix + column]
        bare = text.strip()
        if not bare or bare.upper() in known.says:
            return text
        if known.word in _DATES or (not known.read and _day(bare, ())):
            return self._moved(text, known, shift)
        if known.word == ".":  # a cell may hold several codes
            parts = _BETWEEN.split(text)
            return "".join(self._values.made_over(part, known.word, shift) for part in parts)
        return self._values.made_over(text, known.word, shift)

    def _moved(self, text: str, column: Column, shift: Shift) -> str:
        matched = _REST.fullmatch(text)
        day_text, rest = (matched[1], matched[2] or "") if matched else (text, "")
        found = _day(day_text, column.forms)
        if found is None:
            return self._names.name(text)
        day, form = found
        if column.word == "birth":
            moved = birth_date(day, shift.patient, shift.today)
        else:
            moved = shifted(day, shift.filed if column.word == "filed" else shift.patient)
        written = moved.strftime(form)
        return (written.upper() if day_text.isupper() else written) + rest


@lru_cache(_REMEMBERED)
def _day(text: str, forms: tuple[str, ...]) -> tuple[date, str] | None:
    """The day that a text is, and how it is written; cells say the same few things again and again."""
    bare = text.strip()
    for form in (*forms, *_FORMS):
        try:
            return datetime.strptime(bare, form).date(), form  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _joined_by(table: str, texts: Sequence[str]) -> str:
    """What rows go by that belong together: those of one encounter (no table), those that a lookup joins."""
    return "\0".join(("joined", table, *texts))


def own_key(number: int) -> str:
    """What a row goes by of which nothing tells whose it is."""
    return _joined_by("row", [str(number)])


def json_texts(record: Any) -> dict[str, str]:
    """The texts and numbers of a JSON record by path without positions, the first at each."""
    found: dict[str, str] = {}
    for path, value in _leaves(record, ""):
        found.setdefault(path, value)
    return found


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, str(value)


def json_made_over(record: Any, cells: Cells, shift: Shift, path: str = "") -> Any:
    """A JSON record with stand-ins; numbers stay numbers."""
    if isinstance(record, dict):
        return {
            name: json_made_over(inner, cells, shift, f"{path}.{name}" if path else name)
            for name, inner in record.items()
        }
    if isinstance(record, list):
        return [json_made_over(inner, cells, shift, path) for inner in record]
    if isinstance(record, str):
        return cells.made_over(path, record, shift)
    if isinstance(record, int | float) and not isinstance(record, bool):
        return msgspec.json.decode(_as_number(cells.made_over(path, str(record), shift)))
    return record


def _as_number(text: str) -> str:
    """A number's stand-in as JSON writes numbers: without zeros in front."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return sign + (digits.lstrip("0") if digits.lstrip("0")[:1].isdigit() else "0" + digits.lstrip("0"))
