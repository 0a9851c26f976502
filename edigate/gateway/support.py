"""The bundle for support: what helps to find a fault, in one zip, without anybody's identity and without a secret.

Each part is made by itself: what can't be made is said in its place, and hinders nothing else.
"""

from __future__ import annotations

import io
import platform
import re
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from edigate import __version__
from edigate.config import SETTINGS_FILE, load_workspace
from edigate.errors import EdigateError
from edigate.gateway.deidentifying import deidentify, new_key
from edigate.gateway.doctor import examine
from edigate.gateway.opening import Gateway
from edigate.gateway.x12_files import new_file
from edigate.reports.glance import glance

_LOG_BYTES = 2 << 20  # of each log file, its end
_SECRET_KEY = re.compile(r"pass(word|phrase)|secret|token|credential|api_?key", re.IGNORECASE)
_PLACE_OF_SECRET = ("_env", "_file", "_keyring", "_credential")
"""Keys that say where a secret is, and hold none."""

_IN_URL = re.compile(r"(?<=://)[^/@\s]*@")
_LEFT_OUT = "(left out)"


class Packed(msgspec.Struct, frozen=True):
    """One part of a bundle. `problem`: why there is none of it."""

    name: str
    bytes: int = 0
    problem: str = ""


def support_bundle(
    root: Path,
    output: Path,
    *,
    environ: Mapping[str, str],
    now: datetime,
    files: Sequence[str] = (),
    mapping: Path | None = None,
    force: bool = False,
) -> list[Packed]:
    """Write the bundle of the workspace at `root`; `files` go in de-identified under a key that is forgotten.

    Raises UsageError, StorageError where the zip can't be written, and as `deidentify` for the files: a file that
    can't be made over must not go in as it is.
    """
    with TemporaryDirectory(prefix=".edigate-", dir=output.parent) as folder:
        made = deidentify(files, Path(folder), new_key(), now.date(), force=False, mapping=mapping)
        packed: list[Packed] = []
        with new_file(output, force=force) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, make in _parts(root, environ):
                packed.append(_add(bundle, name, make))
            packed += [_add(bundle, f"files/{one.output.name}", one.output.read_bytes) for one in made]
            about = {"made": now, "parts": packed}
            bundle.writestr("about.json", _json(about))
    return packed


def _add(bundle: zipfile.ZipFile, name: str, make: Callable[[], bytes]) -> Packed:
    try:
        content = make()
    except (EdigateError, OSError) as error:
        return Packed(name, problem=error.message if isinstance(error, EdigateError) else type(error).__name__)
    bundle.writestr(name, content)
    return Packed(name, bytes=len(content))


def _parts(root: Path, environ: Mapping[str, str]) -> Iterable[tuple[str, Callable[[], bytes]]]:
    yield "versions.json", _versions
    for path in [root / SETTINGS_FILE, *sorted((root / "partners").glob("*.toml"))]:
        yield f"settings/{path.relative_to(root)}.json", partial(_settings, path)
    for path in sorted((root / "mappings").glob("*.toml")):
        yield f"mappings/{path.name}", path.read_bytes
    yield "doctor.json", lambda: _json(examine(root, environ=environ, offline=True).reports)
    yield "status.json", lambda: _status(root, environ)
    for path in _logs(root):
        yield f"logs/{path.name}", partial(_end_of, path)


def _versions() -> bytes:
    """edigate, Python, the system, and every library there is beside them."""
    found = {one.name: one.version for one in metadata.distributions() if one.name}
    about = {"edigate": __version__, "python": sys.version, "system": platform.platform()}
    return _json({**about, "libraries": dict(sorted(found.items()))})


def _settings(path: Path) -> bytes:
    """Settings as they are read, comments left out, and whatever a secret may stand in."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return _json({"problem": "this isn't TOML, so that nobody can tell what of it is secret"})
    return _json(_without_secrets(table))


def _without_secrets(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(inner, key) for inner in value]
    if _SECRET_KEY.search(key) and not key.endswith(_PLACE_OF_SECRET):
        return _LEFT_OUT
    return _IN_URL.sub(f"{_LEFT_OUT}@", value) if isinstance(value, str) else value


def _status(root: Path, environ: Mapping[str, str]) -> bytes:
    """Counts and sums of the ledger."""
    with Gateway.open(load_workspace(root), environ=environ) as gateway, gateway.ledger.read() as tx:
        return _json(glance(tx))


def _logs(root: Path) -> list[Path]:
    """The log file and its older ones. What is logged has been let through by `edigate.logs`."""
    try:
        log = load_workspace(root).log_file
    except EdigateError:
        return []
    return sorted(log.parent.glob(f"{log.name}*")) if log else []


def _end_of(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(0, io.SEEK_END)
        stream.seek(max(0, stream.tell() - _LOG_BYTES))
        return stream.read()


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
