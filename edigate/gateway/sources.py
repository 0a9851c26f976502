"""What a conversion reads: the extract, the mapping, the mapping's lookup files. Opens them; knows no claim."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from edigate import __version__
from edigate.archive import Archive
from edigate.errors import ConfigError, NoInputError, UsageError
from edigate.gateway.names import kept_name
from edigate.gateway.rewinding import Rewinding
from edigate.gateway.unpacking import unpacked
from edigate.mapping.schema import SourceForm

_PIECE = 1 << 20


class Extract:
    """An input by its content, kept in the archive, or without one (a dry run) only looked at.

    `name` is fit to be shown and kept; `sha256` tells it from every other.
    """

    def __init__(self, name: str, pieces: Iterable[bytes], archive: Archive | None, path: Path | None = None) -> None:
        """Take in `pieces`, and what they raise; `path` is the file that holds them, where one does."""
        self.name = kept_name(name)
        self._archive = archive
        self._path = path
        self._looked_at: BinaryIO | None = None
        if archive is not None:
            self.sha256 = archive.put_pieces(pieces)
            return
        if path is None:
            # Without a name, so that it is gone with this process, and the owner's alone.
            self._looked_at = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as this extract is
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            if self._looked_at is not None:
                self._looked_at.write(piece)
        self.sha256 = digest.hexdigest()

    @classmethod
    def of_file(cls, path: Path, archive: Archive | None) -> Extract:
        """A file. Raises NoInputError."""
        try:
            return cls(path.name, _pieces(path), archive, path)
        except OSError as error:
            raise _unreadable(path, error) from error

    @contextlib.contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The content as it was archived, unpacked, seekable to its start: a big extract is read twice."""
        if self._archive is not None:
            with kept_extract(self._archive, self.sha256, self.name) as stream:
                yield stream
        elif self._path is not None:
            with looked_at(self._path) as stream:
                yield stream
        else:
            assert self._looked_at is not None  # noqa: S101  # there is a file, an archive, or this
            self._looked_at.seek(0)
            yield unpacked(self._looked_at, self.name)


@contextlib.contextmanager
def kept_extract(archive: Archive, sha256: str, name: str) -> Iterator[BinaryIO]:
    """An archived extract as its readers need it: unpacked, seekable to its start."""
    # Buffered: what reads lines would otherwise ask for a byte at a time.
    with _ArchivedStream(archive, sha256) as kept, io.BufferedReader(kept, _PIECE) as stream:
        yield unpacked(stream, name)


@contextlib.contextmanager
def looked_at(path: Path) -> Iterator[BinaryIO]:
    """A file that isn't archived, as readers need it. Raises NoInputError."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    with stream:
        yield unpacked(stream, kept_name(path.name))


class _ArchivedStream(Rewinding):
    """An archived file, proved by its hash at its end."""

    def __init__(self, archive: Archive, sha256: str) -> None:
        self._archive = archive
        self._sha256 = sha256
        self._opened = contextlib.ExitStack()
        super().__init__()

    def _begin(self) -> None:
        self._opened.close()
        self._stream = self._opened.enter_context(self._archive.open_stream(self._sha256))

    def _next(self, size: int) -> bytes:
        return self._stream.read(size)

    def close(self) -> None:
        self._opened.close()
        super().close()


class Lookups:
    """A mapping's own text and its lookup files: named, else beside the input, else beside the mapping."""

    def __init__(self, input_path: Path, mapping_path: Path, named: Mapping[str, Path]) -> None:
        self._folders = (input_path.absolute().parent, mapping_path.parent)
        self._named = named
        self._digest = hashlib.sha256(__version__.encode())
        self.mapping_text = text_of(mapping_path)
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

    def text_beside(self, name: str) -> str:
        """The text of a file beside the mapping, e.g. its query. Raises ConfigError, NoInputError."""
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ConfigError(f"{kept_name(name)} leaves the folder of the mapping")
        return text_of(self._folders[1] / name)

    def fingerprint(self) -> str:
        """The same for the same mapping, lookups and version: then the same input gives the same claims."""
        return self._digest.hexdigest()

    def _stream(self, path: Path) -> tuple[BinaryIO, str]:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _unreadable(path, error) from error
        self._digest.update(hashlib.sha256(content).digest())
        name = kept_name(path.name)
        return unpacked(io.BytesIO(content), name), name


def take_in(
    path: Path | None,
    source: SourceForm,
    beside: Lookups,
    archive: Archive | None,
    *,
    parameters: Mapping[str, str],
    environ: Mapping[str, str],
    folder: Path,
    mapping_name: str,
) -> Extract:
    """What a mapping reads: the file at `path`, or the rows that its query gives (of `path`, where that is .sql).

    `folder` is where a SQLite file's relative path counts from. Raises UsageError where the command line gives
    what the mapping has no use for, and as `Extract` and `sql_source.Query`.
    """
    if source.format != "sql":
        if path is None:
            raise UsageError(f"mapping {mapping_name} reads files", hint="Name the file to convert.")
        if parameters:
            raise UsageError(f"--param is for queries, and mapping {mapping_name} reads files")
        return Extract.of_file(path, archive)
    if path is not None and path.suffix.lower() != ".sql":
        raise UsageError(
            f"mapping {mapping_name} asks a database; {path.name} is no query", hint="Name no file, or a .sql file."
        )
    if path is not None:
        name, text = path.name, text_of(path)
    elif source.query_file:
        name, text = source.query_file, beside.text_beside(source.query_file)
    else:
        name, text = f"query of {Path(mapping_name).stem}", source.query
    url = source.url or environ.get(source.url_env, "")
    if not url:
        raise ConfigError(
            f"the environment variable {source.url_env} isn't set, which mapping {mapping_name} reads",
            hint="It must hold the database's address, e.g. postgresql+psycopg://user:password@host/name.",
        )
    from edigate.gateway.sql_source import Query  # noqa: PLC0415  # most extracts are files

    query = Query(text, parameters, url, seconds=source.timeout, folder=folder)
    return Extract(name, query.table(), archive)


def text_of(path: Path) -> str:
    """A text file. Raises ConfigError where it isn't UTF-8, NoInputError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} isn't UTF-8 text") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _unreadable(path: Path, error: OSError) -> NoInputError:
    return NoInputError(f"{kept_name(str(path))} can't be read: {error.strerror}")
