"""The reassociation trace: the TRN segment of an 835 as it travels in an ACH addendum. Knows no file.

    TRN*1*1234567890*1512345678~        X221A1 2000A TRN: TRN02 the EFT's number, TRN03 1 and the payer's tax id

CAQH CORE 370 has it in the payment related information of a CCD+ addendum; banks repeat it in the text of a
statement, with whatever segment terminator the payer wrote, or cut in two by the length of their lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_BEGINS = re.compile(r"TRN([*|^:+])1\1")
_ENDS = re.compile(r"[~\\\r\n]")
_PAYER = re.compile(r"[0-9A-Z]{10}")  # TRN03 has ten characters
_LONGEST = 50  # TRN02


class Trace(NamedTuple):
    """TRN02 and TRN03; the latter empty where it isn't there."""

    number: str
    payer_id: str = ""


NONE = Trace("")


def find_trace(pieces: Sequence[str]) -> Trace:
    """The trace in a text that comes in pieces; NONE where there is none.

    A whole one, with its TRN03, is taken first: from one piece, or from the pieces put together.
    """
    found = [trace for piece in pieces for trace in _traces(piece)]
    if len(pieces) > 1:
        found += _traces("".join(pieces))
    return next((trace for trace in found if trace.payer_id), found[0] if found else NONE)


def _traces(text: str) -> Iterator[Trace]:
    for begins in _BEGINS.finditer(text):
        segment = _ENDS.split(text[begins.end() :], maxsplit=1)[0]
        number, more, rest = segment.partition(begins[1])
        payer = _PAYER.match(rest) if more else None
        if not more:
            number = number.split(" ", 1)[0].removesuffix("/")  # what follows it is the bank's text
        if number.strip() and len(number) <= _LONGEST:
            yield Trace(number.strip(), payer[0] if payer else "")
