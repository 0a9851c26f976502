"""Posting: what was received, read and written to the claims and accounts it speaks of.

One transaction a file, all or nothing. A file that can't be posted as a whole is held with its reason;
what is nobody's to post (reports, zips, duplicates) is kept. A defect met in one file undoes that file
alone and is raised when the others are done.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from edigate.bank.read import format_of
from edigate.errors import DataError, EdigateError, InternalError, LedgerBusyError, NoInputError, SealedError
from edigate.findings import Finding, Severity
from edigate.gateway.acknowledging import acknowledge_received
from edigate.gateway.opening import Gateway
from edigate.gateway.pgp_files import opened_messages
from edigate.gateway.post_answers import post_acknowledgment, post_group_response, post_interchange_response
from edigate.gateway.post_bank import post_bank_file
from edigate.gateway.post_glance import Glanced, look_through
from edigate.gateway.post_payment import post_payment
from edigate.gateway.posting import HoldError, Outcome, Posting, Release
from edigate.gateway.zips import opened_zips
from edigate.ledger.inbound import (
    BY_HAND,
    WAITS_FOR_REVIEW,
    InboundFile,
    finish_file,
    inbound_file_by_id,
    inbound_files,
    record_received,
)
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
# A control number used twice within a file says nothing of its being whole: some payers number every set 0001.
_NUMBERED_TWICE = ("TA1-025", "AK9-19", "IK5-23")
_PIECE = 1 << 16
_HEAD = 1 << 20  # what tells a file's kind; an interchange behind more junk than this is none
_NOT_X12 = (Kind.EMPTY, Kind.ZIP, Kind.TEXT, Kind.UNKNOWN)
# Why nothing of a file is posted.
_KEPT: dict[Kind, str] = {
    Kind.EMPTY: "it is empty",
    Kind.ZIP: "it is a zip archive: unpack it and give what is inside to `edigate post FILE`",
    Kind.TEXT: "it is a report for people, not X12",
    Kind.UNKNOWN: "it is neither X12 nor text",
    Kind.X277: "it is a 277 about claims' status or a request for information, not an acknowledgment: read it",
    Kind.X837P: "it is a claim file like those we send: nothing in it is an answer",
    Kind.X837I: "it is a claim file like those we send: nothing in it is an answer",
    Kind.X837D: "it is a claim file like those we send: nothing in it is an answer",
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


def post(gateway: Gateway, *, dry_run: bool = False) -> PostReport:
    """Post every file that was received and not read yet, the oldest first.

    With `dry_run` each file is looked at by itself, as the ledger stands, and nothing is changed. Raises
    LedgerBusyError; where a file met an error of ours, that, after the other files were posted.
    """
    with gateway.ledger.read() as tx:
        waiting = inbound_files(tx, states=("received",))
    troubles: list[EdigateError] = []
    if not dry_run:  # which leaves a message or zip as it is: what is inside would be files of their own
        waiting, closed = opened_messages(gateway, waiting)
        waiting, packed = opened_zips(gateway, waiting)
        troubles = [*closed, *packed]
    report = _post_all(gateway, [_received(gateway, file) for file in waiting], dry_run=dry_run)
    if troubles:
        raise troubles[0]
    return report


def post_files(gateway: Gateway, paths: Sequence[Path], partner: str, *, dry_run: bool = False) -> PostReport:
    """Post files given by hand, as if the partner had sent them. The same content is never posted twice.

    A held file given again is tried again. Raises NoInputError where one can't be read; else as `post`.
    """
    for path in paths:
        with _opened(path):  # all of them, before anything of one is posted
            pass
    return _post_all(gateway, [_by_hand(gateway, path, partner, dry_run) for path in paths], dry_run=dry_run)


def post_again(gateway: Gateway, file: InboundFile, *, dry_run: bool, release: Release | None = None) -> PostedFile:
    """Post one received or held file, with a person's word or without. Raises what reading it raises."""
    with _collecting_seldom():
        return _post_one(gateway, _received(gateway, file), dry_run=dry_run, release=release)


class _Source(NamedTuple):
    """A file to post: its bytes, and how its row is found in the transaction that posts it."""

    name: str
    open: Callable[[], AbstractContextManager[BinaryIO]]
    row: Callable[[WriteTransaction], InboundFile]


def _received(gateway: Gateway, file: InboundFile) -> _Source:
    return _Source(
        f"file {file.id}",
        lambda: gateway.archive.open_stream(file.sha256),
        lambda tx: inbound_file_by_id(tx, file.id) or file,
    )


def _by_hand(gateway: Gateway, path: Path, partner: str, dry_run: bool) -> _Source:
    with _opened(path) as stream:
        sha256 = _digest(stream) if dry_run else gateway.archive.put_pieces(_pieces(stream))
        size = stream.tell()
    new = NewInboundFile(
        partner=partner, remote_path=f"{BY_HAND}{path.name}", name=path.name, sha256=sha256, size=size
    )

    def row(tx: WriteTransaction) -> InboundFile:
        recorded = record_received(tx, new)
        if recorded.duplicate_of_id is None:
            return recorded
        return inbound_file_by_id(tx, recorded.duplicate_of_id) or recorded

    if dry_run:
        return _Source(path.name, lambda: _opened(path), row)
    with gateway.ledger.write() as tx:  # durable before it is read, as what a partner's server gives
        row(tx)
    return _Source(path.name, lambda: gateway.archive.open_stream(sha256), row)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise NoInputError(f"{path} can't be read: {error.strerror}") from error
    with stream:
        yield stream


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(stream):
        digest.update(piece)
    return digest.hexdigest()


def _post_all(gateway: Gateway, sources: Sequence[_Source], *, dry_run: bool) -> PostReport:
    report = PostReport(dry_run=dry_run)
    failures: list[tuple[_Source, Exception]] = []
    for source in sources:
        try:
            with _collecting_seldom():
                report.files.append(_post_one(gateway, source, dry_run=dry_run))
        except LedgerBusyError:
            raise
        except Exception as error:  # noqa: BLE001 - one file's trouble must not keep the others unread; raised below
            log.warning("file could not be posted", error=error)
            failures.append((source, error))
    if failures:
        source, first = failures[0]
        if isinstance(first, EdigateError):
            raise first
        raise InternalError(
            f"{source.name} could not be posted ({type(first).__name__})"
            + (f", nor could {len(failures) - 1} more" if len(failures) > 1 else ""),
            hint="Nothing of it was posted, and the next `edigate post` tries again. EDIGATE_DEBUG=1 shows where.",
        ) from first
    return report


def _post_one(
    gateway: Gateway, source: _Source, *, dry_run: bool, release: Release | None = None
) -> PostedFile:
    try:
        with source.open() as stream:
            head = stream.read(_HEAD)
    except SealedError:
        with gateway.written(keep=False) as tx:
            file = source.row(tx)
        if file.state in ("posted", "kept"):  # another run was faster, and sealed it
            return PostedFile(file=file, outcome=Outcome(kind=file.kind, already=True))
        raise
    kind = classify(head)
    outcome = Outcome(kind=kind.value)
    try:
        with gateway.written(keep=not dry_run) as tx:
            file = source.row(tx)
            if file.state in ("posted", "kept"):
                return PostedFile(file=file, outcome=Outcome(kind=file.kind, already=True))
            if (bank := format_of(head)) is not None:
                outcome = post_bank_file(gateway, tx, file, bank, source.open)
                return PostedFile(file=inbound_file_by_id(tx, file.id) or file, outcome=outcome)
            if kind in _NOT_X12:
                _require_whole(head)
            else:
                _read(gateway, tx, file, source, outcome, release)
            nothing = not outcome.sets_posted
            reason = _KEPT.get(kind, "no transaction set in it is an answer that is posted") if nothing else ""
            if release is not None and not nothing:
                reason = f"let through by a person: {release.why}"
            finish_file(tx, file.id, "kept" if nothing else "posted", kind=kind.value, reason=reason)
            posted = inbound_file_by_id(tx, file.id) or file
            if not dry_run:
                acknowledge_received(gateway, tx, posted, kind, source.open)
    except (HoldError, DataError) as error:
        # Nothing of it was posted: what was counted on the way is none.
        outcome = Outcome(
            kind=kind.value, held=str(error), unbalanced=outcome.unbalanced, review=outcome.review
        )
        with gateway.written(keep=not dry_run) as tx:
            file = source.row(tx)
            finish_file(tx, file.id, "held", kind=kind.value, reason=outcome.held)
            posted = inbound_file_by_id(tx, file.id) or file
            if not dry_run:
                acknowledge_received(gateway, tx, posted, kind, source.open)
    log.info("file posted", file_id=posted.id, partner=posted.partner, state=posted.state, claims=outcome.claims_moved)
    return PostedFile(file=posted, outcome=outcome)


@contextlib.contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Collect no garbage while a block of claims is at hand: it is more records than any threshold of Python's own,
    hardly one of them in a cycle, and all go by themselves when it is written."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _read(
    gateway: Gateway,
    tx: WriteTransaction,
    file: InboundFile,
    source: _Source,
    outcome: Outcome,
    release: Release | None,
) -> None:
    """Read every set of the file into the transaction. Raises HoldError, DataError."""
    policy = next((one.posting for one in gateway.workspace.partners() if one.name == file.partner), None)
    posting = Posting(tx, file, gateway.archive, outcome, policy=policy, release=release)
    with source.open() as stream:
        posting.glanced = _survey(stream, file.name)
    with source.open() as stream:
        for transaction_set in EnvelopeReader(_pieces(stream), file=file.name):
            read = READERS.get(kind_of(transaction_set))
            if read is None:
                outcome.sets_kept += 1
                continue
            try:
                read(posting, transaction_set)
            except HoldError:
                _require_balance(outcome)  # what was wrong first is told first
                raise
            outcome.sets_posted += 1
    _require_balance(outcome)
    if outcome.review and (release is None or not release.reviewed):
        first = outcome.review[0]
        about = f"claim {first.patient_control_number}: " if first.patient_control_number else ""
        more = f" (and {len(outcome.review) - 1} more)" if len(outcome.review) > 1 else ""
        raise HoldError(f"{WAITS_FOR_REVIEW}: {about}{first.why}{more}")
    posting.settle()


def _require_balance(outcome: Outcome) -> None:
    """Raise HoldError where a payment doesn't add up that nobody accepted."""
    unbalanced = [one for one in outcome.unbalanced if not one.accepted]
    if unbalanced:
        first = unbalanced[0]
        more = f" (and {first.sums_in_all - 1} more)" if first.sums_in_all > 1 else ""
        others = f"; {len(unbalanced) - 1} more payments of the file don't add up" if len(unbalanced) > 1 else ""
        raise HoldError(f"{first.sums[0].what}{more}{others}")


def _survey(stream: BinaryIO, name: str) -> dict[int, Glanced]:
    """Look through the whole envelope before anything is written; each 835 by its index.

    Raises HoldError where the envelope is broken and there is something to post, or nothing at all: a file
    cut off may lack what would have changed its meaning.
    """
    glanced: dict[int, Glanced] = {}
    postable = kept = 0
    reader = EnvelopeReader(_pieces(stream), file=name)
    for transaction_set in reader:
        kind = kind_of(transaction_set)
        postable += kind in READERS
        kept += kind not in READERS
        if kind is Kind.X835:
            glanced[transaction_set.index] = look_through(transaction_set)
    broken: list[Finding] = [
        finding
        for finding in reader.findings
        if finding.severity is Severity.ERROR and finding.code not in _NUMBERED_TWICE
    ]
    if broken and (postable or not kept):
        raise HoldError(f"its envelope is broken, as if it were cut off or pieced together: {broken[0].message}")
    return glanced


def _require_whole(head: bytes) -> None:
    """Raise HoldError where what is no X12 may be the beginning of it: an interchange cut off within its ISA."""
    first = head.lstrip(b"\xef\xbb\xbf\r\n\t ")[:4]
    if first and b"ISA".startswith(first[:3]) and not first[3:].isalnum():
        raise HoldError("it begins like an X12 file, but its first segment (ISA) is cut off or can't be read")
