"""The 837P against public files: read and written again without loss, and read as what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.x12.encode import Encoder
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.write import DelimiterInDataError, Serializer
from tests.claims.comparing import Comparing
from tests.claims.made_up import CHILD, CLINIC, PAYER, X222, base_claim, claim_file, for_child
from tests.x12.roundtrip import corpus_files, corpus_sets, needs_corpus, transaction_set, unbound

FILES = corpus_files("837P")
ENCODER = Encoder(X222.table)
_COMPARING = Comparing(X222.table)

# Files that don't come back as they were, and why that is the file's fault.
DIFFERENT: dict[str, str] = {}
# Files with a component separator inside a plain element (N301): read as text, refused by the writer.
UNWRITABLE = {"033-IPerception"}


def professional(path: Path) -> Iterator[tuple[TransactionSet, list[Segment]]]:
    for each, segments in corpus_sets(path):
        if each.id == "837" and each.guide.startswith("005010X222"):
            yield each, segments


def compared(elements: list[str], delimiters: Delimiters) -> tuple[str, ...]:
    return _COMPARING.segment(elements, delimiters)


def _bodies(segments: list[Segment], delimiters: Delimiters) -> Counter[tuple[str, ...]]:
    return Counter(compared(each.elements, delimiters) for each in segments if each.id not in ("ST", "SE"))


@needs_corpus
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_public_837p_is_read_and_written_without_loss(path: Path) -> None:
    for each, segments in professional(path):
        whole, _ = X222.decoder.decode(each.segments, each.delimiters)
        serializer = Serializer(each.delimiters)
        if path.stem in UNWRITABLE:
            with pytest.raises(DelimiterInDataError):
                [serializer.texts(one) for one in ENCODER.encode(whole)]
            continue
        ours = Counter(compared(serializer.texts(one), each.delimiters) for one in ENCODER.encode(whole))
        theirs = _bodies(segments, each.delimiters)
        different = {one[0] for one in ours - theirs}, {one[0] for one in theirs - ours}
        assert different == (({"CLM"}, {"CLM"}) if path.stem in DIFFERENT else (set(), set()))


@needs_corpus
def test_what_no_field_says_is_rare() -> None:
    """Whole segments that no table claims, in sets that have the levels the guide demands."""
    segments_read = kept = 0
    strange: Counter[str] = Counter()
    for path in FILES:
        for each, segments in professional(path):
            if not {"20", "22"} <= {one.get(3) for one in segments if one.id == "HL"}:
                continue  # claims that hang below nothing are kept segment by segment
            whole, _ = X222.decoder.decode(each.segments, each.delimiters)
            segments_read += len(segments)
            unknown = [one.elements[0] for one in unbound(whole) if not one.partial]
            kept += len(unknown)
            strange.update(unknown)
    print(f"{kept} of {segments_read} segments ({kept / segments_read:.2%}) have no field: {dict(strange)}")
    assert segments_read > 10_000
    assert kept / segments_read < 0.003


@needs_corpus
def test_claims_streamed_one_by_one_and_put_in_levels_again_lose_nothing() -> None:
    """`decode_claims` then `encode_claims`: only levels that say the same as another are written once."""
    claims_read = 0
    for path in FILES:
        if path.stem in UNWRITABLE or path.stat().st_size > 200_000:
            continue
        for (each, _), (again, _) in zip(professional(path), professional(path), strict=True):
            claims = list(X222.decode_claims(each))
            if not claims:
                continue
            whole, _ = X222.decoder.decode(again.segments, again.delimiters)
            texts = Serializer(each.delimiters).texts
            told = Counter(compared(texts(one), each.delimiters) for one in X222.encode_claims(whole, claims))
            before = Counter(compared(texts(one), each.delimiters) for one in ENCODER.encode(whole))
            assert not told - before, path.name
            assert set(told) == set(before), path.name
            assert sum(count for one, count in told.items() if one[0] == "CLM") == len(claims)
            claims_read += len(claims)
    assert claims_read > 90


@pytest.mark.parametrize("guide", ["005010X222", "005010X222A1", "005010X222A2"])
def test_every_name_of_the_guide_reads_the_same(guide: str) -> None:
    written = claim_file([base_claim(), for_child()])
    for each in EnvelopeReader([written.replace(X222.guide.encode(), guide.encode())]):
        assert each.guide == guide
        assert [claim.patient for claim in X222.decode_claims(each)] == [None, CHILD]


def test_a_claim_is_read_as_a_biller_would_read_it() -> None:
    (claim,) = (claim for each in EnvelopeReader([claim_file([for_child()])]) for claim in X222.decode_claims(each))
    assert claim.patient_control_number == "PCN-1001"
    assert claim.total_charge == Decimal("145.50")
    assert (claim.billing_provider, claim.payer, claim.patient) == (CLINIC, PAYER, CHILD)
    assert [(one.line_number, one.procedure, one.charge) for one in claim.service_lines] == [
        ("1", "99213", Decimal(120)),
        ("2", "87880", Decimal("25.5")),
    ]


def test_what_a_sender_left_empty_is_not_made_up_when_it_is_written_again() -> None:
    text = (
        "BHT*0019*00*1*20260701*2115*CH~HL*1**20*1~NM1*85*2*CLINIC~HL*2*1*22*0~SBR*S~NM1*IL*1*OAKHURST~"
        "NM1*PR*2*PAYER~CLM*A*10***11:B:1~LX*1~SV1*HC:99213*10*UN*1~"
    )
    whole, findings = X222.decoder.decode(transaction_set(text).segments, Delimiters())
    serializer = Serializer(Delimiters(), line_breaks=False)
    assert findings == []
    assert "".join(serializer.segment(one) for one in ENCODER.encode(whole)) == text
