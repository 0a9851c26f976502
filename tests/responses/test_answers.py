"""TA1, 999 and 277CA against public files and records made up at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.findings import Finding
from edigate.responses import model as m
from edigate.responses import ta1, x214, x231
from edigate.x12.encode import Encoder
from edigate.x12.envelope import TransactionSet
from tests.x12.roundtrip import (
    body,
    corpus_files,
    corpus_sets,
    encoded,
    needs_corpus,
    transaction_set,
    unbound,
    written,
)


def read(each: TransactionSet) -> tuple[Any, list[Finding], Encoder]:
    match each.id:
        case "TA1":
            return *ta1.decode_interchange_acknowledgment(each), ta1.ENCODER
        case "999":
            return *x231.decode_functional_group_response(each), x231.ENCODER
        case other:
            assert other == "277"
            return *x214.decode_claim_acknowledgment(each), x214.ENCODER


# Whole segments that no table claims, per file.
UNBOUND = {
    "006-cosyte.x12": 1,  # a received date at the provider's level
    "011-terravic.x12": 1,  # PWK: this one asks for documents, it only calls itself X214
}


@needs_corpus
@pytest.mark.parametrize("path", corpus_files("TA1", "999", "277CA"), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_public_answer_is_read_and_written_without_loss(path: Path) -> None:
    whole = 0
    for each, segments in corpus_sets(path):
        record, _, encoder = read(each)
        for segment in segments:  # a 997's segments in a 999 are read, and written, as the 999's
            segment.elements[0] = x231.FROM_997.get(segment.id, segment.id)
        theirs, ours = body(segments, each.delimiters), written(encoder.encode(record), each.delimiters)
        assert Counter(ours) == Counter(theirs)
        whole += sum(not kept.partial for kept in unbound(record))
    assert whole == (UNBOUND.get(path.name, 0) if path.parent.name == "277CA" else 0)


@needs_corpus
def test_broken_answers_are_read_as_far_as_they_go() -> None:
    read_ = 0
    for path in corpus_files("broken"):
        for each, segments in corpus_sets(path):
            if each.id in ("TA1", "999", "277"):
                record, _, encoder = read(each)
                kept = written(encoder.encode(record), each.delimiters)
                assert len(kept) >= len(body(segments, each.delimiters))
                read_ += 1
    assert read_ > 3


def test_a_ta1_names_our_interchange() -> None:
    answer, findings = ta1.decode_interchange_acknowledgment(transaction_set("TA1*000000019*250101*1200*R*025~"))
    assert answer == m.InterchangeAcknowledgment(
        interchange_control_number="000000019",
        interchange_date=date(2025, 1, 1),
        interchange_time=time(12),
        code="R",
        note="025",
    )
    assert findings == []


ERRORS_999 = (
    "ST*999*1~AK1*HC*17*005010X222A1~AK2*837*0001~IK5*A~AK2*837*0002~"
    "IK3*CLM*22**8~CTX*CLM01:C-1~IK4*2*782*1*12,5~IK4*5:3*1325*7*9~"
    "CTX*SITUATIONAL TRIGGER*CLM*43*2300*5:3*1325~IK5*R*5*I6~AK9*P*2*2*1*1~SE*12*1~"
)


def test_a_999_tells_each_sets_errors_with_their_element() -> None:
    answer, findings = x231.decode_functional_group_response(transaction_set(ERRORS_999))
    assert findings == []
    assert (answer.code, answer.sets_received, answer.sets_accepted, answer.reasons) == ("P", 2, 1, ["1"])
    rejected = answer.transaction_sets[1]
    assert (rejected.control_number, rejected.code, rejected.reasons) == ("0002", "R", ["5", "I6"])
    error = rejected.segment_errors[0]
    assert error.contexts == [m.Context(name="CLM01", value="C-1")]
    second = error.element_errors[1]
    assert (second.element, second.component, second.code, second.value) == ("5", "3", "7", "9")
    assert second.contexts[0].data_element == "1325"


def test_a_997_is_understood_as_a_999() -> None:
    answer, _ = x231.decode_functional_group_response(
        transaction_set("ST*997*1~AK1*HC*17~AK2*837*0001~AK3*CLM*22**8~AK4*2*782*1~AK5*R*5~AK9*R*1*1*0~SE*8*1~")
    )
    (rejected,) = answer.transaction_sets
    assert (rejected.code, rejected.segment_errors[0].element_errors[0].code) == ("R", "1")


def test_a_batch_rejected_whole_lists_no_claims() -> None:
    answer, _ = x214.decode_claim_acknowledgment(
        transaction_set(
            "ST*277*1~BHT*0085*08*R1*20260102*1025*TH~HL*1**20*1~NM1*PR*2*PAYER*****PI*P1~TRN*1*T~"
            "DTP*050*D8*20260101~DTP*009*D8*20260102~"
            "HL*2*1*21*0~NM1*41*2*CLINIC*****46*S1~TRN*2*BATCH-7~STC*A3:24:41*20260102*U*150~QTY*AA*5~AMT*YY*300~SE*1*1~"
        )
    )
    (source,) = answer.sources
    (receiver,) = source.receivers
    assert (source.entity, source.received_date) == ("PR", date(2026, 1, 1))
    assert receiver.batch_reference == "BATCH-7"
    assert receiver.statuses[0].codes == [m.StatusCode(category="A3", status="24", entity="41")]
    assert receiver.totals == m.Totals(rejected_count=5, rejected_amount=Decimal(300))
    assert receiver.providers == []


def test_claims_without_a_providers_level_are_still_claims() -> None:
    answer, _ = x214.decode_claim_acknowledgment(
        transaction_set(
            "ST*277*1~BHT*0085*08*R1*20260102*1025*TH~HL*1**20*1~NM1*AY*2*HOUSE*****46*H1~HL*2*1*21*1~"
            "TRN*2*BATCH-7~HL*3*2*PT~NM1*QC*1*DOE*JO~TRN*2*C1~STC*A7:562:85*20260102*U*150******A7:21*A8:496*BAD NPI~"
            "HL*4*2*PT~TRN*2*C2~STC*A2:20*20260102*WQ*10~SVC*HC:99213*10*****1~STC*A2:20**WQ~REF*FJ*L1~SE*1*1~"
        )
    )
    first, second = answer.sources[0].receivers[0].providers[0].claims
    assert first.patient_control_number == "C1"
    assert [code.category for code in first.statuses[0].codes] == ["A7", "A7", "A8"]
    assert first.statuses[0].text == "BAD NPI"
    assert second.lines[0].line_item_control_number == "L1"
    assert second.lines[0].units == 1


@pytest.mark.parametrize("unknown", ["", "ZZZ*KEPT~"], ids=["usual", "with a segment nobody knows"])
def test_a_patients_level_says_nothing_of_levels_below_for_there_can_be_none(unknown: str) -> None:
    """X214 2000D doesn't use HL04, where the levels above need it."""
    text = (
        "BHT*0085*08*R1*20260102*1025*TH~HL*1**20*1~NM1*PR*2*PAYER*****46*P1~HL*2*1*21*1~TRN*2*BATCH-7~"
        f"HL*3*2*19*1~NM1*85*2*CLINIC*****XX*1234567893~HL*4*3*PT~NM1*QC*1*DOE*JO~TRN*2*C1~{unknown}"
    )
    answer, _ = x214.decode_claim_acknowledgment(transaction_set(f"ST*277*1~{text}SE*1*1~"))
    assert "".join(f"{'*'.join(map(_joined, each))}~" for each in x214.ENCODER.encode(answer)) == text


def _joined(element: str | Sequence[str]) -> str:
    return element if isinstance(element, str) else ":".join(element)


# --- records at random

TEXT = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-", min_size=1, max_size=12).map(str.strip).filter(bool)
MAYBE = st.just("") | TEXT
CODE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=3)
NUMBER = st.integers(1, 999).map(str)
COUNT = st.none() | st.integers(0, 9999)
AMOUNT = st.none() | st.decimals(-(10**7), 10**7, places=2)
DAY = st.none() | st.dates(date(1990, 1, 1), date(2060, 1, 1))


def few(strategy: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=least, max_size=2)


CONTEXTS = few(
    st.builds(m.Context, name=TEXT, value=MAYBE, segment_id=MAYBE, element=NUMBER, component=st.just("") | NUMBER)
)
ELEMENT_ERROR = st.builds(
    m.ElementError, element=NUMBER, component=st.just("") | NUMBER, data_element=NUMBER, code=CODE, value=MAYBE,
    contexts=CONTEXTS,
)  # fmt: skip
SEGMENT_ERROR = st.builds(
    m.SegmentError, segment_id=CODE, segment_position=NUMBER, loop=MAYBE, code=CODE, contexts=CONTEXTS,
    element_errors=few(ELEMENT_ERROR),
)  # fmt: skip
GROUP_RESPONSE = st.builds(
    m.FunctionalGroupResponse,
    functional_id=st.just("HC"),
    control_number=NUMBER,
    guide=MAYBE,
    transaction_sets=few(
        st.builds(
            m.TransactionSetResponse, transaction_set=st.just("837"), control_number=NUMBER,
            segment_errors=few(SEGMENT_ERROR), code=st.sampled_from("AER"), reasons=few(CODE),
        )
    ),
    code=st.sampled_from("AEPR"),
    sets_included=COUNT,
    sets_received=COUNT,
    sets_accepted=COUNT,
    reasons=few(CODE),
)  # fmt: skip


@given(GROUP_RESPONSE)
def test_a_999_written_is_read_as_it_was(answer: m.FunctionalGroupResponse) -> None:
    assert x231.decode_functional_group_response(encoded(x231.ENCODER, answer)) == (answer, [])


@given(
    st.builds(
        m.InterchangeAcknowledgment,
        interchange_control_number=NUMBER,
        # six digits: the year is one of a hundred
        interchange_date=st.none() | st.dates(date(1970, 1, 1), date(2069, 12, 31)),
        interchange_time=st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0)),
        code=st.sampled_from("AER"),
        note=CODE,
    )
)
def test_a_ta1_written_is_read_as_it_was(answer: m.InterchangeAcknowledgment) -> None:
    assert ta1.decode_interchange_acknowledgment(encoded(ta1.ENCODER, answer)) == (answer, [])


STATUSES = few(
    st.builds(
        m.Status,
        codes=st.lists(
            st.builds(m.StatusCode, category=CODE, status=CODE, entity=st.just("") | CODE), min_size=1, max_size=3
        ),
        effective_date=DAY,
        action=st.sampled_from(["WQ", "U"]),
        amount=AMOUNT,
        text=MAYBE,
    )
)
TOTALS = st.none() | st.builds(m.Totals, accepted_count=st.integers(0, 9), rejected_amount=AMOUNT)
REFERENCES = few(st.builds(m.Identifier, qualifier=st.sampled_from(["EA", "XZ"]), value=TEXT))
LINE = st.builds(
    m.LineStatus, procedure_qualifier=st.just("HC"), procedure=CODE, modifiers=few(CODE), charge=AMOUNT,
    statuses=STATUSES, line_item_control_number=MAYBE, secondary_ids=REFERENCES, service_date=DAY,
)  # fmt: skip
CLAIM = st.builds(
    m.ClaimStatus, last_name=TEXT, first_name=MAYBE, id_qualifier=st.just("MI"), member_id=TEXT,
    patient_control_number=MAYBE, statuses=STATUSES, payer_claim_control_number=MAYBE,
    clearinghouse_trace_number=MAYBE, bill_type=MAYBE, secondary_ids=REFERENCES, service_date=DAY, lines=few(LINE),
)  # fmt: skip
PROVIDER = st.builds(
    m.ProviderStatus, entity_type=st.sampled_from("12"), name=TEXT, id_qualifier=st.just("XX"), id=TEXT,
    trace_number=MAYBE, statuses=STATUSES, totals=TOTALS, secondary_ids=REFERENCES, claims=few(CLAIM),
)  # fmt: skip
RECEIVER = st.builds(
    m.ReceiverStatus, entity_type=st.just("2"), name=TEXT, id_qualifier=st.just("46"), id=TEXT, batch_reference=MAYBE,
    statuses=STATUSES, totals=TOTALS, providers=few(PROVIDER),
)  # fmt: skip
CLAIM_ACKNOWLEDGMENT = st.builds(
    m.ClaimAcknowledgment,
    reference=TEXT,
    created_on=DAY,
    created_at=st.none() | st.times().map(lambda t: t.replace(microsecond=0)),
    transaction_type=st.just("TH"),
    sources=few(
        st.builds(
            m.SourceStatus, entity=st.sampled_from(["AY", "PR"]), name=TEXT, id_qualifier=st.just("PI"), id=TEXT,
            trace_number=MAYBE, received_date=DAY, processed_date=DAY, receivers=few(RECEIVER),
        )
    ),
)  # fmt: skip


@given(CLAIM_ACKNOWLEDGMENT)
def test_a_277ca_written_is_read_as_it_was(answer: m.ClaimAcknowledgment) -> None:
    assert x214.decode_claim_acknowledgment(encoded(x214.ENCODER, answer)) == (answer, [])
