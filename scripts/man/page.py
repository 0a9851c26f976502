"""docs/man/edigate.1, from the commands themselves: `python -m scripts.man.page` writes it anew.

In the macros of man(7), which both groff and mandoc read. Everything a command says of itself, as `--help` prints it;
how commands end is the runbook's table.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from edigate import __version__
from edigate.cli import COMMANDS, group
from edigate.gateway.runbook import EXIT_CODES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "man" / "edigate.1"
_WIDTH = 72  # bytes before hyphens are escaped
_OF_THE_FRAME = {"workspace_option", "log_level", "workspace", "help"}

_ENVIRONMENT = (
    ("EDIGATE_WORKSPACE", "The workspace, where --workspace doesn't name one; else the current directory."),
    ("EDIGATE_DEBUG", "Shows where a defect (exit code 70) came from: places in the code, no values."),
    ("EDIGATE_IDENTITY", "The file with the private key of a sealed archive, for commands that read it back."),
    ("CREDENTIALS_DIRECTORY", "A unit's credentials, set by systemd: passwords that settings name may be there."),
    ("XDG_CACHE_HOME", "Compiled guides are kept in edigate/guides below it (~/.cache where it isn't set)."),
)  # fmt: skip
_FILES = (
    ("edigate.toml", "The workspace's settings."),
    ("partners/NAME.toml", "A partner: its server, ids, edits and what is expected of it."),
    ("mappings/", "How your exports become claims."),
    ("state/", "The ledger, locks, the anchors of the audit trail, what was told to whom."),
)


def page() -> str:
    """The whole page."""
    lines = [
        '.\\" Made from the commands by scripts/man/page.py: don\'t edit it here.',
        f'.TH EDIGATE 1 "" "edigate {__version__}" "User Commands"',
        ".SH NAME",
        "edigate \\- EDI gateway: claims out as X12 837, answers and money back",
        ".SH SYNOPSIS",
        ".B edigate",
        ".I COMMAND",
        "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
        ".SH DESCRIPTION",
        *paragraphs(inspect.cleandoc(group.help or "").partition("Exit codes:")[0].rstrip().removesuffix("\b")),
        ".PP",
        *filled(
            "--workspace DIR and --log-level LEVEL belong to every command that works in a workspace, --help to all; "
            "--json prints data alone on standard output."
        ),
        ".SH COMMANDS",
    ]
    for name in COMMANDS:
        with group.make_context("edigate", [], resilient_parsing=True) as context:
            command = group.get_command(context, name)
        if command is not None:
            lines += section(command, f"edigate {name}")
        if isinstance(command, click.Group):
            for inner in command.commands:
                lines += section(command.commands[inner], f"edigate {name} {inner}")
    lines.append(".SH EXIT STATUS")
    for one in EXIT_CODES:
        lines += [".TP", text(one.code), *filled(f"{one.what}. What to do: {one.remedy}")]
    for title, entries in (("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        lines.append(f".SH {title}")
        for name, what in entries:
            lines += [".TP", f".I {text(name)}", *filled(what)]
    lines += [".SH SEE ALSO", text("edigate explain CODE; the documentation: quick start, tutorial, operations.")]
    return "\n".join(lines) + "\n"


def section(command: click.Command, path: str) -> Iterator[str]:
    """One command: how it is called, what it does, its options."""
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    usage = " ".join([path, *(one.make_metavar(click.Context(command)) for one in arguments)])
    yield f".SS {text(usage)}"
    yield from paragraphs(inspect.cleandoc(command.help or ""))
    for option in command.params:
        if isinstance(option, click.Option) and option.name not in _OF_THE_FRAME:
            names = ", ".join([*option.opts, *option.secondary_opts])
            metavar = "" if option.is_flag else f" {option.make_metavar(click.Context(command))}"
            yield from (".TP", f".B {text(names + metavar)}", *filled(option.help or ""))


def paragraphs(told: str) -> Iterator[str]:
    r"""Paragraphs filled; those that click prints as they stand (`\b`) as examples."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", told.strip())):
        kept = paragraph.startswith("\b")
        block = paragraph.removeprefix("\b").strip("\n").splitlines()
        if number:
            yield ".PP"
        if kept:
            yield from (".nf", *map(text, block), ".fi")
        else:
            yield from filled(" ".join(map(str.strip, block)))


def filled(words: str) -> Iterator[str]:
    """Words as lines of at most 80 bytes, which roff fills anew."""
    for line in textwrap.wrap(words, _WIDTH, break_long_words=False, break_on_hyphens=False):
        yield text(line)


def text(words: str) -> str:
    """Words as roff takes them: no control character at a line's beginning, hyphens that can be copied."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
