"""edigate's own forms of encounters, all kinds: what their examples make is clean, sent, and valid by pyx12."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import msgspec
import pytest

from edigate.config import Workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from edigate.x12.pyx12_engine import pyx12_errors

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

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


def test_a_secondary_claim_of_the_csv_form_balances(workspace: Workspace, tmp_path: Path) -> None:
    with (EXAMPLES / "encounters-csv" / "encounters.csv").open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream))
    row |= {
        "payer_responsibility": "S", "charge": "142.50", "other_payer1_id": "14212", "other_payer1_paid": "80.00",
        "other_payer1_name": "Medicare Part B", "other_payer1_filing_indicator": "MB",
        "other_payer1_member_id": "1EG4TE5MK73", "other_payer1_paid_date": "2025-03-20", "line_payer1_paid": "80.00",
        "line_payer1_adjustment1_group": "CO", "line_payer1_adjustment1_reason": "45",
        "line_payer1_adjustment1_amount": "62.50",
    }  # fmt: skip
    path = tmp_path / "secondary.csv"
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        writer.writeheader()
        writer.writerow(row)
        writer.writerow(row | {"encounter_id": "E-1002", "line_payer1_adjustment1_amount": "62.49"})
    partner = workspace.partner("acme")
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, path, "encounters-csv", partner)
        (refused,) = report.refusals
        assert (report.claims_made, refused.encounter) == (1, "E-1002")
        assert {f.code for f in refused.findings if f.severity == "error"} == {"COB-LINE-SUM", "COB-SUM"}
        send(gateway, partner)
    (sent,) = (workspace.root / "acme-server" / "inbound").iterdir()
    assert b"CAS*CO*45*62.5~" in sent.read_bytes()
    assert pyx12_errors(sent.read_bytes()) == []
