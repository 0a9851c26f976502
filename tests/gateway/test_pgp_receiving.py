"""Encrypted files from partners: opened, judged by their signature, posted once; what doesn't open waits in sight."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError
from edigate.gateway.fees import load_terms
from edigate.gateway.post import PostReport, post
from edigate.gateway.receive import receive
from edigate.gateway.send import send
from edigate.reports.attention import attention
from tests.conftest import PARTNER
from tests.gateway.posting_books import x999
from tests.gateway.practice import TestGateway, bytes_of, claims_by_state, ready, settings
from tests.gpg import Acquainted, acquainted
from tests.sshd import Sshd, require_sshd

pytestmark = pytest.mark.real
Open = Callable[[Workspace], TestGateway]
ACCEPTED = x999("AK1*HC*1*005010X222A1\nAK2*837*0001*005010X222A1\nIK5*A\nAK9*A*1*1*1")


@pytest.fixture(scope="module")
def keys() -> Iterator[Acquainted]:
    with acquainted() as found:
        yield found


def wants(keys: Acquainted, more: str = "") -> str:
    return f'home = "{keys.we.path}"\nencrypt_to = "{keys.theirs}"\ndecrypt = true\n{more}'


@pytest.fixture
def pgp(workspace: Workspace, keys: Acquainted, opened: Open) -> TestGateway:
    """A gateway whose acme sends PGP, signed; three claims are with it."""
    gateway = opened(settings(workspace, pgp=wants(keys, f'signed_by = ["{keys.theirs}"]')))
    ready(gateway)
    send(gateway, gateway.workspace.partner("acme"))
    return gateway


def encrypted(keys: Acquainted, content: bytes, *how: str, to: str = "", by: str = "") -> bytes:
    signed = ("--sign", "-u", by) if by else ()
    return keys.they.gpg("-r", to or keys.ours, *signed, *how, "--encrypt", given=content)


def came(gateway: TestGateway, content: bytes, name: str = "answer.999.pgp") -> PostReport:
    (gateway.workspace.root / "acme-server" / "outbound" / name).write_bytes(content)
    receive(gateway, gateway.workspace.partner("acme"))
    return post(gateway)


def files(gateway: TestGateway) -> list[tuple[str, str, str]]:
    with gateway.ledger.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT name, state, reason FROM inbound_file ORDER BY id").all()
        return [(row[0], row[1], row[2]) for row in rows]


@pytest.mark.parametrize(("how", "name"), [((), "answer.999.pgp"), (("--armor",), "ANSWER.999.ASC"), ((), "answer")])
def test_what_is_inside_is_posted_and_what_came_is_kept(
    pgp: TestGateway, keys: Acquainted, how: tuple[str, ...], name: str
) -> None:
    message = encrypted(keys, ACCEPTED, *how, by=keys.theirs)
    (posted,) = came(pgp, message, name).files
    assert (posted.file.kind, posted.file.state) == ("999", "posted")
    assert posted.file.remote_path.startswith(f"outbound/{name}!pgp/answer".replace("answer", name[:6]))
    assert claims_by_state(pgp) == {"acknowledged": 3}
    assert files(pgp)[0] == (name, "kept", "it is encrypted: file 2 was taken out of it")
    assert pgp.archive.get(posted.file.sha256) == ACCEPTED
    (again,) = [came(pgp, encrypted(keys, ACCEPTED, by=keys.theirs), "again.pgp")]  # other bytes, the same content
    assert again.files == []
    assert files(pgp)[-1][1:] == ("kept", "the same content as file 2")


def test_a_zip_inside_is_unpacked(pgp: TestGateway, keys: Acquainted) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.999", ACCEPTED)
    report = came(pgp, encrypted(keys, packed.getvalue(), by=keys.theirs), "answers.zip.gpg")
    assert [posted.file.name for posted in report.files] == ["a.999"]
    assert claims_by_state(pgp) == {"acknowledged": 3}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (lambda keys: encrypted(keys, ACCEPTED), "it isn't signed, and must be"),
        (lambda keys: encrypted(keys, ACCEPTED, by=keys.second), "it is signed by a key that isn't known here"),
        (lambda keys: encrypted(keys, ACCEPTED, to=keys.theirs, by=keys.theirs), "encrypted to a key that isn't ours"),
        (lambda keys: encrypted(keys, ACCEPTED, by=keys.theirs)[:-9], "it is damaged or was cut off"),
        (lambda keys: b"not PGP at all", "it isn't a message encrypted with PGP"),
        (lambda keys: b"", "it isn't a message encrypted with PGP"),
    ],
    ids=["unsigned", "stranger", "for others", "cut off", "no message", "empty"],
)
def test_what_does_not_open_or_is_not_signed_is_held(
    pgp: TestGateway, keys: Acquainted, message: Callable[[Acquainted], bytes], reason: str
) -> None:
    assert came(pgp, message(keys)).files == []
    ((_, state, told),) = files(pgp)
    assert (state, told[:5]) == ("held", "PGP: ")
    assert reason in told
    with pgp.ledger.read() as tx:
        (wanted,) = [one for one in attention(tx, load_terms(pgp.workspace)) if one.kind == "held"]
    assert "each `edigate post` tries it" in wanted.do
    post(pgp)  # looks again, and finds it as it was
    assert files(pgp) == [("answer.999.pgp", "held", told)]
    assert claims_by_state(pgp) == {"sent": 3}


def test_a_signature_is_not_avoided_by_sending_no_message(pgp: TestGateway) -> None:
    assert came(pgp, ACCEPTED, "answer.999").files == []
    assert files(pgp) == [("answer.999", "held", "PGP: it isn't signed, and this partner's files must be")]
    path = pgp.workspace.root / "partners" / "acme.toml"
    path.write_text(path.read_text().replace("signed_by", "# signed_by"))
    pgp.workspace = load_workspace(pgp.workspace.root)
    (posted,) = post(pgp).files
    assert posted.file.state == "posted"


def test_a_held_one_is_opened_when_the_key_has_come(workspace: Workspace, keys: Acquainted, opened: Open) -> None:
    gateway = opened(workspace)  # nobody thought of PGP yet
    ready(gateway)
    send(gateway, gateway.workspace.partner("acme"))
    assert came(gateway, encrypted(keys, ACCEPTED)).files == []
    ((_, state, told),) = files(gateway)
    assert (state, "aren't set to be decrypted" in told) == ("held", True)
    gateway.workspace = settings(workspace, pgp=wants(keys))
    (posted,) = post(gateway).files
    assert posted.file.state == "posted"
    assert claims_by_state(gateway) == {"acknowledged": 3}


def test_settings_that_fail_keep_no_other_file_waiting(pgp: TestGateway, keys: Acquainted) -> None:
    root = pgp.workspace.root
    (root / "partners" / "zenith.toml").write_text(PARTNER.replace("acme", "zenith").replace("ACME", "ZENITH"))
    (root / "zenith-server" / "outbound").mkdir(parents=True)
    (root / "zenith-server" / "outbound" / "b.txt").write_bytes(b"All went well.\n")
    path = root / "partners" / "acme.toml"
    path.write_text(path.read_text().replace("home = ", 'home = "none" # '))
    pgp.workspace = load_workspace(root)
    receive(pgp, pgp.workspace.partner("zenith"))
    with pytest.raises(ConfigError, match="home names"):
        came(pgp, encrypted(keys, ACCEPTED, by=keys.theirs))
    assert [(name, state) for name, state, _ in files(pgp)] == [("b.txt", "kept"), ("answer.999.pgp", "received")]


def test_there_and_back_by_a_real_server(
    workspace: Workspace, keys: Acquainted, opened: Open, tmp_path: Path
) -> None:
    """They decrypt what came by SFTP with their gpg, and answer in kind."""
    require_sshd()
    root = tmp_path / "clearinghouse"
    for folder in ("inbound", "outbound"):
        (root / folder).mkdir(parents=True)
    with Sshd(root, tmp_path / "sshd") as server:
        said = server.settings()
        sftp = (
            f'[sftp]\nhost = "{said.host}"\nport = {said.port}\nusername = "{said.username}"\n'
            f'key_file = "{said.key_file}"\nhost_keys = ["{said.host_keys[0]}"]\n'
        )
        text = PARTNER.replace('[directory]\npath = "acme-server"\n', sftp)
        (workspace.root / "partners" / "acme.toml").write_text(text)
        how = wants(keys, f'sign_with = "{keys.ours}"\nsigned_by = ["{keys.theirs}"]\narmor = true')
        gateway = opened(settings(workspace, pgp=how, folders='filename = "{isa13}.837.asc"'))
        ready(gateway)
        partner = gateway.workspace.partner("acme")
        assert send(gateway, partner).claims_sent == 3
        (arrived,) = (root / "inbound").iterdir()
        assert arrived.name == "000000001.837.asc"
        assert keys.they.gpg("--decrypt", given=arrived.read_bytes()) == bytes_of(gateway)
        (root / "outbound" / "a.999.pgp").write_bytes(encrypted(keys, ACCEPTED, by=keys.theirs))
        receive(gateway, partner)
        assert [posted.file.state for posted in post(gateway).files] == ["posted"]
        assert claims_by_state(gateway) == {"acknowledged": 3}
