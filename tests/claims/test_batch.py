"""Batches: sets of one provider each, bounded and in order; and what makes two claims the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edigate.claims.batch import Limits, batch_key, content_hash, provider_of, sets, visit_hash
from edigate.claims.model import Address, Claim, PayToPlan
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.segments import SegmentReader
from edigate.x12.validate import validate
from tests.claims.made_up import (
    CHILD,
    CLINIC,
    DOCTOR,
    PAYER,
    SUBSCRIBER,
    X222,
    X223,
    X224,
    base_claim,
    changed,
    claim_file,
    line,
    small_claim,
)

# --- sets and files

KEYS = st.lists(st.sampled_from(["A.1.", "A.1.c", "A.2.", "B.1.", "B.3."]), max_size=40)
LIMITS = st.builds(
    Limits,
    claims_a_set=st.integers(1, 7),
    claims_a_file=st.none() | st.integers(1, 12),
    sets_a_file=st.none() | st.integers(1, 3),
    set_per_provider=st.booleans(),
)


def files(pairs: list[tuple[str, int]], limits: Limits) -> list[list[list[int]]]:
    """Everything that waits, file by file, as sending does it."""
    made = []
    while pairs:
        made.append(sets(pairs, limits))
        pairs = pairs[sum(map(len, made[-1])) :]
    return made


@given(KEYS, LIMITS)
def test_every_claim_goes_into_one_set_in_order_and_no_limit_is_passed(keys: list[str], limits: Limits) -> None:
    pairs = list(zip(sorted(keys), range(len(keys)), strict=True))
    made = files(pairs, limits)
    assert [claim for file in made for members in file for claim in members] == list(range(len(keys)))
    for file in made:
        assert all(1 <= len(members) <= limits.claims_a_set for members in file)
        assert limits.claims_a_file is None or sum(map(len, file)) <= limits.claims_a_file
        assert limits.sets_a_file is None or len(file) <= limits.sets_a_file
        for members in file:
            assert len({provider_of(pairs[claim][0]) for claim in members}) == 1 or not limits.set_per_provider


@given(KEYS, LIMITS)
def test_no_set_or_file_ends_before_it_must(keys: list[str], limits: Limits) -> None:
    pairs = list(zip(sorted(keys), range(len(keys)), strict=True))
    made = files(pairs, limits)
    for file, after in pairwise(made):
        claims = sum(map(len, file))
        another_fits = len(file[-1]) < limits.claims_a_set and (
            not limits.set_per_provider or provider_of(pairs[file[-1][-1]][0]) == provider_of(pairs[after[0][0]][0])
        )
        assert claims == limits.claims_a_file or (len(file) == limits.sets_a_file and not another_fits)
    for members, following in (two for file in made for two in pairwise(file)):
        changes = provider_of(pairs[members[-1]][0]) != provider_of(pairs[following[0]][0])
        assert len(members) == limits.claims_a_set or (limits.set_per_provider and changes)


def test_providers_may_share_a_set_where_a_payer_wants_one() -> None:
    pairs = [("A.1.", 1), ("A.2.", 2), ("B.1.", 3)]
    assert sets(pairs, Limits()) == [[1, 2], [3]]
    assert sets(pairs, Limits(set_per_provider=False)) == [[1, 2, 3]]
    assert sets(pairs, Limits(sets_a_file=1)) == [[1, 2]]
    assert sets([], Limits()) == []


# --- the order of sending


def test_the_key_has_a_part_for_each_level_of_the_tree() -> None:
    provider, subscriber, patient = batch_key(base_claim(patient=CHILD)).split(".")
    assert provider.startswith("1234567893-")
    assert batch_key(base_claim(patient_control_number="OTHER", patient=CHILD)) == f"{provider}.{subscriber}.{patient}"
    assert batch_key(base_claim()) == f"{provider}.{subscriber}."
    sibling = changed(CHILD, first_name="WREN")
    assert batch_key(base_claim(patient=sibling)).split(".")[:2] == [provider, subscriber]
    assert batch_key(base_claim(patient=sibling)).split(".")[2] not in ("", patient)
    for other in ({"subscriber": changed(SUBSCRIBER, member_id="X")}, {"payer": changed(PAYER, payer_id="X")}):
        assert batch_key(base_claim(**other)).split(".")[0] == provider
        assert batch_key(base_claim(**other)).split(".")[1] != subscriber


def test_a_provider_is_another_where_the_money_goes_elsewhere() -> None:
    provider = provider_of(batch_key(base_claim()))
    for other in (
        {"billing_provider": changed(CLINIC, tax_id="999999999")},
        {"pay_to_address": Address(line1="PO BOX 1")},
        {"pay_to_plan": PayToPlan(name="PLAN")},
        {"billing_provider": None},
    ):
        assert provider_of(batch_key(base_claim(**other))) != provider


def test_the_key_names_nobody() -> None:
    key = batch_key(base_claim(patient=CHILD))
    assert not [name for name in ("LARKSPUR", "OAKHURST", "MB0012345", "ROBIN") if name in key.upper()]


PROVIDERS = [CLINIC, changed(CLINIC, last_name="HAZEL STREET CLINIC", npi="1999999984")]
SUBSCRIBERS = [SUBSCRIBER, changed(SUBSCRIBER, first_name="QUINN", member_id="MB0099999")]
PATIENTS = [None, CHILD, changed(CHILD, first_name="WREN")]
KINDS: dict[str, Any] = {"professional": X222, "institutional": X223, "dental": X224}


@st.composite
def batches(draw: st.DrawFn) -> list[Claim]:
    """Claims of one kind, of a few providers, subscribers and patients, as they happen to arrive."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    parties = st.tuples(st.sampled_from(PROVIDERS), st.sampled_from(SUBSCRIBERS), st.sampled_from(PATIENTS))
    return [
        small_claim(
            kind,
            patient_control_number=f"P{number}",
            billing_provider=provider,
            subscriber=changed(subscriber, relationship="" if patient else "18"),
            patient=patient,
        )
        for number, (provider, subscriber, patient) in enumerate(draw(st.lists(parties, min_size=1, max_size=12)))
    ]


@given(batches(), LIMITS, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_files_are_the_same_whatever_came_first_and_each_party_has_one_level_a_set(
    claims: list[Claim], limits: Limits, order: Random
) -> None:
    def arranged(arrived: list[Claim]) -> list[list[list[Claim]]]:
        pairs = [(batch_key(claim), claim) for claim in arrived]
        pairs.sort(key=lambda pair: (pair[0], pair[1].patient_control_number))
        return files(pairs, limits)  # type: ignore[arg-type,return-value]  # claims in place of numbers

    made = arranged(claims)
    shuffled = list(claims)
    order.shuffle(shuffled)
    assert arranged(shuffled) == made
    module = KINDS[claims[0].kind]
    for file in made:
        content = claim_file(*file, binding=module)
        report = validate([content])
        assert report.findings == []
        assert report.claims == sum(map(len, file))
        found = [list(module.decode_claims(one)) for one in EnvelopeReader([content])]
        assert [sorted(c.patient_control_number for c in one) for one in found] == [
            sorted(c.patient_control_number for c in members) for members in file
        ]
        levels = [element.elements for element in SegmentReader([content]) if element.id == "HL"]
        wanted = [{tuple(batch_key(claim).split(".")) for claim in members} for members in file]
        assert sum(level[3] == "20" for level in levels) == sum(len({one[0] for one in each}) for each in wanted)
        assert sum(level[3] == "22" for level in levels) == sum(len({one[:2] for one in each}) for each in wanted)
        assert sum(level[3] == "23" for level in levels) == sum(sum(bool(one[2]) for one in each) for each in wanted)


# --- what makes two claims the same


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
    if get_origin(hint) is Sequence:
        return [_sample(get_args(hint)[0])]
    if hint is str:
        return f"{value or ''}X"
    if hint is Decimal:
        return (value or Decimal(0)) + Decimal("0.01")
    if hint is int:
        return (value or 0) + 1
    if hint is date:
        return (value or date(2026, 1, 1)) + timedelta(days=1)
    if hint is time:
        return time(3, 4) if value != time(3, 4) else time(4)
    return hint()


FULL = {
    "professional": base_claim(
        patient=CHILD,
        referring_provider=DOCTOR,
        service_lines=[line(rendering_provider=DOCTOR, units=Decimal(2)), line()],
    ),
    "institutional": small_claim("institutional"),
    "dental": small_claim("dental"),
}


@pytest.mark.parametrize("kind", FULL)
def test_a_change_of_any_field_makes_it_another_claim(kind: str) -> None:
    variants = dict(_variants(FULL[kind]))
    assert len(variants) > 200
    assert {"service_lines.0.charge", "kind", "value_codes", "orthodontics"} <= variants.keys()
    same = content_hash(FULL[kind])
    assert [path for path, other in variants.items() if content_hash(other) == same] == []


@pytest.mark.parametrize("kind", FULL)
def test_the_hash_of_a_claim_is_the_same_in_every_process_and_after_the_ledger(kind: str) -> None:
    back = msgspec.json.decode(msgspec.json.encode(FULL[kind]), type=Claim)
    assert (content_hash(back), batch_key(back)) == (content_hash(FULL[kind]), batch_key(FULL[kind]))


def test_an_empty_list_says_as_little_as_none() -> None:
    """Whoever puts claims together may leave a list empty; that makes no other claim of it."""
    plain = base_claim()
    first, *others = plain.service_lines
    spelled = msgspec.structs.replace(
        plain, notes=[], service_lines=[msgspec.structs.replace(first, modifiers=[], adjudications=[]), *others]
    )
    assert (visit_hash(spelled), batch_key(spelled)) == (visit_hash(plain), batch_key(plain))
