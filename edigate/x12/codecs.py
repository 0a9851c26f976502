"""Codecs: text of one element to a value and back. Decoding raises ValueError, encoding never does.

Amounts and dates repeat, and making one costs ten times looking it up: what was read or written lately is
remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from edigate import money as _money

Given = TypeVar("Given")
Made = TypeVar("Made")


class Codec(msgspec.Struct, frozen=True):
    """How an element's text becomes a field's value. `format` tells people what the text looks like."""

    format: str
    decode: Callable[[str], Any]
    encode: Callable[[Any], str]


class _Remembered(dict[Given, Made], Generic[Given, Made]):
    """What a pure function made of what it was given; all forgotten when it has become much."""

    def __init__(self, make: Callable[[Given], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, given: Given) -> Made:
        made = self._make(given)
        if len(self) >= _MUCH:
            self.clear()
        self[given] = made
        return made


_MUCH = 1 << 15


def _remembering(make: Callable[[Given], Made]) -> Callable[[Given], Made]:
    return _Remembered(make).__getitem__


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


def _read(text: str) -> Decimal:
    if len(text) <= 16 and text.isascii() and text.replace(".", "", 1).isdigit():
        return Decimal(text)
    return _money.parse(text)  # signs, and what is no amount


def _amount(value: Decimal) -> str:
    return _money.to_x12(value)


def _iso(value: date) -> str:
    return value.isoformat().replace("-", "")


_read_amount = _remembering(_read)
_write_amount = _remembering(_amount)

text = Codec("text", str, str)
money = Codec("dollars", _read_amount, _write_amount)
number = Codec("number", _read_amount, _write_amount)
integer = Codec("whole number", _integer, str)
day = Codec("date CCYYMMDD", _remembering(_date), _remembering(_iso))
hour = Codec("time HHMM", _time, _encode_time)
