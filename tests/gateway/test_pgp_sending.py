"""Files that a partner wants in PGP: encrypted once, sent once, whatever happens in between."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError
from edigate.gateway.carrying import carried_now
from edigate.gateway.deliveries import Deliveries
from edigate.gateway.partner_check import check_partner
from edigate.gateway.post import post
from edigate.gateway.purge import purge
from edigate.gateway.purging import look
from edigate.gateway.resolving import resolve
from edigate.gateway.secret_list import secrets_of
from edigate.gateway.send import SendReport, send
from edigate.ledger.carried import Carried
from tests.gateway.lines_that_fail import CutLine, ManyAtOnce, Server, WatchedServer
from tests.gateway.posting_books import received, x999
from tests.gateway.practice import Clock, TestGateway, bytes_of, claims_by_state, files_out, on_server, ready, settings
from tests.gpg import Acquainted, acquainted

pytestmark = pytest.mark.real
Open = Callable[[Workspace], TestGateway]

NAME = "inbound/acme_837P_000000001.x12.pgp"
PASSPHRASE = "sesame opens"


@pytest.fixture(scope="module")
def keys() -> Iterator[Acquainted]:
    """`second` is their next key, which we know already."""
    with acquainted(PASSPHRASE) as found:
        found.we.knows(found.they, found.second)
        yield found


@pytest.fixture
def pgp(workspace: Workspace, keys: Acquainted, opened: Open) -> TestGateway:
    """A gateway whose acme wants PGP."""
    (workspace.root / "passphrase").write_text(PASSPHRASE + "\n")
    (workspace.root / "passphrase").chmod(0o600)
    wants = f'home = "{keys.we.path}"\nencrypt_to = "{keys.theirs}"\nsign_with = "{keys.ours}"\n'
    wants += 'passphrase_file = "passphrase"'
    return opened(settings(workspace, pgp=wants, folders='filename = "{partner}_{kind}_{isa13}.x12.pgp"'))


def sent(gateway: TestGateway) -> SendReport:
    return send(gateway, gateway.workspace.partner("acme"))


def carried(gateway: TestGateway) -> Carried:
    (one,) = carried_now(gateway, files_out(gateway)).values()
    return one


def test_what_stands_there_is_encrypted_and_signed_and_what_is_known_is_plain(
    pgp: TestGateway, keys: Acquainted, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(pgp)
    report = sent(pgp)
    assert (report.claims_sent, report.stopped) == (3, "")
    ((name, content),) = on_server(pgp.workspace).items()
    assert name == "acme_837P_000000001.x12.pgp"
    opened = keys.they.gpg("--status-fd", "1", "--decrypt", given=content)
    assert f"VALIDSIG {keys.ours}".encode() in opened
    assert bytes_of(pgp) in opened
    (file,) = files_out(pgp)
    assert pgp.archive.get(file.sha256).startswith(b"ISA*")
    one = carried(pgp)
    assert (one.size, one.encrypted_to, one.signed_with) == (len(content), keys.theirs, keys.ours)
    assert pgp.archive.get(one.sha256) == content
    assert sent(pgp).files == []
    assert main(["show", "file", "out-1", "--workspace", str(pgp.workspace.root)]) == 0
    told = capsys.readouterr().out
    assert f"travels encrypted to {keys.theirs}, signed with {keys.ours}" in told
    assert f"sha256 {one.sha256}" in told


@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(4))
def test_cut_off_anywhere_the_same_bytes_go_on_and_arrive_once(
    pgp: TestGateway, keys: Acquainted, server: Server, at: int, done: bool
) -> None:
    ready(pgp)
    pgp.lines = {"acme": lambda: CutLine(WatchedServer(server.files, server.arrivals), at, done=done)}
    sent(pgp)
    before = carried(pgp)
    pgp.lines = {"acme": lambda: WatchedServer(server.files, server.arrivals)}
    for _ in range(2):
        sent(pgp)
    assert carried(pgp) == before  # encrypted once
    assert [path for path, _ in server.arrivals] == [NAME]
    assert hashlib.sha256(server.files[NAME]).hexdigest() == before.sha256
    assert claims_by_state(pgp) == {"sent": 3}


def test_killed_between_encrypting_and_sending_it_is_not_encrypted_again(
    pgp: TestGateway, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(pgp)

    class KilledError(BaseException):
        """As a signal would."""

    def killed(*given: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(Deliveries, "_carry", killed)
        pgp.lines = {"acme": lambda: ManyAtOnce(server.files, server.arrivals)}
        ready(pgp, 2, "N")
        pgp.workspace = settings(pgp.workspace, batch="max_claims = 3")
        sent(pgp)
    before = carried_now(pgp, files_out(pgp))
    assert len(before) == 2
    assert {file.state for file in files_out(pgp)} == {"queued"}
    assert sent(pgp).claims_sent == 5
    assert carried_now(pgp, files_out(pgp)) == before
    assert {hashlib.sha256(content).hexdigest() for content in server.files.values()} == {
        one.sha256 for one in before.values()
    }


class TestUncertain:
    """The draft is gone, and whether the file came nobody knows."""

    @pytest.fixture
    def uncertain(self, pgp: TestGateway, server: Server) -> TestGateway:
        ready(pgp)
        pgp.lines = {"acme": lambda: CutLine(WatchedServer(server.files, server.arrivals), 1, done=False)}
        sent(pgp)  # the draft is there, its renaming was asked
        server.files.clear()
        pgp.lines = {"acme": lambda: WatchedServer(server.files, server.arrivals)}
        assert [file.state for file in sent(pgp).files] == ["uncertain"]
        return pgp

    def test_the_encrypted_bytes_prove_that_it_came(self, uncertain: TestGateway, server: Server) -> None:
        server.files[NAME] = uncertain.archive.get(carried(uncertain).sha256)
        sent(uncertain)
        assert [file.state for file in files_out(uncertain)] == ["sent"]
        assert server.arrivals == []

    def test_the_plain_ones_or_others_do_not(self, uncertain: TestGateway, keys: Acquainted, server: Server) -> None:
        for other in (bytes_of(uncertain), keys.we.gpg("-r", keys.theirs, "--encrypt", given=bytes_of(uncertain))):
            server.files[NAME] = other
            sent(uncertain)
            assert [file.state for file in files_out(uncertain)] == ["uncertain"]

    def test_sent_again_by_a_persons_word_it_is_the_same(self, uncertain: TestGateway, server: Server) -> None:
        before = carried(uncertain)
        resolve(uncertain, "out-1", delivered=False, why="their log has none")
        assert sent(uncertain).claims_sent == 3
        assert carried(uncertain) == before
        assert hashlib.sha256(server.files[NAME]).hexdigest() == before.sha256

    def test_with_another_key_by_then_it_is_encrypted_for_that(
        self, uncertain: TestGateway, keys: Acquainted, server: Server
    ) -> None:
        """Their key had expired: the bytes of before are of no use to them."""
        resolve(uncertain, "out-1", delivered=False, why="they can't open it")
        path = uncertain.workspace.root / "partners" / "acme.toml"
        path.write_text(path.read_text().replace(keys.theirs, keys.second))
        uncertain.workspace = load_workspace(uncertain.workspace.root)
        assert sent(uncertain).claims_sent == 3
        assert carried(uncertain).encrypted_to == keys.second
        assert keys.they.gpg("--decrypt", given=server.files[NAME]) == bytes_of(uncertain)


class TestLookingBefore:
    """`edigate partner check` and `secrets check`, before a night finds out."""

    def pgp_step(self, gateway: TestGateway) -> tuple[str, str]:
        report = check_partner(gateway.workspace.root, "acme", environ={}, offline=True)
        return next((step.outcome, step.told) for step in report.steps if step.name == "pgp")

    def rewrite(self, gateway: TestGateway, old: str, new: str) -> None:
        path = gateway.workspace.root / "partners" / "acme.toml"
        path.write_text(path.read_text().replace(old, new))

    def test_all_is_there(self, pgp: TestGateway) -> None:
        assert self.pgp_step(pgp) == ("ok", "encrypts, signs")
        told = {one.setting: (one.outcome, one.told) for one in secrets_of(pgp.workspace.root, {}, "acme")}
        assert told["pgp.passphrase_file"] == ("ok", "mode 0600")
        assert told["pgp.home"] == ("ok", "mode 0700")

    def test_a_key_that_is_not_there(self, pgp: TestGateway, keys: Acquainted) -> None:
        self.rewrite(pgp, f'encrypt_to = "{keys.theirs}"', f'encrypt_to = "{keys.theirs[::-1]}"')
        outcome, told = self.pgp_step(pgp)
        assert (outcome, f"there is no public key {keys.theirs[::-1]}" in told) == ("failed", True)
        self.rewrite(pgp, f'sign_with = "{keys.ours}"', f'sign_with = "{keys.second}"')
        self.rewrite(pgp, keys.theirs[::-1], keys.theirs)
        assert f"there is no private key {keys.second}" in self.pgp_step(pgp)[1]

    def test_a_passphrase_that_is_not_right(self, pgp: TestGateway) -> None:
        (pgp.workspace.root / "passphrase").write_text("another\n")
        outcome, told = self.pgp_step(pgp)
        assert (outcome, "the passphrase isn't that of the private key" in told) == ("failed", True)


def test_what_a_file_travelled_in_is_purged_with_it(pgp: TestGateway, clock: Clock) -> None:
    ready(pgp)
    sent(pgp)
    received(pgp, x999("AK1*HC*1*005010X222A1\nAK2*837*0001*005010X222A1\nIK5*R*5\nAK9*R*1*1*0"))
    post(pgp)
    with pgp.ledger.write() as tx:  # over for each claim
        tx.connection.exec_driver_sql("UPDATE claim SET state = 'void'")
    encrypted, (file,) = carried(pgp), files_out(pgp)
    with (pgp.workspace.root / "edigate.toml").open("a") as more:
        more.write('\n[retention]\nclaim_files = "10 years"\n')
    pgp.workspace = load_workspace(pgp.workspace.root)
    clock.pass_by(days=11 * 366)
    purge(pgp, look(pgp).number)
    assert (pgp.archive.exists(file.sha256), pgp.archive.exists(encrypted.sha256)) == (False, False)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('passphrase_file = "passphrase"', "", "wants a passphrase, and none is set"),
        ("home = ", 'home = "none" # ', "home names"),
    ],
)
def test_without_what_it_needs_nothing_leaves_and_what_to_do_is_told(
    pgp: TestGateway, old: str, new: str, told: str
) -> None:
    ready(pgp)
    path = pgp.workspace.root / "partners" / "acme.toml"
    path.write_text(path.read_text().replace(old, new))
    pgp.workspace = load_workspace(pgp.workspace.root)
    report = sent(pgp)
    assert told in report.stopped
    assert not report.try_later
    assert [file.state for file in report.files] == ["queued"]
    assert on_server(pgp.workspace) == {}


def test_without_gpg_there_is_one_clear_error(
    pgp: TestGateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ready(pgp)
    monkeypatch.setenv("PATH", str(tmp_path))
    report = sent(pgp)
    assert report.stopped.startswith("partners/acme.toml: pgp needs GnuPG, and there is no gpg here")
    assert [file.state for file in report.files] == ["queued"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('home = "keys"', "pgp: expected encrypt_to, a fingerprint, or decrypt = true"),
        ('home = "keys"\nencrypt_to = "ACME <edi@acme.example>"', "pgp.encrypt_to: expected a whole fingerprint"),
        ('home = "keys"\nencrypt_to = "DEADBEEF"', "A short id or a name may be anybody's"),
        ('home = "keys"\ndecrypt = true\nsign_with = "' + "A" * 40 + '"', "pgp.sign_with: goes with encrypt_to"),
        ('home = "keys"\nencrypt_to = "' + "A" * 40 + '"\nsigned_by = ["' + "B" * 40 + '"]', "goes with decrypt"),
        ('home = "keys"\ndecrypt = true\npassphrase = "x"', "What is secret never stands in a settings file"),
    ],
)
def test_settings_that_cannot_be_meant(workspace: Workspace, lines: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        settings(workspace, pgp=lines)
    assert told in str(refused.value)
