"""What intermediaries call a claim, told beside our number: a payer may answer with theirs alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edigate.ledger.schema.base import Id

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim_trace",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("claim_id", Id, autoincrement=False, nullable=False),
        sa.CheckConstraint("number <> ''", name=op.f("ck_claim_trace_number_given")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_trace_claim_id")),
        sa.PrimaryKeyConstraint("partner", "number", "claim_id", name=op.f("pk_claim_trace")),
    )
    op.create_index("ix_claim_trace_claim", "claim_trace", ["claim_id"], unique=False)
