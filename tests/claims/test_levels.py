"""The HL tree: claims of the same parties share levels, in the order they came, and the file is right."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edigate.claims.levels import MOST_CLAIMS, claims_of, tree
from edigate.claims.model import Address, Claim, PayToPlan, Provider, Subscriber
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.remainder import Unbound
from edigate.x12.segments import SegmentReader
from edigate.x12.validate import validate
from tests.claims.made_up import (
    CHILD,
    CLINIC,
    PAYER,
    SUBSCRIBER,
    X222,
    base_claim,
    changed,
    claim_file,
    for_child,
    head,
)

OTHER_CLINIC: Provider = changed(CLINIC, last_name="HAZEL STREET CLINIC", npi="1999999984")
OTHER_SUBSCRIBER: Subscriber = changed(SUBSCRIBER, first_name="QUINN", member_id="MB0099999")


def numbered(number: int, **changes: object) -> Claim:
    return base_claim(patient_control_number=f"P{number}", **changes)


def levels(claims: Sequence[Claim]) -> list[tuple[str, ...]]:
    """HL of a written file: number, parent, code, whether levels hang below."""
    return [tuple(each.elements[1:]) for each in SegmentReader([claim_file(claims)]) if each.id == "HL"]


def order(claims: Sequence[Claim]) -> list[str]:
    return [each.get(1) for each in SegmentReader([claim_file(claims)]) if each.id == "CLM"]


def read(content: bytes) -> list[Claim]:
    return [claim for each in EnvelopeReader([content]) for claim in X222.decode_claims(each)]


def test_claims_of_the_same_parties_share_levels() -> None:
    assert levels([numbered(1), numbered(2)]) == [("1", "", "20", "1"), ("2", "1", "22", "0")]


def test_another_subscriber_payer_or_provider_has_a_level_of_their_own() -> None:
    claims = [
        numbered(1),
        numbered(2, subscriber=OTHER_SUBSCRIBER),
        numbered(3, payer=changed(PAYER, payer_id="OTHER")),
        numbered(4, billing_provider=OTHER_CLINIC),
    ]
    assert levels(claims) == [
        ("1", "", "20", "1"),
        ("2", "1", "22", "0"),
        ("3", "1", "22", "0"),
        ("4", "1", "22", "0"),
        ("5", "", "20", "1"),
        ("6", "5", "22", "0"),
    ]


def test_a_dependent_stands_below_the_subscriber_who_may_have_claims_too() -> None:
    subscriber = changed(SUBSCRIBER, relationship="")
    claims = [numbered(1, subscriber=subscriber, patient=CHILD), numbered(2, subscriber=subscriber, patient=CHILD)]
    sibling = numbered(3, subscriber=subscriber, patient=changed(CHILD, first_name="WREN"))
    assert levels([*claims, sibling]) == [
        ("1", "", "20", "1"),
        ("2", "1", "22", "1"),
        ("3", "2", "23", "0"),
        ("4", "2", "23", "0"),
    ]
    assert order([*claims, sibling]) == ["P1", "P2", "P3"]


@pytest.mark.parametrize(
    "other",
    [
        {"pay_to_address": Address(line1="PO BOX 9", city="FENWICK", state="OH", postal_code="430010009")},
        {"pay_to_plan": PayToPlan(name="STATE PLAN", payer_id="SP1")},
    ],
    ids=["address", "plan"],
)
def test_providers_who_want_their_money_elsewhere_have_levels_of_their_own(other: dict[str, object]) -> None:
    assert [level[2] for level in levels([numbered(1), numbered(2, **other)])] == ["20", "22", "20", "22"]


MIXED = [
    numbered(1),
    numbered(2, billing_provider=OTHER_CLINIC),
    for_child(patient_control_number="P3"),
    numbered(4, subscriber=OTHER_SUBSCRIBER),
    numbered(5),
    for_child(patient_control_number="P6", billing_provider=OTHER_CLINIC),
]


def test_claims_come_in_the_order_in_which_they_are_written() -> None:
    whole = tree(head(), MIXED)
    assert [claim.patient_control_number for claim in claims_of(whole)] == order(MIXED)
    assert order(MIXED) == ["P1", "P5", "P3", "P4", "P2", "P6"]
    assert all(any(claim is one for one in MIXED) for claim in claims_of(whole))
    assert order(MIXED) == order(MIXED)


def test_a_mixed_file_has_nothing_wrong_with_it_and_each_claim_its_parties_again() -> None:
    content = claim_file(MIXED)
    report = validate([content])
    assert report.findings == []
    assert report.claims == len(MIXED)
    by_number = {claim.patient_control_number: claim for claim in read(content)}
    for claim in MIXED:
        back = by_number[claim.patient_control_number]
        assert back.billing_provider == claim.billing_provider
        assert back.subscriber == claim.subscriber
        assert back.payer == claim.payer
        assert back.patient == claim.patient


def test_more_claims_than_a_level_holds_open_another_of_the_same() -> None:
    """2300 may repeat 100 times (X222A1): a busy lab has more for one patient."""
    claims = [numbered(n) for n in range(2 * MOST_CLAIMS + 1)]
    assert [level[2] for level in levels(claims)] == ["20", "22", "22", "22"]
    assert validate([claim_file(claims)]).findings == []
    assert order(claims) == [claim.patient_control_number for claim in claims]


def test_more_claims_of_a_dependent_than_a_level_holds_open_another_below_the_same_subscriber() -> None:
    claims = [for_child(patient_control_number=f"P{n}") for n in range(MOST_CLAIMS + 1)]
    assert [level[2] for level in levels(claims)] == ["20", "22", "23", "23"]
    assert validate([claim_file(claims)]).findings == []


def test_what_a_level_said_beyond_the_tables_is_written_with_the_claim_again() -> None:
    provider = changed(CLINIC, unbound=[Unbound(0, 1, ("ZZZ", "KEPT"))])
    (back,) = read(claim_file([base_claim(billing_provider=provider)]))
    assert back.billing_provider == provider
    assert b"ZZZ*KEPT~" in claim_file([back])


def test_no_claims_make_no_level() -> None:
    assert tree(head(), []).billing_levels == []
