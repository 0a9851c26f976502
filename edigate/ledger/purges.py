"""What was purged: a purge with its list, each content's intent before and its end after, claims without persons.

Rows stay for ever: a content that comes again is known, one that is missing is explained. Decides nothing about what
may go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import exists, select

from edigate.ledger.numbering import reserve_ids
from edigate.ledger.schema import purge, purged_claim, purged_file
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for


class NewPurgedFile(msgspec.Struct, frozen=True):
    """A content that is to go: its kind and rule (`remittances 7 years`), the ledger's names of it, its bytes, and the
    day from which its age counts."""

    sha256: str
    kind: str
    rule: str
    names: str
    size: int
    since: date


class PurgedFile(msgspec.Struct, frozen=True):
    """A content that went, or was meant to: `done_at` says that it did."""

    purge_id: int
    at: datetime
    who: str
    sha256: str
    kind: str
    rule: str
    names: str
    size: int
    since: date
    done_at: datetime | None

    @property
    def words(self) -> str:
        return f"purged on {self.at:%Y-%m-%d} by rule {self.rule}"


class Purge(msgspec.Struct, frozen=True):
    """One purge. Without `finished_at` it broke off, or goes on still."""

    id: int
    at: datetime
    who: str
    day: date
    list: str
    files: int
    bytes: int
    claims: int
    finished_at: datetime | None


_PURGE = columns_for(Purge, purge)
_FILE = columns_for(PurgedFile, purged_file, at=purge.c.at, who=purge.c.who)


def begin_purge(
    tx: WriteTransaction, *, who: str, run_id: str, day: date, number: str, files: Sequence[NewPurgedFile], claims: int
) -> int:
    """Write down what is going to go, before anything does; the purge's id."""
    (purge_id,) = reserve_ids(tx, purge, 1)
    row = {"id": purge_id, "at": tx.at, "who": who, "run_id": run_id, "day": day, "list": number}
    sums = {"files": len(files), "bytes": sum(one.size for one in files), "claims": claims}
    tx.insert(purge, [{**row, **sums, "finished_at": None if files else tx.at}])
    tx.insert_records(purged_file, files, {}, {"purge_id": purge_id, "done_at": None})
    return purge_id


def add_purged_claims(tx: WriteTransaction, purge_id: int, rule: str, claim_ids: Sequence[int]) -> None:
    """Write down whose persons were taken out."""
    tx.insert(purged_claim, [{"claim_id": id_, "purge_id": purge_id, "rule": rule} for id_ in claim_ids])


def pending(tx: ReadTransaction) -> list[PurgedFile]:
    """Contents that were to go and aren't known to be gone, in the order of their purges."""
    statement = select(*_FILE).join(purge, purge.c.id == purged_file.c.purge_id)
    order = (purged_file.c.purge_id, purged_file.c.sha256)
    return tx.rows(statement.where(purged_file.c.done_at.is_(None)).order_by(*order), PurgedFile)


def mark_gone(tx: WriteTransaction, gone: Iterable[PurgedFile]) -> None:
    """Contents are gone from the disk."""
    found = list(gone)
    keys: dict[str, Sequence[object]] = {
        "purge_id": [one.purge_id for one in found],
        "sha256": [one.sha256 for one in found],
    }
    if found:
        tx.change_many(purged_file, keys, {}, {"done_at": tx.at})


def take_back(tx: WriteTransaction, kept: Iterable[PurgedFile]) -> None:
    """Contents that were to go, are still there, and now must stay: the intent is no more."""
    by_purge: dict[int, list[str]] = {}
    for one in kept:
        by_purge.setdefault(one.purge_id, []).append(one.sha256)
    for purge_id, contents in by_purge.items():
        which = tx.among(purged_file.c.sha256, contents)
        tx.change(
            purged_file.delete().where(purged_file.c.purge_id == purge_id, which, purged_file.c.done_at.is_(None))
        )


def finish_purges(tx: WriteTransaction) -> None:
    """Purges of which nothing is left to go are finished."""
    left = exists().where(purged_file.c.purge_id == purge.c.id, purged_file.c.done_at.is_(None))
    tx.change(purge.update().where(purge.c.finished_at.is_(None), ~left).values(finished_at=tx.at))


def purges(tx: ReadTransaction) -> list[Purge]:
    """Every purge, the newest first."""
    return tx.rows(select(*_PURGE).order_by(purge.c.id.desc()), Purge)


def purged_files(tx: ReadTransaction, sha256: str | None = None) -> dict[str, PurgedFile]:
    """Contents that a purge let go, or was about to, by SHA-256; the newest word where it happened again."""
    statement = select(*_FILE).join(purge, purge.c.id == purged_file.c.purge_id).order_by(purged_file.c.purge_id)
    if sha256 is not None:
        statement = statement.where(purged_file.c.sha256 == sha256)
    return {one.sha256: one for one in tx.rows(statement, PurgedFile)}


def purged_words(tx: ReadTransaction, sha256: str) -> str:
    """`purged on 2033-07-01 by rule remittances 7 years`, or nothing where no purge let this content go."""
    found = purged_files(tx, sha256).get(sha256)
    return found.words if found is not None else ""


def purged_claim_words(tx: ReadTransaction, claim_id: int) -> str:
    """When and by which rule a claim's persons were taken out; empty where they weren't."""
    row = tx.connection.execute(
        select(purge.c.at, purged_claim.c.rule)
        .join(purge, purge.c.id == purged_claim.c.purge_id)
        .where(purged_claim.c.claim_id == claim_id)
    ).first()
    return f"purged on {row[0]:%Y-%m-%d} by rule {row[1]}" if row else ""
