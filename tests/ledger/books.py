"""Entries for tests of the ledger: made-up claims, files and payments, in as few words as a test needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from edigate.findings import Finding, Source
from edigate.ledger import inbound, intake, outbound, payments
from edigate.ledger.records import (
    NewAdjustment,
    NewClaim,
    NewClaimPayment,
    NewInboundFile,
    NewIntake,
    NewLine,
    NewOutboundFile,
    NewPayment,
    NewProviderAdjustment,
    NewServicePayment,
    NewSet,
)
from edigate.ledger.store import Ledger
from edigate.ledger.transaction import WriteTransaction

DAY = date(2026, 2, 20)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def made(number: str = "A1", *, cents: int = 15000, lines: int = 2, **more: Any) -> NewClaim:
    """A claim ready to be sent: control number, charge, and lines that share it."""
    fields: dict[str, Any] = {
        "state": "ready",
        "row_count": lines,
        "first_row": 2,
        "last_row": 1 + lines,
        "encounter_key": f"enc-{number}",
        "patient_control_number": number,
        "total_charge_cents": cents,
        "service_date": DAY,
        "payer_name": "ACME HEALTH",
        "record": b"{}",
        "usage": "production",
        "lines": [
            NewLine(
                line_number=line,
                line_item_control_number=f"{number}-{more.get('supersedes') or 0}-{line}",
                charge_cents=cents // lines,
                procedure="99213",
                units="1",
                service_date=DAY,
            )
            for line in range(1, lines + 1)
        ],
    }
    return NewClaim(**(fields | more))


def refused(key: str = "enc-X", *, cents: int = 9000, rows: int = 1, first_row: int = 9) -> NewClaim:
    """An encounter that lacks its birth date."""
    return NewClaim(
        state="refused",
        row_count=rows,
        first_row=first_row,
        last_row=first_row + rows - 1,
        encounter_key=key,
        total_charge_cents=cents,
        usage="production",
        findings=[
            Finding(
                code="MAP-REQUIRED",
                message="the birth date is missing",
                field="subscriber.birth_date",
                sources=(Source("visits.csv", first_row, "DOB"),),
            )
        ],
    )


def converted(
    ledger: Ledger,
    *claims: NewClaim,
    name: str = "visits.csv",
    partner: str = "acme",
    known: int = 0,
) -> list[int]:
    """Convert a file into these claims; their ids."""
    with ledger.write() as tx:
        one = NewIntake(sha256=sha256(name), name=name, mapping="visits", partner=partner)
        intake_id = intake.begin_intake(tx, one)
        ids = intake.add_claims(tx, intake_id, claims)
        rows = sum(claim.row_count for claim in claims)
        intake.finish_intake(tx, intake_id, rows_in=rows + known, rows_known=known, encounters=len(claims))
    return ids


def new_file(*claim_ids: int, number: int = 1, partner: str = "acme", **more: Any) -> NewOutboundFile:
    """A file with one set of these claims, all its numbers the same."""
    fields: dict[str, Any] = {
        "partner": partner,
        "kind": "837P",
        "filename": f"acme_{number}.x12",
        "sha256": sha256(f"file {number}"),
        "size": 1000,
        "isa13": number,
        "gs06": number,
        "usage": "production",
        "sets": [NewSet(st02=f"{number:04}", bht03=f"B{number}", claim_ids=claim_ids)],
    }
    return NewOutboundFile(**(fields | more))


def frozen(ledger: Ledger, *claim_ids: int, number: int = 1, **more: Any) -> int:
    with ledger.write() as tx:
        return outbound.freeze(tx, new_file(*claim_ids, number=number, **more))


def sent(ledger: Ledger, *claim_ids: int, number: int = 1, **more: Any) -> int:
    """Freeze these claims into a file and send it; its id."""
    file_id = frozen(ledger, *claim_ids, number=number, **more)
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="queued", to="uploading", temporary_name="x.tmp")
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="uploading", to="renaming")
    with ledger.write() as tx:
        outbound.advance(tx, file_id, expect="renaming", to="sent")
    return file_id


def received(tx: WriteTransaction, name: str = "era.835", *, content: str = "", partner: str = "acme") -> int:
    """A received file; its id."""
    new = NewInboundFile(
        partner=partner,
        remote_path=f"outbound/{name}",
        name=name,
        sha256=sha256(content or name),
        size=10,
        remote_modified=1_700_000_000,
    )
    return inbound.record_received(tx, new).id


def reasons(amounts: Mapping[str, int]) -> list[NewAdjustment]:
    """`{"CO 45": 3000}` is an adjustment of group CO, reason 45, 30.00 dollars."""
    return [
        NewAdjustment(group_code=name.split(" ")[0], reason_code=name.split(" ")[1], amount_cents=cents)
        for name, cents in amounts.items()
    ]


def adjudicated(
    claim_id: int | None,
    *,
    paid: int,
    charge: int = 15000,
    status: str = "1",
    number: str = "",
    because: Mapping[str, int] = {},
) -> NewClaimPayment:
    """A claim's adjudication on one service line, with reasons as in `reasons`."""
    return NewClaimPayment(
        claim_id=claim_id,
        patient_control_number=number or f"claim {claim_id}",
        status_code=status,
        charge_cents=charge,
        paid_cents=paid,
        payer_claim_control_number=f"PCN{claim_id}",
        services=[
            NewServicePayment(
                charge_cents=charge, paid_cents=paid, procedure="99213", units="1", adjustments=reasons(because)
            )
        ],
    )


def posted(
    ledger: Ledger,
    *claims: NewClaimPayment,
    trace: str = "T1",
    amount: int | None = None,
    plb: Sequence[NewProviderAdjustment] = (),
    **more: Any,
) -> int:
    """Post a payment of these claims out of a file of its own; its id."""
    total = sum(claim.paid_cents for claim in claims) - sum(one.amount_cents for one in plb)
    with ledger.write() as tx:
        file_id = received(tx, f"{trace}.835")
        new = NewPayment(
            inbound_file_id=file_id,
            set_number=1,
            amount_cents=total if amount is None else amount,
            payer_name="ACME HEALTH",
            trace_payer_id="1999999999",
            payee_id="1234567893",
            trace_number=trace,
            effective_date=DAY,
            **more,
        )
        payment_id = payments.add_payment(tx, new, claims, plb)
        inbound.finish_file(tx, file_id, "posted", kind="835")
    return payment_id
