"""Which binding a guide's name leads to, and what it is good for."""

from __future__ import annotations

import pytest

from edigate.claims.bindings import binding_for, binding_of_kind
from edigate.claims.model import ClaimKind
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.segments import Delimiters
from tests.claims.made_up import base_claim, claim_file, for_child


@pytest.mark.parametrize(
    ("guide", "kind", "written_as"),
    [
        ("005010X222", "professional", "005010X222A1"),
        ("005010X222A1", "professional", "005010X222A1"),
        ("005010X222A2", "professional", "005010X222A1"),
        ("005010X223A2", "institutional", "005010X223A2"),
        (" 005010X223A3 ", "institutional", "005010X223A2"),
        ("005010X224A1", "dental", "005010X224A2"),
        ("005010X291", "professional", ""),
        ("005010X292", "institutional", ""),
        ("004010X096A1", "institutional", ""),
        ("004010X097A1", "dental", ""),
        ("004010X098A1", "professional", ""),
    ],
)
def test_a_guide_leads_to_its_binding_whatever_its_errata(guide: str, kind: str, written_as: str) -> None:
    binding = binding_for(guide)
    assert binding is not None
    assert (binding.kind, binding.guide) == (kind, written_as)


@pytest.mark.parametrize("guide", ["", "1", "005010", "005010X221A1", "005010X2220", "005010X222A1B", "X222A1"])
def test_what_is_no_guide_of_claims_has_no_binding(guide: str) -> None:
    assert binding_for(guide) is None


@pytest.mark.parametrize("kind", ["professional", "institutional", "dental"])
def test_a_kind_is_written_by_the_binding_that_reads_it(kind: ClaimKind) -> None:
    binding = binding_of_kind(kind)
    assert binding.kind == kind
    assert binding_for(binding.guide) is binding


def test_claims_stream_with_their_parties_and_the_set_is_there_at_the_end() -> None:
    binding = binding_of_kind("professional")
    for each in EnvelopeReader([claim_file([base_claim(), for_child()])]):
        run = binding.stream(each)
        claims = [binding.claim_of(found) for found in run]
        assert [claim.patient is None for claim in claims] == [True, False]
        assert run.root.reference == "BATCH1"
        assert run.findings == []


def test_an_element_leads_to_its_field_with_the_files_own_separator() -> None:
    binding = binding_of_kind("professional")
    place = binding.place_of(["HI", "BG>09"], 1, 2, Delimiters(component=">"))
    assert place is not None
    assert place.field.endswith("claims[].condition_codes[].code")
    assert binding.place_of(["HI", "BG>09"], 1, 2) is None
    assert binding.place_of(["ZZZ", "1"], 1) is None
