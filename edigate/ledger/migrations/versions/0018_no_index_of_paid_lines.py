"""No index of service payments by our line: nothing asks for them that way, and every service paid wrote into it."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_service_payment_line", "service_payment")
