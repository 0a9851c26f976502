"""Every secret that settings name: where it is looked for, whether it is there, who else could read it. No value.

Reads settings one file at a time, so that a file which stops all other commands is told here, too. A keyring is asked
whether it holds the secret; a key isn't opened with its passphrase.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from edigate import settings
from edigate.config import SETTINGS_FILE, Config
from edigate.errors import ConfigError
from edigate.partners.load import draft_of
from edigate.partners.model import Partner, SshServer
from edigate.secret_places import Place, exposed, find, is_credential, path_of, place_of, remedy, where

Outcome = Literal["ok", "warning", "failed"]


class SecretFound(msgspec.Struct, frozen=True):
    """One secret of the settings: whose, which, where it is looked for; `told` how it stands, `do` what to do."""

    owner: str  # a partner's name, or "ledger"
    setting: str
    where: str
    outcome: Outcome
    told: str
    do: str = ""


def secrets_of(root: Path, environ: Mapping[str, str], partner: str = "") -> list[SecretFound]:
    """All secrets of the workspace at `root`, or one partner's. Raises ConfigError where a file can't be read."""
    found: list[SecretFound] = []
    if not partner:
        found += _ledgers(root, environ)
        found += _archives(root, environ)
    for path in sorted((root / "partners").glob("*.toml")):
        if partner in ("", path.stem) and not draft_of(path):
            found += _partners(path, root, environ)
    return found


def _ledgers(root: Path, environ: Mapping[str, str]) -> Iterator[SecretFound]:
    config = settings.read(root / SETTINGS_FILE, Config, name=SETTINGS_FILE)
    place = place_of(config.ledger, "password", "ledger.password")
    if place.given:
        yield _secret("ledger", place, root, environ)


def _archives(root: Path, environ: Mapping[str, str]) -> Iterator[SecretFound]:
    """The private key that opens sealed files: better nowhere near where they are written."""
    config = settings.read(root / SETTINGS_FILE, Config, name=SETTINGS_FILE)
    name = config.archive.identity_file
    if not name:
        return
    key = "archive.identity_file"
    if not (root / Path(name).expanduser()).exists():
        yield SecretFound("archive", key, f"file {name}", "ok", "isn't here, as it should be where only nights run")
        return
    found = _file("archive", key, name, root, environ)
    do = "Keep it elsewhere, and bring it when something is to be read."
    told = "it lies here: this user can read back what is sealed"
    yield found if found.outcome == "failed" else msgspec.structs.replace(found, outcome="warning", told=told, do=do)


def _partners(path: Path, root: Path, environ: Mapping[str, str]) -> Iterator[SecretFound]:
    partner = settings.read(path, Partner, name=f"partners/{path.name}")
    servers: list[tuple[str, SshServer]] = []
    if partner.sftp is not None:
        servers.append(("sftp", partner.sftp))
        if partner.sftp.jump is not None:
            servers.append(("sftp.jump", partner.sftp.jump))
    for table, server in servers:
        if server.agent:
            yield _agent(path.stem, table, environ)
        elif server.key_file:
            yield _file(path.stem, f"{table}.key_file", server.key_file, root, environ)
        for name in ("key_passphrase", "password"):
            place = place_of(server, name, f"{table}.{name}")
            if place.given:
                yield _secret(path.stem, place, root, environ)
    if partner.pgp is not None:
        place = place_of(partner.pgp, "passphrase", "pgp.passphrase")
        if place.given:
            yield _secret(path.stem, place, root, environ)
        yield _home(path.stem, partner.pgp.home, root)
    yield from _folder(path)


def _home(owner: str, name: str, root: Path) -> SecretFound:
    """A GnuPG home, which holds private keys."""
    path = root / Path(name).expanduser()
    try:
        status = path.stat()
    except OSError as error:
        told = os.strerror(error.errno or 0).lower()
        return SecretFound(owner, "pgp.home", name, "failed", told, f"Make it: mkdir -m 700 {path}")
    if trouble := exposed(status):
        return SecretFound(owner, "pgp.home", name, "failed", trouble, f"Run: chmod 700 {path}")
    return SecretFound(owner, "pgp.home", name, "ok", f"mode {stat.S_IMODE(status.st_mode):04o}")


def _secret(owner: str, place: Place, root: Path, environ: Mapping[str, str]) -> SecretFound:
    if place.file and len(place.given) == 1:
        return _file(owner, f"{place.key}_file", place.file, root, environ)
    key = f"{place.key}_{place.given[0]}"
    try:
        find(place, folder=root, environ=environ)
    except ConfigError as error:
        return SecretFound(owner, key, where(place, environ), "failed", error.message, error.hint)
    return SecretFound(owner, key, where(place, environ), "ok", "is there")


def _file(owner: str, key: str, name: str, root: Path, environ: Mapping[str, str]) -> SecretFound:
    if "-----BEGIN" in name:
        told = "the settings hold the key itself"
        return SecretFound(owner, key, "the settings file", "failed", told, "Make it a file of mode 0600; name that.")
    try:
        path = path_of(str(Path(name).expanduser()), root, environ, key)
        status = path.stat()
    except ConfigError as error:
        return SecretFound(owner, key, name, "warning", error.message, error.hint)
    except OSError as error:
        return SecretFound(owner, key, name, "failed", os.strerror(error.errno or 0).lower(), "Is the path right?")
    told = f"mode {stat.S_IMODE(status.st_mode):04o}"
    if trouble := exposed(status, credential=is_credential(name)):
        return SecretFound(owner, key, name, "failed", trouble, f"Run: {remedy(path, status)}")
    folder = path.resolve().parent
    if folder.stat().st_mode & stat.S_IWOTH and not folder.stat().st_mode & stat.S_ISVTX:
        return SecretFound(owner, key, name, "failed", "others may replace it", f"Run: chmod o-w {folder}")
    return SecretFound(owner, key, name, "ok", told)


def _agent(owner: str, table: str, environ: Mapping[str, str]) -> SecretFound:
    socket = environ.get("SSH_AUTH_SOCK", "")
    if socket and Path(socket).exists():
        return SecretFound(owner, f"{table}.agent", "ssh-agent", "ok", "an agent listens")
    do = "Start one and add the key: eval $(ssh-agent); ssh-add KEY. A timer's run needs its own."
    return SecretFound(owner, f"{table}.agent", "ssh-agent", "failed", "SSH_AUTH_SOCK names no agent", do)


def _folder(path: Path) -> Iterator[SecretFound]:
    """Who may write a partner's settings may have our claims sent elsewhere."""
    mode = path.stat().st_mode
    if mode & stat.S_IWOTH:
        told = f"others may change it (mode {stat.S_IMODE(mode):04o})"
        yield SecretFound(path.stem, "(all)", f"partners/{path.name}", "failed", told, f"Run: chmod o-w {path}")
