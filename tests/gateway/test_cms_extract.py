"""The main job on a real extract: CMS's carrier claims to 837P, every row accounted for, clean by pyx12."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from edigate.config import Workspace
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from edigate.x12.pyx12_engine import pyx12_errors
from edigate.x12.validate import validate

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

ROWS = 221
ENCOUNTERS = 37
MAPPING = "cms-rif-carrier"


@pytest.fixture
def carrier(corpus: Path) -> Path:
    return corpus / "inputs" / "cms-rif" / "carrier.csv"


def coded(carrier: Path, to: Path) -> Path:
    """What a coder adds where the extract is blank: a made-up code for each line, one unit where it says none."""
    with carrier.open(encoding="utf-8-sig", newline="") as source, to.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["CLM_ID", "LINE_NUM", "HCPCS_CD", "HCPCS_1ST_MDFR_CD", "HCPCS_2ND_MDFR_CD", "LINE_SRVC_CNT"])
        for row in csv.DictReader(source, delimiter="|"):
            units = row["LINE_SRVC_CNT"] if row["LINE_SRVC_CNT"] != "0" else "1"
            writer.writerow([row["CLM_ID"], row["LINE_NUM"], row["HCPCS_CD"].strip() or "99213", "", "", units])
    return to


def every_row_is_accounted_for(report: ConvertReport) -> bool:
    return report.rows_in == ROWS == report.rows_made + report.rows_refused + report.rows_known


@pytest.mark.real
def test_the_extract_as_it_is(workspace: Workspace, carrier: Path) -> None:
    """No claim of the extract has a procedure code on each line: all are refused, each with its cells."""
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, carrier, MAPPING, workspace.partner("acme"))
    assert every_row_is_accounted_for(report)
    assert (report.encounters, report.claims_made, report.refused) == (ENCOUNTERS, 0, ENCOUNTERS)
    with carrier.open(encoding="utf-8-sig", newline="") as source:
        blank = {
            number
            for number, row in enumerate(csv.DictReader(source, delimiter="|"), 2)
            if not row["HCPCS_CD"].strip()
        }
    told = {
        source.row
        for refused in report.refusals
        for finding in refused.findings
        for source in finding.sources
        if source.file == "carrier.csv" and source.column == "HCPCS_CD"
    }
    assert told == blank  # every blank cell is named, and no other
    for refused in report.refusals:
        assert all(finding.message and finding.sources for finding in refused.findings)


@pytest.mark.real
def test_the_extract_with_a_coders_supplement(workspace: Workspace, carrier: Path, tmp_path: Path) -> None:
    """With the blanks supplied, every claim is made and clean by pyx12, or refused for a reason that is true."""
    coding = coded(carrier, tmp_path / "coding.csv")
    partner = workspace.partner("acme")
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, carrier, MAPPING, partner, lookups={"coding": coding})
        assert every_row_is_accounted_for(report)
        assert report.claims_made + report.refused == ENCOUNTERS
        sent = send(gateway, partner)
    assert {finding.code for one in report.refusals for finding in one.findings if finding.severity == "error"} == {
        "ICD-VERSION"  # three claims of early 2015 carry ICD-10 codes, which begin in October 2015
    }
    assert report.refused == 3
    assert sent.claims_sent == report.claims_made == ENCOUNTERS - 3
    files = sorted((workspace.root / "acme-server" / "inbound").iterdir())
    assert [path.name for path in files] == [file.filename for file in sent.files]
    for path in files:
        content = path.read_bytes()
        assert pyx12_errors(content) == []
        assert validate([content]).findings == []


@pytest.mark.real
def test_the_same_extract_again_makes_nothing(workspace: Workspace, carrier: Path, tmp_path: Path) -> None:
    coding = coded(carrier, tmp_path / "coding.csv")
    partner = workspace.partner("acme")
    with Gateway.open(workspace) as gateway:
        first = convert(gateway, carrier, MAPPING, partner, lookups={"coding": coding})
        again = convert(gateway, carrier, MAPPING, partner, lookups={"coding": coding})
        assert again.already
        assert again.claims_made == 0
        assert send(gateway, partner).claims_sent == first.claims_made
