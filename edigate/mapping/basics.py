"""What rules bound to cells share: the state of one encounter, and what can go wrong with a rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from edigate.mapping.frames import Cells
from edigate.mapping.functions import Unusable
from edigate.mapping.rules import Rule

CANT_EVALUATE = (ValueError, ArithmeticError, TypeError)


class Problem(msgspec.Struct, frozen=True):
    """What went wrong with a rule: which columns, what to say after their names, the text that was there.

    `path` is the field where it isn't the rule's own: in the third record of a list, say.
    """

    rule: Rule
    code: str
    columns: tuple[str, ...]
    message: str
    text: str = ""
    path: str = ""


class State:
    """What one encounter's rules tell each other: problems, and where its diagnoses stand.

    `positions` gives for the number of a diagnosis column (from 1) the place of its code in the claim's
    list (from 1; 0 where the column is blank), `codes` the codes in that list.
    """

    __slots__ = ("codes", "positions", "problems")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.codes: list[str] = []
        self.positions: Sequence[int] | None = None


class Failed:
    """Marks a field that had a value that can't be used."""


FAILED: Final = Failed()

Evaluate = Callable[[Cells, State], Any]
"""A field's value, None where blank, FAILED where it can't be used."""


def unworkable(rule: Rule, which: str, columns: tuple[str, ...], error: Exception) -> Problem:
    said = f"can't be used in {rule.key}.{which}: {ran_into(error)}"
    return Problem(rule, "mapping-expression", columns, said)


def ran_into(error: Exception) -> str:
    """What an expression ran into; only our own words, for others may quote the text."""
    if isinstance(error, Unusable):
        return f"a text {error}"
    return "a division by zero" if isinstance(error, ZeroDivisionError) else "the texts don't fit it"


def blank_problem(rule: Rule) -> Problem:
    columns = tuple(candidate.column for candidate in rule.candidates)
    if rule.expression is not None:
        columns = tuple(sorted(rule.expression.columns))
    return Problem(rule, "mapping-required", columns, rule.because)


def fresh(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value
