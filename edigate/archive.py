"""Raw files as they were, found by their SHA-256: written once, read with proof, never changed.

Knows no ledger and no X12. A file is whole and on the disk before its name appears; the name is its
content's, so nothing can be written over anything else. Only the owner may read: it is all PHI.

    <root>/ab/cd/abcd...64 hex digits
    <root>/incoming/<random>          on its way in; left behind only by a crash
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from edigate.errors import PurgedError, StorageError
from edigate.findings import Finding, Severity

_KEY = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming"
_PIECE = 1 << 20
_WAITING = 8  # how many wait for the disk at once


class Archive:
    """A folder of write-once files. Safe for several processes at once.

    `gone` says of a SHA-256 why there is no file any more (`purged on ...`), empty where nobody took it out.
    """

    def __init__(self, root: Path, gone: Callable[[str], str] = lambda sha256: "") -> None:
        self._root = root
        self._gone = gone

    def put(self, content: bytes) -> str:
        """Keep `content`; its SHA-256 in hex. When this returns, it is on the disk.

        Keeping the same bytes again changes nothing. Raises StorageError where the disk is full or the
        copy kept before is damaged; then nothing is half done.
        """
        return self.put_pieces((content,))

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """`put` for many small files; their SHA-256 in the same order.

        The disk is waited for by several at once: it makes many files safe in hardly more time than one.
        """
        if len(contents) < 2:
            return [self.put(content) for content in contents]
        with ThreadPoolExecutor(min(_WAITING, len(contents))) as waiting:
            return list(waiting.map(self.put, contents))

    def put_pieces(self, pieces: Iterable[bytes]) -> str:
        """`put` for content that comes in pieces and may be larger than memory.

        What `pieces` itself raises is passed on, and nothing is kept.
        """
        incoming = self._root / _INCOMING
        with _storage("make", "the archive's folder"):
            _make_folder(incoming)
        temporary = incoming / secrets.token_hex(8)
        try:
            digest, size = _write(temporary, pieces)
            final = self._path(digest)
            with _storage("keep", "a file in the archive"):
                _make_folder(final.parent)
                if final.exists():
                    self._require_undamaged(digest, size)
                else:
                    temporary.rename(final)
                _sync_folder(final.parent)  # of a name that another process has just made, too
        finally:
            with suppress(OSError):
                temporary.unlink()
        return digest

    def get(self, sha256: str) -> bytes:
        """The bytes with this SHA-256. Raises StorageError where they are missing or not the same any more."""
        with self.open_stream(sha256) as stream:
            return stream.read()

    @contextmanager
    def open_stream(self, sha256: str) -> Iterator[BinaryIO]:
        """The bytes as a stream, for files larger than memory. The end proves the whole.

        Reading on to the end raises StorageError where the content isn't what was kept, so what was
        made of it must be kept only after that. Raises StorageError at once where it is missing, PurgedError where it
        was taken out.
        """
        path = self._path(sha256)
        self._refuse_purged(sha256, path)
        with _storage("read", f"archived file {sha256}"):
            raw = path.open("rb", buffering=0)
        with io.BufferedReader(_ProvedReader(raw, sha256), _PIECE) as stream:
            yield stream

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """The same piece by piece: what is made of them must be kept only after the last."""
        with self.open_stream(sha256) as stream:
            while piece := stream.read(_PIECE):
                yield piece

    def exists(self, sha256: str) -> bool:
        """Whether a file with this SHA-256 was kept. Says nothing of its health: `get` and `verify` do."""
        return self._path(sha256).is_file()

    def __iter__(self) -> Iterator[str]:
        """The SHA-256 of every file kept, in order. Raises StorageError."""
        with _storage("read", "the archive"):
            for first in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
                yield from sorted(path.name for path in first.glob("*/*") if _KEY.fullmatch(path.name))

    def size(self, sha256: str) -> int:
        """Bytes of an archived file. Raises StorageError where it is missing."""
        with _storage("read", f"archived file {sha256}"):
            return self._path(sha256).stat().st_size

    def remove(self, sha256: str) -> None:
        """Take a file out for good: when this returns, its name is gone from the disk. None there is no error.

        Raises StorageError. Whether anybody still needs it, whoever asks must know.
        """
        path = self._path(sha256)
        with _storage("remove", f"archived file {sha256}"):
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)

    def verify(self) -> list[Finding]:
        """Read every file again; what is wrong, in order of names, empty where all is well.

        `ARCHIVE-DAMAGED`: the content isn't what was kept. `ARCHIVE-STRANGE`: not a file of ours, or
        in the wrong place. `ARCHIVE-LEFTOVER` (info): a crash left it; it may be deleted.
        """
        if not self._root.is_dir():
            return []
        with _storage("read", "the archive"):
            return [finding for path in sorted(self._root.rglob("*")) for finding in self._look_at(path)]

    def _look_at(self, path: Path) -> Iterator[Finding]:
        name = str(path.relative_to(self._root))
        if path.is_dir() and not path.is_symlink():
            return
        if path.parent == self._root / _INCOMING:
            yield Finding(
                code="ARCHIVE-LEFTOVER",
                severity=Severity.INFO,
                message="an interrupted run left a file that was never kept; delete it when nothing runs",
                file=name,
            )
        elif _KEY.fullmatch(path.name) is None or path != self._path(path.name) or not path.is_file():
            yield Finding(
                code="ARCHIVE-STRANGE", message="this is no file of the archive; move it elsewhere", file=name
            )
        elif _digest(path) != path.name:
            yield Finding(
                code="ARCHIVE-DAMAGED",
                message="the content is not what was kept; restore this file from a backup",
                file=name,
            )

    def _path(self, sha256: str) -> Path:
        if _KEY.fullmatch(sha256) is None:
            raise StorageError("a file of the archive is named by its SHA-256: 64 hex digits, lower case")
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def _refuse_purged(self, sha256: str, path: Path) -> None:
        if not path.exists() and (why := self._gone(sha256)):
            raise PurgedError(
                f"archived file {sha256} was {why}",
                hint="What the ledger knows of it stays; the file itself is in backups made before, if at all.",
            )

    def _require_undamaged(self, sha256: str, size: int) -> None:
        """The copy that is there already must be as good as the one not kept."""
        path = self._path(sha256)
        with _storage("read", f"archived file {sha256}"):
            good = path.stat().st_size == size and _digest(path) == sha256
        if not good:
            raise _damaged(sha256)


class _ProvedReader(io.RawIOBase):
    """Hashes what is read; at the end the hash must be the one wanted."""

    def __init__(self, raw: io.FileIO, sha256: str) -> None:
        self._raw = raw
        self._wanted = sha256
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # io passes anything with a buffer
        with _storage("read", f"archived file {self._wanted}"):
            count = self._raw.readinto(view) or 0
        self._hash.update(view[:count])
        if count == 0 and len(view) and self._hash.hexdigest() != self._wanted:
            raise _damaged(self._wanted)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _damaged(sha256: str) -> StorageError:
    return StorageError(
        f"archived file {sha256} is damaged: its content is not what was kept",
        hint="restore it from a backup, then run again; check the disk",
    )


@contextmanager
def _storage(verb: str, what: str) -> Iterator[None]:
    """Disk errors as ours. Names are hashes or random, so they may be told."""
    try:
        yield
    except FileNotFoundError:
        raise StorageError(f"{what} is missing", hint="restore the archive from a backup") from None
    except OSError as error:
        raise StorageError(
            f"can't {verb} {what}: {error.strerror}", hint="check the disk's free space and the folder's owner"
        ) from None


def _write(path: Path, pieces: Iterable[bytes]) -> tuple[str, int]:
    """Write all pieces to a new file and make sure that they are on the disk; their SHA-256 and size."""
    with _storage("write", "a file into the archive"):
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o400)
    digest, size = hashlib.sha256(), 0
    try:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            rest = memoryview(piece)
            while rest:  # the system may take less than it was given, e.g. just before the disk is full
                with _storage("write", "a file into the archive"):
                    rest = rest[os.write(file, rest) :]
        with _storage("write", "a file into the archive"):
            os.fsync(file)
    finally:
        os.close(file)
    return digest.hexdigest(), size


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, for the owner alone; their names are on the disk after this."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, not only their content."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
