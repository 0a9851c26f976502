"""`use`: the transforms a rule names, parsed and chained. Knows their calls, not what they are used for."""

from __future__ import annotations

import ast
from decimal import Decimal
from typing import Any

import msgspec

from edigate.errors import ConfigError
from edigate.mapping.amounts import written
from edigate.mapping.fields import Kind
from edigate.mapping.functions import FUNCTIONS, WITH_THE_CLAIM, Transform, Unusable
from edigate.mapping.spelling import did_you_mean


class Use(msgspec.Struct, frozen=True):
    """A transform as a rule names it: what it gives, the function, whether it can make nothing of a text."""

    gives: Kind
    step: Transform
    vanishing: bool


def parse_use(text: str, where: str) -> Use:
    """A transform by its call, e.g. `npi` or `date('%d-%b-%Y')`. Raises ConfigError."""
    known = [*FUNCTIONS, *WITH_THE_CLAIM]
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        node = None
    name = node.func if isinstance(node, ast.Call) else node
    if not isinstance(name, ast.Name) or (isinstance(node, ast.Call) and node.keywords):
        raise ConfigError(f"{where}: {text!r} is not a transform like npi or date('%m/%d/%Y')")
    if name.id not in FUNCTIONS:
        if name.id in WITH_THE_CLAIM:
            raise ConfigError(f"{where}: {name.id} stands alone, without arguments")
        raise ConfigError(
            f"{where}: there is no transform {name.id}{did_you_mean(name.id, known)}",
            hint=f"there are: {', '.join(known)}",
        )
    arguments = node.args if isinstance(node, ast.Call) else []
    texts = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if len(texts) != len(arguments):
        raise ConfigError(f"{where}: {name.id} takes quoted texts only")
    named = FUNCTIONS[name.id]
    try:
        # A whole name in capitals is never empty; its middle part may be.
        return Use(named.gives, named.make(*texts), named.vanishing and (name.id != "name" or bool(texts)))
    except TypeError:
        raise ConfigError(f"{where}: {name.id} doesn't take {len(texts)} arguments") from None
    except ValueError as error:
        raise ConfigError(f"{where}: {name.id} takes {error}") from None


def read_pointers(text: str) -> list[int]:
    """Numbers of diagnosis columns, from 1: `1,2`, `1:2`, `1 2`, `A:B`, `AB`. Raises Unusable."""
    words = [word for word in _spaced(text).split() if word]
    pointers: list[int] = []
    for word in words:
        if word.isascii() and word.isdigit() and 1 <= int(word[:3]) <= 12:
            pointers.append(int(word))
        elif word.isascii() and word.isalpha() and all("A" <= letter <= "L" for letter in word.upper()):
            pointers.extend(ord(letter) - ord("A") + 1 for letter in word.upper())
        else:
            raise Unusable("is not a list of diagnosis pointers like 1,2 or A:B")
    return pointers


def _spaced(text: str) -> str:
    for mark in ",:;|/^~":
        text = text.replace(mark, " ")
    return text


def chain(steps: list[Transform]) -> Transform:
    if not steps:
        return lambda value: value
    if len(steps) == 1:
        return steps[0]
    if len(steps) == 2:
        first, second = steps

        def both(text: str) -> Any:
            found = first(text)
            return second(found) if found != "" else ""

        return both

    def all_of(text: str) -> Any:
        found: Any = text
        for step in steps:
            if found == "":
                return ""
            found = step(found)
        return found

    return all_of


def as_text(value: Any) -> Any:
    """What an expression gave, as the text that the transforms read; dates pass as they are. Raises ValueError."""
    return written(value) if isinstance(value, Decimal) else value
