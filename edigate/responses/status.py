"""A claim's life as one table: states x events -> state. Pure and total; knows no files and no ledger.

Answers arrive in any order, twice, or never, so the table is built from one idea: every state has a
rank, every event a state it brings news of, and the higher rank stays (worst news of the farthest hop;
money beats every acknowledgment). That makes the order of answers, and hearing one twice, irrelevant.
The one step back is `cancelled`: a file that never left gives its claims back.

What money says is settled by sums, not by the last entry: see `money_state`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache


class State(StrEnum):
    """Where a claim stands. Declared in rank order: a later one is not undone by news of an earlier one."""

    REFUSED = "refused"  # an encounter that could not be made into a claim
    READY = "ready"
    QUEUED = "queued"
    UNCERTAIN = "uncertain"  # its file may or may not have arrived
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"  # TA1 or 999 accepted, or 277CA A0/A1: seen, not yet taken in
    ACCEPTED = "accepted"  # 277CA A2: taken in for adjudication
    REJECTED = "rejected"  # TA1, 999 or 277CA: nobody will adjudicate it
    FORWARDED = "forwarded"
    DENIED = "denied"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    REVERSED = "reversed"  # a payment was taken back and nothing followed yet
    VOID = "void"


class Event(StrEnum):
    """What can happen to a claim: our own acts, then the answers."""

    QUEUED = "queued"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DELIVERED = "delivered"  # evidence that an uncertain file did arrive
    CANCELLED = "cancelled"  # its file never left and never will
    TA1_ACCEPTED = "ta1_accepted"
    TA1_REJECTED = "ta1_rejected"
    X999_ACCEPTED = "x999_accepted"
    X999_REJECTED = "x999_rejected"
    X277_RECEIVED = "x277_received"
    X277_ACCEPTED = "x277_accepted"
    X277_REJECTED = "x277_rejected"
    X835_FORWARDED = "x835_forwarded"
    X835_DENIED = "x835_denied"
    X835_PARTLY_PAID = "x835_partly_paid"
    X835_PAID = "x835_paid"
    X835_REVERSED = "x835_reversed"
    VOIDED = "voided"
    OVERDUE = "overdue"  # an answer that should have come by now hasn't: no news, but it is kept


# The state an event brings news of.
_NEWS: dict[Event, State] = {
    Event.QUEUED: State.QUEUED,
    Event.UNCERTAIN: State.UNCERTAIN,
    Event.SENT: State.SENT,
    Event.DELIVERED: State.SENT,
    Event.TA1_ACCEPTED: State.ACKNOWLEDGED,
    Event.TA1_REJECTED: State.REJECTED,
    Event.X999_ACCEPTED: State.ACKNOWLEDGED,
    Event.X999_REJECTED: State.REJECTED,
    Event.X277_RECEIVED: State.ACKNOWLEDGED,
    Event.X277_ACCEPTED: State.ACCEPTED,
    Event.X277_REJECTED: State.REJECTED,
    Event.X835_FORWARDED: State.FORWARDED,
    Event.X835_DENIED: State.DENIED,
    Event.X835_PARTLY_PAID: State.PARTLY_PAID,
    Event.X835_PAID: State.PAID,
    Event.X835_REVERSED: State.REVERSED,
    Event.VOIDED: State.VOID,
}
_RANK = {state: rank for rank, state in enumerate(State)}
# A claim that could not be made can't be sent; an answer about one is evidence all the same.
_OWN_ACTS = frozenset((Event.QUEUED, Event.UNCERTAIN, Event.SENT, Event.DELIVERED))
# An answer is proof that the file arrived, so only claims without one can be given back.
_GIVEN_BACK = frozenset((State.READY, State.QUEUED, State.UNCERTAIN))


def _next(state: State, event: Event) -> State:
    if event is Event.OVERDUE:
        return state
    if event is Event.CANCELLED:
        return State.READY if state in _GIVEN_BACK else state
    if state is State.REFUSED and event in _OWN_ACTS:
        return state
    return max(state, _NEWS[event], key=_RANK.__getitem__)


TABLE: dict[tuple[State, Event], State] = {(s, e): _next(s, e) for s in State for e in Event}


def next_state(state: State, event: Event) -> State:
    """The state after an event, for every state and every event; the same state where it tells nothing new."""
    return TABLE[state, event]


# --- what an answer's codes mean

TA1_EVENTS: dict[str, Event] = {  # TA104
    "A": Event.TA1_ACCEPTED,
    "E": Event.TA1_ACCEPTED,  # accepted with errors: it stands
    "R": Event.TA1_REJECTED,
}

X999_EVENTS: dict[str, Event] = {  # IK501, and AK901 where no set is listed (P: some sets stand, so none)
    "A": Event.X999_ACCEPTED,
    "E": Event.X999_ACCEPTED,
    "M": Event.X999_REJECTED,
    "R": Event.X999_REJECTED,
    "W": Event.X999_REJECTED,
    "X": Event.X999_REJECTED,
}

X277_EVENTS: dict[str, Event] = {  # STC01-1, code source 507
    "A0": Event.X277_RECEIVED,  # passed on
    "A1": Event.X277_RECEIVED,
    "A2": Event.X277_ACCEPTED,
    "A3": Event.X277_REJECTED,  # returned as unprocessable
    "A4": Event.X277_REJECTED,  # not found: nobody is working on it
    "A5": Event.X277_ACCEPTED,  # split when it was taken in
    "A6": Event.X277_REJECTED,  # missing information
    "A7": Event.X277_REJECTED,  # invalid information
    "A8": Event.X277_REJECTED,  # fields contradict each other
}


def x277_event(category: str, action: str = "") -> Event | None:
    """The event of one STC: its first category, unless the action (STC03) is U, a plain rejection.

    None for categories that no 277CA uses (P, F, R ...): they say nothing about acceptance. Further
    composites (STC10, STC11) explain the first and never overrule it: accepted claims carry hints there.
    """
    if action.strip().upper() == "U":
        return Event.X277_REJECTED
    return X277_EVENTS.get(category.strip().upper())


# --- money

REVERSAL = "22"
_PREDETERMINATION = "25"  # priced, never paid
_DENIED = "4"
_NOT_OURS = "23"
_CROSSED_OVER = frozenset(("19", "20", "21"))


# Dollars or whole cents: all of one call are the same.
Amount = Decimal | int


def money_state(
    charge: Amount,
    paid_net: Amount,
    patient_responsibility_net: Amount,
    statuses: Iterable[str],
    denied_net: Amount | None = None,
) -> State | None:
    """What all entries (CLP) for a claim say together, whatever their order; None where none speaks of money.

    `statuses` are the CLP02 of every entry; sums are over all of them, reversals negative.
    `charge` is what we billed. `denied_net` is what was cut for reasons that are a denial and not a
    contract, the patient's share or another payer's payment (`reconcile.reasons`). None: not known; then
    a claim paid below its charge counts as paid, because contracts make that the normal case, and one
    that got nothing and left the patient nothing counts as denied.
    """
    denied = denied_net is not None and denied_net > 0
    accounted = patient_responsibility_net > 0 or denied_net is not None or charge == 0
    return _said(tuple(statuses), charge > 0, paid_net > 0, denied, accounted)


@lru_cache(maxsize=4096)
def _said(statuses: tuple[str, ...], charged: bool, paid: bool, denied: bool, accounted: bool) -> State | None:
    """The same from what the sums are more than nothing: so little differs that most claims were judged before."""
    entries = [status.strip() for status in statuses if status.strip() != _PREDETERMINATION]
    if not entries:
        return None
    standing = [status for status in entries if status != REVERSAL]
    if len(standing) <= len(entries) - len(standing):
        return State.REVERSED  # as many taken back as given; the new adjudication is still to come
    if paid:
        # A zero-charge claim can't be paid in part.
        return State.PARTLY_PAID if charged and (denied or _DENIED in standing) else State.PAID
    if all(status == _NOT_OURS or status in _CROSSED_OVER for status in standing):
        return State.FORWARDED
    if all(status in (_DENIED, _NOT_OURS) for status in standing):
        return State.DENIED
    # Processed, and nothing comes from this payer: is the rest accounted for, or was it denied?
    return State.PAID if accounted and not denied else State.DENIED


MONEY_EVENTS: dict[State, Event] = {
    State.FORWARDED: Event.X835_FORWARDED,
    State.DENIED: Event.X835_DENIED,
    State.PARTLY_PAID: Event.X835_PARTLY_PAID,
    State.PAID: Event.X835_PAID,
    State.REVERSED: Event.X835_REVERSED,
}


def x835_event(
    status: str,
    charge: Decimal,
    paid: Decimal,
    patient_responsibility: Decimal,
    denied: Decimal | None = None,
) -> Event | None:
    """The event of a single claim payment (2100), for a claim that has no other."""
    state = money_state(charge, paid, patient_responsibility, (status,), denied)
    return MONEY_EVENTS[state] if state else None


def settle(state: State, money: State | None) -> State:
    """A claim's state once the sums over all its payments say `money`.

    Money replaces what earlier money said (a correction after a reversal pays again) and beats every
    acknowledgment; it never brings a void claim back.
    """
    if money is None or state is State.VOID:
        return state
    return money


# --- the table for people

def table_markdown() -> str:
    """The table as Markdown: a row an event, a column a state; a dot where nothing changes."""
    lines = [
        "| event | " + " | ".join(state.value for state in State) + " |",
        "| --- |" + " --- |" * len(State),
    ]
    for event in Event:
        cells = (TABLE[state, event] for state in State)
        shown = ("·" if after is state else after.value for state, after in zip(State, cells, strict=True))
        lines.append(f"| {event.value} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"
