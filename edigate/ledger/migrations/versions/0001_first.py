"""The first schema: claims, files, answers and payments.

Frozen: a ledger in the field was made by exactly this. Changes are migrations of their own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
CENTS = sa.BigInteger()
CLAIM_STATES = (
    "('refused', 'ready', 'queued', 'sent', 'uncertain', 'acknowledged', 'accepted', 'rejected', 'paid', "
    "'partly_paid', 'denied', 'forwarded', 'reversed', 'void')"
)


def upgrade() -> None:
    op.create_table(
        "control_number",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("next_value >= 1", name=op.f("ck_control_number_next_value")),
        sa.PrimaryKeyConstraint("partner", "name", name=op.f("pk_control_number")),
    )
    op.create_table(
        "inbound_file",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("remote_path", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("remote_modified", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("duplicate_of_id", ID, nullable=True),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(state = 'received') = (finished_at IS NULL)", name=op.f("ck_inbound_file_finished_has_its_time")
        ),
        sa.CheckConstraint("duplicate_of_id IS NULL OR state = 'kept'", name=op.f("ck_inbound_file_duplicate_is_kept")),
        sa.CheckConstraint("state <> 'held' OR reason <> ''", name=op.f("ck_inbound_file_held_has_its_reason")),
        sa.CheckConstraint("state IN ('received', 'posted', 'held', 'kept')", name=op.f("ck_inbound_file_state")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_inbound_file_sha256")),
        sa.ForeignKeyConstraint(["duplicate_of_id"], ["inbound_file.id"], name=op.f("fk_inbound_file_duplicate_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_file")),
        sa.UniqueConstraint(
            "partner", "remote_path", "size", "remote_modified", "sha256", name="uq_inbound_file_listing_content"
        ),
    )
    op.create_index("ix_inbound_file_state", "inbound_file", ["state", "partner"], unique=False)
    op.create_index(
        "uq_inbound_file_content",
        "inbound_file",
        ["sha256"],
        unique=True,
        sqlite_where=sa.text("duplicate_of_id IS NULL"),
        postgresql_where=sa.text("duplicate_of_id IS NULL"),
    )
    op.create_table(
        "intake",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("rows_in", sa.Integer(), nullable=False),
        sa.Column("rows_made", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("rows_known", sa.Integer(), nullable=False),
        sa.Column("encounters", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.CheckConstraint(
            "finished_at IS NULL OR rows_in = rows_made + rows_refused + rows_known",
            name=op.f("ck_intake_every_row_accounted"),
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_intake_sha256")),
        sa.CheckConstraint(
            "rows_in >= 0 AND rows_made >= 0 AND rows_refused >= 0 AND rows_known >= 0 AND encounters >= 0",
            name=op.f("ck_intake_counts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
        sa.UniqueConstraint(
            "sha256", "mapping", "partner", "fingerprint", name=op.f("uq_intake_sha256_mapping_partner_fingerprint")
        ),
    )
    op.create_table(
        "outbound_file",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("isa13", sa.Integer(), nullable=False),
        sa.Column("gs06", sa.Integer(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("charge_cents", CENTS, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("temporary_name", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("ta1", sa.Text(), nullable=False),
        sa.Column("ta1_note", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_outbound_file_sent_has_its_time")),
        sa.CheckConstraint("kind IN ('837P', '837I', '837D')", name=op.f("ck_outbound_file_kind")),
        sa.CheckConstraint(
            "state IN ('queued', 'uploading', 'renaming', 'sent', 'uncertain', 'cancelled')",
            name=op.f("ck_outbound_file_state"),
        ),
        sa.CheckConstraint("ta1 IN ('none', 'accepted', 'rejected')", name=op.f("ck_outbound_file_ta1")),
        sa.CheckConstraint("usage IN ('test', 'production')", name=op.f("ck_outbound_file_usage")),
        sa.CheckConstraint("gs06 >= 1 AND gs06 <= 999999999", name=op.f("ck_outbound_file_gs06")),
        sa.CheckConstraint("isa13 >= 1 AND isa13 <= 999999999", name=op.f("ck_outbound_file_isa13")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_outbound_file_sha256")),
        sa.CheckConstraint("size > 0 AND attempts >= 0", name=op.f("ck_outbound_file_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_file")),
        sa.UniqueConstraint("id", "partner", name=op.f("uq_outbound_file_id_partner")),
        sa.UniqueConstraint("partner", "filename", name=op.f("uq_outbound_file_partner_filename")),
        sa.UniqueConstraint("partner", "gs06", name=op.f("uq_outbound_file_partner_gs06")),
        sa.UniqueConstraint("partner", "isa13", name=op.f("uq_outbound_file_partner_isa13")),
    )
    op.create_index("ix_outbound_file_state", "outbound_file", ["state", "partner"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.CheckConstraint("(finished_at IS NULL) = (exit_code IS NULL)", name=op.f("ck_run_finished_has_its_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_table(
        "claim",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("intake_id", ID, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("encounter_key", sa.Text(), nullable=False),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("superseded_by_id", ID, nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("responsibility", sa.Text(), nullable=False),
        sa.Column("total_charge_cents", CENTS, nullable=False),
        sa.Column("service_date", sa.Date(), nullable=True),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("payer_claim_control_number", sa.Text(), nullable=False),
        sa.Column("batch_key", sa.Text(), nullable=False),
        sa.Column("first_row", sa.Integer(), nullable=False),
        sa.Column("last_row", sa.Integer(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('837P', '837I', '837D')", name=op.f("ck_claim_kind")),
        sa.CheckConstraint(
            "state = 'refused' OR patient_control_number <> ''", name=op.f("ck_claim_control_number_given")
        ),
        sa.CheckConstraint("state = 'refused' OR total_charge_cents >= 0", name=op.f("ck_claim_charge_not_negative")),
        sa.CheckConstraint(f"state IN {CLAIM_STATES}", name=op.f("ck_claim_state")),
        sa.CheckConstraint(
            "row_count >= 0 AND (row_count = 0 OR (first_row >= 1 AND last_row >= first_row))",
            name=op.f("ck_claim_rows"),
        ),
        sa.CheckConstraint(
            "superseded_by_id IS NULL OR superseded_by_id <> id", name=op.f("ck_claim_not_its_own_successor")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_claim_version")),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_claim_intake_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"],
            ["claim.id"],
            name=op.f("fk_claim_superseded_by_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index("ix_claim_control_number", "claim", ["patient_control_number"], unique=False)
    op.create_index("ix_claim_encounter", "claim", ["encounter_key"], unique=False)
    op.create_index("ix_claim_intake", "claim", ["intake_id"], unique=False)
    op.create_index("ix_claim_state", "claim", ["state", "partner"], unique=False)
    op.create_index(
        "ix_claim_to_send",
        "claim",
        ["partner", "kind", "batch_key", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'ready' AND superseded_by_id IS NULL"),
        postgresql_where=sa.text("state = 'ready' AND superseded_by_id IS NULL"),
    )
    op.create_index(
        "uq_claim_live_control_number",
        "claim",
        ["patient_control_number"],
        unique=True,
        sqlite_where=sa.text("state <> 'refused' AND superseded_by_id IS NULL"),
        postgresql_where=sa.text("state <> 'refused' AND superseded_by_id IS NULL"),
    )
    op.create_table(
        "outbound_set",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("outbound_file_id", ID, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("st02", sa.Text(), nullable=False),
        sa.Column("bht03", sa.Text(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("charge_cents", CENTS, nullable=False),
        sa.Column("x999", sa.Text(), nullable=False),
        sa.Column("x999_code", sa.Text(), nullable=False),
        sa.CheckConstraint("st02 <> '' AND bht03 <> ''", name=op.f("ck_outbound_set_numbers_given")),
        sa.CheckConstraint("x999 IN ('none', 'accepted', 'rejected')", name=op.f("ck_outbound_set_x999")),
        sa.ForeignKeyConstraint(
            ["outbound_file_id", "partner"],
            ["outbound_file.id", "outbound_file.partner"],
            name=op.f("fk_outbound_set_outbound_file_id_partner"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_set")),
        sa.UniqueConstraint("outbound_file_id", "position", name=op.f("uq_outbound_set_outbound_file_id_position")),
        sa.UniqueConstraint("partner", "bht03", name=op.f("uq_outbound_set_partner_bht03")),
        sa.UniqueConstraint("partner", "st02", name=op.f("uq_outbound_set_partner_st02")),
    )
    op.create_table(
        "payment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("inbound_file_id", ID, nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("payee_id", sa.Text(), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("trace_payer_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("handling", sa.Text(), nullable=False),
        sa.Column("amount_cents", CENTS, nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("accepted_unbalanced", sa.Text(), nullable=False),
        sa.Column("posted_at", TIME, nullable=True),
        sa.CheckConstraint("(state = 'posted') = (posted_at IS NOT NULL)", name=op.f("ck_payment_posted_has_its_time")),
        sa.CheckConstraint("state <> 'held' OR reason <> ''", name=op.f("ck_payment_held_has_its_reason")),
        sa.CheckConstraint("state IN ('posted', 'held')", name=op.f("ck_payment_state")),
        sa.ForeignKeyConstraint(["inbound_file_id"], ["inbound_file.id"], name=op.f("fk_payment_inbound_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("inbound_file_id", "set_number", name=op.f("uq_payment_inbound_file_id_set_number")),
    )
    op.create_index(
        "uq_payment_posted_once",
        "payment",
        ["identity"],
        unique=True,
        sqlite_where=sa.text("state = 'posted'"),
        postgresql_where=sa.text("state = 'posted'"),
    )
    op.create_table(
        "claim_event",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("state_before", sa.Text(), nullable=True),
        sa.Column("state_after", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("outbound_file_id", ID, nullable=True),
        sa.Column("inbound_file_id", ID, nullable=True),
        sa.Column("segment_position", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint(f"state_after IN {CLAIM_STATES}", name=op.f("ck_claim_event_state_after")),
        sa.CheckConstraint(
            f"state_before IS NULL OR state_before IN {CLAIM_STATES}", name=op.f("ck_claim_event_state_before")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_event_claim_id")),
        sa.ForeignKeyConstraint(["inbound_file_id"], ["inbound_file.id"], name=op.f("fk_claim_event_inbound_file_id")),
        sa.ForeignKeyConstraint(
            ["outbound_file_id"], ["outbound_file.id"], name=op.f("fk_claim_event_outbound_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_event")),
    )
    op.create_index("ix_claim_event_claim", "claim_event", ["claim_id"], unique=False)
    op.create_index(
        "ix_claim_event_inbound_file",
        "claim_event",
        ["inbound_file_id"],
        unique=False,
        sqlite_where=sa.text("inbound_file_id IS NOT NULL"),
        postgresql_where=sa.text("inbound_file_id IS NOT NULL"),
    )
    op.create_table(
        "claim_finding",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("inbound_file_id", ID, nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.CheckConstraint("severity IN ('error', 'warning', 'info')", name=op.f("ck_claim_finding_severity")),
        sa.CheckConstraint("level >= 0 AND level <= 7", name=op.f("ck_claim_finding_level")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_finding_claim_id")),
        sa.ForeignKeyConstraint(
            ["inbound_file_id"], ["inbound_file.id"], name=op.f("fk_claim_finding_inbound_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_finding")),
    )
    op.create_index("ix_claim_finding_claim", "claim_finding", ["claim_id"], unique=False)
    op.create_table(
        "claim_line",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("line_item_control_number", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("modifiers", sa.Text(), nullable=False),
        sa.Column("charge_cents", CENTS, nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=True),
        sa.CheckConstraint("line_item_control_number <> ''", name=op.f("ck_claim_line_control_number_given")),
        sa.CheckConstraint("line_number >= 1", name=op.f("ck_claim_line_line_number")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_line_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_line")),
        sa.UniqueConstraint("claim_id", "line_number", name=op.f("uq_claim_line_claim_id_line_number")),
        sa.UniqueConstraint("line_item_control_number", name=op.f("uq_claim_line_line_item_control_number")),
    )
    op.create_table(
        "claim_payment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("claim_id", ID, nullable=True),
        sa.Column("patient_control_number", sa.Text(), nullable=False),
        sa.Column("status_code", sa.Text(), nullable=False),
        sa.Column("charge_cents", CENTS, nullable=False),
        sa.Column("paid_cents", CENTS, nullable=False),
        sa.Column("patient_responsibility_cents", CENTS, nullable=False),
        sa.Column("filing_indicator", sa.Text(), nullable=False),
        sa.Column("payer_claim_control_number", sa.Text(), nullable=False),
        sa.Column("remark_codes", sa.Text(), nullable=False),
        sa.Column("segment_position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_payment_claim_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_claim_payment_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_payment")),
        sa.UniqueConstraint("payment_id", "position", name=op.f("uq_claim_payment_payment_id_position")),
    )
    op.create_index("ix_claim_payment_claim", "claim_payment", ["claim_id"], unique=False)
    op.create_index("ix_claim_payment_payer_number", "claim_payment", ["payer_claim_control_number"], unique=False)
    op.create_table(
        "claim_record",
        sa.Column("claim_id", ID, autoincrement=False, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_record_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claim_record")),
    )
    op.create_table(
        "claim_set",
        sa.Column("claim_id", ID, autoincrement=False, nullable=False),
        sa.Column("outbound_set_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_set_claim_id")),
        sa.ForeignKeyConstraint(["outbound_set_id"], ["outbound_set.id"], name=op.f("fk_claim_set_outbound_set_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claim_set")),
        sa.UniqueConstraint("outbound_set_id", "position", name=op.f("uq_claim_set_outbound_set_id_position")),
    )
    op.create_table(
        "provider_adjustment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("fiscal_period_end", sa.Date(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_cents", CENTS, nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_provider_adjustment_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_adjustment")),
        sa.UniqueConstraint("payment_id", "position", name=op.f("uq_provider_adjustment_payment_id_position")),
    )
    op.create_table(
        "unmatched_answer",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("inbound_file_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claim_id", ID, nullable=True),
        sa.Column("segment_position", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('open', 'matched', 'dismissed')", name=op.f("ck_unmatched_answer_state")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_unmatched_answer_claim_id")),
        sa.ForeignKeyConstraint(
            ["inbound_file_id"], ["inbound_file.id"], name=op.f("fk_unmatched_answer_inbound_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmatched_answer")),
    )
    op.create_index("ix_unmatched_answer_state", "unmatched_answer", ["state"], unique=False)
    op.create_table(
        "service_payment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("claim_payment_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("claim_line_id", ID, nullable=True),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("modifiers", sa.Text(), nullable=False),
        sa.Column("billed_procedure", sa.Text(), nullable=False),
        sa.Column("billed_modifiers", sa.Text(), nullable=False),
        sa.Column("revenue_code", sa.Text(), nullable=False),
        sa.Column("charge_cents", CENTS, nullable=False),
        sa.Column("paid_cents", CENTS, nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=True),
        sa.Column("line_item_control_number", sa.Text(), nullable=False),
        sa.Column("remark_codes", sa.Text(), nullable=False),
        sa.Column("segment_position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["claim_line_id"], ["claim_line.id"], name=op.f("fk_service_payment_claim_line_id")),
        sa.ForeignKeyConstraint(
            ["claim_payment_id"], ["claim_payment.id"], name=op.f("fk_service_payment_claim_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_payment")),
        sa.UniqueConstraint("claim_payment_id", "position", name=op.f("uq_service_payment_claim_payment_id_position")),
    )
    op.create_index("ix_service_payment_line", "service_payment", ["claim_line_id"], unique=False)
    op.create_table(
        "adjustment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("claim_payment_id", ID, nullable=False),
        sa.Column("service_payment_id", ID, nullable=True),
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("amount_cents", CENTS, nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.CheckConstraint("group_code <> '' AND reason_code <> ''", name=op.f("ck_adjustment_codes_given")),
        sa.ForeignKeyConstraint(
            ["claim_payment_id"], ["claim_payment.id"], name=op.f("fk_adjustment_claim_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_payment_id"], ["service_payment.id"], name=op.f("fk_adjustment_service_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
    )
    op.create_index("ix_adjustment_claim_payment", "adjustment", ["claim_payment_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a ledger never goes back: restore a backup")
