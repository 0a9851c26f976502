"""Bringing a database to the newest version, with Alembic and no ini file. Knows no table."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from edigate.errors import LedgerError
from edigate.ledger.engine import begin, keep_wal
from edigate.ledger.schema import VERSION
from edigate.ledger.store import version_of

_FOLDER = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Alembic's settings for our migrations; its own files and loggers are left alone."""
    config = Config()
    # ConfigParser reads % as its own sign; an installation's path may hold one.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def newest() -> str:
    """The version of the newest migration file."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


def upgrade(engine: Engine, to: str = "head") -> None:
    """Run every migration the database lacks, in one transaction.

    The engine must not enforce foreign keys: SQLite changes a table by building it anew. They are
    checked before anything is kept. Raises LedgerError for a newer ledger, or where rows would be left
    without what they refer to.
    """
    version = version_of(engine)
    if version > VERSION:
        raise LedgerError(
            f"the ledger has version {version}, this edigate knows {VERSION}", hint="use the newer edigate"
        )
    if version == VERSION:
        return
    keep_wal(engine)
    with begin(engine, write=True) as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        if engine.dialect.name == "sqlite":
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if lost:
                tables = ", ".join(sorted({str(row[0]) for row in lost}))
                raise LedgerError(f"the migration would leave rows without what they refer to, in {tables}")
