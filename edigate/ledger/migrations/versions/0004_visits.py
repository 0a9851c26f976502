"""Claims keep a hash of their visit, so that the same visit billed under another number is found.

Claims made before have none: what they say is JSON that no migration reads.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEPT = sa.text("visit_hash <> ''")


def upgrade() -> None:
    op.execute("ALTER TABLE claim ADD COLUMN visit_hash TEXT DEFAULT '' NOT NULL")
    op.create_index(
        "ix_claim_visit", "claim", ["visit_hash"], unique=False, sqlite_where=_KEPT, postgresql_where=_KEPT
    )
