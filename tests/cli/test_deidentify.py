"""`edigate deidentify` as somebody types it who has to show a payer's files to support."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from edigate.cli import main

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "x12"
CLAIM = FIXTURES / "005010X222A1" / "accept" / "patient_is_child.x12"
PAYMENT = FIXTURES / "005010X221A1" / "accept" / "payment_with_two_plb.x12"

Capture = pytest.CaptureFixture[str]


def run(*arguments: object) -> int:
    return main(["deidentify", *map(str, arguments)])


def test_each_file_is_made_over_and_told_of(tmp_path: Path, capsys: Capture) -> None:
    assert run(CLAIM, PAYMENT, "-o", tmp_path / "out") == 0
    first, second = sorted((tmp_path / "out").iterdir())
    assert (first.name, second.name) == ("deidentified-0001.x12", "deidentified-0002.x12")
    assert f"made of {PAYMENT}, " in capsys.readouterr().out
    assert first.stat().st_size == CLAIM.stat().st_size
    assert main(["validate", str(first), str(second)]) == 0
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_a_name_of_a_file_may_be_a_patients_and_is_not_kept(tmp_path: Path) -> None:
    named = tmp_path / "wilhelmina-arbuthnot.837"
    named.write_bytes(CLAIM.read_bytes())
    assert run(named, "-o", tmp_path / "out") == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["deidentified-0001.837"]


def test_the_key_is_made_once_and_gives_the_same_again(tmp_path: Path, capsys: Capture) -> None:
    key = tmp_path / "key"
    assert run(CLAIM, "-o", tmp_path / "a", "--key", key) == 0
    assert f"a new key was made in {key}" in capsys.readouterr().err
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert run(CLAIM, "-o", tmp_path / "b", "--key", key) == 0
    assert run(CLAIM, "-o", tmp_path / "c") == 0
    assert "key" not in capsys.readouterr().err
    made = [(tmp_path / name / "deidentified-0001.x12").read_bytes() for name in "abc"]
    assert made[0] == made[1] != made[2]


def test_a_key_that_others_may_read_is_refused(tmp_path: Path, capsys: Capture) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o640)
    assert run(CLAIM, "-o", tmp_path / "out", "--key", key) == 78
    assert f"chmod 600 {key}" in capsys.readouterr().err
    key.chmod(0o600)
    key.write_bytes(b"short")
    assert run(CLAIM, "-o", tmp_path / "out", "--key", key) == 78


def test_what_is_there_stays_unless_told(tmp_path: Path) -> None:
    assert run(CLAIM, "-o", tmp_path) == 0
    before = (tmp_path / "deidentified-0001.x12").read_bytes()
    assert run(CLAIM, "-o", tmp_path) == 64
    assert (tmp_path / "deidentified-0001.x12").read_bytes() == before
    assert run(CLAIM, "-o", tmp_path, "--force") == 0
    assert (tmp_path / "deidentified-0001.x12").read_bytes() != before


@pytest.mark.parametrize(("content", "code"), [(b"", 65), (b"LAST,FIRST\nDOE,JANE\n", 65), (None, 66)])
def test_what_is_no_x12_ends_in_one_clear_line(
    tmp_path: Path, capsys: Capture, content: bytes | None, code: int
) -> None:
    path = tmp_path / "given.x12"
    if content is not None:
        path.write_bytes(content)
    assert run(CLAIM, path, "-o", tmp_path / "out") == code
    said = capsys.readouterr().err
    assert str(path) in said
    assert "JANE" not in said
    assert not (tmp_path / "out").exists()


def test_json_tells_what_became_of_what(tmp_path: Path, capsys: Capture) -> None:
    assert run(CLAIM, "-o", tmp_path, "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)["files"]
    assert one["file"] == str(CLAIM)
    assert one["output"] == str(tmp_path / "deidentified-0001.x12")
    assert one["segments"] > one["replaced"] / 3 > 0
