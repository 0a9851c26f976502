"""Answers that wait for their claim, read again from the archive: what each says of the claim it means.

The ledger keeps no member's number beside an answer; the file it came in does. Knows files, decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple, TypeVar

from edigate.archive import Archive
from edigate.errors import PurgedError, SealedError
from edigate.ledger.matches import WaitingAnswer, WaitingPayment
from edigate.money import from_cents
from edigate.reconcile.candidates import Asked
from edigate.remits.model import ClaimPayment
from edigate.remits.x221 import stream_payment
from edigate.responses.model import ClaimAcknowledgment, ClaimStatus
from edigate.responses.read import Kind, kind_of
from edigate.responses.verdicts import Verdict, claim_verdicts
from edigate.responses.x214 import decode_claim_acknowledgment
from edigate.x12.envelope import EnvelopeReader, TransactionSet

W = TypeVar("W", WaitingAnswer, WaitingPayment)



class SaidStatus(NamedTuple):
    """A claim's status of a 277CA: what it decides, and what it says of the claim."""

    verdict: Verdict
    asked: Asked


def codes(verdict: Verdict) -> str:
    """The answer's own codes, as they are kept with it."""
    return " ".join(code for code in verdict.codes if code)


def statuses(archive: Archive, waiting: Iterable[WaitingAnswer]) -> dict[int, SaidStatus]:
    """The claim's status that each waiting 277CA answer is, by the answer's id.

    Left out: answers about whole batches or providers, and other kinds, which are about no single claim; and what
    stands in files that are sealed (`archive.is_sealed`) or purged.
    """
    found: dict[int, SaidStatus] = {}
    for sha256, answers in _by_file(one for one in waiting if one.kind == "277CA").items():
        said: defaultdict[tuple[str, str], list[SaidStatus]] = defaultdict(list)
        for transaction_set in _unless_sealed(archive, sha256, Kind.X277CA):
            answer, _ = decode_claim_acknowledgment(transaction_set)
            claims = (verdict for verdict in claim_verdicts(answer) if verdict.level == "claim")
            for verdict, claim in zip(claims, _claims(answer), strict=True):
                key = verdict.reference or verdict.batch_reference
                said[key, codes(verdict)].append(SaidStatus(verdict, _asked_status(claim)))
        for one in answers:
            same = said[one.key, one.detail]
            if same:
                found[one.id] = same.pop(0) if len(same) > 1 else same[0]
    return found


def _claims(answer: ClaimAcknowledgment) -> Iterator[ClaimStatus]:
    """The claims that `claim_verdicts` speaks of, in its order."""
    for source in answer.sources:
        for receiver in source.receivers:
            for provider in receiver.providers:
                yield from (claim for claim in provider.claims if claim.statuses)


def _asked_status(claim: ClaimStatus) -> Asked:
    amounts = [status.amount for status in claim.statuses if status.amount is not None]
    return Asked(
        number=claim.patient_control_number.strip(),
        trace=claim.clearinghouse_trace_number.strip(),
        payer_number=claim.payer_claim_control_number.strip(),
        member_id=claim.member_id.strip(),
        charge=amounts[0] if amounts else None,
        first_day=claim.service_date,
        last_day=claim.service_date_end,
    )


def claim_payments(archive: Archive, waiting: Iterable[WaitingPayment]) -> dict[int, Asked]:
    """What each waiting claim payment says of its claim, by the claim payment's id; none of files that are sealed."""
    found: dict[int, Asked] = {}
    for sha256, payments in _by_file(waiting).items():
        wanted = {(one.set_number, one.segment_position): one for one in payments}
        sets = {one.set_number for one in payments}
        for transaction_set in _unless_sealed(archive, sha256, Kind.X835):
            if transaction_set.index not in sets:
                continue
            for streamed in stream_payment(transaction_set):
                one = wanted.get((transaction_set.index, streamed.first_segment))
                if one is not None:
                    found[one.id] = _asked_payment(one, streamed.claim)
    return found


def _asked_payment(waiting: WaitingPayment, paid: ClaimPayment) -> Asked:
    days = [day for day in (paid.statement_from, paid.statement_to) if day is not None]
    for service in paid.service_payments:
        days += [day for day in (service.service_date, service.service_date_end) if day is not None]
    people = (paid.insured, paid.patient, paid.corrected_insured)
    return Asked(
        number=waiting.patient_control_number.strip(),
        payer_number=waiting.payer_claim_control_number.strip(),
        member_id=next((one.id.strip() for one in people if one is not None and one.id.strip()), ""),
        charge=from_cents(waiting.charge_cents),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )


def _by_file(waiting: Iterable[W]) -> dict[str, list[W]]:
    files: dict[str, list[W]] = {}
    for one in waiting:
        files.setdefault(one.sha256, []).append(one)
    return files


def _unless_sealed(archive: Archive, sha256: str, kind: Kind) -> Iterator[TransactionSet]:
    with suppress(SealedError, PurgedError):
        yield from sets_of_kind(archive, sha256, kind)


def sets_of_kind(archive: Archive, sha256: str, kind: Kind) -> Iterator[TransactionSet]:
    """The transaction sets of one kind of an archived file. Raises SealedError where it is sealed, no key here."""
    return (one for one in EnvelopeReader(archive.pieces(sha256)) if kind_of(one) is kind)
