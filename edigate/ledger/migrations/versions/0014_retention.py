"""What was purged from the archive and from claims, by whom and which rule; legal holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edigate.ledger.schema.base import Id

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purge",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("who <> '' AND list <> ''", name=op.f("ck_purge_who_and_list_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge")),
    )
    op.create_table(
        "purged_file",
        sa.Column("purge_id", Id, autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_purged_file_sha256")),
        sa.ForeignKeyConstraint(["purge_id"], ["purge.id"], name=op.f("fk_purged_file_purge_id")),
        sa.PrimaryKeyConstraint("purge_id", "sha256", name=op.f("pk_purged_file")),
    )
    op.create_index("ix_purged_file_sha256", "purged_file", ["sha256"], unique=False)
    op.create_table(
        "purged_claim",
        sa.Column("claim_id", Id, autoincrement=False, nullable=False),
        sa.Column("purge_id", Id, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_purged_claim_claim_id")),
        sa.ForeignKeyConstraint(["purge_id"], ["purge.id"], name=op.f("fk_purged_claim_purge_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_purged_claim")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=False),
        sa.Column("removed_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "scope IN ('claim', 'file', 'partner', 'everything')", name=op.f("ck_legal_hold_scope")
        ),
        sa.CheckConstraint("why <> '' AND who <> ''", name=op.f("ck_legal_hold_why_and_who_given")),
        sa.CheckConstraint("(scope = 'everything') = (subject = '')", name=op.f("ck_legal_hold_subject_given")),
        sa.CheckConstraint(
            "removed_at IS NULL OR removed_why <> ''", name=op.f("ck_legal_hold_removed_with_its_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
