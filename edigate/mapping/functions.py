"""Named transforms for `use`: text of a cell to the value a claim field wants. Knows no field and no file.

Each raises Unusable with what is wrong, in words that never hold the text itself: it may be PHI.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from edigate import money
from edigate.mapping.fields import Kind


class Unusable(ValueError):  # noqa: N818  # it isn't an error of the program: it becomes a finding
    """A text that isn't what the transform reads. The message follows the name of the cell: "is not ..."."""


T = TypeVar("T")
Transform = Callable[[str], Any]

_MEMORY = 8192


def remember(transform: Callable[[str], T]) -> Callable[[str], T]:
    """The transform with the results for recent texts kept: extracts repeat dates, NPIs, codes and prices."""
    known: dict[str, T] = {}

    def remembered(text: str) -> T:
        found = known.get(text)
        if found is None:
            found = transform(text)
            if len(known) >= _MEMORY:
                known.clear()
            known[text] = found
        return found

    return remembered


# --- text


def plain(text: str) -> str:
    """The text as it stands; refuses line breaks and control characters, which no segment can hold."""
    if text.isprintable():
        return text
    raise Unusable("holds a line break or a control character; `use = 'text'` makes them spaces")


def one_line(text: str) -> str:
    """Runs of white space, line breaks included, as one space."""
    return plain(" ".join(text.split()))


_SPECIAL_LETTERS = str.maketrans(
    {
        "ß": "SS", "Æ": "AE", "æ": "AE", "Ø": "O", "ø": "O", "Œ": "OE", "œ": "OE", "Ł": "L", "ł": "L",
        "Đ": "D", "đ": "D", "Þ": "TH", "þ": "TH", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
        "\u2013": "-", "\u2014": "-", "\u2026": "...", "\u00a0": " ",
    }
)  # fmt: skip


def upper_ascii(text: str) -> str:
    """Capitals without accents, one space between words: what payers' systems hold (basic character set)."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.upper()
    spread = unicodedata.normalize("NFKD", text.translate(_SPECIAL_LETTERS))
    letters = "".join(letter for letter in spread if not unicodedata.combining(letter))
    if not letters.isascii() or not letters.strip():
        raise Unusable("has letters that can't be written in plain A to Z")
    return one_line(letters.upper())


def digits(text: str) -> str:
    """Only the digits."""
    found = "".join(letter for letter in text if "0" <= letter <= "9")
    if not found:
        raise Unusable("has no digits")
    return found


# --- identifiers

_CONTROL_NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)
_NPI = re.compile(r"[0-9]{10}", re.ASCII)
_ICD = re.compile(r"[A-Z0-9]{3}\.?[A-Z0-9]{0,4}|E[0-9]{3}\.?[0-9]?", re.ASCII)
_ZIP = re.compile(r"[0-9]{3,5}|[0-9]{7,9}|[0-9]{3,5}-[0-9]{4}", re.ASCII)
_EXTENSION = re.compile(r"\s*(?:x|ext\.?|extension)\s*([0-9]{1,6})\s*$", re.IGNORECASE | re.ASCII)
_PHONE = re.compile(r"[0-9 ().+/-]+", re.ASCII)


def control_number(text: str) -> str:
    """A patient control number: letters, digits and dashes, at most 20, since many payers return only 20."""
    if _CONTROL_NUMBER.fullmatch(text) is None:
        raise Unusable("is not a control number of letters, digits and dashes, 20 at most")
    return text


def npi(text: str) -> str:
    """Ten digits. Whether the check digit holds is for the claim's edits."""
    if _NPI.fullmatch(text) is None:
        raise Unusable("is not an NPI of ten digits")
    return text


def icd(text: str) -> str:
    """An ICD code without its dot, in capitals."""
    code = text.upper()
    if _ICD.fullmatch(code) is None:
        raise Unusable("is not an ICD code")
    return code.replace(".", "")


def zip_code(text: str) -> str:
    """A ZIP code of 5 or 9 digits, without the dash, its leading zeros put back where a spreadsheet or
    a number column lost them: `1730` is 01730, `601` is 00601, `17301234` is 017301234."""
    if _ZIP.fullmatch(text) is None:
        raise Unusable("is not a ZIP code of 5 or 9 digits")
    head, dash, tail = text.partition("-")
    if dash:
        return head.zfill(5) + tail
    return head.zfill(5) if len(head) <= 5 else head.zfill(9)


def phone(text: str) -> str:
    """Ten digits, the 1 of North America left off; an extension is for `use = 'extension'`."""
    number = _EXTENSION.sub("", text)
    found = "".join(letter for letter in number if "0" <= letter <= "9")
    if len(found) == 11 and found[0] == "1":
        found = found[1:]
    if len(found) != 10 or _PHONE.fullmatch(number) is None:
        raise Unusable("is not a telephone number of ten digits")
    return found


def extension(text: str) -> str:
    """The extension of a telephone number, blank where it has none."""
    found = _EXTENSION.search(text)
    return found[1] if found else ""


# --- people

_SEXES = {"M": "M", "MALE": "M", "F": "F", "FEMALE": "F", "U": "U", "UNKNOWN": "U", "UN": "U"}


def sex(*pairs: str) -> Transform:
    """DMG03 of `M`, `female`, `Unknown`; other codes by pairs like `sex('1=M', '2=F')`."""
    table = dict(_SEXES)
    for pair in pairs:
        code, _, meaning = pair.partition("=")
        if meaning not in {"M", "F", "U"}:
            raise ValueError("pairs like '1=M', their right side M, F or U")
        table[code.strip().upper()] = meaning

    def read(text: str) -> str:
        try:
            return table[text.upper()]
        except KeyError:
            raise Unusable("is not a known code for a sex") from None

    return read


_NAME_PARTS = {"last": 0, "first": 1, "middle": 2, "suffix": 3}
_SUFFIXES = frozenset({"JR", "SR", "II", "III", "IV", "V"})


def name(part: str = "") -> Transform:
    """A name in capitals without accents; of `DOE JR, JANE Q` its 'last', 'first', 'middle' or 'suffix'."""
    if part and part not in _NAME_PARTS:
        raise ValueError("'last', 'first', 'middle', 'suffix' or nothing")

    def read(text: str) -> str:
        written = upper_ascii(text)
        return _split_name(written)[_NAME_PARTS[part]] if part else written

    return read


def _split_name(written: str) -> tuple[str, str, str, str]:
    last, comma, rest = (piece.strip() for piece in written.partition(","))
    if not comma:
        raise Unusable("has no comma, so that last and first name can't be told apart")
    family, given = last.split(), rest.replace(",", " ").split()
    suffix = ""
    for words in (family, given):
        if len(words) > 1 and words[-1].rstrip(".") in _SUFFIXES:
            suffix = words.pop().rstrip(".")
    return " ".join(family), given[0] if given else "", " ".join(given[1:]).rstrip("."), suffix


# --- numbers

_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", re.ASCII)


def amount(text: str) -> Decimal:
    """Dollars: `1234.5`, `$1,234.50`, `(12.00)` for a negative; nothing that would lose part of a cent."""
    written = text.replace("$", "", 1).strip() if text.lstrip("-(").startswith("$") else text
    negative = written.startswith("(") and written.endswith(")")
    if negative:
        written = written[1:-1].strip()
    if "," in written and _GROUPED.fullmatch(written.removeprefix("-")):
        written = written.replace(",", "")
    try:
        value = money.parse(f"-{written}" if negative else written)
        money.to_cents(value)
    except ValueError:
        raise Unusable("is not an amount in dollars and cents") from None
    return value


def number(text: str) -> Decimal:
    """A plain decimal number."""
    try:
        return money.parse(text)
    except ValueError:
        raise Unusable("is not a number") from None


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
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Unusable("is not a whole number")
    return int(text)


# --- dates

_MONTHS = {
    word: month
    for month, words in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"), 1)
    for word in words.split()
}  # fmt: skip

_FIXED = {"Y": "(?P<Y>[0-9]{4})", "m": "(?P<m>[0-9]{2})", "d": "(?P<d>[0-9]{2})", "H": "(?P<H>[0-9]{2})",
          "M": "(?P<M>[0-9]{2})", "S": "(?P<S>[0-9]{2}(?:[.][0-9]+)?)", "b": "(?P<b>[A-Za-z]{3,9})[.]?",
          "B": "(?P<b>[A-Za-z]{3,9})[.]?"}  # fmt: skip
_LOOSE = {"m": "(?P<m>[0-9]{1,2})", "d": "(?P<d>[0-9]{1,2})", "H": "(?P<H>[0-9]{1,2})"}


def _pattern(form: str) -> re.Pattern[str]:
    """A form like `%d-%b-%Y` as a regular expression, English months whatever the locale says."""
    parts = re.findall(r"%.|[^%]", form)
    built = []
    for position, part in enumerate(parts):
        if not part.startswith("%"):
            built.append(re.escape(part))
            continue
        code = part[1:]
        if code == "y":
            raise ValueError("four-digit years (%Y): of two digits nobody can tell the century")
        if code not in _FIXED:
            raise ValueError("forms of %Y %m %d %b %B %H %M %S, e.g. '%d-%b-%Y'")
        beside_digits = any(
            0 <= near < len(parts) and parts[near].startswith("%") for near in (position - 1, position + 1)
        )
        built.append(_FIXED[code] if beside_digits else _LOOSE.get(code, _FIXED[code]))
    return re.compile("".join(built), re.ASCII)


def date_by(*forms: str) -> Callable[[str], date]:
    """A date in one of the forms, e.g. `date('%d-%b-%Y', '%m/%d/%Y')`; a time of day in it is left off."""
    patterns = [_pattern(form) for form in forms or ("%Y-%m-%d", "%Y%m%d")]
    if any(not {"Y", "d"} <= set(pattern.groupindex) for pattern in patterns):
        raise ValueError("forms that hold a year, a month and a day")
    shown = " or ".join(_example(form) for form in forms or ("%Y-%m-%d", "%Y%m%d"))

    def read(text: str) -> date:
        for pattern in patterns:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            parts = found.groupdict()
            month = _MONTHS.get(parts["b"].lower(), 0) if "b" in parts else int(parts["m"])
            try:
                return date(int(parts["Y"]), month, int(parts["d"]))
            except ValueError:
                continue
        raise Unusable(f"is not a date like {shown}")

    return remember(read)


def time_by(*forms: str) -> Callable[[str], time]:
    """A time of day, 24 hours, e.g. `time('%H:%M')`."""
    patterns = [_pattern(form) for form in forms or ("%H:%M", "%H%M", "%H:%M:%S")]
    if any("H" not in pattern.groupindex for pattern in patterns):
        raise ValueError("forms that hold an hour, e.g. '%H:%M'")

    def read(text: str) -> time:
        for pattern in patterns:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            parts = found.groupdict()
            try:
                return time(int(parts["H"]), int(parts.get("M") or 0), int((parts.get("S") or "0")[:2]))
            except ValueError:
                continue
        raise Unusable("is not a time of day like 14:30")

    return remember(read)


def _example(form: str) -> str:
    for code, shown in (("%Y", "2015"), ("%m", "05"), ("%d", "30"), ("%b", "May"), ("%B", "May"),
                        ("%H", "14"), ("%M", "30"), ("%S", "00")):  # fmt: skip
        form = form.replace(code, shown)
    return form


# --- the table


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
    "upper_ascii": Named(Kind.TEXT, _fixed(upper_ascii)),
    "digits": Named(Kind.TEXT, _fixed(remember(digits))),
    "control_number": Named(Kind.TEXT, _fixed(control_number)),
    "npi": Named(Kind.TEXT, _fixed(remember(npi))),
    "icd": Named(Kind.TEXT, _fixed(remember(icd))),
    "zip": Named(Kind.TEXT, _fixed(remember(zip_code))),
    "phone": Named(Kind.TEXT, _fixed(remember(phone))),
    "extension": Named(Kind.TEXT, _fixed(extension), vanishing=True),
    "sex": Named(Kind.TEXT, sex),
    "name": Named(Kind.TEXT, name, vanishing=True),
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
