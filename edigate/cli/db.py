"""`edigate db`: the ledger's own housekeeping."""

from __future__ import annotations

import os

import click

from edigate.cli.invocation import Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say


@click.group()
def command() -> None:
    """The ledger's own housekeeping.

    \b
    Example:
      edigate db upgrade
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
    from edigate.gateway.opening import ledger_address
    from edigate.ledger.schema import VERSION
    from edigate.ledger.store import Ledger

    workspace = invocation.workspace
    Ledger.create_or_upgrade(ledger_address(workspace, os.environ)).close()
    where = workspace.ledger_url if workspace.ledger_on_server else workspace.ledger_path
    emit(
        {"ledger": where, "version": VERSION},
        as_json=as_json,
        human=lambda: say(f"{where} has version {VERSION}."),
    )
