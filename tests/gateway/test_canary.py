"""No patient leaves by the back door: markers in every field of every form, every job run, and made to fail everywhere.

Searched are the logs at debug level, standard error, states beside ledger and archive, and the names of all files.
"""

from __future__ import annotations

import cProfile
import gc
import io
import logging
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

import pytest

from edigate.cli import main
from edigate.simulator.sftp_server import SftpServer
from tests.conftest import PARTNER, SETTINGS
from tests.gateway import canaries
from tests.gateway.hospital_and_dentist import house
from tests.gateway.practice import Clock

READERS = ("encounters-csv", "encounters-json", "fhir-r4-professional", "x12-837p")
# The jobs in their order; between send and receive the clearinghouse answers.
AFTER_SENDING = (
    ["receive"], ["post"], ["reconcile"], ["secondary"], ["status"], ["work"], ["plb"], ["match"], ["nightly"],
    ["db", "check"],
)  # fmt: skip
# Who watches from outside gets everything that they may.
WATCHED = (
    '[logs]\nfile = "state/edigate.log"\n[metrics]\ntextfile = "edigate.prom"\n[alerts]\n'
    f"on_attention = [{sys.executable!r}, '-c', 'import sys; open(\"calls\", \"a\").write(sys.stdin.read())']\n"
)
INTAKE = '[[intake]]\nfiles = "inbox/*.night.csv"\nmapping = "encounters-csv"\npartner = "acme"\n'


class Practice(NamedTuple):
    """A workspace in which every form has been converted, sent and answered, and what was planted in it."""

    root: Path
    markers: dict[str, str]
    told: str  # standard error of all of it


@pytest.fixture(scope="module")
def quiet() -> Iterator[None]:
    """What `tests/conftest.py` sees to for each test, for a fixture that several share."""
    root, mask = logging.getLogger(), os.umask(0o077)
    before = root.handlers[:], root.level, logging.lastResort
    yield
    root.handlers[:], level, logging.lastResort = before
    root.setLevel(level)
    os.umask(mask)


def edigate(root: Path, *arguments: str) -> tuple[int, str]:
    """One command at debug level, as a person's: its exit code and what it said on standard error."""
    err, out = io.StringIO(), io.StringIO()
    stderr, stdout, before = sys.stderr, sys.stdout, os.environ.get("EDIGATE_DEBUG")
    sys.stderr, sys.stdout = err, out
    os.environ["EDIGATE_DEBUG"] = "1"
    try:
        code = main(["--workspace", str(root), "--log-level", "debug", *arguments])
    finally:
        sys.stderr, sys.stdout = stderr, stdout
        os.environ.pop("EDIGATE_DEBUG")
        if before is not None:
            os.environ["EDIGATE_DEBUG"] = before
    return code, err.getvalue()


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory, quiet: None) -> Practice:
    root = tmp_path_factory.mktemp("canary") / "workspace"
    for name in ("partners", "mappings", "inbox", "acme-server/inbound", "acme-server/outbound"):
        (root / name).mkdir(parents=True)
    (root / "edigate.toml").write_text(SETTINGS + INTAKE)
    (root / "partners" / "acme.toml").write_text('kinds = ["837P", "837I", "837D"]\n' + PARTNER)
    markers: dict[str, str] = {}
    told = ""
    for form in canaries.FORMS:
        one = canaries.planted(form)
        markers |= one.markers
        path = root / "inbox" / f"{form}{one.suffix}"
        path.write_text(one.text)
        code, said = edigate(root, "convert", str(path), "--mapping", form)
        assert code in (0, 1), f"{form}: {said}"
        told += said
    told += edigate(root, "convert", "--mapping", canaries.database(root))[1]
    (root / "inbox" / "one.night.csv").write_text(canaries.planted("encounters-csv").text)
    told += edigate(root, "send")[1]
    clearinghouse = house(Clock())
    (root / "edigate.toml").write_text(SETTINGS + INTAKE + WATCHED)
    for path in sorted((root / "acme-server" / "inbound").iterdir()):
        for answer in clearinghouse.answer(path.name, path.read_bytes()):
            (root / "acme-server" / "outbound" / answer.name).write_bytes(answer.content)
    return Practice(root, markers, told)


def leaks(root: Path, markers: dict[str, str], said: str) -> dict[str, set[str]]:
    """Where a marker got to that it may not be in; empty is good."""
    found = canaries.written(root, markers)
    heard = canaries.got_away(markers, said)
    return found | ({"standard error": heard} if heard else {})


def test_the_markers_came_in(practice: Practice) -> None:
    """That the search could find something: nearly all are in the archive, and claims were made and sent."""
    assert len(practice.markers) > 150
    assert len(canaries.kept(practice.root, practice.markers)) > 0.9 * len(practice.markers)
    assert practice.told.count("\n") > 30
    sent = b"".join(path.read_bytes() for path in (practice.root / "acme-server" / "inbound").iterdir())
    assert sent.count(b"CLM*") > 25
    assert len(canaries.got_away(practice.markers, sent.decode())) > 100


def test_a_way_without_trouble_names_nobody(practice: Practice, tmp_path: Path) -> None:
    root = canaries.copied(practice.root, tmp_path / "workspace")
    said = practice.told
    for command in AFTER_SENDING:
        code, told = edigate(root, *command)
        assert code in (0, 1), told
        said += told
    assert "file received" in (root / "state" / "edigate.log").read_text()
    assert '"kind":' in (root / "calls").read_text()
    assert "edigate_claims" in (root / "edigate.prom").read_text()
    assert leaks(root, practice.markers, said) == {}


def test_answers_that_copy_and_spoil_name_nobody(practice: Practice, tmp_path: Path) -> None:
    root = canaries.copied(practice.root, tmp_path / "workspace")
    planted = canaries.hostile_answers(root / "acme-server" / "outbound")
    said = ""
    for command in (["receive"], ["post"], ["nightly"], ["match"]):
        code, told = edigate(root, *command)
        assert code in (0, 1), told
        said += told
    assert len(canaries.kept(root, planted)) > 0.9 * len(planted) - 2, "but for names, all came in"
    assert leaks(root, practice.markers | planted, said) == {}


@pytest.mark.parametrize("form", READERS)
def test_a_spoilt_file_is_refused_without_quoting_it(practice: Practice, tmp_path: Path, form: str) -> None:
    root = canaries.copied(practice.root, tmp_path / "workspace")
    one = canaries.planted(form)
    said = ""
    for how, text in canaries.spoiled(one).items():
        path = root / "inbox" / f"{how}{one.suffix}"
        path.write_text(text)
        code, told = edigate(root, "convert", str(path), "--mapping", form)
        assert code in (0, 1, 65, 78), f"{how}: {told}"
        said += told
    assert leaks(root, one.markers, said) == {}


# Faults: any function may fail, with whatever it was given in the text of its exception

CALLS: dict[str, tuple[str, ...]] = {
    "csv": ("convert", "{root}/inbox/again.csv", "--mapping", "encounters-csv"),
    "json": ("convert", "{root}/inbox/again.json", "--mapping", "encounters-json"),
    "fhir": ("convert", "{root}/inbox/again.fhir", "--mapping", "fhir-r4-professional"),
    "837": ("convert", "{root}/inbox/again.837", "--mapping", "x12-837p"),
    "sql": ("convert", "--mapping", "ehr"),
    "send": ("send",),
    "receive": ("receive",),
    "post": ("post",),
    "reconcile": ("reconcile",),
    "status": ("status",),
    "nightly": ("nightly",),
}
SAMPLE = int(os.environ.get("EDIGATE_CANARY", "0"))  # faults of a campaign; there are some thousand functions to try
USUAL = ("json", "837", "nightly")  # the night does nearly all of the others


def boom(*args: object, **kwargs: object) -> None:
    raise RuntimeError("ZQMARKX", args, kwargs)


def failing(function: FunctionType) -> CodeType:
    """Let a function raise, wherever it was imported to; its code as it was."""
    before = function.__code__
    function.__code__ = boom.__code__
    return before


@pytest.fixture(scope="module")
def stages(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The workspace before each call: some converted, all converted, sent, received, posted."""
    folder = tmp_path_factory.mktemp("stages")
    begun = canaries.copied(practice.root, folder / "begun")
    for name, form in (
        ("csv", "encounters-csv"),
        ("json", "encounters-json"),
        ("fhir", "fhir-r4-professional"),
        ("837", "x12-837p"),
    ):
        (begun / "inbox" / f"again.{name}").write_text(canaries.planted(form).text)
    (begun / "ehr.db").unlink()
    canaries.database(begun)
    ready = canaries.copied(begun, folder / "ready")
    edigate(ready, *(part.format(root=ready) for part in CALLS["csv"]))
    received = canaries.copied(begun, folder / "received")
    edigate(received, "receive")
    posted = canaries.copied(received, folder / "posted")
    edigate(posted, "post")
    before = {
        "send": ready,
        "receive": begun,
        "post": received,
        "reconcile": posted,
        "status": posted,
        "nightly": ready,
    }
    return {name: before.get(name, begun) for name in CALLS}


def called(root: Path, call: str) -> list[FunctionType]:
    """The functions of edigate that a call uses, by name; those that end a command are left whole."""
    profile = cProfile.Profile(builtins=False)
    profile.runcall(edigate, root, *(part.format(root=root) for part in CALLS[call]))
    codes: set[object] = {entry.code for entry in profile.getstats()}
    codes = {code for code in codes if isinstance(code, CodeType) and "/edigate/" in code.co_filename}
    found = [
        one
        for one in gc.get_objects()
        if isinstance(one, FunctionType) and one.__code__ in codes and not one.__closure__
    ]
    found = [one for one in found if one.__module__ not in ("edigate.cli", "edigate.cli.endings")]
    return sorted(found, key=lambda one: (one.__module__, one.__qualname__))


def test_whatever_fails_nobody_is_named(practice: Practice, stages: dict[str, Path], tmp_path: Path) -> None:
    tries = [
        (call, function)
        for call, stage in stages.items()
        if SAMPLE or call in USUAL
        for function in called(canaries.copied(stage, tmp_path / f"look-{call}"), call)
    ]
    assert len({function.__module__ for _, function in tries}) > 120, "every room takes part"
    tries = random.Random(837).sample(tries, min(SAMPLE or 8, len(tries)))  # noqa: S311 - which faults, not a secret
    stopped, bad = 0, {}
    for number, (call, function) in enumerate(tries):
        root = canaries.copied(stages[call], tmp_path / f"fault-{number}")
        code = failing(function)
        try:
            ended, said = edigate(root, *(part.format(root=root) for part in CALLS[call]))
        finally:
            function.__code__ = code
        said += (root / "state" / "edigate.log").read_text() if (root / "state" / "edigate.log").exists() else ""
        stopped += "RuntimeError" in said
        if found := leaks(root, practice.markers, said):
            bad[f"{call}: {function.__module__}.{function.__qualname__} ended {ended}"] = found
        assert "Traceback" not in said, function
        shutil.rmtree(root)
    assert bad == {}
    assert stopped > 0.8 * len(tries), "the faults were felt"


# Secrets, and who may read what is written

SFTP = """
[sftp]
host = "{host}"
port = {port}
username = "practice"
password_env = "ACME_PASSWORD"
host_keys = ["{key}"]
"""


@pytest.mark.parametrize("password", ["ZQPASSX right", "ZQPASSX wrong"])
def test_no_password_is_told_whether_it_is_right_or_wrong(
    workspace_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    folder = tmp_path / "partner"
    for name in ("inbound", "outbound"):
        (folder / name).mkdir(parents=True)
    monkeypatch.setenv("ACME_PASSWORD", password)
    with SftpServer(folder, username="practice", password="ZQPASSX right") as server:
        where = SFTP.format(host=server.host, port=server.port, key=server.host_key_line)
        text = PARTNER.replace('[directory]\npath = "acme-server"\n', where)
        (workspace_dir / "partners" / "acme.toml").write_text(text)
        said = ""
        for command in (["doctor"], ["secrets", "check"], ["partner", "check", "acme"], ["receive"], ["nightly"]):
            code, told = edigate(workspace_dir, *command)
            said += told
        assert (code in (0, 75)) is ("right" in password), told
    assert "ZQPASS" not in said
    files = [path for path in workspace_dir.rglob("*") if path.is_file()]
    assert [path for path in files if b"ZQPASS" in path.read_bytes()] == []


def test_whatever_is_written_is_for_its_owner_alone(practice: Practice, tmp_path: Path) -> None:
    """Also where whoever runs it has no umask at all, and while the ledger is open."""
    root = canaries.copied(practice.root, tmp_path / "workspace")
    shutil.rmtree(root / "state")
    shutil.rmtree(root / "acme-server")
    for name in ("acme-server/inbound", "acme-server/outbound"):
        (root / name).mkdir(parents=True)
    before = set(root.rglob("*"))
    for command in (["nightly"], ["send", "--dry-run"]):
        subprocess.run(
            [sys.executable, "-m", "edigate", "--workspace", str(root), *command],
            capture_output=True,
            check=False,
            umask=0,
        )
    with sqlite3.connect(root / "state" / "ledger.db") as ledger:
        ledger.execute("CREATE TABLE open_now (x)")  # its journal stands beside it now
        made = set(root.rglob("*")) - before
        assert {"ledger.db", "ledger.db-wal", "ledger.db-shm", "watch.json", "edigate.log"} <= {
            one.name for one in made
        }
        open_to_others = {str(one.relative_to(root)) for one in made if one.stat().st_mode & 0o077}
    ledger.close()
    assert open_to_others == {"edigate.prom"}, "metrics alone are for another program"
