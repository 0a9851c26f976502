"""Whatever a claim says of people, nothing of it stays when they are taken out; codes and money do."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

import msgspec

from edigate.claims.model import Claim
from edigate.claims.without_persons import without_persons
from tests.simulator.claim_files import claim

# Names of fields that say who somebody is, where they live, how they are reached, or are free text about them.
IDENTITY = (
    "first_name", "middle_name", "suffix", "line1", "line2", "city", "zip", "member_id", "group_number", "group_name",
    "social_security_number", "tax_id", "phone", "email", "text", "property_casualty_claim_number",
    "medical_record_number", "prior_authorization", "referral_number", "clearinghouse_trace_number",
    "fixed_format_records", "prescription_number", "auto_accident_state", "drop_off_name",
)  # fmt: skip


def marked(type_: type[Any], path: str = "") -> Any:
    """A record with its own path in every field that is text, down to the last record."""
    hints = typing.get_type_hints(type_)
    return type_(**{name: _marked(hint, f"{path}.{name}") for name, hint in hints.items() if name in _fields(type_)})


def _fields(type_: type[Any]) -> set[str]:
    return {name for name in type_.__struct_fields__ if name not in ("kind", "unbound")}


def _marked(hint: Any, path: str) -> Any:
    if hint is str:
        return path
    if get_origin(hint) in (Sequence, typing.Sequence):
        return [_marked(get_args(hint)[0], path)]
    options = [one for one in get_args(hint) if one is not type(None)] or [hint]
    if isinstance(options[0], type) and issubclass(options[0], msgspec.Struct):
        return marked(options[0], path)
    return None if type(None) in get_args(hint) else 1 if hint is int else ""


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str) and value.startswith("."):
        yield value


def test_nothing_that_says_who_somebody_is_stays() -> None:
    every = marked(Claim)
    before = set(texts(msgspec.to_builtins(every)))
    after = set(texts(msgspec.to_builtins(without_persons(every))))
    named = {path for path in before if any(word in path.rpartition(".")[2] for word in IDENTITY)}
    assert len(named) > 100
    assert after & named == set()
    # Of parties that are no patients, what says which provider and payer it was.
    people = ("last_name", "name", "address", "contacts", "secondary_ids", "notes", "attachments")
    assert {path for path in after if any(f".{word}" in path for word in people)} == {".payer.name"}
    assert not any(".patient." in path or ".other_subscribers" in path for path in after)


def test_codes_and_money_stay() -> None:
    whole = claim("A1")
    left = without_persons(whole)
    for name in ("patient_control_number", "total_charge", "diagnoses", "place_of_service"):
        assert getattr(left, name) == getattr(whole, name)
    for name in ("procedure", "modifiers", "charge", "units", "service_date", "line_item_control_number"):
        assert [getattr(line, name) for line in left.service_lines] == [
            getattr(line, name) for line in whole.service_lines
        ]
    assert msgspec.json.decode(msgspec.json.encode(left), type=Claim) == left
