"""The next payer's claim balances whatever the payer before decided, and says who is who."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edigate.claims.edits import edit
from edigate.claims.model import Claim, OtherSubscriber
from edigate.reconcile.next_claim import next_claim, next_number
from edigate.reconcile.secondary import (
    DecidedService,
    Decision,
    Reduction,
    Why,
    judge,
    next_payer,
    outcome_of,
    settled_before,
)
from edigate.x12.envelope import EnvelopeReader
from tests.claims.made_up import X222
from tests.simulator.claim_files import CHILD, SUBSCRIBER, claim, claim_file, line

SECOND = OtherSubscriber(
    responsibility="S", relationship="18", filing_indicator="CI", last_name="QUILLFEATHER", first_name="ODETTE",
    member_id="SUP1", address=SUBSCRIBER.address, payer_name="SOUTHWIND SUPPLEMENT", payer_id="SWSP2",
    benefits_assignment="Y", release_of_information="Y",
)  # fmt: skip
THIRD = OtherSubscriber(responsibility="T", relationship="18", payer_name="EASTWIND", payer_id="EW3", member_id="E3")

cents = st.integers(min_value=-30_000, max_value=30_000).map(lambda n: Decimal(n) / 100)
reasons = st.tuples(
    st.sampled_from(("CO", "PR", "OA", "PI")), st.sampled_from(("1", "2", "3", "45", "97", "23", "253"))
)


@st.composite
def decided_lines(draw: st.DrawFn) -> tuple[Claim, list[Decision]]:
    """A claim, and what a payer decided of it: perhaps taken back and decided anew, perhaps in several parts."""
    charges = draw(st.lists(st.integers(min_value=1, max_value=50_000), min_size=1, max_size=4))
    lines = [line("99213", str(Decimal(charge) / 100)) for charge in charges]
    billed = claim("A1", *lines, other_subscribers=[SECOND])
    first = _decided(draw, billed)
    decisions = [first]
    if draw(st.booleans()):
        decisions += [_negated(first), _decided(draw, billed)]
    return billed, decisions


def _decided(draw: st.DrawFn, billed: Claim) -> Decision:
    """A decision that adds up, as everything posted does: charge = paid + reductions, by line and claim."""
    services = []
    of_claim = [Reduction(*key, amount) for key, amount in draw(st.dictionaries(reasons, cents, max_size=2)).items()]
    for place, each in enumerate(billed.service_lines):
        cuts = [Reduction(*key, amount) for key, amount in draw(st.dictionaries(reasons, cents, max_size=8)).items()]
        charge = each.charge or Decimal(0)
        paid = charge - sum((cut.amount for cut in cuts), Decimal(0))
        services.append(
            DecidedService(line=place, charge=charge, paid=paid, procedure=each.procedure, reductions=tuple(cuts))
        )
    paid = sum((one.paid for one in services), Decimal(0)) - sum((cut.amount for cut in of_claim), Decimal(0))
    return Decision(
        status="1",
        charge=billed.total_charge or Decimal(0),
        paid=paid,
        paid_on=date(2026, 7, 10),
        payer_claim_control_number="PCN1",
        reductions=tuple(of_claim),
        services=tuple(services),
    )


def _negated(one: Decision) -> Decision:
    def turned(cuts: tuple[Reduction, ...]) -> tuple[Reduction, ...]:
        return tuple(Reduction(cut.group, cut.reason, -cut.amount) for cut in cuts)

    return Decision(
        status="22",
        charge=-one.charge,
        paid=-one.paid,
        payer_claim_control_number=one.payer_claim_control_number,
        reductions=turned(one.reductions),
        services=tuple(
            DecidedService(
                line=each.line,
                charge=-each.charge,
                paid=-each.paid,
                procedure=each.procedure,
                reductions=turned(each.reductions),
            )
            for each in one.services
        ),
    )


@given(decided_lines())
@settings(max_examples=60)
def test_whatever_was_decided_the_next_claim_balances(case: tuple[Claim, list[Decision]]) -> None:
    billed, decisions = case
    verdict = judge(billed, decisions)
    assert verdict.why in (Why.READY, Why.NOTHING_LEFT, Why.BELOW_ZERO)
    if verdict.why is not Why.READY:
        return
    made = next_claim(billed, outcome_of(decisions), verdict.remaining, "A1-2")
    codes = {finding.code for finding in edit(made, date(2026, 7, 20))}
    assert not codes & {"COB-SUM", "COB-LINE-SUM", "COB-PAYER", "COB-ORDER", "COB-PAID", "COB-DATE", "COB-DATE-TWICE"}
    (before,) = made.other_subscribers
    assert before.paid_amount == decisions[-1].paid  # a reversal and what it reverses leave no trace
    owed = before.remaining_liability
    if owed is None:
        owed = sum((one.remaining_liability or Decimal(0) for each in made.service_lines for one in each.adjudications),
                   Decimal(0))  # fmt: skip
    assert owed == verdict.remaining
    assert settled_before(made) == (billed.total_charge or Decimal(0)) - verdict.remaining
    assert all(len(group.adjustments) <= 6 for group in before.adjustment_groups)


PAID = Decision(
    status="1", charge=Decimal(165), paid=Decimal(100), paid_on=date(2026, 7, 10), payer_claim_control_number="PCN1",
    reductions=(Reduction("CO", "45", Decimal(45)), Reduction("PR", "2", Decimal(20))),
)  # fmt: skip


def _next(billed: Claim, decision: Decision = PAID) -> Claim:
    verdict = judge(billed, [decision])
    assert verdict.why is Why.READY
    return next_claim(billed, outcome_of([decision]), verdict.remaining, "A1-2")


def test_it_is_written_and_read_back_the_same() -> None:
    made = _next(claim("A1", other_subscribers=[SECOND]))
    ((back,),) = [list(X222.decode_claims(each)) for each in EnvelopeReader([claim_file([made])], file="made")]
    assert back.other_subscribers == made.other_subscribers
    assert (back.subscriber, back.payer) == (made.subscriber, made.payer)


def test_a_child_under_the_other_parents_plan_stays_the_patient() -> None:
    other = OtherSubscriber(
        responsibility="S", relationship="19", last_name="FENWICK", first_name="ABEL", member_id="F1", payer_id="FW",
        payer_name="FENWIND",
    )  # fmt: skip
    made = _next(claim("A1", patient=CHILD, other_subscribers=[other]))
    assert made.patient is not None
    assert made.subscriber is not None
    assert (made.patient.first_name, made.patient.relationship, made.subscriber.relationship) == ("PIP", "19", "")
    assert (made.subscriber.last_name, made.other_subscribers[0].relationship) == ("FENWICK", "19")


def test_a_patient_with_a_plan_of_their_own_becomes_the_insured() -> None:
    made = _next(claim("A1", patient=CHILD, other_subscribers=[SECOND]))
    assert made.patient is None
    assert made.subscriber is not None
    assert (made.subscriber.relationship, made.subscriber.birth_date) == ("18", CHILD.birth_date)


def test_numbers_that_a_payer_gave_stay_with_it() -> None:
    billed = claim("A1", prior_authorization="AUTH1", payer_claim_control_number="OLD1", frequency_code="7",
                   other_subscribers=[SECOND])  # fmt: skip
    made = _next(billed)
    assert (made.prior_authorization, made.payer_claim_control_number, made.frequency_code) == ("", "", "1")
    assert made.other_subscribers[0].payer_prior_authorization == "AUTH1"


def test_the_nearest_payer_comes_first_and_the_others_stay() -> None:
    billed = claim("A1", other_subscribers=[THIRD, SECOND])
    following = next_payer(billed)
    assert following is SECOND
    assert [other.responsibility for other in _next(billed).other_subscribers] == ["P", "T"]
    assert next_payer(_next(billed)) is THIRD


def test_a_service_for_no_line_of_ours_needs_a_person() -> None:
    service = DecidedService(line=None, charge=Decimal(165), paid=Decimal(100), procedure="99999",
                             reductions=PAID.reductions)  # fmt: skip
    decision = Decision(status="1", charge=Decimal(165), paid=Decimal(100), services=(service,))
    assert judge(claim("A1", other_subscribers=[SECOND]), [decision]).why is Why.LINES_DIFFER


def test_a_line_answered_in_two_parts_has_both() -> None:
    half = [
        DecidedService(line=0, charge=Decimal(charge), paid=Decimal(paid), procedure=code,
                       reductions=(Reduction("PR", "2", Decimal(charge) - Decimal(paid)),))
        for charge, paid, code in ((100, 80, "99212"), (65, 50, "99024"))
    ]  # fmt: skip
    decision = Decision(status="1", charge=Decimal(165), paid=Decimal(130), services=tuple(half))
    made = _next(claim("A1", other_subscribers=[SECOND]), decision)
    assert [one.procedure for one in made.service_lines[0].adjudications] == ["99212", "99024"]
    assert [f.code for f in edit(made, date(2026, 7, 20)) if f.code.startswith("COB-LINE")] == []


@pytest.mark.parametrize(
    ("number", "responsibility", "expected"),
    [
        ("E1", "S", "E1-2"),
        ("E1-2", "T", "E1-3"),  # from the second payer's claim
        ("E1", "T", "E1-3"),
        ("123456789012345678", "S", "123456789012345678-2"),
        ("1234567890123456789", "S", "42-2"),  # would come back cut
    ],
)
def test_the_number_of_the_next_claim(number: str, responsibility: str, expected: str) -> None:
    assert next_number(number, responsibility, 42) == expected
