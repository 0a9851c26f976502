"""What became of a claim's money, from all payments for it together, told in words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.reconcile import reasons
from edigate.reconcile.outcome import ClaimOutcome, Cut, Entry, OutcomeKind, claim_outcome, entry_of
from edigate.remits.x221 import decode_payment
from edigate.responses.status import State
from tests.x12.roundtrip import transaction_set

D = Decimal


def entry(
    status: str, paid: str, *cuts: tuple[str, str, str], charge: str = "100", remarks: tuple[str, ...] = ()
) -> Entry:
    return Entry(
        status=status,
        charge=D(charge),
        paid=D(paid),
        cuts=tuple(Cut(group, reason, D(amount)) for group, reason, amount in cuts),
        remarks=remarks,
    )


def outcome(*entries: Entry) -> ClaimOutcome:
    return claim_outcome(D(100), entries)


PAID = entry("1", "60", ("CO", "45", "20"), ("PR", "2", "20"))
TAKEN_BACK = entry("22", "-60", ("CO", "45", "-20"), ("PR", "2", "-20"), charge="-100")
AUTHORIZATION = entry("4", "0", ("CO", "197", "100"))
UNCLEAR = entry("4", "0", ("CO", "16", "100"), remarks=("M76", "M51"))


def test_a_claim_paid_by_contract_is_paid() -> None:
    result = outcome(PAID)
    assert result.kind is OutcomeKind.PAID
    assert (result.paid, result.contractual, result.patient_responsibility) == (D(60), D(20), D(20))
    assert result.at_stake == 0


def test_a_denial_tells_its_reason_and_what_to_do() -> None:
    result = outcome(AUTHORIZATION)
    assert (result.kind, result.at_stake) == (OutcomeKind.DENIED, D(100))
    assert result.words == "denied: no authorization (CO-197)"
    assert result.action.startswith("Find the authorization")


def test_missing_information_tells_the_remark_that_says_which() -> None:
    result = outcome(UNCLEAR)
    assert result.words == (
        "denied: information missing or wrong (CO-16); "
        "procedure code missing or invalid (M51), diagnosis missing or invalid (M76)"
    )


def test_a_line_denied_makes_the_claim_partly_paid_by_that_much() -> None:
    result = outcome(entry("1", "50", ("CO", "45", "10"), ("CO", "97", "40")))
    assert (result.kind, result.at_stake) == (OutcomeKind.PARTLY_PAID, D(40))
    assert result.words == "partly paid: included in another service (CO-97)"


def test_all_to_the_deductible_is_no_denial() -> None:
    result = outcome(entry("1", "0", ("PR", "1", "100")))
    assert (result.kind, result.at_stake, result.patient_responsibility) == (OutcomeKind.ZERO_PAID, D(0), D(100))
    assert result.words == "zero paid: deductible (PR-1)"


def test_a_secondary_that_has_nothing_left_to_pay_did_not_deny() -> None:
    assert outcome(entry("2", "0", ("OA", "23", "100"))).kind is OutcomeKind.ZERO_PAID


def test_a_claim_left_unpaid_without_any_reason_counts_as_denied() -> None:
    result = outcome(entry("1", "0"))
    assert (result.kind, result.state) == (OutcomeKind.DENIED, State.DENIED)
    assert result.action == "Ask the payer why."


def test_a_denial_put_on_the_patient_is_still_told() -> None:
    result = outcome(entry("4", "0", ("PR", "204", "100")))
    assert result.kind is OutcomeKind.DENIED
    assert "not covered by the patient's plan (PR-204)" in result.words


@pytest.mark.parametrize(
    ("entries", "kind", "paid"),
    [
        pytest.param((), OutcomeKind.OUTSTANDING, 0, id="no answer"),
        pytest.param((entry("25", "0"),), OutcomeKind.OUTSTANDING, 0, id="only priced"),
        pytest.param((PAID, TAKEN_BACK), OutcomeKind.REVERSED, 0, id="taken back"),
        pytest.param((PAID, TAKEN_BACK, AUTHORIZATION), OutcomeKind.DENIED, 0, id="taken back and denied"),
        pytest.param((AUTHORIZATION, TAKEN_BACK, PAID), OutcomeKind.DENIED, 0, id="in another order"),
        pytest.param((entry("23", "0"),), OutcomeKind.FORWARDED, 0, id="passed on"),
        pytest.param((PAID, PAID), OutcomeKind.OVERPAID, 120, id="paid twice"),
    ],
)
def test_entries_are_judged_together(entries: tuple[Entry, ...], kind: OutcomeKind, paid: int) -> None:
    result = outcome(*entries)
    assert (result.kind, result.paid) == (kind, D(paid))


def test_a_correction_leaves_only_what_is_new() -> None:
    result = outcome(PAID, TAKEN_BACK, entry("1", "70", ("CO", "45", "20"), ("PR", "2", "10")))
    assert result.kind is OutcomeKind.PAID
    assert result.cuts == (Cut("CO", "45", D(20)), Cut("PR", "2", D(10)))


def test_an_entry_takes_the_cuts_of_claim_and_lines() -> None:
    payment, _ = decode_payment(
        transaction_set(
            "BPR*I*30*C*ACH~LX*1~CLP*A*1*100*30*20*12*P1~CAS*OA*23*10~MOA***MA07~"
            "SVC*HC:99213*100*30~CAS*CO*45*40~CAS*PR*1*15*1*2*5~LQ*HE*N130~"
        )
    )
    read = entry_of(payment.headers[0].claims[0])
    assert read.cuts == (
        Cut("OA", "23", D(10)), Cut("CO", "45", D(40)), Cut("PR", "1", D(15)), Cut("PR", "2", D(5)),
    )  # fmt: skip
    assert read.remarks == ("MA07", "N130")


BUNDLED = entry("1", "50", ("CO", "97", "50"))
ENTRIES = st.lists(st.sampled_from([PAID, TAKEN_BACK, AUTHORIZATION, UNCLEAR, BUNDLED]), max_size=5)


@given(ENTRIES.flatmap(lambda entries: st.tuples(st.just(entries), st.permutations(entries))))
def test_the_order_of_payments_makes_no_difference(orders: tuple[list[Entry], list[Entry]]) -> None:
    one, other = orders
    assert claim_outcome(D(100), one) == claim_outcome(D(100), other)


@given(ENTRIES)
def test_no_money_is_lost_between_the_sums(entries: list[Entry]) -> None:
    result = claim_outcome(D(100), entries)
    accounted = result.paid + result.patient_responsibility + result.contractual + result.other_payer + result.denied
    assert accounted == sum((each.charge for each in entries), D(0))


def test_an_unknown_reason_is_something_to_look_at() -> None:
    assert reasons.kind_of("CO", "9999") is reasons.Kind.DENIAL
    assert reasons.words("CO", "9999") == "contractual (CO-9999)"
    assert reasons.kind_of("PR", "9999") is reasons.Kind.PATIENT
    assert reasons.kind_of("CO", "1") is reasons.Kind.CONTRACT


def test_every_denial_says_something_and_no_contract_asks_for_work() -> None:
    for code, reason in reasons.CARC.items():
        assert reason.words, code
        if reason.kind is reasons.Kind.CONTRACT:
            assert not reason.action, code
