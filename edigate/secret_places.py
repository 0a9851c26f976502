"""Where secrets are kept, and reading them: environment, systemd's credentials, files of one's own, the keyring.

A settings file names the place, never the secret. Knows no partner and no server; shows no value, wherever it fails.

    NAME_env      an environment variable; where that isn't set, a systemd credential of the same name
    NAME_file     a file that nobody else can read; `$CREDENTIALS_DIRECTORY/...` is systemd's folder of them
    NAME_keyring  SERVICE/USER in the keyring of the desktop or server (`pip install 'edigate[keyring]'`)
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from edigate.errors import ConfigError
from edigate.secrecy import Secret

CREDENTIALS = "CREDENTIALS_DIRECTORY"  # systemd sets it for a unit with LoadCredential=
_IN_CREDENTIALS = f"${CREDENTIALS}/"
_MOST = 1_000_000  # bytes: no secret is larger, and a device would never end
_SHOWN = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)  # how variables are called; anything else may be the password itself


class Place(msgspec.Struct, frozen=True):
    """Where settings say that a secret is; `key` is how messages call the setting, without its ending."""

    key: str
    env: str = ""
    file: str = ""
    keyring: str = ""

    @property
    def given(self) -> list[str]:
        """The endings that are set: at most one may be."""
        return [name for name in ("env", "file", "keyring") if getattr(self, name)]


def place_of(settings: object, name: str, where: str) -> Place:
    """The place of the secret `name` in a record of settings, e.g. `password` of an SSH server."""
    return Place(where, *(getattr(settings, f"{name}_{ending}") for ending in ("env", "file", "keyring")))


def find(place: Place, *, folder: Path, environ: Mapping[str, str]) -> Secret | None:
    """The secret; None where no place is given. Relative files count from `folder`.

    Raises ConfigError that says what is missing, or who else can read it.
    """
    if len(place.given) > 1:
        keys = " and ".join(f"{place.key}_{ending}" for ending in place.given)
        raise ConfigError(f"{keys} are both set.", hint="Keep one of them.")
    if place.env:
        return _from_environment(place, environ)
    if place.file:
        key = f"{place.key}_file"
        path = path_of(place.file, folder, environ, key)
        return _text(private_bytes(path, key, credential=is_credential(place.file)), key)
    if place.keyring:
        return _from_keyring(place)
    return None


def where(place: Place, environ: Mapping[str, str]) -> str:
    """The place in words, for who looks for it; nothing of the secret."""
    if place.env:
        shown = place.env if _SHOWN.fullmatch(place.env) else "(a name that isn't shown)"
        kept = not environ.get(place.env) and _credential(place.env, environ) is not None
        return f"{'systemd credential' if kept else 'environment variable'} {shown}"
    if place.file:
        return f"file {place.file}"
    return f"keyring {place.keyring}" if place.keyring else ""


def path_of(name: str, folder: Path, environ: Mapping[str, str], key: str) -> Path:
    """The file that a setting names; `$CREDENTIALS_DIRECTORY/` stands for systemd's folder. Raises ConfigError."""
    if name.startswith(_IN_CREDENTIALS):
        credentials = environ.get(CREDENTIALS, "")
        if not credentials:
            raise ConfigError(
                f"{key} names a systemd credential, and this run has none.",
                hint="Run it by its unit, or with `systemd-run -p LoadCredential=...`; see docs/operations.md.",
            )
        return Path(credentials, Path(name.removeprefix(_IN_CREDENTIALS)).name)
    return folder / name


def is_credential(name: str) -> bool:
    """Whether a setting names one of systemd's credentials, which are there only in a unit's run."""
    return name.startswith(_IN_CREDENTIALS)


def exposed(status: os.stat_result, *, credential: bool = False) -> str:
    """How others could read or change a secret's file, empty where they can't.

    Of a credential the group bits are those of an access list that names our user alone (systemd.exec(5)).
    """
    bits = stat.S_IRWXO if credential else stat.S_IRWXG | stat.S_IRWXO
    if status.st_mode & bits:
        return f"others can read it (mode {stat.S_IMODE(status.st_mode):04o})"
    if status.st_uid not in (0, os.geteuid()):
        return f"it belongs to another user (number {status.st_uid})"
    return ""


def private_bytes(path: Path, key: str, *, credential: bool = False) -> bytes:
    """A file's content, if nobody but its owner can read it (asked of the file that was opened). Raises ConfigError."""
    try:
        with path.open("rb") as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"{key} names {path}, which isn't a file.")
            if trouble := exposed(status, credential=credential):
                raise ConfigError(f"{key} names {path}, and {trouble}.", hint=f"Run: {remedy(path, status)}")
            return opened.read(_MOST)
    except OSError as error:
        raise ConfigError(f"{key} names {path}, which can't be read: {error.strerror}.") from None


def remedy(path: Path, status: os.stat_result) -> str:
    """The command that makes a file private."""
    return f"chmod 600 {path}" if status.st_uid == os.geteuid() else f"chown {os.geteuid()} {path} && chmod 600 {path}"


def _from_environment(place: Place, environ: Mapping[str, str]) -> Secret:
    value = environ.get(place.env, "")
    if value:
        return Secret(value)
    path = _credential(place.env, environ)
    if path is not None:
        return _text(private_bytes(path, f"{place.key}_env", credential=True), f"{place.key}_env")
    shown = f"{place.env}, which isn't set" if _SHOWN.fullmatch(place.env) else "a variable that isn't set"
    raise ConfigError(
        f"{place.key}_env names {shown} in the environment, nor is there a systemd credential of that name.",
        hint="`edigate secrets check` shows where each secret is looked for.",
    )


def _credential(name: str, environ: Mapping[str, str]) -> Path | None:
    folder = environ.get(CREDENTIALS, "")
    path = Path(folder, name)
    return path if folder and "/" not in name and path.is_file() else None


def _from_keyring(place: Place) -> Secret:
    key = f"{place.key}_keyring"
    service, slash, user = place.keyring.partition("/")
    if not (service and slash and user):
        raise ConfigError(f"{key}: expected SERVICE/USER, as in `keyring set SERVICE USER`")
    try:
        import keyring  # noqa: PLC0415  # optional, and slow to import
    except ModuleNotFoundError:
        raise ConfigError(f"{key} needs the keyring package", hint="pip install 'edigate[keyring]'") from None
    try:
        value = keyring.get_password(service, user)
    except Exception as error:  # noqa: BLE001 - a back end of the desktop's raises what it likes, with what text it likes
        raise ConfigError(
            f"{key}: the keyring can't be asked ({type(error).__name__})",
            hint="A service without a desktop has no keyring that is open: use a systemd credential or a file.",
        ) from None
    if not value:
        raise ConfigError(f"{key}: the keyring holds nothing there", hint=f"Run: keyring set {service} {user}")
    return Secret(value)


def _text(content: bytes, key: str) -> Secret:
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigError(f"{key} names a file that isn't text.") from None
    if not text:
        raise ConfigError(f"{key} names an empty file.")
    return Secret(text)
