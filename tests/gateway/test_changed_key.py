"""A partner's server with another key than the pinned one stops that partner, and nobody else."""

from __future__ import annotations

import os
from pathlib import Path

from edigate.config import load_workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.receive import receive_all
from edigate.ledger.store import Ledger
from edigate.simulator.host_keys import new_key
from edigate.simulator.sftp_server import SftpServer

PASSWORD = "correct horse"
DIRECTORY = '[directory]\npath = "acme-server"\n'


def sftp(server: SftpServer, host_key: str) -> str:
    return (
        f'[sftp]\nhost = "{server.host}"\nport = {server.port}\nusername = "meadow"\n'
        f'host_keys = ["{host_key}"]\npassword_env = "MEADOW"\n'
    )


def test_another_key_stops_that_partner_and_nothing_else(workspace_dir: Path, tmp_path: Path) -> None:
    served = {name: tmp_path / name for name in ("changed", "steady")}
    for folder in served.values():
        (folder / "outbound").mkdir(parents=True)
        (folder / "outbound" / "report.txt").write_text(f"a report of {folder.name}")
    (workspace_dir / "acme-server" / "outbound" / "note.txt").write_text("from a folder")
    with (
        SftpServer(served["changed"], username="meadow", password=PASSWORD) as changed,
        SftpServer(served["steady"], username="meadow", password=PASSWORD) as steady,
    ):
        template = (workspace_dir / "partners" / "acme.toml").read_text()
        for name, server, key in (("changed", changed, new_key()[1]), ("steady", steady, steady.host_key_line)):
            settings = template.replace('name = "acme"', f'name = "{name}"').replace(DIRECTORY, sftp(server, key))
            (workspace_dir / "partners" / f"{name}.toml").write_text(settings)
        workspace = load_workspace(workspace_dir)
        Ledger.create_or_upgrade(workspace.ledger_path).close()
        names = ("changed", "acme", "steady")
        with Gateway.open(workspace, environ={**os.environ, "MEADOW": PASSWORD}) as gateway:
            reports = {one.partner: one for one in receive_all(gateway, [workspace.partner(name) for name in names])}
        assert changed.journal == []  # no login was tried
    assert "offers the host key" in reports["changed"].stopped
    assert reports["changed"].refused_login
    assert not reports["changed"].try_later
    assert [file.name for file in reports["acme"].files] == ["note.txt"]
    assert [file.name for file in reports["steady"].files] == ["report.txt"]
    assert reports["acme"].stopped == reports["steady"].stopped == ""
