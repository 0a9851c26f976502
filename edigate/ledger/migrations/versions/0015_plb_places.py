"""Every PLB says where it stands in its set, as other entries do; test claims are found without going through all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TEST = sa.text("usage = 'test'")


def upgrade() -> None:
    op.execute("ALTER TABLE provider_adjustment ADD COLUMN segment_position INTEGER DEFAULT '0' NOT NULL")
    op.create_index(
        "ix_claim_test",
        "claim",
        ["partner", "state"],
        unique=False,
        sqlite_where=_TEST,
        postgresql_where=_TEST,
    )
