"""A folder of this machine as a partner: never outside of it, never over a file, durable."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edigate.errors import PartnerError, PartnerUnreachableError, RemoteRefusedError
from edigate.transport import directory
from edigate.transport.directory import DirectoryTransport


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "partner" / "inbound").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"secret")
    return tmp_path / "partner"


@pytest.fixture
def transport(root: Path) -> DirectoryTransport:
    return DirectoryTransport(root)


def everything(transport: DirectoryTransport, path: str) -> list[Callable[[], object]]:
    return [
        lambda: transport.write(path, b"new"),
        lambda: b"".join(transport.read(path)),
        lambda: transport.remove(path),
        lambda: transport.stat(path),
        lambda: transport.rename(path, "inbound/stolen"),
        lambda: transport.rename("inbound/ours", path),
    ]


@pytest.mark.parametrize("path", ["../secret", "inbound/../../secret", "/../secret", "inbound/..", "out/secret"])
def test_nothing_leads_outside(transport: DirectoryTransport, root: Path, path: str) -> None:
    (root / "out").symlink_to(root.parent)
    (root / "inbound" / "ours").write_bytes(b"ours")
    for attempt in everything(transport, path):
        with pytest.raises(RemoteRefusedError, match="leads outside of the partner's folder"):
            attempt()
    with pytest.raises(RemoteRefusedError, match="leads outside"):
        transport.list("out")
    assert (root.parent / "secret").read_bytes() == b"secret"
    assert sorted(path.name for path in (root / "inbound").iterdir()) == ["ours"]


def test_a_leading_slash_means_the_folder_itself(transport: DirectoryTransport, root: Path) -> None:
    transport.write("/inbound//./claims", b"content")
    assert (root / "inbound" / "claims").read_bytes() == b"content"


def test_a_link_is_not_followed(transport: DirectoryTransport, root: Path) -> None:
    (root / "inbound" / "835").symlink_to(root.parent / "secret")
    assert transport.list("inbound") == []
    with pytest.raises(RemoteRefusedError):
        b"".join(transport.read("inbound/835"))
    (root / "inbound" / "dangling").symlink_to(root.parent / "new")
    with pytest.raises(RemoteRefusedError):
        transport.write("inbound/dangling", b"content")
    assert not (root.parent / "new").exists()


def test_a_pipe_is_not_a_file_and_holds_nobody_up(transport: DirectoryTransport, root: Path) -> None:
    os.mkfifo(root / "inbound" / "pipe")
    assert transport.list("inbound") == []
    with pytest.raises(RemoteRefusedError, match="isn't a plain file"):
        b"".join(transport.read("inbound/pipe"))


def test_a_folder_is_not_renamed(transport: DirectoryTransport, root: Path) -> None:
    (root / "inbound" / "folder").mkdir()
    with pytest.raises(RemoteRefusedError, match="isn't a plain file"):
        transport.rename("inbound/folder", "inbound/other")


def test_a_folder_that_is_not_there_is_a_share_not_mounted(root: Path) -> None:
    with pytest.raises(PartnerUnreachableError, match="isn't there") as caught:
        DirectoryTransport(root / "share")
    assert "mounted" in caught.value.hint


def cannot(code: int) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return call


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
def test_a_file_system_without_exclusive_rename_links(
    transport: DirectoryTransport, root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(directory, "_rename_noreplace", cannot(code))
    transport.write("inbound/a", b"a")
    transport.write("inbound/b", b"b")
    with pytest.raises(RemoteRefusedError, match="File exists"):
        transport.rename("inbound/a", "inbound/b")
    transport.rename("inbound/a", "inbound/c")
    found = {path.name: path.read_bytes() for path in (root / "inbound").iterdir()}
    assert found == {"b": b"b", "c": b"a"}


def test_a_file_system_with_neither_says_so_and_keeps_the_name(
    transport: DirectoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_rename_noreplace", cannot(errno.EINVAL))
    monkeypatch.setattr(os, "link", cannot(errno.EPERM))
    transport.write("inbound/a", b"a")
    with pytest.raises(PartnerError, match="can't rename without replacing") as caught:
        transport.rename("inbound/a", "inbound/b")
    assert "folders.temporary = false" in caught.value.hint
    assert b"".join(transport.read("inbound/a")) == b"a"


@pytest.mark.parametrize(("code", "kind"), [(errno.EIO, PartnerUnreachableError), (errno.ENOSPC, RemoteRefusedError)])
def test_content_that_does_not_reach_the_disk_is_an_error(
    transport: DirectoryTransport,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    kind: type[PartnerError],
) -> None:
    monkeypatch.setattr(os, "fsync", cannot(code))
    with pytest.raises(kind, match="write inbound/a"):
        transport.write("inbound/a", b"a")


def test_a_share_that_cannot_sync_folders_is_no_failure(
    transport: DirectoryTransport, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def files_only(number: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{number}"):  # noqa: PTH112 - asks of an open descriptor
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(number)

    monkeypatch.setattr(os, "fsync", files_only)
    transport.write("inbound/a", b"a")
    assert (root / "inbound" / "a").read_bytes() == b"a"
