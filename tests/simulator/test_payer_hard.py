"""What makes posting hard, one habit of payers and clearinghouses at a time, and the hard scenario as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache

import msgspec
import pytest

from edigate.claims.edits import edit
from edigate.claims.model import Claim
from edigate.findings import Severity, has_errors
from edigate.mapping.engine import load_mapping
from edigate.remits.balance import balance
from edigate.remits.model import ClaimPayment, Payment
from edigate.responses.model import ClaimAcknowledgment, FunctionalGroupResponse, InterchangeAcknowledgment
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.clock import SteppedClock
from edigate.simulator.decision import Bundle, Decision, Denial, Later, Movement
from edigate.simulator.delivery import Delivery
from edigate.simulator.envelope import AnswerFile
from edigate.simulator.rule import BatchRejection, Match, Rule
from edigate.simulator.scenario import Organisation, PayerForm, Scenario, Stranger, load_scenario
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.validate import validate
from tests.conftest import REPOSITORY
from tests.simulator.claim_files import EVENING, WALK_IN, Clock, claim, claim_file
from tests.simulator.reading import claims_in, items_in, of_kind, read, statuses
from tests.simulator.test_payer_money import DRAW, FEES, PAYER, VISIT, reasons

D = Decimal
OTHER = PayerForm(
    id="SUMMU", name="SUMMIT MUTUAL", tax_id="361234568", address="2 GALE RD", city="PEORIA", state="IL",
    postal_code="61602", phone="5555550112",
)  # fmt: skip


def scenario(*rules: Rule, **changes: object) -> Scenario:
    return Scenario(name="test", today=date(2026, 6, 30), fees=FEES, rule=rules, **{"payer": (PAYER, OTHER)} | changes)  # type: ignore[arg-type]  # keys by the test


def play(played: Scenario, *sets: Sequence[Claim]) -> tuple[Clearinghouse, list[AnswerFile]]:
    """Everything that ever comes back for one file."""
    clearinghouse = Clearinghouse(played, clock=Clock())
    return clearinghouse, clearinghouse.answer("a.x12", claim_file(*sets))


def paid(decision: Decision, *later: Later, **changes: object) -> list[Payment]:
    rule = Rule(name="test", match=Match(claims=("A1",)), pay=decision, later=later)
    return of_kind(play(scenario(rule, **changes), [claim("A1", VISIT, DRAW)])[1], Payment)


def one(decision: Decision) -> ClaimPayment:
    (payment,) = paid(decision)
    (made,) = claims_in(payment)
    return made


def to_other(number: str, **changes: object) -> Claim:
    made = claim(number, **changes)
    assert made.payer is not None
    made.payer = type(made.payer)(name="SUMMIT MUTUAL", payer_id="SUMMU")
    return made


# --- how a payer decides


def test_a_claim_may_be_paid_as_two_in_one_835() -> None:
    (payment,) = paid(Decision(split_days=0))
    first, second = claims_in(payment)
    assert (first.patient_control_number, second.patient_control_number) == ("A1", "A1")
    assert (first.charge, second.charge) == (D("165"), D("18"))
    assert first.payer_claim_control_number != second.payer_claim_control_number


def test_a_bundle_is_borne_by_its_first_line_and_adds_up() -> None:
    made = one(Decision(bundle=(Bundle(procedures=("36415", "99213"), into="99214"),)))
    first, second = made.service_payments
    assert [(each.procedure, each.billed_procedure) for each in (first, second)] == [
        ("99214", "99213"),
        ("99214", "36415"),
    ]
    assert (first.paid, reasons(first.adjustment_groups)) == (D("100.92"), {"CO45": "82.08", "OA94": "-18"})
    assert (second.paid, reasons(second.adjustment_groups)) == (D("0"), {"OA97": "18"})
    assert made.paid == D("100.92")


def test_zero_pay_is_processed_and_no_denial() -> None:
    made = one(Decision(zero_pay=Denial(reason="24")))
    assert (made.status, made.paid, made.patient_responsibility) == ("1", D("0"), D("0"))
    assert [reasons(each.adjustment_groups) for each in made.service_payments] == [{"CO24": "165"}, {"CO24": "18"}]


def test_bare_lines_say_neither_units_nor_our_number() -> None:
    made = one(Decision(bare_lines=True))
    assert [(each.units_paid, each.line_item_control_number, each.modifiers) for each in made.service_payments] == [
        (None, "", [])
    ] * 2
    assert made.paid == D("100.92")


def test_a_line_that_is_left_out_makes_sums_that_do_not_hold() -> None:
    (payment,) = paid(Decision(omit_lines=("36415",)))
    assert [each.procedure for each in claims_in(payment)[0].service_payments] == ["99213"]
    assert {finding.code for finding in balance(payment)} == {"835-LINES-CHARGE", "835-CLAIM"}


def test_a_correction_may_come_in_an_835_of_its_own() -> None:
    first, reversal, anew = paid(
        Decision(underpaid_by="40.00"), Later(day=20, reverse=True, pay=Decision(), pay_days=6)
    )
    assert [made.status for payment in (first, reversal, anew) for made in claims_in(payment)] == ["1", "22", "1"]
    assert first.effective_date is not None
    assert [(each.effective_date - first.effective_date).days for each in (reversal, anew) if each.effective_date] == [
        10,
        16,
    ]


def test_a_reversal_whose_money_stays_for_now_is_collected_later() -> None:
    first, reversal, collected = paid(Decision(), Later(day=20, reverse=True, recover_days=7))
    number = claims_in(first)[0].payer_claim_control_number
    assert [(made.status, made.paid) for made in claims_in(reversal)] == [("22", D("-100.92"))]
    assert [(item.reason, item.reference, item.amount) for item in items_in(reversal)] == [
        ("WO", number, D("-100.92"))
    ]
    assert reversal.amount == D("0")
    assert [(item.reason, item.amount) for item in items_in(collected)] == [("WO", D("100.92")), ("FB", D("-100.92"))]


def test_provider_adjustments_of_any_kind_name_what_they_are_told_to() -> None:
    adjust = (Movement(reason="CS", amount="-12.40", reference="S1"), Movement(reason="72", amount="3.00"))
    first, second = paid(Decision(), Later(day=20, provider_adjustments=adjust))
    number = claims_in(first)[0].payer_claim_control_number
    assert [(item.reason, item.reference, item.amount) for item in items_in(second)] == [
        ("CS", "S1", D("-12.40")),
        ("72", number, D("3.00")),
    ]
    assert second.amount == D("9.40")


# --- what is refused without naming claims


def test_an_interchange_is_refused_for_one_of_its_claims() -> None:
    rule = Rule(name="bad", match=Match(claims=("A1",)), reject_interchange="024")
    clearinghouse, files = play(scenario(rule), [claim("A1")], [claim("B1", billing_provider=WALK_IN)])
    (answer,) = of_kind(files, InterchangeAcknowledgment)
    assert (answer.code, answer.note) == ("R", "024")
    assert len(files) == 1
    assert clearinghouse.book.outcomes() == {"A1": "rejected", "B1": "rejected"}


@pytest.mark.parametrize(("by", "entity", "hops"), [("clearinghouse", "AY", 1), ("payer", "PR", 2)])
def test_a_batch_is_refused_at_the_receivers_level(by: str, entity: str, hops: int) -> None:
    refused = BatchRejection(by=by, category="A3", status="24", entity="41")  # type: ignore[arg-type]  # both of them
    rule = Rule(name="bad", match=Match(claims=("A1",)), reject_batch=refused)
    clearinghouse, files = play(scenario(rule), [claim("A1"), claim("A2")])
    *_, last = of_kind(files, ClaimAcknowledgment)
    (source,) = last.sources
    (receiver,) = source.receivers
    assert (source.entity, receiver.batch_reference, receiver.providers) == (entity, "B1", [])
    (status,) = receiver.statuses
    assert (status.codes[0].category, status.codes[0].status, status.action) == ("A3", "24", "U")
    assert receiver.totals is not None
    assert (receiver.totals.rejected_count, receiver.totals.rejected_amount) == (2, D("330"))
    assert len(of_kind(files, ClaimAcknowledgment)) == hops
    assert clearinghouse.book.outcomes() == {"A1": "rejected", "A2": "rejected"}


def test_one_provider_of_a_batch_is_refused_at_its_level() -> None:
    refused = BatchRejection(level="provider", status="496", entity="85")
    rule = Rule(name="bad", match=Match(billing_npi=WALK_IN.npi), reject_batch=refused)
    both = [claim("A1"), claim("B1", billing_provider=WALK_IN), claim("B2", billing_provider=WALK_IN)]
    clearinghouse, files = play(scenario(rule), both)
    house = of_kind(files, ClaimAcknowledgment)[0]
    mine, theirs = house.sources[0].receivers[0].providers
    assert [each.patient_control_number for each in mine.claims] == ["A1"]
    assert (theirs.id, theirs.claims, theirs.statuses[0].action) == (WALK_IN.npi, [], "U")
    assert clearinghouse.book.outcomes() == {"A1": "paid", "B1": "rejected", "B2": "rejected"}
    assert clearinghouse.book.claims["B1"].rejected_by == "clearinghouse"


def test_a_payer_refuses_its_own_claims_alone() -> None:
    refused = BatchRejection(by="payer")
    rule = Rule(name="bad", match=Match(payer_id="SUMMU"), reject_batch=refused)
    clearinghouse, _ = play(scenario(rule), [claim("A1"), to_other("A2")])
    assert clearinghouse.book.outcomes() == {"A1": "paid", "A2": "rejected"}


# --- payers' habits


def habits(**changes: object) -> tuple[PayerForm, ...]:
    return (msgspec.structs.replace(PAYER, **changes), OTHER)


def test_a_payer_that_keeps_half_a_number_answers_with_that_half() -> None:
    clearinghouse, files = play(scenario(payer=habits(cut_at=4)), [claim("A12345")])
    assert set(statuses(files, "AY")) == {"A12345"}
    assert set(statuses(files, "PR")) == {"A123"}
    assert [made.patient_control_number for each in of_kind(files, Payment) for made in claims_in(each)] == ["A123"]
    assert clearinghouse.book.outcomes() == {"A12345": "paid"}


def test_a_payer_with_numbers_of_its_own_hands_on_the_clearinghouses() -> None:
    _, files = play(scenario(payer=habits(own_numbers=True)), [claim("A1")])
    house, payer = statuses(files, "AY"), statuses(files, "PR")
    (theirs,) = payer.values()
    assert theirs.patient_control_number not in ("", "A1")
    assert theirs.clearinghouse_trace_number == house["A1"].clearinghouse_trace_number != ""


def test_payers_that_share_send_one_file_of_several_payments() -> None:
    shared = tuple(msgspec.structs.replace(payer, shares_files=True) for payer in (PAYER, OTHER))
    _, files = play(scenario(payer=shared), [claim("A1"), to_other("A2")], [claim("B1", billing_provider=WALK_IN)])
    (file,) = [each for each in files if each.name.endswith(".835")]
    payments = of_kind([file], Payment)
    assert sorted((each.payer.name, each.payee.id) for each in payments if each.payer and each.payee) == [
        ("NORTHWIND HEALTH PLAN", "1234567893"),
        ("NORTHWIND HEALTH PLAN", WALK_IN.npi),
        ("SUMMIT MUTUAL", "1234567893"),
    ]
    assert [finding for each in payments for finding in balance(each)] == []


@pytest.mark.parametrize(
    ("st03", "named"), [("required", {"999", "277"}), ("never", set()), ("always", {"999", "277", "835"})]
)
def test_sets_name_their_guide_as_the_sender_likes(st03: str, named: set[str]) -> None:
    _, files = play(scenario(clearinghouse=Organisation(st03=st03)), [claim("A1")])  # type: ignore[arg-type]  # all three
    sets = [one for file in files for one in EnvelopeReader([file.content]) if one.id != "TA1"]
    assert {one.id for one in sets if one.header.get(3)} == named


# --- on their way



def arrivals(played: Scenario, *sets: Sequence[Claim]) -> list[tuple[int, AnswerFile]]:
    """Each answer with the day on which it arrives."""
    clock = Clock()
    clearinghouse = Clearinghouse(played, clock=clock)
    clearinghouse.receive("a.x12", claim_file(*sets))
    found = [(0, file) for file in clearinghouse.due()]
    while (day := clearinghouse.next_day()) is not None:
        clock.now = clock.now.replace(month=day.month, day=day.day)
        found += [((day - EVENING.date()).days, file) for file in clearinghouse.due()]
    return found


def of_835(found: list[tuple[int, AnswerFile]]) -> list[tuple[int, AnswerFile]]:
    return [(day, file) for day, file in found if file.name.endswith(".835")]


def test_an_answer_comes_late_and_is_dated_as_it_was_made() -> None:
    late = Delivery(kind="835", payer=PAYER.id, number=1, late=5)
    ((day, file),) = of_835(arrivals(scenario(delivery=(late,)), [claim("A1")]))
    (payment,) = of_kind([file], Payment)
    assert (day, payment.effective_date) == (15, date(2026, 7, 10))


def test_an_answer_is_lost_and_others_are_not() -> None:
    found = arrivals(scenario(delivery=(Delivery(kind="999", lost=True),)), [claim("A1")])
    kinds = Counter(type(answer) for _, file in found for answer in read(file.content))
    assert kinds[FunctionalGroupResponse] == 0
    assert kinds[ClaimAcknowledgment] == 2


def test_a_payment_comes_again_in_another_envelope() -> None:
    again = Delivery(kind="835", number=1, rewrapped=3)
    (first, made), (then, wrapped) = of_835(arrivals(scenario(delivery=(again,)), [claim("A1")]))
    assert (first, then) == (10, 13)
    assert made.content != wrapped.content
    assert of_kind([made], Payment) == of_kind([wrapped], Payment)


def test_a_payment_comes_again_and_says_something_else() -> None:
    again = Delivery(kind="835", number=1, changed=3)
    (_, made), (_, other) = of_835(arrivals(scenario(delivery=(again,)), [claim("A1")]))
    (before,), (after,) = of_kind([made], Payment), of_kind([other], Payment)
    assert (before.trace_number, before.amount) == (after.trace_number, after.amount)
    assert before != after
    assert balance(after) == []


def test_a_delivery_counts_the_files_it_means_alone() -> None:
    second = Delivery(kind="835", payer=OTHER.id, number=2, late=5)
    late_one = Rule(name="late", match=Match(claims=("A3",)), day=12)
    found = of_835(arrivals(scenario(late_one, delivery=(second,)), [claim("A1"), to_other("A2"), to_other("A3")]))
    assert [day for day, _ in found] == [10, 10, 17]


def test_an_answer_for_a_claim_nobody_sent_comes_with_the_others() -> None:
    stranger = Stranger(number="ZZ9", payer=PAYER.id, charge="200.00", day=10, acknowledged=True)
    clearinghouse, files = play(scenario(stranger=(stranger,)), [claim("A1")], [claim("A2")])
    assert set(statuses(files, "PR")) == {"A1", "A2", "ZZ9"}
    (payment,) = of_kind(files, Payment)
    assert sorted((made.patient_control_number, made.paid) for made in claims_in(payment)) == [
        ("A1", D("92.35")),
        ("A2", D("92.35")),
        ("ZZ9", D("92.35")),
    ]
    assert clearinghouse.book.outcomes() == {"A1": "paid", "A2": "paid"}
    assert clearinghouse.book.strangers["ZZ9"].paid == D("92.35")


# --- the hard scenario as a whole


@cache
def played() -> tuple[Clearinghouse, list[AnswerFile], list[Claim], int]:
    """The hard scenario with its own encounters, each file sent by itself; encounters that make no claim, too."""
    hard = load_scenario("hard")
    clearinghouse = Clearinghouse(hard, clock=SteppedClock.evening_of(hard.today))
    mapping = REPOSITORY / "mappings" / "encounters-csv.toml"
    claims: list[Claim] = []
    refused = 0
    for number, name in enumerate(hard.encounters, 1):
        sets: dict[str, list[Claim]] = {}
        with (REPOSITORY / "edigate" / "_demo" / name).open("rb") as stream:
            engine = load_mapping(mapping.read_text(), mapping.name)
            for mapped in engine.convert(engine.read(stream, name)):
                if mapped.claim is None or has_errors([*mapped.findings, *edit(mapped.claim, hard.today)]):
                    refused += 1
                    continue
                for place, each in enumerate(mapped.claim.service_lines, 1):
                    each.line_item_control_number = f"{mapped.key}L{place}"
                provider = mapped.claim.billing_provider
                sets.setdefault(provider.npi if provider else "", []).append(mapped.claim)
        clearinghouse.receive(name, claim_file(*sets.values(), isa13=number))
        claims += [each for members in sets.values() for each in members]
    files: list[AnswerFile] = []
    clock = clearinghouse._clock
    assert isinstance(clock, SteppedClock)
    files += clearinghouse.due()
    while (day := clearinghouse.next_day()) is not None:
        clock.advance(days=(day - clock().date()).days)
        files += clearinghouse.due()
    return clearinghouse, files, claims, refused


def test_every_claim_ends_where_the_hard_scenario_says_and_is_paid_so_much() -> None:
    clearinghouse, _, claims, refused = played()
    hard = clearinghouse.scenario
    expected = hard.expectations()
    assert refused == len(hard.expected["refused"])
    assert len(claims) + refused == len(expected)
    assert clearinghouse.book.outcomes() == {n: outcome for n, outcome in expected.items() if outcome != "refused"}
    paid_for = {number: record.paid for number, record in clearinghouse.book.claims.items() if record.paid}
    assert paid_for == {number: Decimal(amount) for number, amount in hard.expected_paid.items()}


def test_every_rule_payer_delivery_and_stranger_of_the_hard_scenario_is_used() -> None:
    clearinghouse, files, claims, _ = played()
    hard = clearinghouse.scenario
    used = {hard.rule_for(each).name for each in claims}
    assert [rule.name for rule in hard.rule if rule.name not in used] == []
    assert {each.payer.payer_id for each in claims if each.payer} == {payer.id for payer in hard.payer}
    assert set(clearinghouse.book.strangers) == {each.number for each in hard.stranger if each.day is not None}
    assert max(Counter(file.content for file in files).values()) == 2


def test_every_answer_of_the_hard_scenario_is_read_and_valid_but_for_what_it_leaves_out() -> None:
    _, files, _, _ = played()
    assert all(read(file.content) for file in files)
    off = [finding.code for payment in of_kind(files, Payment) for finding in balance(payment)]
    assert sorted(off) == ["835-CLAIM", "835-LINES-CHARGE"]
    told = {
        (finding.code, finding.segment_id)
        for file in files
        for finding in validate([file.content]).findings
        if finding.severity is Severity.ERROR
    }
    # ST03 is left out, as many senders do; the guides' list of remark codes lacks MA15.
    assert told == {("IK4-1", "ST"), ("IK4-7", "MOA")}
