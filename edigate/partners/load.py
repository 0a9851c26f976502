"""Partner files to Partner records: read, checked, paths made absolute, the rights of secrets looked at.

A file is `partners/NAME.toml`. Never opens a secret's file; refuses one that others of this machine can read.
"""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from edigate import settings
from edigate.errors import ConfigError
from edigate.partners.check import problems
from edigate.partners.drafts import FILL_IN, left_to_fill
from edigate.partners.model import Partner, SshServer
from edigate.secret_places import exposed, is_credential, remedy
from edigate.settings import Problem

Server = TypeVar("Server", bound=SshServer)
_FILES = ("key_file", "password_file", "key_passphrase_file")


def load_partner(path: Path, *, root: Path) -> Partner:
    """One partner of the workspace at `root`; relative paths in it count from there and come back absolute.

    Raises ConfigError that names the file and every key that can't be meant, among them key and password
    files that are missing or that others can read.
    """
    name = f"{path.parent.name}/{path.name}"
    partner = settings.read(path, Partner, name=name)
    found = problems(partner, stem=path.stem)
    if partner.sftp is not None:
        sftp = _with_paths(partner.sftp, root)
        found += _secrets(sftp, "sftp")
        if sftp.jump is not None:
            jump = _with_paths(sftp.jump, root)
            sftp = msgspec.structs.replace(sftp, jump=jump)
            found += _secrets(jump, "sftp.jump")
        partner = msgspec.structs.replace(partner, sftp=sftp)
    if partner.directory is not None:
        directory = msgspec.structs.replace(partner.directory, path=_absolute(partner.directory.path, root))
        partner = msgspec.structs.replace(partner, directory=directory)
    if found:
        raise settings.refusal(name, found)
    return partner


def load_partners(folder: Path, *, root: Path) -> tuple[Partner, ...]:
    """All partners of a folder, by name; `.toml` files only, so a sample with another ending is left alone.

    Drafts are left out. An absent folder holds none. Raises ConfigError on the first file that can't be used.
    """
    return tuple(load_partner(path, root=root) for path in _files(folder) if not draft_of(path))


def load_drafts(folder: Path) -> dict[str, list[Problem]]:
    """The partner files of a folder that still wait to be filled in: name to what is left. Raises ConfigError."""
    return {path.stem: left for path in _files(folder) if (left := draft_of(path))}


def draft_of(path: Path) -> list[Problem]:
    """What is left to fill in of a partner file; nothing where it is complete, or so broken that loading says it."""
    try:
        raw = path.read_bytes()
        # Most files hold no such word at all: they are parsed once, where they are loaded.
        return left_to_fill(tomllib.loads(raw.decode("utf-8-sig"))) if FILL_IN.encode() in raw else []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml" and path.name[0] != ".")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"{folder.name}/: {os.strerror(error.errno or 0).lower()}") from error


def _absolute(path: str, root: Path) -> str:
    return str(root / Path(path).expanduser()) if path and not is_credential(path) else path


def _with_paths(server: Server, root: Path) -> Server:
    return msgspec.structs.replace(server, **{key: _absolute(getattr(server, key), root) for key in _FILES})


def _secrets(server: SshServer, table: str) -> list[Problem]:
    found: list[Problem] = []
    for key in _FILES:
        path = getattr(server, key)
        if not path or is_credential(path) or "-----BEGIN" in path:  # a run without credentials may need none
            continue
        try:
            status = Path(path).stat()
        except OSError as error:
            found.append(Problem(f"{table}.{key}", os.strerror(error.errno or 0).lower()))
            continue
        if not stat.S_ISREG(status.st_mode):
            found.append(Problem(f"{table}.{key}", "expected a file"))
        elif (trouble := exposed(status)) and not (key == "key_file" and server.agent):  # a public key then
            found.append(Problem(f"{table}.{key}", f"{trouble}: {remedy(Path(path), status)}"))
    return found
