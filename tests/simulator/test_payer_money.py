"""What payers pay and take back: every 835 balances to the cent, and each decision reads as it should."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.claims.model import Claim
from edigate.remits.balance import balance
from edigate.remits.model import AdjustmentGroup, ClaimPayment, Payment
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.decision import (
    Bundle,
    Carrier,
    Decision,
    Denial,
    Later,
    LineDenial,
    Movement,
    Recoding,
    Unbundle,
)
from edigate.simulator.delivery import Delivery
from edigate.simulator.envelope import AnswerFile
from edigate.simulator.rule import Match, Rule
from edigate.simulator.scenario import PayerForm, Scenario
from edigate.x12.pyx12_engine import pyx12_errors
from tests.simulator.claim_files import CHILD, NORTHWIND, WALK_IN, Clock, claim, claim_file, line
from tests.simulator.reading import claims_in, items_in, of_kind

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

PAYER = PayerForm(
    id=NORTHWIND.payer_id,
    name="NORTHWIND HEALTH PLAN",
    tax_id="361234567",
    address="1 GALE RD",
    city="SPRINGFIELD",
    state="IL",
    postal_code="62701",
    phone="5555550111",
)
D = Decimal
VISIT = line("99213", "165.00")
DRAW = line("36415", "18.00")
FEES = {"99213": "92.35", "36415": "8.57"}


def play(
    claims: Sequence[Claim], *rules: Rule, deliveries: tuple[Delivery, ...] = ()
) -> tuple[Clearinghouse, list[AnswerFile]]:
    """Everything that ever comes back for one file."""
    scenario = Scenario(
        name="test", today=date(2026, 6, 30), fees=FEES, payer=(PAYER,), rule=rules, delivery=deliveries
    )
    clearinghouse = Clearinghouse(scenario, clock=Clock())
    return clearinghouse, clearinghouse.answer("a.x12", claim_file(claims))


def payments(claims: Sequence[Claim], *rules: Rule) -> list[Payment]:
    return of_kind(play(claims, *rules)[1], Payment)


def adjudicated(decision: Decision, *lines: object, **changes: object) -> ClaimPayment:
    """The one claim payment that a decision makes of a visit with a blood draw."""
    billed = claim("A1", VISIT, DRAW, **changes)
    (payment,) = payments([billed], Rule(name="test", match=Match(claims=("A1",)), pay=decision))
    (made,) = claims_in(payment)
    return made


def reasons(groups: Sequence[AdjustmentGroup]) -> dict[str, str]:
    return {f"{group.group}{each.reason}": str(each.amount) for group in groups for each in group.adjustments}


def test_a_contract_pays_what_it_allows_and_writes_off_the_rest() -> None:
    made = adjudicated(Decision())
    assert (made.status, made.charge, made.paid, made.patient_responsibility) == ("1", D("183"), D("100.92"), D("0"))
    assert [(each.procedure, each.paid) for each in made.service_payments] == [
        ("99213", D("92.35")),
        ("36415", D("8.57")),
    ]
    assert [reasons(each.adjustment_groups) for each in made.service_payments] == [{"CO45": "72.65"}, {"CO45": "9.43"}]
    assert [each.line_item_control_number for each in made.service_payments] == ["A1-1", "A1-2"]


def test_a_deductible_is_used_up_line_by_line_and_a_coinsurance_counts_what_it_leaves() -> None:
    made = adjudicated(Decision(deductible="95.00", coinsurance_percent=20))
    visit, draw = (reasons(each.adjustment_groups) for each in made.service_payments)
    assert visit == {"CO45": "72.65", "PR1": "92.35"}
    assert draw == {"CO45": "9.43", "PR1": "2.65", "PR2": "1.18"}
    assert (made.paid, made.patient_responsibility) == (D("4.74"), D("96.18"))


def test_a_copay_is_the_patients() -> None:
    made = adjudicated(Decision(copay="30.00"))
    assert reasons(made.service_payments[0].adjustment_groups) == {"CO45": "72.65", "PR3": "30"}
    assert (made.paid, made.patient_responsibility) == (D("70.92"), D("30"))


def test_sequestration_comes_off_what_is_paid() -> None:
    made = adjudicated(Decision(coinsurance_percent=20, sequestration_percent=2))
    assert reasons(made.service_payments[0].adjustment_groups) == {"CO45": "72.65", "CO253": "1.48", "PR2": "18.47"}


def test_a_denial_pays_nothing_and_says_why() -> None:
    made = adjudicated(Decision(deny=Denial(reason="16", remarks=("M51", "MA130"))))
    assert (made.status, made.paid) == ("4", D("0"))
    assert [reasons(each.adjustment_groups) for each in made.service_payments] == [{"CO16": "165"}, {"CO16": "18"}]
    assert [remark.code for remark in made.service_payments[0].remarks] == ["M51", "MA130"]


def test_one_denied_line_leaves_the_claim_processed() -> None:
    made = adjudicated(Decision(deny_lines=(LineDenial(procedure="36415", reason="97"),)))
    assert (made.status, made.paid) == ("1", D("92.35"))


def test_a_forwarded_claim_names_its_carrier() -> None:
    made = adjudicated(Decision(forward=Carrier(name="HEARTLAND SUPPLEMENT", id="HRTSP")))
    assert made.status == "19"
    assert made.crossover_carrier is not None
    assert (made.crossover_carrier.last_name, made.crossover_carrier.id) == ("HEARTLAND SUPPLEMENT", "HRTSP")


def test_a_recoded_line_says_what_was_billed() -> None:
    made = adjudicated(Decision(recode=(Recoding(billed="99213", paid_as="99212"),)))
    assert [(each.procedure, each.billed_procedure) for each in made.service_payments] == [
        ("99212", "99213"),
        ("36415", ""),
    ]


def test_an_unbundled_line_is_paid_as_several_that_quote_it_and_the_claim_stays_what_it_was() -> None:
    into = ("36410", "99001", "99000")
    made = adjudicated(Decision(unbundle=(Unbundle(procedure="36415", into=into),), copay="95.00"))
    _, *parts = made.service_payments
    assert [(each.procedure, each.billed_procedure, each.charge, each.paid) for each in parts] == [
        ("36410", "36415", D("18"), D("1.98")),
        ("99001", "36415", D("0"), D("1.97")),
        ("99000", "36415", D("0"), D("1.97")),
    ]
    assert [reasons(each.adjustment_groups) for each in parts] == [
        {"CO45": "13.37", "PR3": "2.65"},
        {"OA94": "-1.97"},
        {"OA94": "-1.97"},
    ]
    assert {each.line_item_control_number for each in parts} == {"A1-2"}
    whole = adjudicated(Decision(copay="95.00"))
    assert (made.charge, made.paid, made.patient_responsibility) == (
        whole.charge,
        whole.paid,
        whole.patient_responsibility,
    )


def test_a_part_that_is_still_called_what_was_billed_quotes_nothing() -> None:
    made = adjudicated(Decision(unbundle=(Unbundle(procedure="36415", into=("36415", "99000")),)))
    assert [(each.procedure, each.billed_procedure) for each in made.service_payments[1:]] == [
        ("36415", ""),
        ("99000", "36415"),
    ]


def test_a_claim_without_lines_carries_its_adjustments_itself() -> None:
    made = adjudicated(Decision(claim_level=True, copay="30.00"))
    assert made.service_payments == []
    assert reasons(made.adjustment_groups) == {"CO45": "82.08", "PR3": "30"}


def test_a_dependents_remittance_names_patient_and_insured() -> None:
    made = adjudicated(Decision(), patient=CHILD)
    assert made.patient is not None
    assert made.insured is not None
    assert (made.patient.first_name, made.insured.first_name, made.insured.id) == ("PIP", "ODETTE", "NW100200300")


def test_interest_is_paid_beside_the_claim() -> None:
    (payment,) = payments([claim("A1")], Rule(name="test", match=Match(claims=("A1",)), pay=Decision(interest="4.18")))
    (made,) = claims_in(payment)
    assert payment.amount == D("96.53")
    assert [(item.reason, item.reference, item.amount) for item in items_in(payment)] == [
        ("L6", made.payer_claim_control_number, D("-4.18"))
    ]


def test_a_split_claim_comes_in_two_payments_that_make_one() -> None:
    split = Rule(name="test", match=Match(claims=("A1",)), pay=Decision(split_days=3))
    first, second = payments([claim("A1", VISIT, DRAW)], split)
    assert first.effective_date is not None
    assert second.effective_date is not None
    assert (second.effective_date - first.effective_date).days == 3
    parts = claims_in(first) + claims_in(second)
    assert [(part.patient_control_number, part.charge) for part in parts] == [("A1", D("165")), ("A1", D("18"))]
    assert [part.outpatient.remark_codes for part in parts if part.outpatient] == [["MA15"], ["MA15"]]


def test_a_correction_takes_everything_back_and_adjudicates_anew_in_one_835() -> None:
    corrected = Rule(
        name="test",
        match=Match(claims=("A1",)),
        pay=Decision(underpaid_by="40.00"),
        later=(Later(day=20, reverse=True, pay=Decision(deductible="10.00")),),
    )
    first, second = payments([claim("A1", VISIT, DRAW)], corrected)
    (original,) = claims_in(first)
    reversal, anew = claims_in(second)
    assert (reversal.status, reversal.payer_claim_control_number) == ("22", original.payer_claim_control_number)
    assert (reversal.charge, reversal.paid) == (D("-183"), D("-60.92"))
    assert reasons(reversal.service_payments[0].adjustment_groups) == {"CO45": "-112.65"}
    assert (anew.status, anew.paid, anew.patient_responsibility) == ("1", D("90.92"), D("10"))
    assert second.amount == D("30.00")


def test_a_payment_below_zero_is_forwarded_and_collected_from_the_next() -> None:
    taken_back = Rule(name="test", match=Match(claims=("A1",)), later=(Later(day=20, reverse=True),))
    late = Rule(name="test", match=Match(claims=("A2",)), day=27)
    clearinghouse, files = play([claim("A1"), claim("A2", VISIT, DRAW)], taken_back, late)
    _, notice, last = of_kind(files, Payment)
    assert (notice.handling, notice.amount, notice.method) == ("H", D("0"), "NON")
    assert [(item.reason, item.amount) for item in items_in(notice)] == [("FB", -D("92.35"))]
    assert last.amount == D("100.92") - D("92.35")
    (collected,) = items_in(last)
    assert (collected.reason, collected.reference, collected.amount) == ("FB", notice.trace_number, D("92.35"))
    assert clearinghouse.book.outcomes() == {"A1": "reversed", "A2": "paid"}


def test_a_takeback_names_the_claim_and_touches_nothing_else() -> None:
    recovered = Rule(name="test", match=Match(claims=("A1",)), later=(Later(day=20, takeback="25.00"),))
    first, second = payments([claim("A1")], recovered)
    takeback, forwarded = items_in(second)
    assert claims_in(second) == []
    assert (takeback.reason, takeback.amount) == ("WO", D("25"))
    assert takeback.reference == claims_in(first)[0].payer_claim_control_number
    assert (forwarded.reason, forwarded.amount) == ("FB", D("-25"))


def test_each_billing_provider_is_paid_apart() -> None:
    mine, theirs = payments([claim("A1"), claim("A2", billing_provider=WALK_IN)])
    assert [each.payee.id for each in (mine, theirs) if each.payee] == ["1234567893", WALK_IN.npi]


def test_a_resend_is_the_same_bytes_under_another_name() -> None:
    clearinghouse, files = play([claim("A1")], deliveries=(Delivery(kind="835", number=1, again=3),))
    first, again = [file for file in files if file.name.endswith(".835")]
    assert first.content == again.content
    assert first.name != again.name
    assert clearinghouse.book.claims["A1"].paid == D("92.35")


def test_a_claim_that_is_never_answered_stays_outstanding() -> None:
    clearinghouse, files = play([claim("A1")], Rule(name="test", match=Match(claims=("A1",)), silent=True))
    assert of_kind(files, Payment) == []
    assert clearinghouse.book.outcomes() == {"A1": "outstanding"}
    assert clearinghouse.book.claims["A1"].accepted


amounts = st.integers(0, 40_000).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
percents = st.integers(0, 100)
denials = st.none() | st.builds(Denial, group=st.sampled_from(["CO", "PR", "OA"]), reason=st.sampled_from(["16", "29"]))
decisions = st.builds(
    Decision,
    deductible=amounts,
    copay=amounts,
    coinsurance_percent=percents,
    sequestration_percent=percents,
    underpaid_by=amounts,
    deny=denials,
    deny_lines=st.just(()) | st.just((LineDenial(procedure="36415", reason="97"),)),
    interest=amounts,
    split_days=st.none() | st.integers(0, 3),
    claim_level=st.booleans(),
    bare_lines=st.booleans(),
    bundle=st.just(()) | st.just((Bundle(procedures=("36415", "99213"), into="99214"),)),
)
corrections = st.just(()) | st.builds(
    lambda pay, back, after, recover: (
        Later(
            day=20, reverse=True, pay=pay, pay_days=after if pay else 0, recover_days=recover, takeback=back,
            provider_adjustments=(Movement(reason="CS", amount=f"-{back}"),),
        ),
    ),
    st.none() | decisions,
    amounts,
    st.integers(0, 9),
    st.integers(0, 9),
)  # fmt: skip


@given(decisions, corrections, decisions)
def test_whatever_a_payer_decides_balances_to_the_cent(
    decision: Decision, later: tuple[Later, ...], other: Decision
) -> None:
    rules = (
        Rule(name="one", match=Match(claims=("A1",)), pay=decision, later=later),
        Rule(name="other", match=Match(claims=("A2",)), pay=other, day=25),
    )
    billed = [claim("A1", VISIT, DRAW, line("Z9999", "0.03")), claim("A2", DRAW, VISIT)]
    clearinghouse, files = play(billed, *rules)
    made = of_kind(files, Payment)
    assert [finding.message for payment in made for finding in balance(payment)] == []
    for payment in made:
        paid = sum((each.paid or Decimal(0) for each in claims_in(payment)), Decimal(0))
        moved = sum((each.amount or Decimal(0) for each in items_in(payment)), Decimal(0))
        assert payment.amount == paid - moved >= 0
    for record in clearinghouse.book.claims.values():
        standing = sum((entry.charge for entry in record.entries), Decimal(0))
        assert standing == record.paid + record.adjusted + record.patient
        assert standing in (0, record.charge)


def test_every_remittance_is_valid_for_pyx12() -> None:
    rules = (
        Rule(name="1", match=Match(claims=("A1",)), pay=Decision(deductible="50.00", interest="1.00")),
        Rule(name="2", match=Match(claims=("A2",)), pay=Decision(deny=Denial(reason="16", remarks=("M51",)))),
        Rule(name="3", match=Match(claims=("A3",)), later=(Later(day=20, reverse=True),)),
        Rule(name="4", match=Match(claims=("A4",)), pay=Decision(claim_level=True, forward=Carrier(name="S", id="S1"))),
        Rule(name="5", match=Match(claims=("A5",)), pay=Decision(recode=(Recoding(billed="99213", paid_as="99212"),))),
        Rule(name="6", match=Match(claims=("A6",)), later=(Later(day=27, takeback="5.00"),), day=25),
    )
    billed = [claim(f"A{n}", VISIT, DRAW) for n in range(1, 6)] + [claim("A6", patient=CHILD)]
    remittances = [file for file in play(billed, *rules)[1] if file.name.endswith(".835")]
    assert len(remittances) == 4
    assert [error for file in remittances for error in pyx12_errors(file.content)] == []
