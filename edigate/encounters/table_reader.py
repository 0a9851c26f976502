"""Rows of a database's answer, kept as lines of JSON arrays: how they are written and how they are read.

The first line holds the columns' names, each other one a row's cells, all of them texts: nothing is left to be
guessed, and the same rows are the same bytes. Knows no database and no column's meaning.

    ["VISIT","LAST","CHARGE"]
    ["A-1","Doe","120.00"]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from edigate.encounters.csv_reader import Columns
from edigate.encounters.rows import Row, defect
from edigate.errors import DataError
from edigate.findings import Finding, Source

_PIECE = 1 << 18
_ENCODE = msgspec.json.Encoder().encode
_DECODER = msgspec.json.Decoder(list[str])
_NUL = b"\\u0000"


def table_bytes(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """A table as bytes, in pieces. What `rows` raises is passed on."""
    written = bytearray(_ENCODE(list(columns)) + b"\n")
    for row in rows:
        written += _ENCODE(list(row)) + b"\n"
        if len(written) > _PIECE:
            yield bytes(written)
            written.clear()
    yield bytes(written)


class TableReader:
    """Rows of a table, streaming, counted from 1 as the database gave them. The columns are read on construction.

    `stream` stays the caller's to close. Raises DataError where the bytes aren't a table's.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self._stream = stream
        self.layout = Columns(self._cells(stream.readline()))

    def __iter__(self) -> Iterator[Row]:
        name, layout, width = self.name, self.layout, len(self.layout.names())
        for number, line in enumerate(self._stream, 1):
            cells = [cell.strip() for cell in self._cells(line)]
            if len(cells) != width:
                raise self._not_a_table()
            defects: tuple[Finding, ...] = ()
            if _NUL in line and any("\0" in cell for cell in cells):
                defects = (defect("encounter-row-nul", "holds a NUL character", Source(name, number)),)
                cells = [cell.replace("\0", "\ufffd") for cell in cells]
            yield Row(name, number, cells, layout, defects)

    def _cells(self, line: bytes) -> list[str]:
        try:
            return _DECODER.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise self._not_a_table() from None

    def _not_a_table(self) -> DataError:
        return DataError(f"{self.name} isn't rows of a database as edigate keeps them", hint="run the query again")
