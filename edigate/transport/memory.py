"""A partner's folders in a dict: the fake for tests. Keeps the contract and nothing more."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from edigate.errors import RemoteRefusedError
from edigate.transport.base import RemoteFile, encoded, printable, split_path


class MemoryTransport:
    """`files` is what the partner holds, path to content: give the same dict to the next session.

    Slashes at a path's ends make no difference; `files` is without them.
    """

    def __init__(self, files: dict[str, bytes] | None = None, folders: Iterable[str] = ("inbound", "outbound")) -> None:
        self.files = {} if files is None else files
        self.folders = {"", *folders}

    def list(self, folder: str) -> builtins.list[RemoteFile]:
        inside = folder.strip("/")
        if inside not in self.folders:
            raise RemoteRefusedError(f"The partner has no folder {printable(folder)}.")
        found = [(split_path(path), len(content)) for path, content in self.files.items()]
        return sorted(
            (RemoteFile(folder, name, size) for (parent, name), size in found if parent == inside),
            key=lambda file: file.name,
        )

    def read(self, path: str) -> Iterator[bytes]:
        content = self.files[self._there(path)]
        for offset in range(0, len(content), 32 * 1024):
            yield content[offset : offset + 32 * 1024]

    def write(self, path: str, content: bytes) -> None:
        self.files[self._free(path)] = bytes(content)

    def rename(self, old: str, new: str) -> None:
        source, target = self._there(old), self._free(new)
        self.files[target] = self.files.pop(source)

    def remove(self, path: str) -> None:
        del self.files[self._there(path)]

    def stat(self, path: str) -> RemoteFile | None:
        inside = _inside(path)
        if inside in self.files:
            return RemoteFile(*split_path(path), len(self.files[inside]))
        return RemoteFile(*split_path(path)) if inside in self.folders else None

    def _there(self, path: str) -> str:
        inside = _inside(path)
        if inside not in self.files:
            raise RemoteRefusedError(f"There is no {printable(path)}.")
        return inside

    def _free(self, path: str) -> str:
        inside = _inside(path)
        if inside in self.files or inside in self.folders:
            raise RemoteRefusedError(f"{printable(path)} exists already.")
        if split_path(inside)[0] not in self.folders:
            raise RemoteRefusedError(f"There is no folder for {printable(path)}.")
        return inside

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""


def _inside(path: str) -> str:
    encoded(path)  # refuses what no server holds
    return path.strip("/")
