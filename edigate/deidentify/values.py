"""One value and what becomes of it, by the word that the table of places has for it. Knows no segments."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import msgspec

from edigate.deidentify.pseudonyms import Pseudonyms, birth_date, shifted

_DAYS = re.compile(r"([0-9]{8})(-[0-9]{8})?([0-9]{4}|[0-9]{6})?(-[0-9]{12})?", re.ASCII)
_SHORT = re.compile(r"[0-9]{6}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}", re.ASCII)
# A code, an amount, a count: three letters, seven letters and digits, a number with a point, a diagnosis code with its
# dot, a taxonomy code.
_CODE = re.compile(
    r"[A-Z]{1,3}|(?=.*[0-9])[A-Z0-9.-]{1,7}|-?[0-9]*\.[0-9]+|[A-Z][0-9][0-9A-Z]\.[0-9A-Z]{1,4}|[0-9A-Z]{9}X",
    re.ASCII | re.IGNORECASE,
)
_SEGMENT = re.compile(r"\s*[A-Z][A-Z0-9]{1,3}\s*", re.ASCII)


class Shift(msgspec.Struct, frozen=True):
    """How many days earlier dates become: a patient's, and those of files and payments. On `today` nobody is
    older than 89."""

    patient: int
    filed: int
    today: date


class Values:
    """Makes values over. `known` are the names and ids of whoever isn't a payer, upper case: where a payer's name or
    id is one of them, it goes too."""

    def __init__(self, pseudonyms: Pseudonyms, known: frozenset[str] = frozenset()) -> None:
        self._names = pseudonyms
        self._known = known

    def made_over(self, value: str, word: str, shift: Shift) -> str:
        """A stand-in of the same length, or the value where it may stay."""
        bare = value.strip()
        if not bare or word == "control":
            return value
        if pattern := _STAYS.get(word):
            return value if pattern.fullmatch(bare) else self._names.id(value)
        if word == "payer":
            return self._names.id(value) if bare.upper() in self._known else value
        return _MAKERS[word](self._names, value, shift)


_STAYS = {".": _CODE, "segment": _SEGMENT}


def _dates(names: Pseudonyms, value: str, days: int) -> str:
    """CCYYMMDD, two of them, or one with a time behind; YYMMDD; a time alone stays. Of what is none, the digits go."""
    bare = value.strip()
    if _TIME.fullmatch(bare):
        return value
    century = "20" if _SHORT.fullmatch(bare) else ""
    if not century and not _DAYS.fullmatch(bare):
        return names.name(value)
    parts = (century + bare).split("-")
    found = [_day(part[:8]) for part in parts]
    if None in found:
        return names.name(value)
    moved = [f"{_text(shifted(day, days))}{part[8:]}" for day, part in zip(found, parts, strict=True) if day]
    return value.replace(bare, "-".join(moved)[len(century) :])


def _text(day: date) -> str:
    return f"{day.year:04}{day:%m%d}"


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _birth(names: Pseudonyms, value: str, shift: Shift) -> str:
    day = _day(value) if len(value) == 8 and value.isascii() and value.isdigit() else None
    return names.name(value) if day is None else _text(birth_date(day, shift.patient, shift.today))


_MAKERS: dict[str, Callable[[Pseudonyms, str, Shift], str]] = {
    "id": lambda names, value, shift: names.id(value),
    "name": lambda names, value, shift: names.name(value),
    "zip": lambda names, value, shift: names.zip(value),
    "date": lambda names, value, shift: _dates(names, value, shift.patient),
    "filed": lambda names, value, shift: _dates(names, value, shift.filed),
    "birth": _birth,
}


