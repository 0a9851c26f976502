"""Dry runs: the files a send would make, written where a person can look at them. Spends and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from edigate.errors import InternalError, StorageError
from edigate.gateway.opening import Gateway
from edigate.gateway.outgoing import Numbers, count_of_sets, file_name, fitting, most_claims, run_of, write_file
from edigate.gateway.trial import failing
from edigate.ledger.numbering import next_numbers
from edigate.ledger.outbound import ready_claims
from edigate.ledger.states import Kind
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.secrecy import Phi

log = get_logger(__name__)


class Preview(Phi, msgspec.Struct, frozen=True):
    """A file written to look at."""

    path: Path
    claims: int
    bytes: int


def write_preview(gateway: Gateway, partner: Partner) -> Iterator[Preview]:
    """Write the files that a send to `partner` would make now into out/. Raises StorageError."""
    folder = gateway.workspace.out
    with gateway.ledger.read() as tx:
        next_of = dict.fromkeys(("isa13", "gs06", "st02", "bht03"), 1) | next_numbers(tx, partner.name)
    for kind in partner.kinds:
        for name, content, claims in _previews(gateway, partner, kind, next_of):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / name
                path.write_bytes(content)
            except OSError as error:
                raise StorageError(f"{folder} can't be written: {error.strerror}") from error
            yield Preview(path, claims, len(content))


def _previews(
    gateway: Gateway, partner: Partner, kind: Kind, next_of: dict[str, int]
) -> Iterator[tuple[str, bytes, int]]:
    """Name, bytes and claims of each file, with the numbers that would be spent. Not validated: it is for looking.

    `next_of` are the numbers to come, by name; it counts on.

    Claims that can't be written at all are left out, as a send leaves them out.
    """
    now, most = gateway.clock(), most_claims(partner)
    left_out: set[int] = set()
    with gateway.ledger.read() as tx:
        after = ("", "")
        while found := ready_claims(tx, partner.name, kind, partner.usage, limit=most + len(left_out), after=after):
            waiting = [claim for claim in found if claim.id not in left_out][:most]
            if not waiting:
                after = (found[-1].batch_key, found[-1].patient_control_number)
                continue
            try:
                chosen = fitting(partner, kind, waiting, now)
                count = count_of_sets(partner, chosen)
                numbers = Numbers(
                    isa13=next_of["isa13"],
                    gs06=next_of["gs06"],
                    st02=run_of(next_of["st02"], count),
                    bht03=run_of(next_of["bht03"], count),
                )
                written = write_file(partner, kind, chosen, numbers, now)
            except InternalError:
                bad = failing(partner, kind, waiting, now)
                if not bad:
                    raise
                left_out.update(bad)
                log.warning("claims left out", partner=partner.name, count=len(bad))
                continue
            yield file_name(partner, kind, numbers.isa13, now), written.content, len(chosen)
            after = (chosen[-1].batch_key, chosen[-1].patient_control_number)
            for name, spent in (("isa13", 1), ("gs06", 1), ("st02", count), ("bht03", count)):
                next_of[name] += spent
