"""Files on their way out: freezing ready claims into a file, and the file's steps until it is sent.

Knows no X12 and no server. A step is compare-and-set, and the claims of the file follow in the same
statement's transaction: a file and its claims never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, func, select

from edigate.errors import InternalError, LedgerError
from edigate.ledger.bulk import change_many
from edigate.ledger.following import claims_of, follow, write_events
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.records import NewOutboundFile
from edigate.ledger.schema import (
    claim,
    claim_record,
    claim_set,
    intake,
    outbound_file,
    outbound_set,
)
from edigate.ledger.states import FileKind, FileState, Kind, Usage, Verdict
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks
from edigate.secrecy import Phi

_MOVED_ON = "another run moved it on; look at it with `edigate show file`"


class ReadyClaim(Phi, msgspec.Struct, frozen=True, gc=False):
    """A claim waiting to be sent; `record` is its JSON (PHI)."""

    id: int
    patient_control_number: str
    total_charge_cents: int
    batch_key: str
    record: bytes


class OutboundFile(msgspec.Struct, frozen=True):
    """One of our files and where it stands."""

    id: int
    partner: str
    kind: FileKind
    filename: str
    sha256: str
    size: int
    isa13: int
    gs06: int
    usage: Usage
    claims: int
    charge_cents: int
    state: FileState
    state_since: datetime
    reason: str
    temporary_name: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    ta1: Verdict
    ta1_note: str


FILE_COLUMNS = columns_for(OutboundFile, outbound_file)

def ready_claims(
    tx: ReadTransaction, partner: str, kind: Kind, usage: Usage, *, limit: int, after: tuple[str, str] = ("", "")
) -> list[ReadyClaim]:
    """Up to `limit` claims waiting to be sent to a partner, by `batch_key` and patient control number.

    The order is the same whichever came first. `after` is the `(batch_key, patient_control_number)` of the
    last one seen, for going on; a freeze takes claims out of the list, so a sender just asks again.
    """
    key, number = after
    return tx.rows(
        select(
            claim.c.id,
            claim.c.patient_control_number,
            claim.c.total_charge_cents,
            claim.c.batch_key,
            func.coalesce(claim_record.c.record, b""),
        )
        .join(intake, intake.c.id == claim.c.intake_id)
        .outerjoin(claim_record, claim_record.c.claim_id == claim.c.id)
        .where(
            *_waiting(partner, kind, usage),
            (claim.c.batch_key > key)
            | ((claim.c.batch_key == key) & (claim.c.patient_control_number > number)),
        )
        .order_by(claim.c.batch_key, claim.c.patient_control_number)
        .limit(limit),
        ReadyClaim,
    )


def count_ready(tx: ReadTransaction, partner: str, kind: Kind, usage: Usage) -> int:
    """How many claims wait to be sent in files of a usage."""
    statement = (
        select(func.count())
        .select_from(claim.join(intake, intake.c.id == claim.c.intake_id))
        .where(*_waiting(partner, kind, usage))
    )
    return int(tx.connection.execute(statement).scalar_one())


def freeze(tx: WriteTransaction, new: NewOutboundFile) -> int:
    """Write a file down as `queued`, with its sets, and its claims with it; its id.

    The bytes must be in the archive already. Raises LedgerError where a number, name or claim was used
    before, or a claim isn't ready, is another partner's, another kind's or for another usage.
    """
    (file_id,) = reserve_ids(tx, outbound_file, 1)
    set_ids = reserve_ids(tx, outbound_set, len(new.sets))
    numbered = list(zip(set_ids, new.sets, strict=True))
    row = msgspec.structs.asdict(new)
    del row["sets"]
    tx.insert(
        outbound_file, [{"id": file_id, "state": "queued", "state_since": tx.at, "created_at": tx.at, **row}]
    )
    tx.insert(
        outbound_set,
        [
            {
                "id": set_id,
                "outbound_file_id": file_id,
                "partner": new.partner,
                "position": position,
                "st02": one.st02,
                "bht03": one.bht03,
                "claims": len(one.claim_ids),
            }
            for position, (set_id, one) in enumerate(numbered, start=1)
        ],
    )
    tx.insert(
        claim_set,
        [
            {"claim_id": claim_id, "outbound_set_id": set_id, "position": position}
            for set_id, one in numbered
            for position, claim_id in enumerate(one.claim_ids, start=1)
        ],
    )
    claims = sum(len(one.claim_ids) for one in new.sets)
    write_events(tx, [file_id], ("ready",), "queued", "queued", "")
    queued = tx.change(
        claim.update()
        .where(
            claim.c.id.in_(claims_of([file_id])),
            claim.c.state == "ready",
            claim.c.superseded_by_id.is_(None),
            claim.c.partner == new.partner,
            claim.c.kind == new.kind,
            claim.c.usage == new.usage,
        )
        .values(state="queued", state_since=tx.at)
    )
    if not claims or queued != claims:
        raise LedgerError(
            f"of {claims} claims for {new.filename} only {queued} are ready for {new.partner} "
            f"as {new.kind} in {new.usage}"
        )
    _add_up(tx, file_id, claims)
    return file_id


def outbound_files(
    tx: ReadTransaction, *, partner: str | None = None, states: Iterable[FileState] | None = None
) -> list[OutboundFile]:
    """Files in the order they were frozen, of one partner or all, in some states or all."""
    statement = select(*FILE_COLUMNS).order_by(outbound_file.c.id)
    if partner is not None:
        statement = statement.where(outbound_file.c.partner == partner)
    if states is not None:
        statement = statement.where(outbound_file.c.state.in_(list(states)))
    return tx.rows(statement, OutboundFile)


def pending_files(tx: ReadTransaction, partner: str | None = None) -> list[OutboundFile]:
    """Files frozen whose way hasn't ended: queued, uploading, renaming, uncertain."""
    return outbound_files(tx, partner=partner, states=("queued", "uploading", "renaming", "uncertain"))


def outbound_files_by_ids(tx: ReadTransaction, file_ids: Sequence[int]) -> list[OutboundFile]:
    """Those of them that there are, in the order they were frozen."""
    found: list[OutboundFile] = []
    for block in in_blocks(file_ids):
        found += tx.rows(select(*FILE_COLUMNS).where(outbound_file.c.id.in_(block)), OutboundFile)
    return sorted(found, key=lambda file: file.id)


def outbound_file_by_id(tx: ReadTransaction, file_id: int) -> OutboundFile | None:
    return tx.first(select(*FILE_COLUMNS).where(outbound_file.c.id == file_id), OutboundFile)


class Step(NamedTuple):
    """A file that is to take a step. `attempts` are those we know of: it doesn't where there were others since."""

    file_id: int
    attempts: int | None = None
    temporary_name: str | None = None  # kept where given


def advance(
    tx: WriteTransaction,
    file_id: int,
    *,
    expect: FileState | Iterable[FileState],
    to: FileState,
    reason: str = "",
    temporary_name: str | None = None,
    attempts: int | None = None,
) -> None:
    """Move a file from a state to the next, and its claims with it (`sent`, `uncertain`, `cancelled`...).

    `uploading` counts an attempt, `sent` notes the time. Raises LedgerError where the file is in another state, or
    `attempts` are given and there were others since: somebody else works with it. A run that stood still for hours
    doesn't take another's attempt for its own.
    """
    expected = [expect] if isinstance(expect, str) else list(expect)
    here = (outbound_file.c.id == file_id) & outbound_file.c.state.in_(expected)
    if attempts is not None:
        here &= outbound_file.c.attempts == attempts
    values: dict[str, object] = {"state": to, **_noted(tx, to, reason)}
    if to == "uploading":
        values["attempts"] = outbound_file.c.attempts + 1
    if temporary_name is not None:
        values["temporary_name"] = temporary_name
    if not tx.change(outbound_file.update().where(here).values(**values)):
        found = outbound_file_by_id(tx, file_id)
        other = found.state if found else "not in the ledger"
        raise LedgerError(
            f"file {file_id} is {other}, not {' or '.join(expected)}"
            if other not in expected
            else f"file {file_id} is {other}, but by another attempt than ours",
            hint=_MOVED_ON,
        )
    follow(tx, [file_id], to, reason)


def advance_together(tx: WriteTransaction, steps: Sequence[Step], *, expect: FileState, to: FileState) -> None:
    """`advance` for files of a set, in as many statements as for one: all of them take the step, or none.

    The attempts of each are known, and either all or none bring a temporary name.
    """
    keys: dict[str, Sequence[object]] = {
        "id": [step.file_id for step in steps],
        "state": [expect] * len(steps),
        "attempts": [step.attempts for step in steps],
    }
    values: dict[str, Sequence[object]] = {"state": [to] * len(steps)}
    if to == "uploading":
        values["attempts"] = [(step.attempts or 0) + 1 for step in steps]
    if steps[0].temporary_name is not None:
        values["temporary_name"] = [step.temporary_name for step in steps]
    found = change_many(tx.connection, outbound_file, keys, values, _noted(tx, to, ""))
    if found != len(steps):
        raise LedgerError(
            f"of {len(steps)} files from {steps[0].file_id} on, "
            f"{len(steps) - found} are no more {expect} by our attempt",
            hint=_MOVED_ON,
        )
    follow(tx, [step.file_id for step in steps], to, "")


def _noted(tx: WriteTransaction, to: FileState, reason: str) -> dict[str, object]:
    return {"state_since": tx.at, "reason": reason, "sent_at": tx.at if to == "sent" else None}


def _waiting(partner: str, kind: Kind, usage: Usage) -> tuple[ColumnElement[bool], ...]:
    """Ready to be sent. An intake not finished may still be undone, so its claims wait."""
    return (
        claim.c.partner == partner,
        claim.c.kind == kind,
        claim.c.usage == usage,
        claim.c.state == "ready",
        claim.c.superseded_by_id.is_(None),
        intake.c.finished_at.is_not(None),
    )


def _add_up(tx: WriteTransaction, file_id: int, claims: int) -> None:
    """Charges of the sets from their claims, and of the file from its sets."""
    of_set = (
        select(func.sum(claim.c.total_charge_cents))
        .join(claim_set, claim_set.c.claim_id == claim.c.id)
        .where(claim_set.c.outbound_set_id == outbound_set.c.id)
        .scalar_subquery()
    )
    tx.change(
        outbound_set.update().where(outbound_set.c.outbound_file_id == file_id).values(charge_cents=of_set)
    )
    of_file = (
        select(func.sum(outbound_set.c.charge_cents))
        .where(outbound_set.c.outbound_file_id == file_id)
        .scalar_subquery()
    )
    if not tx.change(
        outbound_file.update().where(outbound_file.c.id == file_id).values(charge_cents=of_file, claims=claims)
    ):
        raise InternalError(f"file {file_id} vanished while it was frozen")
