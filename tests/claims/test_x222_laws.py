"""Laws of the 837P binding: what is written is read as it was, and every field of the model has a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from edigate.claims.levels import claims_of, tree
from edigate.claims.model import Claim
from edigate.claims.x222 import SUBMISSION, decode_claims
from edigate.x12.binding import fields
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.remainder import LoopRecord, Unbound
from edigate.x12.segments import Delimiters
from tests.claims.made_up import claim_file, head
from tests.claims.random_claims import DELIMITERS, claims

# Loops whose NM1 says nothing but that they are there: the decoder notes it in the remainder.
_OPENERS = {("NM1", "87", "2"), ("NM1", "PW", "2"), ("NM1", "45", "2")}


# Not shrunk: a claim has hundreds of fields, and `differences` names the ones at fault.
@settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(claims(), min_size=1, max_size=3), DELIMITERS, st.booleans())
def test_claims_written_are_read_as_they_were(made: list[Claim], delimiters: Delimiters, line_breaks: bool) -> None:
    written = claim_file(made, delimiters=delimiters, line_breaks=line_breaks)
    reader = EnvelopeReader([written])
    (read,) = [list(decode_claims(each)) for each in reader]
    assert reader.findings == []
    for claim in read:
        forget_openers(claim)
    assert differences(read, list(claims_of(tree(head(), made)))) == []


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """The paths of the values that differ."""
    pairs: list[tuple[Any, Any, str]] = []
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(*pair, f"{path}[{at}]") for at, pair in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, msgspec.Struct) and type(one) is type(other):
        pairs = [(getattr(one, name), getattr(other, name), f"{path}.{name}") for name in one.__struct_fields__]
    if pairs:
        return [each for pair in pairs for each in differences(*pair)]
    return [] if type(one) is type(other) and one == other else [f"{path}: {one!r} for {other!r}"]


def forget_openers(record: Any) -> None:
    if isinstance(record, LoopRecord):
        assert {one.elements for one in record.unbound if one.partial} <= _OPENERS
        assert all(one.partial for one in record.unbound)
        record.unbound = []
    for value in _records_below(record):
        forget_openers(value)


def _records_below(record: Any) -> Iterator[Any]:
    for name in record.__struct_fields__:
        value = getattr(record, name)
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, msgspec.Struct) and not isinstance(each, Unbound):
                yield each


def test_every_field_of_a_claim_has_its_place_in_the_guide() -> None:
    """A field without one could be mapped and would be lost in silence."""
    places = {place.field.replace("[]", "") for place in fields(SUBMISSION)}
    at_claim = "billing_levels.subscribers.claims."
    above = {
        "billing_provider": "billing_levels.provider.",
        "pay_to_address": "billing_levels.pay_to_address.",
        "pay_to_plan": "billing_levels.pay_to_plan.",
        "subscriber": "billing_levels.subscribers.subscriber.",
        "payer": "billing_levels.subscribers.payer.",
        "patient": "billing_levels.subscribers.patients.patient.",
    }
    missing = set()
    for path in _paths(Claim):
        first, _, rest = path.partition(".")
        if (above[first] + rest if first in above else at_claim + path) not in places:
            missing.add(path)
    missing -= {"service_lines.service_date_end", "disability_period_end"}  # in one element with the first day
    # said of billing providers only, whatever roles a Provider is used in
    assert {path for path in missing if path.rpartition(".")[2] not in ("tax_id", "tax_id_type", "currency")} == set()
    assert "billing_provider.tax_id" not in missing


def _paths(record: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    for name, hint in get_type_hints(record).items():
        if name == "unbound":
            continue
        types = (each for each in (*get_args(hint), hint) if isinstance(each, type))
        below = [each for each in types if issubclass(each, msgspec.Struct)]
        if below:
            yield from _paths(below[0], f"{prefix}{name}.")
        else:
            yield prefix + name
