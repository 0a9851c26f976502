"""Viewing: what a person reads of a file, and how to go to a loop, a segment or a claim."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from edigate.errors import DataError
from edigate.x12.places import standings
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.view import Selection, ShownSegment, View
from tests.x12.samples import CLAIM, FIXTURES, PAYMENT, corpus_files, needs_corpus

STATUS = (FIXTURES / "005010X214" / "accept" / "claim_accepted.x12").read_bytes()
CHILD = (FIXTURES / "005010X222A1" / "accept" / "patient_is_child.x12").read_bytes()


def shown(content: bytes, **select: object) -> list[str]:
    return list(View([content], select=Selection(**select)))  # type: ignore[arg-type]  # names are the test's


def test_loops_segments_and_elements_have_names_and_codes_have_words() -> None:
    lines = shown(CHILD)
    assert lines[0] == "interchange 000000101  TESTSENDER to TESTRECEIVER  test"
    assert "    transaction set 837 0001  Health Care Claim: Professional (837P)" in lines
    at = lines.index("            loop 2010CA  Patient Name")
    assert lines[at + 1 : at + 4] == [
        "              18 NM1  Patient Name",
        "                01 Entity Identifier Code: QC (patient)",
        "                02 Entity Type Qualifier: 1 (a person)",
    ]
    assert any(line.endswith("05-1 Place of Service Code: 11 (office)") for line in lines)
    assert lines[-1].endswith("02 Interchange Control Number: 000000101")


def test_every_segment_of_a_set_is_shown_once_with_its_number() -> None:
    items = [item for item in View([CHILD]).items() if isinstance(item, ShownSegment) and item.position]
    assert [item.position for item in items] == list(range(1, 35))
    assert [item.id for item in items[:3]] == ["ST", "BHT", "NM1"]
    assert items[21].path == "2000A/2000B/2000C/2300"


def test_a_bill_type_isnt_a_place_of_service() -> None:
    content = (FIXTURES / "005010X223A2" / "accept" / "emergency_visit.x12").read_bytes()
    (line,) = [line for line in shown(content) if "05-1 " in line]
    assert line.endswith(": 13")


def test_one_loop() -> None:
    lines = shown(CHILD, loop="2310b")
    assert [line.strip() for line in lines[:8]] == [
        "interchange 000000101  TESTSENDER to TESTRECEIVER  test",
        "group 11  claims  005010X222A1",
        "transaction set 837 0001  Health Care Claim: Professional (837P)",
        "loop 2000A  Billing Provider Hierarchical Level",
        "loop 2000B  Subscriber Hierarchical Level",
        "loop 2000C  Patient Hierarchical Level",
        "loop 2300  Claim Information",
        "loop 2310B  Rendering Provider Name",
    ]
    assert sum(" NM1 " in line for line in lines) == 1


def test_each_repetition_of_a_loop_has_its_heading() -> None:
    assert sum("loop 2400 " in line for line in shown(CHILD, loop="2400")) == 2


def test_one_segment_as_findings_number_them() -> None:
    view = View([CHILD], select=Selection(segment=22))
    assert any("22 CLM  Claim Information" in line for line in view)
    assert view.matches == 1


def test_one_claim_of_many() -> None:
    start, end = CHILD.index(b"CLM*"), CHILD.index(b"SE*34")
    two = CHILD[:end] + CHILD[start:end].replace(b"TESTCLAIM1", b"TESTCLAIM2") + CHILD[end:]
    lines = shown(two, claim="TESTCLAIM2")
    assert sum(" CLM " in line for line in lines) == 1
    assert any("Patient Control Number: TESTCLAIM2" in line for line in lines)
    assert sum(" SV1 " in line for line in lines) == 2  # with its lines, and without SE and PLB
    assert not any("Trailer" in line for line in lines)


def test_a_claim_of_a_payment_and_of_an_acknowledgment() -> None:
    lines = shown(PAYMENT, claim="TESTCLAIM1")
    assert any(" CLP " in line for line in lines)
    assert not any(" PLB " in line or " BPR " in line for line in lines)
    lines = shown(STATUS, claim="TESTCLAIM1")
    kept = [segment for segment in ("HL", "NM1", "TRN", "STC", "REF") if any(f" {segment} " in line for line in lines)]
    assert kept == ["HL", "NM1", "TRN", "STC", "REF"]  # the patient too, who stands before the number
    assert shown(STATUS, claim="OTHER") == []


def test_the_password_isnt_shown() -> None:
    secret = CLAIM.replace(b"*00*          *ZZ", b"*01*HUSHHUSH12*ZZ", 1)
    assert b"HUSH" in secret
    lines = shown(secret)
    assert any("(not shown)" in line for line in lines)
    assert not any("HUSH" in line for line in lines)


def test_sets_without_a_guide_are_shown_too() -> None:
    content = CLAIM.replace(b"005010X222A1", b"005010X999")
    lines = shown(content)
    assert "    transaction set 837 0001  005010X999 (no guide: segments only)" in lines
    assert sum(" CLM" in line for line in lines) == 1
    assert not any("not in the guide" in line for line in lines)


def test_a_segment_that_cant_stand_there_says_so_and_the_rest_keeps_its_place() -> None:
    content = CHILD.replace(b"HI*ABK", b"ZZZ*1~\nHI*ABK")
    lines = shown(content)
    assert any("23 ZZZ  (not in the guide here)" in line for line in lines)
    assert any("24 HI  Health Care Diagnosis Code" in line for line in lines)


def test_more_words_are_lent() -> None:
    known = {("CAS02", "1"): "deductible"}
    lines = list(View([PAYMENT], more_words=lambda place, code: known.get((place, code), "")))
    assert any("Adjustment Reason Code: 1 (deductible)" in line for line in lines)


@pytest.mark.parametrize("cut", [0, 50, 105, 106, 107, 200, 400, 900])
def test_a_cut_file_is_shown_as_far_as_it_goes(cut: int) -> None:
    view = View([CLAIM[:cut]])
    try:
        lines = list(view)
    except DataError:
        assert cut < 106
    else:
        assert cut >= 106
        assert lines[0].startswith("interchange")
        assert view.reader.findings


def test_memory_doesnt_grow_with_the_file() -> None:
    start, end = CHILD.index(b"CLM*"), CHILD.index(b"SE*34")

    def chunks() -> Iterator[bytes]:
        yield CHILD[:end]
        for _ in range(100):
            yield CHILD[start:end] * 5
        yield CHILD[end:]

    def peak(select: Selection) -> int:
        tracemalloc.start()
        for _ in View(chunks(), select=select):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(Selection(claim="NOBODY"))  # the guide is loaded and kept
    assert peak(Selection(claim="NOBODY")) < 500_000
    assert peak(Selection()) < 500_000


def test_places_are_found_without_st() -> None:
    segments = [Segment(["BHT", "0019"]), Segment(["ST", "837"])]
    assert [each.usage for each in standings(segments, None, Delimiters())] == [None, None]


@needs_corpus
@pytest.mark.real
def test_every_public_file_is_shown_whole() -> None:
    for path in corpus_files():
        content = path.read_bytes()
        if len(content) > 200_000:
            continue
        view = View([content])
        items = [item for item in view.items() if isinstance(item, ShownSegment)]
        assert len(items) + outside(view) == view.reader.segments_read, path


def outside(view: View) -> int:
    """Segments outside of any set, which are findings and shown by nobody."""
    return sum(finding.code == "TA1-022" for finding in view.reader.findings)
