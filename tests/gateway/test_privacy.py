"""Nothing of a patient leaves by the back door: the whole demo at debug level, then a search for everybody in it."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest

# Columns of the demo's encounters that say who somebody is or what was done, and no common word.
IDENTITY = (
    "encounter_id",
    "subscriber_id",
    "group_number",
    "subscriber_last_name",
    "subscriber_first_name",
    "subscriber_birth_date",
    "subscriber_address",
    "subscriber_city",
    "patient_last_name",
    "patient_first_name",
    "patient_birth_date",
    "payer_claim_number",
)


class Run(NamedTuple):
    root: Path
    logged: str  # standard error, logs in it


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The demo at debug level, then the night, a posting again, a status: logs and all of standard error."""
    root = tmp_path_factory.mktemp("privacy") / "workspace"
    logged = ""
    for arguments in (
        ["demo", "--keep", str(root)],
        ["--workspace", str(root), "nightly"],  # the demo's server is gone: its trouble is logged too
        ["--workspace", str(root), "post"],
        ["--workspace", str(root), "status", "--json"],
        ["--workspace", str(root), "show", "claim", "no-such-claim"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "edigate", "--log-level", "debug", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=os.environ | {"EDIGATE_DEBUG": "1"},
        )
        assert "Traceback" not in done.stderr
        logged += done.stderr
    yield Run(root, logged)


def secrets() -> Iterator[tuple[str, str]]:
    """Every identifying cell of the encounters, in the forms it takes on its way: as it is, upper case, as a date."""
    text = (files("edigate") / "_demo" / "encounters.csv").read_text(encoding="utf-8-sig")
    seen: set[str] = set()
    for row in csv.DictReader(text.splitlines()):
        for column, value in row.items():
            if not value or not any(column.startswith(name) or name in column for name in IDENTITY):
                continue
            for form in (value, value.upper(), value.replace("-", "")):
                if len(form) >= 4 and form not in seen:
                    seen.add(form)
                    yield column, form


def test_there_is_something_to_find() -> None:
    found = list(secrets())
    columns = {column for column, _ in found}
    assert len(found) > 300
    for needed in ("last_name", "subscriber_id", "birth_date", "address"):
        assert any(needed in column for column in columns), f"no column with {needed} in the demo's encounters"


def test_no_log_line_or_error_names_anybody(run: Run) -> None:
    assert run.logged.count("\n") > 50, "the demo at debug level logs more than that"
    leaks = {column for column, value in secrets() if _as_word(value, run.logged)}
    assert not leaks


def test_no_file_name_names_anybody(run: Run) -> None:
    names = "\n".join(str(path.relative_to(run.root)) for path in run.root.rglob("*"))
    assert names
    leaks = {column for column, value in secrets() if _as_word(value, names)}
    assert not leaks


def test_claims_text_stays_in_archive_and_ledger(run: Run) -> None:
    """Outside the places that are for it, no file of the workspace holds a member id."""
    allowed = {"state", "inbox", "clearinghouse"}
    members = [value for column, value in secrets() if column == "subscriber_id"]
    assert members
    for path in run.root.rglob("*"):
        if path.is_file() and path.relative_to(run.root).parts[0] not in allowed:
            content = path.read_text(encoding="utf-8", errors="replace")
            assert not any(member in content for member in members), path.name


def _as_word(value: str, text: str) -> bool:
    """Whether the value stands in the text by itself: `2000` inside a longer number tells nothing."""
    start = text.find(value)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(value) : start + len(value) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        start = text.find(value, start + 1)
    return False
