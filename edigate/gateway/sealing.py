"""Sealing what no job needs any more: from then on it is for those alone who have a private key.

Files are written plain, for they are read by the next step of the night, and sealed when the last of these is done: a
file of ours once it was sent and acknowledged, a received one once it was posted or kept, an extract once it was
converted. Held and uncertain files wait for a person, and stay plain until that is decided.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from edigate.archive import HOW_TO_OPEN, Archive
from edigate.archive.sealing import Recipients, holds_identity
from edigate.config import Workspace
from edigate.errors import EdigateError, LedgerBusyError, SealedError, StorageError
from edigate.gateway.opening import Gateway
from edigate.ledger.sealable import still_needed
from edigate.logs import get_logger

log = get_logger(__name__)

_HOUR, _DAY = 3600, 86_400  # seconds
_KEY_FILE = 1 << 16  # bytes: a file of keys is smaller


class Sealing(msgspec.Struct, kw_only=True):
    """What was sealed, what stays plain, and what couldn't be sealed."""

    sealed: int = 0
    plain: int = 0  # still needed
    troubles: list[str] = []


def seal_done(gateway: Gateway) -> Sealing:
    """Seal every file that is done, if there are keys to seal to; what goes wrong with one stops no other.

    Raises LedgerBusyError where another run seals, ConfigError, StorageError where the archive can't be read.
    """
    report = Sealing()
    keys = gateway.workspace.recipients
    if not keys:
        return report
    archive, recipients = gateway.archive, Recipients(keys)
    with gateway.only_one("sealing"):
        plain = list(archive.plain())
        with gateway.ledger.read() as tx:
            needed, known = still_needed(tx, plain, gateway.workspace.config.archive.plain_days)
        for sha256 in plain:
            try:
                # What the ledger doesn't name yet may be about to be named; after a day it was given up.
                waits = sha256 in needed or (sha256 not in known and time.time() - archive.kept_at(sha256) < _DAY)
                done = not waits and archive.seal(sha256, recipients, untouched=_HOUR)
            except StorageError as error:
                if archive.exists(sha256):  # else a purge took it out meanwhile
                    report.troubles.append(error.message)
                continue
            report.sealed += done
            report.plain += not done
    if report.sealed or report.troubles:
        log.info("sealed", files=report.sealed, count=len(report.troubles))
    return report


def seal_again(gateway: Gateway) -> Sealing:
    """Seal everything that is sealed anew, to the keys named now; whoever had another can't read it any more.

    Raises SealedError where no private key is here, LedgerBusyError where another run seals, ConfigError, StorageError.
    """
    report, archive = Sealing(), gateway.archive
    recipients = Recipients(gateway.workspace.recipients)
    with gateway.only_one("sealing"):
        sealed = [sha256 for sha256 in archive if archive.is_sealed(sha256)]
        if sealed and not archive.has_keys():
            raise SealedError(f"{len(sealed):,} files are sealed, and no key that opens them is here", hint=HOW_TO_OPEN)
        for sha256 in sealed:
            try:
                archive.seal_again(sha256, recipients)
            except StorageError as error:
                report.troubles.append(error.message)
            else:
                report.sealed += 1
    log.info("sealed anew", files=report.sealed, count=len(report.troubles))
    return report


def sealing_trouble(gateway: Gateway) -> str:
    """Seal what is done at the end of a job; what went wrong, for a person, empty where all is well. Raises nothing."""
    try:
        report = seal_done(gateway)
    except LedgerBusyError:  # another run is at it
        return ""
    except EdigateError as error:
        log.warning("not sealed", error=error)
        return f"What is done couldn't be sealed: {error.message}"
    if not report.troubles:
        return ""
    log.warning("not sealed", count=len(report.troubles))
    return f"{len(report.troubles)} files couldn't be sealed: {report.troubles[0]}"


def examined(workspace: Workspace, archive: Archive) -> tuple[Literal["ok", "warning"], str, str]:
    """How sealing stands, for the doctor: outcome, what was found, what to do. Looks for private keys lying about."""
    every, plain = set(archive), set(archive.plain())
    told = f"to {len(workspace.recipients)} keys; {len(every - plain):,} files are sealed, {len(plain):,} plain"
    found = [str(path.relative_to(workspace.root)) for path in _identities_here(workspace)]
    if found:
        told = f"{', '.join(found)}: a private key lies here, so this user can read back what is sealed"
        return "warning", told, "Keep it elsewhere, and bring it when something is to be read (--identity FILE)."
    return "ok", told, ""


def _identities_here(workspace: Workspace) -> Iterator[Path]:
    named = workspace.config.archive.identity_file
    if named and (path := workspace.root / Path(named).expanduser()).is_file():
        yield path if path.is_relative_to(workspace.root) else workspace.root / path.name
    for path in sorted(workspace.root.iterdir()):
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_size < _KEY_FILE and holds_identity(path):
                yield path
