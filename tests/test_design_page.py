"""docs/design.md draws the contracts that import-linter holds the house to. `EDIGATE_BLESS=1` draws them."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "design.md"
BEGIN, END = "<!-- contracts -->\n", "<!-- end -->"


def contracts() -> list[dict[str, Any]]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return found


def layers() -> list[list[str]]:
    """The rooms, from the top down; one that may be missing is in brackets there, and here where it is."""
    (one,) = [each for each in contracts() if each["type"] == "layers"]
    rooms = [[room.strip() for room in line.split("|")] for line in one["layers"]]
    there = [[room.strip("()") for room in line if not room.startswith("(") or is_there(room)] for line in rooms]
    return [line for line in there if line]


def is_there(room: str) -> bool:
    path = REPOSITORY / "edigate" / room.strip("()")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def drawn() -> str:
    """The layers as boxes, pure rooms marked, then what the other contracts forbid."""
    first, *others = [each for each in contracts() if each["type"] == "forbidden"]
    pure = {module.removeprefix("edigate.") for module in first["source_modules"]}
    rows = ["   ".join(f"{room}{'°' if room in pure else ''}" for room in line) for line in layers()]
    width = max(map(len, rows))
    boxes = f"├─{'─' * width}─┤\n".join(f"│ {row.center(width)} │\n" for row in rows)
    return (
        f"```\n┌─{'─' * width}─┐\n{boxes}└─{'─' * width}─┘\n```\n\n"
        f"° never imports {listed(first['forbidden_modules'], 'or')}, not even through another room.\n\n"
        + "".join(f"- **{each['name']}**: {rule(each)}\n" for each in others)
        + "\n"
    )


def rule(contract: dict[str, Any]) -> str:
    rooms = [module.removeprefix("edigate.") for module in contract["source_modules"]]
    apart = [line.removeprefix("edigate.") for line in contract.get("ignore_imports", ())]
    but = f"; but for {listed([line.split(' -> ')[0].replace('.', '/') + '.py' for line in apart])}" if apart else ""
    return f"{listed(rooms)} never import {listed(contract['forbidden_modules'], 'or')}{but}."


def listed(names: list[str], joined: str = "and") -> str:
    named = [f"`{name}`" for name in names]
    return f" {joined} ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]


def test_the_contracts_are_drawn_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    before, begins, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    assert begins and ends
    made = f"{before}{BEGIN}{drawn()}{END}{after}"
    if os.environ.get("EDIGATE_BLESS"):
        PAGE.write_text(made, "utf-8")
    assert PAGE.read_text("utf-8") == made, "run EDIGATE_BLESS=1 pytest tests/test_design_page.py, and read the change"


def rooms_told() -> Iterator[list[str]]:
    """The rooms of each row of the page's table of layers."""
    table = PAGE.read_text("utf-8").partition("| layer | rooms | what they are |")[2]
    for line in table.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield re.findall(r"`(\w+)`", line.split("|")[2])


def test_every_room_is_told_of_in_its_layer() -> None:
    assert [sorted(row) for row in rooms_told()] == [sorted(line) for line in layers()]
