"""The binding engine on a small made-up guide: what is read is written again, whatever the sender did."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from edigate.x12.binding import (
    comp,
    const,
    el,
    fields,
    groups,
    hl,
    key,
    loop,
    many,
    period,
    place_of,
    qualified,
    segment,
    sequence,
    texts,
    when,
)
from edigate.x12.codecs import day, money
from edigate.x12.decode import Decoder
from edigate.x12.encode import Elements, Encoder
from edigate.x12.remainder import LoopRecord
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.write import Serializer

DELIMITERS = Delimiters()


class Reference(msgspec.Struct, kw_only=True):
    qualifier: str = ""
    value: str = ""


class Cut(msgspec.Struct, kw_only=True):
    reason: str = ""
    amount: Decimal | None = None


class Line(LoopRecord):
    number: str = ""
    procedure: str = ""
    modifiers: list[str] = []
    charge: Decimal | None = None
    first_day: date | None = None
    last_day: date | None = None


class Patient(msgspec.Struct, kw_only=True):
    name: str = ""
    id_qualifier: str = ""
    id: str = ""


class Claim(LoopRecord):
    id: str = ""
    patient: Patient | None = None
    references: list[Reference] = []
    notes: list[str] = []
    date_qualifier: str = "472"
    seen_on: date | None = None
    cuts: list[Cut] = []
    lines: list[Line] = []


class Group(LoopRecord):
    name: str = ""
    claims: list[Claim] = []


class Batch(LoopRecord):
    reference: str = ""
    groups: list[Group] = []
    total: Decimal | None = None


LINE = loop(
    "2400",
    Line,
    segment("LX", sequence(1, "number")),
    segment("SV1", comp(1, const(1, "HC"), el(2, "procedure"), texts(3, 6, "modifiers")), el(2, "charge", money)),
    segment("DTP", when(1, "472"), period(2, 3, "first_day", "last_day")),
    field="lines",
    many=True,
)
CLAIM = loop(
    "2300",
    Claim,
    hl("22", "PT"),
    segment("CLM", el(1, "id")),
    segment(
        "NM1",
        when(1, "QC"),
        el(3, "name"),
        qualified(8, (), 9, "id", qualifier_field="id_qualifier"),
        into="patient",
    ),
    many("REF", "references", Reference, key(1, "qualifier"), el(2, "value")),
    many("NTE", "notes", None, const(1, "ADD"), el(2, "notes")),
    segment("DTM", key(1, "date_qualifier", "472", "150"), el(2, "seen_on", day)),
    segment("CAS", groups(1, 2, 3, "cuts", Cut, el(1, "reason"), el(2, "amount", money))),
    LINE,
    field="claims",
    many=True,
)
GROUP = loop("2000", Group, hl("20"), segment("N1", el(1, "name")), CLAIM, field="groups", many=True, implied=True)
BATCH = loop("BATCH", Batch, segment("BHT", el(1, "reference")), GROUP, segment("AMT", el(1, "total", money)))

DECODER: Decoder[Batch] = Decoder(BATCH)
ENCODER = Encoder(BATCH)


def read(text: str) -> list[Segment]:
    return [Segment(line.strip().split("*")) for line in text.strip().split("~") if line.strip()]


def decode(text: str) -> Batch:
    return DECODER.decode(read(text), DELIMITERS)[0]


def write(segments: list[Elements]) -> str:
    serializer = Serializer(DELIMITERS, line_breaks=False)
    return "".join(serializer.segment(each) for each in segments)


def again(text: str) -> str:
    return write(list(ENCODER.encode(decode(text))))


def plain(text: str) -> str:
    return "".join(line.strip() for line in text.split("\n"))


WHOLE = """
BHT*B1~
HL*1**20*1~N1*CLINIC~
HL*2*1*22*0~CLM*C1~NM1*QC**DOE*****MI*M1~REF*F8*X~REF*G1*Y~NTE*ADD*one~NTE*ADD*two~
DTM*150*20260102~CAS*45*10*96*5.5~
LX*1~SV1*HC:99213:25*100~DTP*472*D8*20260102~
LX*2~SV1*HC:99214*50~DTP*472*RD8*20260102-20260104~
AMT*150~
"""


def test_a_set_that_the_table_knows_in_full_comes_back_as_it_was() -> None:
    batch = decode(WHOLE)
    claim = batch.groups[0].claims[0]
    assert claim.patient == Patient(name="DOE", id_qualifier="MI", id="M1")
    assert claim.notes == ["one", "two"]
    assert claim.cuts == [Cut(reason="45", amount=Decimal(10)), Cut(reason="96", amount=Decimal("5.5"))]
    assert (claim.lines[1].first_day, claim.lines[1].last_day) == (date(2026, 1, 2), date(2026, 1, 4))
    assert batch.total == 150
    assert again(WHOLE) == plain(WHOLE)


@pytest.mark.parametrize(
    "segment_",
    [
        pytest.param("XYZ*1*2", id="a segment that no table knows"),
        pytest.param("REF*D9", id="a qualifier without its value"),
        pytest.param("REF*D9*1**4N:5", id="elements beyond those the table has"),
        pytest.param("NTE*CER*three", id="another constant"),
        pytest.param("NTE*ADD", id="a note that says nothing"),
        pytest.param("NM1*QC", id="a name without a name"),
        pytest.param("NM1*QC**DOE*****MI", id="a qualifier without its id"),
        pytest.param("DTM*472*20261399", id="a date that isn't one"),
        pytest.param("CAS*45*ten", id="an amount that isn't one"),
        pytest.param("CAS*45*10***96*5", id="a gap between groups"),
        pytest.param("DTM", id="a segment of nothing but its name"),
    ],
)
def test_what_the_table_cannot_express_is_written_where_it_stood(segment_: str) -> None:
    text = f"BHT*B1~HL*1**20*1~N1*CLINIC~HL*2*1*22*0~CLM*C1~{segment_}~AMT*1~"
    assert again(text) == text


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("SV1*HC:99213::25*1", id="a gap among modifiers"),
        pytest.param("SV1*NU:99213*1", id="another procedure qualifier"),
        pytest.param("SV1*HC:99213:1:2:3:4:text:8*1", id="components beyond the table"),
        pytest.param("SV1*HC:99213*1~DTP*472*RD8*20260102-20260102", id="a range of one day"),
        pytest.param("SV1*HC:99213*1~DTP*472*D8*20260230", id="a day that no February has"),
        pytest.param("SV1*HC:99213*1~DTP*472*TM*1200", id="a format that isn't a date's"),
        pytest.param("SV1*HC:99213*1~DTP*434*D8*20260102", id="a date of another kind"),
    ],
)
def test_lines_keep_what_the_table_cannot_express(line: str) -> None:
    text = f"BHT*B1~HL*1**20*1~N1*CLINIC~HL*2*1*22*0~CLM*C1~LX*1~{line}~AMT*1~"
    assert again(text) == text


def test_what_cannot_be_read_is_reported_with_its_place() -> None:
    _, findings = DECODER.decode(read("ST*1~BHT*B1~HL*1**20~HL*2*1*22~CLM*C1~DTM*472*20261399~"), DELIMITERS)
    assert [(f.code, f.segment_id, f.segment_position, f.element, f.loop) for f in findings] == [
        ("IK4-8", "DTM", 6, 2, "2300")
    ]


def test_an_unknown_loops_own_segments_are_not_taken_for_a_known_loops() -> None:
    # A level of another kind opens something we don't know: the REF below it is not the claim's.
    batch = decode("BHT*B1~HL*1**20*1~HL*2*1*22*0~CLM*C1~HL*3*2*99*0~REF*F8*NOT-OURS~LX*1~SV1*HC:1*1~")
    claim = batch.groups[0].claims[0]
    assert claim.references == []
    assert len(claim.unbound) == 2
    assert len(claim.lines) == 1


def test_a_level_under_another_code_is_read_and_written_as_it_was() -> None:
    text = "BHT*B1~HL*1**20*1~N1*CLINIC~HL*2*1*PT*0~CLM*C1~"
    assert decode(text).groups[0].claims[0].id == "C1"
    assert again(text) == text


def test_a_level_that_the_sender_left_out_is_implied() -> None:
    batch = decode("BHT*B1~HL*1**22*0~CLM*C1~HL*2**22*0~CLM*C2~AMT*2~")
    assert [[claim.id for claim in group.claims] for group in batch.groups] == [["C1", "C2"]]
    assert batch.total == 2


def test_levels_are_numbered_and_know_their_parents() -> None:
    claims = [Claim(id="C1"), Claim(id="C2")]
    batch = Batch(groups=[Group(name="A", claims=claims), Group(name="B", claims=[Claim(id="C3")])])
    levels = [each for each in ENCODER.encode(batch) if each[0] == "HL"]
    assert [level[1:] for level in levels] == [
        ["1", "", "20", "1"], ["2", "1", "22", "0"], ["3", "1", "22", "0"],
        ["4", "", "20", "1"], ["5", "4", "22", "0"],
    ]  # fmt: skip


def test_two_sets_written_in_turns_do_not_disturb_each_other() -> None:
    batch = decode(WHOLE)
    alone = list(ENCODER.encode(batch))
    one, other = ENCODER.encode(batch), ENCODER.encode(batch)
    turns = list(zip(one, other, strict=True))
    assert [left for left, _ in turns] == alone
    assert [right for _, right in turns] == alone


def test_lines_are_counted_anew_when_they_are_written() -> None:
    batch = decode(WHOLE)
    claim = batch.groups[0].claims[0]
    claim.lines.reverse()
    numbers = [each[1] for each in ENCODER.encode(batch) if each[0] == "LX"]
    assert numbers == ["1", "2"]


def test_streamed_claims_come_with_what_they_hang_below_and_are_not_kept() -> None:
    text = "ST*1~BHT*B1~HL*1**20*1~N1*A~HL*2*1*22~CLM*C1~HL*3*1*22~CLM*C2~HL*4**20*1~N1*B~HL*5*4*22~CLM*C3~AMT*9~"
    run = DECODER.stream(read(text), DELIMITERS, at="2300")
    seen = [(found.record.id, [type(p).__name__ for p in found.parents], found.parents[1].name, found.first)
            for found in run]  # fmt: skip
    assert seen == [
        ("C1", ["Batch", "Group"], "A", 5),
        ("C2", ["Batch", "Group"], "A", 7),
        ("C3", ["Batch", "Group"], "B", 11),
    ]
    assert run.root.total == 9
    assert all(group.claims == [] for group in run.root.groups)


def test_a_rejected_element_is_brought_back_to_its_field() -> None:
    place = place_of(BATCH, "SV1", 1, 2)
    assert place is not None
    assert (place.field, place.loop) == ("groups[].claims[].lines[].procedure", "2400")
    date_place = place_of(BATCH, "DTP", 3, elements=["DTP", "472", "D8", "x"])
    assert date_place is not None
    assert date_place.field == "groups[].claims[].lines[].first_day"
    assert place_of(BATCH, "DTP", 3, elements=["DTP", "999", "D8", "x"]) is None


def test_every_field_of_the_table_is_in_its_reference() -> None:
    named = {place.field for place in fields(BATCH)}
    assert "groups[].claims[].patient.name" in named
    assert "groups[].claims[].cuts[].amount" in named
    assert "groups[].claims[].notes[]" in named
