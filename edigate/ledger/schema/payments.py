"""Tables of the money: payments, claim and service payments, adjustments. Entries are added, never changed.

A reversal is its own entry with negated amounts; a balance is the sum of entries (`accounts.py`).
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy import text as sql

from edigate.ledger import states
from edigate.ledger.schema.base import Cents, Id, cents, count, identity, metadata, moment, one_of, text

payment = Table(
    "payment",
    metadata,
    identity(),
    Column("inbound_file_id", Id, ForeignKey("inbound_file.id"), nullable=False),
    Column("set_number", Integer, nullable=False),  # the 835's place in its file, from 1
    text("partner"),
    # Payer's TRN03 (or id), payee, TRN02, BPR16, BPR02: the same money has the same identity.
    Column("identity", Text, nullable=False),
    text("content_hash"),
    text("payer_name"),
    text("payer_id"),
    text("payee_id"),
    text("trace_number"),  # TRN02
    text("trace_payer_id"),  # TRN03
    text("method"),  # BPR04
    text("handling"),  # BPR01
    cents("amount_cents"),  # BPR02, negative for a debit
    Column("effective_date", Date),  # BPR16
    Column("state", Text, nullable=False),
    text("reason"),
    text("accepted_unbalanced"),  # why a person let it through
    moment("posted_at", nullable=True),
    UniqueConstraint("inbound_file_id", "set_number"),
    one_of("state", states.PAYMENT_STATES),
    CheckConstraint("state <> 'held' OR reason <> ''", name="held_has_its_reason"),
    CheckConstraint("(state = 'posted') = (posted_at IS NOT NULL)", name="posted_has_its_time"),
)
Index(
    "uq_payment_posted_once",
    payment.c.identity,
    unique=True,
    sqlite_where=sql("state = 'posted'"),
    postgresql_where=sql("state = 'posted'"),
)

claim_payment = Table(
    "claim_payment",
    metadata,
    identity(),
    Column("payment_id", Id, ForeignKey("payment.id"), nullable=False),
    Column("position", Integer, nullable=False),  # in its payment, from 1
    Column("claim_id", Id, ForeignKey("claim.id")),  # NULL: paid, but for no claim we know
    text("patient_control_number"),  # CLP01 as sent
    text("status_code"),  # CLP02
    cents("charge_cents"),  # CLP03
    cents("paid_cents"),  # CLP04
    cents("patient_responsibility_cents"),  # CLP05
    text("filing_indicator"),  # CLP06
    text("payer_claim_control_number"),  # CLP07
    text("remark_codes"),  # MIA, MOA: joined by a blank
    # NM1*TT: whom the payer passed it on to; empty in entries posted before it was kept.
    Column("crossover_carrier", Text, nullable=False, default="", server_default=""),
    count("segment_position"),  # of the CLP in its set, ST = 1
    Column("coverage_cents", Cents),  # AMT*AU; NULL where it isn't said, or was posted before it was kept
    UniqueConstraint("payment_id", "position"),
)
Index("ix_claim_payment_claim", claim_payment.c.claim_id)
Index("ix_claim_payment_payer_number", claim_payment.c.payer_claim_control_number)

service_payment = Table(
    "service_payment",
    metadata,
    identity(),
    Column("claim_payment_id", Id, ForeignKey("claim_payment.id"), nullable=False),
    Column("position", Integer, nullable=False),  # in its claim, from 1
    Column("claim_line_id", Id, ForeignKey("claim_line.id")),
    text("procedure"),  # SVC01: what was paid
    text("modifiers"),
    text("billed_procedure"),  # SVC06: what was billed, where it differs
    text("billed_modifiers"),
    text("revenue_code"),  # SVC04
    cents("charge_cents"),  # SVC02
    cents("paid_cents"),  # SVC03
    text("units"),  # SVC05, decimal text
    Column("service_date", Date),
    text("line_item_control_number"),  # REF*6R as sent
    text("remark_codes"),  # LQ: joined by a blank
    count("segment_position"),
    Column("allowed_cents", Cents),  # AMT*B6; likewise
    UniqueConstraint("claim_payment_id", "position"),
)  # no index of our lines: nothing asks for services that way

adjustment = Table(
    "adjustment",
    metadata,
    identity(),
    Column("claim_payment_id", Id, ForeignKey("claim_payment.id"), nullable=False),
    Column("service_payment_id", Id, ForeignKey("service_payment.id")),  # NULL: of the whole claim
    Column("group_code", Text, nullable=False),  # CAS01
    Column("reason_code", Text, nullable=False),
    cents("amount_cents"),
    text("quantity"),
    CheckConstraint("group_code <> '' AND reason_code <> ''", name="codes_given"),
)
Index("ix_adjustment_claim_payment", adjustment.c.claim_payment_id)

# PLB: a positive amount takes money from the payment, a negative one adds.
provider_adjustment = Table(
    "provider_adjustment",
    metadata,
    identity(),
    Column("payment_id", Id, ForeignKey("payment.id"), nullable=False),
    Column("position", Integer, nullable=False),
    text("provider_id"),  # PLB01
    Column("fiscal_period_end", Date),  # PLB02
    text("reason_code"),  # PLB03-1
    text("reference"),  # PLB03-2
    cents("amount_cents"),
    # Of the PLB in its set, ST = 1; 0 in entries posted before it was kept.
    Column("segment_position", Integer, nullable=False, default=0, server_default="0"),
    UniqueConstraint("payment_id", "position"),
)
