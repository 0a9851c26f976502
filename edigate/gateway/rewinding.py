"""Streams that can go back to their start and nowhere else: what reading a big extract twice asks for."""

from __future__ import annotations

import abc
import io
from typing import Any


class Rewinding(io.RawIOBase, abc.ABC):
    """Reads what `_begin` opens, anew each time it goes back to the start."""

    def __init__(self) -> None:
        self._position = 0
        self._begin()

    @abc.abstractmethod
    def _begin(self) -> None:
        """Be at the first byte."""

    @abc.abstractmethod
    def _next(self, size: int) -> bytes:
        """The next bytes, `size` at most; none at the end."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset or whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only back to the start")
        self._begin()
        self._position = 0
        return 0

    def readinto(self, buffer: Any) -> int:
        content = self._next(len(buffer))
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)
