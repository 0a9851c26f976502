"""Where a claim's names, addresses, texts and amounts stand, each with its field. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import get_args, get_type_hints

import msgspec

from edigate.claims.model import Address, AdjustmentGroup, Claim, Contact, Patient, Provider, Subscriber
from edigate.x12.remainder import Unbound

# Roles at claim level and at line level, by field name.
CLAIM_PROVIDERS = (
    "billing_provider", "referring_provider", "primary_care_provider", "rendering_provider",
    "service_facility", "supervising_provider",
)  # fmt: skip
LINE_PROVIDERS = (
    "rendering_provider", "purchased_service_provider", "service_facility", "supervising_provider",
    "ordering_provider", "referring_provider", "primary_care_provider",
)  # fmt: skip


def providers_of(claim: Claim) -> Iterator[tuple[str, Provider]]:
    """Every provider in a role."""
    for field in CLAIM_PROVIDERS:
        if (provider := getattr(claim, field)) is not None:
            yield field, provider
    for number, line in enumerate(claim.service_lines):
        for field in LINE_PROVIDERS:
            if (provider := getattr(line, field)) is not None:
                yield f"service_lines[{number}].{field}", provider


def people_of(claim: Claim) -> Iterator[tuple[str, Provider | Subscriber | Patient]]:
    """Everybody with a last and a first name."""
    yield from providers_of(claim)
    if claim.subscriber is not None:
        yield "subscriber", claim.subscriber
    if claim.patient is not None:
        yield "patient", claim.patient


def contacts_of(claim: Claim) -> Iterator[tuple[str, Contact]]:
    """Every contact of somebody."""
    for field, party in people_of(claim):
        for number, contact in enumerate(party.contacts):
            yield f"{field}.contacts[{number}]", contact


def addresses_of(claim: Claim) -> Iterator[tuple[str, Address]]:
    """Every address, the ambulance's and other payers' among them."""
    for field, party in people_of(claim):
        if party.address is not None:
            yield f"{field}.address", party.address
    if claim.payer is not None and claim.payer.address is not None:
        yield "payer.address", claim.payer.address
    for field in ("pay_to_address", "ambulance_pick_up", "ambulance_drop_off"):
        if (address := getattr(claim, field)) is not None:
            yield field, address
    if claim.pay_to_plan is not None and claim.pay_to_plan.address is not None:
        yield "pay_to_plan.address", claim.pay_to_plan.address
    for number, other in enumerate(claim.other_subscribers):
        for field in ("address", "payer_address"):
            if (address := getattr(other, field)) is not None:
                yield f"other_subscribers[{number}].{field}", address
    for number, line in enumerate(claim.service_lines):
        for field in ("ambulance_pick_up", "ambulance_drop_off"):
            if (address := getattr(line, field)) is not None:
                yield f"service_lines[{number}].{field}", address


def amounts_of(claim: Claim) -> Iterator[tuple[str, Decimal]]:
    """Every amount in dollars that we or another payer put on the claim; adjustments may be negative."""
    yield from _amounts("", claim, "total_charge", "patient_amount_paid")
    for number, other in enumerate(claim.other_subscribers):
        at = f"other_subscribers[{number}]."
        yield from _amounts(at, other, "paid_amount", "non_covered_amount", "remaining_liability")
        yield from _adjustments(at, other.adjustment_groups)
    for number, line in enumerate(claim.service_lines):
        at = f"service_lines[{number}]."
        yield from _amounts(at, line, "charge", "sales_tax", "postage", "purchased_service_charge")
        for nth, adjudication in enumerate(line.adjudications):
            below = f"{at}adjudications[{nth}]."
            yield from _amounts(below, adjudication, "paid_amount", "remaining_liability")
            yield from _adjustments(below, adjudication.adjustment_groups)


def _amounts(at: str, record: msgspec.Struct, *fields: str) -> Iterator[tuple[str, Decimal]]:
    for field in fields:
        if (amount := getattr(record, field)) is not None:
            yield at + field, amount


def _adjustments(at: str, groups: list[AdjustmentGroup]) -> Iterator[tuple[str, Decimal]]:
    for number, group in enumerate(groups):
        for nth, adjustment in enumerate(group.adjustments):
            if adjustment.amount is not None:
                yield f"{at}adjustment_groups[{number}].adjustments[{nth}].amount", adjustment.amount


def texts_of(record: msgspec.Struct, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text below a record, codes and names and notes alike."""
    texts, below = _plan(type(record))
    for name in (*texts, *below):
        value = getattr(record, name)
        if not value:
            continue
        if isinstance(value, str):
            yield at + name, value
        elif isinstance(value, list):
            for number, each in enumerate(value):
                if isinstance(each, str):
                    yield f"{at}{name}[{number}]", each
                elif isinstance(each, msgspec.Struct):
                    yield from texts_of(each, f"{at}{name}[{number}].")
        else:
            yield from texts_of(value, f"{at}{name}.")


class Texts:
    """Whether a record's texts are all in order, told from its JSON as a whole: a walk costs ten times that.

    `limits`: the most characters by the name of the field.
    """

    def __init__(self, limits: Mapping[str, int]) -> None:
        by_limit: dict[int, list[str]] = {}
        for name, most in limits.items():
            by_limit.setdefault(most, []).append(name)
        # a field is a text, or a list of texts of which any may be too long
        fields = (rf'(?:{"|".join(names)})":(?:\[[^\]]*)?"[^"]{{{most + 1}}}' for most, names in by_limit.items())
        self._too_long = re.compile(f'"(?:{"|".join(fields)})'.encode("ascii"))

    def in_order(self, record: msgspec.Struct) -> bool:
        """True: printable ASCII, no blanks round it, none too long. False may be wrong (a backslash)."""
        written = _JSON.encode(record)
        odd = not written.isascii() or any(sign in written for sign in _ODD)
        return not odd and self._too_long.search(written) is None


# What JSON makes of a control character, DEL, and a blank after or before a text's quotes.
_ODD = (b"\\", b"\x7f", b'" ', b' "')
_JSON = msgspec.json.Encoder()


@cache
def _plan(record: type[msgspec.Struct]) -> tuple[tuple[str, ...], tuple[str, ...]]:
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
