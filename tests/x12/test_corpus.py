"""The public corpus and the fixtures, judged by edigate and by pyx12: the same, or in differences.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from edigate.x12.pyx12_engine import validate_with_pyx12
from edigate.x12.validate import Report, validate
from tests.x12.samples import CORPUS, FIXTURE_FILES, FIXTURES, KINDS, corpus_files, mutants, needs_corpus

DIFFERENCES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "differences.toml").read_text("utf-8")
)


pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")


def judge(root: Path, files: list[Path], rows: list[dict[str, Any]]) -> list[str]:
    """Files whose verdicts differ without a row, and rows that no file bears out."""
    expected = {row["path"]: row["edigate"] for row in rows}
    wrong = [f"{path}: no such file" for path in expected if not (root / path).exists()]
    for path in files:
        name, content = str(path.relative_to(root)), path.read_bytes()
        ours, theirs = validate([content]), validate_with_pyx12([content])
        if _unknown(ours) or ours.valid == theirs.valid:
            if name in expected:
                wrong.append(f"{name}: the verdicts agree, the row in differences.toml is out of date")
        elif expected.get(name) is not ours.valid:
            wrong.append(f"{name}: edigate {ours.valid}, pyx12 {theirs.valid}")
    return wrong


def _unknown(report: Report) -> bool:
    return any(finding.code in ("X12-NO-GUIDE", "X12-UNREADABLE") for finding in report.findings)


def test_fixtures_are_judged_as_pyx12_does_or_there_is_a_reason() -> None:
    assert judge(FIXTURES, FIXTURE_FILES, DIFFERENCES["fixture"]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_files_broken_at_random_are_judged_as_pyx12_does_or_there_is_a_rule(kind: str) -> None:
    base = {"835": _one_plb, "999": _one_context}.get(kind, bytes)(KINDS[kind])
    assert validate([base]).valid
    assert validate_with_pyx12([base]).valid
    both = {True: 0, False: 0}
    for mutant in mutants(base, seed=len(kind), count=60):
        ours, theirs = validate([mutant]), validate_with_pyx12([mutant])
        if ours.valid == theirs.valid:
            both[ours.valid] += 1
            continue
        refusing = theirs if ours.valid else ours
        codes = {finding.code for finding in refusing.findings if finding.severity == "error"}
        rules = [row for row in DIFFERENCES["rule"] if row["edigate"] is ours.valid]
        assert any(codes <= set(row["codes"]) for row in rules), (mutant, codes)
    assert both[False] > 20
    assert both[True]


def _one_plb(content: bytes) -> bytes:
    """The payment without its second PLB, which pyx12 doesn't count right."""
    start, end = content.index(b"PLB*1234567894"), content.index(b"SE*")
    return content[:start] + content[end:].replace(b"SE*27", b"SE*26")


def _one_context(content: bytes) -> bytes:
    """The acknowledgment with one CTX, for the same reason."""
    return content.replace(b"CTX*CLM01:TESTCLAIM1~\n", b"").replace(b"SE*12", b"SE*11")


@needs_corpus
@pytest.mark.real
def test_every_public_file_is_judged_as_pyx12_does_or_there_is_a_reason() -> None:
    assert judge(CORPUS, corpus_files(), DIFFERENCES["file"]) == []


@needs_corpus
@pytest.mark.real
def test_every_public_file_has_a_verdict_with_reasons_that_say_what_and_where() -> None:
    for path in corpus_files():
        content = path.read_bytes()
        report = validate([content], file=path.name)
        assert report.interchanges, path
        assert report.valid == all(finding.severity != "error" for finding in report.findings)
        for finding in report.findings:
            assert finding.message, path
            placed = finding.segment_position or finding.segment_id in ("GS", "GE", "TA1", "IEA")
            assert placed or finding.code[:3] in ("TA1", "AK9", "X12", "IK5"), (path, finding)
            if finding.segment_id == "ISA":  # nor is the password quoted
                assert finding.element not in (2, 4) or not finding.value
