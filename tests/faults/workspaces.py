"""Workspaces for a campaign: claims that are ready to be sent to acme, and where acme is."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path

from edigate.config import load_workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from tests.conftest import PARTNER, SETTINGS
from tests.gateway.practice import MAPPING, extract, visits

CLAIMS, CLAIMS_A_FILE = 4, 1  # so that a send has four files

CLOCK = functools.partial(datetime, 2026, 6, 30, 18, tzinfo=UTC)


def prepare(root: Path, ledger_url: str = "") -> None:
    """Make a workspace with claims that are ready; its ledger on SQLite, or on a server where it is there already."""
    for name in ("partners", "mappings", "inbox", "out", "state"):
        (root / name).mkdir(parents=True)
    configure(root, ledger_url)
    (root / "partners" / "acme.toml").write_text(PARTNER)
    with Gateway.open(load_workspace(root), clock=CLOCK, environ={}) as gateway:
        made = convert(gateway, extract(root / "inbox", visits(CLAIMS)), MAPPING, gateway.workspace.partner("acme"))
    assert made.claims_made == CLAIMS, made.refusals


def configure(root: Path, ledger_url: str) -> None:
    ledger = f'[ledger]\nurl = "{ledger_url}"\n' if ledger_url else ""
    (root / "edigate.toml").write_text(f"{SETTINGS}{ledger}")


def point(root: Path, sftp: str, folders: str) -> None:
    """Point acme at a server; `folders` are further lines of that table."""
    text = PARTNER.replace('[directory]\npath = "acme-server"\n', f"[sftp]\n{sftp}")
    (root / "partners" / "acme.toml").write_text(
        f"{text}{folders}\n[batch]\nmax_claims_per_file = {CLAIMS_A_FILE}\n"
    )
