"""What payers themselves call allowed (AMT*B6) and covered (AMT*AU) is kept; of older entries nobody knows it here."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE claim_payment ADD COLUMN coverage_cents BIGINT")
    op.execute("ALTER TABLE service_payment ADD COLUMN allowed_cents BIGINT")
