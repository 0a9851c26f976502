"""`edigate support-bundle`: writes the zip that `edigate.gateway.support` makes."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say
from edigate.cli.streams import force_option


@click.command(short_help="Pack what helps support, without patients and secrets.")
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The zip to write (default: edigate-support-DATE.zip, here).",
)
@click.option("--mapping", "-m", metavar="NAME", help="The mapping that reads the files that aren't X12.")
@force_option
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    files: tuple[str, ...],
    output: Path | None,
    mapping: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Pack versions, settings, mappings, the doctor's findings, counts of the ledger and the ends of logs into a zip.

    Settings go in without secrets and comments. The files named, X12 or by their mapping, go in as
    `edigate deidentify` makes them over, under a key that is forgotten. No partner is called. Look through the zip
    before you send it. Exit code 1: a part couldn't be made, which the zip says too.

    \b
    Example: edigate support-bundle answer-that-fails.277
    """
    from edigate.cli.mapping import workspace_or_none
    from edigate.gateway.mapping_files import mapping_path
    from edigate.gateway.support import support_bundle

    now = datetime.now(UTC)
    path = output or Path(f"edigate-support-{now:%Y%m%d}.zip")
    packed = support_bundle(
        invocation.root,
        path,
        environ=os.environ,
        now=now,
        files=files,
        mapping=mapping_path(workspace_or_none(invocation), mapping) if mapping else None,
        force=force,
    )

    def human() -> None:
        for one in packed:
            say(f"  {one.name}: {one.problem or f'{one.bytes:,} bytes'}")
        say(f"{path}: look through it, then send it")

    emit({"output": path, "parts": packed}, as_json=as_json, human=human)
    return NEEDS_PERSON if any(one.problem for one in packed) else OK
