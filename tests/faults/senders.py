"""Who sends in a campaign: edigate, and four who do what is often done. Those must be caught.

- `naive` puts the file under its final name and then writes down that it did;
- `unconfirmed` is edigate with paramiko's `SFTPClient.putfo(confirm=False)` in place of its own writing;
- `no-renaming` is edigate without the commit before the rename;
- `renames-first` is edigate, but that of a set it asks for the renames and then writes down that it will.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types

from edigate.errors import EdigateError, PartnerUnreachableError, RemoteRefusedError
from edigate.gateway import send as sending
from edigate.gateway.deliveries import Deliveries
from edigate.gateway.delivery import Delivery
from edigate.gateway.freezing import freeze_ready
from edigate.gateway.opening import Gateway
from edigate.gateway.send import SendReport
from edigate.ledger.outbound import advance, outbound_file_by_id, pending_files
from edigate.ledger.states import FileState
from edigate.partners.model import Partner
from edigate.transport.sftp import SftpTransport

Sender = Callable[[Gateway, Partner], SendReport]


def naive(gateway: Gateway, partner: Partner) -> SendReport:
    """Put, then commit. Its put is confirmed, its ledger is ours: only the order is wrong."""
    report = SendReport(partner=partner.name)
    with gateway.only_one(f"partner-{partner.name}"):
        freeze_ready(gateway, partner, "837P")
        with gateway.ledger.read() as tx:
            pending = pending_files(tx, partner.name)
        try:
            with gateway.transport(partner.name) as transport:
                client = _paramiko(transport)
                for file in pending:
                    path = f"{partner.folders.send}/{file.filename}"
                    client.putfo(io.BytesIO(gateway.archive.get(file.sha256)), path)
                    with gateway.ledger.write() as tx:
                        advance(tx, file.id, expect="queued", to="sent")
        except (EdigateError, OSError, EOFError, paramiko.SSHException) as error:
            report.stopped = str(error) or type(error).__name__
        with gateway.ledger.read() as tx:
            report.files = [found for file in pending if (found := outbound_file_by_id(tx, file.id))]
    return report


def unconfirmed(gateway: Gateway, partner: Partner) -> SendReport:
    """edigate, but for how it writes."""

    def write(transport: SftpTransport, path: str, content: bytes) -> None:
        try:
            _paramiko(transport).putfo(io.BytesIO(content), path, confirm=False)
        except OSError as error:
            raise RemoteRefusedError(str(error)) from None
        except (EOFError, paramiko.SSHException):
            raise PartnerUnreachableError("The session ended.") from None

    SftpTransport.write = write  # type: ignore[method-assign, assignment]  # in this process, which is for one send
    return sending.send(gateway, partner)


def without_renaming(gateway: Gateway, partner: Partner) -> SendReport:
    """edigate, but that the ledger never hears of a rename before it is done."""
    one, several = Delivery._advance, Deliveries._advance

    def fewer(self: Any, expect: FileState, to: FileState, reason: str = "", temporary: str | None = None) -> None:
        if to != "renaming":
            one(self, "uploading" if expect == "renaming" else expect, to, reason, temporary)

    def fewer_together(self: Any, deliveries: Any, expect: FileState, to: FileState) -> None:
        if to != "renaming":
            several(self, deliveries, "uploading" if expect == "renaming" else expect, to)

    Delivery._advance = fewer  # type: ignore[method-assign]  # as above
    Deliveries._advance = fewer_together  # type: ignore[method-assign]  # as above
    return sending.send(gateway, partner)


def renaming_first(gateway: Gateway, partner: Partner) -> SendReport:
    """edigate, but that a set's renames are asked for before the ledger says so."""
    several = Deliveries._advance

    def late(self: Any, deliveries: Any, expect: FileState, to: FileState) -> None:
        if to == "renaming":
            return
        if expect == "renaming":
            several(self, deliveries, "uploading", "renaming")
        several(self, deliveries, expect, to)

    Deliveries._advance = late  # type: ignore[method-assign]  # as above
    return sending.send(gateway, partner)


SENDERS: dict[str, Sender] = {
    "edigate": sending.send,
    "naive": naive,
    "unconfirmed": unconfirmed,
    "no-renaming": without_renaming,
    "renames-first": renaming_first,
}
CONTROLS = ("naive", "unconfirmed", "no-renaming", "renames-first")


def _paramiko(transport: object) -> paramiko.SFTPClient:
    """paramiko's own client on a channel of its own, on the session that we opened."""
    assert isinstance(transport, SftpTransport)
    channel = transport._session._channel.get_transport().open_session()
    channel.settimeout(transport._session._timeout)
    channel.invoke_subsystem("sftp")
    return paramiko.SFTPClient(channel)
