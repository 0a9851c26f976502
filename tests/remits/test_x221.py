"""The 835 against public files, another vendor's reading of them, and records made up at random."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.remits import model as m
from edigate.remits.x221 import ENCODER, decode_payment, stream_payment
from tests.remits.goldens import Golden, goldens
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

FILES = corpus_files("835")

# Whole segments that no table claims, per file: broken by their authors, each for the reason given.
UNBOUND = {
    "025-Query-farm.x12": 3,  # NM1 where N1 belongs; a claim's date on a line
    "051-clawdgeorge-prog.x12": 1,  # a DTP written as DTM
    "054-genformai.x12": 5,  # DTM*484 on lines
}


@needs_corpus
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_public_835_is_read_and_written_without_loss(path: Path) -> None:
    whole = 0
    for each, segments in corpus_sets(path):
        payment, _ = decode_payment(each)
        theirs, ours = body(segments, each.delimiters), written(ENCODER.encode(payment), each.delimiters)
        assert Counter(ours) == Counter(theirs)
        whole += sum(not kept.partial for kept in unbound(payment))
    assert whole == UNBOUND.get(path.name, 0)


@needs_corpus
def test_broken_835s_are_read_as_far_as_they_go() -> None:
    read = 0
    for path in corpus_files("broken"):
        for each, segments in corpus_sets(path):
            if each.id == "835":
                payment, _ = decode_payment(each)
                ours = Counter(written(ENCODER.encode(payment), each.delimiters))
                assert Counter(body(segments, each.delimiters)) <= ours  # nothing lost
                read += 1
    assert read > 10


@needs_corpus
def test_streaming_gives_the_same_claims_as_reading_whole() -> None:
    claims = 0
    for path in FILES:
        for (each, _), (again, _) in zip(corpus_sets(path), corpus_sets(path), strict=True):
            payment, _ = decode_payment(each)
            stream = stream_payment(again)
            streamed = list(stream)
            assert [one.claim for one in streamed] == [c for h in payment.headers for c in h.claims]
            assert stream.payment.provider_adjustments == payment.provider_adjustments
            assert all(one.payment.trace_number == payment.trace_number for one in streamed)
            claims += len(streamed)
    assert claims > 100


def test_a_streamed_claim_knows_its_segments_and_what_was_paid_before_the_plb() -> None:
    stream = stream_payment(
        transaction_set(
            "ST*835*1~BPR*I*90*C*ACH~TRN*1*T1*1999999999~N1*PR*PAYER~N1*PE*CLINIC*XX*1~"
            "LX*7~TS3*1*11*20261231*2*200~"
            "CLP*A*1*100*60*40*12*P1~CAS*PR*1*40~CLP*B*1*100*40*60*12*P2~SVC*HC:1*100*40~CAS*PR*1*60~"
            "PLB*1*20261231*WO:A*10~SE*13*1~"
        )
    )
    seen = list(stream)
    assert [(one.claim.patient_control_number, one.first_segment, one.last_segment) for one in seen] == [
        ("A", 8, 9),
        ("B", 10, 12),
    ]
    assert seen[0].payment.amount == 90
    assert seen[0].header.number == "7"
    assert seen[0].header.provider_summary == m.ProviderSummary(
        provider_id="1", facility_code="11", fiscal_period_end=date(2026, 12, 31), claim_count=2, charge=Decimal(200)
    )
    assert stream.payment.provider_adjustments[0].items == [
        m.ProviderAdjustmentItem(reason="WO", reference="A", amount=Decimal(10))
    ]


def test_claims_without_lx_are_read_all_the_same_and_written_as_they_came() -> None:
    text = "BPR*I*1*C*ACH~TRN*1*T*1~CLP*A*1*1*1~CLP*B*1*0*0~PLB*9*20261231*CS:X*0~"
    payment, _ = decode_payment(transaction_set(text))
    assert [claim.patient_control_number for claim in payment.headers[0].claims] == ["A", "B"]
    assert payment.provider_adjustments[0].items[0].reference == "X"
    assert "LX" not in [segment[0] for segment in ENCODER.encode(payment)]


def test_a_new_payment_is_written_with_the_lx_the_guide_asks_for() -> None:
    payment = m.Payment(headers=[m.HeaderNumber(claims=[m.ClaimPayment(patient_control_number="A")])])
    assert ["LX", "1"] in list(ENCODER.encode(payment))


def test_what_was_billed_and_what_was_paid_are_told_apart() -> None:
    payment, _ = decode_payment(
        transaction_set(
            "BPR*I*1*C*ACH~LX*1~CLP*A*1*100*80~SVC*HC:99213:25:59*100*80*0450*1*HC:99214:25**2~"
            "DTM*150*20260102~DTM*151*20260104~REF*6R*L1~REF*0K*P1~AMT*B6*80~LQ*HE*N130~"
        )
    )
    line = payment.headers[0].claims[0].service_payments[0]
    assert (line.procedure, line.modifiers, line.units_paid) == ("99213", ["25", "59"], Decimal(1))
    assert (line.billed_procedure, line.billed_modifiers) == ("99214", ["25"])
    assert (line.service_date, line.service_date_end) == (date(2026, 1, 2), date(2026, 1, 4))
    assert line.line_item_control_number == "L1"
    assert line.secondary_ids == [m.Identifier(qualifier="0K", value="P1")]
    assert line.remarks == [m.Remark(qualifier="HE", code="N130")]


def test_a_date_that_is_none_is_told_with_its_place_and_the_payment_still_read() -> None:
    payment, findings = decode_payment(transaction_set("ST*835*1~BPR*I*12.5*C*CHK************20260231~TRN*1*T*1~"))
    assert payment.amount == Decimal("12.5")
    assert payment.effective_date is None
    assert [(f.segment_id, f.element, f.segment_position) for f in findings] == [("BPR", 16, 2)]


@needs_corpus
@pytest.mark.parametrize("golden", goldens(), ids=lambda golden: golden.name)
def test_amounts_equal_another_vendors_reading(golden: Golden) -> None:
    payments = [decode_payment(each)[0] for each, _ in corpus_sets(golden.source)]
    assert golden.totals <= {payment.amount for payment in payments}
    ours = {
        claim.patient_control_number: claim
        for payment in payments
        for header in payment.headers
        for claim in header.claims
    }
    assert {each.patient_control_number for each in golden.claims} <= ours.keys()
    for theirs in golden.claims:
        claim = ours[theirs.patient_control_number]
        assert (claim.charge, claim.paid) == (theirs.charge, theirs.paid)
        assert (claim.patient_responsibility or 0) == theirs.patient_responsibility
        assert _adjustments(claim)[: golden.most] == theirs.adjustments
        lines = [
            (line.charge, line.paid, _adjustments(line)[: golden.most], _amount(line, "B6"))
            for line in claim.service_payments
        ]
        assert lines == theirs.lines
        assert _amount(claim, "AU") == theirs.coverage
    moved = [
        (item.reason, item.reference, item.amount)
        for payment in payments
        for each in payment.provider_adjustments
        for item in each.items
    ]
    assert [one for one in moved if one in golden.provider_adjustments] == golden.provider_adjustments


def _amount(record: m.ClaimPayment | m.ServicePayment, qualifier: str) -> Decimal | None:
    return next((each.amount for each in record.amounts if each.qualifier == qualifier), None)


def _adjustments(record: m.ClaimPayment | m.ServicePayment) -> list[tuple[str, str, Decimal | None]]:
    return [(g.group, a.reason, a.amount) for g in record.adjustment_groups for a in g.adjustments]


# --- records at random

TEXT = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-", min_size=1, max_size=12).map(str.strip).filter(bool)
CODE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=3)
AMOUNT = st.decimals(-(10**7), 10**7, places=2)
DAY = st.dates(date(1990, 1, 1), date(2060, 1, 1))
OPTIONAL_TEXT = st.just("") | TEXT
OPTIONAL_AMOUNT = st.none() | AMOUNT


def few(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=2)


ADJUSTMENTS = few(
    st.builds(
        m.AdjustmentGroup,
        group=st.sampled_from(["CO", "PR", "OA", "PI"]),
        adjustments=st.lists(
            st.builds(m.Adjustment, reason=CODE, amount=AMOUNT, quantity=st.none() | AMOUNT), min_size=1, max_size=6
        ),
    )
)
REFERENCES = few(st.builds(m.Identifier, qualifier=st.sampled_from(["G1", "0K", "EA"]), value=TEXT))
AMOUNTS = few(st.builds(m.Amount, qualifier=CODE, amount=AMOUNT))
QUANTITIES = few(st.builds(m.Quantity, qualifier=CODE, quantity=AMOUNT))
PERSON = st.none() | st.builds(
    m.Person, entity_type=st.sampled_from("12"), last_name=TEXT, first_name=OPTIONAL_TEXT, suffix=OPTIONAL_TEXT
)
CONTACTS = few(st.builds(m.Contact, function=st.sampled_from(["CX", "BL"]), name=TEXT, phone=OPTIONAL_TEXT,
                         email=OPTIONAL_TEXT))  # fmt: skip
LINE = st.builds(
    m.ServicePayment,
    procedure_qualifier=st.just("HC"),
    procedure=CODE,
    modifiers=few(CODE),
    charge=AMOUNT,
    paid=AMOUNT,
    units_paid=OPTIONAL_AMOUNT,
    billed_procedure=OPTIONAL_TEXT,
    service_date_qualifier=st.just("150"),
    service_date=DAY,
    service_date_end=st.none() | DAY,
    adjustment_groups=ADJUSTMENTS,
    line_item_control_number=OPTIONAL_TEXT,
    secondary_ids=REFERENCES,
    amounts=AMOUNTS,
    quantities=QUANTITIES,
    remarks=few(st.builds(m.Remark, qualifier=st.just("HE"), code=CODE)),
)
CLAIM = st.builds(
    m.ClaimPayment,
    patient_control_number=TEXT,
    status=st.sampled_from(["1", "2", "4", "22"]),
    charge=AMOUNT,
    paid=AMOUNT,
    patient_responsibility=OPTIONAL_AMOUNT,
    payer_claim_control_number=OPTIONAL_TEXT,
    drg_weight=OPTIONAL_AMOUNT,
    adjustment_groups=ADJUSTMENTS,
    patient=PERSON,
    corrected_insured=PERSON,
    crossover_carrier=PERSON,
    inpatient=st.none() | st.builds(m.InpatientRemarks, covered_days=AMOUNT, remark_codes=few(CODE)),
    outpatient=st.none() | st.builds(m.OutpatientRemarks, payable_amount=AMOUNT, remark_codes=few(CODE)),
    secondary_ids=REFERENCES,
    statement_from=st.none() | DAY,
    received_date=st.none() | DAY,
    contacts=CONTACTS,
    amounts=AMOUNTS,
    quantities=QUANTITIES,
    service_payments=few(LINE),
)
PARTY = st.builds(
    m.Party,
    name=TEXT,
    id_qualifier=st.just("XX"),
    id=TEXT,
    address_line1=OPTIONAL_TEXT,
    city=OPTIONAL_TEXT,
    secondary_ids=REFERENCES,
)
PAYMENT = st.builds(
    m.Payment,
    handling=st.just("I"),
    amount=AMOUNT,
    credit_debit=st.sampled_from("CD"),
    effective_date=st.none() | DAY,
    trace_number=TEXT,
    trace_payer_id=OPTIONAL_TEXT,
    receiver_id=OPTIONAL_TEXT,
    production_date=st.none() | DAY,
    payer=st.none() | PARTY,
    payee=st.none() | PARTY,
    headers=few(
        st.builds(
            m.HeaderNumber,
            number=CODE,
            provider_summary=st.none() | st.builds(m.ProviderSummary, provider_id=TEXT, charge=OPTIONAL_AMOUNT),
            claims=few(CLAIM),
        )
    ),
    provider_adjustments=few(
        st.builds(
            m.ProviderAdjustment,
            provider_id=TEXT,
            fiscal_period_end=DAY,
            items=st.lists(
                st.builds(m.ProviderAdjustmentItem, reason=CODE, reference=OPTIONAL_TEXT, amount=AMOUNT),
                min_size=1,
                max_size=6,
            ),
        )
    ),
)


@given(PAYMENT)
def test_a_payment_written_is_read_as_it_was(payment: m.Payment) -> None:
    decoded, findings = decode_payment(encoded(ENCODER, payment))
    assert findings == []
    assert decoded == payment
