"""Matches: a person's word about whose answer it is that fits no claim, and what it brought there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edigate.ledger.schema.base import Id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_LIVE = sa.text("forgotten_at IS NULL AND number <> ''")


def upgrade() -> None:
    op.create_table(
        "answer_match",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("claim_id", Id, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("payer_number_before", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_why", sa.Text(), nullable=False),
        sa.CheckConstraint("why <> ''", name=op.f("ck_answer_match_reason_given")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_answer_match_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_match")),
    )
    op.create_index(
        "uq_answer_match_remembered_once",
        "answer_match",
        ["partner", "number"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_table(
        "matched_answer",
        sa.Column("answer_match_id", Id, autoincrement=False, nullable=False),
        sa.Column("unmatched_answer_id", Id, autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_match_id"], ["answer_match.id"], name=op.f("fk_matched_answer_answer_match_id")
        ),
        sa.ForeignKeyConstraint(
            ["unmatched_answer_id"], ["unmatched_answer.id"], name=op.f("fk_matched_answer_unmatched_answer_id")
        ),
        sa.PrimaryKeyConstraint("answer_match_id", "unmatched_answer_id", name=op.f("pk_matched_answer")),
    )
    op.create_table(
        "matched_payment",
        sa.Column("answer_match_id", Id, autoincrement=False, nullable=False),
        sa.Column("claim_payment_id", Id, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_match_id"], ["answer_match.id"], name=op.f("fk_matched_payment_answer_match_id")
        ),
        sa.ForeignKeyConstraint(
            ["claim_payment_id"], ["claim_payment.id"], name=op.f("fk_matched_payment_claim_payment_id")
        ),
        sa.PrimaryKeyConstraint("answer_match_id", "claim_payment_id", name=op.f("pk_matched_payment")),
    )
