"""GnuPG homes of tests' own: short paths, for sockets lie in them, fast keys, agents ended. Knows no edigate."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest


def require_gpg() -> None:
    """Skip where there is no gpg; fail where every real part is required."""
    if shutil.which("gpg") is None:
        missing = "no gpg on this machine (Debian: apt-get install gnupg)"
        if os.environ.get("EDIGATE_REQUIRE_REAL"):
            pytest.fail(missing)
        pytest.skip(missing)
    pytest.importorskip("gnupg", reason="python-gnupg isn't installed (pip install 'edigate[pgp]')")


class Home:
    """Somebody's keys."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def gpg(self, *arguments: str, given: bytes = b"", passphrase: str = "") -> bytes:
        program = ["gpg", "--homedir", str(self.path), "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback"]
        ended = subprocess.run(
            [*program, "--passphrase", passphrase, "--trust-model", "always", *arguments],
            input=given, capture_output=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr.decode()
        return ended.stdout

    def new_key(self, who: str, passphrase: str = "", *, long_ago: bool = False) -> str:
        """A key to sign with and one to decrypt with; its fingerprint. One of `long_ago` has expired."""
        name, then = f"{who} <{who}@example.org>", ("--faked-system-time", "20200101T000000!") if long_ago else ()
        expires = "1y" if long_ago else "never"
        self.gpg(*then, "--quick-generate-key", name, "ed25519", "sign", expires, passphrase=passphrase)
        (fingerprint,) = self._fingerprints(who)
        self.gpg(*then, "--quick-add-key", fingerprint, "cv25519", "encr", expires, passphrase=passphrase)
        return fingerprint

    def _fingerprints(self, who: str) -> list[str]:
        lines = self.gpg("--list-keys", "--with-colons", who).decode().splitlines()
        return [line.split(":")[9] for line in lines if line.startswith("fpr:")][:1]

    def knows(self, other: Home, fingerprint: str) -> None:
        """Take over another's public key."""
        self.gpg("--import", given=other.gpg("--export", fingerprint))


@contextmanager
def homes(*names: str) -> Iterator[list[Home]]:
    """Homes in a folder with a short name, which goes with their agents."""
    root = Path(tempfile.mkdtemp(prefix="gpg"))
    try:
        made = [Home(root / name) for name in names]
        for home in made:
            home.path.mkdir(mode=0o700)
        yield made
    finally:
        for home in made:
            subprocess.run(["gpgconf", "--homedir", str(home.path), "--kill", "all"], check=False, capture_output=True)
        shutil.rmtree(root, ignore_errors=True)


class Acquainted(NamedTuple):
    """Our home and a partner's: each has a key and knows the other's. Of the partner's `second` key we know nothing."""

    we: Home
    they: Home
    ours: str
    theirs: str
    second: str


@contextmanager
def acquainted(passphrase: str = "") -> Iterator[Acquainted]:
    """The two, with a passphrase on our key or none. Skips the test where GnuPG is missing."""
    require_gpg()
    with homes("we", "they") as (we, they):
        ours, theirs, second = we.new_key("we", passphrase), they.new_key("they"), they.new_key("second")
        we.knows(they, theirs)
        they.knows(we, ours)
        yield Acquainted(we, they, ours, theirs, second)
