"""Alembic's entry: runs the migrations on the connection it is given, inside the caller's transaction."""

from __future__ import annotations

from alembic import context

from edigate.ledger.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can't alter a column in place
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
