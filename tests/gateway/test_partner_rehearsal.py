"""Every pack against the simulated server that it describes: trusted, checked, claims out, answers back and posted."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edigate.config import load_workspace
from edigate.errors import InternalError
from edigate.gateway import partner_files, partner_rehearsal
from edigate.gateway.partner_rehearsal import NAME, rehearse
from edigate.partners.pack import load_pack, pack_names
from tests.gateway.practice import visits, written


@pytest.fixture(autouse=True)
def _few_encounters(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's 72 encounters say no more here than five."""
    monkeypatch.setattr(partner_rehearsal, "_encounters", lambda: written(visits(5)).encode())


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_works_with_the_server_it_describes(name: str, tmp_path: Path) -> None:
    report = rehearse(name, tmp_path)
    assert [(step.name, step.told, step.do) for step in report.steps if step.outcome in ("failed", "warning")] == []
    assert report.exit_code == 0
    told = {step.name: step.told for step in report.steps}
    assert told["send"].startswith("5 of 5 claims in ")
    assert told["receive"] == "3 of 3 files"  # TA1, 999, 277CA; no marker among them
    assert told["post"] == "3 answers read and posted"
    server = tmp_path / "partner"
    folders = load_pack(name).table["folders"]
    markers = [path.name for path in server.rglob("*-success")]
    assert len(markers) == len(folders.get("markers", {}).get("success", []))


def test_a_name_that_the_server_refuses_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = load_pack("availity")
    wrong = msgspec.structs.replace(pack, text=pack.text.replace('.txt"', '.x12"'))
    monkeypatch.setattr(partner_files, "load_pack", lambda name: wrong)
    with pytest.raises(InternalError, match="the server took 0, 1 were refused"):
        rehearse("availity", tmp_path)
    refused = [path.name for path in (tmp_path / "partner" / "SendFiles").iterdir() if path.name.endswith("-FAILED")]
    assert len(refused) == 1
    assert load_workspace(tmp_path).partner(NAME).folders.filename.endswith(".x12")
