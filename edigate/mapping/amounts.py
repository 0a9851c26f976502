"""Transforms of numbers: dollars, quantities. Knows how senders write them, no field. Nothing is rounded."""

from __future__ import annotations

import re
from decimal import Decimal

from edigate import money
from edigate.mapping.texts import Unusable, ascii_marks, without_decimals

_USUAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", re.ASCII)
_SHORTENED = re.compile(r"-?[0-9.]+[Ee][+-]?[0-9]+", re.ASCII)


def amount(text: str) -> Decimal:
    """Dollars: `1234.5`, `$1,234.50`, `(12.00)` and `12.00-` for a negative; nothing that would lose part of a cent."""
    if _USUAL.fullmatch(text):
        return Decimal(text)
    text = ascii_marks(text)
    written = text.replace("$", "", 1).strip() if text.lstrip("-(").startswith("$") else text
    negative = written.startswith("(") and written.endswith(")")
    if negative:
        written = written[1:-1].strip()
    elif written.endswith("-"):
        written, negative = written[:-1].strip(), True
    if "," in written and _GROUPED.fullmatch(written.removeprefix("-")):
        written = written.replace(",", "")
    try:
        value = money.parse(f"-{written}" if negative else written)
        money.to_cents(value)
    except ValueError:
        raise Unusable(f"is not an amount in dollars and cents{_shortened(text)}") from None
    return value


def number(text: str) -> Decimal:
    """A plain decimal number."""
    try:
        return money.parse(text)
    except ValueError:
        raise Unusable(f"is not a number{_shortened(text)}") from None


def units(text: str) -> Decimal:
    """A quantity above zero, at most three decimals (X222A1 2400 SV104), without trailing zeros."""
    value = number(text)
    if value <= 0:
        raise Unusable("is not a number of units: a service is billed for more than zero")
    if value * 1000 != int(value * 1000):
        raise Unusable("is not a number of units: it has more than three decimals")
    return number(money.to_x12(value))


def whole(text: str) -> int:
    """A whole number from zero."""
    found = without_decimals(text)
    if not (found.isascii() and found.isdigit() and len(found) <= 9):
        raise Unusable("is not a whole number")
    return int(found)


_MAX_DIGITS = 40  # of a number written out; a cell has 18 at most, and products mustn't become texts of a million


def written(value: Decimal) -> str:
    """A number as decimal text. Raises ValueError where that would be a text of no reasonable length."""
    if not value.is_finite() or not -_MAX_DIGITS < value.adjusted() < _MAX_DIGITS:
        raise ValueError("not a number that can be written out")
    return format(value, "f")


def _shortened(text: str) -> str:
    return "; a spreadsheet shortened it (like 1E+09)" if _SHORTENED.fullmatch(text) else ""
