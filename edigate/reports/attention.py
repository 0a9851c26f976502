"""What a person should look at first: everything in the ledger that waits for somebody, by money, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

import msgspec

from edigate.ledger.inbound import inbound_files
from edigate.ledger.outbound import pending_files
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.worklists import overdue_claims, overdue_files, unmatched_answers
from edigate.money import from_cents, to_text
from edigate.partners.model import Partner
from edigate.reconcile.worklist import Work, WorkKind
from edigate.reports.work import work


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
    """Everything that waits for a person, grouped; what nothing but a person can settle first, then by money."""
    found = [*_uncertain(tx), *_held(tx), *_worked(work(tx)), *_unmatched(tx)]
    for partner in partners:
        found += _overdue(tx, partner)
    return sorted(found, key=lambda one: (one.kind not in _FIRST, -one.amount, one.kind))


_FIRST = ("uncertain", "held")

# How a group of claims is told, by what it waits for; each takes the number of claims.
_TOLD: dict[WorkKind, str] = {
    WorkKind.REFUSED: "could not be made into a claim",
    WorkKind.REJECTED: "came back rejected: nobody is working on a rejected claim",
    WorkKind.DENIED: "denied",
    WorkKind.PARTLY_PAID: "paid, but for lines that were denied",
    WorkKind.UNDERPAID: "paid less than expected",
    WorkKind.OVERPAID: "paid too much",
    WorkKind.REVERSED: "had its payment taken back, and nothing followed",
    WorkKind.UNMATCHED: "paid for a claim that isn't in this ledger",
}
_NOUN = {WorkKind.REFUSED: "encounter", WorkKind.UNMATCHED: "payment"}


def _worked(items: Iterable[Work]) -> Iterator[Attention]:
    groups: dict[WorkKind, list[Work]] = {}
    for item in items:
        groups.setdefault(item.kind, []).append(item)
    for kind, members in groups.items():
        reasons = Counter(item.words.removeprefix(kind.value).removeprefix(": ") for item in members)
        actions = Counter(item.action for item in members if item.action)
        yield Attention(
            kind=kind.value.replace(" ", "_"),
            count=len(members),
            amount=sum((item.amount for item in members), Decimal(0)),
            what=f"{_count(len(members), _NOUN.get(kind, 'claim'))} {_TOLD.get(kind, kind.value)}; "
            f"{_commonest(reasons)}",
            do=actions.most_common(1)[0][0] if actions else "",
            ids=tuple(int(item.reference.rsplit(" ", 1)[-1]) for item in members),
        )


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
            do=f"Ask {file.partner} for a corrected file, or look at it with `edigate show file in-{file.id}`.",
            ids=(file.id,),
        )


def _unmatched(tx: ReadTransaction) -> Iterator[Attention]:
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


def _commonest(reasons: Counter[str]) -> str:
    reasons.pop("", None)
    if not reasons:
        return "no reason was given"
    reason, count = reasons.most_common(1)[0]
    if len(reasons) == 1:
        return reason
    return f"{len(reasons)} reasons, {f'{count} times' if count > 1 else 'one of them'}: {reason}"


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
