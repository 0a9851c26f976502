"""Sealing to age's public keys (`recipients`) and opening with its private ones (`identities`), as `age` itself does.

Knows keys and streams; which files are sealed is said elsewhere. pyrage does the work and is loaded only where there
is a key (`pip install 'edigate[sealing]'`). No text of a private key is in any message.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

from edigate.errors import ConfigError, SealedError, StorageError
from edigate.secret_places import private_bytes

NEEDS = "pip install 'edigate[sealing]'"
_SSH = ("ssh-ed25519 ", "ssh-rsa ")
_SECRET = "AGE-SECRET-KEY-1"  # noqa: S105  # what every private key of age begins with
_ENCRYPTED = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
_MOST = 1_000_000  # bytes of a file of public keys
_IN_MEMORY = 32 << 20  # bytes
_T = TypeVar("_T")


class Recipients:
    """Public keys, each of which alone can open what is sealed. Raises ConfigError for one that is none."""

    def __init__(self, keys: Iterable[str]) -> None:
        keys = list(keys)
        self._keys = [_recipient(key) for key in keys]
        wrong = next((told for key in keys if (told := recipient_problem(key))), "")
        if wrong or not keys:
            raise ConfigError(wrong or "no recipient is named")

    def seal(self, plain: BinaryIO, write: Callable[[bytes], object]) -> None:
        """All of a stream, sealed. What reading or writing raises comes through; StorageError where age fails."""
        age = _pyrage()
        through = _Through(plain.read, write)
        through.run(age.EncryptError, lambda: age.encrypt_io(through, through, self._keys), "a file can't be sealed")


class Identities:
    """Private keys; whichever fits opens."""

    def __init__(self, keys: Sequence[Any]) -> None:
        self._keys = keys

    def open(self, sealed: BinaryIO, write: Callable[[bytes], object]) -> None:
        """All of a sealed stream, opened. Raises SealedError where no key fits, or the stream isn't whole."""
        age = _pyrage()
        through = _Through(sealed.read, write)
        told = "none of the identities opens it"
        through.run(age.DecryptError, lambda: age.decrypt_io(through, through, self._keys), told, SealedError)

    def opened(self, sealed: BinaryIO, folder: Path) -> IO[bytes]:
        """The same to be read from its beginning: in memory, or in a nameless file of `folder` where it is large."""
        content = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))  # noqa: SIM115  # the caller's to close
        try:
            self.open(sealed, content.write)
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return content


def recipient_problem(key: str) -> str:
    """What is wrong with a text as a recipient, and what to write instead; empty where it is one."""
    key = key.strip()
    if _SECRET in key.upper():
        return "this is a private key: it doesn't belong here. `age-keygen -y KEYFILE` prints the public one (age1...)"
    if "PRIVATE KEY" in key:
        return "this is a private key: it doesn't belong here. Its public one is in the file beside it, KEY.pub"
    if _recipient(key) is not None:
        return ""
    if key.startswith("age1") and key.count("1") > 1 and len(key) != 62:
        return 'expected "age1" and 58 more letters, as `age-keygen` prints them; keys of plugins can\'t be used'
    if key.startswith("age1"):
        return "a letter of it is wrong or missing: copy the whole line that `age-keygen -y KEYFILE` prints"
    if key.startswith(("ssh-", "ecdsa-", "sk-")):
        return "of SSH keys only whole lines of ssh-ed25519 or ssh-rsa can be used, as they stand in KEY.pub"
    if len(key.replace(" ", "")) == 40 and not set(key.replace(" ", "")) - set("0123456789abcdefABCDEF"):
        return "this is the fingerprint of a PGP key; expected a public key of age (age1...) or SSH (ssh-ed25519 ...)"
    return 'expected a public key: "age1..." as `age-keygen` prints it, or "ssh-ed25519 AAAA..."'


def read_recipients(path: Path, key: str) -> list[str]:
    """The public keys of a file, one a line, as `age -R` reads it. Raises ConfigError; `key` names the setting."""
    try:
        with path.open("rb") as opened:
            status, content = os.fstat(opened.fileno()), opened.read(_MOST)
    except OSError as error:
        raise ConfigError(f"{key} names {path}, which can't be read: {(error.strerror or '').lower()}") from None
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        told = f"{key} names {path}, and others may write it: they could add a key of theirs"
        raise ConfigError(told, hint=f"Run: chmod go-w {path}")
    lines = content.decode("utf-8", "replace").splitlines()
    found = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip() and line[:1] != "#"]
    for number, line in found:
        if told := recipient_problem(line):
            raise ConfigError(f"{key}: {path.name} line {number}: {told}")
    if not found:
        raise ConfigError(f"{key} names {path}, which holds no key")
    return [line for _, line in found]


def read_identities(name: str, folder: Path, key: str) -> Identities:
    """The private keys of a file (`-`: of standard input), age's or an SSH key. Raises ConfigError.

    The file must be closed to everybody else; a relative one counts from `folder`.
    """
    path = folder / Path(name).expanduser()
    content = sys.stdin.buffer.read(_MOST) if name == "-" else private_bytes(path, key)
    if content.startswith(_ENCRYPTED):
        hint = f"age -d {name} | edigate ... --identity -"
        raise ConfigError(f"{key}: this identity is locked by a passphrase of its own", hint=hint)
    age = _pyrage()
    try:
        if b"PRIVATE KEY-----" in content:
            return Identities([age.ssh.Identity.from_buffer(content)])
        lines = (line.strip() for line in content.decode("utf-8", "replace").splitlines())
        keys = [age.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except age.IdentityError:
        keys = []
    if not keys:
        hint = "Expected what `age-keygen -o FILE` writes, or an SSH private key (ed25519, RSA) without passphrase."
        raise ConfigError(f"{key}: there is no private key in it", hint=hint)
    return Identities(keys)


def holds_identity(path: Path) -> bool:
    """Whether a small file holds a private key of age. Raises OSError."""
    with path.open("rb") as opened:
        return _SECRET.encode() in opened.read(1 << 16).upper()


def _recipient(key: str) -> Any | None:
    age = _pyrage()
    key = key.strip()
    try:
        return age.ssh.Recipient.from_str(key) if key.startswith(_SSH) else age.x25519.Recipient.from_str(key)
    except age.RecipientError:
        return None


def _pyrage() -> Any:
    try:
        import pyrage  # noqa: PLC0415  # optional
    except ModuleNotFoundError:
        raise ConfigError("sealing needs the pyrage package", hint=NEEDS) from None
    return pyrage


class _Through:
    """A stream for pyrage's eyes, which turns what its streams raise into errors of its own: the first is kept."""

    def __init__(self, read: Callable[[int], bytes], write: Callable[[bytes], object]) -> None:
        self._read, self._write = read, write
        self._raised: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        return self._kept(lambda: self._read(size))

    def write(self, piece: bytes) -> int:
        self._kept(lambda: self._write(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def run(
        self, failure: type[Exception], work: Callable[[], object], told: str, as_: type[StorageError] = StorageError
    ) -> None:
        try:
            work()
        except failure:
            raise self._raised or as_(told) from None
        if self._raised is not None:
            raise self._raised

    def _kept(self, do: Callable[[], _T]) -> _T:
        try:
            return do()
        except BaseException as error:
            self._raised = self._raised or error
            raise
