"""Files made to cost: work grows with the size and no faster, memory not at all. Work is counted, not timed."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from edigate.x12.segments import Limits, SegmentReader
from edigate.x12.validate import Report, validate
from tests.x12.samples import CLAIM, ISA

_ISA = ISA.encode()
_GROUP = CLAIM[: CLAIM.index(b"ST*837")].replace(b"\n", b"")
_SET = b"ST*837*0001*005010X222A1~"

# Each is a beginning and what is repeated behind it.
HOSTILE = {
    "headers alone": (b"", _ISA),
    "headers with delimiters of their own": (b"", _ISA + _ISA.replace(b"*", b"|").replace(b"~", b"\n")),
    "empty interchanges": (b"", _ISA + b"IEA*0*000000101~"),
    "junk between interchanges": (b"", _ISA + b"IEA*0*000000101~ and so on "),
    "headers without padding": (b"", b"ISA*00**00**ZZ*A*ZZ*B*240105*0930*^*00501*000000001*0*T*:~"),
    "groups": (_ISA, _GROUP[len(_ISA) :]),
    "sets without an end": (_GROUP, _SET),
    "empty sets": (_GROUP, _SET + b"SE*2*0001~"),
    "empty segments": (_GROUP + _SET, b"~"),
    "line ends": (_GROUP + _SET, b"~\r\n"),
    "levels": (_GROUP + _SET, b"HL*1**20*1~"),
    "segments no guide knows": (_GROUP + _SET, b"?*1~"),
    "segments out of place": (_GROUP + _SET, b"NM1*ZZ*1*A~"),
    "interchange acknowledgments": (_ISA, b"TA1*000000077*240105*0929*A*000~"),
    "an endless segment": (_GROUP + _SET, b"*1"),
    "an endless element": (_GROUP + _SET + b"BHT*", b"A"),
    "endless components": (_GROUP + _SET + b"BHT*", b"1:"),
    "endless repetitions": (_GROUP + _SET + b"BHT*", b"1^"),
}


class Work:
    """Counts calls, Python's and C's, and the characters that were split."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = self.split = 0
        split = SegmentReader._split

        def counted(
            reader: SegmentReader, terminator: str, between: str, most: int
        ) -> tuple[list[str], str]:
            pieces, separator = split(reader, terminator, between, most)
            self.split += sum(map(len, pieces[:most])) + len(pieces)
            return pieces, separator

        monkeypatch.setattr(SegmentReader, "_split", counted)

    def of(self, content: bytes, size: int) -> Report:
        """Validate in chunks of `size` bytes and count what it takes."""
        self.calls = self.split = 0

        def count(_frame: FrameType, event: str, _argument: object) -> None:
            self.calls += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            chunks = (content[start : start + size] for start in range(0, len(content), size))
            return validate(chunks, limits=Limits(findings=100))
        finally:
            sys.setprofile(before)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("chunk", [1 << 16, 50])
def test_four_times_the_size_is_four_times_the_work(name: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, repeated = HOSTILE[name]
    small, large = (begin + repeated * (size // len(repeated)) for size in (20_000, 80_000))
    work = Work(monkeypatch)
    work.of(small, chunk)  # what is compiled once is compiled
    work.of(small, chunk)
    calls = work.calls
    report = work.of(large, chunk)
    assert work.calls < 4.4 * calls + 2000
    assert work.split < 10 * len(large)  # whatever the file, each byte is split a few times at most
    assert not report.valid
    assert len(report.findings) <= 201  # the reader's, the set's, and that there are more


def test_one_huge_segment_in_tiny_chunks_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(monkeypatch)
    content = CLAIM[:400] + b"A" * 200_000 + CLAIM[400:]
    work.of(content, 10)
    assert work.split < 4 * len(content)


def test_a_finding_quotes_no_more_than_a_person_reads() -> None:
    report = validate([CLAIM.replace(b"CLM*TESTCLAIM1*", b"CLM*" + b"T" * 100_000 + b"*")])
    (finding,) = [finding for finding in report.findings if finding.segment_id == "CLM"]
    assert 100 < len(finding.value) <= 1000
    assert "100000" in finding.message
