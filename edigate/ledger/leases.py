"""Leases: who works with what, until when. They let several hosts share a ledger on a server.

The server's clock counts, since the hosts' may differ. A lease that ran out, its holder crashed or stopped, is
anybody's. It keeps hosts out of each other's way; that nothing is sent twice is the file's own steps' doing,
which are compare-and-set (`outbound.advance`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from edigate.ledger.schema import lease
from edigate.ledger.transaction import ReadTransaction, WriteTransaction


def take(tx: WriteTransaction, name: str, holder: str, seconds: float) -> str:
    """Take a lease, or hold one of ours longer; empty, or who holds it. `seconds` from the server's now."""
    now = _now(tx)
    until = now + timedelta(seconds=seconds)
    if tx.change(
        lease.update()
        .where(lease.c.name == name, (lease.c.holder == holder) | (lease.c.until < now))
        .values(holder=holder, until=until)
    ):
        return ""
    other = tx.connection.execute(select(lease.c.holder).where(lease.c.name == name)).scalar()
    if other is not None:
        return str(other)
    tx.connection.execute(lease.insert().values(name=name, holder=holder, until=until))
    return ""


def give_back(tx: WriteTransaction, name: str, holder: str) -> None:
    """End a lease of ours; somebody else's, who took it when ours had run out, stays."""
    tx.change(lease.delete().where(lease.c.name == name, lease.c.holder == holder))


def _now(tx: ReadTransaction) -> datetime:
    """The server's time; ours where the ledger is a file of this machine."""
    if tx.connection.dialect.name == "postgresql":
        now: datetime = tx.connection.execute(select(func.clock_timestamp())).scalar_one()
        return now
    return tx.at
