"""Characters: which ones a partner's translator takes, and what is written in place of the others.

X12.6 names a basic and an extended set; most payers take printable ASCII, many want capitals. X12 has no
escape, so a value that holds a delimiter is refused or changed: which of the two is a setting, never a guess.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from edigate.x12.segments import Delimiters

Repertoire = Literal["basic", "extended", "ascii"]

# X12.6 3.3.1 and 3.3.2. The extended set adds small letters and the signs of the second row.
_BASIC = "A-Z0-9!\"&'()*+,./:;?= \\-"
_SETS: dict[Repertoire, str] = {
    "basic": _BASIC,
    "extended": _BASIC + r"a-z%@\[\]_{}\\|<>~#$",
    "ascii": r"\x20-\x7e",
}


class Characters(msgspec.Struct, frozen=True):
    """A partner's rule. `replacement` is written for a delimiter, a line break and any character outside
    `repertoire`; where it is empty such a value is refused. `capitals` writes small letters large."""

    repertoire: Repertoire = "ascii"
    capitals: bool = False
    replacement: str = ""

    @property
    def allowed(self) -> str:
        """The repertoire as the inside of a regular expression's brackets."""
        return _SETS[self.repertoire]


class Fitter:
    """A rule applied to values, for an interchange's delimiters."""

    def __init__(self, rule: Characters, delimiters: Delimiters) -> None:
        self.rule = rule
        signs = re.escape(delimiters.element + delimiters.component + delimiters.segment + delimiters.repetition)
        self._delimiter = re.compile(f"[{signs}\r\n]")
        self._unfit = re.compile(f"[{signs}\r\n]|[^{rule.allowed}]")

    def fit(self, text: str) -> str:
        """The value as it is written; as it is where nothing may be replaced (see `trouble`)."""
        if self.rule.capitals:
            text = text.upper()
        if self.rule.replacement and self._unfit.search(text):
            return self._unfit.sub(self.rule.replacement, text)
        return text

    def trouble(self, text: str) -> Literal["", "DELIMITER", "CHARACTER"]:
        """Why a value can't be written; empty where it can, changed by the rule or not."""
        fitted = self.fit(text)
        if self._unfit.search(fitted) is None:
            return ""
        return "DELIMITER" if self._delimiter.search(fitted) else "CHARACTER"

    def replaces(self, text: str) -> bool:
        """Whether what is written says something else than the value: capitals don't count."""
        return self.fit(text) != (text.upper() if self.rule.capitals else text)
