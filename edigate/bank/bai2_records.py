"""BAI2 text as logical records: lines, continuations (88), fields. Knows no amount and no type code.

A record begins with two digits and a comma; its fields are parted by commas, and a slash ends it, but for the text
of a detail (16), which may hold both and goes to the end of the line. 88 goes on where the line before ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from edigate.secrecy import Phi

CODES = frozenset(("01", "02", "03", "16", "49", "88", "98", "99"))
_LINE_END = re.compile(r"\r\n|\n|\r")
_MOST_PARTS = 99  # of a distributed availability
# Fields that follow a funds type: amounts by availability; value date and time. D says itself how many.
_FUNDS = {"S": 3, "V": 2}


class Record(Phi, msgspec.Struct):
    """One logical record: its code, its line, what follows the code in each of its lines."""

    code: str
    line: int
    pieces: list[str]
    lines: int = 1  # as the control records count: continuations too

    @property
    def fields(self) -> list[str]:
        """The fields after the code, of any record but a detail."""
        return [field.strip() for field in ",".join(_unslashed(piece) for piece in self.pieces).split(",")]


class Stray(Phi, msgspec.Struct, frozen=True):
    """A line that begins no record; what it may be is for the reader to say."""

    line: int
    text: str


class Detail(Phi, msgspec.Struct, frozen=True):
    """The fields of a 16: type code, amount and funds type as written, references, the text in its pieces."""

    code: str
    amount: str
    funds: str
    bank_reference: str
    customer_reference: str
    texts: list[str]


def records(text: str) -> Iterator[Record | Stray]:
    """Logical records in order, and lines that belong to none."""
    current: Record | None = None
    for number, line in enumerate(_lines(text), 1):
        written = line.rstrip(" \t\x1a\0")
        if not written.strip():
            continue
        code = written[:2]
        if code == "88" and current is not None:
            current.pieces.append(written[3:])
            current.lines += 1
        elif code in CODES and code != "88" and written[2:3] in (",", "/", ""):
            if current is not None:
                yield current
            current = Record(code, number, [written[3:]])
        elif current is not None and current.code == "16":
            current.pieces.append(written)  # a text with a line end in it
            yield Stray(number, "text")
        else:
            yield Stray(number, "")
    if current is not None:
        yield current


def _lines(text: str) -> list[str]:
    lines = _LINE_END.split(text)
    filled = [line for line in lines if line.strip(" \x1a\0")]
    if len(filled) == 1:  # fixed length: 01 says how long a physical record is
        fields = filled[0].split(",", 8)
        length = fields[6].strip() if len(fields) > 6 else ""
        if length.isascii() and length.isdigit() and 1 <= len(length) <= 4 and int(length) > 10:
            size = int(length)
            return [filled[0][at : at + size] for at in range(0, len(filled[0]), size)]
    return lines


def detail(record: Record) -> Detail:
    """A 16's fields. Raises ValueError where its funds can't be told from its references."""
    fields: list[str] = []
    texts: list[str] = []
    for piece in record.pieces:
        rest, more = _unslashed(piece), True
        while more:
            if len(fields) >= _before_text(fields):
                texts.append(rest.strip())
                break
            field, comma, rest = rest.partition(",")
            fields.append(field.strip())
            more = bool(comma)
    fields += [""] * (5 - len(fields))
    bank, customer = fields[-2:] if len(fields) >= _before_text(fields) else ("", "")
    return Detail(fields[0], fields[1], fields[2], bank, customer, [text for text in texts if text])


def summary_amounts(fields: list[str]) -> Iterator[tuple[str, str]]:
    """Type code and amount of each summary of a 03, after account and currency. Raises ValueError as `detail`."""
    at = 2
    while at < len(fields):
        code, amount, _count, funds = (fields[at : at + 4] + [""] * 4)[:4]
        yield code, amount
        at += 4 + _after_funds(funds, fields[at + 4 : at + 5])


def _before_text(fields: list[str]) -> int:
    """How many fields stand before the text, as far as those read so far tell."""
    if len(fields) < 3 or (fields[2].upper() == "D" and len(fields) < 4):
        return len(fields) + 1
    return 3 + _after_funds(fields[2], fields[3:4]) + 2


def _after_funds(funds: str, following: list[str]) -> int:
    kind = funds.upper()
    if kind != "D":
        return _FUNDS.get(kind, 0)
    parts = following[0] if following else ""
    if not (parts.isascii() and parts.isdigit() and len(parts) < 3 and int(parts) <= _MOST_PARTS):
        raise ValueError("funds type D without the number of its parts")
    return 1 + 2 * int(parts)


def _unslashed(piece: str) -> str:
    return piece.rstrip().removesuffix("/")
