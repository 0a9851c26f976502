"""The 999 (005010X231A1) bound to its records, both ways; the 997 that some still send, read as one."""

from __future__ import annotations

from collections.abc import Iterator

from edigate.findings import Finding
from edigate.responses import model as m
from edigate.x12 import binding as b
from edigate.x12.binding import comp, el, loop, many, segment, texts
from edigate.x12.codecs import integer
from edigate.x12.decode import Decoder
from edigate.x12.encode import Encoder
from edigate.x12.envelope import TransactionSet
from edigate.x12.segments import Segment

GUIDE = "005010X231A1"


def _contexts() -> b.Segment:
    return many(
        "CTX",
        "contexts",
        m.Context,
        comp(1, el(1, "name"), el(2, "value")),
        el(2, "segment_id"),
        el(3, "segment_position"),
        el(4, "loop"),
        comp(5, el(1, "element"), el(2, "component"), el(3, "repetition")),
        comp(6, el(1, "data_element"), el(2, "component_data_element")),
    )


FUNCTIONAL_GROUP_RESPONSE = loop(
    "999",
    m.FunctionalGroupResponse,
    segment("AK1", el(1, "functional_id"), el(2, "control_number"), el(3, "guide")),
    loop(
        "2000",
        m.TransactionSetResponse,
        segment("AK2", el(1, "transaction_set"), el(2, "control_number"), el(3, "guide")),
        loop(
            "2100",
            m.SegmentError,
            segment("IK3", el(1, "segment_id"), el(2, "segment_position"), el(3, "loop"), el(4, "code")),
            _contexts(),
            loop(
                "2110",
                m.ElementError,
                segment(
                    "IK4",
                    comp(1, el(1, "element"), el(2, "component"), el(3, "repetition")),
                    el(2, "data_element"),
                    el(3, "code"),
                    el(4, "value"),
                ),
                _contexts(),
                field="element_errors",
                many=True,
            ),
            field="segment_errors",
            many=True,
        ),
        segment("IK5", el(1, "code"), texts(2, 6, "reasons")),
        field="transaction_sets",
        many=True,
    ),
    segment(
        "AK9",
        el(1, "code"),
        el(2, "sets_included", integer),
        el(3, "sets_received", integer),
        el(4, "sets_accepted", integer),
        texts(5, 9, "reasons"),
    ),
)

DECODER: Decoder[m.FunctionalGroupResponse] = Decoder(FUNCTIONAL_GROUP_RESPONSE)
ENCODER = Encoder(FUNCTIONAL_GROUP_RESPONSE)

# The 997's names for the same segments; a rejection must be understood whatever it is called.
FROM_997 = {"AK3": "IK3", "AK4": "IK4", "AK5": "IK5"}


def decode_functional_group_response(
    transaction_set: TransactionSet,
) -> tuple[m.FunctionalGroupResponse, list[Finding]]:
    """What became of a functional group and its sets, from a 999 or a 997."""
    return DECODER.decode(_as_999(transaction_set.segments), transaction_set.delimiters)


def _as_999(segments: Iterator[Segment]) -> Iterator[Segment]:
    for each in segments:
        name = FROM_997.get(each.elements[0])
        yield Segment([name, *each.elements[1:]], each.number, each.offset) if name else each
