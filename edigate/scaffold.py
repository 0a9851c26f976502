"""A new workspace: the folders and commented files that `edigate init` writes. Never writes over anything.

The texts are data in `_templates/`; the sample of a mapping is a shipped mapping. Reads no settings.
"""

from __future__ import annotations

import os
from pathlib import Path

from edigate.config import SETTINGS_FILE, shipped_mappings
from edigate.errors import InternalError, StorageError, UsageError

FOLDERS = ("partners", "keys", "mappings", "inbox", "out", "state")

# Where a template goes. The settings come last: a folder that holds them is a finished workspace.
_FILES = {
    "gitignore": ".gitignore",
    "README.md": "README.md",
    "partners/example.toml.sample": "partners/example.toml.sample",
    SETTINGS_FILE: SETTINGS_FILE,
}
SAMPLE_MAPPING = "encounters-csv"


def create_workspace(root: Path) -> list[Path]:
    """Make `root` a workspace, its files 0600 and folders 0700; return the files written, in order.

    Raises UsageError where it already is one or holds other files of these names, with nothing changed;
    StorageError where the disk refuses.
    """
    contents = _contents()
    try:
        if (root / SETTINGS_FILE).exists():
            raise UsageError(
                f"{root} is a workspace already; nothing was changed",
                hint=f"Its settings are in {root / SETTINGS_FILE}.",
            )
        if root.exists() and not root.is_dir():
            raise UsageError(f"{root} is a file", hint="Name a folder, one that needn't exist yet.")
        _refuse_strangers(root, contents)
        for folder in (root, *(root / name for name in FOLDERS)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [_write(root / name, content) for name, content in contents.items()]
    except OSError as error:
        raise StorageError(f"{root} can't be made a workspace: {os.strerror(error.errno or 0).lower()}") from error


def _contents() -> dict[str, bytes]:
    templates = Path(__file__).resolve().parent / "_templates"
    mapping = shipped_mappings() / f"{SAMPLE_MAPPING}.toml"
    if not mapping.is_file():
        raise InternalError("the mappings that come with edigate are missing", hint="Install edigate again.")
    found = {f"mappings/{SAMPLE_MAPPING}.toml.sample": mapping.read_bytes()}
    return found | {target: (templates / name).read_bytes() for name, target in _FILES.items()}


def _refuse_strangers(root: Path, contents: dict[str, bytes]) -> None:
    # The very same content is no stranger: an init that was interrupted can be run again.
    for name, content in contents.items():
        path = root / name
        if path.exists() and not (path.is_file() and path.read_bytes() == content):
            raise UsageError(
                f"{path} exists already; nothing was changed", hint="Name a folder that doesn't exist yet."
            )
    for name in FOLDERS:
        if (root / name).exists() and not (root / name).is_dir():
            raise UsageError(f"{root / name} is a file; nothing was changed")


def _write(path: Path, content: bytes) -> Path:
    if path.exists():
        return path
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path
