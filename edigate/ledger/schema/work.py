"""What people did about what waits for them (acts are added, never changed), and how far exports have come."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text

from edigate.ledger import states
from edigate.ledger.schema.base import identity, metadata, moment, one_of, text

work_act = Table(
    "work_act",
    metadata,
    identity(),
    Column("reference", Text, nullable=False),  # `claim-12`, `paid-3`, `file-in-4`, `answer-5`: ids of the ledger
    Column("act", Text, nullable=False),
    text("text"),  # who has it, the note; may be PHI
    text("basis"),  # what it was about when it was done: with another reason or amount it is open again
    moment("at"),
    one_of("act", states.WORK_ACTS),
    CheckConstraint("reference <> ''", name="reference_given"),
)
Index("ix_work_act_reference", work_act.c.reference)

# Up to when an export of what changed has told everything.
export_mark = Table(
    "export_mark",
    metadata,
    Column("name", Text, primary_key=True),
    moment("until"),
)
