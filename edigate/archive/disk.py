"""Writing and reading so that it lasts: whole and on the disk, or not at all. Knows folders and bytes, no archive."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from edigate.errors import StorageError


@contextmanager
def storage(verb: str, what: str) -> Iterator[None]:
    """Disk errors as ours. Names are hashes or random, so they may be told."""
    try:
        yield
    except FileNotFoundError:
        raise StorageError(f"{what} is missing", hint="restore the archive from a backup") from None
    except OSError as error:
        raise StorageError(
            f"can't {verb} {what}: {error.strerror}", hint="check the disk's free space and the folder's owner"
        ) from None


@contextmanager
def new_file(path: Path) -> Iterator[Callable[[bytes], None]]:
    """A new file of the archive, to be filled by what this gives; on the disk afterwards. Raises StorageError."""
    with storage("write", "a file into the archive"):
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o400)

    def write(piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:  # the system may take less than it was given, e.g. just before the disk is full
            with storage("write", "a file into the archive"):
                rest = rest[os.write(file, rest) :]

    try:
        yield write
        with storage("write", "a file into the archive"):
            os.fsync(file)
    finally:
        os.close(file)


def write(path: Path, pieces: Iterable[bytes]) -> tuple[str, int]:
    """Write all pieces to a new file and make sure that they are on the disk; their SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    with new_file(path) as put:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            put(piece)
    return digest.hexdigest(), size


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for the owner alone; their names are on the disk after this."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, not only their content."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


class ProvedReader(io.RawIOBase):
    """Hashes what is read; at the end the hash must be the one wanted, else StorageError."""

    def __init__(self, raw: IO[bytes], sha256: str) -> None:
        self._raw = raw
        self._wanted = sha256
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # io passes anything with a buffer
        with storage("read", f"archived file {self._wanted}"):
            piece = self._raw.read(len(view))
        view[: len(piece)] = piece
        self._hash.update(piece)
        if not piece and len(view) and self._hash.hexdigest() != self._wanted:
            raise damaged(self._wanted)
        return len(piece)

    def close(self) -> None:
        self._raw.close()
        super().close()


def damaged(sha256: str) -> StorageError:
    """What to say of a file whose content isn't that of its name."""
    return StorageError(
        f"archived file {sha256} is damaged: its content is not what was kept",
        hint="restore it from a backup, then run again; check the disk",
    )
