"""SIGTERM, as systemd and a shutdown send it: out within seconds, nothing half done, and the next run goes on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import load_workspace
from edigate.gateway.opening import Gateway
from edigate.simulator.host_keys import new_key
from tests.conftest import REPOSITORY
from tests.gateway.practice import claims_by_state, files_out, ready


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def stuck(workspace_dir: Path, silent_server: socket.socket) -> Iterator[subprocess.Popen[str]]:
    """A send that waits for a server that never speaks."""
    with Gateway.open(load_workspace(workspace_dir)) as gateway:
        ready(gateway)
    (workspace_dir / "acme-password").write_text("only-for-a-test")
    (workspace_dir / "acme-password").chmod(0o600)
    settings = workspace_dir / "partners" / "acme.toml"
    directory = '[directory]\npath = "acme-server"\n'
    sftp = (
        f'[sftp]\nhost = "127.0.0.1"\nport = {silent_server.getsockname()[1]}\nusername = "practice"\n'
        f'password_file = "acme-password"\nhost_keys = ["{new_key()[1]}"]\ntimeout_seconds = 60\n'
    )
    text = settings.read_text()
    assert directory in text
    settings.write_text(text.replace(directory, sftp))
    running = subprocess.Popen(
        [sys.executable, "-m", "edigate", "send", "--workspace", str(workspace_dir)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    silent_server.settimeout(30)
    silent_server.accept()  # it is connected, and waits
    settings.write_text(text)
    yield running
    running.kill()
    running.communicate()


def test_a_send_that_is_stopped_ends_within_seconds_and_goes_on_later(
    stuck: subprocess.Popen[str], workspace_dir: Path
) -> None:
    began = time.monotonic()
    stuck.send_signal(signal.SIGTERM)
    _, told = stuck.communicate(timeout=30)
    assert stuck.returncode == 143
    assert "edigate: stopped; the same command goes on where it was" in told
    assert "Traceback" not in told
    assert time.monotonic() - began < 15
    with Gateway.open(load_workspace(workspace_dir)) as gateway:
        assert claims_by_state(gateway) == {"queued": 3}
    assert main(["send", "--workspace", str(workspace_dir)]) == 0
    with Gateway.open(load_workspace(workspace_dir)) as gateway:
        assert [file.state for file in files_out(gateway)] == ["sent"]
        assert claims_by_state(gateway) == {"sent": 3}
