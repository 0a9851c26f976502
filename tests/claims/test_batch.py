"""Batches: sets of one provider each, bounded and in order; and what makes two claims the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.claims.batch import batch_key, content_hash, sets
from edigate.claims.model import Address, Claim, PayToPlan
from tests.claims.made_up import CHILD, CLINIC, DOCTOR, base_claim, changed, line


@given(st.lists(st.sampled_from("ABC"), max_size=40), st.integers(1, 7))
def test_sets_hold_one_provider_each_are_bounded_and_keep_the_order(keys: list[str], most: int) -> None:
    ordered = sorted(keys)
    pairs = [(key, (key, number)) for number, key in enumerate(ordered)]
    found = list(sets(pairs, most))
    assert [claim for members in found for claim in members] == [claim for _, claim in pairs]
    assert all(1 <= len(members) <= most for members in found)
    assert all(len({key for key, _ in members}) == 1 for members in found)
    # as few as can be
    assert len(found) == sum(-(-ordered.count(key) // most) for key in set(ordered))


def test_the_key_tells_billing_providers_apart_and_nothing_else() -> None:
    key = batch_key(base_claim())
    assert key.startswith("1234567893-")
    assert batch_key(base_claim(patient_control_number="OTHER", patient=CHILD)) == key
    assert batch_key(base_claim(billing_provider=changed(CLINIC, tax_id="999999999"))) != key
    assert batch_key(base_claim(pay_to_address=Address(line1="PO BOX 1"))) != key
    assert batch_key(base_claim(pay_to_plan=PayToPlan(name="PLAN"))) != key
    assert batch_key(Claim()) != key


def test_the_key_names_nobody() -> None:
    assert "LARKSPUR" not in batch_key(base_claim())


def test_the_same_claim_under_other_line_numbers_is_the_same() -> None:
    one = base_claim(service_lines=[line(line_item_control_number="7"), line(line_item_control_number="8")])
    other = base_claim(service_lines=[line(line_item_control_number="70"), line(line_item_control_number="")])
    assert content_hash(one) == content_hash(other)


def test_an_amount_written_with_more_zeros_is_the_same() -> None:
    one = base_claim(total_charge=Decimal("120"), service_lines=[line(charge=Decimal("120"), units=Decimal("1.0"))])
    other = base_claim(total_charge=Decimal("120.00"), service_lines=[line(charge=Decimal("120.0"))])
    assert content_hash(one) == content_hash(other)


def test_hashing_leaves_the_claim_as_it_is() -> None:
    claim = base_claim()
    content_hash(claim)
    assert claim == base_claim()
    assert str(claim.total_charge) == "145.50"


def _variants(record: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The record with each field below it changed in turn."""
    hints = get_type_hints(type(record))
    for name in record.__struct_fields__:
        if name in ("unbound", "line_item_control_number"):
            continue
        where = f"{path}{name}"
        for inner, value in _changed_values(getattr(record, name), hints[name], f"{where}."):
            yield (inner or where), msgspec.structs.replace(record, **{name: value})


def _changed_values(value: Any, hint: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        (below,) = get_args(hint)
        yield "", [*value, _sample(below)]
        for number, each in enumerate(value):
            if isinstance(each, msgspec.Struct):
                for inner, other in _variants(each, f"{path}{number}."):
                    yield inner, [*value[:number], other, *value[number + 1 :]]
    elif isinstance(value, msgspec.Struct):
        yield from _variants(value, path)
        yield "", None
    else:
        yield "", _sample(hint, value)


def _sample(hint: Any, value: Any = None) -> Any:
    if get_origin(hint) is Literal:
        return next(word for word in get_args(hint) if word != value)
    hint = next((each for each in get_args(hint) if each is not type(None)), hint) if get_args(hint) else hint
    if get_origin(hint) is list:
        return [_sample(get_args(hint)[0])]
    if hint is str:
        return f"{value or ''}X"
    if hint is Decimal:
        return (value or Decimal(0)) + Decimal("0.01")
    if hint is int:
        return (value or 0) + 1
    if hint is date:
        return (value or date(2026, 1, 1)) + timedelta(days=1)
    return hint()


CLAIM = base_claim(
    patient=CHILD,
    referring_provider=DOCTOR,
    service_lines=[line(rendering_provider=DOCTOR, units=Decimal(2)), line()],
)
VARIANTS = dict(_variants(CLAIM))


def test_every_field_is_tried() -> None:
    assert len(VARIANTS) > 200
    assert "service_lines.0.charge" in VARIANTS


@pytest.mark.parametrize("path", VARIANTS, ids=str)
def test_a_change_of_any_field_makes_it_another_claim(path: str) -> None:
    assert content_hash(VARIANTS[path]) != content_hash(CLAIM), path
