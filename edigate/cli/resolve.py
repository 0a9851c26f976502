"""`edigate resolve`: a person says what became of an uncertain file."""

from __future__ import annotations

import click

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say
from edigate.errors import UsageError


@click.command()
@click.argument("file")
@click.option("--delivered", is_flag=True, help="The partner has it.")
@click.option("--resend", is_flag=True, help="The partner doesn't have it: send the same bytes once more.")
@click.option("--why", required=True, metavar="TEXT", help="How you know; kept with the file and its claims.")
@json_option
@pass_invocation
def command(invocation: Invocation, file: str, delivered: bool, resend: bool, why: str, as_json: bool) -> int:
    """Settle a file that may or may not have arrived, by its name or id (out-7).

    Ask the partner first whether the interchange with that control number (ISA13) arrived. What you say is kept.
    With --resend the next send takes the file: the same bytes, the same control number.

    \b
    Examples:
      edigate resolve out-7 --delivered --why "help desk, ticket 4711"
      edigate resolve out-7 --resend --why "their log has no interchange 12"
    """
    from edigate.gateway.opening import Gateway
    from edigate.gateway.resolving import resolve

    if delivered == resend:
        raise UsageError("say either --delivered or --resend")
    with Gateway.open(invocation.workspace) as gateway:
        settled = resolve(gateway, file, delivered=delivered, why=why)
    word = "counts as sent" if delivered else "goes out again with the next `edigate send`"
    emit(
        settled,
        as_json=as_json,
        human=lambda: say(f"{settled.filename} (ISA13 {settled.isa13:09d}, {settled.claims} claims) {word}."),
    )
    return OK
