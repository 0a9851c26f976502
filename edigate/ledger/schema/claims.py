"""Tables of what we bill: intakes, claims, their lines, findings and history. Knows no file that travels."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from edigate.ledger import states
from edigate.ledger.schema.base import (
    Cents,
    Id,
    cents,
    count,
    identity,
    is_sha256,
    metadata,
    moment,
    one_of,
    one_of_many,
    text,
)

# One input file converted once. The fingerprint covers what else decides the outcome (mapping, lookup
# files, version), so that the same file may be converted again after the mapping was mended.
intake = Table(
    "intake",
    metadata,
    identity(),
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),  # base name of the file
    Column("mapping", Text, nullable=False),
    text("fingerprint"),
    Column("partner", Text, nullable=False),
    count("rows_in"),
    count("rows_made"),
    count("rows_refused"),
    count("rows_known"),
    count("encounters"),
    moment("created_at"),
    moment("finished_at", nullable=True),
    UniqueConstraint("sha256", "mapping", "partner", "fingerprint"),
    is_sha256(),
    CheckConstraint(
        "rows_in >= 0 AND rows_made >= 0 AND rows_refused >= 0 AND rows_known >= 0 AND encounters >= 0",
        name="counts",
    ),
    CheckConstraint(
        "finished_at IS NULL OR rows_in = rows_made + rows_refused + rows_known", name="every_row_accounted"
    ),
)

claim = Table(
    "claim",
    metadata,
    identity(),
    Column("intake_id", Id, ForeignKey("intake.id"), nullable=False),
    Column("partner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    text("encounter_key"),  # the source's own key of the encounter
    text("patient_control_number"),  # CLM01
    Column("version", Integer, nullable=False, default=1),
    # Deferred, so that an old row can make way for its successor before that one is inserted.
    Column("superseded_by_id", Id, ForeignKey("claim.id", deferrable=True, initially="DEFERRED")),
    text("content_hash"),
    # The content without the claim's own numbers; empty where it isn't known (made before it was kept).
    Column("visit_hash", Text, nullable=False, default="", server_default=""),
    text("responsibility"),  # SBR01: P, S, T ...
    cents("total_charge_cents"),  # CLM02
    # What payers before this one settled, by what the claim itself says of them; 0 where it is the first's.
    Column("settled_before_cents", Cents, nullable=False, default=0, server_default="0"),
    Column("service_date", Date),  # the earliest
    text("payer_name"),
    text("payer_id"),
    text("payer_claim_control_number"),  # 277CA REF*1K or 835 CLP07, wanted by a replacement
    text("batch_key"),  # claims are sent in this order: those of a provider together, and of a patient
    # Made while the partner was in test or in production: a claim goes out in a file of the same alone.
    Column("usage", Text, one_of("usage", states.USAGES), nullable=False, server_default="test"),
    count("first_row"),
    count("last_row"),
    count("row_count"),
    Column("state", Text, nullable=False),
    moment("state_since"),
    moment("created_at"),
    one_of("kind", states.KINDS),
    CheckConstraint(one_of_many("state", states.CLAIM_STATES), name="state"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("superseded_by_id IS NULL OR superseded_by_id <> id", name="not_its_own_successor"),
    CheckConstraint("state = 'refused' OR patient_control_number <> ''", name="control_number_given"),
    CheckConstraint("state = 'refused' OR total_charge_cents >= 0", name="charge_not_negative"),
    CheckConstraint(
        "row_count >= 0 AND (row_count = 0 OR (first_row >= 1 AND last_row >= first_row))", name="rows"
    ),
)
Index(
    "uq_claim_live_control_number",
    claim.c.patient_control_number,
    unique=True,
    sqlite_where=sql("state <> 'refused' AND superseded_by_id IS NULL"),
    postgresql_where=sql("state <> 'refused' AND superseded_by_id IS NULL"),
)
Index("ix_claim_control_number", claim.c.patient_control_number)
Index(
    "ix_claim_visit",
    claim.c.visit_hash,
    sqlite_where=sql("visit_hash <> ''"),
    postgresql_where=sql("visit_hash <> ''"),
)
Index("ix_claim_encounter", claim.c.encounter_key)
Index("ix_claim_intake", claim.c.intake_id)
Index("ix_claim_state", claim.c.state, claim.c.partner)
# Only what waits to be sent stands in this index: it stays small however large the ledger grows.
Index(
    "ix_claim_to_send",
    claim.c.partner,
    claim.c.kind,
    claim.c.usage,
    claim.c.batch_key,
    claim.c.patient_control_number,
    sqlite_where=sql("state = 'ready' AND superseded_by_id IS NULL"),
    postgresql_where=sql("state = 'ready' AND superseded_by_id IS NULL"),
)

# Test claims are few, and left out of every sum.
Index(
    "ix_claim_test",
    claim.c.partner,
    claim.c.state,
    sqlite_where=sql("usage = 'test'"),
    postgresql_where=sql("usage = 'test'"),
)

# The claim itself as JSON, apart from its row: a change of state must not rewrite kilobytes. PHI.
claim_record = Table(
    "claim_record",
    metadata,
    Column("claim_id", Id, ForeignKey("claim.id"), primary_key=True, autoincrement=False),
    Column("record", LargeBinary, nullable=False),
)

claim_line = Table(
    "claim_line",
    metadata,
    identity(),
    Column("claim_id", Id, ForeignKey("claim.id"), nullable=False),
    Column("line_number", Integer, nullable=False),  # LX01
    Column("line_item_control_number", Text, nullable=False),  # REF*6R
    text("procedure"),
    Column("revenue_code", Text, nullable=False, default="", server_default=""),  # institutional claims
    text("modifiers"),  # in order, joined by ':'
    cents("charge_cents"),
    text("units"),  # decimal text
    Column("service_date", Date),
    UniqueConstraint("claim_id", "line_number"),
    UniqueConstraint("line_item_control_number"),
    CheckConstraint("line_item_control_number <> ''", name="control_number_given"),
    CheckConstraint("line_number >= 1", name="line_number"),
)

# What is wrong with a claim: found by us, or told by an answer (then `inbound_file_id` says by which).
claim_finding = Table(
    "claim_finding",
    metadata,
    identity(),
    Column("claim_id", Id, ForeignKey("claim.id"), nullable=False),
    Column("inbound_file_id", Id, ForeignKey("inbound_file.id")),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    count("level"),  # SNIP 1-7, 0: none
    text("message"),
    text("field"),
    text("value"),  # may be PHI
    text("expected"),
    text("sources"),  # JSON of findings.Source
    one_of("severity", states.SEVERITIES),
    CheckConstraint("level >= 0 AND level <= 7", name="level"),
)
Index("ix_claim_finding_claim", claim_finding.c.claim_id)

# Each change of a claim's state, with its cause. Appended, never changed.
claim_event = Table(
    "claim_event",
    metadata,
    identity(),
    Column("claim_id", Id, ForeignKey("claim.id"), nullable=False),
    moment("at"),
    Column("state_before", Text),  # NULL for the first
    Column("state_after", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("outbound_file_id", Id, ForeignKey("outbound_file.id")),
    Column("inbound_file_id", Id, ForeignKey("inbound_file.id")),
    count("segment_position"),  # in the inbound file's transaction set, 0: none
    text("detail"),  # codes and payer text
    CheckConstraint(
        "state_before IS NULL OR " + one_of_many("state_before", states.CLAIM_STATES),
        name="state_before",
    ),
    CheckConstraint(one_of_many("state_after", states.CLAIM_STATES), name="state_after"),
)
Index("ix_claim_event_claim", claim_event.c.claim_id)
Index(
    "ix_claim_event_inbound_file",
    claim_event.c.inbound_file_id,
    sqlite_where=sql("inbound_file_id IS NOT NULL"),
    postgresql_where=sql("inbound_file_id IS NOT NULL"),
)
