"""The short form of `python -m tests.x12.differential`: every guide, every kind of damage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import pyx12.map_if

from edigate.x12.validate import validate
from tests.x12 import differential
from tests.x12.samples import CLAIM

GUIDES = {
    *("005010X222A1 837", "005010X223A2 837", "005010X224A2 837", "005010X221A1 835"),
    *("005010X231A1 999", "005010X214 277", "004010X098A1 837"),
}


@pytest.fixture(autouse=True)
def own_maps() -> Iterator[None]:
    """The maps that the run keeps are for the run."""
    load = pyx12.map_if.load_map_file
    yield
    pyx12.map_if.load_map_file = load
    differential._MAPS.clear()


def test_broken_files_are_judged_as_pyx12_does_and_first_at_the_same_place_or_there_is_a_rule() -> None:
    rows = differential.run(110, seed=20, fixtures_only=True)
    assert [(guide, kind, outcome) for guide, kind, outcome, _ in rows if not outcome.how] == []
    assert {guide for guide, *_ in rows} >= GUIDES
    assert {kind for _, kind, *_ in rows} == set(differential.MUTATIONS)
    assert sum(outcome.how == "refused alike" for _, _, outcome, _ in rows) > 30
    assert sum(outcome.how == "accepted" for _, _, outcome, _ in rows) > 10


def test_a_difference_without_a_reason_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differential, "DIFFERENCES", {"says": [], "rule": [], "order": []})
    assert differential.compare(CLAIM).how == "accepted"
    assert differential.compare(CLAIM.replace(b"CLM*TESTCLAIM1*150", b"CLM*TESTCLAIM1*1 50")).how == "refused alike"
    told = differential.compare(CLAIM.replace(b"REF*6R*L2~", b"REF*6R*L2*~"))
    assert (told.how, told.ours) == ("", "valid")
    assert told.theirs.startswith("IK3-SEG1 REF at 30")


def test_loops_are_repeated_past_their_maximum() -> None:
    (base,) = [base for base in differential.bases(fixtures_only=True) if "subscriber_is_patient" in base.name]
    assert any(most == 50 for _, _, most in base.loops)  # service lines
    kinds = {
        finding.code
        for kind, content in differential.mutants(base, seed=1, count=80)
        if kind == "loop repeated"
        for finding in validate([content]).findings
    }
    assert "IK3-4" in kinds
