"""Examining a workspace from end to end: settings, rights, clock, disk, ledger, archive, then each partner.

Looks only, makes nothing and changes nothing; each line says what was found and, where it isn't well, what to do.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from edigate.archive import Archive
from edigate.config import Workspace, load_workspace
from edigate.errors import EdigateError, LedgerError, StorageError
from edigate.gateway.opening import Clock, ledger_password, system_clock
from edigate.gateway.partner_check import CheckReport, check_partner
from edigate.gateway.sealing import examined
from edigate.ledger.checks import LAWS, archived, breaches
from edigate.ledger.runs import last_runs
from edigate.ledger.store import Ledger
from edigate.ledger.vitals import newest_moment
from edigate.partners.load import draft_of

AHEAD = timedelta(minutes=2)  # by which the ledger's newest entry may lie before now
NIGHT = timedelta(hours=26)  # a night and some delay
SPOT_CHECK = 20  # files of the archive that are read again; `db check` reads all
_FULL, _NEARLY = 200 << 20, 2 << 30  # bytes left

Tell = Callable[[str], None]


class Examination(msgspec.Struct, kw_only=True):
    """What was found, a report each for workspace and partners; `exit_code` is that of the first that failed."""

    reports: list[CheckReport] = []

    @property
    def exit_code(self) -> int:
        return next((one.exit_code for one in self.reports if one.exit_code), 0)


def examine(
    root: Path,
    *,
    environ: Mapping[str, str],
    partner: str = "",
    offline: bool = False,
    clock: Clock = system_clock,
    tell: Tell = lambda text: None,
) -> Examination:
    """Examine the workspace at `root` and every partner, or one partner alone. `offline`: nobody is called.

    What is wrong is in the reports, not an exception; UsageError for what can't be a partner's name.
    """
    examination = Examination()
    names = [partner] if partner else [path.stem for path in sorted((root / "partners").glob("*.toml"))]
    if not partner:
        examination.reports.append(_Workspace(root, environ, clock, tell).report)
    for name in names:
        tell(name)
        if draft_of(root / "partners" / f"{name}.toml"):
            draft = CheckReport(partner=name)
            draft.add("settings", "warning", "it waits to be filled in", f"edigate partner check {name} says what.")
            examination.reports.append(draft)
        else:
            examination.reports.append(check_partner(root, name, environ=environ, offline=offline, clock=clock))
    return examination


class _Workspace:
    """The workspace's own examination; each step goes into `report`."""

    def __init__(self, root: Path, environ: Mapping[str, str], clock: Clock, tell: Tell) -> None:
        self.report = CheckReport(partner="")
        self._root, self._environ, self._clock, self._tell = root, environ, clock, tell
        workspace = self._settings()
        self._rights()
        if workspace is None:
            return
        self._disk(workspace)
        with self._step("ledger"):
            self._ledger(workspace)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self._tell(name)
        try:
            yield
        except EdigateError as error:
            self.report.failed(name, error)

    def _settings(self) -> Workspace | None:
        workspace = None
        with self._step("settings"):
            workspace = load_workspace(self._root)
            partners = len(workspace.partners())
            self.report.add("settings", "ok", f"{partners} partners, {len(workspace.config.intake)} intakes")
            if not partners:
                do = "Begin one: edigate partner add NAME --pack PACK"
                self.report.add("partners", "warning", "there is none", do)
        return workspace

    def _rights(self) -> None:
        """All a workspace holds is about patients: only its owner may read it, and must be who runs this."""
        self._tell("permissions")
        state = self._root / "state"
        found = 0
        for path in (state, *sorted(state.glob("*")), self._root / "inbox", self._root / "out"):
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            name = path.relative_to(self._root)
            mode = stat.S_IMODE(status.st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO) and not stat.S_ISLNK(status.st_mode):
                found += 1
                told = f"others can open {name} (mode {mode:04o})"
                self.report.failed("permissions", StorageError(told, hint=f"Run: chmod -R go= {path}"))
            elif path == state and status.st_uid != os.geteuid():
                found += 1
                hint = f"Run edigate as that user, e.g. `runuser -u $(stat -c %U {path}) -- edigate doctor`."
                self.report.failed(
                    "permissions", StorageError(f"{name} belongs to user number {status.st_uid}", hint=hint)
                )
        if not found:
            self.report.add("permissions", "ok", "state, inbox and out are closed to others")

    def _disk(self, workspace: Workspace) -> None:
        self._tell("disk")
        places = {"state": workspace.state, "archive": workspace.archive_path}
        seen: set[int] = set()
        for name, path in places.items():
            there = next(folder for folder in (path, *path.parents) if folder.is_dir())
            if there.stat().st_dev in seen:
                continue
            seen.add(there.stat().st_dev)
            left, inodes = shutil.disk_usage(there).free, os.statvfs(there)
            told = f"{left / (1 << 30):.1f} GB left for {name}"
            do = "Free space, or move the archive (`archive.path`) to a larger disk."
            if left < _FULL or (inodes.f_files > 0 and inodes.f_favail < 1_000):
                self.report.failed("disk", StorageError(told, hint=do))
            else:
                self.report.add("disk", "warning" if left < _NEARLY else "ok", told, do if left < _NEARLY else "")

    def _ledger(self, workspace: Workspace) -> None:
        if not workspace.ledger_on_server and not workspace.ledger_path.exists():
            self.report.add("ledger", "skipped", "there is none yet; the first convert or send makes it")
            return
        password = ledger_password(workspace, self._environ)
        with Ledger.open(workspace.ledger_url, password=password, clock=self._clock) as ledger, ledger.read() as tx:
            self.report.add("ledger", "ok", "it has the version of this edigate")
            broken, kept = breaches(tx), archived(tx)
            newest, runs = newest_moment(tx), last_runs(tx, limit=1, command="nightly")
        for breach in broken:
            hint = "Change nothing by hand; restore a backup or report it. `edigate db check` tells all."
            self.report.failed("integrity", LedgerError(f"{breach.code} doesn't hold {breach.count} times", hint=hint))
        if not broken:
            self.report.add("integrity", "ok", f"{len(LAWS)} laws hold")
        now = self._clock()
        if newest is not None and newest - now > AHEAD:
            told = f"the ledger's newest entry is of {newest:%Y-%m-%d %H:%M} UTC, which is still to come"
            hint = "This machine's clock is behind, or was ahead: set it by the network (NTP)."
            self.report.failed("clock", StorageError(told, hint=hint))
        else:
            self.report.add("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC, after the ledger's newest entry")
        if runs and runs[0].finished_at is None and now - runs[0].started_at > timedelta(hours=4):
            told = f"the last one began {runs[0].started_at:%Y-%m-%d %H:%M} UTC and never ended"
            self.report.add("nightly", "warning", told, "It was killed, or hangs: journalctl -u edigate-nightly")
        elif runs and now - runs[0].started_at > NIGHT:
            told = f"the last one was {runs[0].started_at:%Y-%m-%d %H:%M} UTC"
            self.report.add("nightly", "warning", told, "Is the timer on? systemctl list-timers 'edigate*'")
        elif runs:
            self.report.add("nightly", "ok", f"the last one ended with {runs[0].exit_code}")
        self._archive(workspace, kept)

    def _archive(self, workspace: Workspace, kept: Mapping[str, str]) -> None:
        """All that the ledger counts on is there; the newest and some others are read again."""
        self._tell("archive")
        archive = Archive(workspace.archive_path)
        if workspace.recipients:
            self.report.add("sealing", *examined(workspace, archive))
        missing = [what for sha256, what in kept.items() if not archive.exists(sha256)]
        if missing:
            told = f"{len(missing)} files are missing, {missing[0]} among them"
            self.report.failed("archive", StorageError(told, hint="Restore the archive from a backup."))
        there = [sha256 for sha256 in kept if archive.exists(sha256)]
        half = SPOT_CHECK // 2
        chosen = there[-half:] + random.sample(there[:-half], min(len(there[:-half]), half))
        damaged = 0
        for sha256 in chosen:
            try:
                archive.check(sha256)
            except StorageError as error:
                damaged += 1
                self.report.failed("archive", error)
        if not missing and not damaged:
            self.report.add("archive", "ok", f"{len(kept)} files are there, {len(chosen)} were read again")
