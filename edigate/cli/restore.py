"""`edigate restore`: a workspace from a backup, and the word that it may send again."""

from __future__ import annotations

import os
from pathlib import Path

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say
from edigate.errors import UsageError


@click.command(short_help="Set a workspace up from a backup; nothing is sent twice for that.")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.argument("into", required=False, type=click.Path(path_type=Path))
@click.option("--allow-sending", is_flag=True, help="Let this restored workspace send again: you know what was sent.")
@click.option(
    "--skip",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    help="Control numbers to pass over: more than were used since the backup.",
)
@json_option
@pass_invocation
def command(
    invocation: Invocation, folder: Path | None, into: Path | None, allow_sending: bool, skip: int, as_json: bool
) -> int:
    """Set a workspace up in a new folder INTO from the backup in FOLDER.

    A backup doesn't know what happened after it. So files that were on their way become uncertain, and the workspace
    sends nothing until you say so. Put its keys and passwords back, then:

    \b
      1. edigate receive, edigate post: answers tell of what was sent
      2. compare claims that are ready with what your partners have since the backup
      3. edigate resolve for each uncertain file
      4. edigate hold add for each legal hold put on since
      5. edigate restore --allow-sending, in the workspace

    \b
    Example:
      edigate restore /mnt/backup/edigate /srv/edigate
    """
    if allow_sending:
        if folder or into:
            raise UsageError("--allow-sending is said in the workspace, without folders")
        return _allow(invocation, skip, as_json)
    if folder is None or into is None:
        raise UsageError("name the backup and a new folder", hint="edigate restore BACKUP NEW-FOLDER")
    from edigate.gateway.backup import restore

    restored = restore(folder, into, os.environ)

    def human() -> None:
        say(f"{into}: as it was on {restored.backup:%Y-%m-%d at %H:%M:%S} UTC; uncertain files: {restored.uncertain}.")
        say("Nothing is sent or purged from it until you say so: edigate restore --help")
        if restored.files or restored.claims:
            say(
                f"{restored.files:,} files and {restored.claims:,} claims are older than [retention] says: what was "
                "purged since the backup is here again. Put legal holds of since then on again, then edigate purge."
            )

    emit(restored, as_json=as_json, human=human)
    return NEEDS_PERSON


def _allow(invocation: Invocation, skip: int, as_json: bool) -> int:
    from edigate.gateway.backup import allow_sending
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        moved = allow_sending(gateway, skip)
    told = ", ".join(moved) or "no partner yet"
    emit(
        {"skipped": moved},
        as_json=as_json,
        human=lambda: say(f"This workspace sends again; {skip:,} control numbers were passed over ({told})."),
    )
    return OK
