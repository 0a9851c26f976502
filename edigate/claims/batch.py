"""Batches: claims into transaction sets, one a billing provider, bounded in number. Pure and stable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any, TypeVar, get_args, get_type_hints

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
    """The same for the same claim, whatever numbers of ours it carries (REF*6R), and for 12.5 as for 12.50."""
    lines = [msgspec.structs.replace(line, line_item_control_number="") for line in claim.service_lines]
    same = _plain(msgspec.structs.replace(claim, service_lines=lines))
    return hashlib.sha256(_KEYS.encode(same)).hexdigest()


Record = TypeVar("Record", bound=msgspec.Struct)


def _plain(record: Record) -> Record:
    """The record with its amounts, and those of all records below it, without trailing zeros."""
    changes: dict[str, Any] = {}
    for name in _telling(type(record)):
        value = getattr(record, name)
        if value is None or value == []:
            continue
        if isinstance(value, Decimal):
            changes[name] = value.normalize() or _ZERO
        elif isinstance(value, list):
            changes[name] = [_plain(each) for each in value]
        else:
            changes[name] = _plain(value)
    return msgspec.structs.replace(record, **changes) if changes else record


@cache
def _telling(record: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a record that hold amounts or records with amounts below them."""
    found = []
    for name, hint in get_type_hints(record).items():
        types = [each for each in (*get_args(hint), hint) if isinstance(each, type)]
        if Decimal in types or any(issubclass(each, msgspec.Struct) and _telling(each) for each in types):
            found.append(name)
    return tuple(found)


_ZERO = Decimal(0)


def sets(claims: Sequence[tuple[str, T]], max_claims: int) -> Iterator[list[T]]:
    """Sets of at most `max_claims` from pairs of batch key and claim, in the order given."""
    for _, group in groupby(claims, key=lambda pair: pair[0]):
        members = [claim for _, claim in group]
        for start in range(0, len(members), max_claims):
            yield members[start : start + max_claims]
