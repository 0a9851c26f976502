"""`edigate db`: the ledger's own housekeeping."""

from __future__ import annotations

import os

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say


@click.group()
def command() -> None:
    """The ledger's own housekeeping.

    \b
    Examples:
      edigate db upgrade
      edigate db check
      edigate db vacuum
    """


@command.command()
@json_option
@pass_invocation
def upgrade(invocation: Invocation, as_json: bool) -> None:
    """Bring the ledger to the version of this edigate, all of it or nothing; make it where there is none.

    Stop the timer before, and keep a copy of state/: an older edigate can't open an upgraded ledger.

    \b
    Example:
      edigate db upgrade
    """
    from edigate.gateway.opening import ledger_password
    from edigate.ledger.schema import VERSION
    from edigate.ledger.store import Ledger

    workspace = invocation.workspace
    password = ledger_password(workspace, os.environ)
    Ledger.create_or_upgrade(workspace.ledger_url, password=password).close()
    where = workspace.ledger_url if workspace.ledger_on_server else workspace.ledger_path
    emit(
        {"ledger": where, "version": VERSION},
        as_json=as_json,
        human=lambda: say(f"{where} has version {VERSION}."),
    )


@command.command()
@click.option("--quick", is_flag=True, help="Don't read the archive's files again.")
@json_option
@pass_invocation
def check(invocation: Invocation, quick: bool, as_json: bool) -> int:
    """Check that the ledger keeps its laws and the archive holds what the ledger counts on. Changes nothing.

    Exit code 0: all is well; 1: something needs a person.

    \b
    Example:
      edigate db check --quick
    """
    from edigate.gateway.checking import check as look
    from edigate.gateway.checking import is_sound
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        report = look(gateway, quick=quick)

    def human() -> None:
        for finding in report.findings:
            say(f"{finding.code}: {finding.file + ': ' if finding.file else ''}{finding.message}")
        read = "were looked for" if quick else "were read again"
        if is_sound(report):
            say(f"All is well: {report.laws} laws of the ledger hold, and {report.files} files {read}.")

    emit(report, as_json=as_json, human=human)
    return OK if is_sound(report) else NEEDS_PERSON


@command.command()
@json_option
@pass_invocation
def vacuum(invocation: Invocation, as_json: bool) -> None:
    """Pack the ledger anew: give space back, and leave nothing of what was purged in its file.

    Waits for nobody: where a night or a partner's run is at work it says so (75). SQLite needs twice the ledger's size
    free beside it, and builds the file anew. PostgreSQL vacuums and analyzes edigate's tables; its files keep their
    size.

    \b
    Example:
      edigate db vacuum
    """
    from edigate.gateway.opening import Gateway
    from edigate.gateway.purge import vacuum_ledger

    with Gateway.open(invocation.workspace) as gateway:
        done = vacuum_ledger(gateway)
    emit(done, as_json=as_json, human=lambda: say(f"The ledger had {done.before:,} bytes, and has {done.after:,} now."))
