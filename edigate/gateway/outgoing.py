"""Claim files: ready claims to the bytes of an 837 and its place in the ledger, in one commit.

Nothing leaves from here. What is frozen never changes: the bytes are in the archive, the numbers spent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from edigate.claims import batch, x222
from edigate.claims.levels import claims_of, tree
from edigate.claims.model import Claim, Contact, Submission
from edigate.errors import InternalError
from edigate.gateway.opening import Gateway
from edigate.ledger.numbering import allocate, next_numbers
from edigate.ledger.outbound import ReadyClaim, freeze, ready_claims
from edigate.ledger.records import NewOutboundFile, NewSet
from edigate.ledger.states import Kind
from edigate.ledger.transaction import WriteTransaction
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.x12.encode import Encoder
from edigate.x12.segments import Delimiters
from edigate.x12.validate import validate
from edigate.x12.write import GroupHeader, InterchangeHeader, Serializer, SetHeader

log = get_logger(__name__)

_CLAIMS = msgspec.json.Decoder(Claim)
_USAGE = {"production": "P", "test": "T"}  # ISA15


class Numbers(NamedTuple):
    """The control numbers of one file; each set's stand in the order of the sets."""

    isa13: int
    gs06: int
    st02: tuple[int, ...]
    bht03: tuple[int, ...]


class Written(NamedTuple):
    """A file's bytes and, set by set, its claims in the order written."""

    content: bytes
    order: list[list[ReadyClaim]]


def serializer_of(partner: Partner) -> Serializer:
    """The partner's delimiters and line ends."""
    envelope = partner.envelope
    delimiters = Delimiters(
        element=envelope.element_separator,
        component=envelope.component_separator,
        segment=envelope.segment_terminator,
        repetition=envelope.repetition_separator,
    )
    return Serializer(delimiters, line_breaks=envelope.line_breaks)


def head_of(partner: Partner, reference: str, now: datetime) -> Submission:
    """BHT, 1000A and 1000B of a set to this partner."""
    submitter = partner.submitter
    contact = Contact(
        name=submitter.contact_name or submitter.name, phone=_digits(submitter.phone), email=submitter.email
    )
    return Submission(
        reference=reference,
        created_on=now.date(),
        created_at=now.time().replace(second=0, microsecond=0),
        submitter_name=submitter.name,
        submitter_id=submitter.id,
        submitter_contacts=[contact],
        receiver_name=partner.receiver.name,
        receiver_id=partner.receiver.id,
    )


def freeze_ready(gateway: Gateway, partner: Partner, kind: Kind) -> list[int]:
    """Freeze everything that waits for a partner into files; their ids, oldest first.

    Each file is one commit: bytes archived, numbers spent, claims queued. What a crash leaves undone is
    simply still ready.
    """
    frozen: list[int] = []
    while True:
        with gateway.ledger.write() as tx:
            waiting = ready_claims(tx, partner.name, kind, limit=partner.batch.max_claims)
            if not waiting:
                return frozen
            frozen.append(_freeze_one(gateway, tx, partner, kind, waiting))


def preview_ready(gateway: Gateway, partner: Partner, kind: Kind) -> Iterator[tuple[str, bytes, int]]:
    """The files that a send would make now: name, bytes, claims. Spends no number, changes nothing."""
    now = gateway.clock()
    with gateway.ledger.read() as tx:
        next_of = dict.fromkeys(("isa13", "gs06", "st02", "bht03"), 1) | next_numbers(tx, partner.name)
        after = ("", 0)
        while waiting := ready_claims(tx, partner.name, kind, limit=partner.batch.max_claims, after=after):
            chosen = _fitting(partner, kind, waiting, now)
            count = len(_sets(partner, chosen))
            numbers = Numbers(
                isa13=next_of["isa13"],
                gs06=next_of["gs06"],
                st02=_run(next_of["st02"], count),
                bht03=_run(next_of["bht03"], count),
            )
            written = write_file(partner, kind, chosen, numbers, now)
            yield file_name(partner, kind, numbers.isa13, now), written.content, len(chosen)
            after = (chosen[-1].batch_key, chosen[-1].id)
            for name, spent in (("isa13", 1), ("gs06", 1), ("st02", count), ("bht03", count)):
                next_of[name] += spent


def file_name(partner: Partner, kind: Kind, isa13: int, now: datetime) -> str:
    """The name under which a file is sent, by the partner's template."""
    return partner.folders.filename.format(
        partner=partner.name,
        isa13=f"{isa13:09d}",
        date=f"{now:%Y%m%d}",
        time=f"{now:%H%M%S}",
        kind=kind,
        usage=_USAGE[partner.usage],
    )


def _freeze_one(
    gateway: Gateway, tx: WriteTransaction, partner: Partner, kind: Kind, waiting: list[ReadyClaim]
) -> int:
    now = tx.at
    chosen = _fitting(partner, kind, waiting, now)
    count = len(_sets(partner, chosen))
    numbers = Numbers(
        isa13=allocate(tx, "isa13", partner.name),
        gs06=allocate(tx, "gs06", partner.name),
        st02=_run(allocate(tx, "st02", partner.name, count), count),
        bht03=_run(allocate(tx, "bht03", partner.name, count), count),
    )
    written = write_file(partner, kind, chosen, numbers, now)
    name = file_name(partner, kind, numbers.isa13, now)
    _read_back(written, chosen)
    new = NewOutboundFile(
        partner=partner.name,
        kind=kind,
        filename=name,
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


def write_file(
    partner: Partner, kind: Kind, claims: Sequence[ReadyClaim], numbers: Numbers, now: datetime
) -> Written:
    """The bytes of one 837 with the given numbers."""
    if kind != "837P":
        raise InternalError(f"{kind} can't be written yet")
    encoder = Encoder(x222.SUBMISSION)
    order: list[list[ReadyClaim]] = []
    bodies = []
    for members, bht03 in zip(_sets(partner, claims), numbers.bht03, strict=True):
        decoded = [_CLAIMS.decode(member.record) for member in members]
        whole = tree(head_of(partner, reference(bht03), now), decoded)
        position = {id(claim): number for number, claim in enumerate(decoded)}
        order.append([members[position[id(claim)]] for claim in claims_of(whole)])
        bodies.append(whole)
    envelope = partner.envelope
    header = InterchangeHeader(
        sender_qualifier=envelope.sender_qualifier,
        sender_id=envelope.sender_id,
        receiver_qualifier=envelope.receiver_qualifier,
        receiver_id=envelope.receiver_id,
        created=now,
        control_number=numbers.isa13,
        usage=_USAGE[partner.usage],
        acknowledgment_requested=envelope.acknowledgment_requested,
    )
    group = GroupHeader(
        functional_id="HC",
        sender=envelope.group_sender or envelope.sender_id,
        receiver=envelope.group_receiver or envelope.receiver_id,
        created=now,
        control_number=numbers.gs06,
        guide=x222.GUIDE,
    )
    body = (
        (SetHeader(id="837", control_number=st02, guide=x222.GUIDE), encoder.encode(whole))
        for st02, whole in zip(numbers.st02, bodies, strict=True)
    )
    text = "".join(serializer_of(partner).interchange(header, [(group, body)]))
    return Written(text.encode("ascii"), order)


def reference(bht03: int) -> str:
    """BHT03, which a 277CA gives back as the batch's name."""
    return f"{bht03:09d}"


def _sets(partner: Partner, claims: Sequence[ReadyClaim]) -> list[list[ReadyClaim]]:
    return list(batch.sets([(claim.batch_key, claim) for claim in claims], partner.batch.max_claims))


def _fitting(
    partner: Partner, kind: Kind, waiting: list[ReadyClaim], now: datetime
) -> list[ReadyClaim]:
    """As many of the claims, from the first on, as the partner's limit of bytes lets into one file.

    Sizes are measured with numbers of no account, for real ones are spent on what is really sent.
    """
    most = partner.batch.max_bytes
    chosen = waiting
    while len(chosen) > 1:
        # The ledger's JSON of a claim is longer than its X12, so most files need no measuring.
        if sum(len(claim.record) for claim in chosen) < most // 2:
            break
        blank = (0,) * len(_sets(partner, chosen))
        size = len(write_file(partner, kind, chosen, Numbers(0, 0, blank, blank), now).content)
        if size <= most:
            break
        chosen = chosen[: max(1, min(len(chosen) - 1, int(len(chosen) * most / size * 0.98)))]
    return chosen


def _read_back(written: Written, claims: Sequence[ReadyClaim]) -> None:
    """Read what was written, by the guide, before anything of it is promised: ours to catch, not a payer's."""
    report = validate([written.content], file="")
    found = sum(len(members) for members in written.order)
    if not report.valid or report.claims != len(claims) or found != len(claims):
        first = next(iter(report.findings), None)
        raise InternalError(
            f"the claim file would not be valid: {report.claims} of {len(claims)} claims found, "
            f"{len(report.findings)} findings{', first ' + first.code if first else ''}",
            hint="Nothing was sent. `edigate send --dry-run` writes the file, `edigate validate` explains it.",
        )


def _run(first: int, count: int) -> tuple[int, ...]:
    return tuple(range(first, first + count))


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
