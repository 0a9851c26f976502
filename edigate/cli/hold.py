"""`edigate hold`: what must be kept, whatever its age."""

from __future__ import annotations

import click

from edigate.cli.invocation import Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table


@click.group()
def command() -> None:
    """Legal holds: what must be kept whatever its age, until somebody lifts the hold.

    What is on hold isn't purged: a claim with all its versions and every file that it stands in or that speaks of it,
    a file with its claims, all of a partner, or everything.

    \b
    Examples:
      edigate hold add claim-62 --why "counsel's letter of 2026-03-02"
      edigate hold list
    """


@command.command()
@click.argument("what", nargs=-1)
@click.option("--partner", metavar="NAME", default="", help="All of this partner's claims and files.")
@click.option("--everything", is_flag=True, help="Nothing at all is purged.")
@click.option("--why", required=True, metavar="TEXT", help="Who asked for it; kept with the hold.")
@json_option
@pass_invocation
def add(
    invocation: Invocation, what: tuple[str, ...], partner: str, everything: bool, why: str, as_json: bool
) -> None:
    """Hold WHAT: claims (claim-62) and files (in-7, out-3, intake-4).

    \b
    Example:
      edigate hold add --everything --why "OIG audit, letter of 2026-03-02"
    """
    from edigate.gateway.holding import put_on
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        made = put_on(gateway, what, partner=partner, everything=everything, why=why)
    told = "\n".join(f"Hold {one.id}: {one.scope} {one.subject}".rstrip() + "." for one in made)
    emit(made, as_json=as_json, human=lambda: say(told))


@command.command()
@click.argument("hold", type=click.IntRange(1))
@click.option("--why", required=True, metavar="TEXT", help="Who said that it may be lifted; kept with the hold.")
@pass_invocation
def remove(invocation: Invocation, hold: int, why: str) -> None:
    """Lift the HOLD of this number. What has its age goes with the next purge.

    \b
    Example:
      edigate hold remove 3 --why "closed, counsel's letter of 2027-01-15"
    """
    from edigate.gateway.holding import lift
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        lift(gateway, hold, why=why)
    say(f"Hold {hold} is lifted.")


@command.command("list")
@click.option("--all", "lifted", is_flag=True, help="Those that were lifted, too.")
@json_option
@pass_invocation
def list_holds(invocation: Invocation, lifted: bool, as_json: bool) -> None:
    """List the holds that are on.

    \b
    Example:
      edigate hold list --all
    """
    from edigate.gateway.opening import Gateway
    from edigate.ledger.holds import holds

    with Gateway.open(invocation.workspace) as gateway, gateway.ledger.read() as tx:
        found = holds(tx, lifted=lifted)

    def human() -> None:
        if not found:
            say("No hold is on.")
            return
        names = {"file": "", "claim": "claim-"}
        rows = [
            [
                one.id,
                names.get(one.scope, f"{one.scope} ") + one.subject,
                one.why,
                one.who,
                one.at.date(),
                f"{one.removed_at.date()}, {one.removed_by}: {one.removed_why}" if one.removed_at else "",
            ]
            for one in found
        ]
        table(["hold", "what", "why", "who", "since", "lifted"], rows)

    emit(found, as_json=as_json, human=human)
