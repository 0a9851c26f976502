"""Legal holds as a person puts them on and lifts them: by claim, file, partner, or everything."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edigate.errors import NoInputError, UsageError
from edigate.gateway.acting import user
from edigate.gateway.opening import Gateway
from edigate.ledger.holds import Hold, add_hold, remove_hold
from edigate.ledger.inbound import inbound_file_by_id
from edigate.ledger.intake import intake_by_id
from edigate.ledger.keeping import named_contents
from edigate.ledger.outbound import outbound_file_by_id
from edigate.ledger.states import HoldScope
from edigate.ledger.timeline import claim_detail
from edigate.ledger.transaction import ReadTransaction
from edigate.logs import get_logger

log = get_logger(__name__)

_KEY = re.compile(r"(claim|in|out|intake)-([0-9]{1,18})")
_FIND = {
    "claim": claim_detail,
    "in": inbound_file_by_id,
    "out": outbound_file_by_id,
    "intake": intake_by_id,
}


def put_on(
    gateway: Gateway, keys: Sequence[str], *, why: str, partner: str = "", everything: bool = False
) -> list[Hold]:
    """Keep claims (`claim-62`), files (`in-7`, `out-3`, `intake-4`), all of a partner, or everything.

    Raises UsageError where nothing is named, NoInputError for what isn't there, ConfigError for an unknown partner;
    then nothing is held.
    """
    if not (keys or partner or everything) or not why.strip():
        raise UsageError("say what to hold, and why", hint="edigate hold add claim-62 in-7 --why TEXT")
    with gateway.ledger.write() as tx:
        if partner and not any(one.partner == partner for one in named_contents(tx)):
            gateway.workspace.partner(partner)  # one that nothing came from yet; a former partner's files are enough
        wanted: list[tuple[HoldScope, str]] = [_named(tx, key) for key in keys]
        wanted += [("partner", partner)] if partner else []
        wanted += [("everything", "")] if everything else []
        made = [add_hold(tx, scope, subject, why=why.strip(), who=user()) for scope, subject in wanted]
    log.info("held", count=len(made))
    return made


def lift(gateway: Gateway, hold_id: int, *, why: str) -> None:
    """Lift one hold. Raises NoInputError where none of this id is on, UsageError without a reason."""
    if not why.strip():
        raise UsageError("say why the hold is lifted")
    with gateway.ledger.write() as tx:
        if not remove_hold(tx, hold_id, why=why.strip(), who=user()):
            raise NoInputError(f"no hold {hold_id} is on", hint="`edigate hold list` shows those that are.")
    log.info("hold lifted")


def _named(tx: ReadTransaction, key: str) -> tuple[HoldScope, str]:
    found = _KEY.fullmatch(key)
    if found is None:
        raise UsageError(f"{key} names nothing that can be held", hint="claim-62, in-7, out-3 or intake-4")
    noun, number = found[1], int(found[2])
    if _FIND[noun](tx, number) is None:
        raise NoInputError(f"there is no {key} in the ledger")
    return ("claim", str(number)) if noun == "claim" else ("file", f"{noun}-{number}")
