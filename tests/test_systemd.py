"""The units: systemd takes them, they are hardened alike, and each exit code leads where docs/operations.md says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edigate.cli import endings, main
from edigate.errors import EdigateError, Transient

REPOSITORY = Path(__file__).resolve().parent.parent
UNITS = REPOSITORY / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
JOBS = [path for path in SERVICES if "notify" not in path.name]
EXPOSURE = 1.5  # of `systemd-analyze security`: 0 is shut in, 10 is bare
NEEDS_PERSON = 1

Analyze = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def analyze(require_real: Callable[[object, str], None]) -> Analyze:
    program = shutil.which("systemd-analyze")
    require_real(program, "systemd-analyze isn't on this machine")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"SYSTEMD_COLORS": "0", "SYSTEMD_EMOJI": "0"},
        )

    return run


def settings(path: Path, name: str) -> list[str]:
    """What a unit sets a key to, in order."""
    return re.findall(rf"^{name}=(.*)$", path.read_text(), re.MULTILINE)


def errors_below(root: type[EdigateError]) -> Iterator[type[EdigateError]]:
    yield root
    for kind in root.__subclasses__():
        yield from errors_below(kind)


def test_systemd_accepts_every_unit_without_a_word(tmp_path: Path, analyze: Analyze) -> None:
    """A misspelt directive is only told on standard error; the exit code stays 0."""
    for path in [*SERVICES, *UNITS.glob("*.timer")]:
        # The check wants the programs and the user to exist.
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", path.read_text(), flags=re.MULTILINE)
        (tmp_path / path.name).write_text(re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE))
    for template in ("edigate@", "edigate-notify@"):
        for kind in (".service", ".timer"):
            if (tmp_path / f"{template}{kind}").exists():
                shutil.copy(tmp_path / f"{template}{kind}", tmp_path / f"{template}acme{kind}")
    units = sorted(str(path) for path in tmp_path.iterdir() if not path.stem.endswith("@"))
    assert len(units) == 7
    checked = analyze("verify", *units)
    ours = [line for line in checked.stderr.splitlines() if "edigate" in line]
    assert (checked.returncode, ours, checked.stdout) == (0, [], "")


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_service_is_hardly_exposed(path: Path, analyze: Analyze) -> None:
    told = analyze("security", "--offline=true", "--no-pager", str(path)).stdout
    match = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert match is not None, told
    assert float(match[1]) <= EXPOSURE


# --- secrets: the command lines of docs/operations.md, at work

_SEALING = re.compile(r"systemd-creds encrypt --name=(\S+) (\S+) (/etc/credstore\.encrypted/\S+)")
_LOADING = re.compile(r"LoadCredentialEncrypted=([\w-]+):(/etc/credstore\.encrypted/[\w.-]+)")
NULL_KEYS = ("null", "tpm2-absent")  # systemd 254 and newer, older: a key of zeros, so that no machine's own is made


def run_with(given: bytes, *command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=given, capture_output=True, check=False)


@pytest.fixture
def creds(require_real: Callable[[object, str], None]) -> tuple[str, str]:
    """The program, and a key that it takes on every machine."""
    program = shutil.which("systemd-creds")
    told = run_with(b"", shutil.which("systemd-analyze") or "true", "--version").stdout
    version = re.search(rb"systemd (\d+)", told)
    if version and int(version[1]) < 250:
        pytest.skip(f"systemd {int(version[1])} has no encrypted credentials")
    require_real(program, "systemd-creds isn't on this machine")
    for key in NULL_KEYS:
        tried = run_with(b"x", str(program), "encrypt", f"--with-key={key}", "--name=x", "-", "-")
        if tried.returncode == 0:
            return str(program), key
    pytest.skip(f"systemd-creds takes no key of {' or '.join(NULL_KEYS)} here: {tried.stderr.decode().strip()}")


def test_what_is_documented_to_be_sealed_is_what_units_load() -> None:
    page = (REPOSITORY / "docs" / "operations.md").read_text()
    sealed = {(name, path) for name, _, path in _SEALING.findall(page)}
    assert sealed == set(_LOADING.findall(page))
    assert {name for name, _ in sealed} == {"ACME_PASSWORD", "acme-key"}
    for path in JOBS:
        assert set(_LOADING.findall(path.read_text())) <= sealed
        assert path.read_text().count(f"{'encrypt --name=ACME_PASSWORD'} - ") == 1


@pytest.mark.real
def test_a_secret_sealed_as_documented_opens_for_its_unit_and_is_read(
    tmp_path: Path, creds: tuple[str, str], workspace_dir: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """All but systemd's own part, which opens the file into the unit's folder: systemd-creds does that here."""
    program, key = creds
    given = {"ACME_PASSWORD": b"correct horse", "acme-key": b"-----BEGIN OPENSSH PRIVATE KEY-----\n"}
    opened = tmp_path / "credentials"
    opened.mkdir()
    for name, named, target in _SEALING.findall((REPOSITORY / "docs" / "operations.md").read_text()):
        sealed = tmp_path / Path(target).name
        source = named if named == "-" else str(tmp_path / named)
        if source != "-":
            Path(source).write_bytes(given[name])
        done = run_with(given[name], program, "encrypt", f"--with-key={key}", f"--name={name}", source, str(sealed))
        assert done.returncode == 0, done.stderr
        assert given[name] not in sealed.read_bytes()
        renamed = run_with(b"", program, "decrypt", "--name=other", str(sealed), "-")
        assert (renamed.returncode == 0, renamed.stdout) == (False, b"")
        done = run_with(b"", program, "decrypt", f"--name={name}", str(sealed), str(opened / name))
        assert done.returncode == 0, done.stderr
        (opened / name).chmod(0o400)
        assert (opened / name).read_bytes() == given[name]
    settings = workspace_dir / "partners" / "acme.toml"
    settings.write_text(_with_sftp(settings.read_text()))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(opened))
    monkeypatch.delenv("ACME_PASSWORD", raising=False)
    assert main(["--workspace", str(workspace_dir), "secrets", "check"]) == 0
    told = capsys.readouterr().out
    assert "systemd credential ACME_PASSWORD" in told
    assert "$CREDENTIALS_DIRECTORY/acme-key" in told
    assert "correct horse" not in told
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert main(["--workspace", str(workspace_dir), "secrets", "check"]) == 78, "by hand there is none"


def _with_sftp(partner: str) -> str:
    """A partner's settings with a server instead of a folder, its secrets as docs/operations.md has them."""
    server = (
        '[sftp]\nhost = "sftp.acme.example"\nusername = "us"\nhost_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI'
        + "A" * 43 + '"]\nkey_file = "$CREDENTIALS_DIRECTORY/acme-key"\npassword_env = "ACME_PASSWORD"\n\n'
    )  # fmt: skip
    without = re.sub(r"\[directory\]\n(?:.+\n)*", "", partner)
    return f"{without}\n{server}"


def test_all_services_are_hardened_alike() -> None:
    shared = {path.name: path.read_text().partition("# All it writes")[2] for path in SERVICES}
    assert len(set(shared.values())) == 1
    assert "UMask=0077\n" in shared["edigate-nightly.service"]
    assert all(settings(path, "User") == ["edigate"] for path in SERVICES), "a person's send shares the ledger"
    assert all(settings(path, "TimeoutStartSec") for path in SERVICES)


def test_the_night_retries_only_what_can_mend_itself_and_calls_somebody_for_the_rest() -> None:
    service = UNITS / "edigate-nightly.service"
    never = {int(code) for code in settings(service, "RestartPreventExitStatus")[0].split()}
    transient = {kind.exit_code for kind in errors_below(EdigateError) if issubclass(kind, Transient)}
    lasting = {kind.exit_code for kind in errors_below(EdigateError) if not issubclass(kind, Transient)}
    assert (never, transient) == (lasting | {NEEDS_PERSON}, {75})
    assert settings(service, "Restart") == ["on-failure"]
    assert settings(service, "SuccessExitStatus") == [], "1 pages somebody"
    assert settings(service, "StartLimitBurst") == ["4"]


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
def test_a_job_that_fails_calls_somebody_and_runs_our_commands(path: Path) -> None:
    assert settings(path, "OnFailure") == ["edigate-notify@%n.service"]
    for line in settings(path, "ExecStart"):
        assert re.fullmatch(r"/opt/edigate/bin/edigate (nightly|send|receive|post)( --partner %i)?", line)
    assert re.search(r"^#LoadCredentialEncrypted=\w+:/", path.read_text(), re.MULTILINE)
    assert settings(path, "StateDirectory") == ["edigate"]


def test_the_notifier_says_what_to_do_and_nothing_more(tmp_path: Path) -> None:
    logger = tmp_path / "logger"
    logger.write_text('#!/bin/sh\necho "$@"\n')
    logger.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "MONITOR_EXIT_STATUS": "77"}
    done = subprocess.run(
        [UNITS / "notify", "edigate-nightly.service"], capture_output=True, text=True, check=True, env=environ
    )
    assert "edigate-nightly.service failed with 77" in done.stdout
    assert "do not try again" in done.stdout


def test_every_ending_and_state_is_in_the_runbook() -> None:
    text = (REPOSITORY / "docs" / "operations.md").read_text()
    codes = {kind.exit_code for kind in errors_below(EdigateError)} | {0, NEEDS_PERSON}
    codes |= {endings.INTERRUPTED, endings.TERMINATED, endings.PIPE_CLOSED}
    rows = re.findall(r"^\| ([0-9, ]+) \|", text, re.MULTILINE)
    told = {int(code) for row in rows for code in row.split(",")}
    assert codes - told == set()
    from edigate.ledger import states

    words = {*states.CLAIM_STATES, *states.FILE_STATES, *states.INBOUND_STATES, *states.PAYMENT_STATES}
    assert {word for word in words if f"| {word} |" not in text} == set()


def test_installing_puts_every_file_where_systemd_looks(tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make isn't on this machine")
    for _ in range(2):  # a second time changes nothing of ours: /etc/edigate/notify is the site's
        done = subprocess.run(
            [make, "-C", str(REPOSITORY), "--silent", "install-systemd", f"DESTDIR={tmp_path}"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (tmp_path / "etc/edigate/notify").write_text("ours")
    installed = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert installed == {
        *(f"etc/systemd/system/{path.name}" for path in [*SERVICES, *UNITS.glob("*.timer")]),
        "usr/lib/sysusers.d/edigate.conf",
        "usr/lib/tmpfiles.d/edigate.conf",
        "etc/edigate/notify",
    }
    assert (tmp_path / "etc/edigate/notify").read_text() == "ours"
