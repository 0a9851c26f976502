"""Batches: claims into transaction sets, one a billing provider, bounded in number. Pure and stable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeVar

import msgspec

from edigate.claims.model import Claim

T = TypeVar("T")

_KEYS = msgspec.msgpack.Encoder()


def batch_key(claim: Claim) -> str:
    """What orders the sending: claims of one billing provider stand together, in a set of their own.

    A set of its own, so that a payer who rejects a set for one provider's data rejects no other's.
    """
    provider = claim.billing_provider
    npi = provider.npi if provider else ""
    digest = hashlib.sha256(_KEYS.encode((provider, claim.pay_to_address, claim.pay_to_plan))).hexdigest()
    return f"{npi}-{digest[:16]}"


def content_hash(claim: Claim) -> str:
    """The same for the same claim, whatever numbers of ours it carries (REF*6R)."""
    lines = [msgspec.structs.replace(line, line_item_control_number="") for line in claim.service_lines]
    return hashlib.sha256(_KEYS.encode(msgspec.structs.replace(claim, service_lines=lines))).hexdigest()


def sets(claims: Sequence[tuple[str, T]], max_claims: int) -> Iterator[list[T]]:
    """Sets of at most `max_claims` from pairs of batch key and claim, in the order given."""
    for _, group in groupby(claims, key=lambda pair: pair[0]):
        members = [claim for _, claim in group]
        for start in range(0, len(members), max_claims):
            yield members[start : start + max_claims]
