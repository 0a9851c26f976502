"""Code sets of a workspace reach the claims made there: what is refused, what is warned of, by which edition."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from edigate.claims.codesets import SETS
from edigate.errors import StorageError
from edigate.findings import Finding, Severity
from edigate.gateway.codes import import_codes
from edigate.gateway.convert import ConvertReport, convert
from edigate.partners.model import Partner
from tests.gateway.practice import MAPPING, TestGateway, claims_by_state, extract, row


def converted(gateway: TestGateway, partner: Partner, inbox: Path, **cells: str) -> ConvertReport:
    return convert(gateway, extract(inbox, [row(**cells)], "encounters.csv"), MAPPING, partner)


def of_codes(findings: list[Finding]) -> list[tuple[str, Severity, str]]:
    found = [each for each in findings if each.code.split("-")[0] in ("ICD", "HCPCS", "TAXONOMY", "MODIFIER")]
    return [(each.code, each.severity, str(each.sources[0]) if each.sources else "") for each in found]


def imported(gateway: TestGateway, name: str, text: str, effective: date) -> None:
    path = gateway.workspace.root / "imported.csv"
    path.write_text(text)
    import_codes(gateway.workspace, SETS[name], path, effective=effective)


def test_a_heading_is_refused_at_its_cell(gateway: TestGateway, partner: Partner, inbox: Path) -> None:
    report = converted(gateway, partner, inbox, diagnosis1="E11")
    (refused,) = report.refusals
    assert of_codes(refused.findings) == [
        ("ICD-HEADER", Severity.ERROR, "encounters.csv row 2, column diagnosis1")
    ]
    assert "say which, e.g. E11.00" in refused.findings[0].message
    assert claims_by_state(gateway) == {"refused": 1}


def test_an_imported_list_warns_and_the_claim_is_made(gateway: TestGateway, partner: Partner, inbox: Path) -> None:
    imported(gateway, "cpt", "code,description\n99212,made up\n", date(2026, 1, 1))
    report = converted(gateway, partner, inbox)
    assert (report.claims_made, report.warnings) == (1, 1)


def test_an_imported_year_decides_for_its_days(gateway: TestGateway, partner: Partner, inbox: Path) -> None:
    imported(gateway, "icd-10-cm", "00001 J00     1 Cold, the only code of that year\n", date(2025, 10, 1))
    (refused,) = converted(gateway, partner, inbox, diagnosis1="J06.9").refusals
    assert [code for code, _, _ in of_codes(refused.findings)] == ["ICD-NOT-EFFECTIVE"]


def test_a_damaged_edition_stops_before_anything_is_written(
    gateway: TestGateway, partner: Partner, inbox: Path
) -> None:
    imported(gateway, "cpt", "99213\n99214\n", date(2026, 1, 1))
    path = gateway.workspace.root / "codesets" / "cpt" / "2026-01-01.txt"
    path.write_text(path.read_text()[:-12])
    with pytest.raises(StorageError, match=r"codesets/cpt/2026-01-01\.txt isn't a whole code set"):
        converted(gateway, partner, inbox)
    assert claims_by_state(gateway) == {}
