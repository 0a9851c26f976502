"""The way back from an element we wrote to the field it came from: for every field of claims of every kind."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from edigate.claims.bindings import binding_of_kind
from edigate.claims.levels import claims_of, tree
from edigate.claims.model import Claim, ClaimKind
from edigate.gateway.standing import Place, field_at, field_of_missing, places_of_set
from edigate.x12.segments import Segment
from tests.claims.made_up import head, small_claim
from tests.claims.random_claims import claims

_AS_DRAWN = settings(max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])
_ABOVE = ("BHT", "HL", "LX")  # numbered by the writer
_STEP = re.compile(r"(\w+)|\[(\d+)\]")


def written(kind: ClaimKind, made: list[Claim]) -> list[Segment]:
    """ST to SE, components joined as in the file."""
    body = binding_of_kind(kind).encode_claims(head(), made)
    texts = [[each if isinstance(each, str) else ":".join(each) for each in elements] for elements in body]
    return [Segment(["ST", "837", "0001"]), *(Segment(each) for each in texts), Segment(["SE", "0", "0001"])]


def value_at(claim: Claim, field: str) -> Any:
    found: Any = claim
    for name, number in _STEP.findall(field):
        found = getattr(found, name) if name else found[int(number)]
    return found


def says(value: Any, text: str) -> bool:
    """Whether an element's text is what a field holds; a field that was left out may have a code all the same."""
    if isinstance(value, Decimal):
        return Decimal(text) == value
    if isinstance(value, date):
        return f"{value:%Y%m%d}" in text or f"{value.year:04d}{value:%m%d}" in text
    if isinstance(value, time):
        return f"{value:%H%M}" in text
    return value in ("", None) or str(value) == text


def wrong(places: list[Place], made: list[Claim]) -> list[str]:
    """Every element whose field, asked for by its place, holds something else."""
    found = []
    for place in places:
        if place.elements[0] in _ABOVE or place.loop.id in ("ST", "1000A", "1000B"):
            continue
        for element, text in enumerate(place.elements[1:], 1):
            pieces = text.split(":")
            for component in range(1, len(pieces) + 1) if len(pieces) > 1 else (0,):
                piece = pieces[component - 1] if component else text
                field = field_at(place, element, component) if piece else ""
                about = made[max(place.first, 0) : place.last + 1] if field else ()
                if not all(says(value_at(claim, field), piece) for claim in about):
                    found.append(f"{place.loop.id} {place.elements[0]}{element:02d}-{component} {piece} -> {field}")
    return found


@pytest.mark.parametrize("kind", ["professional", "institutional", "dental"])
def test_every_element_leads_back_to_the_field_it_was_written_from(kind: ClaimKind) -> None:
    binding = binding_of_kind(kind)

    @_AS_DRAWN
    @given(st.lists(claims(kind, binding.table), min_size=1, max_size=2))
    def holds(drawn: list[Claim]) -> None:
        made = list(claims_of(tree(head(), drawn)))
        places = places_of_set(binding.table, written(kind, drawn))
        faults = wrong(places, made)
        assert not faults, faults

    holds()


def test_every_segment_below_a_claim_is_about_that_claim_alone() -> None:
    made = [small_claim("institutional", patient_control_number=f"P{number}") for number in range(3)]
    places = places_of_set(binding_of_kind("institutional").table, written("institutional", made))
    spans = {(place.elements[0], place.elements[1]): (place.first, place.last) for place in places}
    assert spans["CLM", "P1"] == (1, 1)
    assert spans["NM1", "85"] == spans["NM1", "IL"] == (0, 2)
    assert [place.first for place in places if place.elements[0] == "SV2"] == [0, 0, 1, 1, 2, 2]


def test_a_segment_that_is_missing_has_a_field_where_it_can_be_only_one() -> None:
    table = binding_of_kind("institutional").table
    assert field_of_missing(table, "2300", "CL1", 0) == "admission_type"
    assert field_of_missing(table, "2400", "SV2", 3) == "service_lines[3].revenue_code"
    assert field_of_missing(table, "2300", "HI", 0) == "diagnoses"
    assert field_of_missing(table, "2010AA", "N3", 0) == "billing_provider.address.line1"
    assert field_of_missing(table, "2300", "REF", 0) == ""  # of many
