"""`edigate export`: payments, claims, adjustments, deposits and work for other systems, with stable columns."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import note
from edigate.cli.streams import force_option, output_option, refuse_force_alone, say_lines, write_out
from edigate.errors import UsageError

_WHAT = ("payments", "claims", "adjustments", "deposits", "work")


@click.command()
@click.argument("what", type=click.Choice(_WHAT))
@click.option("--format", "form", type=click.Choice(("csv", "jsonl")), default="csv", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
@click.option(
    "--since", type=click.DateTime(("%Y-%m-%d",)), metavar="DATE", help="What was posted or changed from DATE on, UTC."
)
@click.option("--changed", is_flag=True, help="Only what changed since the last export with --changed that ended well.")
@output_option
@force_option
@pass_invocation
def command(
    invocation: Invocation,
    what: str,
    form: str,
    as_json: bool,
    since: datetime | None,
    changed: bool,
    output: Path | None,
    force: bool,
) -> int:
    """Write payments, claims, adjustments, deposits or work for other systems.

    Columns are stable and told in docs/export.md; the first is the row's key. No cell of a CSV is a formula
    to a spreadsheet. Rows are about patients: keep the file where such files may be kept.

    \b
    Examples:
      edigate export payments --since 2026-07-01 -o payments.csv
      edigate export claims --changed --format jsonl
      edigate export work > work.csv
    """
    from edigate.gateway.exporting import Export
    from edigate.gateway.opening import Gateway
    from edigate.reports.export import TABLES

    refuse_force_alone(output, force=force)
    if what == "work" and (since or changed):
        raise UsageError("work is what is open now; it has no --since and no --changed")
    form = "jsonl" if as_json else form
    with Gateway.open(invocation.workspace) as gateway:
        export = Export(gateway, TABLES[what], since=since.date() if since else None, changed=changed)
        if output is None:
            say_lines(export.lines(form), keep_controls=True)
        else:
            write_out((f"{line}\n".encode() for line in export.lines(form)), output, force=force)
        export.finish()
    if output is not None:
        note(f"{export.rows:,} rows of {what} in {output.name}")
    return OK
