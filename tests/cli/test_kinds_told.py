"""What people are told of hospital claims, and of claims that stay behind: `show`, `send`, `nightly`."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace
from edigate.ledger.store import Ledger
from tests.gateway.hospital_and_dentist import encounters, filling, prepared, stay
from tests.gateway.practice import TestGateway


@pytest.fixture
def root(workspace: Workspace) -> Path:
    """A workspace with a hospital's claim and a dentist's, ready."""
    Ledger.create_or_upgrade(workspace.ledger_path).close()
    with TestGateway.open(prepared(workspace)) as gateway:
        assert isinstance(gateway, TestGateway)
        encounters(gateway, "hospital", stay("H1"))
        encounters(gateway, "dentist", filling("D1"))
    return workspace.root


def said(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> tuple[int, str]:
    code = main([*arguments, "--workspace", str(root)])
    return code, capsys.readouterr().out


def test_show_claim_tells_kind_and_revenue_codes(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    code, told = said(capsys, root, "show", "claim", "H1")
    assert code == 0
    assert "837I to NORTHWIND HEALTH PLAN (NWHP1), through acme, production" in told
    heads, _, first = told.splitlines()[4:7]
    assert heads.split()[:3] == ["line", "revenue", "procedure"]
    assert first.split()[:4] == ["1", "0120", "2", "2,400.00"]
    # A column that is empty for everybody but hospitals isn't shown to others.
    assert "revenue" not in said(capsys, root, "show", "claim", "D1")[1]


def test_send_and_nightly_tell_what_stays_and_why(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    path = root / "partners" / "acme.toml"
    settings = path.read_text()
    path.write_text(settings.replace('"837P", "837I", "837D"', '"837D"'))
    trouble = "acme: 1 ready 837I claims stay here: acme takes 837D"
    code, told = said(capsys, root, "send")
    assert (code, trouble in told) == (1, True)
    code, told = said(capsys, root, "nightly")
    assert (code, trouble in told) == (1, True)
    path.write_text(settings.replace('usage = "production"', 'usage = "test"'))
    code, told = said(capsys, root, "nightly")
    assert (code, "acme: 1 837I claims were made for production, but acme is in test" in told) == (1, True)


