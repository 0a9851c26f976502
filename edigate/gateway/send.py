"""Sending: each frozen file to its partner once. Intent before effect, outcome after; in between is evidence.

    queued -> uploading (temporary name) -> renaming -> sent

Killed or cut off while `uploading`, nothing stands under the final name: start over. While `renaming`,
a temporary that is still there is renamed; one that is gone was renamed, for nobody else knew its name.
A partner that forbids temporary names gets the file directly, and any failure then is `uncertain`:
never a blind second send.
"""

from __future__ import annotations

import contextlib
import secrets

import msgspec

from edigate.errors import EdigateError, PartnerError, RemoteRefusedError
from edigate.gateway.opening import Gateway
from edigate.gateway.outgoing import freeze_ready
from edigate.ledger.outbound import OutboundFile, advance, outbound_file_by_id, pending_files
from edigate.ledger.states import FileState
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.transport import Transport

log = get_logger(__name__)


class SendReport(msgspec.Struct, kw_only=True):
    """What a send to one partner did. `files` are as the ledger has them afterwards."""

    partner: str
    files: list[OutboundFile] = []
    stopped: str = ""  # why it ended early
    try_later: bool = False

    @property
    def claims_sent(self) -> int:
        return sum(file.claims for file in self.files if file.state == "sent")

    @property
    def uncertain(self) -> list[OutboundFile]:
        return [file for file in self.files if file.state == "uncertain"]


def send(gateway: Gateway, partner: Partner) -> SendReport:
    """Freeze what is ready for a partner and send every file that waits, the oldest first.

    Trouble with the partner ends in the report, not in an exception: what was frozen stays frozen and
    goes out with the next send. Raises LedgerBusyError where another run works with this partner.
    """
    with gateway.only_one(f"partner-{partner.name}"):
        for kind in partner.kinds:
            freeze_ready(gateway, partner, kind)
        with gateway.ledger.read() as tx:
            waiting = [file for file in pending_files(tx, partner.name) if file.state != "uncertain"]
            unclear = [file.id for file in pending_files(tx, partner.name) if file.state == "uncertain"]
        report = SendReport(partner=partner.name)
        if waiting:
            try:
                with gateway.transport(partner.name) as transport:
                    for file in waiting:
                        _Delivery(gateway, partner, transport, file).finish()
            except PartnerError as error:
                report.stopped = str(error)
                report.try_later = error.exit_code == 75
                log.warning("send stopped", partner=partner.name, error=error)
        with gateway.ledger.read() as tx:
            for file_id in [*unclear, *(file.id for file in waiting)]:
                if (now := outbound_file_by_id(tx, file_id)) is not None:
                    report.files.append(now)
        return report


class _Delivery:
    """One file's way to its partner, from wherever an earlier run left it."""

    def __init__(self, gateway: Gateway, partner: Partner, transport: Transport, file: OutboundFile) -> None:
        self._gateway = gateway
        self._partner = partner
        self._transport = transport
        self._file = file
        self._folder = partner.folders.send
        self._final = self._path(file.filename)

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}" if self._folder else name

    def _advance(self, expect: FileState, to: FileState, reason: str = "", temporary: str | None = None) -> None:
        with self._gateway.ledger.write() as tx:
            advance(tx, self._file.id, expect=expect, to=to, reason=reason, temporary_name=temporary)
        log.info("file moved on", file_id=self._file.id, partner=self._partner.name, state=to)

    def finish(self) -> None:
        """Bring the file to `sent`, or to `uncertain`. Raises PartnerError where the partner fails us."""
        match self._file.state:
            case "renaming":
                self._after_rename()
            case "uploading":
                self._after_upload()
            case _:
                self._upload()

    def _after_upload(self) -> None:
        """An earlier run was uploading when it ended."""
        temporary = self._file.temporary_name
        if not temporary:  # directly under the final name: only evidence can tell what stands there
            self._advance("uploading", "uncertain", "an earlier run ended while it was uploading")
            return
        with contextlib.suppress(RemoteRefusedError):
            self._transport.remove(self._path(temporary))
        self._advance("uploading", "queued", "started over after an interrupted upload")
        self._upload()

    def _after_rename(self) -> None:
        """An earlier run was renaming when it ended; the temporary's name is known to us alone."""
        temporary = self._path(self._file.temporary_name)
        if self._there(temporary):
            self._rename(temporary)
        else:
            self._advance("renaming", "sent", "inferred: the temporary was gone, so it had been renamed")

    def _upload(self) -> None:
        content = self._gateway.archive.get(self._file.sha256)
        if not self._partner.folders.temporary:
            self._directly(content)
            return
        name = f".{secrets.token_hex(8)}{self._partner.folders.temporary_suffix}"
        self._advance("queued", "uploading", temporary=name)
        self._transport.write(self._path(name), content)
        self._advance("uploading", "renaming")
        self._rename(self._path(name))

    def _rename(self, temporary: str) -> None:
        try:
            self._transport.rename(temporary, self._final)
        except RemoteRefusedError as error:
            # Some servers rename and answer with an error all the same: look before believing.
            if self._there(temporary):
                raise RemoteRefusedError(
                    f"{self._partner.name} refuses the name {self._file.filename}: {error.message}",
                    hint="The file waits under a temporary name. Is another file there under its name? See "
                    f"`edigate show file {self._file.id}`.",
                ) from error
            self._advance("renaming", "sent", "inferred: renamed in spite of the server's answer")
            return
        self._advance("renaming", "sent")

    def _directly(self, content: bytes) -> None:
        self._advance("queued", "uploading", temporary="")
        try:
            self._transport.write(self._final, content)
        except EdigateError as error:
            self._advance("uploading", "uncertain", f"failed while uploading directly ({type(error).__name__})")
            raise
        self._advance("uploading", "sent")

    def _there(self, path: str) -> bool:
        """Whether a file stands there. A server that won't tell by name may tell by its listing."""
        try:
            return self._transport.stat(path) is not None
        except RemoteRefusedError:
            name = path.rsplit("/", 1)[-1]
            return any(found.name == name for found in self._transport.list(self._folder))
