"""The segment reader: any chunking, every byte accounted for, nothing but DataError for what isn't X12."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.errors import DataError
from edigate.x12.segments import Limits, SegmentReader
from tests.x12.samples import CLAIM, FIXTURE_FILES, ISA, PAYMENT

HEADER = ISA.encode()


def read(*chunks: bytes, limits: Limits | None = None) -> tuple[list[tuple[list[str], int]], SegmentReader]:
    reader = SegmentReader(chunks, limits=limits)
    return [(segment.elements, segment.offset) for segment in reader], reader


def codes(reader: SegmentReader) -> list[str]:
    return [finding.code for finding in reader.findings]


def ids(content: bytes) -> list[str]:
    return [elements[0] for elements, _ in read(content)[0]]


def test_a_byte_at_a_time_gives_the_same_segments() -> None:
    for path in FIXTURE_FILES:
        content = path.read_bytes()
        try:
            whole = read(content)
        except DataError as error:
            with pytest.raises(DataError, match=r"X12|ISA"):
                read(*(content[i : i + 1] for i in range(len(content))))
            assert error.exit_code == 65
            continue
        piecemeal = read(*(content[i : i + 1] for i in range(len(content))))
        assert piecemeal[0] == whole[0], path
        assert codes(piecemeal[1]) == codes(whole[1]), path


@given(st.lists(st.integers(0, len(PAYMENT)), max_size=12))
def test_any_chunking_gives_the_same_segments(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(PAYMENT)]
    chunks = [PAYMENT[a:b] for a, b in itertools.pairwise(edges)]
    assert read(*chunks)[0] == read(PAYMENT)[0]


VALUES = st.text(st.characters(exclude_characters="*~\r\n\t\x00\x1a ", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.lists(VALUES), max_size=6))
def test_what_was_written_is_read(rows: list[list[str]]) -> None:
    segments = [["REF", *row] for row in rows]
    content = HEADER + "".join("*".join(row) + "~" for row in segments).encode("utf-8")
    assert [elements for elements, _ in read(content)[0][1:]] == segments


@given(st.binary(max_size=300))
def test_no_bytes_do_worse_than_a_data_error(content: bytes) -> None:
    for attempt in (content, HEADER + content, content + HEADER):
        try:
            segments, reader = read(attempt)
        except DataError:
            continue
        assert reader.segments_read == len(segments)


def test_offsets_are_bytes_also_after_letters_of_two_bytes() -> None:
    content = HEADER + "NM1*IL*1*MUÑOZ~\nN3*CALLE 1~".encode()
    segments, _ = read(content)
    assert segments[1][0][3] == "MUÑOZ"
    offset = segments[2][1]
    assert content[offset : offset + 2] == b"N3"


def test_latin_1_is_read_where_it_isnt_utf_8() -> None:
    segments, _ = read(HEADER + "NM1*IL*1*MUÑOZ~".encode("latin-1"))
    assert segments[1][0][3] == "MUÑOZ"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", ""])
def test_line_ends_after_terminators_mean_nothing(line_end: str) -> None:
    content = CLAIM.replace(b"~\n", b"~" + line_end.encode())
    assert [elements for elements, _ in read(content)[0]] == [elements for elements, _ in read(CLAIM)[0]]


def test_a_line_end_may_be_the_terminator() -> None:
    segments, reader = read(CLAIM.replace(b"~\n", b"\n"))
    assert reader.delimiters.segment == "\n"
    assert len(segments) == CLAIM.count(b"~")
    assert not reader.findings


@pytest.mark.parametrize("separator", ["\x1c", "\x1d", "\x1f", "\x85", "|"])
def test_control_characters_may_separate(separator: str) -> None:
    content = CLAIM.replace(b"*", separator.encode("latin-1"))
    assert ids(content) == ids(CLAIM)


def test_crlf_behind_a_carriage_return_terminator() -> None:
    segments, _ = read(CLAIM.replace(b"~\n", b"\r\n"))
    assert len(segments) == CLAIM.count(b"~")


def test_a_byte_order_mark_is_no_junk() -> None:
    segments, reader = read(b"\xef\xbb\xbf" + CLAIM)
    assert segments[0][1] == 3
    assert not reader.findings


def test_collapsed_padding_is_recovered_and_told() -> None:
    content = b"ISA*00**00**ZZ*A*ZZ*B*240105*0930*^*00501*000000101*0*T*:~GS*HC*A*B~IEA*1*000000101~"
    segments, reader = read(content)
    assert [elements[0] for elements, _ in segments] == ["ISA", "GS", "IEA"]
    assert segments[0][0][6] == "A"
    assert reader.delimiters.component == ":"
    assert codes(reader) == ["X12-ISA-WIDTH"]


def test_each_interchange_has_its_own_delimiters() -> None:
    other = CLAIM.replace(b"*", b"|").replace(b"~\n", b"'")
    segments, _ = read(CLAIM + b"\r\n\r\n" + other)
    half = len(segments) // 2
    assert [elements for elements, _ in segments[:half]] == [elements for elements, _ in segments[half:]]


def test_junk_between_interchanges_is_passed_over_and_told() -> None:
    segments, reader = read(CLAIM + b"-- end of file 1 --\n" + CLAIM)
    assert len(segments) == 2 * CLAIM.count(b"~")
    (finding,) = reader.findings
    assert finding.code == "X12-JUNK"
    assert finding.offset == len(CLAIM)


def test_an_empty_segment_hides_nothing() -> None:
    content = CLAIM.replace(b"~\nHL*2", b"~~\nHL*2")
    segments, reader = read(content)
    assert len(segments) == CLAIM.count(b"~")
    assert codes(reader) == ["X12-EMPTY-SEGMENT"]


def test_the_last_segment_needs_no_terminator() -> None:
    segments, reader = read(CLAIM.rstrip(b"~\n"))
    assert segments[-1][0] == ["IEA", "1", "000000101"]
    assert codes(reader) == ["X12-UNTERMINATED"]


def test_cut_anywhere_nothing_is_lost_in_silence() -> None:
    """Every byte of a cut file is in a segment, in a finding, or the reader says that it can't read it."""
    for length in range(len(CLAIM)):
        cut = CLAIM[:length]
        try:
            segments, reader = read(cut)
        except DataError:
            assert length < len(HEADER)
            continue
        rebuilt = b"~\n".join("*".join(elements).encode() for elements, _ in segments)
        assert cut.startswith(rebuilt)
        assert cut[len(rebuilt) :].strip(b"~\n ") == b""
        assert bool(reader.findings) == (not cut.rstrip(b"\n").endswith(b"~"))


def test_a_segment_may_be_long_but_not_endless() -> None:
    long = b"NTE*ADD*" + b"A" * 50_000 + b"~"
    assert ids(HEADER + long + b"SE*1~") == ["ISA", "NTE", "SE"]
    with pytest.raises(DataError, match="longer than the limit"):
        read(HEADER + long, limits=Limits(segment_bytes=20_000))
    with pytest.raises(DataError, match="longer than the limit"):
        read(HEADER + b"A" * 3_000_000)


def test_a_file_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(DataError, match="larger than the limit"):
        read(CLAIM, limits=Limits(file_bytes=500))


def test_too_many_elements_are_refused() -> None:
    with pytest.raises(DataError, match="more than the limit"):
        read(HEADER + b"REF" + b"*A" * 20_000 + b"~")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"%PDF-1.7 ISA in a sentence", b"ISA", b"ISAISAISA", b"ISA*00*"])
def test_what_isnt_x12_is_one_named_error(content: bytes) -> None:
    with pytest.raises(DataError):
        read(content)


@pytest.mark.parametrize("size", [1, 7, 64, 100, 256, 1000])
def test_line_ends_here_and_there_move_no_offset(size: int) -> None:
    """Some senders break lines at will; every segment's offset is still its first byte."""
    broken = b"".join(
        segment + b"~" + (b"", b"\n", b"\r\n", b"\n\n  ")[number % 4] for number, segment in enumerate(lines(CLAIM))
    )
    segments, reader = read(*(broken[i : i + size] for i in range(0, len(broken), size)))
    assert [elements for elements, _ in segments] == [elements for elements, _ in read(CLAIM)[0]]
    assert not [code for code in codes(reader) if code != "X12-EMPTY-SEGMENT"]
    for elements, offset in segments:
        assert broken[offset:].startswith("*".join(elements).encode() + b"~")


def lines(content: bytes) -> list[bytes]:
    return content.replace(b"\n", b"").rstrip(b"~").split(b"~")


def test_a_broken_header_is_read_alike_in_any_chunking() -> None:
    """An ISA short of an element must not be completed from what happens to be buffered behind it."""
    content = CLAIM.replace(b"*^*00501*000000101*0*T*:~", b"~", 1)
    for size in (1, 37, 400, len(content)):
        with pytest.raises(DataError, match="can't be read"):
            read(*(content[i : i + size] for i in range(0, 330, size)), content[330:])
