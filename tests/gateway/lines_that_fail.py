"""Sessions with a partner that go wrong at a chosen call, the effect done or not. No assertion here."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from edigate.errors import PartnerUnreachableError, RemoteRefusedError
from edigate.transport import RemoteFile, Transport
from edigate.transport.memory import MemoryTransport

T = TypeVar("T")


class CutLine:
    """A session that is lost at its `at`-th call (from 0): after the server did it, or before.

    `calls` lists what was asked, up to and with the call that failed. After it every call fails. A write
    that is lost in the middle leaves half of the file, as servers do.
    """

    def __init__(self, inner: Transport, at: int, *, done: bool, error: Exception | None = None) -> None:
        self._inner = inner
        self._at = at
        self._done = done
        self._error = error or PartnerUnreachableError("The connection was lost.")
        self.calls: builtins.list[str] = []

    def _call(self, name: str, effect: Callable[[], T], half: Callable[[], object] | None = None) -> T:
        number = len(self.calls)
        self.calls.append(name)
        if number < self._at:
            return effect()
        if number == self._at:
            if self._done:
                effect()
            elif half is not None:
                half()
        raise self._error

    def list(self, folder: str) -> builtins.list[RemoteFile]:
        return self._call("list", lambda: self._inner.list(folder))

    def read(self, path: str) -> Iterator[bytes]:
        yield from self._call("read", lambda: self._inner.read(path))

    def write(self, path: str, content: bytes) -> None:
        self._call(
            "write",
            lambda: self._inner.write(path, content),
            lambda: self._inner.write(path, content[: len(content) // 2]),
        )

    def rename(self, old: str, new: str) -> None:
        self._call("rename", lambda: self._inner.rename(old, new))

    def remove(self, path: str) -> None:
        self._call("remove", lambda: self._inner.remove(path))

    def stat(self, path: str) -> RemoteFile | None:
        return self._call("stat", lambda: self._inner.stat(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""


class WatchedServer(MemoryTransport):
    """A server in memory that counts how often each content came to stand under a name that isn't a draft's."""

    def __init__(self, files: dict[str, bytes], arrivals: builtins.list[tuple[str, bytes]]) -> None:
        super().__init__(files)
        self._arrivals = arrivals

    def write(self, path: str, content: bytes) -> None:
        super().write(path, content)
        if not path.rsplit("/", 1)[-1].startswith("."):
            self._arrivals.append((path, content))

    def rename(self, old: str, new: str) -> None:
        super().rename(old, new)
        self._arrivals.append((new, self.files[new.strip("/")]))


class ManyAtOnce(WatchedServer):
    """`WatchedServer` with sets of files; the line is lost at the `at`-th file (from 0), the effect done or not.

    `calls` lists what was asked: `write 3` for a set of three.
    """

    def __init__(
        self,
        files: dict[str, bytes],
        arrivals: builtins.list[tuple[str, bytes]],
        at: int = -1,
        *,
        done: bool = True,
        error: BaseException | None = None,
    ) -> None:
        super().__init__(files, arrivals)
        self._at, self._done = at, done
        self._error = error or PartnerUnreachableError("The connection was lost.")
        self._passed = 0
        self.calls: builtins.list[str] = []

    def read_many(self, files: Iterable[RemoteFile]) -> Generator[tuple[RemoteFile, bytes | RemoteRefusedError]]:
        yield from ((file, b"".join(self.read(file.path))) for file in files)

    def write_many(self, files: Iterable[tuple[str, bytes]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        asked = list(files)
        self.calls.append(f"write {len(asked)}")
        for path, content in asked:
            yield path, self._do(self.write, path, content)

    def rename_many(self, pairs: Iterable[tuple[str, str]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        asked = list(pairs)
        self.calls.append(f"rename {len(asked)}")
        for old, new in asked:
            yield old, self._do(self.rename, old, new)

    def stat_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteFile | RemoteRefusedError | None]]:
        yield from ((path, self.stat(path)) for path in paths)

    def remove_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        yield from ((path, self._do(self.remove, path)) for path in paths)

    def _do(self, call: Callable[..., None], *arguments: str | bytes) -> RemoteRefusedError | None:
        number, self._passed = self._passed, self._passed + 1
        if number == self._at and not self._done:
            raise self._error
        try:
            call(*arguments)
        except RemoteRefusedError as refusal:
            return refusal
        if number == self._at:
            raise self._error
        return None


class Server:
    """A server in memory that outlives sessions, and remembers what came to stand under a real name."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.arrivals: list[tuple[str, bytes]] = []

    def session(self) -> WatchedServer:
        return WatchedServer(self.files, self.arrivals)
