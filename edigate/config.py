"""The workspace: the folder edigate works in, its settings `edigate.toml`, its partners, its mappings.

Everything that can be wrong with settings is said here, at the start of a command, by file and key.
Opens no ledger and no connection; reads no secret.

    NAME/edigate.toml          the practice, the ledger, what comes in every night
    NAME/partners/*.toml       one file a clearinghouse or payer
    NAME/mappings/*.toml       mappings of one's own, before the shipped ones of the same name
    NAME/banks/*.toml          how a bank's statements are read
    NAME/fees/*.csv            what payers should allow
    NAME/codesets/SET/*.txt    editions of code sets that were imported
    NAME/inbox/ NAME/out/      encounters to convert; files that were asked for
    NAME/state/                ledger, archive, logs: what must be backed up
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edigate import settings
from edigate.archive.sealing import read_recipients, recipient_problem
from edigate.bank.settings import Bank, load_banks
from edigate.errors import ConfigError
from edigate.partners.check import NAME
from edigate.partners.drafts import waiting
from edigate.partners.load import load_drafts, load_partners
from edigate.partners.model import Partner, Setting, Text
from edigate.retention import Retention
from edigate.retention import problems as retention_problems
from edigate.secret_places import place_of
from edigate.settings import Problem

SETTINGS_FILE = "edigate.toml"
_SQLITE = "sqlite:///"
Days = Annotated[int, msgspec.Meta(ge=0, le=365)]
_POSTGRESQL = re.compile(r"postgresql(?:\+psycopg)?://(?=.)")


class Practice(Setting, frozen=True, kw_only=True):
    """Who works here."""

    name: Text


class LedgerSettings(Setting, frozen=True, kw_only=True):
    """Where the ledger is: SQLite, a path from the workspace on (or an absolute one, with four slashes), or
    `postgresql://user@host/database`, its password where one of the others says (`secret_places.py`)."""

    url: Text = "sqlite:///state/ledger.db"
    password_env: str = ""
    password_file: str = ""
    password_keyring: str = ""  # SERVICE/USER


class ArchiveSettings(Setting, frozen=True, kw_only=True):
    """Where raw files are kept, from the workspace on, and whose public keys (age's) they are sealed to when done."""

    path: Text = "state/archive"
    recipients: tuple[Text, ...] = ()
    recipients_file: str = ""  # one a line
    identity_file: str = ""  # a private key, where this user may read what is sealed; not where only nights run
    plain_days: Days = 7  # for so long at most what was sent waits for its answer unsealed, or an answer for its claim


class Intake(Setting, frozen=True, kw_only=True):
    """What `nightly` converts: files (a pattern from the workspace on), how to read them, for whom.

    Without `files`, what the mapping's query gives.
    """

    files: str = ""
    mapping: Text
    partner: Text


class DepositSettings(Setting, frozen=True, kw_only=True):
    """How payments and deposits are compared, in days."""

    near_days: Days = 5  # from a payment's day to its EFT's, either way
    check_days: Days = 30  # from a check's day until it is paid in
    late_days: Days = 7  # after which the 835 of an EFT, or the EFT of an 835, is missing


class LogSettings(Setting, frozen=True, kw_only=True):
    """How much is logged, how, and where to: standard error, or a file from the workspace on."""

    level: Literal["auto", "debug", "info", "warning", "error"] = "auto"
    format: Literal["auto", "json", "text"] = "auto"
    file: str = ""


class MetricsSettings(Setting, frozen=True, kw_only=True):
    """A file for Prometheus' node exporter (its textfile collector), from the workspace on or absolute; none: "" ."""

    textfile: str = ""


class AlertSettings(Setting, frozen=True, kw_only=True):
    """A command that is run once for what newly needs a person; it gets JSON on its standard input."""

    on_attention: tuple[Text, ...] = ()  # the program and its arguments
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 30.0


class Config(Setting, frozen=True, kw_only=True):
    """`edigate.toml`."""

    practice: Practice
    ledger: LedgerSettings = LedgerSettings()
    archive: ArchiveSettings = ArchiveSettings()
    intake: tuple[Intake, ...] = ()
    deposits: DepositSettings = DepositSettings()
    logs: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    alerts: AlertSettings = AlertSettings()
    retention: Retention = Retention()


class Workspace:
    """A workspace whose settings have all been found good. Paths are absolute; none is created here."""

    def __init__(
        self,
        root: Path,
        config: Config,
        partners: tuple[Partner, ...],
        drafts: Mapping[str, list[Problem]] | None = None,
        banks: Mapping[str, Bank] | None = None,
    ) -> None:
        self.root = root
        self.config = config
        self.drafts = dict(drafts or {})  # partner files that wait to be filled in, with what is left
        self.banks = dict(banks or {})  # by name
        self._partners = {partner.name: partner for partner in partners}

    @property
    def state(self) -> Path:
        """What must survive: ledger, archive, logs."""
        return self.root / "state"

    @property
    def out(self) -> Path:
        """Where files go that a person asked for."""
        return self.root / "out"

    @property
    def ledger_on_server(self) -> bool:
        """Whether the ledger is a server's database, which other hosts may work with, too."""
        return not self.config.ledger.url.startswith(_SQLITE)

    @property
    def ledger_path(self) -> Path:
        """The ledger's SQLite file, where it is one."""
        return self.root / self.config.ledger.url.removeprefix(_SQLITE)

    @property
    def ledger_url(self) -> str:
        """The ledger's address for SQLAlchemy, with an absolute path; a server's without its password."""
        if self.ledger_on_server:
            return _POSTGRESQL.sub("postgresql+psycopg://", self.config.ledger.url)
        return f"{_SQLITE}{self.ledger_path}"

    @property
    def archive_path(self) -> Path:
        return self.root / self.config.archive.path

    @property
    def recipients(self) -> list[str]:
        """The public keys that files of the archive are sealed to, none where they aren't. Raises ConfigError."""
        given = self.config.archive
        in_file = given.recipients_file
        told = "archive.recipients_file"
        return [*given.recipients, *(read_recipients(self.root / in_file, told) if in_file else ())]

    @property
    def log_file(self) -> Path | None:
        """The file logs go to, None for standard error."""
        return self.root / self.config.logs.file if self.config.logs.file else None

    @property
    def metrics_file(self) -> Path | None:
        """The file that metrics are written to, None where none is wanted."""
        return self.root / self.config.metrics.textfile if self.config.metrics.textfile else None

    def partners(self) -> tuple[Partner, ...]:
        """All partners, by name."""
        return tuple(self._partners.values())

    def partner(self, name: str) -> Partner:
        """The partner of this name. Raises ConfigError that names those there are."""
        found = self._partners.get(name)
        if name in self.drafts:
            raise waiting(f"partners/{name}.toml", self.drafts[name])
        if found is None:
            raise ConfigError(
                f"there is no partner {name!r} in this workspace.{settings.closest(name, self._partners)}",
                hint=_have("partners/", self._partners),
            )
        return found

    def intake_files(self, intake: Intake) -> list[Path]:
        """The files an intake's pattern finds now, by name; none is no error."""
        # Not Path.glob: that takes no absolute pattern, and a practice's export may lie elsewhere.
        found = glob.glob(intake.files, root_dir=self.root, recursive=True)  # noqa: PTH207  # as said above
        return sorted(path for path in (self.root / name for name in found) if path.is_file())

    def mapping_path(self, name: str) -> Path:
        """The file of a mapping, by name (the workspace's own before the shipped) or by path (`./x.toml`).

        A path counts from the current directory. Raises ConfigError that names the mappings there are.
        """
        if name.endswith(".toml") or "/" in name:
            path = Path(name).absolute()
            if path.is_file():
                return path
            raise ConfigError(f"mapping {name}: no such file")
        known = self.mappings()
        if name not in known:
            raise ConfigError(
                f"there is no mapping {name!r}.{settings.closest(name, known)}", hint=_have("mappings", known)
            )
        return known[name]

    def mappings(self) -> dict[str, Path]:
        """Every mapping by name; the workspace's own stand in front of shipped ones of the same name."""
        found: dict[str, Path] = {}
        for folder in (shipped_mappings(), self.root / "mappings"):
            found |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
        return dict(sorted(found.items()))


def find_workspace(
    explicit: str | None = None, environ: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Workspace:
    """The workspace of `explicit` (`--workspace`), else of EDIGATE_WORKSPACE, else the current directory.

    Raises ConfigError where that is none, or where any of its settings can't be used.
    """
    return load_workspace(find_root(explicit, environ, cwd))


def find_root(
    explicit: str | None = None, environ: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Path:
    """The folder of the workspace that `find_workspace` would load; its settings aren't read. Raises ConfigError."""
    named = (environ if environ is not None else os.environ).get("EDIGATE_WORKSPACE", "")
    here = cwd or Path.cwd()
    root, said = (
        (here / explicit, f"--workspace {explicit}")
        if explicit
        else (here / named, f"EDIGATE_WORKSPACE={named}")
        if named
        else (here, "the current directory")
    )
    if not (root / SETTINGS_FILE).exists():
        raise ConfigError(
            f"{said} isn't a workspace: it holds no {SETTINGS_FILE}",
            hint="Make one with `edigate init DIR`, then go there, or name it with --workspace DIR.",
        )
    return root.resolve()


def load_workspace(root: Path) -> Workspace:
    """Read and check all settings of the workspace at `root`. Raises ConfigError."""
    root = root.resolve()
    config = settings.read(root / SETTINGS_FILE, Config, name=SETTINGS_FILE)
    folder, banks = root / "partners", load_banks(root / "banks")
    workspace = Workspace(root, config, load_partners(folder, root=root), load_drafts(folder), banks)
    found = _problems(workspace)
    if found:
        raise settings.refusal(SETTINGS_FILE, found)
    return workspace


def shipped_mappings() -> Path:
    """The folder of the mappings that come with edigate: in a wheel inside the package, else beside it."""
    package = Path(__file__).resolve().parent
    packed = package / "_mappings"
    return packed if packed.is_dir() else package.parent / "mappings"


def _ledger_problems(workspace: Workspace) -> Iterator[Problem]:
    url = workspace.config.ledger.url
    if _POSTGRESQL.match(url):
        if "@" in url and ":" in url.split("//", 1)[1].rsplit("@", 1)[0]:
            yield Problem("ledger.url", "holds a password: name an environment variable in ledger.password_env")
        return
    path = url.removeprefix(_SQLITE)
    if path == url or not path or path.startswith(":"):
        # A ledger in memory would forget what was sent.
        yield Problem("ledger.url", 'expected "sqlite:///state/ledger.db" or "postgresql://user@host/database"')
    elif set(workspace.ledger_url) & set("?#"):
        yield Problem("ledger.url", "expected a path without ? and #, the workspace's own included")
    for ending in place_of(workspace.config.ledger, "password", "").given:
        yield Problem(f"ledger.password_{ending}", "is for a PostgreSQL server; a SQLite file has no password")


def _archive_problems(workspace: Workspace) -> Iterator[Problem]:
    try:
        for index, key in enumerate(workspace.config.archive.recipients):
            if told := recipient_problem(key):
                yield Problem(f"archive.recipients[{index}]", told)
                return
        _ = workspace.recipients
    except ConfigError as error:  # of the file, or of a package that is missing
        yield Problem("archive", str(error))


def _problems(workspace: Workspace) -> list[Problem]:
    config = workspace.config
    found: list[Problem] = []
    found += _ledger_problems(workspace)
    found += _archive_problems(workspace)
    found += retention_problems(config.retention)
    if config.metrics.textfile and not config.metrics.textfile.endswith(".prom"):
        found.append(Problem("metrics.textfile", 'expected a name that ends in ".prom": others are not collected'))
    names = [partner.name for partner in workspace.partners()]
    mappings = workspace.mappings()
    for index, intake in enumerate(config.intake):
        at = f"intake[{index}]"
        if NAME.fullmatch(intake.partner) is None or intake.partner not in names:
            near = settings.closest(intake.partner, names)
            draft = intake.partner in workspace.drafts
            missing = "waits to be filled in: `edigate partner check` says what is left"
            told = f"partners/{intake.partner}.toml {missing}" if draft else ""
            found.append(Problem(f"{at}.partner", told or f"there is no partners/{intake.partner}.toml.{near}"))
        if intake.mapping not in mappings:
            near = settings.closest(intake.mapping, mappings)
            found.append(Problem(f"{at}.mapping", f'there is no mapping "{intake.mapping}".{near}'))
        if not Path(intake.files).is_absolute() and ".." in Path(intake.files).parts:
            found.append(Problem(f"{at}.files", "expected a path inside the workspace, or an absolute one"))
    return found


def _have(what: str, names: Mapping[str, object]) -> str:
    return f"In {what}: {', '.join(names)}." if names else f"There is nothing in {what} yet."
