"""Institutional lines say their revenue code, and a claim says whether it was made for test or production.

A claim that was sent is what its file was; one that wasn't is what its partner's last file was, else a
test: then it waits in sight until it is converted again, and goes nowhere by mistake.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'ready' AND superseded_by_id IS NULL")


def upgrade() -> None:
    op.execute("ALTER TABLE claim_line ADD COLUMN revenue_code TEXT DEFAULT '' NOT NULL")
    # In one statement, for SQLite adds no constraint to a column that is there.
    op.execute(
        "ALTER TABLE claim ADD COLUMN usage TEXT DEFAULT 'test' NOT NULL "
        "CONSTRAINT ck_claim_usage CHECK (usage IN ('test', 'production'))"
    )
    op.execute(
        "UPDATE claim SET usage = 'production' WHERE id IN ("
        "SELECT claim_set.claim_id FROM claim_set "
        "JOIN outbound_set ON outbound_set.id = claim_set.outbound_set_id "
        "JOIN outbound_file ON outbound_file.id = outbound_set.outbound_file_id "
        "WHERE outbound_file.usage = 'production')"
    )
    op.execute(
        "UPDATE claim SET usage = 'production' WHERE id NOT IN (SELECT claim_id FROM claim_set) AND partner IN ("
        "SELECT partner FROM outbound_file WHERE usage = 'production' AND id IN ("
        "SELECT max(id) FROM outbound_file GROUP BY partner))"
    )
    op.drop_index("ix_claim_to_send", "claim")
    op.create_index(
        "ix_claim_to_send",
        "claim",
        ["partner", "kind", "usage", "batch_key", "patient_control_number"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
