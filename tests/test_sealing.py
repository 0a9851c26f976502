"""Sealed files of the archive: who has a key reads them, nobody else; no change of them goes unseen."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edigate.archive import Archive
from edigate.archive.health import wrong_with
from edigate.archive.sealing import Identities, Recipients, read_identities, read_recipients, recipient_problem
from edigate.errors import ConfigError, SealedError, StorageError

pyrage = pytest.importorskip("pyrage", reason="pyrage isn't installed (pip install 'edigate[sealing]')")

CONTENT = b"ISA*00*          *00*          *ZZ*TESTSENDER     *ZZ*ACME           *260102*0304*^*00501~"
LARGE = bytes(range(256)) * 1000  # more than one of age's chunks
SHA256 = hashlib.sha256(CONTENT).hexdigest()

KEY = pyrage.x25519.Identity.generate()
BREAK_GLASS = pyrage.x25519.Identity.generate()
STRANGER = pyrage.x25519.Identity.generate()
RECIPIENTS = Recipients([str(KEY.to_public()), str(BREAK_GLASS.to_public())])


def archive(root: Path, *keys: object) -> Archive:
    """An archive for who has these private keys."""
    return Archive(root / "archive", identities=lambda: Identities(keys) if keys else None)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A folder whose archive holds CONTENT, sealed."""
    kept = archive(tmp_path)
    kept.put(CONTENT)
    assert kept.seal(SHA256, RECIPIENTS)
    return tmp_path


def files(root: Path) -> list[Path]:
    return sorted(path for path in (root / "archive").rglob("*") if path.is_file())


def only_file(root: Path) -> Path:
    (path,) = files(root)
    return path


def change(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


class TestWhoMayRead:
    def test_nobody_without_a_key(self, sealed: Path) -> None:
        kept = archive(sealed)
        assert CONTENT[:20] not in only_file(sealed).read_bytes()
        assert (kept.exists(SHA256), kept.is_sealed(SHA256), list(kept), list(kept.plain())) == (
            True, True, [SHA256], []
        )  # fmt: skip
        with pytest.raises(SealedError, match=f"archived file {SHA256} is sealed") as told:
            kept.get(SHA256)
        assert "EDIGATE_IDENTITY" in told.value.hint

    @pytest.mark.parametrize("key", [KEY, BREAK_GLASS], ids=["first", "break-glass"])
    def test_whoever_has_one_of_the_keys(self, sealed: Path, key: object) -> None:
        kept = archive(sealed, STRANGER, key)
        assert kept.get(SHA256) == CONTENT
        with kept.open_stream(SHA256) as stream:
            assert stream.read(3) == b"ISA"

    def test_not_who_has_another(self, sealed: Path) -> None:
        with pytest.raises(SealedError, match="none of the identities opens it"):
            archive(sealed, STRANGER).get(SHA256)

    def test_a_large_one_in_pieces(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("edigate.archive.sealing._IN_MEMORY", 1000)
        kept = archive(tmp_path, KEY)
        sha256 = kept.put(LARGE)
        kept.seal(sha256, RECIPIENTS)
        assert b"".join(kept.pieces(sha256)) == LARGE
        assert len(files(tmp_path)) == 1  # nothing readable stays behind


class TestSealing:
    def test_nothing_but_the_sealed_one_is_left(self, sealed: Path) -> None:
        path = only_file(sealed)
        assert path.name == f"{SHA256}.{hashlib.sha256(path.read_bytes()).hexdigest()}.age"
        assert path.stat().st_mode & 0o777 == 0o400
        assert archive(sealed).seal(SHA256, RECIPIENTS)
        assert only_file(sealed) == path

    def test_given_again_it_can_be_read_until_it_is_sealed_again(self, sealed: Path) -> None:
        kept, path = archive(sealed), only_file(sealed)
        assert kept.put(CONTENT) == SHA256
        assert kept.get(SHA256) == CONTENT
        assert list(kept) == [SHA256]
        assert not kept.seal(SHA256, RECIPIENTS, untouched=60)  # somebody may be about to read it
        os.utime(kept._path(SHA256), (time.time() - 61,) * 2)
        assert kept.seal(SHA256, RECIPIENTS, untouched=60)
        assert only_file(sealed) == path

    def test_a_damaged_file_is_not_sealed(self, tmp_path: Path) -> None:
        kept = archive(tmp_path)
        kept.put(CONTENT)
        change(only_file(tmp_path), CONTENT[:-1])
        with pytest.raises(StorageError, match="damaged"):
            kept.seal(SHA256, RECIPIENTS)
        assert only_file(tmp_path).read_bytes() == CONTENT[:-1]

    def test_a_damaged_sealed_file_is_no_reason_to_let_the_plain_one_go(self, sealed: Path) -> None:
        kept, path = archive(sealed, KEY), only_file(sealed)
        kept.put(CONTENT)
        change(path, path.read_bytes()[:-1])
        assert kept.seal(SHA256, RECIPIENTS)
        assert only_file(sealed) != path
        assert kept.get(SHA256) == CONTENT

    @pytest.mark.parametrize("call", range(1, 9))
    def test_killed_at_any_call_one_of_the_two_is_whole_and_the_next_run_ends_it(
        self, tmp_path: Path, call: int
    ) -> None:
        kept = archive(tmp_path, KEY)
        kept.put(CONTENT)
        ended = killed_at(call, lambda: kept.seal(SHA256, RECIPIENTS))
        assert ended in ((signal.SIGKILL, 0) if call > 5 else (signal.SIGKILL,))
        assert kept.get(SHA256) == CONTENT
        assert [one.code for one in kept.verify()] in ([], ["ARCHIVE-LEFTOVER"])
        assert kept.seal(SHA256, RECIPIENTS)
        assert [path for path in files(tmp_path) if path.parent.name != "incoming"] == [kept._sealed(SHA256)]
        assert kept.get(SHA256) == CONTENT


def killed_at(call: int, work: Callable[[], object]) -> int:
    """Do something in a process that dies before its nth call that changes the disk; the signal it ended by, or 0."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) * -1
    left = [call]

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def instead(*given: object, **named: object) -> object:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*given, **named)

        return instead

    for name in ("write", "fsync", "rename", "unlink"):
        setattr(os, name, counted(getattr(os, name)))
    try:
        work()
    finally:
        os._exit(0)


def test_sealed_anew_it_opens_to_the_new_key_alone(sealed: Path) -> None:
    new = pyrage.x25519.Identity.generate()
    anew = Recipients([str(new.to_public())])
    with pytest.raises(SealedError):
        archive(sealed).seal_again(SHA256, anew)
    assert archive(sealed, KEY).get(SHA256) == CONTENT
    for call in range(1, 7):
        killed_at(call, lambda: archive(sealed, KEY, new).seal_again(SHA256, anew))
        assert archive(sealed, KEY, new).get(SHA256) == CONTENT
    archive(sealed, KEY, new).seal_again(SHA256, anew)
    assert [path.parent.name for path in files(sealed)].count(SHA256[2:4]) == 1
    assert archive(sealed, new).get(SHA256) == CONTENT
    with pytest.raises(SealedError):
        archive(sealed, KEY, BREAK_GLASS).get(SHA256)


class TestVerifying:
    @pytest.mark.parametrize("keys", [(), (KEY,)], ids=["without a key", "with one"])
    def test_any_change_of_a_sealed_file_is_found(self, sealed: Path, keys: tuple[object, ...]) -> None:
        kept, path = archive(sealed, *keys), only_file(sealed)
        whole = path.read_bytes()
        assert kept.verify() == []
        kept.check(SHA256)
        for at in (0, len(whole) // 2, len(whole) - 1):
            change(path, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert [one.code for one in kept.verify()] == ["ARCHIVE-DAMAGED"]
            with pytest.raises(StorageError, match="damaged"):
                kept.check(SHA256)

    def test_one_put_in_its_place_is_found_with_a_key(self, sealed: Path) -> None:
        """Anybody can seal to a public key: only what is inside tells."""
        path, forged = only_file(sealed), pyrage.encrypt(b"another content", [KEY.to_public()])
        change(path, forged)
        path.rename(path.with_name(f"{SHA256}.{hashlib.sha256(forged).hexdigest()}.age"))
        assert archive(sealed).verify() == []
        assert [one.code for one in archive(sealed, KEY).verify()] == ["ARCHIVE-DAMAGED"]
        with pytest.raises(StorageError, match="damaged"):
            archive(sealed, KEY).get(SHA256)

    def test_one_that_the_keys_do_not_open_is_told(self, sealed: Path) -> None:
        assert [one.code for one in archive(sealed, STRANGER).verify()] == ["ARCHIVE-LOCKED"]

    def test_a_name_that_is_none_of_ours_is_strange(self, sealed: Path) -> None:
        path = only_file(sealed)
        path.rename(path.with_name(path.name.replace(SHA256, SHA256[::-1])))
        assert [one.code for one in archive(sealed).verify()] == ["ARCHIVE-STRANGE"]


def test_a_copy_is_sealed_as_the_original_is(sealed: Path, tmp_path: Path) -> None:
    copy = Archive(tmp_path / "copy")
    copy.put(CONTENT)  # of an earlier backup, when it was plain
    assert copy.copy(archive(sealed), SHA256)
    assert copy.is_sealed(SHA256)
    assert not copy.copy(archive(sealed), SHA256)
    archive(sealed, KEY).seal_again(SHA256, Recipients([str(STRANGER.to_public())]))
    assert copy.copy(archive(sealed), SHA256)  # and no more for whom it was sealed before
    assert [path.name for path in (tmp_path / "copy").rglob("*.age")] == [only_file(sealed).name]
    change(only_file(sealed), b"junk")
    with pytest.raises(StorageError, match="damaged"):
        Archive(tmp_path / "other").copy(archive(sealed), SHA256)


def test_a_copy_is_made_of_what_another_run_seals_at_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, copy, pieces = archive(tmp_path), Archive(tmp_path / "copy"), Archive.pieces
    kept.put(CONTENT)

    def just_sealed(source: Archive, sha256: str) -> Iterator[bytes]:
        source.seal(sha256, RECIPIENTS)
        return pieces(source, sha256)

    monkeypatch.setattr(Archive, "pieces", just_sealed)
    assert copy.copy(kept, SHA256)
    assert copy.is_sealed(SHA256)
    assert [path.parent.name for path in files(tmp_path)] == [SHA256[2:4]]


def test_what_is_sealed_while_all_is_verified_is_not_strange(sealed: Path) -> None:
    path = only_file(sealed)
    gone = path.with_name(SHA256)
    assert list(wrong_with(sealed / "archive", gone, lambda: None)) == []
    assert list(wrong_with(sealed / "archive", path, lambda: None)) == []


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "told"),
        [
            (str(KEY), "private key"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
            (str(KEY.to_public())[:-1], "wrong or missing"),
            ("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "plugins"),
            ("ecdsa-sha2-nistp256 AAAAE2VjZHNh", "ssh-ed25519 or ssh-rsa"),
            ("D8B5 0A2C 91F1 4E21 7A54  0C3B B1F2 3C44 5D55 6E66", "PGP"),
            ("me@example.org", "expected a public key"),
        ],
        # the keys are made up anew in every process, and would be other names of tests in each
        ids=["private", "private ssh", "cut off", "plugin", "ecdsa", "pgp", "mail"],
    )
    def test_what_is_no_recipient_is_told_with_what_to_write(self, key: str, told: str) -> None:
        assert told in recipient_problem(key)
        assert str(KEY) not in recipient_problem(key)

    def test_an_ssh_key_does_as_well(self, tmp_path: Path, require_real: Callable[[object, str], None]) -> None:
        require_real(shutil.which("ssh-keygen"), "no ssh-keygen on this machine")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
        public = (tmp_path / "key.pub").read_text()
        kept = Archive(tmp_path / "archive", identities=lambda: read_identities("key", tmp_path, "--identity"))
        kept.put(CONTENT)
        kept.seal(SHA256, Recipients([public]))
        assert recipient_problem(public) == ""
        assert kept.get(SHA256) == CONTENT

    def test_a_file_of_public_keys(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.txt"
        path.write_text(f"# the security officer's\n\n{KEY.to_public()}\n")
        path.chmod(0o644)
        assert read_recipients(path, "archive.recipients_file") == [str(KEY.to_public())]
        path.chmod(0o666)
        with pytest.raises(ConfigError, match="others may write it"):
            read_recipients(path, "archive.recipients_file")

    def test_a_file_of_private_keys_must_be_closed(self, tmp_path: Path) -> None:
        path = tmp_path / "key.txt"
        path.write_text(f"# created: 2026\n{KEY}\n")
        path.chmod(0o640)
        with pytest.raises(ConfigError, match="others can read it"):
            read_identities("key.txt", tmp_path, "--identity")
        path.chmod(0o600)
        assert isinstance(read_identities("key.txt", tmp_path, "--identity"), Identities)
        path.write_text("-----BEGIN AGE ENCRYPTED FILE-----\n")
        with pytest.raises(ConfigError, match="passphrase") as told:
            read_identities("key.txt", tmp_path, "--identity")
        assert "age -d" in told.value.hint
        path.write_text("AGE-SECRET-KEY-1NOTONE\n")
        with pytest.raises(ConfigError, match="no private key") as told:
            read_identities("key.txt", tmp_path, "--identity")
        assert "NOTONE" not in str(told.value)


@pytest.mark.real
def test_age_itself_opens_what_was_sealed_and_seals_what_is_opened(tmp_path: Path) -> None:
    """The one test that needs the program `age`; a machine without it has pyrage, which all the others use."""
    if shutil.which("age") is None or shutil.which("age-keygen") is None:
        pytest.skip("no age on this machine (Debian: apt-get install age)")
    key = tmp_path / "key.txt"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True).stdout.strip()
    kept = Archive(tmp_path / "archive", identities=lambda: read_identities(str(key), tmp_path, "--identity"))
    sha256 = kept.put(LARGE)
    kept.seal(sha256, Recipients([public, str(BREAK_GLASS.to_public())]))
    opened = subprocess.run(["age", "-d", "-i", key, only_file(tmp_path)], check=True, capture_output=True)
    assert opened.stdout == LARGE
    theirs = subprocess.run(["age", "-r", public], input=CONTENT, check=True, capture_output=True).stdout
    folder = tmp_path / "archive" / SHA256[:2] / SHA256[2:4]
    folder.mkdir(parents=True)
    (folder / f"{SHA256}.{hashlib.sha256(theirs).hexdigest()}.age").write_bytes(theirs)
    assert kept.get(SHA256) == CONTENT
    assert kept.verify() == []
