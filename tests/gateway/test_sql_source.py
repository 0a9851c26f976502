"""Extracts by query: every row as the database has it, read-only, in one snapshot, and no secret or patient told."""

from __future__ import annotations

import io
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.config import Workspace, load_workspace
from edigate.encounters.table_reader import TableReader, table_bytes
from edigate.errors import ConfigError, DataError, EdigateError, NoInputError, UsageError
from edigate.gateway import sql_source
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.nightly import nightly
from edigate.gateway.sql_source import Query
from edigate.partners.model import Partner
from tests.conftest import REPOSITORY
from tests.gateway.practice import ROW, TestGateway, claims_by_state, row
from tests.postgres import Postgres

CSV_MAPPING = (REPOSITORY / "mappings" / "encounters-csv.toml").read_text()


@pytest.fixture
def ehr(workspace: Workspace) -> Path:
    """A practice's SQLite database in the workspace: a table of service lines, two visits on three lines."""
    path = workspace.root / "ehr.db"
    rows = [row("A"), row("B", charge="80.50"), row("A", procedure="93000")]
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE line ({', '.join(ROW)}, signed_on)")
        for number, each in enumerate(rows, 1):
            values = [*(each[name] or None for name in ROW), f"2026-06-{14 + number:02d}"]
            database.execute(f"INSERT INTO line VALUES ({', '.join('?' * len(values))})", values)
    database.close()
    return path


def mapping_of(workspace: Workspace, source: str, name: str = "ehr") -> str:
    """The shipped mapping with another [source]."""
    text = re.sub(r"(?s)\[source\].*?\n\n", f'[source]\nformat = "sql"\n{source}\n\n', CSV_MAPPING, count=1)
    (workspace.root / "mappings").mkdir(exist_ok=True)
    (workspace.root / "mappings" / f"{name}.toml").write_text(text)
    return name


ALL = f"SELECT {', '.join(ROW)} FROM line WHERE signed_on >= :since ORDER BY encounter_id"
SOURCE = f'url = "sqlite:///ehr.db"\ngroup_by = "encounter_id"\nmissing_columns = "blank"\nquery = """{ALL}"""'


def rows_of(url: str, text: str, folder: Path, seconds: int = 60, **parameters: str) -> list[list[str]]:
    query = Query(text, parameters, url, seconds=seconds, folder=folder)
    reader = TableReader(io.BytesIO(b"".join(query.table())), "query")
    return [list(reader.layout.names()), *(each.cells for each in reader)]


def refused(kind: type[EdigateError], url: str, text: str, folder: Path, seconds: int = 60, **parameters: str) -> str:
    with pytest.raises(kind) as caught:
        rows_of(url, text, folder, seconds, **parameters)
    return str(caught.value)


class TestConverting:
    def test_a_query_is_an_extract_like_any_other(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, ehr: Path
    ) -> None:
        mapping = mapping_of(workspace, SOURCE)
        report = convert(gateway, None, mapping, partner, parameters={"since": "2026-06-01"})
        assert (report.file, report.encounters, report.claims_made, report.refused) == ("query of ehr", 2, 2, 0)
        assert (report.rows_in, report.rows_made, report.charge_cents) == (3, 3, 16_500 * 2 + 8_050)
        again = convert(gateway, None, mapping, partner, parameters={"since": "2026-06-02"})
        assert (again.already, again.intake_id) == (True, report.intake_id)  # the same rows, whoever asked for them
        fewer = convert(gateway, None, mapping, partner, parameters={"since": "2026-06-16"})
        assert (fewer.already, fewer.rows_in, fewer.known) == (False, 2, 1)  # B as before, A with one line of its two

    def test_the_rows_are_archived_as_they_were_read(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, ehr: Path
    ) -> None:
        convert(gateway, None, mapping_of(workspace, SOURCE), partner, parameters={"since": "2026-06-17"})
        with gateway.ledger.read() as tx:
            (sha256,) = tx.connection.exec_driver_sql("SELECT sha256 FROM intake").scalars()
        reader = TableReader(io.BytesIO(gateway.archive.get(sha256)), "kept")
        assert reader.layout.names() == tuple(ROW)
        assert [each.get("procedure") for each in reader] == ["93000"]

    def test_a_finding_names_the_querys_row_and_column(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, ehr: Path
    ) -> None:
        query = ALL.replace("subscriber_birth_date", "'soon' AS subscriber_birth_date")
        mapping = mapping_of(workspace, SOURCE.replace(ALL, query))
        report = convert(gateway, None, mapping, partner, parameters={"since": "2026"}, dry_run=True)
        assert report.refusals[0].findings[0].message.startswith("query of ehr row 1, column subscriber_birth_date ")
        assert report.refusals[1].findings[0].sources[0].row == 3
        assert claims_by_state(gateway) == {}

    def test_a_sql_file_takes_the_place_of_the_mappings_query(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, ehr: Path
    ) -> None:
        path = workspace.root / "inbox" / "one.sql"
        path.write_text(f"-- only one\nSELECT {', '.join(ROW)} FROM line WHERE encounter_id = 'B'\n")
        report = convert(gateway, path, mapping_of(workspace, SOURCE), partner)
        assert (report.file, report.rows_in, report.claims_made) == ("one.sql", 1, 1)

    def test_the_query_may_stand_beside_the_mapping_and_the_address_in_the_environment(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, ehr: Path
    ) -> None:
        source = SOURCE.replace(f'query = """{ALL}"""', 'query_file = "today.sql"')
        mapping = mapping_of(workspace, source.replace('url = "sqlite:///ehr.db"', 'url_env = "EHR_URL"'))
        (workspace.root / "mappings" / "today.sql").write_text(ALL)
        with pytest.raises(ConfigError, match="the environment variable EHR_URL isn't set"):
            convert(gateway, None, mapping, partner, parameters={"since": "2026"})
        gateway.environ = {"EHR_URL": "sqlite:///ehr.db"}
        report = convert(gateway, None, mapping, partner, parameters={"since": "2026"})
        assert (report.file, report.claims_made) == ("today.sql", 2)

    def test_the_night_runs_a_query(
        self, workspace_dir: Path, workspace: Workspace, ehr: Path, opened: Callable[[Workspace], TestGateway]
    ) -> None:
        mapping_of(workspace, SOURCE.replace("WHERE signed_on >= :since", ""))
        with (workspace_dir / "edigate.toml").open("a") as settings:
            settings.write('[[intake]]\nmapping = "ehr"\npartner = "acme"\n')
            settings.write('[[intake]]\nmapping = "encounters-csv"\npartner = "acme"\n')
        gateway = opened(load_workspace(workspace_dir))
        report = nightly(gateway)
        assert [(one.file, one.claims_made) for one in report.converted] == [("query of ehr", 2)]
        assert [(one.about, one.message[:35]) for one in report.troubles] == [
            ("mapping encounters-csv", "mapping encounters-csv reads files\n")
        ]

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ('url = "postgresql://u:geheim@host/ehr"\nquery = "SELECT 1"', "source.url holds a password"),
            ('url = "postgresql://host/ehr?password=geheim"\nquery = "SELECT 1"', "source.url holds a password"),
            ('url_env = "A"\nurl = "sqlite:///x"\nquery = "SELECT 1"', "needs url_env or url, one of the two"),
            ('url_env = "A"', "needs query or query_file"),
            ('url_env = "A"\nquery = "SELECT 1"\ndelimiter = ";"', "source.delimiter is for CSV; this is SQL"),
        ],
    )
    def test_a_source_that_cant_be_meant_is_refused(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, source: str, said: str
    ) -> None:
        with pytest.raises(ConfigError, match=said) as caught:
            convert(gateway, None, mapping_of(workspace, source), partner)
        assert "geheim" not in str(caught.value)

    def test_what_the_command_line_gives_must_be_of_use(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, ehr: Path
    ) -> None:
        mapping = mapping_of(workspace, SOURCE)
        tries: list[tuple[Callable[[], ConvertReport], str]] = [
            (lambda: convert(gateway, None, mapping, partner), "the query asks for since"),
            (lambda: convert(gateway, None, mapping, partner, parameters={"a": "x", "since": "y"}), "no parameter a"),
            (lambda: convert(gateway, Path("x.csv"), mapping, partner), "x.csv is no query"),
            (lambda: convert(gateway, None, "encounters-csv", partner), "reads files"),
            (lambda: convert(gateway, ehr, "encounters-csv", partner, parameters={"a": "b"}), "--param is for queries"),
        ]
        for attempt, said in tries:
            with pytest.raises(UsageError, match=said):
                attempt()

    def test_a_column_the_mapping_reads_must_be_there(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, ehr: Path
    ) -> None:
        mapping = mapping_of(workspace, SOURCE.replace(ALL, "SELECT encounter_idd FROM line").replace(
            "SELECT encounter_idd", "SELECT encounter_id AS encounter_idd"))  # fmt: skip
        with pytest.raises(DataError, match=r"query of ehr has no column encounter_id, .*did you mean encounter_idd"):
            convert(gateway, None, mapping, partner)


class TestSqlite:
    def test_values_become_exact_texts(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "x.db") as database:
            database.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, n)")
            database.execute("INSERT INTO t VALUES (9007199254740993, 120.1, ?, NULL)", ("Núñez\n\"x\", 'y'\0",))
        names, cells = rows_of("sqlite:///x.db", "SELECT i, r, s, n, i AS i, 1e21 AS big FROM t", tmp_path)
        assert names == ["i#1", "r", "s", "n", "i#2", "big"]
        assert cells == ["9007199254740993", "120.1", "Núñez\n\"x\", 'y'\ufffd", "", "9007199254740993", "1" + "0" * 21]

    def test_a_binary_column_is_refused_with_its_name(self, tmp_path: Path) -> None:
        sqlite3.connect(tmp_path / "x.db").close()
        sqlite3.connect(tmp_path / "x.db").execute("CREATE TABLE t (i)").connection.close()
        assert "column scan, which has no text" in refused(
            DataError, "sqlite:///x.db", "SELECT x'00ff' AS scan", tmp_path
        )

    @pytest.mark.parametrize(
        "text",
        ["DELETE FROM line", "PRAGMA query_only = OFF", "; DROP TABLE line", "/* x */ INSERT INTO line DEFAULT VALUES"],
    )
    def test_only_one_select_is_run(self, ehr: Path, text: str) -> None:
        assert "must be one SELECT" in refused(ConfigError, "sqlite:///ehr.db", text, ehr.parent)

    def test_what_hides_behind_a_select_changes_nothing(self, ehr: Path) -> None:
        before = ehr.read_bytes()
        for text in ("SELECT 1; DELETE FROM line", "WITH x AS (SELECT 1) DELETE FROM line"):
            refused(ConfigError, "sqlite:///ehr.db", text, ehr.parent)
        assert ehr.read_bytes() == before
        assert [path.name for path in ehr.parent.glob("ehr.db*")] == ["ehr.db"]

    def test_a_file_that_isnt_there_isnt_made(self, tmp_path: Path) -> None:
        assert "isn't there" in refused(NoInputError, "sqlite:///typo.db", "SELECT 1", tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_parameter_is_a_value_and_never_part_of_the_text(self, ehr: Path) -> None:
        text = "SELECT count(*) AS n FROM line WHERE encounter_id = :id"
        assert rows_of("sqlite:///ehr.db", text, ehr.parent, id="A")[1] == ["2"]
        assert rows_of("sqlite:///ehr.db", text, ehr.parent, id="A' OR '1'='1")[1] == ["0"]
        assert rows_of("sqlite:///ehr.db", r"SELECT '12\:30' AS t", ehr.parent)[1] == ["12:30"]

    def test_an_error_says_what_and_never_a_value(self, ehr: Path) -> None:
        with sqlite3.connect(ehr) as database:
            database.execute("INSERT INTO line (encounter_id) VALUES (CAST(x'536563726574ff' AS TEXT))")
        database.close()
        url, folder = "sqlite:///ehr.db", ehr.parent
        assert ": no such table: visit" in refused(ConfigError, url, "SELECT * FROM visit", folder)
        assert "syntax error" in refused(ConfigError, url, "SELECT FROM line", folder)
        broken = refused(EdigateError, url, "SELECT encounter_id FROM line", folder)
        assert "Secret" not in broken
        assert "database broke off" in broken or "can't run" in broken

    def test_a_query_that_takes_too_long_is_ended(self, ehr: Path) -> None:
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"
        for column in ("count(*) AS n", "i"):
            said = refused(NoInputError, "sqlite:///ehr.db", endless.format(column), ehr.parent, seconds=1)
            assert "took longer than 1 seconds" in said

    def test_rows_are_streamed(self, ehr: Path) -> None:
        many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000) SELECT i FROM n"
        pieces = Query(many, {}, "sqlite:///ehr.db", seconds=60, folder=ehr.parent).table()
        assert len(next(pieces)) < 1 << 20
        pieces.close()  # type: ignore[attr-defined]  # a generator


class TestOtherDatabases:
    @pytest.mark.parametrize(
        ("url", "kind", "said"),
        [
            ("nonsense", ConfigError, "address can't be read"),
            ("postgresql+psycopg://u:geheim@127.0.0.1:1/ehr", NoInputError, "postgresql database on 127.0.0.1 can't"),
            ("teradata://u:geheim@host/ehr", ConfigError, "a database of the kind teradata"),
        ],
    )
    def test_an_address_that_leads_nowhere(self, tmp_path: Path, url: str, kind: type[EdigateError], said: str) -> None:
        told = refused(kind, url, "SELECT 1", tmp_path)
        assert said in told
        assert "geheim" not in told

    def test_a_driver_that_isnt_installed_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pymysql", None)
        told = refused(ConfigError, "mysql+pymysql://u:geheim@host/ehr", "SELECT 1", tmp_path)
        assert "needs its driver, the Python package pymysql" in told
        assert "geheim" not in told


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    pytest.importorskip("psycopg", reason="psycopg, PostgreSQL's driver, isn't installed")
    with Postgres() as running:
        yield running


class TestPostgresql:
    def test_values_become_exact_texts(self, server: Postgres, tmp_path: Path) -> None:
        text = """SELECT 12.50::numeric AS n, date '2025-03-31' AS d, timestamp '2025-03-31 00:00' AS midnight,
            timestamp '2025-03-31 14:30' AS m, time '14:30' AS t, true AS b, NULL AS x, 'a  '::char(3) AS c,
            '5f0c7f3e-0000-4000-8000-000000000001'::uuid AS u, 0.1::float8 + 0.2::float8 AS f"""
        _, cells = rows_of(server.url(server.database()), text, tmp_path)
        assert cells == ["12.50", "2025-03-31", "2025-03-31", "2025-03-31 14:30:00", "14:30", "true", "", "a",
                         "5f0c7f3e-0000-4000-8000-000000000001", "0.30000000000000004"]  # fmt: skip

    def test_it_is_read_only_and_one_snapshot(self, server: Postgres, tmp_path: Path) -> None:
        name = server.database()
        server.sql("CREATE TABLE t AS SELECT i, date '2026-01-01' + i AS d FROM generate_series(1, 5000) AS s(i)", name)
        server.sql(
            "CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS 'DELETE FROM t RETURNING 1'", name
        )
        told = refused(EdigateError, server.url(name), "SELECT spoil()", tmp_path)
        assert "25006" in told  # read_only_sql_transaction
        pieces = Query("SELECT i FROM t WHERE d >= :since ORDER BY i", {"since": "2026-01-01"}, server.url(name),
                       seconds=60, folder=tmp_path).table()  # fmt: skip
        read = next(pieces)
        server.sql("DELETE FROM t", name)
        assert (read + b"".join(pieces)).count(b"\n") == 5001
        here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert server.sql(here, name) == [(0,)]  # nothing is left open

    def test_errors_about_the_query_are_told_and_those_about_values_arent(
        self, server: Postgres, tmp_path: Path
    ) -> None:
        url = server.url(server.database())
        assert 'relation "visit" does not exist' in refused(ConfigError, url, "SELECT * FROM visit", tmp_path)
        told = refused(EdigateError, url, "SELECT x::int FROM (VALUES ('1'), ('Secretname')) AS v(x)", tmp_path)
        assert "22P02" in told
        assert "Secretname" not in told

    def test_a_query_that_takes_too_long_is_ended(self, server: Postgres, tmp_path: Path) -> None:
        told = refused(NoInputError, server.url(server.database()), "SELECT pg_sleep(60)", tmp_path, seconds=1)
        assert "took longer than 1 seconds" in told


def test_values_of_other_drivers_become_texts_too() -> None:
    texts = [
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.050"), "-0.050"),
        (datetime(2025, 3, 31, tzinfo=UTC), "2025-03-31 00:00:00+00:00"),
        (datetime(2025, 3, 31, 1, 2, 3, 4), "2025-03-31 01:02:03.000004"),  # noqa: DTZ001  # as databases have them
        (date(2025, 3, 31), "2025-03-31"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (False, "false"),
    ]
    for value, text in texts:
        assert sql_source._text(value, "C", 1) == text


@given(st.lists(st.lists(st.text(max_size=5), min_size=2, max_size=2), max_size=4))
def test_a_table_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    kept = b"".join(table_bytes(["A", "B"], rows))
    assert [each.cells for each in TableReader(io.BytesIO(kept), "t")] == [
        [cell.strip().replace("\0", "\ufffd") for cell in each] for each in rows
    ]


@pytest.mark.parametrize(
    "content", [b"", b"VISIT,CODE\n", b'["A"]\n["1","2"]\n', b'["A"]\n["\xff"]\n', b'["A"]\n[1]\n']
)
def test_what_isnt_a_table_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="isn't rows of a database"):
        list(TableReader(io.BytesIO(content), "t"))
