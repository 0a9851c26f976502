"""The archive: what was put comes back the same or not at all, whatever happens between."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edigate.archive import Archive
from edigate.errors import PartnerUnreachableError, PurgedError, StorageError

INTERCHANGE = b"ISA*00*          *00*          *ZZ*TESTSENDER     *ZZ*ACME           *260102*0304*^*00501~"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def files_in(archive: Archive) -> list[Path]:
    return sorted(path for path in archive._root.rglob("*") if path.is_file())


def damage(archive: Archive, sha256: str, content: bytes) -> None:
    (path,) = archive._root.rglob(sha256)
    path.chmod(0o600)
    path.write_bytes(content)


def test_what_was_put_comes_back(archive: Archive) -> None:
    sha256 = archive.put(INTERCHANGE)

    assert sha256 == hashlib.sha256(INTERCHANGE).hexdigest()
    assert archive.exists(sha256)
    assert archive.size(sha256) == len(INTERCHANGE)
    assert archive.get(sha256) == INTERCHANGE
    with archive.open_stream(sha256) as stream:
        assert stream.read(3) == b"ISA"
        assert stream.read() == INTERCHANGE[3:]


def test_an_empty_file_is_a_file(archive: Archive) -> None:
    assert archive.get(archive.put(b"")) == b""


def test_the_same_bytes_are_kept_once(archive: Archive) -> None:
    first = archive.put(INTERCHANGE)
    before = files_in(archive)[0].stat()

    assert archive.put_pieces(iter([INTERCHANGE[:50], b"", INTERCHANGE[50:]])) == first
    assert len(files_in(archive)) == 1
    after = files_in(archive)[0].stat()
    assert after.st_ino == before.st_ino
    assert after.st_mtime_ns >= before.st_mtime_ns  # when it was last given


def test_many_files_at_once_are_as_one_by_one(archive: Archive) -> None:
    contents = [b"file %d" % (number % 50) for number in range(60)]
    assert archive.put_many(contents) == [hashlib.sha256(content).hexdigest() for content in contents]
    assert len(files_in(archive)) == 50
    assert archive.verify() == []
    assert archive.put_many([]) == []


def test_many_writers_of_the_same_bytes_agree(archive: Archive) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: archive.put(INTERCHANGE), range(40)))

    assert len(keys) == 1
    assert len(files_in(archive)) == 1
    assert archive.verify() == []


def test_only_the_owner_reads_and_nobody_writes(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        archive = Archive(tmp_path / "made" / "archive")
        archive.put(INTERCHANGE)
    finally:
        os.umask(before)

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "made").rglob("*")}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o400}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}


def test_a_missing_file_is_said_to_be_missing(archive: Archive) -> None:
    with pytest.raises(StorageError, match="missing"):
        archive.get("0" * 64)
    assert not archive.exists("0" * 64)


@pytest.mark.parametrize("key", ["", "ABC", "../../etc/passwd", "0" * 63, "A" * 64, "0" * 64 + "\n"])
def test_nothing_but_a_hash_is_a_name(archive: Archive, key: str) -> None:
    with pytest.raises(StorageError, match="64 hex digits"):
        archive.get(key)


@pytest.mark.parametrize("content", [b"", INTERCHANGE[:-1], INTERCHANGE.replace(b"ACME", b"EMCA"), INTERCHANGE * 2])
def test_damage_is_never_read_as_good(archive: Archive, content: bytes) -> None:
    sha256 = archive.put(INTERCHANGE)
    damage(archive, sha256, content)

    with pytest.raises(StorageError, match="damaged"):
        archive.get(sha256)
    with pytest.raises(StorageError, match="damaged"), archive.open_stream(sha256) as stream:
        while stream.read(10):
            pass
    with pytest.raises(StorageError, match="damaged"):
        archive.put(INTERCHANGE)


def test_verify_tells_what_is_wrong_with_what(archive: Archive) -> None:
    good, bad = archive.put(b"good"), archive.put(b"bad")
    assert archive.verify() == []

    damage(archive, bad, b"worse")
    (archive._root / "notes.txt").write_text("not ours")
    (archive._root / "incoming" / "0123").write_bytes(b"half")

    found = {finding.code: finding.file for finding in archive.verify()}
    assert found == {
        "ARCHIVE-DAMAGED": f"{bad[:2]}/{bad[2:4]}/{bad}",
        "ARCHIVE-STRANGE": "notes.txt",
        "ARCHIVE-LEFTOVER": "incoming/0123",
    }
    assert archive.get(good) == b"good"


def test_an_archive_not_made_yet_has_no_problems(archive: Archive) -> None:
    assert archive.verify() == []


def test_a_lost_connection_leaves_nothing(archive: Archive) -> None:
    def pieces() -> Iterator[bytes]:
        yield INTERCHANGE[:20]
        raise PartnerUnreachableError("the connection was lost")

    with pytest.raises(PartnerUnreachableError):
        archive.put_pieces(pieces())
    assert files_in(archive) == []


def test_a_folder_that_is_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(StorageError, match="can't"):
        Archive(tmp_path / "archive").put(INTERCHANGE)


def in_another_process(script: str, root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, str(root)], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_disk_that_takes_no_more_leaves_nothing_half_done(tmp_path: Path) -> None:
    # The system's limit on a file's size stops the write in its middle, as a full disk does.
    script = """
import resource, sys
from pathlib import Path
from edigate.archive import Archive
from edigate.errors import StorageError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
archive = Archive(Path(sys.argv[1]))
small = archive.put(b"fits")
try:
    archive.put(b"x" * 1_000_000)
except StorageError as error:
    print(error)
assert archive.get(small) == b"fits"
"""
    done = in_another_process(script, tmp_path / "archive")

    assert done.returncode == 0, done.stderr
    assert "can't write" in done.stdout
    assert len(files_in(Archive(tmp_path / "archive"))) == 1


def test_a_killed_writer_leaves_a_leftover_and_no_file(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from edigate.archive import Archive
def pieces():
    yield b"the first half"
    os.kill(os.getpid(), signal.SIGKILL)
Archive(Path(sys.argv[1])).put_pieces(pieces())
"""
    done = in_another_process(script, tmp_path / "archive")

    assert done.returncode == -signal.SIGKILL
    archive = Archive(tmp_path / "archive")
    assert not archive.exists(hashlib.sha256(b"the first half").hexdigest())
    assert [finding.code for finding in archive.verify()] == ["ARCHIVE-LEFTOVER"]


class TestTakenOut:
    def test_it_is_gone_and_what_is_gone_is_explained(self, tmp_path: Path) -> None:
        told = {"": ""}
        archive = Archive(tmp_path / "archive", gone=lambda sha256: told.get(sha256, ""))
        kept = archive.put(INTERCHANGE)
        archive.remove(kept)
        archive.remove(kept)  # again: no error
        assert list(archive) == []
        with pytest.raises(StorageError, match="is missing"):
            archive.get(kept)
        told[kept] = "purged on 2033-07-01 (remittances 7 years)"
        with pytest.raises(PurgedError, match="was purged on 2033-07-01"):
            archive.get(kept)
        assert archive.put(INTERCHANGE) == kept
        assert archive.get(kept) == INTERCHANGE
