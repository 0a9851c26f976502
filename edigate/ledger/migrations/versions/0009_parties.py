"""Which payments' patients and providers were compared with their claims', and where they differ."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "party_check",
        sa.Column("payment_id", _ID, nullable=False, autoincrement=False),
        sa.Column("joined", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_party_check_payment_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_party_check")),
    )
    op.create_table(
        "party_difference",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("payment_id", _ID, nullable=False),
        sa.Column("claim_payment_id", _ID, nullable=False),
        sa.Column("claim_id", _ID, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.CheckConstraint("what IN ('patient', 'provider')", name=op.f("ck_party_difference_what")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_party_difference_payment_id")),
        sa.ForeignKeyConstraint(
            ["claim_payment_id"], ["claim_payment.id"], name=op.f("fk_party_difference_claim_payment_id")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_party_difference_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_difference")),
    )
    op.create_index("ix_party_difference_claim", "party_difference", ["claim_id"], unique=False)
    op.create_index("ix_party_difference_payment", "party_difference", ["payment_id"], unique=False)
