"""Every command: help with an example, JSON alone on standard output, sysexits, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edigate.cli import main

GARBAGE = bytes(range(256)) * 40
ENCOUNTERS = "mappings/examples/encounters-csv/encounters.csv"


Run = Callable[..., subprocess.CompletedProcess[bytes]]


def program(*arguments: str, workspace: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """A process of its own, as a person starts it."""
    environ = os.environ | ({"EDIGATE_WORKSPACE": str(workspace)} if workspace else {})
    command = [sys.executable, "-m", "edigate", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, env=environ)


@pytest.fixture
def edigate(capfd: pytest.CaptureFixture[str]) -> Run:
    """The same within this process, which spares starting one for each of many cases."""

    def run(*arguments: str, workspace: Path) -> subprocess.CompletedProcess[bytes]:
        capfd.readouterr()
        code = main([*arguments, "--workspace", str(workspace)])
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, code, said.out.encode(), said.err.encode())

    return run


def test_help_is_quick_and_lists_every_command() -> None:
    done = program("--help")
    assert done.returncode == 0
    for name in ("init", "demo", "convert", "send", "receive", "post", "reconcile", "status", "show", "validate"):
        assert f"  {name} " in done.stdout.decode()


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "--mapping", "encounters-csv", "{encounters}"),
        ("send",),
        ("receive",),
        ("post",),
        ("reconcile",),
        ("status",),
        ("status", "--refused"),
        ("nightly",),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_json_stands_alone_on_standard_output(edigate: Run, workspace_dir: Path, arguments: tuple[str, ...]) -> None:
    given = [argument.format(encounters=ENCOUNTERS) for argument in arguments]
    done = edigate(*given, "--json", workspace=workspace_dir)
    assert done.returncode in (0, 1), done.stderr
    json.loads(done.stdout)


def bad_inputs(folder: Path) -> dict[str, str]:
    """Files that no command should choke on, by what is wrong with them."""
    contents = {
        "empty": b"",
        "garbage": GARBAGE,
        "header only": b"claim_id,subscriber_last_name\n",
        "not utf-8": b"claim_id\n\xff\xfe\xfd\n",
        "nul bytes": b"claim_id\n\x00\x00\n",
        "isa only": b"ISA*00*",
        "text": b"Report of the day\n\nAll well.\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: str(folder / name) for name in contents} | {
        "missing": str(folder / "missing"),
        "a folder": str(folder),
    }


@pytest.mark.parametrize("what", ["empty", "garbage", "header only", "not utf-8", "nul bytes", "missing", "a folder"])
@pytest.mark.parametrize("command", ["convert", "post", "validate"])
def test_bad_input_is_one_clear_error(
    edigate: Run, workspace_dir: Path, tmp_path: Path, command: str, what: str
) -> None:
    folder = tmp_path / "input"
    folder.mkdir()
    path = bad_inputs(folder)[what]
    extra = ["--mapping", "encounters-csv"] if command == "convert" else []
    done = edigate(command, path, *extra, workspace=workspace_dir)
    said = done.stderr.decode() + done.stdout.decode()
    assert "Traceback" not in said
    assert "internal error" not in said
    if command == "post" and what in ("empty", "garbage", "header only", "not utf-8", "nul bytes"):
        assert done.returncode == 0  # unknown files are kept as they came
    else:
        assert done.returncode in (1, 65, 66), said
        assert said.strip()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("convert", ENCOUNTERS), 64, "--mapping"),
        (("convert", ENCOUNTERS, "--mapping", "encounter-csv"), 78, "encounters-csv"),
        (("send", "--partner", "acmee"), 78, "acme"),
        (("show", "claim", "nobody"), 66, "nobody"),
        (("show", "payment", "0"), 66, "0"),
        (("show", "file", "../../etc/passwd"), 66, "passwd"),
        (("status", "--partner", "x"), 78, "x"),
        (("sned",), 64, "send"),
        (("convert", ENCOUNTERS, "--mapping", "encounters-csv", "--lookup", "x"), 64, "NAME=PATH"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_mistakes_of_people(
    edigate: Run, workspace_dir: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = edigate(*arguments, workspace=workspace_dir)
    assert done.returncode == code, done.stderr
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_no_workspace_is_said_with_what_to_do(tmp_path: Path) -> None:
    done = program("status", workspace=tmp_path)
    assert done.returncode == 78
    assert "edigate init" in done.stderr.decode()


def test_a_misspelt_setting_is_refused_at_start(workspace_dir: Path) -> None:
    partner = workspace_dir / "partners" / "acme.toml"
    partner.write_text(partner.read_text().replace("sender_id", "sendr_id"))
    done = program("status", workspace=workspace_dir)
    assert done.returncode == 78
    for word in ("partners/acme.toml", "envelope", "sender_id"):
        assert word in done.stderr.decode()


def test_a_damaged_ledger_is_an_error_of_one_line(workspace_dir: Path) -> None:
    (workspace_dir / "state" / "ledger.db").write_bytes(GARBAGE)
    done = program("status", workspace=workspace_dir)
    assert done.returncode in (70, 74), done.stderr
    assert "Traceback" not in done.stderr.decode()
    assert "internal error" not in done.stderr.decode()
