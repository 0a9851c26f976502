"""Freezing: ready claims into files, each file one commit: bytes archived, numbers spent, claims queued.

Nothing leaves from here. What is frozen never changes; what a crash leaves undone is simply still ready.
"""

from __future__ import annotations

from typing import NamedTuple

from edigate.errors import DataError, InternalError
from edigate.findings import Finding
from edigate.gateway.kinds import guides_of
from edigate.gateway.opening import Gateway
from edigate.gateway.outgoing import (
    Numbers,
    Written,
    count_of_sets,
    file_name,
    fitting,
    most_claims,
    reference,
    run_of,
    write_file,
)
from edigate.gateway.trial import failing
from edigate.ledger.numbering import allocate
from edigate.ledger.outbound import ReadyClaim, freeze, ready_claims
from edigate.ledger.records import NewOutboundFile, NewSet
from edigate.ledger.states import Kind
from edigate.ledger.transaction import WriteTransaction
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.x12.validate import validate

log = get_logger(__name__)

_TOLD = 5  # claims named in a message


class Frozen(NamedTuple):
    """The files made, oldest first, and the claims that can't be written, with the first reason why not."""

    files: list[int]
    left_out: dict[int, Finding]

    def trouble(self, partner: str) -> DataError:
        """The claims left out, for a person; names no patient."""
        named = [
            f"claim {claim_id} ({finding.code} {finding.field or finding.segment_id})"
            for claim_id, finding in list(self.left_out.items())[:_TOLD]
        ]
        more = len(self.left_out) - len(named)
        return DataError(
            f"{len(self.left_out)} ready claims can't be written for {partner} and were left out: "
            f"{', '.join(named)}{f' and {more} more' if more else ''}",
            hint="They were good when they were made: have the partner's settings changed since? They stay ready.",
        )


def freeze_ready(gateway: Gateway, partner: Partner, kind: Kind) -> Frozen:
    """Freeze everything that waits for a partner into files.

    A claim that can't be written, or wouldn't be valid, is left out and stays ready; the others go. Raises
    InternalError where a file wouldn't be valid though each of its claims is: nothing of it is kept then.
    """
    frozen = Frozen([], {})
    while True:
        waiting: list[ReadyClaim] = []
        try:
            with gateway.ledger.write() as tx:
                most = most_claims(partner)
                found = ready_claims(tx, partner.name, kind, partner.usage, limit=most + len(frozen.left_out))
                waiting = [claim for claim in found if claim.id not in frozen.left_out][:most]
                if not waiting:
                    return frozen
                file_id = _freeze_one(gateway, tx, partner, kind, waiting)
        except InternalError:
            bad = failing(partner, kind, waiting, gateway.clock())
            if not bad:
                raise
            frozen.left_out.update(bad)
        else:
            frozen.files.append(file_id)


def _freeze_one(
    gateway: Gateway, tx: WriteTransaction, partner: Partner, kind: Kind, waiting: list[ReadyClaim]
) -> int:
    now = tx.at
    chosen = fitting(partner, kind, waiting, now)
    count = count_of_sets(partner, chosen)
    numbers = Numbers(
        isa13=allocate(tx, "isa13", partner.name),
        gs06=allocate(tx, "gs06", partner.name),
        st02=run_of(allocate(tx, "st02", partner.name, count), count),
        bht03=run_of(allocate(tx, "bht03", partner.name, count), count),
    )
    written = write_file(partner, kind, chosen, numbers, now)
    _read_back(partner, written, len(chosen))
    new = NewOutboundFile(
        partner=partner.name,
        kind=kind,
        filename=file_name(partner, kind, numbers.isa13, now),
        sha256=gateway.archive.put(written.content),
        size=len(written.content),
        isa13=numbers.isa13,
        gs06=numbers.gs06,
        usage=partner.usage,
        sets=[
            NewSet(st02=f"{st02:04d}", bht03=reference(bht03), claim_ids=[claim.id for claim in claims])
            for st02, bht03, claims in zip(numbers.st02, numbers.bht03, written.order, strict=True)
        ],
    )
    file_id = freeze(tx, new)
    log.info("file frozen", file_id=file_id, partner=partner.name, claims=len(chosen), bytes=new.size)
    return file_id


def _read_back(partner: Partner, written: Written, claims: int) -> None:
    """Read what was written, by the guide, before anything of it is promised: ours to catch, not a payer's."""
    report = validate([written.content], file="", choice=guides_of(partner))
    found = sum(len(members) for members in written.order)
    if not report.valid or report.claims != claims or found != claims:
        first = next(iter(report.findings), None)
        raise InternalError(
            f"the claim file would not be valid: {report.claims} of {claims} claims found, "
            f"{len(report.findings)} findings{', first ' + first.code if first else ''}",
            hint="Nothing was sent. `edigate send --dry-run` writes the file, `edigate validate` explains it.",
        )
