"""Rows into encounters: sorted or not, none lost, memory bounded by what is scattered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.encounters import grouping
from edigate.encounters.csv_reader import Columns
from edigate.encounters.grouping import by_key, by_known_key, in_order, no_grouping
from edigate.encounters.rows import Encounter, Row, span
from edigate.errors import DataError

LAYOUT = Columns(["VISIT", "PART"])


def rows(*visits: str) -> list[Row]:
    return [Row("visits.csv", number, [visit, "x"], LAYOUT) for number, visit in enumerate(visits, 2)]


def shape(encounters: Iterator[Encounter]) -> list[tuple[str, list[int]]]:
    return [(encounter.key, [row.number for row in encounter.rows]) for encounter in encounters]


@pytest.mark.parametrize("group", [in_order, by_key])
def test_neighbouring_rows_of_a_key_are_one_encounter(group: Callable[..., Iterator[Encounter]]) -> None:
    assert shape(group(rows("A", "A", "B"), ("VISIT",))) == [("A", [2, 3]), ("B", [4])]


def test_scattered_rows_come_together_in_the_order_of_first_appearance() -> None:
    assert shape(by_key(rows("B", "A", "B", "A"), ("VISIT",))) == [("B", [2, 4]), ("A", [3, 5])]


@pytest.mark.parametrize("group", [in_order, by_key])
def test_a_row_without_a_key_is_an_encounter_to_be_refused(group: Callable[..., Iterator[Encounter]]) -> None:
    encounters = list(group(rows("A", "", "", "B"), ("VISIT",)))
    assert [(e.key, len(e.rows)) for e in encounters] == [("A", 1), ("", 1), ("", 1), ("B", 1)]
    (found,) = encounters[1].defects
    assert found.message.startswith("visits.csv row 3, column VISIT is blank")


def test_keys_of_several_columns_dont_run_together() -> None:
    made = [
        Row("v.csv", number, list(cells), LAYOUT)
        for number, cells in enumerate([("1", "12"), ("11", "2"), ("1", "12"), ("1", "")], 2)
    ]
    encounters = list(by_key(made, ("VISIT", "PART")))
    assert [(e.key, len(e.rows)) for e in encounters] == [("1 / 12", 2), ("11 / 2", 1), ("", 1)]
    assert "column PART is blank" in encounters[2].defects[0].message


def test_keys_stay_apart_whatever_stands_in_them() -> None:
    cells = [("1\x1f2", "3"), ("1", "2\x1f3"), ("1\x1f2", "3"), ("3\x1f\x1f1\x1f2", "1"), ("1", "2")]
    made = [Row("v.csv", number, list(each), LAYOUT) for number, each in enumerate(cells, 2)]
    assert [len(e.rows) for e in by_key(made, ("VISIT", "PART"))] == [2, 1, 1, 1]


def test_an_encounter_of_all_rows_is_refused_before_it_fills_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "LIMIT", 100)
    with pytest.raises(DataError, match="over 100 rows have the same VISIT"):
        list(in_order(rows(*["A"] * 200), ("VISIT",)))


def test_a_long_sorted_file_is_seen_to_be_sorted() -> None:
    visits = [f"E{number}" for number in range(20_000)]
    assert sum(1 for _ in in_order(rows(*visits), ("VISIT",))) == 20_000
    with pytest.raises(DataError, match="row 20002 belongs to an encounter that had already ended"):
        list(in_order(rows(*visits, "E7"), ("VISIT",)))


def test_a_file_that_isnt_sorted_though_said_so_is_refused() -> None:
    with pytest.raises(DataError, match="row 4 belongs to an encounter that had already ended"):
        list(in_order(rows("A", "B", "A"), ("VISIT",)))


def test_without_a_key_each_row_is_an_encounter() -> None:
    assert shape(no_grouping(rows("A", "A"))) == [("2", [2]), ("3", [3])]


@given(st.lists(st.sampled_from(["A", "B", "C", "D", ""]), max_size=40), st.integers(1, 10))
def test_big_and_small_files_are_grouped_alike_and_no_row_is_lost(visits: list[str], hold: int) -> None:
    made = rows(*visits)
    small = shape(by_key(made, ("VISIT",)))
    big = shape(by_key(iter(made), ("VISIT",), again=lambda: iter(made), hold=hold))
    assert big == small
    assert sorted(number for _, numbers in big for number in numbers) == [row.number for row in made]


def test_a_big_sorted_file_is_never_held() -> None:
    """Of 30,000 rows, only the rows of one encounter are alive at any time."""
    taken = 0

    def stream() -> Iterator[Row]:
        nonlocal taken
        taken = 0
        for number in range(30_000):
            taken += 1
            yield Row("visits.csv", number + 2, [str(number // 2), "x"], LAYOUT)

    encounters = by_key(stream(), ("VISIT",), again=stream, hold=100)
    next(encounters)
    assert taken <= 3
    assert sum(1 for _ in encounters) == 14_999


def test_rows_too_scattered_to_hold_are_refused_with_the_way_out() -> None:
    visits = ["A", *(f"B{number}" for number in range(50)), "A"]
    with pytest.raises(DataError, match="so far apart") as caught:
        list(by_key(rows(*visits), ("VISIT",), again=lambda: iter(rows(*visits)), hold=10, limit=20))
    assert "sorted = true" in caught.value.hint


def test_the_span_of_an_encounter_counts_its_rows() -> None:
    (encounter, _) = by_key(rows("A", "B", "A"), ("VISIT",))
    assert (span(encounter).first, span(encounter).last, span(encounter).count) == (2, 4, 2)


@given(st.lists(st.sampled_from(["A", "B", "C", "D", ""]), max_size=40))
def test_a_file_whose_keys_are_read_first_is_grouped_the_same(visits: list[str]) -> None:
    made = rows(*visits)
    alone = shape(by_known_key(iter(visits), ("VISIT",), lambda: iter(made)))
    assert alone == shape(by_key(made, ("VISIT",)))
    pairs = [(visit, "x") for visit in visits]
    assert shape(by_known_key(iter(pairs), ("VISIT", "PART"), lambda: iter(made))) == shape(
        by_key(made, ("VISIT", "PART"))
    )


def test_of_a_file_whose_keys_are_read_first_only_an_encounter_is_held() -> None:
    taken = 0

    def again() -> Iterator[Row]:
        nonlocal taken
        for number in range(3000):
            taken += 1
            yield Row("visits.csv", number + 2, [str(number // 2), "x"], LAYOUT)

    encounters = by_known_key((str(number // 2) for number in range(3000)), ("VISIT",), again)
    next(encounters)
    assert taken <= 3
    assert sum(1 for _ in encounters) == 1499
