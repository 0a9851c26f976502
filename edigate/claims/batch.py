"""Batches: which claims go into which transaction set of which file, bounded and in order. Pure and stable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from edigate.claims.model import Claim

T = TypeVar("T")

_KEYS = msgspec.msgpack.Encoder()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much goes into one set and one file; None: no limit."""

    claims_a_set: int = 5000  # what the guides recommend at most (2000A-2300)
    claims_a_file: int | None = None
    sets_a_file: int | None = None
    set_per_provider: bool = True


def batch_key(claim: Claim) -> str:
    """What orders the sending: claims of one billing provider stand together, in it those of one patient.

    `NPI-PROVIDER.SUBSCRIBER.PATIENT`, digests all but the NPI: as many as the HL tree has levels. Claims with
    the same key share one HL. A provider who is paid elsewhere, or a subscriber with another payer, is
    another. The order of keys means nothing, but is always the same.
    """
    provider = claim.billing_provider
    npi = provider.npi if provider else ""
    above = _digest((provider, claim.pay_to_address, claim.pay_to_plan))
    insured = _digest((claim.subscriber, claim.payer))
    return f"{npi}-{above[:16]}.{insured[:12]}.{_digest((claim.patient,))[:8] if claim.patient else ''}"


def provider_of(key: str) -> str:
    """The part of a batch key that is the billing provider's."""
    return key.partition(".")[0]


def _digest(parties: object) -> str:
    """Of records; a list that is empty says as little as one that isn't there."""
    packed = _KEYS.encode(parties)
    if _EMPTY in packed:
        packed = _KEYS.encode(_without_empty(parties))
    return hashlib.sha256(packed).hexdigest()


_EMPTY = b"\x90"  # a list of nothing; within a text the byte may be part of a letter, which costs a second look alone


def _without_empty(value: Any) -> Any:
    """The same records with the empty lists that fields have of themselves, which aren't written."""
    if isinstance(value, msgspec.Struct):
        fields = [name for name in value.__struct_fields__ if name != "unbound"]  # which is a list of itself
        return msgspec.structs.replace(value, **{name: _without_empty(getattr(value, name)) for name in fields})
    return tuple(map(_without_empty, value)) if isinstance(value, list | tuple) else value


def visit_hash(claim: Claim) -> str:
    """The same for claims that differ in their numbers alone (CLM01, REF*6R, REF*F8), and for 12.5 as for 12.50."""
    lines = [msgspec.structs.replace(line, line_item_control_number="") for line in claim.service_lines]
    same = msgspec.structs.replace(
        claim, service_lines=lines, patient_control_number="", payer_claim_control_number=""
    )
    return _digest(_plain(same))


def content_hash(claim: Claim, visit: str = "") -> str:
    """The same for the same claim, whatever numbers of ours its lines carry. `visit` is its `visit_hash`, if known."""
    numbers = (visit or visit_hash(claim), claim.patient_control_number, claim.payer_claim_control_number)
    return hashlib.sha256(_KEYS.encode(numbers)).hexdigest()


Record = TypeVar("Record", bound=msgspec.Struct)


def _plain(record: Record) -> Record:
    """The record with its amounts, and those of all records below it, without trailing zeros."""
    changes: dict[str, Any] = {}
    for name in _telling(type(record)):
        value = getattr(record, name)
        if value is None or (not value and not isinstance(value, Decimal)):
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


def sets(claims: Iterable[tuple[str, T]], limits: Limits) -> list[list[T]]:
    """The sets of one file: as many claims, from the first on, as the limits let into it; one at least.

    `claims` are pairs of batch key and claim in the order of their keys; the order stays. A set begins where
    the one before is full and, with `set_per_provider`, where another billing provider's claims begin: a payer
    who rejects a set for one provider's data then rejects no other's.
    """
    found: list[list[T]] = []
    provider: str | None = None
    for count, (key, claim) in enumerate(claims):
        if count == limits.claims_a_file:
            break
        changes = limits.set_per_provider and provider_of(key) != provider
        if not found or changes or len(found[-1]) == limits.claims_a_set:
            if len(found) == limits.sets_a_file:
                break
            found.append([])
            provider = provider_of(key)
        found[-1].append(claim)
    return found
