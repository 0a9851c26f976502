"""The field reference: every field of a binding with its loop and element, as a page. Made from the table itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, takewhile

from edigate.x12.binding import FieldPlace, Loop, fields


def reference(title: str, guide: str, table: Loop) -> str:
    """A Markdown page: one table a loop, in the guide's order; a field that may stand in several places has a
    row for each."""
    lines = [
        f"# {title}",
        "",
        f"Fields of `edigate decode` for {guide}, and where they stand in the file. `[]` is a list; a dot leads into",
        "a record. Made from the binding table that reads and writes the file: don't edit it here.",
    ]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for loop, members in groupby(fields(table), key=lambda place: place.loop):
        places = list(members)
        # A claim of a dependent stands below 2000C with the very fields it has below 2000B: told once.
        depth = _shared_depth([place.field.split(".")[:-1] for place in places])
        same = (loop, tuple(".".join(place.field.split(".")[depth:]) for place in places))
        if same in seen:
            continue
        seen.add(same)
        lines += ["", f"## {loop}", "", "| field | element | where | form |", "| --- | --- | --- | --- |"]
        lines += _rows(places)
    return "\n".join(lines) + "\n"


def _shared_depth(paths: list[list[str]]) -> int:
    """How many records all paths have in common from the top."""
    return sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False)))


def _rows(places: Iterable[FieldPlace]) -> Iterator[str]:
    """A row a field; elements that repeat it (HI01 to HI12, PER04, PER06, PER08) share one."""
    rows: dict[tuple[object, ...], list[FieldPlace]] = {}
    for place in places:
        key = (place.segment, place.qualifiers, place.component, place.field, place.format)
        rows.setdefault(key, []).append(place)
    for members in rows.values():
        elements = list(dict.fromkeys(_element(place) for place in members))
        told = elements[0] if len(elements) == 1 else f"{elements[0]} to {elements[-1]}"
        yield f"| `{members[0].field}` | {told} | {_where(members[0])} | {members[0].format} |"


def _element(place: FieldPlace) -> str:
    component = f"-{place.component}" if place.component else ""
    return f"{place.segment}{place.element:02d}{component}"


def _where(place: FieldPlace) -> str:
    told = ((position, " or ".join(sorted(codes))) for position, codes in place.qualifiers if codes)
    return " and ".join(f"{place.segment}{position:02d} is {codes}" for position, codes in told)
