"""The whole loop on a ledger on PostgreSQL ends as it does on SQLite: every claim, every cent, every word of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.config import load_workspace
from edigate.gateway import demo as demo_module
from edigate.gateway.checking import check
from edigate.gateway.demo import DemoReport, demo
from edigate.gateway.opening import Gateway
from edigate.ledger.store import Ledger
from edigate.scaffold import create_workspace
from tests.postgres import Postgres


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> DemoReport:
    return demo(tmp_path_factory.mktemp("sqlite") / "demo")


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
        report = demo(tmp_path / "demo")
        with Gateway.open(load_workspace(report.workspace), environ={}) as gateway:
            assert gateway.workspace.ledger_on_server
            assert check(gateway).findings == []
        assert not (report.workspace / "state" / "ledger.db").exists()
    assert report.glance == on_sqlite.glance
    assert report.attention == on_sqlite.attention
