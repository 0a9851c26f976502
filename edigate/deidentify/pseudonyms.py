"""Keyed stand-ins for names, ids and dates: the same for the same, of the same length and look. Knows no X12.

Every stand-in is made by a permutation, so that two people never become one: letters become letters, digits
digits, and everything else stays where it is. Who has the key can make the same stand-ins again; who hasn't can't
tell which value one stands for but by trying all with the key.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"  # a Medicare number has no letter that looks like a digit
_MBI = re.compile(f"[1-9][{_MBI_LETTERS}][0-9{_MBI_LETTERS}][0-9][{_MBI_LETTERS}][0-9{_MBI_LETTERS}][0-9]"
                  f"[{_MBI_LETTERS}]{{2}}[0-9]{{2}}")  # fmt: skip
_NPI = re.compile(r"[12][0-9]{9}", re.ASCII)
_ROUNDS = 8
_ZIP = 5  # digits; a spreadsheet may have dropped a zero in front, and with it the area
_REMEMBERED = 1 << 16
OLDEST = 89
"""Years of age above which nobody's age is told (45 CFR 164.514(b)(2)(i)(C))."""
_FEW_LIVE_THERE = frozenset("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split())
"""ZIP areas of 20,000 people or fewer, whose three digits tell too much (census of 2000, as HHS lists them)."""

_Symbols = list[tuple[int, str]]  # where a letter or digit stands, and the alphabet it is of


class Pseudonyms:
    """Stand-ins under one key (bytes, 16 to 64 of them)."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.name: Callable[[str], str] = lru_cache(_REMEMBERED)(self._name)
        """A name, address or any text: mixed as a whole."""
        self.id: Callable[[str], str] = lru_cache(_REMEMBERED)(self._id)
        """A number or code that tells who: what two have in common at the beginning stays in common, so that a
        number that somebody cut still fits. An NPI stays an NPI, a Medicare number one."""

    def number(self, *words: str, below: int) -> int:
        """A number from 0 that depends on the key and the words alone."""
        return int.from_bytes(self._bytes("number", *words)[:8]) % below

    def zip(self, text: str) -> str:
        """A ZIP code: the area (its first three digits) stays where many live there, all else is mixed."""
        area = text[:3]
        if len(text) < _ZIP or not area.isdigit() or area in _FEW_LIVE_THERE:
            return self.name(text)
        return area + self._mixed(text[3:], _symbols(text[3:]), "zip", area)

    def _name(self, text: str) -> str:
        return self._mixed(text, _symbols(text), "name")

    def _mixed(self, text: str, symbols: _Symbols, *words: str) -> str:
        """A Feistel network over the letters and digits: halves shift each other, round by round."""
        values = [alphabet.index(_plain(text[at])) for at, alphabet in symbols]
        bases = [len(alphabet) for _, alphabet in symbols]
        half = (len(values) + 1) // 2
        for number in range(_ROUNDS):
            moved = slice(0, half) if number % 2 == 0 else slice(half, None)
            still = values[half:] if number % 2 == 0 else values[:half]
            shifts = self._shifts(bases[moved], "mix", *words, str(number), str(bases), str(still))
            values[moved] = [(value + shift) % base for value, shift, base in
                             zip(values[moved], shifts, bases[moved], strict=True)]  # fmt: skip
        return _written(text, symbols, values)

    def _id(self, text: str) -> str:
        bare = text.strip()
        if _NPI.fullmatch(bare) and _check_digit(bare[:9]) == bare[9]:
            eight = self._mixed(bare[1:9], _symbols(bare[1:9]), "npi")
            return text.replace(bare, bare[0] + eight + _check_digit(bare[0] + eight))
        symbols = _symbols_of_mbi(text) if _MBI.fullmatch(text.upper()) else _symbols(text)
        values: list[int] = []
        before = ""
        for at, alphabet in symbols:
            letter = _plain(text[at])
            shift = self._shifts([len(alphabet)], "id", alphabet, before)[0]
            values.append((alphabet.index(letter) + shift) % len(alphabet))
            before += letter
        return _written(text, symbols, values)

    def _shifts(self, bases: Sequence[int], *words: str) -> list[int]:
        stream = b""
        while len(stream) < 4 * len(bases):
            stream += self._bytes(str(len(stream)), *words)
        return [int.from_bytes(stream[4 * at : 4 * at + 4]) % base for at, base in enumerate(bases)]

    def _bytes(self, *words: str) -> bytes:
        return blake2b("\0".join(words).encode("utf-8", "surrogateescape"), key=self._key).digest()


def _plain(letter: str) -> str:
    """The letter of A to Z, or the digit, that a letter counts as: upper case, and something for `é`."""
    upper = letter.upper()
    return upper if len(upper) == 1 and upper.isascii() else _LETTERS[ord(letter) % len(_LETTERS)]


def _symbols(text: str) -> _Symbols:
    return [
        (at, _DIGITS if letter.isascii() and letter.isdigit() else _LETTERS)
        for at, letter in enumerate(text)
        if letter.isalnum() or not letter.isascii()
    ]


def _symbols_of_mbi(text: str) -> _Symbols:
    """A Medicare number begins with 1 to 9 and leaves out letters; no more of it is known to be fixed."""
    digits = {at: _DIGITS for at, letter in enumerate(text) if letter.isdigit()}
    return [(at, digits.get(at, _MBI_LETTERS) if at else _DIGITS[1:]) for at in range(len(text))]


def _check_digit(nine: str) -> str:
    """The tenth digit of an NPI (Luhn over 80840 and the nine, whose constant part is 24)."""
    total = 24 + sum(sum(divmod(int(digit) * (2 if at % 2 == 0 else 1), 10)) for at, digit in enumerate(nine))
    return str(-total % 10)


def _written(text: str, symbols: _Symbols, values: Sequence[int]) -> str:
    """The text with other letters and digits; small letters stay small."""
    letters = list(text)
    for (at, alphabet), value in zip(symbols, values, strict=True):
        letter = alphabet[value]
        letters[at] = letter.lower() if text[at].islower() else letter
    return "".join(letters)


def shifted(day: date, days: int) -> date:
    """A day so many days earlier; the first of all days where there is none as early."""
    return day - timedelta(days) if day.toordinal() > days else date.min


def birth_date(day: date, days: int, today: date) -> date:
    """A birth date so many days earlier, but of nobody older than 89 on `today`."""
    earlier = shifted(day, days)
    oldest = today.year - OLDEST
    if earlier.year >= oldest:
        return earlier
    return earlier.replace(year=oldest, day=min(earlier.day, calendar.monthrange(oldest, earlier.month)[1]))
