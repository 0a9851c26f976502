"""De-identifying files on disk: the key, what the new files are called, whole or not at all. Knows no X12."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from edigate.deidentify.files import Deidentified
from edigate.errors import ConfigError, NoInputError, StorageError
from edigate.gateway.x12_files import again_and_again, new_file

_KEY_BYTES = 32
_SHORTEST_KEY, _LONGEST_KEY = 16, 64  # the latter is BLAKE2b's
_SUFFIXES = frozenset(".x12 .edi .txt .dat .837 .835 .277 .999 .ta1 .837p .837i .837d .277ca .era".split())


class MadeOver(msgspec.Struct, frozen=True):
    """One file and what was made of it."""

    file: str
    output: Path
    segments: int
    replaced: int  # elements that aren't what they were


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


def deidentify(names: Sequence[str], folder: Path, key: bytes, today: date, *, force: bool) -> list[MadeOver]:
    """Make the files over into a folder, numbered: a file's own name may be a patient's.

    Raises DataError, NoInputError, StorageError, UsageError; then files made before stay, each of them whole.
    """
    files = Deidentified(key, [(name, again_and_again(name)) for name in names], today)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} can't be made: {error.strerror}") from error
    made: list[MadeOver] = []
    for number, name in enumerate(names):
        suffix = Path(name).suffix.lower()
        output = folder / f"deidentified-{number + 1:04d}{suffix if suffix in _SUFFIXES else '.x12'}"
        file = files.file(number)
        with new_file(output, force=force) as stream:
            stream.writelines(file)
        made.append(MadeOver(file=name, output=output, segments=file.segments, replaced=file.replaced))
    return made
