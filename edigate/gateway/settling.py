"""What all its postings together make of a claim: the one way from entries to a claim's state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from edigate.ledger.answers import ClaimRef
from edigate.ledger.entries import PostedEntry, entries_of_claims, payer_numbers
from edigate.ledger.records import StatusChange
from edigate.ledger.states import ClaimState
from edigate.ledger.transaction import ReadTransaction
from edigate.reconcile.outcome import state_of
from edigate.responses.status import MONEY_EVENTS, State, settle


def settled(claim: ClaimRef, before: State, posted: Sequence[PostedEntry]) -> tuple[State, str]:
    """The state that a claim's entries say, and the name of the event that brings it there."""
    money = state_of(
        claim.total_charge_cents,
        sum(one.paid_cents for one in posted),
        sum(one.patient_responsibility_cents for one in posted),
        [one.status_code for one in posted],
        chain.from_iterable(one.cuts for one in posted),
    )
    return settle(before, money), MONEY_EVENTS[money].value if money else "x835_information"


def settle_claims(tx: ReadTransaction, claims: Mapping[int, ClaimRef]) -> Iterator[StatusChange]:
    """The step of each claim to where its entries say it stands, for those that were matched by hand or later."""
    posted, numbers = entries_of_claims(tx, claims), payer_numbers(tx, claims)
    for claim_id, claim in claims.items():
        after, event = settled(claim, State(claim.state), posted.get(claim_id, ()))
        yield StatusChange(
            claim_id=claim_id,
            state_before=claim.state,
            state_after=word(after),
            event=event,
            detail="matched with a payment that came earlier",
            payer_claim_control_number=numbers.get(claim_id, ""),
        )


def number_told(claim: ClaimRef, state: State, told: str) -> str:
    """The payer's number of a claim that an acknowledgment tells (REF*1K), to be kept; empty where it isn't.

    A payment's number (CLP07) is of a later hop: an acknowledgment that comes after it doesn't take it back.
    """
    return "" if state in MONEY_EVENTS and claim.payer_claim_control_number else told


def word(state: State) -> ClaimState:
    """The ledger's word for a state of the table; they are the same words."""
    return state.value
