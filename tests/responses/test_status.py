"""A claim's life: order of answers, repetition, and money by sums. The docs show the table that runs."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.ledger import states
from edigate.responses.status import (
    TA1_EVENTS,
    TABLE,
    X277_EVENTS,
    X999_EVENTS,
    Event,
    State,
    money_state,
    next_state,
    settle,
    table_markdown,
    x277_event,
    x835_event,
)

ANSWERS = [event for event in Event if event.value.startswith(("ta1", "x999", "x277", "x835"))]


def after(*events: Event, start: State = State.SENT) -> State:
    state = start
    for event in events:
        state = next_state(state, event)
    return state


def test_every_state_has_an_answer_to_every_event() -> None:
    assert TABLE.keys() == {(state, event) for state in State for event in Event}


def test_the_ledger_stores_exactly_these_states() -> None:
    assert {state.value for state in State} == set(states.CLAIM_STATES)


@given(st.lists(st.sampled_from(ANSWERS), max_size=8).flatmap(lambda e: st.tuples(st.just(e), st.permutations(e))))
def test_the_order_of_answers_makes_no_difference(orders: tuple[list[Event], list[Event]]) -> None:
    one, other = orders
    for start in State:
        assert after(*one, start=start) is after(*other, start=start)


@given(st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=8), st.data())
def test_the_same_answer_twice_changes_nothing(events: list[Event], data: st.DataObject) -> None:
    repeated = data.draw(st.sampled_from(events))
    assert after(*events, repeated) is after(*events)


@given(st.lists(st.sampled_from(list(Event)), max_size=10))
def test_a_claim_that_was_answered_never_goes_back_to_be_sent(events: list[Event]) -> None:
    seen = [State.QUEUED]
    for event in events:
        seen.append(next_state(seen[-1], event))
    unanswered = {State.REFUSED, State.READY, State.QUEUED, State.UNCERTAIN, State.SENT}
    for before, now in pairwise(seen):
        assert before in unanswered or now not in unanswered


@pytest.mark.parametrize(
    ("events", "state"),
    [
        pytest.param([Event.X999_ACCEPTED], State.ACKNOWLEDGED, id="syntax accepted"),
        pytest.param([Event.X277_RECEIVED], State.ACKNOWLEDGED, id="received is not yet accepted"),
        pytest.param([Event.X277_ACCEPTED, Event.X277_REJECTED], State.REJECTED,
                     id="the clearinghouse accepts, the payer rejects"),
        pytest.param([Event.X277_REJECTED, Event.X999_ACCEPTED], State.REJECTED, id="a late 999 takes nothing back"),
        pytest.param([Event.X999_REJECTED, Event.X835_PAID], State.PAID, id="money is evidence"),
        pytest.param([Event.X835_DENIED, Event.X277_ACCEPTED], State.DENIED, id="an 835 beats acknowledgments"),
        pytest.param([Event.VOIDED, Event.X277_ACCEPTED], State.VOID, id="void stays void"),
    ],
)  # fmt: skip
def test_worst_news_of_the_farthest_hop(events: list[Event], state: State) -> None:
    assert after(*events) is state


def test_an_uncertain_file_is_settled_by_evidence_either_way() -> None:
    uncertain = after(Event.QUEUED, Event.UNCERTAIN, start=State.READY)
    assert uncertain is State.UNCERTAIN
    assert next_state(uncertain, Event.DELIVERED) is State.SENT
    assert next_state(uncertain, Event.X999_ACCEPTED) is State.ACKNOWLEDGED
    assert next_state(uncertain, Event.CANCELLED) is State.READY


def test_only_unsent_claims_are_given_back() -> None:
    back = {state for state in State if next_state(state, Event.CANCELLED) is State.READY}
    assert back == {State.READY, State.QUEUED, State.UNCERTAIN}


def test_a_refused_encounter_is_never_sent() -> None:
    assert after(Event.QUEUED, Event.SENT, start=State.REFUSED) is State.REFUSED


def test_every_code_of_the_guides_has_its_event() -> None:
    assert set(TA1_EVENTS) == {"A", "E", "R"}
    assert set(X999_EVENTS) == {"A", "E", "M", "R", "W", "X"}
    assert set(X277_EVENTS) == {f"A{n}" for n in range(9)}


@pytest.mark.parametrize(
    ("category", "action", "event"),
    [
        ("A2", "WQ", Event.X277_ACCEPTED),
        ("a1", "", Event.X277_RECEIVED),
        ("A2", "U", Event.X277_REJECTED),
        ("A7", "", Event.X277_REJECTED),
        ("R4", "", None),
        ("", "", None),
    ],
)
def test_a_277_status_means_what_its_action_and_category_say(category: str, action: str, event: Event | None) -> None:
    assert x277_event(category, action) is event


D = Decimal


@pytest.mark.parametrize(
    ("paid", "patient", "statuses", "denied", "state"),
    [
        pytest.param("80", "20", ["1"], "0", State.PAID, id="paid, rest the patient's"),
        pytest.param("80", "0", ["1"], "0", State.PAID, id="paid, rest contractual"),
        pytest.param("80", "0", ["1"], "20", State.PARTLY_PAID, id="a line denied"),
        pytest.param("80", "0", ["1", "4"], "0", State.PARTLY_PAID, id="split in two, one part denied"),
        pytest.param("0", "100", ["1"], "0", State.PAID, id="all to the deductible"),
        pytest.param("0", "0", ["4"], "100", State.DENIED, id="denied"),
        pytest.param("0", "100", ["4"], "0", State.DENIED, id="denied, billed to the patient"),
        pytest.param("0", "0", ["1"], "100", State.DENIED, id="called processed, but all cut"),
        pytest.param("0", "0", ["2"], "0", State.PAID, id="the primary paid all the secondary allows"),
        pytest.param("0", "60", ["1"], "40", State.DENIED, id="deductible and a denied line"),
        pytest.param("0", "0", ["1", "22"], "0", State.REVERSED, id="taken back"),
        pytest.param("-80", "0", ["22"], "0", State.REVERSED, id="the reversal came alone"),
        pytest.param("70", "0", ["1", "22", "1"], "0", State.PAID, id="reversed and paid anew"),
        pytest.param("0", "0", ["1", "22", "4"], "100", State.DENIED, id="reversed and denied"),
        pytest.param("0", "0", ["23"], "0", State.FORWARDED, id="not theirs, passed on"),
        pytest.param("0", "30", ["19"], "0", State.FORWARDED, id="crossed over without payment"),
        pytest.param("50", "30", ["19"], "0", State.PAID, id="crossed over with payment"),
        pytest.param("0", "0", ["25"], "0", None, id="priced only"),
    ],
)
def test_money_is_judged_by_all_entries_together(
    paid: str, patient: str, statuses: list[str], denied: str, state: State | None
) -> None:
    for order in (statuses, statuses[::-1]):
        assert money_state(D(100), D(paid), D(patient), order, D(denied)) is state


def test_nothing_paid_and_no_reason_known_counts_as_denied() -> None:
    assert money_state(D(100), D(0), D(0), ["1"]) is State.DENIED
    assert money_state(D(100), D(60), D(0), ["1"]) is State.PAID


def test_a_correction_after_a_reversal_pays_again_but_void_stays() -> None:
    assert settle(State.REVERSED, State.PAID) is State.PAID
    assert settle(State.REJECTED, State.DENIED) is State.DENIED
    assert settle(State.ACCEPTED, None) is State.ACCEPTED
    assert settle(State.VOID, State.PAID) is State.VOID


def test_a_single_payment_has_its_event() -> None:
    assert x835_event("1", D(100), D(80), D(20)) is Event.X835_PAID
    assert x835_event("22", D(-100), D(-80), D(-20)) is Event.X835_REVERSED
    assert x835_event("25", D(100), D(0), D(0)) is None


def test_the_page_shows_the_table_that_runs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "status.md").read_text(encoding="utf-8")
    shown = page.split("<!-- table: begin -->\n")[1].split("<!-- table: end -->")[0]
    assert shown == table_markdown(), "replace the table in docs/status.md by table_markdown()'s"
