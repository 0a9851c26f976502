"""The audit trail: who looked at what, who changed what. Entries are added, never changed; each holds the hash of the
one before."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text

from edigate.ledger import states
from edigate.ledger.schema.base import Id, is_sha256, metadata, moment, one_of, text

audit_entry = Table(
    "audit_entry",
    metadata,
    # 1, 2, 3 ... without a gap: one that is missing was taken away
    Column("id", Id, primary_key=True, autoincrement=False),
    moment("at"),
    Column("who", Text, nullable=False),  # the system's user
    text("host"),
    text("run_id"),  # of the log's lines
    Column("kind", Text, nullable=False),
    Column("act", Text, nullable=False),  # `show claim`, `post`
    text("subject"),  # what it was about, in the command's words: `62`, a file; may be PHI
    text("detail"),  # its options as JSON; may be PHI
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    one_of("kind", states.AUDIT_KINDS),
    CheckConstraint("who <> ''", name="who_given"),
    is_sha256("hash"),
)
Index("ix_audit_entry_subject", audit_entry.c.subject)
