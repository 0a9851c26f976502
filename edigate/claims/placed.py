"""Which fields of a claim a guide has a place for, asked of its binding table. Knows no mapping and no value."""

from __future__ import annotations

import re
from functools import cache

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import ClaimKind
from edigate.x12.binding import fields

_ABOVE = (
    (re.compile(r"billing_levels\.subscribers\.(?:patients\.)?claims\."), ""),
    (re.compile(r"billing_levels\.subscribers\.(?:patients\.)?(?=(?:subscriber|payer|patient)\.)"), ""),
    (re.compile(r"billing_levels\.provider\."), "billing_provider."),
    (re.compile(r"billing_levels\.(?=pay_to_)"), ""),
)
"""Where a claim's own fields stand in the tree of its set (`levels.py`), and what a claim calls them."""


_READ_ONLY = frozenset({"service_lines.rate"})
"""What the tables have for reading 4010 alone: 5010 has no SV206 (X223A2 2400)."""


@cache
def placed_fields(kind: ClaimKind) -> frozenset[str]:
    """The fields below Claim that claims of a kind are written with, dotted, without list marks, records
    included: `drg`, `diagnoses`, `diagnoses.code`, `billing_provider.address.city`, `service_lines.charge`."""
    found: set[str] = set()
    for place in fields(binding_of_kind(kind).table):
        if (ours := place_in_claim(place.field)) is not None:
            steps = ours.split(".")
            found.update(".".join(steps[:depth]) for depth in range(1, len(steps) + 1))
    return frozenset(found) - _READ_ONLY


def place_in_claim(field: str) -> str | None:
    """What a claim calls a field of its set's binding, without list marks; None for what isn't a claim's own."""
    path = field.replace("[]", "")
    for above, ours in _ABOVE:
        if (match := above.match(path)) is not None:
            return f"{ours}{path[match.end() :]}"
    return None
