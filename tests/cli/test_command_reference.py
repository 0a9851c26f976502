"""docs/commands.md is what the commands say of themselves. `EDIGATE_BLESS=1 pytest tests/cli` writes it."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click

from edigate.cli import COMMANDS, group

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
_OF_THE_FRAME = {"workspace_option", "log_level", "workspace", "help"}


def reference() -> str:
    """The page: every command with its text, arguments and options."""
    lines = [
        "# Commands",
        "",
        "What `edigate COMMAND --help` says, on one page. Made from the commands themselves: don't edit it here.",
        "`--workspace DIR` and `--log-level LEVEL` belong to every command that works in a workspace.",
    ]
    for name in COMMANDS:
        with group.make_context("edigate", [], resilient_parsing=True) as context:
            command = group.get_command(context, name)
        assert command is not None
        lines += section(command, f"edigate {name}", "##")
        if isinstance(command, click.Group):
            for inner in command.commands:
                lines += section(command.commands[inner], f"edigate {name} {inner}", "###")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def section(command: click.Command, path: str, mark: str) -> Iterator[str]:
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    usage = " ".join([path, *(one.make_metavar(click.Context(command)) for one in arguments)])
    yield from ("", f"{mark} {path}", "")
    if not isinstance(command, click.Group):
        yield from ("```", f"{usage} [OPTIONS]", "```", "")
    yield from body(inspect.cleandoc(command.help or ""))
    options = [one for one in command.params if isinstance(one, click.Option) and one.name not in _OF_THE_FRAME]
    if options:
        yield from ("", "| option | |", "| --- | --- |")
    for option in options:
        names = ", ".join([*option.opts, *option.secondary_opts])
        metavar = "" if option.is_flag else f" {option.make_metavar(click.Context(command))}"
        told = (option.help or "").replace("|", "\\|").replace("\n", " ")
        yield f"| `{names}{metavar.replace('|', chr(92) + '|')}` | {told} |"


def body(text: str) -> Iterator[str]:
    r"""Paragraphs as they are; those that click prints as they stand (`\b`) as code."""
    for paragraph in re.split(r"\n\s*\n", text):
        kept = paragraph.startswith("\b")
        block = paragraph.removeprefix("\b").strip("\n")
        yield from (["```", *block.splitlines(), "```", ""] if kept else [*block.replace("<", "\\<").splitlines(), ""])


def test_the_command_reference_is_what_the_commands_say() -> None:
    if os.environ.get("EDIGATE_BLESS"):
        PAGE.write_text(reference(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == reference()
