"""The whole loop, the hard scenario's, on a ledger on PostgreSQL ends as on SQLite: every claim, cent and word."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edigate.config import load_workspace
from edigate.gateway import demo as demo_module
from edigate.gateway.checking import check
from edigate.gateway.demo import DemoReport, demo
from edigate.gateway.opening import Gateway
from edigate.gateway.posting_export import PostingExport
from edigate.gateway.purge import purge, vacuum_ledger
from edigate.gateway.purging import OfKind, look
from edigate.ledger.store import Ledger
from edigate.retention import KINDS
from edigate.scaffold import create_workspace
from tests.postgres import Postgres


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> DemoReport:
    return demo(tmp_path_factory.mktemp("sqlite") / "demo", "hard")


def told(report: DemoReport) -> list[tuple[str, int, object, str]]:
    return [(one.kind, one.count, one.amount, re.sub(r"payment \d+", "payment", one.what)) for one in report.attention]


def posting_file(gateway: Gateway) -> bytes:
    return b"".join(PostingExport(gateway, "lines-csv").lines())


def purged(root: Path) -> list[OfKind]:
    """What goes and stays twelve years later, by kind; it goes, and the ledger keeps its laws."""
    ages = "".join(f'{kind} = "7 years"\n' for kind in KINDS)
    settings = root / "edigate.toml"
    settings.write_text(settings.read_text().replace("[retention]\n", f"[retention]\n{ages}"))
    later = datetime.now(UTC) + timedelta(days=12 * 365)
    with Gateway.open(load_workspace(root), environ={}, clock=lambda: later) as gateway:
        plan = look(gateway)
        done = purge(gateway, plan.number)
        assert (done.files, done.claims) == (len(plan.files), len(plan.claims))
        assert done.files > 0 < done.claims
        assert check(gateway).findings == []
        assert look(gateway).empty
        assert vacuum_ledger(gateway).after > 0
        return plan.kinds


def test_the_demo_ends_the_same_on_postgresql(
    on_sqlite: DemoReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Postgres() as server:
        url = server.url(server.database())
        Ledger.create_or_upgrade(url).close()

        def create_on_server(root: Path) -> None:
            create_workspace(root)
            settings = root / "edigate.toml"
            settings.write_text(settings.read_text().replace("[ledger]", f'[ledger]\nurl = "{url}"', 1))

        monkeypatch.setattr(demo_module, "create_workspace", create_on_server)
        report = demo(tmp_path / "demo", "hard")
        with Gateway.open(load_workspace(report.workspace), environ={}) as gateway:
            assert gateway.workspace.ledger_on_server
            assert check(gateway).findings == []
            posting = posting_file(gateway)
        let_go = purged(report.workspace)
        assert not (report.workspace / "state" / "ledger.db").exists()
    assert report.glance == on_sqlite.glance
    # A payment that was held leaves its number unused on a server; what is said is the same but for that.
    assert told(report) == told(on_sqlite)
    assert report.acknowledgments_sent == on_sqlite.acknowledgments_sent > 0
    with Gateway.open(load_workspace(on_sqlite.workspace), environ={}) as gateway:
        assert posting_file(gateway) == posting
    for one, other in zip(purged(on_sqlite.workspace), let_go, strict=True):
        assert (one.kind, one.count, one.stay, one.kept) == (other.kind, other.count, other.stay, other.kept)
