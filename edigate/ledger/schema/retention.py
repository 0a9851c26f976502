"""Tables of what was purged, and of what must not be: purges with what each let go, legal holds. Knows no rule."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, Table, Text

from edigate.ledger import states
from edigate.ledger.schema.base import Id, count, identity, is_sha256, metadata, moment, one_of, text

# One purge: what was agreed on, by whom. Unfinished while a file of it may still be there.
purge = Table(
    "purge",
    metadata,
    identity(),
    moment("at"),
    Column("who", Text, nullable=False),
    text("run_id"),
    Column("day", Date, nullable=False),  # as of which ages were counted
    Column("list", Text, nullable=False),  # the number of the list that was looked at before
    count("files"),
    Column("bytes", BigInteger, nullable=False),
    count("claims"),
    moment("finished_at", nullable=True),
    CheckConstraint("who <> '' AND list <> ''", name="who_and_list_given"),
)

# A content of the archive that was let go: the intent before, `done_at` after it. Stays for ever, so that one that
# comes again is known, and one that is missing is explained.
purged_file = Table(
    "purged_file",
    metadata,
    Column("purge_id", Id, ForeignKey("purge.id"), primary_key=True, autoincrement=False),
    Column("sha256", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # of [retention]
    Column("rule", Text, nullable=False),  # `remittances 7 years`
    Column("names", Text, nullable=False),  # `in-7 in-9`: ids of the ledger
    Column("size", BigInteger, nullable=False),
    Column("since", Date, nullable=False),  # when the last thing had happened to it
    moment("done_at", nullable=True),
    is_sha256(),
)
Index("ix_purged_file_sha256", purged_file.c.sha256)

# A claim whose persons were taken out of the ledger.
purged_claim = Table(
    "purged_claim",
    metadata,
    Column("claim_id", Id, ForeignKey("claim.id"), primary_key=True, autoincrement=False),
    Column("purge_id", Id, ForeignKey("purge.id"), nullable=False),
    Column("rule", Text, nullable=False),
)

# What must be kept, whatever its age, until somebody lifts the hold.
legal_hold = Table(
    "legal_hold",
    metadata,
    identity(),
    Column("scope", Text, nullable=False),
    text("subject"),  # a claim's id, `in-7`, `out-3`, `intake-4`, a partner's name; empty for everything
    Column("why", Text, nullable=False),
    Column("who", Text, nullable=False),
    moment("at"),
    moment("removed_at", nullable=True),
    text("removed_why"),
    text("removed_by"),
    one_of("scope", states.HOLD_SCOPES),
    CheckConstraint("why <> '' AND who <> ''", name="why_and_who_given"),
    CheckConstraint("(scope = 'everything') = (subject = '')", name="subject_given"),
    CheckConstraint("removed_at IS NULL OR removed_why <> ''", name="removed_with_its_reason"),
)
