"""`edigate backup`: a copy of a workspace, made while it works."""

from __future__ import annotations

from pathlib import Path

import click

from edigate.cli.invocation import Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say


@click.command(short_help="Copy ledger, archive and settings while everything runs.")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
@pass_invocation
def command(invocation: Invocation, folder: Path, as_json: bool) -> None:
    """Copy ledger, archive and settings into FOLDER, while everything runs on.

    The ledger is of one moment, and the archive holds all that it counts on. Into the folder of an earlier backup only
    what is new of the archive is copied, and what was purged since goes from it. Private keys and passwords are not
    copied: keep these where they came from. What is copied is about patients: keep it as you keep the workspace.

    \b
    Example:
      edigate backup /mnt/backup/edigate
    """
    from edigate.gateway.backup import back_up
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        made = back_up(gateway, folder)
    archived = f"{made.files:,} files of the archive, {made.copied:,} of them new"
    archived += f", {made.dropped:,} dropped that were purged" if made.dropped else ""
    told = f"the ledger of {made.at:%Y-%m-%d %H:%M:%S} UTC, {archived}"
    emit(made, as_json=as_json, human=lambda: say(f"{folder}: {told}"))
