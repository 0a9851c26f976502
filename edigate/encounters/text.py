"""Bytes as lines of text: encodings, byte order marks, lines without end. Knows no cell and no column.

A byte that can't be decoded is marked, not dropped: its row must be refused, and the rows round it read.
"""

from __future__ import annotations

import io
import re
from typing import Any, BinaryIO

from edigate.errors import DataError

ENCODINGS = ("auto", "utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252")
"""`auto`: what the byte order mark says, and UTF-8 where there is none. UTF-16 needs its mark."""

LINE_BYTES = 1 << 24
"""The longest line that is read: a file without line ends must not fill memory."""

BOM = b"\xef\xbb\xbf"
_HEAD = 64  # bytes that tell the encoding
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")

# What marks a byte that can't be decoded: a surrogate from `surrogateescape`, or in UTF-16 the character
# that `replace` puts in its place.
_BY_BYTE = re.compile("[\udc80-\udcff]")
_BY_PAIR = re.compile("[\udc80-\udcff\ufffd]")


class Text:
    """The text of a stream, by `encoding` (one of ENCODINGS); iterate for lines with their ends, any kind.

    `encoding` is the one used, `undecoded` finds what couldn't be decoded. The stream stays the caller's to
    close. Raises DataError at once where a mark contradicts the encoding, while reading where a line is longer
    than LINE_BYTES.
    """

    def __init__(self, stream: BinaryIO, name: str, encoding: str) -> None:
        head = b""
        while len(head) < _HEAD and (more := stream.read(_HEAD - len(head))):
            head += more
        self.encoding = _encoding_of(head, name, encoding)
        self.undecoded = _BY_PAIR if self.encoding == "utf-16" else _BY_BYTE
        begins = head if self.encoding == "utf-16" else head.removeprefix(BOM)
        self.lines = io.TextIOWrapper(
            io.BufferedReader(_Raw(stream, name, begins), 1 << 16),
            encoding=self.encoding,
            errors="replace" if self.encoding == "utf-16" else "surrogateescape",
            newline="",
        )


def _encoding_of(head: bytes, name: str, encoding: str) -> str:
    """The encoding by what the file begins with. UTF-16's mark is for its decoder to take."""
    if head[:4] in _UTF32:
        raise DataError(f"{name} is written in UTF-32", hint="save it as UTF-8 (in a spreadsheet: CSV UTF-8)")
    if head[:2] in _UTF16:
        if encoding in ("auto", "utf-16"):
            return "utf-16"
        raise DataError(
            f"{name} is written in UTF-16, but the mapping says encoding = {encoding!r}",
            hint='set encoding = "utf-16", or "auto" where the system writes now this, now that',
        )
    if encoding == "utf-16" or _pairs(head):
        raise DataError(
            f"{name} {'has no' if encoding == 'utf-16' else 'looks like UTF-16 without its'} byte order mark,"
            " without which UTF-16 can't be told from others",
            hint="save it as UTF-8 (in a spreadsheet: CSV UTF-8)",
        )
    if head.startswith(BOM) and encoding in ("latin-1", "cp1252"):
        raise DataError(
            f"{name} begins with the mark of UTF-8, but the mapping says encoding = {encoding!r}",
            hint='set encoding = "utf-8", or "auto" where the system writes now this, now that',
        )
    return encoding if encoding in ("latin-1", "cp1252") else "utf-8"


def _pairs(head: bytes) -> bool:
    """Whether every other byte is NUL: plain text in UTF-16."""
    return len(head) >= 4 and (not any(head[0::2]) or not any(head[1::2]))


class _Raw(io.RawIOBase):
    """The caller's stream, of which we read but which we never close, with its lines measured."""

    def __init__(self, stream: BinaryIO, name: str, begins: bytes) -> None:
        self._stream = stream
        self._name = name
        self._begins = begins  # what was read of it already
        self._line = 0  # bytes since the last line end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._begins or self._stream.read(len(buffer))
        self._begins = b""
        buffer[: len(data)] = data
        end = max(data.rfind(b"\n"), data.rfind(b"\r"))
        self._line = self._line + len(data) if end < 0 else len(data) - end - 1
        if self._line > LINE_BYTES:
            raise DataError(
                f"{self._name} has a line of more than {LINE_BYTES >> 20} MB: it isn't a text file of rows",
                hint="check how the extract is written; edigate can't read files without line ends",
            )
        return len(data)
