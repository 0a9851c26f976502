"""`edigate init` makes a folder that every other command accepts, private, and never twice."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import load_workspace
from edigate.errors import ConfigError

HOST_KEY = "ssh-ed25519 " + base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + b"\x07" * 32).decode()


def test_what_init_wrote_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "claims")]) == 0
    assert "is a workspace now" in capsys.readouterr().out
    workspace = load_workspace(tmp_path / "claims")
    assert workspace.config.practice.name == "Your practice"
    assert workspace.partners() == ()
    assert workspace.state.is_dir()


def test_json_names_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--json", str(tmp_path / "claims")]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["workspace"] == str(tmp_path / "claims")
    assert all(Path(path).is_file() for path in data["files"])
    assert data["files"][-1].endswith("edigate.toml")


def test_the_settings_that_are_commented_out_are_real_ones(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    settings = tmp_path / "edigate.toml"
    lines = settings.read_text().splitlines()
    shown = [line.removeprefix("# ") if " = " in line or line.startswith("# [[") else line for line in lines]
    settings.write_text("\n".join(shown))
    with pytest.raises(ConfigError, match=r"intake\[0\].partner: there is no partners/example.toml") as caught:
        load_workspace(tmp_path)
    assert "\n" not in caught.value.message, "that the example partner is missing is all that is wrong"


def test_the_sample_partner_loads_once_it_is_filled_in(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    text = (tmp_path / "partners" / "example.toml.sample").read_text()
    partner = tmp_path / "partners" / "example.toml"
    partner.write_text(text)
    with pytest.raises(ConfigError, match=r"waits to be filled in: sftp.host_keys\[0\]"):
        load_workspace(tmp_path).partner("example")
    partner.write_text(text.replace("FILL IN: ssh-ed25519 AAAA...", HOST_KEY))
    with pytest.raises(ConfigError, match=r"sftp\.key_file: no such file"):
        load_workspace(tmp_path)

    key = tmp_path / "keys" / "example"
    key.touch(mode=0o600)
    assert load_workspace(tmp_path).partner("example").receiver.id == "THEIRID"

    # Every setting that is commented out there is one that exists, with its default.
    lines = text.replace("FILL IN: ssh-ed25519 AAAA...", HOST_KEY).splitlines()
    shown = [
        line.removeprefix("# ")
        for line in lines
        if not line.startswith(("# password_", "# key_passphrase", "# group_"))
        and (not line.startswith("# ") or " = " in line)
    ]
    plain = load_workspace(tmp_path).partner("example")
    partner.write_text("\n".join(shown).replace('email = "billing@example.org"', ""))
    assert load_workspace(tmp_path).partner("example") == plain


def test_the_sample_mapping_is_one_that_comes_with_edigate(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    workspace = load_workspace(tmp_path)
    (sample,) = (tmp_path / "mappings").iterdir()
    shipped = workspace.mapping_path(sample.name.removesuffix(".toml.sample"))
    assert sample.read_bytes() == shipped.read_bytes()


def test_nobody_else_can_read_any_of_it(tmp_path: Path) -> None:
    before = os.umask(0o000)  # the most careless of users
    try:
        main(["init", str(tmp_path / "claims")])
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "claims").rglob("*")}
    assert {path for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == set()


def test_a_workspace_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", str(tmp_path)])
    (tmp_path / "edigate.toml").write_text("[practice]\nname = 'Mine'\n")
    (tmp_path / "README.md").unlink()
    capsys.readouterr()
    assert main(["init", str(tmp_path)]) == 64
    assert "is a workspace already; nothing was changed" in capsys.readouterr().err
    assert load_workspace(tmp_path).config.practice.name == "Mine"
    assert not (tmp_path / "README.md").exists()


def test_a_strangers_file_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("my own notes")
    assert main(["init", str(tmp_path)]) == 64
    assert "README.md exists already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "my own notes"


def test_an_init_that_was_interrupted_can_be_run_again(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    (tmp_path / "edigate.toml").unlink()
    assert main(["init", str(tmp_path)]) == 0
    assert load_workspace(tmp_path).config.practice.name == "Your practice"


def test_a_file_is_no_place_for_a_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["init", str(tmp_path / "file")]) == 64
    assert main(["init", str(tmp_path / "file" / "below")]) == 74
    errors = capsys.readouterr().err
    assert "is a file" in errors
    assert "Traceback" not in errors
