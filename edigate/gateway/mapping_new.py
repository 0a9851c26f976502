"""A first mapping for a file: a bounded look at it, the guess, the text, proved to load. Opens the file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edigate.claims.model import ClaimKind
from edigate.config import Workspace
from edigate.errors import ConfigError
from edigate.gateway.mapping_files import mapping_files, read_mapping
from edigate.gateway.names import kept_name
from edigate.gateway.sources import looked_at
from edigate.mapping.engine import load_mapping
from edigate.mapping.guess import Guessed, guess
from edigate.mapping.guess_look import SAMPLE, WHOLE, look
from edigate.mapping.guess_write import write


class NewMapping(msgspec.Struct, kw_only=True):
    """A guessed mapping. `problem`: what keeps its text from being loaded, empty where nothing does."""

    file: str
    kind: str
    format: str
    records: int
    columns: int
    found: dict[str, list[str]]  # field: columns
    left: list[str]
    missing: list[str]
    nearest: str = ""  # a mapping there is that reads most of the same columns: better to start from
    problem: str = ""
    text: str = ""


def new_mapping(path: Path, kind: ClaimKind | None = None, workspace: Workspace | None = None) -> NewMapping:
    """Guess a mapping for a file. Raises NoInputError, and DataError where it is nothing a mapping reads."""
    name = kept_name(path.name)
    with looked_at(path) as stream:
        start = stream.read(SAMPLE)
        # One JSON document can't be looked at in part.
        if len(start) == SAMPLE and start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            start += stream.read(WHOLE - SAMPLE)
        whole = not stream.read(1)
    guessed = guess(look(start, name, whole=whole), kind)
    text = write(guessed, name)
    found: dict[str, list[str]] = {}
    for one in guessed.guesses:
        found.setdefault(one.key, []).extend(one.columns)
    made = NewMapping(
        file=name,
        kind=guessed.kind,
        format=guessed.look.source.format,
        records=guessed.look.records,
        columns=len(guessed.look.columns),
        found=dict(sorted(found.items())),
        left=list(guessed.left),
        missing=guessed.missing,
        nearest=_nearest(guessed, workspace),
        text=text,
    )
    try:
        load_mapping(text, f"the mapping for {name}")
    except ConfigError as error:
        made.problem = error.message
    return made


_ALIKE = 0.8  # share of columns from which on another mapping is thought to be for files of this kind
_ENOUGH = 8  # columns, so that a few common names don't count


def _nearest(guessed: Guessed, workspace: Workspace | None) -> str:
    """The mapping that reads most of a CSV's columns, or FHIR's own where it is FHIR; empty where none does."""
    names = {column.name for column in guessed.look.columns}
    known = {one.name: one for one in mapping_files(workspace) if not one.problem}
    if any(column.name.endswith("resourceType") and "Claim" in column.cells for column in guessed.look.columns):
        return next((name for name, one in known.items() if one.format == "fhir" and one.kind == guessed.kind), "")
    found: list[tuple[float, int, str]] = []
    for name, one in known.items():
        if one.format != "csv" or guessed.look.source.format != "csv":
            continue
        read = read_mapping(one.path).columns()
        both = len(read & names)
        alike = max(both / len(read), both / len(names)) if read and names else 0.0
        if both >= _ENOUGH and alike >= _ALIKE:
            found.append((alike, both, name))
    return max(found)[2] if found else ""
