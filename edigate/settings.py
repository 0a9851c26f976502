"""A TOML file becomes a typed record, or a ConfigError that names the file, the key and what was expected.

Knows TOML and shapes; what the settings mean is said where they are read.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import msgspec.inspect

from edigate.errors import ConfigError

_T = TypeVar("_T")

_PATH = re.compile(r" - at `\$\.?(?P<path>.*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<key>.*)`$")
_ENUM = re.compile(r"Invalid enum value (?P<got>.*)$")
_EXPECTED = re.compile(r"Expected `(?P<type>[^`]*)`(?P<limit> of length .*| [<>]=? [0-9.-]+)?(?:, got `(?P<got>.*)`)?$")
_STEP = re.compile(r"\[(?:\d+|\.\.\.)\]|[^.\[\]]+")

# msgspec's names of types in the words of somebody who writes a settings file.
_WORDS = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list [...]",
    "object": "a table",
    "null": "nothing",
    "date": "a date",
    "datetime": "a date and time",
    "time": "a time",
}
_LIMITS = {">= ": "at least ", "<= ": "at most ", "> ": "more than ", "< ": "less than "}


class Problem(NamedTuple):
    """A setting that can't be meant: its dotted key and what is wrong or was expected, for a person."""

    key: str
    message: str


def read(path: Path, type_: type[_T], *, name: str) -> _T:
    """Read a TOML file as a record of `type_`; `name` is how messages call the file.

    Raises ConfigError where the file can't be read, isn't TOML, or a key is unknown, missing or of the
    wrong shape (the first such key; msgspec stops there).
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{name}: {os.strerror(error.errno or 0).lower()}") from error
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))  # -sig: Windows editors put a byte order mark first
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}: line {line} isn't UTF-8", hint="Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{name}: not valid TOML: {_first_lower(str(error))}",
            hint='Text needs quotes ("..."), a table starts with [name], a comment with #.',
        ) from error
    return record(table, type_, name=name)


def record(table: object, type_: type[_T], *, name: str) -> _T:
    """A parsed table as a record of `type_`. Raises ConfigError on the first key of another shape, as `read` does."""
    try:
        return msgspec.convert(table, type_)
    except msgspec.ValidationError as error:
        raise refusal(name, [_problem(str(error), type_)]) from error


def refusal(name: str, problems: Iterable[Problem]) -> ConfigError:
    """The ConfigError that lists what is wrong with one file."""
    found = list(problems)
    if len(found) == 1:
        return ConfigError(f"{name}: {found[0].key}: {found[0].message}")
    lines = "".join(f"\n  {problem.key}: {problem.message}" for problem in found)
    return ConfigError(f"{name}: {len(found)} settings can't be used:{lines}")


def closest(word: str, known: Iterable[str]) -> str:
    """` Did you mean "x"?` where a known word is near, else nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


def _problem(text: str, type_: type) -> Problem:
    at = _PATH.search(text)
    path = at["path"] if at else ""
    what = text[: at.start()] if at else text
    if match := _UNKNOWN.match(what):
        fields = _fields_at(type_, path)
        known = sorted(fields)
        near = closest(match["key"], known)
        if any(name.startswith(f"{match['key']}_") for name in known):  # password_env, password_file ...
            near += " What is secret never stands in a settings file."
        listed = "" if near else f" Known here: {', '.join(known)}."
        return Problem(_join(path, match["key"]), f"there is no such setting.{near}{listed}")
    if match := _MISSING.match(what):
        field = _fields_at(type_, path).get(match["key"])
        expected = f": {_expected(field)}" if field is not None else ""
        return Problem(_join(path, match["key"]), f"missing{expected}")
    field = type_at(type_, path)
    if match := _ENUM.match(what):
        return Problem(path, f"expected {_expected(field)}, got {match['got']}")
    if match := _EXPECTED.match(what):
        got = f", got {_words(match['got'])}" if match["got"] else ""
        return Problem(path, f"expected {_words(match['type'])}{_limit(match['limit'])}{got}")
    return Problem(path or "(whole file)", _first_lower(what))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _words(types: str) -> str:
    names = [name.strip() for name in types.split("|")]
    if len(names) > 1:
        names = [name for name in names if name != "null"]  # TOML has no null: optional is left out
    return " or ".join(_WORDS.get(name, name) for name in names)


def _limit(limit: str | None) -> str:
    if not limit:
        return ""
    if limit.startswith(" of length"):
        return " that isn't empty" if limit.endswith(">= 1") else limit
    for sign, word in _LIMITS.items():
        if limit.strip().startswith(sign):
            return f", {word}{limit.strip().removeprefix(sign).removesuffix('.0')}"
    return limit


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _fields_at(type_: type, path: str) -> dict[str, msgspec.inspect.Type]:
    found = type_at(type_, path)
    if isinstance(found, msgspec.inspect.StructType):
        return {field.encode_name: field.type for field in found.fields}
    return {}


def type_at(type_: type, path: str) -> msgspec.inspect.Type | None:
    """The declared type of a setting at a path like `intake[1].files`; None where it can't be followed."""
    here: msgspec.inspect.Type | None = _plain(msgspec.inspect.type_info(type_))
    for step in _STEP.findall(path):
        if step.startswith("["):
            if isinstance(here, msgspec.inspect.DictType):
                here = _plain(here.value_type)
            elif isinstance(here, (msgspec.inspect.VarTupleType, msgspec.inspect.ListType)):
                here = _plain(here.item_type)
            else:
                return None
        elif isinstance(here, msgspec.inspect.StructType):
            types = {field.encode_name: field.type for field in here.fields}
            here = _plain(types[step]) if step in types else None
        else:
            return None
    return here


def _plain(type_: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """Without metadata and without the None of an optional setting."""
    if isinstance(type_, msgspec.inspect.Metadata):
        return _plain(type_.type)
    if isinstance(type_, msgspec.inspect.UnionType):
        rest = [one for one in type_.types if not isinstance(one, msgspec.inspect.NoneType)]
        return _plain(rest[0]) if len(rest) == 1 else type_
    return type_


def _expected(type_: msgspec.inspect.Type | None) -> str:
    """What a setting of this type looks like."""
    match type_:
        case msgspec.inspect.LiteralType():
            return "one of " + ", ".join(f'"{value}"' for value in type_.values)
        case msgspec.inspect.EnumType():
            return "one of " + ", ".join(f'"{member.value}"' for member in type_.cls)
        case msgspec.inspect.StrType():
            return _WORDS["str"]
        case msgspec.inspect.IntType():
            return _WORDS["int"]
        case msgspec.inspect.FloatType():
            return _WORDS["float"]
        case msgspec.inspect.BoolType():
            return _WORDS["bool"]
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
            return f"a list of {_expected(_plain(type_.item_type))}"
        case _:
            return "a table of settings"
