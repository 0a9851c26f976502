"""`edigate convert`: coded encounters to claims, every row accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, finding_line, json_option, say, say_how_to_ask, step, table
from edigate.cli.partner_option import the_partner
from edigate.errors import UsageError
from edigate.money import from_cents, to_text

if TYPE_CHECKING:
    from edigate.gateway.convert import ConvertReport


@click.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--mapping", "-m", required=True, metavar="NAME", help="A mapping's name, or a path to its file.")
@click.option("--partner", metavar="NAME", help="Whom the claims go to (default: the only partner).")
@click.option("--lookup", "lookups", multiple=True, metavar="NAME=PATH", help="Where a lookup's file is.")
@click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A value for the mapping's query.")
@click.option("--dry-run", is_flag=True, help="Show claims and findings; write nothing.")
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    inputs: tuple[Path, ...],
    mapping: str,
    partner: str | None,
    lookups: tuple[str, ...],
    parameters: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> int:
    """Turn coded encounters into claims, ready to send.

    Every row ends in a claim made, in one refused with row, column and reason, or in one known already:
    the three add up to the rows of the file. The same file is converted once; a corrected one replaces
    what was refused or not sent yet. A mapping that asks a database has no INPUT; its query's parameters are
    given with --param.

    \b
    Examples:
      edigate convert inbox/today.csv --mapping encounters-csv --dry-run
      edigate convert carrier.csv --mapping cms-rif-carrier --lookup provider=providers.csv
      edigate convert --mapping our-ehr --param since=2026-03-01
    """
    from edigate.gateway.convert import convert
    from edigate.gateway.opening import Gateway

    workspace = invocation.workspace
    goes_to = the_partner(workspace, partner)
    named = {name: Path(path) for name, path in _pairs("--lookup", "NAME=PATH", lookups)}
    given = dict(_pairs("--param", "NAME=VALUE", parameters))
    reports = []
    with Gateway.open(workspace) as gateway:
        for path in inputs or [None]:
            step(f"converting {path.name if path else mapping}")
            reports.append(
                convert(gateway, path, mapping, goes_to, lookups=named, parameters=given, dry_run=dry_run)
            )
    emit(reports, as_json=as_json, human=lambda: _tell(reports))
    return NEEDS_PERSON if any(report.refused for report in reports) else OK


def _pairs(option: str, form: str, texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise UsageError(f"{option} {text}: expected {form}")
        yield name, value


def _tell(reports: list[ConvertReport]) -> None:
    for report in reports:
        if report.already:
            say(f"{report.file} was converted before (intake {report.intake_id}); nothing was done.")
        for refused in report.refusals:
            charge = f", ${to_text(from_cents(refused.charge_cents))}" if refused.charge_cents else ""
            rows = f"row {refused.first_row}" if refused.rows == 1 else f"rows {refused.first_row}-{refused.last_row}"
            say(f"refused: encounter {refused.encounter} ({report.file} {rows}{charge})")
            for finding in refused.findings:
                say(f"    {finding_line(finding)}")
        for made in report.made:
            say(f"would be made: claim {made.patient_control_number}, ${to_text(from_cents(made.charge_cents))}")
            for finding in made.findings:
                say(f"    {finding_line(finding)}")
    table(
        ["file", "encounters", "claims made", "refused", "known", "charges"],
        [[r.file, r.encounters, r.claims_made, r.refused, r.known, from_cents(r.charge_cents)] for r in reports],
    )
    for report in reports:
        say(
            f"{report.file}: {report.rows_in} rows in = {report.rows_made} in claims made + "
            f"{report.rows_refused} in claims refused + {report.rows_known} known already"
        )
    if any(report.dry_run for report in reports):
        say("This was a dry run: nothing was written.")
    say_how_to_ask(found for report in reports for one in (*report.refusals, *report.made) for found in one.findings)
