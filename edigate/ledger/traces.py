"""What else than its number names a claim in an answer: intermediaries' trace numbers (REF*D9), and its payer.

A clearinghouse tells its number for a claim in its own 277CA; a payer that answers under a number of its own hands
that on. Knows no 277CA; the numbers are the partner's, and one that was told of two claims means neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select

from edigate.ledger.matches import WaitingAnswer, waiting_answers
from edigate.ledger.schema import claim, claim_record, claim_set, claim_trace, inbound_file, unmatched_answer
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, in_blocks


class PayerOf(NamedTuple):
    """Whom a claim is for: 2010BB."""

    id: str
    name: str


def keep_traces(tx: WriteTransaction, partner: str, told: Mapping[int, str]) -> None:
    """Write down what a partner calls claims: claim id -> number. What is known already stays as it is."""
    known: set[tuple[str, int]] = set()
    for block in in_blocks(told):
        known.update(
            (number, claim_id)
            for number, claim_id in tx.connection.execute(
                select(claim_trace.c.number, claim_trace.c.claim_id).where(
                    claim_trace.c.partner == partner, claim_trace.c.claim_id.in_(block)
                )
            )
        )
    new = [(claim_id, number) for claim_id, number in told.items() if number and (number, claim_id) not in known]
    tx.insert(claim_trace, [{"partner": partner, "number": number, "claim_id": id_} for id_, number in new])


def claims_by_trace(tx: ReadTransaction, partner: str, numbers: Iterable[str]) -> dict[str, int]:
    """The claim that each number was told of; numbers nobody knows, or known of several claims, are left out."""
    found: dict[str, set[int]] = {}
    for block in in_blocks(sorted(set(numbers) - {""})):
        for number, claim_id in tx.connection.execute(
            select(claim_trace.c.number, claim_trace.c.claim_id).where(
                claim_trace.c.partner == partner, claim_trace.c.number.in_(block)
            )
        ):
            found.setdefault(number, set()).add(claim_id)
    return {number: ids.pop() for number, ids in found.items() if len(ids) == 1}


def waiting_under_traces(tx: ReadTransaction, partner: str, numbers: Iterable[str]) -> list[WaitingAnswer]:
    """Answers of a partner that wait and whose own trace number is one of these, the oldest first."""
    found: list[WaitingAnswer] = []
    for block in in_blocks(sorted(set(numbers) - {""})):
        found += waiting_answers(
            tx, unmatched_answer.c.trace != "", unmatched_answer.c.trace.in_(block), inbound_file.c.partner == partner
        )
    return sorted(found, key=lambda one: one.id)


def records_of_set(tx: ReadTransaction, set_id: int) -> dict[int, bytes]:
    """The JSON of each claim of one of our sets (PHI), by claim."""
    statement = (
        select(claim_record.c.claim_id, claim_record.c.record)
        .join(claim_set, claim_set.c.claim_id == claim_record.c.claim_id)
        .where(claim_set.c.outbound_set_id == set_id)
    )
    return {claim_id: bytes(record) for claim_id, record in tx.connection.execute(statement)}


def payers_of_claims(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, PayerOf]:
    """Whom each claim is for."""
    found: dict[int, PayerOf] = {}
    for block in in_blocks(claim_ids):
        statement = select(claim.c.id, claim.c.payer_id, claim.c.payer_name).where(claim.c.id.in_(block))
        found.update((id_, PayerOf(payer_id, name)) for id_, payer_id, name in tx.connection.execute(statement))
    return found
