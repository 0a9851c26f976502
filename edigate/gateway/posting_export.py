"""A posting file as a job: its mapping found by name, posted payments written by it, how far that came remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from edigate import settings
from edigate.config import Workspace
from edigate.errors import ConfigError
from edigate.gateway.exporting import begin_export, end_export
from edigate.gateway.opening import Gateway
from edigate.logs import get_logger
from edigate.reports.posting_file import PostingFile
from edigate.reports.posting_form import load_form

log = get_logger(__name__)

_SHIPPED = Path(__file__).parents[1] / "_postings"


def posting_mappings(workspace: Workspace) -> dict[str, Path]:
    """Every posting mapping by name: the workspace's own (`postings/`) before shipped ones of the same name."""
    folders = (_SHIPPED, workspace.root / "postings")
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def posting_mapping(workspace: Workspace, name: str) -> Path:
    """A posting mapping by name, or by path (`./x.toml`). Raises ConfigError that names those there are."""
    if name.endswith(".toml") or "/" in name:
        path = Path(name).absolute()
        if path.is_file():
            return path
        raise ConfigError(f"posting mapping {name}: no such file")
    known = posting_mappings(workspace)
    if name not in known:
        raise ConfigError(
            f"there is no posting mapping {name!r}.{settings.closest(name, known)}",
            hint=f"There are: {', '.join(known)}. One of your own goes into postings/.",
        )
    return known[name]


class PostingExport:
    """One posting file. Iterate `lines`; `finish` once all of them are safely where they belong.

    With `changed`, payments posted since the last finished run with this mapping, each once.
    """

    def __init__(self, gateway: Gateway, mapping: str, *, since: date | None = None, changed: bool = False) -> None:
        path = posting_mapping(gateway.workspace, mapping)
        self._gateway = gateway
        self._name = f"posting {path.stem}"
        self._changed = changed
        self._file = PostingFile(load_form(path), written_on=gateway.clock().date())
        self._span = begin_export(gateway, self._name, since=since, changed=changed)

    @property
    def records(self) -> int:
        """How many records were written, header and trailer aside."""
        return self._file.records

    def lines(self) -> Iterator[bytes]:
        """The file's lines with their ends, as bytes of its encoding. Raises DataError for what can't be written."""
        with self._gateway.ledger.read() as tx:
            yield from self._file.lines(tx, self._span)

    def finish(self) -> None:
        """Everything was written: the next run with `changed` begins here."""
        end_export(self._gateway, self._name, self._span, changed=self._changed)
        log.info("exported", rows=self.records)
