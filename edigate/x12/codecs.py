"""Codecs: text of one element to a value and back. Decoding raises ValueError, encoding never does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import msgspec

from edigate import money as _money


class Codec(msgspec.Struct, frozen=True):
    """How an element's text becomes a field's value. `format` tells people what the text looks like."""

    format: str
    decode: Callable[[str], Any]
    encode: Callable[[Any], str]


def _date(text: str) -> date:
    if len(text) == 8 and text.isascii() and text.isdigit():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if len(text) == 6 and text.isascii() and text.isdigit():  # 4010 and ISA09: YYMMDD
        year = int(text[:2])
        return date(year + (2000 if year < 70 else 1900), int(text[2:4]), int(text[4:]))
    raise ValueError("not a date CCYYMMDD")


def _time(text: str) -> time:
    if len(text) in (4, 6, 8) and text.isascii() and text.isdigit():
        return time(int(text[:2]), int(text[2:4]), int(text[4:6] or 0), int(text[6:8].ljust(2, "0") or 0) * 10_000)
    raise ValueError("not a time HHMM")


def _encode_time(value: time) -> str:
    if value.microsecond:
        return f"{value:%H%M%S}{value.microsecond // 10_000:02d}"
    return f"{value:%H%M%S}" if value.second else f"{value:%H%M}"


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return int(text)
    raise ValueError("not a whole number")


def _amount(value: Decimal) -> str:
    return _money.to_x12(value)


def _iso(value: date) -> str:
    return value.strftime("%Y%m%d") if value.year >= 1000 else f"{value.year:04d}{value:%m%d}"


text = Codec("text", str, str)
money = Codec("dollars", _money.parse, _amount)
number = Codec("number", _money.parse, _amount)
integer = Codec("whole number", _integer, str)
day = Codec("date CCYYMMDD", _date, _iso)
hour = Codec("time HHMM", _time, _encode_time)
