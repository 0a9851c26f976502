"""Tables of what travels: files out with their sets, control numbers, files in, answers that match nothing."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from edigate.ledger import states
from edigate.ledger.schema.base import Id, cents, count, identity, is_sha256, metadata, moment, one_of, text

# One interchange with one functional group.
outbound_file = Table(
    "outbound_file",
    metadata,
    identity(),
    Column("partner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("filename", Text, nullable=False),  # its final name at the partner's
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("isa13", Integer, nullable=False),
    Column("gs06", Integer, nullable=False),
    Column("usage", Text, nullable=False),
    count("claims"),
    cents("charge_cents"),
    Column("state", Text, nullable=False),
    moment("state_since"),
    text("reason"),
    text("temporary_name"),
    count("attempts"),
    moment("created_at"),
    moment("sent_at", nullable=True),
    Column("ta1", Text, nullable=False, default="none"),
    text("ta1_note"),  # TA105
    # Of a 999 or TA1 of ours: the received file that it answers, and which of its interchanges, from 1.
    Column("acknowledges_id", Id, ForeignKey("inbound_file.id")),
    Column("acknowledges_part", Integer),
    UniqueConstraint("partner", "isa13"),
    UniqueConstraint("partner", "gs06"),
    UniqueConstraint("partner", "filename"),
    UniqueConstraint("id", "partner"),  # so that a set can't name another partner than its file
    is_sha256(),
    one_of("kind", states.FILE_KINDS),
    one_of("usage", states.USAGES),
    one_of("state", states.FILE_STATES),
    one_of("ta1", states.VERDICTS),
    CheckConstraint("isa13 >= 1 AND isa13 <= 999999999", name="isa13"),
    CheckConstraint("gs06 >= 1 AND gs06 <= 999999999", name="gs06"),
    CheckConstraint("size > 0 AND attempts >= 0", name="counts"),
    CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_time"),
)
Index("ix_outbound_file_state", outbound_file.c.state, outbound_file.c.partner)
# What was received is acknowledged once.
Index(
    "uq_outbound_file_acknowledges_once",
    outbound_file.c.acknowledges_id,
    outbound_file.c.acknowledges_part,
    unique=True,
    sqlite_where=sql("acknowledges_id IS NOT NULL"),
    postgresql_where=sql("acknowledges_id IS NOT NULL"),
)

# The very bytes that a file travels in where its partner wants it encrypted: made once, for no second time gives them.
carried_file = Table(
    "carried_file",
    metadata,
    Column("outbound_file_id", Id, ForeignKey("outbound_file.id"), primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("encrypted_to", Text, nullable=False),  # a fingerprint
    text("signed_with"),
    moment("at"),
    is_sha256(),
    CheckConstraint("size > 0 AND encrypted_to <> ''", name="size_and_key_given"),
)

outbound_set = Table(
    "outbound_set",
    metadata,
    identity(),
    Column("outbound_file_id", Id, nullable=False),
    Column("partner", Text, nullable=False),
    Column("position", Integer, nullable=False),  # in its file, from 1
    Column("st02", Text, nullable=False),
    Column("bht03", Text, nullable=False),
    count("claims"),
    cents("charge_cents"),
    Column("x999", Text, nullable=False, default="none"),
    text("x999_code"),  # IK501
    ForeignKeyConstraint(["outbound_file_id", "partner"], ["outbound_file.id", "outbound_file.partner"]),
    UniqueConstraint("outbound_file_id", "position"),
    UniqueConstraint("partner", "st02"),
    UniqueConstraint("partner", "bht03"),
    one_of("x999", states.VERDICTS),
    CheckConstraint("st02 <> '' AND bht03 <> ''", name="numbers_given"),
)

# A claim stands in one set at most: the database itself refuses to send it twice.
claim_set = Table(
    "claim_set",
    metadata,
    Column("claim_id", Id, ForeignKey("claim.id"), primary_key=True, autoincrement=False),
    Column("outbound_set_id", Id, ForeignKey("outbound_set.id"), nullable=False),
    Column("position", Integer, nullable=False),  # in its set, from 1
    UniqueConstraint("outbound_set_id", "position"),
)

control_number = Table(
    "control_number",
    metadata,
    Column("partner", Text, primary_key=True),  # empty: one sequence for all partners
    Column("name", Text, primary_key=True),  # isa13, gs06, st02, bht03, line ...
    Column("next_value", BigInteger, nullable=False),
    CheckConstraint("next_value >= 1", name="next_value"),
)

inbound_file = Table(
    "inbound_file",
    metadata,
    identity(),
    text("partner"),  # empty: given by hand
    Column("remote_path", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # as listed; -1 where the server was silent
    Column("remote_modified", BigInteger, nullable=False),  # seconds since 1970; -1 where silent
    Column("sha256", Text, nullable=False),
    text("kind"),  # TA1, 999, 277CA, 835, report, unknown ...
    Column("state", Text, nullable=False),
    text("reason"),
    Column("duplicate_of_id", Id, ForeignKey("inbound_file.id")),
    moment("received_at"),
    moment("finished_at", nullable=True),
    UniqueConstraint(
        "partner", "remote_path", "size", "remote_modified", "sha256", name="uq_inbound_file_listing_content"
    ),
    is_sha256(),
    one_of("state", states.INBOUND_STATES),
    CheckConstraint("duplicate_of_id IS NULL OR state = 'kept'", name="duplicate_is_kept"),
    CheckConstraint("(state = 'received') = (finished_at IS NULL)", name="finished_has_its_time"),
    CheckConstraint("state <> 'held' OR reason <> ''", name="held_has_its_reason"),
)
# The same bytes are read once, whatever name they come under.
Index(
    "uq_inbound_file_content",
    inbound_file.c.sha256,
    unique=True,
    sqlite_where=sql("duplicate_of_id IS NULL"),
    postgresql_where=sql("duplicate_of_id IS NULL"),
)
Index("ix_inbound_file_state", inbound_file.c.state, inbound_file.c.partner)

# An answer that matches nothing waits here, in sight.
unmatched_answer = Table(
    "unmatched_answer",
    metadata,
    identity(),
    Column("inbound_file_id", Id, ForeignKey("inbound_file.id"), nullable=False),
    Column("kind", Text, nullable=False),
    text("key"),  # the number it quoted
    Column("state", Text, nullable=False, default="open"),
    Column("claim_id", Id, ForeignKey("claim.id")),  # where somebody matched it by hand
    count("segment_position"),
    text("detail"),
    moment("at"),
    # What the partner calls the claim (277CA REF*D9); empty where it doesn't say, or came before this was kept.
    Column("trace", Text, nullable=False, default="", server_default=""),
    one_of("state", states.UNMATCHED_STATES),
)
Index("ix_unmatched_answer_state", unmatched_answer.c.state)
Index(
    "ix_unmatched_answer_trace",
    unmatched_answer.c.trace,
    sqlite_where=sql("state = 'open' AND trace <> ''"),
    postgresql_where=sql("state = 'open' AND trace <> ''"),
)

# A person's word that answers with a number are about a claim; remembered until it is forgotten. An empty number
# is remembered for no further answer.
answer_match = Table(
    "answer_match",
    metadata,
    identity(),
    text("partner"),
    text("number"),  # CLP01 or TRN02 as the partner sends it, without case and blanks
    Column("claim_id", Id, ForeignKey("claim.id"), nullable=False),
    Column("why", Text, nullable=False),
    text("payer_number_before"),  # what the payer called the claim until then
    moment("at"),
    moment("forgotten_at", nullable=True),
    text("forgotten_why"),
    CheckConstraint("why <> ''", name="reason_given"),
)
Index(
    "uq_answer_match_remembered_once",
    answer_match.c.partner,
    answer_match.c.number,
    unique=True,
    sqlite_where=sql("forgotten_at IS NULL AND number <> ''"),
    postgresql_where=sql("forgotten_at IS NULL AND number <> ''"),
)

# What a match brought to its claim: acknowledgments, and the event each became ...
matched_answer = Table(
    "matched_answer",
    metadata,
    Column("answer_match_id", Id, ForeignKey("answer_match.id"), primary_key=True, autoincrement=False),
    Column("unmatched_answer_id", Id, ForeignKey("unmatched_answer.id"), primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False),
)

# ... and money.
matched_payment = Table(
    "matched_payment",
    metadata,
    Column("answer_match_id", Id, ForeignKey("answer_match.id"), primary_key=True, autoincrement=False),
    Column("claim_payment_id", Id, ForeignKey("claim_payment.id"), primary_key=True, autoincrement=False),
)

# What a partner calls a claim (277CA REF*D9), told beside our own number; a payer may answer with this one alone.
claim_trace = Table(
    "claim_trace",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("claim_id", Id, ForeignKey("claim.id"), primary_key=True, autoincrement=False),
    CheckConstraint("number <> ''", name="number_given"),
)
Index("ix_claim_trace_claim", claim_trace.c.claim_id)

# What was run, when, and how it ended. The summary is JSON and names no patient.
run = Table(
    "run",
    metadata,
    identity(),
    Column("command", Text, nullable=False),
    moment("started_at"),
    moment("finished_at", nullable=True),
    Column("exit_code", Integer),
    text("summary"),
    CheckConstraint("(finished_at IS NULL) = (exit_code IS NULL)", name="finished_has_its_code"),
)

# Who works with what (`partner-acme`, `nightly`) until when, where several hosts share a ledger.
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    moment("until"),
)
