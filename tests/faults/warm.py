"""Imported by the process that senders are forked from: one whole send to a folder, so that guides are compiled."""

from __future__ import annotations

import tempfile
from pathlib import Path

import structlog

from edigate.config import load_workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from tests.faults.workspaces import prepare

structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # nothing on the terminal

with tempfile.TemporaryDirectory(prefix="edigate-warm-") as _folder:
    prepare(Path(_folder))
    (Path(_folder) / "acme-server" / "inbound").mkdir(parents=True)
    with Gateway.open(load_workspace(Path(_folder)), environ={}) as _gateway:
        assert send(_gateway, _gateway.workspace.partner("acme")).claims_sent
