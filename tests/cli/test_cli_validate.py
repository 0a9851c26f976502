"""`edigate validate` as a person and as a script meet it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from edigate.cli import main

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "fixtures" / "x12"
GOOD = FIXTURES / "005010X222A1" / "accept" / "subscriber_is_patient.x12"
BAD = FIXTURES / "005010X222A1" / "reject" / "IK4-1_no_place_of_service.x12"


def test_a_good_file_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(GOOD)]) == 0
    assert capsys.readouterr().out == f"{GOOD}: valid (1 transaction set, 1 claim, 35 segments)\n"


def test_a_bad_file_is_quoted_with_the_element_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(BAD)]) == 65
    lines = capsys.readouterr().out.splitlines()
    assert "NOT valid, 1 error " in lines[0]
    assert "IK4-1 (set 0001, segment 19, loop 2300): CLM05-1 (Place of Service Code) is missing" in lines[1]
    segment, mark = lines[-2:]
    assert segment.strip() == "CLM*TESTCLAIM1*150***:B:1*Y*A*Y*Y"
    assert segment[mark.index("^")] == ":"  # where CLM05-1 should be
    assert mark.count("^") == 1


def test_json_is_one_object_a_file_with_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--json", str(GOOD), str(BAD)]) == 65
    captured = capsys.readouterr()
    good, bad = map(json.loads, captured.out.splitlines())
    assert captured.err == ""
    counts = ("file", "valid", "interchanges", "groups", "transaction_sets", "claims", "segments")
    assert [good[key] for key in counts] == [str(GOOD), True, 1, 1, 1, 1, 35]
    assert good["findings"] == []
    (finding,) = bad["findings"]
    shown = (
        *("code", "severity", "level", "message", "transaction_set", "segment_id"),
        *("segment_position", "element", "component", "loop", "value"),
    )
    assert [finding[key] for key in shown] == [
        *("IK4-1", "error", 2, "CLM05-1 (Place of Service Code) is missing", "0001", "CLM"),
        *(19, 5, 1, "2300", ""),
    ]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(BAD.read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["validate", "-"]) == 65
    out = capsys.readouterr().out
    assert out.startswith("-: NOT valid")
    assert "CLM*TESTCLAIM1" in out


def test_what_cant_be_read_is_66_and_the_others_are_still_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(tmp_path), str(tmp_path / "nowhere"), str(BAD)]) == 66
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        f"edigate: {tmp_path} is a directory, not a file",
        f"edigate: {tmp_path / 'nowhere'}: no such file",
    ]
    assert "NOT valid" in captured.out


# pytest-xdist has threads in this process, of which Python 3.12 and newer warn before a fork; edigate has none then.
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 1000,
        bytes(range(256)) * 100,
        b"ISA" * 100,
        GOOD.read_bytes()[:300] + b"A" * 2_000_000,
        GOOD.read_bytes()[:120].replace(b"~", b"\x1b") + b"\x1b[31mNM1*\x1b\x9b",
    ],
)
def test_no_input_is_a_traceback(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "strange"
    path.write_bytes(content)
    for engine in ("edigate", "pyx12"):
        assert main(["validate", str(path), "--engine", engine]) == 65
        captured = capsys.readouterr()
        assert captured.err == ""
        assert "NOT valid" in captured.out
        assert "\x1b" not in captured.out  # a file can't steer the terminal
        assert main(["validate", str(path), "--json", "--engine", engine]) == 65
        assert json.loads(capsys.readouterr().out)["valid"] is False


def test_pyx12_may_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--engine", "pyx12", str(GOOD)]) == 0
    assert main(["validate", "--engine", "pyx12", str(BAD)]) == 65
    assert "pyx12 reports error 1 at CLM05-01" in capsys.readouterr().out


def test_many_findings_are_cut_on_screen_and_whole_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "many.x12"
    path.write_bytes(GOOD.read_bytes().replace(b"SE*31", b"REF*6R\n~" * 300 + b"SE*31"))
    assert main(["validate", str(path)]) == 65
    assert "more; --json lists all" in capsys.readouterr().out
    main(["validate", "--json", str(path)])
    assert len(json.loads(capsys.readouterr().out)["findings"]) > 300


def test_who_watches_is_told_how_to_ask_about_a_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a file of claims")
    assert main(["validate", str(file)]) == 65
    assert "explain" not in capsys.readouterr().err, "a program reads it"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["validate", str(file)]) == 65
    assert "edigate explain X12-UNREADABLE says what to do about it" in capsys.readouterr().err
    assert main(["validate", "--json", str(file)]) == 65
    assert capsys.readouterr().err == ""
