"""`edigate export`: tables with stable columns for other systems, and payments in the form that one of them reads."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import note
from edigate.cli.streams import force_option, output_option, refuse_force_alone, say_lines, write_out
from edigate.errors import UsageError

_WHAT = ("payments", "claims", "adjustments", "provider_adjustments", "deposits", "work", "posting")


@click.command()
@click.argument("what", type=click.Choice(_WHAT))
@click.option("--format", "form", type=click.Choice(("csv", "jsonl")), default="csv", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
@click.option(
    "--since", type=click.DateTime(("%Y-%m-%d",)), metavar="DATE", help="What was posted or changed from DATE on, UTC."
)
@click.option("--mapping", metavar="NAME|FILE", help="Of posting: how the other system's file looks.")
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
    mapping: str | None,
    changed: bool,
    output: Path | None,
    force: bool,
) -> int:
    """Write payments, claims, adjustments (of claims, of providers), deposits or work for other systems, or payments
    as one of them reads them.

    Columns are stable and told in docs/export.md; the first is the row's key. No cell of a CSV is a formula
    to a spreadsheet. Rows are about patients: keep the file where such files may be kept.

    `posting` is posted payments in the form of a practice system, by a mapping of yours (postings/NAME.toml) or
    a shipped one.

    \b
    Examples:
      edigate export payments --since 2026-07-01 -o payments.csv
      edigate export claims --changed --format jsonl
      edigate export work > work.csv
      edigate export posting --mapping lines-csv --changed -o posting.csv
    """
    from edigate.gateway.exporting import Export
    from edigate.gateway.opening import Gateway
    from edigate.reports.export import TABLES

    refuse_force_alone(output, force=force)
    if (what == "posting") != (mapping is not None):
        raise UsageError("posting needs --mapping, which is of posting alone: edigate export posting --mapping NAME")
    day = since.date() if since else None
    if mapping is not None:
        return _posting(invocation, mapping, day, changed=changed, output=output, force=force)
    if what == "work" and (since or changed):
        raise UsageError("work is what is open now; it has no --since and no --changed")
    form = "jsonl" if as_json else form
    with Gateway.open(invocation.workspace) as gateway:
        export = Export(gateway, TABLES[what], since=day, changed=changed)
        if output is None:
            say_lines(export.lines(form), keep_controls=True)
        else:
            write_out((f"{line}\n".encode() for line in export.lines(form)), output, force=force)
        export.finish()
    if output is not None:
        note(f"{export.rows:,} rows of {what} in {output.name}")
    return OK


def _posting(
    invocation: Invocation, mapping: str, since: date | None, *, changed: bool, output: Path | None, force: bool
) -> int:
    from edigate.gateway.opening import Gateway
    from edigate.gateway.posting_export import PostingExport

    with Gateway.open(invocation.workspace) as gateway:
        export = PostingExport(gateway, mapping, since=since, changed=changed)
        write_out(export.lines(), output, force=force)
        export.finish()
    if output is not None:
        note(f"{export.records:,} records in {output.name}")
    return OK
