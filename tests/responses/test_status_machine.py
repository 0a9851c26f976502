"""The lifecycle's laws, tried by hypothesis: two copies of a claim hear the same answers, each in an order of its own.

Whatever the orders, and however often an answer is repeated, both must end alike; and no answer ever takes back what
a farther hop said.
"""

from __future__ import annotations

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edigate.responses.status import Event, State, money_state, next_state, settle

CHARGE = Decimal(100)
ACKNOWLEDGMENTS = [event for event in Event if event.value.startswith(("ta1_", "x999_", "x277_"))]
# CLP02, paid, patient's share, denied; a reversal takes back what a claim paid.
ENTRIES = [
    ("1", Decimal(80), Decimal(20), Decimal(0)),
    ("1", Decimal(50), Decimal(0), Decimal(50)),
    ("4", Decimal(0), Decimal(0), Decimal(100)),
    ("19", Decimal(0), Decimal(0), Decimal(0)),
    ("22", Decimal(-80), Decimal(-20), Decimal(0)),
    ("25", Decimal(0), Decimal(0), Decimal(0)),
]
_RANK = list(State)


class Claim:
    """One copy: where it stands, and the answers that have yet to reach it."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.heard: list[tuple[str, int]] = []
        self.waiting: list[tuple[str, int]] = []
        self.money: list[int] = []

    def hear(self, answer: tuple[str, int]) -> None:
        kind, number = answer
        self.heard.append(answer)
        if kind == "acknowledgment":
            self.state = next_state(self.state, ACKNOWLEDGMENTS[number])
            return
        self.money.append(number)
        self.state = settle(self.state, self.owed())

    def owed(self) -> State | None:
        entries = [ENTRIES[number] for number in self.money]
        return money_state(
            CHARGE,
            sum((paid for _, paid, _, _ in entries), Decimal(0)),
            sum((patient for _, _, patient, _ in entries), Decimal(0)),
            [status for status, *_ in entries],
            sum((denied for *_, denied in entries), Decimal(0)),
        )


class Answers(RuleBasedStateMachine):
    """Answers are thought of one by one, and reach each copy when its order has them come."""

    @initialize(state=st.sampled_from([State.SENT, State.UNCERTAIN, State.QUEUED, State.ACKNOWLEDGED]))
    def sent(self, state: State) -> None:
        self.copies = [Claim(state), Claim(state)]

    @rule(number=st.integers(0, len(ACKNOWLEDGMENTS) - 1))
    def acknowledged(self, number: int) -> None:
        for copy in self.copies:
            copy.waiting.append(("acknowledgment", number))

    @rule(number=st.integers(0, len(ENTRIES) - 1))
    def remitted(self, number: int) -> None:
        for copy in self.copies:
            copy.waiting.append(("money", number))

    @precondition(lambda self: any(copy.waiting for copy in self.copies))
    @rule(which=st.integers(0, 1), place=st.integers(0, 50))
    def delivered(self, which: int, place: int) -> None:
        copy = self.copies[which]
        if copy.waiting:
            before = copy.state
            answer = copy.waiting.pop(place % len(copy.waiting))
            copy.hear(answer)
            if answer[0] == "acknowledgment":
                assert _RANK.index(copy.state) >= _RANK.index(before), "an acknowledgment took something back"

    @rule(which=st.integers(0, 1), place=st.integers(0, 50))
    def delivered_again(self, which: int, place: int) -> None:
        """An acknowledgment comes again; the same money posts once, so it never gets this far twice."""
        copy = self.copies[which]
        again = [answer for answer in copy.heard if answer[0] == "acknowledgment"]
        if again:
            before = copy.state
            copy.state = next_state(before, ACKNOWLEDGMENTS[again[place % len(again)][1]])
            assert copy.state is before, "the same answer twice changed something"

    @rule(which=st.integers(0, 1), event=st.sampled_from([Event.SENT, Event.DELIVERED, Event.OVERDUE]))
    def of_our_own(self, which: int, event: Event) -> None:
        """Evidence that the file arrived, or that an answer is late, undoes no answer."""
        copy = self.copies[which]
        if copy.heard:
            before = copy.state
            copy.state = next_state(before, event)
            assert copy.state is before or before in (State.QUEUED, State.UNCERTAIN)

    @precondition(lambda self: any(copy.heard for copy in self.copies))
    @rule(which=st.integers(0, 1))
    def cancelled(self, which: int) -> None:
        """A claim that was answered isn't given back to be sent again."""
        copy = self.copies[which]
        moved = [answer for answer in copy.heard if answer[0] == "acknowledgment" or ENTRIES[answer[1]][0] != "25"]
        if moved:
            assert next_state(copy.state, Event.CANCELLED) is copy.state

    @invariant()
    def money_beats_every_acknowledgment(self) -> None:
        for copy in getattr(self, "copies", []):
            if copy.money and (owed := copy.owed()) is not None:
                assert copy.state is owed

    def teardown(self) -> None:
        for copy in getattr(self, "copies", []):
            while copy.waiting:
                copy.hear(copy.waiting.pop(0))
            copy.state = next_state(copy.state, Event.DELIVERED)
        assert len({copy.state for copy in getattr(self, "copies", [])}) <= 1, "the order of arrival mattered"


TestAnswers = Answers.TestCase
TestAnswers.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
