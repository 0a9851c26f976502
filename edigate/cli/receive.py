"""`edigate receive`: fetches what partners have for us."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, TRY_LATER, Invocation, pass_invocation
from edigate.cli.moving import moving
from edigate.cli.output import emit, json_option, note, say, table

if TYPE_CHECKING:
    from edigate.gateway.receive import ReceiveReport


@click.command()
@click.option("--partner", metavar="NAME", help="Only this partner (default: all of them).")
@json_option
@pass_invocation
def command(invocation: Invocation, partner: str | None, as_json: bool) -> int:
    """Fetch acknowledgments and remittances, and file them unread.

    Each file is archived before anybody reads it; `edigate post` reads it. Files are taken once, however
    often they are listed. They stay on the server unless the partner's settings say otherwise.

    \b
    Example:
      edigate receive --partner clearing
    """
    from edigate.gateway.afterwards import ends_of, watched
    from edigate.gateway.opening import Gateway
    from edigate.gateway.receive import receive_all

    workspace = invocation.workspace
    partners = [workspace.partner(partner)] if partner else list(workspace.partners())
    with Gateway.open(workspace) as gateway, watched(gateway, "receive", note) as ends:
        with moving() as shown:
            reports = list(receive_all(gateway, partners, tell=shown.tell, watch=shown.watch))
        ends.extend(ends_of("receive", reports, gateway.clock()))
    emit(reports, as_json=as_json, human=lambda: _tell(reports))
    return exit_code(reports)


def exit_code(reports: list[ReceiveReport]) -> int:
    """75 where trying again can help, 1 where a person must look."""
    if any((report.stopped and not report.try_later) or report.refused for report in reports):
        return NEEDS_PERSON
    return TRY_LATER if any(report.try_later for report in reports) else OK


def _tell(reports: list[ReceiveReport]) -> None:
    rows = [
        [report.partner, file.id, file.name, file.size if file.size >= 0 else None, file.state, file.reason]
        for report in reports
        for file in report.files
    ]
    if rows:
        table(["partner", "id", "file", "bytes", "state", "why"], rows)
    else:
        say("Nothing new.")
    for report in reports:
        for name in report.growing:
            say(f"{report.partner}: {name} is still being written; it will be fetched next time.")
        for name in report.refused:
            say(f"{report.partner}: the server lists {name} but won't give it.")
        if report.stopped:
            say(f"{report.partner}: {report.stopped}")
