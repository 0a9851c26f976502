"""docs/packs holds a page a pack, made from the pack itself. `EDIGATE_BLESS=1 pytest tests/partners` writes them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edigate.partners.pack import Pack, Source, leaves, load_pack, pack_names

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "packs"
_FROM = {"public": "public", "domain": "our notes", "assumed": "assumed: ask"}
_DEADLINES = {"ta1_hours": "TA1", "x999_hours": "999", "x277ca_hours": "277CA", "x835_days": "835"}


def page(pack: Pack) -> str:
    """What is known of a partner: what to fill in, what to ask, what it takes and leaves, each setting's source."""
    settings = leaves(pack.table)
    lines = [
        f"# {pack.info.title}",
        "",
        f"What the pack `{pack.name}` knows of {pack.info.title}, made from the pack itself: don't edit it here.",
        "[Partners](../partners.md) says how a pack becomes a partner of yours.",
        "",
        "```",
        f"edigate partner add NAME --pack {pack.name}",
        f"edigate partner check --pack {pack.name} --simulated",
        "```",
        *section("What only you can fill in", [f"- `{one.key}`: {one.message}" for one in pack.left]),
        *section("Settle with them first", [f"- {one}" for one in pack.info.ask]),
        *section("Files", list(files(pack, settings))),
        *section("What comes back", [f"| `{one.name}` | {one.hint} |" for one in pack.info.answers], "name", "what"),
        *section("When it is late", list(deadlines(settings)), "answer", "is missed after"),
        *section(
            "Every setting, and where it is from",
            [f"| `{key}` | {shown(value)} | {origin(pack, key)} |" for key, value in settings.items()],
            "setting", "value", "from",
        ),
        *section("Sources", [f"- {_FROM[one.from_]}: {one.title}" for one in pack.info.source]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def section(title: str, rows: list[str], *columns: str) -> Iterator[str]:
    if rows:
        yield from ("", f"## {title}", "")
        if columns:
            yield from (f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|")
        yield from rows


def files(pack: Pack, settings: dict[str, Any]) -> Iterator[str]:
    yield f"- Sent to `{settings.get('folders.send') or 'the folder of the login'}`, named `{pack.info.takes}`."
    if received := settings.get("folders.receive"):
        yield f"- Answers are in {', '.join(f'`{one}`' for one in received)}."
    draft = settings.get("folders.temporary", True)
    yield ("- A draft under another name comes first, then it is renamed." if draft else
           "- No drafts: a file is written under its own name, and one that was cut off is uncertain.")  # fmt: skip
    for what in ("success", "failed"):
        for marker in settings.get(f"folders.markers.{what}", []):
            yield f"- `{marker}` marks {'what was taken' if what == 'success' else 'what was refused'}."
    if pack.info.takes_away:
        yield "- A file that was read is gone from the send folder."
    for key, words in (("batch.max_claims", "claims a set"), ("batch.max_bytes", "bytes a file")):
        if most := settings.get(key):
            yield f"- At most {most:,} {words}."


def deadlines(settings: dict[str, Any]) -> Iterator[str]:
    for key, answer in _DEADLINES.items():
        if (number := settings.get(f"expect.{key}")) is not None:
            yield f"| {answer} | {number} {key.rsplit('_', 1)[1]} |"


def shown(value: Any) -> str:
    if "FILL IN" in json.dumps(value):
        return "to fill in"
    return f"`{json.dumps(value)}`".replace("|", "\\|")


def origin(pack: Pack, key: str) -> str:
    def covers(source: Source) -> int:
        return max((len(one) for one in source.settings if key == one or key.startswith(f"{one}.")), default=0)

    best = max(pack.info.source, key=covers)
    return _FROM[best.from_] if covers(best) else ""


@pytest.mark.parametrize("name", pack_names())
def test_the_page_of_a_pack_is_what_the_pack_says(name: str) -> None:
    path, text = FOLDER / f"{name}.md", page(load_pack(name))
    if os.environ.get("EDIGATE_BLESS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_there_is_no_page_without_a_pack() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == pack_names()
