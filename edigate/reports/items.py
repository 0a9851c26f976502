"""Everything that waits for a person, an item each: why, until when, what is usually done, and who has it.

The single items behind what `attention.py` groups. Reads the ledger; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from edigate.ledger.inbound import inbound_files
from edigate.ledger.outbound import pending_files
from edigate.ledger.states import Usage
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.working import Act, ClaimAtWork, acts, claims_at_work
from edigate.ledger.worklists import overdue_claims, overdue_files, unmatched_answers, unmatched_payments
from edigate.money import ZERO, from_cents, to_text
from edigate.partners.model import Deadlines, Partner
from edigate.reconcile import deadlines
from edigate.reconcile.worklist import Work, WorkKind
from edigate.reports.deposit_words import differences
from edigate.reports.deposits import compare
from edigate.reports.overdue import CLAIMS, FILES
from edigate.reports.reconciliation import reconciliation
from edigate.reports.terms import Terms
from edigate.reports.told import held_advice, worth
from edigate.reports.work import work
from edigate.secrecy import Phi

List = Literal["denials", "rejections", "underpaid", "overdue", "unmatched", "unbalanced", "deposits", "refused"]
LISTS: tuple[List, ...] = get_args(List)

SOON = timedelta(days=14)  # a deadline so near comes before any amount


class Item(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. Dollars. `reference` is what `edigate work` calls it: `claim-12`, `answer-3`."""

    list: List
    reference: str
    amount: Decimal
    why: str
    do: str
    codes: tuple[str, ...] = ()
    patient_control_number: str = ""
    partner: str = ""
    usage: Usage | Literal[""] = ""  # of the claim or of the file of claims; a test's amount is nothing
    payer: str = ""
    deadline: date | None = None
    deadline_words: str = ""
    days_left: int | None = None
    assigned_to: str = ""
    notes: tuple[str, ...] = ()
    done: bool = False

    @property
    def basis(self) -> str:
        """What it is about: an item that was done is open again when this changes."""
        return f"{self.list} {to_text(self.amount)} {' '.join(self.codes) or self.why}"


_OF_KIND: dict[WorkKind, List] = {
    WorkKind.DENIED: "denials",
    WorkKind.PARTLY_PAID: "denials",
    WorkKind.REJECTED: "rejections",
    WorkKind.UNDERPAID: "underpaid",
    WorkKind.OVERPAID: "underpaid",
    WorkKind.REVERSED: "underpaid",
    WorkKind.WRONG_PATIENT: "unmatched",
    WorkKind.WRONG_PROVIDER: "unmatched",
    WorkKind.REFUSED: "refused",
    WorkKind.UNCERTAIN: "overdue",
    WorkKind.OVERDUE: "overdue",
    WorkKind.HELD_PAYMENT: "unbalanced",
}
_OF_MONEY = frozenset(("denials", "underpaid", "unmatched"))  # lists of claims that payers decided
# What runs out for an item of a list: the time to file it (again), or to appeal.
_RUNS_OUT: dict[List, deadlines.Act] = {
    "denials": "appeal",
    "underpaid": "appeal",
    "rejections": "file",
    "refused": "file",
    "overdue": "file",
}


def items(tx: ReadTransaction, terms: Terms, *, lists: Iterable[List] = LISTS) -> list[Item]:
    """What waits in some lists, done or not: near deadlines first, then by money, then by deadline."""
    wanted = frozenset(lists)
    found: list[Item] = []
    if wanted - {"overdue", "unbalanced", "deposits"}:
        to_work = reconciliation(tx, terms).to_work if wanted & _OF_MONEY else {}
        found += _worked(work(tx, to_work, terms.trying))
    if "overdue" in wanted:
        found += _late(tx, terms.partners.values())
    if "unmatched" in wanted:
        found += _strays(tx)
    if "unbalanced" in wanted:
        found += _held(tx)
    if "deposits" in wanted:
        found += _banked(tx, terms)
    found = [item for item in found if item.list in wanted]
    ids = [_claim_id(item) for item in found]
    claims = claims_at_work(tx, [claim_id for claim_id in ids if claim_id])
    done = acts(tx)
    today = tx.at.date()
    told = [
        _with_acts(_with_claim(item, claims.get(claim_id), terms.partners, today), done.get(item.reference, ()))
        for item, claim_id in zip(found, ids, strict=True)
    ]
    return sorted(told, key=_urgency)


def _urgency(item: Item) -> tuple[bool, Decimal, date, str]:
    soon = item.days_left is not None and 0 <= item.days_left <= SOON.days
    return not soon, -item.amount, item.deadline or date.max, item.reference


def _worked(found: Iterable[Work]) -> Iterator[Item]:
    for one in found:
        if one.kind is WorkKind.UNMATCHED:  # one payment may bring several: `_strays` names each
            continue
        yield Item(
            list=_OF_KIND[one.kind],
            reference=one.reference.replace(" ", "-"),
            amount=one.amount,
            why=one.words,
            do=one.action,
            codes=one.codes,
            payer=one.payer,
        )


def _late(tx: ReadTransaction, partners: Iterable[Partner]) -> Iterator[Item]:
    """Answers that should have come, a file or claim each, and files that may not have arrived."""
    for file in pending_files(tx):
        if file.state == "uncertain":
            yield Item(
                list="overdue",
                reference=f"file-out-{file.id}",
                amount=worth(file.usage, file.charge_cents),
                why=f"the file with {file.claims} claims may or may not have arrived",
                do="Look on the server or ask the partner, then `edigate resolve`; never send it by hand.",
                partner=file.partner,
                usage=file.usage,
            )
    for partner in partners:
        tests = partner.usage == "test"
        seen: set[str] = set()
        for of_file in FILES:
            if not of_file.hours(partner.expect):
                continue
            before = tx.at - timedelta(hours=of_file.hours(partner.expect))
            for late in overdue_files(
                tx, partner=partner.name, answer=of_file.answer, sent_before=before, tests=tests
            ):
                reference = f"file-out-{late.id}"
                if reference not in seen:
                    seen.add(reference)
                    yield Item(
                        list="overdue",
                        reference=reference,
                        amount=worth(late.usage, late.charge_cents),
                        why=f"{late.claims} claims went out, and {of_file.words} hasn't come",
                        do="Ask the partner whether the file arrived; don't send it again before they answer.",
                        partner=partner.name,
                        usage=late.usage,
                    )
        for of_claim in CLAIMS:
            if not of_claim.hours(partner.expect):
                continue
            before = tx.at - timedelta(hours=of_claim.hours(partner.expect))
            for one in overdue_claims(
                tx, partner=partner.name, states=of_claim.states, sent_before=before, tests=tests
            ):
                yield Item(
                    list="overdue",
                    reference=f"claim-{one.claim_id}",
                    amount=worth(one.usage, one.charge_cents),
                    why=f"it went out on {one.sent_at:%Y-%m-%d}, and {of_claim.words} hasn't come",
                    do="Ask for the claim's status; a claim that nobody answers runs past timely filing.",
                )


def _strays(tx: ReadTransaction) -> Iterator[Item]:
    """Money and answers without their claim, by the names that `edigate match` has for them."""
    for paid in unmatched_payments(tx):
        reference = f"paid-{paid.claim_payment_id}"
        yield Item(
            list="unmatched",
            reference=reference,
            amount=abs(from_cents(paid.paid_cents)),
            why=f"payment {paid.trace_number} pays {paid.patient_control_number or 'a claim without a number'}, "
            "which isn't in this ledger",
            do=f"Find whose it is: `edigate match {reference} --claim ID --why TEXT`.",
            payer=paid.payer_name,
        )
    for one in unmatched_answers(tx):
        yield Item(
            list="unmatched",
            reference=f"answer-{one.id}",
            amount=ZERO,
            why=f"a {one.kind} speaks of {one.key or 'nothing'}, which isn't in this ledger",
            do=f"If you know whose it is: `edigate match answer-{one.id} --claim ID --why TEXT`; if it is of another "
            "system: `--dismiss`.",
        )


def _held(tx: ReadTransaction) -> Iterator[Item]:
    for file in inbound_files(tx, states=("held",)):
        yield Item(
            list="unbalanced",
            reference=f"file-in-{file.id}",
            amount=ZERO,
            why=f"nothing was posted of it: {file.reason.rstrip('.')}",
            do=held_advice(file.id, file.partner, file.reason),
            partner=file.partner,
        )


def _banked(tx: ReadTransaction, terms: Terms) -> Iterator[Item]:
    """Deposits that no payment explains, and payments that aren't in the bank."""
    for one in differences(compare(tx, terms.deposits)):
        yield Item(
            list="deposits", reference=one.reference, amount=one.amount, why=one.why, do=one.do, payer=one.payer
        )


def _claim_id(item: Item) -> int:
    noun, _, number = item.reference.rpartition("-")
    return int(number) if noun == "claim" else 0


def _with_claim(item: Item, claim: ClaimAtWork | None, partners: Mapping[str, Partner], today: date) -> Item:
    """The item with whose it is and what runs out when."""
    if claim is None:
        return item
    partner = partners.get(claim.partner)
    act = _RUNS_OUT.get(item.list)
    until = None
    if act is not None:
        begins = claim.service_date if act == "file" else claim.paid_on
        until = deadlines.deadline(act, begins, days_of(partner.deadlines, claim.payer_id, act) if partner else None)
    return msgspec.structs.replace(
        item,
        patient_control_number=claim.patient_control_number,
        partner=claim.partner,
        usage=claim.usage,
        payer=claim.payer_name or item.payer,
        deadline=until.on if until else None,
        deadline_words=until.words if until else "",
        days_left=(until.on - today).days if until else None,
    )


def days_of(settings: Deadlines, payer_id: str, act: deadlines.Act) -> int | None:
    """How many days a payer gives for an act: by its own setting, else the partner's; None: nobody said."""
    for payer in settings.payers:
        if payer.payer == payer_id:
            own = payer.filing_days if act == "file" else payer.appeal_days
            if own is not None:
                return own
    return settings.filing_days if act == "file" else settings.appeal_days


def _with_acts(item: Item, done: Sequence[Act]) -> Item:
    """The item as people left it: the last assignment, every note, and whether it is done as it is now."""
    closing = [one for one in done if one.act in ("done", "reopen")]
    assigned = [one.text for one in done if one.act == "assign"]
    return msgspec.structs.replace(
        item,
        assigned_to=assigned[-1] if assigned else "",
        notes=tuple(f"{one.at:%Y-%m-%d}: {one.text}" for one in done if one.act == "note"),
        done=bool(closing) and closing[-1].act == "done" and closing[-1].basis == item.basis,
    )
