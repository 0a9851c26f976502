"""The shipped JSON forms by the whole way: examples to claims ready to send, every record accounted for."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edigate.config import Workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from edigate.x12.pyx12_engine import pyx12_errors
from edigate.x12.validate import validate

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

MAPPINGS = Path(__file__).parents[2] / "mappings"


@pytest.mark.parametrize(
    ("name", "made", "refused"),
    [
        ("fhir-r4-professional", 2, 4),
        ("fhir-r4-institutional", 1, 1),
        ("fhir-r4-dental", 1, 2),
        ("change-healthcare-professional", 3, 1),
        ("hdi-837p", 2, 1),
    ],
)
def test_an_example_becomes_claims_that_can_be_sent(workspace: Workspace, name: str, made: int, refused: int) -> None:
    partner = msgspec.structs.replace(workspace.partner("acme"), kinds=("837P", "837I", "837D"))
    with Gateway.open(workspace) as gateway:
        path = MAPPINGS / "examples" / name / "encounters.json"
        report = convert(gateway, path, str(MAPPINGS / f"{name}.toml"), partner)
        assert (report.claims_made, report.refused) == (made, refused)
        assert report.rows_in == report.rows_made + report.rows_refused == made + refused
        assert all(finding.message and finding.sources for one in report.refusals for finding in one.findings)
        sent = send(gateway, partner)
    assert sent.claims_sent == made
    for file in (workspace.root / "acme-server" / "inbound").iterdir():
        content = file.read_bytes()
        assert validate([content]).findings == []
        if "dental" not in name:  # of which pyx12 has no guide
            assert pyx12_errors(content) == []
