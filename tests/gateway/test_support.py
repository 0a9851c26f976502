"""The bundle for support: everything that helps, nobody's identity, no secret."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from edigate.cli import main

CLAIM = Path(__file__).resolve().parents[2] / "fixtures" / "x12" / "005010X222A1" / "accept" / "patient_is_child.x12"


@pytest.fixture
def at_work(workspace: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    root: Path = workspace.root  # type: ignore[attr-defined]  # a Workspace
    monkeypatch.chdir(root)
    return root


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


def test_it_holds_what_helps(at_work: Path) -> None:
    (at_work / "mappings").mkdir(exist_ok=True)
    (at_work / "mappings" / "ours.toml").write_text("# our own\n")
    assert main(["support-bundle", str(CLAIM), "-o", "bundle.zip"]) == 0
    held = parts(at_work / "bundle.zip")
    assert sorted(held) == [
        "about.json", "doctor.json", "files/deidentified-0001.x12", "mappings/ours.toml", "settings/edigate.toml.json",
        "settings/partners/acme.toml.json", "status.json", "versions.json",
    ]  # fmt: skip
    assert json.loads(held["versions.json"])["libraries"]["paramiko"]
    assert json.loads(held["status.json"])["claims"]["made"] == 0
    assert json.loads(held["settings/partners/acme.toml.json"])["envelope"]["receiver_id"] == "ACME"


def test_nobody_is_in_it(at_work: Path) -> None:
    named = at_work / "wilhelmina.837"
    text = re.sub(r"NM1\*(IL|QC)\*1\*[^*]*\*[^*~]*", r"NM1*\1*1*ARBUTHNOT*WILHELMINA", CLAIM.read_text())
    assert text.count("ARBUTHNOT") > 1
    named.write_text(text)
    assert main(["support-bundle", str(named), "-o", "bundle.zip"]) == 0
    held = "".join([*parts(at_work / "bundle.zip"), *parts(at_work / "bundle.zip").values()]).upper()
    assert "ARBUTHNOT" not in held
    assert "WILHELMINA" not in held


def test_settings_that_hold_a_secret_where_none_should_stand_are_shown_without(at_work: Path) -> None:
    partner = at_work / "partners" / "acme.toml"
    partner.write_text(
        partner.read_text()
        + '\n# it was hunter2 before\n[sftp]\nhost = "h"\npassword = "hunter3"\npassword_env = "ACME_PASSWORD"\n'
        'proxy = "http://us:hunter4@proxy"\n'
    )
    assert main(["support-bundle", "-o", "bundle.zip"]) == 1  # the ledger's counts need good settings
    held = parts(at_work / "bundle.zip")
    assert "hunter" not in "".join(held.values())
    told = json.loads(held["settings/partners/acme.toml.json"])["sftp"]
    assert told == {"host": "h", "password": "(left out)", "password_env": "ACME_PASSWORD",
                    "proxy": "http://(left out)@proxy"}  # fmt: skip
    problems = {one["name"]: one["problem"] for one in json.loads(held["about.json"])["parts"] if one["problem"]}
    assert list(problems) == ["status.json"]


def test_a_file_that_cannot_be_made_over_does_not_go_in_as_it_is(at_work: Path) -> None:
    (at_work / "people.txt").write_text("ARBUTHNOT, WILHELMINA\n")
    assert main(["support-bundle", "people.txt", "-o", "bundle.zip"]) == 65
    assert not (at_work / "bundle.zip").exists()
    assert [path.name for path in at_work.iterdir() if path.name.startswith(".edigate-")] == []


def test_a_bundle_that_is_there_stays(at_work: Path) -> None:
    (at_work / "bundle.zip").write_text("mine")
    assert main(["support-bundle", "-o", "bundle.zip"]) == 64
    assert (at_work / "bundle.zip").read_text() == "mine"
