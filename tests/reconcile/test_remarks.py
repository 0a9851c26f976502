"""Advice on remarks: each has its words, and leads a biller further than the reason that left it to the remark."""

from __future__ import annotations

from decimal import Decimal

from edigate.reconcile.outcome import Cut, Entry, claim_outcome
from edigate.reconcile.reasons import RARC
from edigate.reconcile.remarks import ACTIONS


def test_whatever_has_advice_has_words() -> None:
    assert [code for code in ACTIONS if code not in RARC] == []


def test_a_reason_that_leaves_it_to_the_remark_takes_the_remarks_advice() -> None:
    denied = Entry(status="4", charge=Decimal(90), paid=Decimal(0), cuts=(Cut("CO", "16", Decimal(90)),),
                   remarks=("M76", "XX1"))  # fmt: skip
    outcome = claim_outcome(Decimal(90), [denied])
    assert outcome.action == "Correct the diagnosis and send a replacement."
    assert outcome.codes == ("CO-16", "M76", "XX1")


def test_a_reason_that_says_it_itself_keeps_its_advice() -> None:
    denied = Entry(status="4", charge=Decimal(90), paid=Decimal(0), cuts=(Cut("CO", "29", Decimal(90)),),
                   remarks=("M76",))  # fmt: skip
    assert "timely filing" in claim_outcome(Decimal(90), [denied]).action
