"""Raw files written out again: the very bytes, by every name they go by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace
from edigate.errors import NoInputError, StorageError, UsageError
from edigate.gateway.archived_files import content_of, export
from edigate.gateway.send import send
from edigate.partners.model import Partner
from tests.gateway.practice import Clock, TestGateway, files_out, on_server, ready


@pytest.fixture
def sent(gateway: TestGateway, partner: Partner) -> TestGateway:
    ready(gateway)
    send(gateway, partner)
    return gateway


def test_a_file_is_found_by_id_name_and_hash(sent: TestGateway) -> None:
    (content,) = on_server(sent.workspace).values()
    (file,) = files_out(sent)
    for key in ("out-1", file.filename, file.sha256):
        assert b"".join(content_of(sent, key)) == content
    with pytest.raises(NoInputError, match="no file has the name or id in-1"):
        list(content_of(sent, "in-1"))


def test_a_damaged_one_is_an_error(sent: TestGateway) -> None:
    (file,) = files_out(sent)
    path = sent.workspace.archive_path / file.sha256[:2] / file.sha256[2:4] / file.sha256
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"165", b"166", 1))
    with pytest.raises(StorageError):
        list(content_of(sent, "out-1"))


def test_an_export_says_what_each_file_is_and_names_nobody(sent: TestGateway, clock: Clock, tmp_path: Path) -> None:
    (written,) = export(sent, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["files.jsonl", "out-1.x12"]
    (line,) = (tmp_path / "out" / "files.jsonl").read_text().splitlines()
    assert json.loads(line)["file"] == written.file == "out-1.x12"
    assert json.loads(line)["kind"] == "837P"
    assert export(sent, tmp_path / "none", kind="835") == []
    assert export(sent, tmp_path / "later", since=clock.now.replace(year=2999)) == []
    with pytest.raises(UsageError, match="isn't empty"):
        export(sent, tmp_path / "out")


def test_by_hand(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(workspace.root)
    assert main(["archive", "get", "in-9"]) == 66
    assert main(["archive", "verify"]) == 0
    assert main(["archive", "export", "out/all"]) == 0
    assert b"0 files" in capfdbinary.readouterr().out
