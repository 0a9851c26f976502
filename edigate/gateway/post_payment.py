"""The 835 posted: read once, checked and written claim by claim, each joined to our claim and lines.

A payment that doesn't add up, can't be read, or came before with other content holds its whole file:
what was written of it is undone with the transaction. The same payment from another file posts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from edigate.findings import Finding
from edigate.gateway.post_entries import cents_of, new_claim_payment, provider_adjustments
from edigate.gateway.post_review import ToReview, adjustments_to_look_at, reasons_to_look
from edigate.gateway.posting import HoldError, Posting, Sum, UnbalancedPayment, usage_of
from edigate.gateway.settling import settled
from edigate.ledger.answers import ClaimRef, claims_by_control_number, claims_by_id, lines_of_claims
from edigate.ledger.entries import entries_of_claims
from edigate.ledger.matches import Match, folded, link_payments, remembered
from edigate.ledger.payments import PaymentEntry, begin_payment, claims_paid_under, posted_payment
from edigate.ledger.records import NewPayment
from edigate.ledger.states import Usage
from edigate.ledger.transaction import in_blocks
from edigate.money import ZERO
from edigate.remits.balance import CLAIM, LINE, LINES_CHARGE, PAYMENT, Balance, paid_total
from edigate.remits.model import Payment
from edigate.remits.x221 import PaymentStream, StreamedClaim, stream_payment
from edigate.responses.status import REVERSAL
from edigate.x12.envelope import TransactionSet

_AT_ONCE = 500  # claims written in one statement
_MOST_SUMS = 50  # told of one payment
_LEVELS = {LINE: "line", LINES_CHARGE: "claim", CLAIM: "claim", PAYMENT: "payment"}


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
        self._touched: dict[int, ClaimRef] = {}
        self._places: dict[int, tuple[int, str]] = {}

    def claims(self, block: Sequence[StreamedClaim], stream: PaymentStream) -> None:
        """Check the next claims, and write them unless something was wrong by now."""
        if self._new is None:
            self._begin(block[0].payment)
        for streamed in block:
            self._check(self._balance.claim(streamed.claim, streamed.first_segment))
        if self._entry is None or (self._problems and not self._accepted) or _unreadable(stream):
            return
        found = _claims_of(self._posting, block, self._usage)
        words = _by_word(self._posting, block, found)
        lines = lines_of_claims(self._posting.tx, {claim.id for claim in found if claim is not None})
        written = []
        outcome = self._posting.outcome
        for streamed, claim in zip(block, found, strict=True):
            self._review(streamed, claim)
            places = self._glanced.services_within(streamed.first_segment, streamed.last_segment)
            written.append(new_claim_payment(streamed, claim, lines, places))
            if claim is None:
                outcome.claim_payments_unmatched += 1
            else:
                self._touched[claim.id] = claim
                self._places[claim.id] = (streamed.first_segment, streamed.claim.payer_claim_control_number)
        ids = self._entry.add_claims(written)
        link_payments(self._posting.tx, [(match.id, ids[place]) for place, match in words.items()])
        outcome.claim_payments += len(written)

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
        self._entry.finish(list(provider_adjustments(payment)))
        self._posting.outcome.payments += 1
        self._posting.outcome.amount_cents += self._new.amount_cents
        _move_claims(self._posting, self._touched, self._places, payment)

    def _begin(self, payment: Payment) -> None:
        """What heads the payment is known: which money it is, and whether we have it."""
        if payment.amount is None:
            raise HoldError("it doesn't say how much is paid (BPR02)")
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


def _claims_of(posting: Posting, block: Sequence[StreamedClaim], usage: Usage) -> list[ClaimRef | None]:
    """Our claim of each CLP: by the patient control number, and of its versions the one that is meant.

    A reversal takes back what was paid under its CLP07, so it goes to the version that was paid. Money
    for a claim that never left us is only believed where the charge agrees: else it is a stranger's, and
    a claim taken for paid would never be sent.
    """
    tx = posting.tx
    by_number = claims_by_control_number(tx, {streamed.claim.patient_control_number for streamed in block}, usage)
    taken_back = {
        streamed.claim.payer_claim_control_number
        for streamed in block
        if streamed.claim.status == REVERSAL and streamed.claim.patient_control_number in by_number
    }
    paid_under = claims_paid_under(tx, taken_back)
    versions = claims_by_id(tx, set(paid_under.values()))
    found: list[ClaimRef | None] = []
    for streamed in block:
        paid = streamed.claim
        claim = by_number.get(paid.patient_control_number)
        if claim is not None and paid.status == REVERSAL:
            version = versions.get(paid_under.get(paid.payer_claim_control_number, 0))
            if version is not None and version.patient_control_number == claim.patient_control_number:
                claim = version
        if claim is not None and not may_be_paid(claim, cents_of(paid.charge)):
            claim = None
        found.append(claim)
    return found


def _by_word(
    posting: Posting, block: Sequence[StreamedClaim], found: list[ClaimRef | None]
) -> dict[int, Match]:
    """Fill in the claims that no number finds but a person's word does; that word, by place in the block.

    A number that means another claim by now would charge more than this one: then nothing is believed.
    """
    unknown = [place for place, claim in enumerate(found) if claim is None]
    words = remembered(
        posting.tx, posting.file.partner, (block[place].claim.patient_control_number for place in unknown)
    )
    meant = claims_by_id(posting.tx, {match.claim_id for match in words.values()})
    used: dict[int, Match] = {}
    for place in unknown:
        paid = block[place].claim
        match = words.get(folded(paid.patient_control_number))
        if match is not None and fits(meant[match.claim_id], cents_of(paid.charge)):
            found[place] = meant[match.claim_id]
            used[place] = match
    return used


def fits(claim: ClaimRef, charge_cents: int) -> bool:
    """Whether a payment with this charge can be for a claim by a word given for another answer: all or part of it."""
    return may_be_paid(claim, charge_cents) and abs(charge_cents) <= claim.total_charge_cents


def may_be_paid(claim: ClaimRef, charge_cents: int) -> bool:
    """Whether a payment with this charge (CLP03) can be for a claim: one never sent must charge the same."""
    return claim.outbound_set_id is not None or abs(charge_cents) == claim.total_charge_cents


def _move_claims(
    posting: Posting, touched: dict[int, ClaimRef], places: dict[int, tuple[int, str]], payment: Payment
) -> None:
    """Each paid claim to what all its postings say together, whatever their order."""
    for block in in_blocks(touched.values()):
        posted = entries_of_claims(posting.tx, [claim.id for claim in block])
        for claim in block:
            after, event = settled(claim, posting.state_of(claim), posted.get(claim.id, ()))
            position, number = places[claim.id]
            posting.to(
                claim,
                after,
                event,
                detail=f"payment {payment.trace_number}",
                segment_position=position,
                payer_claim_control_number=number,
            )
