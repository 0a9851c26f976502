"""De-identifying files on disk: the key, which file is what, what the new ones are called. Knows no X12."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import msgspec

from edigate.deidentify.columns import ColumnsOf
from edigate.deidentify.extracts import CsvExtract, JsonExtract
from edigate.deidentify.files import File, X12File, deidentified
from edigate.encounters.csv_reader import Dialect
from edigate.errors import ConfigError, NoInputError, StorageError, UsageError
from edigate.gateway.mapping_files import read_mapping
from edigate.gateway.sources import looked_at
from edigate.gateway.x12_files import STDIN, again_and_again, new_file
from edigate.mapping.engine import Mapping
from edigate.mapping.reading import dialect_of

_KEY_BYTES = 32
_SHORTEST_KEY, _LONGEST_KEY = 16, 64  # the latter is BLAKE2b's
_HEAD = 200  # bytes where an ISA would stand
_SUFFIXES = frozenset(
    ".csv .json .jsonl .x12 .edi .txt .dat .837 .835 .277 .999 .ta1 .837p .837i .837d .277ca .era".split()
)


class MadeOver(msgspec.Struct, frozen=True):
    """One file and what was made of it: how many segments, rows or records it has, and how many of their values
    aren't what they were."""

    file: str
    output: Path
    segments: int
    replaced: int


def new_key() -> bytes:
    """A key that nobody keeps: what is made with it can be neither traced back nor made again."""
    return secrets.token_bytes(_KEY_BYTES)


def key_of(path: Path) -> tuple[bytes, bool]:
    """The key in a file, and whether it was just made there: for its owner alone.

    Raises ConfigError where others may read it or it is no key, NoInputError, StorageError.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            key = new_key()
            stream.write(key)
            return key, True
    except FileExistsError:
        return _read_key(path), False
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error.strerror}") from error


def _read_key(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            key = stream.read(_LONGEST_KEY + 1)
            rights = path.stat().st_mode
    except OSError as error:
        raise NoInputError(f"{path} can't be read: {error.strerror}") from error
    if rights & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{path} is readable by others", hint=f"It can undo what was made with it: chmod 600 {path}")
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise ConfigError(
            f"{path} is no key: it should hold {_SHORTEST_KEY} to {_LONGEST_KEY} bytes that nobody can guess",
            hint="Name a file that isn't there yet, and a key is made in it.",
        )
    return key


def deidentify(
    names: Sequence[str], folder: Path, key: bytes, today: date, *, force: bool, mapping: Path | None = None
) -> list[MadeOver]:
    """Make the files over into a folder, numbered: a file's own name may be a patient's.

    With a mapping's file, those that aren't X12 are its extracts and, by their names, its lookup tables. Raises
    ConfigError, DataError, NoInputError, StorageError, UsageError; files made before stay, each of them whole.
    """
    known = read_mapping(mapping) if mapping else None
    files = [_file_of(name, known) for name in names]
    contents = deidentified(key, files, today)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} can't be made: {error.strerror}") from error
    made: list[MadeOver] = []
    for number, (name, file, content) in enumerate(zip(names, files, contents, strict=True), 1):
        suffix = Path(name.removesuffix(".gz")).suffix.lower()
        output = folder / f"deidentified-{number:04d}{suffix if suffix in _SUFFIXES else '.x12'}"
        with new_file(output, force=force) as stream:
            stream.writelines(content)
        made.append(MadeOver(file=name, output=output, segments=file.segments, replaced=file.replaced))
    return made


def _file_of(name: str, mapping: Mapping | None) -> File:
    """A file as what it is: X12 where it begins so, or where nothing else is known of it."""
    if mapping is None or name == STDIN:
        return X12File(name, again_and_again(name))
    path = Path(name)
    with looked_at(path) as stream:
        if b"ISA" in stream.read(_HEAD).upper()[:_HEAD]:
            return X12File(name, again_and_again(name))
    columns, source, opened = ColumnsOf(mapping), mapping.form.source, partial(looked_at, path)
    for table, lookup in mapping.form.lookup.items():
        if fnmatch(path.name, lookup.file):
            dialect = Dialect(lookup.delimiter, lookup.quote, lookup.encoding, lookup.columns)
            return CsvExtract(name, opened, columns, dialect, table)
    match source.format:
        case "csv":
            return CsvExtract(name, opened, columns, dialect_of(source))
        case "json":
            return JsonExtract(name, opened, columns, source.path)
        case "jsonl":
            return JsonExtract(name, opened, columns, None)
    raise UsageError(
        f"{name} isn't X12, and {mapping.name} reads {source.format}",
        hint="CSV, JSON and JSON Lines are made over by their mapping; X12 needs none.",
    )
