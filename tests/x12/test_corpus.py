"""The public corpus and the fixtures, judged by edigate and by pyx12: the same, or in differences.toml."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from edigate.x12.pyx12_engine import validate_with_pyx12
from edigate.x12.validate import Report, validate
from tests.x12.samples import CORPUS, FIXTURE_FILES, FIXTURES, corpus_files, needs_corpus

DIFFERENCES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "differences.toml").read_text("utf-8")
)


@pytest.fixture(autouse=True)
def maps_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyx12 reads its map anew for every file; its maps don't change while they are used."""
    import pyx12.map_if

    load = pyx12.map_if.load_map_file
    monkeypatch.setattr(
        "pyx12.map_if.load_map_file",
        lambda name, param, path=None: _MAPS.get(name) or _MAPS.setdefault(name, load(name, param, path)),
    )


_MAPS: dict[str, Any] = {}


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


@needs_corpus
@pytest.mark.real
def test_every_public_file_is_judged_as_pyx12_does_or_there_is_a_reason() -> None:
    assert judge(CORPUS, corpus_files(), DIFFERENCES["file"]) == []


@needs_corpus
@pytest.mark.real
def test_every_public_file_has_a_verdict_with_reasons_in_time() -> None:
    for path in corpus_files():
        content = path.read_bytes()
        began = time.perf_counter()
        report = validate([content], file=path.name)
        seconds = time.perf_counter() - began
        assert report.interchanges, path
        assert report.valid == all(finding.severity != "error" for finding in report.findings)
        assert seconds < 1 + len(content) / 100_000, path


@needs_corpus
@pytest.mark.real
def test_every_finding_says_what_where_and_never_quotes_the_password() -> None:
    for path in corpus_files():
        content = path.read_bytes()
        for finding in validate([content], file=path.name).findings:
            assert finding.message, path
            assert (
                finding.segment_position
                or finding.code[:3] in ("TA1", "AK9", "X12", "IK5")
                or (finding.segment_id in ("GS", "GE", "TA1", "IEA"))
            ), (path, finding)
            if finding.segment_id == "ISA":
                assert finding.element not in (2, 4) or not finding.value
