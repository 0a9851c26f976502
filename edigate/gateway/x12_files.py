"""Files that X12 tools are given and make: read in pieces, written whole or not at all, for the owner alone.

Knows paths, `-` and how a file gets its name. Refuses to know X12 and to overwrite unless told to.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from edigate.errors import EdigateError, NoInputError, StorageError, UsageError
from edigate.x12.split import Part, Splitter

STDIN = "-"
_CHUNK = 1 << 18


def chunks(name: str) -> Iterator[bytes]:
    """A file's bytes, or standard input's for `-`. Raises NoInputError where it can't be read."""
    if name == STDIN:
        while piece := sys.stdin.buffer.read(_CHUNK):
            yield piece
        return
    path = Path(name)
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_CHUNK):
                yield piece
    except FileNotFoundError as error:
        raise NoInputError(f"{name}: no such file") from error
    except IsADirectoryError as error:
        raise NoInputError(f"{name} is a directory, not a file") from error
    except (OSError, ValueError) as error:
        raise NoInputError(f"{name} can't be read: {getattr(error, 'strerror', None) or 'not a file name'}") from error


def lines(name: str) -> Iterator[bytes]:
    """A text file's lines without their ends, however long. Raises NoInputError where it can't be read."""
    rest: list[bytes] = []
    for piece in chunks(name):
        first, *others = piece.split(b"\n")
        rest.append(first)
        for line in others:
            yield b"".join(rest)
            rest = [line]
    yield b"".join(rest)


def again_and_again(name: str) -> Callable[[], Iterable[bytes]]:
    """What gives a file's bytes from the start each time it is called; standard input is kept for that."""
    if name != STDIN:
        return lambda: chunks(name)
    content = b"".join(chunks(name))
    return lambda: [content]


@contextlib.contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file to write that has its name only once it is whole; nothing is left where something goes wrong.

    Raises UsageError where there is one already (unless `force`), StorageError where it can't be written.
    """
    _refuse_existing(path, force=force)
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".edigate-")  # readable by its owner alone
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _name(Path(temporary), path, force=force)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()


def _name(temporary: Path, path: Path, *, force: bool) -> None:
    if force:
        temporary.replace(path)
        return
    try:
        path.hardlink_to(temporary)  # unlike a rename, it fails where somebody else was faster
    except FileExistsError as error:
        raise _existing(path) from error
    except OSError:  # a file system without links
        _refuse_existing(path, force=force)
        temporary.replace(path)


def _refuse_existing(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a directory", hint="Name a file to write.")
    if not force and os.path.lexists(path):
        raise _existing(path)


def _existing(path: Path) -> UsageError:
    return UsageError(f"{path} is there already", hint="Name another, or overwrite it with --force.")


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path} can't be written: {error.strerror or 'the disk refuses'}")


def write_parts(
    splitter: Splitter, folder: Path, name: str, *, force: bool, accept: Callable[[], None] | None = None
) -> list[tuple[Path, Part]]:
    """Write the parts of a file into a folder: all of them, or none where something goes wrong.

    `name` is the split file's (`claims.837` makes `claims-0001.837`, `claims-0002.837`). `accept` is asked when
    all are written and none has its name yet; it may raise. Raises as `new_file` and `Splitter` do.
    """
    stem, suffix = Path(name).stem or "part", Path(name).suffix or ".x12"
    written: list[tuple[Path, Part]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".edigate-") as hidden:
            stream: BinaryIO | None = None
            try:
                for part, piece in splitter:
                    if not written or written[-1][1] is not part:
                        _close(stream)
                        path = folder / f"{stem}-{part.number:04d}{suffix}"
                        _refuse_existing(path, force=force)
                        written.append((path, part))
                        stream = (Path(hidden) / path.name).open("xb")
                    assert stream is not None  # noqa: S101 - opened with its part
                    stream.write(piece)
            finally:
                _close(stream)
            if accept is not None:
                accept()
            _name_all(Path(hidden), [path for path, _ in written], force=force)
    except OSError as error:
        raise StorageError(f"{folder} can't be written: {error.strerror or 'the disk refuses'}") from error
    return written


def _name_all(hidden: Path, paths: list[Path], *, force: bool) -> None:
    named: list[Path] = []
    try:
        for path in paths:
            _name(hidden / path.name, path, force=force)
            named.append(path)
    except (OSError, EdigateError):
        if not force:  # a part alone looks like a file that is whole
            for path in named:
                path.unlink(missing_ok=True)
        raise


def _close(stream: BinaryIO | None) -> None:
    if stream is not None and not stream.closed:
        stream.flush()
        os.fsync(stream.fileno())
        stream.close()
