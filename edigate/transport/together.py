"""Many files with any transport: together where it offers that, else one after another. Knows no protocol."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import ParamSpec, TypeVar

from edigate.errors import RemoteRefusedError, StillGrowingError
from edigate.transport.base import RemoteFile, Together, Transport, printable

P = ParamSpec("P")
T = TypeVar("T")

# A file that is read whole and gives this much more than its listing said isn't waited for.
MOST_GROWTH = 1024 * 1024


def together(transport: Transport) -> Together:
    """The transport itself where it has a way to do many at once, else the same calls one by one."""
    if isinstance(transport, Together):
        return transport
    return OneByOne(transport)


class OneByOne:
    """`Together` for a transport that hasn't it: a folder has no waits that could overlap."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def read_many(self, files: Iterable[RemoteFile]) -> Generator[tuple[RemoteFile, bytes | RemoteRefusedError]]:
        return ((file, _tried(self._read, file)) for file in files)

    def write_many(self, files: Iterable[tuple[str, bytes]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return ((path, _tried(self._transport.write, path, content)) for path, content in files)

    def rename_many(self, pairs: Iterable[tuple[str, str]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return ((old, _tried(self._transport.rename, old, new)) for old, new in pairs)

    def stat_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteFile | RemoteRefusedError | None]]:
        return ((path, _tried(self._transport.stat, path)) for path in paths)

    def remove_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return ((path, _tried(self._transport.remove, path)) for path in paths)

    def _read(self, file: RemoteFile) -> bytes:
        whole = Whole(file)
        for piece in self._transport.read(file.path):
            whole.give(piece)
        return whole.content()


def _tried(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | RemoteRefusedError:
    try:
        return call(*arguments, **named)
    except RemoteRefusedError as refusal:
        return refusal


class Whole:
    """A file's pieces as they come, within bounds: what never ends must not fill our memory."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._left = max(file.size, 0) + MOST_GROWTH
        self._pieces: list[bytes] = []

    def give(self, piece: bytes) -> None:
        """The next piece. Raises StillGrowingError."""
        self._left -= len(piece)
        if self._left < 0:
            raise StillGrowingError(
                f"{printable(self._file.path)} gives more than the {self._file.size:,} bytes it was listed with.",
                hint="It may still be written; try again later.",
            )
        self._pieces.append(piece)

    def content(self) -> bytes:
        return b"".join(self._pieces)
