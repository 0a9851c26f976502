"""Answers that wait say what the partner calls their claim, so that whoever learns whose that is finds them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'open' AND trace <> ''")


def upgrade() -> None:
    op.execute("ALTER TABLE unmatched_answer ADD COLUMN trace TEXT DEFAULT '' NOT NULL")
    op.create_index(
        "ix_unmatched_answer_trace",
        "unmatched_answer",
        ["trace"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
