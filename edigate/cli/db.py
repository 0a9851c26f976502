"""`edigate db`: the ledger's own housekeeping."""

from __future__ import annotations

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
    from edigate.ledger.schema import VERSION
    from edigate.ledger.store import Ledger

    workspace = invocation.workspace
    workspace.ledger_path.parent.mkdir(parents=True, exist_ok=True)
    Ledger.create_or_upgrade(workspace.ledger_url).close()
    emit(
        {"ledger": workspace.ledger_path, "version": VERSION},
        as_json=as_json,
        human=lambda: say(f"{workspace.ledger_path} has version {VERSION}."),
    )
