"""`edigate secrets`: where passwords and keys are looked for, and whether they are safe there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.errors import ConfigError

if TYPE_CHECKING:
    from edigate.gateway.secret_list import SecretFound


@click.group()
def command() -> None:
    """Passwords and keys: where each is looked for, and whether others can read it.

    \b
    Example:
      edigate secrets check
    """


@command.command()
@click.option("--partner", metavar="NAME", default="", help="Only this partner's.")
@json_option
@pass_invocation
def check(invocation: Invocation, partner: str, as_json: bool) -> int:
    """Look for every secret that the settings name; no value is shown, and nobody is called.

    Run it as the user that runs the timer. Exit code 78 where one is missing or others can read it.

    \b
    Examples:
      edigate secrets check
      systemd-run --pty --uid edigate edigate secrets check --workspace /var/lib/edigate
    """
    from edigate.gateway.secret_list import secrets_of

    found = secrets_of(invocation.root, os.environ, partner)
    emit(found, as_json=as_json, human=lambda: _tell(found))
    return ConfigError.exit_code if any(one.outcome == "failed" for one in found) else OK


def _tell(found: list[SecretFound]) -> None:
    if not found:
        say("The settings name no secret.")
        return
    rows = [[one.owner, one.setting, one.where, one.outcome, one.told] for one in found]
    table(["whose", "setting", "where", "how", "what"], rows)
    for one in found:
        if one.do:
            say(f"{one.owner} {one.setting}: {one.do}")
