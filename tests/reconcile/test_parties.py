"""Whom an answer names: what payers do to names makes no other person, and another person is told."""

from __future__ import annotations

import pytest

from edigate.reconcile.parties import Ours, Person, Theirs, differences

OURS = Ours(
    patient=Person("QUILLFEATHER", "ODETTE"),
    member_ids=("NW100200300",),
    npis=frozenset({"1234567893", "1999999984"}),
    tax_id="123456789",
)


def told(last: str = "QUILLFEATHER", first: str = "ODETTE", *ids: str, ours: Ours = OURS, **more: str) -> list[str]:
    return [one.what for one in differences(ours, Theirs(patient=Person(last, first), ids=ids, **more))]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("Quillfeather", "Odette"),
        ("QUILLFEA", "ODETTE"),  # cut short
        ("QUILLFEATHER JR", "ODETTE"),
        ("QUILLFEATHER-MOSS", "ODETTE"),
        ("QUILLFEATHER", "O"),
        ("QUILLFEATHER", "ODETTE MARIE"),
        ("QUILLFEATHER", ""),
        ("", ""),
        ("ODETTE", "QUILLFEATHER"),  # the wrong way round
    ],
)
def test_the_same_person_written_otherwise(last: str, first: str) -> None:
    assert told(last, first) == []


def test_accents_and_apostrophes_are_no_difference() -> None:
    ours = Ours(patient=Person("O'BRÍAN", "ZOË"))
    assert told("OBRIAN", "ZOE", ours=ours) == []


def test_another_person_is_told() -> None:
    assert told("MARSH", "TOBIAS") == ["patient"]
    assert told("MARSH", "TOBIAS", "NW100200300") == ["patient"]


def test_another_member_of_the_family_is_another_patient() -> None:
    assert told("QUILLFEATHER", "PIP", "NW100200300") == ["patient"]


def test_another_last_name_with_the_same_number_is_the_same_person() -> None:
    assert told("MOSS", "ODETTE") == ["patient"]
    assert told("MOSS", "ODETTE", "NW-100200300") == []
    assert told("MOSS", "ODETTE", "NW10020030001") == []  # with the payer's suffix
    assert told("MOSS", "ODETTE", "NW999999999") == ["patient"]


def test_a_provider_the_claim_does_not_name_is_told() -> None:
    assert told(rendering_npi="1999999984") == []
    assert told(rendering_npi="1555555556") == ["provider"]
    assert told(rendering_npi="no NPI") == []


def test_a_payee_of_the_same_tax_number_is_ours() -> None:
    assert told(payee_npi="1555555556") == []
    assert told(payee_npi="1555555556", payee_tax_id="12-3456789") == []
    assert told(payee_npi="1555555556", payee_tax_id="987654321") == ["provider"]


def test_a_claim_that_names_no_provider_contradicts_none() -> None:
    assert told(ours=Ours(patient=OURS.patient), rendering_npi="1555555556") == []


def test_the_difference_keeps_both_sides_and_prints_neither() -> None:
    (one,) = differences(OURS, Theirs(patient=Person("MARSH", "TOBIAS")))
    assert (one.ours, one.theirs) == ("QUILLFEATHER, ODETTE", "MARSH, TOBIAS")
    assert "MARSH" not in repr(one)
