"""One file being posted: its transaction, the claims it moves, and what is told of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from edigate.archive import Archive
from edigate.findings import Finding
from edigate.gateway.post_glance import Glanced
from edigate.gateway.post_review import ToReview
from edigate.gateway.settling import number_told, state_of_word, word
from edigate.ledger.answers import ClaimRef, add_unmatched, apply_changes, claims_of_file, claims_told_by
from edigate.ledger.inbound import InboundFile
from edigate.ledger.intake import add_findings
from edigate.ledger.matches import Match, add_matched
from edigate.ledger.outbound import OutboundFile, advance, outbound_files
from edigate.ledger.records import NewUnmatched, StatusChange
from edigate.ledger.states import Usage
from edigate.ledger.transaction import WriteTransaction
from edigate.partners.model import PostingPolicy
from edigate.responses.status import Event, State, next_state
from edigate.x12.envelope import TransactionSet


class HoldError(Exception):
    """This file can't be posted as a whole; the text says why, to a person."""


def usage_of(transaction_set: TransactionSet) -> Usage:
    """What an answer is of (ISA15): T of tests, anything else of the real thing."""
    elements = transaction_set.interchange.elements
    return "test" if elements[15:16] == ("T",) else "production"


class Sum(msgspec.Struct, frozen=True):
    """A sum of an 835 that doesn't hold: both its sides in dollars, and where it stands in words."""

    level: str  # line, claim or payment
    what: str
    said: str
    adds_up_to: str


class UnbalancedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that doesn't add up: the sums, the most detailed first, as many as fit; `sums_in_all` counts all."""

    set_number: int
    trace_number: str
    amount: Decimal
    sums: list[Sum]
    sums_in_all: int
    accepted: bool


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word that lets a held file through, and how far: which sets need not add up, whether it was seen."""

    why: str
    unbalanced: frozenset[int] = frozenset()
    reviewed: bool = False


class Outcome(msgspec.Struct, kw_only=True):
    """What posting a file did. Amounts are cents."""

    kind: str = ""
    already: bool = False  # posted or kept before; nothing was done
    sets_posted: int = 0
    sets_kept: int = 0
    claims_moved: int = 0
    payments: int = 0
    payments_repeated: int = 0  # the same payment had been posted from another file
    amount_cents: int = 0
    claim_payments: int = 0
    claim_payments_unmatched: int = 0
    unmatched: int = 0
    held: str = ""
    unbalanced: list[UnbalancedPayment] = []
    review: list[ToReview] = []


class Posting:
    """What the readers of one file work with. `settle` writes down what they gathered."""

    def __init__(
        self,
        tx: WriteTransaction,
        file: InboundFile,
        archive: Archive,
        outcome: Outcome,
        *,
        policy: PostingPolicy | None = None,
        release: Release | None = None,
    ) -> None:
        self.policy = policy if policy != PostingPolicy() else None  # None: nothing waits for review
        self.release = release
        self.tx = tx
        self.file = file
        self.archive = archive
        self.outcome = outcome
        self.glanced: dict[int, Glanced] = {}  # 835 sets looked through, by their index in the file
        self._states: dict[int, State] = {}
        self._changes: list[StatusChange] = []
        self._findings: list[tuple[int, Finding]] = []
        self._unmatched: list[NewUnmatched] = []
        self._by_word: list[tuple[NewUnmatched, Match, str]] = []
        self._uncertain = outbound_files(tx, states=("uncertain",))
        self._arrived: dict[int, str] = {}  # files of ours whose fate was uncertain, and what proves it
        self._answered: set[int] = set()  # claims whose answer proves that their file arrived, where any is uncertain

    def move(
        self,
        claims: Iterable[ClaimRef],
        event: Event,
        *,
        detail: str = "",
        segment_position: int = 0,
        payer_claim_control_number: str = "",
        outbound_file_id: int | None = None,
        proves_arrival: bool = True,
    ) -> None:
        """Tell claims of an event; each goes where the table says, from where it stands by now."""
        for claim in claims:
            before = self.state_of(claim)
            self.to(
                claim,
                next_state(before, event),
                event.value,
                detail=detail,
                segment_position=segment_position,
                payer_claim_control_number=number_told(claim, before, payer_claim_control_number),
                outbound_file_id=outbound_file_id,
                proves_arrival=proves_arrival,
            )

    def to(
        self,
        claim: ClaimRef,
        after: State,
        event: str,
        *,
        detail: str = "",
        segment_position: int = 0,
        payer_claim_control_number: str = "",
        outbound_file_id: int | None = None,
        proves_arrival: bool = True,
    ) -> None:
        """Bring one claim to a state; the event is kept even where the state stays."""
        before = self.state_of(claim)
        self._states[claim.id] = after
        if self._uncertain and proves_arrival and claim.version == 1:  # later versions: maybe a late one to an earlier
            self._answered.add(claim.id)
        self._changes.append(
            StatusChange(
                claim_id=claim.id,
                state_before=word(before),
                state_after=word(after),
                event=event,
                inbound_file_id=self.file.id,
                outbound_file_id=outbound_file_id,
                segment_position=segment_position,
                detail=detail,
                payer_claim_control_number=payer_claim_control_number,
            )
        )

    def state_of(self, claim: ClaimRef) -> State:
        """Where a claim stands by what was read so far."""
        return self._states.get(claim.id) or state_of_word(claim.state)

    def find(self, claim_id: int, finding: Finding) -> None:
        """Attach a finding that the answer told us to a claim."""
        self._findings.append((claim_id, finding))

    def unmatched(
        self, kind: str, key: str, *, segment_position: int = 0, detail: str = "", trace: str = ""
    ) -> None:
        """An answer that speaks of nothing we know: it waits in sight."""
        self.outcome.unmatched += 1
        self._unmatched.append(
            NewUnmatched(
                inbound_file_id=self.file.id,
                kind=kind,
                key=key,
                segment_position=segment_position,
                detail=detail,
                trace=trace,
            )
        )

    def by_word(self, match: Match, key: str, *, event: str, detail: str) -> None:
        """An answer that a person's word led to its claim: kept with that word, so that it can be taken back."""
        answer = NewUnmatched(inbound_file_id=self.file.id, kind=self.outcome.kind, key=key, detail=detail)
        self._by_word.append((answer, match, event))

    def arrived(self, file: OutboundFile, by: str) -> None:
        """An answer to a file of ours is proof: if its fate was uncertain, it did arrive."""
        if file.state == "uncertain":
            self._arrived[file.id] = by

    def write_moves(self) -> None:
        """Write the claims' moves down that were gathered by now: whoever reads a claim next finds it moved."""
        apply_changes(self.tx, self._changes)
        self._changes.clear()
        self._states.clear()

    def settle(self) -> None:
        """Write down moves, findings and unmatched answers, in a few statements."""
        self.write_moves()
        for file in self._uncertain:
            by = self._arrived.get(file.id)
            if by is None and any(claim.id in self._answered for claim in claims_of_file(self.tx, file.id)):
                by = f"{self.outcome.kind} about its claims"
            if by is not None:  # claims that were answered are further along and stay there
                advance(
                    self.tx, file.id, expect="uncertain", to="sent", reason=f"proved by a {by}, file {self.file.id}"
                )
        add_findings(self.tx, self._findings, inbound_file_id=self.file.id)
        add_unmatched(self.tx, self._unmatched)
        add_matched(self.tx, self._by_word)
        self.outcome.claims_moved = claims_told_by(self.tx, self.file.id)

