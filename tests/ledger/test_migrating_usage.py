"""A ledger from before claims said what they are for: what was sent tells, and nothing goes live by mistake."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from edigate.ledger import outbound
from edigate.ledger.engine import make_engine, url_of
from edigate.ledger.migrate import upgrade
from edigate.ledger.states import Kind, Usage
from edigate.ledger.store import Ledger

_BLANK = {"TEXT": "", "DATETIME": "2026-06-30 18:00:00.000000", "INTEGER": 0, "BIGINT": 0}
SHA = "0" * 63
_WAITING: list[tuple[str, Kind, Usage]] = [("live", "837P", "production"), ("new", "837P", "test")]


def insert(file: sqlite3.Connection, table: str, **values: object) -> None:
    """A row with these values, and something for each other column that must have a value."""
    for _, name, type_, needed, _, key in file.execute(f"PRAGMA table_info({table})"):
        if needed and not key:
            values.setdefault(name, _BLANK[type_])
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    file.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))


def test_claims_are_for_what_their_file_was_else_their_partners_last_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    engine = make_engine(url_of(path), busy_seconds=1, foreign_keys=False)
    upgrade(engine, to="0001")
    engine.dispose()
    with sqlite3.connect(path) as file:
        insert(file, "intake", id=1, sha256=SHA + "1", partner="any", finished_at="2026-06-30 18:00:00.000000")
        partners = {"live": ("test", "production"), "trying": ("production", "test"), "new": ()}
        for n, (partner, usages) in enumerate(partners.items()):
            for m, usage in enumerate(usages, 1):
                id_ = 10 * n + m
                insert(file, "outbound_file", id=id_, partner=partner, kind="837P", usage=usage, state="queued",
                       sha256=SHA + "2", size=1, isa13=m, gs06=m, filename=str(m), ta1="none")  # fmt: skip
                insert(file, "outbound_set", id=id_, outbound_file_id=id_, partner=partner, position=1, st02=str(m),
                       bht03=str(m), x999="none")  # fmt: skip
                insert(file, "claim", id=id_, intake_id=1, partner=partner, kind="837P", version=1, state="queued",
                       patient_control_number=f"{partner}-{usage}")  # fmt: skip
                insert(file, "claim_set", claim_id=id_, outbound_set_id=id_, position=1)
            insert(file, "claim", id=100 + n, intake_id=1, partner=partner, kind="837P", version=1, state="ready",
                   patient_control_number=f"{partner}-ready")  # fmt: skip
    with Ledger.create_or_upgrade(path) as ledger, ledger.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT patient_control_number, usage FROM claim").all()
        waiting = [outbound.count_ready(tx, *each) for each in _WAITING]
    assert {str(row[0]): str(row[1]) for row in rows} == {
        "live-test": "test",
        "live-production": "production",
        "live-ready": "production",
        "trying-production": "production",
        "trying-test": "test",
        "trying-ready": "test",
        "new-ready": "test",
    }
    assert waiting == [1, 1]
