"""Examples beside mappings: inputs, and in claims.json what was made of them. Compares, and writes anew.

Knows files and fields; refuses to know what is right: a person looks at the differences, then blesses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from edigate.errors import DataError, NoInputError
from edigate.findings import Source
from edigate.gateway.mapping_files import GOLDEN, examples_of, open_mapping, read_mapping
from edigate.gateway.sources import looked_at
from edigate.gateway.x12_files import new_file
from edigate.mapping.program import MappedClaim
from edigate.secrecy import Phi


class Difference(Phi, msgspec.Struct, frozen=True):
    """One thing that is no longer as it was blessed. `expected` None: it wasn't there; `made` None: it isn't."""

    encounter: str
    field: str
    expected: str | None
    made: str | None
    sources: tuple[Source, ...] = ()


class ExampleReport(msgspec.Struct, kw_only=True):
    """A mapping's examples: how many encounters, and what differs from what was blessed."""

    mapping: str
    path: Path
    inputs: list[str] = []
    encounters: int = 0
    claims: int = 0
    differences: list[Difference] = []
    missing: bool = False  # there is no claims.json yet
    written: bool = False


def test_examples(path: Path) -> ExampleReport:
    """Convert a mapping's examples and compare. Raises NoInputError where it has none, and what converting raises."""
    report, made = _convert(path)
    golden = examples_of(path) / GOLDEN
    if not golden.is_file():
        report.missing = True
        return report
    try:
        expected = json.loads(golden.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problem = f"the {GOLDEN} of {path.stem}'s examples can't be read"
        raise DataError(problem, hint="`edigate mapping bless` writes it anew.") from error
    report.differences = list(_differences(expected if isinstance(expected, list) else [], made))
    return report


def bless_examples(path: Path) -> ExampleReport:
    """Write what the mapping makes of its examples now, where that differs. Raises as `test_examples`, StorageError."""
    report, made = _convert(path)
    golden = examples_of(path) / GOLDEN
    content = _document(made)
    before = golden.read_bytes() if golden.is_file() else b""
    if _decoded(before) != json.loads(content):
        with new_file(golden, force=True) as stream:
            stream.write(content)
        report.written = True
    return report


def has_examples(path: Path) -> bool:
    """Whether there is a folder of examples for a mapping."""
    return examples_of(path).is_dir()


def _convert(path: Path) -> tuple[ExampleReport, list[MappedClaim]]:
    folder = examples_of(path)
    inputs = _inputs(path, folder)
    if not inputs:
        raise NoInputError(
            f"{path.name} has no examples", hint=f"Put an input into {folder}, then run `edigate mapping bless`."
        )
    made: list[MappedClaim] = []
    for file in inputs:
        mapping, _ = open_mapping(path, file)
        with looked_at(file) as stream:
            made += mapping.convert(mapping.read(stream, file.name))
    report = ExampleReport(mapping=path.stem, path=path, inputs=[file.name for file in inputs], encounters=len(made))
    report.claims = sum(one.claim is not None for one in made)
    return report, made


def _inputs(path: Path, folder: Path) -> list[Path]:
    """The inputs of an example: `encounters.*`, else every file there that isn't a lookup's."""
    named = sorted(file for file in folder.glob("encounters.*") if file.is_file())
    if named or not folder.is_dir():
        return named
    lookups = [lookup.file for lookup in read_mapping(path).form.lookup.values()]
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file()
        and file.name != GOLDEN
        and not file.name.startswith((".", "README"))
        and not any(fnmatchcase(file.name, pattern) for pattern in lookups)
    )


def _document(made: list[MappedClaim]) -> bytes:
    told = [{"key": m.key, "rows": m.rows.count, "claim": m.claim, "findings": m.findings} for m in made]
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


# --- what differs


def _differences(expected: list[Any], made: list[MappedClaim]) -> Iterator[Difference]:
    """Encounters are matched by their place: their order is part of what was blessed."""
    told = json.loads(_document(made))
    for number in range(max(len(expected), len(told))):
        if number >= len(told):
            yield Difference(str(expected[number].get("key", "")), "", "an encounter", None)
            continue
        now, mapped = told[number], made[number]
        if number >= len(expected):
            yield Difference(mapped.key, "", None, "an encounter")
            continue
        before = expected[number]
        for field in sorted(set(before) | set(now) - {"claim"}):
            if field == "claim":
                continue
            yield from _of(mapped, field, before.get(field), now.get(field))
        yield from _of(mapped, "claim", before.get("claim"), now.get("claim"))


def _of(mapped: MappedClaim, path: str, before: Any, now: Any) -> Iterator[Difference]:
    if before == now:
        return
    if isinstance(before, dict) and isinstance(now, dict):
        for key in [*before, *(key for key in now if key not in before)]:
            yield from _of(mapped, f"{path}.{key}", before.get(key), now.get(key))
        return
    if isinstance(before, list) and isinstance(now, list):
        for place in range(max(len(before), len(now))):
            one = before[place] if place < len(before) else None
            other = now[place] if place < len(now) else None
            yield from _of(mapped, f"{path}[{place}]", one, other)
        return
    field = path.removeprefix("claim.")
    sources = mapped.trace.sources(field) if path.startswith("claim.") else ()
    yield Difference(mapped.key, field, _text(before), _text(now), sources)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
