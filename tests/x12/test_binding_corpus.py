"""Every bound kind of the public corpus: written as it came, segment for segment, and read alike both ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edigate.claims.bindings import binding_for
from edigate.errors import DataError
from edigate.remits.x221 import PAYMENT
from edigate.responses.ta1 import INTERCHANGE_ACKNOWLEDGMENT
from edigate.responses.x214 import CLAIM_ACKNOWLEDGMENT
from edigate.responses.x231 import FUNCTIONAL_GROUP_RESPONSE
from edigate.x12 import heads
from edigate.x12.binding import Loop, fields
from edigate.x12.codecs import day, hour, money
from edigate.x12.decode import Decoder
from edigate.x12.encode import Element, Encoder
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.remainder import COMPONENT
from edigate.x12.segments import Delimiters, Segment
from tests.x12.roundtrip import corpus_files, needs_corpus

KINDS = ("837P", "837I", "837D", "835", "277CA", "999", "TA1", "broken")
TABLES = {
    "835": PAYMENT,
    "277": CLAIM_ACKNOWLEDGMENT,
    "999": FUNCTIONAL_GROUP_RESPONSE,
    "TA1": INTERCHANGE_ACKNOWLEDGMENT,
}


def table_of(each: TransactionSet) -> Loop | None:
    """The table of a set; None for kinds that aren't bound, or for reading alone (4010 claims)."""
    if each.id == "837":
        binding = binding_for(each.guide)
        return binding.table if binding and binding.guide else None
    return TABLES.get(each.id)


def sets(path: Path) -> Iterator[tuple[TransactionSet, Loop]]:
    try:
        for each in EnvelopeReader([path.read_bytes()], file=path.name):
            table = table_of(each)
            if table is not None:
                yield each, table
    except DataError:
        return  # a file that stops being X12 somewhere: what came before was looked at


def decoder(table: Loop, *, careful: bool = False) -> Decoder[Any]:
    known = DECODERS.get((id(table), careful))
    if known is None:
        known = DECODERS[id(table), careful] = (table, Decoder(table, careful=careful))
    return known[1]


@pytest.fixture(autouse=True)
def learned_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops' heads are learned from the first files on: what is read at once is among what is compared."""
    for name, few in {"_LOOKED_AT": 1, "_FIRST_DUE": 16, "_LATER": 2, "_OFTEN": 1, "_MOST": 40}.items():
        monkeypatch.setattr(heads, name, few)


DECODERS: dict[tuple[int, bool], tuple[Loop, Decoder[Any]]] = {}
FILES = corpus_files(*KINDS)
# What may be written differently, by the beginning of the format's name: 0100.0 as 100, 094600 as 0946.
CODECS = {"dollars": money, "number": money, "whole": money, "date CCYY": day, "date YYMM": day, "time": hour}


class Comparison:
    """How a segment is compared: amounts, dates and times by value, numbering of levels and lines left out."""

    def __init__(self, table: Loop) -> None:
        self._values: dict[tuple[str, int, int], Any] = {}
        for place in fields(table):
            for word, codec in CODECS.items():
                if place.format.startswith(word):
                    self._values[place.segment, place.element, place.component] = codec.decode

    def segment(self, elements: list[str], delimiters: Delimiters) -> tuple[str, ...]:
        name = elements[0]
        if name in ("HL", "LX"):
            elements = [name, *elements[3 if name == "HL" else 2 :][:1]]
        texts = [self._element(name, at, text, delimiters) for at, text in enumerate(elements)]
        while texts[-1] == "":
            texts.pop()
        return tuple(texts)

    def _element(self, name: str, at: int, text: str, delimiters: Delimiters) -> str:
        pieces = text.rstrip(delimiters.component).split(delimiters.component)
        for nth, piece in enumerate(pieces):
            decode = self._values.get((name, at, nth + 1))
            if len(pieces) == 1:
                decode = decode or self._values.get((name, at, 0))
            if decode is not None and piece:
                try:
                    value = decode(piece)
                except ValueError:
                    continue
                pieces[nth] = str(value.normalize() + 0 if decode is money.decode else value)
        return delimiters.component.join(pieces)


def text_of(element: Element, delimiters: Delimiters) -> str:
    if isinstance(element, list):
        return delimiters.repetition.join(piece.replace(COMPONENT, delimiters.component) for piece in element)
    return element if isinstance(element, str) else delimiters.component.join(element)


@needs_corpus
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_set_is_written_as_it_came(path: Path) -> None:
    """Valid or broken: the same segments in the same order, what no table knows among them."""
    for each, table in sets(path):
        compared = Comparison(table).segment
        rows = [list(segment.elements) for segment in each.segments]
        record, _ = decoder(table).decode([Segment(row) for row in rows], each.delimiters)
        ours = [
            compared([text_of(element, each.delimiters) for element in segment], each.delimiters)
            for segment in Encoder(table).encode(record)
        ]
        assert ours == [compared(row, each.delimiters) for row in rows if row[0] not in ("ST", "SE")]


@needs_corpus
def test_the_quick_way_and_the_careful_way_agree_on_every_file() -> None:
    compared = 0
    for path in FILES:
        for (quick_set, table), (careful_set, _) in zip(sets(path), sets(path), strict=True):
            segments = list(careful_set.segments)  # one by one, not in blocks
            quick, found = decoder(table).decode(quick_set.segments, quick_set.delimiters)
            careful, found_with_care = decoder(table, careful=True).decode(segments, careful_set.delimiters)
            assert quick == careful, path.name
            assert found == found_with_care, path.name
            written = list(Encoder(table).encode(quick))
            assert written == list(Encoder(table, careful=True).encode(careful)), path.name
            compared += len(segments)
    assert compared > 30_000


# --- the corpus, broken at random

ODD = st.sampled_from(["", "0", "-1.5", "1.", "20260230", "D8", "RD8", "ZZ", "A:B", ":", "::X", "^", "é", "x" * 60])
MUTATED = [path for path in FILES if path.parent.name != "broken" and path.stat().st_size < 20_000]


@needs_corpus
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_broken_segments_are_read_alike_both_ways_and_none_is_lost(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(MUTATED))
    for each, table in sets(path):
        rows = [list(segment.elements) for segment in each.segments]
        for _ in range(data.draw(st.integers(1, 12))):
            at = data.draw(st.integers(1, max(1, len(rows) - 1)))
            if at >= len(rows) or rows[at][0] in ("ST", "SE"):
                continue
            row = rows[at]
            match data.draw(st.integers(0, 6)):
                case 0:
                    row.append(data.draw(ODD))
                case 1 if len(row) > 1:
                    row.pop()
                case 2:
                    del rows[at]
                case 3:
                    rows.insert(data.draw(st.integers(1, len(rows))), list(row))
                case 4:
                    rows.insert(data.draw(st.integers(1, len(rows) - 1)), rows.pop(at))
                case _ if len(row) > 1:
                    row[data.draw(st.integers(1, len(row) - 1))] = data.draw(ODD)
                case _:
                    pass
        body = [row for row in rows if row[0] not in ("ST", "SE")]
        quick, found = decoder(table).decode([Segment(list(row)) for row in body], each.delimiters)
        copies = [Segment(list(row)) for row in body]
        careful, found_with_care = decoder(table, careful=True).decode(copies, each.delimiters)
        assert (quick, found) == (careful, found_with_care)
        written = list(Encoder(table).encode(quick))
        assert written == list(Encoder(table, careful=True).encode(quick))
        compared = Comparison(table).segment
        ours = [compared([text_of(one, each.delimiters) for one in segment], each.delimiters) for segment in written]
        assert ours == [compared(row, each.delimiters) for row in body]


@pytest.mark.parametrize("codes", ["HI", "HI*", "HI*ABK", "HI*ABK:", "HI*ZZ:1", "HI*ABK:R05:X", "HI*ABK:R05**ABF:J069"])
def test_code_lists_that_say_little_are_read_alike_both_ways_and_kept(codes: str) -> None:
    binding = binding_for("005010X222A1")
    assert binding is not None
    texts = ("BHT*0019", "HL*1**20*1", "HL*2*1*22*0", "CLM*A*1", codes, "LX*1", "SV1*HC:1*1")
    rows = [text.split("*") for text in texts]
    quick, _ = decoder(binding.table).decode([Segment(list(row)) for row in rows], Delimiters())
    careful, _ = decoder(binding.table, careful=True).decode([Segment(list(row)) for row in rows], Delimiters())
    assert quick == careful
    compared = Comparison(binding.table).segment
    ours = [[text_of(one, Delimiters()) for one in segment] for segment in Encoder(binding.table).encode(quick)]
    assert [compared(row, Delimiters()) for row in ours] == [compared(row, Delimiters()) for row in rows]
