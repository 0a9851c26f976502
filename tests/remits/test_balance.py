"""Balancing: every sum of an 835, to the cent, told with both its sides."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.findings import Finding
from edigate.remits import model as m
from edigate.remits.balance import Balance, adjusted, balance
from edigate.remits.x221 import decode_payment, stream_payment
from tests.x12.roundtrip import CORPUS, corpus_files, corpus_sets, needs_corpus, transaction_set

GOOD = (
    "ST*835*1~BPR*I*{bpr}*{sign}*ACH~TRN*1*T1*1999999999~LX*1~"
    "CLP*A*1*150*{clp}*20*12*P1~CAS*OA*23*5~SVC*HC:99213*100*{svc}~CAS*CO*45*30**253*10.5~CAS*PR*1*20~"
    "SVC*HC:99214*{second}*50~"
    "PLB*1*20261231*WO:X*{plb}*L6*-1.25~SE*1*1~"
)
AMOUNTS = {"bpr": "80.75", "sign": "C", "clp": "84.5", "svc": "39.5", "second": "50", "plb": "5"}


def check(**changes: str) -> list[Finding]:
    payment, _ = decode_payment(transaction_set(GOOD.format(**{**AMOUNTS, **changes})))
    return balance(payment)


def test_a_payment_that_adds_up_has_no_finding() -> None:
    assert check() == []


def test_a_line_off_by_a_cent_is_told_with_both_sides() -> None:
    (finding,) = check(svc="39.51")
    assert finding.code == "835-LINE"
    assert (finding.value, finding.expected) == ("39.51", "39.5")
    assert "line 1 (99213) of claim A" in finding.message
    assert finding.message.endswith("a difference of 0.01")


def test_a_claim_off_by_a_cent_is_off_as_claim_and_as_payment() -> None:
    codes = [finding.code for finding in check(clp="84.51")]
    assert codes == ["835-CLAIM", "835-PAYMENT"]


def test_lines_that_do_not_make_the_claims_charge_are_told() -> None:
    codes = [finding.code for finding in check(second="50.01")]
    assert codes == ["835-LINE", "835-LINES-CHARGE"]


def test_a_positive_plb_takes_money_and_a_negative_one_adds() -> None:
    (finding,) = check(plb="-5")
    assert finding.code == "835-PAYMENT"
    assert (finding.value, finding.expected) == ("80.75", "90.75")
    assert "a difference of -10.00" in finding.message


def test_a_debit_takes_money_from_the_provider() -> None:
    text = "ST*835*1~BPR*I*100*D*ACH~TRN*1*T*1~LX*1~CLP*A*22*-100*-100*0~PLB*1*20261231*WO:X*0~SE*1*1~"
    assert balance(decode_payment(transaction_set(text))[0]) == []


def test_a_claim_without_lines_balances_by_itself() -> None:
    text = "ST*835*1~BPR*I*60*C*ACH~TRN*1*T*1~LX*1~CLP*A*1*100*60*0~CAS*CO*45*40~SE*1*1~"
    assert balance(decode_payment(transaction_set(text))[0]) == []


def test_a_difference_below_a_cent_is_shown() -> None:
    (finding,) = check(bpr="80.755")
    assert finding.message.endswith("a difference of 0.005")


def test_streamed_findings_know_the_claims_segment() -> None:
    stream = stream_payment(transaction_set(GOOD.format(**{**AMOUNTS, "clp": "84.51"})))
    check_ = Balance()
    found = [f for one in stream for f in check_.claim(one.claim, one.first_segment)]
    assert [(f.code, f.segment_position) for f in found] == [("835-CLAIM", 5)]
    assert [f.code for f in check_.finish(stream.payment)] == ["835-PAYMENT"]
    assert check_.claims_paid == Decimal("84.51")


# --- the public files: the manifest says which of them don't add up

# Sums the manifest doesn't look at: lines against their own adjustments and against the claim.
LINES_ONLY = {
    "017-IPerception.x12": {"835-LINE"},  # adjustments moved from one line to another
    "024-LinuxForHealth.x12": {"835-LINE", "835-LINES-CHARGE"},  # the line's charge is another claim's
    "055-genformai.x12": {"835-LINE"},  # claim-level adjustments explain the claim, nothing the line
}


def manifest() -> dict[str, str]:
    if not CORPUS.is_dir():
        return {}
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8") as rows:
        return {row["file"]: row["notes"] for row in csv.DictReader(rows, delimiter="\t")}


NOTES = manifest()


@needs_corpus
@pytest.mark.parametrize("path", corpus_files("835"), ids=lambda path: path.stem)
def test_public_files_balance_or_fail_as_their_manifest_says(path: Path) -> None:
    notes = NOTES[f"835/{path.name}"]
    codes = {f.code for each, _ in corpus_sets(path) for f in balance(decode_payment(each)[0])}
    assert ("835-CLAIM" in codes) == ("CLP-unbalanced" in notes)
    assert ("835-PAYMENT" in codes) == ("BPR02!=sum(CLP04)-PLB" in notes)
    if "CLP-unbalanced" not in notes:
        assert codes & {"835-LINE", "835-LINES-CHARGE"} == LINES_ONLY.get(path.name, set())


CENTS = st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents).scaleb(-2))


@given(
    st.lists(st.tuples(st.lists(st.tuples(CENTS, CENTS), max_size=4), CENTS), max_size=4),
    st.lists(CENTS, max_size=6),
    CENTS.filter(bool),
)
def test_a_payment_built_from_its_sums_balances_and_any_change_shows(
    claims: list[tuple[list[tuple[Decimal, Decimal]], Decimal]], plb: list[Decimal], change: Decimal
) -> None:
    built = [_claim(lines, cut) for lines, cut in claims]
    payment = m.Payment(
        amount=sum((claim.paid or Decimal(0) for claim in built), Decimal(0)) - sum(plb, Decimal(0)),
        headers=[m.HeaderNumber(claims=built)],
        provider_adjustments=[
            m.ProviderAdjustment(items=[m.ProviderAdjustmentItem(reason="CS", amount=amount) for amount in plb])
        ],
    )
    assert balance(payment) == []
    assert payment.amount is not None
    payment.amount += change
    (finding,) = balance(payment)
    assert finding.code == "835-PAYMENT"
    assert Decimal(finding.value) - Decimal(finding.expected) == change


def _claim(lines: list[tuple[Decimal, Decimal]], cut: Decimal) -> m.ClaimPayment:
    services = [
        m.ServicePayment(
            charge=charge,
            paid=charge - less,
            adjustment_groups=[m.AdjustmentGroup(group="CO", adjustments=[m.Adjustment(reason="45", amount=less)])],
        )
        for charge, less in lines
    ]
    charge = sum((charge for charge, _ in lines), Decimal(0)) if lines else Decimal(100)
    paid = sum((service.paid or Decimal(0) for service in services), Decimal(0)) if lines else charge
    return m.ClaimPayment(
        charge=charge,
        paid=paid - cut,
        adjustment_groups=[m.AdjustmentGroup(group="OA", adjustments=[m.Adjustment(reason="23", amount=cut)])],
        service_payments=services,
    )


FEW_CENTS = st.integers(-3, 3).map(lambda cents: Decimal(cents) / 100)
CUTS = st.lists(
    st.builds(
        m.AdjustmentGroup,
        group=st.just("CO"),
        adjustments=st.lists(st.builds(m.Adjustment, amount=FEW_CENTS), max_size=2),
    ),
    max_size=2,
)


@given(
    st.builds(
        m.ClaimPayment,
        charge=FEW_CENTS,
        paid=FEW_CENTS,
        adjustment_groups=CUTS,
        service_payments=st.lists(
            st.builds(m.ServicePayment, charge=FEW_CENTS, paid=FEW_CENTS, adjustment_groups=CUTS), max_size=2
        ),
    )
)
def test_a_claim_has_findings_exactly_where_a_sum_does_not_hold(claim: m.ClaimPayment) -> None:
    lines = claim.service_payments
    charge, of_lines = claim.charge or Decimal(0), [adjusted(line.adjustment_groups) for line in lines]
    expected = [
        "835-LINE" for line, cut in zip(lines, of_lines, strict=True) if (line.charge or 0) - cut != (line.paid or 0)
    ]
    if lines and charge != sum((line.charge or Decimal(0) for line in lines), Decimal(0)):
        expected.append("835-LINES-CHARGE")
    if charge - adjusted(claim.adjustment_groups) - sum(of_lines, Decimal(0)) != (claim.paid or 0):
        expected.append("835-CLAIM")
    assert [finding.code for finding in Balance().claim(claim)] == expected
