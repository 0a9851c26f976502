"""A person's word about a file whose fate nothing proves: it arrived, or it is to go once more. Sends nothing."""

from __future__ import annotations

from edigate.errors import NoInputError, UsageError
from edigate.gateway.opening import Gateway
from edigate.ledger.outbound import OutboundFile, advance, outbound_file_by_id
from edigate.ledger.states import FileState
from edigate.ledger.timeline import outbound_detail
from edigate.logs import get_logger

log = get_logger(__name__)


def resolve(gateway: Gateway, key: str, *, delivered: bool, why: str) -> OutboundFile:
    """Settle the uncertain file with this id (`out-7`, `7`) or name; how it stands afterwards.

    `delivered`: it is `sent`. Else it is `queued` again and the next send takes it: the same bytes, the same ISA13,
    so that a partner who has it already can tell. `why` is kept with the file and in each claim's history. Raises
    NoInputError for an unknown file, UsageError for one that isn't uncertain or without a reason, LedgerBusyError.
    """
    why = " ".join(why.split())
    if not why:
        raise UsageError("a file is settled with a reason", hint='e.g. --why "the partner\'s help desk has it"')
    with gateway.ledger.read() as tx:
        found = outbound_detail(tx, key.removeprefix("out-"))
    if found is None:
        raise NoInputError(f"no file of ours has the name or id {key}")
    file = found.file
    with gateway.only_one(f"partner-{file.partner}"), gateway.ledger.write() as tx:
        now = outbound_file_by_id(tx, file.id)
        if now is None or now.state != "uncertain":
            state = now.state if now is not None else "gone"
            raise UsageError(
                f"{file.filename} is {state}, not uncertain: there is nothing to settle",
                hint=f"edigate show file out-{file.id}",
            )
        to: FileState = "sent" if delivered else "queued"
        told = "delivered" if delivered else "to be sent again"
        advance(tx, file.id, expect="uncertain", to=to, reason=f"{told}, says a person: {why}")
        settled = outbound_file_by_id(tx, file.id)
    assert settled is not None  # noqa: S101  # rows aren't deleted
    log.info("file moved on", file_id=file.id, partner=file.partner, state=to)
    return settled
