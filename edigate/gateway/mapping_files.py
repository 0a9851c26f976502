"""Mappings as files: which there are, where one is found, how one is opened with its tables. Converts nothing.

    mappings/NAME.toml                 a mapping
    mappings/examples/NAME/            inputs, and in claims.json what the mapping makes of them
"""

from __future__ import annotations

from collections.abc import Mapping as Named
from pathlib import Path

import msgspec

from edigate.config import Workspace, shipped_mappings
from edigate.errors import ConfigError, EdigateError, NoInputError
from edigate.gateway.sources import Lookups
from edigate.mapping.engine import Mapping, load_mapping
from edigate.settings import closest

GOLDEN = "claims.json"


class MappingFile(msgspec.Struct, frozen=True):
    """A mapping there is. `shipped`: it came with edigate. `problem`: why it can't be used, else empty."""

    name: str
    path: Path
    shipped: bool
    kind: str = ""
    format: str = ""
    description: str = ""
    problem: str = ""


def mapping_files(workspace: Workspace | None) -> list[MappingFile]:
    """Every mapping that a name finds, by name; without a workspace those that came with edigate."""
    return [_described(name, path) for name, path in sorted(_known(workspace).items())]


def mapping_path(workspace: Workspace | None, name: str) -> Path:
    """The file of a mapping, by name or by path. Raises ConfigError (no such name), NoInputError (no such file)."""
    if name.endswith(".toml") or "/" in name:
        path = Path(name).absolute()
        if not path.is_file():
            raise NoInputError(f"mapping {name}: no such file")
        return path
    known = _known(workspace)
    if name not in known:
        raise ConfigError(
            f"there is no mapping {name!r}.{closest(name, known)}",
            hint=f"`edigate mapping list` shows all; a file is named by its path, e.g. ./{name}.toml",
        )
    return known[name]


def open_mapping(path: Path, input_path: Path, lookups: Named[str, Path] | None = None) -> tuple[Mapping, Lookups]:
    """A mapping with its lookup tables read, from beside the input or beside itself.

    Raises ConfigError (the mapping, a lookup), DataError (a lookup's rows), NoInputError.
    """
    source = Lookups(input_path, path, lookups or {})
    return load_mapping(source.mapping_text, path.name).with_lookups(source.open), source


def read_mapping(path: Path) -> Mapping:
    """A mapping checked by itself, its lookups not opened. Raises ConfigError, NoInputError."""
    return load_mapping(Lookups(path, path, {}).mapping_text, path.name)


def examples_of(path: Path) -> Path:
    """The folder of a mapping's examples, whether it is there or not."""
    return path.parent / "examples" / path.stem


def _known(workspace: Workspace | None) -> dict[str, Path]:
    if workspace is not None:
        return workspace.mappings()
    return {path.stem: path for path in sorted(shipped_mappings().glob("*.toml"))}


def _described(name: str, path: Path) -> MappingFile:
    shipped = path.parent == shipped_mappings()
    try:
        form = read_mapping(path).form
    except EdigateError as error:
        return MappingFile(name, path, shipped, problem=error.message)
    return MappingFile(name, path, shipped, form.kind, form.source.format, form.description)
