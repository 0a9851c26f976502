"""Receiving: every file of a partner's folders once, raw bytes durable before anybody reads them.

A file counts as taken by path, size and time; the same bytes under another name are kept as a duplicate.
Deleting on the server is the partner's setting, and comes only after our copy is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

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
from edigate.gateway.fetching import Fetched, Folder
from edigate.gateway.markers import refusals, without_markers
from edigate.gateway.opening import Gateway
from edigate.gateway.progress import Watch, unwatched
from edigate.gateway.send import lost
from edigate.ledger.outbound import outbound_files
from edigate.logs import get_logger
from edigate.partners.model import Markers, Partner
from edigate.transport import RemoteFile

log = get_logger(__name__)


class ReceiveReport(Fetched, kw_only=True):
    """What a receive from one partner did."""

    partner: str
    stopped: str = ""  # what went wrong, a line for each trouble
    try_later: bool = False
    refused_login: bool = False  # another login today could lock the account


def receive_all(
    gateway: Gateway,
    partners: Iterable[Partner],
    *,
    tell: Callable[[str], None] = lambda text: None,
    watch: Watch = unwatched,
) -> Iterator[ReceiveReport]:
    """Receive from each in turn; where another run works with one, the others are still asked."""
    for partner in partners:
        tell(f"receiving from {partner.name}")
        try:
            yield receive(gateway, partner, watch=watch)
        except LedgerBusyError as error:
            yield ReceiveReport(partner=partner.name, stopped=str(error), try_later=True)


def receive(gateway: Gateway, partner: Partner, *, watch: Watch = unwatched) -> ReceiveReport:
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
                    foreign = _foreign(gateway, partner, folder, listed)
                    Folder(gateway, partner, transport, report, watch).fetch(foreign)
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
