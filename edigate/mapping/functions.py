"""The table of transforms that `use` knows by name. What each does stands in the file of its kind."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from edigate.mapping.amounts import amount, number, units, whole
from edigate.mapping.dates import date_by, time_by
from edigate.mapping.fields import Kind
from edigate.mapping.people import name, sex
from edigate.mapping.places import country, extension, phone, state, zip_code
from edigate.mapping.texts import (
    Transform,
    Unusable,
    control_number,
    digits,
    icd,
    ndc,
    npi,
    one_line,
    plain,
    remember,
    upper_ascii,
    zeros,
)

__all__ = [
    "FUNCTIONS",
    "POINTERS",
    "POINTER_TO_CODE",
    "SUM_OF_LINES",
    "WITH_THE_CLAIM",
    "Named",
    "Transform",
    "Unusable",
    "amount",
    "date_by",
    "icd",
    "number",
    "plain",
    "remember",
    "time_by",
    "whole",
]


class Named(msgspec.Struct, frozen=True):
    """A transform as a mapping names it: what it gives, what makes it of its arguments, and whether it can
    make nothing of a text that isn't blank (a telephone number without an extension)."""

    gives: Kind
    make: Callable[..., Transform]
    vanishing: bool = False


def _fixed(transform: Transform) -> Callable[[], Transform]:
    return lambda: transform


FUNCTIONS: dict[str, Named] = {
    "text": Named(Kind.TEXT, _fixed(one_line)),
    "upper_ascii": Named(Kind.TEXT, _fixed(remember(upper_ascii))),
    "name": Named(Kind.TEXT, name, vanishing=True),
    "sex": Named(Kind.TEXT, sex),
    "digits": Named(Kind.TEXT, _fixed(remember(digits))),
    "zeros": Named(Kind.TEXT, zeros),
    "control_number": Named(Kind.TEXT, _fixed(control_number)),
    "npi": Named(Kind.TEXT, _fixed(remember(npi))),
    "icd": Named(Kind.TEXT, _fixed(remember(icd))),
    "ndc": Named(Kind.TEXT, _fixed(remember(ndc))),
    "zip": Named(Kind.TEXT, _fixed(remember(zip_code))),
    "state": Named(Kind.TEXT, _fixed(remember(state))),
    "country": Named(Kind.TEXT, _fixed(remember(country)), vanishing=True),
    "phone": Named(Kind.TEXT, _fixed(remember(phone))),
    "extension": Named(Kind.TEXT, _fixed(extension), vanishing=True),
    "money": Named(Kind.NUMBER, _fixed(remember(amount))),
    "number": Named(Kind.NUMBER, _fixed(remember(number))),
    "units": Named(Kind.NUMBER, _fixed(remember(units))),
    "whole": Named(Kind.INTEGER, _fixed(whole)),
    "date": Named(Kind.DATE, date_by),
    "time": Named(Kind.TIME, time_by),
}
"""The transforms by the names that `use` knows them by; docs/mapping.md describes each."""

SUM_OF_LINES = "sum_of_lines"  # the claim's charge: the sum of its lines' charges
POINTERS = "pointers"  # `1,2`, `1:2`, `A,B` or `AB`: the numbers or letters of the diagnosis columns
POINTER_TO_CODE = "pointer_to_code"  # a diagnosis code, found among the claim's
WITH_THE_CLAIM = (SUM_OF_LINES, POINTERS, POINTER_TO_CODE)
"""Transforms that need more than a cell: the engine's own."""
