"""Laws of the edits: any claim, however broken, has findings that can be shown, repairs that settle, no traceback."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from edigate.claims.edits import RULES, edit
from edigate.claims.edits.repairs import REPAIRS, repaired
from edigate.claims.edits.rule import LETTERS
from edigate.claims.model import Claim, ClaimKind
from edigate.findings import Finding
from edigate.x12.binding import Loop
from tests.claims.made_up import TODAY, X222, X223, X224
from tests.claims.random_claims import claims

KINDS = [
    ("professional", X222.table),
    ("institutional", X223.table),
    ("dental", X224.table),
]
_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")

_FEW = settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)


def reachable(finding: Finding, claim: Claim) -> bool:
    """Whether a finding's field is one of the model; what stands past a record that is missing can't be told."""
    here: object = claim
    for name, position in _STEP.findall(finding.field):
        if here is None:
            return True
        if not hasattr(here, name):
            return False
        here = getattr(here, name)
        if position:
            assert isinstance(here, list | tuple)
            if int(position) >= len(here):
                return False
            here = here[int(position)]
    return True


@pytest.mark.parametrize(("kind", "table"), KINDS, ids=[kind for kind, _ in KINDS])
@_FEW
@given(data=st.data())
def test_any_claim_is_edited_without_a_traceback(kind: ClaimKind, table: Loop, data: st.DataObject) -> None:
    claim = data.draw(claims(kind, table))
    for finding in edit(claim, TODAY):
        assert LETTERS[kind] in RULES[finding.code].kinds
        assert reachable(finding, claim), finding.field
        assert finding.message


@pytest.mark.parametrize(("kind", "table"), KINDS, ids=[kind for kind, _ in KINDS])
@_FEW
@given(data=st.data())
def test_a_repaired_claim_needs_no_more_repair(kind: ClaimKind, table: Loop, data: st.DataObject) -> None:
    claim, told = repaired(data.draw(claims(kind, table)), set(REPAIRS))
    assert all(each.value != each.expected for each in told)
    assert repaired(claim, set(REPAIRS)) == (claim, [])
