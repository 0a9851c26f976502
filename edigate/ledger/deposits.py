"""Deposits in the ledger: each once, however many files tell of it. Knows no bank's form and matches nothing.

Which lines are the same money is for `reconcile/deposit_identity.py` to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, Table, func, select

from edigate.errors import LedgerError
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.records import NewRecord
from edigate.ledger.schema import deposit, deposit_payment, deposit_record, inbound_file
from edigate.ledger.states import BankFormat, DepositKind
from edigate.ledger.sums import total
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks
from edigate.money import from_cents
from edigate.reconcile.deposit_identity import Line, identities, joined
from edigate.secrecy import Phi

# What the kind of a received bank file is called, by its form.
BANK_KIND: dict[BankFormat, str] = {"csv": "bank CSV", "bai2": "BAI2", "nacha": "NACHA"}

_NEAR = timedelta(days=5)  # how far apart two forms may write the day of the same money


class NewDeposit(NewRecord, frozen=True, gc=False):
    """A line of a bank's file; `record` is its row or line. Cents, negative for what was taken back."""

    record: int
    day: date
    amount_cents: int
    kind: DepositKind = "other"
    bank: str = ""
    account: str = ""
    payer_name: str = ""
    payer_id: str = ""
    trace: str = ""
    trace_payer_id: str = ""
    reference: str = ""
    description: str = ""


class Added(msgspec.Struct, frozen=True):
    """What became of a file's lines: deposits new to the ledger with their cents, known ones, other files' ones."""

    new: int = 0
    new_cents: int = 0
    known: int = 0
    joined: int = 0  # told of by a file of another form before


class Deposit(Phi, msgspec.Struct, frozen=True):
    """A deposit and how much of it is matched. Cents."""

    id: int
    bank: str
    account: str
    day: date
    amount_cents: int
    kind: DepositKind
    payer_name: str
    payer_id: str
    trace: str
    trace_payer_id: str
    reference: str
    description: str
    matched_cents: int

    @property
    def open_cents(self) -> int:
        return self.amount_cents - self.matched_cents


class DepositTotals(msgspec.Struct, frozen=True):
    """All deposits, added up: amount = matched + open. Cents. Empty dates where there is none."""

    deposits: int
    amount_cents: int
    matched_cents: int
    first_day: date | None
    last_day: date | None

    @property
    def open_cents(self) -> int:
        return self.amount_cents - self.matched_cents


def matched_of(table: Table) -> ColumnElement[int]:
    """The cents of the live shares of each row of `deposit` or `payment`."""
    return (
        select(total(deposit_payment.c.amount_cents))
        .where(deposit_payment.c[f"{table.name}_id"] == table.c.id, deposit_payment.c.undone_at.is_(None))
        .scalar_subquery()
    )


_MATCHED = matched_of(deposit)
_COLUMNS = columns_for(Deposit, deposit, matched_cents=_MATCHED)


def add_deposits(tx: WriteTransaction, file_id: int, form: BankFormat, lines: Sequence[NewDeposit]) -> Added:
    """Write a file's lines down: those that are new as deposits, all of them as records of the file."""
    if not lines:
        return Added()
    told = [_line(at, form, one) for at, one in enumerate(lines)]
    names = identities(told)
    known = _known(tx, {identity for identity, _ in names})
    unknown = [line for line, name in zip(told, names, strict=True) if name not in known]
    others = joined(unknown, _others(tx, form, unknown))
    fresh = [line.id for line in unknown if line.id not in others]
    ids = dict(zip(fresh, reserve_ids(tx, deposit, len(fresh)), strict=True))
    tx.insert_records(
        deposit,
        [lines[at] for at in fresh],
        {
            "id": list(ids.values()),
            "identity": [names[at][0] for at in fresh],
            "ordinal": [names[at][1] for at in fresh],
        },
        {"created_at": tx.at},
    )
    of = [ids.get(at) or others.get(at) or known[names[at]] for at in range(len(lines))]
    tx.insert(
        deposit_record,
        [
            {
                "inbound_file_id": file_id,
                "record": one.record,
                "deposit_id": deposit_id,
                "format": form,
                "identity": identity,
                "ordinal": ordinal,
            }
            for one, deposit_id, (identity, ordinal) in zip(lines, of, names, strict=True)
        ],
    )
    for at, deposit_id in others.items():
        _fill_in(tx, deposit_id, lines[at])
    cents = sum(lines[at].amount_cents for at in fresh)
    return Added(len(fresh), cents, len(lines) - len(unknown), len(others))


def _line(at: int, form: str, one: NewDeposit | Deposit) -> Line:
    return Line(
        id=at,
        format=form,
        account=one.account,
        day=one.day,
        amount=from_cents(one.amount_cents),
        payer_name=one.payer_name,
        trace=one.trace,
        reference=one.reference,
        description=one.description,
    )


def _known(tx: ReadTransaction, names: Iterable[str]) -> dict[tuple[str, int], int]:
    """The deposit of each identity and ordinal that any file told of."""
    found: dict[tuple[str, int], int] = {}
    for block in in_blocks(sorted(names)):
        rows = tx.connection.execute(
            select(deposit_record.c.identity, deposit_record.c.ordinal, deposit_record.c.deposit_id).where(
                deposit_record.c.identity.in_(block)
            )
        )
        found.update(((identity, ordinal), deposit_id) for identity, ordinal, deposit_id in rows)
    return found


def _others(tx: ReadTransaction, form: str, lines: Sequence[Line]) -> list[Line]:
    """Deposits of these days and amounts that no file of this form has told of yet."""
    if not lines:
        return []
    days = [line.day for line in lines]
    cents = {int(line.amount * 100) for line in lines}
    of_form = select(deposit_record.c.deposit_id).where(deposit_record.c.format == form)
    told_by = select(func.min(deposit_record.c.format)).where(deposit_record.c.deposit_id == deposit.c.id)
    found = []
    for block in in_blocks(sorted(cents)):
        statement = select(*_COLUMNS, told_by.scalar_subquery()).where(
            deposit.c.amount_cents.in_(block),
            deposit.c.day.between(min(days) - _NEAR, max(days) + _NEAR),
            deposit.c.id.not_in(of_form),
        )
        for *row, other in tx.connection.execute(statement):
            one = Deposit(*row)
            found.append(_line(one.id, other, one))
    return found


def _fill_in(tx: WriteTransaction, deposit_id: int, new: NewDeposit) -> None:
    """What another file says of a deposit and the first one didn't."""
    for name in ("payer_name", "payer_id", "trace", "trace_payer_id", "account"):
        value = getattr(new, name)
        if value:
            tx.change(
                deposit.update().where(deposit.c.id == deposit_id, deposit.c[name] == "").values({name: value})
            )


def deposits(
    tx: ReadTransaction, *, ids: Iterable[int] | None = None, open_only: bool = False, since: date | None = None
) -> list[Deposit]:
    """Deposits by day: some, those not wholly matched, those from a day on, or all."""
    statement = select(*_COLUMNS).order_by(deposit.c.day, deposit.c.id)
    if since is not None:
        statement = statement.where(deposit.c.day >= since)
    if open_only:
        statement = statement.where(deposit.c.amount_cents != _MATCHED)
    if ids is None:
        return tx.rows(statement, Deposit)
    return [one for block in in_blocks(ids) for one in tx.rows(statement.where(deposit.c.id.in_(block)), Deposit)]


def deposit_totals(tx: ReadTransaction) -> DepositTotals:
    """What came in over all files, and how much of it is matched."""
    count, amount, first, last = tx.connection.execute(
        select(func.count(), total(deposit.c.amount_cents), func.min(deposit.c.day), func.max(deposit.c.day))
    ).one()
    matched = tx.connection.execute(
        select(total(deposit_payment.c.amount_cents)).where(deposit_payment.c.undone_at.is_(None))
    ).scalar_one()
    return DepositTotals(count, amount, matched, first, last)


def finish_bank_file(
    tx: WriteTransaction, file_id: int, state: Literal["posted", "held"], *, kind: str, reason: str = ""
) -> None:
    """Say how a bank's file ended. One that `post` kept as a report, for it couldn't know it, may still be one.

    Raises LedgerError where it was posted before.
    """
    if not tx.change(
        inbound_file.update()
        .where(
            inbound_file.c.id == file_id,
            inbound_file.c.state.in_(("received", "held", "kept")),
            inbound_file.c.duplicate_of_id.is_(None),
        )
        .values(state=state, kind=kind, reason=reason, finished_at=tx.at)
    ):
        raise LedgerError(f"file {file_id} was posted before")


def last_bank_file(tx: ReadTransaction) -> date | None:
    """The day on which the last bank's file came: up to then we know what is in the bank. None: none ever came."""
    at = tx.connection.execute(
        select(func.max(inbound_file.c.received_at)).where(
            inbound_file.c.state == "posted", inbound_file.c.kind.in_(sorted(BANK_KIND.values()))
        )
    ).scalar()
    return at.date() if at is not None else None
