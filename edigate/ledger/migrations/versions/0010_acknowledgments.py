"""Files of ours may be acknowledgments: a 999 or TA1, which answers one interchange of one received file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edigate.ledger.schema.base import Id

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BEFORE = "kind IN ('837P', '837I', '837D')"
_AFTER = "kind IN ('837P', '837I', '837D', '999', 'TA1')"
_REFERENCE = "fk_outbound_file_acknowledges_id"
_ANSWERS = sa.text("acknowledges_id IS NOT NULL")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _anew(op.get_bind())
    else:
        op.add_column("outbound_file", sa.Column("acknowledges_id", Id, nullable=True))
        op.add_column("outbound_file", sa.Column("acknowledges_part", sa.Integer(), nullable=True))
        op.create_foreign_key(_REFERENCE, "outbound_file", "inbound_file", ["acknowledges_id"], ["id"])
        op.drop_constraint("ck_outbound_file_kind", "outbound_file")
        op.create_check_constraint(op.f("ck_outbound_file_kind"), "outbound_file", _AFTER)
    op.create_index(
        "uq_outbound_file_acknowledges_once",
        "outbound_file",
        ["acknowledges_id", "acknowledges_part"],
        unique=True,
        sqlite_where=_ANSWERS,
        postgresql_where=_ANSWERS,
    )


def _anew(connection: sa.Connection) -> None:
    """SQLite changes no constraint in place: the same table anew but for these, with its rows and indexes."""
    ours = "SELECT sql FROM sqlite_master WHERE tbl_name = 'outbound_file' AND sql IS NOT NULL AND type = "
    (table,) = connection.exec_driver_sql(f"{ours}'table'").scalars().all()
    indexes = connection.exec_driver_sql(f"{ours}'index'").scalars().all()
    if table.count(_BEFORE) != 1 or not table.rstrip().endswith(")"):
        raise RuntimeError("outbound_file isn't the table that this migration knows")
    columns_anew = "ta1_note TEXT NOT NULL, acknowledges_id INTEGER, acknowledges_part INTEGER"
    anew = table.replace(_BEFORE, _AFTER).replace("ta1_note TEXT NOT NULL", columns_anew).rstrip().removesuffix(")")
    reference = f", CONSTRAINT {_REFERENCE} FOREIGN KEY(acknowledges_id) REFERENCES inbound_file (id))"
    connection.exec_driver_sql("CREATE TEMPORARY TABLE outbound_file_kept AS SELECT * FROM main.outbound_file")
    connection.exec_driver_sql("DROP TABLE main.outbound_file")
    connection.exec_driver_sql(anew.rstrip() + reference)
    connection.exec_driver_sql("INSERT INTO outbound_file SELECT *, NULL, NULL FROM outbound_file_kept")
    connection.exec_driver_sql("DROP TABLE temp.outbound_file_kept")
    for index in indexes:
        connection.exec_driver_sql(index)
