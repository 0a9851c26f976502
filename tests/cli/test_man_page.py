"""docs/man/edigate.1 is what the commands say, and reads well. `EDIGATE_BLESS=1 pytest tests/cli` writes it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from edigate.cli import COMMANDS
from scripts.man.page import _ENVIRONMENT, PAGE, page, text

REPOSITORY = Path(__file__).resolve().parents[2]
_TOLERATED = re.compile(r"missing date")  # a page without one is the same whenever it is made
_OURS = {"EDIGATE_DEMO_PASSWORD"}  # set by the demo for itself


def test_the_man_page_is_what_the_commands_say() -> None:
    if os.environ.get("EDIGATE_BLESS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "run EDIGATE_BLESS=1 pytest tests/cli, and read the change"


def test_it_has_every_command_and_every_variable() -> None:
    made = page()
    assert [name for name in COMMANDS if f".SS edigate {text(name)}" not in made] == []
    sources = "".join(path.read_text() for path in (REPOSITORY / "edigate").rglob("*.py"))
    read = set(re.findall(r"\"(EDIGATE_[A-Z_]+)\"", sources)) - _OURS
    assert read - {name for name, _ in _ENVIRONMENT} == set(), "scripts/man/page.py, _ENVIRONMENT"


@pytest.mark.parametrize(
    ("words", "roff"), [(".partners", "\\&.partners"), ("'s", "\\&'s"), ("C:\\x", "C:\\ex"), ("--json", "\\-\\-json")]
)
def test_nothing_in_a_text_is_taken_for_an_instruction(words: str, roff: str) -> None:
    assert text(words) == roff


@pytest.mark.parametrize(
    "program", [["mandoc", "-T", "lint"], ["groff", "-man", "-Tutf8", "-ww", "-z"]], ids=lambda one: str(one[0])
)
def test_roff_takes_it_without_a_word(program: list[str]) -> None:
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} isn't on this machine")
    done = subprocess.run([*program, str(PAGE)], capture_output=True, text=True, check=False)
    told = [line for line in (done.stdout + done.stderr).splitlines() if not _TOLERATED.search(line)]
    assert told == []


def test_the_wheel_installs_it_where_man_looks() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert {(REPOSITORY / source).resolve(): target for source, target in shared.items()} == {
        PAGE: "share/man/man1/edigate.1"
    }
