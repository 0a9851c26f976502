"""The encrypted bytes that a file of ours travels in, where its partner wants PGP."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edigate.ledger.schema.base import Id

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carried_file",
        sa.Column("outbound_file_id", Id, autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("encrypted_to", sa.Text(), nullable=False),
        sa.Column("signed_with", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_carried_file_sha256")),
        sa.CheckConstraint("size > 0 AND encrypted_to <> ''", name=op.f("ck_carried_file_size_and_key_given")),
        sa.ForeignKeyConstraint(
            ["outbound_file_id"], ["outbound_file.id"], name=op.f("fk_carried_file_outbound_file_id")
        ),
        sa.PrimaryKeyConstraint("outbound_file_id", name=op.f("pk_carried_file")),
    )
