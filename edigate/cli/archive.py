"""`edigate archive`: raw files as they left and came, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say
from edigate.cli.streams import force_option, output_option, refuse_force_alone, write_out


@click.group()
def command() -> None:
    """Raw files as they left and came, byte for byte, each under the hash of its content.

    \b
    Examples:
      edigate archive get in-7 -o answer.835
      edigate archive verify
      edigate archive export for-the-auditor --kind 835 --since 2026-01-01
    """


@command.command()
@click.argument("file")
@output_option
@force_option
@pass_invocation
def get(invocation: Invocation, file: str, output: Path | None, force: bool) -> None:
    """Write one FILE out: by its id (in-7, out-12), its name at the partner's, or its SHA-256.

    Its hash is proved while it is read: what is damaged ends in an error, not in a file.

    \b
    Example:
      edigate archive get out-12 | edigate view -
    """
    from edigate.gateway.archived_files import content_of
    from edigate.gateway.opening import Gateway

    refuse_force_alone(output, force=force)
    with Gateway.open(invocation.workspace) as gateway:
        write_out(content_of(gateway, file), output, force=force)


@command.command()
@json_option
@pass_invocation
def verify(invocation: Invocation, as_json: bool) -> int:
    """Read every file of the archive again and compare it with its hash. Changes nothing.

    Exit code 0: all are what they were; 1: something is damaged or strange. `edigate db check` also asks whether
    anything is missing.

    \b
    Example:
      edigate archive verify
    """
    from edigate.findings import Severity
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        findings = gateway.archive.verify()
        files = sum(1 for _ in gateway.archive)

    def human() -> None:
        for one in findings:
            say(f"{one.code}: {one.file}: {one.message}")
        say(f"{files:,} files were read again.")

    emit({"files": files, "findings": findings}, as_json=as_json, human=human)
    return NEEDS_PERSON if any(one.severity is Severity.ERROR for one in findings) else OK


@command.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--partner", metavar="NAME", default="", help="Only this partner's.")
@click.option("--kind", metavar="KIND", default="", help="Only this kind: 837P, 999, 277CA, 835 ...")
@click.option("--since", type=click.DateTime(("%Y-%m-%d",)), metavar="DATE", help="Only from DATE (UTC) on.")
@json_option
@pass_invocation
def export(
    invocation: Invocation, folder: Path, partner: str, kind: str, since: datetime | None, as_json: bool
) -> None:
    """Write files sent and received into a new FOLDER, with files.jsonl, which says what each is.

    \b
    Example:
      edigate archive export for-the-auditor --kind 835 --since 2026-01-01
    """
    from edigate.gateway.archived_files import export as write
    from edigate.gateway.opening import Gateway

    if partner:
        invocation.workspace.partner(partner)  # a misspelt one would give an empty folder
    begin = since.replace(tzinfo=UTC) if since else None
    with Gateway.open(invocation.workspace) as gateway:
        written = write(gateway, folder, partner=partner, kind=kind, since=begin)
    emit(written, as_json=as_json, human=lambda: say(f"{folder}: {len(written):,} files, and files.jsonl about them"))
