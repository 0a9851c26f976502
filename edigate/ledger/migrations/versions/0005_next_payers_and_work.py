"""Whom a payer passed a claim on to, what earlier payers settled of one, and what people did about their work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE claim_payment ADD COLUMN crossover_carrier TEXT DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE claim ADD COLUMN settled_before_cents BIGINT DEFAULT '0' NOT NULL")
    op.create_table(
        "work_act",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('assign', 'note', 'done', 'reopen')", name=op.f("ck_work_act_act")),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_work_act_reference_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_act")),
    )
    op.create_index("ix_work_act_reference", "work_act", ["reference"], unique=False)
