"""A ledger of any earlier version, with data in every table, comes to this one with all of it, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, String, insert, select

from edigate.ledger.checks import breaches
from edigate.ledger.engine import make_engine, url_of
from edigate.ledger.migrate import configuration, upgrade
from edigate.ledger.queries import standings
from edigate.ledger.schema import VERSION
from edigate.ledger.store import Ledger
from edigate.ledger.timeline import claim_detail, payment_detail
from tests.postgres import Postgres

REVISIONS = [one.revision for one in ScriptDirectory.from_config(configuration()).walk_revisions()]
EARLIER = [revision for revision in sorted(REVISIONS) if revision != VERSION]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SHA = "ab" * 32

# A claim that was made, sent and paid, with everything on its way, in the columns of version 0001.
ROWS: dict[str, dict[str, Any]] = {
    "intake": {
        "id": 1, "sha256": SHA, "name": "a.csv", "mapping": "m", "fingerprint": "f", "partner": "acme", "rows_in": 2,
        "rows_made": 2, "rows_refused": 0, "rows_known": 0, "encounters": 1, "created_at": NOON, "finished_at": NOON,
    },
    "claim": {
        "id": 1, "intake_id": 1, "partner": "acme", "kind": "837P", "encounter_key": "E1",
        "patient_control_number": "E1", "version": 1, "content_hash": "h", "responsibility": "P",
        "total_charge_cents": 15000, "service_date": date(2026, 3, 1), "payer_name": "PLAN", "payer_id": "P1",
        "payer_claim_control_number": "ICN1", "batch_key": "k", "first_row": 2, "last_row": 3, "row_count": 2,
        "usage": "production", "state": "paid", "state_since": NOON, "created_at": NOON,
    },
    "claim_record": {"claim_id": 1, "record": b"{}"},
    "claim_line": {
        "id": 1, "claim_id": 1, "line_number": 1, "line_item_control_number": "E000000001", "charge_cents": 15000,
        "procedure": "99213", "modifiers": "25", "units": "1", "service_date": date(2026, 3, 1),
    },
    "outbound_file": {
        "id": 1, "partner": "acme", "kind": "837P", "filename": "a.x12", "sha256": SHA, "size": 900, "isa13": 1,
        "gs06": 1, "usage": "production", "claims": 1, "charge_cents": 15000, "state": "sent", "state_since": NOON,
        "reason": "", "temporary_name": "", "attempts": 1, "created_at": NOON, "sent_at": NOON, "ta1": "accepted",
        "ta1_note": "000",
    },
    "outbound_set": {
        "id": 1, "outbound_file_id": 1, "partner": "acme", "position": 1, "st02": "0001", "bht03": "000000001",
        "claims": 1, "x999": "accepted",
    },
    "claim_set": {"claim_id": 1, "outbound_set_id": 1, "position": 1},
    "control_number": {"partner": "acme", "name": "isa13", "next_value": 2},
    "inbound_file": {
        "id": 1, "partner": "acme", "remote_path": "outbound/a.835", "name": "a.835", "size": 800, "sha256": SHA,
        "received_at": NOON, "kind": "835", "state": "posted", "reason": "", "finished_at": NOON,
    },
    "payment": {
        "id": 1, "inbound_file_id": 1, "set_number": 1, "partner": "acme", "identity": "i", "content_hash": "h",
        "payer_name": "PLAN", "payer_id": "P1", "payee_id": "1234567893", "trace_number": "EFT1",
        "trace_payer_id": "1", "method": "ACH", "handling": "I", "amount_cents": 10000,
        "effective_date": date(2026, 3, 20), "state": "posted", "reason": "", "accepted_unbalanced": "",
        "posted_at": NOON,
    },
    "claim_payment": {
        "id": 1, "payment_id": 1, "position": 1, "claim_id": 1, "patient_control_number": "E1", "status_code": "1",
        "charge_cents": 15000, "paid_cents": 10000, "patient_responsibility_cents": 2000, "filing_indicator": "12",
        "payer_claim_control_number": "ICN1", "remark_codes": "", "segment_position": 12,
    },
    "claim_event": {
        "id": 1, "claim_id": 1, "at": NOON, "state_before": "sent", "state_after": "paid", "event": "x835_paid",
        "inbound_file_id": 1, "segment_position": 12, "detail": "payment EFT1",
    },
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'old.sqlite'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.database())


@pytest.fixture
def engine(empty: str) -> Iterator[Engine]:
    made = make_engine(url_of(empty), busy_seconds=5, foreign_keys=False)
    yield made
    made.dispose()


def filled(engine: Engine) -> dict[str, dict[str, Any]]:
    """Put a row into every table that matters; what the database then says of each."""
    old = MetaData()
    with engine.execution_options(ledger_mode="write").begin() as connection:
        old.reflect(connection)
        for name, values in ROWS.items():
            table = old.tables[name]
            missing = {
                column.name: "" if isinstance(column.type, String) else 0
                for column in table.columns
                if column.name not in values and not column.nullable and column.server_default is None
            }
            known = {column: value for column, value in values.items() if column in table.c}
            connection.execute(insert(table).values({**missing, **known}))
    return rows(engine, old)


def rows(engine: Engine, tables: MetaData) -> dict[str, dict[str, Any]]:
    with engine.connect() as connection:
        return {name: dict(connection.execute(select(tables.tables[name])).mappings().one()) for name in ROWS}


@pytest.mark.parametrize("version", EARLIER)
def test_everything_is_there_after_the_upgrade_and_is_read_and_keeps_its_laws(
    empty: str, engine: Engine, version: str
) -> None:
    upgrade(engine, version)
    before = filled(engine)
    with Ledger.create_or_upgrade(empty) as ledger, ledger.read() as tx:
        assert breaches(tx) == []
        assert [standing.state for standing in standings(tx)] == ["paid"]
        detail = claim_detail(tx, 1)
        assert detail is not None
        assert (detail.balance.paid_cents, detail.claim.patient_control_number) == (10000, "E1")
        assert payment_detail(tx, "EFT1") is not None
    new = MetaData()
    with engine.connect() as connection:
        new.reflect(connection)
    after = rows(engine, new)
    changed = {
        f"{name}.{column}": (value, after[name][column])
        for name, columns in before.items()
        for column, value in columns.items()
        if after[name][column] != value
    }
    assert changed == {}
    assert after["claim"]["usage"] == "production"  # 0002 gives a claim the usage of the file it was sent in
