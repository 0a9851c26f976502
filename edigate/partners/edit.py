"""One setting of a partner's file changed where it stands: comments, order and everything else stay. Text in, text out.

Knows TOML as people write these files: `key = value` in a table of its own, one setting a line or a list over
several. What it can't change safely it refuses: the result is parsed and compared before it is given.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import msgspec
import msgspec.inspect

from edigate import settings
from edigate.errors import ConfigError, UsageError
from edigate.partners.model import Partner

Value = str | int | float | bool | list[str]

_TABLE = re.compile(r"^\s*\[(?P<listed>\[?)(?P<name>[A-Za-z0-9_.-]+)\]")
_KNOWN = "a setting, e.g. envelope.sender_id=AV01234567"


def with_setting(text: str, key: str, value: Value, *, name: str) -> str:
    """The file's text with the setting `key` (dotted) set to `value`, its comment kept.

    A setting that isn't there is added to its table, and its table to the end. Raises ConfigError where the text is
    written in a way that can't be changed without risk; `name` is how messages call the file.
    """
    table, _, last = key.rpartition(".")
    expected = _set(tomllib.loads(text), key.split("."), value)
    lines = text.splitlines()
    place = _place(lines, key)
    if place is not None:
        first, after = place
        lines[first:after] = [_line(lines[first], value, _comment(lines[after - 1]))]
    else:
        _insert(lines, table, f"{last} = {toml(value)}")
    changed = "\n".join(lines) + "\n"
    try:
        same = tomllib.loads(changed) == expected
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise ConfigError(
            f"{name}: {key} is written in a way that can't be changed for you",
            hint=f"Set it by hand: {last} = {toml(value)}" + (f" in [{table}]" if table else ""),
        )
    return changed


def parsed(key: str, text: str) -> Value:
    """The value of a setting given as text on the command line, of the kind the setting has.

    A list is given as TOML (`["a", "b"]`) or with commas. Raises UsageError for an unknown setting or a value of
    another kind.
    """
    kind = settings.type_at(Partner, key)
    if kind is None or isinstance(kind, msgspec.inspect.StructType):
        raise UsageError(f"there is no setting {key}.{settings.closest(key, _keys())}", hint=f"Expected {_KNOWN}.")
    match kind:
        case msgspec.inspect.VarTupleType():
            found = _list(text)
            if found is None:
                raise UsageError(f"{key}: expected a list", hint='e.g. "837P,837I" or \'["837P", "837I"]\'.')
            return found
        case msgspec.inspect.StrType() | msgspec.inspect.LiteralType():
            return text
        case _:
            value = _toml(text)
            if isinstance(value, (bool, int, float)):
                return value
            raise UsageError(f"{key}: expected a number, true or false, got {text!r}")


def toml(value: Value) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    # A JSON string is a TOML basic string, but for DEL, which no setting may hold anyway.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _keys(type_: type = Partner, at: str = "") -> list[str]:
    found = []
    for field in msgspec.structs.fields(type_):
        key = f"{at}{field.encode_name}"
        inner = settings.type_at(Partner, key)
        found += _keys(inner.cls, f"{key}.") if isinstance(inner, msgspec.inspect.StructType) else [key]
    return found


def _list(text: str) -> list[str] | None:
    if text.lstrip().startswith("["):
        value = _toml(text)
        return value if isinstance(value, list) and all(isinstance(one, str) for one in value) else None
    return [part.strip() for part in text.split(",") if part.strip()]


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}").get("value") if "\n" not in text else None
    except tomllib.TOMLDecodeError:
        return None


def _set(table: dict[str, Any], steps: list[str], value: Value) -> dict[str, Any]:
    below = value if len(steps) == 1 else _set(dict(table.get(steps[0], {})), steps[1:], value)
    return table | {steps[0]: below}


def _place(lines: list[str], key: str) -> tuple[int, int] | None:
    """The lines of a setting, first and one past the last; None where no line sets it."""
    at = ""
    for number, line in enumerate(lines):
        if found := _TABLE.match(line):
            at = _head(found)
            continue
        # `markers.failed` in [folders] is folders.markers.failed.
        if (name := _name_of(line)) and (f"{at}.{name}" if at else name) == key:
            after = number + 1
            while after < len(lines) and not _is_whole(lines[number:after]):
                after += 1
            return number, after
    return None


def _name_of(line: str) -> str:
    found = re.match(r"^\s*([A-Za-z0-9_.-]+)\s*=", line)
    return found[1] if found else ""


def _is_whole(lines: list[str]) -> bool:
    try:
        tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _line(before: str, value: Value, comment: str) -> str:
    head = before[: before.index("=") + 1]
    return f"{head} {toml(value)}{f'  {comment}' if comment else ''}"


def _comment(line: str) -> str:
    """The comment at the end of a line: from the first `#` that leaves whole TOML before it, or an end of a list."""
    for at in (found.start() for found in re.finditer("#", line)):
        before = line[:at].rstrip()
        if _is_whole([before]) or before in ("]", "],"):
            return line[at:]
    return ""


def _head(found: re.Match[str]) -> str:
    """A table by its name; one of a list of tables (`[[edits.add]]`) by one that no setting has."""
    return f"{found['name']}[]" if found["listed"] else found["name"]


def _insert(lines: list[str], table: str, setting: str) -> None:
    heads = {number: _head(found) for number, line in enumerate(lines) if (found := _TABLE.match(line))}
    if table and table not in heads.values():
        while lines and not lines[-1].strip():
            lines.pop()
        lines += ["", f"[{table}]", setting]
        return
    first = next(number for number, head in heads.items() if head == table) if table else -1
    after = next((number for number in heads if number > first), len(lines))
    while after > first + 1 and not lines[after - 1].strip():
        after -= 1
    lines.insert(after, setting)

