"""Rows into encounters, by key. Knows where each key's rows stand, never what a row means.

No row vanishes: every row that comes in is in exactly one encounter that goes out. Encounters come in
the order of their first rows.
"""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from edigate.encounters.rows import Encounter, Layout, Row, ShapeError, defect
from edigate.errors import DataError
from edigate.findings import Finding, Source

HOLD = 10_000
"""Rows held in memory before a big file is read a first time only to see which keys are scattered."""
LIMIT = 250_000
"""Rows held in memory at most, in a file whose encounters are scattered all over it."""

_BETWEEN = "\x1f"  # so that ("1", "12") and ("11", "2") stay two keys


def no_grouping(rows: Iterable[Row]) -> Iterator[Encounter]:
    """Each row an encounter, its key the row's number."""
    for row in rows:
        yield Encounter(str(row.number), (row,))


def in_order(rows: Iterable[Row], columns: tuple[str, ...]) -> Iterator[Encounter]:
    """Neighbouring rows of one key; memory doesn't grow with the file.

    Raises DataError where a key comes back after others: an encounter was already handed on without
    these rows, so nothing made of the file may be used; and where an encounter has more than LIMIT rows.
    """
    layout: Layout | None = None
    ended = _Hashes()  # the keys themselves would be most of a big file
    current: list[Row] = []
    current_key = ""
    for row in rows:
        if row.layout is not layout:
            layout = row.layout
            key_of = _key_of(layout, columns)
        key = key_of(row.cells)
        if key and key == current_key:
            current.append(row)
            if len(current) > LIMIT:
                raise DataError(
                    f"{row.file}: over {LIMIT:,} rows have the same {' and '.join(columns)} (at row {row.number})",
                    hint="[source] group_by names columns that tell encounters apart",
                )
            continue
        if current:
            yield _encounter(current_key, current, columns)
            ended.add(hash(current_key))
        if not key:
            yield _keyless(row, columns)
            current, current_key = [], ""
            continue
        if hash(key) in ended:
            raise DataError(
                f"{row.file} isn't sorted by {' and '.join(columns)}: row {row.number} belongs to an encounter"
                " that had already ended",
                hint="set [source] sorted = false in the mapping, or sort the extract; use nothing made of it",
            )
        current, current_key = [row], key
    if current:
        yield _encounter(current_key, current, columns)


def by_key(
    rows: Iterable[Row],
    columns: tuple[str, ...],
    again: Callable[[], Iterable[Row]] | None = None,
    hold: int = HOLD,
    limit: int = LIMIT,
) -> Iterator[Encounter]:
    """Rows of one key wherever they stand.

    Up to `hold` rows are simply held. A bigger file is read again from its start by `again`, once to
    see which keys' rows don't stand together and once more as `by_known_key` has it. Raises DataError where more
    than `limit` rows would have to be held.
    """
    groups: dict[str, list[Row]] = {}
    held = 0
    for key, run in _runs(rows, columns, limit):
        held += len(run)
        if held > hold and again is not None:
            break
        if held > limit:
            raise _too_scattered(run[-1], limit)
        if key in groups:
            groups[key] += run
        else:
            groups[key] = run
    else:
        for key, members in groups.items():
            yield _encounter(key, members, columns)
        return
    groups.clear()
    assert again is not None  # noqa: S101  # the loop above breaks only where it is there
    waiting = _scattered(key for key, _ in _runs(again(), columns, limit))
    yield from _as_complete(again(), waiting, columns, limit)


def by_known_key(
    cells: Iterable[Any], columns: tuple[str, ...], again: Callable[[], Iterable[Row]], limit: int = LIMIT
) -> Iterator[Encounter]:
    """The same of a file whose key columns can be read by themselves: `cells` are those of each row (a text, or a tuple
    where there are several columns), read first to see which keys' rows don't stand together; `again` gives the rows.

    Each encounter is handed on when its last row has come: what is held is what stands between the first and the last
    row of an encounter, not the file.
    """
    waiting = _scattered(cells if len(columns) == 1 else map(_key, cells))
    return _as_complete(again(), waiting, columns, limit)


def _as_complete(
    rows: Iterable[Row], waiting: Counter[int], columns: tuple[str, ...], limit: int
) -> Iterator[Encounter]:
    groups: OrderedDict[str, list[Row]] = OrderedDict()  # its front can be taken off at no cost
    held = 0
    for key, run in _runs(rows, columns, limit):
        if not groups and hash(key) not in waiting:
            yield _encounter(key, run, columns)
            continue
        held += len(run)
        groups.setdefault(key, []).extend(run)
        if hash(key) in waiting:
            waiting[hash(key)] -= 1
        while groups:
            first = next(iter(groups))
            if waiting.get(hash(first)):
                break
            members = groups.pop(first)
            held -= len(members)
            yield _encounter(first, members, columns)
        if held > limit:
            raise _too_scattered(run[-1], limit)
    for key, members in groups.items():
        yield _encounter(key, members, columns)


def _runs(rows: Iterable[Row], columns: tuple[str, ...], limit: int) -> Iterator[tuple[str, list[Row]]]:
    """Neighbouring rows of one key; one without a key is a run of its own."""
    layout: Layout | None = None
    current, run = "", list[Row]()
    for row in rows:
        if row.layout is not layout:
            layout = row.layout
            key_of = _key_of(layout, columns)
        key = key_of(row.cells) or _unlike_any(row)
        if key == current:
            run.append(row)
            if len(run) > limit:
                raise _too_scattered(row, limit)
            continue
        if run:
            yield current, run
        current, run = key, [row]
    if run:
        yield current, run


_PARTS = 256


def _scattered(keys: Iterable[str]) -> Counter[int]:
    """How many runs each key has of those that have several, by the keys of all rows in their order.

    Keys by hash, eight bytes each: two that collide wait for each other's rows, and go out at the end at the
    latest. Counted a part at a time, so that a big file takes little more than those bytes.
    """
    parts = [array("q") for _ in range(_PARTS)]
    before = ""
    for key in keys:
        if key != before:
            before = key
            if key:
                number = hash(key)
                parts[number % _PARTS].append(number)
    found: Counter[int] = Counter()
    for part in parts:
        found.update({key: count for key, count in Counter(part).items() if count > 1})
    return found


def _unlike_any(row: Row) -> str:
    """What stands for the key of a row that has none: no key holds a NUL."""
    return f"\0{row.number}"


def _encounter(key: str, members: list[Row], columns: tuple[str, ...]) -> Encounter:
    if key.startswith("\0"):
        return _keyless(members[0], columns)
    if len(columns) > 1:
        key = " / ".join(str(members[0].get(column)) for column in columns)
    return Encounter(key, members)


class _Hashes:
    """A set of hashes in eight to sixteen bytes each, where Python's takes seventy."""

    def __init__(self) -> None:
        self._slots = array("q", bytes(8 << 12))
        self._count = 0

    def add(self, value: int) -> None:
        if 2 * self._count >= len(self._slots):
            kept = array("q", (each for each in self._slots if each))
            self._slots = array("q", bytes(16 * len(self._slots)))
            for each in kept:
                self._slots[self._place(each)] = each
        place = self._place(value or 1)
        self._count += not self._slots[place]
        self._slots[place] = value or 1

    def __contains__(self, value: int) -> bool:
        return self._slots[self._place(value or 1)] != 0

    def _place(self, value: int) -> int:
        """Where a hash is, or would be: the next free slot from where it belongs."""
        slots, last = self._slots, len(self._slots) - 1
        place = value & last
        while (there := slots[place]) and there != value:
            place = (place + 1) & last
        return place


def _key_of(layout: Layout, columns: tuple[str, ...]) -> Callable[[Any], str]:
    """What gives the key of a row by its cells: the texts of its key columns, or empty where any is blank."""
    takes = [layout.cell(column) for column in columns]

    def key(cells: Any) -> str:
        try:
            return _key([str(take(cells)) for take in takes])
        except ShapeError:
            return ""

    if layout.names() is not None and len(takes) == 1:
        return takes[0]  # type: ignore[return-value]  # a cell of a table is a text
    return key


def _key(texts: Sequence[str]) -> str:
    """The key of these cells: of others it is another; empty where any of them is."""
    if len(texts) == 1:
        return texts[0]
    if not all(texts):
        return ""
    key = _BETWEEN.join(texts)
    if key.count(_BETWEEN) >= len(texts):
        key = _BETWEEN.join(f"{len(text)}{_BETWEEN * 2}{text}" for text in texts)
    return key


def _keyless(row: Row, columns: tuple[str, ...]) -> Encounter:
    return Encounter("", (row,), (_blank_key(row, columns),))


def _blank_key(row: Row, columns: tuple[str, ...]) -> Finding:
    for column in columns:
        source = Source(row.file, row.number, row.layout.place(column))
        try:
            blank = not row.get(column)
        except ShapeError:
            return defect("encounter-key-shape", "is a list or an object, not a key", source)
        if blank:
            break
    return defect("encounter-key-blank", "is blank: no telling which encounter this row belongs to", source)


def _too_scattered(row: Row, limit: int) -> DataError:
    return DataError(
        f"{row.file}: the rows of an encounter stand so far apart that over {limit:,} rows would have to be"
        f" held in memory (at row {row.number})",
        hint="sort the extract by its key columns and set [source] sorted = true in the mapping",
    )
