"""Backing a workspace up while it works, and setting one up from a backup. Nothing in it is sent twice for that.

The audit trail's anchors are copied first, then the ledger, then the archive: what an anchor is of stood in the ledger
before it was anchored, and what the ledger names was archived before it was named. So the copy lacks nothing. A backup
made again into the same folder copies only what is new of the archive.

What a restored ledger doesn't know is what happened after the backup. So files that were on their way are uncertain,
and nothing is sent until a person has said that it may (`allow_sending`), from control numbers that nobody used.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from edigate.archive import Archive
from edigate.config import SETTINGS_FILE, Workspace, load_workspace
from edigate.errors import ConfigError, DataError, NoInputError, StorageError, UsageError
from edigate.findings import Severity
from edigate.gateway.auditing import ANCHORS, anchored
from edigate.gateway.checking import check
from edigate.gateway.opening import Gateway, ledger_password
from edigate.gateway.purging import look
from edigate.ledger.numbering import continue_at, next_numbers
from edigate.ledger.outbound import advance, pending_files
from edigate.ledger.purges import purged_files
from edigate.ledger.schema import VERSION
from edigate.ledger.snapshot import copy_ledger, put_back
from edigate.logs import get_logger

log = get_logger(__name__)

MANIFEST = "backup.json"
RESTORED = "restored.json"  # below state, while nothing may be sent
_LEDGER, _ARCHIVE, _SETTINGS = "ledger", "archive", "settings"
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY  # a file of its own, not one that somebody laid there
_FOLDERS = ("partners", "mappings", "codesets", "fees", "banks")
_ON_THE_WAY = frozenset(("queued", "uploading", "renaming"))
SKIP = 1000  # control numbers that may have been used since


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds. `copied`: how many files of the archive were new; `dropped`: how many it let go of, since
    they were purged."""

    at: datetime
    version: str  # the ledger's
    files: int
    copied: int
    dropped: int = 0


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """From when the backup was that a workspace was restored from, and what became uncertain by it.

    `files` and `claims` have their age by now: what was purged since the backup is among them.
    """

    backup: datetime
    uncertain: int
    files: int = 0
    claims: int = 0


def back_up(gateway: Gateway, folder: Path) -> Backup:
    """Copy ledger, archive, settings and anchors into a folder, new or an earlier backup's.

    Private keys and passwords aren't copied; what was purged goes from the earlier backup, too. Raises UsageError for
    a folder that holds something else, LedgerBusyError while a purge is at work, LedgerError, StorageError.
    """
    with gateway.only_one("purge"):  # which would take files away that the ledger's copy counts on
        return _back_up(gateway, folder)


def _back_up(gateway: Gateway, folder: Path) -> Backup:
    workspace = gateway.workspace
    _must_be_ours(folder)
    new = folder / f"{_LEDGER}.new"
    with _telling(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
    anchors = anchored(workspace.state / ANCHORS)
    at = gateway.clock()
    copy_ledger(workspace.ledger_url, new, password=ledger_password(workspace, gateway.environ))
    kept = Archive(folder / _ARCHIVE)
    files = copied = 0
    for sha256 in gateway.archive:
        files += 1
        copied += kept.copy(gateway.archive, sha256)
    with _telling(folder):
        _copy_settings(workspace, folder / f"{_SETTINGS}.new", anchors)
        shutil.rmtree(folder / _SETTINGS, ignore_errors=True)
        (folder / f"{_SETTINGS}.new").rename(folder / _SETTINGS)
        new.replace(folder / _LEDGER)
        dropped = _drop_purged(gateway, kept)
        made = Backup(at=at, version=VERSION, files=files, copied=copied, dropped=dropped)
        (folder / MANIFEST).unlink(missing_ok=True)
        _write_file(folder / MANIFEST, msgspec.json.encode(made))
    log.info("backed up", files=files, count=copied)
    return made


def _drop_purged(gateway: Gateway, kept: Archive) -> int:
    """Take out of a backup what was purged since an earlier one; its ledger knows of the purge by now."""
    with gateway.ledger.read() as tx:
        purged = purged_files(tx)
    gone = [sha256 for sha256 in purged if kept.exists(sha256) and not gateway.archive.exists(sha256)]
    for sha256 in gone:
        kept.remove(sha256)
    return len(gone)


def restore(folder: Path, root: Path, environ: Mapping[str, str]) -> Restored:
    """Set a workspace up at `root`, which must not be there or be empty, from a backup.

    Raises NoInputError where there is no backup, UsageError, DataError for one that isn't sound, LedgerError,
    ConfigError (a PostgreSQL server's password), StorageError; what was begun at `root` is left to be looked at.
    """
    os.umask(0o077)
    backup = _manifest(folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{root} is there and isn't empty", hint="Restore into a new folder.")
    with _telling(root):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted((folder / _SETTINGS).rglob("*")):
            if path.is_file():
                _copy_file(path, root / path.relative_to(folder / _SETTINGS))
    workspace = load_workspace(root)
    with _telling(root):
        for place in (workspace.state, workspace.root / "inbox", workspace.out):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / _SETTINGS / ANCHORS).exists():
            (root / ANCHORS).rename(workspace.state / ANCHORS)
        # Before there is a ledger: whoever finds one must find this, too.
        mark = workspace.state / RESTORED
        mark.write_bytes(msgspec.json.encode(Restored(backup=backup.at, uncertain=0)))
    kept, source = Archive(workspace.archive_path), Archive(folder / _ARCHIVE)
    for sha256 in source:
        kept.copy(source, sha256)
    put_back(folder / _LEDGER, workspace.ledger_url, password=ledger_password(workspace, environ))
    with Gateway.open(workspace, environ=environ) as gateway:
        uncertain = _nobody_knows(gateway, backup)
        report = check(gateway, quick=True)
        wrong = [finding for finding in report.findings if finding.severity is Severity.ERROR]
        if wrong:
            raise DataError(
                f"the backup isn't sound: {wrong[0].message}",
                hint=f"`edigate --workspace {root} db check` says all that is wrong with it.",
            )
        files, claims = _due(gateway)
    restored = Restored(backup=backup.at, uncertain=uncertain, files=files, claims=claims)
    with _telling(root):
        mark.write_bytes(msgspec.json.encode(restored))
    log.info("restored", count=uncertain)
    return restored


def _due(gateway: Gateway) -> tuple[int, int]:
    """Files and claims that have their age."""
    try:
        plan = look(gateway)
    except ConfigError:  # a fee table that isn't there; whoever looks by himself is told
        return 0, 0
    return len(plan.files), len(plan.claims)


def _nobody_knows(gateway: Gateway, backup: Backup) -> int:
    """Files that were on their way when the backup was made may have arrived since: evidence or a person decides."""
    reason = f"restored from a backup of {backup.at:%Y-%m-%d %H:%M} UTC; it may have been sent since"
    with gateway.ledger.write() as tx:
        found = [file for file in pending_files(tx) if file.state in _ON_THE_WAY]
        for file in found:
            advance(tx, file.id, expect=file.state, to="uncertain", reason=reason)
    return len(found)


def refuse_sending_if_restored(workspace: Workspace) -> None:
    """Raises ConfigError while nobody has said that a restored workspace may send."""
    restored = _restored(workspace)
    if restored is not None:
        raise _refused(restored)


def refuse_purging_if_restored(workspace: Workspace) -> None:
    """Raises ConfigError while nobody has looked after a restored workspace: legal holds may be missing."""
    restored = _restored(workspace)
    if restored is not None:
        raise ConfigError(
            f"this workspace was restored from a backup of {restored.backup:%Y-%m-%d %H:%M} UTC, and doesn't know "
            "which legal holds were put on since: nothing is purged",
            hint="Put them on again (`edigate hold add`), then `edigate restore --allow-sending`.",
        )


def _restored(workspace: Workspace) -> Restored | None:
    mark = workspace.state / RESTORED
    try:
        return msgspec.json.decode(mark.read_bytes(), type=Restored)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        hint = "It says that this workspace was restored."
        raise ConfigError(f"{mark} can't be read, so nothing is sent or purged", hint=hint) from error


def _refused(restored: Restored) -> ConfigError:
    return ConfigError(
        f"this workspace was restored from a backup of {restored.backup:%Y-%m-%d %H:%M} UTC, and doesn't know what was "
        "sent since: nothing is sent",
        hint="Receive and post answers first, then see what partners have. `edigate restore --help` tells the way.",
    )


def allow_sending(gateway: Gateway, skip: int = SKIP) -> dict[str, int]:
    """Let a restored workspace send again; how many numbers of each sequence were passed over, by partner.

    The next control numbers are `skip` higher: those in between may have been used. Raises UsageError where
    nothing forbids sending.
    """
    mark = gateway.workspace.state / RESTORED
    if not mark.exists():
        raise UsageError("this workspace wasn't restored, or may send already")
    moved: dict[str, int] = {}
    with gateway.ledger.write() as tx:
        for partner in gateway.workspace.partners():
            for name, following in next_numbers(tx, partner.name).items():
                continue_at(tx, name, partner.name, following + skip)
                moved[partner.name] = skip
    with _telling(mark):
        mark.unlink()
    log.info("sending allowed", count=len(moved))
    return moved


# --- folders


def _must_be_ours(folder: Path) -> None:
    """Raises UsageError for a folder that holds something else than a backup, or one that wasn't ended."""
    if not folder.exists():
        return
    ours = {_LEDGER, f"{_LEDGER}.new", _ARCHIVE, _SETTINGS, f"{_SETTINGS}.new", MANIFEST}
    if not folder.is_dir() or {path.name for path in folder.iterdir()} - ours:
        raise UsageError(f"{folder} holds something else than a backup", hint="Name a folder of its own.")


def _manifest(folder: Path) -> Backup:
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Backup)
    except (OSError, msgspec.DecodeError) as error:
        raise NoInputError(f"{folder} holds no backup that was ended", hint=f"It has no {MANIFEST}.") from error


def _copy_settings(workspace: Workspace, to: Path, anchors: bytes) -> None:
    shutil.rmtree(to, ignore_errors=True)
    named = workspace.config.archive.recipients_file
    files = [workspace.root / SETTINGS_FILE, *([workspace.root / named] if named and _is_inside(named) else [])]
    for name in _FOLDERS:
        files += sorted(path for path in (workspace.root / name).rglob("*") if path.is_file())
    for path in files:
        _copy_file(path, to / path.relative_to(workspace.root))
    if anchors:
        _write_file(to / ANCHORS, anchors)


def _is_inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _copy_file(path: Path, to: Path) -> None:
    """A file for its owner alone, whoever might read the other."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("rb") as source, os.fdopen(os.open(to, _NEW, 0o600), "wb") as new:
        shutil.copyfileobj(source, new)


def _write_file(to: Path, content: bytes) -> None:
    with os.fdopen(os.open(to, _NEW, 0o600), "wb") as new:
        new.write(content)


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    """The disk's refusals as ours."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error.strerror or 'the disk refuses'}") from error
