"""Matching by hand: what waits and for whom it may be, a person's word, and taking it back.

A word moves answers and money that have waited, and those that come later with the same number from the same
partner. No amount changes. What one word brought can be taken back whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from edigate.archive import HOW_TO_OPEN
from edigate.errors import NoInputError, SealedError, UsageError
from edigate.gateway.joining import join
from edigate.gateway.opening import Gateway
from edigate.gateway.post_answers import told
from edigate.gateway.post_claims import fits, may_be_paid
from edigate.gateway.settling import number_told, settled, word
from edigate.gateway.waiting import SaidStatus, claim_payments, statuses
from edigate.ledger import matches as ledger
from edigate.ledger.answers import ClaimRef, apply_changes, claims_by_id, settle_unmatched
from edigate.ledger.entries import entries_of_claims
from edigate.ledger.matches import Match, WaitingAnswer, WaitingPayment, folded
from edigate.ledger.records import StatusChange
from edigate.ledger.timeline import find_claims
from edigate.ledger.transaction import ReadTransaction, WriteTransaction
from edigate.logs import get_logger
from edigate.money import from_cents
from edigate.reconcile.candidates import Asked, Candidate, OurClaim, candidates
from edigate.responses.status import MONEY_EVENTS, Event, State, next_state
from edigate.secrecy import Phi

log = get_logger(__name__)

# What payers write where they don't know the number; another claim has the same.
_NO_NUMBERS = frozenset(("", "none", "unknown", "n/a", "na", "not provided", "notprovided", "null", "missing"))
_MONEY = frozenset(event.value for event in MONEY_EVENTS.values())
_ANSWERS = frozenset(event.value for event in Event if event.value.startswith(("ta1_", "x999_", "x277_")))


class Waiting(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """One answer or claim payment that waits, and whom it may be about. Amounts in dollars."""

    id: str  # answer-3, paid-7
    kind: str  # TA1, 999, 277CA, 835
    partner: str
    file: str
    number: str
    says: str  # the answer's codes, or the payment's number and status
    charge: Decimal | None = None
    paid: Decimal | None = None
    candidates: list[Candidate] = []


class MatchQueue(msgspec.Struct, frozen=True):
    """What waits, money first; `total` counts what isn't shown too. `remembered` are the words that count."""

    waiting: list[Waiting]
    total: int
    remembered: list[Match]
    sealed: int = 0  # of those shown stand in sealed files that no key here opens: no candidates can be told


class Matched(Phi, msgspec.Struct, frozen=True):
    """What a word did, or taking it back: how many answers and claim payments moved, and where the claim stands."""

    match_id: int
    claim_id: int
    patient_control_number: str
    answers: int
    payments: int
    state: str
    remembered: bool


def queue(gateway: Gateway, *, limit: int = 50) -> MatchQueue:
    """What waits for its claim, each with its likeliest candidates."""
    with gateway.ledger.read() as tx:
        payments, answers = ledger.waiting_payments(tx), ledger.waiting_answers(tx)
        shown = payments[:limit]
        shown_answers = answers[: limit - len(shown)]
        asked = claim_payments(gateway.archive, shown)
        said = statuses(gateway.archive, shown_answers)
        every = [*asked.values(), *(one.asked for one in said.values())]
        ours = _ours(tx, every)
        remembered = ledger.matches(tx)
    waiting = [
        Waiting(
            id=f"paid-{one.id}",
            kind="835",
            partner=one.partner,
            file=one.file,
            number=one.patient_control_number,
            says=f"status {one.status_code} in payment {one.trace_number}",
            charge=from_cents(one.charge_cents),
            paid=from_cents(one.paid_cents),
            candidates=candidates(asked[one.id], ours) if one.id in asked else [],
        )
        for one in shown
    ]
    for one in shown_answers:
        status = said.get(one.id)
        waiting.append(
            Waiting(
                id=f"answer-{one.id}",
                kind=one.kind,
                partner=one.partner,
                file=one.file,
                number=one.key,
                says=one.detail,
                charge=status.asked.charge if status else None,
                candidates=candidates(status.asked, ours) if status else [],
            )
        )
    files = [*(one.sha256 for one in shown), *(one.sha256 for one in shown_answers)]
    sealed = sum(gateway.archive.is_sealed(sha256) for sha256 in files)
    if sealed and gateway.archive.has_keys():
        sealed = 0
    return MatchQueue(waiting, len(payments) + len(answers), remembered, sealed)


class _Member(Phi, msgspec.Struct):
    """The one thing of a person that is compared."""

    member_id: str = ""


class _Record(Phi, msgspec.Struct):
    """What of a claim's JSON is compared and has no column."""

    subscriber: _Member | None = None
    patient: _Member | None = None
    clearinghouse_trace_number: str = ""


_RECORD = msgspec.json.Decoder(_Record)


def _ours(tx: ReadTransaction, asked: Sequence[Asked]) -> list[OurClaim]:
    """Our claims that any of these could mean."""
    found = ledger.claims_to_compare(
        tx,
        numbers=[one.number for one in asked],
        payer_numbers=[one.payer_number for one in asked],
        days=[
            (one.first_day, max(one.first_day, one.last_day or one.first_day))
            for one in asked
            if one.first_day is not None
        ],
    )
    ours = []
    for claim in found:
        record = _RECORD.decode(claim.content) if claim.content else _Record()
        people = (record.subscriber, record.patient)
        ours.append(
            OurClaim(
                id=claim.id,
                number=claim.patient_control_number,
                trace=record.clearinghouse_trace_number,
                payer_number=claim.payer_claim_control_number,
                member_ids=tuple(one.member_id for one in people if one is not None and one.member_id),
                charge=from_cents(claim.total_charge_cents),
                service_date=claim.service_date,
            )
        )
    return ours


# --- a person's word


def assign(gateway: Gateway, key: str, claim_key: str, *, why: str, only: bool = False) -> Matched:
    """Say that a waiting answer (`answer-3`) or claim payment (`paid-7`) is about a claim, and post it there.

    What else waits with the same number of the same partner goes with it, and what comes later; with `only`, and
    where the number could mean another claim, this one alone. Raises NoInputError, UsageError, LedgerBusyError.
    """
    why = _reason(why)
    with gateway.ledger.write() as tx:
        named, partner, number = _find(tx, key)
        claim = _claim(tx, claim_key)
        _require_possible(named, claim)
        for_all = not only and _tells(tx, number)
        if for_all and (other := ledger.remembered(tx, partner, [number]).get(folded(number))) is not None:
            if other.claim_id != claim.id:
                raise UsageError(
                    f"{number} of {partner} is remembered as claim {other.claim_id}",
                    hint=f"edigate match --forget match-{other.id} first, or --only for this one alone",
                )
            match_id = other.id
        else:
            match_id = ledger.remember(
                tx,
                partner=partner,
                number=number if for_all else "",
                claim_id=claim.id,
                why=why,
                payer_number_before=claim.payer_claim_control_number,
            )
        answers, payments = _with_same_number(tx, partner, number, claim) if for_all else ([], [])
        if isinstance(named, WaitingPayment):
            payments = [named, *(one for one in payments if one.id != named.id)]
        else:
            answers = [named, *(one for one in answers if one.id != named.id)]
        moved = _post_answers(tx, gateway, answers, claim, match_id, why, must=named)
        ledger.link_payments(tx, [(match_id, one.id) for one in payments])
        by_now = claims_by_id(tx, [claim.id])[claim.id]
        join(tx, [(one, by_now) for one in payments])
        after = claims_by_id(tx, [claim.id])[claim.id]
    log.info("matched by hand", claim_id=claim.id, partner=partner, count=moved + len(payments))
    return Matched(match_id, claim.id, claim.patient_control_number, moved, len(payments), after.state, for_all)


def dismiss(gateway: Gateway, key: str, *, why: str) -> None:
    """Say that a waiting answer is nobody's here: it waits no more. Raises NoInputError, UsageError."""
    why = _reason(why)
    with gateway.ledger.write() as tx:
        named, _, _ = _find(tx, key)
        if isinstance(named, WaitingPayment):
            raise UsageError(
                f"{key} is money that came to us: it stays in sight until it has its claim",
                hint="If it isn't ours, the payer takes it back, and both entries cancel out.",
            )
        settle_unmatched(tx, named.id, claim_id=None, why=f"{named.detail}; dismissed: {why}".lstrip("; "))


def forget(gateway: Gateway, key: str, *, why: str) -> Matched:
    """Take a match back by its id (`match-3`): what it brought waits again, the claim stands where it stood without.

    Raises NoInputError where there is no such match, UsageError without a reason, LedgerBusyError.
    """
    why = _reason(why)
    with gateway.ledger.write() as tx:
        match = ledger.match_of(tx, _number(key, "match-"))
        if match is None:
            raise NoInputError(f"no match that counts has the id {key}", hint="edigate match lists them")
        answers, payments = ledger.forget(tx, match, why)
        claim = claims_by_id(tx, [match.claim_id])[match.claim_id]
        after = _standing(tx, claim)
        change = StatusChange(
            claim_id=claim.id,
            state_before=claim.state,
            state_after=word(after),
            event="match_forgotten",
            detail=f"match {match.id} taken back: {why}",
        )
        apply_changes(tx, [change])
    log.info("match forgotten", claim_id=claim.id, partner=match.partner, count=answers + payments)
    return Matched(match.id, claim.id, claim.patient_control_number, answers, payments, after.value, False)


# --- steps


def _reason(why: str) -> str:
    why = " ".join(why.split())
    if not why:
        raise UsageError("a match is made with a reason", hint='e.g. --why "same patient and day, payer confirmed"')
    return why


def _number(key: str, prefix: str) -> int:
    digits = key.removeprefix(prefix)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else -1


def _find(tx: ReadTransaction, key: str) -> tuple[WaitingAnswer | WaitingPayment, str, str]:
    """What waits under an id, its partner and the number it quotes."""
    if key.startswith("answer-"):
        for answer in ledger.waiting_answers(tx):
            if answer.id == _number(key, "answer-"):
                return answer, answer.partner, answer.key
    elif key.startswith("paid-"):
        for payment in ledger.waiting_payments(tx):
            if payment.id == _number(key, "paid-"):
                return payment, payment.partner, payment.patient_control_number
    raise NoInputError(f"nothing waits under {key}", hint="edigate match lists what waits: answer-3, paid-7 ...")


def _claim(tx: ReadTransaction, key: str) -> ClaimRef:
    found = [row for row in find_claims(tx, key.removeprefix("claim-")) if row.state != "refused"]
    if not found:
        raise NoInputError(f"no claim has the id or number {key}")
    by_id = [row for row in found if str(row.id) == key.removeprefix("claim-")]
    if len(found) > 1 and not by_id:
        ids = ", ".join(str(row.id) for row in found)
        raise UsageError(f"{key} is the number of several claims or versions: {ids}", hint="say which by its id")
    row = (by_id or found)[0]
    return claims_by_id(tx, [row.id])[row.id]


def _require_possible(named: WaitingAnswer | WaitingPayment, claim: ClaimRef) -> None:
    if isinstance(named, WaitingPayment):
        if not may_be_paid(claim, named.charge_cents):
            raise UsageError(
                f"claim {claim.id} was never sent and charges {from_cents(claim.total_charge_cents)}, the payment "
                f"decides one of {from_cents(named.charge_cents)}: taken for paid, it would never be sent"
            )
    elif named.kind != "277CA":
        raise UsageError(
            f"a {named.kind} is about a whole file, not a claim",
            hint="edigate match ID --dismiss --why TEXT takes it off the list",
        )
    elif claim.outbound_set_id is None:
        raise UsageError(f"claim {claim.id} was never sent: taken for answered, it would never be")


def _tells(tx: ReadTransaction, number: str) -> bool:
    """Whether a number tells one claim from another, so that it may be remembered."""
    bare = folded(number)
    if bare in _NO_NUMBERS or not bare.strip("0") or (len(bare) > 1 and len(set(bare)) == 1):
        return False
    return ledger.claims_with_number_like(tx, number) <= 1


def _with_same_number(
    tx: ReadTransaction, partner: str, number: str, claim: ClaimRef
) -> tuple[list[WaitingAnswer], list[WaitingPayment]]:
    """What else waits with this number of this partner, and can be about the claim."""
    same = folded(number)
    answers = [
        one
        for one in ledger.waiting_answers(tx)
        if one.kind == "277CA" and one.partner == partner and folded(one.key) == same
    ]
    payments = [
        one
        for one in ledger.waiting_payments(tx)
        if one.partner == partner and folded(one.patient_control_number) == same and fits(claim, one.charge_cents)
    ]
    return (answers if claim.outbound_set_id is not None else []), payments


def _post_answers(
    tx: WriteTransaction,
    gateway: Gateway,
    answers: Sequence[WaitingAnswer],
    claim: ClaimRef,
    match_id: int,
    why: str,
    *,
    must: WaitingAnswer | WaitingPayment,
) -> int:
    """Move the claim by statuses that waited; how many. `must` is the one a person named."""
    said = statuses(gateway.archive, answers)
    state = State(claim.state)
    changes: list[StatusChange] = []
    for one in sorted(answers, key=lambda answer: answer.id):
        status: SaidStatus | None = said.get(one.id)
        event = status.verdict.event if status is not None else None
        if status is None or event is None:
            if one is must:
                if not gateway.archive.exists(one.sha256):
                    gateway.archive.get(one.sha256)  # which says why it isn't there
                if gateway.archive.is_sealed(one.sha256) and not gateway.archive.has_keys():
                    raise SealedError(f"answer-{one.id} stands in a file that is sealed", hint=HOW_TO_OPEN)
                why_not = "names no claim" if status is None else "has codes that no guide knows"
                raise UsageError(
                    f"answer-{one.id} {why_not}",
                    hint="edigate match ID --dismiss --why TEXT takes it off the list",
                )
            continue
        after = next_state(state, event)
        ledger.take_answer(tx, one.id, match_id, claim.id, event.value)
        changes.append(
            StatusChange(
                claim_id=claim.id,
                state_before=word(state),
                state_after=word(after),
                event=event.value,
                inbound_file_id=one.inbound_file_id,
                detail=f"{told(status.verdict)} (matched by hand: {why})",
                payer_claim_control_number=number_told(claim, state, status.verdict.payer_claim_control_number),
            )
        )
        state = after
    apply_changes(tx, changes)
    return len(changes)


def _standing(tx: ReadTransaction, claim: ClaimRef) -> State:
    """Where a claim stands by its history without what forgotten matches brought, and by the money it has."""
    forgotten = Counter(ledger.forgotten_events(tx, claim.id))
    state = State.READY
    for step in ledger.history(tx, claim.id):
        if step.inbound_file_id is not None and forgotten[(step.inbound_file_id, step.event)] > 0:
            forgotten[(step.inbound_file_id, step.event)] -= 1
        elif step.event in _ANSWERS:
            state = next_state(state, Event(step.event))
        elif step.event == Event.VOIDED:
            state = State.VOID
        elif step.event not in _NOT_OWN and step.state_before in (None, state.value):
            state = State(step.state_after)  # our own act
    if state in (State.QUEUED, State.UNCERTAIN) and ledger.file_state(tx, claim.id) == "sent":
        state = State.SENT
    after, _ = settled(claim, state, entries_of_claims(tx, [claim.id]).get(claim.id, ()))
    return after


_NOT_OWN = _MONEY | {"x835_information", "match_forgotten"}
