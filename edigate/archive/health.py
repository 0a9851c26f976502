"""Files of the archive read again: what is wrong with one. Changes nothing.

    <root>/ab/cd/abcd...                a file, named by the SHA-256 of its content
    <root>/ab/cd/abcd....1234....age    the same, sealed: named by its content's, then by its own
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from edigate.archive.disk import digest_of
from edigate.archive.sealing import Identities
from edigate.errors import SealedError
from edigate.findings import Finding, Severity

KEY = re.compile(r"[0-9a-f]{64}")
SEALED = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{64})\.age")
INCOMING = "incoming"


def own_hash(path: Path) -> str:
    """The SHA-256 that a file of the archive must have itself: a sealed one's stands beside its content's."""
    sealed = SEALED.fullmatch(path.name)
    return sealed[2] if sealed else path.name


def is_whole(path: Path) -> bool:
    """Whether a file is, byte for byte, what was written. Raises OSError."""
    return digest_of(path) == own_hash(path)


def wrong_with(root: Path, path: Path, identities: Callable[[], Identities | None]) -> Iterator[Finding]:
    """What is wrong with whatever lies at a path below the archive's root; nothing of what is gone meanwhile."""
    name = str(path.relative_to(root))
    if path.is_dir() and not path.is_symlink():
        return
    try:
        if path.parent == root / INCOMING:
            yield Finding(
                code="ARCHIVE-LEFTOVER",
                severity=Severity.INFO,
                message="an interrupted run left a file that was never kept; delete it when nothing runs",
                file=name,
            )
        elif not _is_ours(root, path):
            yield Finding(
                code="ARCHIVE-STRANGE", message="this is no file of the archive; move it elsewhere", file=name
            )
        elif not is_whole(path):
            yield Finding(
                code="ARCHIVE-DAMAGED",
                message="the content is not what was kept; restore this file from a backup",
                file=name,
            )
        elif SEALED.fullmatch(path.name) and (keys := identities()) is not None:
            yield from _wrong_inside(path, name, keys)
    except FileNotFoundError:  # a run has just kept, sealed or purged it
        return


def _wrong_inside(sealed: Path, name: str, keys: Identities) -> Iterator[Finding]:
    digest = hashlib.sha256()
    try:
        with sealed.open("rb") as stream:
            keys.open(stream, digest.update)
    except SealedError as error:
        yield Finding(
            code="ARCHIVE-LOCKED",
            severity=Severity.WARNING,
            message=f"sealed to other keys: {error.message}; what is inside was not looked at",
            file=name,
        )
    else:
        if digest.hexdigest() != sealed.name[:64]:
            yield Finding(
                code="ARCHIVE-DAMAGED",
                message="what is sealed in it is not what was kept; restore this file from a backup",
                file=name,
            )


def _is_ours(root: Path, path: Path) -> bool:
    """Raises FileNotFoundError where it is gone."""
    path.lstat()
    known = KEY.fullmatch(path.name) or SEALED.fullmatch(path.name)
    return known is not None and path.parent == root / path.name[:2] / path.name[2:4] and path.is_file()
