"""Many paths at once give what each gives by itself, whatever the record looks like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.encounters.json_cells import cells_of
from edigate.encounters.json_reader import Paths
from edigate.encounters.rows import ShapeError

COLUMNS = [
    "a", "a.b", "a.b.c", "a[0].b", "a[1]", "a[*]", "a[*].b", "a.b[*].c", "a[b=x].c", "a[b.c=x].a", "b", "b[]", "a.c[]",
    "a[*].b[*].c", "c[0][1]",
]  # fmt: skip

RECORDS = st.recursive(
    st.sampled_from([None, "", "x", " y ", 1, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


MISSHAPEN = object()


def one(column: str, record: Any) -> Any:
    try:
        return Paths().cell(column)(record)
    except ShapeError:
        return MISSHAPEN


@given(record=st.dictionaries(st.sampled_from("abc"), RECORDS, max_size=3))
def test_all_paths_at_once_are_each_path_by_itself(record: dict[str, Any]) -> None:
    each = [one(column, record) for column in COLUMNS]
    readable = [column for column, cell in zip(COLUMNS, each, strict=True) if cell is not MISSHAPEN]
    assert cells_of(readable)(record) == [one(column, record) for column in readable]
    for column in COLUMNS:
        if column not in readable:
            with pytest.raises(ShapeError):
                cells_of([*readable, column])(record)
