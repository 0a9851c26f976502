"""The 835 posted: read once, checked and written claim by claim, each joined to our claim and lines.

A payment that doesn't add up, can't be read, or came before with other content holds its whole file:
what was written of it is undone with the transaction. The same payment from another file posts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from edigate.findings import Finding
from edigate.gateway.post_claims import by_word, claims_of
from edigate.gateway.post_entries import cents_of, new_claim_payment, provider_adjustments
from edigate.gateway.post_lines import lines_meant
from edigate.gateway.post_review import ToReview, adjustments_to_look_at, reasons_to_look
from edigate.gateway.posting import HoldError, Posting, Sum, UnbalancedPayment, usage_of
from edigate.gateway.settling import settled
from edigate.ledger.answers import ClaimRef, claims_by_id
from edigate.ledger.entries import PostedEntry, claims_with_entries, entries_of_claims, payer_numbers
from edigate.ledger.matches import link_payments
from edigate.ledger.payments import PaymentEntry, begin_payment, posted_payment
from edigate.ledger.records import NewClaimPayment, NewPayment
from edigate.ledger.states import Usage
from edigate.ledger.sums import PREDETERMINATION
from edigate.ledger.transaction import in_blocks
from edigate.money import ZERO, to_text
from edigate.remits.balance import CLAIM, LINE, LINES_CHARGE, PAYMENT, Balance, paid_total
from edigate.remits.model import Payment
from edigate.remits.x221 import PaymentStream, StreamedClaim, stream_payment
from edigate.responses.status import REVERSAL
from edigate.x12.envelope import TransactionSet

_NO_MONEY = "NON"  # BPR04
_AT_ONCE = 1000  # claims read, looked up and written together
_MOST_SUMS = 50  # told of one payment
_LEVELS = {LINE: "line", LINES_CHARGE: "claim", CLAIM: "claim", PAYMENT: "payment"}


_Place = tuple[int, str]  # where a claim stands in the set (its CLP, ST = 1), and the payer's number for it


def post_payment(posting: Posting, transaction_set: TransactionSet) -> None:
    """Post one 835 set. Raises HoldError; then the transaction must not be kept."""
    stream = stream_payment(transaction_set)
    reading = _Reading(posting, transaction_set.index, usage_of(transaction_set))
    claims = iter(stream)
    while not reading.repeated and (block := list(islice(claims, _AT_ONCE))):
        reading.claims(block, stream)
    if not reading.repeated:
        reading.finish(stream)
    if reading.repeated:  # nothing of it is written: its hash says that it is what was posted
        posting.outcome.payments_repeated += 1


class _Reading:
    """One payment on its way into the ledger."""

    def __init__(self, posting: Posting, set_number: int, usage: Usage) -> None:
        self.repeated = False
        self._posting = posting
        self._set_number = set_number
        self._glanced = posting.glanced[set_number]
        self._usage = usage
        self._balance = Balance()
        release = posting.release
        self._accepted = release.why if release is not None and set_number in release.unbalanced else ""
        self._sums: list[Sum] = []  # the first that don't hold
        self._problems = 0
        self._new: NewPayment | None = None
        self._entry: PaymentEntry | None = None
        self._later: dict[int, int] = {}  # claims told of at the end, and their CLP's place

    def claims(self, block: Sequence[StreamedClaim], stream: PaymentStream) -> None:
        """Check the next claims, and write them unless something was wrong by now."""
        if self._new is None:
            self._begin(block[0].payment)
        for streamed in block:
            self._check(self._balance.claim(streamed.claim, streamed.first_segment))
        if self._entry is None or (self._problems and not self._accepted) or _unreadable(stream):
            return
        tx, outcome = self._posting.tx, self._posting.outcome
        found = claims_of(self._posting, block, self._usage)
        words = by_word(self._posting, block, found)
        ours = {claim.id for claim in found if claim is not None}
        entered = claims_with_entries(tx, ours)
        written = []
        for streamed, claim, line_ids in zip(block, found, lines_meant(tx, block, found), strict=True):
            self._review(streamed, claim)
            places = self._glanced.services_within(streamed.first_segment, streamed.last_segment)
            written.append(new_claim_payment(streamed, claim, line_ids, places))
        ids = self._entry.add_claims(written)
        link_payments(tx, [(match.id, ids[place]) for place, match in words.items()])
        outcome.claim_payments += len(written)
        outcome.claim_payments_unmatched += found.count(None)
        self._move(written, found, entered, block[0].payment.trace_number)

    def _move(
        self, written: Sequence[NewClaimPayment], found: Sequence[ClaimRef | None], entered: set[int], trace: str
    ) -> None:
        """Move the block's claims of which nothing was posted before; the others wait for the whole payment.

        So a claim reversed and paid anew moves once, and memory doesn't grow with the claims that come once.
        """
        here: dict[int, tuple[ClaimRef, list[NewClaimPayment]]] = {}
        for paid, claim in zip(written, found, strict=True):
            if claim is None:
                continue
            if claim.id in here:
                here[claim.id][1].append(paid)
            else:
                here[claim.id] = claim, [paid]
        for claim_id, (claim, entries) in here.items():
            last = entries[-1]
            if claim_id in entered or REVERSAL in [one.status_code for one in entries]:
                self._later[claim_id] = last.segment_position
            else:
                posted = [_entry_of(one) for one in entries if one.status_code != PREDETERMINATION]
                self._to(claim, posted, (last.segment_position, last.payer_claim_control_number), trace)
        self._posting.write_moves()

    def _to(self, claim: ClaimRef, posted: Sequence[PostedEntry], place: _Place, trace: str) -> None:
        after, event = settled(claim, self._posting.state_of(claim), posted)
        self._posting.to(
            claim,
            after,
            event,
            detail=f"payment {trace}",
            segment_position=place[0],
            payer_claim_control_number=place[1],
        )

    def finish(self, stream: PaymentStream) -> None:
        """All claims went by: hold the payment, or write its provider adjustments and move its claims."""
        payment = stream.payment
        if self._new is None:  # a payment without claims
            self._begin(payment)
        if self._entry is None or self._new is None:
            return
        self._check(self._balance.finish(payment))
        if unreadable := _unreadable(stream):
            more = len(unreadable) + self._problems - 1
            raise HoldError(f"{unreadable[0]} (and {more} more)" if more else unreadable[0])
        if self._problems:
            self._unbalanced(payment)
            if not self._accepted:
                return
        elif self._accepted:
            raise HoldError(f"payment {self._new.trace_number} adds up: there is nothing to accept")
        if self._new != _new_payment(self._posting, self._set_number, payment, self._accepted):
            raise HoldError("its payer, payee or amount stands behind its claims, so it can't be said whose they are")
        self._review_adjustments(payment)
        self._entry.finish(list(provider_adjustments(payment, self._glanced.provider_adjustments)))
        self._posting.outcome.payments += 1
        self._posting.outcome.amount_cents += self._new.amount_cents
        for later in in_blocks(self._later):
            tx = self._posting.tx
            claims, posted, numbers = claims_by_id(tx, later), entries_of_claims(tx, later), payer_numbers(tx, later)
            for claim_id in later:
                place = self._later[claim_id], numbers.get(claim_id, "")
                self._to(claims[claim_id], posted.get(claim_id, ()), place, payment.trace_number)
            self._posting.write_moves()

    def _begin(self, payment: Payment) -> None:
        """What heads the payment is known: which money it is, and whether we have it."""
        if payment.amount is None:
            raise HoldError("it doesn't say how much is paid (BPR02)")
        if payment.method.strip() == _NO_MONEY and payment.amount > 0:
            raise HoldError(
                f"it pays {to_text(payment.amount)} (BPR02) and says that no money comes with it (BPR04 {_NO_MONEY})"
            )
        self._new = new = _new_payment(self._posting, self._set_number, payment, self._accepted)
        if not new.trace_number:
            raise HoldError("it has no check or EFT number (TRN02), so nobody could tell it from its own resend")
        before = posted_payment(self._posting.tx, new.identity)
        if before is None:
            self._entry = begin_payment(self._posting.tx, new)
        elif before.content_hash == new.content_hash:
            self.repeated = True
        else:
            raise HoldError(
                f"payment {new.trace_number} was posted before (payment {before.id}, from file "
                f"{before.inbound_file_id}), and this one says something else: the same payer, number, date and "
                "amount, but other contents"
            )

    def _check(self, problems: Sequence[Finding]) -> None:
        for problem in problems[: _MOST_SUMS - len(self._sums)]:
            self._sums.append(Sum(_LEVELS[problem.code], problem.message, problem.value, problem.expected))
        self._problems += len(problems)

    def _unbalanced(self, payment: Payment) -> None:
        """Tell of this payment; `post.py` holds the file when it knows of all that don't add up."""
        told = UnbalancedPayment(
            set_number=self._set_number,
            trace_number=payment.trace_number.strip(),
            amount=paid_total(payment),
            sums=self._sums,
            sums_in_all=self._problems,
            accepted=self._accepted != "",
        )
        self._posting.outcome.unbalanced.append(told)

    def _review(self, streamed: StreamedClaim, claim: ClaimRef | None) -> None:
        policy = self._posting.policy
        if policy is None:
            return
        paid = streamed.claim
        for why in reasons_to_look(policy, paid, claim):
            told = ToReview(
                self._set_number,
                streamed.payment.trace_number.strip(),
                paid.patient_control_number,
                claim.id if claim is not None else None,
                paid.charge or ZERO,
                paid.paid or ZERO,
                why,
            )
            self._posting.outcome.review.append(told)

    def _review_adjustments(self, payment: Payment) -> None:
        for why in adjustments_to_look_at(self._posting.policy, payment) if self._posting.policy else ():
            told = ToReview(self._set_number, payment.trace_number.strip(), "", None, ZERO, ZERO, why)
            self._posting.outcome.review.append(told)


def _unreadable(stream: PaymentStream) -> list[str]:
    """What of a payment must be readable and isn't: every number, and the day of the money (BPR16).

    Another date that isn't one is only absent: no cent depends on it, and the file is kept as it came.
    """
    return [
        f"{finding.message} (segment {finding.segment_position} of the set)"
        for finding in stream.findings
        if finding.code != "IK4-8" or finding.segment_id == "BPR"
    ]


def _new_payment(posting: Posting, set_number: int, payment: Payment, accepted: str) -> NewPayment:
    payer, payee = payment.payer, payment.payee
    return NewPayment(
        inbound_file_id=posting.file.id,
        set_number=set_number,
        amount_cents=cents_of(paid_total(payment)),
        partner=posting.file.partner,
        content_hash=posting.glanced[set_number].content_hash,
        payer_name=payer.name if payer else "",
        payer_id=payer.id if payer else "",
        payee_id=payee.id if payee else "",
        trace_number=payment.trace_number.strip(),
        trace_payer_id=payment.trace_payer_id.strip(),
        method=payment.method,
        handling=payment.handling,
        effective_date=payment.effective_date,
        accepted_unbalanced=accepted,
    )


def _entry_of(paid: NewClaimPayment) -> PostedEntry:
    """An adjudication as the ledger would give it back."""
    cuts = [(cut.group_code, cut.reason_code, cut.amount_cents) for cut in paid.adjustments]
    for service in paid.services:
        cuts += [(cut.group_code, cut.reason_code, cut.amount_cents) for cut in service.adjustments]
    return PostedEntry(
        paid.status_code,
        paid.charge_cents,
        paid.paid_cents,
        paid.patient_responsibility_cents,
        paid.remark_codes,
        cuts,
    )
