"""Two hosts with a workspace each share a ledger on PostgreSQL, an archive and their partners: nothing goes twice.

Judged by the receiver, who takes each file away the moment it has its name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edigate.config import Workspace, load_workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.ledger.store import Ledger
from edigate.simulator.sftp_server import SftpServer
from tests.conftest import PARTNER, REPOSITORY, SETTINGS
from tests.gateway.practice import MAPPING, control_numbers, extract, files_out, visits
from tests.postgres import Postgres

PARTNERS = 4
FILES_EACH = int(os.environ.get("RACE_FILES", "48")) // PARTNERS  # RACE_FILES=500 takes a minute and a half
PASSWORD = "only-for-a-test"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with Postgres() as server:
        url = server.url(server.database())
        Ledger.create_or_upgrade(url).close()
        yield url


def host(root: Path, address: str, archive: Path, server: SftpServer) -> Workspace:
    """A host's workspace: partners p0, p1 ... with a folder each on one server, a claim a file."""
    for name in ("partners", "mappings", "inbox", "out", "state"):
        (root / name).mkdir(parents=True)
    (root / "edigate.toml").write_text(f'{SETTINGS}[ledger]\nurl = "{address}"\n[archive]\npath = "{archive}"\n')
    for number in range(PARTNERS):
        sftp = (
            f'[sftp]\nhost = "127.0.0.1"\nport = {server.port}\nusername = "{server.username}"\n'
            f'password_env = "SIMULATOR_PASSWORD"\nhost_keys = ["{server.host_key_line}"]\n'
        )
        text = PARTNER.replace('"acme"', f'"p{number}"', 1).replace('[directory]\npath = "acme-server"\n', sftp)
        text = text.replace('send = "inbound"', f'send = "p{number}"')
        (root / "partners" / f"p{number}.toml").write_text(f"{text}\n[batch]\nmax_claims = 1\n")
    return load_workspace(root)


def test_files_raced_for_by_two_hosts_arrive_once_each(tmp_path: Path, address: str) -> None:
    received: list[bytes] = []

    def take_away(path: Path) -> None:
        received.append(path.read_bytes())
        path.unlink()

    root = tmp_path / "server"
    for number in range(PARTNERS):
        (root / f"p{number}").mkdir(parents=True)
    with SftpServer(root, username="practice", password=PASSWORD, on_received=take_away) as server:
        first, second = (host(tmp_path / name, address, tmp_path / "archive", server) for name in ("a", "b"))
        with Gateway.open(first, clock=lambda: datetime(2026, 7, 1, tzinfo=UTC), environ={}) as gateway:
            for number in range(PARTNERS):
                rows = visits(FILES_EACH, prefix=f"P{number}-")
                made = convert(
                    gateway, extract(first.root / "inbox", rows, f"{number}.csv"), MAPPING, first.partner(f"p{number}")
                )
                assert made.claims_made == FILES_EACH
        reports = race([first, second])
        with Gateway.open(first, environ={}) as gateway:
            files = files_out(gateway)
            with gateway.ledger.read() as tx:
                assert tx.connection.exec_driver_sql("SELECT count(*) FROM lease").scalar() == 0

    counted = Counter(number for content in received for number in control_numbers(content))
    assert counted == {f"P{p}-{n}": 1 for p in range(PARTNERS) for n in range(1, FILES_EACH + 1)}
    assert [file.state for file in files] == ["sent"] * (PARTNERS * FILES_EACH)
    assert server.errors == []
    told = [file["id"] for report in reports for file in report["files"] if file["state"] == "sent"]
    assert sorted(told) == sorted(file.id for file in files)  # each by the one host that sent it


def race(hosts: list[Workspace]) -> list[dict[str, Any]]:
    """Both hosts send to all partners at once, again and again, until neither is told to come later."""
    reports: list[dict[str, Any]] = []
    environment = os.environ | {"SIMULATOR_PASSWORD": PASSWORD}
    for _ in range(20):
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "edigate", "send", "--workspace", str(workspace.root), "--json"],
                cwd=REPOSITORY,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for workspace in hosts
        ]
        for one in running:
            reports += json.loads(one.communicate(timeout=120)[0])
        codes = {one.returncode for one in running}
        assert codes <= {0, 75}
        if codes == {0}:
            return reports
    pytest.fail("the hosts never came to an end")
