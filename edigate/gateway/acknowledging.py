"""Acknowledging what was received: a 999 (and a TA1 where it is asked for), queued in the posting's own transaction.

A 999 says what became of the file's form, not of its money: a set that was read is accepted, what its guide has
otherwise noted; refused is what no receiver could read whole. A payment that waits here for a person was received all
the same. Files given by hand came some other way, and are answered that way.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from edigate.gateway.kinds import guides_of
from edigate.gateway.opening import Gateway
from edigate.gateway.outgoing import file_name
from edigate.ledger.acknowledging import NewAcknowledgment, acknowledgments_of, queue_acknowledgment
from edigate.ledger.inbound import BY_HAND, InboundFile
from edigate.ledger.numbering import allocate
from edigate.ledger.states import FileKind
from edigate.ledger.transaction import WriteTransaction
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.responses.read import Kind
from edigate.x12.acknowledge import Answer, acknowledge, envelope, survey
from edigate.x12.validate import validate

log = get_logger(__name__)

# A control number used twice within a file doesn't keep anybody from reading it: some payers number every set 0001.
_NUMBERED_TWICE = ("TA1-025", "AK9-19", "IK5-23")
_PIECE = 1 << 16
_ASKED = "1"  # ISA14


def acknowledge_received(
    gateway: Gateway,
    tx: WriteTransaction,
    file: InboundFile,
    kind: Kind,
    opened: Callable[[], AbstractContextManager[BinaryIO]],
) -> list[int]:
    """Queue what answers a file that was read, where its partner wants that; ids of our files. Once a file."""
    partner = next((one for one in gateway.workspace.partners() if one.name == file.partner), None)
    if partner is None or not _wanted(partner, kind) or file.remote_path.startswith(BY_HAND):
        return []
    if acknowledgments_of(tx, file.id):  # a held file that is read again
        return []
    with opened() as stream:
        received = survey(iter(lambda: stream.read(_PIECE), b""))
    with opened() as stream:
        findings = validate(iter(lambda: stream.read(_PIECE), b""), file=file.name, choice=guides_of(partner)).findings
    told = [finding for finding in findings if finding.code not in _NUMBERED_TWICE]
    queued = []
    for part, answer in enumerate(acknowledge(received, told, errors_are_noted=True), 1):
        asked = answer.interchange.elements[14].strip() == _ASKED
        if answer.sets or asked:
            queued.append(_queue(gateway, tx, file, partner, part, answer, with_ta1=asked))
    return queued


def _wanted(partner: Partner, kind: Kind) -> bool:
    wants = {Kind.X835: partner.acknowledge.remittances, Kind.X277CA: partner.acknowledge.claim_acknowledgments}
    return wants.get(kind, False)


def _queue(
    gateway: Gateway,
    tx: WriteTransaction,
    file: InboundFile,
    partner: Partner,
    part: int,
    answer: Answer,
    *,
    with_ta1: bool,
) -> int:
    isa13, gs06 = allocate(tx, "isa13", partner.name), allocate(tx, "gs06", partner.name)
    segments = envelope(answer, control_number=isa13, group_control_number=gs06, at=tx.at, with_ta1=with_ta1)
    end = "~\n" if partner.envelope.line_breaks else "~"
    content = "".join("*".join(elements) + end for elements in segments).encode("ascii")
    kind: FileKind = "999" if answer.sets else "TA1"
    new = NewAcknowledgment(
        acknowledges_id=file.id,
        acknowledges_part=part,
        partner=partner.name,
        kind=kind,
        filename=file_name(partner, kind, isa13, tx.at),
        sha256=gateway.archive.put(content),
        size=len(content),
        isa13=isa13,
        gs06=gs06,
        usage=partner.usage,
    )
    file_id = queue_acknowledgment(tx, new)
    log.info("acknowledgment queued", file_id=file_id, partner=partner.name, bytes=new.size)
    return file_id
