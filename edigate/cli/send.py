"""`edigate send`: what is ready goes out, each file once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.cut_offs import sent_for
from edigate.cli.invocation import NEEDS_PERSON, OK, TRY_LATER, Invocation, pass_invocation
from edigate.cli.moving import moving
from edigate.cli.output import emit, json_option, note, say, table
from edigate.money import from_cents

if TYPE_CHECKING:
    from edigate.gateway.send import SendReport


@click.command()
@click.option("--partner", metavar="NAME", help="Only this partner (default: all of them).")
@click.option("--dry-run", is_flag=True, help="Write the 837 files to out/ to look at; send nothing.")
@json_option
@pass_invocation
def command(invocation: Invocation, partner: str | None, dry_run: bool, as_json: bool) -> int:
    """Send the claims that are ready to their clearinghouses.

    A file is frozen first (its bytes archived, its numbers spent, its claims queued), then sent once. A
    run that was cut off is finished by the next one. What can't be known is `uncertain` and waits for
    evidence: nothing is ever sent twice.

    \b
    Examples:
      edigate send --dry-run
      edigate send --partner clearing
    """
    from edigate.gateway.afterwards import ends_of, watched
    from edigate.gateway.opening import Gateway
    from edigate.gateway.preview import write_preview
    from edigate.gateway.send import send_all

    workspace = invocation.workspace
    partners = [workspace.partner(partner)] if partner else list(workspace.partners())
    with Gateway.open(workspace) as gateway:
        if dry_run:
            previews = [written for one in partners for written in write_preview(gateway, one)]

            def human() -> None:
                say(f"{len(previews)} files written to {workspace.out}; nothing was sent.")
                table(["file", "claims", "bytes"], [[one.path.name, one.claims, one.bytes] for one in previews])

            emit(previews, as_json=as_json, human=human)
            return OK
        with watched(gateway, "send", note) as ends:
            with moving() as shown:
                reports = list(send_all(gateway, partners, tell=shown.tell, watch=shown.watch))
            ends.extend(ends_of("send", reports, gateway.clock()))
    emit(reports, as_json=as_json, human=lambda: _tell(reports))
    return exit_code(reports)


def exit_code(reports: list[SendReport]) -> int:
    """75 where trying again can help, 1 where a person must look."""
    if any(report.uncertain for report in reports) or any(r.stopped and not r.try_later for r in reports):
        return NEEDS_PERSON
    return TRY_LATER if any(report.try_later for report in reports) else OK


def _tell(reports: list[SendReport]) -> None:
    rows = [
        [report.partner, file.filename, file.claims, from_cents(file.charge_cents), file.state, file.reason]
        for report in reports
        for file in report.files
    ]
    if rows:
        table(["partner", "file", "claims", "charges", "state", "why"], rows)
    else:
        say("Nothing was waiting to be sent.")
    for report in reports:
        for told in (*sent_for(report), report.stopped, report.waiting):
            if told:
                say(f"{report.partner}: {told}")
