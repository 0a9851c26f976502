"""A set's segments joined as they are made: the same text, or the same refusal, as segment by segment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from edigate.x12.characters import Characters
from edigate.x12.encode import Elements, Encoder
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.write import DelimiterInDataError, Serializer
from tests.x12.test_binding import (
    CAREFUL_ENCODER,
    DECODER,
    DELIMITERS,
    ENCODER,
    WHOLE,
    Batch,
    Claim,
    Group,
    broken_segments,
    decode,
    write,
)  # fmt: skip


@settings(max_examples=200)
@given(broken_segments())
def test_whatever_was_sent_is_written_the_same_at_once_as_one_by_one(rows: list[list[str]]) -> None:
    batch, _ = DECODER.decode([Segment(list(row)) for row in rows], DELIMITERS)
    alone = _refused_or(write, list(ENCODER.encode(batch)))
    assert _at_once(ENCODER, batch) == _at_once(CAREFUL_ENCODER, batch) == alone


@pytest.mark.parametrize("serializer", [
    Serializer(Delimiters(repetition="§"), line_breaks=False),
    Serializer(Delimiters(repetition=""), line_breaks=False),
    Serializer(Delimiters(), line_breaks=False, characters=Characters("basic")),
])  # fmt: skip
@pytest.mark.parametrize("text", ["A§B", "A^B", "a", "é", "A\x1fB", "OK"])
def test_many_segments_are_refused_where_one_of_them_is(serializer: Serializer, text: str) -> None:
    many: list[Elements] = [["NTE", "ADD", each] for each in ("FINE", text, "FINE")]
    alone = _refused_or(lambda some: "".join(map(serializer.segment, some)), many)
    assert _refused_or(serializer.segments, many) == alone


@pytest.mark.parametrize("odd", ["A*B", "A:B", "A~B", "A^B", "*", ":", "A\rB", "A\x1fB", "é", ""])
def test_a_set_written_at_once_is_the_same_as_its_segments_one_by_one(odd: str) -> None:
    """Be there a delimiter in the data, which is refused, or not."""
    batch = decode(WHOLE)
    batch.groups[0].claims[0].lines[0].procedure = odd
    assert _at_once(ENCODER, batch) == _refused_or(write, list(ENCODER.encode(batch)))


@pytest.mark.parametrize(("element", "component"), [("'", "\\"), ("{", "}"), ("\x1d", "\x1f"), ('"', "#"), ("|", "!")])
def test_any_signs_may_be_the_separators(element: str, component: str) -> None:
    batch = decode(WHOLE)
    delimiters = Delimiters(element=element, component=component, segment="~")
    serializer = Serializer(delimiters, line_breaks=False)
    text = "".join(text for _, text in serializer.body(ENCODER.encode(batch)))
    usual = _at_once(ENCODER, batch)
    assert text == usual.translate(str.maketrans("*:", element + component))
    assert text == "".join(map(serializer.segment, ENCODER.encode(batch)))


def test_segments_that_need_a_closer_look_do_not_move_those_around_them() -> None:
    """Small letters that are not in the basic set are replaced where they stand, in the middle of many claims."""
    ids = [f"C{number}" if number % 700 else "c*1" for number in range(2000)]
    batch = Batch(groups=[Group(name="A", claims=[Claim(id=each, notes=["N"]) for each in ids])])
    serializer = Serializer(DELIMITERS, line_breaks=False, characters=Characters("basic", replacement="-"))
    pieces = list(serializer.body(ENCODER.encode(batch)))
    text = "".join(text for _, text in pieces)
    assert text == "".join(map(serializer.segment, ENCODER.encode(batch)))
    assert text.count("CLM*--1~") == 3
    assert sum(count for count, _ in pieces) == text.count("~")


def _at_once(encoder: Encoder, batch: Batch) -> str:
    serializer = Serializer(DELIMITERS, line_breaks=False)
    return _refused_or(lambda body: "".join(text for _, text in serializer.body(body)), encoder.encode(batch))


def _refused_or(write: Callable[[Any], str], what: Any) -> str:
    try:
        return write(what)
    except DelimiterInDataError as error:
        return error.message
