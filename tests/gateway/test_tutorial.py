"""The tutorial, gone through word by word: its files written, its commands typed, its output seen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
_BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    """`text PATH` is a file, `sh [CODE]` is typed and ends so, `text` are lines of what was said or written then."""
    edigate = tmp_path / "bin" / "edigate"
    edigate.parent.mkdir()
    edigate.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edigate "$@"\n')
    edigate.chmod(0o755)
    environ = {"PATH": f"{edigate.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path),
               "PYTHONPATH": str(PAGE.parents[1])}  # fmt: skip
    at, said = tmp_path, ""
    checked = 0
    for language, rest, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "sh":
            typed = ["bash", "-e", "-c", text]
            done = subprocess.run(typed, cwd=at, env=environ, capture_output=True, text=True, check=False)
            said = done.stdout
            assert done.returncode == int(rest or 0), f"{text}\n{said}{done.stderr}"
            for option in re.findall(r" -o (\S+)", text):
                said += (at / option).read_text()
            at = at / "claims" if "cd claims" in text else at
        elif rest:
            (at / rest).write_text(text)
        else:
            told = [" ".join(line.split()) for line in said.splitlines()]
            for line in text.splitlines():
                assert " ".join(line.split()) in told, f"{line}\nisn't in\n{said}"
                checked += 1
    assert checked > 10
