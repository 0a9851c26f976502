"""What the laws of the 837 bindings share: where records differ, which fields a table has a place for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec

from edigate.claims.model import Claim
from edigate.x12.binding import Loop, fields
from edigate.x12.remainder import LoopRecord, Unbound

# Where the tree has the parties of a claim.
_ABOVE = {
    "billing_levels.provider": "billing_provider",
    "billing_levels.pay_to_address": "pay_to_address",
    "billing_levels.pay_to_plan": "pay_to_plan",
    "billing_levels.subscribers.subscriber": "subscriber",
    "billing_levels.subscribers.payer": "payer",
    "billing_levels.subscribers.patients.patient": "patient",
    "billing_levels.subscribers.claims": "",
}


@cache
def claim_fields(table: Loop) -> frozenset[str]:
    """The fields of a claim that a table has a place for: `billing_provider.npi`, `service_lines.charge`."""
    found = set()
    for place in fields(table):
        path = place.field.replace("[]", "")
        for above, name in _ABOVE.items():
            if path.startswith(above + "."):
                found.add((name + path[len(above) :]).removeprefix("."))
    return frozenset(found)


def model_fields(record: type[msgspec.Struct] = Claim, prefix: str = "") -> Iterator[str]:
    """Every field of the model that holds a value, lists and records entered."""
    for name, hint in get_type_hints(record).items():
        if name in ("unbound", "kind"):
            continue
        types = (each for each in (*get_args(hint), hint) if isinstance(each, type))
        below = [each for each in types if issubclass(each, msgspec.Struct)]
        if below:
            yield from model_fields(below[0], f"{prefix}{name}.")
        else:
            yield prefix + name


def only(record: Any, places: frozenset[str], prefix: str = "") -> None:
    """Blank what a table has no place for: what a sender would not say."""
    for field in msgspec.structs.fields(record):
        if field.name in ("unbound", "kind"):
            continue
        value = getattr(record, field.name)
        path = f"{prefix}{field.name}"
        if isinstance(value, msgspec.Struct) or (isinstance(value, list) and value and _is_record(value[0])):
            if not any(place.startswith(f"{path}.") for place in places):
                setattr(record, field.name, () if isinstance(value, list) else None)
                continue
            for each in value if isinstance(value, list) else [value]:
                only(each, places, f"{path}.")
        elif path not in places:
            blank = () if isinstance(value, list | tuple) else "" if isinstance(value, str) else None
            setattr(record, field.name, blank)


def _is_record(value: Any) -> bool:
    return isinstance(value, msgspec.Struct)


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """The paths of the values that differ."""
    pairs: list[tuple[Any, Any, str]] = []
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(*pair, f"{path}[{at}]") for at, pair in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, msgspec.Struct) and type(one) is type(other):
        pairs = [(getattr(one, name), getattr(other, name), f"{path}.{name}") for name in one.__struct_fields__]
    if pairs:
        return [each for pair in pairs for each in differences(*pair)]
    return [] if type(one) is type(other) and one == other else [f"{path}: {one!r} for {other!r}"]


# Loops whose NM1 says nothing but that they are there: the decoder notes it in the remainder.
_OPENERS = {("NM1", "87", "2"), ("NM1", "PW", "2"), ("NM1", "45", "2")}


def forget_openers(record: Any) -> None:
    """Drop the notes of loops that are just there; anything else in the remainder is a loss."""
    if isinstance(record, LoopRecord):
        assert {one.elements for one in record.unbound if one.partial} <= _OPENERS
        assert all(one.partial for one in record.unbound)
        record.unbound = []
    for name in record.__struct_fields__:
        value = getattr(record, name)
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, msgspec.Struct) and not isinstance(each, Unbound):
                forget_openers(each)
