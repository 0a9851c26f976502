"""The contract of a transport: a few calls on a connected session. Whoever keeps it can carry claims.

Paths are the partner's, with `/`, relative to where the login lands unless they begin with `/`.
Every failure is an exception of `errors.py`; a call that returns has done what it says, as far as
the other side can be made to say so:

- `RemoteRefusedError`: the other side said no to this one operation; the session is still good.
- `PartnerUnreachableError`: a timeout or a lost connection. The session is over, and whether an
  operation under way took effect is unknown: find out, never assume.

Names that aren't UTF-8 come and go unharmed (`surrogateescape`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import msgspec

from edigate.errors import RemoteRefusedError


class RemoteFile(msgspec.Struct, frozen=True):
    """One entry of a listing. `size` and `modified` (seconds since 1970) are -1 where it isn't told."""

    folder: str
    name: str
    size: int = -1
    modified: int = -1

    @property
    def path(self) -> str:
        return f"{self.folder.rstrip('/')}/{self.name}" if self.folder else self.name


class Transport(Protocol):
    """A session with a partner's server; a context manager that closes it. For one thread at a time."""

    def list(self, folder: str) -> list[RemoteFile]:
        """Plain files of a folder by name; directories and links left out. Raises RemoteRefusedError.

        Names that can't be a file of this folder (`..`, or with a `/` inside) are left out too.
        """

    def read(self, path: str) -> Iterator[bytes]:
        """The bytes of a file, in order, in pieces. Raises RemoteRefusedError, PartnerUnreachableError.

        Opened at the first piece, so errors come while iterating. A file that ends before the size
        the server gave for it is an error too, not a short file.
        """

    def write(self, path: str, content: bytes) -> None:
        """Create `path` (it must not exist), write all of `content`, close. Every status checked.

        Where it raises, a part of the file may stand there: removing it is for whoever knows whether
        it was ours.
        """

    def rename(self, old: str, new: str) -> None:
        """Move `old` to `new`; never over an existing file."""

    def remove(self, path: str) -> None:
        """Delete a file. Raises RemoteRefusedError where it isn't there."""

    def stat(self, path: str) -> RemoteFile | None:
        """What stands under `path`, or None where nothing does.

        Raises RemoteRefusedError where the server won't tell: that is no answer, neither yes nor no.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class Together(Protocol):
    """What a transport may offer beyond the contract: many small files at once, their waits overlapping.

    Each call is lazy and gives every file's outcome as it comes, in any order: what its single call would have
    returned, or the refusal that it would have raised. PartnerUnreachableError ends the iteration and the
    session: of every file without an outcome it is unknown whether it took effect. So whoever writes a ledger
    writes every intent before the first outcome is asked for, and each outcome as it comes. Until the last one
    was taken or the iterator closed, the session is for nothing else.
    """

    def read_many(self, files: Iterable[RemoteFile]) -> Generator[tuple[RemoteFile, bytes | RemoteRefusedError]]:
        """Whole files of a listing, in memory: for those whose listed size is small.

        StillGrowingError where one gives far more than its listing said.
        """

    def write_many(self, files: Iterable[tuple[str, bytes]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        """(path, content) each as `write` does; the outcomes by path."""

    def rename_many(self, pairs: Iterable[tuple[str, str]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        """(old, new) each as `rename` does; the outcomes by old path."""

    def stat_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteFile | RemoteRefusedError | None]]:
        """What stands under each path, as `stat` does."""

    def remove_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        """Each as `remove` does."""


def split_path(path: str) -> tuple[str, str]:
    """Folder and name of a path: `inbound/a.x12` -> (`inbound`, `a.x12`); the root keeps its slash."""
    folder, _, name = path.rpartition("/")
    return ("/", name) if path.startswith("/") and not folder else (folder, name)


def encoded(path: str) -> bytes:
    """A path as it goes over the line. Raises RemoteRefusedError for one that no server can hold."""
    if not path or "\0" in path:
        raise RemoteRefusedError(f"{printable(path) or 'an empty name'} can't be a path")
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise RemoteRefusedError(f"{printable(path)} can't be a path: it isn't text") from None


def printable(text: str, limit: int = 200) -> str:
    """Text of the other side made safe to show: no control characters, at most `limit` characters."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
