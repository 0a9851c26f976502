"""What a shell is told when somebody presses Tab."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def asked(instruction: str, words: str = "", position: int = 0) -> str:
    environ = os.environ | {"_EDIGATE_COMPLETE": instruction, "COMP_WORDS": words, "COMP_CWORD": str(position)}
    done = subprocess.run(
        [sys.executable, "-m", "edigate"], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    assert "_EDIGATE_COMPLETE" in asked(f"{shell}_source")


def test_commands_and_their_options_are_found() -> None:
    assert asked("bash_complete", "edigate re", 1).splitlines() == ["plain,receive", "plain,reconcile", "plain,resolve",
                                                                      "plain,restore"]  # fmt: skip
    assert asked("bash_complete", "edigate show cl", 2).splitlines() == ["plain,claim"]
    assert "plain,--dry-run" in asked("bash_complete", "edigate send --dry", 2).splitlines()
