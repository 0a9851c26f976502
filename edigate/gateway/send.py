"""Sending to a partner: freeze what is ready, then one session for every file that waits. Knows no file's steps.

What goes wrong ends in the report; `delivery.py` has a file's way and what it promises,
`deliveries.py` those of many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from edigate.errors import (
    ConfigError,
    DataError,
    EdigateError,
    HostKeyError,
    InternalError,
    LedgerBusyError,
    LoginRefusedError,
    PartnerError,
    PartnerUnreachableError,
    Transient,
)
from edigate.gateway.backup import refuse_sending_if_restored
from edigate.gateway.deliveries import Deliveries
from edigate.gateway.freezing import freeze_ready
from edigate.gateway.opening import Gateway
from edigate.gateway.progress import Count, Watch, unwatched
from edigate.ledger.outbound import OutboundFile, advance, count_ready, outbound_files_by_ids, pending_files
from edigate.ledger.states import KINDS
from edigate.ledger.transaction import ReadTransaction
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.partners.schedule import next_cut_off

log = get_logger(__name__)


class SendReport(msgspec.Struct, kw_only=True):
    """What a send to one partner did. `files` are as the ledger has them afterwards."""

    partner: str
    files: list[OutboundFile] = []
    stopped: str = ""  # what went wrong, a line for each trouble
    waiting: str = ""  # what stays here for a good reason, a line for each; nobody need do anything
    try_later: bool = False  # nothing but time is needed to mend it
    refused_login: bool = False  # another login today could lock the account
    counts_for: dict[str, datetime] = {}  # name of a file now sent -> the cut-off of the partner it is in time for

    @property
    def claims_sent(self) -> int:
        return sum(file.claims for file in self.files if file.state == "sent")

    @property
    def uncertain(self) -> list[OutboundFile]:
        return [file for file in self.files if file.state == "uncertain"]


def send(gateway: Gateway, partner: Partner, *, watch: Watch = unwatched) -> SendReport:
    """Freeze what is ready for a partner and send every file that waits, the oldest first.

    Trouble with the partner, its settings or one of its files ends in the report, not in an exception, and
    stops nothing but what it is about: what was frozen stays frozen and goes out with the next send. Raises
    LedgerBusyError where another run works with this partner, LedgerError, StorageError.
    """
    try:
        refuse_sending_if_restored(gateway.workspace)
    except ConfigError as error:
        return SendReport(partner=partner.name, stopped=str(error))
    with gateway.only_one(f"partner-{partner.name}"):
        _withdraw(gateway, partner)
        troubles = _freeze(gateway, partner)
        with gateway.ledger.read() as tx:
            pending = pending_files(tx, partner.name)
            kept_back, waiting = _kept_back(tx, partner)
        troubles += kept_back
        if pending:
            troubles += _transfer(gateway, partner, pending, watch)
        report = SendReport(
            partner=partner.name,
            stopped="\n".join(str(error) for error in troubles),
            waiting="\n".join(waiting),
            try_later=bool(troubles) and all(isinstance(error, Transient) for error in troubles),
            refused_login=any(isinstance(error, LoginRefusedError | HostKeyError) for error in troubles),
        )
        with gateway.ledger.read() as tx:
            report.files = outbound_files_by_ids(tx, [file.id for file in pending])
        for file in report.files:
            if file.sent_at is not None and (cut_off := next_cut_off(partner.schedule, file.sent_at)) is not None:
                report.counts_for[file.filename] = cut_off
        return report


def _withdraw(gateway: Gateway, partner: Partner) -> None:
    """Take back claim files that haven't begun to leave and were made for test or production, and the other holds."""
    with gateway.ledger.read() as tx:
        pending = pending_files(tx, partner.name)
    for file in pending:
        if file.state == "queued" and file.usage != partner.usage and file.kind in KINDS:
            reason = f"made for {file.usage}; {partner.name} is in {partner.usage} now"
            with gateway.ledger.write() as tx:
                advance(tx, file.id, expect="queued", to="cancelled", reason=reason)
            log.info("file withdrawn", file_id=file.id, partner=partner.name)


def _kept_back(tx: ReadTransaction, partner: Partner) -> tuple[list[EdigateError], list[str]]:
    """Claims that are ready and not sent: as trouble where they are meant for a payer, else to be told."""
    troubles: list[EdigateError] = []
    waiting: list[str] = []
    for kind in KINDS:
        if partner.usage == "production" and (count := count_ready(tx, partner.name, kind, "test")):
            waiting.append(f"{count} {kind} claims were made in test and stay here: convert them again for production")
        if partner.usage == "test" and (count := count_ready(tx, partner.name, kind, "production")):
            troubles.append(
                DataError(
                    f"{count} {kind} claims were made for production, but {partner.name} is in test: they stay ready",
                    hint=f"Set usage = \"production\" in partners/{partner.name}.toml to send them.",
                )
            )
        if kind not in partner.kinds and (count := count_ready(tx, partner.name, kind, partner.usage)):
            troubles.append(
                DataError(
                    f"{count} ready {kind} claims stay here: {partner.name} takes {', '.join(partner.kinds)}",
                    hint=f"Add {kind} to `kinds` in partners/{partner.name}.toml, or convert them for another partner.",
                )
            )
    return troubles, waiting


def send_all(
    gateway: Gateway,
    partners: Iterable[Partner],
    *,
    tell: Callable[[str], None] = lambda text: None,
    watch: Watch = unwatched,
) -> Iterator[SendReport]:
    """Send to each in turn; where another run, of this host or another, works with one, the others still get theirs."""
    for partner in partners:
        tell(f"sending to {partner.name}")
        try:
            yield send(gateway, partner, watch=watch)
        except LedgerBusyError as error:
            yield SendReport(partner=partner.name, stopped=str(error), try_later=True)


def _freeze(gateway: Gateway, partner: Partner) -> list[EdigateError]:
    """Freeze every kind the partner takes; what can't be frozen keeps nothing else back."""
    troubles: list[EdigateError] = []
    for kind in partner.kinds:
        try:
            frozen = freeze_ready(gateway, partner, kind)
        except InternalError as error:
            log.error("claims could not be frozen", partner=partner.name, error=error)
            troubles.append(error)
        else:
            if frozen.left_out:
                troubles.append(frozen.trouble(partner.name))
    return troubles


def _transfer(
    gateway: Gateway, partner: Partner, pending: Sequence[OutboundFile], watch: Watch
) -> list[EdigateError]:
    """One session for all files that wait. A file the server refuses, or one damaged here, is passed over."""
    troubles: list[EdigateError] = []
    try:
        with gateway.transport(partner.name) as transport:
            Deliveries(gateway, partner, transport, troubles, Count(watch, len(pending))).finish(pending)
    except (PartnerError, ConfigError) as error:
        log.warning("send stopped", partner=partner.name, error=error)
        troubles.append(error)
    except OSError as error:
        troubles.append(lost(partner.name, error))
    return troubles


def lost(partner_name: str, error: OSError) -> PartnerUnreachableError:
    """A session that ended in the system's own error, as ours; the ledger knows how far each file came."""
    log.warning("session lost", partner=partner_name, error=error)
    return PartnerUnreachableError(f"The session with {partner_name} ended: {error.strerror or type(error).__name__}.")
