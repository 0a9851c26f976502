"""A set's segments in blocks are its segments one by one, whatever stands between and behind them."""

from __future__ import annotations

import pytest

from edigate.errors import DataError
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.segments import Limits
from tests.x12.roundtrip import corpus_files, needs_corpus

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260105*1200*^*00501*000000001*0*T*:~"
GS = "GS*HP*A*B*20260105*1200*1*X*005010X221A1~"
LINES = "".join(f"REF*F8*{number}~" for number in range(100))


WAYS = ("blocks", "texts")


def in_blocks_of(way: str, one: TransactionSet) -> list[list[str]]:
    """A set's elements, read in blocks of text, joined or not."""
    if way == "blocks":
        blocks = [block.split(one.delimiters.segment) for block in one.segments.blocks()]
        assert all(texts.pop() == "" for texts in blocks)
        return [text.split(one.delimiters.element) for texts in blocks for text in texts]
    return [text.split(one.delimiters.element) for texts in one.segments.texts() for text in texts]


def both_ways(
    content: bytes, way: str, size: int = 1 << 16
) -> tuple[list[list[str]], list[list[str]], list[str], list[str]]:
    """Elements by blocks and one by one, and the findings' codes of either way."""
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    in_blocks, one_by_one = EnvelopeReader(chunks), EnvelopeReader(chunks)
    blocks = [row for each in in_blocks for row in in_blocks_of(way, each)]
    single = [segment.elements for each in one_by_one for segment in each.segments]
    assert in_blocks.segments_read == one_by_one.segments_read
    return blocks, single, [one.code for one in in_blocks.findings], [one.code for one in one_by_one.findings]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("ST*835*1~BPR*I~SE*3*1~", id="a small set"),
        pytest.param(f"ST*835*1~{LINES}SE*102*1~", id="a set of more than one block"),
        pytest.param(f"ST*835*1~{LINES}SE*9*1~REF*0B*STRAY~", id="a segment behind the set"),
        pytest.param(f"ST*835*1~{LINES}ST*835*2~{LINES}SE*102*2~", id="a set without SE"),
        pytest.param(f"ST*835*1~{LINES}", id="no SE at all"),
        pytest.param("ST*835*1~BPR*I~SE*3*1~" * 40, id="many sets"),
        pytest.param(f"TA1*1*260105*1200*A*000~REF*0B*STRAY~ST*835*1~{LINES}SE*102*1~", id="a TA1 and what isn't its"),
        pytest.param("ST*835*1~BPR*I~~ REF*F8*X~\n\nN1*PR*É~SE*6*1~", id="blanks, nothing, another letter"),
        pytest.param("ST*835*1~BPR*I~N2*ISA~SE*4*1~", id="a value that is called ISA"),
        pytest.param(f"ST*835*1~NTE**{'x' * 20_000}~SE*3*1~", id="a long segment"),
        pytest.param("ST*835*1~REF~*~1*2~SE*5*1~", id="segments that are none"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("size", [1 << 16, 173, 1])
@pytest.mark.parametrize("way", WAYS)
def test_blocks_are_the_segments(body: str, end: str, size: int, way: str) -> None:
    content = f"{ISA}{GS}{body}GE*1*1~IEA*1*000000001~".replace("~", f"~{end}").encode()
    blocks, single, found, found_one_by_one = both_ways(content, way, size)
    assert blocks == single
    assert found == found_one_by_one


@needs_corpus
@pytest.mark.parametrize("way", WAYS)
def test_blocks_of_public_files_are_their_segments(way: str) -> None:
    read = 0
    for path in corpus_files("835", "837P", "837I", "277CA", "999", "TA1", "broken"):
        try:
            blocks, single, found, found_one_by_one = both_ways(path.read_bytes(), way)
        except DataError:
            continue
        assert blocks == single, path.name
        assert found == found_one_by_one, path.name
        read += len(single)
    assert read > 30_000


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("limits", [Limits(elements=50), Limits(segment_bytes=200)])
def test_blocks_do_not_pass_the_limits_by(limits: Limits, way: str) -> None:
    content = f"{ISA}{GS}ST*835*1~{LINES}REF{'*1' * 150}~{LINES}SE*203*1~".encode()
    with pytest.raises(DataError, match="limit"):
        for each in EnvelopeReader([content], limits=limits):
            in_blocks_of(way, each)
