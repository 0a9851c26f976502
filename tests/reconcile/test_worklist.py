"""What a biller looks at first: what can't move by itself, then money, with the reason in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from edigate.reconcile.outcome import Cut, Entry, claim_outcome
from edigate.reconcile.worklist import Standing, Stray, Work, WorkKind, worklist
from edigate.responses.status import State

TODAY = date(2026, 3, 31)
D = Decimal


def standing(reference: str, state: State, charge: str = "100", **more: Any) -> Standing:
    return Standing(reference=reference, state=state, charge=D(charge), **more)


def denied(reference: str, charge: str) -> Standing:
    cut = Cut("CO", "197", D(charge))
    entry = Entry(status="4", charge=D(charge), paid=D(0), cuts=(cut,))
    return standing(reference, State.DENIED, charge, outcome=claim_outcome(D(charge), [entry]))


def paid(reference: str) -> Standing:
    entry = Entry(status="1", charge=D(100), paid=D(100))
    return standing(reference, State.PAID, outcome=claim_outcome(D(100), [entry]))


def listed(*standings: Standing, strays: tuple[Stray, ...] = ()) -> list[Work]:
    return worklist(standings, strays, today=TODAY)


def test_money_held_and_files_in_doubt_come_first_then_the_largest_amounts() -> None:
    work = listed(
        denied("C1", "500"),
        denied("C2", "900"),
        standing("C3", State.REJECTED, "700"),
        standing("C4", State.UNCERTAIN, "50"),
        strays=(Stray(reference="P1", amount=D(60), reason="claims pay 60.00, the payment 50.00", held=True),),
    )
    assert [item.reference for item in work] == ["P1", "C4", "C2", "C3", "C1"]


def test_between_equal_amounts_a_rejection_comes_before_a_denial() -> None:
    assert [w.kind for w in listed(denied("C1", "100"), standing("C2", State.REJECTED))] == [
        WorkKind.REJECTED,
        WorkKind.DENIED,
    ]


def test_what_needs_nobody_is_left_out() -> None:
    assert listed(paid("C1"), standing("C2", State.READY), standing("C3", State.FORWARDED)) == []


def test_a_claim_that_was_sent_tomorrow_has_waited_for_no_days() -> None:
    (work,) = worklist([standing("C1", State.REJECTED, sent_on=date(2026, 4, 1))], today=date(2026, 3, 31))
    assert work.days == 0


def test_a_claim_becomes_overdue_after_its_time_and_not_before() -> None:
    late = standing("C1", State.ACCEPTED, sent_on=date(2026, 2, 28))
    fresh = standing("C2", State.ACCEPTED, sent_on=date(2026, 3, 1))
    (item,) = listed(late, fresh)
    assert (item.reference, item.kind, item.days) == ("C1", WorkKind.OVERDUE, 31)
    assert item.words == "overdue: no answer about its money for 31 days, accepted"


def test_each_item_says_why_and_what_to_do() -> None:
    reason = "rejected, something is invalid: billing provider NPI"
    rejected, denial = listed(
        standing("C1", State.REJECTED, "300", reason=reason, payer="ACME"), denied("C2", "100")
    )
    assert (rejected.words, rejected.payer) == (f"rejected: {reason}", "ACME")
    assert rejected.action
    assert denial.words == "denied: no authorization (CO-197)"
    assert denial.action.startswith("Find the authorization")


def test_money_for_no_claim_of_ours_is_on_the_list() -> None:
    (item,) = listed(strays=(Stray(reference="P1/3", amount=D(-20), reason="no claim with that number", held=False),))
    assert (item.kind, item.amount) == (WorkKind.UNMATCHED, D(20))
