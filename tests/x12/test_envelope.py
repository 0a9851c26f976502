"""Envelopes: sets found wherever they stand, trailers, counts and control numbers checked."""

from __future__ import annotations

import pytest

from edigate.x12.envelope import EnvelopeReader
from tests.x12.samples import ANSWER, CLAIM, ISA


def read(content: bytes) -> EnvelopeReader:
    reader = EnvelopeReader([content])
    for transaction_set in reader:
        for _ in transaction_set.segments:
            pass
    return reader


def codes(content: bytes) -> list[str]:
    return [finding.code for finding in read(content).findings]


def test_a_set_knows_its_envelope() -> None:
    (transaction_set,) = [
        (each.id, each.control_number, each.guide, each.group.functional_id if each.group else "")
        for each in EnvelopeReader([CLAIM])
    ]
    assert transaction_set == ("837", "0001", "005010X222A1", "HC")


def test_the_guide_is_gs08_where_st03_is_missing() -> None:
    content = CLAIM.replace(b"ST*837*0001*005010X222A1", b"ST*837*0001")
    assert [each.guide for each in EnvelopeReader([content])] == ["005010X222A1"]


def test_sets_that_nobody_reads_are_passed_over() -> None:
    two = CLAIM + CLAIM.replace(b"000000101", b"000000102")
    reader = EnvelopeReader([two])
    assert [each.control_number for each in reader] == ["0001", "0001"]
    assert reader.segments_read == two.count(b"~")
    assert not reader.findings


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"SE*31*", b"SE*30*", "IK5-4"),
        (b"SE*31*0001", b"SE*31*0002", "IK5-3"),
        (b"SE*31*0001~\n", b"", "IK5-2"),
        (b"GE*1*11~\n", b"", "AK9-3"),
        (b"GE*1*11", b"GE*1*12", "AK9-4"),
        (b"GE*1*11", b"GE*3*11", "AK9-5"),
        (b"IEA*1*000000101~\n", b"", "TA1-023"),
        (b"IEA*1*", b"IEA*9*", "TA1-021"),
        (b"IEA*1*000000101", b"IEA*1*000000102", "TA1-001"),
        (b"GE*1*11~", b"GE*1*11~REF*6R*1~", "TA1-022"),
    ],
)
def test_each_broken_envelope_has_its_code(old: bytes, new: bytes, code: str) -> None:
    assert old in CLAIM
    assert codes(CLAIM.replace(old, new)) == [code]


def test_control_numbers_are_compared_as_numbers_where_they_are_numbers() -> None:
    assert codes(CLAIM.replace(b"GE*1*11", b"GE*1*0011")) == []
    assert codes(CLAIM.replace(b"IEA*1*000000101", b"IEA*01*101")) == []


def test_a_count_that_is_no_number_is_a_wrong_count() -> None:
    for nonsense in (b"SE*X*", b"SE**", b"SE*-1*", b"SE*" + b"9" * 5000 + b"*"):
        assert codes(CLAIM.replace(b"SE*31*", nonsense)) == ["IK5-4"]


def test_a_missing_trailer_doesnt_hide_the_next_set() -> None:
    body = CLAIM[CLAIM.index(b"ST*837") : CLAIM.index(b"SE*31")]
    content = CLAIM.replace(b"ST*837", body.replace(b"*0001*", b"*0002*") + b"ST*837", 1)
    reader = read(content)
    assert reader.transaction_sets == 2
    assert [finding.code for finding in reader.findings] == ["IK5-2", "AK9-5"]


def test_control_numbers_must_not_repeat() -> None:
    assert codes(CLAIM + CLAIM) == ["TA1-025"]
    group = CLAIM[CLAIM.index(b"GS*") : CLAIM.index(b"IEA")]
    assert codes(CLAIM.replace(b"IEA*1", group + b"IEA*2")) == ["AK9-19"]
    body = CLAIM[CLAIM.index(b"ST*") : CLAIM.index(b"GE*")]
    assert codes(CLAIM.replace(b"GE*1", body + b"GE*2")) == ["IK5-23"]


def test_a_ta1_stands_alone_or_before_groups() -> None:
    alone = f"{ISA}TA1*000000077*240105*0929*A*000~IEA*0*000000101~".encode()
    assert [each.id for each in EnvelopeReader([alone])] == ["TA1"]
    assert codes(alone) == []
    before = ANSWER.replace(b"GS*FA", b"TA1*000000077*240105*0929*A*000~GS*FA")
    assert [each.id for each in EnvelopeReader([before])] == ["TA1", "999"]
    assert codes(before) == []


def test_an_unclosed_interchange_ends_where_the_next_begins() -> None:
    cut = CLAIM[: CLAIM.index(b"LX*2")]
    reader = read(cut + CLAIM.replace(b"000000101", b"000000102"))
    assert reader.interchanges == 2
    assert reader.transaction_sets == 2
    assert [finding.code for finding in reader.findings] == ["IK5-2", "AK9-3", "TA1-023"]


def test_every_cut_is_told() -> None:
    """Whatever is missing at the end of a file, at least one finding says so."""
    whole = len(CLAIM.rstrip(b"\n"))
    for length in range(len(ISA), whole - 1):
        assert codes(CLAIM[:length]), length


def test_three_letters_are_no_interchange() -> None:
    reader = read(CLAIM.replace(b"REF*6R*L2~", b"REF*6R*L2~ISA~"))
    assert reader.interchanges == 1
    assert [finding.code for finding in reader.findings][:2] == ["IK5-2", "TA1-022"]
