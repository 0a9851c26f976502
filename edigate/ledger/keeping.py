"""Every content that the ledger names, whose it is, and which claims stand in it: what it takes to say whether a file
is finished. Reads only; decides nothing about ages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union

from edigate.ledger.accounts import balance_table
from edigate.ledger.schema import (
    carried_file,
    claim,
    claim_event,
    claim_finding,
    claim_payment,
    claim_set,
    deposit_record,
    inbound_file,
    intake,
    outbound_file,
    outbound_set,
    payment,
    purged_claim,
    unmatched_answer,
)
from edigate.ledger.transaction import ReadTransaction

Side = Literal["intake", "out", "in"]
SIDES: tuple[Side, ...] = get_args(Side)

_UNSENT = ("ready", "queued", "uncertain")
_UNANSWERED = ("sent", "acknowledged", "accepted")
_DECIDED = ("paid", "partly_paid", "denied", "forwarded", "reversed")
_LIVE = claim.c.superseded_by_id.is_(None)


class Named(msgspec.Struct, frozen=True):
    """A file that the ledger knows: where from or to, its content, when it began and was over and, if it isn't, why."""

    side: Side
    id: int
    partner: str
    kind: str  # 837P, 835 ... as the file's row says; of an intake empty
    sha256: str
    began: datetime
    over: datetime | None
    waits: str = ""
    path: str = ""  # where a received file was taken from

    @property
    def name(self) -> str:
        return f"{self.side}-{self.id}"


def named_contents(tx: ReadTransaction) -> list[Named]:
    """Every file converted, sent (and the encrypted bytes that it went in) and received; a duplicate is of its
    original's kind."""
    found: list[Named] = []
    taken = intake.c
    for id_, partner, sha256, began, over in tx.connection.execute(
        select(taken.id, taken.partner, taken.sha256, taken.created_at, taken.finished_at).order_by(taken.id)
    ):
        waits = "" if over else "its conversion isn't finished"
        found.append(Named("intake", id_, partner, "", sha256, began, over, waits))
    out, encrypted = outbound_file.c, carried_file.c.sha256
    for id_, partner, kind, sha256, carried, began, state, since in tx.connection.execute(
        select(out.id, out.partner, out.kind, out.sha256, encrypted, out.created_at, out.state, out.state_since)
        .outerjoin(carried_file, carried_file.c.outbound_file_id == out.id)
        .order_by(out.id)
    ):
        over = since if state in ("sent", "cancelled") else None
        waits = "" if over else "it hasn't left" if state != "uncertain" else "nobody knows whether it arrived"
        for content in (sha256, carried):
            found += [Named("out", id_, partner, kind, content, began, over, waits)] if content else []
    came, original = inbound_file.c, inbound_file.alias("original")
    kind_of, ends = func.coalesce(original.c.kind, came.kind), (came.received_at, came.state, came.finished_at)
    for id_, partner, kind, sha256, path, began, state, since in tx.connection.execute(
        select(came.id, came.partner, kind_of, came.sha256, came.remote_path, *ends)
        .outerjoin(original, original.c.id == came.duplicate_of_id)
        .order_by(came.id)
    ):
        over = since if state in ("posted", "kept") else None
        waits = "" if over else "it is held" if state == "held" else "nobody has read it yet"
        found.append(Named("in", id_, partner, kind, sha256, began, over, waits, path))
    return found


# --- claims


def open_claims(
    tx: ReadTransaction, *, at_work: Iterable[int], done: Iterable[int], in_production: Sequence[str]
) -> set[int]:
    """Claims that aren't finished, and the versions that such a claim replaced.

    Not sent; sent and not decided; decided, with money outstanding; `at_work`: on a worklist. Somebody's word that a
    claim is done (`done`) counts, but for one that may still have to go. Nobody waits for what was sent in test to a
    partner that is `in_production` now.
    """
    told = set(done)
    tried = and_(claim.c.usage == "test", claim.c.partner.in_(list(in_production)))
    unsent = select(claim.c.id).where(_LIVE, claim.c.state.in_(_UNSENT), or_(claim.c.state != "ready", ~tried))
    unanswered = select(claim.c.id).where(_LIVE, claim.c.state.in_(_UNANSWERED), ~tried)
    accounts = balance_table().subquery()
    owed = (
        select(claim.c.id)
        .join(accounts, accounts.c.claim_id == claim.c.id)
        .where(_LIVE, claim.c.state.in_(_DECIDED), accounts.c.outstanding_cents != 0)
    )
    found = set(tx.connection.execute(unsent).scalars())
    for statement in (unanswered, owed):
        found.update(id_ for id_ in tx.connection.execute(statement).scalars() if id_ not in told)
    return with_versions(tx, found | set(at_work), later=False)


def with_versions(tx: ReadTransaction, claim_ids: Iterable[int], *, later: bool) -> set[int]:
    """Some claims with those that they replaced; with those that replaced them, too, where `later` is meant."""
    found = set(claim_ids)
    statement = select(claim.c.id, claim.c.superseded_by_id).where(claim.c.superseded_by_id.is_not(None))
    pairs = [(row[0], row[1]) for row in tx.connection.execute(statement)]
    grew = bool(found)
    while grew:  # as often as a claim was replaced
        before = len(found)
        found.update(old for old, new in pairs if new in found)
        if later:
            found.update(new for old, new in pairs if old in found)
        grew = len(found) > before
    return found


def silent_claims(tx: ReadTransaction, *, before: datetime) -> list[tuple[int, str]]:
    """Claims that may still hold persons, of which nothing was heard since a moment: ids and partners."""
    last = select(claim_event.c.claim_id, func.max(claim_event.c.at).label("at")).group_by(claim_event.c.claim_id)
    heard = last.subquery()
    statement = (
        select(claim.c.id, claim.c.partner)
        .outerjoin(heard, heard.c.claim_id == claim.c.id)
        .outerjoin(purged_claim, purged_claim.c.claim_id == claim.c.id)
        .where(
            purged_claim.c.claim_id.is_(None),
            func.coalesce(heard.c.at, claim.c.state_since) < before,
            or_(claim.c.state != "ready", ~_LIVE),  # a test's, too: its partner may go back to tests
        )
        .order_by(claim.c.id)
    )
    return [(row[0], row[1]) for row in tx.connection.execute(statement)]


# --- claims in files


def _links(side: Side) -> Select[Any]:
    """Which claim stands in which file, or was spoken of in it: `file`, `claim`. A pair may come twice."""
    if side == "intake":
        return select(claim.c.intake_id.label("file"), claim.c.id.label("claim"))
    if side == "out":
        return select(outbound_set.c.outbound_file_id.label("file"), claim_set.c.claim_id.label("claim")).join(
            claim_set, claim_set.c.outbound_set_id == outbound_set.c.id
        )
    paid = select(payment.c.inbound_file_id.label("file"), claim_payment.c.claim_id.label("claim")).join(
        claim_payment, claim_payment.c.payment_id == payment.c.id
    )
    moved = select(claim_event.c.inbound_file_id, claim_event.c.claim_id)
    told = select(claim_finding.c.inbound_file_id, claim_finding.c.claim_id)
    every = union(
        paid.where(claim_payment.c.claim_id.is_not(None)),
        moved.where(claim_event.c.inbound_file_id.is_not(None)),
        told.where(claim_finding.c.inbound_file_id.is_not(None)),
    ).subquery()
    return select(every.c.file, every.c.claim)


def files_with(tx: ReadTransaction, side: Side, claim_ids: Iterable[int]) -> set[int]:
    """The files of one side in which one of these claims stands."""
    wanted_claims = sorted(claim_ids)
    if not wanted_claims:
        return set()
    links = _links(side).subquery()
    wanted = tx.among(links.c.claim, wanted_claims)
    return set(tx.connection.execute(select(links.c.file).where(wanted).distinct()).scalars())


def claims_in(tx: ReadTransaction, side: Side, file_ids: Sequence[int]) -> set[int]:
    """The claims that stand in some files of one side."""
    links = _links(side).subquery()
    wanted = tx.among(links.c.file, list(file_ids))
    return set(tx.connection.execute(select(links.c.claim).where(wanted).distinct()).scalars())


def last_heard(tx: ReadTransaction, side: Side, file_ids: Sequence[int]) -> dict[int, datetime]:
    """When the last thing happened to a claim of each of these files; files without claims are left out."""
    links = _links(side).subquery()
    statement = (
        select(links.c.file, func.max(claim_event.c.at))
        .join(claim_event, claim_event.c.claim_id == links.c.claim)
        .where(tx.among(links.c.file, list(file_ids)))
        .group_by(links.c.file)
    )
    return {row[0]: row[1] for row in tx.connection.execute(statement)}


# --- what a worklist means


def received_files_of(tx: ReadTransaction, noun: str, ids: Sequence[int]) -> set[int]:
    """The received files behind items of a worklist: `answer`, `paid`, `payment`, `deposit`."""
    tables: dict[str, tuple[Select[Any], ColumnElement[Any]]] = {
        "answer": (select(unmatched_answer.c.inbound_file_id), unmatched_answer.c.id),
        "paid": (
            select(payment.c.inbound_file_id).join(claim_payment, claim_payment.c.payment_id == payment.c.id),
            claim_payment.c.id,
        ),
        "payment": (select(payment.c.inbound_file_id), payment.c.id),
        "deposit": (select(deposit_record.c.inbound_file_id), deposit_record.c.deposit_id),
    }
    statement, column = tables[noun]
    return set(tx.connection.execute(statement.where(tx.among(column, list(ids))).distinct()).scalars())
