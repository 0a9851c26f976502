"""OpenPGP with the real gpg: what is encrypted opens there, what comes from there is judged."""

from __future__ import annotations

import io
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edigate.errors import ConfigError, DataError
from edigate.pgp import Pgp
from edigate.secrecy import Secret
from tests.gpg import Acquainted, acquainted

pytestmark = pytest.mark.real
CONTENT = b"ISA*00*          *00*          *ZZ*TESTSENDER     *ZZ*ACME           *260102*0304*^*00501~" * 50
PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def both() -> Iterator[Acquainted]:
    """We with a passphrase on our key, a partner, and a stranger whose key only the partner has: `second`."""
    with acquainted(PASSPHRASE) as found:
        yield found


def keys(both: Acquainted, passphrase: str | None = PASSPHRASE) -> Pgp:
    return Pgp(both.we.path, None if passphrase is None else Secret(passphrase), "partners/acme.toml: pgp")


def opened(both: Acquainted, message: bytes, *signed_by: str, passphrase: str | None = PASSPHRASE) -> bytes:
    with keys(both, passphrase) as pgp, pgp.decrypt(io.BytesIO(message), signed_by) as content:
        return content.read()


def test_they_open_what_we_encrypt_and_see_who_signed(both: Acquainted) -> None:
    with keys(both) as pgp:
        message = pgp.encrypt(CONTENT, both.theirs, both.ours)
        assert pgp.encrypt(CONTENT, both.theirs, both.ours) != message  # never the same bytes twice
        text = pgp.encrypt(CONTENT, both.theirs, armor=True)
    assert CONTENT[:20] not in message
    assert text.startswith(b"-----BEGIN PGP MESSAGE-----")
    assert both.they.gpg("--decrypt", given=text) == CONTENT
    said = both.they.gpg("--status-fd", "1", "--decrypt", given=message)
    assert f"VALIDSIG {both.ours}".encode() in said


def test_what_they_sign_is_opened(both: Acquainted) -> None:
    message = both.they.gpg("-r", both.ours, "--sign", "-u", both.theirs, "--encrypt", given=CONTENT)
    assert opened(both, message) == CONTENT
    assert opened(both, message, both.second, both.theirs) == CONTENT


def test_what_is_not_signed_by_them_is_refused(both: Acquainted) -> None:
    plain = both.they.gpg("-r", both.ours, "--encrypt", given=CONTENT)
    assert opened(both, plain) == CONTENT
    with pytest.raises(DataError, match="isn't signed"):
        opened(both, plain, both.theirs)
    foreign = both.they.gpg("-r", both.ours, "--sign", "-u", both.second, "--encrypt", given=CONTENT)
    assert opened(both, foreign) == CONTENT  # nobody asked for a signature
    with pytest.raises(DataError, match="key that isn't known here"):
        opened(both, foreign, both.theirs)
    ours = both.we.gpg(
        "-r", both.ours, "--sign", "-u", both.ours, "--encrypt", given=CONTENT, passphrase=PASSPHRASE
    )
    with pytest.raises(DataError, match="another key than is set"):
        opened(both, ours, both.theirs)


def test_what_is_damaged_or_for_others_is_refused(both: Acquainted) -> None:
    message = both.they.gpg("-r", both.ours, "--encrypt", given=CONTENT)
    for wrong in (message[:-30], message[:-30] + b"x" * 30):
        with pytest.raises(DataError, match="damaged or was cut off"):
            opened(both, wrong)
    with pytest.raises(DataError, match="isn't a message"):
        opened(both, CONTENT)
    with pytest.raises(DataError, match="a key that isn't ours"):
        opened(both, both.they.gpg("-r", both.second, "--encrypt", given=CONTENT))


def test_what_unpacks_to_more_than_anybody_sends_is_refused(both: Acquainted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edigate.pgp.MOST_BYTES", 10_000)
    with pytest.raises(DataError, match="unpacks to more"):
        opened(both, both.they.gpg("-r", both.ours, "--encrypt", given=b"0" * 100_000))


@pytest.mark.parametrize(("given", "told"), [("wrong", "isn't that of"), (None, "none is set")])
def test_a_passphrase_that_is_not_right_is_the_operators(both: Acquainted, given: str | None, told: str) -> None:
    message = both.they.gpg("-r", both.ours, "--encrypt", given=CONTENT)
    with pytest.raises(ConfigError, match=told):
        opened(both, message, passphrase=given)
    with keys(both, given) as pgp, pytest.raises(ConfigError, match=told):
        pgp.encrypt(CONTENT, both.theirs, both.ours)


def test_a_key_that_cannot_be_used_is_told_before_anything_leaves(both: Acquainted) -> None:
    with keys(both) as pgp:
        with pytest.raises(ConfigError, match=f"encrypt_to: the key {both.second} isn't there"):
            pgp.encrypt(CONTENT, both.second)
        with pytest.raises(ConfigError, match="sign_with"):
            pgp.encrypt(CONTENT, both.theirs, both.theirs)  # gpg by itself would take another key of ours
        assert pgp.trouble_with(both.theirs, secret=False) == ""
        assert pgp.trouble_with(both.ours, secret=True) == ""
        assert pgp.trouble_with(both.theirs, secret=True) == f"there is no private key {both.theirs}"


def test_an_expired_key_is_told(both: Acquainted) -> None:
    old = both.they.new_key("old", long_ago=True)
    both.we.knows(both.they, old)
    with keys(both) as pgp:
        with pytest.raises(ConfigError, match=f"encrypt_to: the key {old}"):
            pgp.encrypt(CONTENT, old)
        assert pgp.trouble_with(old, secret=False) == f"the key {old} has expired"


def test_nothing_remembers_the_passphrase_nor_says_it(both: Acquainted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    message = both.they.gpg("-r", both.ours, "--encrypt", given=CONTENT)
    assert opened(both, message) == CONTENT
    assert caplog.text == ""
    with pytest.raises(ConfigError, match="none is set"):  # no agent has it any more
        opened(both, message, passphrase=None)


def test_the_home_must_be_closed(both: Acquainted, tmp_path: Path) -> None:
    for path, told in ((tmp_path / "none", "no such file"), (tmp_path, "others can open")):
        tmp_path.chmod(0o755)
        with pytest.raises(ConfigError, match=told):
            Pgp(path, None, "pgp")


def test_a_home_with_too_long_a_path_is_told_and_no_key_is_missing(both: Acquainted) -> None:
    if Path(f"/run/user/{os.getuid()}/gnupg").exists():
        pytest.skip("sockets lie in /run/user here")
    home = both.we.path / ("long" * 20)
    home.mkdir(mode=0o700)
    message = both.they.gpg("-r", both.ours, "--encrypt", given=CONTENT)
    with Pgp(home, None, "pgp") as pgp, pytest.raises(ConfigError, match="agent doesn't start") as told:
        pgp.decrypt(io.BytesIO(message))
    assert "shorter path" in told.value.hint


def test_without_gpg_what_to_install_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gnupg", reason="python-gnupg isn't installed (pip install 'edigate[pgp]')")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="there is no gpg here") as told:
        Pgp(tmp_path, None, "pgp")
    assert "apt-get install gnupg" in told.value.hint


def test_the_passphrase_is_in_no_argument(both: Acquainted, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    popen = subprocess.Popen

    class Watched(popen):  # type: ignore[misc, valid-type]  # as it is
        def __init__(self, arguments: list[str], *rest: object, **named: object) -> None:
            started.append([str(one) for one in arguments])
            super().__init__(arguments, *rest, **named)

    monkeypatch.setattr("gnupg.Popen", Watched)
    with keys(both) as pgp:
        pgp.encrypt(CONTENT, both.theirs, both.ours)
    assert started
    assert not any(PASSPHRASE in one for arguments in started for one in arguments)
