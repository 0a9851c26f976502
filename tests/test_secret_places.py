"""A secret is found where the settings say it is kept, is refused where others could read it, and is never shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edigate.cli import main
from edigate.errors import ConfigError
from edigate.secret_places import Place, find
from tests.conftest import PARTNER

PASSWORD = "correct horse"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5"
SFTP = f"""
[sftp]
host = "sftp.example.org"
username = "practice"
host_keys = ["{HOST_KEY}"]
"""


def kept(folder: Path, mode: int = 0o600, text: str = f"{PASSWORD}\n", name: str = "password") -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def refused(place: Place, folder: Path, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        find(place, folder=folder, environ=environ)
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def revealed(place: Place, folder: Path, **environ: str) -> str:
    found = find(place, folder=folder, environ=environ)
    assert found is not None
    return found.reveal()


def test_each_place_gives_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path)
    assert revealed(Place("p", env="PW"), tmp_path, PW=PASSWORD) == PASSWORD
    assert revealed(Place("p", file="password"), tmp_path) == PASSWORD
    keyring = SimpleNamespace(get_password=lambda service, user: {("acme", "practice"): PASSWORD}.get((service, user)))
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert revealed(Place("p", keyring="acme/practice"), tmp_path) == PASSWORD
    assert find(Place("p"), folder=tmp_path, environ={}) is None


def test_a_systemd_credential_stands_in_for_the_variable_of_its_name(tmp_path: Path) -> None:
    # systemd shows an access list's mask as the group's rights: 0440.
    kept(tmp_path, 0o440, name="ACME_PASSWORD").chmod(0o440)
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert revealed(Place("p", env="ACME_PASSWORD"), Path("/nowhere"), **given) == PASSWORD
    assert revealed(Place("p", env="ACME_PASSWORD"), tmp_path, ACME_PASSWORD="other", **given) == "other"
    assert revealed(Place("p", file="$CREDENTIALS_DIRECTORY/ACME_PASSWORD"), Path("/nowhere"), **given) == PASSWORD
    outside = "$CREDENTIALS_DIRECTORY/../../etc/passwd"
    assert "can't be read" in refused(Place("p", file=outside), Path("/nowhere"), **given)
    assert "this run has none" in refused(Place("p", file="$CREDENTIALS_DIRECTORY/ACME_PASSWORD"), tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666, 0o601])
def test_a_file_that_others_can_open_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = kept(tmp_path, mode)
    said = refused(Place("partners/acme.toml: sftp.password", file="password"), tmp_path)
    assert f"others can read it (mode {mode:04o})" in said
    assert f"chmod 600 {path}" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(kept(tmp_path), 12_345, -1)
    said = refused(Place("p", file="password"), tmp_path)
    assert "belongs to another user" in said
    assert "chown" in said


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (Place("p", env="NOT_SET"), "p_env names NOT_SET, which isn't set"),
        (Place("p", file="nowhere"), "can't be read: No such file"),
        (Place("p", file="folder"), "isn't a file"),
        (Place("p", file="empty"), "empty file"),
        (Place("p", file="binary"), "isn't text"),
        (Place("p", keyring="acme"), "expected SERVICE/USER"),
        (Place("p", env="A", file="b"), "p_env and p_file are both set"),
    ],
)
def test_a_secret_that_is_not_there_says_what_is_missing(tmp_path: Path, place: Place, says: str) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    kept(tmp_path, text="\n", name="empty")
    kept(tmp_path, name="binary").write_bytes(b"\xff\xfe")
    assert says in refused(place, tmp_path).replace("Is a directory", "isn't a file")


def test_who_writes_the_password_where_its_variable_belongs_does_not_read_it_again(tmp_path: Path) -> None:
    assert "correct_horse" not in refused(Place("p", env="correct_horse"), tmp_path)


def test_a_keyring_that_fails_is_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(service: str, user: str) -> str:
        raise RuntimeError(PASSWORD)

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=broken))
    assert "can't be asked (RuntimeError)" in refused(Place("p", keyring="a/b"), tmp_path)
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "pip install 'edigate[keyring]'" in refused(Place("p", keyring="a/b"), tmp_path)


# edigate secrets check

Check = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def check(workspace_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Run `edigate secrets check` over acme with these settings of [sftp]: code, rows, all that was said."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)

    def run(*lines: str, **environ: str) -> tuple[int, list[dict[str, Any]], str]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        text = PARTNER.replace('[directory]\npath = "acme-server"\n', SFTP + "\n".join(lines) + "\n")
        (workspace_dir / "partners" / "acme.toml").write_text(text)
        code = main(["secrets", "check", "--json", "--workspace", str(workspace_dir)])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else [], out + err

    return run


def test_secrets_that_are_safe_are_told_by_place_alone(check: Check, workspace_dir: Path) -> None:
    key = kept(workspace_dir, text="not looked into", name="key")
    code, rows, said = check(
        'key_file = "key"', 'password_env = "PW"', 'key_passphrase_env = "PP"', PW=PASSWORD, PP="x"
    )
    assert code == 0
    assert [(row["setting"], row["where"], row["outcome"]) for row in rows] == [
        ("sftp.key_file", "key", "ok"),
        ("sftp.key_passphrase_env", "environment variable PP", "ok"),
        ("sftp.password_env", "environment variable PW", "ok"),
    ]
    assert rows[0]["told"] == "mode 0600"
    assert PASSWORD not in said
    key.chmod(0o644)
    code, rows, _ = check('key_file = "key"')
    assert (code, rows[0]["outcome"], rows[0]["do"]) == (78, "failed", f"Run: chmod 600 {key}")


def test_what_is_missing_fails_the_check(check: Check) -> None:
    code, rows, said = check('password_env = "NOT_SET"')
    assert (code, rows[0]["outcome"]) == (78, "failed")
    assert "isn't set" in said
    assert check("agent = true")[1][0]["told"] == "SSH_AUTH_SOCK names no agent"
    assert check('password_file = "nowhere"')[1][0]["told"] == "no such file or directory"


def test_a_partners_file_that_others_may_write_is_told(check: Check, workspace_dir: Path) -> None:
    check('password_env = "PW"', PW=PASSWORD)
    (workspace_dir / "partners" / "acme.toml").chmod(0o666)
    assert main(["secrets", "check", "--workspace", str(workspace_dir)]) == 78


@pytest.mark.parametrize("key", ["password", "key_passphrase"])
def test_a_literal_secret_in_the_settings_is_refused_and_not_repeated(check: Check, key: str) -> None:
    code, _, said = check(f'{key} = "{PASSWORD}"')
    assert code == 78
    assert f"sftp.{key}: there is no such setting" in said
    assert "What is secret never stands in a settings file" in said
    assert PASSWORD not in said


def test_a_literal_key_in_the_settings_is_refused_and_not_repeated(
    check: Check, workspace_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows, said = check('key_file = """-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza"""')
    assert (code, rows[0]["told"]) == (78, "the settings hold the key itself")
    assert main(["status", "--workspace", str(workspace_dir)]) == 78
    told = capsys.readouterr().err
    assert "sftp.key_file: expected a file's name" in told
    assert "b3BlbnNza" not in said + told
