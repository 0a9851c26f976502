"""`edigate init`: sets up a workspace and says what to do next."""

from __future__ import annotations

from pathlib import Path

import click

from edigate.cli.output import emit, json_option, say


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@json_option
def command(directory: Path, as_json: bool) -> None:
    """Set up a workspace in DIRECTORY: settings, a sample partner, a sample mapping, folders for state.

    Every file in it is commented, readable by you alone, and waits to be filled in. Nothing that is
    already there is written over.

    \b
    Example:
      edigate init claims
      cd claims
      edigate status
    """
    from edigate.scaffold import create_workspace

    root = directory.absolute()
    files = create_workspace(root)

    def human() -> None:
        say(f"{root} is a workspace now. Next:")
        say("  1. Read README.md and edigate.toml there.")
        say("  2. Begin a clearinghouse's settings: edigate partner list, then edigate partner add NAME --pack PACK.")
        say("  3. Try an export: edigate convert FILE --mapping NAME --dry-run")

    emit({"workspace": root, "files": files}, as_json=as_json, human=human)
