"""Claims that payers decided, with their records and all that was posted to them: what a next claim is made from.

Reads only. A record is PHI.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import exists, select

from edigate.ledger.claim_payments import ClaimPaymentRow, claim_payments
from edigate.ledger.queries import LIVE
from edigate.ledger.schema import claim, claim_payment, claim_record
from edigate.ledger.states import ClaimState, Kind, Usage
from edigate.ledger.transaction import ReadTransaction, in_blocks
from edigate.secrecy import Phi


class DecidedClaim(Phi, msgspec.Struct, frozen=True):
    """A live claim that at least one adjudication was posted to."""

    id: int
    partner: str
    kind: Kind
    usage: Usage
    encounter_key: str
    patient_control_number: str
    state: ClaimState
    record: bytes


_NAMES = [name for name in DecidedClaim.__struct_fields__ if name != "record"]
_COLUMNS = [*(claim.c[name] for name in _NAMES), claim_record.c.record]
_AT_ONCE = 500


def decided_claims(tx: ReadTransaction, *, claim_id: int | None = None) -> Iterator[DecidedClaim]:
    """Live claims with a posted adjudication, by id, some hundreds read at a time; or only one of them."""
    after = 0
    has_entry = exists().where(claim_payment.c.claim_id == claim.c.id)
    statement = select(*_COLUMNS).join(claim_record, claim_record.c.claim_id == claim.c.id)
    statement = statement.where(LIVE, claim.c.state != "refused", has_entry)
    if claim_id is not None:
        statement = statement.where(claim.c.id == claim_id)
    while block := tx.rows(statement.where(claim.c.id > after).order_by(claim.c.id).limit(_AT_ONCE), DecidedClaim):
        yield from block
        after = block[-1].id


def adjudications_of(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, list[ClaimPaymentRow]]:
    """All that was posted to some claims, by claim, in the order posted; what is held isn't posted."""
    found: dict[int, list[ClaimPaymentRow]] = {}
    for block in in_blocks(claim_ids):
        for one in claim_payments(tx, claim_payment.c.claim_id.in_(block)):
            if one.posted and one.claim_id is not None:
                found.setdefault(one.claim_id, []).append(one)
    return found
