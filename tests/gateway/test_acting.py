"""Who is at work: the system's user, whom no environment talks into being another; and one place that says so."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path

import pytest

from edigate.gateway.acting import user

SOURCES = Path(__file__).resolve().parents[2] / "edigate"


def test_an_environment_makes_nobody_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    me = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.delenv("SUDO_USER", raising=False)
    for claims_it in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(claims_it, "somebody else")
    assert user() == me
    monkeypatch.setattr(os, "getuid", lambda: 65534)  # only root's commands can have been called by sudo
    monkeypatch.setenv("SUDO_USER", "somebody else")
    assert "somebody else" not in user()


def test_behind_root_stands_whom_sudo_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "kim")
    assert user() == "root (sudo by kim)"


def test_a_user_without_an_entry_is_told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    assert user() == "uid 987654321"


def test_it_is_asked_in_one_place() -> None:
    asks = re.compile(r"\b(getpass|getpwuid|getlogin)\b")
    asking = [path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.py") if asks.search(path.read_text())]
    assert asking == ["gateway/acting.py"]
