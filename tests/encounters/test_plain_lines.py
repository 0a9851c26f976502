"""Lines in which nothing needs a closer look are taken many at once: the same rows, whatever stands beside them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edigate.encounters import lines
from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.lines import Lines
from edigate.encounters.rows import Row

DELIMITERS = (",", "|", "\t", " ", ".")
CELLS = st.text(alphabet='A1 ,|"\t\0\x1aé.', max_size=6)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", ""])
BODIES = st.lists(st.tuples(st.lists(CELLS, max_size=4), ENDS), max_size=12)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_BLOCK", 24)


def reader(body: str, delimiter: str, *, pad: bool = False) -> CsvReader:
    content = delimiter.join(["VISIT", "CODE", "NOTE"]) + "\n" + body
    return CsvReader(io.BytesIO(content.encode()), "visits.csv", Dialect(delimiter=delimiter, pad=pad))


def one_by_one(body: str, delimiter: str, *, pad: bool) -> Iterator[Row]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lines, "plain", lambda self, odd: [])
        yield from reader(body, delimiter, pad=pad)


def told(rows: Iterator[Row]) -> list[tuple[int, list[str], list[str]]]:
    return [(row.number, row.cells, [each.message for each in row.defects]) for row in rows]


@given(BODIES, st.sampled_from(DELIMITERS), st.booleans())
@example([(["A", "1", ""], "\r\n")] * 5, ",", False)
@example([(["A", "1", "x "], "\n"), ([" A", "1", "x"], "\n"), (["A ", "1", "x"], "\n")], ",", False)
def test_lines_taken_at_once_give_the_same_rows(body: list[tuple[list[str], str]], delimiter: str, pad: bool) -> None:
    text = "".join(delimiter.join(cells) + end for cells, end in body)
    assert told(iter(reader(text, delimiter, pad=pad))) == told(one_by_one(text, delimiter, pad=pad))


@given(BODIES, st.sampled_from(DELIMITERS))
@example([(["A", "1", ""], "\n")] * 5, ",")
@example([(["", "1"], "\n"), ([], "\n"), (["", "", ""], "\n"), (["A"], "\n")], ",")
def test_the_cells_of_some_columns_are_those_of_the_rows(body: list[tuple[list[str], str]], delimiter: str) -> None:
    text = "".join(delimiter.join(cells) + end for cells, end in body)
    rows = list(reader(text, delimiter))
    assert list(reader(text, delimiter).cells_of(["CODE"])) == [row.get("CODE") for row in rows]
    both = [(row.get("NOTE"), row.get("VISIT")) for row in rows]
    assert list(reader(text, delimiter).cells_of(["NOTE", "VISIT"])) == both
