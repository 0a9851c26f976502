"""Laws of the 837 bindings: what is written is read as it was, and every field of the model has a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from edigate.claims.levels import claims_of, tree
from edigate.claims.model import Claim
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.segments import Delimiters
from tests.claims.laws import claim_fields, differences, forget_openers, model_fields
from tests.claims.made_up import X222, X223, X224, claim_file, head
from tests.claims.random_claims import DELIMITERS, claims

# Not shrunk: a claim has hundreds of fields, and `differences` names the ones at fault.
_AS_DRAWN = settings(max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def _law(decode: Callable[[TransactionSet], Iterator[Claim]], written: bytes, made: list[Claim]) -> None:
    reader = EnvelopeReader([written])
    (read,) = [list(decode(each)) for each in reader]
    assert reader.findings == []
    for claim in read:
        forget_openers(claim)
    assert differences(read, list(claims_of(tree(head(), made)))) == []


@_AS_DRAWN
@given(st.lists(claims(), min_size=1, max_size=3), DELIMITERS, st.booleans())
def test_professional_claims_written_are_read_as_they_were(
    made: list[Claim], delimiters: Delimiters, line_breaks: bool
) -> None:
    _law(X222.decode_claims, claim_file(made, delimiters=delimiters, line_breaks=line_breaks), made)


@_AS_DRAWN
@given(st.lists(claims("institutional", X223.table), min_size=1, max_size=2), DELIMITERS)
def test_institutional_claims_written_are_read_as_they_were(made: list[Claim], delimiters: Delimiters) -> None:
    _law(X223.decode_claims, claim_file(made, delimiters=delimiters, binding=X223), made)


@_AS_DRAWN
@given(st.lists(claims("dental", X224.table), min_size=1, max_size=2), DELIMITERS)
def test_dental_claims_written_are_read_as_they_were(made: list[Claim], delimiters: Delimiters) -> None:
    _law(X224.decode_claims, claim_file(made, delimiters=delimiters, binding=X224), made)


# Said of billing providers only, whatever roles a Provider is used in.
_BILLING_ONLY = ("tax_id", "tax_id_type", "currency")


def test_every_field_of_a_claim_has_its_place_in_a_guide() -> None:
    """A field without one could be mapped and would be lost in silence."""
    places = claim_fields(X222.table) | claim_fields(X223.table) | claim_fields(X224.table)
    missing = {path for path in model_fields() if path not in places}
    assert {path for path in missing if path.rpartition(".")[2] not in _BILLING_ONLY} - _ELSEWHERE == set()
    assert "billing_provider.tax_id" not in missing


# A Diagnosis in a list whose codes are never present on admission (X223A2 2300 HI).
_ELSEWHERE = {
    f"{name}.present_on_admission"
    for name in ("admitting_diagnosis", "visit_reasons", "anesthesia_procedures", "condition_codes")
}


@pytest.mark.parametrize(
    ("binding", "none_of"),
    [
        (X222, {"facility_type", "drg", "orthodontics.total_months", "service_lines.revenue_code"}),
        (X223, {"place_of_service", "related_causes", "spinal_manipulation.condition", "service_lines.teeth.code"}),
        (X224, {"facility_type", "drg", "procedures.code", "service_lines.revenue_code"}),
    ],
    ids=["837P", "837I", "837D"],
)
def test_a_kind_of_claim_has_no_place_for_what_only_others_say(binding: Any, none_of: set[str]) -> None:
    assert none_of < set(model_fields())
    assert claim_fields(binding.table).isdisjoint(none_of)
