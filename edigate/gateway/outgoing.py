"""Claim files: ready claims and control numbers to the bytes of an 837. Values in, values out.

Knows the partner's envelope and limits; spends no number, keeps nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from edigate.claims import batch
from edigate.claims.levels import claims_of, tree
from edigate.claims.model import Claim, Contact, Submission
from edigate.errors import InternalError
from edigate.gateway.kinds import binding_of
from edigate.ledger.outbound import ReadyClaim
from edigate.ledger.states import FileKind, Kind
from edigate.partners.model import Partner
from edigate.x12.characters import Characters
from edigate.x12.segments import Delimiters
from edigate.x12.write import GroupHeader, InterchangeHeader, Serializer, SetHeader

CLAIMS = msgspec.json.Decoder(Claim)  # of the ledger's record of a claim
_WIDEST = 999_999_999  # a control number of nine digits
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
    """The partner's delimiters, line ends and characters."""
    envelope = partner.envelope
    delimiters = Delimiters(
        element=envelope.element_separator,
        component=envelope.component_separator,
        segment=envelope.segment_terminator,
        repetition=envelope.repetition_separator,
    )
    characters = Characters(
        repertoire=envelope.characters, capitals=envelope.capitals, replacement=envelope.replacement
    )
    return Serializer(delimiters, line_breaks=envelope.line_breaks, characters=characters)


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


def file_name(partner: Partner, kind: FileKind, isa13: int, now: datetime) -> str:
    """The name under which a file is sent, by the partner's template."""
    return partner.folders.filename.format(
        partner=partner.name,
        isa13=f"{isa13:09d}",
        date=f"{now:%Y%m%d}",
        time=f"{now:%H%M%S}",
        kind=kind,
        usage=_USAGE[partner.usage],
        sender_id=partner.envelope.sender_id,
    )


def write_file(
    partner: Partner, kind: Kind, claims: Sequence[ReadyClaim], numbers: Numbers, now: datetime
) -> Written:
    """The bytes of one 837 with the given numbers.

    Raises InternalError for a value that can't be written: a delimiter in it, or a character beyond ASCII.
    """
    binding = binding_of(kind)
    order: list[list[ReadyClaim]] = []
    bodies = []
    for members, bht03 in zip(_sets(partner, claims), numbers.bht03, strict=True):
        decoded = [CLAIMS.decode(member.record) for member in members]
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
        guide=binding.guide,
    )
    body = (
        (SetHeader(id="837", control_number=st02, guide=binding.guide), binding.encoder.encode(whole))
        for st02, whole in zip(numbers.st02, bodies, strict=True)
    )
    text = "".join(serializer_of(partner).interchange(header, [(group, body)]))
    if not text.isascii():
        raise InternalError("a claim holds a character beyond ASCII; the trial should have refused it")
    return Written(text.encode("ascii"), order)


def reference(bht03: int) -> str:
    """BHT03, which a 277CA gives back as the batch's name."""
    return f"{bht03:09d}"


def count_of_sets(partner: Partner, claims: Sequence[ReadyClaim]) -> int:
    """How many transaction sets a file of these claims has, each of which takes an ST02 and a BHT03."""
    return len(_sets(partner, claims))


def most_claims(partner: Partner) -> int:
    """How many claims one file to this partner has at most."""
    return partner.batch.max_claims_per_file or partner.batch.max_claims


def fitting(partner: Partner, kind: Kind, waiting: Sequence[ReadyClaim], now: datetime) -> list[ReadyClaim]:
    """As many of the claims, from the first on, as the partner's limits let into one file.

    One at least: a claim that is larger than the limit of bytes alone goes alone. Sizes are measured with
    the widest numbers there are, for real ones are spent on what is really sent.
    """
    most = partner.batch.max_bytes
    chosen = [claim for members in _sets(partner, waiting) for claim in members]
    while len(chosen) > 1:
        # The ledger's JSON of a claim is longer than its X12, so most files need no measuring.
        if sum(len(claim.record) for claim in chosen) < most // 2:
            break
        widest = (_WIDEST,) * count_of_sets(partner, chosen)
        size = len(write_file(partner, kind, chosen, Numbers(_WIDEST, _WIDEST, widest, widest), now).content)
        if size <= most:
            break
        chosen = chosen[: max(1, min(len(chosen) - 1, int(len(chosen) * most / size * 0.98)))]
    return chosen


def run_of(first: int, count: int) -> tuple[int, ...]:
    """The numbers of a block that was allocated."""
    return tuple(range(first, first + count))


def _sets(partner: Partner, claims: Sequence[ReadyClaim]) -> list[list[ReadyClaim]]:
    limits = batch.Limits(
        claims_a_set=partner.batch.max_claims,
        claims_a_file=most_claims(partner),
        sets_a_file=partner.batch.max_sets,
        set_per_provider=partner.batch.set_per_provider,
    )
    return batch.sets([(claim.batch_key, claim) for claim in claims], limits)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
