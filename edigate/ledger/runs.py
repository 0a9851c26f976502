"""The diary of commands: when each ran and how it ended. A summary holds counts, never a patient."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select

from edigate.errors import LedgerError
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.schema import run
from edigate.ledger.transaction import ReadTransaction, WriteTransaction

Summary = dict[str, int | str]


class Run(msgspec.Struct, frozen=True):
    """One run of a command. Neither end nor code: it goes on still, or was killed."""

    id: int
    command: str
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    summary: Summary


def start_run(tx: WriteTransaction, command: str) -> int:
    """Write down that a command begins; the run's id."""
    (run_id,) = reserve_ids(tx, run, 1)
    tx.insert(run, [{"id": run_id, "command": command, "started_at": tx.at}])
    return run_id


def finish_run(tx: WriteTransaction, run_id: int, exit_code: int, summary: Summary | None = None) -> None:
    """Write down how a run ended. Raises LedgerError where it has ended already."""
    told = msgspec.json.encode(summary or {}).decode()
    if not tx.change(
        run.update()
        .where(run.c.id == run_id, run.c.finished_at.is_(None))
        .values(finished_at=tx.at, exit_code=exit_code, summary=told)
    ):
        raise LedgerError(f"run {run_id} has ended already, or never began")


def last_runs(tx: ReadTransaction, *, limit: int = 20, command: str | None = None) -> list[Run]:
    """The newest runs first, of one command or all."""
    statement = (
        select(run.c.id, run.c.command, run.c.started_at, run.c.finished_at, run.c.exit_code, run.c.summary)
        .order_by(run.c.id.desc())
        .limit(limit)
    )
    if command is not None:
        statement = statement.where(run.c.command == command)
    return [
        Run(*row[:5], msgspec.json.decode(row[5], type=Summary) if row[5] else {})
        for row in tx.connection.execute(statement)
    ]
