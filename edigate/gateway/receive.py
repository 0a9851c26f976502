"""Receiving: every file of a partner's folders once, raw bytes durable before anybody reads them.

A file counts as taken by path, size and time; the same bytes under another name are kept as a duplicate.
Deleting on the server is the partner's setting, and comes only after our copy is safe.
"""

from __future__ import annotations

import msgspec

from edigate.errors import PartnerError
from edigate.gateway.opening import Gateway
from edigate.ledger.inbound import InboundFile, record_received, taken
from edigate.ledger.records import NewInboundFile
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.transport import RemoteFile, Transport

log = get_logger(__name__)


class ReceiveReport(msgspec.Struct, kw_only=True):
    """What a receive from one partner did."""

    partner: str
    files: list[InboundFile] = []
    growing: list[str] = []  # names still being written when we looked; next time
    refused: list[str] = []  # names the server would not give
    stopped: str = ""
    try_later: bool = False


def receive(gateway: Gateway, partner: Partner) -> ReceiveReport:
    """Fetch what is new in a partner's folders, the oldest first.

    Trouble with the partner ends in the report. Raises LedgerBusyError where another run works with it.
    """
    report = ReceiveReport(partner=partner.name)
    with gateway.only_one(f"partner-{partner.name}"):
        try:
            with gateway.transport(partner.name) as transport:
                for folder in partner.folders.receive:
                    _folder(gateway, partner, transport, folder, report)
        except PartnerError as error:
            report.stopped = str(error)
            report.try_later = error.exit_code == 75
            log.warning("receive stopped", partner=partner.name, error=error)
    return report


def _folder(
    gateway: Gateway, partner: Partner, transport: Transport, folder: str, report: ReceiveReport
) -> None:
    with gateway.ledger.read() as tx:
        known = taken(tx, partner.name)
    listed = sorted(transport.list(folder), key=lambda file: (file.modified, file.name))
    for remote in listed:
        if (remote.path, remote.size, remote.modified) in known:
            if partner.folders.delete_after_receive:  # an earlier run was cut off before it could
                _remove(transport, remote)
            continue
        content = _fetch(transport, remote, report)
        if content is None:
            continue
        sha256 = gateway.archive.put(content)
        with gateway.ledger.write() as tx:
            received = record_received(
                tx,
                NewInboundFile(
                    partner=partner.name,
                    remote_path=remote.path,
                    name=remote.name,
                    sha256=sha256,
                    size=remote.size,
                    remote_modified=remote.modified,
                ),
            )
        log.info("file received", file_id=received.id, partner=partner.name, bytes=len(content))
        report.files.append(received)
        if partner.folders.delete_after_receive:
            _remove(transport, remote)


def _fetch(transport: Transport, remote: RemoteFile, report: ReceiveReport) -> bytes | None:
    """The file's bytes; None where it is still being written or the server won't give it."""
    try:
        content = b"".join(transport.read(remote.path))
    except PartnerError as error:
        if error.exit_code != 69:  # the line, not this one file
            raise
        report.refused.append(remote.name)
        return None
    now = transport.stat(remote.path)
    if (0 <= remote.size != len(content)) or (now is not None and 0 <= now.size != len(content)):
        report.growing.append(remote.name)
        return None
    return content


def _remove(transport: Transport, remote: RemoteFile) -> None:
    """Clear the server of a file that is safe with us; one that stays does no harm."""
    try:
        transport.remove(remote.path)
    except PartnerError as error:
        if error.exit_code != 69:
            raise
        log.warning("file could not be removed from the server")
