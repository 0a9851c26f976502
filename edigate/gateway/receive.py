"""Receiving: every file of a partner's folders once, raw bytes durable before anybody reads them.

A file counts as taken by path, size and time; the same bytes under another name are kept as a duplicate.
Deleting on the server is the partner's setting, and comes only after our copy is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from edigate.errors import (
    ConfigError,
    EdigateError,
    HostKeyError,
    LedgerBusyError,
    LoginRefusedError,
    PartnerError,
    RemoteRefusedError,
    Transient,
)
from edigate.gateway.markers import refusals, without_markers
from edigate.gateway.names import kept_name
from edigate.gateway.opening import Gateway
from edigate.gateway.send import lost
from edigate.ledger.inbound import InboundFile, inbound_files, record_received, taken
from edigate.ledger.outbound import outbound_files
from edigate.ledger.records import NewInboundFile
from edigate.logs import get_logger
from edigate.partners.model import Markers, Partner
from edigate.transport import RemoteFile, Transport
from edigate.transport.base import printable

log = get_logger(__name__)


class ReceiveReport(msgspec.Struct, kw_only=True):
    """What a receive from one partner did. Names are fit to be shown."""

    partner: str
    files: list[InboundFile] = []
    growing: list[str] = []  # names still being written when we looked; next time
    refused: list[str] = []  # names the server would not give
    stopped: str = ""  # what went wrong, a line for each trouble
    try_later: bool = False
    refused_login: bool = False  # another login today could lock the account


def receive_all(
    gateway: Gateway, partners: Iterable[Partner], *, tell: Callable[[str], None] = lambda text: None
) -> Iterator[ReceiveReport]:
    """Receive from each in turn; where another run works with one, the others are still asked."""
    for partner in partners:
        tell(f"receiving from {partner.name}")
        try:
            yield receive(gateway, partner)
        except LedgerBusyError as error:
            yield ReceiveReport(partner=partner.name, stopped=str(error), try_later=True)


class _GrowingError(Exception):
    """Ends the reading of a file that is still being written; nothing of it is kept."""


def receive(gateway: Gateway, partner: Partner) -> ReceiveReport:
    """Fetch what is new in a partner's folders, the oldest first.

    Trouble with the partner, its settings, a folder or a file ends in the report. Raises LedgerBusyError
    where another run works with it, LedgerError, StorageError.
    """
    report = ReceiveReport(partner=partner.name)
    troubles: list[EdigateError] = []
    with gateway.only_one(f"partner-{partner.name}"):
        try:
            with gateway.transport(partner.name) as transport:
                for folder in dict.fromkeys(partner.folders.receive):
                    try:
                        listed = transport.list(folder)
                    except RemoteRefusedError as error:
                        log.warning("folder not listed", partner=partner.name, error=error)
                        troubles.append(error)
                        continue
                    _Folder(gateway, partner, transport, report).fetch(_foreign(gateway, partner, folder, listed))
                troubles += refusals(gateway, partner, transport)
        except (PartnerError, ConfigError) as error:
            log.warning("receive stopped", partner=partner.name, error=error)
            troubles.append(error)
        except OSError as error:
            troubles.append(lost(partner.name, error))
    report.stopped = "\n".join(str(error) for error in troubles)
    report.try_later = bool(troubles) and all(isinstance(error, Transient) for error in troubles)
    report.refused_login = any(isinstance(error, LoginRefusedError | HostKeyError) for error in troubles)
    return report


def _foreign(gateway: Gateway, partner: Partner, folder: str, listed: Iterable[RemoteFile]) -> list[RemoteFile]:
    """What in a folder isn't ours nor a marker of ours. Some partners answer in the very folder that we send to."""
    if folder.strip("/") != partner.folders.send.strip("/") and partner.folders.markers == Markers():
        return list(listed)
    with gateway.ledger.read() as tx:
        sent = outbound_files(tx, partner=partner.name)
    names = {file.filename for file in sent}
    found = without_markers(partner, folder, listed, names)
    if folder.strip("/") != partner.folders.send.strip("/"):
        return found
    ours = names | {file.temporary_name for file in sent}
    return [file for file in found if file.name not in ours]


class _Folder:
    """The files of one folder on their way in."""

    def __init__(self, gateway: Gateway, partner: Partner, transport: Transport, report: ReceiveReport) -> None:
        self._gateway = gateway
        self._partner = partner
        self._transport = transport
        self._report = report

    def fetch(self, listed: Iterable[RemoteFile]) -> None:
        with self._gateway.ledger.read() as tx:
            known = taken(tx, self._partner.name)
            ids = {file.id for file in inbound_files(tx, partner=self._partner.name)}
        for remote in sorted(listed, key=lambda file: (file.modified, file.name)):
            if (kept_name(remote.path), remote.size, remote.modified) not in known:
                received = self._fetch(remote)
                if received is None:
                    continue
                # A server that tells no size or time has us read again what we had, to no effect.
                if received.id not in ids:
                    ids.add(received.id)
                    self._report.files.append(received)
            if self._partner.folders.delete_after_receive:
                self._remove(remote)

    def _fetch(self, remote: RemoteFile) -> InboundFile | None:
        """The file in archive and ledger; None where it is still being written or the server won't give it."""
        try:
            sha256 = self._gateway.archive.put_pieces(self._pieces(remote))
        except _GrowingError:
            self._report.growing.append(printable(remote.name))
            return None
        except RemoteRefusedError:
            self._report.refused.append(printable(remote.name))
            return None
        with self._gateway.ledger.write() as tx:
            received = record_received(
                tx,
                NewInboundFile(
                    partner=self._partner.name,
                    remote_path=kept_name(remote.path),
                    name=kept_name(remote.name),
                    sha256=sha256,
                    size=remote.size,
                    remote_modified=remote.modified,
                ),
            )
        log.info("file received", file_id=received.id, partner=self._partner.name, bytes=received.size)
        return received

    def _pieces(self, remote: RemoteFile) -> Iterator[bytes]:
        """The file's bytes; after the last of them, that it is all there is."""
        given = 0
        for piece in self._transport.read(remote.path):
            given += len(piece)
            yield piece
        now = self._look(remote)
        if 0 <= remote.size != given or (now is not None and 0 <= now.size != given):
            raise _GrowingError

    def _look(self, remote: RemoteFile) -> RemoteFile | None:
        try:
            return self._transport.stat(remote.path)
        except RemoteRefusedError:
            return None  # it tells nothing by name; then the listing's size must do

    def _remove(self, remote: RemoteFile) -> None:
        """Clear the server of a file that is safe with us; one that stays does no harm.

        One that has changed since we read it stays: some partners' names come round again.
        """
        now = self._look(remote)
        if now is not None and _changed(remote, now):
            return
        try:
            self._transport.remove(remote.path)
        except RemoteRefusedError as error:
            log.warning("file could not be removed from the server", partner=self._partner.name, error=error)


def _changed(then: RemoteFile, now: RemoteFile) -> bool:
    """Whether a file isn't the one it was, as far as both looks tell."""
    pairs = ((then.size, now.size), (then.modified, now.modified))
    return any(min(pair) >= 0 and pair[0] != pair[1] for pair in pairs)
