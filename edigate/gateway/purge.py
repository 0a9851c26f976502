"""Purging: what was looked at goes, and nothing else. The intent is in the ledger before, the end of it after.

A run that breaks off leaves intents without their end; the next one finishes them, or takes them back where what they
mean must stay by now. Gone for good: on SQLite the ledger's freed pages are overwritten and its journal emptied.
"""

from __future__ import annotations

import contextlib
from datetime import date

import msgspec

from edigate.claims.model import Claim
from edigate.claims.without_persons import without_persons
from edigate.errors import UsageError
from edigate.gateway.acting import current, user
from edigate.gateway.backup import refuse_purging_if_restored
from edigate.gateway.opening import Gateway, ledger_password
from edigate.gateway.purging import Plan, plan
from edigate.ledger.blanking import blank_claims
from edigate.ledger.purges import (
    PurgedFile,
    add_purged_claims,
    begin_purge,
    finish_purges,
    mark_gone,
    pending,
    take_back,
)
from edigate.ledger.transaction import WriteTransaction, in_blocks
from edigate.ledger.vacuum import Vacuumed, empty_journal, vacuum
from edigate.logs import get_logger

log = get_logger(__name__)

_AT_ONCE = 200  # files between two words of their end


class Purged(msgspec.Struct, frozen=True, kw_only=True):
    """What a purge did: files and their bytes, claims; of an earlier one's, how many it ended and took back."""

    files: int = 0
    bytes: int = 0
    claims: int = 0
    ended: int = 0
    taken_back: int = 0


def purge(gateway: Gateway, number: str, day: date | None = None) -> Purged:
    """Let go of what the list of this number says, ages counted as of today or a day.

    Raises UsageError where the list isn't that any more, LedgerBusyError where another purge, a backup or a night is at
    work, ConfigError in a workspace just restored, StorageError, LedgerError. The next purge ends what was begun.
    """
    with gateway.only_one("nightly", everywhere=False):
        return _purge(gateway, number, day)


def purge_tonight(gateway: Gateway) -> Purged:
    """Let go of what has its age today, unasked: for a night that holds its lock. Raises as `purge`."""
    return _purge(gateway, None, None)


def vacuum_ledger(gateway: Gateway) -> Vacuumed:
    """Pack the ledger anew while nobody works with it.

    Raises LedgerBusyError where a run does, StorageError where there isn't room for it.
    """
    workspace = gateway.workspace
    with contextlib.ExitStack() as locks:
        locks.enter_context(gateway.only_one("nightly", everywhere=False))
        for name in ("purge", *(f"partner-{partner.name}" for partner in workspace.partners())):
            locks.enter_context(gateway.only_one(name))
        password = ledger_password(workspace, gateway.environ)
        done = vacuum(workspace.ledger_url, password=password)
    log.info("ledger packed", bytes=done.after)
    return done


def _purge(gateway: Gateway, number: str | None, day: date | None) -> Purged:
    refuse_purging_if_restored(gateway.workspace)
    # Who seals puts another file in a file's place.
    with gateway.only_one("purge"), gateway.only_one("sealing"):
        with gateway.ledger.write() as tx:
            made = plan(gateway, tx, day or tx.at.date())
            if number is not None and made.number != number:
                raise UsageError(
                    f"list {number} isn't what would be purged now",
                    hint="Something came, changed or got old enough since: look again with `edigate purge`.",
                )
            take_back(tx, made.kept_now)
            if made.files or made.claims:
                _begin(gateway, tx, made)
            finish_purges(tx)
            going = pending(tx)
        _let_go(gateway, going)
        if made.claims:
            empty_journal(gateway.workspace.ledger_url)
    done = Purged(
        files=len(made.files),
        bytes=sum(one.size for one in made.files),
        claims=len(made.claims),
        ended=len(made.unfinished),
        taken_back=len(made.kept_now),
    )
    log.info("purged", files=done.files, claims=done.claims, bytes=done.bytes)
    return done


def _begin(gateway: Gateway, tx: WriteTransaction, made: Plan) -> None:
    acting = current()
    purge_id = begin_purge(
        tx,
        who=user(),
        run_id=acting.act.run_id if acting is not None else "",
        day=made.day,
        number=made.number,
        files=made.files,
        claims=len(made.claims),
    )
    if made.claims:
        blank_claims(tx, made.claims, _without_persons)
        rule = f"claims {gateway.workspace.config.retention.ages()['claims']}"
        add_purged_claims(tx, purge_id, rule, made.claims)


def _without_persons(record: bytes) -> bytes:
    return msgspec.json.encode(without_persons(msgspec.json.decode(record, type=Claim)))


def _let_go(gateway: Gateway, going: list[PurgedFile]) -> None:
    """Take contents out of the archive, and write down of each that it is gone only after it is."""
    for several in in_blocks(going, _AT_ONCE):
        for one in several:
            gateway.archive.remove(one.sha256)
        with gateway.ledger.write() as tx:
            mark_gone(tx, several)
            finish_purges(tx)
