"""Posting: what was received, read and written to the claims and accounts it speaks of.

One transaction a file, all or nothing. A file that can't be posted as a whole is held with its reason;
what is nobody's to post (reports, zips, duplicates) is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from edigate.errors import DataError, NoInputError
from edigate.findings import Severity
from edigate.gateway.opening import Gateway
from edigate.gateway.post_answers import post_acknowledgment, post_group_response, post_interchange_response
from edigate.gateway.post_payment import HoldError, post_payment, survey_payments
from edigate.gateway.posting import Outcome, Posting
from edigate.ledger.inbound import InboundFile, finish_file, inbound_file_by_id, inbound_files, record_received
from edigate.ledger.records import NewInboundFile
from edigate.ledger.transaction import WriteTransaction
from edigate.logs import get_logger
from edigate.responses.read import Kind, classify, kind_of
from edigate.x12.envelope import EnvelopeReader, TransactionSet

log = get_logger(__name__)

# What posts a set, by its kind. A kind that isn't here is kept.
READERS: dict[Kind, Callable[[Posting, TransactionSet], None]] = {
    Kind.TA1: post_interchange_response,
    Kind.X999: post_group_response,
    Kind.X997: post_group_response,
    Kind.X277CA: post_acknowledgment,
    Kind.X835: post_payment,
}


class PostedFile(msgspec.Struct, kw_only=True):
    """One file and what became of it."""

    file: InboundFile
    outcome: Outcome


class PostReport(msgspec.Struct, kw_only=True):
    """What a posting did, or with `dry_run` would do."""

    files: list[PostedFile] = []
    dry_run: bool = False

    @property
    def held(self) -> list[PostedFile]:
        return [posted for posted in self.files if posted.file.state == "held"]


class _DryRunError(Exception):
    """Ends a transaction that shall leave no trace."""


def post(gateway: Gateway, *, dry_run: bool = False) -> PostReport:
    """Post every file that was received and not read yet, the oldest first."""
    with gateway.ledger.read() as tx:
        waiting = inbound_files(tx, states=("received",))
    return _post_all(gateway, waiting, dry_run=dry_run)


def post_files(gateway: Gateway, paths: Sequence[Path], partner: str, *, dry_run: bool = False) -> PostReport:
    """Post files given by hand, as if the partner had sent them. The same content is never posted twice.

    A held file given again is tried again. Raises NoInputError where one can't be read.
    """
    files: list[InboundFile] = []
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise NoInputError(f"{path} can't be read: {error.strerror}") from error
        sha256 = gateway.archive.put(content)
        new = NewInboundFile(
            partner=partner, remote_path=f"by hand/{path.name}", name=path.name, sha256=sha256, size=len(content)
        )
        with gateway.ledger.write() as tx:
            recorded = record_received(tx, new)
            if recorded.duplicate_of_id is not None:
                recorded = inbound_file_by_id(tx, recorded.duplicate_of_id) or recorded
        files.append(recorded)
    return _post_all(gateway, files, dry_run=dry_run)


def _post_all(gateway: Gateway, files: Sequence[InboundFile], *, dry_run: bool) -> PostReport:
    report = PostReport(dry_run=dry_run)
    for file in files:
        if file.state in ("posted", "kept"):
            report.files.append(PostedFile(file=file, outcome=Outcome(already=True)))
            continue
        report.files.append(_post_one(gateway, file, dry_run=dry_run))
    return report


def _post_one(gateway: Gateway, file: InboundFile, *, dry_run: bool) -> PostedFile:
    content = gateway.archive.get(file.sha256)
    kind = classify(content)
    outcome = Outcome(kind=kind.value)
    try:
        with gateway.ledger.write() as tx:
            outcome = _read(gateway, tx, file, content, kind)
            nothing = not outcome.sets_posted
            reason = "" if not nothing else f"nothing to post in a file of kind {kind.value}"
            finish_file(tx, file.id, "kept" if nothing else "posted", kind=kind.value, reason=reason)
            posted = inbound_file_by_id(tx, file.id) or file
            if dry_run:
                raise _DryRunError
    except _DryRunError:
        pass
    except (HoldError, DataError) as error:
        outcome.held = str(error)
        if dry_run:
            posted = msgspec.structs.replace(file, state="held", reason=outcome.held, kind=kind.value)
        else:
            with gateway.ledger.write() as tx:
                finish_file(tx, file.id, "held", kind=kind.value, reason=outcome.held)
                posted = inbound_file_by_id(tx, file.id) or file
    log.info("file posted", file_id=file.id, partner=file.partner, state=posted.state, claims=outcome.claims_moved)
    return PostedFile(file=posted, outcome=outcome)


def _read(gateway: Gateway, tx: WriteTransaction, file: InboundFile, content: bytes, kind: Kind) -> Outcome:
    """Read every set of the file into the transaction. Raises HoldError, DataError."""
    posting = Posting(tx=tx, file=file, archive=gateway.archive, outcome=Outcome(kind=kind.value))
    if kind in (Kind.EMPTY, Kind.ZIP, Kind.TEXT, Kind.UNKNOWN):
        return posting.outcome
    posting.surveys = survey_payments(content)
    reader = EnvelopeReader([content], file=file.name)
    for transaction_set in reader:
        read = READERS.get(kind_of(transaction_set))
        if read is None:
            posting.outcome.sets_kept += 1
            continue
        read(posting, transaction_set)
        posting.outcome.sets_posted += 1
    # A cut-off file may lack what would have changed its meaning: nothing of it counts.
    broken = [finding for finding in reader.findings if finding.severity is Severity.ERROR]
    if broken and posting.outcome.sets_posted:
        raise HoldError(f"the envelope is broken: {broken[0].message}")
    posting.settle()
    return posting.outcome
