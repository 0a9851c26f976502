"""4010 claims of archives: every claim, line, code and amount is read, and by the names 5010 has for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.claims.bindings import Binding, binding_for
from edigate.claims.model import Claim, Diagnosis, Provider
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.segments import Segment
from tests.x12.roundtrip import corpus_files, corpus_sets, needs_corpus, transaction_set, unbound
from tests.x12.samples import ARCHIVED

FILES = corpus_files("837P", "837I", "837D")


def archived(path: Path) -> Iterator[tuple[Binding, TransactionSet, list[Segment]]]:
    """4010 sets by the guide that REF*87 of their header names, else GS08: dental files of the corpus say I in it."""
    for each, segments in corpus_sets(path):
        told = next((one.get(2) for one in segments[:4] if one.id == "REF" and one.get(1) == "87"), "")
        binding = binding_for(told) or binding_for(each.guide)
        if each.guide.startswith("004010") and binding is not None:
            yield binding, each, segments


@needs_corpus
def test_every_claim_line_code_and_amount_of_archived_files_is_read() -> None:
    kinds: Counter[str] = Counter()
    for path in FILES:
        for binding, each, segments in archived(path):
            if sum(one.id == "HL" for one in segments) < 2:
                continue  # claims that hang below nothing
            claims = list(binding.decode_claims(each))
            charges = [Decimal(one.get(2)) for one in segments if one.id == "CLM"]
            assert [claim.total_charge for claim in claims] == charges, path.name
            assert sum(len(claim.service_lines) for claim in claims) == sum(one.id == "LX" for one in segments)
            composites = [code for one in segments if one.id == "HI" for code in one.elements[1:] if code]
            assert sum(_codes(claim) for claim in claims) == len(composites), path.name
            assert {claim.kind for claim in claims} == {binding.kind}
            kinds.update(claim.kind for claim in claims)
    assert kinds["professional"] > 30
    assert kinds["institutional"] > 15
    assert kinds["dental"] == 5


def _codes(claim: Claim) -> int:
    lists = (
        claim.diagnoses, claim.visit_reasons, claim.external_causes, claim.anesthesia_procedures,
        claim.condition_codes, claim.procedures, claim.occurrence_spans, claim.occurrences, claim.value_codes,
        claim.treatment_codes,
    )  # fmt: skip
    return sum(len(one) for one in lists) + (claim.admitting_diagnosis is not None) + bool(claim.drg)


@needs_corpus
def test_what_5010_has_no_field_for_is_kept() -> None:
    read = kept = 0
    for path in FILES:
        for binding, each, segments in archived(path):
            whole, _ = binding.decode(each)
            read += len(segments)
            kept += sum(1 for one in unbound(whole) if not one.partial)
    print(f"{kept} of {read} segments of 4010 are kept beside the fields")
    assert read > 3000
    assert kept / read < 0.06


def claim_of(guide: str, text: str) -> Claim:
    binding = binding_for(guide)
    assert binding is not None
    (claim,) = binding.decode_claims(transaction_set(text))
    return claim


PARTIES = (
    "BHT*0019*00*1*20260701*2115*CH~REF*87*004010X096A1~HL*1**20*1~PRV*BI*ZZ*203BA0200N~"
    "NM1*85*2*OLD CLINIC*****24*311234567~N3*40 MILL RACE~REF*1G*U12345~"
    "HL*2*1*22*0~SBR*P*18~NM1*IL*1*OAKHURST*PELLA****ZZ*MB1~NM1*PR*2*PAYER*****PI*P1~"
)


def test_an_institutional_claim_says_its_codes_in_one_segment() -> None:
    claim = claim_of(
        "004010X096A1",
        PARTIES + "CLM*A*10***13:A:1*Y*A*Y*Y~DTP*434*D8*20050911~HI*BK:3669*BJ:79431*BN:E8120~HI*BP:85025:D8:20050911~"
        "NM1*71*1*JONES*JOHN****34*123456789~NM1*FA*2*OLD WARD*****24*319999999~LX*1~SV2*0305*HC:85025*10*UN*1*10~",
    )
    assert claim.diagnoses == [Diagnosis(code="3669", qualifier="BK")]
    assert claim.admitting_diagnosis == Diagnosis(code="79431", qualifier="BJ")
    assert claim.external_causes == [Diagnosis(code="E8120", qualifier="BN")]
    assert [(one.code, one.qualifier) for one in claim.procedures] == [("85025", "BP")]
    assert claim.service_facility is not None
    assert claim.service_facility.last_name == "OLD WARD"
    assert claim.service_lines[0].rate == Decimal(10)


def test_a_provider_is_known_by_tax_number_where_there_was_no_npi() -> None:
    claim = claim_of("004010X098A1", PARTIES + "CLM*A*10***11::1*Y*A*Y*Y~LX*1~SV1*HC:99213*10*UN*1~")
    provider = claim.billing_provider
    assert isinstance(provider, Provider)
    assert (provider.npi, provider.tax_id, provider.taxonomy) == ("", "311234567", "203BA0200N")
    assert [(one.qualifier, one.value) for one in provider.secondary_ids] == [("1G", "U12345")]
    assert claim.subscriber is not None
    assert (claim.subscriber.member_id, claim.subscriber.id_qualifier) == ("MB1", "ZZ")


def test_a_dental_claim_is_read() -> None:
    claim = claim_of(
        "004010X097A1",
        PARTIES + "CLM*A*10***11::1*Y*A*Y*Y~DN1*36*33~DN2*12*M~LX*1~SV3*AD:D2150*10**10**1~TOO*JP*12*L:O~",
    )
    assert claim.orthodontics is not None
    assert claim.orthodontics.remaining_months == Decimal(33)
    assert [(one.tooth, one.status) for one in claim.tooth_statuses] == [("12", "M")]
    line = claim.service_lines[0]
    assert (line.procedure, line.oral_cavities, line.teeth[0].surfaces) == ("D2150", ["10"], ["L", "O"])


def test_our_archived_example_is_read_whole() -> None:
    for each in EnvelopeReader([ARCHIVED]):
        binding = binding_for(each.guide)
        assert binding is not None
        (claim,) = binding.decode_claims(each)
        assert claim.patient_control_number
        assert claim.service_lines


@pytest.mark.parametrize("guide", ["004010X096A1", "004010X097A1", "004010X098A1", "004010X098"])
def test_4010_is_for_reading_alone(guide: str) -> None:
    binding = binding_for(guide)
    assert binding is not None
    assert binding.guide == ""
