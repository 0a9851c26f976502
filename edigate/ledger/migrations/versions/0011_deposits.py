"""Deposits: money in the bank, the bank's files that tell of it, and the payments it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edigate.ledger.schema.base import Id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LIVE = sa.text("undone_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "deposit",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("trace_payer_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ach', 'wire', 'check', 'deposit', 'return', 'other')", name=op.f("ck_deposit_kind")
        ),
        sa.CheckConstraint("ordinal >= 1", name=op.f("ck_deposit_ordinal")),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_deposit_amount_not_zero")),
        sa.CheckConstraint("length(account) <= 4", name=op.f("ck_deposit_account_masked")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit")),
        sa.UniqueConstraint("identity", "ordinal", name=op.f("uq_deposit_identity_ordinal")),
    )
    op.create_index("ix_deposit_day", "deposit", ["day", "amount_cents"])
    op.create_table(
        "deposit_record",
        sa.Column("inbound_file_id", Id, autoincrement=False, nullable=False),
        sa.Column("record", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("deposit_id", Id, nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.CheckConstraint("format IN ('csv', 'bai2', 'nacha')", name=op.f("ck_deposit_record_format")),
        sa.ForeignKeyConstraint(
            ["inbound_file_id"], ["inbound_file.id"], name=op.f("fk_deposit_record_inbound_file_id")
        ),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposit.id"], name=op.f("fk_deposit_record_deposit_id")),
        sa.PrimaryKeyConstraint("inbound_file_id", "record", name=op.f("pk_deposit_record")),
    )
    op.create_index("ix_deposit_record_deposit", "deposit_record", ["deposit_id"])
    op.create_index("ix_deposit_record_identity", "deposit_record", ["identity"])
    op.create_table(
        "deposit_payment",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("deposit_id", Id, nullable=False),
        sa.Column("payment_id", Id, nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_why", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.CheckConstraint("how IN ('trace', 'amount', 'sum', 'hand')", name=op.f("ck_deposit_payment_how")),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_deposit_payment_amount_not_zero")),
        sa.CheckConstraint("how <> 'hand' OR why <> ''", name=op.f("ck_deposit_payment_hand_has_its_reason")),
        sa.CheckConstraint(
            "undone_at IS NULL OR undone_why <> ''", name=op.f("ck_deposit_payment_undone_has_its_reason")
        ),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposit.id"], name=op.f("fk_deposit_payment_deposit_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_deposit_payment_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_payment")),
    )
    op.create_index(
        "uq_deposit_payment_live",
        "deposit_payment",
        ["deposit_id", "payment_id"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index("ix_deposit_payment_payment", "deposit_payment", ["payment_id"])
