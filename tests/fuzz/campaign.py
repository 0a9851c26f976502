"""A long fuzzing campaign of one target with atheris (coverage guided): `make fuzz TARGET=reading SECONDS=600`.

Needs atheris (`pip install atheris`), which isn't part of the development extras: it builds against the
interpreter. A crash is written beside the corpus folder; put it into fixtures/x12/crashes/ with its fix.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # it ships no types

with atheris.instrument_imports(include=["edigate"]):
    from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Arguments: target, seconds, a folder for what is found (made where it is missing)."""
    name, seconds, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    seeds = folder / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted((ROOT / "fixtures" / "x12").glob("*/*/*.x12"))):
        (seeds / f"fixture-{number}").write_bytes(path.read_bytes())
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds}", "-max_len=4000", f"-artifact_prefix={folder}/crash-", str(seeds)],
        TARGETS[name],
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
