"""What a person should look at first: everything in the ledger that waits for somebody, by money, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

import msgspec

from edigate.ledger.entries import entries_of_claims
from edigate.ledger.inbound import inbound_files
from edigate.ledger.outbound import pending_files
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.worklists import (
    ClaimToWork,
    claims_to_work,
    findings_of,
    overdue_claims,
    overdue_files,
    refused_encounters,
    unmatched_answers,
    unmatched_payments,
)
from edigate.money import from_cents, to_text
from edigate.partners.model import Partner
from edigate.reconcile.reasons import describe, is_denial


class Attention(msgspec.Struct, frozen=True):
    """One thing to look at. `ids` are claim, file or payment ids of the ledger, by `kind`."""

    kind: str
    count: int
    amount: Decimal
    what: str  # what happened, with the commonest reason
    do: str  # what to do about it
    ids: tuple[int, ...] = ()
    urgent: bool = True  # False: a person should know, but nothing is lost by waiting


def attention(tx: ReadTransaction, partners: Iterable[Partner]) -> list[Attention]:
    """Everything that waits for a person, the most money first; what can lose money by itself comes first."""
    found: list[Attention] = []
    for part in (_uncertain(tx), _held(tx), _refused(tx), _rejected(tx), _denied(tx), _partly(tx), _reversed(tx)):
        found += part
    found += _unmatched(tx)
    for partner in partners:
        found += _overdue(tx, partner)
    return sorted(found, key=lambda one: (not one.urgent, -one.amount, one.kind))


def _uncertain(tx: ReadTransaction) -> Iterator[Attention]:
    files = [file for file in pending_files(tx) if file.state == "uncertain"]
    if files:
        yield Attention(
            kind="uncertain",
            count=len(files),
            amount=sum((from_cents(file.charge_cents) for file in files), Decimal(0)),
            what=f"{_count(len(files), 'file')} may or may not have arrived at {_names(f.partner for f in files)}",
            do="Look on the server or ask the partner; an answer to it settles it by itself. Never send it by hand.",
            ids=tuple(file.id for file in files),
        )


def _held(tx: ReadTransaction) -> Iterator[Attention]:
    for file in inbound_files(tx, states=("held",)):
        yield Attention(
            kind="held",
            count=1,
            amount=Decimal(0),
            what=f"the {file.kind or 'file'} {file.name} was not posted: {file.reason}",
            do=f"Ask {file.partner} for a corrected file, or look at it with `edigate show file {file.id}`.",
            ids=(file.id,),
        )


def _refused(tx: ReadTransaction) -> Iterator[Attention]:
    refused = refused_encounters(tx)
    if refused:
        reasons = Counter(one.findings[0].message for one in refused if one.findings)
        yield Attention(
            kind="refused",
            count=len(refused),
            amount=sum((from_cents(one.charge_cents) for one in refused), Decimal(0)),
            what=f"{_count(len(refused), 'encounter')} could not be made into a claim; {_commonest(reasons)}",
            do="Correct them where they come from and convert again: `edigate status --refused` lists row and column.",
            ids=tuple(one.claim_id for one in refused),
        )


def _rejected(tx: ReadTransaction) -> Iterator[Attention]:
    claims = claims_to_work(tx, ("rejected",))
    if claims:
        findings = findings_of(tx, [one.claim_id for one in claims])
        # A 999 tells its reason by error codes, kept with the claim; a 277CA in the event itself.
        reasons = Counter(
            findings[one.claim_id][-1].message
            if one.event == "x999_rejected" and one.claim_id in findings
            else one.detail
            for one in claims
        )
        yield Attention(
            kind="rejected",
            count=len(claims),
            amount=_outstanding(claims),
            what=f"{_count(len(claims), 'claim')} came back rejected and will never be paid as they are; "
            f"{_commonest(reasons)}",
            do="Correct and convert them again before the payer's timely filing limit: `edigate show claim` tells why.",
            ids=tuple(one.claim_id for one in claims),
        )


def _denied(tx: ReadTransaction) -> Iterator[Attention]:
    claims = claims_to_work(tx, ("denied",))
    if claims:
        yield Attention(
            kind="denied",
            count=len(claims),
            amount=sum((from_cents(one.charge_cents) for one in claims), Decimal(0)),
            what=f"{_count(len(claims), 'claim')} denied; {_commonest(_denial_reasons(tx, claims))}",
            do="Appeal or correct each before its appeal deadline; a denial is decided by its reason code.",
            ids=tuple(one.claim_id for one in claims),
        )


def _partly(tx: ReadTransaction) -> Iterator[Attention]:
    claims = claims_to_work(tx, ("partly_paid",))
    if claims:
        yield Attention(
            kind="partly_paid",
            count=len(claims),
            amount=sum((_denied_amount(tx, one) for one in claims), Decimal(0)),
            what=f"{_count(len(claims), 'claim')} paid in part with lines denied; "
            f"{_commonest(_denial_reasons(tx, claims))}",
            do="Look at the denied lines: `edigate show claim` has each line's reason.",
            ids=tuple(one.claim_id for one in claims),
        )


def _reversed(tx: ReadTransaction) -> Iterator[Attention]:
    claims = claims_to_work(tx, ("reversed",))
    if claims:
        yield Attention(
            kind="reversed",
            count=len(claims),
            amount=sum((from_cents(one.charge_cents) for one in claims), Decimal(0)),
            what=f"the payment of {_count(len(claims), 'claim')} was taken back and nothing has followed",
            do="Ask the payer why; a correction may come with the next remittance.",
            ids=tuple(one.claim_id for one in claims),
        )


def _unmatched(tx: ReadTransaction) -> Iterator[Attention]:
    payments = unmatched_payments(tx)
    if payments:
        yield Attention(
            kind="unmatched_payments",
            count=len(payments),
            amount=sum((abs(from_cents(one.paid_cents)) for one in payments), Decimal(0)),
            what=f"{_count(len(payments), 'payment')} for claims that aren't in this ledger",
            do="They may be from before edigate, or another practice's: look at each and post it where it belongs.",
            ids=tuple(one.payment_id for one in payments),
        )
    answers = unmatched_answers(tx)
    if answers:
        yield Attention(
            kind="unmatched_answers",
            count=len(answers),
            amount=Decimal(0),
            what=f"{_count(len(answers), 'answer')} about files or claims that aren't in this ledger",
            do="If the file was sent from another system, nothing; else ask the partner what it means.",
            ids=tuple(one.inbound_file_id for one in answers),
        )


def _overdue(tx: ReadTransaction, partner: Partner) -> Iterator[Attention]:
    expect = partner.expect
    if expect.x999_hours:
        files = overdue_files(
            tx, partner=partner.name, answer="x999", sent_before=tx.at - timedelta(hours=expect.x999_hours)
        )
        if files:
            yield Attention(
                kind="overdue_999",
                count=len(files),
                amount=sum((from_cents(file.charge_cents) for file in files), Decimal(0)),
                what=f"{_count(len(files), 'file')} sent to {partner.name} over {expect.x999_hours:g} hours ago "
                "without a 999",
                do="Ask the partner whether the file arrived; don't send it again before they answer.",
                ids=tuple(file.id for file in files),
            )
    for states, hours, answer in (
        (("sent", "acknowledged"), expect.x277ca_hours, "277CA"),
        (("accepted",), expect.x835_days * 24, "835"),
    ):
        if not hours:
            continue
        claims = overdue_claims(
            tx,
            partner=partner.name,
            states=states,  # type: ignore[arg-type]  # a literal of the ledger's words
            sent_before=tx.at - timedelta(hours=hours),
        )
        if claims:
            yield Attention(
                kind=f"overdue_{answer}",
                count=len(claims),
                amount=sum((from_cents(one.charge_cents) for one in claims), Decimal(0)),
                what=f"{_count(len(claims), 'claim')} at {partner.name} without a {answer} in {_span(hours)}",
                do="Ask for their status; a claim nobody answers runs past timely filing.",
                ids=tuple(one.claim_id for one in claims),
            )


def _denial_reasons(tx: ReadTransaction, claims: list[ClaimToWork]) -> Counter[str]:
    posted = entries_of_claims(tx, [one.claim_id for one in claims])
    reasons: Counter[str] = Counter()
    for entries in posted.values():
        reasons.update(
            {
                f"{group} {reason}, {describe(reason)}"
                for (group, reason), cents in entries.reasons.items()
                if cents and is_denial(group, reason)
            }
        )
    return reasons


def _denied_amount(tx: ReadTransaction, claim: ClaimToWork) -> Decimal:
    entries = entries_of_claims(tx, [claim.claim_id])[claim.claim_id]
    return from_cents(sum(cents for (group, reason), cents in entries.reasons.items() if is_denial(group, reason)))


def _outstanding(claims: list[ClaimToWork]) -> Decimal:
    return sum((from_cents(one.outstanding_cents) for one in claims), Decimal(0))


def _commonest(reasons: Counter[str]) -> str:
    if not reasons:
        return "no reason was given"
    reason, count = reasons.most_common(1)[0]
    return f"most often ({count}): {reason}" if len(reasons) > 1 else reason


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def _span(hours: float) -> str:
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"


def in_words(one: Attention) -> str:
    """One line a person reads at seven in the morning."""
    money = f"${to_text(one.amount)}: " if one.amount else ""
    return f"{money}{one.what}. {one.do}"
