"""A partner whose settings let a delimiter be replaced: the claim goes out, and the change is told, never silent."""

from __future__ import annotations

from pathlib import Path

from edigate.config import load_workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from edigate.ledger.worklists import findings_of
from tests.gateway.practice import MAPPING, row, written


def test_a_delimiter_is_replaced_and_told(workspace_dir: Path) -> None:
    settings = workspace_dir / "partners" / "acme.toml"
    settings.write_text(settings.read_text().replace("[envelope]", '[envelope]\nreplacement = " "\ncapitals = true'))
    encounters = workspace_dir / "inbox" / "encounters.csv"
    encounters.write_text(written([row("A"), row("B", subscriber_address1="12 Loop:13")]))
    workspace = load_workspace(workspace_dir)
    partner = workspace.partner("acme")
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, encounters, MAPPING, partner)
        assert (report.claims_made, report.refused, report.warnings) == (2, 0, 1)
        assert send(gateway, partner).claims_sent == 2
        with gateway.ledger.read() as tx:
            (told,) = [finding for found in findings_of(tx, (1, 2)).values() for finding in found]
    assert (told.code, told.field, told.severity) == ("REPLACED", "subscriber.address.line1", "warning")
    assert [str(source) for source in told.sources] == ["encounters.csv row 3, column subscriber_address1"]
    (sent,) = (workspace_dir / "acme-server" / "inbound").iterdir()
    content = sent.read_text()
    assert "N3*12 LOOP 13~" in content
    assert content == content.upper()
