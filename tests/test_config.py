"""A workspace is found, loads, and says by file and key what can't be used in it."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

import pytest

from edigate.config import Workspace, find_workspace, load_workspace, shipped_mappings
from edigate.errors import ConfigError

HOST_KEY = (
    "ssh-ed25519 " + base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + b"\x07" * 32).decode()
)

SFTP = f"""
[sftp]
host = "sftp.example.org"
username = "me"
host_keys = ["{HOST_KEY}"]
password_env = "ACME_PASSWORD"
"""


def refused(root: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_workspace(root)
    assert caught.value.exit_code == 78
    return caught.value.message


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, "the test's own example has changed"
    path.write_text(text.replace(old, new))


@pytest.fixture
def partner_file(workspace_dir: Path) -> Path:
    return workspace_dir / "partners" / "acme.toml"


@pytest.fixture
def sftp_partner(partner_file: Path) -> Path:
    rewrite(partner_file, '[directory]\npath = "acme-server"\n', SFTP)
    return partner_file


# Where a workspace is found


def test_the_option_wins_over_the_environment_and_that_over_the_current_directory(
    workspace_dir: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    nowhere = {"EDIGATE_WORKSPACE": str(elsewhere)}
    here = {"EDIGATE_WORKSPACE": str(workspace_dir)}
    assert find_workspace(str(workspace_dir), nowhere, elsewhere).root == workspace_dir
    assert find_workspace(None, here, elsewhere).root == workspace_dir
    assert find_workspace(None, {}, workspace_dir).root == workspace_dir
    assert find_workspace("workspace", {}, tmp_path).root == workspace_dir


@pytest.mark.parametrize(
    ("explicit", "environ", "named"),
    [
        ("nowhere", {}, "--workspace nowhere"),
        (None, {"EDIGATE_WORKSPACE": "/nowhere"}, "EDIGATE_WORKSPACE=/nowhere"),
        (None, {}, "the current directory"),
    ],
)
def test_a_folder_without_settings_is_no_workspace(
    tmp_path: Path, explicit: str | None, environ: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        find_workspace(explicit, environ, tmp_path)
    assert caught.value.message.startswith(named)
    assert "edigate init DIR" in caught.value.hint


def test_a_folder_above_is_not_taken_for_the_workspace(workspace_dir: Path) -> None:
    with pytest.raises(ConfigError):
        find_workspace(None, {}, workspace_dir / "inbox")


# What a workspace knows


def test_paths_are_absolute_and_inside_the_workspace(workspace: Workspace, workspace_dir: Path) -> None:
    assert workspace.ledger_url == f"sqlite:///{workspace_dir}/state/ledger.db"
    assert workspace.ledger_path == workspace_dir / "state" / "ledger.db"
    assert workspace.archive_path == workspace_dir / "state" / "archive"
    assert workspace.log_file is None
    directory = workspace.partner("acme").directory
    assert directory is not None
    assert directory.path == str(workspace_dir / "acme-server")


def test_an_absolute_ledger_stays_where_it_is(workspace_dir: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "ledger.db"
    with (workspace_dir / "edigate.toml").open("a") as file:
        file.write(f'[ledger]\nurl = "sqlite:///{elsewhere}"\n')
    assert load_workspace(workspace_dir).ledger_path == elsewhere


def test_an_unknown_partner_is_named_with_the_nearest(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match='Did you mean "acme"') as caught:
        workspace.partner("amce")
    assert "acme" in caught.value.hint


def test_the_workspaces_mapping_stands_in_front_of_the_shipped_one(workspace: Workspace) -> None:
    shipped = next(iter(sorted(shipped_mappings().glob("*.toml"))))
    assert workspace.mapping_path(shipped.stem) == shipped
    own = workspace.root / "mappings" / shipped.name
    own.write_text("")
    assert workspace.mapping_path(shipped.stem) == own


def test_a_mapping_may_be_a_path(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace.root)
    (workspace.root / "other.toml").write_text("")
    assert workspace.mapping_path("other.toml") == workspace.root / "other.toml"
    with pytest.raises(ConfigError, match="no such file"):
        workspace.mapping_path("missing.toml")


def test_an_unknown_mapping_is_named_with_those_there_are(workspace: Workspace) -> None:
    (workspace.root / "mappings" / "our-export.toml").write_text("")
    with pytest.raises(ConfigError, match="Did you mean") as caught:
        workspace.mapping_path("our-exprt")
    assert "our-export" in caught.value.hint


def test_intake_files_are_found_by_pattern(workspace_dir: Path) -> None:
    (workspace_dir / "mappings" / "ours.toml").write_text("")
    for name in ("b.csv", "a.csv", "notes.txt"):
        (workspace_dir / "inbox" / name).touch()
    with (workspace_dir / "edigate.toml").open("a") as file:
        file.write('[[intake]]\nfiles = "inbox/*.csv"\nmapping = "ours"\npartner = "acme"\n')
    workspace = load_workspace(workspace_dir)
    (intake,) = workspace.config.intake
    assert [path.name for path in workspace.intake_files(intake)] == ["a.csv", "b.csv"]


# What edigate.toml can't say


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[practice\n", "edigate.toml: not valid TOML: expected ']'"),
        ("[practise]\n", 'edigate.toml: practise: there is no such setting. Did you mean "practice"?'),
        ("[zzz]\n", "Known here: alerts, archive, deposits, intake, ledger, logs, metrics, practice"),
        ("", "edigate.toml: practice: missing: a table of settings"),
        ("practice = 3\n", "edigate.toml: practice: expected a table, got a whole number"),
        ("[practice]\n", "edigate.toml: practice.name: missing: text in quotes"),
        ('[practice]\nname = ""\n', "edigate.toml: practice.name: expected text in quotes that isn't empty"),
        (
            "[practice]\nname = 3\n",
            "edigate.toml: practice.name: expected text in quotes, got a whole number",
        ),
        (
            '[practice]\nname = "x"\nnmae = "y"\n',
            'practice.nmae: there is no such setting. Did you mean "name"?',
        ),
        (
            '[practice]\nname = "x"\n[logs]\nlevel = "loud"\n',
            'logs.level: expected one of "auto", "debug", "error", "info", "warning", got \'loud\'',
        ),
        ('[practice]\nname = "x"\n[[intake]]\nfiles = "a"\nmapping = "b"\n', "intake[0].partner: missing"),
        (
            '[practice]\nname = "x"\n[[intake]]\nfile = "a"\n',
            'intake[0].file: there is no such setting. Did you mean "files"?',
        ),
        ('[practice]\nname = "x"\n[ledger]\nurl = "sqlite://"\n', 'ledger.url: expected "sqlite:///'),
        (
            '[practice]\nname = "x"\n[ledger]\nurl = "sqlite:///:memory:"\n',
            'ledger.url: expected "sqlite:///',
        ),
        (
            '[practice]\nname = "x"\n[ledger]\nurl = "postgresql://u:p@h/d"\n',
            "ledger.url: holds a password: name an environment variable in ledger.password_env",
        ),
        (
            '[practice]\nname = "x"\n[ledger]\nurl = "mysql://h/d"\n',
            'ledger.url: expected "sqlite:///',
        ),
        (
            '[practice]\nname = "x"\n[ledger]\npassword_env = "PW"\n',
            "ledger.password_env: is for a PostgreSQL server",
        ),
    ],
)
def test_settings_are_refused_by_key(workspace_dir: Path, text: str, message: str) -> None:
    (workspace_dir / "edigate.toml").write_text(text)
    assert message in refused(workspace_dir)


def test_an_intake_must_name_a_partner_and_a_mapping_that_exist(workspace_dir: Path) -> None:
    with (workspace_dir / "edigate.toml").open("a") as file:
        file.write('[[intake]]\nfiles = "../*.csv"\nmapping = "no-such"\npartner = "acmee"\n')
    message = refused(workspace_dir)
    assert 'intake[0].partner: there is no partners/acmee.toml. Did you mean "acme"?' in message
    assert 'intake[0].mapping: there is no mapping "no-such".' in message
    assert "intake[0].files: expected a path inside the workspace" in message


def test_a_byte_order_mark_is_no_obstacle(workspace_dir: Path) -> None:
    path = workspace_dir / "edigate.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_workspace(workspace_dir).config.practice.name == "Test practice"


def test_another_encoding_is_named_with_its_line(workspace_dir: Path) -> None:
    (workspace_dir / "edigate.toml").write_bytes('[practice]\nname = "Café"\n'.encode("latin-1"))
    assert refused(workspace_dir) == "edigate.toml: line 2 isn't UTF-8"


def test_a_secret_written_where_its_variable_belongs_is_not_repeated(sftp_partner: Path) -> None:
    rewrite(sftp_partner, "ACME_PASSWORD", "hunter2 hunter2!")
    message = refused(sftp_partner.parent.parent)
    assert "sftp.password_env: expected an environment variable's name" in message
    assert "hunter2" not in message


# What a partner can't say


def test_an_sftp_partner_loads(sftp_partner: Path) -> None:
    partner = load_workspace(sftp_partner.parent.parent).partner("acme")
    assert partner.sftp is not None
    assert (partner.sftp.port, partner.sftp.host_keys) == (22, (HOST_KEY,))


def test_samples_beside_partner_files_are_left_alone(workspace_dir: Path) -> None:
    (workspace_dir / "partners" / "other.toml.sample").write_text("not even toml")
    assert [partner.name for partner in load_workspace(workspace_dir).partners()] == ["acme"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "acme"', 'name = "other"', 'name: expected "acme", the name of its file, got "other"'),
        ('name = "acme"', 'name = "../acme"', "name: expected lower-case letters, digits and hyphens"),
        ('name = "acme"', 'name = "Acme"', "name: expected lower-case letters, digits and hyphens"),
        (
            'sender_id = "TESTSENDER"',
            'sender_id = "TESTSENDER123456"',
            "envelope.sender_id: expected at most 15",
        ),
        (
            'sender_id = "TESTSENDER"',
            'sender_id = "A"',
            "envelope.group_sender: expected 2 to 15 characters, got 1",
        ),
        (
            'receiver_id = "ACME"',
            'receiver_id = "AC*ME"',
            "envelope.receiver_id: contains the element separator",
        ),
        ('receiver_id = "ACME"', 'receiver_id = " ACME"', "envelope.receiver_id: expected plain letters"),
        ('receiver_id = "ACME"', 'receiver_id = "ACMÉ"', "envelope.receiver_id: expected plain letters"),
        (
            "[envelope]",
            '[envelope]\ngroup_receiver = "AAAAABBBBBCCCCCD"',
            "envelope.group_receiver: expected 2 to 15",
        ),
        (
            "[envelope]",
            '[envelope]\nsender_qualifier = "XX"',
            "envelope.sender_qualifier: expected one of 01, 14",
        ),
        ("[envelope]", '[envelope]\ncomponent_separator = "*"', "is the same sign as element_separator"),
        (
            "[envelope]",
            '[envelope]\nsegment_terminator = "~~"',
            "envelope.segment_terminator: expected one sign",
        ),
        (
            "[envelope]",
            '[envelope]\nelement_separator = "A"',
            "envelope.element_separator: expected one sign",
        ),
        (
            "[envelope]",
            '[envelope]\nelement_separator = "."',
            "envelope.element_separator: expected one sign",
        ),
        ("[envelope]", '[envelope]\nsegment_terminator = "\\n"', "envelope.line_breaks: expected false"),
        (
            "[envelope]",
            '[envelope]\nsendr_id = "X"',
            'envelope.sendr_id: there is no such setting. Did you mean "sender_id"',
        ),
        (
            'phone = "5555550100"',
            "",
            "submitter.phone: missing: the claim file must name a phone or an email",
        ),
        ('phone = "5555550100"', 'phone = "ask"', "submitter.phone: expected a phone number with area code"),
        ('usage = "production"', 'usage = "live"', 'usage: expected one of "production", "test", got \'live\''),
        ('usage = "production"', "kinds = []", "kinds: expected at least one kind of claim"),
        ('usage = "production"', 'kinds = ["837X"]', 'kinds[0]: expected one of "837D", "837I", "837P"'),
        (
            '[directory]\npath = "acme-server"',
            "",
            "sftp: expected either a table [sftp] or a table [directory], neither",
        ),
        (
            "[folders]",
            SFTP + "[folders]",
            "sftp: expected either a table [sftp] or a table [directory], both",
        ),
        (
            "[folders]",
            '[folders]\nfilename = "{isa13}_{patient}.x12"',
            "there is no placeholder {patient}; expected {partner}",
        ),
        ("[folders]", '[folders]\nfilename = "{date}.x12"', "folders.filename: expected {isa13} in it"),
        (
            "[folders]",
            '[folders]\nfilename = "a/{isa13}.x12"',
            "folders.filename: expected a file's name of letters",
        ),
        ("[folders]", '[folders]\nfilename = "{isa13"', "folders.filename: has a brace without its partner"),
        (
            "[folders]",
            '[folders]\nfilename = "{isa13:>20}"',
            "folders.filename: expected placeholders without a format",
        ),
        ("[folders]", '[folders]\ntemporary_suffix = ""', "folders.temporary_suffix: expected an ending"),
        ("[folders]", '[folders]\nmarkers.success = ["*-success"]', "markers.success[0]: expected {file} in it"),
        ("[folders]", '[folders]\nmarkers.failed = ["{file}"]', "markers.failed[0]: is the name of our own"),
        ("[folders]", '[folders]\nmarkers.failed = ["{file}/x"]', "markers.failed[0]: expected {file} in the"),
        ("[folders]", '[folders]\nmarkers.failed = ["e*/{file}"]', "markers.failed[0]: expected * in the"),
        ("[folders]", '[schedule]\ncut_off = ["5 pm"]\n[folders]', "schedule.cut_off[0]: expected a time of day"),
        ("[folders]", '[schedule]\nzone = "EST5"\n[folders]', "schedule.zone: expected a time zone by its place"),
        ("[folders]", "[schedule]\ndays = []\n[folders]", "schedule.days: expected at least one day"),
        ('receive = ["outbound"]', "receive = []", "folders.receive: expected at least one folder"),
        ('receive = ["outbound"]', 'receive = ["a\\u0007"]', "folders.receive[0]: expected a folder's path"),
        (
            "[folders]",
            "[expect]\nx999_hours = -1\n[folders]",
            "expect.x999_hours: expected a number, 0 (never) or more",
        ),
        (
            "[folders]",
            "[expect]\nx999_hours = nan\n[folders]",
            "expect.x999_hours: expected a number, 0 (never) or more",
        ),
        (
            "[folders]",
            "[batch]\nmax_claims = 9999\n[folders]",
            "batch.max_claims: expected a whole number, at most 5000",
        ),
    ],
)
def test_a_partner_is_refused_by_key(partner_file: Path, old: str, new: str, message: str) -> None:
    rewrite(partner_file, old, new)
    found = refused(partner_file.parent.parent)
    assert found.startswith("partners/acme.toml: ")
    assert message in found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'password_env = "ACME_PASSWORD"',
            "",
            "sftp.key_file: missing: expected key_file, agent, password_env, password_file or password_keyring",
        ),
        (
            'host = "sftp.example.org"',
            'host = "sftp://x"',
            "sftp.host: expected a host name or address alone",
        ),
        (
            'host = "sftp.example.org"',
            'host = "x"\nport = "22"',
            "sftp.port: expected a whole number, got text in quotes",
        ),
        (
            'host = "sftp.example.org"',
            'host = "x"\nport = 0',
            "sftp.port: expected a whole number, at least 1",
        ),
        (
            'host = "sftp.example.org"',
            'host = "x"\nprot = 22',
            'sftp.prot: there is no such setting. Did you mean "port"?',
        ),
        ('host = "sftp.example.org"\n', "", "sftp.host: missing: text in quotes"),
        (HOST_KEY, "ssh-ed25519 AAAA", "sftp.host_keys[0]: expected a public key"),
        (HOST_KEY, HOST_KEY.replace("ssh-ed25519", "ssh-rsa"), "sftp.host_keys[0]: expected a public key"),
        (f'["{HOST_KEY}"]', "[]", "sftp.host_keys: expected a list [...] that isn't empty"),
        (
            "[folders]",
            'password_file = "p"\n[folders]',
            "sftp.password_file: expected one of password_env and password_file",
        ),
        (
            "[folders]",
            'key_passphrase_env = "P"\n[folders]',
            "sftp.key_passphrase_env: is the passphrase of a key",
        ),
        ("[folders]", 'key_file = "no-such"\n[folders]', "sftp.key_file: no such file or directory"),
        ("[folders]", 'key_file = "inbox"\n[folders]', "sftp.key_file: expected a file"),
        (
            "[folders]",
            "timeout_seconds = inf\n[folders]",
            "sftp.timeout_seconds: expected a number of seconds",
        ),
        ("[folders]", 'password = "x"\n[folders]', "sftp.password: there is no such setting. Did you mean"),
    ],
)
def test_a_login_is_refused_by_key(sftp_partner: Path, old: str, new: str, message: str) -> None:
    rewrite(sftp_partner, old, new)
    assert message in refused(sftp_partner.parent.parent)


def test_all_that_is_wrong_with_a_partner_is_said_at_once(partner_file: Path) -> None:
    rewrite(partner_file, 'name = "acme"', 'name = "other"')
    rewrite(partner_file, 'phone = "5555550100"', "")
    message = refused(partner_file.parent.parent)
    assert message.startswith("partners/acme.toml: 2 settings can't be used:\n  name: ")
    assert "\n  submitter.phone: " in message


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_can_read_is_refused(sftp_partner: Path, mode: int) -> None:
    root = sftp_partner.parent.parent
    key = root / "key"
    key.write_text("made up")
    rewrite(sftp_partner, 'password_env = "ACME_PASSWORD"', 'key_file = "key"')
    key.chmod(0o600)
    sftp = load_workspace(root).partner("acme").sftp
    assert sftp is not None
    assert sftp.key_file == str(key)
    key.chmod(mode)
    assert re.search(r"sftp.key_file: others can read it \(mode 0...\): chmod 600", refused(root))


def test_a_settings_file_that_cannot_be_read_says_so(workspace_dir: Path) -> None:
    (workspace_dir / "edigate.toml").unlink()
    (workspace_dir / "edigate.toml").mkdir()
    assert refused(workspace_dir) == "edigate.toml: is a directory"


def test_loading_changes_nothing_on_disk(workspace_dir: Path) -> None:
    def everything() -> list[tuple[str, int]]:
        return sorted((str(path), path.stat().st_mtime_ns) for path in workspace_dir.rglob("*"))

    before = everything()
    load_workspace(workspace_dir)
    assert everything() == before
    assert os.listdir(workspace_dir / "state") == []  # noqa: PTH208  # only the names matter
