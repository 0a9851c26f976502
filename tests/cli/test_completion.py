"""What a shell is told when somebody presses Tab."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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


# What docs/quickstart.md has a shell's start file say, and what somebody then types before Tab.
_SHELLS = {
    "bash": 'eval "$(_EDIGATE_COMPLETE=bash_source edigate)"; COMP_WORDS=(edigate re); COMP_CWORD=1; '
    '_edigate_completion edigate; printf "%s\\n" "${COMPREPLY[@]}"',
    "zsh": "autoload -Uz compinit && compinit -u -D; "
    'eval "$(_EDIGATE_COMPLETE=zsh_source edigate)"; [ "${_comps[edigate]}" = _edigate_completion ]; '
    'words=(edigate re) CURRENT=2; _describe() { print -l "${(P)3[@]}" }; _edigate_completion',
    "fish": '_EDIGATE_COMPLETE=fish_source edigate | source; complete -C "edigate re"',
}


@pytest.mark.parametrize("shell", _SHELLS)
def test_the_shell_itself_completes_as_documented(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} isn't on this machine")
    edigate = tmp_path / "edigate"
    edigate.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edigate "$@"\n')
    edigate.chmod(0o755)
    environ = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run([program, "-c", _SHELLS[shell]], env=environ, capture_output=True, text=True, check=False)
    found = {re.split(r"[\t:]", line)[0] for line in done.stdout.splitlines()}
    assert (found, done.stderr) == ({"receive", "reconcile", "resolve", "restore"}, "")
