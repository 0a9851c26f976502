"""JSON and JSON Lines: bytes to rows, a record each. Knows paths, not what stands at them.

Numbers are kept as the decimal text they were written in: nothing passes through a float.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

import msgspec

from edigate.encounters.rows import Cell, Row, ShapeError, defect
from edigate.errors import DataError
from edigate.findings import Source

_BOM = b"\xef\xbb\xbf"
_NUL = b"\\u0000"  # how JSON says it
_MAX_EXPONENT = 30  # 1e999999999 must not become a text of that length

_STEP = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<index>[0-9]+)\]|\[(?P<all>\*)\]|\[(?P<key>[^=\]]+)=(?P<value>[^\]]*)\]")


def _number(text: str) -> str:
    """A JSON number with a fraction or an exponent, as plain decimal text where that is short."""
    if "e" not in text and "E" not in text:
        return text
    value = Decimal(text)
    exponent = value.adjusted()
    return format(value, "f") if -_MAX_EXPONENT < exponent < _MAX_EXPONENT else text


_DECODER = msgspec.json.Decoder(float_hook=_number)


class Paths:
    """The layout of JSON records: a column is a path, e.g. `subscriber.address.city`.

    `items[0]` takes one of a list, `items[*]` all (a cell of many texts), `providers[type=Billing].npi`
    the first whose `type` says so. What isn't there is blank. `items[]` is all records of a list as they are
    (a cell for `each` of a mapping). `prefix` is where the record itself stands in its file's record.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    def names(self) -> None:
        return None

    def cell(self, column: str) -> Callable[[Any], Cell]:
        if column.endswith("[]"):
            path, of_list = column.removesuffix("[]"), parse_path(column.removesuffix("[]"))
            return lambda record: tuple(_records_at(record, of_list, path))
        steps = parse_path(column)
        if ("all", "") in steps:
            return lambda record: tuple(text for found in _walk_all(record, steps) if (text := _text(found, column)))
        return lambda record: _text(_walk(record, steps), column)

    def place(self, column: str) -> str:
        return f"{self._prefix}.{column}" if self._prefix else column


Step = tuple[str, Any]


def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a path. Raises ValueError where it isn't one."""
    steps: list[Step] = []
    position = 0
    while position < len(path):
        if path[position] == "." and steps:
            position += 1
        match = _STEP.match(path, position)
        if match is None or (match["name"] is not None and steps and path[match.start() - 1] != "."):
            raise ValueError("not a path")
        position = match.end()
        if match["name"] is not None:
            steps.append(("name", match["name"]))
        elif match["index"] is not None:
            steps.append(("index", int(match["index"])))
        elif match["all"] is not None:
            steps.append(("all", ""))
        else:
            steps.append(("where", (match["key"], match["value"])))
    if not steps:
        raise ValueError("not a path")
    return tuple(steps)


def sub_rows(row: Row, path: str) -> list[Row]:
    """The records of the list at `path` inside a JSON row, each a row that knows its place.

    One object stands for a list of one. Raises ShapeError where something else stands there.
    """
    steps = parse_path(path)
    listed = isinstance(_walk(row.cells, steps), list)
    prefix = row.layout.place(path)
    return [
        Row(row.file, row.number, record, Paths(f"{prefix}[{position}]" if listed else prefix))
        for position, record in enumerate(_records_at(row.cells, steps, path))
    ]


def _records_at(record: Any, steps: Sequence[Step], path: str) -> list[Any]:
    """The records of the list at a path; one object stands for a list of one. Raises ShapeError."""
    found = _walk(record, steps)
    records = found if isinstance(found, list) else [] if found is None else [found]
    if not all(isinstance(each, dict) for each in records):
        raise ShapeError(path)
    return records


def _walk(found: Any, steps: Sequence[Step]) -> Any:
    for kind, key in steps:
        if kind == "name":
            found = found.get(key) if isinstance(found, dict) else None
        elif kind == "index":
            found = found[key] if isinstance(found, list) and key < len(found) else None
        else:
            found = _where(found, *key)
        if found is None:
            return None
    return found


def _walk_all(found: Any, steps: Sequence[Step]) -> Iterator[Any]:
    """Every value at a path with `[*]` in it, in order."""
    position = next((i for i, (kind, _) in enumerate(steps) if kind == "all"), len(steps))
    reached = _walk(found, steps[:position])
    if position == len(steps):
        yield reached
        return
    for item in reached if isinstance(reached, list) else [] if reached is None else [reached]:
        yield from _walk_all(item, steps[position + 1 :])


def _where(found: Any, key: str, value: str) -> Any:
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict) and _text(item.get(key), key) == value:
            return item
    return None


def _text(found: Any, column: str) -> str:
    if type(found) is str:
        return found.strip()
    if found is None:
        return ""
    if found is True:
        return "true"
    if found is False:
        return "false"
    if isinstance(found, int):
        return str(found)
    raise ShapeError(column)


class JsonReader:
    """Rows of one JSON file: the records of an array, at the top or at `path`; one object is one record.

    The file's bytes are held in memory, the records decoded one at a time; for more than memory holds,
    use JSON Lines. Raises DataError where the file isn't JSON or nothing stands at the path.
    """

    def __init__(self, stream: BinaryIO, name: str, path: str = "") -> None:
        self.name = name
        self.layout = Paths()
        self._records = _records(stream.read(), name, path)

    def __iter__(self) -> Iterator[Row]:
        for number, raw in enumerate(self._records, 1):
            yield _row(raw, self.name, number, self.layout)


class JsonLinesReader:
    """Rows of one JSON Lines file, streaming: one record a line, its number the line's."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self.layout = Paths()
        self._stream = stream

    def __iter__(self) -> Iterator[Row]:
        for number, line in enumerate(self._stream, 1):
            content = line.removeprefix(_BOM) if number == 1 else line
            if content.strip():
                yield _row(content, self.name, number, self.layout)


def _row(raw: bytes | msgspec.Raw, name: str, number: int, layout: Paths) -> Row:
    try:
        record = _DECODER.decode(raw)
        if _NUL in bytes(raw):
            found = (defect("encounter-row-nul", "holds a NUL character", Source(name, number)),)
            return Row(name, number, {}, layout, found)
        problem = "" if isinstance(record, dict) else "is not a JSON object"
    except UnicodeDecodeError:
        problem = "holds a byte that isn't utf-8"
    except RecursionError:
        problem = "is nested too deep to be read"
    except msgspec.MsgspecError as error:  # its message holds a byte position, never the content
        problem = f"can't be read as JSON ({error})"
    if problem:
        found = (defect("encounter-row-json", problem, Source(name, number)),)
        return Row(name, number, {}, layout, found)
    return Row(name, number, record, layout)


def _records(data: bytes, name: str, path: str) -> list[msgspec.Raw]:
    content = msgspec.Raw(data.removeprefix(_BOM))
    if not data.strip():
        raise DataError(f"{name} is empty", hint="check that the extract ran to its end")
    where = "the top"
    try:
        for step in path.split(".") if path else []:
            fields = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
            if step not in fields:
                raise DataError(
                    f"{name} has no {step!r} at {where}",
                    hint=f"[source] path is {path!r}; there is: {', '.join(sorted(fields)[:12])}",
                )
            content, where = fields[step], step
        found = msgspec.json.decode(content, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise DataError(
            f"{name}: at {where} stands neither an array of records nor an object",
            hint="set [source] path to the place of the records",
        ) from None
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        problem = str(error) if isinstance(error, msgspec.MsgspecError) else "it isn't utf-8, or nested too deep"
        raise DataError(f"{name} can't be read as JSON: {problem}") from None
    return found if isinstance(found, list) else [content]
