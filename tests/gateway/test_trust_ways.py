"""Trusting a server that isn't reached straight: its keys come through a real jump host, or through a program."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError, HostKeyError
from edigate.gateway.partner_trust import TrustReport, keep, look
from edigate.simulator.host_keys import new_key
from edigate.transport import open_transport
from edigate.transport.host_keys import parse_host_key
from tests.sshd import Sshd

pytestmark = pytest.mark.real


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    (tmp_path / "partner").mkdir()
    with Sshd(tmp_path / "partner", tmp_path / "partner.sshd") as server:
        yield server


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Sshd]:
    (tmp_path / "gate").mkdir()
    with Sshd(tmp_path / "gate", tmp_path / "gate.sshd") as server:
        yield server


def written(workspace: Workspace, server: Sshd, more: str) -> None:
    """acme's settings as a person begins them: where the server is, how to log in, and no key yet."""
    path = workspace.root / "partners" / "acme.toml"
    text = path.read_text().replace('[directory]\npath = "acme-server"\n', "")
    path.write_text(
        f'{text}\n[sftp]\nhost = "{server.host}"\nport = {server.port}\nusername = "{server.username}"\n'
        f'key_file = "{server.key_file}"\n{more}'
    )


def jump(gate: Sshd, *lines: str) -> str:
    head = f'[sftp.jump]  # ours\nhost = "{gate.host}"\nport = {gate.port}\nusername = "{gate.username}"\n'
    return "\n".join([f'{head}key_file = "{gate.key_file}"', *lines, ""])


def asked(workspace: Workspace, *, jump: bool = False) -> TrustReport:
    return look(workspace.root, "acme", environ={}, jump=jump)


def vouched(report: TrustReport) -> TrustReport:
    return keep(report, [key.fingerprint for key in report.new])


def test_first_the_jump_host_then_the_server_behind_it(workspace: Workspace, server: Sshd, gate: Sshd) -> None:
    written(workspace, server, jump(gate))
    with pytest.raises(ConfigError, match="no key of that is pinned") as caught:
        asked(workspace)
    assert "edigate partner trust acme --jump" in caught.value.hint
    assert "Accepted" not in gate.log + server.log

    shown = asked(workspace, jump=True)
    assert (shown.server, [key.line for key in shown.new]) == (f"127.0.0.1:{gate.port}", [gate.host_key_line])
    assert "Accepted" not in gate.log, "its key is shown without a login"
    vouched(shown)

    shown = asked(workspace)
    assert (shown.server, [key.line for key in shown.new]) == (f"127.0.0.1:{server.port}", [server.host_key_line])
    assert "OpenSSH" in shown.software
    assert gate.log.count("Accepted publickey") == 1, "one login for all that is asked"
    assert "Accepted" not in server.log
    vouched(shown)

    partner = load_workspace(workspace.root).partner("acme")
    assert "# ours" in (workspace.root / "partners" / "acme.toml").read_text()
    with open_transport(partner, workspace=workspace.root, environ={}) as transport:
        assert transport.list("") == []


def test_a_jump_host_with_another_key_is_asked_nothing(workspace: Workspace, server: Sshd, gate: Sshd) -> None:
    written(workspace, server, jump(gate, f'host_keys = ["{new_key()[1]}"]'))
    with pytest.raises(HostKeyError, match=f":{gate.port} offers the host key"):
        asked(workspace)
    assert "Accepted" not in gate.log
    assert asked(workspace, jump=True).changed


def test_without_a_jump_host_there_is_none_to_trust(workspace: Workspace, server: Sshd) -> None:
    written(workspace, server, "")
    with pytest.raises(ConfigError, match="there is no jump host"):
        asked(workspace, jump=True)


def test_a_jump_host_still_to_be_filled_in_is_told(workspace: Workspace, server: Sshd, gate: Sshd) -> None:
    table = jump(gate, f'host_keys = ["{gate.host_key_line}"]').replace(f'"{gate.username}"', '"FILL IN: your user"')
    written(workspace, server, table)
    with pytest.raises(ConfigError, match=r"sftp\.jump\.username: your user"):
        asked(workspace)


def test_through_a_program(workspace: Workspace, server: Sshd) -> None:
    relay = (
        "import os, socket, sys, threading\n"
        "line = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "def up():\n"
        "    while piece := os.read(0, 65536):\n"
        "        line.sendall(piece)\n"
        "    line.shutdown(socket.SHUT_WR)\n"
        "threading.Thread(target=up, daemon=True).start()\n"
        "while piece := line.recv(65536):\n"
        "    os.write(1, piece)\n"
    )
    program = workspace.root / "relay.py"
    program.write_text(relay)
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} %h %p"
    written(workspace, server, f"proxy_command = {json.dumps(command)}\n")
    shown = vouched(asked(workspace))
    assert shown.kept == [parse_host_key(server.host_key_line, "").fingerprint]
    assert asked(workspace).new == []
