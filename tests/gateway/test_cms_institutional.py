"""CMS's institutional extracts to 837I: every row accounted for, refusals that are true, claims clean by pyx12."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from edigate.config import Workspace
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from edigate.partners.model import Partner
from edigate.x12.pyx12_engine import pyx12_errors
from edigate.x12.validate import validate

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

EXTRACTS = {"outpatient": (19, 19), "inpatient": (16, 16), "snf": (67, 1), "hha": (15, 14), "hospice": (8, 1)}
"""Rows and encounters of each."""

DEPARTMENT = {"outpatient": "0510", "inpatient": "0120", "snf": "0550", "hha": "0551", "hospice": "0651"}

Row = dict[str, str]


@pytest.fixture
def folder(corpus: Path) -> Path:
    return corpus / "inputs" / "cms-rif"


def institutional(workspace: Workspace) -> Partner:
    """`acme`, which takes institutional claims here."""
    return msgspec.structs.replace(workspace.partner("acme"), kinds=("837I",))


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="|"))


def written(path: Path, columns: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return path


def supplements(name: str, rows: list[Row], to: Path) -> dict[str, Path]:
    """What a coder and the front desk add, made up: departments, units, charges that add up, hours, addresses."""
    left = {row["CLM_ID"]: Decimal(row["CLM_TOT_CHRG_AMT"]) for row in rows}
    lines = Counter(row["CLM_ID"] for row in rows)
    coding, stays = [], {}
    for row in rows:
        claim, lines[row["CLM_ID"]] = row["CLM_ID"], lines[row["CLM_ID"]] - 1
        charge = Decimal(row["REV_CNTR_TOT_CHRG_AMT"]) if lines[claim] else left[claim]
        left[claim] -= charge
        code = row["REV_CNTR"] if row["REV_CNTR"] not in {"0001", "0023", "0450"} else DEPARTMENT[name]
        day = [row["CLM_FROM_DT"]] if "REV_CNTR_DT" in row else []
        coding.append([claim, row["CLM_LINE_NUM"], code, row["HCPCS_CD"], "", "", "1", f"{charge:.2f}", "0", *day])
        stays[claim] = [claim, "08", "14", "", "", row.get("ADMTG_DGNS_CD") or row["PRNCPAL_DGNS_CD"]]
    columns = [
        "CLM_ID", "CLM_LINE_NUM", "REV_CNTR", "HCPCS_CD", "HCPCS_1ST_MDFR_CD", "HCPCS_2ND_MDFR_CD",
        "REV_CNTR_UNIT_CNT", "REV_CNTR_TOT_CHRG_AMT", "REV_CNTR_NCVRD_CHRG_AMT", "REV_CNTR_DT",
    ]  # fmt: skip
    stay = ["CLM_ID", "ADMISSION_HOUR", "DISCHARGE_HOUR", "ADMISSION_TYPE", "ADMISSION_SOURCE", "ADMITTING_DIAGNOSIS"]
    return {
        "coding": written(to / f"coding-{name}.csv", columns[: len(coding[0])], coding),
        "stay": written(to / "stays.csv", stay, list(stays.values())),
    }


def codes_of(report: ConvertReport) -> Counter[str]:
    return Counter(
        code
        for refused in report.refusals
        for code in {finding.code for finding in refused.findings if finding.severity == "error"}
    )


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("outpatient", {"mapping-refused": 19}),  # every row says revenue code 0001, which is a total's
        ("inpatient", {"mapping-required": 16, "mapping-refused": 1}),  # no row has units
        ("snf", {"mapping-refused": 1}),
        # ICD-10 before it was in force, lines that don't add up to the claim's charge, revenue code 0001
        ("hha", {"ICD-VERSION": 11, "CHARGE-SUM": 11, "mapping-refused": 3}),
        ("hospice", {"CHARGE-SUM": 1}),
    ],
)
def test_an_extract_as_it_is_is_refused_for_reasons_that_are_true(
    workspace: Workspace, folder: Path, name: str, reasons: dict[str, int]
) -> None:
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, folder / f"{name}.csv", f"cms-rif-{name}", institutional(workspace))
    assert (report.rows_in, report.encounters) == EXTRACTS[name]
    assert report.rows_in == report.rows_made + report.rows_refused + report.rows_known
    assert (report.claims_made, report.refused) == (0, EXTRACTS[name][1])
    assert codes_of(report) == reasons
    told = {
        source.row
        for refused in report.refusals
        for finding in refused.findings
        for source in finding.sources
        if finding.code == "mapping-refused" and source.file == f"{name}.csv" and source.column == "REV_CNTR"
    }
    rows = rows_of(folder / f"{name}.csv")
    assert told == {number for number, row in enumerate(rows, 2) if row["REV_CNTR"] == "0001"}
    assert all(finding.message and finding.sources for one in report.refusals for finding in one.findings)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "made", "reasons"),
    [
        ("outpatient", 19, {}),
        # a code that began in October 2019 on stays before it; a stay of March 2015 in ICD-10
        ("inpatient", 4, {"ICD-NOT-EFFECTIVE": 11, "ICD-VERSION": 1}),
        ("snf", 1, {}),
        ("hha", 0, {"ICD-VERSION": 14}),  # January and February 2015 in ICD-10
        ("hospice", 1, {}),
    ],
)
def test_an_extract_with_what_a_coder_and_the_front_desk_add(
    workspace: Workspace, folder: Path, tmp_path: Path, name: str, made: int, reasons: dict[str, int]
) -> None:
    path, partner = folder / f"{name}.csv", institutional(workspace)
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, path, f"cms-rif-{name}", partner, lookups=supplements(name, rows_of(path), tmp_path))
        assert report.rows_in == report.rows_made + report.rows_refused + report.rows_known == EXTRACTS[name][0]
        assert (report.claims_made, codes_of(report)) == (made, reasons)
        sent = send(gateway, partner)
    assert sent.claims_sent == made
    files = sorted((workspace.root / "acme-server" / "inbound").glob("*"))
    assert len(files) == (1 if made else 0)
    for file in files:
        content = file.read_bytes()
        assert pyx12_errors(content) == []
        assert validate([content]).findings == []
        claims = [part.strip().split("*") for part in content.decode().split("~") if part.strip().startswith("CLM*")]
        if made == EXTRACTS[name][1]:
            totals = {row["CLM_ID"]: Decimal(row["CLM_TOT_CHRG_AMT"]) for row in rows_of(path)}
            assert {claim[1]: Decimal(claim[2]) for claim in claims} == totals


@pytest.mark.real
def test_equipment_is_billed_as_professional(workspace: Workspace, folder: Path) -> None:
    """The one claim is of March 2015 in ICD-10, which wasn't in force: that alone is wrong with it."""
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, folder / "dme.csv", "cms-rif-dme", workspace.partner("acme"))
    assert (report.rows_in, report.rows_refused, report.refused) == (1, 1, 1)
    assert set(codes_of(report)) == {"ICD-VERSION"}
