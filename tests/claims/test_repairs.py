"""Repairs: what is sent otherwise than it was mapped, when asked for, and always told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.claims import model as m
from edigate.claims.edits.repairs import REPAIRS, repaired
from edigate.findings import Severity
from tests.claims.edit_samples import billing, billing_address, child, room, subscriber, with_lines
from tests.claims.made_up import base_claim, line

DESK = m.Contact(name="DESK", phone="(555) 555-0100", fax="1-555-555-0101")

MENDED = [
    ("TAX-ID-HYPHEN", "31-1234567", "311234567"),
    ("TAX-ID-HYPHEN", "311-23-4567", "311234567"),
    ("ZIP-HYPHEN", "43001-0040", "430010040"),
    ("ZIP-HYPHEN", "43001-", "43001"),
    ("PHONE", "(555) 555-0100", "5555550100"),
    ("PHONE", "+1 555.555.0100", "5555550100"),
    ("ICD-DOT", "J01.90", "J0190"),
    ("NDC-HYPHEN", "0409-3795-01", "00409379501"),
    ("NDC-HYPHEN", "50242-040-62", "50242004062"),
    ("NDC-HYPHEN", "60575-4112-1", "60575411201"),
    ("REVENUE-ZERO", "450", "0450"),
    ("BLANK", " MB1 ", "MB1"),
    ("UPPER", "van der Berg", "VAN DER BERG"),
    ("ACCENTS", "Muñoz", "Munoz"),
]
# What could be meant in more than one way, or is right already.
LEFT = [
    ("TAX-ID-HYPHEN", "3-11234567"), ("TAX-ID-HYPHEN", "311234567"), ("ZIP-HYPHEN", "43001-00"),
    ("ZIP-HYPHEN", "SW1A-1AA"), ("PHONE", "555-0100"), ("PHONE", "555-555-0100 x12"), ("ICD-DOT", "J01..9"),
    ("ICD-DOT", "12.5"), ("NDC-HYPHEN", "0409-379-1"), ("NDC-HYPHEN", "00409379501"), ("REVENUE-ZERO", "45"),
    ("REVENUE-ZERO", "0450"), ("ACCENTS", "Øst"), ("BLANK", "A B"), ("UPPER", "A1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after"), MENDED)
def test_a_repair_writes_the_same_thing_in_the_form_asked_for(name: str, before: str, after: str) -> None:
    assert REPAIRS[name].mended(before) == after


@pytest.mark.parametrize(("name", "text"), LEFT)
def test_a_repair_leaves_what_it_cannot_be_sure_of(name: str, text: str) -> None:
    assert REPAIRS[name].mended(text) == text


@pytest.mark.parametrize("name", REPAIRS)
@given(text=st.text(max_size=20))
def test_mending_twice_is_mending_once(name: str, text: str) -> None:
    once = REPAIRS[name].mended(text)
    assert REPAIRS[name].mended(once) == once


def test_every_repair_has_a_case_of_either_side() -> None:
    assert {name for name, _, _ in MENDED} == {name for name, _ in LEFT} | {"REVENUE-ZERO"} == set(REPAIRS)


def test_each_value_mended_is_told_with_what_was_and_what_is_sent() -> None:
    claim, told = repaired(billing(tax_id="31-1234567", contacts=[DESK]), {"TAX-ID-HYPHEN", "PHONE"})
    provider = claim.billing_provider
    assert provider is not None
    assert provider.tax_id == "311234567"
    assert (provider.contacts[0].phone, provider.contacts[0].fax) == ("5555550100", "5555550101")
    assert [(each.code, each.field, each.value, each.expected) for each in told] == [
        ("REPAIRED-TAX-ID-HYPHEN", "billing_provider.tax_id", "31-1234567", "311234567"),
        ("REPAIRED-PHONE", "billing_provider.contacts[0].phone", "(555) 555-0100", "5555550100"),
        ("REPAIRED-PHONE", "billing_provider.contacts[0].fax", "1-555-555-0101", "5555550101"),
    ]
    assert {each.severity for each in told} == {Severity.WARNING}
    assert not [each for each in told if "31-1234567" in each.message]  # a message may be logged; a value is PHI


def test_only_what_is_asked_for_is_mended() -> None:
    claim = billing(tax_id="31-1234567", contacts=[DESK])
    assert repaired(claim, {"ZIP-HYPHEN"}) == (claim, [])
    assert repaired(claim, set()) == (claim, [])


def test_values_are_mended_wherever_they_stand() -> None:
    some = with_lines(
        line(national_drug_code="0409-3795-01"), diagnoses=[m.Diagnosis(code="J01.90", qualifier="ABK")]
    )
    claim, told = repaired(some, {"NDC-HYPHEN", "ICD-DOT"})
    assert claim.diagnoses[0].code == "J0190"
    assert claim.service_lines[0].national_drug_code == "00409379501"
    assert {each.field for each in told} == {"diagnoses[0].code", "service_lines[0].national_drug_code"}
    assert repaired(base_claim(service_lines=[room(revenue_code="120")]), {"REVENUE-ZERO"})[0].service_lines[
        0
    ].revenue_code == "0120"
    assert repaired(billing_address(postal_code="43001-0040"), {"ZIP-HYPHEN"})[1][0].field == (
        "billing_provider.address.postal_code"
    )


def test_several_repairs_of_one_value_are_told_one_by_one() -> None:
    claim, told = repaired(subscriber(last_name=" Muñoz"), {"UPPER", "ACCENTS", "BLANK"})
    assert claim.subscriber is not None
    assert claim.subscriber.last_name == "MUNOZ"
    of_name = [each for each in told if each.field == "subscriber.last_name"]
    assert [(each.value, each.expected) for each in of_name] == [
        (" Muñoz", "Muñoz"), ("Muñoz", "MUÑOZ"), ("MUÑOZ", "MUNOZ"),
    ]  # fmt: skip


def test_a_claim_as_it_should_be_comes_back_the_same() -> None:
    claim = child()
    after, told = repaired(claim, set(REPAIRS))
    assert after is claim
    assert told == []
