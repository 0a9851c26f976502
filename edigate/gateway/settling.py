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

# What money is called in a claim's history, by the state it makes of the claim.
_TOLD: dict[State | None, str] = {None: "x835_information"}
_TOLD |= {state: event.value for state, event in MONEY_EVENTS.items()}
_WORDS: dict[State, ClaimState] = {state: state.value for state in State}
_STATES: dict[str, State] = {state.value: state for state in State}


def settled(claim: ClaimRef, before: State, posted: Sequence[PostedEntry]) -> tuple[State, str]:
    """The state that a claim's entries say, and the name of the event that brings it there."""
    if len(posted) == 1:  # as nearly every claim has it
        (one,) = posted
        paid, patient, cuts = one.paid_cents, one.patient_responsibility_cents, one.cuts
    else:
        paid = sum(one.paid_cents for one in posted)
        patient = sum(one.patient_responsibility_cents for one in posted)
        cuts = list(chain.from_iterable(one.cuts for one in posted))
    money = state_of(claim.total_charge_cents, paid, patient, [one.status_code for one in posted], cuts)
    return settle(before, money), _TOLD[money]


def settle_claims(tx: ReadTransaction, claims: Mapping[int, ClaimRef]) -> Iterator[StatusChange]:
    """The step of each claim to where its entries say it stands, for those that were matched by hand or later."""
    posted, numbers = entries_of_claims(tx, claims), payer_numbers(tx, claims)
    for claim_id, claim in claims.items():
        after, event = settled(claim, state_of_word(claim.state), posted.get(claim_id, ()))
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
    return _WORDS[state]


def state_of_word(state: ClaimState) -> State:
    """The state of the table that a word of the ledger means."""
    return _STATES[state]
