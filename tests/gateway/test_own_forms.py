"""edigate's own forms of encounters, all kinds: what their examples make is clean, sent, and valid by pyx12."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from edigate.config import Workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from edigate.x12.pyx12_engine import pyx12_errors

EXAMPLES = Path(__file__).parents[2] / "mappings" / "examples"


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("encounters-csv", "837P"),
        ("encounters-json", "837P"),
        ("encounters-csv-institutional", "837I"),
        ("encounters-json-institutional", "837I"),
        ("encounters-csv-dental", "837D"),
        ("encounters-json-dental", "837D"),
    ],
)
def test_the_example_of_a_form_is_sent_but_for_what_it_shows_refused(
    workspace: Workspace, form: str, kind: str
) -> None:
    (example,) = (EXAMPLES / form).glob("encounters.*")
    golden = json.loads((EXAMPLES / form / "claims.json").read_text(encoding="utf-8"))
    made = [one["claim"]["patient_control_number"] for one in golden if one["claim"]]
    partner = msgspec.structs.replace(workspace.partner("acme"), kinds=(kind,))
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, example, form, partner)
        told = [f.message for one in report.refusals for f in one.findings if f.severity == "error"]
        assert (report.claims_made, report.refused) == (len(made), len(golden) - len(made)), told
        send(gateway, partner)
    content = b"".join(path.read_bytes() for path in (workspace.root / "acme-server" / "inbound").iterdir())
    assert pyx12_errors(content) == []
    assert all(f"CLM*{number}*".encode() in content for number in made)
