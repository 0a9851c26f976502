"""Purging: what was looked at goes, and nothing else. The intent is in the ledger before, the end of it after.

A run that breaks off leaves intents without their end; the next one finishes them, or takes them back where what they
mean must stay by now. Gone for good: on SQLite the ledger's freed pages are overwritten and its journal emptied.
"""

from __future__ import annotations

from datetime import date

import msgspec

from edigate.errors import UsageError
from edigate.gateway.acting import current, user
from edigate.gateway.opening import Gateway
from edigate.gateway.purging import Plan, plan
from edigate.ledger.purges import (
    PurgedFile,
    begin_purge,
    finish_purges,
    mark_gone,
    pending,
    take_back,
)
from edigate.ledger.transaction import WriteTransaction, in_blocks
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

    Raises UsageError where the list isn't that any more, LedgerBusyError where another purge or a night is at work,
    StorageError, LedgerError; what was begun is ended by the next purge.
    """
    with gateway.only_one("nightly", everywhere=False):
        return _purge(gateway, number, day)


def purge_tonight(gateway: Gateway) -> Purged:
    """Let go of what has its age today, unasked: for a night that holds its lock. Raises as `purge`."""
    return _purge(gateway, None, None)


def _purge(gateway: Gateway, number: str | None, day: date | None) -> Purged:
    with gateway.only_one("purge"):
        with gateway.ledger.write() as tx:
            made = plan(gateway, tx, day or tx.at.date())
            if number is not None and made.number != number:
                raise UsageError(
                    f"list {number} isn't what would be purged now",
                    hint="Something came, changed or got old enough since: look again with `edigate purge`.",
                )
            take_back(tx, made.kept_now)
            if made.files or made.claims:
                _begin(tx, made)
            finish_purges(tx)
            going = pending(tx)
        _let_go(gateway, going)
    done = Purged(
        files=len(made.files),
        bytes=sum(one.size for one in made.files),
        claims=len(made.claims),
        ended=len(made.unfinished),
        taken_back=len(made.kept_now),
    )
    log.info("purged", files=done.files, claims=done.claims, bytes=done.bytes)
    return done


def _begin(tx: WriteTransaction, made: Plan) -> None:
    acting = current()
    begin_purge(
        tx,
        who=user(),
        run_id=acting.act.run_id if acting is not None else "",
        day=made.day,
        number=made.number,
        files=made.files,
        claims=len(made.claims),
    )


def _let_go(gateway: Gateway, going: list[PurgedFile]) -> None:
    """Take contents out of the archive, and write down of each that it is gone only after it is."""
    for several in in_blocks(going, _AT_ONCE):
        for one in several:
            gateway.archive.remove(one.sha256)
        with gateway.ledger.write() as tx:
            mark_gone(tx, several)
            finish_purges(tx)
