"""The binding engine on a small made-up guide: what is read is written again, whatever the sender did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edigate.errors import DataError
from edigate.x12 import binding as b
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
    pairs,
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
from edigate.x12.remainder import ORDER, LoopRecord, Unbound
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


class Contact(msgspec.Struct, kw_only=True):
    function: str = ""
    name: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""


class Doctor(LoopRecord):
    name: str = ""
    number: str = ""


class Claim(LoopRecord):
    id: str = ""
    patient: Patient | None = None
    references: list[Reference] = []
    notes: list[str] = []
    contacts: list[Contact] = []
    referring: Doctor | None = None
    rendering: Doctor | None = None
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


def doctor(name: str, code: str, field: str) -> b.Loop:
    return loop(
        name,
        Doctor,
        segment("NM1", when(1, code), const(2, "1"), el(3, "name")),
        segment("REF", when(1, "0B"), el(2, "number")),
        field=field,
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
    many("PER", "contacts", Contact, key(1, "function"), el(2, "name"), pairs(3, 3, TE="phone", FX="fax", EM="email")),
    segment("CAS", groups(1, 2, 3, "cuts", Cut, el(1, "reason"), el(2, "amount", money))),
    doctor("2310A", "DN", "referring"),
    doctor("2310B", "82", "rendering"),
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
    assert again("BHT*B1~HL*1**22*0~CLM*C1~HL*2**22*0~CLM*C2~") == "BHT*B1~HL*1**22*0~CLM*C1~HL*2**22*0~CLM*C2~"


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
    assert run.root.groups == []


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


# --- the sender's order

HEAD = "BHT*B1~HL*1**20*1~N1*CLINIC~HL*2*1*22*0~CLM*C1~"


@pytest.mark.parametrize(
    "segments",
    [
        pytest.param("REF*G1*Y~REF*F8*X~NTE*ADD*one~REF*G2*Z", id="references, a note and a reference"),
        pytest.param("NTE*ADD*one~NM1*QC**DOE~NTE*ADD*two", id="notes round a name"),
        pytest.param("CAS*45*10~DTM*472*20260102~NM1*QC**DOE", id="backwards"),
        pytest.param("XYZ*1~CAS*45*10~XYZ*2~NM1*QC**DOE~XYZ*3", id="unknown segments between"),
        pytest.param("CAS*45*10~NM1*QC~NTE*ADD~REF*G1*Y", id="silent segments between"),
        pytest.param("DTM*472*20260102~NM1*QC**DOE~LX*1~DTP*472*D8*20260102~SV1*HC:1*1", id="lines too"),
        pytest.param("PER*CX*JO*EM*a@b*TE*555", id="a contact's e-mail before the telephone"),
        pytest.param("PER*CX*JO*HP*1*TE*555", id="a number of a kind that no field holds"),
        pytest.param("PER*CX*JO*TE*555*TE*556", id="two numbers of one kind"),
        pytest.param("PER*CX*JO***TE*555", id="a gap before the number"),
        pytest.param("PER*CX*JO*FX", id="a kind without a number"),
        pytest.param("NTE**one", id="a constant left empty"),
        pytest.param("LX*1~SV1*:99213*1", id="a component's constant left empty"),
        pytest.param("NM1*PR*2*PAYER~NM1*82*1*DOC~NM1*DN*1*REF~REF*0B*7", id="providers in another order"),
    ],
)
def test_segments_come_back_in_the_senders_order(segments: str) -> None:
    text = f"{HEAD}{segments}~AMT*1~"
    assert again(text) == text


def test_providers_are_found_in_any_order() -> None:
    claim = decode(f"{HEAD}NM1*82*1*DOC~NM1*DN*1*REF~REF*0B*7~").groups[0].claims[0]
    assert (claim.rendering, claim.referring) == (Doctor(name="DOC"), Doctor(name="REF", number="7"))


def test_the_tables_own_order_is_not_noted() -> None:
    assert decode(WHOLE).groups[0].claims[0].unbound == []


def test_a_long_tail_in_the_usual_order_is_not_noted() -> None:
    lines = "".join(f"LX*{number}~SV1*HC:1*1~" for number in range(1, 300))
    claim = decode(f"{HEAD}CAS*45*10~NM1*QC**DOE~{lines}").groups[0].claims[0]
    (order,) = claim.unbound
    assert order.part == ORDER
    assert len(order.elements) < 6


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda claim: setattr(claim, "references", []), id="references removed"),
        pytest.param(lambda claim: claim.references.append(Reference(qualifier="G3", value="W")), id="one more"),
        pytest.param(lambda claim: setattr(claim, "patient", Patient(name="ROE")), id="a name that wasn't there"),
        pytest.param(lambda claim: setattr(claim, "notes", ["one", "two", "three"]), id="more notes"),
        pytest.param(lambda claim: claim.lines.append(Line(procedure="99215", charge=Decimal(1))), id="a line more"),
        pytest.param(lambda claim: setattr(claim.contacts[0], "email", ""), id="an e-mail removed"),
        pytest.param(lambda claim: setattr(claim.contacts[0], "fax", "557"), id="a fax added"),
        pytest.param(lambda claim: setattr(claim, "seen_on", date(2026, 2, 3)), id="a date put right"),
    ],
)
def test_an_order_from_before_a_change_loses_and_invents_nothing(change: Callable[[Claim], None]) -> None:
    text = f"{HEAD}DTM*472*20261399~REF*G1*Y~NTE*ADD*one~PER*CX*JO*EM*a@b*TE*555~REF*F8*X~CAS*45*10~LX*1~SV1*HC:1*1~"
    changed, plain_one = decode(text), decode(text)
    for batch in (changed, plain_one):
        change(batch.groups[0].claims[0])
    plain_one.groups[0].claims[0].unbound = []
    with_order, without = (write(list(ENCODER.encode(batch))) for batch in (changed, plain_one))
    # what could never be read as a date stays unless there is a date by now
    bad_date = "DTM*472*20261399" if changed.groups[0].claims[0].seen_on is None else None
    expected = sorted([*map(_by_value, without.split("~")), *([bad_date] if bad_date else [])])
    assert sorted(map(_by_value, with_order.split("~"))) == expected
    assert with_order.index("CLM*") < min(with_order.index(name) for name in ("NTE*", "PER*", "LX*"))


def test_a_number_there_is_no_room_for_is_an_error_never_dropped() -> None:
    batch = decode(f"{HEAD}PER*CX*JO*HP*1*HP*2*TE*555~")
    batch.groups[0].claims[0].contacts[0].email = "jo@example.org"
    with pytest.raises(DataError, match="PER has room for 3 numbers, and there are 4: HP, HP, TE, EM"):
        list(ENCODER.encode(batch))


def _by_value(segment_: str) -> str:
    """A segment with a contact's numbers sorted: their order is what may differ."""
    texts = segment_.split("*")
    if texts[0] != "PER":
        return segment_
    numbers = sorted(zip(texts[3::2], texts[4::2], strict=True))
    return "*".join([*texts[:3], *(f"{kind}*{value}" for kind, value in numbers)])


def test_an_order_of_parts_that_do_not_exist_is_passed_over() -> None:
    batch = decode(WHOLE)
    usual = write(list(ENCODER.encode(batch)))
    batch.groups[0].claims[0].unbound = [Unbound(ORDER, 0, ("99", "2", "x", "2", "2", "-7"), partial=True)]
    assert sorted(write(list(ENCODER.encode(batch))).split("~")) == sorted(usual.split("~"))


# --- the quick way and the careful way

SEGMENTS = [each for each in WHOLE.replace("\n", "").split("~") if each] + [
    "PER*CX*JO*TE*555*EM*a@b", "NM1*82*1*DOC", "NM1*DN*1*REF", "REF*0B*7", "XYZ*1", "HL*3*1*99*0", "DTM*150*20260102",
]  # fmt: skip
ODD = st.sampled_from(["", "0", "-0", "1.", ".5", "1e3", "20260230", "D8", "RD8", "ADD", "QC", "A:B", ":", "::X", "  "])


@st.composite
def broken_segments(draw: st.DrawFn) -> list[list[str]]:
    """Segments of the table's set, left out, doubled, moved and with elements changed, added or cut."""
    rows = []
    for text in draw(st.lists(st.sampled_from(SEGMENTS), max_size=25)) if draw(st.booleans()) else SEGMENTS:
        elements = text.split("*")
        for _ in range(draw(st.integers(0, 2))):
            match draw(st.integers(0, 4)):
                case 0 if len(elements) > 1:
                    elements[draw(st.integers(1, len(elements) - 1))] = draw(ODD)
                case 1:
                    elements.append(draw(ODD))
                case 2 if len(elements) > 1:
                    elements.pop()
                case _:
                    pass
        rows.append(elements)
    if draw(st.booleans()):
        rows = draw(st.permutations(rows))
    return rows


CAREFUL_DECODER: Decoder[Batch] = Decoder(BATCH, careful=True)
CAREFUL_ENCODER = Encoder(BATCH, careful=True)


@settings(max_examples=300)
@given(broken_segments())
def test_whatever_is_sent_the_quick_way_and_the_careful_way_read_and_write_the_same(rows: list[list[str]]) -> None:
    quick, found = DECODER.decode([Segment(list(row)) for row in rows], DELIMITERS)
    careful, found_with_care = CAREFUL_DECODER.decode([Segment(list(row)) for row in rows], DELIMITERS)
    assert quick == careful
    assert found == found_with_care
    written = list(ENCODER.encode(quick))
    assert written == list(CAREFUL_ENCODER.encode(quick))
    told, sent = Counter(map(_texts, written)), Counter(_texts(list(row)) for row in rows)
    assert not sent - told  # nothing lost
    assert {row[0] for row in told - sent} <= {"HL"}  # nothing invented: levels are numbered anew


def _texts(elements: Elements) -> tuple[str, ...]:
    """A segment as text, amounts by value, levels and lines without their numbers."""
    texts = [":".join(each).rstrip(":") if not isinstance(each, str) else each.rstrip(":") for each in elements]
    while texts[-1] == "":
        texts.pop()
    if texts[0] in ("HL", "LX"):
        return (texts[0], *texts[3:4])
    return tuple(_amount(text) for text in texts)


def _amount(text: str) -> str:
    try:
        return format(money.decode(text).normalize() + 0, "f")
    except ValueError:
        return text


@settings(max_examples=150)
@given(broken_segments(), st.integers(1, 7))
def test_streamed_or_read_whole_the_claims_are_the_same(rows: list[list[str]], size: int) -> None:
    whole, _ = DECODER.decode([Segment(list(row)) for row in rows], DELIMITERS)
    run = DECODER.stream([Segment(list(row)) for row in rows], DELIMITERS, at="2300")
    assert [found.record for found in run] == [claim for group in whole.groups for claim in group.claims]
    assert run.root.unbound == [entry for entry in whole.unbound if entry.part != ORDER] or whole.unbound


def test_the_careful_way_may_take_over_in_the_middle_of_a_segment() -> None:
    """A quick reader that gives up has changed nothing: the adjustment is there once."""
    claim = decode(f"{HEAD}CAS*45*10*96*five~").groups[0].claims[0]
    assert claim.cuts == [Cut(reason="45", amount=Decimal(10)), Cut(reason="96")]
