"""Every command line that documentation and messages show can be meant: its command and its options are there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from edigate.cli import COMMANDS, group
from edigate.reports.items import LISTS

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = [
    REPOSITORY / "README.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *sorted((REPOSITORY / "systemd").iterdir()),
]
SOURCES = sorted((REPOSITORY / "edigate").rglob("*.py"))
_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```|^((?: {4}[^\n]*\n)+)|^ExecStart=([^\n]*\n)", re.MULTILINE | re.DOTALL)
_IN_CODE = re.compile(r"(?:^ *(?:\$ )?|[|&;(\"] ?|/bin/)edigate ([^`#|;&)\n]*)", re.MULTILINE)
_QUOTED = re.compile(r"`edigate ([^`]*)`")
_WORD = re.compile(r"[a-z][a-z-]*")
_FRAME = {"--help", "-h", "--version", "--workspace", "--log-level", "--json"}


def lines(page: Path) -> Iterator[str]:
    """What follows `edigate` in a page's code, continued lines joined."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    for code in _FENCED.finditer(text):
        yield from (match[1] for match in _IN_CODE.finditer("".join(filter(None, code.groups()))))
    yield from (match[1] for match in _QUOTED.finditer(_FENCED.sub("", text)))


def told(path: Path) -> Iterator[str]:
    """What follows `edigate` in the texts of a source file; docstrings of commands are in docs/commands.md."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Constant(value=str(text)):
                yield from (match[1] for match in _QUOTED.finditer(text))
            case ast.JoinedStr(values=parts):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts)
                yield from (match[1] for match in _QUOTED.finditer(text))


def trouble(words: list[str]) -> str:
    """Why a command line can't be meant; empty where it can."""
    while words and words[0].startswith("--"):  # the frame's, before the command
        words = words[2:]
    if not words or _WORD.fullmatch(words[0]) is None:
        return ""
    if words[0] not in COMMANDS:
        return f"there is no command {words[0]}"
    with group.make_context("edigate", [], resilient_parsing=True) as context:
        command = group.get_command(context, words[0])
    path, rest = words[0], words[1:]
    if isinstance(command, click.Group) and rest and _WORD.fullmatch(rest[0]):
        if rest[0] not in command.commands:
            return f"{path} has no {rest[0]}"
        command, path, rest = command.commands[rest[0]], f"{path} {rest[0]}", rest[1:]
    assert command is not None
    every = [command, *command.commands.values()] if isinstance(command, click.Group) else [command]
    known = _FRAME | {name for one in every for param in one.params for name in (*param.opts, *param.secondary_opts)}
    if path == "work" and rest and _WORD.fullmatch(rest[0]) and rest[0] not in LISTS:
        return f"there is no list {rest[0]}"
    asked = [match[0] for word in rest if (match := re.match(r"--[a-z][a-z-]*", word))]
    return "; ".join(f"{path} has no option {name}" for name in asked if name not in known)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_line_in_the_documentation_can_be_meant(page: Path) -> None:
    wrong = {line: why for line in lines(page) if (why := trouble(line.split()))}
    assert wrong == {}


def test_a_command_line_in_a_message_can_be_meant() -> None:
    wrong = {f"{path.name}: {line}": why for path in SOURCES for line in told(path) if (why := trouble(line.split()))}
    assert wrong == {}
