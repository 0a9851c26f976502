"""Laws of posting, for whatever payers send in whatever order: every cent is somewhere, and nothing counts twice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edigate.config import load_workspace
from edigate.gateway import post_payment
from edigate.gateway.matching import assign, forget, queue
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post
from edigate.gateway.releasing import let_through
from edigate.gateway.settling import settled
from edigate.ledger.accounts import Balance
from edigate.ledger.answers import ClaimRef
from edigate.ledger.checks import breaches
from edigate.ledger.entries import PostedEntry
from edigate.ledger.queries import cash, dollars
from edigate.ledger.sums import payment_sums
from edigate.money import from_cents, to_cents, to_x12
from edigate.reconcile.outcome import claim_outcome
from edigate.reports.accounts import entries
from edigate.reports.provider_accounts import provider_accounts
from edigate.responses.status import State
from tests.conftest import PARTNER, SETTINGS
from tests.gateway.posting_books import (
    MONEY,
    account,
    detail,
    dump,
    opened,
    payment,
    received,
    sent,
    states,
    status_277ca,
    x835,
)
from tests.simulator.claim_files import claim

NUMBERS = ("A1", "A2", "A3")
CHARGE = 16500


class Decision(NamedTuple):
    """One adjudication of a claim in cents: paid, left to the patient, the rest written off or denied."""

    number: str
    paid: int
    patient: int
    denied: bool
    known: bool  # by its own number, or by one nobody has

    def segments(self, sign: int, serial: int) -> list[str]:
        rest = CHARGE - self.paid - self.patient
        status = "22" if sign < 0 else "4" if self.denied and not self.paid else "1"
        number = self.number if self.known else f"STRANGER-{self.number}"
        reason = "50" if self.denied else "45"
        cuts = [("CO", reason, rest), ("PR", "1", self.patient)]
        return [
            f"CLP*{number}*{status}*{_x(sign * CHARGE)}*{_x(sign * self.paid)}*{_x(sign * self.patient)}*12*P{serial}",
            *(f"CAS*{group}*{reason}*{_x(sign * cents)}" for group, reason, cents in cuts if cents),
        ]


def _x(cents: int) -> str:
    return to_x12(from_cents(cents))


decisions = st.builds(
    lambda number, low, high, denied, known: Decision(number, min(low, high), max(low, high) - min(low, high),
                                                      denied, known),
    st.sampled_from(NUMBERS), st.integers(0, CHARGE), st.integers(0, CHARGE), st.booleans(),
    st.sampled_from([True, True, True, False]),
)  # fmt: skip


@st.composite
def remittances(draw: st.DrawFn) -> list[bytes]:
    """Payments of some decisions, some of them taken back later, with provider adjustments, some sent twice."""
    bodies: list[list[str]] = []
    for serial, decision in enumerate(draw(st.lists(decisions, min_size=1, max_size=6))):
        bodies.append(decision.segments(1, serial))
        if draw(st.booleans()):
            bodies.append(decision.segments(-1, serial))
    payments: list[list[str]] = []
    while bodies:
        together = draw(st.integers(1, 3))
        segments = [segment for body in bodies[:together] for segment in body]
        del bodies[:together]
        moved = draw(st.sampled_from([0, 0, 1500, -225, 3]))
        if moved:
            segments.append(f"PLB*1234567893*20261231*WO:X*{_x(moved)}")
        below = _below_zero(segments)
        if below:
            segments.append(f"PLB*1234567893*20261231*FB:Y*{_x(below)}")
        payments.append(payment(f"T{len(payments)}", *segments))
    files: list[bytes] = []
    number = 1
    while payments:
        together = draw(st.integers(1, 2))
        files.append(x835(*payments[:together], number=number))
        if draw(st.booleans()):  # a resend: the same payments in other files
            for one in payments[:together]:
                number += 1
                files.append(x835(one, number=number))
        number += 1
        del payments[:together]
    return files


def _below_zero(segments: list[str]) -> int:
    """What must be carried forward, in cents: no payment is less than nothing."""
    total = 0
    for segment in segments:
        elements = segment.split("*")
        if elements[0] == "CLP":
            total += to_cents(Decimal(elements[4]))
        elif elements[0] == "PLB":
            total -= to_cents(Decimal(elements[4]))
    return min(total, 0)


@contextmanager
def ledger_of_claims() -> Iterator[Gateway]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "partners").mkdir()
        (root / "edigate.toml").write_text(SETTINGS)
        (root / "partners" / "acme.toml").write_text(PARTNER)
        with opened(load_workspace(root)) as gateway:
            sent(gateway, *(claim(number) for number in NUMBERS))
            yield gateway


def posted_in_order(gateway: Gateway, files: list[bytes]) -> tuple[list[str], list[Balance]]:
    """Post files one by one; where the claims stand then, and their accounts."""
    for file in files:
        received(gateway, file)
        post(gateway)
    assert not [row for row in dump(gateway)["inbound_file"] if "held" in row]
    return states(gateway, *NUMBERS), [
        msgspec.structs.replace(account(gateway, number), claim_id=0) for number in NUMBERS
    ]


def a_claim(charge: int) -> ClaimRef:
    return ClaimRef(1, "acme", "A1", 1, "sent", "P", charge, None, "", "", 1, 1)


laws = settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@laws
@given(remittances())
def test_every_cent_received_is_somewhere(files: list[bytes]) -> None:
    with ledger_of_claims() as gateway:
        _, accounts = posted_in_order(gateway, files)
        with gateway.ledger.read() as tx:
            where, all_claims = cash(tx), dollars(tx)
            assert all(one.difference_cents == 0 for one in payment_sums(tx))
        assert where.difference_cents == 0
        assert where.received_cents == (
            where.paid_on_claims_cents + where.paid_unmatched_cents - where.provider_adjustments_cents
        )
        for one in accounts:
            parts = (one.paid_cents, one.adjusted_cents, one.prior_payers_cents, one.patient_responsibility_cents)
            assert sum(parts) + one.outstanding_cents == one.charge_cents
        assert all_claims.charged_cents == len(NUMBERS) * CHARGE
        assert all_claims.paid_cents == where.paid_on_claims_cents == sum(one.paid_cents for one in accounts)


@laws
@given(remittances(), st.randoms(use_true_random=False))
def test_any_order_ends_the_same(files: list[bytes], random: Random) -> None:
    """Claims' states and accounts depend on what was said, not on when."""
    with ledger_of_claims() as gateway:
        ends = posted_in_order(gateway, files)
    shuffled = list(files)
    random.shuffle(shuffled)
    with ledger_of_claims() as gateway:
        assert posted_in_order(gateway, shuffled) == ends


@laws
@given(remittances())
def test_posting_everything_twice_changes_nothing(files: list[bytes]) -> None:
    with ledger_of_claims() as gateway:
        ends = posted_in_order(gateway, files)
        before = {name: rows for name, rows in dump(gateway).items() if name != "inbound_file"}
        again = [file + b"\n" for file in files]  # other bytes, so that it isn't known by its hash alone
        assert posted_in_order(gateway, again) == ends
        after = dump(gateway)
        assert {name: after[name] for name in before} == before


@laws
@given(remittances(), st.sampled_from([1, 2]))
def test_how_many_claims_are_read_at_once_changes_no_cent_and_no_state(files: list[bytes], at_once: int) -> None:
    """A claim split, taken back and paid anew may stand in one block of a payment or in several."""
    with ledger_of_claims() as gateway:
        ends = posted_in_order(gateway, files)
        before = {name: rows for name, rows in dump(gateway).items() if name in MONEY}
    with ledger_of_claims() as gateway, pytest.MonkeyPatch.context() as patch:
        patch.setattr(post_payment, "_AT_ONCE", at_once)
        assert posted_in_order(gateway, files) == ends
        assert {name: rows for name, rows in dump(gateway).items() if name in MONEY} == before


@pytest.mark.parametrize("at_once", [1, 1000])
def test_a_claim_taken_back_and_paid_anew_in_one_payment_moves_once(at_once: int) -> None:
    first, anew = Decision("A1", 5000, 0, denied=False, known=True), Decision("A1", 7000, 0, denied=False, known=True)
    other = Decision("A2", 0, 0, denied=True, known=True)
    body = [*first.segments(-1, 1), *other.segments(1, 2), *anew.segments(1, 3)]
    with ledger_of_claims() as gateway, pytest.MonkeyPatch.context() as patch:
        patch.setattr(post_payment, "_AT_ONCE", at_once)
        posted_in_order(gateway, [x835(payment("T1", *first.segments(1, 1))), x835(payment("T2", *body))])
        events = [one.event for one in detail(gateway, "A1").events if one.event.startswith("x835")]
        assert events == ["x835_paid", "x835_paid"]
        assert states(gateway, "A1", "A2") == ["paid", "denied"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "4", "19", "22", "23"]),
            st.integers(-300, 300),
            st.integers(0, 100),
            st.lists(st.tuples(st.sampled_from(["CO", "PR", "OA"]), st.sampled_from(["45", "1", "50", "23"]),
                               st.integers(-200, 200))),
        ),
        max_size=4,
    ),
    st.integers(0, 300),
)  # fmt: skip
def test_the_state_settled_from_cents_is_the_outcomes(
    told: list[tuple[str, int, int, list[tuple[str, str, int]]]], charge: int
) -> None:
    posted = [PostedEntry(status, charge, paid, patient, "", cuts) for status, paid, patient, cuts in told]
    outcome = claim_outcome(from_cents(charge), entries(posted))
    after, _ = settled(a_claim(charge), State.SENT, posted)
    assert after == (outcome.state or State.SENT)


# --- a person's word


@st.composite
def strangers(draw: st.DrawFn) -> list[bytes]:
    """Money and acknowledgments under two numbers that nobody has, some of it taken back later."""
    files: list[bytes] = []
    for serial in range(draw(st.integers(1, 4))):
        number = draw(st.sampled_from(["A1", "A2"]))
        paid = draw(st.integers(0, CHARGE))
        decision = Decision(number, paid, draw(st.integers(0, CHARGE - paid)), draw(st.booleans()), known=False)
        body = decision.segments(1, serial)
        if draw(st.booleans()):
            body += decision.segments(-1, serial)
        files.append(x835(payment(f"T{serial}", *body), number=serial + 1))
        if draw(st.booleans()):
            code = draw(st.sampled_from(["A1:19", "A2:20", "A7:562"]))
            files.append(status_277ca("PR", (f"STRANGER-{number}", code)))
    return files


@laws
@given(strangers(), st.integers(0, 4), st.sampled_from(["A1", "A3"]))
def test_a_word_given_and_taken_back_leaves_every_cent_and_every_state(
    files: list[bytes], early: int, whose: str
) -> None:
    """Matched before or after the rest came: money sums up all the while, and forgetting ends where we began."""
    with ledger_of_claims() as gateway:
        without = posted_in_order(gateway, files)
        with gateway.ledger.read() as tx:
            received_cents = cash(tx).received_cents
        rows = {name: found for name, found in dump(gateway).items() if name in MONEY}
    with ledger_of_claims() as gateway:
        posted_in_order(gateway, files[:early])
        waiting = [one.id for one in queue(gateway).waiting if one.number == "STRANGER-A1"]
        if waiting:
            assign(gateway, waiting[0], whose, why="asked")
        posted_in_order(gateway, files[early:])
        with gateway.ledger.read() as tx:
            where = cash(tx)
            assert (where.received_cents, where.difference_cents) == (received_cents, 0)
            assert dollars(tx).paid_cents == where.paid_on_claims_cents
            assert breaches(tx) == []
        if waiting:
            assert "STRANGER-A1" not in {one.number for one in queue(gateway).waiting}
            forget(gateway, "match-1", why="wrong")
        assert posted_in_order(gateway, []) == without
        assert {name: found for name, found in dump(gateway).items() if name in MONEY} == rows


@laws
@given(remittances(), st.integers(-500, 500).filter(bool))
def test_what_is_accepted_unbalanced_is_off_by_exactly_what_was_told(files: list[bytes], off: int) -> None:
    """However a payment is wrong: nothing of it until somebody accepts it, then its difference and no cent else."""
    decision = Decision("A1", 5000, 1500, denied=False, known=True)
    wrong = payment("WRONG", *decision.segments(1, 99), amount=_x(5000 + off))
    with ledger_of_claims() as gateway:
        posted_in_order(gateway, files)
        before = {name: found for name, found in dump(gateway).items() if name in MONEY}
        file = received(gateway, x835(wrong, number=99))
        post(gateway)
        assert {name: found for name, found in dump(gateway).items() if name in MONEY} == before
        let_through(gateway, unbalanced=[f"in-{file.id}"], why="asked")
        with gateway.ledger.read() as tx:
            assert cash(tx).difference_cents == -off
            assert [one.difference_cents for one in payment_sums(tx) if one.difference_cents] == [-off]
            assert breaches(tx) == []


@laws
@given(remittances())
def test_accounts_of_provider_adjustments_are_all_of_them(files: list[bytes]) -> None:
    with ledger_of_claims() as gateway:
        posted_in_order(gateway, files)
        with gateway.ledger.read() as tx:
            report = provider_accounts(tx, tx.at.date())
            assert to_cents(report.total) == cash(tx).provider_adjustments_cents
        assert sum((one.account.balance for one in report.accounts), Decimal(0)) == report.total
