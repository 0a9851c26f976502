"""A look at the first part of a file: how it is written, and its columns with their cells. Opens nothing.

A CSV's columns are its header's; JSON's are the paths that a mapping would write, a column for each place where
its records have something.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.json_reader import JsonLinesReader, JsonReader
from edigate.errors import DataError
from edigate.mapping.guess_fields import PARTY_WORDS
from edigate.mapping.guess_names import concepts
from edigate.mapping.guess_values import DATE_FORMS, Profile, is_date, profile
from edigate.mapping.schema import SourceForm
from edigate.secrecy import Phi

SAMPLE = 4 << 20
"""Bytes that are looked at, at most; of one JSON document all, up to WHOLE."""
WHOLE = 64 << 20
_ROWS = 2000

_DELIMITERS = ",|\t;^~"
_STRONG = frozenset().union(*(words for _, words in PARTY_WORDS))


class Column(Phi, msgspec.Struct, frozen=True):
    """A column or a path. `said` is what its whole name says, `near` what its last part does."""

    name: str
    cells: list[str]  # as they come; of a path through lists all of them
    said: tuple[str, ...]
    near: tuple[str, ...]
    profile: Profile
    line: bool = False  # JSON: below the list of lines, the path counted from there
    many: str = ""  # JSON: the path that takes all members of its lists

    @property
    def words(self) -> frozenset[str]:
        return frozenset(self.said)


class Look(msgspec.Struct, kw_only=True):
    """What was seen. `each`: JSON, the path of the list of service lines."""

    source: SourceForm
    columns: list[Column]
    records: int
    each: str = ""
    notes: list[str] = []


def look(data: bytes, name: str, *, whole: bool) -> Look:
    """Look at a file's first bytes (`whole`: they are all of it). Raises DataError where it is nothing we read."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise DataError(f"{name} is empty", hint="check that the extract ran to its end")
    if start[:3] == b"ISA":
        hint = "The mappings x12-837p, x12-837i and x12-837d take 837 files; `edigate view` shows them."
        raise DataError(f"{name} is X12", hint=hint)
    if start[:1] in b"{[":
        return _json(data, name, whole=whole)
    return _csv(data if whole else data[: data.rfind(b"\n") + 1] or data, name)


# --- CSV


def _csv(data: bytes, name: str) -> Look:
    notes: list[str] = []
    encoding = _encoding(data)
    text = data.decode(encoding, "replace")
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    delimiter = _delimiter(lines)
    quote = '"' if _quoted(lines, delimiter) else ""
    header = lines[0].lstrip("\ufeff").split(delimiter)
    names: tuple[str, ...] = ()
    if _is_data(header):
        names = tuple(f"column{number}" for number in range(1, len(header) + 1))
        notes.append("the first line looks like data, not like names: the columns are named here, in their order")
    dialect = Dialect(delimiter, quote, encoding, names)
    reader = CsvReader(io.BytesIO(data), name, dialect)
    rows = [row for row in islice(reader, _ROWS) if not row.defects]
    if len(reader.layout.names()) < 2:
        raise DataError(
            f"{name} looks like a table with one column, which can't hold encounters",
            hint="a mapping reads CSV in any delimiter, JSON and JSON Lines",
        )
    columns = []
    for place, column in enumerate(reader.layout.names()):
        cells = [row.cells[place] for row in rows]
        said = concepts(column)
        columns.append(Column(column, cells, said, said, profile(cells)))
    source = SourceForm(format="csv", delimiter=delimiter, quote=quote, encoding=encoding, columns=names)
    return Look(source=source, columns=columns, records=len(rows), notes=notes)


def _encoding(data: bytes) -> Any:
    try:
        data[: data.rfind(b"\n") + 1 or len(data)].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252" if re.search(rb"[\x80-\x9f]", data) else "latin-1"
    return "utf-8"


def _delimiter(lines: list[str]) -> str:
    """The character that stands as often in each line as in the first, and often."""

    def fit(mark: str) -> tuple[float, int]:
        counts = [_outside_quotes(line).count(mark) for line in lines[:60]]
        if not counts[0]:
            return (0.0, 0)
        return (sum(count == counts[0] for count in counts) / len(counts), counts[0])

    return max(_DELIMITERS, key=fit)


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _quoted(lines: list[str], delimiter: str) -> bool:
    """Whether quotes stand around cells; where they stand only inside of them they are ordinary characters."""
    marks = [line for line in lines if '"' in line]
    if not marks:
        return True
    around = re.compile(rf'(?:^|{re.escape(delimiter)})\s*"')
    return any(around.search(line) for line in marks)


def _is_data(header: list[str]) -> bool:
    """Whether a first line holds cells, not names: a date, an amount or an NPI, or mostly numbers among them.

    When in doubt yes: a name that is in truth a patient's would be written into the mapping.
    """
    cells = [cell.strip().strip('"') for cell in header]
    plain = sum(bool(re.fullmatch(r"[$-]?[0-9][0-9./:-]*", cell)) for cell in cells)
    seen = profile(cells)
    telling = any(seen.share(kind) for kind in ("date", "npi", "cents", "icd_dotted", "phone"))
    return telling or any(is_date(form, cell) for cell in cells for form in DATE_FORMS) or plain * 5 >= len(cells)


# --- JSON

_CLAIMS = frozenset({"claim", "record"})
_LINE_KEYS = frozenset({"line", "service", "procedure"})
_LINE_WORDS = frozenset({"procedure", "charge", "units", "modifier", "revenue", "pointer", "net", "service"})
_GENERIC = frozenset({"code", "id", "value", "text", "coding", "system", "display", "name"})


def _json(data: bytes, name: str, *, whole: bool) -> Look:
    lines = [line for line in data.split(b"\n") if line.strip()]
    is_lines = len(lines) > 1 and all(_is_object(line) for line in lines[:2])
    if not is_lines and not whole:
        raise DataError(
            f"{name} is one JSON document of more than {WHOLE >> 20} MB", hint="give a file with a few of its records"
        )
    path = "" if is_lines else _path_of_records(data)
    stream = io.BytesIO(data if whole else data[: data.rfind(b"\n") + 1])
    reader = JsonLinesReader(stream, name) if is_lines else JsonReader(stream, name, path)
    rows = [row for row in islice(reader, _ROWS) if not row.defects]
    records = [row.cells for row in rows if isinstance(row.cells, dict)]
    each = _each(records)
    columns = list(_columns(records, each))
    source = SourceForm(format="jsonl" if is_lines else "json", path=path)
    return Look(source=source, columns=columns, records=len(records), each=each)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf")), dict)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False


def _path_of_records(data: bytes) -> str:
    """Where an array of claims stands in one document: by a key that says so; empty where it is the document."""
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ""  # the reader says what is wrong with it
    waiting: list[tuple[str, Any]] = [("", document)]
    for _ in range(3):
        below: list[tuple[str, Any]] = []
        for path, value in waiting:
            for key, inner in value.items() if isinstance(value, dict) else ():
                at = f"{path}.{key}" if path else key
                if _is_records(inner) and _CLAIMS & set(concepts(key)) and "." not in key:
                    return at
                if isinstance(inner, dict) and "." not in key:
                    below.append((at, inner))
        waiting = below
    return ""


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _each(records: list[dict[str, Any]]) -> str:
    """The path of the list that looks most like service lines."""
    found: Counter[str] = Counter()
    for record in records[:50]:
        for path, members in _lists(record, ""):
            key = set(concepts(path.rpartition(".")[2]))
            inside = {word for leaf, _ in _leaves(members[0], "") for word in concepts(leaf)}
            score = 2 * bool(key & _LINE_KEYS) + len(inside & _LINE_WORDS)
            found[path] = max(found[path], score)
    for path, score in found.most_common(1):
        return path if score >= 3 else ""
    return ""


def _lists(value: Any, path: str) -> Iterator[tuple[str, list[Any]]]:
    """Every list of objects that is reached through objects alone."""
    for key, inner in value.items():
        at = f"{path}.{key}" if path else key
        if _is_records(inner):
            yield at, inner
        elif isinstance(inner, dict):
            yield from _lists(inner, at)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every text and number, by a path through lists' first members (`[0]`); lists of texts as `[*]`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if re.search(r"[.\[\]]", key):
                continue  # no path can name it
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        if value and all(not isinstance(one, (dict, list)) for one in value):
            for one in value:
                yield f"{path}[*]", one
            return
        by = _told_apart(value) if _is_records(value) else ""
        for place, one in enumerate(value):
            if isinstance(one, dict) and by:
                yield from _leaves(one, f"{path}[{by}={one[by]}]")
            elif isinstance(one, dict):
                yield from _leaves(one, f"{path}[{place}]")
    elif value is not None:
        yield path, value


def _told_apart(members: list[dict[str, Any]]) -> str:
    """The key whose value says which member of a list is which: `providerType` of `[{providerType: Billing}]`."""
    for key in members[0]:
        values = {str(member.get(key)) for member in members}
        if len(values) == len(members) and all(_names_a_part(key, value) for value in values):
            return key
    return ""


def _names_a_part(key: str, value: str) -> bool:
    """Whether a value is a word of the format (`BillingProvider`) and nothing about a patient: it is written down."""
    if re.fullmatch(r"[A-Za-z][A-Za-z _-]{1,40}", value) is None:
        return False
    if key == "resourceType":  # FHIR's own
        return value.isalpha()
    is_type = "type" in concepts(key) or re.search(r"role|kind|qualifier", key, re.IGNORECASE)
    return bool(is_type) and bool(_STRONG & set(concepts(value))) and len(concepts(value)) <= 3


_INDEX = re.compile(r"\[[0-9]+\]")
_CHOSEN = re.compile(r"\[([^=\]]+)=([^\]]*)\]")


def _columns(records: list[dict[str, Any]], each: str) -> Iterator[Column]:
    """A column for every path; members of a list that nothing tells apart are one column with many cells."""
    cells: dict[tuple[bool, str], list[str]] = {}
    single: dict[tuple[bool, str], str] = {}
    for record in records:
        for line, scope in ((False, [record]), (True, _members(record, each))):
            for one in scope:
                for path, value in _leaves(one, ""):
                    if not line and each and path.startswith((f"{each}[", f"{each}.")):
                        continue
                    many = _INDEX.sub("[*]", path)
                    cells.setdefault((line, many), []).append(_said(value))
                    single.setdefault((line, many), many.replace("[*]", "[0]"))
    for (line, many), found in cells.items():
        keys = [key for key in _CHOSEN.sub(r".\2", many).replace("[*]", "").split(".") if key]
        parts = [concepts(key) for key in keys]
        said = tuple(word for part in parts for word in part)
        near = parts[-1] if parts else ()
        for part in reversed(parts[:-1]):
            if not set(near) <= _GENERIC:
                break
            near = part + near
        yield Column(single[line, many], found, said, near, profile(found), line, many if "[*]" in many else "")


def _members(record: dict[str, Any], each: str) -> list[Any]:
    found: Any = record
    for key in each.split(".") if each else ():
        found = found.get(key) if isinstance(found, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) and each else []


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()
