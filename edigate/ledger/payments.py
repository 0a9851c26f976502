"""Writing payments down: each once, whole, and adding up to the cent. Knows no 835.

A payment goes in as begin, claims in batches, finish; all in the one transaction of its file, so that
memory doesn't grow with the file and a payment that doesn't add up leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import select

from edigate.errors import InternalError, LedgerError
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.records import NewClaimPayment, NewPayment, NewProviderAdjustment
from edigate.ledger.schema import (
    adjustment,
    claim_payment,
    inbound_file,
    payment,
    provider_adjustment,
    service_payment,
)
from edigate.ledger.states import PaymentState
from edigate.ledger.sums import payment_sums
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks
from edigate.money import from_cents, to_text
from edigate.secrecy import Phi


class Payment(Phi, msgspec.Struct, frozen=True):
    """One payment as it stands; `amount_cents` is signed."""

    id: int
    inbound_file_id: int
    set_number: int
    partner: str
    identity: str
    content_hash: str
    payer_name: str
    payer_id: str
    payee_id: str
    trace_number: str
    trace_payer_id: str
    method: str
    handling: str
    amount_cents: int
    effective_date: date | None
    state: PaymentState
    reason: str
    accepted_unbalanced: str
    posted_at: datetime | None


PAYMENT_COLUMNS = columns_for(Payment, payment)


def posted_payment(tx: ReadTransaction, identity: str) -> Payment | None:
    """The posted payment with this identity (`NewPayment.identity`), if there is one.

    Same `content_hash`: the payer sent it again. Another: it changed, and a person must look.
    """
    return tx.first(
        select(*PAYMENT_COLUMNS).where(payment.c.identity == identity, payment.c.state == "posted"), Payment
    )


def add_payment(
    tx: WriteTransaction,
    new: NewPayment,
    claims: Sequence[NewClaimPayment],
    provider_adjustments: Sequence[NewProviderAdjustment] = (),
) -> int:
    """A whole payment at once, where it is small enough to be held; its id. See `begin_payment`."""
    entry = begin_payment(tx, new)
    entry.add_claims(claims)
    return entry.finish(provider_adjustments)


def begin_payment(tx: WriteTransaction, new: NewPayment) -> PaymentEntry:
    """Start writing a payment down. Raises LedgerError where the same money was posted before."""
    (payment_id,) = reserve_ids(tx, payment, 1)
    row = msgspec.structs.asdict(new) | {"id": payment_id, "identity": new.identity}
    row["posted_at"] = tx.at if new.state == "posted" else None
    tx.insert(payment, [row])
    return PaymentEntry(tx, payment_id, new)


class PaymentEntry:
    """A payment being written: `add_claims` as often as wanted, then `finish`."""

    def __init__(self, tx: WriteTransaction, payment_id: int, new: NewPayment) -> None:
        self.payment_id = payment_id
        self._tx = tx
        self._new = new
        self._claims = 0

    def add_claims(self, claims: Sequence[NewClaimPayment]) -> list[int]:
        """Add the next claims of the payment, with services and adjustments; ids in the same order."""
        tx = self._tx
        ids = reserve_ids(tx, claim_payment, len(claims))
        services = [service for one in claims for service in one.services]
        service_ids = reserve_ids(tx, service_payment, len(services))
        owners = [id_ for id_, one in zip(ids, claims, strict=True) for _ in one.services]
        tx.insert_records(
            claim_payment,
            claims,
            {"id": ids, "position": range(self._claims + 1, self._claims + 1 + len(claims))},
            {"payment_id": self.payment_id},
        )
        tx.insert_records(
            service_payment,
            services,
            {
                "id": service_ids,
                "claim_payment_id": owners,
                "position": [place for one in claims for place in range(1, len(one.services) + 1)],
            },
        )
        tx.insert_records(
            adjustment,
            [reason for one in claims for reason in one.adjustments],
            {"claim_payment_id": [id_ for id_, one in zip(ids, claims, strict=True) for _ in one.adjustments]},
        )
        of_services = list(zip(service_ids, owners, services, strict=True))
        tx.insert_records(
            adjustment,
            [reason for service in services for reason in service.adjustments],
            {
                "claim_payment_id": [owner for _, owner, service in of_services for _ in service.adjustments],
                "service_payment_id": [id_ for id_, _, service in of_services for _ in service.adjustments],
            },
        )
        self._claims += len(claims)
        return ids

    def finish(self, provider_adjustments: Sequence[NewProviderAdjustment] = ()) -> int:
        """Add the PLBs and check the sum: claims paid - provider adjustments = amount. The payment's id.

        Raises LedgerError where a payment to be posted doesn't add up and nobody accepted that; then the
        transaction must not be kept.
        """
        self._tx.insert_records(
            provider_adjustment,
            provider_adjustments,
            {"position": range(1, len(provider_adjustments) + 1)},
            {"payment_id": self.payment_id},
        )
        if self._new.state == "posted" and not self._new.accepted_unbalanced:
            _require_balance(self._tx, self.payment_id)
        return self.payment_id


def post_held_payment(tx: WriteTransaction, payment_id: int, *, accepted_unbalanced: str = "") -> None:
    """Let a held payment count. Raises LedgerError where it isn't held, was posted meanwhile under
    another file, or doesn't add up and `accepted_unbalanced` gives no reason."""
    if not tx.change(
        payment.update()
        .where(payment.c.id == payment_id, payment.c.state == "held")
        .values(state="posted", posted_at=tx.at, accepted_unbalanced=accepted_unbalanced)
    ):
        raise LedgerError(f"payment {payment_id} is not held")
    if not accepted_unbalanced:
        _require_balance(tx, payment_id)


def assign_claim_payment(tx: WriteTransaction, claim_payment_id: int, claim_id: int) -> None:
    """Give a payment that matched no claim to one. Raises LedgerError where it has one already."""
    if not tx.change(
        claim_payment.update()
        .where(claim_payment.c.id == claim_payment_id, claim_payment.c.claim_id.is_(None))
        .values(claim_id=claim_id)
    ):
        raise LedgerError(f"claim payment {claim_payment_id} already belongs to a claim, or is not there")


def claims_paid_under(tx: ReadTransaction, payer_claim_control_numbers: Iterable[str]) -> dict[str, int]:
    """The claim that each payer claim control number (CLP07) was last posted to.

    A reversal quotes the number of what it takes back: it belongs to that version of the claim, even
    where a newer one was sent meanwhile.
    """
    found: dict[str, int] = {}
    for block in in_blocks(number for number in payer_claim_control_numbers if number):
        rows = tx.connection.execute(
            select(claim_payment.c.payer_claim_control_number, claim_payment.c.claim_id)
            .join(payment, payment.c.id == claim_payment.c.payment_id)
            .where(
                claim_payment.c.payer_claim_control_number.in_(block),
                claim_payment.c.claim_id.is_not(None),
                payment.c.state == "posted",
            )
            .order_by(claim_payment.c.id)
        )
        found.update((number, claim_id) for number, claim_id in rows)
    return found


def payments(
    tx: ReadTransaction, *, states: Iterable[PaymentState] | None = None, inbound_file_id: int | None = None
) -> list[Payment]:
    """Payments in the order they were written down, of all files or one."""
    statement = select(*PAYMENT_COLUMNS).order_by(payment.c.id)
    if states is not None:
        statement = statement.where(payment.c.state.in_(list(states)))
    if inbound_file_id is not None:
        statement = statement.where(payment.c.inbound_file_id == inbound_file_id)
    return tx.rows(statement, Payment)


def sources_of(tx: ReadTransaction, payment_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """The file (its content's SHA-256) and the set in it that each payment came in."""
    found: dict[int, tuple[str, int]] = {}
    for block in in_blocks(payment_ids):
        statement = (
            select(payment.c.id, inbound_file.c.sha256, payment.c.set_number)
            .join(inbound_file, inbound_file.c.id == payment.c.inbound_file_id)
            .where(payment.c.id.in_(block))
        )
        found.update((id_, (sha256, number)) for id_, sha256, number in tx.connection.execute(statement))
    return found


def _require_balance(tx: WriteTransaction, payment_id: int) -> None:
    sums = payment_sums(tx, payment_id=payment_id)
    if len(sums) != 1:
        raise InternalError(f"there is no payment {payment_id}")
    (one,) = sums
    if one.difference_cents:
        raise LedgerError(
            f"payment {payment_id} is {_dollars(one.amount_cents)}, but claims paid "
            f"{_dollars(one.claims_paid_cents)} less provider adjustments "
            f"{_dollars(one.provider_adjustments_cents)} make "
            f"{_dollars(one.claims_paid_cents - one.provider_adjustments_cents)}",
            hint="it must be held, never forced",
        )


def _dollars(cents: int) -> str:
    return to_text(from_cents(cents))
