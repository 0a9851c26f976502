"""The glance: how many claims stand where and where the dollars are, read from the ledger and nowhere else."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from edigate.ledger.queries import cash, conversion, dollars, ever, standings
from edigate.ledger.states import ClaimState
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.usage import tests
from edigate.money import from_cents

# States in which nobody has answered with money or a final no.
OUTSTANDING = ("ready", "queued", "uncertain", "sent", "acknowledged", "accepted", "forwarded", "reversed")
LEFT_US = frozenset(
    ("sent", "acknowledged", "accepted", "rejected", "forwarded", "denied", "partly_paid", "paid", "reversed", "void")
)


class Claims(msgspec.Struct, frozen=True):
    """Counts of claims as they stand. encounters = made + refused (repeats of known ones aside);
    made = rejected + denied + paid + partly_paid + void + outstanding."""

    encounters: int
    made: int
    refused: int
    sent: int
    accepted: int
    rejected: int
    paid: int
    partly_paid: int
    denied: int
    void: int
    outstanding: int


class Money(msgspec.Struct, frozen=True):
    """Dollars of the claims made: charged = paid + adjusted + prior_payers + patient + outstanding."""

    charged: Decimal
    paid: Decimal
    adjusted: Decimal
    prior_payers: Decimal
    patient_responsibility: Decimal
    outstanding: Decimal


class Received(msgspec.Struct, frozen=True):
    """Dollars of the payments posted: received = paid_on_claims + unmatched + paid_on_tests - provider_adjustments.

    Payments of test claims alone aren't among them.
    """

    payments: int
    received: Decimal
    paid_on_claims: Decimal
    unmatched: Decimal
    paid_on_tests: Decimal
    provider_adjustments: Decimal


class Rows(msgspec.Struct, frozen=True):
    """Rows of the files converted: read = made + refused + known."""

    read: int
    made: int
    refused: int
    known: int


class Glance(msgspec.Struct, frozen=True):
    """Everything at once. `states` counts claims by state, refused encounters too.

    What was made in test is in `tests` by state, and in nothing else but `rows`.
    """

    rows: Rows
    claims: Claims
    money: Money
    received: Received
    states: dict[str, int]
    tests: dict[ClaimState, int]


def glance(tx: ReadTransaction, partner: str | None = None) -> Glance:
    """The whole ledger at a glance, or one partner's part (payments are always all)."""
    states: dict[str, int] = {}
    for standing in standings(tx, partner):
        states[standing.state] = states.get(standing.state, 0) + standing.claims
    made = sum(count for state, count in states.items() if state != "refused")
    read = conversion(tx, partner)
    account = dollars(tx, partner)
    money = cash(tx)
    return Glance(
        rows=Rows(read=read.rows_in, made=read.rows_made, refused=read.rows_refused, known=read.rows_known),
        claims=Claims(
            encounters=made + states.get("refused", 0),
            made=made,
            refused=states.get("refused", 0),
            sent=sum(count for state, count in states.items() if state in LEFT_US),
            accepted=ever(tx, "accepted", partner),
            rejected=states.get("rejected", 0),
            paid=states.get("paid", 0),
            partly_paid=states.get("partly_paid", 0),
            denied=states.get("denied", 0),
            void=states.get("void", 0),
            outstanding=sum(states.get(state, 0) for state in OUTSTANDING),
        ),
        money=Money(
            charged=from_cents(account.charged_cents),
            paid=from_cents(account.paid_cents),
            adjusted=from_cents(account.adjusted_cents),
            prior_payers=from_cents(account.prior_payers_cents),
            patient_responsibility=from_cents(account.patient_responsibility_cents),
            outstanding=from_cents(account.outstanding_cents),
        ),
        received=Received(
            payments=money.payments,
            received=from_cents(money.received_cents),
            paid_on_claims=from_cents(money.paid_on_claims_cents + money.paid_on_superseded_cents),
            unmatched=from_cents(money.paid_unmatched_cents),
            paid_on_tests=from_cents(money.paid_on_tests_cents),
            provider_adjustments=from_cents(money.provider_adjustments_cents),
        ),
        states=states,
        tests=tests(tx, partner).states,
    )
