"""Code lists (HI): each composite goes where its qualifier says, and comes back where the sender had it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from edigate.x12.binding import (
    code_lists,
    codes,
    el,
    fields,
    key,
    loop,
    moment,
    period,
    place_of,
    qualified,
    segment,
    when,
)
from edigate.x12.codecs import day, money
from edigate.x12.decode import Decoder
from edigate.x12.encode import Encoder
from edigate.x12.remainder import LoopRecord
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.write import Serializer


class Code(msgspec.Struct, kw_only=True):
    code: str = ""
    qualifier: str = ""


class Event(msgspec.Struct, kw_only=True):
    code: str = ""
    start: date | None = None
    end: date | None = None


class Value(msgspec.Struct, kw_only=True):
    code: str = ""
    amount: Decimal | None = None


class Stay(LoopRecord):
    id: str = ""
    admitted_on: date | None = None
    admitted_at: object = None
    diagnoses: list[Code] = []
    admitting: Code | None = None
    group: str = ""
    spans: list[Event] = []
    days: list[Event] = []
    values: list[Value] = []
    marks: list[str] = []
    chart: str = ""


STAY = loop(
    "2300",
    Stay,
    segment("CLM", el(1, "id")),
    segment("DTP", when(1, "435"), moment(2, 3, "admitted_on", "admitted_at")),
    code_lists(
        "HI",
        codes("diagnoses", Code, key(1, "qualifier", "ABK", "BK"), el(2, "code"), most=1),
        codes("admitting", Code, key(1, "qualifier", "ABJ", "BJ"), el(2, "code"), single=True, most=1),
        codes("group", None, when(1, "DR"), el(2, "group"), single=True, most=1),
        codes("diagnoses", Code, key(1, "qualifier", "ABF", "BF"), el(2, "code"), most=3),
        codes("spans", Event, when(1, "BI"), el(2, "code"), period(3, 4, "start", "end")),
        codes("days", Event, when(1, "BH"), el(2, "code"), qualified(3, "D8", 4, "start", day)),
        codes("values", Value, when(1, "BE"), el(2, "code"), el(5, "amount", money)),
        codes("marks", None, when(1, "TC"), el(2, "mark")),
    ),
    segment("REF", when(1, "EA"), el(2, "chart")),
)
DECODER: Decoder[Stay] = Decoder(STAY)
ENCODER = Encoder(STAY)


def read(text: str) -> Stay:
    stay, _ = DECODER.decode([Segment(each.split("*")) for each in text.split("~") if each], Delimiters())
    return stay


def written(stay: Stay) -> str:
    serializer = Serializer(Delimiters(), line_breaks=False)
    return "".join(serializer.segment(each) for each in ENCODER.encode(stay))


OURS = (
    "CLM*S1~DTP*435*DT*202606010930~HI*ABK:A1~HI*ABJ:A2~HI*DR:470~HI*ABF:B1*ABF:B2*ABF:B3~HI*ABF:B4~"
    "HI*BI:71:RD8:20260101-20260105~HI*BH:11:D8:20260601~HI*BE:A1:::15.31*BE:80:::4~HI*TC:X1*TC:X2~"
)


def test_codes_of_many_segments_are_read_into_the_fields_they_are() -> None:
    stay = read(OURS)
    assert [each.code for each in stay.diagnoses] == ["A1", "B1", "B2", "B3", "B4"]
    assert (stay.admitting, stay.group) == (Code(code="A2", qualifier="ABJ"), "470")
    assert stay.spans == [Event(code="71", start=date(2026, 1, 1), end=date(2026, 1, 5))]
    assert stay.days == [Event(code="11", start=date(2026, 6, 1))]
    assert stay.values == [Value(code="A1", amount=Decimal("15.31")), Value(code="80", amount=Decimal(4))]
    assert stay.marks == ["X1", "X2"]
    assert (stay.admitted_on, str(stay.admitted_at)) == (date(2026, 6, 1), "09:30:00")
    assert stay.unbound == []
    assert written(stay) == OURS


@pytest.mark.parametrize(
    "sent",
    [
        "CLM*S1~HI*ABK:A1*ABF:B1~",  # all diagnoses in one segment, as on an 837P
        "CLM*S1~HI*ABK:A1*BG:09*ABJ:A2~",  # and other codes, one of them unknown, between them
        "CLM*S1~HI*ABF:B1~HI*ABK:A1~HI*ABF:B2~",  # in any order
        "CLM*S1~HI*TC:X1~HI*TC:X1~HI*TC:X2~",  # a segment each
        "CLM*S1~HI*ABF:B1*ABF:B2*ABF:B3*ABF:B4*ABF:B5~",  # more than the guide lets into one
        "CLM*S1~HI*BK:A1**BF:B1~",  # with a gap
        "CLM*S1~HI*ZZ:U1~HI*ABK:A1~HI*ZZ:U2~",  # beside segments of nothing we know
        "CLM*S1~HI*ABK:A1~HI*DR:470~HI*DR:471~HI*ABJ:A2*ABJ:A3~",  # twice what there is once
        "CLM*S1~HI*ABK:A1:::::::Y*ABF~",  # components no field has; a qualifier alone
        "CLM*S1~HI*BH:11:D8:20269999*BH:12:D8:20260601~HI*BI:71:D9:20260101~",  # dates that are none
    ],
)
def test_whatever_the_layout_the_same_segments_come_back(sent: str) -> None:
    assert written(read(sent)) == sent


def test_codes_in_one_segment_are_all_read() -> None:
    stay = read("CLM*S1~HI*ABK:A1*BG:09*ABJ:A2*ABF:B1~")
    assert [each.code for each in stay.diagnoses] == ["A1", "B1"]
    assert stay.admitting == Code(code="A2", qualifier="ABJ")


def test_a_code_added_or_dropped_after_reading_is_written_so() -> None:
    stay = read("CLM*S1~HI*ABF:B1*ABK:A1*ABF:B2~")
    stay.diagnoses = [each for each in stay.diagnoses if each.code != "B1"]
    stay.diagnoses.append(Code(code="B9", qualifier="ABF"))
    stay.marks = ["X9"]
    back = read(written(stay))
    assert sorted(each.code for each in back.diagnoses) == ["A1", "B2", "B9"]
    assert back.marks == ["X9"]


def test_the_first_of_a_shared_list_is_the_principal_one_unless_it_says_otherwise() -> None:
    assert written(Stay(id="S1", diagnoses=[Code(code="A1"), Code(code="B1"), Code(code="B2")])) == (
        "CLM*S1~HI*ABK:A1~HI*ABF:B1*ABF:B2~"
    )
    assert written(Stay(id="S1", diagnoses=[Code(code="B1", qualifier="BF"), Code(code="A1", qualifier="BK")])) == (
        "CLM*S1~HI*BK:A1~HI*BF:B1~"
    )


def test_a_qualifier_of_no_list_is_written_all_the_same() -> None:
    assert written(Stay(id="S1", diagnoses=[Code(code="A1", qualifier="ABK"), Code(code="Q", qualifier="QQ")])) == (
        "CLM*S1~HI*ABK:A1~HI*QQ:Q~"
    )


def test_no_codes_make_no_segment() -> None:
    assert written(Stay(id="S1")) == "CLM*S1~"


def test_a_day_without_a_time_is_a_day() -> None:
    stay = read("CLM*S1~DTP*435*D8*20260601~")
    assert (stay.admitted_on, stay.admitted_at) == (date(2026, 6, 1), None)
    assert written(stay) == "CLM*S1~DTP*435*D8*20260601~"


@pytest.mark.parametrize("sent", ["DT*20260601", "DT*202606019930", "D9*20260601", "D8*2026060109"])
def test_a_date_that_is_none_is_reported_and_kept(sent: str) -> None:
    segments = [Segment(["CLM", "S1"]), Segment(["DTP", "435", *sent.split("*")])]
    stay, findings = DECODER.decode(segments, Delimiters())
    assert [(one.code, one.element) for one in findings] == [("IK4-8", 3)]
    assert written(stay) == f"CLM*S1~DTP*435*{sent}~"


def test_a_bad_date_in_a_code_is_reported_with_its_component() -> None:
    segments = [Segment(["CLM", "S1"]), Segment(["HI", "BH:11:D8:20260601", "BI:71:RD8:20260101-"])]
    _, findings = DECODER.decode(segments, Delimiters())
    assert [(one.code, one.element, one.component, one.value) for one in findings] == [("IK4-8", 2, 4, "20260101-")]


@pytest.mark.parametrize(
    ("element", "component", "field"),
    [(1, 2, "diagnoses[].code"), (2, 2, "diagnoses[].code"), (3, 5, "values[].amount"), (4, 2, "group"), (5, 2, "")],
)
def test_an_element_leads_to_the_field_by_its_own_qualifier(element: int, component: int, field: str) -> None:
    elements = ["HI", "ABF:B1", "ABF:B2", "BE:A1:::5", "DR:470", "QQ:1"]
    place = place_of(STAY, "HI", element, component, elements)
    assert (place.field if place else "") == field


def test_every_list_is_in_the_field_reference() -> None:
    listed = {place.field for place in fields(STAY) if place.segment == "HI"}
    assert {"diagnoses[].code", "admitting.code", "group", "spans[].end", "values[].amount", "marks[]"} <= listed
