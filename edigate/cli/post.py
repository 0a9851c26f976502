"""`edigate post`: reads what was received, and writes it to claims and accounts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.cli.partner_option import the_partner
from edigate.money import from_cents

if TYPE_CHECKING:
    from edigate.gateway.post import PostReport


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--partner", metavar="NAME", help="Whom given FILES are from (default: the only partner).")
@click.option("--dry-run", is_flag=True, help="Show what would be posted; change nothing.")
@json_option
@pass_invocation
def command(
    invocation: Invocation, files: tuple[Path, ...], partner: str | None, dry_run: bool, as_json: bool
) -> int:
    """Post what was received: TA1, 999 and 277CA to claims, 835 to claims and accounts.

    Without FILES, everything received and not read yet. Each file is posted as a whole or held as a
    whole: a remittance that doesn't add up to the cent is held with both sides of the sum. The same
    payment is posted once, however often it comes.

    \b
    Examples:
      edigate post --dry-run
      edigate post downloads/era.835 --partner clearing
    """
    from edigate.gateway.opening import Gateway
    from edigate.gateway.post import post, post_files

    workspace = invocation.workspace
    with Gateway.open(workspace) as gateway:
        if files:
            report = post_files(gateway, files, the_partner(workspace, partner).name, dry_run=dry_run)
        else:
            report = post(gateway, dry_run=dry_run)
    emit(report, as_json=as_json, human=lambda: _tell(report))
    return NEEDS_PERSON if report.held else OK


def _tell(report: PostReport) -> None:
    if not report.files:
        say("Nothing was waiting to be posted.")
        return
    rows = []
    for posted in report.files:
        outcome = posted.outcome
        rows.append(
            [
                posted.file.id,
                posted.file.name,
                posted.file.kind,
                "already " + posted.file.state if outcome.already else posted.file.state,
                outcome.claims_moved,
                outcome.payments,
                from_cents(outcome.amount_cents),
                posted.file.reason,
            ]
        )
    table(["id", "file", "kind", "state", "claims", "payments", "amount", "why"], rows)
    if report.dry_run:
        say("This was a dry run: nothing was changed.")
