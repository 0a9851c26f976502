"""Checking a partner step by step: settings, keys, secrets, name, greeting, host key, login, folders, probe, clock.

Each step says what was found, and what to do where it failed. Sends no claim, changes nothing there unless a probe file
is asked for, and logs in once: a refused login is never tried again.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from edigate.errors import ConfigError, EdigateError, HostKeyError, RemoteRefusedError
from edigate.gateway.carrying import open_pgp
from edigate.gateway.opening import Clock, system_clock
from edigate.gateway.partner_files import partner_path, read_text
from edigate.partners.drafts import waiting
from edigate.partners.load import draft_of, load_partner
from edigate.partners.model import Partner, Pgp, Sftp
from edigate.partners.pgp_check import fingerprint
from edigate.transport import Transport, open_transport
from edigate.transport.credentials import load_credentials
from edigate.transport.greeting import addresses, greeting
from edigate.transport.host_keys import HostKey, parse_host_key, signature_algorithms
from edigate.transport.ssh_session import offered_host_key

Outcome = Literal["ok", "warning", "failed", "skipped"]

CLOCK_MAY_DIFFER = 120.0  # seconds
_PROBE = b"edigate looks whether it may write here. This file may be deleted.\n"


class Step(msgspec.Struct, frozen=True):
    """One step: what it was about, how it ended, what was found, what to do."""

    name: str
    outcome: Outcome
    told: str
    do: str = ""


class CheckReport(msgspec.Struct, kw_only=True):
    """All steps in their order; `exit_code` is that of the first that failed, 0 where none did."""

    partner: str
    steps: list[Step] = []
    exit_code: int = 0

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    def add(self, name: str, outcome: Outcome, told: str, do: str = "") -> None:
        self.steps.append(Step(name, outcome, told, do))

    def failed(self, name: str, error: EdigateError) -> None:
        first, _, rest = error.message.partition("\n")
        self.add(name, "failed", first.removesuffix(":"), "\n".join(filter(None, (rest, error.hint))))
        self.exit_code = self.exit_code or error.exit_code


class _StopError(Exception):
    """Ends a check: without this step the next ones make no sense. It is told already."""


def check_partner(
    root: Path,
    name: str,
    *,
    environ: Mapping[str, str],
    write: bool = False,
    offline: bool = False,
    clock: Clock = system_clock,
    tell: Callable[[str], None] = lambda text: None,
) -> CheckReport:
    """Check one partner of the workspace at `root`. With `write` a probe file is made and removed in the send folder;
    `offline` ends before anybody is called.

    What fails is in the report, not an exception; UsageError for what can't be a name.
    """
    path = partner_path(root, name)
    report = CheckReport(partner=name)
    check = _Check(report, root, environ, clock, tell)
    with contextlib.suppress(_StopError):
        partner = check.settings(path)
        if partner.pgp is not None:
            check.pgp(partner, partner.pgp)
        if partner.sftp is not None:
            check.secrets(partner, partner.sftp)
            if not offline:
                check.server(partner, partner.sftp)
        if not offline:
            check.session(partner, write=write)
    return report


class _Check:
    def __init__(
        self, report: CheckReport, root: Path, environ: Mapping[str, str], clock: Clock, tell: Callable[[str], None]
    ) -> None:
        self._report = report
        self._root = root
        self._environ = environ
        self._clock = clock
        self._tell = tell

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """A step without which there is no next one."""
        self._tell(name)
        try:
            yield
        except EdigateError as error:
            self._report.failed(name, error)
            raise _StopError from error

    def settings(self, path: Path) -> Partner:
        with self._step("settings"):
            read_text(path)
            if left := draft_of(path):
                raise waiting(f"partners/{path.name}", left)
            partner = load_partner(path, root=self._root)
            self._report.add("settings", "ok", f"{partner.usage}, {', '.join(partner.kinds)}")
        return partner

    def secrets(self, partner: Partner, sftp: Sftp) -> None:
        """What we log in with, as far as it can be tried without a server."""
        with self._step("secrets"):
            where = f"partners/{partner.name}.toml"
            found = load_credentials(sftp, where=where, workspace=self._root, environ=self._environ)
            key = "a key of the agent" if sftp.agent else "a key" if sftp.key_file else ""
            password = "a password" if found.password is not None else ""
            self._report.add("secrets", "ok", " and ".join(filter(None, (key, password))))

    def pgp(self, partner: Partner, pgp: Pgp) -> None:
        """The keys that files are encrypted, signed and decrypted with, as far as it can be told without a file."""
        with self._step("pgp"):
            needed = [(pgp.encrypt_to, False), (pgp.sign_with, True), *((one, False) for one in pgp.signed_by)]
            with open_pgp(partner, self._root, self._environ) as keys:
                for key, secret in needed:
                    if key and (trouble := keys.trouble_with(fingerprint(key), secret=secret)):
                        hint = f"Look at them: gpg --homedir {self._root / pgp.home} --list-keys"
                        raise ConfigError(f"partners/{partner.name}.toml: pgp: {trouble}", hint=hint)
                if pgp.encrypt_to:  # the passphrase, too
                    keys.encrypt(_PROBE, fingerprint(pgp.encrypt_to), fingerprint(pgp.sign_with))
            does = (("encrypts", pgp.encrypt_to), ("signs", pgp.sign_with), ("decrypts", pgp.decrypt))
            self._report.add("pgp", "ok", ", ".join(what for what, wanted in does if wanted))

    def server(self, partner: Partner, sftp: Sftp) -> None:
        """Everything up to the login: nothing of ours is sent."""
        add, where = self._report.add, f"partners/{partner.name}.toml"
        if sftp.jump is not None or sftp.proxy_command:
            add("host key", "skipped", "the server is reached through another; the login looks at its key")
            return
        with self._step("name"):
            add("name", "ok", f"{sftp.host} is {', '.join(addresses(sftp))}")
        with self._step("greeting"):
            add("greeting", "ok", greeting(sftp).software)
        pinned = self._pinned(sftp, where)
        with self._step("encryption"):
            try:
                shown = offered_host_key(sftp, signature_algorithms(pinned))
            except HostKeyError as error:  # it has no key of a kind that is pinned
                self._report.failed("host key", error)
                raise _StopError from error
            add("encryption", "ok", "agreed")
        with self._step("host key"):
            if shown not in pinned:
                raise HostKeyError(
                    f"the server shows {shown.fingerprint}, pinned are {', '.join(key.fingerprint for key in pinned)}",
                    hint="Has the partner changed its key? Ask for the fingerprint by another way, then "
                    f"`edigate partner trust {partner.name}`.",
                )
            add("host key", "ok", f"{shown.fingerprint} is pinned")

    def _pinned(self, sftp: Sftp, where: str) -> tuple[HostKey, ...]:
        with self._step("host key"):
            return tuple(
                parse_host_key(line, f"{where}: sftp.host_keys[{number}]") for number, line in enumerate(sftp.host_keys)
            )

    def session(self, partner: Partner, *, write: bool) -> None:
        name = "login" if partner.sftp is not None else "folder"
        with contextlib.ExitStack() as stack:
            with self._step(name):
                opened = open_transport(partner, workspace=self._root, environ=self._environ)
                transport = stack.enter_context(opened)
                who = partner.sftp.username if partner.sftp else partner.directory.path if partner.directory else ""
                self._report.add(name, "ok", who)
            with self._step("folders"):
                self._folders(partner, transport)
            with self._step("probe file"):
                self._probe(partner, transport, write=write)

    def _folders(self, partner: Partner, transport: Transport) -> None:
        folders, newest = partner.folders, -1
        for folder in dict.fromkeys([*folders.receive, folders.send]):
            name = f"folder {folder}"
            try:
                listed = transport.list(folder)
                self._report.add(name, "ok", _counted(len(listed)))
                newest = max((newest, *(file.modified for file in listed)))
            except RemoteRefusedError as error:
                if folder in folders.receive:
                    self._report.failed(name, error)
                    continue
                # Claims can go there all the same; only whether one arrived can't be looked up.
                self._report.add(
                    name, "warning", error.message, "Does the folder exist? If one may only write to it, all is well."
                )
        markers = (*folders.markers.success, *folders.markers.failed)
        for folder in dict.fromkeys(pattern.rpartition("/")[0] for pattern in markers if "/" in pattern):
            try:
                self._report.add(f"folder {folder}", "ok", f"{_counted(len(transport.list(folder)))}, of markers")
            except RemoteRefusedError as error:
                self._report.add(f"folder {folder}", "warning", error.message, "Is folders.markers right?")
        ahead = newest - self._clock().timestamp()
        if ahead > CLOCK_MAY_DIFFER:  # a file of the future: one of the two clocks is wrong
            told = f"a file there is of a time {ahead / 60:.0f} minutes from now"
            self._report.add("clock", "warning", told, "Is this machine's clock set by the network (NTP)?")

    def _probe(self, partner: Partner, transport: Transport, *, write: bool) -> None:
        add, folders = self._report.add, partner.folders
        if not write:
            add("probe file", "skipped", "nothing was written", "--write makes, renames and removes a small file.")
            return
        if not folders.temporary:
            add("probe file", "skipped", "this partner takes every file at once; a probe would be taken for claims")
            return
        base = f"{folders.send.rstrip('/')}/.edigate-probe-{secrets.token_hex(4)}"
        first, second = f"{base}-a{folders.temporary_suffix}", f"{base}-b{folders.temporary_suffix}"
        stands = ""
        try:
            began = time.time()
            transport.write(first, _PROBE)
            stands = first
            difference = self._clock_difference(transport, first, began)
            transport.rename(first, second)
            stands = second
            transport.remove(second)
        except RemoteRefusedError as error:
            self._clear(transport, stands)
            do = "The account must be let create, rename and remove files there; or set folders.temporary = false."
            self._report.failed("probe file", type(error)(error.message, hint=error.hint or do))
            return
        add("probe file", "ok", "created, renamed, removed")
        if difference is None:
            add("clock", "skipped", "the server tells no time of a file")
        elif abs(difference) > CLOCK_MAY_DIFFER:
            told = f"the server's clock is {abs(difference):.0f} s {'ahead' if difference > 0 else 'behind'}"
            add("clock", "warning", told, "Is this machine's clock set by the network (NTP)?")
        else:
            add("clock", "ok", f"within {CLOCK_MAY_DIFFER:.0f} s")

    def _clock_difference(self, transport: Transport, path: str, began: float) -> float | None:
        """Seconds by which the server's clock is ahead, by the time of a file just written."""
        try:
            found = transport.stat(path)
        except RemoteRefusedError:
            return None
        if found is None or found.modified < 0:
            return None
        # Whole seconds, and the file was written somewhere between the two looks at our clock.
        ahead, behind = found.modified - time.time(), found.modified + 1 - began
        return 0.0 if ahead <= 0 <= behind else (ahead if ahead > 0 else behind)

    def _clear(self, transport: Transport, stands: str) -> None:
        if not stands:
            return
        try:
            transport.remove(stands)
        except RemoteRefusedError:
            self._report.add("probe file", "warning", f"{stands} stays on the server", "Ask the partner to delete it.")


def _counted(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
