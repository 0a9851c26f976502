"""Many paths of a JSON record read at once: their common beginnings are walked once. Knows no column's meaning.

A mapping of a JSON form reads hundreds of paths, most of which lead into objects that a record doesn't have;
what isn't there is passed over with all the paths below it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from edigate.encounters.json_reader import Step, parse_path, records_at, text_at, texts_below, where
from edigate.encounters.rows import Cell

_Leaf = tuple[int, Callable[[Any], Cell]]


class _Node:
    """A place in the record: the cells that are read of it, and the places below."""

    __slots__ = ("below", "leaves")

    def __init__(self) -> None:
        self.leaves: list[_Leaf] = []
        self.below: dict[Step, _Node] = {}


def cells_of(columns: Collection[str]) -> Callable[[Any], list[Cell]]:
    """What reads the cells of these paths of a record, in their order, as `Paths.cell` reads each.

    It raises ShapeError where a list or an object stands in the place of a value.
    """
    root = _Node()
    blank: list[Cell] = []
    for place, column in enumerate(columns):
        steps, convert, nothing = _parts(column)
        node = root
        for step in steps:
            node = node.below.setdefault(step, _Node())
        node.leaves.append((place, convert))
        blank.append(nothing)

    def read(record: Any) -> list[Cell]:
        cells = blank.copy()
        _fill(root, record, cells)
        return cells

    return read


def _parts(column: str) -> tuple[tuple[Step, ...], Callable[[Any], Cell], Cell]:
    """The steps to where a column's value is taken, what makes its cell there, and the cell where nothing is."""
    if column.endswith("[]"):
        path = column.removesuffix("[]")
        return parse_path(path), lambda found: tuple(records_at(found, (), path)), ()
    steps = parse_path(column)
    many = next((at for at, (kind, _) in enumerate(steps) if kind == "all"), None)
    if many is None:
        return steps, lambda found: text_at(found, column), ""
    rest = steps[many:]
    return steps[:many], lambda found: texts_below(found, rest, column), ()


def _fill(node: _Node, found: Any, cells: list[Cell]) -> None:
    for place, convert in node.leaves:
        cells[place] = convert(found)
    for (kind, key), below in node.below.items():
        if kind == "name":
            if type(found) is dict:
                inner = found.get(key)
            else:
                inner = getattr(found, key, None) if isinstance(found, msgspec.Struct) else None
        elif kind == "index":
            inner = found[key] if isinstance(found, list) and key < len(found) else None
        else:
            inner = where(found, *key)
        if inner is not None:
            _fill(below, inner, cells)
