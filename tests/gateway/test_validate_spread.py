"""Several processes say what one says, in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.errors import EdigateError, NoInputError
from edigate.gateway import validate_files as checking
from edigate.gateway import validate_spread
from edigate.gateway.validate_files import Check, validate_files
from edigate.x12.segments import Limits
from edigate.x12.validate import Report
from tests.x12.samples import CLAIM, FIXTURE_FILES
from tests.x12.test_slices import GOOD, STRANGE


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_WORTH", {"edigate": 0, "pyx12": 0})
    monkeypatch.setattr(validate_spread, "_SLICE", 2500)


def told(names: list[str], check: Check, jobs: int) -> list[tuple[str, object]]:
    return [
        (name, report if isinstance(report, Report) else (type(report), report.message))
        for name, report in validate_files(names, check, jobs, standard_input=[CLAIM])
    ]


@pytest.mark.usefixtures("everything_is_large")
def test_many_files_and_large_ones_are_told_as_by_one_process(tmp_path: Path) -> None:
    names = [str(tmp_path / "nowhere"), *map(str, FIXTURE_FILES[:20]), str(tmp_path), "-"]
    for number, content in enumerate([*GOOD.values(), *STRANGE.values()]):
        path = tmp_path / f"{number}.x12"
        path.write_bytes(content)
        names.append(str(path))
    check = Check(limits=Limits(segment_bytes=2000, findings=100))
    one = told(names, check, 1)
    assert [name for name, _ in one] == names
    assert told(names, check, 3) == one


@pytest.mark.usefixtures("everything_is_large")
def test_pyx12s_opinion_is_asked_by_several_processes_too() -> None:
    names = list(map(str, FIXTURE_FILES[:6]))
    assert told(names, Check(engine="pyx12"), 2) == told(names, Check(engine="pyx12"), 1)


@pytest.mark.usefixtures("everything_is_large")
def test_a_file_that_goes_away_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gone.x12"
    monkeypatch.setattr(checking, "_size", lambda name: 10_000)
    ((_, error),) = validate_files([str(path)], Check(), 2)
    assert isinstance(error, NoInputError)
    assert isinstance(error, EdigateError)


@pytest.mark.usefixtures("everything_is_large")
def test_a_file_larger_than_allowed_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "large.x12"
    path.write_bytes(GOOD["one group"])
    check = Check(limits=Limits(file_bytes=5000))
    assert told([str(path)], check, 2) == told([str(path)], check, 1)


def test_small_files_are_worth_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(validate_spread, "ProcessPoolExecutor", never)
    assert len(told(list(map(str, FIXTURE_FILES)), Check(), 8)) == len(FIXTURE_FILES)
