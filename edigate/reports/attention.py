"""What a person should look at first: everything in the ledger that waits for somebody, by money, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from datetime import timedelta

from edigate.ledger.entries import charge_differences
from edigate.ledger.inbound import inbound_files
from edigate.ledger.outbound import pending_files
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.worklists import unmatched_answers
from edigate.money import ZERO, from_cents, to_text
from edigate.reconcile.worklist import Work, WorkKind
from edigate.reports.items import items
from edigate.reports.overdue import overdue, uncertain
from edigate.reports.reconciliation import Reconciliation, reconciliation
from edigate.reports.terms import Terms
from edigate.reports.told import Attention, count, held_advice, in_words, look, names, worth
from edigate.reports.work import work

__all__ = ["Attention", "attention", "in_words"]


def attention(
    tx: ReadTransaction, terms: Terms, reconciled: Reconciliation | None = None, *, only: Container[str] | None = None
) -> list[Attention]:
    """Everything that waits for a person, grouped; what nothing but a person can settle first, then by money.

    `reconciled` is what `reconciliation` said of this ledger, where somebody asked it already; `only` names the
    partners whose answers may be overdue (all where it is None).
    """
    if reconciled is None:
        reconciled = reconciliation(tx, terms)
    found = [*uncertain(tx, terms.partners), *_held(tx), *_unsent(tx)]
    found += _worked(work(tx, reconciled.to_work, terms.trying))
    found += [*_charges(tx), *_unmatched(tx), *_kept(tx), *_fees(terms), *_banked(tx, terms)]
    for partner in (one for name, one in terms.partners.items() if only is None or name in only):
        found += overdue(tx, partner)
    return sorted(found, key=lambda one: (one.kind not in _FIRST, -one.amount, one.kind))


_FIRST = ("uncertain", "uncertain_overdue", "held")
_WAITED = timedelta(hours=24)  # a file that is frozen and can't be sent
_RECENT = timedelta(days=7)  # a file kept unread is told for so long; nobody can tick it off

# How a group of claims is told, by what it waits for: one of them, several.
_TOLD: dict[WorkKind, tuple[str, str]] = {
    WorkKind.REFUSED: (
        "encounter could not be made into a claim, so it isn't billed",
        "encounters could not be made into claims, so they aren't billed",
    ),
    WorkKind.REJECTED: (
        "claim came back rejected, and nobody is working on it",
        "claims came back rejected, and nobody is working on them",
    ),
    WorkKind.DENIED: ("claim was denied", "claims were denied"),
    WorkKind.PARTLY_PAID: ("claim was paid only in part", "claims were paid only in part"),
    WorkKind.UNDERPAID: ("claim was paid less than expected", "claims were paid less than expected"),
    WorkKind.OVERPAID: ("claim was paid too much", "claims were paid too much"),
    WorkKind.WRONG_PATIENT: (
        "claim was answered with another patient's name",
        "claims were answered with other patients' names",
    ),
    WorkKind.WRONG_PROVIDER: (
        "claim was answered with another provider",
        "claims were answered with other providers",
    ),
    WorkKind.REVERSED: (
        "claim had its payment taken back, and no new decision came",
        "claims had their payments taken back, and no new decision came",
    ),
    WorkKind.UNMATCHED: (
        "payment is for a claim that isn't in this ledger",
        "payments are for claims that aren't in this ledger",
    ),
}


def _worked(items: Iterable[Work]) -> Iterator[Attention]:
    groups: dict[tuple[WorkKind, bool], list[Work]] = {}
    for item in items:
        groups.setdefault((item.kind, item.test), []).append(item)
    for (kind, test), members in groups.items():
        reasons = Counter(item.words.removeprefix(kind.value).removeprefix(": ") for item in members)
        actions = Counter(item.action for item in members if item.action)
        one, several = _TOLD.get(kind, (f"claim is {kind.value}", f"claims are {kind.value}"))
        ids = tuple(dict.fromkeys(int(item.reference.rsplit(" ", 1)[-1]) for item in members))
        yield Attention(
            kind=kind.value.replace(" ", "_") + ("_in_test" if test else ""),
            count=len(members),
            amount=sum((item.amount for item in members), ZERO),
            what=f"{'in test: ' if test else ''}{len(members)} {one if len(members) == 1 else several}"
            f"{_commonest(reasons)}",
            do=actions.most_common(1)[0][0] if actions else "",
            ids=ids,
            urgent=not test,
            look=look("payment" if kind is WorkKind.UNMATCHED else "claim", ids),
        )


def _charges(tx: ReadTransaction) -> Iterator[Attention]:
    """Payments whose charge isn't ours: part of a claim, or another claim's money."""
    found = charge_differences(tx)
    if found:
        first = found[0]
        ids = tuple(one.claim_id for one in found)
        charged, spoken = from_cents(first.charge_cents), from_cents(first.adjudicated_cents)
        yield Attention(
            kind="charge_differs",
            count=len(found),
            amount=sum((abs(from_cents(one.adjudicated_cents - one.charge_cents)) for one in found), ZERO),
            what=f"the payer decided {count(len(found), 'claim')} with another charge than we billed, "
            f"{'the largest ' if len(found) > 1 else ''}${to_text(spoken)} instead of ${to_text(charged)}",
            do="Either the rest of a split claim is still to come, or the payment belongs to another claim: compare "
            "patient, date and services.",
            ids=ids,
            look=look("claim", ids),
        )


def _unsent(tx: ReadTransaction) -> Iterator[Attention]:
    files = [file for file in pending_files(tx) if file.state != "uncertain" and tx.at - file.created_at > _WAITED]
    if files:
        ids = tuple(file.id for file in files)
        yield Attention(
            kind="unsent",
            count=len(files),
            amount=sum((worth(file.usage, file.charge_cents) for file in files), ZERO),
            what=f"{count(len(files), 'file')} for {names(file.partner for file in files)} "
            f"{'has' if len(files) == 1 else 'have'} waited to be sent for over a day",
            do="Run `edigate send` and see what stops it.",
            ids=ids,
            look=look("file", ids, "out-"),
        )


def _held(tx: ReadTransaction) -> Iterator[Attention]:
    for file in inbound_files(tx, states=("held",)):
        yield Attention(
            kind="held",
            count=1,
            amount=ZERO,
            what=f"nothing was posted of {file.name}{f' ({_KINDS[file.kind]})' if file.kind in _KINDS else ''}: "
            f"{file.reason.rstrip('.')}",
            do=held_advice(file.id, file.partner, file.reason),
            ids=(file.id,),
            look=look("file", (file.id,), "in-"),
        )


def _banked(tx: ReadTransaction, terms: Terms) -> Iterator[Attention]:
    """Deposits and payments that don't meet, but for those that somebody called done."""
    some = [item for item in items(tx, terms, lists=("deposits",)) if not item.done]
    for noun, one, several in (
        ("deposit", "in the bank fits no payment for sure", "in the bank fit no payment for sure"),
        ("payment", "isn't, or isn't wholly, in the bank", "aren't, or aren't wholly, in the bank"),
    ):
        found = [item for item in some if item.reference.startswith(noun)]
        if found:
            yield Attention(
                kind=f"{noun}_alone",
                count=len(found),
                amount=sum((item.amount for item in found), ZERO),
                what=f"{count(len(found), noun)} {one if len(found) == 1 else several}",
                do=found[0].do,
                ids=tuple(int(item.reference.rpartition("-")[2]) for item in found),
                look="edigate work deposits",
            )


def _unmatched(tx: ReadTransaction) -> Iterator[Attention]:
    answers = unmatched_answers(tx)
    if answers:
        ids = tuple(dict.fromkeys(one.inbound_file_id for one in answers))
        kinds = Counter(one.kind for one in answers)
        yield Attention(
            kind="unmatched_answers",
            count=len(answers),
            amount=ZERO,
            what=f"{count(len(answers), 'answer')} ({', '.join(f'{n} of {kind}' for kind, n in kinds.items())}) "
            f"{'speaks' if len(answers) == 1 else 'speak'} of files, claims or places that aren't in this ledger",
            do="`edigate match` shows the likeliest claims and takes your word; answers to another system's files are "
            "dismissed there.",
            ids=ids,
            look=look("file", ids, "in-"),
        )


def _fees(terms: Terms) -> Iterator[Attention]:
    """Fee tables that can't be used as a whole: what they leave out is compared with history, or with nothing."""
    for name, rows in terms.unusable.items():
        yield Attention(
            kind="fees",
            count=rows,
            amount=ZERO,
            what=f"{count(rows, 'row')} of fees/{name} can't be used",
            do=f"`edigate fees check fees/{name}` says why.",
            urgent=False,
        )


def _kept(tx: ReadTransaction) -> Iterator[Attention]:
    """Files with something in them that nobody read: told for a week, for nobody can tick them off."""
    files = [
        file
        for file in inbound_files(tx, states=("kept",))
        if file.kind in _UNREAD and file.duplicate_of_id is None and tx.at - file.received_at < _RECENT
    ]
    for kind in dict.fromkeys(file.kind for file in files):
        ids = tuple(file.id for file in files if file.kind == kind)
        one, several, do = _UNREAD[kind]
        yield Attention(
            kind=f"kept_{kind}",
            count=len(ids),
            amount=ZERO,
            what=f"{len(ids)} {one if len(ids) == 1 else several} in the last 7 days and kept unread",
            do=do,
            ids=ids,
            urgent=False,
            look=look("file", ids, "in-"),
        )


# What a kind of answer is to somebody who has never read its guide.
_KINDS = {
    "TA1": "a TA1, the receipt of a whole file",
    "999": "a 999, the check of a file's form",
    "997": "a 997, the check of a file's form",
    "277CA": "a 277CA, which claims were taken in",
    "835": "an 835, a remittance",
}
_UNREAD = {
    "zip": ("zip archive came", "zip archives came", "Unpack and give what is inside to `edigate post FILE`."),
    "unknown": ("file came that is neither X12 nor text", "files came that are neither X12 nor text", "Look at them."),
    "277": (
        "277 came that is no acknowledgment: a claim's status, or a request for more information",
        "277s came that are no acknowledgments: claims' status, or requests for more information",
        "Read them; a request that nobody answers ends in a denial.",
    ),
}


def _commonest(reasons: Counter[str]) -> str:
    """The reasons of a group, the commonest; of equally common ones that with the most money."""
    reasons.pop("", None)
    if not reasons:
        return ""
    reason, count = reasons.most_common(1)[0]
    if len(reasons) == 1:
        return f": {reason}"
    often = f"most often ({count} times)" if count > 1 else "the largest"
    return f", for {len(reasons)} different reasons, {often}: {reason}"
