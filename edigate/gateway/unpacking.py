"""Packed inputs (gzip) read as if they weren't. Knows no format of what is inside."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import BinaryIO

from edigate.errors import DataError
from edigate.gateway.rewinding import Rewinding

MOST_BYTES = 1 << 34
"""What an input may unpack to: a few packed bytes must not keep a night busy."""

_GZIP = b"\x1f\x8b"
_BUFFER = 1 << 18


def unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """The stream, or what it unpacks to where it is gzip; either can go back to its start.

    Reading raises DataError where it is damaged, or unpacks to more than MOST_BYTES. The stream stays the
    caller's to close.
    """
    head = stream.read(2)
    stream.seek(0)
    if head != _GZIP:
        return stream
    return io.BufferedReader(_Unpacked(stream, name), _BUFFER)


class _Unpacked(Rewinding):
    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        super().__init__()

    def _begin(self) -> None:
        self._stream.seek(0)
        self._inside = gzip.GzipFile(fileobj=self._stream, mode="rb")

    def _next(self, size: int) -> bytes:
        try:
            content = self._inside.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise DataError(
                f"{self._name} can't be unpacked: it is damaged or was cut off", hint="fetch it again"
            ) from None
        if self._position + len(content) > MOST_BYTES:
            raise DataError(f"{self._name} unpacks to more than {MOST_BYTES >> 30} GB", hint="split it, or unpack it")
        return content
