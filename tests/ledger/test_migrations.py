"""A ledger made by migrations is the ledger of the schema, on SQLite to the letter."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from edigate.errors import LedgerError
from edigate.ledger import engine as engine_module
from edigate.ledger import schema, states
from edigate.ledger.engine import make_engine, url_of
from edigate.ledger.migrate import newest, upgrade
from edigate.ledger.store import Ledger

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "ledger.md"


def statements(path: Path) -> dict[str, str]:
    """Every table and index of a SQLite file with the statement that made it, blanks made even."""
    with sqlite3.connect(path) as file:
        rows = file.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows if name != "alembic_version"}


def parts(statement: str) -> list[str]:
    return sorted(part.rstrip(" )") for part in statement.split(", "))


def test_migrations_make_exactly_the_schema(tmp_path: Path) -> None:
    Ledger.create_or_upgrade(tmp_path / "migrated.sqlite").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'direct.sqlite'}")
    schema.metadata.create_all(engine)
    engine.dispose()

    migrated, direct = statements(tmp_path / "migrated.sqlite"), statements(tmp_path / "direct.sqlite")
    assert migrated.keys() == direct.keys()
    # The order of constraints within a table means nothing; each of them must be there, word by word.
    for name, statement in direct.items():
        assert parts(migrated[name]) == parts(statement), name


def test_alembic_sees_nothing_left_to_migrate(ledger_path: Path) -> None:
    engine = make_engine(url_of(ledger_path), busy_seconds=1)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_the_schema_names_the_newest_migration() -> None:
    assert newest() == schema.VERSION


def test_the_migrations_are_files_of_the_package() -> None:
    folder = files("edigate.ledger") / "migrations"
    assert (folder / "env.py").is_file()
    assert (folder / "script.py.mako").is_file()
    assert (folder / "versions" / "0001_first.py").is_file()


def test_upgrading_twice_changes_nothing(ledger_path: Path) -> None:
    before = statements(ledger_path)
    Ledger.create_or_upgrade(ledger_path).close()
    assert statements(ledger_path) == before


def test_several_may_make_the_same_ledger_at_once(tmp_path: Path) -> None:
    def make(_: int) -> str:
        with Ledger.create_or_upgrade(tmp_path / "ledger.sqlite") as ledger, ledger.read() as tx:
            return str(tx.connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, range(8))) == [schema.VERSION] * 8


def test_a_migration_that_would_lose_a_reference_is_undone(tmp_path: Path) -> None:
    """Foreign keys are off while SQLite rebuilds tables, so they are checked before anything is kept."""
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        file.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        file.execute("CREATE TABLE child (parent_id INTEGER REFERENCES parent (id))")
        file.execute("INSERT INTO child VALUES (7)")
    engine = make_engine(url_of(path), busy_seconds=1, foreign_keys=False)
    with pytest.raises(LedgerError, match="without what they refer to, in child"):
        upgrade(engine)
    engine.dispose()
    assert "claim" not in statements(path)


def test_the_schema_is_good_for_postgresql_too() -> None:
    """Compiled only; issue 5 runs it. Names there end at 63 characters, types differ where they must."""
    dialect = make_url("postgresql+psycopg://").get_dialect()()
    made = {
        table.name: str(CreateTable(table).compile(dialect=dialect)) for table in schema.metadata.sorted_tables
    }
    assert "id BIGSERIAL" in made["claim"]
    assert "at TIMESTAMP WITH TIME ZONE" in made["claim_event"]
    assert "amount_cents BIGINT" in made["payment"]
    names = [str(one.name) for table in schema.metadata.sorted_tables for one in table.constraints]
    names += [str(one.name) for table in schema.metadata.sorted_tables for one in table.indexes]
    assert max(map(len, names)) <= 63
    partial = [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in schema.metadata.sorted_tables
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    ]
    assert partial
    assert all(" WHERE " in statement for statement in partial)


def test_the_documentation_names_every_table_and_state() -> None:
    text = DOCUMENTATION.read_text()
    words = [*schema.metadata.tables, *states.CLAIM_STATES, *states.FILE_STATES, *states.INBOUND_STATES]
    assert [word for word in words if f"`{word}`" not in text] == []


def test_every_promise_that_is_told_in_words_is_a_constraint() -> None:
    names = {str(one.name) for table in schema.metadata.sorted_tables for one in table.constraints}
    names |= {str(one.name) for table in schema.metadata.sorted_tables for one in table.indexes}
    assert set(engine_module._PROMISES) - names == set()
