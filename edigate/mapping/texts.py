"""Transforms of texts and identifiers. Knows how senders write them, no field and no file.

Each raises Unusable with what is wrong, in words that never hold the text itself: it may be PHI.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar


class Unusable(ValueError):  # noqa: N818  # it isn't an error of the program: it becomes a finding
    """A text that isn't what the transform reads. The message follows the name of the cell: "is not ..."."""


T = TypeVar("T")
Transform = Callable[[str], Any]

_MEMORY = 8192


class _Known(dict[str, T]):
    """Results by text, those not known yet made at once: looking one up calls no function of Python's."""

    __slots__ = ("_transform",)

    def __init__(self, transform: Callable[[str], T]) -> None:
        self._transform = transform

    def __missing__(self, text: str) -> T:
        found = self._transform(text)
        if len(self) >= _MEMORY:
            self.clear()
        self[text] = found
        return found


def remember(transform: Callable[[str], T]) -> Callable[[str], T]:
    """The transform with the results for recent texts kept: extracts repeat dates, NPIs, names, codes and prices."""
    return _Known(transform).__getitem__


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
        "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2026": "...", "\u00a0": " ",
    }
)  # fmt: skip


def ascii_marks(text: str) -> str:
    """The dashes, quotes and blanks of word processors as those of a keyboard."""
    return text if text.isascii() else text.translate(_SPECIAL_LETTERS)


def upper_ascii(text: str) -> str:
    """Capitals without accents, one space between words: what payers' systems hold (basic character set)."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.upper()
    spread = unicodedata.normalize("NFKD", ascii_marks(text))
    letters = "".join(letter for letter in spread if not unicodedata.combining(letter))
    if not letters.isascii() or not letters.strip():
        raise Unusable("has letters that can't be written in plain A to Z")
    return one_line(letters.upper())


# --- identifiers

_WHOLE_AS_DECIMAL = re.compile(r"([0-9]+)\.0*", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]*\.[0-9]+", re.ASCII)
_EXPONENT = re.compile(r"-?[0-9]+(?:\.[0-9]*)?[Ee][+-]?[0-9]+", re.ASCII)
_CONTROL_NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)
_NPI = re.compile(r"[0-9]{10}", re.ASCII)
_ICD = re.compile(r"[A-Z0-9]{3}\.?[A-Z0-9]{0,4}|E[0-9]{3}\.?[0-9]?", re.ASCII)
_NDC = re.compile(r"[0-9]{1,5}-[0-9]{1,4}-[0-9]{1,2}", re.ASCII)


def without_decimals(text: str) -> str:
    """A number that a table program wrote of an identifier, as the identifier: `12345.0` is 12345.

    Raises Unusable for `1.2E+03`: its digits are lost.
    """
    if "." not in text and not _EXPONENT.fullmatch(text):
        return text
    if _EXPONENT.fullmatch(text):
        raise Unusable("was shortened by a spreadsheet (like 1E+09), its digits are lost; write the column as text")
    found = _WHOLE_AS_DECIMAL.fullmatch(text)
    return found[1] if found else text


def digits(text: str) -> str:
    """Only the digits of an identifier: `98-7654321`, `EIN 98-7654321`."""
    written = without_decimals(text)
    if _DECIMAL.fullmatch(written):
        raise Unusable("is a decimal number where an identifier is expected")
    found = "".join(letter for letter in written if "0" <= letter <= "9")
    if not found:
        raise Unusable("has no digits")
    return found


def zeros(width: str = "") -> Transform:
    """A code of digits whose leading zeros a number column lost: of `zeros('4')`, `450` is 0450."""
    if not (width.isascii() and width.isdigit() and 1 <= int(width) <= 20):
        raise ValueError("the number of digits, e.g. zeros('4')")

    def read(text: str) -> str:
        code = without_decimals(text)
        if not (code.isascii() and code.isdigit() and len(code) <= int(width)):
            raise Unusable(f"is not a code of {width} digits")
        return code.zfill(int(width))

    return read


def control_number(text: str) -> str:
    """A patient control number: letters, digits and dashes, at most 20, since many payers return only 20."""
    if _CONTROL_NUMBER.fullmatch(text) is None:
        raise Unusable("is not a control number of letters, digits and dashes, 20 at most")
    return text


def npi(text: str) -> str:
    """Ten digits, blanks and dashes between them left off. Whether the check digit holds is for the edits."""
    found = without_decimals(text).replace(" ", "").replace("-", "")
    if _NPI.fullmatch(found) is None:
        raise Unusable("is not an NPI of ten digits")
    return found


def icd(text: str) -> str:
    """An ICD code without its dot, in capitals."""
    code = text.upper()
    if _ICD.fullmatch(code) is None:
        raise Unusable("is not an ICD code")
    return code.replace(".", "")


def ndc(text: str) -> str:
    """A drug's code in the eleven digits of claims (5-4-2); with its dashes, shorter parts get their zeros."""
    found = without_decimals(text)
    if _NDC.fullmatch(found):
        labeler, product, package = found.split("-")
        return labeler.zfill(5) + product.zfill(4) + package.zfill(2)
    if not (found.isascii() and found.isdigit() and len(found) == 11):
        raise Unusable("is not an NDC of eleven digits; of ten without dashes nobody can tell where a zero is missing")
    return found
