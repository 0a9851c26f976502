"""`edigate secondary`: claims for the next payer, from what the payer before decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, finding_line, json_option, say, table
from edigate.money import ZERO, to_text

if TYPE_CHECKING:
    from edigate.gateway.secondary import SecondaryReport


@click.command()
@click.argument("claim", required=False, default="")
@click.option(
    "--not-covered", is_flag=True, help="Bill what a payer denied as not covered by its plan to the next one, too."
)
@click.option("--dry-run", is_flag=True, help="Show what would be made, and why the rest isn't; write nothing.")
@json_option
@pass_invocation
def command(invocation: Invocation, claim: str, not_covered: bool, dry_run: bool, as_json: bool) -> int:
    """Make the claims for the next payer, from what was posted.

    A claim goes on where a payer decided all of it, something is left for the patient, the encounter named
    a further payer, and the payer doesn't pass it on by itself. The rest is told with its reason. What is made
    waits as ready until the next `edigate send`; making it again changes nothing. With CLAIM (a ledger id, a
    patient control number) only that one is looked at.

    \b
    Examples:
      edigate secondary --dry-run
      edigate secondary E1042
      edigate secondary --not-covered --json
    """
    from edigate.gateway.opening import Gateway
    from edigate.gateway.secondary import secondary

    with Gateway.open(invocation.workspace) as gateway:
        report = secondary(gateway, key=claim, not_covered=not_covered, dry_run=dry_run)
    emit(report, as_json=as_json, human=lambda: _tell(report))
    return NEEDS_PERSON if report.refused else OK


def _tell(report: SecondaryReport) -> None:
    for one in report.refused:
        say(f"refused: {one.patient_control_number} for {one.payer}, from claim {one.from_claim}")
        for finding in one.findings:
            say(f"    {finding_line(finding)}")
    if report.made:
        table(
            ["from claim", "number", "place", "payer", "charge", "left"],
            [
                [
                    str(one.from_claim),
                    one.patient_control_number,
                    one.responsibility,
                    one.payer,
                    one.charge,
                    one.remaining,
                ]
                for one in report.made
            ],
        )
    if report.not_billed:
        table(
            ["claim", "number", "why it isn't billed to a next payer"],
            [[str(one.claim_id), one.patient_control_number, one.words] for one in report.not_billed],
        )
    left = sum((one.remaining for one in report.made), ZERO)
    say(
        f"{report.decided} decided claims: {len(report.made)} {'would go' if report.dry_run else 'made'} to the next "
        f"payer (${to_text(left)} left), {len(report.refused)} refused, {report.known} made "
        f"before, {len(report.not_billed)} not now, {report.no_next_payer} without a further payer"
    )
    if report.dry_run:
        say("This was a dry run: nothing was written.")
