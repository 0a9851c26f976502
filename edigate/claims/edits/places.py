"""Where a claim's names, addresses, texts and amounts stand, each with its field. Judges nothing.

What every claim is asked for is read in one go (`attrgetter`); paths are put together only where there is
something to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from functools import cache
from itertools import compress
from operator import attrgetter
from typing import Any, get_args, get_type_hints

import msgspec

from edigate.claims.model import Address, AdjustmentGroup, Claim, Provider
from edigate.x12.remainder import Unbound

# Roles at claim level and at line level, by field name.
CLAIM_PROVIDERS = (
    "billing_provider", "referring_provider", "primary_care_provider", "rendering_provider", "service_facility",
    "supervising_provider", "attending_provider", "operating_physician", "other_operating_physician",
    "assistant_surgeon",
)  # fmt: skip
LINE_PROVIDERS = (
    "rendering_provider", "purchased_service_provider", "service_facility", "supervising_provider",
    "ordering_provider", "referring_provider", "primary_care_provider", "operating_physician",
    "other_operating_physician", "assistant_surgeon",
)  # fmt: skip
_OF_CLAIM = attrgetter(*CLAIM_PROVIDERS)
_OF_LINE = attrgetter(*LINE_PROVIDERS)
_NOBODY = (None,) * len(LINE_PROVIDERS)


def providers_of(claim: Claim) -> list[tuple[str, Provider]]:
    """Every provider in a role."""
    held = _OF_CLAIM(claim)
    found = list(compress(zip(CLAIM_PROVIDERS, held, strict=True), held))
    for number, line in enumerate(claim.service_lines):
        roles = _OF_LINE(line)
        if roles != _NOBODY:
            found += [
                (f"service_lines[{number}].{name}", provider)
                for name, provider in zip(LINE_PROVIDERS, roles, strict=True)
                if provider is not None
            ]
    return found


def other_addresses_of(claim: Claim) -> Iterator[tuple[str, Address]]:
    """Every address that isn't a provider's, the subscriber's or the patient's."""
    if claim.payer is not None and claim.payer.address is not None:
        yield "payer.address", claim.payer.address
    for field, address in zip(_ADDRESSES, _CLAIM_ADDRESSES(claim), strict=True):
        if address is not None:
            yield field, address
    if claim.pay_to_plan is not None and claim.pay_to_plan.address is not None:
        yield "pay_to_plan.address", claim.pay_to_plan.address
    for number, other in enumerate(claim.other_subscribers):
        if other.address is not None:
            yield f"other_subscribers[{number}].address", other.address
        if other.payer_address is not None:
            yield f"other_subscribers[{number}].payer_address", other.payer_address
    for number, line in enumerate(claim.service_lines):
        if line.ambulance_pick_up is not None:
            yield f"service_lines[{number}].ambulance_pick_up", line.ambulance_pick_up
        if line.ambulance_drop_off is not None:
            yield f"service_lines[{number}].ambulance_drop_off", line.ambulance_drop_off


_ADDRESSES = ("pay_to_address", "ambulance_pick_up", "ambulance_drop_off")
_CLAIM_ADDRESSES = attrgetter(*_ADDRESSES)

Amount = tuple[str, str, Decimal]
"""An amount in dollars: the path to its record, its name, itself."""

_CLAIM_AMOUNTS = ("total_charge", "patient_amount_paid", "patient_amount_due")
LINE_AMOUNTS = (
    "non_covered_charge", "sales_tax", "postage", "purchased_service_charge", "service_tax", "facility_tax",
)  # fmt: skip
_AMOUNTS_OF_LINE = attrgetter(*LINE_AMOUNTS)
_NO_AMOUNTS = (None,) * len(LINE_AMOUNTS)


def amounts_of(claim: Claim) -> list[Amount]:
    """Every amount in dollars that we or another payer put on the claim; adjustments may be negative."""
    found = _some("", claim, *_CLAIM_AMOUNTS)
    for number, line in enumerate(claim.service_lines):
        if line.charge is not None:
            found.append((f"service_lines[{number}].", "charge", line.charge))
        if _AMOUNTS_OF_LINE(line) != _NO_AMOUNTS:
            found += _some(f"service_lines[{number}].", line, *LINE_AMOUNTS)
        for nth, adjudication in enumerate(line.adjudications):
            below = f"service_lines[{number}].adjudications[{nth}]."
            found += _some(below, adjudication, "paid_amount", "remaining_liability")
            found += _adjustments(below, adjudication.adjustment_groups)
    for number, other in enumerate(claim.other_subscribers):
        below = f"other_subscribers[{number}]."
        found += _some(below, other, "paid_amount", "non_covered_amount", "remaining_liability")
        found += _adjustments(below, other.adjustment_groups)
    return found


def _some(at: str, record: msgspec.Struct, *fields: str) -> list[Amount]:
    return [(at, field, amount) for field in fields if (amount := getattr(record, field)) is not None]


def _adjustments(at: str, groups: Sequence[AdjustmentGroup]) -> list[Amount]:
    return [
        (f"{at}adjustment_groups[{number}].adjustments[{nth}].", "amount", adjustment.amount)
        for number, group in enumerate(groups)
        for nth, adjustment in enumerate(group.adjustments)
        if adjustment.amount is not None
    ]


def texts_of(record: msgspec.Struct) -> Iterator[tuple[str, str]]:
    """Every text of a record and below it that isn't its field's default: codes and names and notes alike."""
    return _texts_in(msgspec.to_builtins(record, builtin_types=(Decimal, date, time)), "")


def _texts_in(said: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    below: list[tuple[str, dict[str, Any]]] = []
    for name, value in said.items():
        several = isinstance(value, list)
        for field, each in [(f"{name}[{nth}]", each) for nth, each in enumerate(value)] if several else [(name, value)]:
            if isinstance(each, str):
                if each and name != "kind":
                    yield at + field, each
            elif isinstance(each, dict):
                below.append((f"{at}{field}.", each))
    for field, record in below:
        yield from _texts_in(record, field)


@cache
def text_fields(record: type[msgspec.Struct]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a record that are texts or lists of texts, and those that are records or lists of them."""
    texts, below = [], []
    for name, hint in get_type_hints(record).items():
        types = [each for each in (*get_args(hint), hint) if isinstance(each, type)]
        if str in types:
            texts.append(name)
        elif any(issubclass(each, msgspec.Struct) and each is not Unbound for each in types):
            below.append(name)
    return tuple(texts), tuple(below)


def words(field: str) -> str:
    """A field for people, e.g. `last name`, `rendering provider`."""
    return field.rsplit(".", 1)[-1].replace("_", " ")
