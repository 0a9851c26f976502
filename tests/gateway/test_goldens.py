"""Every golden of the public corpus is compared with ours: 837s and 277CAs here, 835s where they are posted."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.claims.bindings import binding_for
from edigate.claims.model import Claim
from edigate.responses.x214 import decode_claim_acknowledgment
from tests.gateway.golden_claims import Billed, Told, billed, source_of, told
from tests.remits.goldens import goldens as remittances
from tests.x12.roundtrip import corpus_sets
from tests.x12.samples import CORPUS


def goldens() -> list[Path]:
    return sorted((CORPUS / "golden").glob("*.*"))


def of_claims() -> list[Path]:
    remitted = {one.name for one in remittances()}
    return [one for one in goldens() if one.name not in remitted and not one.name.startswith("277CA")]


@pytest.mark.parametrize("golden", of_claims(), ids=lambda path: path.name)
def test_charges_equal_another_vendors_reading(golden: Path) -> None:
    ours = {claim.patient_control_number: claim for claim in _claims(source_of(golden))}
    theirs = billed(golden)
    assert theirs
    for one in theirs:
        claim = ours[one.number]
        lines = [line.charge for line in claim.service_lines if line.charge is not None]
        assert Billed(claim.patient_control_number, claim.total_charge, lines) == Billed(
            one.number,
            claim.total_charge if one.charge is None else one.charge,
            lines if one.lines is None else one.lines,
        )


def of_statuses() -> list[Path]:
    return [one for one in goldens() if one.name.startswith("277CA")]


@pytest.mark.parametrize("golden", of_statuses(), ids=lambda path: path.name)
def test_statuses_equal_another_vendors_reading(golden: Path) -> None:
    ours = [
        Told(
            claim.patient_control_number,
            [(each.action, each.amount, [code.category for code in each.codes]) for each in claim.statuses],
        )
        for transaction_set, _ in corpus_sets(source_of(golden))
        for source in decode_claim_acknowledgment(transaction_set)[0].sources
        for receiver in source.receivers
        for provider in receiver.providers
        for claim in provider.claims
    ]
    assert told(golden) == ours


def _claims(path: Path) -> list[Claim]:
    found: list[Claim] = []
    for transaction_set, _ in corpus_sets(path):
        binding = binding_for(transaction_set.guide)
        assert binding is not None
        found += binding.decode_claims(transaction_set)
    return found
