"""JSON and JSON Lines: bytes to rows, a record each. Knows paths, not what stands at them.

Numbers are kept as the decimal text they were written in: nothing passes through a float.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any, BinaryIO

import msgspec

from edigate.encounters.json_stream import VALUE_BYTES, JsonStream
from edigate.encounters.rows import Cell, Row, ShapeError, defect
from edigate.encounters.text import BOM
from edigate.errors import DataError
from edigate.findings import Source

_TEXT_IN_QUOTES = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
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
    the first whose `type` (or `type.code`) says so. What isn't there is blank. `items[]` is all records of a list
    as they are (a cell for `each` of a mapping). `prefix` is where the record itself stands in its file's record.
    Typed records are walked like objects.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    def names(self) -> None:
        return None

    def cell(self, column: str) -> Callable[[Any], Cell]:
        if column.endswith("[]"):
            path, of_list = column.removesuffix("[]"), parse_path(column.removesuffix("[]"))
            return lambda record: tuple(records_at(record, of_list, path))
        steps = parse_path(column)
        if ("all", "") in steps:
            return lambda record: texts_below(record, steps, column)
        return lambda record: text_at(_walk(record, steps), column)

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
        Row(row.file, row.number, record, Paths(f"{prefix}[{position}]" if listed else prefix), (), row.place)
        for position, record in enumerate(records_at(row.cells, steps, path))
    ]


def records_at(record: Any, steps: Sequence[Step], path: str) -> list[Any]:
    """The records of the list at a path; one object stands for a list of one. Raises ShapeError."""
    found = _walk(record, steps)
    records = found if isinstance(found, list) else [] if found is None else [found]
    if not all(isinstance(each, dict | msgspec.Struct) for each in records):
        raise ShapeError(path)
    return records


def _walk(found: Any, steps: Sequence[Step]) -> Any:
    for kind, key in steps:
        if kind == "name":
            if isinstance(found, dict):
                found = found.get(key)
            else:
                found = getattr(found, key, None) if isinstance(found, msgspec.Struct) else None
        elif kind == "index":
            found = found[key] if isinstance(found, list) and key < len(found) else None
        else:
            found = where(found, *key)
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


def texts_below(found: Any, steps: Sequence[Step], column: str) -> tuple[str, ...]:
    """Every text at a path with `[*]` in it that isn't blank, in order. Raises ShapeError."""
    return tuple(text for each in _walk_all(found, steps) if (text := text_at(each, column)))


def where(found: Any, key: str, value: str) -> Any:
    """Of a list the first record whose `key`, which may be dotted, says `value`; None where none does."""
    steps = [("name", name) for name in key.split(".")]
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict | msgspec.Struct) and text_at(_walk(item, steps), key) == value:
            return item
    return None


def text_at(found: Any, column: str) -> str:
    """What was found as a cell's text, blank where nothing was. Raises ShapeError for a list or an object."""
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
    if isinstance(found, Decimal):
        return format(found, "f")
    if isinstance(found, date):
        return found.isoformat()
    if isinstance(found, time):
        return found.strftime("%H%M")
    raise ShapeError(column)


class JsonReader:
    """Rows of one JSON file, streaming: the records of an array, at the top or at `path`; one object is one record.

    Several documents one after the other are read as one. Raises DataError while reading where the file isn't
    JSON or nothing stands at the path: then nothing made of it may be used.
    """

    def __init__(self, stream: BinaryIO, name: str, path: str = "") -> None:
        self.name = name
        self.layout = Paths()
        self._records = JsonStream(stream, name, path)

    def __iter__(self) -> Iterator[Row]:
        for number, raw in enumerate(self._records, 1):
            yield _row(raw, self.name, number, self.layout)


class JsonLinesReader:
    """Rows of one JSON Lines file, streaming: one record a line, its number the line's.

    Raises DataError while reading where a line is longer than any record, and where the file is UTF-16.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self.layout = Paths()
        self._stream = stream

    def __iter__(self) -> Iterator[Row]:
        read = self._stream.readline
        number = 0
        while line := read(VALUE_BYTES + 1):
            number += 1
            if len(line) > VALUE_BYTES:
                raise DataError(
                    f"{self.name} row {number} has more than {VALUE_BYTES >> 20} MB",
                    hint='where records stand over several lines, or in one array, set [source] format = "json"',
                )
            if number == 1:
                if line[:2] in (b"\xff\xfe", b"\xfe\xff") or 0 in line[:2]:
                    raise DataError(f"{self.name} is written in UTF-16", hint="save it as UTF-8")
                line = line.removeprefix(BOM)
            if line.strip():
                yield _row(line, self.name, number, self.layout)


def _row(raw: bytes, name: str, number: int, layout: Paths) -> Row:
    code = "encounter-row-json"
    try:
        record = _DECODER.decode(raw)
        problem = _problem(record, raw) if isinstance(record, dict) else "is not a JSON object"
        if not problem and _NUL in raw and any("\0" in text for text in _texts_in(record)):
            code, problem = "encounter-row-nul", "holds a NUL character"
    except UnicodeDecodeError:
        problem = "holds a byte that isn't utf-8"
    except RecursionError:
        problem = "is nested too deep to be read"
    except msgspec.MsgspecError as error:  # its message holds a byte position, never the content
        problem = f"can't be read as JSON ({error})"
    except ValueError:  # Python's own limit on the digits of a whole number
        problem = "holds a number of thousands of digits"
    if problem:
        return Row(name, number, {}, layout, (defect(code, problem, Source(name, number)),))
    return Row(name, number, record, layout)


def _problem(record: dict[str, Any], raw: bytes) -> str:
    """What is wrong with a record that could be decoded: a name twice, whose first value would be lost."""
    names = _count_of_names(record)
    if raw.count(b":") == names or _TEXT_IN_QUOTES.sub(b"", raw).count(b":") == names:
        return ""
    twice: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        count = Counter(name for name, _ in pairs)
        twice.extend(name for name in count if count[name] > 1)

    json.loads(raw, object_pairs_hook=look, parse_int=str, parse_float=str)
    return f"has {twice[0]!r} twice in one object, and one of the two values would be lost" if twice else ""


def _count_of_names(record: Any) -> int:
    """How many names all objects of a record have."""
    count, waiting = 0, [record]
    while waiting:
        value = waiting.pop()
        if type(value) is dict:
            count += len(value)
            waiting += value.values()
        elif type(value) is list:
            waiting += value
    return count


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)
    elif isinstance(value, str):
        yield value
