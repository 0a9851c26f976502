"""Numbers nobody else gets: control numbers for the partners, row ids for ourselves, both in blocks.

A control number is read and moved on inside the write transaction that uses it: one writer at a time, so
no two files share one; a transaction undone gives its numbers back.
"""

from __future__ import annotations

from sqlalchemy import Table, func, select
from sqlalchemy import text as sql

from edigate.errors import LedgerError
from edigate.ledger.schema import control_number
from edigate.ledger.transaction import ReadTransaction, WriteTransaction

# Where the standard ends a sequence: ISA13, GS06 and ST02 have nine digits. It never starts over by
# itself, for a number used twice is a duplicate to the partner (TA1 note 025).
_LAST = {"isa13": 999_999_999, "gs06": 999_999_999, "st02": 999_999_999}
_LAST_OF_OTHERS = 10**15

# Names that are one sequence for all partners; their partner is written as "".
GLOBAL = ""


def allocate(tx: WriteTransaction, name: str, partner: str = GLOBAL, count: int = 1) -> int:
    """Take `count` consecutive numbers of a sequence; returns the first. Sequences start at 1.

    `name` is `isa13`, `gs06`, `st02`, `bht03` (each partner's own), `line` or any other. Raises
    LedgerError where the sequence ends.
    """
    if count < 1:
        raise LedgerError(f"{count} numbers of {name} can't be taken")
    table = control_number.c
    here = (table.partner == partner) & (table.name == name)
    moved = tx.change(control_number.update().where(here).values(next_value=table.next_value + count))
    if moved:
        after = int(tx.connection.execute(select(table.next_value).where(here)).scalar_one())
    else:
        after = 1 + count
        tx.insert(control_number, [{"partner": partner, "name": name, "next_value": after}])
    if after - 1 > _LAST.get(name, _LAST_OF_OTHERS):
        raise LedgerError(
            f"the sequence {name} of {partner or 'all partners'} has ended",
            hint="agree with the partner how to go on, then set the next number",
        )
    return after - count


def continue_at(tx: WriteTransaction, name: str, partner: str, next_value: int) -> None:
    """Let a sequence go on at a higher number, e.g. where another system stopped. Never back.

    Raises LedgerError where that number may have been used.
    """
    table = control_number.c
    here = (table.partner == partner) & (table.name == name)
    now = tx.connection.execute(select(table.next_value).where(here)).scalar()
    if next_value < (now or 1):
        raise LedgerError(f"{name} of {partner or 'all partners'} already stands at {now or 1}")
    if now is None:
        tx.insert(control_number, [{"partner": partner, "name": name, "next_value": next_value}])
    else:
        tx.change(control_number.update().where(here).values(next_value=next_value))


def next_numbers(tx: ReadTransaction, partner: str) -> dict[str, int]:
    """The number each sequence of a partner would give next, by name; for a look, not for use."""
    table = control_number.c
    statement = select(table.name, table.next_value).where(table.partner == partner).order_by(table.name)
    return {row[0]: row[1] for row in tx.connection.execute(statement)}


def reserve_ids(tx: WriteTransaction, table: Table, count: int) -> list[int]:
    """Ids for `count` new rows, known before they are inserted, so that their children can name them."""
    if count < 1:
        return []
    if tx.connection.dialect.name == "postgresql":
        sequence = "pg_get_serial_sequence(:name, 'id')"
        taken = sql(f"SELECT setval({sequence}, nextval({sequence}) + :count - 1)")
        last = int(tx.connection.execute(taken, {"name": table.name, "count": count}).scalar_one()) - count
    else:
        last = tx.connection.execute(select(func.max(table.c.id))).scalar() or 0
    # Nobody else takes any meanwhile: there is one writer at a time, and it is this transaction.
    return list(range(last + 1, last + 1 + count))
