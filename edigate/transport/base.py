"""The contract of a transport: five calls on a connected session. Whoever keeps it can carry claims.

Paths are the partner's, with `/`. Every failure is an exception of `errors.py`; a call that returns
has done what it says, as far as the other side can be made to say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

import msgspec


class RemoteFile(msgspec.Struct, frozen=True):
    """One entry of a listing. `size` and `modified` (seconds since 1970) are -1 where the server is silent."""

    folder: str
    name: str
    size: int = -1
    modified: int = -1

    @property
    def path(self) -> str:
        return f"{self.folder.rstrip('/')}/{self.name}" if self.folder else self.name


class Transport(Protocol):
    """A session with a partner's server; a context manager that closes it."""

    def list(self, folder: str) -> list[RemoteFile]:
        """Plain files of a folder by name; directories and links left out. Raises RemoteRefusedError."""

    def read(self, path: str) -> Iterator[bytes]:
        """The bytes of a file, in order, in pieces. Raises RemoteRefusedError, PartnerUnreachableError."""

    def write(self, path: str, content: bytes) -> None:
        """Create `path` (it must not exist), write all of `content`, close. Every status checked."""

    def rename(self, old: str, new: str) -> None:
        """Move `old` to `new`; never over an existing file."""

    def remove(self, path: str) -> None:
        """Delete a file. Raises RemoteRefusedError where it isn't there."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
