"""Money: strict decimal text to Decimal dollars to integer cents and back. Never a float, never rounding.

Decimal itself accepts `NaN`, `1e400`, `1_000` and Arabic digits; none of these is an amount.
"""

from __future__ import annotations

import re
from decimal import Decimal

# X12 type R without exponent (X12.6 3.5.1.3): optional sign, digits, optional point, at least one digit.
_AMOUNT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_MAX_DIGITS = 18  # X12 data element 782: at most 18 digits

ZERO = Decimal(0)


def parse(text: str) -> Decimal:
    """Parse an amount in dollars, e.g. `100`, `12.5`, `.5`, `-3.20`. Raises ValueError on anything else."""
    if len(text) > _MAX_DIGITS + 2 or _AMOUNT.fullmatch(text) is None:
        raise ValueError("not an amount")
    return Decimal(text)


def to_cents(amount: Decimal) -> int:
    """Whole cents of an amount in dollars. Raises ValueError where a fraction of a cent would be lost."""
    cents = amount * 100
    whole = int(cents)
    if cents != whole:
        raise ValueError("more than two decimals")
    return whole


def from_cents(cents: int) -> Decimal:
    """An amount in dollars with two decimals from whole cents."""
    return Decimal(cents).scaleb(-2)


def to_x12(amount: Decimal) -> str:
    """X12 text of an amount or quantity: no trailing zeros, no bare point, `0` for zero."""
    if not amount:
        return "0"
    text = str(amount)
    if "E" in text:
        text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def to_text(amount: Decimal) -> str:
    """Text for people: thousands separated, always two decimals, e.g. `1,234.50`."""
    return f"{amount:,.2f}"
