"""The writer: envelopes whose counts are right by construction, any delimiters, and no value that breaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.errors import InternalError
from edigate.x12.characters import Characters
from edigate.x12.encode import Element, Elements
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.remainder import COMPONENT
from edigate.x12.segments import ISA_LENGTH, Delimiters
from edigate.x12.write import (
    DelimiterInDataError,
    Group,
    GroupHeader,
    InterchangeHeader,
    Serializer,
    SetHeader,
)

NOON = datetime(2026, 7, 1, 12, 5, 9, tzinfo=UTC)
HEADER = InterchangeHeader(
    sender_qualifier="ZZ",
    sender_id="SENDER",
    receiver_qualifier="30",
    receiver_id="RECEIVER",
    created=NOON,
    control_number=42,
    usage="P",
)
PLAIN = Serializer(Delimiters(), line_breaks=False)


def group(number: int, sets: int = 1, segments: int = 1) -> Group:
    head = GroupHeader(
        functional_id="HC", sender="S", receiver="R", created=NOON, control_number=number, guide="005010X222A1"
    )
    body: list[Elements] = [["REF", "EI", str(n)] for n in range(segments)]
    heads = [SetHeader(id="837", control_number=n, guide="005010X222A1") for n in range(1, sets + 1)]
    return head, [(each, iter(body)) for each in heads]


def written(serializer: Serializer, groups: Iterable[Group], header: InterchangeHeader = HEADER) -> bytes:
    return "".join(serializer.interchange(header, groups)).encode("latin-1")


def header(**changes: Any) -> InterchangeHeader:
    return msgspec.structs.replace(HEADER, **changes)


def test_an_interchange_reads_as_the_standard_has_it() -> None:
    assert written(Serializer(Delimiters()), [group(7, sets=1, segments=2)]).decode() == (
        "ISA*00*          *00*          *ZZ*SENDER         *30*RECEIVER       *260701*1205*^*00501*000000042*0*P*:~\n"
        "GS*HC*S*R*20260701*120509*7*X*005010X222A1~\n"
        "ST*837*0001*005010X222A1~\n"
        "REF*EI*0~\n"
        "REF*EI*1~\n"
        "SE*4*0001~\n"
        "GE*1*7~\n"
        "IEA*1*000000042~\n"
    )


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=3),
    st.builds(
        Delimiters,
        element=st.sampled_from("*|+\x01"),
        component=st.sampled_from(":>\x1f"),
        segment=st.sampled_from("~\n!\x1c"),
        repetition=st.sampled_from("^{\x1e"),
    ),
    st.booleans(),
)
def test_counts_and_control_numbers_agree_whatever_is_written(
    shape: list[tuple[int, int]], delimiters: Delimiters, line_breaks: bool
) -> None:
    groups = [group(number, *sizes) for number, sizes in enumerate(shape, 1)]
    content = written(Serializer(delimiters, line_breaks=line_breaks), groups)
    reader = EnvelopeReader([content])
    bodies = [len(list(each.segments)) for each in reader]
    assert reader.findings == []
    assert bodies == [segments + 2 for sets, segments in shape for _ in range(sets)]  # ST and SE among them
    assert content.decode().count(delimiters.segment + "GS" if not line_breaks else "GS" + delimiters.element) == len(
        shape
    )


@pytest.mark.parametrize("sender", ["A", "SENDER", "FIFTEENLETTERS1"])
@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters("|", ">", "\n", "{"), Delimiters(repetition="")])
def test_the_isa_has_106_bytes_with_its_terminator(sender: str, delimiters: Delimiters) -> None:
    serializer = Serializer(delimiters, line_breaks=False)
    isa = next(iter(serializer.interchange(header(sender_id=sender), [])))
    assert len(isa) == ISA_LENGTH
    assert (isa[3], isa[104], isa[105]) == (delimiters.element, delimiters.component, delimiters.segment)
    assert isa[82] == (delimiters.repetition or "U")


def test_the_isa_says_whether_a_ta1_is_asked_for_and_what_for() -> None:
    isa = next(iter(PLAIN.interchange(header(acknowledgment_requested=True, usage="T"), [])))
    assert isa.endswith("*000000042*1*T*:~")


@pytest.mark.parametrize(
    "changes",
    [
        {"sender_id": "SIXTEEN-LETTERS!"},
        {"receiver_id": "SIXTEEN-LETTERS!"},
        {"sender_qualifier": "ZZZ"},
        {"usage": "TT"},
        {"control_number": 1_000_000_000},
    ],
    ids=str,
)
def test_what_the_isa_has_no_room_for_is_refused_not_cut(changes: dict[str, Any]) -> None:
    with pytest.raises(InternalError):
        next(iter(PLAIN.interchange(header(**changes), [])))


@pytest.mark.parametrize("value", ["A*B", "A:B", "A~B", "A^B", "A\nB", "A\rB"])
@pytest.mark.parametrize("changes", ["sender_id", "receiver_id"])
def test_a_delimiter_in_a_name_of_the_envelope_is_refused(changes: str, value: str) -> None:
    with pytest.raises(DelimiterInDataError):
        next(iter(PLAIN.interchange(header(**{changes: value}), [])))


@pytest.mark.parametrize("bad", ["*", ":", "~", "^", "\n", "\r"])
@pytest.mark.parametrize(
    "shape",
    [lambda text: text, lambda text: ("HC", text), lambda text: ["HC", text], lambda text: [f"HC{COMPONENT}{text}"]],
    ids=["element", "component", "repetition", "component of a repetition"],
)
def test_a_delimiter_in_data_is_refused_wherever_it_stands(bad: str, shape: Any) -> None:
    element: Element = shape(f"A{bad}B")
    with pytest.raises(DelimiterInDataError) as refused:
        PLAIN.segment(["SV1", element])
    assert f"A{bad}B" not in str(refused.value)  # it may be a patient's
    assert PLAIN.has_delimiter(f"A{bad}B")


def test_other_delimiters_make_other_values_writable() -> None:
    serializer = Serializer(Delimiters("|", ">", "!", "{"), line_breaks=False)
    assert serializer.segment(["NTE", "ADD", "BP 120:80 * 2 ~ OK ^"]) == "NTE|ADD|BP 120:80 * 2 ~ OK ^!"
    assert not serializer.has_delimiter("A*B")
    with pytest.raises(DelimiterInDataError):
        serializer.segment(["NTE", "ADD", "A|B"])


@pytest.mark.parametrize(
    ("elements", "text"),
    [
        (["N3", "1 LANE", "", ""], "N3*1 LANE~"),
        (["N4", "", "", "43001"], "N4***43001~"),
        (["LX", "1"], "LX*1~"),
        (["CUR"], "CUR~"),
        (["SV1", ("HC", "99213", "", "")], "SV1*HC:99213~"),
        (["SV1", ("HC", "", "25")], "SV1*HC::25~"),
        (["SV1", ("", "")], "SV1~"),
        (["SV1", "", ("", ""), ""], "SV1~"),
        (["MSG", ["A", "B"]], "MSG*A^B~"),
        (["DMG", [f"1{COMPONENT}2{COMPONENT}", "3"]], "DMG*1:2^3~"),
    ],
    ids=str,
)
def test_trailing_empty_elements_and_components_are_dropped(elements: Elements, text: str) -> None:
    assert PLAIN.segment(elements) == text


def test_an_element_repeats_only_where_there_is_a_separator_for_it() -> None:
    before_5010 = Serializer(Delimiters(repetition=""), line_breaks=False)
    assert before_5010.segment(["MSG", ["A"]]) == "MSG*A~"
    assert before_5010.segment(["MSG", "A^B"]) == "MSG*A^B~"  # not a delimiter there
    with pytest.raises(DelimiterInDataError):
        before_5010.segment(["MSG", ["A", "B"]])


def test_lines_break_after_segments_only_where_asked_and_never_twice() -> None:
    assert Serializer(Delimiters()).segment(["LX", "1"]) == "LX*1~\n"
    assert Serializer(Delimiters(segment="\n")).segment(["LX", "1"]) == "LX*1\n"
    assert PLAIN.segment(["LX", "1"]) == "LX*1~"


def test_control_numbers_of_sets_have_four_digits_or_more() -> None:
    content = written(PLAIN, [(group(1)[0], [(SetHeader(id="837", control_number=n), iter([])) for n in (1, 12345)])])
    assert b"ST*837*0001~SE*2*0001~ST*837*12345~SE*2*12345~" in content


@pytest.mark.parametrize(
    "serializer",
    [
        PLAIN,
        Serializer(Delimiters()),
        Serializer(Delimiters(segment="\n", repetition="")),
        Serializer(Delimiters(element="|", component="\x1d", segment="\r")),
        Serializer(Delimiters(), characters=Characters()),
        Serializer(Delimiters(), characters=Characters(repertoire="basic", capitals=True)),
        Serializer(Delimiters(), line_breaks=False, characters=Characters(repertoire="extended", replacement=" ")),
    ],
)
def test_many_segments_are_written_as_one_by_one(serializer: Serializer) -> None:
    """Whatever is odd in one of them: a delimiter or line break in a value, empty ends, a character unfit."""
    usual: list[Elements] = [["LX", "1"], ["SV1", ("HC", "99213"), "70", "UN"], ["HI", ("ABK", "I10")]]
    odd: list[Elements] = [
        ["NTE", "ADD", text]
        for text in ("a*b", "a:b", "a~b", "a^b", "a\nb", "a\rb", "a\x1db", "caf\xe9", "small", "\u0130")
    ]
    odd += [
        ["REF", "EA", "", ""],
        ["CLM", "1", ("11", "", "")],
        ["CLM", ("", ""), ""],
        ["DMG", [COMPONENT.join("AB"), "C"]],
    ]
    for each in (usual, *([*usual, one, *usual] for one in odd)):
        one_by_one = _outcome(lambda many: "".join(map(serializer.segment, many)), each)
        assert _outcome(serializer.segments, each) == one_by_one


def _outcome(write: Callable[[list[Elements]], str], many: list[Elements]) -> str:
    try:
        return write(many)
    except DelimiterInDataError as error:
        return error.message


def test_nothing_is_read_ahead_of_what_is_written() -> None:
    """A file of a million claims is written a piece at a time."""
    taken: list[int] = []

    def body() -> Iterable[Elements]:
        for number in range(5000):
            taken.append(number)
            yield ["LX", str(number)]

    groups = [(group(1)[0], [(SetHeader(id="837", control_number=1), body())])]
    pieces = PLAIN.interchange(HEADER, groups)
    assert [next(pieces)[:2] for _ in range(3)] == ["IS", "GS", "ST"]
    assert taken == []
    next(pieces)
    assert 0 < len(taken) < 1000


@pytest.mark.parametrize(
    "delimiters",
    [
        Delimiters(component="*"),
        Delimiters(segment=":"),
        Delimiters(repetition="~"),
        Delimiters(element="A"),
        Delimiters(component="7"),
        Delimiters(element=" "),
        Delimiters(segment=""),
        Delimiters(element="**"),
    ],
    ids=str,
)
def test_delimiters_that_cannot_be_told_apart_or_from_data_are_refused(delimiters: Delimiters) -> None:
    with pytest.raises(InternalError):
        Serializer(delimiters)


_VALUES = st.text(alphabet="aZ1 é*:^~\r", max_size=3)
_ELEMENTS = st.one_of(_VALUES, st.lists(_VALUES, min_size=1, max_size=3).map(tuple), st.lists(_VALUES, max_size=2))


@pytest.mark.parametrize(
    "characters", [None, Characters(), Characters(capitals=True), Characters("basic"), Characters("basic", True, " ")]
)
@given(elements=st.lists(_ELEMENTS, max_size=5))
def test_a_segment_is_its_elements_texts_and_is_refused_where_one_of_them_is(
    characters: Characters | None, elements: list[Element]
) -> None:
    serializer = Serializer(Delimiters(), line_breaks=False, characters=characters)
    try:
        texts = serializer.texts(["REF", *elements])
    except DelimiterInDataError:
        with pytest.raises(DelimiterInDataError):
            serializer.segment(["REF", *elements])
    else:
        assert serializer.segment(["REF", *elements]) == "*".join(texts) + "~"
