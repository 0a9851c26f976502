"""Tables of the money in the bank: deposits, where banks' files tell of them, which payments they are.

Shares are added and undone, never changed: what is open of a deposit or payment is its amount less its live shares.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy import text as sql

from edigate.ledger import states
from edigate.ledger.schema.base import Id, cents, identity, metadata, moment, one_of, text

# Money that came into an account, or was taken back out of it (negative).
deposit = Table(
    "deposit",
    metadata,
    identity(),
    # What makes it the same money: account, day, amount, the bank's number or its text; and the how manieth of that.
    Column("identity", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    text("bank"),  # banks/NAME.toml; empty where none was named
    text("account"),  # its last four digits
    Column("day", Date, nullable=False),
    cents("amount_cents"),
    Column("kind", Text, nullable=False),
    text("payer_name"),
    text("payer_id"),
    text("trace"),  # TRN02
    text("trace_payer_id"),  # TRN03
    text("reference"),
    text("description"),
    moment("created_at"),
    UniqueConstraint("identity", "ordinal"),
    one_of("kind", states.DEPOSIT_KINDS),
    CheckConstraint("ordinal >= 1", name="ordinal"),
    CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
    CheckConstraint("length(account) <= 4", name="account_masked"),
)
Index("ix_deposit_day", deposit.c.day, deposit.c.amount_cents)

# Each line of a bank's file that tells of a deposit; the same money stands in several files.
deposit_record = Table(
    "deposit_record",
    metadata,
    Column("inbound_file_id", Id, ForeignKey("inbound_file.id"), primary_key=True, autoincrement=False),
    Column("record", Integer, primary_key=True, autoincrement=False),  # its row or line
    Column("deposit_id", Id, ForeignKey("deposit.id"), nullable=False),
    Column("format", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    one_of("format", states.BANK_FORMATS),
)
Index("ix_deposit_record_deposit", deposit_record.c.deposit_id)
Index("ix_deposit_record_identity", deposit_record.c.identity)

# So many cents of a deposit are so many of a payment, until somebody undoes it.
deposit_payment = Table(
    "deposit_payment",
    metadata,
    identity(),
    Column("deposit_id", Id, ForeignKey("deposit.id"), nullable=False),
    Column("payment_id", Id, ForeignKey("payment.id"), nullable=False),
    cents("amount_cents"),
    Column("how", Text, nullable=False),
    text("why"),  # a person's reason
    text("who"),
    moment("at"),
    moment("undone_at", nullable=True),
    text("undone_why"),
    text("undone_by"),
    one_of("how", states.MATCHED_BY),
    CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
    CheckConstraint("how <> 'hand' OR why <> ''", name="hand_has_its_reason"),
    CheckConstraint("undone_at IS NULL OR undone_why <> ''", name="undone_has_its_reason"),
)
Index(
    "uq_deposit_payment_live",
    deposit_payment.c.deposit_id,
    deposit_payment.c.payment_id,
    unique=True,
    sqlite_where=sql("undone_at IS NULL"),
    postgresql_where=sql("undone_at IS NULL"),
)
Index("ix_deposit_payment_payment", deposit_payment.c.payment_id)
