"""What a conversion reads: the extract, the mapping, the mapping's lookup files. Opens them; knows no claim."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from edigate import __version__
from edigate.archive import Archive
from edigate.errors import ConfigError, NoInputError
from edigate.gateway.names import kept_name

_PIECE = 1 << 20


class Extract:
    """An input file by its content. `name` is fit to be shown and kept; `sha256` tells it from every other."""

    def __init__(self, path: Path, archive: Archive | None) -> None:
        """Keep the file in the archive; without one (a dry run) it is only looked at. Raises NoInputError."""
        self.name = kept_name(path.name)
        self._path = path
        self._archive = archive
        try:
            if archive is not None:
                self.sha256 = archive.put_pieces(_pieces(path))
            else:
                digest = hashlib.sha256()
                for piece in _pieces(path):
                    digest.update(piece)
                self.sha256 = digest.hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from error

    @contextlib.contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The content as it was archived, seekable to its start: a big extract is read twice."""
        if self._archive is not None:
            with _ArchivedStream(self._archive, self.sha256) as kept:
                yield kept  # type: ignore[misc]  # a RawIOBase is all that BinaryIO asks for here
            return
        try:
            stream = self._path.open("rb")
        except OSError as error:
            raise _unreadable(self._path, error) from error
        with stream:
            yield stream


class _ArchivedStream(io.RawIOBase):
    """An archived file, proved by its hash at its end, that can go back to its start."""

    def __init__(self, archive: Archive, sha256: str) -> None:
        self._archive = archive
        self._sha256 = sha256
        self._opened = contextlib.ExitStack()
        self._position = 0
        self._stream = self._opened.enter_context(archive.open_stream(sha256))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset or whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only back to the start")
        self._opened.close()
        self._stream = self._opened.enter_context(self._archive.open_stream(self._sha256))
        self._position = 0
        return 0

    def readinto(self, buffer: Any) -> int:
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        self._opened.close()
        super().close()


class Lookups:
    """A mapping's own text and its lookup files: named, else beside the input, else beside the mapping."""

    def __init__(self, input_path: Path, mapping_path: Path, named: Mapping[str, Path]) -> None:
        self._folders = (input_path.absolute().parent, mapping_path.parent)
        self._named = named
        self._digest = hashlib.sha256(__version__.encode())
        try:
            self.mapping_text = mapping_path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{mapping_path} isn't UTF-8 text") from error
        except OSError as error:
            raise _unreadable(mapping_path, error) from error
        self._digest.update(self.mapping_text.encode())

    def open(self, lookup: str, pattern: str) -> list[tuple[BinaryIO, str]]:
        """The streams of one lookup's files, in the order of their names."""
        if lookup in self._named:
            return [self._stream(self._named[lookup])]
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise ConfigError(
                f"lookup {lookup}: {pattern} leaves the folder of the input and of the mapping",
                hint=f"Name it with --lookup {lookup}=PATH.",
            )
        for folder in self._folders:
            paths = sorted(path for path in folder.glob(pattern) if path.is_file())
            if paths:
                return [self._stream(path) for path in paths]
        return []

    def fingerprint(self) -> str:
        """The same for the same mapping, lookups and version: then the same input gives the same claims."""
        return self._digest.hexdigest()

    def _stream(self, path: Path) -> tuple[BinaryIO, str]:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _unreadable(path, error) from error
        self._digest.update(hashlib.sha256(content).digest())
        return io.BytesIO(content), kept_name(path.name)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _unreadable(path: Path, error: OSError) -> NoInputError:
    return NoInputError(f"{kept_name(str(path))} can't be read: {error.strerror}")
