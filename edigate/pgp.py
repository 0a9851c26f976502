"""OpenPGP by GnuPG: files encrypted for a partner and signed, theirs opened and their signatures judged.

Knows keys by fingerprint, in a home of their own, and bytes; no ledger and no partner's ways. What GnuPG says is read
from its status lines (doc/DETAILS of GnuPG), never from its texts, which name people. Passphrases go by a pipe; GnuPG's
agent, which would remember them, is ended with the session. Needs the program gpg and python-gnupg (`pip install
'edigate[pgp]'`).
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Self

from edigate.errors import ConfigError, DataError
from edigate.secrecy import Secret

MOST_BYTES = 2 << 30  # of one file, opened: a few packed bytes must not keep a night busy
_IN_MEMORY = 32 << 20  # bytes of an opened file; beyond it a file without a name takes them
# Loopback: a passphrase comes by our pipe or not at all; nobody is asked at a terminal. Nothing is looked up outside.
_OPTIONS = ["--pinentry-mode", "loopback", "--no-tty", "--disable-dirmngr", "--no-auto-key-retrieve"]
_OPTIONS += ["--display-charset", "utf-8"]
# INV_RECP and INV_SGNR: why a key can't be used.
_UNUSABLE = {"1": "isn't there", "3": "is for another use", "4": "is revoked", "5": "has expired", "9": "isn't secret",
             "10": "isn't trusted", "13": "is disabled"}  # fmt: skip
_UNSEEN = ("ERRSIG", "NO_PUBKEY")  # a signature by a key that isn't here
_LONG = 80  # letters of a home's path: a socket's has room for some hundred
_BAD_PASSPHRASE = 11  # libgpg-error's number
# Signatures that are worth nothing, or less.
_BAD = {
    "BADSIG": "is bad: the file isn't what was signed",
    "EXPSIG": "has expired",
    "EXPKEYSIG": "is by an expired key",
    "REVKEYSIG": "is by a revoked key",
}


class Pgp:
    """The keys of one home. A context manager; afterwards no agent remembers a passphrase."""

    def __init__(self, home: Path, passphrase: Secret | None, key: str) -> None:
        """`key` is how messages call the settings. Raises ConfigError: no gpg, no such home, one open to others."""
        self._home, self._passphrase, self._key = home, passphrase, key
        self._gpg = _gnupg(home, key)
        self._asked_agent = False

    def encrypt(self, content: bytes, to: str, sign_with: str = "", *, armor: bool = False) -> bytes:
        """The bytes for the key with the fingerprint `to`, signed where `sign_with` is one; other bytes each time.

        Raises ConfigError where a key can't be used, or the passphrase isn't right.
        """
        if sign_with:
            self._start_agent()
        # Not `sign=FINGERPRINT`, which is gpg's --default-key: where it can't be used another key signs, unasked.
        result = self._said(
            self._gpg.encrypt,
            content,
            recipients=to,
            sign=bool(sign_with),
            armor=armor,
            passphrase=self._revealed(sign_with),
            extra_args=["--local-user", sign_with] if sign_with else None,
        )
        told: Mapping[str, list[str]] = result.told
        if "END_ENCRYPTION" in told and result.returncode == 0 and (not sign_with or "SIG_CREATED" in told):
            return bytes(result.data)
        self._refuse_passphrase(told)
        for word, setting, fingerprint in (("INV_RECP", "encrypt_to", to), ("INV_SGNR", "sign_with", sign_with)):
            for value in told.get(word, ()):
                why = _UNUSABLE.get(value.split(" ", 1)[0], "can't be used")
                raise ConfigError(f"{self._key}.{setting}: the key {fingerprint} {why}", hint=self._look())
        raise ConfigError(f"{self._key}: gpg can't encrypt (it ended with {result.returncode})", hint=self._look())

    def decrypt(self, sealed: BinaryIO, signed_by: Collection[str] = ()) -> IO[bytes]:
        """What is in a message, to be read from its beginning and closed by the caller.

        Where `signed_by` names fingerprints, one of these must have signed it. Raises DataError with the reason for a
        message that can't be opened or whose signature isn't good, ConfigError for a passphrase that isn't right.
        """
        self._start_agent()
        content = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._home))  # noqa: SIM115  # the caller's to close

        def keep(piece: bytes) -> bool:
            # Not --max-output: past it gpg ends as it does where it can't look at a signature, with nothing written.
            if content.tell() + len(piece) > MOST_BYTES:
                raise DataError(f"it unpacks to more than {MOST_BYTES >> 20} MB", hint="Decrypt it by hand.")
            content.write(piece)
            return False  # and not in memory as well

        self._gpg.on_data = keep
        try:
            result = self._said(self._gpg.decrypt_file, sealed, passphrase=self._revealed("decrypt"))
            if result.on_data_failure is not None:
                raise result.on_data_failure
            self._judge(result.told, result.returncode, signed_by)
        except BaseException:
            content.close()
            raise
        finally:
            self._gpg.on_data = None
        content.seek(0)
        return content

    def _said(self, work: Callable[..., Any], content: object, **named: object) -> Any:
        """What gpg said; also where it had heard enough before it was told everything."""
        try:
            return work(content, always_trust=True, **named)
        except BrokenPipeError:
            return self._gpg.last

    def trouble_with(self, fingerprint: str, *, secret: bool) -> str:
        """Why a key can't be used, empty where it can, as far as can be told without using it. Raises ConfigError."""
        if secret:
            self._start_agent()
        found = self._gpg.list_keys(secret, keys=[fingerprint])
        if not found:
            return f"there is no {'private' if secret else 'public'} key {fingerprint}"
        trust = found[0]["trust"]
        return {"e": f"the key {fingerprint} has expired", "r": f"the key {fingerprint} is revoked"}.get(trust, "")

    def _judge(self, told: Mapping[str, list[str]], ended: int, signed_by: Collection[str]) -> None:
        # gpg also ends badly where it can't look at a signature, which needn't matter.
        unseen = any(word in told for word in _UNSEEN)
        if "DECRYPTION_OKAY" not in told or "DECRYPTION_FAILED" in told or (ended and not unseen and not _bad(told)):
            self._refuse_passphrase(told)
            if "NO_SECKEY" in told:
                to = ", ".join(value.split(" ", 1)[0] for value in told.get("ENC_TO", ()))
                raise DataError(f"it is encrypted to a key that isn't ours ({to})", hint="Has the partner our new key?")
            if "BEGIN_DECRYPTION" not in told and "ENC_TO" not in told:
                raise DataError("it isn't a message encrypted with PGP, or was cut off")
            raise DataError("it can't be decrypted: it is damaged or was cut off", hint="Fetch it again.")
        if why := _bad(told):
            raise DataError(f"its signature {why}")
        if not signed_by:
            return
        # VALIDSIG: the fingerprint of the key that signed comes first, that of its primary key last.
        signers = {part for value in told.get("VALIDSIG", ()) for part in (value.split()[0], value.split()[-1])}
        if not signers & set(signed_by):
            other = "by a key that isn't known here" if unseen else "by another key than is set"
            raise DataError(
                f"it is signed {other}" if signers or unseen else "it isn't signed, and must be", hint=self._look()
            )

    def _start_agent(self) -> None:
        """Whoever needs a private key needs it; without it gpg says that there is no such key."""
        program = shutil.which("gpg-connect-agent")
        if self._asked_agent or program is None:
            return
        try:
            ended = subprocess.run(  # noqa: S603  # a program of GnuPG's own, by its path
                [program, "--homedir", str(self._home), "/bye"], check=False, capture_output=True, timeout=60
            )
            well = ended.returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            well = False
        if not well:
            length = len(str(self._home))
            hint = "Its sockets lie there: choose a shorter path." if length > _LONG else "Try: gpg-connect-agent /bye"
            raise ConfigError(f"{self._key}.home: gpg's agent doesn't start in {self._home}", hint=hint)
        self._asked_agent = True

    def _refuse_passphrase(self, told: Mapping[str, list[str]]) -> None:
        codes = (value.rsplit(" ", 1)[-1] for word in ("ERROR", "FAILURE") for value in told.get(word, ()))
        bad = any(code.isdigit() and int(code) & 0xFFFF == _BAD_PASSPHRASE for code in codes)
        missing = self._passphrase is None
        if bad or (missing and "NEED_PASSPHRASE" in told):
            raise ConfigError(
                f"{self._key}: the private key wants a passphrase, and none is set"
                if missing
                else f"{self._key}: the passphrase isn't that of the private key",
                hint="`edigate secrets check` shows where it is looked for.",
            )

    def _revealed(self, needed: str) -> str | None:
        return self._passphrase.reveal() if needed and self._passphrase is not None else None

    def _look(self) -> str:
        return f"Look at the keys: gpg --homedir {self._home} --list-keys"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        gpgconf = shutil.which("gpgconf")
        if self._asked_agent and gpgconf is not None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(  # noqa: S603  # a program of GnuPG's own, by its path
                    [gpgconf, "--homedir", str(self._home), "--kill", "gpg-agent"],
                    check=False, capture_output=True, timeout=10,
                )  # fmt: skip


def _bad(told: Mapping[str, list[str]]) -> str:
    return next((why for word, why in _BAD.items() if word in told), "")


def _gnupg(home: Path, key: str) -> Any:
    try:
        import gnupg  # noqa: PLC0415  # optional
    except ModuleNotFoundError:
        raise ConfigError(f"{key} needs the python-gnupg package", hint="pip install 'edigate[pgp]'") from None
    # It would log what passes through it.
    logging.getLogger("gnupg").disabled = True
    if (binary := shutil.which("gpg")) is None:
        raise ConfigError(f"{key} needs GnuPG, and there is no gpg here", hint="Debian: apt-get install gnupg")
    try:
        status = home.stat()
    except OSError as error:
        told = f"{key}.home names {home}, which can't be read: {(error.strerror or '').lower()}"
        raise ConfigError(told, hint=f"Make it: mkdir -m 700 {home}, then gpg --homedir {home} --import KEYS") from None
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{key}.home names {home}, which isn't a folder")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or status.st_uid not in (0, os.geteuid()):
        raise ConfigError(f"{key}.home names {home}, which others can open", hint=f"Run: chmod 700 {home}")

    class Told(gnupg.Crypt):  # type: ignore[misc]  # it has no types
        """What GnuPG said, word by word."""

        def __init__(self, gpg: Any) -> None:
            super().__init__(gpg)
            self.told: dict[str, list[str]] = {}
            gpg.last = self

        def handle_status(self, key: str, value: str) -> None:
            self.told.setdefault(key, []).append(value)
            with contextlib.suppress(Exception):  # its own reading of them isn't needed
                super().handle_status(key, value)

    try:
        gpg = gnupg.GPG(gpgbinary=binary, gnupghome=str(home), options=_OPTIONS, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError(f"{key}: gpg doesn't run ({type(error).__name__})", hint="Try: gpg --version") from None
    gpg.result_map = {**gpg.result_map, "crypt": Told}
    gpg.buffer_size = 1 << 16
    return gpg
