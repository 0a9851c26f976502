"""A person's word about held remittances: one that doesn't add up is taken as it is, one that waited was seen.

The only ways past a hold, each with its reason kept beside the payment and the file. Any other hold stays: an
envelope cut off, an amount nobody can read, the same money with another story.
"""

from __future__ import annotations

from collections.abc import Sequence

from edigate.errors import NoInputError, UsageError
from edigate.gateway.opening import Gateway
from edigate.gateway.post import PostReport, post_again
from edigate.gateway.posting import Outcome, Release
from edigate.ledger.inbound import WAITS_FOR_REVIEW, InboundFile, inbound_file_by_id, inbound_files
from edigate.logs import get_logger

log = get_logger(__name__)


def waiting_for_review(gateway: Gateway) -> PostReport:
    """The files that wait for review, each with what is to be looked at. Changes nothing."""
    with gateway.ledger.read() as tx:
        held = [file for file in inbound_files(tx, states=("held",)) if file.reason.startswith(WAITS_FOR_REVIEW)]
    return PostReport(files=[post_again(gateway, file, dry_run=True) for file in held], dry_run=True)


def let_through(
    gateway: Gateway, *, unbalanced: Sequence[str] = (), reviewed: Sequence[str] = (), why: str, dry_run: bool = False
) -> PostReport:
    """Post held files: `unbalanced` names payments that need not add up (`in-12`, or `in-12/2` for its second set),
    `reviewed` files that were looked at (`in-12`).

    Several payments of a file that don't add up are each named. Raises NoInputError for an unknown file, UsageError
    without a reason and where there is nothing to accept or release; what posting raises.
    """
    why = " ".join(why.split())
    if not why and not dry_run:
        raise UsageError("a held file is let through with a reason", hint='e.g. --why "payer confirmed, ticket 4711"')
    accepted: dict[int, set[int]] = {}
    for key in unbalanced:
        file_id, set_number = _parse(key)
        accepted.setdefault(file_id, set()).add(set_number)
    seen = {_parse(key)[0] for key in reviewed}
    report = PostReport(dry_run=dry_run)
    for file_id in sorted(accepted.keys() | seen):
        file = _held(gateway, file_id)
        before = post_again(gateway, file, dry_run=True).outcome
        sets = _sets_to_accept(file, before, accepted[file_id]) if file_id in accepted else frozenset()
        if file_id in seen and not sets and not before.review:
            raise _nothing(file, before, "waits for no review")
        release = Release(why=why or "(dry run)", unbalanced=sets, reviewed=file_id in seen)
        posted = post_again(gateway, file, dry_run=dry_run, release=release)
        log.info("file let through", file_id=file_id, state=posted.file.state, partner=file.partner)
        report.files.append(posted)
    return report


def _sets_to_accept(file: InboundFile, before: Outcome, named: set[int]) -> frozenset[int]:
    found = {one.set_number: one.trace_number for one in before.unbalanced}
    if not found:
        raise _nothing(file, before, "holds no payment that doesn't add up")
    if named == {0}:
        if len(found) > 1:
            each = ", ".join(f"in-{file.id}/{number} ({trace})" for number, trace in found.items())
            raise UsageError(f"in-{file.id} holds {len(found)} payments that don't add up", hint=f"name each: {each}")
        return frozenset(found)
    strangers = named - found.keys()
    if strangers:
        raise UsageError(f"in-{file.id}/{min(strangers)} is no payment that doesn't add up")
    return frozenset(named)


def _nothing(file: InboundFile, before: Outcome, what: str) -> UsageError:
    hint = f"edigate show file in-{file.id}"
    if "was posted before" in before.held:
        hint = (
            "The same money can count once only. If the first was wrong, the payer reverses it in a payment of its "
            "own; if both are true, ask for the second under its own number."
        )
    held = f"; it is held because {before.held}" if before.held else ""
    return UsageError(f"in-{file.id} {what}{held}", hint=hint)


def _held(gateway: Gateway, file_id: int) -> InboundFile:
    with gateway.ledger.read() as tx:
        file = inbound_file_by_id(tx, file_id)
    if file is None:
        raise NoInputError(f"no file that came in has the id in-{file_id}")
    if file.state != "held":
        raise UsageError(f"in-{file_id} is {file.state}, not held: there is nothing to let through")
    return file


def _parse(key: str) -> tuple[int, int]:
    """`in-12/2` as file 12, set 2; set 0 where none is named."""
    name, _, position = key.removeprefix("in-").partition("/")
    numbers = [name, position or "0"]
    if not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in numbers):
        raise NoInputError(f"{key} is no id of a file that came in", hint="e.g. in-12, or in-12/2 for its second set")
    return int(name), int(numbers[1])
